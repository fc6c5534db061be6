//! The database: open, migrate, transact, query. Knows no product table.
//!
//! One SQL text runs on SQLite and PostgreSQL; this crate is the only place that tells them apart.
//! `docs/adr/0001-database-layer.md` says what was tried and why it is an enum over two pools.

mod backup;
mod db;
mod error;
mod growing;
mod insert;
mod lite;
mod migrate;
mod query;
mod together;
mod value;
mod witness;

pub use backup::{back_up, restore};
pub use db::{Db, Tx};
pub use error::{Error, Result};
pub use growing::Growing;
pub use insert::{BATCH_PARAMETERS, Insert, tuples};
pub use migrate::{Migration, migrate, schema_number};
pub use query::{Conn, Row, Sql, sql};
pub use value::Value;

pub use sqlx::FromRow;
