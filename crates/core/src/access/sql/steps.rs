//! Those whose password was right and who have more to show.

use guildhall_store::{FromRow, Tx, sql};

use crate::ids::{AccountId, WorkplaceId};
use crate::{Moment, Result};

/// Somebody who has more to show.
#[derive(FromRow)]
pub(crate) struct Step {
    pub ticket_hash: String,
    pub workplace_id: WorkplaceId,
    pub account_id: AccountId,
    pub password_mark: String,
    pub method: String,
    pub typed: String,
    pub attempts: i64,
    pub expires_at: i64,
}

pub(crate) async fn insert(tx: &mut Tx, step: &Step) -> Result<()> {
    sql(
        "INSERT INTO log_in_steps (ticket_hash, workplace_id, account_id, password_mark, method, typed, attempts, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&step.ticket_hash)
    .bind(step.workplace_id)
    .bind(step.account_id)
    .bind(&step.password_mark)
    .bind(&step.method)
    .bind(&step.typed)
    .bind(step.attempts)
    .bind(step.expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// The step of the ticket, which tells the workplace.
pub(crate) async fn find(tx: &mut Tx, ticket_hash: &str, now: Moment) -> Result<Option<Step>> {
    Ok(sql(
        "SELECT ticket_hash, workplace_id, account_id, password_mark, method, typed, attempts, expires_at \
         FROM log_in_steps WHERE ticket_hash = $1 AND expires_at > $2",
    )
    .bind(ticket_hash)
    .bind(now.ms())
    .optional(tx)
    .await?)
}

/// Counts a try. Gives how many there were with it.
pub(crate) async fn count(tx: &mut Tx, step: &Step) -> Result<Option<i64>> {
    Ok(sql("UPDATE log_in_steps SET attempts = attempts + 1 WHERE workplace_id = $1 AND ticket_hash = $2 RETURNING attempts")
        .bind(step.workplace_id)
        .bind(&step.ticket_hash)
        .scalar_optional(tx)
        .await?)
}

/// Ends a step. False: somebody was quicker.
pub(crate) async fn end(tx: &mut Tx, step: &Step) -> Result<bool> {
    let done = sql("DELETE FROM log_in_steps WHERE workplace_id = $1 AND ticket_hash = $2")
        .bind(step.workplace_id)
        .bind(&step.ticket_hash)
        .execute(tx)
        .await?;
    Ok(done == 1)
}

/// Ends every step of a person.
pub(crate) async fn end_all(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql("DELETE FROM log_in_steps WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes the steps of every workplace that are over. Gives how many.
pub(crate) async fn sweep(tx: &mut Tx, now: Moment) -> Result<u64> {
    Ok(sql("DELETE FROM log_in_steps WHERE expires_at <= $1")
        .bind(now.ms())
        .execute(tx)
        .await?)
}
