//! The only file that touches connectors, connector_log and connector_bodies.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_store::{Conn, Db, FromRow, Growing, Insert, Tx, Value, sql};
use uuid::Uuid;

use super::rules::Leavers;
use super::{Connector, LogEntry, LogFilter, Outcome, Sent, Settings, sent};
use crate::ids::{AccountId, ConnectorId, WorkplaceId};
use crate::{Moment, Page, Result};

#[derive(FromRow)]
struct Record {
    id: ConnectorId,
    workplace_id: WorkplaceId,
    name: String,
    settings: String,
    created_by: Option<AccountId>,
    created_at: i64,
    test_began_at: Option<i64>,
}

impl From<Record> for Connector {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            workplace: record.workplace_id,
            name: record.name,
            settings: serde_json::from_str::<Settings>(&record.settings).unwrap_or_default(),
            created_by: record.created_by,
            created_at: Moment::from_ms(record.created_at),
            test_began_at: record.test_began_at.map(Moment::from_ms),
        }
    }
}

pub(super) async fn put(tx: &mut Tx, connector: &Connector, now: Moment) -> Result<()> {
    sql("INSERT INTO connectors (id, workplace_id, name, settings, created_by, created_at, updated_at, test_began_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, settings = excluded.settings, \
         updated_at = excluded.updated_at, test_began_at = excluded.test_began_at \
         WHERE connectors.workplace_id = excluded.workplace_id")
    .bind(connector.id)
    .bind(connector.workplace)
    .bind(&connector.name)
    .bind(serde_json::to_string(&connector.settings).unwrap_or_default())
    .bind(connector.created_by.map(|id| id.0))
    .bind(connector.created_at.ms())
    .bind(now.ms())
    .bind(connector.test_began_at.map(Moment::ms))
    .execute(tx)
    .await?;
    Ok(())
}

/// The connector of that id, if it has not been taken away.
pub(crate) async fn get(db: &Db, workplace: WorkplaceId, id: ConnectorId) -> Result<Option<Connector>> {
    let record: Option<Record> = sql(
        "SELECT id, workplace_id, name, settings, created_by, created_at, test_began_at \
         FROM connectors WHERE workplace_id = $1 AND id = $2 AND ended_at IS NULL",
    )
    .bind(workplace)
    .bind(id)
    .optional(db)
    .await?;
    Ok(record.map(Into::into))
}

/// Whom the connector has ended of late. Unreadable is the same as nobody.
pub(super) async fn leavers<'a>(conn: impl Into<Conn<'a>>, connector: &Connector) -> Result<Leavers> {
    let found: Option<Option<String>> =
        sql("SELECT leavers FROM connectors WHERE workplace_id = $1 AND id = $2")
            .bind(connector.workplace)
            .bind(connector.id)
            .scalar_optional(conn)
            .await?;
    let read = |text: String| serde_json::from_str(&text).ok();
    Ok(found.flatten().and_then(read).unwrap_or_default())
}

