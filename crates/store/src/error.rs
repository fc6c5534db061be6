/// What can go wrong at the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique index said no: somebody else has that key.
    #[error("a row with that key exists")]
    Unique,
    #[error(
        "the database was made by a newer Guildhall (its schema is {found}, this program knows {known}): start the newer program, or restore a backup made before the upgrade"
    )]
    Newer { found: i64, known: i64 },
    #[error("migration {number} was changed after it ran here: {name}")]
    Altered { number: i64, name: String },
    #[error("{0}")]
    Backup(String),
    #[error("{0}")]
    Url(String),
    #[error("it was not written, because the commit failed that it shared with others: {0}")]
    Together(String),
    #[error(transparent)]
    Sqlx(sqlx::Error),
    #[error(transparent)]
    Lite(rusqlite::Error),
}

pub type Result<T> = std::result::Result<T, Error>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Self::Unique,
            _ => Self::Sqlx(error),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
        match error.sqlite_error().map(|inner| inner.extended_code) {
            Some(SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) => Self::Unique,
            _ => Self::Lite(error),
        }
    }
}
