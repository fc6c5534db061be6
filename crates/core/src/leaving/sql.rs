//! The only file that touches leavings and leaving_ends.

use std::collections::BTreeMap;

use guildhall_store::{Conn, Db, FromRow, Growing, Insert, Sql, Tx, sql};
use uuid::Uuid;

use super::{End, EndKind, Filter, Leaving};
use crate::accounts::{AccountState, FORMER_MEMBER, Source};
use crate::audit::AuditActorKind;
use crate::ids::{AccountId, LeavingEndId, LeavingId, WorkplaceId};
use crate::{App, Error, Moment, Page, Result, fold};

const COLUMNS: &str = "id, workplace_id, account_id, name, state_before, at, source, actor_kind, actor_id, \
    actor_name, run_id, request_id, last_seen_at, last_accepted_at, last_byte_at, back_at";

#[derive(FromRow)]
struct Record {
    id: LeavingId,
    workplace_id: WorkplaceId,
    account_id: AccountId,
    name: String,
    state_before: String,
    at: i64,
    source: String,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_name: String,
    run_id: Option<Uuid>,
    request_id: Option<String>,
    last_seen_at: Option<i64>,
    last_accepted_at: Option<i64>,
    last_byte_at: Option<i64>,
    back_at: Option<i64>,
}

fn damaged(column: &str) -> Error {
    Error::Internal(format!("leavings.{column} holds what is not known"))
}

impl Record {
    fn leaving(self) -> Result<Leaving> {
        Ok(Leaving {
            id: self.id,
            workplace: self.workplace_id,
            account_id: self.account_id,
            name: self.name,
            state_before: AccountState::parse(&self.state_before).ok_or_else(|| damaged("state_before"))?,
            at: Moment::from_ms(self.at),
            source: Source::parse(&self.source).ok_or_else(|| damaged("source"))?,
            actor_kind: AuditActorKind::parse(&self.actor_kind).ok_or_else(|| damaged("actor_kind"))?,
            actor_id: self.actor_id,
            actor_name: self.actor_name,
            run_id: self.run_id,
            request_id: self.request_id,
            last_seen_at: self.last_seen_at.map(Moment::from_ms),
            last_accepted_at: self.last_accepted_at.map(Moment::from_ms),
            last_byte_at: self.last_byte_at.map(Moment::from_ms),
            back_at: self.back_at.map(Moment::from_ms),
        })
    }
}

