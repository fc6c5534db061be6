//! Shared devices: an admin makes one with a link that is opened on it once. Whoever logs in there is out soon after the last
//! touch, and leaves nothing behind.

pub mod phone;
pub mod rules;
mod sql;

use guildhall_store::{Db, Tx};

use crate::access::{self, LoggedIn};
use crate::accounts::Source;
use crate::entropy::secret_hash;
use crate::ids::{AccountId, KioskId, WorkplaceId};
use crate::sessions::{self, OnKiosk};
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Moment, Permission, Result, audit, signals};

pub use sql::get;

/// One device that many people share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kiosk {
    pub id: KioskId,
    pub workplace: WorkplaceId,
    pub name: String,
    /// Where it stands, if somebody said so.
    pub place: String,
    /// After so many seconds without a touch whoever is in is out.
    pub idle_seconds: i64,
    pub created_by: Option<AccountId>,
    pub created_at: Moment,
    /// When a device took the link; absent while none has.
    pub enrolled_at: Option<Moment>,
    /// Until when its link works, if it has one that nobody opened.
    pub enrol_until: Option<Moment>,
}

/// Makes a kiosk; gives it with the secret of the link that is to be opened on the device, within an hour.
///
/// # Errors
/// `prove_yourself`; which field is wrong.
pub async fn create(
    app: &App,
    actor: &Actor,
    (name, place): (&str, &str),
    idle_seconds: i64,
) -> Result<(Kiosk, String)> {
    actor.need(Permission::WorkplaceManage)?;
    let place = rules::checked_place(place)?;
    let (name, idle_seconds) = rules::checked(name, idle_seconds)?;
    let now = app.now();
    access::proven(actor, now)?;
    let secret = app.entropy.secret();
    let kiosk = Kiosk {
        id: KioskId::new(&app.entropy, now),
        workplace: actor.workplace,
        name,
        place,
        idle_seconds,
        created_by: actor.account(),
        created_at: now,
        enrolled_at: None,
        enrol_until: Some(now.plus_seconds(rules::ENROL_MINUTES * 60)),
    };
    let mut tx = app.begin().await?;
    sql::insert(&mut tx, &kiosk, &secret_hash(&secret)).await?;
    note(app, &mut tx, actor, &kiosk, (Source::Admin, "create")).await?;
    tx.commit().await?;
    Ok((kiosk, secret))
}

/// Keeps what somebody did with a kiosk.
async fn note(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    kiosk: &Kiosk,
    (source, verb): (Source, &'static str),
) -> Result<()> {
    let entry = audit::Entry {
        source: source.as_str(),
        verb,
        subject: audit::Subject {
            kind: "kiosk",
            id: Some(kiosk.id.0),
            name: kiosk.name.clone(),
        },
        run: None,
        changes: Vec::new(),
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await
}

/// The kiosks of the workplace, newest first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Kiosk>> {
    actor.need(Permission::WorkplaceManage)?;
    sql::list(&app.db, actor.workplace).await
}

/// Ends a kiosk: the device is one no more, and whoever is in on it is out.
pub async fn end(app: &App, actor: &Actor, id: KioskId) -> Result<()> {
    actor.need(Permission::WorkplaceManage)?;
    let now = app.now();
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let kiosk = sql::get(&mut tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("kiosk"))?;
    sql::end(&mut tx, &kiosk, now).await?;
    for account in sessions::end_on_kiosk(&mut tx, (kiosk.workplace, kiosk.id), now).await? {
        let kind = signals::SESSIONS_ENDED;
        signals::send(&mut tx, &app.entropy, now, kiosk.workplace, Some(account), kind).await?;
    }
    note(app, &mut tx, actor, &kiosk, (Source::Admin, "end")).await?;
    tx.commit().await?;
    Ok(())
}

fn dead_link() -> Error {
    Error::NotFound(
        "This link makes no device a kiosk any more: it works once, within an hour. An admin makes a new one under Kiosks."
            .into(),
    )
}

/// What the link would make of this device.
pub async fn offered(app: &App, secret: &str) -> Result<(Workplace, Kiosk)> {
    let kiosk = sql::by_enrol(&app.db, &secret_hash(secret), app.now())
        .await?
        .ok_or_else(dead_link)?;
    Ok((workplaces::read(&app.db, kiosk.workplace).await?, kiosk))
}

/// Makes this device the kiosk that the link is for; gives the token that it keeps.
pub async fn enrol(app: &App, secret: &str) -> Result<(Kiosk, String)> {
    let (_, kiosk) = offered(app, secret).await?;
    let token = app.entropy.secret();
    let mut tx = app.begin().await?;
    tx.lock(kiosk.workplace.0).await?;
    if !sql::enrol(
        &mut tx,
        &kiosk,
        &secret_hash(secret),
        &secret_hash(&token),
        app.now(),
    )
    .await?
    {
        return Err(dead_link());
    }
    let actor = Actor {
        kind: crate::ActorKind::System,
        name: kiosk.name.clone(),
        permissions: std::collections::BTreeSet::new(),
        ..Actor::command_line(kiosk.workplace)
    };
    note(app, &mut tx, &actor, &kiosk, (Source::Admin, "enrol")).await?;
    tx.commit().await?;
    Ok((kiosk, token))
}

/// The kiosk that holds this token.
pub async fn of_token(db: &Db, token: &str) -> Result<Option<Kiosk>> {
    sql::by_token(db, &secret_hash(token)).await
}

/// A session that was opened on a kiosk becomes a short one, before the device is given its token. Somebody of another workplace
/// keeps theirs for as short a time.
pub async fn bind(app: &App, kiosk: &Kiosk, entered: &LoggedIn) -> Result<()> {
    let on = OnKiosk {
        kiosk: kiosk.id,
        idle_seconds: kiosk.idle_seconds,
    };
    let mut tx = app.begin().await?;
    sessions::put_on_kiosk(&mut tx, &entered.session, on).await?;
    tx.commit().await?;
    Ok(())
}
