//! Two workplaces in one deployment: every route, asked with the other's ids, finds nothing.

use crate::common::{Server, on_both};
use guildhall_core::access;
use guildhall_core::accounts::{self, Change, Policy, ProfileField, Source, Verb, Whom};
use guildhall_core::{Actor, workplaces};
use guildhall_testkit::passkey::Passkey;
use serde_json::{Value, json};

/// A system admin of another workplace, who is in; gives their cookie.
async fn stranger(server: &Server) -> String {
    let other = workplaces::create(&server.app, "Other", "en", "UTC")
        .await
        .unwrap();
    let actor = Actor::command_line(other.id);
    let patch = vec![
        (ProfileField::DisplayName, Some("Zed".to_owned())),
        (ProfileField::Email, Some("zed@other.example".to_owned())),
    ];
    let provision = Verb::Provision {
        patch,
        invite: true,
        role: Some(accounts::SYSTEM_ADMIN.to_owned()),
    };
    let policy = Policy::default();
    let provision = Change::new(Source::Admin, provision);
    let made = accounts::change(&server.app, &actor, Whom::New, &provision, &policy).await;
    let id = made.unwrap().after.unwrap().id;
    let claim = Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
    let claimed = accounts::change(&server.app, &actor, Whom::Is(id), &claim, &policy)
        .await
        .unwrap();
    let hasher = access::PasswordHasher::new(&guildhall_core::Entropy::system()).unwrap();
    let password = "violet harbour engine moss";
    access::choose_password(&server.app, &hasher, &claimed.after.unwrap(), password)
        .await
        .unwrap();
    let given = json!({"email": "zed@other.example", "password": password});
    server
        .ask(crate::common::HOME, "", ("POST", "/api/v1/sessions"), given)
        .await
        .cookie()
}

/// A passkey of the admin, and a browser where none is asked for.
async fn remembered_passkey(server: &Server, admin: &str) {
    let ask = async |cookie: &str, path: &str| server.send(cookie, "POST", path, Value::Null).await.body;
    let asked = ask(admin, "/api/v1/me/passkeys/challenge").await;
    let (mut passkey, credential) = Passkey::make("http://localhost:8080", &asked["options"]);
    let given = json!({"passkey": {"round": asked["round"], "credential": credential}});
    let added = server.send(admin, "POST", "/api/v1/me/passkeys", given).await;
    assert_eq!(added.status, 201, "{}", added.body);
    let ticket = server.log_in(crate::common::PASSWORD).await.cookie();
    let asked = ask(&ticket, "/api/v1/sessions/step/challenge").await;
    let shown = json!({"round": asked["round"], "credential": passkey.show(&asked["options"])});
    let given = json!({"passkey": shown, "remember": true});
    let entered = server.send(&ticket, "POST", "/api/v1/sessions/step", given).await;
    assert_eq!(entered.status, 201, "{}", entered.body);
}

/// One of each thing that has an id, in the first workplace.
async fn things(server: &Server, admin: &str) -> Vec<(&'static str, String)> {
    let id = |body: &Value| body["id"].as_str().unwrap().to_owned();
    let made = async |path: &str, body: Value| {
        let answer = server.send(admin, "POST", path, body).await;
        assert!(answer.status < 300, "{path}: {}", answer.body);
        answer.body
    };
    let person = made(
        "/api/v1/people",
        json!({"display_name": "Bo", "email": "bo@example.com", "invite": true}),
    )
    .await;
    let group = made(
        "/api/v1/groups",
        json!({"name": "G", "kind": "teams", "privacy": "open"}),
    )
    .await;
    let token = made("/api/v1/tokens", json!({"name": "T", "scopes": ["people.read"]})).await;
    let role = made("/api/v1/roles", json!({"name": "R", "permissions": []})).await;
    let job = made("/api/v1/people/actions", json!({"action": "invite", "ids": []})).await;
    let import = server
        .upload(
            admin,
            "POST",
            "/api/v1/imports?mode=add",
            b"Email,Last name\nx@example.com,X\n",
        )
        .await
        .body;
    let directory = made("/api/v1/directories", crate::common::directory()).await;
    let connector = made("/api/v1/connectors", json!({"name": "C"})).await;
    let at = format!("/api/v1/connectors/{}", id(&connector));
    let connector_token = made(&format!("{at}/tokens"), json!({})).await;
    let bearer = format!("Bearer {}", connector_token["token"].as_str().unwrap());
    server.bearer(&bearer, "GET", "/scim/v2/Users", Value::Null).await;
    let log = server.get(admin, &format!("{at}/log")).await.body;
    let request = json!({"emails": ["somebody@new.example"]});
    made("/api/v1/me/coworkers", request).await;
    let domain = made("/api/v1/domains", json!({"name": "mine.example"})).await;
    let link = made("/api/v1/join-links", json!({"people": 5, "days": 5})).await;
    let invite_rule = made("/api/v1/invite-rules", crate::common::invite_rule()).await;
    let kiosk = made("/api/v1/kiosks", json!({"name": "Line 3"})).await;
    let sso = made("/api/v1/sso/providers", json!({"name": "P"})).await;
    let invitations = server.get(admin, "/api/v1/invitations").await.body;
    let outbox = server.get(admin, "/api/v1/outbox").await.body;
    let sessions = server.get(admin, "/api/v1/me/sessions").await.body;
    remembered_passkey(server, admin).await;
    let factors = server.get(admin, "/api/v1/me/factors").await.body;
    let gone = json!({"display_name": "Gone Girl", "email": "gone@mine.example"});
    let gone = made("/api/v1/people", gone).await;
    made(&format!("/api/v1/people/{}/deactivate", id(&gone)), json!({})).await;
    let leavers = server.get(admin, "/api/v1/leavers").await.body;
    vec![
        ("/people/{id}", id(&person)),
        ("/directory/{id}", id(&person)),
        ("{account_id}", id(&person)),
        ("/fields/{field}", "title".to_owned()),
        ("/domains/{id}", id(&domain)),
        ("/invite-rules/{id}", id(&invite_rule)),
        ("/join-links/{id}", id(&link["link"])),
        ("/kiosks/{id}", id(&kiosk["kiosk"])),
        ("/sso/providers/{id}", id(&sso)),
        ("/groups/{id}", id(&group)),
        ("/tokens/{id}", id(&token)),
        ("/roles/{key}", role["key"].as_str().unwrap().to_owned()),
        ("/connectors/{id}", id(&connector)),
        ("/tokens/{token_id}", id(&connector_token)),
        ("/log/{entry_id}", id(&log["items"][0])),
        ("/jobs/{id}", id(&job)),
        ("/imports/{id}", id(&import)),
        ("/directories/{id}", id(&directory)),
        ("/invitations/{id}", id(&invitations["items"][0])),
        ("/outbox/{id}", id(&outbox["items"][0])),
        ("/me/sessions/{id}", id(&sessions["items"][0])),
        ("/me/passkeys/{id}", id(&factors["passkeys"][0])),
        ("/me/devices/{id}", id(&factors["devices"][0])),
        ("/leavers/{id}", id(&leavers["items"][0])),
    ]
}

