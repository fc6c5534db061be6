//! Who is in, on which device. A session is alive or ended in the database: every request asks there, so that an
//! end works at once.

mod farewell;
pub mod rules;
mod sql;

use guildhall_store::{Db, Tx};

use crate::entropy::secret_hash;
use crate::ids::{AccountId, KioskId, SessionId, WorkplaceId};
use crate::{Actor, App, Entropy, Moment, Permission, Result, access, audit, signals, workplaces};

pub use farewell::why_out;
pub use sql::{end, end_all, last_seen, list, touch};
pub(crate) use sql::{end_on_kiosk, in_by_password, is_alive, prove, put_on_kiosk, shorten};

/// Ends one session of a person, and their open streams. False: there is no such session that lives.
pub async fn end_now(
    app: &App,
    whose: (WorkplaceId, AccountId),
    session: SessionId,
    reason: &str,
) -> Result<bool> {
    let mut tx = app.begin().await?;
    let ended = sql::end(&mut tx, whose, session, reason, app.now()).await?;
    told(app, &mut tx, whose).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends every session of a person but `except`, and their open streams.
pub async fn end_all_now(
    app: &App,
    whose: (WorkplaceId, AccountId),
    except: Option<SessionId>,
    reason: &str,
) -> Result<()> {
    let mut tx = app.begin().await?;
    sql::end_all(&mut tx, whose, except, reason, app.now()).await?;
    told(app, &mut tx, whose).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends the session of that token, whose browser has another from now on.
pub async fn end_former(app: &App, token: &str) -> Result<()> {
    match check(&app.db, token, app.now()).await? {
        Some(session) => {
            let whose = (session.workplace, session.account);
            end_now(app, whose, session.id, "logged_in_again").await?;
            Ok(())
        }
        None => Ok(()),
    }
}

/// How many sessions live in a workplace, and of how many people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct HowMany {
    pub sessions: i64,
    pub people: i64,
}

/// How many would be out if everybody had to log in again; but for the session of whoever asks.
pub async fn how_many(app: &App, actor: &Actor, except: Option<SessionId>) -> Result<HowMany> {
    actor.need(Permission::WorkplaceManage)?;
    sql::count(&app.db, (actor.workplace, except), app.now()).await
}

/// Everybody has to log in again, now: every session of the workplace ends but that of whoever asks, and so do the open
/// streams. Gives how many those were.
pub async fn end_everybodys(app: &App, actor: &Actor, except: Option<SessionId>) -> Result<HowMany> {
    actor.need(Permission::WorkplaceManage)?;
    let now = app.now();
    access::proven(actor, now)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let ended = sql::count(&mut tx, (actor.workplace, except), now).await?;
    sql::end_everybodys(&mut tx, (actor.workplace, except), "everyone_again", now).await?;
    let workplace = workplaces::read(&mut tx, actor.workplace).await?;
    let change = |field: &'static str, number: i64| audit::FieldChange {
        field: field.into(),
        before: None,
        after: Some(number.to_string()),
        was_from: None,
    };
    let entry = audit::Entry {
        source: "admin",
        verb: "end_all_sessions",
        subject: audit::Subject {
            kind: "workplace",
            id: Some(workplace.id.0),
            name: workplace.name,
        },
        run: None,
        changes: vec![change("sessions", ended.sessions), change("people", ended.people)],
    };
    audit::write(&mut tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    everybody_told(app, &mut tx, actor.workplace).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Every open stream of the workplace looks whether its session still lives.
pub(crate) async fn everybody_told(app: &App, tx: &mut Tx, workplace: WorkplaceId) -> Result<()> {
    let kind = signals::SESSIONS_ENDED;
    signals::send(tx, &app.entropy, app.now(), workplace, None, kind).await
}

pub(crate) async fn told(
    app: &App,
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
) -> Result<()> {
    let kind = signals::SESSIONS_ENDED;
    signals::send(tx, &app.entropy, app.now(), workplace, Some(account), kind).await
}

/// Whether the session still lives.
pub async fn alive(db: &Db, session: &Session, now: Moment) -> Result<bool> {
    sql::lives(db, session, now).await
}

/// One browser or device of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub workplace: WorkplaceId,
    pub account: AccountId,
    pub created_at: Moment,
    pub last_seen_at: Moment,
    pub expires_at: Moment,
    /// When the person last showed who they are.
    pub proved_at: Moment,
    /// How the person got in: `password`, `claim`, `sso`.
    pub method: String,
    pub user_agent: String,
    pub address: String,
    /// It was opened on a shared device, and is short.
    pub kiosk: Option<OnKiosk>,
    /// However much it is used, it ends then: the identity provider said so.
    pub until: Option<Moment>,
}

/// How a session on a shared device lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnKiosk {
    pub kiosk: KioskId,
    /// After so many seconds without a touch it ends.
    pub idle_seconds: i64,
}

impl Session {
    /// Whether a use at `now` is worth a write.
    pub fn worth_noting(&self, now: Moment) -> bool {
        rules::worth_noting(self.last_seen_at, now, self.idle())
    }

    fn idle(&self) -> Option<i64> {
        self.kiosk.map(|on| on.idle_seconds)
    }

    fn limits(&self, again_days: i64) -> rules::Limits {
        rules::Limits {
            idle: self.idle(),
            again_days,
            until: self.until,
        }
    }
}

/// Where a session is opened from.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub method: &'a str,
    pub user_agent: &'a str,
    pub address: &'a str,
    /// Its identity provider ends it then.
    pub until: Option<Moment>,
    pub proved: Proved,
}

/// When whoever comes in has shown who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proved {
    Now,
    /// At their identity provider, which may have known them for hours.
    At(Moment),
    /// Nobody knows; before something dangerous they show it.
    Unknown,
}

/// Opens a session. Gives it with its token, which is for the cookie only and is not kept.
pub async fn open(
    tx: &mut Tx,
    entropy: &Entropy,
    now: Moment,
    (workplace, account): (WorkplaceId, AccountId),
    place: Place<'_>,
) -> Result<(Session, String)> {
    let token = entropy.secret();
    let again_days = workplaces::read(&mut *tx, workplace)
        .await?
        .settings
        .log_in_again_days;
    let limits = rules::Limits {
        again_days,
        until: place.until,
        idle: None,
    };
    let session = Session {
        id: SessionId::new(entropy, now),
        workplace,
        account,
        created_at: now,
        last_seen_at: now,
        expires_at: rules::expiry(now, now, limits),
        proved_at: match place.proved {
            Proved::Now => now,
            Proved::At(at) => at.min(now),
            Proved::Unknown => Moment::from_ms(0),
        },
        method: place.method.to_owned(),
        user_agent: rules::cut(place.user_agent),
        address: rules::cut(place.address),
        kiosk: None,
        until: place.until,
    };
    sql::insert(tx, &session, &secret_hash(&token)).await?;
    Ok((session, token))
}

/// The session of that token, if it is alive.
pub async fn check(db: &Db, token: &str, now: Moment) -> Result<Option<Session>> {
    sql::alive(db, &secret_hash(token), now).await
}
