//! The addresses of photos that connectors named.

use guildhall_store::{Db, FromRow, Tx, sql};

use super::super::photos::Wanted;
use super::super::rules::Step;
use crate::connectors::Connector;
use crate::ids::{AccountId, ConnectorId, WorkplaceId};
use crate::{Moment, Result};

#[derive(FromRow)]
struct Record {
    workplace_id: WorkplaceId,
    connector_id: ConnectorId,
    account_id: AccountId,
    url: String,
    tries: i64,
}

/// The address that was named last, and whether its photo came.
pub async fn named(tx: &mut Tx, connector: &Connector, account: AccountId) -> Result<Option<(String, bool)>> {
    Ok(
        sql("SELECT url, fetched FROM scim_photos WHERE workplace_id = $1 AND connector_id = $2 AND account_id = $3")
            .bind(connector.workplace)
            .bind(connector.id)
            .bind(account)
            .optional(tx)
            .await?,
    )
}

/// Another address is to be fetched from.
pub async fn name(
    tx: &mut Tx,
    connector: &Connector,
    (account, url): (AccountId, &str),
    now: Moment,
) -> Result<()> {
    sql(
        "INSERT INTO scim_photos (workplace_id, connector_id, account_id, url, fetched, tries, due_at) \
         VALUES ($1, $2, $3, $4, FALSE, 0, $5) \
         ON CONFLICT (connector_id, account_id) DO UPDATE SET url = excluded.url, tries = 0, due_at = excluded.due_at \
         WHERE scim_photos.workplace_id = excluded.workplace_id",
    )
    .bind(connector.workplace)
    .bind(connector.id)
    .bind(account)
    .bind(url)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// No address is named any more.
pub async fn unname(tx: &mut Tx, connector: &Connector, account: AccountId) -> Result<()> {
    sql("DELETE FROM scim_photos WHERE workplace_id = $1 AND connector_id = $2 AND account_id = $3")
        .bind(connector.workplace)
        .bind(connector.id)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether any photo is due, of any workplace.
pub async fn any_due(db: &Db, now: Moment) -> Result<bool> {
    let found: Option<i32> =
        sql("SELECT 1 FROM scim_photos WHERE due_at <= $1 AND workplace_id IS NOT NULL LIMIT 1")
            .bind(now.ms())
            .scalar_optional(db)
            .await?;
    Ok(found.is_some())
}

/// Takes photos that are due, of any workplace; until then nobody else takes them.
pub async fn take(tx: &mut Tx, now: Moment, until: Moment, most: i64) -> Result<Vec<Wanted>> {
    let records: Vec<Record> = sql(
        "UPDATE scim_photos SET due_at = $1 WHERE (connector_id, account_id) IN (SELECT connector_id, account_id \
         FROM scim_photos WHERE due_at <= $2 AND workplace_id IS NOT NULL ORDER BY due_at LIMIT $3) AND due_at <= $2 \
         RETURNING workplace_id, connector_id, account_id, url, tries",
    )
    .bind(until.ms())
    .bind(now.ms())
    .bind(most)
    .all(tx)
    .await?;
    Ok(records
        .into_iter()
        .map(|record| Wanted {
            workplace: record.workplace_id,
            connector: record.connector_id,
            account: record.account_id,
            url: record.url,
            tries: record.tries,
        })
        .collect())
}

/// Whether the person's photo is still to come from there.
pub async fn still(tx: &mut Tx, wanted: &Wanted) -> Result<bool> {
    let found: Option<i32> = sql(
        "SELECT 1 FROM scim_photos WHERE workplace_id = $1 AND connector_id = $2 AND account_id = $3 AND url = $4 \
         AND due_at IS NOT NULL",
    )
    .bind(wanted.workplace)
    .bind(wanted.connector)
    .bind(wanted.account)
    .bind(&wanted.url)
    .scalar_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// Notes what became of a photo that was taken to be fetched.
pub async fn settle(tx: &mut Tx, wanted: &Wanted, step: Step) -> Result<()> {
    let (fetched, due) = match step {
        Step::Kept => (true, None),
        Step::GivenUp => (false, None),
        Step::Again(at) => (false, Some(at.ms())),
    };
    sql(
        "UPDATE scim_photos SET fetched = (fetched OR $1), due_at = $2, tries = tries + 1 \
         WHERE workplace_id = $3 AND connector_id = $4 AND account_id = $5 AND url = $6",
    )
    .bind(fetched)
    .bind(due)
    .bind(wanted.workplace)
    .bind(wanted.connector)
    .bind(wanted.account)
    .bind(&wanted.url)
    .execute(tx)
    .await?;
    Ok(())
}
