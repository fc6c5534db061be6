//! On the command line: identity providers, of both kinds.

use std::fs;
use std::path::Path;

use crate::common::run;
use serde_json::Value;

fn as_json(data: &Path, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let output = run(data, &arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert_ne!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn an_openid_provider_is_begun_and_what_is_wrong_with_its_issuer_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let open = [
        "workplace",
        "create",
        "--name",
        "Works",
        "--admin-email",
        "ada@example.com",
    ];
    as_json(&data, &open);
    let made = as_json(&data, &["sso", "add", "Entra ID", "--oidc", "--preset", "entra"]);
    assert_eq!(
        (made["protocol"].as_str(), made["settings"]["address"].as_str()),
        (Some("oidc"), Some("preferred_username"))
    );
    let id = made["id"].as_str().expect("an id");
    let redirect = made["our_redirect_url"].as_str().expect("an address");
    assert!(
        redirect.ends_with(&format!("/sso/oidc/{id}/callback")),
        "{redirect}"
    );
    let said = run(&data, &["sso", "add", "Okta", "--oidc"]);
    let said = String::from_utf8(said.stdout).expect("text");
    assert!(
        said.contains("back-channel") && !said.contains("entity id"),
        "{said}"
    );
    assert_eq!(
        as_json(&data, &["sso", "list"])["providers"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );

    let secret = folder.path().join("secret");
    fs::write(&secret, "s3cret\n").expect("a file");
    let secret = secret.to_str().expect("text");
    for (issuer, told) in [
        ("http://login.example.com", "begins with https://"),
        (
            "https://login.microsoftonline.com/{tenant}/v2.0",
            "your own tenant",
        ),
        // Nobody has said that this server may ask its neighbours.
        ("https://127.0.0.1:9", "is not public"),
    ] {
        let connect = [
            "sso",
            "connect",
            id,
            "--issuer",
            issuer,
            "--client-id",
            "hall",
            "--client-secret-file",
            secret,
        ];
        let said = refused(&data, &connect);
        assert!(said.contains(told), "{issuer}: {said}");
    }
    let changed = as_json(
        &data,
        &["sso", "set", id, "--unverified", "false", "--ends-there", "true"],
    );
    assert_eq!(
        (
            changed["settings"]["unverified"].as_bool(),
            changed["settings"]["ends_there"].as_bool()
        ),
        (Some(false), Some(true))
    );
    assert!(refused(&data, &["sso", "on", id]).contains("Say where the identity provider is first"));
    assert!(refused(&data, &["sso", "add", "X", "--preset", "entra"]).contains("--oidc"));
    assert!(refused(&data, &["sso", "connect", id, "--issuer", "https://x.example"]).contains("--client-id"));
    assert!(refused(&data, &["sso", "connect", id]).contains("--issuer"));
}
