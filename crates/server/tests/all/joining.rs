//! Domains, joining, rules and asked-for workplaces, as an operator arranges them on the command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Output;

use crate::common::run;
use guildhall_core::access::{Device, Origin, PasswordHasher};
use guildhall_core::mail::{SmtpSettings, Transport};
use guildhall_core::openings::{self, Opened, Openness};
use guildhall_core::outbox::Postman;
use guildhall_core::setup::First;
use guildhall_core::{Actor, App, Entropy, groups, workplaces};
use guildhall_store::Db;
use guildhall_testkit::smtp::SmtpServer;
use serde_json::Value;

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// What a command that goes well prints.
fn done(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn json(data: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&done(data, arguments)).unwrap()
}

/// What a command that is refused says, with the code it ends with.
fn refused(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(data, arguments);
    (output.status.code(), said(&output))
}

fn workplace(data: &Path) {
    let create = [
        "workplace",
        "create",
        "--name",
        "Łódź Works",
        "--admin-email",
        "ada@works.example",
        "--time-zone",
        "Europe/Warsaw",
    ];
    done(data, &create);
}

#[test]
fn domains_are_added_looked_at_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let (code, said) = refused(data, &["domain", "list"]);
    assert_eq!(code, Some(1), "{said}");
    workplace(data);
    let added = json(data, &["domain", "add", "Bücher.example", "--json"]);
    assert_eq!(
        (&added["name"], &added["state"]),
        (&"xn--bcher-kva.example".into(), &"pending".into())
    );
    let proof = added["txt_value"].as_str().unwrap();
    assert!(proof.starts_with("guildhall-domain-verification="), "{proof}");
    assert!(
        done(data, &["domain", "list"]).contains("pending"),
        "by name and state"
    );
    let (code, said) = refused(data, &["domain", "add", "gmail.com"]);
    assert_eq!(code, Some(1), "a public mail provider: {said}");
    let (code, said) = refused(data, &["domain", "verify", "nowhere.example"]);
    assert!(
        code == Some(1) && said.contains("guildhall domain add nowhere.example"),
        "{said}"
    );
}

#[test]
fn settings_are_shown_and_set_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    workplace(data);
    let shown = json(data, &["workplace", "settings", "--json"]);
    assert_eq!(
        (&shown["joining"], &shown["remind_days"], &shown["quiet_from"]),
        (&"invited".into(), &serde_json::json!([3, 5]), &19.into())
    );
    for (key, value) in [
        ("joining", "domains"),
        ("coworkers", "all"),
        ("remind_days", "2, 9"),
        ("quiet_weekends", "true"),
        ("quiet_from", "20"),
        ("required_fields", "department"),
        ("terms_url", "https://works.example/terms"),
    ] {
        done(data, &["workplace", "set", key, value]);
    }
    let shown = done(data, &["workplace", "settings"]);
    for line in [
        "joining = \"domains\"",
        "remind_days = [2,9]",
        "quiet_weekends = true",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    done(data, &["workplace", "set", "terms_url", ""]);
    assert_eq!(
        json(data, &["workplace", "settings", "--json"])["terms_url"],
        Value::Null
    );
    for (key, value, expect) in [
        ("joinning", "domains", "There is no setting"),
        ("joining", "everybody", "joining"),
        ("remind_days", "0", "from 1 to 60"),
        ("quiet_to", "24", "from 0 to 23"),
    ] {
        let (code, said) = refused(data, &["workplace", "set", key, value]);
        assert!(code != Some(0) && said.contains(expect), "{key} {value}: {said}");
    }
}

