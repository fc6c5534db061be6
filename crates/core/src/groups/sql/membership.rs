//! Rules of groups, and who is kept out of them.

use std::collections::BTreeMap;

use guildhall_store::{Conn, Db, FromRow, Insert, Sql, Tx, Value, sql};

use super::{CHUNK, COLUMNS, Group, Record};
use crate::groups::follow::RULE;
use crate::groups::membership::{Rule, RuleMode};
use crate::groups::rules::Inside;
use crate::ids::{AccountId, GroupId, WorkplaceId};
use crate::{Error, Moment, Result};

const RULED: &str = "r.mode, r.conditions, r.due, r.position, r.looked_at, r.added, r.removed, \
    r.created_by AS rule_by, r.updated_at, r.applied_at";

#[derive(FromRow)]
struct RuleRecord {
    mode: String,
    conditions: String,
    due: bool,
    position: Option<AccountId>,
    looked_at: i64,
    added: i64,
    removed: i64,
    rule_by: Option<AccountId>,
    updated_at: i64,
    applied_at: Option<i64>,
}

#[derive(FromRow)]
struct Ruled {
    #[sqlx(flatten)]
    group: Record,
    #[sqlx(flatten)]
    rule: RuleRecord,
}

impl RuleRecord {
    fn rule(self) -> Result<Rule> {
        let damaged = |column: &str| Error::Internal(format!("group_rules.{column} holds what is not known"));
        Ok(Rule {
            mode: RuleMode::parse(&self.mode).ok_or_else(|| damaged("mode"))?,
            conditions: serde_json::from_str(&self.conditions).map_err(|_| damaged("conditions"))?,
            due: self.due,
            position: self.position,
            looked_at: self.looked_at,
            added: self.added,
            removed: self.removed,
            created_by: self.rule_by,
            updated_at: Moment::from_ms(self.updated_at),
            applied_at: self.applied_at.map(Moment::from_ms),
        })
    }
}

impl Ruled {
    fn both(self) -> Result<(Group, Rule)> {
        Ok((self.group.group()?, self.rule.rule()?))
    }
}

pub async fn rule(tx: &mut Tx, group: &Group) -> Result<Option<Rule>> {
    let text = format!("SELECT {RULED} FROM group_rules r WHERE r.workplace_id = $1 AND r.group_id = $2");
    let query = Sql::built(text).bind(group.workplace).bind(group.id);
    query
        .optional::<RuleRecord>(tx)
        .await?
        .map(RuleRecord::rule)
        .transpose()
}

/// The rules of these groups, but of those that are archived. (SQLite takes a workplace for a few groups, and would look at
/// all of them: as an expression the workplace is no way to find rows by.)
pub async fn ruled(tx: &mut Tx, workplace: WorkplaceId, ids: &[GroupId]) -> Result<Vec<(Group, Rule)>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let text = format!(
            "SELECT {COLUMNS}, {RULED} FROM groups g JOIN group_rules r ON r.group_id = g.id \
             WHERE (g.workplace_id = $1) IS TRUE AND (r.workplace_id = $1) IS TRUE AND r.group_id = ANY($2) \
             AND g.archived_at IS NULL"
        );
        let query = Sql::built(text).bind(workplace).bind(GroupId::list(some));
        for record in query.all::<Ruled>(&mut *tx).await? {
            found.push(record.both()?);
        }
    }
    Ok(found)
}

/// A workplace with a rule by which not everybody has been looked at.
pub async fn any_rule_due(db: &Db) -> Result<Option<WorkplaceId>> {
    Ok(sql(
        "SELECT r.workplace_id FROM group_rules r JOIN groups g ON g.id = r.group_id \
             WHERE r.due AND g.archived_at IS NULL ORDER BY r.workplace_id LIMIT 1",
    )
    .scalar_optional(db)
    .await?)
}

/// The rules by which not everybody has been looked at.
pub async fn due(tx: &mut Tx, workplace: WorkplaceId) -> Result<Vec<(Group, Rule)>> {
    let text = format!(
        "SELECT {COLUMNS}, {RULED} FROM groups g JOIN group_rules r ON r.group_id = g.id \
         WHERE g.workplace_id = $1 AND r.workplace_id = $1 AND r.due AND g.archived_at IS NULL ORDER BY g.id"
    );
    let records: Vec<Ruled> = Sql::built(text).bind(workplace).all(tx).await?;
    records.into_iter().map(Ruled::both).collect()
}

