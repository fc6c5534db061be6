//! The agent: the real program reads a real directory, and pushes to a real server.

#![allow(clippy::too_many_lines, reason = "a story is told in one piece")]

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::common::{guildhall, run};
use guildhall_testkit::ldap::{BASE, BIND_DN, Options, PASSWORD, Slapd, folder, person};
use guildhall_testkit::poll;
use serde_json::{Value, json};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn json_of(data: &Path, arguments: &[&str]) -> Value {
    let output = run(data, arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn group(name: &str, members: &[&str]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|member| format!("member: {member},{BASE}\n"))
        .collect();
    let members = members.concat();
    format!("dn: cn={name},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: {name}\n{members}\n")
}

fn agent(folder: &Path, site: &str, token: &str) -> std::process::Output {
    agent_with(folder, site, token, PASSWORD)
}

fn agent_with(folder: &Path, site: &str, token: &str, word: &str) -> std::process::Output {
    let password = folder.join("password.txt");
    std::fs::write(&password, format!("{word}\n")).unwrap();
    std::process::Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(["sync", "--to", site, "--password-file"])
        .arg(password)
        .env("GUILDHALL_TOKEN", token)
        .output()
        .unwrap()
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "one story, told in one piece")]
async fn an_agent_reads_inside_and_pushes_outward() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    json_of(
        &data,
        &[
            "workplace",
            "create",
            "--name",
            "W",
            "--admin-email",
            "ada@example.com",
            "--json",
        ],
    );
    let scopes = [
        "--scope",
        "people.import",
        "--scope",
        "people.deactivate",
        "--scope",
        "workplace.manage",
        "--scope",
        "roles.manage",
    ];
    let token = json_of(&data, &[&["token", "create", "--json"][..], &scopes].concat());
    let token = token["token"].as_str().unwrap().to_owned();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let listen = format!("127.0.0.1:{port}");
    let server = guildhall(&data, &["serve", "--listen", &listen])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _server = Running(server);
    assert!(poll(Duration::from_secs(20), || TcpStream::connect(&listen).ok()).is_some());
    let site = format!("http://{listen}");

    let slapd = Slapd::start(
        &Options::default(),
        &[
            folder("people"),
            person("bo", "Bo", "Berg", ""),
            person("cy", "Cy", "Chen", ""),
            folder("groups"),
            group("Drivers", &["uid=bo,ou=people", "uid=cy,ou=people"]),
            group("Staff", &["cn=drivers,ou=groups"]),
        ]
        .concat(),
    );
    let settings = json!({"kind": "open_ldap", "via": "agent",
        "server": {"host": "localhost", "port": slapd.tls_port, "security": "ldaps", "ca": slapd.authority(), "bind_dn": BIND_DN},
        "base": BASE, "group": null, "groups": format!("ou=groups,{BASE}"), "invite": false, "automatic": true, "every_minutes": 15, "full_hours": 24,
        "mapping": {"rules": [{"field": "email", "attribute": "mail"}, {"field": "display_name", "attribute": "cn"}],
            "manager": null, "photo": null}});
    let http = reqwest::Client::new();
    let send = async |path: &str, body: Value| -> Value {
        let sent = http
            .post(format!("{site}/api/v1{path}"))
            .bearer_auth(&token)
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(
            sent.status().is_success(),
            "{path}: {}",
            sent.text().await.unwrap()
        );
        sent.json().await.unwrap()
    };
    send("/directories", json!({"name": "LDAP", "settings": settings})).await;

    let plain = agent(place.path(), "http://guildhall.example.com", &token);
    assert!(String::from_utf8_lossy(&plain.stderr).contains("https://"));
    let first = agent(place.path(), &site, &token);
    let said = String::from_utf8_lossy(&first.stdout);
    assert!(
        first.status.success()
            && said.contains("2 groups were read")
            && said.contains("2 people were read")
            && said.contains("waits for a person"),
        "{said}{}",
        String::from_utf8_lossy(&first.stderr)
    );
    let runs: Value = http
        .get(format!("{site}/api/v1/directories"))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let id = runs["items"][0]["id"].as_str().unwrap();
    let runs: Value = http
        .get(format!("{site}/api/v1/directories/{id}/runs"))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let run = runs["items"][0]["id"].as_str().unwrap();
    send(&format!("/imports/{run}/apply"), json!({})).await;
    let applied = async || {
        let run: Value = http
            .get(format!("{site}/api/v1/imports/{run}"))
            .bearer_auth(&token)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        run["state"] == json!("applied")
    };
    for _ in 0..200 {
        if applied().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    slapd.change(&format!("dn: uid=bo,ou=people,{BASE}\nchangetype: delete\n"));
    let second = agent(place.path(), &site, &token);
    let said = String::from_utf8_lossy(&second.stdout);
    assert!(
        said.contains("1 deactivated"),
        "{said}{}",
        String::from_utf8_lossy(&second.stderr)
    );
    let third = agent(place.path(), &site, &token);
    let said = String::from_utf8_lossy(&third.stdout);
    assert!(
        said.contains("Nothing had changed"),
        "{said}{}",
        String::from_utf8_lossy(&third.stderr)
    );

    // The groups are followed once the people are here, also those in others; who left is in none.
    let mut sets = Value::Null;
    for _ in 0..200 {
        let asked = http.get(format!("{site}/api/v1/directories")).bearer_auth(&token);
        let listed: Value = asked.send().await.unwrap().json().await.unwrap();
        sets = listed["items"][0]["sets"].clone();
        if sets == json!(2) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(sets, json!(2));

    // What goes wrong where the agent runs is seen where people look, until it comes again.
    let trouble = async || {
        let asked = http.get(format!("{site}/api/v1/directories")).bearer_auth(&token);
        let listed: Value = asked.send().await.unwrap().json().await.unwrap();
        listed["items"][0]["trouble"].clone()
    };
    let wrong = agent_with(place.path(), &site, &token, "wrong");
    assert!(!wrong.status.success());
    let told = trouble().await;
    let told = told.as_str().unwrap_or_default();
    assert!(
        told.starts_with("The agent could not read or push: ") && told.contains("password"),
        "{told}"
    );
    assert!(agent(place.path(), &site, &token).status.success());
    assert_eq!(trouble().await, Value::Null);

    // On the server itself, the directory is the agent's.
    let here = crate::common::run(&data, &["sync", "--plan"]);
    assert!(
        String::from_utf8_lossy(&here.stderr).contains("agent"),
        "{}",
        String::from_utf8_lossy(&here.stderr)
    );
}
