//! The only file that touches scim_people, scim_values and scim_photos.

mod filter;
mod list;
pub mod photos;

use guildhall_store::{Conn, Db, FromRow, Insert, Sql, Tx, Value, sql};

use super::{Link, show};
use crate::connectors::Connector;
use crate::ids::{AccountId, WorkplaceId};
use crate::{Moment, Result, fold};

pub use list::{Order, count, page};

const COLUMNS: &str =
    "account_id, external_id, user_name, resource, manager_key, left_at, created_at, updated_at, version";
/// People who are named in one statement.
const CHUNK: usize = 500;

#[derive(FromRow)]
struct Record {
    account_id: AccountId,
    external_id: Option<String>,
    user_name: Option<String>,
    resource: String,
    manager_key: Option<String>,
    left_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<Record> for Link {
    fn from(record: Record) -> Self {
        Self {
            account: record.account_id,
            external_id: record.external_id,
            user_name: record.user_name,
            resource: serde_json::from_str(&record.resource).unwrap_or_default(),
            manager_key: record.manager_key,
            left_at: record.left_at.map(Moment::from_ms),
            created_at: Moment::from_ms(record.created_at),
            updated_at: Moment::from_ms(record.updated_at),
            version: record.version,
        }
    }
}

/// How the connector knows a person.
pub(super) async fn link(tx: &mut Tx, connector: &Connector, account: AccountId) -> Result<Option<Link>> {
    let text = format!(
        "SELECT {COLUMNS} FROM scim_people WHERE workplace_id = $1 AND connector_id = $2 AND account_id = $3"
    );
    let record: Option<Record> = Sql::built(text)
        .bind(connector.workplace)
        .bind(connector.id)
        .bind(account)
        .optional(tx)
        .await?;
    Ok(record.map(Into::into))
}

/// How it knows several.
pub(super) async fn links(tx: &mut Tx, connector: &Connector, ids: &[AccountId]) -> Result<Vec<Link>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let text = format!(
            "SELECT {COLUMNS} FROM scim_people WHERE workplace_id = $1 AND connector_id = $2 AND account_id = ANY($3)"
        );
        let records: Vec<Record> = Sql::built(text)
            .bind(connector.workplace)
            .bind(connector.id)
            .bind(AccountId::list(some))
            .all(&mut *tx)
            .await?;
        found.extend(records.into_iter().map(Link::from));
    }
    Ok(found)
}

/// Whom the connector calls so, also if they left its view; whoever is in it first.
pub(super) async fn by_external(
    tx: &mut Tx,
    connector: &Connector,
    external_id: &str,
) -> Result<Option<AccountId>> {
    Ok(sql(
        "SELECT account_id FROM scim_people WHERE workplace_id = $1 AND connector_id = $2 AND external_id = $3 \
         ORDER BY CASE WHEN left_at IS NULL THEN 0 ELSE 1 END, account_id LIMIT 1",
    )
    .bind(connector.workplace)
    .bind(connector.id)
    .bind(external_id)
    .scalar_optional(tx)
    .await?)
}

/// Whom it knows by that name, also if they left its view; whoever is in it first.
pub(super) async fn by_user_name(tx: &mut Tx, connector: &Connector, key: &str) -> Result<Option<AccountId>> {
    Ok(sql(
        "SELECT account_id FROM scim_people WHERE workplace_id = $1 AND connector_id = $2 AND user_name_key = $3 \
         ORDER BY CASE WHEN left_at IS NULL THEN 0 ELSE 1 END, account_id LIMIT 1",
    )
    .bind(connector.workplace)
    .bind(connector.id)
    .bind(key)
    .scalar_optional(tx)
    .await?)
}

