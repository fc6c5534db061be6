//! The only file that touches files and file_pieces.

use guildhall_store::{Db, Tx, sql};

use super::About;
use crate::ids::{FileId, WorkplaceId};
use crate::{Moment, Result};

pub(super) async fn put(tx: &mut Tx, workplace: WorkplaceId, about: &About, now: Moment) -> Result<()> {
    sql("INSERT INTO files (id, workplace_id, name, media_type, size, created_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(about.id)
        .bind(workplace)
        .bind(&about.name)
        .bind(&about.media_type)
        .bind(about.size)
        .bind(now.ms())
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn put_piece(
    tx: &mut Tx,
    workplace: WorkplaceId,
    file: FileId,
    number: i64,
    bytes: Vec<u8>,
) -> Result<()> {
    sql("INSERT INTO file_pieces (file_id, workplace_id, piece, bytes) VALUES ($1, $2, $3, $4)")
        .bind(file)
        .bind(workplace)
        .bind(number)
        .bind(bytes)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn get(db: &Db, workplace: WorkplaceId, id: FileId) -> Result<Option<About>> {
    let row: Option<(FileId, String, String, i64)> =
        sql("SELECT id, name, media_type, size FROM files WHERE workplace_id = $1 AND id = $2")
            .bind(workplace)
            .bind(id)
            .optional(db)
            .await?;
    Ok(row.map(|(id, name, media_type, size)| About {
        id,
        name,
        media_type,
        size,
    }))
}

pub(super) async fn piece(
    db: &Db,
    workplace: WorkplaceId,
    file: FileId,
    number: i64,
) -> Result<Option<Vec<u8>>> {
    Ok(
        sql("SELECT bytes FROM file_pieces WHERE workplace_id = $1 AND file_id = $2 AND piece = $3")
            .bind(workplace)
            .bind(file)
            .bind(number)
            .scalar_optional(db)
            .await?,
    )
}

/// Removes a file.
pub async fn delete(tx: &mut Tx, workplace: WorkplaceId, id: FileId) -> Result<()> {
    for text in [
        "DELETE FROM file_pieces WHERE workplace_id = $1 AND file_id = $2",
        "DELETE FROM files WHERE workplace_id = $1 AND id = $2",
    ] {
        sql(text).bind(workplace).bind(id).execute(tx).await?;
    }
    Ok(())
}
