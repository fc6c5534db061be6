//! The only file that touches workplaces.

use guildhall_store::{Conn, Db, FromRow, Sql, Tx, sql};

use super::Workplace;
use crate::ids::{FileId, WorkplaceId};
use crate::{Error, Moment, Result};

const COLUMNS: &str = "id, name, locale, time_zone, colour, logo_file, settings, created_at";

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

/// How many workplaces there are, counted up to `most`.
pub async fn how_many(db: &Db, most: usize) -> Result<usize> {
    let found: Vec<WorkplaceId> = sql("SELECT id FROM workplaces LIMIT $1")
        .bind(most as i64)
        .scalars(db)
        .await?;
    Ok(found.len())
}

/// The workplace of a deployment that has just one.
pub(crate) async fn only<'a>(conn: impl Into<Conn<'a>>) -> Result<Option<WorkplaceId>> {
    let found: Vec<WorkplaceId> = sql("SELECT id FROM workplaces LIMIT 2").scalars(conn).await?;
    Ok(match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

/// The workplace of that id.
pub async fn get<'a>(conn: impl Into<Conn<'a>>, id: WorkplaceId) -> Result<Option<Workplace>> {
    let text = format!("SELECT {COLUMNS} FROM workplaces WHERE id = $1");
    let record: Option<Record> = Sql::built(text).bind(id).optional(conn).await?;
    Ok(record.map(Into::into))
}

/// The workplace that has this logo: a logo is for everybody to see.
pub async fn with_logo(db: &Db, file: FileId) -> Result<Option<WorkplaceId>> {
    Ok(sql("SELECT id FROM workplaces WHERE logo_file = $1")
        .bind(file)
        .scalar_optional(db)
        .await?)
}

/// Every workplace of this deployment, oldest first: for whoever runs the server.
pub async fn all(db: &Db) -> Result<Vec<Workplace>> {
    let text = format!("SELECT {COLUMNS} FROM workplaces ORDER BY id");
    let records: Vec<Record> = Sql::built(text).all(db).await?;
    Ok(records.into_iter().map(Into::into).collect())
}

impl From<Record> for Workplace {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            name: record.name,
            locale: record.locale,
            time_zone: record.time_zone,
            colour: record.colour,
            logo: record.logo_file,
            settings: serde_json::from_str(&record.settings).unwrap_or_default(),
            created_at: Moment::from_ms(record.created_at),
        }
    }
}

/// Writes what may be changed.
pub(super) async fn update(tx: &mut Tx, workplace: &Workplace, now: Moment) -> Result<()> {
    let settings =
        serde_json::to_string(&workplace.settings).map_err(|why| Error::Internal(why.to_string()))?;
    sql("UPDATE workplaces SET name = $1, locale = $2, time_zone = $3, colour = $4, logo_file = $5, settings = $6, \
         updated_at = $7 WHERE id = $8")
    .bind(&workplace.name)
    .bind(&workplace.locale)
    .bind(&workplace.time_zone)
    .bind(&workplace.colour)
    .bind(workplace.logo.map(|file| file.0))
    .bind(settings)
    .bind(now.ms())
    .bind(workplace.id)
    .execute(tx)
    .await?;
    Ok(())
}
