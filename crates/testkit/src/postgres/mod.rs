//! Real PostgreSQL for tests: a private server on a free loopback port, and a database per test.
//!
//! ```no_run
//! # async fn example() {
//! use guildhall_testkit::postgres;
//!
//! let database = postgres::fresh_database().await;
//! // connect to database.url(); the database is dropped with the value
//! # }
//! ```

mod server;

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

/// A database that belongs to one test. Dropped, with whatever is still connected to it, when this
/// value is dropped.
#[derive(Debug)]
pub struct PgDatabase {
    name: String,
    url: String,
}

impl PgDatabase {
    /// Where to connect to: `postgres://postgres@127.0.0.1:PORT/NAME`. No password is asked for.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// An empty database. Starts the shared server when it is not running (two seconds, once).
///
/// # Panics
/// When PostgreSQL cannot be started or refuses; the message says what to do.
pub async fn fresh_database() -> PgDatabase {
    copy_of("template1").await
}

/// A copy of a prepared database, so that a schema is built once a run and not once a test.
///
/// `key` names the preparation; take a hash of all that it does into it (the text of the migrations),
/// because the server may still hold the one of the run before. `prepare` gets the address of an empty
/// database and is called only when no process has prepared this key yet; it must close its connections.
///
/// # Panics
/// When PostgreSQL refuses, or when `prepare` panics.
pub async fn database_like<P, F>(key: &str, prepare: P) -> PgDatabase
where
    P: FnOnce(String) -> F,
    F: Future<Output = ()>,
{
    let template = format!("like_{}", plain(key));
    let mut admin = connect("postgres").await;
    // One process prepares, the others wait for it. The lock ends with the connection.
    sqlx::query("SELECT pg_advisory_lock(hashtext($1))")
        .bind(&template)
        .execute(&mut admin)
        .await
        .expect("wait for the prepared database");
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&template)
        .fetch_one(&mut admin)
        .await
        .expect("look for the prepared database");
    if !known {
        let draft = fresh_database().await;
        prepare(draft.url.clone()).await;
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1")
            .bind(&draft.name)
            .execute(&mut admin)
            .await
            .expect("close what prepare left open");
        statement(
            &mut admin,
            format!(r#"ALTER DATABASE "{}" RENAME TO "{template}""#, draft.name),
        )
        .await;
    }
    let copy = copy_of(&template).await;
    admin.close().await.expect("close the connection");
    copy
}

async fn copy_of(template: &str) -> PgDatabase {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let mut admin = connect("postgres").await;
    // The kernel's random id and not a counter alone: process ids come back while the server lives.
    let id = std::fs::read_to_string("/proc/sys/kernel/random/uuid").expect("a random id from the kernel");
    let name = format!("t{}_{}", MADE.fetch_add(1, Ordering::Relaxed), plain(id.trim()));
    statement(
        &mut admin,
        format!(r#"CREATE DATABASE "{name}" TEMPLATE "{template}""#),
    )
    .await;
    admin.close().await.expect("close the connection");
    let url = url(&name);
    PgDatabase { name, url }
}

impl Drop for PgDatabase {
    fn drop(&mut self) {
        let name = self.name.clone();
        // A thread of its own: a drop cannot wait inside the runtime that it may be called from.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut admin = options("postgres").connect().await?;
                let text = format!(r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#);
                admin.execute(AssertSqlSafe(text)).await?;
                admin.close().await?;
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
            })
        })
        .join();
        if !matches!(dropped, Ok(Ok(()))) && !std::thread::panicking() {
            eprintln!(
                "the test database {} could not be dropped: {dropped:?}",
                self.name
            );
        }
    }
}

fn plain(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .take(50)
        .collect()
}

fn url(name: &str) -> String {
    format!("postgres://postgres@{}/{name}", server::address())
}

fn options(name: &str) -> PgConnectOptions {
    url(name).parse().expect("an address that we wrote")
}

async fn connect(name: &str) -> PgConnection {
    // Starting takes seconds and waits for other processes: not on the runtime's own threads.
    tokio::task::spawn_blocking(server::address)
        .await
        .expect("PostgreSQL runs");
    options(name)
        .connect()
        .await
        .unwrap_or_else(|error| panic!("The tests' PostgreSQL does not answer: {error}"))
}

async fn statement(admin: &mut PgConnection, text: String) {
    if let Err(error) = admin.execute(AssertSqlSafe(text.as_str())).await {
        panic!("The tests' PostgreSQL refused `{text}`: {error}");
    }
}