#[test]
fn rules_that_invite_are_previewed_made_stopped_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    workplace(data);
    let list = folder.path().join("people.csv");
    std::fs::write(
        &list,
        "Email,First name,Department\nbo@works.example,Bo,Sales\ncy@works.example,Cy,Legal\n",
    )
    .unwrap();
    done(data, &["import", &list.to_string_lossy(), "--yes"]);
    let sales = ["--if", "department is sales; retail"];
    let preview = ["invite-rule", "preview", sales[0], sales[1], "--json"];
    let seen = json(data, &preview);
    assert_eq!((&seen["people"], &seen["first"][0]), (&1.into(), &"Bo".into()));
    let made = json(
        data,
        &[
            "invite-rule",
            "add",
            "Sales",
            sales[0],
            sales[1],
            "--most",
            "5",
            "--json",
        ],
    );
    assert_eq!(
        (&made["kind"], &made["state"]),
        (&"standing".into(), &"active".into())
    );
    let wave = [
        "invite-rule",
        "add",
        "May",
        "--if",
        "title is_unknown",
        "--at",
        "2020-05-01T09:00:00Z",
    ];
    let (code, said) = refused(data, &wave);
    assert!(code == Some(1) && said.contains("that is to come"), "{said}");
    let manager = [
        "invite-rule",
        "preview",
        "--if",
        "manager reports_to ada@works.example",
    ];
    assert!(done(data, &manager).contains("reports to ada, also through others: 0 people"));
    let id = made["id"].as_str().unwrap();
    done(data, &["invite-rule", "pause", id]);
    assert!(done(data, &["invite-rule", "list"]).contains("paused"));
    done(data, &["invite-rule", "resume", id]);
    done(data, &["invite-rule", "remove", id]);
    assert_eq!(
        json(data, &["invite-rule", "list", "--json"])["rules"],
        serde_json::json!([])
    );
    let (code, said) = refused(data, &["invite-rule", "preview", "--if", "shoe_size is 44"]);
    assert!(code == Some(1) && said.contains("no condition"), "{said}");
}

#[test]
fn a_group_is_given_a_rule() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    workplace(data);
    let list = folder.path().join("people.csv");
    std::fs::write(&list, "Email,First name,Department\nbo@works.example,Bo,Sales\n").unwrap();
    done(data, &["import", &list.to_string_lossy(), "--yes"]);
    let (code, said) = refused(
        data,
        &["group", "preview", "Sales", "--if", "department is Sales"],
    );
    assert!(code == Some(1) && said.contains("no such group"), "{said}");
    make_group(data, "Sales team");
    let sales = ["Sales team", "--if", "department is Sales"];
    let seen = json(
        data,
        &["group", "preview", sales[0], sales[1], sales[2], "--json"],
    );
    assert_eq!((&seen["meet"], &seen["add"]), (&1.into(), &1.into()));
    done(
        data,
        &["group", "rule", sales[0], sales[1], sales[2], "--only-add"],
    );
    assert!(done(data, &["group", "list"]).contains("department is Sales"));
    done(data, &["group", "end-rule", sales[0]]);
    let listed = json(data, &["group", "list", "--json"]);
    assert_eq!(listed["groups"][0]["rule"], Value::Null);
}

/// Groups are made on the page or over the API.
fn make_group(data: &Path, name: &str) {
    let make = async {
        let db = Db::open_lite(&data.join("guildhall.db")).await.unwrap();
        let app = App::start(db).await.unwrap();
        let workplace = workplaces::all(&app.db).await.unwrap()[0].id;
        let input = groups::Input {
            name: name.into(),
            description: String::new(),
            kind: groups::Kind::Teams,
            privacy: groups::Privacy::Closed,
            is_default: false,
        };
        groups::create(&app, &Actor::command_line(workplace), input)
            .await
            .unwrap();
        app.db.close().await;
    };
    tokio::runtime::Runtime::new().unwrap().block_on(make);
}

/// Two people ask from the web for workplaces of their own.
async fn ask(data: &Path) {
    let db = Db::open_lite(&data.join("guildhall.db")).await.unwrap();
    let app = App::start(db).await.unwrap();
    let smtp = SmtpServer::start();
    let postman = Postman {
        app: app.clone(),
        transport: Transport::new(&SmtpSettings::new(smtp.url(), "localhost")).unwrap(),
        from: "guildhall@host.example".parse().unwrap(),
        signer: None,
        public_url: "http://site".into(),
    };
    let home = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let hasher = PasswordHasher::new(&Entropy::system()).unwrap();
    for (name, email) in [("Ka Works", "ka@new.example"), ("Lo Works", "lo@third.example")] {
        openings::ask(&app, Openness::Approval, email, home)
            .await
            .unwrap();
        postman.round(&|| false).await.unwrap();
        let letter = smtp
            .received()
            .into_iter()
            .rfind(|mail| mail.envelope.to == [email])
            .unwrap();
        let text = String::from_utf8_lossy(&letter.bytes)
            .replace("=\r\n", "")
            .replace("\r\n", "\n");
        let token = text
            .lines()
            .find_map(|line| line.strip_prefix("http://site/open/"))
            .unwrap();
        let first = First {
            workplace_name: name.into(),
            display_name: "Somebody".into(),
            email: email.into(),
            password: "violet harbour engine moss".into(),
            locale: "en".into(),
            time_zone: "UTC".into(),
        };
        let origin = Origin {
            address: home,
            user_agent: "test",
            device: Device::New,
        };
        let opened = openings::open(&app, &hasher, Openness::Approval, (token.trim(), &first), origin).await;
        assert!(matches!(opened.unwrap(), Opened::Waits));
    }
    app.db.close().await;
}

