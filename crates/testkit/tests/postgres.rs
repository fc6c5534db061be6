//! The starter of the tests' PostgreSQL, tested like the product.

use guildhall_testkit::postgres::{self, PgDatabase};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

async fn open(database: &PgDatabase) -> PgConnection {
    PgConnection::connect(database.url()).await.expect("connect")
}

#[tokio::test]
async fn every_database_is_empty_and_its_own() {
    let (one, two) = (postgres::fresh_database().await, postgres::fresh_database().await);
    assert_ne!(one.url(), two.url());
    open(&one)
        .await
        .execute("CREATE TABLE mine (a INT)")
        .await
        .expect("create in the first");
    open(&two)
        .await
        .execute("CREATE TABLE mine (a INT)")
        .await
        .expect("the second does not know it");
}

#[tokio::test]
async fn the_server_is_the_one_we_say() {
    let database = postgres::fresh_database().await;
    assert!(
        !database.url().contains(":5432/"),
        "never the standard port: {}",
        database.url()
    );
    let mut connection = open(&database).await;
    let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
        .fetch_one(&mut connection)
        .await
        .expect("version");
    assert_eq!(version / 10_000, 15);
    let durable: String =
        sqlx::query_scalar("SELECT current_setting('fsync') || current_setting('synchronous_commit')")
            .fetch_one(&mut connection)
            .await
            .expect("settings");
    assert_eq!(durable, "onon", "an answered commit is on disk, as in production");
}

#[tokio::test]
async fn a_database_goes_with_its_value_even_while_in_use() {
    let database = postgres::fresh_database().await;
    let name = database.url().rsplit('/').next().expect("a name").to_owned();
    let mut inside = open(&database).await;
    drop(database);
    assert!(
        inside.execute("SELECT 1").await.is_err(),
        "the connection was cut"
    );
    let other = postgres::fresh_database().await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_one(&mut open(&other).await)
        .await
        .expect("count");
    assert_eq!(left, 0);
}

#[tokio::test]
async fn what_is_prepared_once_is_copied() {
    let key = format!("prepared once {}", std::process::id());
    let mut prepared = 0;
    for _ in 0..3 {
        let database = postgres::database_like(&key, async |url| {
            prepared += 1;
            let mut connection = PgConnection::connect(&url).await.expect("connect");
            connection
                .execute("CREATE TABLE greeting (words TEXT)")
                .await
                .expect("create");
            connection
                .execute("INSERT INTO greeting VALUES ('good morning')")
                .await
                .expect("insert");
            connection.close().await.expect("close");
        })
        .await;
        let mut connection = open(&database).await;
        let words: Vec<String> = sqlx::query_scalar("SELECT words FROM greeting")
            .fetch_all(&mut connection)
            .await
            .expect("read");
        assert_eq!(words, ["good morning"]);
        connection
            .execute("DELETE FROM greeting")
            .await
            .expect("a copy, so the next one is whole again");
    }
    assert_eq!(prepared, 1);
}
