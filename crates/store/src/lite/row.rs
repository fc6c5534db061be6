//! Rows of SQLite, as `derive(FromRow)` reads them. sqlx knows a row by its database, so this is also as much of one of its
//! drivers as a row needs: it has no connection (that is in `mod.rs`), and what sqlx would do with one can't be reached.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rusqlite::types::{Type as Kind, Value as Plain};
use sqlx_core::column::{Column, ColumnIndex};
use sqlx_core::database::Database;
use sqlx_core::decode::Decode;
use sqlx_core::error::BoxDynError;
use sqlx_core::row::Row;
use sqlx_core::sql_str::SqlStr;
use sqlx_core::type_info::TypeInfo;
use sqlx_core::types::Type;
use sqlx_core::value::{Value, ValueRef};
use sqlx_core::{Either, Error, Result, Url, arguments, connection, encode, statement, transaction};
use uuid::Uuid;

/// SQLite, to sqlx.
#[derive(Debug)]
pub struct Lite;

/// One row.
#[derive(Debug)]
pub struct LiteRow {
    columns: Arc<[LiteColumn]>,
    values: Vec<LiteValue>,
    /// The column after the one read last: rows are mostly read from left to right.
    next: AtomicUsize,
}

#[derive(Debug)]
pub struct LiteColumn {
    ordinal: usize,
    name: String,
}

/// A value as SQLite holds it.
#[derive(Clone, Debug)]
pub struct LiteValue(Plain);

/// What SQLite holds a value as; of one that is bound or read, not of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct LiteKind(Kind);

impl LiteRow {
    pub(super) fn columns_of(names: &[&str]) -> Arc<[LiteColumn]> {
        let column = |(ordinal, name): (usize, &&str)| LiteColumn {
            ordinal,
            name: (*name).to_owned(),
        };
        names.iter().enumerate().map(column).collect()
    }

    pub(super) fn new(columns: &Arc<[LiteColumn]>, values: Vec<Plain>) -> Self {
        Self {
            columns: Arc::clone(columns),
            values: values.into_iter().map(LiteValue).collect(),
            next: AtomicUsize::new(0),
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        let count = self.columns.len();
        let first = self.next.load(Ordering::Relaxed);
        let found = (first..count)
            .chain(0..first.min(count))
            .find(|at| self.columns[*at].name == name)?;
        self.next.store(found + 1, Ordering::Relaxed);
        Some(found)
    }
}

impl Row for LiteRow {
    type Database = Lite;

    fn columns(&self) -> &[LiteColumn] {
        &self.columns
    }

    fn try_get_raw<I: ColumnIndex<Self>>(&self, index: I) -> Result<&LiteValue> {
        Ok(&self.values[index.index(self)?])
    }
}

impl ColumnIndex<LiteRow> for usize {
    fn index(&self, row: &LiteRow) -> Result<usize> {
        let len = row.columns.len();
        if *self < len {
            return Ok(*self);
        }
        Err(Error::ColumnIndexOutOfBounds { index: *self, len })
    }
}

impl ColumnIndex<LiteRow> for str {
    fn index(&self, row: &LiteRow) -> Result<usize> {
        row.place(self)
            .ok_or_else(|| Error::ColumnNotFound(self.to_owned()))
    }
}

impl Column for LiteColumn {
    type Database = Lite;

    fn ordinal(&self) -> usize {
        self.ordinal
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn type_info(&self) -> &LiteKind {
        // To SQLite values have types, and columns none.
        &LiteKind(Kind::Null)
    }
}

impl LiteValue {
    fn kind(&self) -> Cow<'_, LiteKind> {
        Cow::Owned(LiteKind(self.0.data_type()))
    }

    fn is_nothing(&self) -> bool {
        matches!(self.0, Plain::Null)
    }
}

impl Value for LiteValue {
    type Database = Lite;

    fn as_ref(&self) -> &Self {
        self
    }

    fn type_info(&self) -> Cow<'_, LiteKind> {
        self.kind()
    }

    fn is_null(&self) -> bool {
        self.is_nothing()
    }
}

impl<'r> ValueRef<'r> for &'r LiteValue {
    type Database = Lite;

    fn to_owned(&self) -> LiteValue {
        (*self).clone()
    }

    fn type_info(&self) -> Cow<'_, LiteKind> {
        self.kind()
    }

    fn is_null(&self) -> bool {
        self.is_nothing()
    }
}

impl TypeInfo for LiteKind {
    fn is_null(&self) -> bool {
        self.0 == Kind::Null
    }

    fn name(&self) -> &str {
        match self.0 {
            Kind::Null => "NULL",
            Kind::Integer => "INTEGER",
            Kind::Real => "REAL",
            Kind::Text => "TEXT",
            Kind::Blob => "BLOB",
        }
    }
}

