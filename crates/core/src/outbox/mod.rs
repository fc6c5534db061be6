//! Letters that wait to leave the house: written in the transaction of the change that causes them, sent later by
//! the [`Postman`]. What SMTP itself cannot promise is told in docs/admin/mail.md.

mod postman;
pub mod rules;
mod sql;

use guildhall_store::{Db, Tx};
use uuid::Uuid;

use crate::accounts::{self, Account, ProfileField as Field, people};
use crate::ids::{AccountId, InvitationId, LetterId, WorkplaceId};
use crate::mail::{
    Catalogue, Content, LetterData, LetterKind, Outcome, Recipient, Rendered, Sender, letters,
};
use crate::workplaces::Workplace;
use crate::{Actor, App, Error, Moment, Page, Permission, Result, access, audit, signals};

use crate::words::words;

pub use postman::Postman;
pub use sql::{Filter, cancel, forget};

words! {
    /// Where a letter is on its way.
    LetterState {
        /// For its time, or for a mail server to be set.
        Waiting = "waiting",
        /// It is going out; nobody knows yet what became of it.
        Sending = "sending",
        Sent = "sent",
        /// The mail server took none of the attempts.
        Failed = "failed",
        /// The mail server knows the address and will never take it.
        Bounced = "bounced",
        /// The connection was lost while it went out: it may have arrived or not.
        Unknown = "unknown",
        /// What it was about is no longer so.
        Cancelled = "cancelled",
    }
}

/// A letter in the outbox.
#[derive(Clone, Debug)]
pub struct Posted {
    pub id: LetterId,
    pub workplace: WorkplaceId,
    pub account: Option<AccountId>,
    pub invitation: Option<InvitationId>,
    pub kind: LetterKind,
    pub recipient: String,
    pub state: LetterState,
    pub attempts: i64,
    pub next_at: Moment,
    pub last_error: Option<String>,
    pub created_at: Moment,
    pub sent_at: Option<Moment>,
    data: LetterData,
    sealed: Option<String>,
    message_id: String,
}

/// What is to be written, to whom, about which invitation, and the secret of its link.
#[derive(Clone, Debug)]
pub struct Note {
    pub content: Content,
    pub invitation: Option<InvitationId>,
    pub secret: Option<String>,
}

/// Whom a letter goes to: somebody with an account, or an address that somebody gave.
#[derive(Clone, Debug)]
pub struct Addressee {
    pub account: Option<AccountId>,
    pub recipient: Recipient,
}

/// Puts a letter to a person into the outbox. Nothing, if the person has no e-mail address.
pub async fn post(
    app: &App,
    tx: &mut Tx,
    workplace: &Workplace,
    account: &Account,
    note: Note,
) -> Result<Option<LetterId>> {
    let Some(email) = account.profile.get(Field::Email) else {
        return Ok(None);
    };
    let owned = |field| account.profile.get(field).map(str::to_owned);
    let to = Addressee {
        account: Some(account.id),
        recipient: Recipient {
            name: owned(Field::GivenName).unwrap_or_else(|| account.name()),
            email: email.to_owned(),
            locale: owned(Field::Locale),
            time_zone: owned(Field::TimeZone),
        },
    };
    post_to(app, tx, workplace, to, note).await.map(Some)
}

/// Puts a letter to an address into the outbox.
pub async fn post_to(
    app: &App,
    tx: &mut Tx,
    workplace: &Workplace,
    to: Addressee,
    note: Note,
) -> Result<LetterId> {
    let now = app.now();
    let id = LetterId::new(&app.entropy, now);
    let email = to.recipient.email.clone();
    let data = LetterData {
        workplace: Sender {
            name: workplace.name.clone(),
            locale: workplace.locale.clone(),
            time_zone: workplace.time_zone.clone(),
            colour: workplace.colour.clone(),
        },
        recipient: to.recipient,
        content: note.content,
        link: None,
        code: None,
    };
    let posted = Posted {
        id,
        workplace: workplace.id,
        account: to.account,
        invitation: note.invitation,
        kind: data.content.kind(),
        recipient: email,
        state: LetterState::Waiting,
        attempts: 0,
        next_at: now,
        last_error: None,
        created_at: now,
        sent_at: None,
        sealed: note
            .secret
            .map(|secret| app.sealer.seal(&app.entropy, &context(id.0), &secret)),
        data,
        message_id: String::new(),
    };
    sql::insert(tx, &posted).await?;
    signals::send(tx, &app.entropy, now, workplace.id, None, signals::OUTBOX).await?;
    Ok(id)
}

