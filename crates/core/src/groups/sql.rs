//! The only files that touch groups, group_members, and what stands beside them.

mod membership;
mod requests;

use guildhall_store::{Conn, Db, FromRow, Growing, Insert, Sql, Tx, Value, sql};

use super::{Group, Kind, Membership, Privacy};
use crate::accounts::people::cursor;
use crate::ids::{AccountId, GroupId, WorkplaceId};
use crate::{Error, Moment, Page, Result, fold};

pub(super) use membership::*;
pub(super) use requests::*;

/// People who are named in one statement.
const CHUNK: usize = 1000;

const COLUMNS: &str =
    "g.id, g.workplace_id, g.name, g.description, g.kind, g.privacy, g.is_default, g.archived_at, g.members";

#[derive(FromRow)]
struct Record {
    id: GroupId,
    workplace_id: WorkplaceId,
    name: String,
    description: String,
    kind: String,
    privacy: String,
    is_default: bool,
    archived_at: Option<i64>,
    members: i64,
}

/// A group and whether somebody owns it, if they are in it.
#[derive(FromRow)]
struct Joined {
    #[sqlx(flatten)]
    group: Record,
    is_owner: Option<bool>,
}

impl Record {
    fn group(self) -> Result<Group> {
        let damaged = |column: &str| Error::Internal(format!("groups.{column} holds what is not known"));
        Ok(Group {
            id: self.id,
            workplace: self.workplace_id,
            name: self.name,
            description: self.description,
            kind: Kind::parse(&self.kind).ok_or_else(|| damaged("kind"))?,
            privacy: Privacy::parse(&self.privacy).ok_or_else(|| damaged("privacy"))?,
            is_default: self.is_default,
            archived_at: self.archived_at.map(Moment::from_ms),
            members: self.members,
        })
    }
}

/// Writes a group as it is to be; its members are counted elsewhere.
pub(super) async fn put(tx: &mut Tx, group: &Group, by: Option<AccountId>, now: Moment) -> Result<()> {
    sql("INSERT INTO groups (id, workplace_id, name, name_key, description, kind, privacy, is_default, archived_at, \
         created_by, created_at, updated_at, members) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 0) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, \
         description = excluded.description, kind = excluded.kind, privacy = excluded.privacy, \
         is_default = excluded.is_default, archived_at = excluded.archived_at, updated_at = excluded.updated_at \
         WHERE groups.workplace_id = excluded.workplace_id")
    .bind(group.id)
    .bind(group.workplace)
    .bind(&group.name)
    .bind(fold::sort_key(&group.name))
    .bind(&group.description)
    .bind(group.kind.as_str())
    .bind(group.privacy.as_str())
    .bind(group.is_default)
    .bind(group.archived_at.map(Moment::ms))
    .bind(by.map(|id| id.0))
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn get<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    id: GroupId,
) -> Result<Option<Group>> {
    Sql::built(format!(
        "SELECT {COLUMNS} FROM groups g WHERE g.workplace_id = $1 AND g.id = $2"
    ))
    .bind(workplace)
    .bind(id)
    .optional::<Record>(conn)
    .await?
    .map(Record::group)
    .transpose()
}

/// The groups that everybody joins.
pub(super) async fn defaults(tx: &mut Tx, workplace: WorkplaceId) -> Result<Vec<Group>> {
    let text = format!(
        "SELECT {COLUMNS} FROM groups g WHERE g.workplace_id = $1 AND g.is_default AND g.archived_at IS NULL ORDER BY g.id"
    );
    let records: Vec<Record> = Sql::built(text).bind(workplace).all(tx).await?;
    records.into_iter().map(Record::group).collect()
}

/// Open groups that nobody joins by default, by name.
pub(super) async fn open(db: &Db, workplace: WorkplaceId, limit: i64) -> Result<Vec<Group>> {
    let text = format!(
        "SELECT {COLUMNS} FROM groups g WHERE g.workplace_id = $1 AND g.privacy = 'open' AND NOT g.is_default \
         AND g.archived_at IS NULL ORDER BY g.name_key, g.id LIMIT $2"
    );
    let records: Vec<Record> = Sql::built(text).bind(workplace).bind(limit).all(db).await?;
    records.into_iter().map(Record::group).collect()
}

