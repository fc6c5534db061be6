//! What whoever did not come in by the browser that a letter tells of can do about it: say so, by the link of that letter.

use guildhall_store::Tx;

use super::sql;
use crate::access::{self, STEP_SECONDS};
use crate::accounts::{self, Account, AccountState};
use crate::entropy::secret_hash;
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::sessions::{self, rules::in_words};
use crate::sign_ins::{self, SignIn};
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Permission, Result, audit, factors, roles, tokens};

/// So many days the link of a letter works.
pub const LINK_DAYS: i64 = 30;

/// The log-in that a letter tells of.
#[derive(Clone, Debug)]
pub struct Letter {
    pub workplace: Workplace,
    pub account: Account,
    pub log_in: SignIn,
    /// Its session has ended already.
    pub over: bool,
}

/// What became of an account in which somebody else was.
#[derive(Clone, Debug)]
pub struct Denied {
    pub letter: Letter,
    /// A link to choose a new password is on its way.
    pub link_sent: bool,
}

fn dead() -> Error {
    Error::NotFound(format!(
        "This link does not work any more: it is used once, within {LINK_DAYS} days, while the account is there."
    ))
}

fn said_already() -> Error {
    Error::Refused {
        code: "said_already",
        message: "You have said so already: all sessions were ended then, and the browser was forgotten."
            .into(),
    }
}

async fn read(app: &App, tx: &mut Tx, token: &str) -> Result<(Letter, sql::Kept)> {
    let since = app.now().plus_days(-LINK_DAYS);
    let kept = sql::letter(tx, &secret_hash(token), since)
        .await?
        .ok_or_else(dead)?;
    if kept.denied_at.is_some() {
        return Err(said_already());
    }
    let account = accounts::get(&mut *tx, kept.workplace_id, kept.account_id).await?;
    let account = account.filter(|account| account.state == AccountState::Claimed);
    let log_in = sign_ins::get(&mut *tx, kept.workplace_id, kept.sign_in_id).await?;
    let letter = Letter {
        workplace: workplaces::read(&mut *tx, kept.workplace_id).await?,
        account: account.ok_or_else(dead)?,
        log_in: log_in.ok_or_else(dead)?,
        over: !sessions::is_alive(tx, kept.workplace_id, kept.session_id, app.now()).await?,
    };
    Ok((letter, kept))
}

/// The log-in that the letter with that link tells of.
///
/// # Errors
/// `not_found`, `said_already`.
pub async fn open(app: &App, token: &str) -> Result<Letter> {
    let mut tx = app.db.snapshot().await?;
    Ok(read(app, &mut tx, token).await?.0)
}

/// The reader says that it was not them: nobody is in as them any more, nor comes in by what somebody else may know or have
/// added. They get a link to choose a new password, where they have one, and the admins are told.
///
/// # Errors
/// `not_found`, `said_already`.
pub async fn deny(app: &App, token: &str) -> Result<Denied> {
    let workplace = open(app, token).await?.workplace;
    let mut tx = app.begin().await?;
    tx.lock(workplace.id.0).await?;
    let (letter, kept) = read(app, &mut tx, token).await?;
    let now = app.now();
    if !sql::deny(&mut tx, workplace.id, &secret_hash(token), now).await? {
        return Err(said_already());
    }
    sign_ins::disown(&mut tx, workplace.id, kept.sign_in_id, now).await?;
    let whose = (workplace.id, letter.account.id);
    sql::forget_one(&mut tx, whose, kept.device_id).await?;
    sql::ask_again(&mut tx, whose).await?;
    let had_password = access::end_password(app, &mut tx, &letter.account).await?;
    sessions::end_all(&mut tx, whose, None, "not_me", now).await?;
    sessions::told(app, &mut tx, whose).await?;
    // A factor may have been set up on the way in.
    let since = letter.log_in.at.plus_seconds(-STEP_SECONDS);
    factors::remove_since(app, &mut tx, &letter.account, since).await?;
    tokens::end_made_since(app, &mut tx, &letter.account, letter.log_in.at).await?;
    log(app, &mut tx, &letter).await?;
    let link_sent = had_password
        && !access::by_sso_alone(&mut tx, &letter.account).await?
        && access::post_link(app, &mut tx, &letter.workplace, &letter.account).await?;
    tell_admins(app, &mut tx, &letter).await?;
    tx.commit().await?;
    Ok(Denied { letter, link_sent })
}

async fn log(app: &App, tx: &mut Tx, letter: &Letter) -> Result<()> {
    let actor = Actor::person(&letter.account, None);
    let was = |field: &'static str, what: String| audit::FieldChange {
        field: field.into(),
        before: Some(what),
        after: None,
        was_from: None,
    };
    let (browser, system) = in_words(&letter.log_in.user_agent);
    let entry = audit::Entry {
        source: "self",
        verb: "deny_log_in",
        subject: audit::Subject {
            kind: "account",
            id: Some(letter.account.id.0),
            name: letter.account.name(),
        },
        run: None,
        changes: vec![
            was("browser", format!("{browser} on {system}")),
            was("address", letter.log_in.address.clone()),
        ],
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor: &actor, now }, entry).await
}

async fn tell_admins(app: &App, tx: &mut Tx, letter: &Letter) -> Result<()> {
    let (browser, system) = in_words(&letter.log_in.user_agent);
    let content = Content::Brief {
        topic: LetterKind::LogInDenied,
        about: letter.account.name(),
        by: Some(format!("{browser} on {system}, {}", letter.log_in.address)),
        message: None,
        count: 0,
        expires_at: Some(letter.log_in.at.timestamp()),
    };
    let admins = roles::holders(tx, letter.workplace.id, Permission::WorkplaceManage).await?;
    for admin in admins.iter().filter(|admin| admin.id != letter.account.id) {
        let note = Note {
            content: content.clone(),
            invitation: None,
            secret: None,
        };
        outbox::post(app, tx, &letter.workplace, admin, note).await?;
    }
    Ok(())
}