/// Writes how the connector knows a person, with every value that can be searched.
pub(super) async fn put(tx: &mut Tx, connector: &Connector, link: &Link) -> Result<()> {
    sql("INSERT INTO scim_people (workplace_id, connector_id, account_id, external_id, user_name, user_name_key, resource, \
         manager_key, left_at, created_at, updated_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (connector_id, account_id) DO UPDATE SET external_id = excluded.external_id, \
         user_name = excluded.user_name, user_name_key = excluded.user_name_key, resource = excluded.resource, \
         manager_key = excluded.manager_key, left_at = excluded.left_at, updated_at = excluded.updated_at, \
         version = excluded.version WHERE scim_people.workplace_id = excluded.workplace_id")
    .bind(connector.workplace)
    .bind(connector.id)
    .bind(link.account)
    .bind(link.external_id.as_deref())
    .bind(link.user_name.as_deref())
    .bind(link.user_name.as_deref().map(fold::key))
    .bind(serde_json::to_string(&link.resource).unwrap_or_default())
    .bind(link.manager_key.as_deref())
    .bind(link.left_at.map(Moment::ms))
    .bind(link.created_at.ms())
    .bind(link.updated_at.ms())
    .bind(link.version)
    .execute(&mut *tx)
    .await?;
    if link.version > 1 {
        sql("DELETE FROM scim_values WHERE workplace_id = $1 AND connector_id = $2 AND account_id = $3")
            .bind(connector.workplace)
            .bind(connector.id)
            .bind(link.account)
            .execute(&mut *tx)
            .await?;
    }
    let mut insert = Insert::new(
        "INSERT INTO scim_values (workplace_id, connector_id, account_id, attribute, position, sub, value, value_key)",
        8,
    );
    for leaf in show::leaves(&link.resource) {
        insert.push([
            Value::from(connector.workplace),
            connector.id.into(),
            link.account.into(),
            leaf.attribute.into(),
            leaf.position.into(),
            leaf.sub.into(),
            leaf.value.into(),
            leaf.key.into(),
        ]);
    }
    if !insert.is_empty() {
        insert.execute(tx).await?;
    }
    Ok(())
}

/// Who waits for a manager that is called by one of these.
pub(super) async fn awaiting(tx: &mut Tx, connector: &Connector, keys: &[String]) -> Result<Vec<AccountId>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let text = "SELECT account_id FROM scim_people WHERE workplace_id = $1 AND connector_id = $2 AND left_at IS NULL \
         AND manager_key IS NOT NULL AND manager_key = ANY($3) ORDER BY account_id";
    Ok(sql(text)
        .bind(connector.workplace)
        .bind(connector.id)
        .bind(keys.to_vec())
        .scalars(tx)
        .await?)
}

/// The manager has come.
pub(super) async fn manager_came(tx: &mut Tx, connector: &Connector, account: AccountId) -> Result<()> {
    sql("UPDATE scim_people SET manager_key = NULL, version = version + 1 WHERE workplace_id = $1 AND connector_id = $2 \
         AND account_id = $3")
    .bind(connector.workplace)
    .bind(connector.id)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(())
}

/// How many people wait for a manager.
pub(super) async fn managers_awaited(db: &Db, connector: &Connector) -> Result<i64> {
    Ok(sql(
        "SELECT COUNT(*) FROM scim_people WHERE workplace_id = $1 AND connector_id = $2 AND manager_key IS NOT NULL \
         AND left_at IS NULL",
    )
    .bind(connector.workplace)
    .bind(connector.id)
    .scalar(Conn::from(db))
    .await?)
}

/// Forgets all that connectors said of a person, for good.
pub async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    for text in [
        "DELETE FROM scim_values WHERE workplace_id = $1 AND account_id = $2 AND connector_id IN \
         (SELECT connector_id FROM scim_people WHERE workplace_id = $1 AND account_id = $2)",
        "DELETE FROM scim_people WHERE workplace_id = $1 AND account_id = $2",
        "DELETE FROM scim_photos WHERE workplace_id = $1 AND account_id = $2",
    ] {
        sql(text).bind(workplace).bind(account).execute(&mut *tx).await?;
    }
    Ok(())
}