#[test]
fn a_workplace_that_somebody_asks_for_is_approved_or_declined() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    workplace(data);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(ask(data));
    let asked = json(data, &["workplace", "requests", "--json"]);
    let asked = asked["requests"].as_array().unwrap();
    assert_eq!(asked.len(), 2);
    let id = |name: &str| {
        let found = asked.iter().find(|one| one["name"] == name).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    assert!(done(data, &["workplace", "requests"]).contains("Ka Works  (Somebody <ka@new.example>)"));
    done(data, &["workplace", "approve", &id("Ka Works")]);
    done(data, &["workplace", "decline", &id("Lo Works")]);
    let (code, said) = refused(data, &["workplace", "approve", &id("Lo Works")]);
    assert_eq!(code, Some(1), "{said}");
    let all = done(data, &["workplace", "list"]);
    assert!(all.contains("Ka Works") && !all.contains("Lo Works"), "{all}");
    assert_eq!(done(data, &["workplace", "requests"]), "");
}

#[test]
fn single_sign_on_is_required_as_far_as_two_admins_keep_a_way_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    workplace(data);
    done(data, &["sso", "add", "Our IdP"]);
    let seen = json(data, &["sso", "require", "everyone", "--preview", "--json"]);
    assert_eq!(seen["kept"], 0, "{seen}");
    // The admin is invited with an address of a domain that is not verified.
    assert_eq!(
        (&seen["locked_out"], &seen["counts"]["domain_not_verified"]),
        (&Value::from(1), &Value::from(1)),
        "{seen}"
    );
    assert!(done(data, &["sso", "require", "everyone", "--preview"]).contains("1 could not log in"));
    let (code, said) = refused(data, &["sso", "require", "everyone", "--locked-out", "1"]);
    assert!(code == Some(1) && said.contains("passkey"), "{said}");
    let (code, said) = refused(data, &["sso", "require", "domains", "works.example"]);
    assert!(code == Some(1) && said.contains("not verified"), "{said}");
    let (_, said) = refused(
        data,
        &["sso", "require", "everyone", "--break-glass", "who@works.example"],
    );
    assert!(said.contains("who@works.example"), "{said}");
    assert!(done(data, &["sso", "require", "off"]).contains("required of nobody"));
    assert_eq!(json(data, &["sso", "require", "show", "--json"])["reach"], "off");
    done(data, &["workplace", "set", "log_in_again_days", "7"]);
    let (_, said) = refused(data, &["workplace", "set", "log_in_again_days", "2"]);
    assert!(said.contains("1, 3, 7, 14 or 30"), "{said}");
    assert_eq!(json(data, &["workplace", "log-out", "--json"])["sessions"], 0);
    let listed = json(data, &["sso", "list", "--json"]);
    let id = listed["providers"][0]["id"].as_str().unwrap();
    done(data, &["sso", "set", id, "--ends-there", "true"]);
    let (_, said) = refused(data, &["sso", "set", id, "--weak-until", "2999-01-01"]);
    assert!(said.contains("180 days"), "{said}");
    let (code, said) = refused(data, &["sso", "set", id, "--weak-until", "soon"]);
    assert!(code == Some(2) && said.contains("like 2027-01-31"), "{said}");
    let set = json(data, &["sso", "set", id, "--weak-until", "", "--json"]);
    assert_eq!(
        (&set["settings"]["ends_there"], &set["settings"]["weak_until"]),
        (&Value::from(true), &Value::Null),
        "{set}"
    );
}
