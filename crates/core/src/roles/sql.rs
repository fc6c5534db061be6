//! The only file that touches roles.

use guildhall_store::{Conn, FromRow, Tx, sql};

use super::Role;
use crate::ids::WorkplaceId;
use crate::{Moment, Permission, Result};

#[derive(FromRow)]
struct Record {
    key: String,
    name: String,
    description: String,
    permissions: String,
}

impl From<Record> for Role {
    fn from(record: Record) -> Self {
        Self {
            permissions: record
                .permissions
                .split(' ')
                .filter_map(Permission::parse)
                .collect(),
            key: record.key,
            name: record.name,
            description: record.description,
            built_in: false,
            people: 0,
        }
    }
}

pub(super) async fn put(tx: &mut Tx, workplace: WorkplaceId, role: &Role, now: Moment) -> Result<()> {
    let permissions: Vec<&str> = role.permissions.iter().map(|one| one.as_str()).collect();
    sql(
        "INSERT INTO roles (workplace_id, key, name, description, permissions, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (workplace_id, key) DO UPDATE SET name = excluded.name, \
         description = excluded.description, permissions = excluded.permissions, updated_at = excluded.updated_at",
    )
    .bind(workplace)
    .bind(&role.key)
    .bind(&role.name)
    .bind(&role.description)
    .bind(permissions.join(" "))
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn get<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    key: &str,
) -> Result<Option<Role>> {
    let record: Option<Record> =
        sql("SELECT key, name, description, permissions FROM roles WHERE workplace_id = $1 AND key = $2")
            .bind(workplace)
            .bind(key)
            .optional(conn)
            .await?;
    Ok(record.map(Into::into))
}

pub(super) async fn list<'a>(conn: impl Into<Conn<'a>>, workplace: WorkplaceId) -> Result<Vec<Role>> {
    let records: Vec<Record> = sql(
        "SELECT key, name, description, permissions FROM roles WHERE workplace_id = $1 ORDER BY name, key LIMIT 500",
    )
    .bind(workplace)
    .all(conn)
    .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

pub(super) async fn remove(tx: &mut Tx, workplace: WorkplaceId, key: &str) -> Result<()> {
    sql("DELETE FROM roles WHERE workplace_id = $1 AND key = $2")
        .bind(workplace)
        .bind(key)
        .execute(tx)
        .await?;
    Ok(())
}
