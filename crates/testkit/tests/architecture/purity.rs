//! `rules.rs` is pure, and the real clock and the real rng are called in few places.

use std::fs;

use crate::exceptions::Exceptions;
use crate::expect_none;
use crate::source::{files, relative, shipped};

/// Words that mean I/O, waiting, the database, the clock or chance.
const IMPURE: &[&str] = &[
    "async",
    "await",
    "sqlx",
    "store",
    "guildhall_store",
    "tokio",
    "Tx",
    "Db",
    "Pool",
    "fs",
    "net",
    "env",
    "process",
    "thread",
    "SystemTime",
    "Instant",
    "Clock",
    "Entropy",
    "rand",
    "rng",
    "lettre",
    "tracing",
    "Mutex",
    "RwLock",
];

#[test]
fn rules_are_pure() {
    let mut findings = Vec::new();
    let mut seen = 0;
    for source in shipped("core")
        .iter()
        .filter(|s| s.path.ends_with("/rules.rs") || s.path.contains("/rules/"))
    {
        seen += 1;
        let words = source.words();
        for (index, (line, word)) in words.iter().enumerate() {
            let now =
                word == "now" && index > 0 && ["Timestamp", "Zoned"].contains(&words[index - 1].1.as_str());
            if now || IMPURE.contains(&word.as_str()) {
                findings.push(format!("{}:{line}: {word}", source.path));
            }
        }
    }
    expect_none(
        "rules.rs holds rules only: no waiting, database, files, clock, chance or log. Do that in mod.rs and pass the \
         result in:",
        &findings,
    );
    assert!(seen > 0, "no rules.rs was found: did the folder move?");
}

#[test]
fn the_clock_and_chance_come_from_one_place() {
    let exceptions = Exceptions::of("clock");
    let mut findings = Vec::new();
    for folder in ["core", "http", "server", "store", "wire"] {
        for path in files(&format!("crates/{folder}/src"), &[".rs"]) {
            let text = fs::read_to_string(&path).expect("a source file");
            let place = relative(&path);
            if text.contains("disallowed_methods") && !exceptions.covers(&place) {
                findings.push(format!("{place} switches the lint off"));
            }
        }
    }
    findings.extend(exceptions.unused());
    expect_none(
        "Time and randomness are passed in (core::Clock, core::Entropy). Take them as arguments, or add `clock | path \
         | reason` to exceptions.txt:",
        &findings,
    );
}
