//! The only file that touches sets and set_members.

use guildhall_store::{Conn, FromRow, Insert, Sql, Tx, Value, sql};
use uuid::Uuid;

use super::{Owner, Set};
use crate::accounts::Source;
use crate::ids::{AccountId, GroupId, SetId, WorkplaceId};
use crate::{Moment, Result, fold};

const COLUMNS: &str = "id, workplace_id, source, owner_id, external_id, name, group_id, members, created_at, updated_at, version";
/// People who are named in one statement.
const CHUNK: usize = 1000;

#[derive(FromRow)]
struct Record {
    id: SetId,
    workplace_id: WorkplaceId,
    source: String,
    owner_id: Uuid,
    external_id: Option<String>,
    name: String,
    group_id: Option<GroupId>,
    members: i64,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<Record> for Set {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            workplace: record.workplace_id,
            owner: Owner {
                source: Source::parse(&record.source).unwrap_or(Source::Scim),
                id: record.owner_id,
            },
            external_id: record.external_id,
            name: record.name,
            group: record.group_id,
            members: record.members,
            created_at: Moment::from_ms(record.created_at),
            updated_at: Moment::from_ms(record.updated_at),
            version: record.version,
        }
    }
}

/// Writes a set as it is to be; its members are counted elsewhere.
pub(super) async fn put(tx: &mut Tx, set: &Set) -> Result<()> {
    sql("INSERT INTO sets (id, workplace_id, source, owner_id, external_id, name, name_key, group_id, members, created_at, \
         updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11) \
         ON CONFLICT (id) DO UPDATE SET external_id = excluded.external_id, name = excluded.name, \
         name_key = excluded.name_key, group_id = excluded.group_id, updated_at = excluded.updated_at \
         WHERE sets.workplace_id = excluded.workplace_id")
    .bind(set.id)
    .bind(set.workplace)
    .bind(set.owner.source.as_str())
    .bind(set.owner.id)
    .bind(set.external_id.as_deref())
    .bind(&set.name)
    .bind(fold::key(&set.name))
    .bind(set.group.map(|id| id.0))
    .bind(set.created_at.ms())
    .bind(set.updated_at.ms())
    .bind(set.version)
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts the version up; gives the new one.
pub(super) async fn bump(tx: &mut Tx, set: &Set) -> Result<i64> {
    Ok(sql("UPDATE sets SET version = version + 1, updated_at = $1 WHERE workplace_id = $2 AND id = $3 RETURNING version")
        .bind(set.updated_at.ms())
        .bind(set.workplace)
        .bind(set.id)
        .scalar(tx)
        .await?)
}

async fn one<'a>(conn: impl Into<Conn<'a>>, query: Sql) -> Result<Option<Set>> {
    Ok(query.optional::<Record>(conn).await?.map(Into::into))
}

fn select(clause: &str) -> Sql {
    Sql::built(format!(
        "SELECT {COLUMNS} FROM sets WHERE workplace_id = $1 AND owner_id = $2 AND {clause}"
    ))
}

/// The set of that id, of that owner.
pub async fn get<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    owner: Uuid,
    id: SetId,
) -> Result<Option<Set>> {
    one(conn, select("id = $3").bind(workplace).bind(owner).bind(id)).await
}

/// The set that its owner calls so.
pub async fn by_external(
    tx: &mut Tx,
    workplace: WorkplaceId,
    owner: Uuid,
    external_id: &str,
) -> Result<Option<Set>> {
    one(
        tx,
        select("external_id = $3 ORDER BY id LIMIT 1")
            .bind(workplace)
            .bind(owner)
            .bind(external_id),
    )
    .await
}

/// The oldest set of that name, whatever its spelling.
pub async fn by_name(tx: &mut Tx, workplace: WorkplaceId, owner: Uuid, name: &str) -> Result<Option<Set>> {
    let key = fold::key(name);
    one(
        tx,
        select("name_key = $3 ORDER BY id LIMIT 1")
            .bind(workplace)
            .bind(owner)
            .bind(key),
    )
    .await
}

