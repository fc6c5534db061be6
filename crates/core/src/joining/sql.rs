//! The only file that touches access_requests, request_digests and join_links.

use guildhall_store::{Conn, Db, FromRow, Growing, Tx, sql};

use super::{Filter, JoinLink, Request, RequestState};
use crate::accounts::ProfileField;
use crate::ids::{AccountId, GroupId, JoinLinkId, RequestId, WorkplaceId};
use crate::{Error, Moment, Page, Result};

const COLUMNS: &str = "id, workplace_id, email, name, asked_by, note, fields, group_id, state, created_at, decided_at, \
    decided_by, reason";

#[derive(FromRow)]
struct Record {
    id: RequestId,
    workplace_id: WorkplaceId,
    email: String,
    name: Option<String>,
    asked_by: Option<AccountId>,
    note: Option<String>,
    fields: String,
    group_id: Option<GroupId>,
    state: String,
    created_at: i64,
    decided_at: Option<i64>,
    decided_by: Option<AccountId>,
    reason: Option<String>,
}

fn damaged(column: &str) -> Error {
    Error::Internal(format!("access_requests.{column} holds what is not known"))
}

impl Record {
    fn request(self) -> Result<Request> {
        Ok(Request {
            id: self.id,
            workplace: self.workplace_id,
            email: self.email,
            name: self.name,
            asked_by: self.asked_by,
            note: self.note,
            fields: serde_json::from_str(&self.fields).map_err(|_| damaged("fields"))?,
            group: self.group_id,
            state: RequestState::parse(&self.state).ok_or_else(|| damaged("state"))?,
            created_at: Moment::from_ms(self.created_at),
            decided_at: self.decided_at.map(Moment::from_ms),
            decided_by: self.decided_by,
            reason: self.reason,
        })
    }
}

fn fields(fields: &[(ProfileField, String)]) -> Result<String> {
    serde_json::to_string(fields).map_err(|why| Error::Internal(why.to_string()))
}

