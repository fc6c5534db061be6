//! Who may touch which table, and that every query names its workplace.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::exceptions::Exceptions;
use crate::expect_none;
use crate::source::{Source, Text, shipped};
use crate::tables::tables;

/// Finds our tables in a text: which are read, which are written.
struct Reader {
    read: Regex,
    written: Regex,
    any: Regex,
}

impl Reader {
    fn new() -> Self {
        let names = tables().into_keys().collect::<Vec<_>>().join("|");
        let pattern = |text: String| Regex::new(&text).expect("a pattern");
        Self {
            read: pattern(format!(r#"(?i)\b(?:FROM|JOIN)\s+"?({names})\b"#)),
            written: pattern(format!(r#"(?i)\b(?:INTO|UPDATE|DELETE\s+FROM)\s+"?({names})\b"#)),
            any: pattern(format!(
                r#"(?is)\bselect\b.+\bfrom\s+"?({names})\b|\binsert\s+into\s+"?\w|\bupdate\s+"?({names})"?\s+set\b|\bdelete\s+from\s+"?\w|\bcreate\s+(?:unique\s+)?(?:table|index)\b"#
            )),
        }
    }

    fn written(&self, text: &str) -> BTreeSet<String> {
        self.written
            .captures_iter(text)
            .map(|found| found[1].to_owned())
            .collect()
    }

    fn touched(&self, text: &str) -> BTreeSet<String> {
        let read = self.read.captures_iter(text).map(|found| found[1].to_owned());
        read.chain(self.written(text)).collect()
    }
}

/// `accounts` for `crates/core/src/accounts/sql.rs` and for a file in a folder `…/accounts/sql/`.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("crates/core/src/")?;
    inside
        .strip_suffix("/sql.rs")
        .or_else(|| inside.split_once("/sql/").map(|(room, _)| room))
}

/// All SQL texts of all rooms.
fn room_texts() -> Vec<(String, Source)> {
    shipped("core")
        .into_iter()
        .filter_map(|source| Some((room(&source.path)?.to_owned(), source)))
        .collect()
}

#[test]
fn sql_is_only_in_a_rooms_sql_rs() {
    let reader = Reader::new();
    let mut findings = Vec::new();
    for crate_folder in ["core", "http", "server", "store", "wire"] {
        for source in shipped(crate_folder)
            .iter()
            .filter(|source| room(&source.path).is_none())
        {
            for text in source
                .texts()
                .iter()
                .filter(|text| reader.any.is_match(&text.value))
            {
                if crate_folder == "store" && reader.touched(&text.value).is_empty() {
                    continue; // its own bookkeeping, no table of the product
                }
                findings.push(format!("{}:{}: {}", source.path, text.line, short(&text.value)));
            }
        }
    }
    expect_none(
        "SQL stands only in the sql.rs of the room that owns the table. Move these into that sql.rs and call them \
         through the room's verbs:",
        &findings,
    );
}

#[test]
fn a_table_is_written_by_one_room() {
    let reader = Reader::new();
    let mut writers = BTreeMap::<String, BTreeSet<String>>::new();
    for (room, source) in room_texts() {
        for text in source.texts() {
            for table in reader.written(&text.value) {
                writers.entry(table).or_default().insert(room.clone());
            }
        }
    }
    let mut findings = Vec::new();
    for table in tables().keys() {
        match writers
            .get(table)
            .map(|rooms| rooms.iter().map(String::as_str).collect::<Vec<_>>())
        {
            None => findings.push(format!("{table}: no room writes it: drop it in a migration")),
            Some(rooms) if rooms.len() > 1 => {
                findings.push(format!("{table}: written by {}", rooms.join(" and ")));
            }
            Some(rooms) if table.starts_with("account") && rooms != ["accounts"] => {
                findings.push(format!(
                    "{table}: written by {}; account tables are written by accounts only",
                    rooms[0]
                ));
            }
            Some(_) => {}
        }
    }
    expect_none(
        "Every table belongs to exactly one room, which alone writes it. Call that room's verb instead:",
        &findings,
    );
}

#[test]
fn a_room_reads_its_own_tables() {
    let reader = Reader::new();
    let exceptions = Exceptions::of("reads");
    let rooms = room_texts();
    let mut owners = BTreeMap::<String, String>::new();
    for (room, source) in &rooms {
        for table in source.texts().iter().flat_map(|text| reader.written(&text.value)) {
            owners.insert(table, room.clone());
        }
    }
    let mut findings = BTreeSet::new();
    for (room, source) in &rooms {
        for text in source.texts() {
            for table in reader.touched(&text.value) {
                let owner = owners.get(&table).unwrap_or(&table);
                if owner != room && !exceptions.covers(&format!("{room} -> {table}")) {
                    findings.insert(format!(
                        "{}:{}: {room} reads {table}, which belongs to {owner}",
                        source.path, text.line
                    ));
                }
            }
        }
    }
    let mut findings: Vec<String> = findings.into_iter().collect();
    findings.extend(exceptions.unused());
    expect_none(
        "A room asks another room for what is in its tables. Call its verb, or, when only a join keeps a long list \
         fast, add `reads | room -> table | reason` to exceptions.txt:",
        &findings,
    );
}

#[test]
fn every_query_names_its_workplace() {
    let reader = Reader::new();
    let exceptions = Exceptions::of("workplace");
    let tables = tables();
    let with_workplace: BTreeSet<&String> = tables
        .iter()
        .filter(|(_, columns)| columns.iter().any(|c| c == "workplace_id"))
        .map(|(name, _)| name)
        .collect();
    let mut findings = Vec::new();
    for (room, source) in room_texts() {
        let texts = source.texts();
        for text in &texts {
            let touched = reader.touched(&text.value);
            let concerned: Vec<&str> = touched
                .iter()
                .filter(|table| with_workplace.contains(table))
                .map(String::as_str)
                .collect();
            if concerned.is_empty() || names_workplace(text, &texts) {
                continue;
            }
            let place = format!("{room}/sql.rs::{}", text.item);
            if !exceptions.covers(&place) {
                findings.push(format!(
                    "{}:{}: {place} asks {}",
                    source.path,
                    text.line,
                    concerned.join(", ")
                ));
            }
        }
    }
    findings.extend(exceptions.unused());
    expect_none(
        "Every query names its workplace, so that nothing crosses from one organisation to another. Add \
         `workplace_id = $n`, or, where there is no workplace yet (a log-in, a sweep over all), add \
         `workplace | room/sql.rs::function | reason` to exceptions.txt:",
        &findings,
    );
}

/// In the text itself, in a constant that it takes in, or, for a text whose conditions are added piece by
/// piece, in another piece of the same function.
fn names_workplace(text: &Text, all: &[Text]) -> bool {
    let names = |value: &str| value.contains("workplace_id");
    if names(&text.value) {
        return true;
    }
    let placed = |name: &str| text.value.contains(&format!("{{{name}}}"));
    if all.iter().any(|other| placed(&other.item) && names(&other.value)) {
        return true;
    }
    let open = !text.value.contains("WHERE") && !text.value.contains("VALUES");
    open && text.item != "the file"
        && all
            .iter()
            .any(|other| other.item == text.item && names(&other.value))
}

fn short(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(90).collect()
}

#[test]
fn a_forgotten_workplace_is_noticed() {
    let cases = [
        (
            "fn f() { q(\"SELECT id FROM accounts WHERE workplace_id = $1 AND id = $2\") }",
            true,
        ),
        ("fn f() { q(\"SELECT id FROM accounts WHERE id = $1\") }", false),
        ("fn f() { q(\"select id from accounts where id = $1\") }", false),
        (
            "const W: &str = \"workplace_id = $1\"; fn f() { q(format!(\"SELECT id FROM accounts WHERE {W}\")) }",
            true,
        ),
        (
            "const W: &str = \"state = $1\"; fn f() { q(format!(\"SELECT id FROM accounts WHERE {W}\")) }",
            false,
        ),
        (
            "fn f() { q(\"SELECT id FROM accounts\"); push(\" WHERE workplace_id = $1\") }",
            true,
        ),
        (
            "fn f() { q(\"SELECT id FROM accounts\") } fn g() { push(\" WHERE workplace_id = $1\") }",
            false,
        ),
        (
            "fn f() { q(\"INSERT INTO accounts (id) VALUES ($1)\"); q(\"workplace_id\") }",
            false,
        ),
    ];
    let reader = Reader::new();
    for (code, named) in cases {
        let texts = Source::read("sql.rs", code).texts();
        let mut asked = texts
            .iter()
            .filter(|text| !reader.touched(&text.value).is_empty())
            .peekable();
        assert!(asked.peek().is_some(), "not seen as SQL: {code}");
        assert_eq!(asked.all(|text| names_workplace(text, &texts)), named, "{code}");
    }
}
