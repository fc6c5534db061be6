//! The only file that touches kiosks and kiosk_passes.

use guildhall_store::{Conn, Db, FromRow, Sql, Tx, sql};

use super::Kiosk;
use super::phone::{Counts, Pass, PassState};
use crate::ids::{AccountId, KioskId, SessionId, WorkplaceId};
use crate::{Error, Moment, Result};

const COLUMNS: &str =
    "id, workplace_id, name, place, idle_seconds, created_by, created_at, enrolled_at, enrol_until";

#[derive(FromRow)]
struct Record {
    id: KioskId,
    workplace_id: WorkplaceId,
    name: String,
    place: String,
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
            place: record.place,
            idle_seconds: record.idle_seconds,
            created_by: record.created_by,
            created_at: Moment::from_ms(record.created_at),
            enrolled_at: record.enrolled_at.map(Moment::from_ms),
            enrol_until: record.enrol_until.map(Moment::from_ms),
        }
    }
}

pub(super) async fn insert(tx: &mut Tx, kiosk: &Kiosk, enrol_hash: &str) -> Result<()> {
    sql("INSERT INTO kiosks (id, workplace_id, name, place, idle_seconds, enrol_hash, enrol_until, created_by, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(kiosk.id)
    .bind(kiosk.workplace)
    .bind(&kiosk.name)
    .bind(&kiosk.place)
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
    sql("DELETE FROM kiosk_passes WHERE workplace_id = $1 AND kiosk_id = $2")
        .bind(kiosk.workplace)
        .bind(kiosk.id)
        .execute(&mut *tx)
        .await?;
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

const PASS: &str =
    "kiosk_id, workplace_id, number, numbers, state, account_id, session_id, expires_at, hour, made, refused";

#[derive(FromRow)]
struct PassRecord {
    kiosk_id: KioskId,
    workplace_id: WorkplaceId,
    number: i64,
    numbers: String,
    state: String,
    account_id: Option<AccountId>,
    session_id: Option<SessionId>,
    expires_at: i64,
    hour: i64,
    made: i64,
    refused: i64,
}

impl PassRecord {
    fn pass(self) -> Result<Pass> {
        let odd = || Error::Internal(format!("a kiosk pass is {}, {}", self.state, self.numbers));
        let numbers: Vec<i64> = self
            .numbers
            .split(' ')
            .filter_map(|number| number.parse().ok())
            .collect();
        Ok(Pass {
            kiosk: self.kiosk_id,
            workplace: self.workplace_id,
            number: self.number,
            numbers: numbers.try_into().map_err(|_| odd())?,
            state: PassState::parse(&self.state).ok_or_else(odd)?,
            account: self.account_id,
            session: self.session_id,
            expires_at: Moment::from_ms(self.expires_at),
            counts: Counts {
                hour: self.hour,
                made: self.made,
                refused: self.refused,
            },
        })
    }
}

/// The newest code that the kiosk showed.
pub(super) async fn pass(tx: &mut Tx, kiosk: &Kiosk) -> Result<Option<Pass>> {
    let text = format!("SELECT {PASS} FROM kiosk_passes WHERE workplace_id = $1 AND kiosk_id = $2");
    let record: Option<PassRecord> = Sql::built(text)
        .bind(kiosk.workplace)
        .bind(kiosk.id)
        .optional(tx)
        .await?;
    record.map(PassRecord::pass).transpose()
}

/// The code with that link, which tells the workplace.
pub(super) async fn pass_by_link(tx: &mut Tx, link_hash: &str) -> Result<Option<Pass>> {
    let text = format!("SELECT {PASS} FROM kiosk_passes WHERE link_hash = $1");
    let record: Option<PassRecord> = Sql::built(text).bind(link_hash).optional(tx).await?;
    record.map(PassRecord::pass).transpose()
}

/// Keeps the code in place of any that the kiosk had.
pub(super) async fn put_pass(tx: &mut Tx, pass: &Pass, link_hash: &str) -> Result<()> {
    sql("INSERT INTO kiosk_passes (kiosk_id, workplace_id, link_hash, number, numbers, state, account_id, expires_at, \
         hour, made, refused, session_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (kiosk_id) DO UPDATE SET link_hash = excluded.link_hash, number = excluded.number, \
         numbers = excluded.numbers, state = excluded.state, account_id = excluded.account_id, \
         expires_at = excluded.expires_at, hour = excluded.hour, made = excluded.made, refused = excluded.refused, \
         session_id = excluded.session_id")
    .bind(pass.kiosk)
    .bind(pass.workplace)
    .bind(link_hash)
    .bind(pass.number)
    .bind(pass.numbers.map(|number| number.to_string()).join(" "))
    .bind(pass.state.as_str())
    .bind(pass.account.map(|id| id.0))
    .bind(pass.expires_at.ms())
    .bind(pass.counts.hour)
    .bind(pass.counts.made)
    .bind(pass.counts.refused)
    .bind(pass.session.map(|id| id.0))
    .execute(tx)
    .await?;
    Ok(())
}

/// Uses a code up to which somebody said yes. False: another request was quicker.
pub(super) async fn use_pass(tx: &mut Tx, kiosk: &Kiosk, link_hash: &str) -> Result<bool> {
    let done = sql(
        "UPDATE kiosk_passes SET state = 'used', account_id = NULL, session_id = NULL \
         WHERE workplace_id = $1 AND kiosk_id = $2 AND link_hash = $3 AND state = 'confirmed'",
    )
    .bind(kiosk.workplace)
    .bind(kiosk.id)
    .bind(link_hash)
    .execute(tx)
    .await?;
    Ok(done == 1)
}