/// Those that the person may find, or all, by name; with whether they own each, if they are in it.
pub(super) async fn list(
    db: &Db,
    workplace: WorkplaceId,
    (who, all): (Option<AccountId>, bool),
    q: Option<&str>,
    after: Option<(String, GroupId)>,
    limit: i64,
) -> Result<Page<(Group, Option<bool>)>> {
    let text = format!(
        "SELECT {COLUMNS}, m.is_owner FROM groups g LEFT JOIN group_members m \
         ON m.workplace_id = g.workplace_id AND m.group_id = g.id AND m.account_id = $3 \
         WHERE g.workplace_id = $1 AND ($2 OR g.privacy <> 'secret' OR m.account_id IS NOT NULL)"
    );
    let mut query = Growing::new(text, [workplace.into(), all.into(), who.map(|id| id.0).into()]);
    let name = q.map(fold::sort_key).filter(|q| !q.is_empty());
    query.narrow("g.name_key LIKE", name.map(|name| fold::part(&name)));
    if let Some((key, id)) = after {
        let (key, id) = (query.put(key), query.put(id));
        query.and(&format!(
            "(g.name_key > {key} OR (g.name_key = {key} AND g.id > {id}))"
        ));
    }
    query.narrow("TRUE ORDER BY g.name_key, g.id LIMIT", Some(limit + 1));
    let records: Vec<Joined> = query.sql().all(db).await?;
    let groups: Result<Vec<(Group, Option<bool>)>> = records
        .into_iter()
        .map(|joined| Ok((joined.group.group()?, joined.is_owner)))
        .collect();
    Ok(Page::cut(groups?, limit, |(group, _)| {
        cursor(&fold::sort_key(&group.name), AccountId(group.id.0))
    }))
}

/// Whether the person owns the group; nothing, if they are not in it.
pub(super) async fn is_owner<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    group: GroupId,
    account: AccountId,
) -> Result<Option<bool>> {
    Ok(sql(
        "SELECT is_owner FROM group_members WHERE workplace_id = $1 AND group_id = $2 AND account_id = $3",
    )
    .bind(workplace)
    .bind(group)
    .bind(account)
    .scalar_optional(conn)
    .await?)
}

/// The groups that a person is in, by name, with whether they own each.
pub async fn of_account(db: &Db, workplace: WorkplaceId, account: AccountId) -> Result<Vec<(Group, bool)>> {
    let text = format!(
        "SELECT {COLUMNS}, m.is_owner FROM groups g JOIN group_members m ON m.group_id = g.id \
         WHERE g.workplace_id = $1 AND m.workplace_id = $1 AND m.account_id = $2 ORDER BY g.name_key, g.id LIMIT 1000"
    );
    let records: Vec<Joined> = Sql::built(text).bind(workplace).bind(account).all(db).await?;
    records
        .into_iter()
        .map(|joined| Ok((joined.group.group()?, joined.is_owner.unwrap_or(false))))
        .collect()
}

/// Those of the people who are in one of the groups.
pub(crate) async fn among(
    tx: &mut Tx,
    workplace: WorkplaceId,
    (groups, people): (&[GroupId], &[AccountId]),
) -> Result<Vec<AccountId>> {
    if groups.is_empty() || people.is_empty() {
        return Ok(Vec::new());
    }
    let text = "SELECT DISTINCT account_id FROM group_members \
         WHERE (workplace_id = $1) IS TRUE AND group_id = ANY($2) AND account_id = ANY($3)";
    Ok(sql(text)
        .bind(workplace)
        .bind(GroupId::list(groups))
        .bind(AccountId::list(people))
        .scalars(tx)
        .await?)
}

/// The names of those of the groups that are there.
pub(crate) async fn names(
    tx: &mut Tx,
    workplace: WorkplaceId,
    groups: &[GroupId],
) -> Result<Vec<(GroupId, String)>> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let text = "SELECT id, name FROM groups WHERE (workplace_id = $1) IS TRUE AND id = ANY($2) ORDER BY name_key, id";
    Ok(sql(text)
        .bind(workplace)
        .bind(GroupId::list(groups))
        .all(tx)
        .await?)
}

#[derive(FromRow)]
struct MemberRecord {
    account_id: AccountId,
    is_owner: bool,
    source: String,
    joined_at: i64,
}

impl From<MemberRecord> for Membership {
    fn from(record: MemberRecord) -> Self {
        Self {
            account: record.account_id,
            is_owner: record.is_owner,
            source: record.source,
            joined_at: Moment::from_ms(record.joined_at),
        }
    }
}

/// Who is in the group, longest first; only those of `among`, if given.
pub(super) async fn members(
    db: &Db,
    group: &Group,
    among: Option<&[AccountId]>,
    after: Option<(String, AccountId)>,
    limit: i64,
) -> Result<Page<Membership>> {
    let mut query = Growing::new(
        "SELECT account_id, is_owner, source, joined_at FROM group_members WHERE workplace_id = $1 AND group_id = $2",
        [group.workplace.into(), group.id.into()],
    );
    if let Some(among) = among {
        if among.is_empty() {
            return Ok(Page::empty());
        }
        let ids = query.put(AccountId::list(among));
        query.and(&format!("account_id = ANY({ids})"));
    }
    if let Some((at, id)) = after {
        let (at, id) = (query.put(at.parse::<i64>().unwrap_or(0)), query.put(id));
        query.and(&format!(
            "(joined_at > {at} OR (joined_at = {at} AND account_id > {id}))"
        ));
    }
    query.narrow("TRUE ORDER BY joined_at, account_id LIMIT", Some(limit + 1));
    let records: Vec<MemberRecord> = query.sql().all(db).await?;
    let members: Vec<Membership> = records.into_iter().map(Into::into).collect();
    Ok(Page::cut(members, limit, |member| {
        cursor(&member.joined_at.ms().to_string(), member.account)
    }))
}