pub(super) async fn insert(tx: &mut Tx, request: &Request) -> Result<()> {
    sql(
        "INSERT INTO access_requests (id, workplace_id, email, email_key, name, asked_by, note, fields, group_id, state, \
         created_at, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(request.id)
    .bind(request.workplace)
    .bind(&request.email)
    .bind(crate::fold::key(&request.email))
    .bind(request.name.as_deref())
    .bind(request.asked_by.map(|id| id.0))
    .bind(request.note.as_deref())
    .bind(fields(&request.fields)?)
    .bind(request.group.map(|id| id.0))
    .bind(request.state.as_str())
    .bind(request.created_at.ms())
    .bind(request.decided_at.map(Moment::ms))
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes what was decided, and what was filled in. False: it was decided already.
pub(super) async fn decide(tx: &mut Tx, request: &Request) -> Result<bool> {
    let decided = sql(
        "UPDATE access_requests SET state = $1, fields = $2, decided_at = $3, decided_by = $4, reason = $5 \
         WHERE workplace_id = $6 AND id = $7 AND state = 'waiting'",
    )
    .bind(request.state.as_str())
    .bind(fields(&request.fields)?)
    .bind(request.decided_at.map(Moment::ms))
    .bind(request.decided_by.map(|id| id.0))
    .bind(request.reason.as_deref())
    .bind(request.workplace)
    .bind(request.id)
    .execute(tx)
    .await?;
    Ok(decided == 1)
}

pub(super) async fn get(tx: &mut Tx, workplace: WorkplaceId, id: RequestId) -> Result<Option<Request>> {
    let text = format!("SELECT {COLUMNS} FROM access_requests WHERE workplace_id = $1 AND id = $2");
    let record: Option<Record> = guildhall_store::Sql::built(text)
        .bind(workplace)
        .bind(id)
        .optional(tx)
        .await?;
    record.map(Record::request).transpose()
}

/// The request that waits for the address.
pub(super) async fn waiting_for(
    tx: &mut Tx,
    workplace: WorkplaceId,
    email_key: &str,
) -> Result<Option<RequestId>> {
    Ok(
        sql(
            "SELECT id FROM access_requests WHERE workplace_id = $1 AND email_key = $2 AND state = 'waiting'",
        )
        .bind(workplace)
        .bind(email_key)
        .scalar_optional(tx)
        .await?,
    )
}

pub(super) async fn list(db: &Db, workplace: WorkplaceId, filter: &Filter) -> Result<Page<Request>> {
    let text = format!("SELECT {COLUMNS} FROM access_requests WHERE workplace_id = $1");
    let mut text = Growing::new(text, [workplace.into()]);
    text.narrow("state =", filter.state.map(RequestState::as_str));
    text.narrow("id <", filter.after);
    text.narrow("TRUE ORDER BY id DESC LIMIT", Some(filter.limit + 1));
    let records: Vec<Record> = text.sql().all(db).await?;
    let items: Result<Vec<Request>> = records.into_iter().map(Record::request).collect();
    Ok(Page::cut(items?, filter.limit, |last| last.id.to_string()))
}

/// How many wait.
pub(super) async fn waiting<'a>(conn: impl Into<Conn<'a>>, workplace: WorkplaceId) -> Result<i64> {
    Ok(
        sql("SELECT COUNT(*) FROM access_requests WHERE workplace_id = $1 AND state = 'waiting'")
            .bind(workplace)
            .scalar(conn)
            .await?,
    )
}

/// How many people somebody has asked for since then.
pub(super) async fn asked_since(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    since: Moment,
) -> Result<i64> {
    Ok(sql(
        "SELECT COUNT(*) FROM access_requests WHERE asked_by = $1 AND workplace_id = $2 AND created_at > $3",
    )
    .bind(account)
    .bind(workplace)
    .bind(since.ms())
    .scalar(tx)
    .await?)
}

/// Every workplace where somebody waits, how many, and when its admins were told.
pub(super) async fn to_tell(db: &Db) -> Result<Vec<(WorkplaceId, i64, Option<i64>)>> {
    Ok(sql(
        "SELECT r.workplace_id, COUNT(*), MAX(d.told_at) FROM access_requests r \
         LEFT JOIN request_digests d ON d.workplace_id = r.workplace_id WHERE r.state = 'waiting' \
         GROUP BY r.workplace_id",
    )
    .all(db)
    .await?)
}

pub(super) async fn told_at(tx: &mut Tx, workplace: WorkplaceId) -> Result<Option<Moment>> {
    let told: Option<i64> = sql("SELECT told_at FROM request_digests WHERE workplace_id = $1")
        .bind(workplace)
        .scalar_optional(tx)
        .await?;
    Ok(told.map(Moment::from_ms))
}

pub(super) async fn note_told(tx: &mut Tx, workplace: WorkplaceId, now: Moment) -> Result<()> {
    sql(
        "INSERT INTO request_digests (workplace_id, told_at) VALUES ($1, $2) \
         ON CONFLICT (workplace_id) DO UPDATE SET told_at = excluded.told_at",
    )
    .bind(workplace)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct LinkRecord {
    id: JoinLinkId,
    workplace_id: WorkplaceId,
    group_id: Option<GroupId>,
    people: i64,
    used: i64,
    created_by: AccountId,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl From<LinkRecord> for JoinLink {
    fn from(record: LinkRecord) -> Self {
        Self {
            id: record.id,
            workplace: record.workplace_id,
            group: record.group_id,
            people: record.people,
            used: record.used,
            created_by: record.created_by,
            created_at: Moment::from_ms(record.created_at),
            expires_at: Moment::from_ms(record.expires_at),
            revoked_at: record.revoked_at.map(Moment::from_ms),
        }
    }
}

pub(super) async fn insert_link(tx: &mut Tx, link: &JoinLink, token_hash: &str) -> Result<()> {
    sql(
        "INSERT INTO join_links (id, workplace_id, group_id, token_hash, people, used, created_by, created_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8)",
    )
    .bind(link.id)
    .bind(link.workplace)
    .bind(link.group.map(|id| id.0))
    .bind(token_hash)
    .bind(link.people)
    .bind(link.created_by)
    .bind(link.created_at.ms())
    .bind(link.expires_at.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// The newest hundred of the workplace.
pub(super) async fn links(db: &Db, workplace: WorkplaceId) -> Result<Vec<JoinLink>> {
    let records: Vec<LinkRecord> = sql(
        "SELECT id, workplace_id, group_id, people, used, created_by, created_at, expires_at, revoked_at \
         FROM join_links WHERE workplace_id = $1 ORDER BY id DESC LIMIT 100",
    )
    .bind(workplace)
    .all(db)
    .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// The links that the person made and that nobody ended, newest first.
pub(super) async fn links_by(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
) -> Result<Vec<JoinLink>> {
    let records: Vec<LinkRecord> = sql(
        "SELECT id, workplace_id, group_id, people, used, created_by, created_at, expires_at, revoked_at \
         FROM join_links WHERE workplace_id = $1 AND created_by = $2 AND revoked_at IS NULL ORDER BY id DESC",
    )
    .bind(workplace)
    .bind(account)
    .all(tx)
    .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

pub(super) async fn link<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    id: JoinLinkId,
) -> Result<Option<JoinLink>> {
    let record: Option<LinkRecord> = sql(
        "SELECT id, workplace_id, group_id, people, used, created_by, created_at, expires_at, revoked_at \
         FROM join_links WHERE workplace_id = $1 AND id = $2",
    )
    .bind(workplace)
    .bind(id)
    .optional(conn)
    .await?;
    Ok(record.map(Into::into))
}

/// The link of that secret, which tells the workplace.
pub(super) async fn link_by_token(db: &Db, token_hash: &str) -> Result<Option<JoinLink>> {
    let record: Option<LinkRecord> = sql(
        "SELECT id, workplace_id, group_id, people, used, created_by, created_at, expires_at, revoked_at \
         FROM join_links WHERE token_hash = $1",
    )
    .bind(token_hash)
    .optional(db)
    .await?;
    Ok(record.map(Into::into))
}

/// Counts one more person. False: the link takes nobody any more.
pub(super) async fn use_link(tx: &mut Tx, link: &JoinLink, now: Moment) -> Result<bool> {
    let used = sql(
        "UPDATE join_links SET used = used + 1 WHERE workplace_id = $1 AND id = $2 AND used < people \
         AND revoked_at IS NULL AND expires_at > $3",
    )
    .bind(link.workplace)
    .bind(link.id)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(used == 1)
}

pub(super) async fn revoke_link(tx: &mut Tx, link: &JoinLink, now: Moment) -> Result<()> {
    sql("UPDATE join_links SET revoked_at = $1 WHERE workplace_id = $2 AND id = $3 AND revoked_at IS NULL")
        .bind(now.ms())
        .bind(link.workplace)
        .bind(link.id)
        .execute(tx)
        .await?;
    Ok(())
}
