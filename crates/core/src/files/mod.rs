//! Files that live with the rows which name them, in pieces: uploads, photos, logos.

mod sql;

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use guildhall_store::{Db, Tx};

use crate::ids::{FileId, WorkplaceId};
use crate::{App, Error, Result};

pub use sql::delete;

/// The most that one piece holds.
const PIECE: usize = 256 * 1024;
/// Pieces that are written in one transaction, so that a large file holds nobody up.
const AT_ONCE: usize = 16;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub id: FileId,
    pub name: String,
    pub media_type: String,
    pub size: i64,
}

/// Keeps a file of any size, in several transactions. Only when all of it is there can it be read.
pub async fn keep(
    app: &App,
    workplace: WorkplaceId,
    (name, media_type): (&str, &str),
    file: &mut File,
) -> Result<About> {
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let now = app.now();
    let mut about = About {
        id: FileId::new(&app.entropy, now),
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        size: 0,
    };
    let mut number = 0;
    loop {
        let mut pieces = Vec::new();
        while pieces.len() < AT_ONCE {
            let mut piece = Vec::with_capacity(PIECE);
            std::io::Read::by_ref(file)
                .take(PIECE as u64)
                .read_to_end(&mut piece)
                .map_err(unreadable)?;
            if piece.is_empty() {
                break;
            }
            about.size += piece.len() as i64;
            pieces.push(piece);
        }
        let mut tx = app.begin().await?;
        let done = pieces.len() < AT_ONCE;
        for piece in pieces {
            sql::put_piece(&mut tx, workplace, about.id, number, piece).await?;
            number += 1;
        }
        if done {
            sql::put(&mut tx, workplace, &about, now).await?;
        }
        tx.commit().await?;
        if done {
            return Ok(about);
        }
    }
}

/// Keeps a small file in the transaction of the change that names it.
pub async fn keep_small(
    app: &App,
    tx: &mut Tx,
    workplace: WorkplaceId,
    (name, media_type): (&str, &str),
    bytes: Vec<u8>,
) -> Result<FileId> {
    let now = app.now();
    let about = About {
        id: FileId::new(&app.entropy, now),
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        size: bytes.len() as i64,
    };
    sql::put_piece(tx, workplace, about.id, 0, bytes).await?;
    sql::put(tx, workplace, &about, now).await?;
    Ok(about.id)
}

/// A small file: its media type and its bytes.
pub async fn read_small(db: &Db, workplace: WorkplaceId, id: FileId) -> Result<Option<(String, Vec<u8>)>> {
    let Some(about) = sql::get(db, workplace, id).await? else {
        return Ok(None);
    };
    let bytes = sql::piece(db, workplace, id, 0).await?.unwrap_or_default();
    Ok(Some((about.media_type, bytes)))
}

/// The file as a temporary one, gone when it is closed.
pub async fn open(db: &Db, workplace: WorkplaceId, id: FileId) -> Result<File> {
    sql::get(db, workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("file"))?;
    let mut file = tempfile::tempfile().map_err(unreadable)?;
    let mut number = 0;
    while let Some(piece) = sql::piece(db, workplace, id, number).await? {
        file.write_all(&piece).map_err(unreadable)?;
        number += 1;
    }
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    Ok(file)
}

fn unreadable(error: std::io::Error) -> Error {
    Error::Internal(format!("A file can't be read or written: {error}"))
}