/// The sets of an owner after one, in the order of ids.
pub async fn list<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    owner: Uuid,
    after: Option<SetId>,
    limit: i64,
) -> Result<Vec<Set>> {
    let after = after.map_or(Uuid::nil(), |id| id.0);
    let records: Vec<Record> = select("id > $3 ORDER BY id LIMIT $4")
        .bind(workplace)
        .bind(owner)
        .bind(after)
        .bind(limit)
        .all(conn)
        .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// How many sets an owner keeps.
pub async fn count_of<'a>(conn: impl Into<Conn<'a>>, workplace: WorkplaceId, owner: Uuid) -> Result<i64> {
    Ok(
        sql("SELECT COUNT(*) FROM sets WHERE workplace_id = $1 AND owner_id = $2")
            .bind(workplace)
            .bind(owner)
            .scalar(conn)
            .await?,
    )
}

/// The sets of a workplace by name, whoever keeps them: those whose names have this in them.
pub async fn find<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    q: Option<&str>,
    limit: i64,
) -> Result<Vec<Set>> {
    let pattern = fold::part(&fold::key(q.unwrap_or_default()));
    let text = format!(
        "SELECT {COLUMNS} FROM sets WHERE workplace_id = $1 AND name_key LIKE $2 ORDER BY name_key, id LIMIT $3"
    );
    let query = Sql::built(text).bind(workplace).bind(pattern).bind(limit);
    let records: Vec<Record> = query.all(conn).await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// The names of the sets with these ids.
pub async fn names<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    ids: &[SetId],
) -> Result<Vec<(SetId, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(
        sql("SELECT id, name FROM sets WHERE (workplace_id = $1) IS TRUE AND id = ANY($2)")
            .bind(workplace)
            .bind(SetId::list(ids))
            .all(conn)
            .await?,
    )
}

/// The set that a group was made of.
pub(super) async fn of_group(tx: &mut Tx, workplace: WorkplaceId, group: GroupId) -> Result<Vec<Set>> {
    let text = format!("SELECT {COLUMNS} FROM sets WHERE workplace_id = $1 AND group_id = $2 ORDER BY id");
    let records: Vec<Record> = Sql::built(text).bind(workplace).bind(group).all(tx).await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// The groups that were made of the sets which somebody is in.
pub(super) async fn groups_of(
    tx: &mut Tx,
    workplace: WorkplaceId,
    account: AccountId,
) -> Result<Vec<GroupId>> {
    Ok(sql(
        "SELECT DISTINCT s.group_id FROM set_members m JOIN sets s ON s.id = m.set_id AND s.workplace_id = $1 \
         WHERE m.workplace_id = $1 AND m.account_id = $2 AND s.group_id IS NOT NULL",
    )
    .bind(workplace)
    .bind(account)
    .scalars(tx)
    .await?)
}

/// The sets that these people are in, whoever keeps them: person, set.
pub async fn of_accounts(
    tx: &mut Tx,
    workplace: WorkplaceId,
    ids: &[AccountId],
) -> Result<Vec<(AccountId, SetId)>> {
    let mut found = Vec::new();
    for some in ids.chunks(CHUNK) {
        let query = sql(
            "SELECT account_id, set_id FROM set_members WHERE workplace_id = $1 AND account_id = ANY($2)",
        );
        let query = query.bind(workplace).bind(AccountId::list(some));
        found.extend(query.all::<(AccountId, SetId)>(&mut *tx).await?);
    }
    Ok(found)
}

/// Adds those who are not in yet, by name or by a set within. Gives how many those were.
pub(super) async fn add(
    tx: &mut Tx,
    set: &Set,
    (ids, direct): (&[AccountId], bool),
    now: Moment,
) -> Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    let mut insert = Insert::new(
        "INSERT INTO set_members (set_id, account_id, workplace_id, added_at, direct)",
        5,
    )
    .tail("ON CONFLICT (set_id, account_id) DO NOTHING");
    for id in ids {
        insert.push([
            Value::from(set.id),
            (*id).into(),
            set.workplace.into(),
            now.ms().into(),
            direct.into(),
        ]);
    }
    Ok(insert.execute(tx).await?)
}

