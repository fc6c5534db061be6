//! The one letter that somebody may get before their account is ready: what an admin writes, marked as such, with a
//! way to say "not me". Only at domains that the workplace has proven to be its own.

mod sql;

use guildhall_store::Tx;

use crate::accounts::{self, Account, AccountState, ProfileField as Field};
use crate::domains::{self, Standing, names};
use crate::entropy::secret_hash;
use crate::ids::AccountId;
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Permission, Result, audit, roles};

pub use sql::forget;

fn refuse(code: &'static str, message: String) -> Error {
    Error::Refused { code, message }
}

/// Writes to one person. False: they got their letter already.
///
/// # Errors
/// Why they get none: not uninvited, no address, `domain_not_verified`, or they said that it is not them.
pub async fn write(app: &App, tx: &mut Tx, actor: &Actor, id: AccountId, message: &str) -> Result<bool> {
    actor.need(Permission::PeopleInvite)?;
    let account = accounts::get(&mut *tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("person"))?;
    let name = account.name();
    if account.state != AccountState::Uninvited {
        return Err(refuse(
            "not_uninvited",
            format!(
                "{name} is invited, in, or gone: this letter is for those whose accounts are being prepared."
            ),
        ));
    }
    let Some(email) = account.profile.get(Field::Email) else {
        return Err(refuse(
            "no_email",
            format!("{name} has no e-mail address to write to: add one first."),
        ));
    };
    if domains::standing(tx, actor.workplace, email).await? != Standing::Ours {
        let domain =
            names::of_address(email).map_or_else(|| email.to_owned(), |domain| names::shown(&domain));
        return Err(refuse(
            "domain_not_verified",
            format!(
                "{name} is not told anything before being invited: {domain} is not verified for this workplace."
            ),
        ));
    }
    let secret = app.entropy.secret();
    let now = app.now();
    if !sql::insert(tx, (actor.workplace, id), &secret_hash(&secret), now).await? {
        return Ok(false);
    }
    let workplace = workplaces::read(&mut *tx, actor.workplace).await?;
    let content = Content::Brief {
        topic: LetterKind::AdvanceNotice,
        about: workplace.name.clone(),
        by: actor.account().map(|_| actor.name.clone()),
        message: Some(message.to_owned()),
        count: 0,
        expires_at: None,
    };
    let note = Note {
        content,
        invitation: None,
        secret: Some(secret),
    };
    outbox::post(app, tx, &workplace, &account, note).await?;
    log(app, tx, actor, &account, "notify").await?;
    Ok(true)
}

async fn log(app: &App, tx: &mut Tx, actor: &Actor, account: &Account, verb: &'static str) -> Result<()> {
    let entry = audit::Entry {
        source: if verb == "not_me" { "self" } else { "admin" },
        verb,
        subject: audit::Subject {
            kind: "account",
            id: Some(account.id.0),
            name: account.name(),
        },
        run: None,
        changes: Vec::new(),
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await
}

/// Whose letter it was.
pub async fn open(app: &App, token: &str) -> Result<(Workplace, Account)> {
    let whose = sql::by_token(&app.db, &secret_hash(token)).await?;
    let gone = || {
        Error::NotFound(
            "This link does not work any more: the account is gone, or you said so already.".into(),
        )
    };
    let (workplace, account) = whose.ok_or_else(gone)?;
    let account = accounts::get(&app.db, workplace, account)
        .await?
        .ok_or_else(gone)?;
    Ok((workplaces::read(&app.db, workplace).await?, account))
}

/// The reader says that the account is not theirs: those who invite are told.
pub async fn deny(app: &App, token: &str) -> Result<Workplace> {
    let (workplace, account) = open(app, token).await?;
    let mut tx = app.begin().await?;
    tx.lock(workplace.id.0).await?;
    if sql::deny(&mut tx, (workplace.id, account.id), app.now()).await? {
        let email = account.profile.get(Field::Email).unwrap_or_default();
        let actor = Actor {
            kind: crate::ActorKind::System,
            name: email.to_owned(),
            ..Actor::command_line(workplace.id)
        };
        log(app, &mut tx, &actor, &account, "not_me").await?;
        for admin in roles::holders(&mut tx, workplace.id, Permission::PeopleInvite).await? {
            let note = Note {
                content: Content::brief(LetterKind::NotMe, email),
                invitation: None,
                secret: None,
            };
            outbox::post(app, &mut tx, &workplace, &admin, note).await?;
        }
    }
    tx.commit().await?;
    Ok(workplace)
}