/// Writes the rule of a group as it is to be.
pub async fn put_rule(tx: &mut Tx, group: &Group, rule: &Rule) -> Result<()> {
    let conditions =
        serde_json::to_string(&rule.conditions).map_err(|why| Error::Internal(why.to_string()))?;
    sql("INSERT INTO group_rules (group_id, workplace_id, mode, conditions, due, position, looked_at, added, removed, \
         created_by, created_at, updated_at, applied_at) VALUES ($1, $2, $3, $4, $5, NULL, 0, 0, 0, $6, $7, $7, NULL) \
         ON CONFLICT (group_id) DO UPDATE SET mode = excluded.mode, conditions = excluded.conditions, \
         due = excluded.due, position = NULL, looked_at = 0, added = 0, removed = 0, \
         created_by = excluded.created_by, updated_at = excluded.updated_at \
         WHERE group_rules.workplace_id = excluded.workplace_id")
    .bind(group.id)
    .bind(group.workplace)
    .bind(rule.mode.as_str())
    .bind(conditions)
    .bind(rule.due)
    .bind(rule.created_by.map(|id| id.0))
    .bind(rule.updated_at.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends a rule: who is in by it is in as if added by hand, and nobody is kept out any more.
pub async fn drop_rule(tx: &mut Tx, group: &Group) -> Result<()> {
    for text in [
        "UPDATE group_members SET source = 'admin' WHERE workplace_id = $1 AND group_id = $2 AND source = 'rule'",
        "DELETE FROM group_exceptions WHERE workplace_id = $1 AND group_id = $2",
        "DELETE FROM group_rules WHERE workplace_id = $1 AND group_id = $2",
    ] {
        sql(text)
            .bind(group.workplace)
            .bind(group.id)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Everybody is looked at again by the rule of the group, if it has one.
pub async fn make_due(tx: &mut Tx, group: &Group) -> Result<()> {
    sql(
        "UPDATE group_rules SET due = TRUE, position = NULL, looked_at = 0, added = 0, removed = 0 \
         WHERE workplace_id = $1 AND group_id = $2",
    )
    .bind(group.workplace)
    .bind(group.id)
    .execute(tx)
    .await?;
    Ok(())
}

/// These rules have come so far.
pub async fn advance(
    tx: &mut Tx,
    workplace: WorkplaceId,
    groups: &[GroupId],
    last: AccountId,
    people: i64,
) -> Result<()> {
    sql("UPDATE group_rules SET position = $1, looked_at = looked_at + $2 WHERE workplace_id = $3 AND group_id = ANY($4)")
        .bind(last)
        .bind(people)
        .bind(workplace)
        .bind(GroupId::list(groups))
        .execute(tx)
        .await?;
    Ok(())
}

/// So many were put in and taken out by each of these.
pub async fn note_moves(
    tx: &mut Tx,
    workplace: WorkplaceId,
    groups: &[GroupId],
    (added, removed): (i64, i64),
) -> Result<()> {
    sql("UPDATE group_rules SET added = added + $1, removed = removed + $2 WHERE workplace_id = $3 AND group_id = ANY($4)")
        .bind(added)
        .bind(removed)
        .bind(workplace)
        .bind(GroupId::list(groups))
        .execute(tx)
        .await?;
    Ok(())
}

/// Everybody has been looked at by these.
pub async fn settle(tx: &mut Tx, workplace: WorkplaceId, groups: &[GroupId], now: Moment) -> Result<()> {
    sql("UPDATE group_rules SET due = FALSE, position = NULL, applied_at = $1 WHERE workplace_id = $2 AND group_id = ANY($3)")
        .bind(now.ms())
        .bind(workplace)
        .bind(GroupId::list(groups))
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn is_ruled(tx: &mut Tx, group: &Group) -> Result<bool> {
    let found: Option<i32> = sql("SELECT 1 FROM group_rules WHERE workplace_id = $1 AND group_id = $2")
        .bind(group.workplace)
        .bind(group.id)
        .scalar_optional(tx)
        .await?;
    Ok(found.is_some())
}

#[derive(FromRow)]
struct InsideRecord {
    group_id: GroupId,
    account_id: AccountId,
    is_owner: bool,
    source: String,
}

/// How these people are in the groups that they are in.
pub async fn inside(
    tx: &mut Tx,
    workplace: WorkplaceId,
    ids: &[AccountId],
) -> Result<Vec<((GroupId, AccountId), Inside)>> {
    let text = "SELECT group_id, account_id, is_owner, source FROM group_members \
         WHERE workplace_id = $1 AND account_id = ANY($2)";
    let records: Vec<InsideRecord> = sql(text)
        .bind(workplace)
        .bind(AccountId::list(ids))
        .all(tx)
        .await?;
    let inside = |record: InsideRecord| {
        let place = (record.group_id, record.account_id);
        let inside = Inside {
            by_rule: record.source == RULE,
            owner: record.is_owner,
        };
        (place, inside)
    };
    Ok(records.into_iter().map(inside).collect())
}

/// The groups that these people are kept out of.
pub async fn exceptions(
    tx: &mut Tx,
    workplace: WorkplaceId,
    ids: &[AccountId],
) -> Result<Vec<(GroupId, AccountId)>> {
    let text =
        "SELECT group_id, account_id FROM group_exceptions WHERE workplace_id = $1 AND account_id = ANY($2)";
    Ok(sql(text)
        .bind(workplace)
        .bind(AccountId::list(ids))
        .all(tx)
        .await?)
}

/// Puts people in whom a rule wants there: none of them may be in yet. They are counted elsewhere.
pub async fn put_in(
    tx: &mut Tx,
    workplace: WorkplaceId,
    pairs: &[(GroupId, AccountId)],
    now: Moment,
) -> Result<()> {
    let mut insert = Insert::new(
        "INSERT INTO group_members (group_id, account_id, workplace_id, is_owner, source, added_by, joined_at)",
        7,
    );
    for (group, account) in pairs {
        insert.push([
            Value::from(*group),
            (*account).into(),
            workplace.into(),
            false.into(),
            RULE.into(),
            Value::Uuid(None),
            now.ms().into(),
        ]);
    }
    insert.execute(tx).await?;
    Ok(())
}

/// Takes people out whom a rule wants there no more: all of them must be in. They are counted elsewhere.
pub async fn put_out(tx: &mut Tx, workplace: WorkplaceId, pairs: &[(GroupId, AccountId)]) -> Result<()> {
    let mut by_group: BTreeMap<GroupId, Vec<AccountId>> = BTreeMap::new();
    let mut by_person: BTreeMap<AccountId, Vec<GroupId>> = BTreeMap::new();
    for (group, account) in pairs {
        by_group.entry(*group).or_default().push(*account);
        by_person.entry(*account).or_default().push(*group);
    }
    let mut gone = 0;
    if by_person.len() < by_group.len() {
        for (account, groups) in by_person {
            gone += sql(
                "DELETE FROM group_members WHERE workplace_id = $1 AND account_id = $2 AND group_id = ANY($3)",
            )
            .bind(workplace)
            .bind(account)
            .bind(GroupId::list(&groups))
            .execute(&mut *tx)
            .await?;
        }
    } else {
        for (group, accounts) in by_group {
            gone += sql(
                "DELETE FROM group_members WHERE workplace_id = $1 AND group_id = $2 AND account_id = ANY($3)",
            )
            .bind(workplace)
            .bind(group)
            .bind(AccountId::list(&accounts))
            .execute(&mut *tx)
            .await?;
        }
    }
    if gone as usize == pairs.len() {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "changed",
        message: "Somebody left a group in the same moment: retry.".into(),
    })
}

/// Counts so many more in each of the groups.
pub async fn count_all(tx: &mut Tx, workplace: WorkplaceId, by: &BTreeMap<i64, Vec<GroupId>>) -> Result<()> {
    for (more, groups) in by {
        sql("UPDATE groups SET members = members + $1 WHERE (workplace_id = $2) IS TRUE AND id = ANY($3)")
            .bind(*more)
            .bind(workplace)
            .bind(GroupId::list(groups))
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Whoever of these is in by the rule is in by hand from now on.
pub async fn pin(tx: &mut Tx, group: &Group, accounts: &[AccountId], source: &str) -> Result<()> {
    let text = "UPDATE group_members SET source = $1 WHERE workplace_id = $2 AND group_id = $3 AND source = 'rule' \
         AND account_id = ANY($4)";
    sql(text)
        .bind(source)
        .bind(group.workplace)
        .bind(group.id)
        .bind(AccountId::list(accounts))
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn keep_out(tx: &mut Tx, group: &Group, account: AccountId, now: Moment) -> Result<()> {
    sql(
        "INSERT INTO group_exceptions (group_id, account_id, workplace_id, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (group_id, account_id) DO NOTHING",
    )
    .bind(group.id)
    .bind(account)
    .bind(group.workplace)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn let_back(tx: &mut Tx, group: &Group, accounts: &[AccountId]) -> Result<()> {
    sql("DELETE FROM group_exceptions WHERE workplace_id = $1 AND group_id = $2 AND account_id = ANY($3)")
        .bind(group.workplace)
        .bind(group.id)
        .bind(AccountId::list(accounts))
        .execute(tx)
        .await?;
    Ok(())
}

/// Some of those who are kept out, the last first.
pub async fn kept_out<'a>(conn: impl Into<Conn<'a>>, group: &Group, limit: i64) -> Result<Vec<AccountId>> {
    Ok(sql(
        "SELECT account_id FROM group_exceptions WHERE workplace_id = $1 AND group_id = $2 \
             ORDER BY at DESC, account_id LIMIT $3",
    )
    .bind(group.workplace)
    .bind(group.id)
    .bind(limit)
    .scalars(conn)
    .await?)
}

/// How many are in by the rule.
pub async fn members_by_rule(tx: &mut Tx, group: &Group) -> Result<i64> {
    Ok(sql(
        "SELECT COUNT(*) FROM group_members WHERE workplace_id = $1 AND group_id = $2 AND source = 'rule'",
    )
    .bind(group.workplace)
    .bind(group.id)
    .scalar(tx)
    .await?)
}
