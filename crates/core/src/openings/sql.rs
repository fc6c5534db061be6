//! The only file that touches openings, which belong to no workplace yet.

use guildhall_store::{Db, FromRow, Tx, sql};

use super::Opening;
use crate::ids::OpeningId;
use crate::{Error, Moment, Result};

#[derive(FromRow)]
struct Record {
    id: OpeningId,
    email: String,
    workplace_name: String,
    display_name: String,
    locale: String,
    time_zone: String,
    password_hash: String,
    created_at: i64,
}

impl From<Record> for Opening {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            email: record.email,
            workplace_name: record.workplace_name,
            display_name: record.display_name,
            locale: record.locale,
            time_zone: record.time_zone,
            created_at: Moment::from_ms(record.created_at),
            hash: record.password_hash,
        }
    }
}

/// An address waits once.
pub(super) async fn insert(tx: &mut Tx, opening: &Opening) -> Result<()> {
    let written = sql(
        "INSERT INTO openings (id, email, email_key, workplace_name, display_name, locale, time_zone, password_hash, \
         state, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', $9) \
         ON CONFLICT (email_key) WHERE state = 'waiting' DO NOTHING",
    )
    .bind(opening.id)
    .bind(&opening.email)
    .bind(crate::fold::key(&opening.email))
    .bind(&opening.workplace_name)
    .bind(&opening.display_name)
    .bind(&opening.locale)
    .bind(&opening.time_zone)
    .bind(&opening.hash)
    .bind(opening.created_at.ms())
    .execute(tx)
    .await?;
    if written == 1 {
        return Ok(());
    }
    Err(Error::Refused {
        code: "waits",
        message: "You asked for a workplace already: wait for the answer, which comes by mail.".into(),
    })
}

/// Those that wait for a yes, oldest first.
pub async fn waiting(db: &Db) -> Result<Vec<Opening>> {
    let records: Vec<Record> = sql(
        "SELECT id, email, workplace_name, display_name, locale, time_zone, password_hash, created_at FROM openings \
         WHERE state = 'waiting' ORDER BY id LIMIT 1000",
    )
    .all(db)
    .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

pub(super) async fn get(tx: &mut Tx, id: OpeningId) -> Result<Option<Opening>> {
    let record: Option<Record> = sql(
        "SELECT id, email, workplace_name, display_name, locale, time_zone, password_hash, created_at FROM openings \
         WHERE id = $1 AND state = 'waiting'",
    )
    .bind(id)
    .optional(tx)
    .await?;
    Ok(record.map(Into::into))
}

/// What was decided; the password is not kept here any longer.
pub(super) async fn decide(tx: &mut Tx, id: OpeningId, yes: bool, now: Moment) -> Result<()> {
    sql("UPDATE openings SET state = $1, decided_at = $2, password_hash = '' WHERE id = $3 AND state = 'waiting'")
        .bind(if yes { "approved" } else { "declined" })
        .bind(now.ms())
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}
