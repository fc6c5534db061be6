//! Who would like to be in a group.

use guildhall_store::{Db, FromRow, Sql, Tx, sql};

use super::{COLUMNS, Group, Record};
use crate::groups::requests::{GroupRequest, GroupRequestState, Waits};
use crate::ids::{AccountId, GroupId, GroupRequestId, WorkplaceId};
use crate::{Moment, Result};

/// Groups where somebody waits that are told of at once.
const MOST: i64 = 50;

#[derive(FromRow)]
struct RequestRecord {
    id: GroupRequestId,
    account_id: AccountId,
    note: Option<String>,
    created_at: i64,
}

impl From<RequestRecord> for GroupRequest {
    fn from(record: RequestRecord) -> Self {
        Self {
            id: record.id,
            account: record.account_id,
            note: record.note,
            created_at: Moment::from_ms(record.created_at),
        }
    }
}

/// Files a request. False: the person waits already.
pub async fn insert_request(tx: &mut Tx, group: &Group, request: &GroupRequest) -> Result<bool> {
    let made = sql(
        "INSERT INTO group_requests (id, workplace_id, group_id, account_id, note, state, created_at) \
         VALUES ($1, $2, $3, $4, $5, 'waiting', $6) \
         ON CONFLICT (group_id, account_id) WHERE state = 'waiting' DO NOTHING",
    )
    .bind(request.id)
    .bind(group.workplace)
    .bind(group.id)
    .bind(request.account)
    .bind(request.note.as_deref())
    .bind(request.created_at.ms())
    .execute(tx)
    .await?;
    Ok(made == 1)
}

/// Those who wait, the first who asked first.
pub async fn requests(db: &Db, group: &Group, limit: i64) -> Result<Vec<GroupRequest>> {
    let records: Vec<RequestRecord> = sql("SELECT id, account_id, note, created_at FROM group_requests \
         WHERE workplace_id = $1 AND group_id = $2 AND state = 'waiting' ORDER BY id LIMIT $3")
    .bind(group.workplace)
    .bind(group.id)
    .bind(limit)
    .all(db)
    .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// Those of these people who wait.
pub async fn waiting_of(tx: &mut Tx, group: &Group, people: &[AccountId]) -> Result<Vec<AccountId>> {
    Ok(sql(
        "SELECT account_id FROM group_requests WHERE workplace_id = $1 AND group_id = $2 AND state = 'waiting' \
         AND account_id = ANY($3) ORDER BY id",
    )
    .bind(group.workplace)
    .bind(group.id)
    .bind(AccountId::list(people))
    .scalars(tx)
    .await?)
}

/// Decides on those of these people who wait. Gives how many those were.
pub async fn decide_of(
    tx: &mut Tx,
    group: &Group,
    people: &[AccountId],
    state: GroupRequestState,
    (by, now): (Option<AccountId>, Moment),
) -> Result<u64> {
    Ok(sql(
        "UPDATE group_requests SET state = $1, decided_at = $2, decided_by = $3 \
         WHERE workplace_id = $4 AND group_id = $5 AND state = 'waiting' AND account_id = ANY($6)",
    )
    .bind(state.as_str())
    .bind(now.ms())
    .bind(by.map(|id| id.0))
    .bind(group.workplace)
    .bind(group.id)
    .bind(AccountId::list(people))
    .execute(tx)
    .await?)
}

/// The groups that a person waits to be let into.
pub async fn asked_by(db: &Db, workplace: WorkplaceId, account: AccountId) -> Result<Vec<GroupId>> {
    Ok(sql(
        "SELECT group_id FROM group_requests WHERE workplace_id = $1 AND account_id = $2 AND state = 'waiting'",
    )
    .bind(workplace)
    .bind(account)
    .scalars(db)
    .await?)
}

/// Some of those who own a group.
pub async fn owners(tx: &mut Tx, group: &Group, limit: i64) -> Result<Vec<AccountId>> {
    Ok(sql(
        "SELECT account_id FROM group_members WHERE workplace_id = $1 AND group_id = $2 AND is_owner \
         ORDER BY joined_at, account_id LIMIT $3",
    )
    .bind(group.workplace)
    .bind(group.id)
    .bind(limit)
    .scalars(tx)
    .await?)
}

#[derive(FromRow)]
struct WaitsRecord {
    #[sqlx(flatten)]
    group: Record,
    waiting: i64,
}

/// The groups that a person owns where somebody waits, by name.
pub async fn waiting_for(db: &Db, workplace: WorkplaceId, account: AccountId) -> Result<Vec<Waits>> {
    let text = format!(
        "SELECT {COLUMNS}, w.waiting FROM group_members m JOIN groups g ON g.id = m.group_id \
         JOIN (SELECT group_id, COUNT(*) AS waiting FROM group_requests \
               WHERE workplace_id = $1 AND state = 'waiting' GROUP BY group_id) w ON w.group_id = g.id \
         WHERE m.workplace_id = $1 AND g.workplace_id = $1 AND m.account_id = $2 AND m.is_owner \
         AND g.archived_at IS NULL ORDER BY g.name_key, g.id LIMIT $3"
    );
    let records: Vec<WaitsRecord> = Sql::built(text)
        .bind(workplace)
        .bind(account)
        .bind(MOST)
        .all(db)
        .await?;
    records
        .into_iter()
        .map(|record| {
            Ok(Waits {
                group: record.group.group()?,
                waiting: record.waiting,
            })
        })
        .collect()
}
