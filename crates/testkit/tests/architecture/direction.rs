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

/// Nowhere in the tree, however far down. `deny.toml` says the same to cargo-deny.
const UNWANTED: &[(&str, &str)] = &[
    ("ring", "one provider of cryptography: aws-lc-rs"),
    ("openssl-sys", "one TLS library: rustls"),
    ("native-tls", "one TLS library: rustls"),
];

/// What may come by one crate only, and why it may.
const BY_ONE_WAY: &[(&str, &str, &str)] = &[(
    "rsa",
    "crypto-glue",
    "passkeys are verified by it with public keys; RUSTSEC-2023-0071 is about the timing of private ones",
)];

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(arguments)
        .arg("--offline")
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text from cargo")
}

/// Normal and build dependencies of each of our crates.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let said = cargo(&["metadata", "--format-version=1", "--no-deps"]);
    let metadata: serde_json::Value = serde_json::from_str(&said).expect("JSON from cargo");
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

#[test]
fn cryptography_comes_from_one_library() {
    let tree = cargo(&[
        "tree",
        "--package=guildhall",
        "--edges=normal,build",
        "--prefix=none",
        "--format={p}",
    ]);
    let mut findings = Vec::new();
    for (name, why) in UNWANTED {
        if tree.lines().any(|line| line.split(' ').next() == Some(name)) {
            findings.push(format!("{name}: {why}"));
        }
    }
    for (name, by, why) in BY_ONE_WAY {
        let invert = format!("--invert={name}");
        let users = [
            "tree",
            &invert,
            "--depth=1",
            "--edges=normal,build",
            "--prefix=none",
            "--format={p}",
        ];
        let users = cargo(&users);
        let users = users.lines().skip(1).filter_map(|line| line.split(' ').next());
        for user in users.filter(|user| user != by) {
            findings.push(format!(
                "{name} is used by {user}, and by {by} only it may: {why}"
            ));
        }
    }
    expect_none(
        "A dependency brought in what we do without. `cargo tree -i NAME` tells which; choose its features:",
        &findings,
    );
}
