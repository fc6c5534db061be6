//! Access codes on the command line: the setting, one person, many on paper.

use std::fs;
use std::path::Path;

use crate::common::run;
use serde_json::Value;

/// What a command that answers in JSON says.
fn json(data: &Path, arguments: &[&str]) -> Value {
    let output = run(data, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What a command says that can't do what it was asked.
fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert_ne!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn codes_are_given_shown_printed_and_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let opened = [
        "workplace",
        "create",
        "--name",
        "Works",
        "--admin-email",
        "ada@example.com",
        "--json",
    ];
    json(&data, &opened);
    let people =
        "Employee ID,Full name,Department\nE-1,Bo Bold,Smelter\nE-2,Żaneta,Smelter\nE-3,Cy,Assembly\n";
    fs::write(file("people.csv"), people).expect("a file");
    json(&data, &["import", &file("people.csv"), "--yes", "--json"]);

    assert!(refused(&data, &["code", "give", "E-1"]).contains("lets nobody in without an e-mail"));
    assert_eq!(json(&data, &["code", "allow", "--json"])["without_email"], true);
    let given = json(&data, &["code", "give", "e-1", "--json"]);
    let code = given["code"].as_str().expect("a code");
    assert_eq!((code.len(), code.split(' ').count()), (19, 4), "{code}");
    assert!(
        given["link"]
            .as_str()
            .is_some_and(|link| link.ends_with(&code.replace(' ', "")))
    );
    assert_eq!(
        json(&data, &["code", "show", "E-1", "--json"])["code"]["state"],
        "live"
    );

    let several = json(&data, &["code", "give", "--department", "Assembly", "--json"]);
    assert_eq!(several["items"][0]["employee_id"], "E-3", "{several}");
    assert_eq!(several["refused"], serde_json::json!([]));

    let sheet = file("smelter.pdf");
    let made = json(
        &data,
        &[
            "code",
            "sheets",
            &sheet,
            "--department",
            "Smelter",
            "--language",
            "pl",
            "--json",
        ],
    );
    assert_eq!(made["given"], 1, "the other has a code");
    assert!(fs::read(&sheet).expect("the file").starts_with(b"%PDF"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(&sheet).expect("the file").permissions().mode() & 0o777,
            0o600
        );
    }
    assert!(refused(&data, &["code", "sheets", &sheet]).contains("Name a new file"));
    assert!(refused(&data, &["code", "sheets", &file("x.doc")]).contains(".pdf, .csv or .xlsx"));
    let list = file("codes.csv");
    json(
        &data,
        &[
            "code", "sheets", &list, "--person", "E-1", "--person", "E-3", "--json",
        ],
    );
    assert_eq!(fs::read_to_string(&list).expect("the file").lines().count(), 3);
    assert!(refused(&data, &["code", "sheets", &file("none.csv")]).contains("Nobody waits"));
    assert!(!folder.path().join("none.csv").exists(), "no empty file is left");

    let shown = run(&data, &["code", "give", "E-1", "E-3"]);
    let shown = String::from_utf8(shown.stdout).expect("text");
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines[0].starts_with("Access code          Valid until  Employee ID  Name     Department"),
        "{shown}"
    );
    assert!(
        lines[1].ends_with("E-3          Cy       Assembly"),
        "by department: {shown}"
    );
    assert!(shown.contains("shown this once"), "{shown}");
    assert!(refused(&data, &["code", "give", "--waiting"]).contains("Nobody waits"));
    assert!(refused(&data, &["code", "give"]).contains("required"));

    assert_eq!(run(&data, &["code", "revoke", "E-1"]).status.code(), Some(0));
    assert!(refused(&data, &["code", "revoke", "E-1"]).contains("no access code that works"));
    assert_eq!(
        json(&data, &["code", "show", "E-1", "--json"])["code"]["state"],
        "revoked"
    );
    assert_eq!(
        json(&data, &["code", "allow", "--off", "--json"])["without_email"],
        false
    );
}
