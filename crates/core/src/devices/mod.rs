//! The browsers by which people come in: which of them somebody has used before, and where no second factor is asked again.

mod not_me;
mod sql;

use guildhall_store::{Db, Tx};

use crate::access::{Device, Origin, network};
use crate::accounts::Account;
use crate::entropy::secret_hash;
use crate::ids::{AccountId, DeviceId, SessionId, SignInId, WorkplaceId};
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::sessions::rules::in_words;
use crate::{App, Error, Moment, Result, workplaces};

pub use not_me::{Denied, LINK_DAYS, Letter, deny, open};
pub(crate) use sql::{ask_again, ask_everybody_again, forget};

/// So long a browser is remembered, where the person and the workplace let it.
pub const REMEMBERED_DAYS: i64 = 30;
/// So long a browser is known that nobody uses, and so long it keeps its cookie (RFC 6265bis: browsers keep none longer).
pub const DAYS: i64 = 400;

/// A browser where no second factor is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    pub id: DeviceId,
    pub browser: String,
    pub system: String,
    pub network: String,
    pub last_seen_at: Moment,
    pub until: Moment,
}

/// The browser by which somebody has just come in.
#[derive(Clone, Debug)]
pub struct Seen {
    pub id: DeviceId,
    /// What the browser is to keep from now on; none, if it has it already.
    pub token: Option<String>,
}

/// What somebody came in by, which a letter may tell of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Came {
    pub session: SessionId,
    pub sign_in: SignInId,
}

/// Whether no second factor is asked of the person in this browser.
pub(crate) async fn remembered(
    tx: &mut Tx,
    whose: (WorkplaceId, AccountId),
    device: Device<'_>,
    now: Moment,
) -> Result<bool> {
    match device {
        Device::Known(token) => sql::remembered(tx, whose, &secret_hash(token), now).await,
        Device::New | Device::Shared => Ok(false),
    }
}

/// Whether the person has come in by this browser before.
pub(crate) async fn known(db: &Db, whose: (WorkplaceId, AccountId), device: Device<'_>) -> Result<bool> {
    match device {
        Device::Known(token) => sql::known(db, whose, &secret_hash(token)).await,
        Device::New | Device::Shared => Ok(false),
    }
}

/// Notes by which browser somebody came in. Whoever comes by one that is unlike all that they used before gets a letter, if
/// there is something to `warn` of. Nothing is noted on a shared device.
pub(crate) async fn note(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    origin: Origin<'_>,
    warn: Option<Came>,
) -> Result<Option<Seen>> {
    let (whose, now) = ((account.workplace, account.id), app.now());
    let held = match origin.device {
        Device::Shared => return Ok(None),
        Device::Known(token) => Some(token),
        Device::New => None,
    };
    let (browser, system) = in_words(origin.user_agent);
    let looks = sql::Looks {
        browser,
        system,
        network: &network(origin.address),
    };
    if let Some(token) = held
        && let Some(id) = sql::touch(tx, whose, &secret_hash(token), looks, now).await?
    {
        return Ok(Some(Seen { id, token: None }));
    }
    let token = held.map_or_else(|| app.entropy.secret(), str::to_owned);
    let hash = secret_hash(&token);
    let first = !sql::any(tx, whose).await?;
    // A browser that keeps no cookies is known by how it looks and where it is; it takes the place of the one that looked so.
    if let Some(id) = sql::take_place(tx, whose, &hash, looks, now).await? {
        return Ok(Some(kept(id, held, token)));
    }
    let id = DeviceId::new(&app.entropy, now);
    sql::insert(tx, whose, (id, &hash), looks, now).await?;
    if let Some(came) = warn.filter(|_| !first) {
        let about = format!("{browser} on {system}, {}", origin.address.to_canonical());
        write(app, tx, account, &about, (id, came)).await?;
    }
    Ok(Some(kept(id, held, token)))
}

fn kept(id: DeviceId, held: Option<&str>, token: String) -> Seen {
    Seen {
        id,
        token: held.is_none().then_some(token),
    }
}

async fn write(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    about: &str,
    (device, came): (DeviceId, Came),
) -> Result<()> {
    let (secret, now) = (app.entropy.secret(), app.now());
    let whose = (account.workplace, account.id);
    sql::add_letter(tx, whose, &secret_hash(&secret), (device, came), now).await?;
    let workplace = workplaces::read(&mut *tx, account.workplace).await?;
    let content = Content::Brief {
        topic: LetterKind::NewDevice,
        about: about.to_owned(),
        by: None,
        message: None,
        count: 0,
        expires_at: Some(now.timestamp()),
    };
    let note = Note {
        content,
        invitation: None,
        secret: Some(secret),
    };
    outbox::post(app, tx, &workplace, account, note).await?;
    Ok(())
}

/// No second factor is asked of the person in this browser for a while.
pub(crate) async fn remember(
    tx: &mut Tx,
    whose: (WorkplaceId, AccountId),
    device: &Seen,
    now: Moment,
) -> Result<()> {
    sql::remember(tx, whose, device.id, now.plus_days(REMEMBERED_DAYS)).await
}

/// Where no second factor is asked of the person, the one used last first.
pub async fn list(app: &App, account: &Account) -> Result<Vec<Remembered>> {
    let mut tx = app.db.snapshot().await?;
    sql::list(&mut tx, (account.workplace, account.id), app.now()).await
}

/// A second factor is asked there again.
pub async fn forget_one(app: &App, account: &Account, id: DeviceId) -> Result<()> {
    let mut tx = app.begin().await?;
    if !sql::ask_there_again(&mut tx, (account.workplace, account.id), id).await? {
        return Err(Error::not_found("device"));
    }
    tx.commit().await?;
    Ok(())
}

/// Forgets browsers of all workplaces that nobody has used for long.
pub async fn tidy(app: &App) -> Result<u64> {
    let mut tx = app.begin().await?;
    let gone = sql::sweep(&mut tx, app.now().plus_days(-DAYS)).await?
        + sql::sweep_letters(&mut tx, app.now().plus_days(-LINK_DAYS)).await?;
    tx.commit().await?;
    Ok(gone)
}
