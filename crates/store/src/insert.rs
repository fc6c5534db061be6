use std::fmt::Write as _;
use std::panic::Location;

use crate::{Result, Sql, Tx, Value};

/// How many parameters one statement carries at most (SQLite's own limit is 32,766).
pub const BATCH_PARAMETERS: usize = 30_000;
const BATCH_ROWS: usize = 512;

/// `($1, $2), ($3, $4), …`: `rows` tuples of `columns` placeholders, for `VALUES …`.
pub fn tuples(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        let first = row * columns + 1;
        let row: Vec<String> = (first..first + columns)
            .map(|number| format!("${number}"))
            .collect();
        let _ = write!(text, "{comma}({})", row.join(", "));
    }
    text
}

/// Many rows into one table, in as few statements as go.
pub struct Insert {
    head: String,
    tail: &'static str,
    columns: usize,
    values: Vec<Value>,
    site: &'static Location<'static>,
}

impl Insert {
    /// `head`: `INSERT INTO table (a, b)`; `columns`: how many those are.
    #[track_caller]
    pub fn new(head: &'static str, columns: usize) -> Self {
        Self {
            head: head.to_owned(),
            tail: "",
            columns,
            values: Vec::new(),
            site: Location::caller(),
        }
    }

    /// What follows the values: `ON CONFLICT …`.
    pub fn tail(mut self, tail: &'static str) -> Self {
        self.tail = tail;
        self
    }

    pub fn push(&mut self, row: impl IntoIterator<Item = Value>) {
        let before = self.values.len();
        self.values.extend(row);
        debug_assert_eq!(self.values.len() - before, self.columns, "{}", self.head);
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Writes all; gives the number of rows touched.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64> {
        if self.is_empty() {
            return Ok(0);
        }
        if matches!(tx, Tx::Lite(_)) {
            self.in_rows(tx).await
        } else {
            self.in_columns(tx).await
        }
    }

    /// Sizes are full batches, then powers of two, so that few texts are prepared however many rows there are.
    async fn in_rows(self, tx: &mut Tx) -> Result<u64> {
        let mut left = self.values.len() / self.columns;
        let full = BATCH_ROWS.min(BATCH_PARAMETERS / self.columns);
        // A number for each of 20,000 parameters would only have to be read.
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        let mut values = self.values.into_iter();
        let mut touched = 0;
        while left > 0 {
            let rows = if left >= full { full } else { 1 << left.ilog2() };
            let rows_text = vec![row.as_str(); rows].join(", ");
            let text = format!("{} VALUES {rows_text} {}", self.head, self.tail);
            touched += Sql::built_at(text, self.site)
                .bind_all(values.by_ref().take(rows * self.columns))
                .execute(tx)
                .await?;
            left -= rows;
        }
        Ok(touched)
    }

    /// Each column as one parameter: PostgreSQL would plan a list of 20,000 parameters anew each time.
    async fn in_columns(self, tx: &mut Tx) -> Result<u64> {
        let rows = self.values.len() / self.columns;
        let mut columns: Vec<Vec<Value>> = vec![Vec::with_capacity(rows); self.columns];
        for (at, value) in self.values.into_iter().enumerate() {
            columns[at % self.columns].push(value);
        }
        let places: Vec<String> = (1..=self.columns).map(|number| format!("${number}")).collect();
        let text = format!(
            "{} SELECT * FROM UNNEST({}) {}",
            self.head,
            places.join(", "),
            self.tail
        );
        let columns = columns.into_iter().map(Value::column);
        Sql::built_at(text, self.site).bind_all(columns).execute(tx).await
    }
}
