//! Every query of the product has run on both databases when all tests have. `make test` lets the tests note which ran
//! (`TEST_QUERY_SITES`, see `store::witness`) and then runs this one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What begins a query.
const BEGINNINGS: [&str; 4] = ["sql(", "Sql::built(", "Growing::new(", "Insert::new("];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Whether the line begins a query: the word stands alone and is no comment, import or method.
fn begins_query(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    BEGINNINGS.iter().any(|beginning| {
        code.match_indices(beginning).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':'))
                && !code[..at].ends_with("fn ")
        })
    })
}

#[test]
#[ignore = "only after all others: `make test` runs it"]
fn every_query_has_run_on_both_databases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let noted = std::env::var("TEST_QUERY_SITES").expect("TEST_QUERY_SITES names a folder");
    let ran: BTreeSet<String> = std::fs::read_dir(noted)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().replace('!', "/"))
        .collect();
    let mut files = Vec::new();
    sources(&root.join("crates/core/src"), &mut files);
    let (mut missing, mut queries) = (Vec::new(), 0);
    for file in files {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        for (number, line) in (1..).zip(std::fs::read_to_string(&file).unwrap().lines()) {
            if !begins_query(line) {
                continue;
            }
            queries += 1;
            for database in ["sqlite", "postgresql"] {
                if !ran.contains(&format!("{database} {name}:{number}")) {
                    missing.push(format!("{name}:{number} on {database}: {}", line.trim()));
                }
            }
        }
    }
    assert!(queries > 100, "only {queries} queries were found");
    assert!(missing.is_empty(), "no test ran these:\n{}", missing.join("\n"));
}

#[test]
fn a_query_is_told_from_what_looks_like_one() {
    for line in [
        "    sql(\"SELECT 1\")",
        "let q = Sql::built(text).bind(id);",
        "Ok(sql(",
    ] {
        assert!(begins_query(line), "{line}");
    }
    for line in [
        "query.sql().all(db)",
        "pub fn sql(text: &str)",
        "// sql(\"x\")",
        "use guildhall_store::sql;",
    ] {
        assert!(!begins_query(line), "{line}");
    }
}
