//! The only file that touches sessions.

use guildhall_store::{Conn, Db, FromRow, Tx, sql};

use super::{HowMany, OnKiosk, Session, rules};
use crate::ids::{AccountId, KioskId, SessionId, WorkplaceId};
use crate::{Moment, Result, workplaces};

#[derive(FromRow)]
struct Record {
    id: SessionId,
    workplace_id: WorkplaceId,
    account_id: AccountId,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    method: String,
    user_agent: String,
    address: String,
    kiosk_id: Option<KioskId>,
    idle_seconds: Option<i64>,
    ends_at: Option<i64>,
    proved_at: Option<i64>,
}

impl From<Record> for Session {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            workplace: record.workplace_id,
            account: record.account_id,
            created_at: Moment::from_ms(record.created_at),
            last_seen_at: Moment::from_ms(record.last_seen_at),
            expires_at: Moment::from_ms(record.expires_at),
            method: record.method,
            user_agent: record.user_agent,
            address: record.address,
            proved_at: Moment::from_ms(record.proved_at.unwrap_or(record.created_at)),
            kiosk: record
                .kiosk_id
                .zip(record.idle_seconds)
                .map(|(kiosk, idle_seconds)| OnKiosk { kiosk, idle_seconds }),
            until: record.ends_at.map(Moment::from_ms),
        }
    }
}

