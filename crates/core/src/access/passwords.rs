use super::guesses::Subjects;
use super::{Origin, PasswordHasher, may_have_password, network, rules, sql};
use std::net::IpAddr;

use guildhall_store::Tx;

use crate::accounts::{self, Account, AccountState, ProfileField as Field};
use crate::codes::{self, rules::Pace};
use crate::entropy::secret_hash;
use crate::ids::{ResetId, SessionId, WorkplaceId};
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Result, audit, devices, sessions, signals};

/// How long a reset link works.
const RESET_MINUTES: i64 = 60;
/// Who asks again and again gets no more letters than these an hour.
const RESETS_AN_HOUR: i64 = 3;
/// Letters that may be asked for from one network: an office on the Monday after the holidays, then one in half a minute.
const RESETS_OF_NETWORK: Pace = Pace {
    burst: 100,
    every_ms: 30_000,
};
/// The most of an e-mail address that is looked at (RFC 3696, erratum 1690, has 254).
const LONGEST_EMAIL: usize = 320;

/// The hash of a password that this person may choose. Judged with their own names as hints; a refusal names the
/// field `password` and says why.
pub(crate) async fn hash_password(
    app: &App,
    hasher: &PasswordHasher,
    account: &Account,
    workplace: &Workplace,
    password: &str,
) -> Result<String> {
    let name = account.name();
    let email = account.profile.get(Field::Email).unwrap_or_default();
    let employee = account.profile.get(Field::EmployeeId).unwrap_or_default();
    rules::judge_password(password, &[&name, email, employee, &workplace.name])
        .map_err(|why| Error::invalid("password", why))?;
    hasher.hash(&app.entropy, password).await
}