/// Writes a test letter to the actor's own person, with what an invitation would carry.
pub async fn post_test(
    app: &App,
    actor: &Actor,
    account: &Account,
    message: Option<String>,
) -> Result<Option<LetterId>> {
    let mut tx = app.begin().await?;
    let workplace = crate::workplaces::read(&mut tx, actor.workplace).await?;
    let note = Note {
        content: Content::Test {
            by: Some(actor.name.clone()),
            message,
            at: app.now().timestamp(),
        },
        invitation: None,
        secret: None,
    };
    let posted = post(app, &mut tx, &workplace, account, note).await?;
    tx.commit().await?;
    Ok(posted)
}

/// A sealed link opens only in the row it was sealed for.
fn context(id: Uuid) -> String {
    format!("outbox {id}")
}

/// Where the letter's button leads.
fn link(app: &App, public_url: &str, letter: &Posted) -> Option<String> {
    let path = match letter.kind {
        LetterKind::Invitation | LetterKind::Reminder => "claim",
        LetterKind::PasswordReset => "reset",
        LetterKind::ConfirmAddress => "confirm",
        LetterKind::JoinWorkplace => "join",
        LetterKind::OpenWorkplace => "open",
        LetterKind::AdvanceNotice => "not-me",
        LetterKind::RequestsWaiting => return Some(format!("{public_url}/admin/requests")),
        LetterKind::NotMe | LetterKind::LastDaysHeld => return Some(format!("{public_url}/admin/people")),
        LetterKind::OpeningApproved | LetterKind::UseSso => return Some(format!("{public_url}/login")),
        LetterKind::RequestApproved => return Some(format!("{public_url}/people")),
        LetterKind::DomainCode | LetterKind::RequestDeclined | LetterKind::OpeningDeclined => return None,
        LetterKind::DomainVerified
        | LetterKind::DomainGone
        | LetterKind::DomainLost
        | LetterKind::DomainNarrows
        | LetterKind::DomainNarrowed
        | LetterKind::DomainTaken => return Some(format!("{public_url}/admin/domains")),
        LetterKind::ConnectorHeld => return Some(format!("{public_url}/admin/connectors")),
        LetterKind::SsoEnding | LetterKind::SsoStale | LetterKind::WeakEnding => {
            return Some(format!("{public_url}/admin/sso"));
        }
        LetterKind::BreakGlass => return Some(format!("{public_url}/admin/sign-ins?break_glass=true")),
        LetterKind::BreakGlassFew => return Some(format!("{public_url}/admin/sso/require")),
        LetterKind::RuleHeld => return Some(format!("{public_url}/admin/invitations?view=rules")),
        LetterKind::GroupAsked | LetterKind::GroupApproved | LetterKind::GroupDeclined => {
            return Some(format!("{public_url}/groups{}", looked_for(letter)));
        }
        LetterKind::FactorAdded | LetterKind::FactorRemoved | LetterKind::RecoveryCodeUsed => {
            return Some(format!("{public_url}/me/security"));
        }
        LetterKind::LogInDenied => return Some(format!("{public_url}/admin/sign-ins?disowned=true")),
        // Who reads it without its secret, or a second time, can still choose a new password.
        LetterKind::NewDevice if letter.sealed.is_some() => "not-me-here",
        LetterKind::PasswordChanged | LetterKind::NewDevice => return Some(format!("{public_url}/forgot")),
        LetterKind::Welcome | LetterKind::EmailChanged | LetterKind::Test => {
            return Some(format!("{public_url}/"));
        }
    };
    Some(format!("{public_url}/{path}/{}", secret(app, letter)?))
}

/// The query that finds what the letter is about by its name.
fn looked_for(letter: &Posted) -> String {
    match &letter.data.content {
        Content::Brief { about, .. } => {
            let query: String = url::form_urlencoded::byte_serialize(about.as_bytes()).collect();
            format!("?q={query}")
        }
        _ => String::new(),
    }
}

/// What is sealed in the letter's row, while it waits.
fn secret(app: &App, letter: &Posted) -> Option<String> {
    app.sealer.open(&context(letter.id.0), letter.sealed.as_deref()?)
}

/// Notes of all letters that wait what `outcome` says became of them, though none left the house: the demo has no
/// mail server.
pub(crate) async fn pretend(
    app: &App,
    tx: &mut Tx,
    mut outcome: impl FnMut(&Posted) -> Outcome,
) -> Result<()> {
    let later = app.now().plus_seconds(postman::LEASE_SECONDS);
    while let Some(letter) = sql::take(tx, app.now(), later).await? {
        let outcome = outcome(&letter);
        postman::settle(app, tx, &letter, &outcome).await?;
    }
    Ok(())
}

