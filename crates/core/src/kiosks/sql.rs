//! The only file that touches kiosks.

use guildhall_store::{Conn, Db, FromRow, Sql, Tx, sql};

use super::Kiosk;
use crate::ids::{AccountId, KioskId, WorkplaceId};
use crate::{Moment, Result};

const COLUMNS: &str =
    "id, workplace_id, name, idle_seconds, created_by, created_at, enrolled_at, enrol_until";

#[derive(FromRow)]
struct Record {
    id: KioskId,
    workplace_id: WorkplaceId,
    name: String,
    idle_seconds: i64,
    created_by: Option<AccountId>,
    created_at: i64,
    enrolled_at: Option<i64>,
    enrol_until: Option<i64>,
}

impl From<Record> for Kiosk {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            workplace: record.workplace_id,
            name: record.name,
            idle_seconds: record.idle_seconds,
            created_by: record.created_by,
            created_at: Moment::from_ms(record.created_at),
            enrolled_at: record.enrolled_at.map(Moment::from_ms),
            enrol_until: record.enrol_until.map(Moment::from_ms),
        }
    }
}

pub(super) async fn insert(tx: &mut Tx, kiosk: &Kiosk, enrol_hash: &str) -> Result<()> {
    sql("INSERT INTO kiosks (id, workplace_id, name, idle_seconds, enrol_hash, enrol_until, created_by, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(kiosk.id)
    .bind(kiosk.workplace)
    .bind(&kiosk.name)
    .bind(kiosk.idle_seconds)
    .bind(enrol_hash)
    .bind(kiosk.enrol_until.map(Moment::ms))
    .bind(kiosk.created_by.map(|id| id.0))
    .bind(kiosk.created_at.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// The kiosks that have not ended, newest first.
pub(super) async fn list(db: &Db, workplace: WorkplaceId) -> Result<Vec<Kiosk>> {
    let text = format!(
        "SELECT {COLUMNS} FROM kiosks WHERE workplace_id = $1 AND ended_at IS NULL ORDER BY id DESC LIMIT 500"
    );
    let records: Vec<Record> = Sql::built(text).bind(workplace).all(db).await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// The kiosk of that id, while it has not ended.
pub async fn get<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    id: KioskId,
) -> Result<Option<Kiosk>> {
    let text =
        format!("SELECT {COLUMNS} FROM kiosks WHERE workplace_id = $1 AND id = $2 AND ended_at IS NULL");
    let record: Option<Record> = Sql::built(text).bind(workplace).bind(id).optional(conn).await?;
    Ok(record.map(Into::into))
}

/// The kiosk that the link is for: the secret tells the workplace.
pub(super) async fn by_enrol(db: &Db, enrol_hash: &str, now: Moment) -> Result<Option<Kiosk>> {
    let text = format!(
        "SELECT {COLUMNS} FROM kiosks WHERE enrol_hash = $1 AND enrol_until > $2 AND ended_at IS NULL"
    );
    let record: Option<Record> = Sql::built(text)
        .bind(enrol_hash)
        .bind(now.ms())
        .optional(db)
        .await?;
    Ok(record.map(Into::into))
}

/// The kiosk that holds the token, which tells the workplace.
pub(super) async fn by_token(db: &Db, token_hash: &str) -> Result<Option<Kiosk>> {
    let text = format!("SELECT {COLUMNS} FROM kiosks WHERE token_hash = $1 AND ended_at IS NULL");
    let record: Option<Record> = Sql::built(text).bind(token_hash).optional(db).await?;
    Ok(record.map(Into::into))
}

/// Uses the link up. False: another device was quicker.
pub(super) async fn enrol(
    tx: &mut Tx,
    kiosk: &Kiosk,
    enrol_hash: &str,
    token_hash: &str,
    now: Moment,
) -> Result<bool> {
    let done = sql(
        "UPDATE kiosks SET token_hash = $1, enrolled_at = $2, enrol_hash = NULL, enrol_until = NULL \
         WHERE workplace_id = $3 AND id = $4 AND enrol_hash = $5 AND enrol_until > $2 AND ended_at IS NULL",
    )
    .bind(token_hash)
    .bind(now.ms())
    .bind(kiosk.workplace)
    .bind(kiosk.id)
    .bind(enrol_hash)
    .execute(tx)
    .await?;
    Ok(done == 1)
}

pub(super) async fn end(tx: &mut Tx, kiosk: &Kiosk, now: Moment) -> Result<()> {
    sql(
        "UPDATE kiosks SET ended_at = $1, token_hash = NULL, enrol_hash = NULL, enrol_until = NULL \
         WHERE workplace_id = $2 AND id = $3",
    )
    .bind(now.ms())
    .bind(kiosk.workplace)
    .bind(kiosk.id)
    .execute(tx)
    .await?;
    Ok(())
}
