use std::borrow::Cow;
use std::panic::Location;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, FromRow, Postgres};

use crate::lite::LiteRow;
use crate::value::Column;
use crate::{Db, Result, Tx, Value, witness};

/// A type that a row of either database can be read into: `#[derive(FromRow)]`.
pub trait Row: for<'r> FromRow<'r, LiteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, LiteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// Where a query runs: on the pool (reads only) or in a transaction.
pub enum Conn<'a> {
    Db(&'a Db),
    Tx(&'a mut Tx),
}

impl Conn<'_> {
    /// The same, for one query of several.
    pub fn again(&mut self) -> Conn<'_> {
        match self {
            Self::Db(db) => Conn::Db(db),
            Self::Tx(tx) => Conn::Tx(tx),
        }
    }
}

impl<'a> From<&'a Db> for Conn<'a> {
    fn from(db: &'a Db) -> Self {
        Self::Db(db)
    }
}
impl<'a> From<&'a mut Tx> for Conn<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}

/// A query with its parameters, `$1` first.
#[must_use = "a query does nothing until it is run"]
#[derive(Debug)]
pub struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
    /// Where it stands in the source.
    site: &'static Location<'static>,
}

/// A query from a text that is known when compiling.
#[track_caller]
pub fn sql(text: &'static str) -> Sql {
    Sql {
        text: Cow::Borrowed(text),
        values: Vec::new(),
        site: Location::caller(),
    }
}

impl Sql {
    /// A query whose text was put together from literals: never from anything a person wrote.
    #[track_caller]
    pub fn built(text: String) -> Self {
        Self::built_at(text, Location::caller())
    }

    pub(crate) fn built_at(text: String, site: &'static Location<'static>) -> Self {
        Self {
            text: Cow::Owned(text),
            values: Vec::new(),
            site,
        }
    }

    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    pub fn bind_all<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.values.extend(values.into_iter().map(Into::into));
        self
    }

    /// Runs it; gives the number of rows it touched.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64> {
        match tx {
            Tx::Lite(tx) => {
                let (text, values) = self.lite();
                tx.run(|connection| connection.execute(&text, &values))
            }
            Tx::Pg(tx) => Ok(self.pg().execute(&mut **tx).await?.rows_affected()),
        }
    }

    pub async fn all<'a, T: Row>(self, conn: impl Into<Conn<'a>>) -> Result<Vec<T>> {
        match conn.into() {
            Conn::Db(Db::Pg(pool)) => rows(&self.pg().fetch_all(pool).await?),
            Conn::Tx(Tx::Pg(tx)) => rows(&self.pg().fetch_all(&mut **tx).await?),
            lite => self.few(lite, usize::MAX).await,
        }
    }

    pub async fn optional<'a, T: Row>(self, conn: impl Into<Conn<'a>>) -> Result<Option<T>> {
        match conn.into() {
            Conn::Db(Db::Pg(pool)) => row(self.pg().fetch_optional(pool).await?.as_ref()),
            Conn::Tx(Tx::Pg(tx)) => row(self.pg().fetch_optional(&mut **tx).await?.as_ref()),
            lite => Ok(self.few(lite, 1).await?.pop()),
        }
    }

    /// At most so many rows, from SQLite.
    async fn few<T: Row>(self, conn: Conn<'_>, most: usize) -> Result<Vec<T>> {
        let (text, values) = self.lite();
        match conn {
            Conn::Db(Db::Lite { readers, .. }) => readers.take().await?.rows(&text, &values, most),
            Conn::Tx(Tx::Lite(tx)) => tx.run(|connection| connection.rows(&text, &values, most)),
            Conn::Db(Db::Pg(_)) | Conn::Tx(Tx::Pg(_)) => unreachable!("PostgreSQL has its own way"),
        }
    }

    /// The one row it must give.
    pub async fn one<'a, T: Row>(self, conn: impl Into<Conn<'a>>) -> Result<T> {
        self.optional(conn)
            .await?
            .ok_or(crate::Error::Sqlx(sqlx::Error::RowNotFound))
    }

    /// The first column of the one row it must give.
    pub async fn scalar<'a, T>(self, conn: impl Into<Conn<'a>>) -> Result<T>
    where
        (T,): Row,
    {
        self.one::<(T,)>(conn).await.map(|(value,)| value)
    }

    /// The first column of the row, if there is one.
    pub async fn scalar_optional<'a, T>(self, conn: impl Into<Conn<'a>>) -> Result<Option<T>>
    where
        (T,): Row,
    {
        Ok(self.optional::<(T,)>(conn).await?.map(|(value,)| value))
    }

    /// The first column of every row.
    pub async fn scalars<'a, T>(self, conn: impl Into<Conn<'a>>) -> Result<Vec<T>>
    where
        (T,): Row,
    {
        Ok(self
            .all::<(T,)>(conn)
            .await?
            .into_iter()
            .map(|(value,)| value)
            .collect())
    }

    fn lite(self) -> (Cow<'static, str>, Vec<Value>) {
        witness::ran(self.site, "sqlite");
        without_lists(self.text, self.values)
    }

    fn pg<'q>(self) -> Query<'q, Postgres, PgArguments> {
        witness::ran(self.site, "postgresql");
        let text = lists_in(self.text, &self.values, |_, list| {
            format!("SELECT unnest({list})")
        });
        let mut query = sqlx::query(AssertSqlSafe(text));
        for value in self.values {
            query = match value {
                Value::Texts(list) => query.bind(list),
                Value::Uuids(list) => query.bind(list),
                Value::Ints(list) => query.bind(list),
                Value::Column(Column::Text(list)) => query.bind(list),
                Value::Column(Column::Int(list)) => query.bind(list),
                Value::Column(Column::Bool(list)) => query.bind(list),
                Value::Column(Column::Uuid(list)) => query.bind(list),
                Value::Column(Column::Bytes(list)) => query.bind(list),
                value => bind_one(query, value),
            };
        }
        query
    }
}

