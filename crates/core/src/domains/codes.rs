use subtle::ConstantTimeEq as _;

use super::verbs::{begin, note_looks, own};
use super::{Domain, DomainState, Look, Method, Verdict, names, of_domain, rules, sql, tell};
use crate::ids::DomainId;
use crate::{Actor, App, Error, Result};

/// The mailboxes that only whoever runs a domain's mail reads (RFC 2142; CA/Browser Forum 3.2.2.4.4).
pub const MAILBOXES: [&str; 5] = ["admin", "administrator", "postmaster", "webmaster", "hostmaster"];
/// Letters a day.
const MOST_LETTERS: i64 = 5;
/// Wrong codes before another letter is needed.
const MOST_TRIES: i64 = 5;
const GOOD_FOR_SECONDS: i64 = 24 * 60 * 60;
/// Without letters and digits that look alike.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH: usize = 10;

/// Twice five of 32 letters: 2^50 codes, of which somebody may try 25 a day.
fn new_code(app: &App) -> String {
    let mut bytes = [0; LENGTH];
    app.entropy.fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(*byte) % 32]))
        .collect()
}

/// As people type it: any case, spaces or dashes between.
fn plain(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

fn digest(app: &App, domain: &Domain, code: &str) -> String {
    app.sealer.digest(&format!("domain code\0{}\0{code}", domain.id))
}

/// Sends a code to one of the domain's own mailboxes.
pub async fn send_code(app: &App, actor: &Actor, id: DomainId, mailbox: &str) -> Result<Domain> {
    if !MAILBOXES.contains(&mailbox) {
        return Err(Error::invalid(
            "mailbox",
            format!("Choose one of {}.", MAILBOXES.join(", ")),
        ));
    }
    let now = app.now();
    let mut tx = begin(app, actor).await?;
    let domain = own(&mut tx, actor, id).await?;
    rules::is_free(
        of_domain(&mut tx, actor.workplace, &domain.name).await?,
        &domain.name,
    )?;
    let today = now.timestamp().to_string()[..10].to_owned();
    let letters = match sql::code(&mut tx, &domain).await? {
        Some(code) if code.day == today => code.letters,
        _ => 0,
    };
    if letters >= MOST_LETTERS {
        return Err(Error::Refused {
            code: "wait",
            message: format!(
                "{MOST_LETTERS} letters were sent to {} today: try again tomorrow, or use the TXT record.",
                names::shown(&domain.name)
            ),
        });
    }
    let code = new_code(app);
    let kept = sql::Code {
        recipient: format!("{mailbox}@{}", domain.name),
        hash: digest(app, &domain, &code),
        tries: 0,
        letters: letters + 1,
        day: today,
        expires_at: now.plus_seconds(GOOD_FOR_SECONDS).ms(),
    };
    sql::put_code(&mut tx, &domain, &kept).await?;
    let until = now.plus_seconds(GOOD_FOR_SECONDS);
    tell::mailbox(app, &mut tx, actor, &domain, (&kept.recipient, &code, until)).await?;
    super::verbs::note(app, &mut tx, actor, "send_code", Some(&domain), &domain).await?;
    tx.commit().await?;
    Ok(domain)
}

/// Proves the domain by the code that was mailed there.
///
/// # Errors
/// `invalid` for a wrong one; `code_used_up` after too many.
pub async fn give_code(app: &App, actor: &Actor, id: DomainId, code: &str) -> Result<Domain> {
    let mut tx = begin(app, actor).await?;
    let domain = own(&mut tx, actor, id).await?;
    let kept = sql::code(&mut tx, &domain).await?;
    let alive = kept.filter(|kept| kept.tries < MOST_TRIES && kept.expires_at > app.now().ms());
    let Some(mut kept) = alive else {
        return Err(Error::Refused {
            code: "code_used_up",
            message: "That code does not work any more: it is too old, was used, or a wrong one was given too often. \
                      Send a new letter."
                .into(),
        });
    };
    let given = digest(app, &domain, &plain(code));
    let right = bool::from(given.as_bytes().ct_eq(kept.hash.as_bytes()));
    if !right {
        kept.tries += 1;
        sql::put_code(&mut tx, &domain, &kept).await?;
        tx.commit().await?;
        return Err(Error::invalid(
            "code",
            "That is not the code of the newest letter. Mind that each letter has its own.",
        ));
    }
    tx.commit().await?;
    let look = Look {
        way: Method::Mail,
        verdict: Verdict::Proven,
        said: format!("The code that was mailed to {} came back.", kept.recipient),
        found: Vec::new(),
    };
    // One that was proven better stays so.
    if domain.state == DomainState::Verified && domain.method != Some(Method::Mail) {
        return Ok(domain);
    }
    note_looks(app, actor, &domain, &[look]).await
}
