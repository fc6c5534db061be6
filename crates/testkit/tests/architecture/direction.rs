//! `server -> http -> core -> {store, wire}`, `http -> wire`; nothing that ships depends on the testkit.

use std::collections::BTreeMap;
use std::process::Command;

use crate::{expect_none, root};

/// Which of our crates a crate may build on.
const MAY_USE: &[(&str, &[&str])] = &[
    ("guildhall-wire", &[]),
    ("guildhall-store", &[]),
    ("guildhall-core", &["guildhall-store", "guildhall-wire"]),
    ("guildhall-http", &["guildhall-core", "guildhall-wire"]),
    (
        "guildhall",
        &[
            "guildhall-http",
            "guildhall-core",
            "guildhall-store",
            "guildhall-wire",
        ],
    ),
    (
        "guildhall-testkit",
        &[
            "guildhall",
            "guildhall-http",
            "guildhall-core",
            "guildhall-store",
            "guildhall-wire",
        ],
    ),
];

/// What a room has no business with, whatever it is called in Cargo.toml.
const MUST_NOT_USE: &[(&str, &[&str], &str)] = &[
    (
        "guildhall-wire",
        &["sqlx", "tokio", "axum", "reqwest", "lettre"],
        "wire is formats only: no I/O, no database",
    ),
    (
        "guildhall-store",
        &["axum", "tower-http", "reqwest", "lettre", "utoipa"],
        "store is the database only",
    ),
    (
        "guildhall-core",
        &["axum", "axum-extra", "tower-http", "hyper"],
        "core is the product without HTTP",
    ),
    (
        "guildhall-http",
        &["sqlx"],
        "http is thin: a query belongs into a room's sql.rs in core",
    ),
];

/// Normal and build dependencies of each of our crates.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON from cargo");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| {
            let used = package["dependencies"].as_array().expect("dependencies").iter();
            let used = used
                .filter(|d| d["kind"] != "dev")
                .map(|d| text(&d["name"]))
                .collect();
            (text(&package["name"]), used)
        })
        .collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let all = dependencies();
    let mut findings = Vec::new();
    for (name, used) in &all {
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| known == name) else {
            findings.push(format!(
                "{name} is new: say in direction.rs what it may use, and in ARCHITECTURE.md what it is"
            ));
            continue;
        };
        for dependency in used
            .iter()
            .filter(|d| all.contains_key(*d) && !allowed.contains(&d.as_str()))
        {
            findings.push(format!("{name} depends on {dependency}"));
        }
    }
    expect_none(
        "Our crates build on each other in one direction (server -> http -> core -> {store, wire}). Move the code \
         to the crate that may hold it:",
        &findings,
    );
}

#[test]
fn rooms_leave_alone_what_is_not_theirs() {
    let all = dependencies();
    let mut findings = Vec::new();
    for (name, banned, why) in MUST_NOT_USE {
        let used = all.get(*name).unwrap_or_else(|| panic!("no crate {name}"));
        for dependency in used.iter().filter(|d| banned.contains(&d.as_str())) {
            findings.push(format!("{name} uses {dependency}: {why}"));
        }
    }
    expect_none("A crate took up a job that belongs to another:", &findings);
}