/// Has people who are in a set be there by name, or only by sets within it. Gives how many were not so before.
pub(super) async fn made_direct(tx: &mut Tx, set: &Set, ids: &[AccountId], direct: bool) -> Result<u64> {
    let mut made = 0;
    for some in ids.chunks(CHUNK) {
        made += sql(
            "UPDATE set_members SET direct = $1 WHERE workplace_id = $2 AND set_id = $3 \
             AND account_id = ANY($4) AND direct <> $1",
        )
        .bind(direct)
        .bind(set.workplace)
        .bind(set.id)
        .bind(AccountId::list(some))
        .execute(&mut *tx)
        .await?;
    }
    Ok(made)
}

/// Everybody in a set, and whether by name.
pub(super) async fn present(tx: &mut Tx, set: &Set) -> Result<Vec<(AccountId, bool)>> {
    Ok(
        sql("SELECT account_id, direct FROM set_members WHERE workplace_id = $1 AND set_id = $2")
            .bind(set.workplace)
            .bind(set.id)
            .all(tx)
            .await?,
    )
}

/// Everybody who is by name in a set within this one, however deep.
pub(super) async fn within(tx: &mut Tx, set: &Set) -> Result<Vec<AccountId>> {
    Ok(sql("WITH RECURSIVE below (id) AS ( \
             SELECT member_id FROM set_nests WHERE workplace_id = $1 AND set_id = $2 \
             UNION \
             SELECT n.member_id FROM set_nests n JOIN below ON n.set_id = below.id WHERE n.workplace_id = $1) \
         SELECT DISTINCT m.account_id FROM set_members m JOIN below ON below.id = m.set_id \
         WHERE m.workplace_id = $1 AND m.set_id <> $2 AND m.direct")
    .bind(set.workplace)
    .bind(set.id)
    .scalars(tx)
    .await?)
}

/// The sets that this one is in, however far up; itself among them only when it is in itself by others.
pub(super) async fn around(tx: &mut Tx, set: &Set) -> Result<Vec<SetId>> {
    Ok(sql("WITH RECURSIVE above (id) AS ( \
             SELECT set_id FROM set_nests WHERE workplace_id = $1 AND member_id = $2 \
             UNION \
             SELECT n.set_id FROM set_nests n JOIN above ON n.member_id = above.id WHERE n.workplace_id = $1) \
         SELECT id FROM above")
    .bind(set.workplace)
    .bind(set.id)
    .scalars(tx)
    .await?)
}

/// The sets that are by name in a set.
pub(super) async fn nests<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    set: SetId,
) -> Result<Vec<SetId>> {
    Ok(
        sql("SELECT member_id FROM set_nests WHERE workplace_id = $1 AND set_id = $2 ORDER BY member_id")
            .bind(workplace)
            .bind(set)
            .scalars(conn)
            .await?,
    )
}

/// The sets that are by name in a set, with their names.
pub async fn nests_of<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    set: SetId,
) -> Result<Vec<(SetId, String)>> {
    Ok(sql(
        "SELECT s.id, s.name FROM set_nests n JOIN sets s ON s.id = n.member_id AND s.workplace_id = $1 \
         WHERE n.workplace_id = $1 AND n.set_id = $2 ORDER BY s.id",
    )
    .bind(workplace)
    .bind(set)
    .all(conn)
    .await?)
}

pub(super) async fn put_nests(tx: &mut Tx, set: &Set, inner: &[SetId]) -> Result<()> {
    if inner.is_empty() {
        return Ok(());
    }
    let mut insert = Insert::new("INSERT INTO set_nests (set_id, member_id, workplace_id)", 3)
        .tail("ON CONFLICT (set_id, member_id) DO NOTHING");
    for id in inner {
        insert.push([Value::from(set.id), (*id).into(), set.workplace.into()]);
    }
    insert.execute(tx).await?;
    Ok(())
}

pub(super) async fn drop_nests(tx: &mut Tx, set: &Set, inner: &[SetId]) -> Result<u64> {
    let mut gone = 0;
    for some in inner.chunks(CHUNK) {
        let text = "DELETE FROM set_nests WHERE workplace_id = $1 AND set_id = $2 AND member_id = ANY($3)";
        gone += sql(text)
            .bind(set.workplace)
            .bind(set.id)
            .bind(SetId::list(some))
            .execute(&mut *tx)
            .await?;
    }
    Ok(gone)
}

