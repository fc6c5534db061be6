//! The invariants of ARCHITECTURE.md that can be read off the source, held by tests.
//!
//! Each test fails with a list of places and a sentence that says what to do. The exceptions are in
//! `exceptions.txt` beside this file, each with its reason; one that is no longer needed fails too.

mod direction;
mod exceptions;
mod purity;
mod size;
mod source;
mod sql;
mod tables;

use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace's root")
}

/// Fails with all findings at once, each on a line, under one sentence that says what to do.
#[track_caller]
fn expect_none(what_to_do: &str, findings: &[String]) {
    assert!(
        findings.is_empty(),
        "\n\n{what_to_do}\n\n  {}\n",
        findings.join("\n  ")
    );
}