impl fmt::Display for LiteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a value is read: from what SQLite holds it as, by what.
macro_rules! reads {
    ($($type:ty: $kind:ident($value:ident) => $read:expr;)*) => {$(
        impl Type<Lite> for $type {
            fn type_info() -> LiteKind {
                LiteKind(Kind::$kind)
            }
        }
        impl<'r> Decode<'r, Lite> for $type {
            fn decode(value: &'r LiteValue) -> std::result::Result<Self, BoxDynError> {
                match &value.0 {
                    Plain::$kind($value) => Ok($read),
                    other => Err(format!("there is {:?} where {} was to be", other.data_type(), stringify!($type)).into()),
                }
            }
        }
    )*};
}

reads! {
    i64: Integer(value) => *value;
    i32: Integer(value) => i32::try_from(*value)?;
    bool: Integer(value) => *value != 0;
    f64: Real(value) => *value;
    String: Text(value) => value.clone();
    Vec<u8>: Blob(value) => value.clone();
    Uuid: Blob(value) => Uuid::from_slice(value)?;
}

impl Database for Lite {
    type Connection = Never;
    type TransactionManager = Never;
    type Row = LiteRow;
    type QueryResult = Nothing;
    type Column = LiteColumn;
    type TypeInfo = LiteKind;
    type Value = LiteValue;
    type ValueRef<'r> = &'r LiteValue;
    type Arguments = Nothing;
    type ArgumentBuffer = ();
    type Statement = Never;

    const NAME: &'static str = "SQLite";
    const URL_SCHEMES: &'static [&'static str] = &[];
}

/// What sqlx would do, if it made the connections: there are none of these.
#[derive(Clone, Copy, Debug)]
pub enum Never {}

/// What sqlx would hand around.
#[derive(Debug, Default)]
pub struct Nothing;

impl Extend<Self> for Nothing {
    fn extend<T: IntoIterator<Item = Self>>(&mut self, _: T) {}
}

impl arguments::Arguments for Nothing {
    type Database = Lite;

    fn reserve(&mut self, _: usize, _: usize) {}

    fn add<'t, T: encode::Encode<'t, Lite> + Type<Lite>>(
        &mut self,
        _: T,
    ) -> std::result::Result<(), BoxDynError> {
        Err("values are bound in `lite/mod.rs`".into())
    }

    fn len(&self) -> usize {
        0
    }
}

impl FromStr for Never {
    type Err = Error;

    fn from_str(_: &str) -> Result<Self> {
        Err(Error::PoolClosed)
    }
}

impl connection::ConnectOptions for Never {
    type Connection = Self;

    fn from_url(_: &Url) -> Result<Self> {
        Err(Error::PoolClosed)
    }

    async fn connect(&self) -> Result<Self> {
        match *self {}
    }

    fn log_statements(self, _: log::LevelFilter) -> Self {
        self
    }

    fn log_slow_statements(self, _: log::LevelFilter, _: Duration) -> Self {
        self
    }
}

impl connection::Connection for Never {
    type Database = Lite;
    type Options = Self;

    async fn close(self) -> Result<()> {
        match self {}
    }

    async fn close_hard(self) -> Result<()> {
        match self {}
    }

    async fn ping(&mut self) -> Result<()> {
        match *self {}
    }

    async fn begin(&mut self) -> Result<transaction::Transaction<'_, Lite>> {
        match *self {}
    }

    fn shrink_buffers(&mut self) {}

    async fn flush(&mut self) -> Result<()> {
        match *self {}
    }

    fn should_flush(&self) -> bool {
        match *self {}
    }
}

impl transaction::TransactionManager for Never {
    type Database = Lite;

    async fn begin(connection: &mut Self, _: Option<SqlStr>) -> Result<()> {
        match *connection {}
    }

    async fn commit(connection: &mut Self) -> Result<()> {
        match *connection {}
    }

    async fn rollback(connection: &mut Self) -> Result<()> {
        match *connection {}
    }

    fn start_rollback(connection: &mut Self) {
        match *connection {}
    }

    fn get_transaction_depth(connection: &Self) -> usize {
        match *connection {}
    }
}

sqlx_core::impl_into_arguments_for_arguments!(Nothing);

impl statement::Statement for Never {
    type Database = Lite;

    fn into_sql(self) -> SqlStr {
        match self {}
    }

    fn sql(&self) -> &SqlStr {
        match *self {}
    }

    fn parameters(&self) -> Option<Either<&[LiteKind], usize>> {
        match *self {}
    }

    fn columns(&self) -> &[LiteColumn] {
        match *self {}
    }

    sqlx_core::impl_statement_query!(Nothing);
}