/// The text with `IN (…)` for each `= ANY($n)` of a list, where `read` gives the rows of one. One text then serves lists
/// of any length, where `IN ($1, $2, …)` would be prepared anew for each. PostgreSQL itself knows `ANY`, but would compare
/// each row to each value of a long list if it has no statistics yet.
fn lists_in(
    mut text: Cow<'static, str>,
    values: &[Value],
    read: impl Fn(&Value, &str) -> String,
) -> Cow<'static, str> {
    for (at, value) in values.iter().enumerate() {
        if matches!(value, Value::Texts(_) | Value::Uuids(_) | Value::Ints(_)) {
            let list = format!("${}", at + 1);
            let rows = format!("IN ({})", read(value, &list));
            text = Cow::Owned(text.replace(&format!("= ANY({list})"), &rows));
        }
    }
    text
}

/// SQLite knows no lists: they go to it as JSON.
fn without_lists(text: Cow<'static, str>, values: Vec<Value>) -> (Cow<'static, str>, Vec<Value>) {
    let text = lists_in(text, &values, |value, list| {
        let read = if matches!(value, Value::Uuids(_)) {
            "unhex(value)"
        } else {
            "value"
        };
        format!("SELECT {read} FROM json_each({list})")
    });
    let plain = |value| match value {
        Value::Texts(list) => json(list).into(),
        Value::Ints(list) => json(list).into(),
        Value::Uuids(list) => json(list.iter().map(|id| id.simple().to_string())).into(),
        other => other,
    };
    (text, values.into_iter().map(plain).collect())
}

fn json(list: impl IntoIterator<Item = impl Into<serde_json::Value>>) -> String {
    list.into_iter()
        .map(Into::into)
        .collect::<serde_json::Value>()
        .to_string()
}

fn bind_one(query: Query<'_, Postgres, PgArguments>, value: Value) -> Query<'_, Postgres, PgArguments> {
    match value {
        Value::Text(value) => query.bind(value),
        Value::Int(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Uuid(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
        Value::Texts(_) | Value::Uuids(_) | Value::Ints(_) | Value::Column(_) => {
            unreachable!("each database has its own way with lists")
        }
    }
}

fn row<T: Row>(row: Option<&PgRow>) -> Result<Option<T>> {
    Ok(row.map(T::from_row).transpose()?)
}

fn rows<T: Row>(rows: &[PgRow]) -> Result<Vec<T>> {
    rows.iter()
        .map(|row| T::from_row(row).map_err(Into::into))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::without_lists;
    use crate::Value;

    #[test]
    fn lists_go_to_sqlite_as_json() {
        let id = uuid::Uuid::from_u128(0xab);
        let texts = vec!["a\"b".to_owned(), "é".to_owned()];
        let values = vec![Value::from(1_i64), texts.into(), vec![id].into()];
        let (text, values) = without_lists("a = $1 AND b = ANY($2) AND c = ANY($3)".into(), values);
        assert_eq!(
            text,
            "a = $1 AND b IN (SELECT value FROM json_each($2)) AND c IN (SELECT unhex(value) FROM json_each($3))"
        );
        assert_eq!(values[1], Value::from(r#"["a\"b","é"]"#));
        assert_eq!(values[2], Value::from(r#"["000000000000000000000000000000ab"]"#));
    }
}
