//! The only file that touches devices.

use guildhall_store::{Db, FromRow, Tx, sql};

use super::Remembered;
use crate::ids::{AccountId, DeviceId, WorkplaceId};
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
    sql("DELETE FROM devices WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets browsers of every workplace that were not used since. Gives how many.
pub(super) async fn sweep(tx: &mut Tx, before: Moment) -> Result<u64> {
    Ok(sql("DELETE FROM devices WHERE last_seen_at < $1")
        .bind(before.ms())
        .execute(tx)
        .await?)
}
