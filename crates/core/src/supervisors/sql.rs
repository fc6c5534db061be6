//! The only file that touches supervised_locations.

use guildhall_store::{Conn, Insert, Tx, sql};

use crate::ids::{AccountId, WorkplaceId};
use crate::{Result, fold};

/// The locations whose people the person looks after, in the order of names.
pub async fn locations<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    account: AccountId,
) -> Result<Vec<String>> {
    Ok(sql(
        "SELECT location FROM supervised_locations WHERE workplace_id = $1 AND account_id = $2 ORDER BY location_key",
    )
    .bind(workplace)
    .bind(account)
    .scalars(conn)
    .await?)
}

/// Puts these in place of those that were.
pub(super) async fn put(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    locations: &[String],
) -> Result<()> {
    forget(tx, (workplace, account)).await?;
    let mut insert = Insert::new(
        "INSERT INTO supervised_locations (account_id, workplace_id, location, location_key)",
        4,
    );
    for location in locations {
        insert.push([
            account.into(),
            workplace.into(),
            location.into(),
            fold::key(location).into(),
        ]);
    }
    insert.execute(tx).await?;
    Ok(())
}

/// The person looks after no location any more.
pub(crate) async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql("DELETE FROM supervised_locations WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}
