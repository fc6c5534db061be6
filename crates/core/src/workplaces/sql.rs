//! The only file that touches workplaces.

use guildhall_store::{Conn, FromRow, Tx, sql};

use super::Workplace;
use crate::ids::{FileId, WorkplaceId};
use crate::{Moment, Result};

#[derive(FromRow)]
struct Record {
    id: WorkplaceId,
    name: String,
    locale: String,
    time_zone: String,
    colour: String,
    logo_file: Option<FileId>,
    settings: String,
    created_at: i64,
}

pub(super) async fn insert(tx: &mut Tx, workplace: &Workplace) -> Result<()> {
    sql("INSERT INTO workplaces (id, name, locale, time_zone, colour, logo_file, settings, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, NULL, '{}', $6, $6)")
    .bind(workplace.id)
    .bind(&workplace.name)
    .bind(&workplace.locale)
    .bind(&workplace.time_zone)
    .bind(&workplace.colour)
    .bind(workplace.created_at.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether there is no workplace at all.
pub async fn none<'a>(conn: impl Into<Conn<'a>>) -> Result<bool> {
    let first: Option<WorkplaceId> = sql("SELECT id FROM workplaces LIMIT 1")
        .scalar_optional(conn)
        .await?;
    Ok(first.is_none())
}

/// The workplace of that id.
pub async fn get<'a>(conn: impl Into<Conn<'a>>, id: WorkplaceId) -> Result<Option<Workplace>> {
    let record: Option<Record> =
        sql("SELECT id, name, locale, time_zone, colour, logo_file, settings, created_at FROM workplaces WHERE id = $1")
            .bind(id)
            .optional(conn)
            .await?;
    Ok(record.map(|record| Workplace {
        id: record.id,
        name: record.name,
        locale: record.locale,
        time_zone: record.time_zone,
        colour: record.colour,
        logo: record.logo_file,
        settings: serde_json::from_str(&record.settings).unwrap_or_default(),
        created_at: Moment::from_ms(record.created_at),
    }))
}
