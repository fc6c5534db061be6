//! The only file that touches invite_rules, invite_queue and invite_rule_people.

use guildhall_store::{Db, FromRow, Insert, Sql, Tx, Value, sql};

use super::{InviteRule, InviteRuleKind, InviteRuleState};
use crate::ids::{AccountId, InviteRuleId, WorkplaceId};
use crate::{Error, Moment, Result};

const COLUMNS: &str = "id, workplace_id, name, kind, conditions, message, starts_at, most, state, due, position, \
    counted_from, extra, invited, created_by, created_at, held_at";
/// People who are named in one statement.
const CHUNK: usize = 1000;

#[derive(FromRow)]
struct Record {
    id: InviteRuleId,
    workplace_id: WorkplaceId,
    name: String,
    kind: String,
    conditions: String,
    message: Option<String>,
    starts_at: Option<i64>,
    most: i64,
    state: String,
    due: bool,
    position: Option<AccountId>,
    counted_from: i64,
    extra: i64,
    invited: i64,
    created_by: Option<AccountId>,
    created_at: i64,
    held_at: Option<i64>,
}

impl Record {
    fn rule(self) -> Result<InviteRule> {
        let damaged =
            |column: &str| Error::Internal(format!("invite_rules.{column} holds what is not known"));
        Ok(InviteRule {
            id: self.id,
            workplace: self.workplace_id,
            name: self.name,
            kind: InviteRuleKind::parse(&self.kind).ok_or_else(|| damaged("kind"))?,
            conditions: serde_json::from_str(&self.conditions).map_err(|_| damaged("conditions"))?,
            message: self.message,
            starts_at: self.starts_at.map(Moment::from_ms),
            most: self.most,
            state: InviteRuleState::parse(&self.state).ok_or_else(|| damaged("state"))?,
            due: self.due,
            position: self.position,
            counted_from: Moment::from_ms(self.counted_from),
            extra: self.extra,
            invited: self.invited,
            created_by: self.created_by,
            created_at: Moment::from_ms(self.created_at),
            held_at: self.held_at.map(Moment::from_ms),
        })
    }
}

/// Writes a rule as it is to be.
pub(super) async fn put(tx: &mut Tx, rule: &InviteRule, now: Moment) -> Result<()> {
    let conditions =
        serde_json::to_string(&rule.conditions).map_err(|why| Error::Internal(why.to_string()))?;
    sql(
        "INSERT INTO invite_rules (id, workplace_id, name, kind, conditions, message, starts_at, most, state, due, \
         position, counted_from, extra, invited, created_by, created_at, updated_at, held_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, conditions = excluded.conditions, \
         message = excluded.message, starts_at = excluded.starts_at, most = excluded.most, state = excluded.state, \
         due = excluded.due, position = excluded.position, counted_from = excluded.counted_from, \
         extra = excluded.extra, invited = excluded.invited, updated_at = excluded.updated_at, \
         held_at = excluded.held_at WHERE invite_rules.workplace_id = excluded.workplace_id",
    )
    .bind(rule.id)
    .bind(rule.workplace)
    .bind(&rule.name)
    .bind(rule.kind.as_str())
    .bind(conditions)
    .bind(rule.message.as_deref())
    .bind(rule.starts_at.map(Moment::ms))
    .bind(rule.most)
    .bind(rule.state.as_str())
    .bind(rule.due)
    .bind(rule.position.map(|id| id.0))
    .bind(rule.counted_from.ms())
    .bind(rule.extra)
    .bind(rule.invited)
    .bind(rule.created_by.map(|id| id.0))
    .bind(rule.created_at.ms())
    .bind(now.ms())
    .bind(rule.held_at.map(Moment::ms))
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn get(tx: &mut Tx, workplace: WorkplaceId, id: InviteRuleId) -> Result<Option<InviteRule>> {
    let text = format!("SELECT {COLUMNS} FROM invite_rules WHERE workplace_id = $1 AND id = $2");
    let query = Sql::built(text).bind(workplace).bind(id);
    query.optional::<Record>(tx).await?.map(Record::rule).transpose()
}

/// All rules, newest first.
pub(super) async fn list(tx: &mut Tx, workplace: WorkplaceId) -> Result<Vec<InviteRule>> {
    let text = format!("SELECT {COLUMNS} FROM invite_rules WHERE workplace_id = $1 ORDER BY id DESC");
    let records: Vec<Record> = Sql::built(text).bind(workplace).all(tx).await?;
    records.into_iter().map(Record::rule).collect()
}

/// Those of the rules that look at people as they change: also one that is held, whose queue goes on growing.
pub(super) async fn following(
    tx: &mut Tx,
    workplace: WorkplaceId,
    ids: &[InviteRuleId],
) -> Result<Vec<InviteRule>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT {COLUMNS} FROM invite_rules WHERE workplace_id = $1 AND kind = 'standing' \
         AND state IN ('active', 'held') AND id = ANY($2) ORDER BY id"
    );
    let records: Vec<Record> = Sql::built(text)
        .bind(workplace)
        .bind(InviteRuleId::list(ids))
        .all(tx)
        .await?;
    records.into_iter().map(Record::rule).collect()
}

