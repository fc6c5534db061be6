//! The only file that touches condition_keys and condition_days.

use guildhall_store::{Db, Insert, Tx, Value, sql};
use uuid::Uuid;

use super::RuleKind;
use crate::Result;
use crate::ids::WorkplaceId;

/// Keys that are asked for at once.
const CHUNK: usize = 5000;

pub(super) async fn drop_keys(tx: &mut Tx, workplace: WorkplaceId, rule: Uuid) -> Result<()> {
    sql("DELETE FROM condition_keys WHERE workplace_id = $1 AND rule_id = $2")
        .bind(workplace)
        .bind(rule)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn put_keys(
    tx: &mut Tx,
    workplace: WorkplaceId,
    (kind, rule): (RuleKind, Uuid),
    keys: &[String],
) -> Result<()> {
    let mut insert = Insert::new("INSERT INTO condition_keys (workplace_id, key, kind, rule_id)", 4);
    for key in keys {
        insert.push([
            Value::from(workplace),
            key.into(),
            kind.as_str().into(),
            rule.into(),
        ]);
    }
    insert.execute(tx).await?;
    Ok(())
}

/// Those of the keys that some rule of the workplace has.
pub(super) async fn mentioned(tx: &mut Tx, workplace: WorkplaceId, keys: &[String]) -> Result<Vec<String>> {
    Ok(
        sql("SELECT DISTINCT key FROM condition_keys WHERE workplace_id = $1 AND key = ANY($2)")
            .bind(workplace)
            .bind(keys.to_vec())
            .scalars(tx)
            .await?,
    )
}

pub(super) async fn any(tx: &mut Tx, workplace: WorkplaceId) -> Result<bool> {
    let found: Option<i32> = sql("SELECT 1 FROM condition_keys WHERE workplace_id = $1 LIMIT 1")
        .bind(workplace)
        .scalar_optional(tx)
        .await?;
    Ok(found.is_some())
}

/// The rules of a kind that have any of the keys, each once.
pub(super) async fn found(
    tx: &mut Tx,
    workplace: WorkplaceId,
    kind: RuleKind,
    keys: &[String],
) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    for keys in keys.chunks(CHUNK) {
        let some: Vec<Uuid> = sql(
            "SELECT DISTINCT rule_id FROM condition_keys WHERE workplace_id = $1 AND kind = $2 AND key = ANY($3)",
        )
        .bind(workplace)
        .bind(kind.as_str())
        .bind(keys.to_vec())
        .scalars(&mut *tx)
        .await?;
        found.extend(some);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// What rules of each workplace wait for after a start date.
pub(super) async fn waits(db: &Db) -> Result<Vec<(WorkplaceId, String)>> {
    Ok(
        sql("SELECT DISTINCT workplace_id, key FROM condition_keys WHERE key >= '?reached=' AND key < '?reached>'")
            .all(db)
            .await?,
    )
}

pub(super) async fn day(tx: &mut Tx, workplace: WorkplaceId) -> Result<Option<String>> {
    Ok(sql("SELECT day FROM condition_days WHERE workplace_id = $1")
        .bind(workplace)
        .scalar_optional(tx)
        .await?)
}

pub(super) async fn set_day(tx: &mut Tx, workplace: WorkplaceId, day: &str) -> Result<()> {
    sql("INSERT INTO condition_days (workplace_id, day) VALUES ($1, $2) \
         ON CONFLICT (workplace_id) DO UPDATE SET day = excluded.day")
    .bind(workplace)
    .bind(day)
    .execute(tx)
    .await?;
    Ok(())
}
