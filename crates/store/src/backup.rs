use std::path::Path;

use sqlx::{AssertSqlSafe, Connection, Executor, Row as _};

use crate::{Db, Error, Result};

fn refuse(db: &Db) -> Result<()> {
    if db.is_lite() {
        return Ok(());
    }
    Err(Error::Backup(
        "this works on SQLite only: back up PostgreSQL with its own tools, pg_dump and pg_restore".to_owned(),
    ))
}

/// Writes a consistent copy of the SQLite database to `file` (which must not exist) while others go on.
pub async fn back_up(db: &Db, file: &Path) -> Result<()> {
    refuse(db)?;
    if file.exists() {
        return Err(Error::Backup(format!(
            "{} exists: name a file that does not, nothing is overwritten",
            file.display()
        )));
    }
    let Db::Lite { r, .. } = db else { return Ok(()) };
    sqlx::query("VACUUM INTO $1")
        .bind(file.to_string_lossy().into_owned())
        .execute(r)
        .await?;
    std::fs::File::open(file)
        .and_then(|file| file.sync_all())
        .map_err(|error| Error::Backup(format!("the backup could not be flushed to disk: {error}")))
}

/// Replaces all that is in the SQLite database by what is in the backup `file`, in one transaction, while
/// others go on: they see the old rows or the new ones. The backup must be of the same schema number.
pub async fn restore(db: &Db, file: &Path) -> Result<()> {
    refuse(db)?;
    let Db::Lite { w, .. } = db else { return Ok(()) };
    let path = std::fs::canonicalize(file)
        .map_err(|error| Error::Backup(format!("{} can't be read: {error}", file.display())))?;
    let mut writer = w.acquire().await?;
    sqlx::query("ATTACH DATABASE $1 AS backup")
        .bind(path.to_string_lossy().into_owned())
        .execute(&mut *writer)
        .await
        .map_err(|_| not_ours(file))?;
    let result = copy(&mut writer, file).await;
    writer.execute("DETACH DATABASE backup").await?;
    result
}

fn not_ours(file: &Path) -> Error {
    Error::Backup(format!("{} is not a Guildhall backup", file.display()))
}

async fn copy(writer: &mut sqlx::SqliteConnection, file: &Path) -> Result<()> {
    let number = |schema: &str| format!("SELECT COALESCE(MAX(number), 0) FROM {schema}.schema_migrations");
    let theirs: i64 = sqlx::query_scalar(AssertSqlSafe(number("backup")))
        .fetch_one(&mut *writer)
        .await
        .map_err(|_| not_ours(file))?;
    let ours: i64 = sqlx::query_scalar(AssertSqlSafe(number("main")))
        .fetch_one(&mut *writer)
        .await?;
    if theirs != ours {
        return Err(Error::Backup(format!(
            "the backup has schema {theirs} and this database {ours}: restore it with the program that made it"
        )));
    }
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    tx.execute("PRAGMA defer_foreign_keys = ON").await?;
    let tables: Vec<String> = tx
        .fetch_all(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        )
        .await?
        .iter()
        .map(|row| row.get(0))
        .collect();
    for table in &tables {
        for text in [
            format!("DELETE FROM main.\"{table}\""),
            format!("INSERT INTO main.\"{table}\" SELECT * FROM backup.\"{table}\""),
        ] {
            tx.execute(AssertSqlSafe(text)).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
