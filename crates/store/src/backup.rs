use std::path::Path;

use crate::lite::{Connection, patiently};
use crate::together::Pace;
use crate::{Db, Error, Result, Value};

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
    let Db::Lite { readers, .. } = db else {
        return Ok(());
    };
    let reader = readers.take().await?;
    let to = Value::from(file.to_string_lossy().into_owned());
    patiently(|| {
        reader.take_your_time();
        reader.execute("VACUUM INTO $1", &[to])
    })?;
    std::fs::File::open(file)
        .and_then(|file| file.sync_all())
        .map_err(|error| Error::Backup(format!("the backup could not be flushed to disk: {error}")))
}

/// Replaces all that is in the SQLite database by what is in the backup `file`, in one transaction, while
/// others go on: they see the old rows or the new ones. The backup must be of the same schema number.
pub async fn restore(db: &Db, file: &Path) -> Result<()> {
    refuse(db)?;
    let Db::Lite { desk, .. } = db else { return Ok(()) };
    let path = std::fs::canonicalize(file)
        .map_err(|error| Error::Backup(format!("{} can't be read: {error}", file.display())))?;
    let mut writer = desk.turn(Pace::Alone).await?;
    let path = Value::from(path.to_string_lossy().into_owned());
    writer
        .execute("ATTACH DATABASE $1 AS backup", &[path])
        .map_err(|_| not_ours(file))?;
    let result = copy(&mut writer, file).await;
    writer.roll_back()?;
    writer.execute("DETACH DATABASE backup", &[])?;
    result
}

fn not_ours(file: &Path) -> Error {
    Error::Backup(format!("{} is not a Guildhall backup", file.display()))
}

async fn copy(writer: &mut Connection, file: &Path) -> Result<()> {
    let number = |schema: &str| format!("SELECT COALESCE(MAX(number), 0) FROM {schema}.schema_migrations");
    let theirs = writer.rows::<(i64,)>(&number("backup"), &[], 1);
    let theirs = theirs.map_err(|_| not_ours(file))?;
    let ours = writer.rows::<(i64,)>(&number("main"), &[], 1)?;
    if theirs != ours {
        let one = |found: &[(i64,)]| found.first().map_or(0, |(number,)| *number);
        return Err(Error::Backup(format!(
            "the backup has schema {} and this database {}: restore it with the program that made it",
            one(&theirs),
            one(&ours)
        )));
    }
    writer.begin_immediate().await?;
    patiently(|| {
        writer.batch("PRAGMA defer_foreign_keys = ON")?;
        let tables = writer.rows::<(String,)>(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
            &[],
            usize::MAX,
        )?;
        for (table,) in &tables {
            writer.execute(&format!("DELETE FROM main.\"{table}\""), &[])?;
            let all = format!("INSERT INTO main.\"{table}\" SELECT * FROM backup.\"{table}\"");
            writer.execute(&all, &[])?;
        }
        writer.execute("COMMIT", &[])
    })?;
    Ok(())
}
