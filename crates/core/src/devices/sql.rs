//! The only file that touches devices and device_letters.

use guildhall_store::{Db, FromRow, Tx, sql};

use super::{Came, Remembered};
use crate::ids::{AccountId, DeviceId, SessionId, SignInId, WorkplaceId};
use crate::{Moment, Result};

type Whose = (WorkplaceId, AccountId);

/// What a browser says of itself, and where it is.
#[derive(Clone, Copy)]
pub(super) struct Looks<'a> {
    pub browser: &'a str,
    pub system: &'a str,
    pub network: &'a str,
}

pub(super) async fn any(tx: &mut Tx, (workplace, account): Whose) -> Result<bool> {
    let found: Option<i32> = sql("SELECT 1 FROM devices WHERE workplace_id = $1 AND account_id = $2 LIMIT 1")
        .bind(workplace)
        .bind(account)
        .scalar_optional(tx)
        .await?;
    Ok(found.is_some())
}

pub(super) async fn remembered(
    tx: &mut Tx,
    (workplace, account): Whose,
    token_hash: &str,
    now: Moment,
) -> Result<bool> {
    let found: Option<i32> = sql(
        "SELECT 1 FROM devices WHERE workplace_id = $1 AND account_id = $2 AND token_hash = $3 AND remembered_until > $4",
    )
    .bind(workplace)
    .bind(account)
    .bind(token_hash)
    .bind(now.ms())
    .scalar_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// Notes a use of the browser that holds the token; none, if the person was never in by it.
pub(super) async fn touch(
    tx: &mut Tx,
    (workplace, account): Whose,
    token_hash: &str,
    looks: Looks<'_>,
    now: Moment,
) -> Result<Option<DeviceId>> {
    Ok(sql(
        "UPDATE devices SET last_seen_at = $1, browser = $2, system = $3, network = $4 \
         WHERE workplace_id = $5 AND account_id = $6 AND token_hash = $7 RETURNING id",
    )
    .bind(now.ms())
    .bind(looks.browser)
    .bind(looks.system)
    .bind(looks.network)
    .bind(workplace)
    .bind(account)
    .bind(token_hash)
    .scalar_optional(tx)
    .await?)
}

/// Whether the person has used the browser that holds the token.
pub(super) async fn known(db: &Db, (workplace, account): Whose, token_hash: &str) -> Result<bool> {
    let found: Option<i32> =
        sql("SELECT 1 FROM devices WHERE workplace_id = $1 AND account_id = $2 AND token_hash = $3")
            .bind(workplace)
            .bind(account)
            .bind(token_hash)
            .scalar_optional(db)
            .await?;
    Ok(found.is_some())
}

/// Gives the token to the browser that looked like this one, unless that one is remembered.
pub(super) async fn take_place(
    tx: &mut Tx,
    (workplace, account): Whose,
    token_hash: &str,
    looks: Looks<'_>,
    now: Moment,
) -> Result<Option<DeviceId>> {
    Ok(sql(
        "UPDATE devices SET token_hash = $1, last_seen_at = $2 WHERE workplace_id = $3 AND id = (SELECT id FROM devices \
         WHERE workplace_id = $3 AND account_id = $4 AND browser = $5 AND system = $6 AND network = $7 \
         AND (remembered_until IS NULL OR remembered_until <= $2) ORDER BY id LIMIT 1) RETURNING id",
    )
    .bind(token_hash)
    .bind(now.ms())
    .bind(workplace)
    .bind(account)
    .bind(looks.browser)
    .bind(looks.system)
    .bind(looks.network)
    .scalar_optional(tx)
    .await?)
}

pub(super) async fn insert(
    tx: &mut Tx,
    (workplace, account): Whose,
    (id, token_hash): (DeviceId, &str),
    looks: Looks<'_>,
    now: Moment,
) -> Result<()> {
    sql(
        "INSERT INTO devices (id, workplace_id, account_id, token_hash, browser, system, network, first_seen_at, \
         last_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
    )
    .bind(id)
    .bind(workplace)
    .bind(account)
    .bind(token_hash)
    .bind(looks.browser)
    .bind(looks.system)
    .bind(looks.network)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn remember(
    tx: &mut Tx,
    (workplace, account): Whose,
    id: DeviceId,
    until: Moment,
) -> Result<()> {
    sql("UPDATE devices SET remembered_until = $1 WHERE workplace_id = $2 AND account_id = $3 AND id = $4")
        .bind(until.ms())
        .bind(workplace)
        .bind(account)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// A second factor is asked of the person everywhere again.
pub(crate) async fn ask_again(tx: &mut Tx, (workplace, account): Whose) -> Result<()> {
    sql(
        "UPDATE devices SET remembered_until = NULL WHERE workplace_id = $1 AND account_id = $2 \
         AND remembered_until IS NOT NULL",
    )
    .bind(workplace)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(())
}

/// A second factor is asked of everybody in the workplace again, wherever they are.
pub(crate) async fn ask_everybody_again(tx: &mut Tx, workplace: WorkplaceId) -> Result<()> {
    sql(
        "UPDATE devices SET remembered_until = NULL WHERE workplace_id = $1 AND remembered_until IS NOT NULL",
    )
    .bind(workplace)
    .execute(tx)
    .await?;
    Ok(())
}

/// False: the browser was not remembered.
pub(super) async fn ask_there_again(tx: &mut Tx, (workplace, account): Whose, id: DeviceId) -> Result<bool> {
    let done = sql("UPDATE devices SET remembered_until = NULL \
         WHERE workplace_id = $1 AND account_id = $2 AND id = $3 AND remembered_until IS NOT NULL")
    .bind(workplace)
    .bind(account)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(done == 1)
}

#[derive(FromRow)]
struct Record {
    id: DeviceId,
    browser: String,
    system: String,
    network: String,
    last_seen_at: i64,
    remembered_until: i64,
}

pub(super) async fn list(tx: &mut Tx, (workplace, account): Whose, now: Moment) -> Result<Vec<Remembered>> {
    let records: Vec<Record> = sql(
        "SELECT id, browser, system, network, last_seen_at, remembered_until FROM devices \
         WHERE workplace_id = $1 AND account_id = $2 AND remembered_until > $3 ORDER BY last_seen_at DESC, id DESC",
    )
    .bind(workplace)
    .bind(account)
    .bind(now.ms())
    .all(tx)
    .await?;
    let told = |record: Record| Remembered {
        id: record.id,
        browser: record.browser,
        system: record.system,
        network: record.network,
        last_seen_at: Moment::from_ms(record.last_seen_at),
        until: Moment::from_ms(record.remembered_until),
    };
    Ok(records.into_iter().map(told).collect())
}

/// Forgets the browsers of a person whose data are removed.
pub(crate) async fn forget(tx: &mut Tx, (workplace, account): Whose) -> Result<()> {
    for text in [
        "DELETE FROM devices WHERE workplace_id = $1 AND account_id = $2",
        "DELETE FROM device_letters WHERE workplace_id = $1 AND account_id = $2",
    ] {
        sql(text).bind(workplace).bind(account).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Forgets one browser of a person: its next log-in is news again.
pub(super) async fn forget_one(tx: &mut Tx, (workplace, account): Whose, id: DeviceId) -> Result<()> {
    sql("DELETE FROM devices WHERE workplace_id = $1 AND account_id = $2 AND id = $3")
        .bind(workplace)
        .bind(account)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn add_letter(
    tx: &mut Tx,
    (workplace, account): Whose,
    token_hash: &str,
    (device, came): (DeviceId, Came),
    now: Moment,
) -> Result<()> {
    sql(
        "INSERT INTO device_letters (token_hash, workplace_id, account_id, device_id, session_id, sign_in_id, sent_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token_hash)
    .bind(workplace)
    .bind(account)
    .bind(device)
    .bind(came.session)
    .bind(came.sign_in)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// What a letter was about.
#[derive(FromRow)]
pub(super) struct Kept {
    pub workplace_id: WorkplaceId,
    pub account_id: AccountId,
    pub device_id: DeviceId,
    pub session_id: SessionId,
    pub sign_in_id: SignInId,
    pub denied_at: Option<i64>,
}

/// The letter with that link, if it was sent since then. The token tells the workplace.
pub(super) async fn letter(tx: &mut Tx, token_hash: &str, since: Moment) -> Result<Option<Kept>> {
    Ok(sql(
        "SELECT workplace_id, account_id, device_id, session_id, sign_in_id, denied_at FROM device_letters \
             WHERE token_hash = $1 AND sent_at > $2",
    )
    .bind(token_hash)
    .bind(since.ms())
    .optional(tx)
    .await?)
}

/// Uses the link up. False: somebody was quicker.
pub(super) async fn deny(tx: &mut Tx, workplace: WorkplaceId, token_hash: &str, now: Moment) -> Result<bool> {
    let done = sql("UPDATE device_letters SET denied_at = $1 WHERE workplace_id = $2 AND token_hash = $3 AND denied_at IS NULL")
        .bind(now.ms())
        .bind(workplace)
        .bind(token_hash)
        .execute(tx)
        .await?;
    Ok(done == 1)
}

/// Forgets the letters of every workplace that were sent before then. Gives how many.
pub(super) async fn sweep_letters(tx: &mut Tx, before: Moment) -> Result<u64> {
    Ok(sql("DELETE FROM device_letters WHERE sent_at <= $1")
        .bind(before.ms())
        .execute(tx)
        .await?)
}

/// Forgets browsers of every workplace that were not used since. Gives how many.
pub(super) async fn sweep(tx: &mut Tx, before: Moment) -> Result<u64> {
    Ok(sql("DELETE FROM devices WHERE last_seen_at < $1")
        .bind(before.ms())
        .execute(tx)
        .await?)
}