pub(super) async fn put_leavers(tx: &mut Tx, connector: &Connector, leavers: &Leavers) -> Result<()> {
    sql("UPDATE connectors SET leavers = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(serde_json::to_string(leavers).unwrap_or_default())
        .bind(connector.workplace)
        .bind(connector.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The connectors of a workplace, oldest first.
pub async fn list(db: &Db, workplace: WorkplaceId) -> Result<Vec<Connector>> {
    let records: Vec<Record> = sql(
        "SELECT id, workplace_id, name, settings, created_by, created_at, test_began_at \
         FROM connectors WHERE workplace_id = $1 AND ended_at IS NULL ORDER BY id LIMIT 200",
    )
    .bind(workplace)
    .all(db)
    .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// The connectors that are connected, by id, and what they are called.
pub(crate) async fn connected<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
) -> Result<BTreeMap<uuid::Uuid, String>> {
    let found: Vec<(uuid::Uuid, String)> =
        sql("SELECT id, name FROM connectors WHERE workplace_id = $1 AND ended_at IS NULL")
            .bind(workplace)
            .all(conn)
            .await?;
    Ok(found.into_iter().collect())
}

pub(super) async fn end(tx: &mut Tx, connector: &Connector, now: Moment) -> Result<()> {
    sql("UPDATE connectors SET ended_at = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(now.ms())
        .bind(connector.workplace)
        .bind(connector.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Writes entries of the log. Where what is long takes more than its room, the oldest of it goes.
pub(crate) async fn write_log(tx: &mut Tx, entries: &[LogEntry]) -> Result<()> {
    let mut insert = Insert::new(
        "INSERT INTO connector_log (id, workplace_id, connector_id, at, method, path, status, outcome, summary, reason, \
         notes, subject_kind, subject_id, body, body_bytes, took_ms, request_id)",
        17,
    );
    for entry in entries {
        let short = match &entry.sent {
            Sent::Short(text) => Some(text.clone()),
            _ => None,
        };
        insert.push([
            Value::from(entry.id),
            entry.workplace.into(),
            entry.connector.into(),
            entry.at.ms().into(),
            (&entry.method).into(),
            (&entry.path).into(),
            i64::from(entry.status).into(),
            entry.outcome.as_str().into(),
            (&entry.summary).into(),
            entry.reason.clone().into(),
            serde_json::to_string(&entry.notes).unwrap_or_default().into(),
            entry.subject.map(|(kind, _)| kind).into(),
            entry.subject.map(|(_, id)| id).into(),
            short.into(),
            entry.sent.bytes_apart().into(),
            entry.took_ms.into(),
            entry.request_id.clone().into(),
        ]);
    }
    insert.execute(tx).await?;
    write_bodies(tx, entries).await
}

async fn write_bodies(tx: &mut Tx, entries: &[LogEntry]) -> Result<()> {
    let mut grown = BTreeSet::new();
    for entry in entries {
        let Sent::Long { packed, .. } = &entry.sent else {
            continue;
        };
        sql(
            "INSERT INTO connector_bodies (entry_id, workplace_id, connector_id, at, size, packed) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(entry.id)
        .bind(entry.workplace)
        .bind(entry.connector)
        .bind(entry.at.ms())
        .bind(packed.len() as i64)
        .bind(packed.clone())
        .execute(tx)
        .await?;
        grown.insert((entry.workplace, entry.connector));
    }
    for (workplace, connector) in grown {
        sql(
            "DELETE FROM connector_bodies WHERE workplace_id = $1 AND connector_id = $2 AND entry_id IN ( \
             SELECT entry_id FROM (SELECT entry_id, SUM(size) OVER (ORDER BY entry_id DESC) AS taken \
             FROM connector_bodies WHERE workplace_id = $1 AND connector_id = $2) AS kept WHERE taken > $3)",
        )
        .bind(workplace)
        .bind(connector)
        .bind(sent::ROOM)
        .execute(tx)
        .await?;
    }
    Ok(())
}

#[derive(FromRow)]
struct LogRecord {
    id: Uuid,
    workplace_id: WorkplaceId,
    connector_id: ConnectorId,
    at: i64,
    method: String,
    path: String,
    status: i64,
    outcome: String,
    summary: String,
    reason: Option<String>,
    notes: String,
    subject_kind: Option<String>,
    subject_id: Option<Uuid>,
    body: Option<String>,
    body_bytes: Option<i64>,
    is_apart: bool,
    took_ms: i64,
    request_id: Option<String>,
}

impl From<LogRecord> for LogEntry {
    fn from(record: LogRecord) -> Self {
        let kind = match record.subject_kind.as_deref() {
            Some("set") => "set",
            _ => "account",
        };
        let sent = match (record.body, record.body_bytes) {
            (Some(text), _) => Sent::Short(text),
            (None, Some(bytes)) if record.is_apart => Sent::Apart { bytes },
            (None, Some(bytes)) => Sent::Gone { bytes },
            (None, None) => Sent::Nothing,
        };
        Self {
            id: record.id,
            workplace: record.workplace_id,
            connector: record.connector_id,
            at: Moment::from_ms(record.at),
            method: record.method,
            path: record.path,
            status: u16::try_from(record.status).unwrap_or(500),
            outcome: Outcome::parse(&record.outcome).unwrap_or(Outcome::Failed),
            summary: record.summary,
            reason: record.reason,
            notes: serde_json::from_str(&record.notes).unwrap_or_default(),
            subject: record.subject_id.map(|id| (kind, id)),
            sent,
            took_ms: record.took_ms,
            request_id: record.request_id,
        }
    }
}

const LOG: &str = "SELECT id, workplace_id, connector_id, at, method, path, status, outcome, summary, reason, notes, \
     subject_kind, subject_id, body, body_bytes, EXISTS (SELECT 1 FROM connector_bodies WHERE workplace_id = $1 AND \
     entry_id = connector_log.id) AS is_apart, took_ms, request_id FROM connector_log WHERE workplace_id = $1 AND connector_id = $2";

/// A page of the log, newest first.
pub(super) async fn log(
    db: &Db,
    workplace: WorkplaceId,
    connector: ConnectorId,
    filter: &LogFilter,
) -> Result<Page<LogEntry>> {
    let mut query = Growing::new(LOG, [workplace.into(), connector.into()]);
    query.narrow("outcome =", filter.outcome.map(Outcome::as_str));
    query.narrow("subject_id =", filter.subject);
    query.narrow("id <", filter.after);
    query.narrow("TRUE ORDER BY id DESC LIMIT", Some(filter.limit + 1));
    let records: Vec<LogRecord> = query.sql().all(db).await?;
    let entries: Vec<LogEntry> = records.into_iter().map(Into::into).collect();
    Ok(Page::cut(entries, filter.limit, |entry| entry.id.to_string()))
}

/// One entry of the log, with what was sent.
pub(super) async fn entry(
    db: &Db,
    workplace: WorkplaceId,
    connector: ConnectorId,
    id: Uuid,
) -> Result<Option<LogEntry>> {
    let mut query = Growing::new(LOG, [workplace.into(), connector.into()]);
    query.narrow("id =", Some(id));
    let record: Option<LogRecord> = query.sql().optional(db).await?;
    let Some(mut entry) = record.map(LogEntry::from) else {
        return Ok(None);
    };
    if let Sent::Apart { bytes } = entry.sent {
        let packed: Option<Vec<u8>> =
            sql("SELECT packed FROM connector_bodies WHERE workplace_id = $1 AND entry_id = $2")
                .bind(workplace)
                .bind(id)
                .scalar_optional(db)
                .await?;
        entry.sent = packed.map_or(Sent::Gone { bytes }, |packed| Sent::Long { bytes, packed });
    }
    Ok(Some(entry))
}

/// Removes what is older, of every workplace.
pub async fn sweep_log(tx: &mut Tx, before: Moment) -> Result<()> {
    sql("DELETE FROM connector_log WHERE at < $1")
        .bind(before.ms())
        .execute(tx)
        .await?;
    sql("DELETE FROM connector_bodies WHERE at < $1")
        .bind(before.ms())
        .execute(tx)
        .await?;
    Ok(())
}
