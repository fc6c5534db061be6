//! On the command line: shared devices, who looks after whom, and rules with groups of conditions.

use std::fs;
use std::path::Path;

use crate::common::run;
use serde_json::{Value, json};

fn done(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

fn as_json(data: &Path, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&done(data, &arguments)).expect("JSON")
}

/// The one line that a command says that can't do what it was asked.
fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert_ne!(output.status.code(), Some(0), "{arguments:?}");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

fn opened(folder: &Path) -> std::path::PathBuf {
    let data = folder.join("data");
    let open = [
        "workplace",
        "create",
        "--name",
        "Works",
        "--admin-email",
        "ada@example.com",
    ];
    as_json(&data, &open);
    let people = "Employee ID,Full name,Department,Location,Job title,Manager Employee ID\n\
                  L-1,Lead,Smelter,Leeds,Foreman,\nE-1,Bo Bold,Smelter,Porto,Clerk,L-1\n\
                  E-2,Cy,Sales,Leeds,Clerk,\nE-3,Di,Sales,Porto,Head of Sales,\nE-4,Ed,Sales,Porto,Clerk,\n";
    let file = folder.join("people.csv");
    fs::write(&file, people).expect("a file");
    done(&data, &["code", "allow"]);
    as_json(&data, &["import", file.to_str().expect("text"), "--yes"]);
    data
}

#[test]
fn kiosks_are_made_listed_and_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = opened(folder.path());
    let enrol = ["kiosk", "enrol", "Line 3", "--place", "Hall 2", "--idle", "60"];
    let made = as_json(&data, &enrol);
    assert!(
        made["link"]
            .as_str()
            .is_some_and(|link| link.contains("/kiosk/enrol/"))
    );
    assert_eq!(made["kiosk"]["idle_seconds"], 60);
    let listed = as_json(&data, &["kiosk", "list"]);
    assert_eq!(listed["kiosks"][0]["place"], "Hall 2");
    assert!(done(&data, &["kiosk", "list"]).contains("Line 3, Hall 2: link not opened yet"));
    assert!(done(&data, &enrol).contains("/kiosk/enrol/"));
    assert!(refused(&data, &["kiosk", "revoke", "Line 3"]).contains("2 kiosks are called"));
    assert!(refused(&data, &["kiosk", "revoke", "Line 9"]).contains("There is no kiosk"));
    assert!(refused(&data, &["kiosk", "enrol", "X", "--idle", "5"]).contains("from 30 to 900"));
    let id = made["kiosk"]["id"].as_str().expect("an id");
    assert!(done(&data, &["kiosk", "revoke", id]).contains("no kiosk any more"));
    assert!(done(&data, &["kiosk", "revoke", "Line 3"]).contains("no kiosk any more"));
    assert_eq!(as_json(&data, &["kiosk", "list"])["kiosks"], json!([]));
}

#[test]
fn supervisors_look_after_who_reports_to_them_and_who_is_at_their_locations() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = opened(folder.path());
    let by_chain = as_json(&data, &["supervisor", "set", "L-1"]);
    assert_eq!(
        (&by_chain["role"], &by_chain["people"], &by_chain["locations"]),
        (&json!("supervisor"), &json!(1), &json!([]))
    );
    let set = [
        "supervisor",
        "set",
        "L-1",
        "--location",
        "Leeds",
        "--location",
        "leeds ",
    ];
    let both = as_json(&data, &set);
    assert_eq!(
        (&both["people"], &both["locations"]),
        (&json!(2), &json!(["Leeds"]))
    );
    let listed = as_json(&data, &["supervisor", "list"]);
    let listed = listed["supervisors"].as_array().expect("a list");
    assert!(
        listed
            .iter()
            .any(|one| one["name"] == "Lead" && one["waiting"] == 2)
    );
    let people = done(&data, &["supervisor", "people", "L-1", "--waiting"]);
    assert!(
        people.contains("Bo Bold") && people.contains("Cy") && !people.contains("Di"),
        "{people}"
    );
    assert!(refused(&data, &["supervisor", "people", "E-1"]).contains("people.supervise"));
    assert!(refused(&data, &["supervisor", "set", "nobody"]).contains("Nobody here has"));
    done(&data, &["account", "role", "E-3", "--role", "analyst"]);
    assert!(refused(&data, &["supervisor", "set", "E-3"]).contains("does not let them look after people"));
    assert!(done(&data, &["supervisor", "end", "L-1"]).contains("looks after nobody"));
    let listed = as_json(&data, &["supervisor", "list"]);
    let listed = listed["supervisors"].as_array().expect("a list");
    assert!(listed.iter().all(|one| one["name"] != "Lead"), "{listed:?}");
}

