//! Files stay short enough to be read.

use std::fs;

use crate::expect_none;
use crate::source::{files, relative};

const MOST_LINES: usize = 800;

#[test]
fn no_file_is_over_800_lines() {
    let mut findings = Vec::new();
    for folder in ["crates", "web", "e2e", "bench", "scripts"] {
        for path in files(
            folder,
            &[
                ".rs", ".ts", ".js", ".mjs", ".svelte", ".css", ".html", ".sh", ".py",
            ],
        ) {
            let lines = fs::read_to_string(&path).unwrap_or_default().lines().count();
            if lines > MOST_LINES {
                findings.push(format!("{}: {lines} lines", relative(&path)));
            }
        }
    }
    expect_none(
        "A file of more than 800 lines is not read any more. Split it by what a reader looks for:",
        &findings,
    );
}
