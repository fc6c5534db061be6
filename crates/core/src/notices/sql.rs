//! The only file that touches advance_notices.

use guildhall_store::{Db, Tx, sql};

use crate::ids::{AccountId, WorkplaceId};
use crate::{Moment, Result};

/// False: the person got one already.
pub(super) async fn insert(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    token_hash: &str,
    now: Moment,
) -> Result<bool> {
    let written = sql(
        "INSERT INTO advance_notices (account_id, workplace_id, token_hash, sent_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id) DO NOTHING",
    )
    .bind(account)
    .bind(workplace)
    .bind(token_hash)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(written == 1)
}

/// Whose letter it was, unless they said already that it is not theirs. The token tells the workplace.
pub(super) async fn by_token(db: &Db, token_hash: &str) -> Result<Option<(WorkplaceId, AccountId)>> {
    Ok(sql(
        "SELECT workplace_id, account_id FROM advance_notices WHERE token_hash = $1 AND denied_at IS NULL",
    )
    .bind(token_hash)
    .optional(db)
    .await?)
}

pub(super) async fn deny(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    now: Moment,
) -> Result<bool> {
    let denied = sql(
        "UPDATE advance_notices SET denied_at = $1 WHERE workplace_id = $2 AND account_id = $3 AND denied_at IS NULL",
    )
    .bind(now.ms())
    .bind(workplace)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(denied == 1)
}

/// Forgets that the person was written to.
pub async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql("DELETE FROM advance_notices WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}