/// The workplaces whose rules have something to do.
pub(super) async fn busy(db: &Db, now: Moment) -> Result<Vec<WorkplaceId>> {
    Ok(sql(
        "SELECT DISTINCT r.workplace_id FROM invite_rules r WHERE (r.state = 'scheduled' AND r.starts_at <= $1) \
         OR (r.state = 'active' AND (r.due OR r.kind = 'wave' OR EXISTS (SELECT 1 FROM invite_queue q \
         WHERE q.workplace_id = r.workplace_id AND q.rule_id = r.id)))",
    )
    .bind(now.ms())
    .scalars(db)
    .await?)
}

/// How many wait for each rule, and when the first is to be invited.
pub(super) async fn waiting(tx: &mut Tx, workplace: WorkplaceId) -> Result<Vec<(InviteRuleId, i64, i64)>> {
    Ok(sql(
        "SELECT rule_id, COUNT(*), MIN(due_at) FROM invite_queue WHERE workplace_id = $1 GROUP BY rule_id",
    )
    .bind(workplace)
    .all(tx)
    .await?)
}

/// Those whose time has come, who waited longest first.
pub(super) async fn next(tx: &mut Tx, rule: &InviteRule, now: Moment, limit: i64) -> Result<Vec<AccountId>> {
    Ok(sql(
        "SELECT account_id FROM invite_queue WHERE workplace_id = $1 AND rule_id = $2 AND due_at <= $3 \
             ORDER BY due_at, account_id LIMIT $4",
    )
    .bind(rule.workplace)
    .bind(rule.id)
    .bind(now.ms())
    .bind(limit)
    .scalars(tx)
    .await?)
}

/// Puts people into the queue who are in none. Gives how many those were.
pub(super) async fn queue(
    tx: &mut Tx,
    workplace: WorkplaceId,
    rows: &[(AccountId, InviteRuleId, Moment)],
) -> Result<u64> {
    let mut insert = Insert::new(
        "INSERT INTO invite_queue (account_id, workplace_id, rule_id, due_at)",
        4,
    )
    .tail("ON CONFLICT (account_id) DO NOTHING");
    for (account, rule, at) in rows {
        insert.push([
            Value::from(*account),
            workplace.into(),
            (*rule).into(),
            at.ms().into(),
        ]);
    }
    Ok(insert.execute(tx).await?)
}

pub(super) async fn put_off(tx: &mut Tx, rule: &InviteRule, account: AccountId, at: Moment) -> Result<()> {
    sql("UPDATE invite_queue SET due_at = $1 WHERE workplace_id = $2 AND rule_id = $3 AND account_id = $4")
        .bind(at.ms())
        .bind(rule.workplace)
        .bind(rule.id)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn unqueue(tx: &mut Tx, rule: &InviteRule, ids: &[AccountId]) -> Result<()> {
    sql("DELETE FROM invite_queue WHERE workplace_id = $1 AND rule_id = $2 AND account_id = ANY($3)")
        .bind(rule.workplace)
        .bind(rule.id)
        .bind(AccountId::list(ids))
        .execute(tx)
        .await?;
    Ok(())
}

/// Nobody waits for the rule any more.
pub(super) async fn empty(tx: &mut Tx, rule: &InviteRule) -> Result<()> {
    sql("DELETE FROM invite_queue WHERE workplace_id = $1 AND rule_id = $2")
        .bind(rule.workplace)
        .bind(rule.id)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn note_invited(
    tx: &mut Tx,
    rule: &InviteRule,
    account: AccountId,
    now: Moment,
) -> Result<()> {
    sql(
        "INSERT INTO invite_rule_people (rule_id, account_id, workplace_id, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (rule_id, account_id) DO UPDATE SET at = excluded.at",
    )
    .bind(rule.id)
    .bind(account)
    .bind(rule.workplace)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// How many the rule has invited since.
pub(super) async fn invited_since(tx: &mut Tx, rule: &InviteRule, since: Moment) -> Result<i64> {
    Ok(
        sql("SELECT COUNT(*) FROM invite_rule_people WHERE workplace_id = $1 AND rule_id = $2 AND at >= $3")
            .bind(rule.workplace)
            .bind(rule.id)
            .bind(since.ms())
            .scalar(tx)
            .await?,
    )
}

/// Which rules have invited these people.
pub(super) async fn invited_by(
    tx: &mut Tx,
    workplace: WorkplaceId,
    ids: &[AccountId],
) -> Result<Vec<(InviteRuleId, AccountId)>> {
    let mut found = Vec::new();
    for some in ids.chunks(CHUNK) {
        let query = sql(
            "SELECT rule_id, account_id FROM invite_rule_people WHERE workplace_id = $1 AND account_id = ANY($2)",
        );
        let query = query.bind(workplace).bind(AccountId::list(some));
        found.extend(query.all::<(InviteRuleId, AccountId)>(&mut *tx).await?);
    }
    Ok(found)
}

pub(super) async fn remove(tx: &mut Tx, rule: &InviteRule) -> Result<()> {
    for text in [
        "DELETE FROM invite_queue WHERE workplace_id = $1 AND rule_id = $2",
        "DELETE FROM invite_rule_people WHERE workplace_id = $1 AND rule_id = $2",
        "DELETE FROM invite_rules WHERE workplace_id = $1 AND id = $2",
    ] {
        sql(text)
            .bind(rule.workplace)
            .bind(rule.id)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Forgets a person for good.
pub async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    for text in [
        "DELETE FROM invite_queue WHERE workplace_id = $1 AND account_id = $2",
        "DELETE FROM invite_rule_people WHERE workplace_id = $1 AND account_id = $2",
    ] {
        sql(text).bind(workplace).bind(account).execute(&mut *tx).await?;
    }
    Ok(())
}