/// The letter in words. Its link is there only while it has not gone out.
fn write(app: &App, public_url: &str, letter: &Posted) -> Result<(Rendered, Option<String>)> {
    let link = link(app, public_url, letter);
    let mut data = letter.data.clone();
    if letter.kind.needs_code() {
        data.code = secret(app, letter);
    }
    data.link = match &link {
        None if letter.kind.needs_link() => Some(format!("{public_url}/#the-link-was-in-the-letter")),
        link => link.clone(),
    };
    let rendered =
        letters::render(Catalogue::built_in(), &data).map_err(|why| Error::Internal(why.to_string()))?;
    Ok((rendered, link))
}

impl Posted {
    /// What the mail reader shows as the letter's subject.
    pub fn subject(&self) -> String {
        let mut data = self.data.clone();
        data.link = Some("https://example.com/".into());
        letters::render(Catalogue::built_in(), &data).map_or_else(|_| String::new(), |letter| letter.subject)
    }
}

/// The letters that match, newest first, a page at a time.
pub async fn list(db: &Db, actor: &Actor, filter: &Filter) -> Result<Page<Posted>> {
    actor.need(Permission::OutboxRead)?;
    sql::list(db, actor.workplace, filter).await
}

/// A letter as its reader sees it, with its link while it waits.
pub struct Read {
    pub letter: Posted,
    pub rendered: Rendered,
    pub link: Option<String>,
}

/// One letter, to be read by an admin. Reading a link that opens somebody's account is noted in the audit log.
///
/// # Errors
/// `prove_yourself`, where its link would be shown.
pub async fn read(app: &App, actor: &Actor, public_url: &str, id: LetterId) -> Result<Read> {
    actor.need(Permission::OutboxRead)?;
    let letter = sql::get(&app.db, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("letter"))?;
    let mut shown = letter.clone();
    if shown.sealed.is_some() && !may_follow(app, actor, &letter).await? {
        shown.sealed = None;
    }
    let (rendered, link) = write(app, public_url, &shown)?;
    if link.is_some() && letter.kind.needs_link() {
        let mut tx = app.begin().await?;
        note(app, &mut tx, actor, &letter, "read_link").await?;
        tx.commit().await?;
    }
    Ok(Read {
        letter,
        rendered,
        link,
    })
}

/// Whether the actor may follow the link of a letter in somebody's place. It opens an account: nobody does who may less than
/// that account, or has not shown lately who they are; and nobody follows one that is for its reader alone.
async fn may_follow(app: &App, actor: &Actor, letter: &Posted) -> Result<bool> {
    if letter.kind.is_for_its_reader_only() || !actor.may(Permission::WorkplaceManage) {
        return Ok(false);
    }
    let account = match letter.account {
        Some(id) => accounts::get(&app.db, actor.workplace, id).await?,
        None => None,
    };
    let Some(account) = account else { return Ok(false) };
    if people::over(&app.db, actor, &account).await.is_err() {
        return Ok(false);
    }
    access::proven(actor, app.now())?;
    Ok(true)
}

async fn note(app: &App, tx: &mut Tx, actor: &Actor, letter: &Posted, verb: &'static str) -> Result<()> {
    let entry = audit::Entry {
        source: "admin",
        verb,
        subject: audit::Subject {
            kind: "letter",
            id: Some(letter.id.0),
            name: letter.recipient.clone(),
        },
        run: None,
        changes: Vec::new(),
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    signals::send(tx, &app.entropy, now, actor.workplace, None, signals::OUTBOX).await
}

/// Tries a letter again that failed, bounced or whose fate is unknown.
pub async fn retry(app: &App, actor: &Actor, id: LetterId) -> Result<()> {
    use LetterState as S;
    move_on(
        app,
        actor,
        id,
        &[S::Failed, S::Bounced, S::Unknown],
        S::Waiting,
        "retry",
    )
    .await
}

/// Takes a letter back that has not gone out.
pub async fn withdraw(app: &App, actor: &Actor, id: LetterId) -> Result<()> {
    move_on(
        app,
        actor,
        id,
        &[LetterState::Waiting],
        LetterState::Cancelled,
        "cancel",
    )
    .await
}

async fn move_on(
    app: &App,
    actor: &Actor,
    id: LetterId,
    from: &[LetterState],
    to: LetterState,
    verb: &'static str,
) -> Result<()> {
    actor.need(Permission::OutboxRead)?;
    actor.need(Permission::PeopleInvite)?;
    let mut tx = app.begin().await?;
    let letter = sql::get(&mut tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("letter"))?;
    let carries = letter.kind.needs_link() || letter.kind.needs_code();
    let lost_its_link = carries && letter.sealed.is_none();
    if !from.contains(&letter.state) || (to == LetterState::Waiting && lost_its_link) {
        return Err(Error::Refused {
            code: "letter_state",
            message: "This letter has moved on: send the person a new one instead.".into(),
        });
    }
    sql::set_state(&mut tx, &letter, letter.state, to, app.now()).await?;
    note(app, &mut tx, actor, &letter, verb).await?;
    tx.commit().await?;
    Ok(())
}