/// Adds those who are not in yet. Gives how many those were.
pub(super) async fn add(
    tx: &mut Tx,
    group: &Group,
    accounts: &[AccountId],
    (owner, source, by): (bool, &str, Option<AccountId>),
    now: Moment,
) -> Result<u64> {
    let mut insert = Insert::new(
        "INSERT INTO group_members (group_id, account_id, workplace_id, is_owner, source, added_by, joined_at)",
        7,
    )
    .tail("ON CONFLICT (group_id, account_id) DO NOTHING");
    for account in accounts {
        insert.push([
            Value::from(group.id),
            (*account).into(),
            group.workplace.into(),
            owner.into(),
            source.into(),
            by.map(|id| id.0).into(),
            now.ms().into(),
        ]);
    }
    let added = insert.execute(&mut *tx).await?;
    count(tx, group, added as i64).await?;
    Ok(added)
}

async fn count(tx: &mut Tx, group: &Group, by: i64) -> Result<()> {
    if by != 0 {
        sql("UPDATE groups SET members = members + $1 WHERE workplace_id = $2 AND id = $3")
            .bind(by)
            .bind(group.workplace)
            .bind(group.id)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Takes somebody out, who counted if they were not deactivated. False: they were not in.
pub(super) async fn take_out(tx: &mut Tx, group: &Group, account: AccountId, counted: bool) -> Result<bool> {
    let gone = sql("DELETE FROM group_members WHERE workplace_id = $1 AND group_id = $2 AND account_id = $3")
        .bind(group.workplace)
        .bind(group.id)
        .bind(account)
        .execute(&mut *tx)
        .await?;
    if counted {
        count(tx, group, -(gone as i64)).await?;
    }
    Ok(gone == 1)
}

/// Takes many out, who counted if they were not deactivated. Gives how many were in.
pub(super) async fn take_out_all(
    tx: &mut Tx,
    group: &Group,
    accounts: &[AccountId],
    counted: bool,
) -> Result<u64> {
    let mut gone = 0;
    for some in accounts.chunks(CHUNK) {
        let text =
            "DELETE FROM group_members WHERE workplace_id = $1 AND group_id = $2 AND account_id = ANY($3)";
        gone += sql(text)
            .bind(group.workplace)
            .bind(group.id)
            .bind(AccountId::list(some))
            .execute(&mut *tx)
            .await?;
    }
    if counted {
        count(tx, group, -(gone as i64)).await?;
    }
    Ok(gone)
}

/// Makes a member an owner or the other way round. False: they are not in.
pub(super) async fn set_owner(tx: &mut Tx, group: &Group, account: AccountId, owner: bool) -> Result<bool> {
    let set = sql(
        "UPDATE group_members SET is_owner = $1 WHERE workplace_id = $2 AND group_id = $3 AND account_id = $4",
    )
    .bind(owner)
    .bind(group.workplace)
    .bind(group.id)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(set == 1)
}

/// Removes a group and who was in it.
pub(super) async fn remove(tx: &mut Tx, group: &Group) -> Result<()> {
    for text in [
        "DELETE FROM group_members WHERE workplace_id = $1 AND group_id = $2",
        "DELETE FROM group_rules WHERE workplace_id = $1 AND group_id = $2",
        "DELETE FROM group_exceptions WHERE workplace_id = $1 AND group_id = $2",
        "DELETE FROM group_requests WHERE workplace_id = $1 AND group_id = $2",
        "DELETE FROM groups WHERE workplace_id = $1 AND id = $2",
    ] {
        sql(text).bind(group.workplace).bind(group.id).execute(tx).await?;
    }
    Ok(())
}

/// Counts a person in every group they are in: one more when they are back, one less when they are deactivated.
pub async fn recount(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId), by: i64) -> Result<()> {
    sql(
        "UPDATE groups SET members = members + $3 WHERE (workplace_id = $1) IS TRUE AND id IN \
         (SELECT group_id FROM group_members WHERE workplace_id = $1 AND account_id = $2)",
    )
    .bind(workplace)
    .bind(account)
    .bind(by)
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes a person out of every group, for good. They are counted elsewhere ([`recount`]).
pub async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    for text in [
        "DELETE FROM group_members WHERE workplace_id = $1 AND account_id = $2",
        "DELETE FROM group_exceptions WHERE workplace_id = $1 AND account_id = $2",
        "DELETE FROM group_requests WHERE workplace_id = $1 AND account_id = $2",
    ] {
        sql(text).bind(workplace).bind(account).execute(&mut *tx).await?;
    }
    Ok(())
}
