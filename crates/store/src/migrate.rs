use sqlx::{AssertSqlSafe, Executor};
use uuid::Uuid;

use crate::{Db, Error, Result, Tx, sql};

/// One step of the schema: its number, its name and its text, the same for both databases.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub text: &'static str,
}

/// The name of the lock that keeps two starters apart on PostgreSQL.
const LOCK: Uuid = Uuid::from_u128(0x6775_696c_6468_616c_6c5f_6d69_6772_6174);

/// Brings the database to the newest of `migrations` (ordered by number). Each runs in a transaction of its
/// own, and a second starter waits. `now` (milliseconds) is noted. Refuses a database that is newer.
pub async fn migrate(db: &Db, migrations: &[Migration], now: i64) -> Result<()> {
    prepare(db).await?;
    let known = migrations.last().map_or(0, |migration| migration.number);
    loop {
        let mut tx = db.begin().await?;
        tx.lock(LOCK).await?;
        let done: Vec<(i64, String)> =
            sql("SELECT number, fingerprint FROM schema_migrations ORDER BY number")
                .all(&mut tx)
                .await?;
        check(&done, migrations, known)?;
        let Some(next) = migrations
            .iter()
            .find(|m| done.iter().all(|(number, _)| *number != m.number))
        else {
            return Ok(());
        };
        tracing::info!(number = next.number, name = next.name, "migrating the database");
        run(&mut tx, next.text).await?;
        sql("INSERT INTO schema_migrations (number, name, fingerprint, applied_at) VALUES ($1, $2, $3, $4)")
            .bind(next.number)
            .bind(next.name)
            .bind(fingerprint(next.text))
            .bind(now)
            .execute(&mut tx)
            .await?;
        tx.commit().await?;
    }
}

/// The number of the newest migration that ran on this database; 0 on a new one.
pub async fn schema_number(db: &Db) -> Result<i64> {
    sql("SELECT COALESCE(MAX(number), 0) FROM schema_migrations")
        .scalar(db)
        .await
}

fn check(done: &[(i64, String)], migrations: &[Migration], known: i64) -> Result<()> {
    for (number, print) in done {
        if *number > known {
            return Err(Error::Newer {
                found: *number,
                known,
            });
        }
        if let Some(own) = migrations.iter().find(|m| m.number == *number)
            && fingerprint(own.text) != *print
        {
            return Err(Error::Altered {
                number: *number,
                name: own.name.to_owned(),
            });
        }
    }
    Ok(())
}

async fn prepare(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.lock(LOCK).await?;
    if matches!(tx, Tx::Pg(_)) {
        // SQLite's own collation of that name compares bytes, as PostgreSQL's "C" does.
        run(&mut tx, r#"CREATE COLLATION IF NOT EXISTS "BINARY" FROM "C""#).await?;
    }
    run(
        &mut tx,
        "CREATE TABLE IF NOT EXISTS schema_migrations (
           number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL,
           fingerprint TEXT NOT NULL, applied_at BIGINT NOT NULL)",
    )
    .await?;
    tx.commit().await
}

pub(crate) async fn run(tx: &mut Tx, text: &str) -> Result<()> {
    match tx {
        Tx::Lite(tx) => tx.run(|connection| connection.batch(text)),
        Tx::Pg(tx) => {
            let text = AssertSqlSafe(text.to_owned());
            Ok(tx.execute(sqlx::raw_sql(text)).await.map(drop)?)
        }
    }
}

/// FNV-1a over the text without white space: tells a changed migration, guards against no one.
fn fingerprint(text: &str) -> String {
    let hash = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}