/// Which of these are sets of that owner.
pub(super) async fn known(
    tx: &mut Tx,
    workplace: WorkplaceId,
    owner: Uuid,
    ids: &[SetId],
) -> Result<Vec<SetId>> {
    let mut found = Vec::new();
    for some in ids.chunks(CHUNK) {
        let query = sql("SELECT id FROM sets WHERE workplace_id = $1 AND owner_id = $2 AND id = ANY($3)");
        let query = query.bind(workplace).bind(owner).bind(SetId::list(some));
        found.extend(query.scalars::<SetId>(&mut *tx).await?);
    }
    Ok(found)
}

/// Takes people out. Gives how many were in.
pub(super) async fn remove(tx: &mut Tx, set: &Set, ids: &[AccountId]) -> Result<u64> {
    let mut gone = 0;
    for some in ids.chunks(CHUNK) {
        let text = "DELETE FROM set_members WHERE workplace_id = $1 AND set_id = $2 AND account_id = ANY($3)";
        gone += sql(text)
            .bind(set.workplace)
            .bind(set.id)
            .bind(AccountId::list(some))
            .execute(&mut *tx)
            .await?;
    }
    Ok(gone)
}

pub(super) async fn count(tx: &mut Tx, set: &Set, by: i64) -> Result<()> {
    sql("UPDATE sets SET members = members + $1 WHERE workplace_id = $2 AND id = $3")
        .bind(by)
        .bind(set.workplace)
        .bind(set.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Everybody in a set.
pub(super) async fn all_members(tx: &mut Tx, set: &Set) -> Result<Vec<AccountId>> {
    Ok(
        sql("SELECT account_id FROM set_members WHERE workplace_id = $1 AND set_id = $2 ORDER BY account_id")
            .bind(set.workplace)
            .bind(set.id)
            .scalars(tx)
            .await?,
    )
}

/// Who is in a set by name, in the order of ids, after one.
pub async fn members<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    set: SetId,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<AccountId>> {
    let after = after.map_or(Uuid::nil(), |id| id.0);
    Ok(sql(
        "SELECT account_id FROM set_members WHERE workplace_id = $1 AND set_id = $2 AND account_id > $3 AND direct \
         ORDER BY account_id LIMIT $4",
    )
    .bind(workplace)
    .bind(set)
    .bind(after)
    .bind(limit)
    .scalars(conn)
    .await?)
}

/// The sets of an owner that these people are in: person, set, its name, and whether by name.
pub async fn of_people<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    owner: Uuid,
    ids: &[AccountId],
) -> Result<Vec<(AccountId, SetId, String, bool)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = "SELECT m.account_id, s.id, s.name, m.direct FROM set_members m JOIN sets s ON s.id = m.set_id \
         WHERE m.workplace_id = $1 AND s.workplace_id = $1 AND s.owner_id = $2 AND m.account_id = ANY($3) ORDER BY s.id";
    Ok(sql(text)
        .bind(workplace)
        .bind(owner)
        .bind(AccountId::list(ids))
        .all(conn)
        .await?)
}

pub(super) async fn delete(tx: &mut Tx, set: &Set) -> Result<()> {
    for text in [
        "DELETE FROM set_members WHERE workplace_id = $1 AND set_id = $2",
        "DELETE FROM set_nests WHERE workplace_id = $1 AND (set_id = $2 OR member_id = $2)",
        "DELETE FROM sets WHERE workplace_id = $1 AND id = $2",
    ] {
        sql(text)
            .bind(set.workplace)
            .bind(set.id)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Takes a person out of every set, for good.
pub async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    for text in [
        "UPDATE sets SET members = members - 1, version = version + 1 WHERE (workplace_id = $1) IS TRUE AND id IN \
         (SELECT set_id FROM set_members WHERE workplace_id = $1 AND account_id = $2)",
        "DELETE FROM set_members WHERE workplace_id = $1 AND account_id = $2",
    ] {
        sql(text).bind(workplace).bind(account).execute(&mut *tx).await?;
    }
    Ok(())
}
