//! What a script does with the real program, beside a running server.

use std::path::Path;

use crate::common::run;
use serde_json::Value;

fn json(data: &Path, arguments: &[&str]) -> Value {
    let output = run(data, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("one JSON text")
}

fn list(folder: &Path, people: std::ops::Range<u32>) -> String {
    let rows: Vec<String> = people.map(|n| format!("p{n}@example.com,Person {n}")).collect();
    let file = folder.join("people.csv");
    std::fs::write(&file, format!("Email,Full name\n{}\n", rows.join("\n"))).expect("a file");
    file.to_string_lossy().into_owned()
}

#[test]
#[allow(clippy::too_many_lines, reason = "one story, told in one piece")]
fn a_script_opens_a_workplace_takes_lists_in_and_lets_people_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let made = json(
        &data,
        &[
            "workplace",
            "create",
            "--name",
            "Łódź & Søn",
            "--admin-email",
            "ada@example.com",
            "--json",
        ],
    );
    let id = made["workplace_id"].as_str().expect("an id").to_owned();
    let url = made["claim_url"].as_str().expect("a link");
    assert!(
        url.starts_with("http://localhost:8080/claim/") && url.len() > 60,
        "{url}"
    );

    let token = json(
        &data,
        &[
            "token",
            "create",
            "--workplace",
            &id,
            "--scope",
            "people.read",
            "--json",
        ],
    );
    assert!(
        token["token"]
            .as_str()
            .is_some_and(|token| token.starts_with("ghp_"))
    );
    let wrong = run(
        &data,
        &["token", "create", "--workplace", &id, "--scope", "people.fly"],
    );
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("people.read"));

    let file = list(folder.path(), 0..100);
    let plan = json(
        &data,
        &[
            "import",
            &file,
            "--workplace",
            &id,
            "--mode",
            "add",
            "--plan",
            "--json",
        ],
    );
    assert_eq!(
        (&plan["counts"]["create"], &plan["state"]),
        (&100.into(), &"planned".into())
    );
    let unasked = run(&data, &["import", &file, "--workplace", &id, "--mode", "add"]);
    assert!(
        unasked.status.success() && String::from_utf8_lossy(&unasked.stderr).contains("--yes"),
        "without a terminal and without --yes it is only planned"
    );
    let nobody = run(&data, &["account", "show", "p9@example.com", "--workplace", &id]);
    assert_eq!(nobody.status.code(), Some(1));
    let done = json(
        &data,
        &[
            "import",
            &file,
            "--workplace",
            &id,
            "--mode",
            "add",
            "--yes",
            "--json",
        ],
    );
    assert_eq!(done["state"], "applied");

    let fewer = list(folder.path(), 0..50);
    let held = run(&data, &["import", &fewer, "--workplace", &id, "--mode", "full"]);
    let said = String::from_utf8_lossy(&held.stderr).to_lowercase();
    assert_eq!(held.status.code(), Some(3), "{said}");
    assert!(said.contains("brake") && said.lines().count() == 1, "{said}");
    let shown = json(
        &data,
        &["account", "show", "P99@Example.com", "--workplace", &id, "--json"],
    );
    assert_eq!(
        (&shown["state"], &shown["profile"]["display_name"]),
        (&"uninvited".into(), &"Person 99".into())
    );
    json(
        &data,
        &[
            "import",
            &fewer,
            "--workplace",
            &id,
            "--mode",
            "full",
            "--yes",
            "--json",
        ],
    );
    let shown = json(
        &data,
        &["account", "show", "p99@example.com", "--workplace", &id, "--json"],
    );
    assert_eq!(shown["state"], "deactivated");

    let gone = json(&data, &["account", "deactivate", "p1@example.com", "--json"]);
    assert_eq!(gone["state"], "deactivated");
    let nobody = run(&data, &["account", "deactivate", "nobody@example.com"]);
    assert_eq!(nobody.status.code(), Some(1));
    let last = run(&data, &["account", "deactivate", "ada@example.com"]);
    assert!(String::from_utf8_lossy(&last.stderr).contains("last system admin"));
}
