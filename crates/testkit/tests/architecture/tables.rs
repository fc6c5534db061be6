//! The tables of the migrations and their columns.

use std::collections::BTreeMap;
use std::fs;

use regex::Regex;

use crate::source::files;

/// Table name to column names, as the migrations leave them.
pub fn tables() -> BTreeMap<String, Vec<String>> {
    let create = Regex::new(r"(?s)CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*?)\n\);").expect("a pattern");
    let added = Regex::new(r"ALTER TABLE (\w+) ADD (?:COLUMN )?(\w+)").expect("a pattern");
    let dropped = Regex::new(r"DROP TABLE (?:IF EXISTS )?(\w+)").expect("a pattern");
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    for path in files("crates/core/migrations", &[".sql"]) {
        let text = fs::read_to_string(path).expect("a migration");
        for found in create.captures_iter(&text) {
            let columns = found[2].lines().filter_map(|line| line.split_whitespace().next());
            tables.insert(found[1].to_owned(), columns.map(str::to_owned).collect());
        }
        for found in added.captures_iter(&text) {
            tables
                .entry(found[1].to_owned())
                .or_default()
                .push(found[2].to_owned());
        }
        for found in dropped.captures_iter(&text) {
            tables.remove(&found[1]);
        }
    }
    for table in ["workplaces", "accounts", "audit_events"] {
        assert!(
            tables.contains_key(table),
            "the migrations could not be read: {tables:?}"
        );
    }
    tables
}