pub(super) async fn insert(tx: &mut Tx, leaving: &Leaving) -> Result<()> {
    sql(
        "INSERT INTO leavings (id, workplace_id, account_id, name, name_key, state_before, at, source, actor_kind, \
         actor_id, actor_name, run_id, request_id, last_seen_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(leaving.id)
    .bind(leaving.workplace)
    .bind(leaving.account_id)
    .bind(&leaving.name)
    .bind(fold::sort_key(&leaving.name))
    .bind(leaving.state_before.as_str())
    .bind(leaving.at.ms())
    .bind(leaving.source.as_str())
    .bind(leaving.actor_kind.as_str())
    .bind(leaving.actor_id)
    .bind(&leaving.actor_name)
    .bind(leaving.run_id)
    .bind(leaving.request_id.clone())
    .bind(leaving.last_seen_at.map(Moment::ms))
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn insert_ends(app: &App, tx: &mut Tx, leaving: &Leaving, ends: &[End]) -> Result<()> {
    if ends.is_empty() {
        return Ok(());
    }
    let mut insert = Insert::new(
        "INSERT INTO leaving_ends (id, leaving_id, workplace_id, kind, what, thing_id, began_at, last_used_at, ended_at)",
        9,
    );
    for end in ends {
        insert.push([
            LeavingEndId::new(&app.entropy, app.now()).into(),
            leaving.id.into(),
            leaving.workplace.into(),
            end.kind.as_str().into(),
            (&end.what).into(),
            end.id.into(),
            end.began_at.map(Moment::ms).into(),
            end.last_used_at.map(Moment::ms).into(),
            end.ended_at.map(Moment::ms).into(),
        ]);
    }
    insert.execute(tx).await?;
    Ok(())
}

pub(super) async fn get(db: &Db, workplace: WorkplaceId, id: LeavingId) -> Result<Option<Leaving>> {
    let text = format!("SELECT {COLUMNS} FROM leavings WHERE workplace_id = $1 AND id = $2");
    let record: Option<Record> = Sql::built(text).bind(workplace).bind(id).optional(db).await?;
    record.map(Record::leaving).transpose()
}

/// The last time the person left, while they have not come back.
pub(super) async fn open<'a>(
    conn: impl Into<Conn<'a>>,
    (workplace, account): (WorkplaceId, AccountId),
) -> Result<Option<Leaving>> {
    let text = format!(
        "SELECT {COLUMNS} FROM leavings WHERE (workplace_id = $1) IS TRUE AND account_id = $2 AND back_at IS NULL \
         ORDER BY at DESC, id DESC LIMIT 1"
    );
    let query = Sql::built(text).bind(workplace).bind(account);
    let record: Option<Record> = query.optional(conn).await?;
    record.map(Record::leaving).transpose()
}

pub(super) async fn list(db: &Db, workplace: WorkplaceId, filter: &Filter) -> Result<Page<Leaving>> {
    let mut query = Growing::new(
        format!("SELECT {COLUMNS} FROM leavings WHERE workplace_id = $1"),
        [workplace.into()],
    );
    query.narrow("account_id =", filter.account);
    query.narrow("source =", filter.source.map(Source::as_str));
    query.narrow("at >=", filter.from.map(Moment::ms));
    query.narrow("at <", filter.to.map(Moment::ms));
    let name = filter
        .name
        .as_deref()
        .map(|name| fold::part(&fold::sort_key(name)));
    query.narrow("name_key LIKE", name);
    if filter.gone {
        query.and("back_at IS NULL");
    }
    if let Some((at, id)) = filter.after {
        let (at, id) = (query.put(at.ms()), query.put(id));
        query.and(&format!("(at, id) < ({at}, {id})"));
    }
    query.narrow("TRUE ORDER BY at DESC, id DESC LIMIT", Some(filter.limit + 1));
    let records: Vec<Record> = query.sql().all(db).await?;
    let page = Page::cut(records, filter.limit, |record| {
        format!("{}.{}", record.at, record.id)
    });
    let items = page
        .items
        .into_iter()
        .map(Record::leaving)
        .collect::<Result<_>>()?;
    Ok(Page {
        items,
        next: page.next,
    })
}

#[derive(FromRow)]
struct EndRecord {
    leaving_id: LeavingId,
    kind: String,
    what: String,
    thing_id: Option<Uuid>,
    began_at: Option<i64>,
    last_used_at: Option<i64>,
    ended_at: Option<i64>,
}

/// What ended with each, in the order in which it was written.
pub(super) async fn ends(
    db: &Db,
    workplace: WorkplaceId,
    ids: &[LeavingId],
) -> Result<BTreeMap<LeavingId, Vec<End>>> {
    let records: Vec<EndRecord> = sql(
        "SELECT leaving_id, kind, what, thing_id, began_at, last_used_at, ended_at FROM leaving_ends \
         WHERE workplace_id = $1 AND leaving_id = ANY($2) ORDER BY leaving_id, id",
    )
    .bind(workplace)
    .bind(LeavingId::list(ids))
    .all(db)
    .await?;
    let mut found: BTreeMap<LeavingId, Vec<End>> = BTreeMap::new();
    for record in records {
        found.entry(record.leaving_id).or_default().push(End {
            kind: EndKind::parse(&record.kind).ok_or_else(|| damaged("kind"))?,
            what: record.what,
            id: record.thing_id,
            began_at: record.began_at.map(Moment::from_ms),
            last_used_at: record.last_used_at.map(Moment::from_ms),
            ended_at: record.ended_at.map(Moment::from_ms),
        });
    }
    Ok(found)
}

/// A server let a request of theirs in at that moment.
pub(super) async fn note_accepted(tx: &mut Tx, leaving: &Leaving, at: Moment) -> Result<()> {
    sql(
        "UPDATE leavings SET last_accepted_at = $1 WHERE workplace_id = $2 AND id = $3 \
         AND (last_accepted_at IS NULL OR last_accepted_at < $1)",
    )
    .bind(at.ms())
    .bind(leaving.workplace)
    .bind(leaving.id)
    .execute(tx)
    .await?;
    Ok(())
}

/// A stream of theirs was cut at that moment.
pub(super) async fn note_cut(tx: &mut Tx, leaving: &Leaving, at: Moment) -> Result<()> {
    sql(
        "UPDATE leavings SET last_byte_at = $1 WHERE workplace_id = $2 AND id = $3 \
         AND (last_byte_at IS NULL OR last_byte_at < $1)",
    )
    .bind(at.ms())
    .bind(leaving.workplace)
    .bind(leaving.id)
    .execute(tx)
    .await?;
    Ok(())
}

/// The person is back: the proof is of a time that is over.
pub async fn back(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId), now: Moment) -> Result<()> {
    sql("UPDATE leavings SET back_at = $1 WHERE workplace_id = $2 AND account_id = $3 AND back_at IS NULL")
        .bind(now.ms())
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// The personal data of the person is removed: the proof stays, without who they were and what devices they had.
pub async fn strip(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql(
        "UPDATE leaving_ends SET what = '' WHERE workplace_id = $1 AND leaving_id IN \
         (SELECT id FROM leavings WHERE workplace_id = $1 AND account_id = $2)",
    )
    .bind(workplace)
    .bind(account)
    .execute(tx)
    .await?;
    sql("UPDATE leavings SET name = $1, name_key = $2 WHERE workplace_id = $3 AND account_id = $4")
        .bind(FORMER_MEMBER)
        .bind(fold::sort_key(FORMER_MEMBER))
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// The account is deleted for good, and so is this.
pub async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    for text in [
        "DELETE FROM leaving_ends WHERE workplace_id = $1 AND leaving_id IN \
         (SELECT id FROM leavings WHERE workplace_id = $1 AND account_id = $2)",
        "DELETE FROM leavings WHERE workplace_id = $1 AND account_id = $2",
    ] {
        sql(text).bind(workplace).bind(account).execute(tx).await?;
    }
    Ok(())
}
