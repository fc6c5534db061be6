//! SQLite, run where it is called. A statement here takes some microseconds, and a thread of its own for each connection, as
//! sqlx has, would cost more than the statements do. What waits for the disk is run by `patiently`.

mod readers;
mod row;
mod text;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, Value as Plain, ValueRef};
use rusqlite::{CachedStatement, ErrorCode, OpenFlags};
use sqlx::FromRow;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::Instant;

pub(crate) use readers::{Reader, Readers};
pub use row::LiteRow;

use crate::{Error, Result, Value};

/// How long somebody waits for another process that writes to the same file.
const BUSY: Duration = Duration::from_secs(30);
/// How often they look whether it is done.
const LOOK: Duration = Duration::from_millis(2);
const STATEMENTS: usize = 256;
/// So long a statement that reads may take: nobody waits for an answer longer than that.
const LONGEST: Duration = Duration::from_secs(30);
/// After so many steps of SQLite's machine, some ten milliseconds, it is looked at the clock.
const STEPS: i32 = 1_000_000;

/// A connection to the file.
#[derive(Debug)]
pub struct Connection {
    file: rusqlite::Connection,
    /// When what it reads is stopped; none for the writer.
    until: Option<Arc<Mutex<Instant>>>,
}

/// Runs what may wait for the disk, or be long. On a runtime of several threads those who wait for this thread go on
/// elsewhere meanwhile.
pub(crate) fn patiently<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current() {
        Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(work)
        }
        _ => work(),
    }
}

impl Connection {
    /// The one connection that writes; it makes the file if there is none. It never waits for another process by itself: see
    /// [`Connection::begin_immediate`].
    pub(crate) fn to_write(path: &Path) -> Result<Self> {
        let connection = Self::open(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )?;
        // In this order: the first of them is a property of a new file, which the second one makes.
        connection.batch(
            "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 16000;",
        )?;
        connection.file.busy_timeout(Duration::ZERO)?;
        Ok(connection)
    }

    /// One that reads, of a file that is there.
    fn to_read(path: &Path) -> Result<Self> {
        let mut connection = Self::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.batch("PRAGMA cache_size = -4096;")?;
        let until = Arc::new(Mutex::new(Instant::now()));
        let over = Arc::clone(&until);
        let is_over = move || Instant::now() > *over.lock().unwrap_or_else(PoisonError::into_inner);
        connection.file.progress_handler(STEPS, Some(is_over))?;
        connection.until = Some(until);
        Ok(connection)
    }

    fn open(path: &Path, flags: OpenFlags) -> Result<Self> {
        let file = rusqlite::Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        file.busy_timeout(BUSY)?;
        file.set_prepared_statement_cache_capacity(STATEMENTS);
        let connection = Self { file, until: None };
        connection.batch("PRAGMA temp_store = MEMORY;")?;
        Ok(connection)
    }

    /// Several statements without parameters.
    pub(crate) fn batch(&self, text: &str) -> Result<()> {
        Ok(self.file.execute_batch(text)?)
    }

    /// Begins to write, once no other process does. It is waited for without holding up the thread, by which whoever has the
    /// turn in this process may have to end.
    pub(crate) async fn begin_immediate(&mut self) -> Result<()> {
        let patience = Instant::now() + BUSY;
        loop {
            match self.execute("BEGIN IMMEDIATE", &[]) {
                Err(Error::Lite(why))
                    if why.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && Instant::now() < patience =>
                {
                    tokio::time::sleep(LOOK).await;
                }
                done => return done.map(drop),
            }
        }
    }

    /// Ends the transaction, if there is one, as if nothing had happened.
    pub(crate) fn roll_back(&self) -> Result<()> {
        if self.file.is_autocommit() {
            return Ok(());
        }
        self.execute("ROLLBACK", &[]).map(drop)
    }

    /// What it reads from now on may take as long as it takes.
    pub(crate) fn take_your_time(&self) {
        self.stop_at(Instant::now() + Duration::from_hours(24));
    }

    fn stop_at(&self, at: Instant) {
        if let Some(until) = &self.until {
            *until.lock().unwrap_or_else(PoisonError::into_inner) = at;
        }
    }

    /// Runs a statement; gives the number of rows that it touched.
    pub(crate) fn execute(&self, text: &str, values: &[Value]) -> Result<u64> {
        let mut statement = self.prepared(text, values)?;
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        drop(rows);
        Ok(self.file.changes())
    }

    /// The rows of a statement; `most` of them.
    pub(crate) fn rows<T>(&self, text: &str, values: &[Value], most: usize) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, LiteRow>,
    {
        self.stop_at(Instant::now() + LONGEST);
        let mut statement = self.prepared(text, values)?;
        let columns = LiteRow::columns_of(&statement.column_names());
        let mut rows = statement.raw_query();
        let mut all = Vec::new();
        while all.len() < most
            && let Some(row) = rows.next()?
        {
            let values = (0..columns.len()).map(|at| row.get::<_, Plain>(at));
            let row = LiteRow::new(&columns, values.collect::<rusqlite::Result<_>>()?);
            all.push(T::from_row(&row)?);
        }
        Ok(all)
    }

