use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres, Row as _, Transaction};
use uuid::Uuid;

use crate::lite::{Connection, Reader, Readers};
use crate::together::{Desk, Pace, Writer};
use crate::{Error, Result, sql};

/// A pool of connections to one database.
#[derive(Clone, Debug)]
pub enum Db {
    /// Some who read, and one who writes, at whose desk those wait who want to write.
    Lite {
        readers: Arc<Readers>,
        desk: Arc<Desk>,
    },
    Pg(PgPool),
}

/// A transaction: dropped without [`Tx::commit`], nothing happened.
#[derive(Debug)]
pub enum Tx {
    Lite(LiteTx),
    Pg(Transaction<'static, Postgres>),
}

/// A transaction on SQLite.
#[derive(Debug)]
pub enum LiteTx {
    Reads(Reader),
    Writes(Writer),
}

impl LiteTx {
    /// Runs statements of the transaction.
    pub(crate) fn run<T>(&mut self, statements: impl FnOnce(&Connection) -> T) -> T {
        match self {
            Self::Reads(reader) => statements(reader),
            Self::Writes(writer) => writer.run(statements),
        }
    }
}

const PG_CONNECTIONS: u32 = 16;

/// Whether a connection of the pool answers and is in no transaction. Whoever is dropped while `BEGIN` is under way,
/// such as the handler of a request whose browser went away, leaves one open that sqlx does not know of; then the
/// connection is given up. In place of the ping that sqlx sends by itself, so it costs nothing more.
async fn is_free(connection: &mut PgConnection) -> bool {
    // In the simple protocol a transaction of this one statement began when the statement did; within one that is
    // aborted the statement fails.
    let asked = sqlx::raw_sql("SELECT now() = statement_timestamp()").fetch_one(connection);
    asked.await.is_ok_and(|row| row.try_get(0).unwrap_or(false))
}

impl Db {
    /// Opens the SQLite file at `path`, creating it if absent.
    pub async fn open_lite(path: &Path) -> Result<Self> {
        let readers = Readers::new(path.to_owned());
        let path = path.to_owned();
        let desk = tokio::task::spawn_blocking(move || Desk::new(&path)).await;
        let desk = desk.map_err(|_| sqlx::Error::WorkerCrashed)??;
        Ok(Self::Lite { readers, desk })
    }

    /// Connects to PostgreSQL (or what speaks its protocol) at a `postgres://` URL.
    pub async fn open_pg(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| Error::Url(format!("that database URL can't be read: {error}")))?
            .application_name("guildhall")
            .statement_cache_capacity(256);
        let pool = PgPoolOptions::new()
            .max_connections(PG_CONNECTIONS)
            .acquire_timeout(Duration::from_secs(30))
            .test_before_acquire(false)
            .before_acquire(|connection, _| Box::pin(async move { Ok(is_free(connection).await) }))
            .connect_with(options)
            .await?;
        Ok(Self::Pg(pool))
    }

    /// Begins a transaction that may write. On SQLite it holds the only write lock from here on; those who wait for it
    /// may share the commit.
    pub async fn begin(&self) -> Result<Tx> {
        self.begin_at(Pace::Together).await
    }

    /// Begins a transaction that may write and may be long: nobody else's commit waits for it.
    pub async fn begin_long(&self) -> Result<Tx> {
        self.begin_at(Pace::Alone).await
    }

    async fn begin_at(&self, pace: Pace) -> Result<Tx> {
        Ok(match self {
            Self::Lite { desk, .. } => Tx::Lite(LiteTx::Writes(desk.begin(pace).await?)),
            Self::Pg(pool) => Tx::Pg(pool.begin().await?),
        })
    }

    /// Begins a read-only transaction: what it sees does not change while it lasts.
    pub async fn snapshot(&self) -> Result<Tx> {
        Ok(match self {
            Self::Lite { readers, .. } => {
                let reader = readers.take().await?;
                reader.execute("BEGIN", &[])?;
                Tx::Lite(LiteTx::Reads(reader))
            }
            Self::Pg(pool) => Tx::Pg(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            ),
        })
    }

    /// Lets PostgreSQL count anew what a table holds. It does so by itself, but only after a minute, and till then plans
    /// for a table of one row where many came at once. SQLite plans without counting.
    pub async fn recount(&self, table: &'static str) -> Result<()> {
        if let Self::Pg(pool) = self {
            // A tenth of the usual sample tells as much as is needed here.
            let text = format!("BEGIN; SET LOCAL default_statistics_target = 10; ANALYZE {table}; COMMIT");
            sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(pool).await?;
        }
        Ok(())
    }

    /// Whether somebody else of this process waits to write. Unknown of PostgreSQL, where it depends on what they write.
    pub fn others_wait(&self) -> Option<bool> {
        match self {
            Self::Lite { desk, .. } => Some(desk.is_waited_for()),
            Self::Pg(_) => None,
        }
    }

    pub fn is_lite(&self) -> bool {
        matches!(self, Self::Lite { .. })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sql("SELECT 1").scalar::<i32>(self).await.map(drop)
    }

    /// Ends every connection, after what is under way.
    pub async fn close(&self) {
        match self {
            Self::Lite { readers, desk } => {
                readers.close().await;
                desk.close().await;
            }
            Self::Pg(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub async fn commit(self) -> Result<()> {
        match self {
            // There is nothing to commit: what was read is let go of.
            Self::Lite(LiteTx::Reads(reader)) => drop(reader),
            Self::Lite(LiteTx::Writes(tx)) => tx.commit().await?,
            Self::Pg(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Waits until no other transaction holds the lock named `key`, and holds it until this one ends.
    /// SQLite has one writer anyway.
    pub async fn lock(&mut self, key: Uuid) -> Result<()> {
        if let Self::Pg(tx) = self {
            let (high, low) = key.as_u64_pair();
            sqlx::query("SELECT pg_advisory_xact_lock($1)")
                .bind((high ^ low).cast_signed())
                .execute(&mut **tx)
                .await?;
        }
        Ok(())
    }

    /// ` FOR UPDATE SKIP LOCKED` where several claim work at once; empty on SQLite, which has one writer.
    pub fn skip_locked(&self) -> &'static str {
        match self {
            Self::Lite(_) => "",
            Self::Pg(_) => " FOR UPDATE SKIP LOCKED",
        }
    }
}
