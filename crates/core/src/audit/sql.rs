use guildhall_store::{Conn, FromRow, Growing, Insert, Tx, Value};
use uuid::Uuid;

use super::{AuditActor, AuditActorKind, AuditEvent, AuditSubject, Entry, Filter, Scope};
use crate::ids::{AuditEventId, WorkplaceId};
use crate::{Entropy, Moment, Page, Result, fold};

const INSERT: &str = "INSERT INTO audit_events (id, workplace_id, at, actor_kind, actor_id, actor_name, source, verb, \
     subject_kind, subject_id, subject_name, run_id, request_id, changes)";

/// Writes one event.
pub async fn write(tx: &mut Tx, entropy: &Entropy, scope: Scope<'_>, entry: Entry) -> Result<()> {
    write_all(tx, entropy, scope, vec![entry]).await
}

/// Writes many events of one actor and one moment.
pub async fn write_all(tx: &mut Tx, entropy: &Entropy, scope: Scope<'_>, entries: Vec<Entry>) -> Result<()> {
    let mut insert = Insert::new(INSERT, 14);
    for entry in entries {
        let changes = serde_json::to_string(&entry.changes).unwrap_or_default();
        insert.push([
            Value::from(AuditEventId::new(entropy, scope.now)),
            scope.workplace().into(),
            scope.now.ms().into(),
            scope.actor.kind.as_str().into(),
            scope.actor.kind.id().into(),
            (&scope.actor.name).into(),
            entry.source.into(),
            entry.verb.into(),
            entry.subject.kind.into(),
            entry.subject.id.into(),
            entry.subject.name.into(),
            entry.run.map(|run| run.0).into(),
            scope.actor.request_id.clone().into(),
            changes.into(),
        ]);
    }
    insert.execute(tx).await?;
    Ok(())
}

#[derive(FromRow)]
struct Record {
    id: Uuid,
    at: i64,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_name: String,
    source: String,
    verb: String,
    subject_kind: String,
    subject_id: Option<Uuid>,
    subject_name: String,
    run_id: Option<Uuid>,
    request_id: Option<String>,
    changes: String,
}

impl From<Record> for AuditEvent {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            at: Moment::from_ms(record.at),
            actor: AuditActor {
                kind: AuditActorKind::parse(&record.actor_kind).unwrap_or(AuditActorKind::System),
                id: record.actor_id,
                name: record.actor_name,
            },
            source: record.source,
            verb: record.verb,
            subject: AuditSubject {
                kind: record.subject_kind,
                id: record.subject_id,
                name: record.subject_name,
            },
            changes: serde_json::from_str(&record.changes).unwrap_or_default(),
            run_id: record.run_id,
            request_id: record.request_id,
        }
    }
}

/// The events that match, newest first, a page at a time.
pub async fn list<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    filter: &Filter,
) -> Result<Page<AuditEvent>> {
    let mut query = Growing::new(
        "SELECT id, at, actor_kind, actor_id, actor_name, source, verb, subject_kind, subject_id, subject_name, \
         run_id, request_id, changes FROM audit_events WHERE workplace_id = $1",
        [workplace.into()],
    );
    query.narrow("subject_id =", filter.subject);
    query.narrow("run_id =", filter.run);
    query.narrow("verb =", filter.verb.as_deref());
    query.narrow("source =", filter.source.as_deref());
    query.narrow("actor_id =", filter.actor);
    let name = filter.name.as_deref().map(|name| fold::part(&fold::key(name)));
    query.narrow("LOWER(actor_name || ' ' || subject_name) LIKE", name);
    query.narrow("at >=", filter.from.map(Moment::ms));
    query.narrow("at <", filter.to.map(Moment::ms));
    query.narrow("id <", filter.after);
    query.narrow("TRUE ORDER BY id DESC LIMIT", Some(filter.limit + 1));
    let records: Vec<Record> = query.sql().all(conn).await?;
    let page = Page::cut(records, filter.limit, |record| record.id.to_string());
    Ok(Page {
        items: page.items.into_iter().map(Into::into).collect(),
        next: page.next,
    })
}