    fn prepared(&self, text: &str, values: &[Value]) -> Result<CachedStatement<'_>> {
        let mut statement = self.file.prepare_cached(&text::numbered(text))?;
        let wanted = statement.parameter_count();
        if wanted != values.len() {
            return Err(rusqlite::Error::InvalidParameterCount(values.len(), wanted).into());
        }
        for (at, value) in values.iter().enumerate() {
            statement.raw_bind_parameter(at + 1, bound(value))?;
        }
        Ok(statement)
    }
}

/// A value as SQLite takes it.
fn bound(value: &Value) -> ToSqlOutput<'_> {
    let plain = match value {
        Value::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
        Value::Int(Some(number)) => ValueRef::Integer(*number),
        Value::Bool(Some(yes)) => ValueRef::Integer(i64::from(*yes)),
        Value::Uuid(Some(id)) => ValueRef::Blob(id.as_bytes()),
        Value::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
        Value::Text(None) | Value::Int(None) | Value::Bool(None) | Value::Uuid(None) | Value::Bytes(None) => {
            ValueRef::Null
        }
        Value::Texts(_) | Value::Uuids(_) | Value::Ints(_) | Value::Column(_) => {
            unreachable!("lists go to SQLite as JSON")
        }
    };
    ToSqlOutput::Borrowed(plain)
}

#[cfg(test)]
mod tests {
    use sqlx::FromRow;
    use uuid::Uuid;

    use crate::{Db, Error, Tx, sql};

    async fn things(folder: &tempfile::TempDir) -> Db {
        let db = Db::open_lite(&folder.path().join("test.db")).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let table = "CREATE TABLE IF NOT EXISTS things (id UUID PRIMARY KEY, name TEXT, many BIGINT, yes BOOLEAN, bytes BYTEA)";
        sql(table).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        db
    }

    async fn put(tx: &mut Tx, id: u128, name: Option<&str>) -> crate::Result<u64> {
        sql("INSERT INTO things (id, name, many, yes, bytes) VALUES ($1, $2, $3, $4, $5)")
            .bind(Uuid::from_u128(id))
            .bind(name.map(str::to_owned))
            .bind(7_i64)
            .bind(true)
            .bind(vec![0_u8, 255])
            .execute(tx)
            .await
    }

    #[derive(Debug, PartialEq, FromRow)]
    struct Thing {
        bytes: Vec<u8>,
        yes: bool,
        id: Uuid,
        name: Option<String>,
        many: i64,
    }

    #[tokio::test]
    async fn what_was_written_is_read_by_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let db = things(&folder).await;
        let mut tx = db.begin().await.unwrap();
        assert_eq!(put(&mut tx, 1, None).await.unwrap(), 1);
        assert!(matches!(put(&mut tx, 1, None).await, Err(Error::Unique)));
        tx.commit().await.unwrap();
        let thing: Thing = sql("SELECT id, name, many, yes, bytes FROM things")
            .one(&db)
            .await
            .unwrap();
        let whole = Thing {
            bytes: vec![0, 255],
            yes: true,
            id: Uuid::from_u128(1),
            name: None,
            many: 7,
        };
        assert_eq!(thing, whole);
        let wrong = sql("SELECT many FROM things")
            .scalar::<String>(&db)
            .await
            .unwrap_err();
        assert!(wrong.to_string().contains("INTEGER"), "{wrong}");
        let few = sql("SELECT $1 = $2").bind(1_i64).scalar::<bool>(&db).await;
        assert!(few.is_err(), "a value is missing");
    }

    #[tokio::test]
    async fn what_is_read_in_a_transaction_does_not_change_and_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let db = things(&folder).await;
        let count = || sql("SELECT COUNT(*) FROM things");
        // More often than there are connections: each is free again.
        for round in 0..6_i64 {
            let mut before = db.snapshot().await.unwrap();
            assert_eq!(count().scalar::<i64>(&mut before).await.unwrap(), round);
            let mut tx = db.begin().await.unwrap();
            put(&mut tx, round.cast_unsigned().into(), None).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(count().scalar::<i64>(&mut before).await.unwrap(), round);
            drop(before);
            assert_eq!(count().scalar::<i64>(&db).await.unwrap(), round + 1);
        }
    }

    #[tokio::test]
    async fn whoever_writes_waits_for_another_process_and_holds_up_no_thread() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (things(&folder).await, things(&folder).await);
        let mut first = one.begin().await.unwrap();
        put(&mut first, 1, None).await.unwrap();
        // On this one thread: whoever waited without giving it back would wait for ever.
        let second = tokio::spawn(async move {
            let mut tx = other.begin().await?;
            put(&mut tx, 2, None).await?;
            tx.commit().await
        });
        tokio::task::yield_now().await;
        first.commit().await.unwrap();
        second.await.unwrap().unwrap();
        assert_eq!(
            sql("SELECT COUNT(*) FROM things")
                .scalar::<i64>(&one)
                .await
                .unwrap(),
            2
        );
    }
}
