use guildhall_store::{Db, FromRow, Tx, sql};
use uuid::Uuid;

use super::Signal;
use crate::ids::{AccountId, SignalId, WorkplaceId};
use crate::{Entropy, Moment, Result};

#[derive(FromRow)]
struct Record {
    id: Uuid,
    workplace_id: WorkplaceId,
    account_id: Option<AccountId>,
    kind: String,
}

/// Writes a wake-up with the change that causes it.
pub async fn send(
    tx: &mut Tx,
    entropy: &Entropy,
    now: Moment,
    workplace: WorkplaceId,
    account: Option<AccountId>,
    kind: &str,
) -> Result<()> {
    sql("INSERT INTO signals (id, workplace_id, account_id, kind, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(SignalId::new(entropy, now))
        .bind(workplace)
        .bind(account.map(|id| id.0))
        .bind(kind)
        .bind(now.ms())
        .execute(tx)
        .await?;
    Ok(())
}

/// The wake-ups since a moment, of every workplace: a server serves them all. Transactions commit out of
/// order, so ask with an overlap and skip the ids that were seen.
pub async fn recent(db: &Db, since: Moment) -> Result<Vec<Signal>> {
    let records: Vec<Record> =
        sql("SELECT id, workplace_id, account_id, kind FROM signals WHERE at >= $1 ORDER BY at, id")
            .bind(since.ms())
            .all(db)
            .await?;
    let signal = |r: Record| Signal {
        id: r.id,
        workplace: r.workplace_id,
        account: r.account_id,
        kind: r.kind,
    };
    Ok(records.into_iter().map(signal).collect())
}

/// Removes the wake-ups from before a moment, of every workplace.
pub(super) async fn remove(tx: &mut Tx, before: Moment) -> Result<()> {
    sql("DELETE FROM signals WHERE at < $1 AND workplace_id IS NOT NULL")
        .bind(before.ms())
        .execute(tx)
        .await?;
    Ok(())
}