/// Gives the account a password, in place of any it had. Other sessions are not ended here.
pub async fn choose_password(
    app: &App,
    hasher: &PasswordHasher,
    account: &Account,
    password: &str,
) -> Result<()> {
    let workplace = workplaces::read(&app.db, account.workplace).await?;
    let hash = hash_password(app, hasher, account, &workplace, password).await?;
    let mut tx = app.begin().await?;
    sql::set(&mut tx, (account.workplace, account.id), &hash, app.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes the person's own password: the present one must be given, and wrong ones are counted. Their other sessions end, and a
/// letter says so.
///
/// # Errors
/// `wait` after too many tries; which field is wrong.
pub async fn change_password(
    app: &App,
    hasher: &PasswordHasher,
    (account, here): (&Account, SessionId),
    (current, new): (&str, &str),
    origin: Origin<'_>,
) -> Result<()> {
    let whose = (account.workplace, account.id);
    let subjects = Subjects::of_second(app, whose, origin.address);
    subjects.count(app).await?;
    let stored = sql::hash(&app.db, whose.0, whose.1).await?;
    let current: String = current.chars().take(rules::LONGEST + 1).collect();
    if !hasher.verify(&current, stored.as_deref()).await? {
        return Err(not_present());
    }
    let mut tx = app.begin().await?;
    subjects.take_back(&mut tx, &[whose.0]).await?;
    tx.commit().await?;
    let workplace = workplaces::read(&app.db, account.workplace).await?;
    let hash = hash_password(app, hasher, account, &workplace, new).await?;
    let mut tx = app.begin().await?;
    tx.lock(workplace.id.0).await?;
    // Meanwhile it may have been reset, or this session ended.
    if sql::hash(&mut tx, whose.0, whose.1).await? != stored {
        return Err(not_present());
    }
    if !sessions::is_alive(&mut tx, whose.0, here, app.now()).await? {
        return Err(Error::Refused {
            code: "not_signed_in",
            message: "Your session here was ended meanwhile: log in again.".into(),
        });
    }
    replace(app, &mut tx, (account, &workplace), &hash, Some(here)).await?;
    tx.commit().await?;
    Ok(())
}

fn not_present() -> Error {
    Error::invalid("current", "That is not your present password.")
}

/// The new password takes the old one's place, and whoever was in by the old one is out.
async fn replace(
    app: &App,
    tx: &mut Tx,
    (account, workplace): (&Account, &Workplace),
    hash: &str,
    except: Option<SessionId>,
) -> Result<()> {
    let (whose, now) = ((account.workplace, account.id), app.now());
    let still = accounts::get(&mut *tx, account.workplace, account.id).await?;
    let Some(still) = still.filter(|account| account.state == AccountState::Claimed) else {
        return Err(dead_link());
    };
    may_have_password(tx, &still).await?;
    sql::set(tx, whose, hash, now).await?;
    sql::end_resets(tx, whose, now).await?;
    sql::steps::end_all(tx, whose).await?;
    devices::ask_again(tx, whose).await?;
    sessions::end_all(tx, whose, except, "password_changed", now).await?;
    let actor = Actor::person(account, None);
    let entry = audit::Entry {
        source: "self",
        verb: "change_password",
        subject: audit::Subject {
            kind: "account",
            id: Some(account.id.0),
            name: account.name(),
        },
        run: None,
        changes: Vec::new(),
    };
    audit::write(tx, &app.entropy, audit::Scope { actor: &actor, now }, entry).await?;
    let note = Note {
        content: Content::PasswordChanged {
            at: now.timestamp(),
            device: None,
        },
        invitation: None,
        secret: None,
    };
    outbox::post(app, tx, workplace, account, note).await?;
    let account_id = Some(account.id);
    let kind = signals::SESSIONS_ENDED;
    signals::send(tx, &app.entropy, now, workplace.id, account_id, kind).await
}

/// Notes that whoever has this e-mail forgot their password. It is answered in the background, so that neither the
/// answer nor the time it takes tells whether there is somebody, and where.
///
/// # Errors
/// `wait`, where very many were asked for from one network.
pub async fn ask_reset(app: &App, email: &str, from: IpAddr) -> Result<()> {
    let subject = app.sealer.digest(&format!("resets from\0{}", network(from)));
    if codes::pace(app, &[(subject, RESETS_OF_NETWORK)]).await?.is_some() {
        return Err(Error::Refused {
            code: "wait",
            message: "Too many letters were asked for from here: try again in an hour.".into(),
        });
    }
    let email: String = email.trim().chars().take(LONGEST_EMAIL).collect();
    let now = app.now();
    let mut tx = app.begin().await?;
    // Whoever asks twice is answered once.
    if !sql::asked_already(&mut tx, &email).await? {
        sql::ask_reset(&mut tx, ResetId::new(&app.entropy, now), &email, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Sends what was asked for: a link to choose a new password to whoever has claimed an account with the e-mail, in each
/// workplace, by a letter of each.
pub async fn answer_resets(app: &App) -> Result<()> {
    while let Some((request, email)) = sql::next_request(&app.db).await? {
        let workplaces = accounts::workplaces_of(&app.db, &email).await?;
        let mut tx = app.begin().await?;
        if sql::end_request(&mut tx, request).await? {
            send_links(app, &mut tx, &email, workplaces).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn send_links(app: &App, tx: &mut Tx, email: &str, workplaces: Vec<WorkplaceId>) -> Result<()> {
    for workplace in workplaces {
        tx.lock(workplace.0).await?;
        let account = accounts::by_email(&mut *tx, workplace, email).await?;
        let place = workplaces::get(&mut *tx, workplace).await?;
        let (Some(account), Some(place)) = (account, place) else {
            continue;
        };
        let (whose, now) = ((workplace, account.id), app.now());
        let lately = sql::resets_since(tx, whose, now.plus_seconds(-3600)).await?;
        if account.state != AccountState::Claimed || lately >= RESETS_AN_HOUR {
            continue;
        }
        if let Err(Error::Refused { .. }) = may_have_password(tx, &account).await {
            // A link would lead to a password that lets nobody in. One that never works is counted with the others.
            let (id, token) = (ResetId::new(&app.entropy, now), app.entropy.secret());
            sql::add_reset(tx, id, whose, &secret_hash(&token), (now, now)).await?;
            let note = Note {
                content: Content::brief(LetterKind::UseSso, &account.name()),
                invitation: None,
                secret: None,
            };
            outbox::post(app, tx, &place, &account, note).await?;
            continue;
        }
        post_link(app, tx, &place, &account).await?;
    }
    Ok(())
}

/// Sends the person a link to choose a new password. False: they have no e-mail address.
pub(crate) async fn post_link(app: &App, tx: &mut Tx, place: &Workplace, account: &Account) -> Result<bool> {
    let (now, token) = (app.now(), app.entropy.secret());
    let expires = now.plus_seconds(RESET_MINUTES * 60);
    let id = ResetId::new(&app.entropy, now);
    let whose = (account.workplace, account.id);
    sql::add_reset(tx, id, whose, &secret_hash(&token), (now, expires)).await?;
    let note = Note {
        content: Content::PasswordReset {
            expires_at: expires.timestamp(),
        },
        invitation: None,
        secret: Some(token),
    };
    Ok(outbox::post(app, tx, place, account, note).await?.is_some())
}

/// Nobody comes in by the person's password any more, by a link that was to change it, or by a log-in that was begun with
/// it. Gives whether they had one.
pub(crate) async fn end_password(app: &App, tx: &mut Tx, account: &Account) -> Result<bool> {
    let whose = (account.workplace, account.id);
    let had = sql::has_password(&mut *tx, whose.0, whose.1).await?;
    sql::forget_password(tx, whose.0, whose.1).await?;
    sql::end_resets(tx, whose, app.now()).await?;
    sql::steps::end_all(tx, whose).await?;
    Ok(had)
}

fn dead_link() -> Error {
    Error::NotFound(
        "This link does not work any more: it is used once and within an hour. Ask for a new one with \"Forgotten \
         password\"."
            .into(),
    )
}

/// Whose password the link lets choose.
pub async fn open_reset(app: &App, token: &str) -> Result<(Workplace, Account)> {
    let whose = sql::reset(&app.db, &secret_hash(token), app.now()).await?;
    let (workplace, account) = whose.ok_or_else(dead_link)?;
    let account = accounts::get(&app.db, workplace, account)
        .await?
        .filter(|account| account.state == AccountState::Claimed)
        .ok_or_else(dead_link)?;
    Ok((workplaces::read(&app.db, account.workplace).await?, account))
}

/// Chooses a new password by the link, which is used up; every session of the person ends.
pub async fn reset_password(app: &App, hasher: &PasswordHasher, token: &str, password: &str) -> Result<()> {
    let (workplace, account) = open_reset(app, token).await?;
    let hash = hash_password(app, hasher, &account, &workplace, password).await?;
    let mut tx = app.begin().await?;
    tx.lock(workplace.id.0).await?;
    if !sql::use_reset(&mut tx, &secret_hash(token), app.now()).await? {
        return Err(dead_link());
    }
    replace(app, &mut tx, (&account, &workplace), &hash, None).await?;
    tx.commit().await?;
    Ok(())
}