pub(super) async fn insert(tx: &mut Tx, session: &Session, token_hash: &str) -> Result<()> {
    sql("INSERT INTO sessions (id, workplace_id, account_id, token_hash, created_at, last_seen_at, expires_at, \
         method, user_agent, address, ends_at, proved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
    .bind(session.id)
    .bind(session.workplace)
    .bind(session.account)
    .bind(token_hash)
    .bind(session.created_at.ms())
    .bind(session.last_seen_at.ms())
    .bind(session.expires_at.ms())
    .bind(&session.method)
    .bind(&session.user_agent)
    .bind(&session.address)
    .bind(session.until.map(Moment::ms))
    .bind(session.proved_at.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// By the token alone: it is what tells the workplace.
pub(super) async fn alive(db: &Db, token_hash: &str, now: Moment) -> Result<Option<Session>> {
    let record: Option<Record> =
        sql("SELECT id, workplace_id, account_id, created_at, last_seen_at, expires_at, method, user_agent, address, \
             kiosk_id, idle_seconds, ends_at, proved_at FROM sessions WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > $2")
        .bind(token_hash)
        .bind(now.ms())
        .optional(db)
        .await?;
    Ok(record.map(Into::into))
}

/// The session of the token that ended before its time, and what ended it.
pub(super) async fn ended(
    db: &Db,
    token_hash: &str,
    now: Moment,
) -> Result<Option<(WorkplaceId, AccountId, String)>> {
    Ok(sql("SELECT workplace_id, account_id, end_reason FROM sessions \
            WHERE token_hash = $1 AND ended_at IS NOT NULL AND end_reason IS NOT NULL AND expires_at > $2")
    .bind(token_hash)
    .bind(now.ms())
    .optional(db)
    .await?)
}

/// The session of the token that nobody ended and that is over all the same: whose it was, when it was opened, and what
/// limited it besides the workplace.
pub(super) async fn ran_out(
    db: &Db,
    token_hash: &str,
    now: Moment,
) -> Result<Option<(WorkplaceId, Moment, rules::Limits)>> {
    let found: Option<(WorkplaceId, i64, Option<i64>, Option<i64>)> = sql(
        "SELECT workplace_id, created_at, idle_seconds, ends_at FROM sessions \
         WHERE token_hash = $1 AND ended_at IS NULL AND expires_at <= $2",
    )
    .bind(token_hash)
    .bind(now.ms())
    .optional(db)
    .await?;
    Ok(found.map(|(workplace, opened, idle, until)| {
        let limits = rules::Limits {
            idle,
            again_days: 0,
            until: until.map(Moment::from_ms),
        };
        (workplace, Moment::from_ms(opened), limits)
    }))
}

/// Whether a session lives, by its id.
pub(crate) async fn is_alive(
    tx: &mut Tx,
    workplace: WorkplaceId,
    session: SessionId,
    now: Moment,
) -> Result<bool> {
    let found: Option<i32> = sql(
        "SELECT 1 FROM sessions WHERE workplace_id = $1 AND id = $2 AND ended_at IS NULL AND expires_at > $3",
    )
    .bind(workplace)
    .bind(session)
    .bind(now.ms())
    .scalar_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// How many sessions live in the workplace, without one, and of how many people.
pub(super) async fn count<'a>(
    conn: impl Into<Conn<'a>>,
    (workplace, except): (WorkplaceId, Option<SessionId>),
    now: Moment,
) -> Result<HowMany> {
    let (sessions, people) = sql("SELECT COUNT(*), COUNT(DISTINCT account_id) FROM sessions \
         WHERE workplace_id = $1 AND id <> $2 AND ended_at IS NULL AND expires_at > $3")
    .bind(workplace)
    .bind(except.map_or(uuid::Uuid::nil(), |session| session.0))
    .bind(now.ms())
    .one(conn)
    .await?;
    Ok(HowMany { sessions, people })
}

/// Ends every session of the workplace but one.
pub(super) async fn end_everybodys(
    tx: &mut Tx,
    (workplace, except): (WorkplaceId, Option<SessionId>),
    reason: &str,
    now: Moment,
) -> Result<()> {
    sql("UPDATE sessions SET ended_at = $1, end_reason = $2 \
         WHERE workplace_id = $3 AND id <> $4 AND ended_at IS NULL AND expires_at > $1")
    .bind(now.ms())
    .bind(reason)
    .bind(workplace)
    .bind(except.map_or(uuid::Uuid::nil(), |session| session.0))
    .execute(tx)
    .await?;
    Ok(())
}

/// No session of the workplace lives longer than so many days from when it was opened.
pub(crate) async fn shorten(tx: &mut Tx, workplace: WorkplaceId, days: i64) -> Result<()> {
    sql("UPDATE sessions SET expires_at = created_at + $1 \
         WHERE workplace_id = $2 AND ended_at IS NULL AND expires_at > created_at + $1")
    .bind(days * 24 * 60 * 60 * 1000)
    .bind(workplace)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the session still lives.
pub(super) async fn lives(db: &Db, session: &Session, now: Moment) -> Result<bool> {
    let found: Option<i32> = sql(
        "SELECT 1 FROM sessions WHERE workplace_id = $1 AND id = $2 AND ended_at IS NULL AND expires_at > $3",
    )
    .bind(session.workplace)
    .bind(session.id)
    .bind(now.ms())
    .scalar_optional(db)
    .await?;
    Ok(found.is_some())
}

/// The living sessions of a person, the one used last first.
pub async fn list<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    account: AccountId,
    now: Moment,
) -> Result<Vec<Session>> {
    let records: Vec<Record> =
        sql("SELECT id, workplace_id, account_id, created_at, last_seen_at, expires_at, method, user_agent, address, \
             kiosk_id, idle_seconds, ends_at, proved_at FROM sessions WHERE workplace_id = $1 AND account_id = $2 AND ended_at IS NULL AND expires_at > $3 \
             ORDER BY last_seen_at DESC, id DESC")
        .bind(workplace)
        .bind(account)
        .bind(now.ms())
        .all(conn)
        .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// Those who are in by a password that they typed or chose, by id, so many from there on.
pub(crate) async fn in_by_password(
    tx: &mut Tx,
    workplace: WorkplaceId,
    (after, limit): (AccountId, i64),
    now: Moment,
) -> Result<Vec<AccountId>> {
    Ok(sql(
        "SELECT DISTINCT account_id FROM sessions WHERE workplace_id = $1 AND account_id > $2 AND ended_at IS NULL \
         AND expires_at > $3 AND method IN ('password', 'claim', 'join', 'code', 'setup') ORDER BY account_id LIMIT $4",
    )
    .bind(workplace)
    .bind(after)
    .bind(now.ms())
    .bind(limit)
    .scalars(tx)
    .await?)
}

/// When any session of the person was last used, as far as that was noted.
pub async fn last_seen<'a>(
    conn: impl Into<Conn<'a>>,
    (workplace, account): (WorkplaceId, AccountId),
) -> Result<Option<Moment>> {
    let seen: Option<i64> =
        sql("SELECT MAX(last_seen_at) FROM sessions WHERE workplace_id = $1 AND account_id = $2")
            .bind(workplace)
            .bind(account)
            .scalar(conn)
            .await?;
    Ok(seen.map(Moment::from_ms))
}

/// Notes that the person has shown again who they are.
pub(crate) async fn prove(tx: &mut Tx, session: &Session, now: Moment) -> Result<()> {
    sql("UPDATE sessions SET proved_at = $1 WHERE workplace_id = $2 AND id = $3 AND ended_at IS NULL")
        .bind(now.ms())
        .bind(session.workplace)
        .bind(session.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes that the session was used, if that is worth a write.
pub async fn touch(tx: &mut Tx, session: &Session, now: Moment) -> Result<()> {
    if session.worth_noting(now) {
        let workplace = workplaces::read(&mut *tx, session.workplace).await?;
        let limits = session.limits(workplace.settings.log_in_again_days);
        sql("UPDATE sessions SET last_seen_at = $1, expires_at = $2 \
             WHERE workplace_id = $3 AND id = $4 AND ended_at IS NULL")
        .bind(now.ms())
        .bind(rules::expiry(session.created_at, now, limits).ms())
        .bind(session.workplace)
        .bind(session.id)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Ends one session of a person. False: there is no such session that lives.
pub async fn end(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    session: SessionId,
    reason: &str,
    now: Moment,
) -> Result<bool> {
    let ended = sql("UPDATE sessions SET ended_at = $1, end_reason = $2 \
                     WHERE workplace_id = $3 AND account_id = $4 AND id = $5 AND ended_at IS NULL")
    .bind(now.ms())
    .bind(reason)
    .bind(workplace)
    .bind(account)
    .bind(session)
    .execute(tx)
    .await?;
    Ok(ended > 0)
}

/// Ends every session of a person but `except`. Gives how many ended.
pub async fn end_all(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    except: Option<SessionId>,
    reason: &str,
    now: Moment,
) -> Result<u64> {
    Ok(sql("UPDATE sessions SET ended_at = $1, end_reason = $2 \
            WHERE workplace_id = $3 AND account_id = $4 AND id <> $5 AND ended_at IS NULL")
    .bind(now.ms())
    .bind(reason)
    .bind(workplace)
    .bind(account)
    .bind(except.map_or(uuid::Uuid::nil(), |session| session.0))
    .execute(tx)
    .await?)
}

/// Makes a session that was just opened a short one, on a shared device.
pub(crate) async fn put_on_kiosk(tx: &mut Tx, session: &Session, on: OnKiosk) -> Result<()> {
    let limits = rules::Limits {
        idle: Some(on.idle_seconds),
        ..session.limits(0)
    };
    let ends = rules::expiry(session.created_at, session.last_seen_at, limits);
    sql("UPDATE sessions SET kiosk_id = $1, idle_seconds = $2, expires_at = $3 WHERE workplace_id = $4 AND id = $5")
        .bind(on.kiosk)
        .bind(on.idle_seconds)
        .bind(ends.ms())
        .bind(session.workplace)
        .bind(session.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends every session on a shared device. Gives whose they were.
pub(crate) async fn end_on_kiosk(
    tx: &mut Tx,
    (workplace, kiosk): (WorkplaceId, KioskId),
    now: Moment,
) -> Result<Vec<AccountId>> {
    Ok(
        sql("UPDATE sessions SET ended_at = $1, end_reason = 'kiosk_ended' \
         WHERE workplace_id = $2 AND kiosk_id = $3 AND ended_at IS NULL RETURNING account_id")
        .bind(now.ms())
        .bind(workplace)
        .bind(kiosk)
        .scalars(tx)
        .await?,
    )
}