/// A body that each route takes, so that it is the id which is refused.
fn body(path: &str, method: &str) -> Value {
    match (path, method) {
        (path, _) if path.ends_with("/keeper") => json!({"to": null}),
        (path, _) if path.ends_with("/role") => json!({"role": "member"}),
        (path, _) if path.ends_with("/supervises") => json!({"locations": ["Leeds"]}),
        (path, "patch") if path.contains("/roles/") => json!({"name": "R2", "permissions": []}),
        (path, "patch") if path.contains("/passkeys/") => json!({"name": "P2"}),
        (path, "patch") if path.contains("/connectors/") => json!({"name": "C2"}),
        (path, "post") if path.ends_with("/rotate") => json!({"overlap_hours": 1}),
        (path, "patch") if path.contains("/groups/") => {
            json!({"name": "G2", "kind": "teams", "privacy": "open"})
        }
        (path, "patch") if path.contains("/invite-rules/") => crate::common::invite_rule(),
        (path, "put" | "post") if path.contains("/groups/{id}/rule") => crate::common::rule(),
        (path, "post") if path.contains("/requests/") => json!({"ids": []}),
        (path, "put") if path.contains("/groups/") => json!({"is_owner": true}),
        (path, "patch") if path.contains("/domains/") => json!({"subdomains": true}),
        (path, _) if path.ends_with("/code") => json!({"mailbox": "admin"}),
        (path, _) if path.ends_with("/verify") => json!({"code": "AAAAAAAAAA"}),
        (path, "post") if path.ends_with("/members") => json!({"ids": []}),
        (path, "put") if path.ends_with("/mapping") => json!({"columns": [], "options": {"invite": false}}),
        _ => json!({}),
    }
}

#[tokio::test]
async fn the_ids_of_another_workplace_are_found_nowhere() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let zed = stranger(server).await;
        let things = things(server, &admin).await;
        let description: Value = serde_json::from_str(&guildhall_http::openapi()).unwrap();
        let mut walked = 0;
        for (path, methods) in description["paths"].as_object().unwrap() {
            if !path.contains('{') || path.contains("{token}") {
                continue;
            }
            let mut filled = path.clone();
            for (pattern, id) in &things {
                let place = pattern.split('{').nth(1).unwrap();
                filled = filled.replace(pattern, &pattern.replace(&format!("{{{place}"), id));
            }
            assert!(
                !filled.contains('{'),
                "{path}: nothing of that kind was made for this test"
            );
            for method in methods.as_object().unwrap().keys() {
                let sent = server
                    .send(&zed, &method.to_uppercase(), &filled, body(path, method))
                    .await;
                // A picture that can't be used is refused before anybody is looked for.
                let picture = path.ends_with("/photo") && method == "put" && sent.status == 422;
                assert!(
                    sent.status == 404 || picture,
                    "{method} {path}: {} {}",
                    sent.status,
                    sent.body
                );
                walked += 1;
            }
        }
        assert!(walked > 40, "{walked}");
        for path in [
            "people",
            "groups",
            "invitations",
            "outbox",
            "audit",
            "tokens",
            "imports",
            "directories",
            "directory",
            "domains",
            "join-links",
            "invite-rules",
            "access-requests",
            "leavers",
        ] {
            let seen = server
                .get(&zed, &format!("/api/v1/{path}"))
                .await
                .body
                .to_string();
            assert!(
                !seen.contains("bo@example.com")
                    && !seen.contains("mine.example")
                    && !seen.contains("somebody@")
                    && !seen.contains("Gone Girl")
                    && !seen.contains("Ada Lovelace"),
                "{path}: {seen}"
            );
        }
        let root = format!("/api/v1/org?root={}", things[0].1);
        assert_eq!(server.get(&zed, &root).await.status, 404);
        let people = json!({"action": "deactivate", "ids": [things[0].1], "confirm": true});
        server.send(&zed, "POST", "/api/v1/people/actions", people).await;
        guildhall_core::jobs::work(&server.app).await.unwrap();
        let bo = server
            .get(&admin, &format!("/api/v1/people/{}", things[0].1))
            .await
            .body;
        assert_eq!(bo["state"], "invited");
        let manager = json!({"display_name": "Y", "email": "y@other.example", "manager_id": things[0].1});
        assert_eq!(
            server.send(&zed, "POST", "/api/v1/people", manager).await.status,
            422
        );
    })
    .await;
}