#[test]
fn rules_ask_for_groups_of_conditions() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = opened(folder.path());
    let sales = ["--if", "department is Sales"];
    let here = ["--if-any", "location is Leeds | title begins_with Head"];
    let preview = |more: &[&str]| {
        let all: Vec<&str> = ["invite-rule", "preview"].iter().chain(more).copied().collect();
        as_json(&data, &all)
    };
    let seen = preview(&[sales[0], sales[1], here[0], here[1]]);
    assert_eq!(
        seen["sentence"],
        "department is Sales, and (location is Leeds, or title begins with Head)"
    );
    let either = [
        "--if-all",
        "department is Smelter | title is Clerk",
        "--if",
        "title is Foreman",
        "--any",
    ];
    assert_eq!(
        preview(&either)["sentence"],
        "title is Foreman, or (department is Smelter, and title is Clerk)"
    );
    let file = folder.path().join("rule.json");
    let rule = json!({"match": "all", "tests": [{"field": "department", "op": "is", "values": ["Sales"]}],
        "groups": [{"match": "any", "groups": [{"match": "all", "tests": [
            {"field": "location", "op": "is", "values": ["Porto"]},
            {"field": "title", "op": "is", "values": ["Clerk"]}]}],
            "tests": [{"field": "location", "op": "is", "values": ["Leeds"]}]}]});
    fs::write(&file, rule.to_string()).expect("a file");
    let path = file.to_str().expect("text");
    assert_eq!(
        preview(&["--if-file", path])["sentence"],
        "department is Sales, and (location is Leeds, or (location is Porto, and title is Clerk))"
    );
    fs::write(&file, "{\"match\": \"all\", \"tsts\": []}").expect("a file");
    assert!(refused(&data, &["invite-rule", "preview", "--if-file", path]).contains("has no conditions"));
    assert!(
        refused(&data, &["invite-rule", "preview", "--if-any", "shoe_size is 44"])
            .contains("is no condition")
    );
}

#[test]
fn second_factors_are_shown_and_taken_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = opened(folder.path());
    let none = done(&data, &["account", "factors", "ada@example.com"]);
    assert!(none.contains("has no second factor."), "{none}");
    let told = as_json(&data, &["account", "factors", "ada@example.com"]);
    assert_eq!(
        (&told["passkeys"], &told["totp"], &told["recovery_codes"]),
        (&json!([]), &Value::Null, &json!(0))
    );
    let why = refused(&data, &["account", "forget-factors", "ada@example.com"]);
    assert!(why.contains("there is nothing to remove"), "{why}");
    done(&data, &["workplace", "set", "second_factor", "admins"]);
    done(&data, &["workplace", "set", "second_factor_days", "3"]);
    let settings = as_json(&data, &["workplace", "settings"]);
    assert_eq!(settings["second_factor"], "admins");
    assert!(settings["second_factor_since"].is_string(), "{settings}");
    let why = refused(&data, &["workplace", "set", "second_factor_days", "31"]);
    assert!(why.contains("from 0 to 30"), "{why}");
    let why = refused(&data, &["workplace", "set", "second_factor_roles", "nobody"]);
    assert!(why.contains("no role"), "{why}");
}
