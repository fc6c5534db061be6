use std::panic::Location;

use crate::{Sql, Value};

/// A query that is narrowed clause by clause, from literals: what a person wrote is a parameter.
#[derive(Debug)]
pub struct Growing {
    text: String,
    values: Vec<Value>,
    site: &'static Location<'static>,
}

impl Growing {
    /// Begins with a query that has a `WHERE`, and its parameters.
    #[track_caller]
    pub fn new(text: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self {
            text: text.into(),
            values: values.into_iter().collect(),
            site: Location::caller(),
        }
    }

    /// Adds a parameter; gives its placeholder.
    pub fn put(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Adds ` AND clause`.
    pub fn and(&mut self, clause: &str) {
        self.push(" AND ");
        self.push(clause);
    }

    /// Adds ` AND clause $n`, if there is a value.
    pub fn narrow(&mut self, clause: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            let place = self.put(value);
            self.and(&format!("{clause} {place}"));
        }
    }

    /// Adds what comes after the clauses.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub fn sql(self) -> Sql {
        Sql::built_at(self.text, self.site).bind_all(self.values)
    }
}
