//! Who may do what: every route, asked by nobody and by a person of each built-in role. The table in `who_may.txt`
//! has a line for each; the routes come from the generated description and the list of pages, so that a new one
//! without a line fails here.

use std::fmt::Write as _;

use crate::common::{Server, on_both};
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use guildhall_core::accounts::{self, Change, Policy, ProfileField, Source, Verb, Whom};
use guildhall_core::ids::WorkplaceId;
use guildhall_core::sessions::{self, Place};
use guildhall_core::{Actor, workplaces};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// In the order of the table's columns, after nobody.
const ROLES: [&str; 5] = [
    "member",
    "analyst",
    "account_manager",
    "content_moderator",
    "system_admin",
];
const TABLE: &str = include_str!("who_may.txt");

struct Staff<'a> {
    server: &'a Server,
    workplace: WorkplaceId,
    people: Vec<accounts::Account>,
}

impl Staff<'_> {
    async fn change(&self, whom: Whom, source: Source, verb: Verb) -> accounts::Account {
        let actor = Actor::command_line(self.workplace);
        let change = Change::new(source, verb);
        let done = accounts::change(&self.server.app, &actor, whom, &change, &Policy::default()).await;
        done.unwrap().after.unwrap()
    }

    async fn hire(&self, role: &str) -> accounts::Account {
        let email = format!("{role}@example.com");
        let patch = vec![
            (ProfileField::DisplayName, Some(role.to_owned())),
            (ProfileField::Email, Some(email)),
        ];
        let role = Some(role.to_owned());
        let provision = Verb::Provision {
            patch,
            invite: true,
            role,
        };
        let made = self.change(Whom::New, Source::Admin, provision).await;
        let claim = Verb::Claim { patch: Vec::new() };
        self.change(Whom::Is(made.id), Source::SelfService, claim).await
    }

    /// The cookie of a new session: what was asked before may have ended the older ones.
    async fn enter(&self, of: Option<&accounts::Account>) -> String {
        let Some(account) = of else {
            return String::new();
        };
        let app = &self.server.app;
        let mut tx = app.begin().await.unwrap();
        let place = Place {
            method: "password",
            user_agent: "",
            address: "127.0.0.1",
            until: None,
            proved: guildhall_core::sessions::Proved::Now,
        };
        let whose = (self.workplace, account.id);
        let (_, token) = sessions::open(&mut tx, &app.entropy, app.now(), whose, place)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        format!("guildhall={token}")
    }

    /// Makes something new for each place of the path, so that what one role does takes nothing from the next.
    async fn fill(&self, path: &str, admin: &str) -> String {
        let mut filled = path.to_owned();
        let made = async |path: &str, body: Value| {
            let answer = self.server.send(admin, "POST", path, body).await;
            assert!(answer.status < 300, "{path}: {}", answer.body);
            answer.body["id"]
                .as_str()
                .or(answer.body["key"].as_str())
                .unwrap()
                .to_owned()
        };

        let person =
            json!({"display_name": "Bo", "email": format!("{}@example.com", fresh()), "invite": true});
        let group = json!({"name": fresh(), "kind": "teams", "privacy": "open"});
        let thing = match path.trim_start_matches("/api/v1/").split('/').next() {
            _ if !path.contains('{') => return filled,
            Some("people" | "directory") => made("/api/v1/people", person).await,
            Some("groups") => {
                if path.contains("{account_id}") {
                    let member = made("/api/v1/people", person).await;
                    filled = filled.replace("{account_id}", &member);
                }
                made("/api/v1/groups", group).await
            }
            Some("domains") => made("/api/v1/domains", json!({"name": domain()})).await,
            Some("invite-rules") => made("/api/v1/invite-rules", crate::common::invite_rule()).await,
            Some("join-links") => {
                let link = json!({"people": 1, "days": 1});
                let made = self.server.send(admin, "POST", "/api/v1/join-links", link).await;
                made.body["link"]["id"].as_str().unwrap().to_owned()
            }
            Some("kiosks") => {
                let kiosk = json!({"name": fresh()[..20]});
                let made = self.server.send(admin, "POST", "/api/v1/kiosks", kiosk).await;
                made.body["kiosk"]["id"].as_str().unwrap().to_owned()
            }
            Some("sso") => made("/api/v1/sso/providers", json!({"name": fresh()})).await,
            Some("tokens") => made("/api/v1/tokens", json!({"name": "T", "scopes": ["people.read"]})).await,
            Some("roles") => made("/api/v1/roles", json!({"name": fresh(), "permissions": []})).await,
            Some("jobs") => made("/api/v1/people/actions", json!({"action": "invite", "ids": []})).await,
            Some("connectors") => {
                let connector = made("/api/v1/connectors", json!({"name": fresh()})).await;
                if path.contains("{token_id}") {
                    let tokens = format!("/api/v1/connectors/{connector}/tokens");
                    filled = filled.replace("{token_id}", &made(&tokens, json!({})).await);
                }
                filled = filled.replace("{entry_id}", &uuid::Uuid::nil().to_string());
                connector
            }
            Some("directories") => made("/api/v1/directories", crate::common::directory()).await,
            Some("imports") => {
                let sheet = format!("Email,Last name\n{}@example.com,X\n", fresh());
                let path = "/api/v1/imports?mode=add";
                let import = self
                    .server
                    .upload(admin, "POST", path, sheet.as_bytes())
                    .await
                    .body;
                import["id"].as_str().unwrap().to_owned()
            }
            Some("invitations" | "outbox") => {
                made("/api/v1/people", person).await;
                let list = path.split("/{").next().unwrap();
                let newest = self.server.get(admin, list).await.body;
                newest["items"][0]["id"].as_str().unwrap().to_owned()
            }
            Some("leavers") => {
                let leaver = made("/api/v1/people", person).await;
                let leave = format!("/api/v1/people/{leaver}/deactivate");
                self.server.send(admin, "POST", &leave, json!({})).await;
                let newest = self.server.get(admin, "/api/v1/leavers").await.body;
                newest["items"][0]["id"].as_str().unwrap().to_owned()
            }
            Some("me") => {
                let mine = self.server.get(admin, "/api/v1/me/sessions").await.body;
                mine["items"][0]["id"].as_str().unwrap().to_owned()
            }
            _ => "x".repeat(43),
        };
        filled = filled.replace("{field}", "title");
        for place in ["{id}", "{key}", "{token}"] {
            filled = filled.replace(place, &thing);
        }
        filled
    }

    /// `y`: let in; `-`: must log in or may not; `0`: there is no such thing for them.
    async fn asked(&self, cookie: &str, (method, path): (&str, &str), of: &str) -> char {
        let kind = if of.starts_with("/api/") {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body(method, of)))
            .unwrap();
        let response = self.server.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let stream = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        if !stream {
            let said = to_bytes(response.into_body(), 1 << 22).await.unwrap();
            let misread = matches!(status, 400 | 405 | 415 | 500..);
            assert!(
                !misread,
                "{method} {path}: {status} {}",
                String::from_utf8_lossy(&said)
            );
        }
        match status {
            401 | 403 => '-',
            404 => '0',
            _ => 'y',
        }
    }
}

/// A word that nothing else has for a name.
fn fresh() -> String {
    format!("x{}", guildhall_core::Entropy::system().secret())
}

/// A domain that nobody has.
fn domain() -> String {
    format!(
        "d{}.example",
        uuid::Uuid::from_u64_pair(rand_u64(), rand_u64()).simple()
    )
}

fn rand_u64() -> u64 {
    let mut bytes = [0; 8];
    guildhall_core::Entropy::system().fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

/// What each route can read, so that it is the person who is refused, and not what they sent.
fn body(method: &str, path: &str) -> String {
    let end = path.trim_start_matches("/api/v1/");
    let told = match (method, end) {
        ("PUT", _) if path.ends_with("/keeper") => json!({"to": null}),
        ("PUT", _) if path.ends_with("/role") => json!({"role": "member"}),
        ("PATCH" | "POST", "groups" | "groups/{id}") => {
            json!({"name": fresh(), "kind": "teams", "privacy": "open"})
        }
        ("POST", "sso/providers") => json!({"name": fresh()}),
        ("PUT", "sso/requirement") | ("POST", "sso/requirement/preview") => json!({"reach": "off"}),
        ("POST", "sso/requirement/people") => json!({"requirement": {"reach": "off"}, "kind": "ready"}),
        ("PATCH" | "POST", "roles" | "roles/{key}") => {
            json!({"name": fresh(), "permissions": []})
        }
        ("PUT", "groups/{id}/rule") | ("POST", "groups/{id}/rule/preview") => crate::common::rule(),
        ("POST", "groups/{id}/requests/approve" | "groups/{id}/requests/decline") => json!({"ids": []}),
        ("PUT", _) if path.contains("/groups/") => json!({"is_owner": true}),
        ("POST", _) if path.ends_with("/members") => json!({"ids": []}),
        ("PUT", _) if path.ends_with("/mapping") => json!({"columns": [], "options": {"invite": false}}),
        ("POST", "connectors") | ("PATCH", "connectors/{id}") => json!({"name": fresh()}),
        ("POST", "connectors/{id}/rotate") => json!({"overlap_hours": 1}),
        ("POST", "directories") => crate::common::directory(),
        ("POST", "directories/look") => json!({"settings": crate::common::directory()["settings"]}),
        ("POST", "domains") => json!({"name": domain()}),
        ("PATCH", "domains/{id}") => json!({"subdomains": false}),
        ("POST", "domains/{id}/code") => json!({"mailbox": "admin"}),
        ("POST", "domains/{id}/verify") => json!({"code": "AAAAAAAAAA"}),
        ("POST", "invite-rules") | ("PATCH", "invite-rules/{id}") => crate::common::invite_rule(),
        ("POST", "invite-rules/preview") => json!({"conditions": crate::common::rule()["conditions"]}),
        ("POST", "join-links") => json!({"people": 1, "days": 1}),
        ("POST", "access-codes") => json!({"waiting": true}),
        ("POST", "kiosks") => json!({"name": "Line 3"}),
        ("PUT", "people/{id}/supervises") => json!({"locations": ["Leeds"]}),
        ("POST", "/kiosk/in/{token}") => return "number=10".to_owned(),
        ("POST", "/kiosk") => return "name=a&password=p".to_owned(),
        ("POST", "me/coworkers") => json!({"emails": ["a@example.com"]}),
        ("POST", "joins/{token}") => json!({"display_name": "D", "password": "p", "accept_terms": true}),
        ("POST", "joins/{token}/request") => json!({"display_name": "D"}),
        ("POST", "openings/{token}") => json!({"workplace_name": "W", "display_name": "D", "password": "p"}),
        ("POST", "/join" | "/open" | "/j/{token}") => return "email=a%40example.com".to_owned(),
        ("POST", "/open/{token}") => return "workplace_name=W&display_name=D&password=p".to_owned(),
        ("POST", "/join/{token}") => return "display_name=D&password=p".to_owned(),
        ("POST", "tokens") => json!({"name": "T", "scopes": []}),
        ("POST", "people") => json!({"display_name": "Cy"}),
        ("POST", "people/actions") => json!({"action": "remind", "ids": []}),
        (
            "POST",
            "invitations" | "invitations/remind" | "access-requests/approve" | "access-requests/decline",
        ) => json!({"ids": []}),
        ("POST", "imports") => return "Email,Last name\nx@example.com,X\n".to_owned(),
        ("PUT", "me/factors/app") => json!({"setup": "x", "code": "1"}),
        ("POST", "me/passkeys") => json!({"passkey": {"round": "x", "credential": {}}}),
        ("PATCH", "me/passkeys/{id}") => json!({"name": "Mine"}),
        ("POST", "sessions/passkey") => json!({"round": "x", "credential": {}}),
        ("PUT", "me/password") => json!({"current": "a", "new": "b"}),
        ("POST", "setup") => crate::common::setup(),
        ("POST", "sessions") => json!({"email": "a@example.com", "password": "p"}),
        ("POST", "password-resets" | "joins" | "openings") => json!({"email": "a@example.com"}),
        ("POST", _) if path.starts_with("/api/v1/password-resets/") => json!({"password": "p"}),
        ("POST", _) if path.starts_with("/api/v1/claims/") => json!({"password": "p", "accept_terms": true}),
        ("POST", "/login") => return "email=a%40example.com&password=p".to_owned(),
        ("POST", "/setup") => {
            return "workplace_name=W&display_name=D&email=a%40example.com&password=p&locale=en&time_zone=UTC"
                .to_owned();
        }
        ("POST", "/choose") => return format!("workplace={}", uuid::Uuid::nil()),
        ("POST", "/forgot") => return "email=a%40example.com".to_owned(),
        ("POST", "/claim/{token}" | "/reset/{token}") => return "password=p".to_owned(),
        _ => json!({}),
    };
    told.to_string()
}

fn query(path: &str) -> &str {
    match path {
        "/api/v1/people/facets" => "?field=department",
        "/api/v1/imports" => "?mode=add",
        _ => "",
    }
}

/// Every route there is: method and path.
fn routes() -> Vec<(String, String)> {
    let description: Value = serde_json::from_str(&guildhall_http::openapi()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            all.push((method.to_uppercase(), path.clone()));
        }
    }
    for path in guildhall_http::page_addresses() {
        // What an identity provider sends comes by one way only, and so does what is sent to it.
        let (read, sent) = (
            path.starts_with("/sso/")
                && [
                    "/metadata",
                    "/start",
                    "/test",
                    "/callback",
                    "/again",
                    "/leave/{ticket}",
                ]
                .iter()
                .any(|end| path.ends_with(end)),
            path.ends_with("/acs") || path.ends_with("/back-channel"),
        );
        if !sent {
            all.push(("GET".to_owned(), path.to_owned()));
        }
        let is_form = !path.contains(".css")
            && !path.contains(".js")
            && !path.starts_with("/api")
            && path != "/kiosk/phone";
        if is_form && !read {
            all.push(("POST".to_owned(), path.to_owned()));
        }
    }
    all
}

#[tokio::test]
async fn every_role_may_do_what_the_table_says() {
    on_both(async |server| {
        let first = server.set_up().await;
        let workplace = workplaces::all(&server.app.db).await.unwrap()[0].id;
        let admin = first.cookie();
        let mut staff = Staff {
            server,
            workplace,
            people: Vec::new(),
        };
        for role in ROLES {
            let hired = staff.hire(role).await;
            staff.people.push(hired);
        }
        let mut seen = String::from(TABLE.split_inclusive("\n\n").next().unwrap());
        for (method, path) in routes() {
            let mut line = String::new();
            for of in std::iter::once(None).chain(staff.people.iter().map(Some)) {
                let filled = format!("{}{}", staff.fill(&path, &admin).await, query(&path));
                let cookie = staff.enter(of).await;
                line.push(' ');
                line.push(staff.asked(&cookie, (&method, &filled), &path).await);
            }
            writeln!(seen, "{method:<6} {path:<46}{line}").unwrap();
        }
        let missing: Vec<&str> = seen.lines().filter(|line| !TABLE.contains(line)).collect();
        assert!(
            missing.is_empty(),
            "crates/http/tests/who_may.txt says otherwise or nothing about:\n{}\n\nthe whole table would be:\n{seen}",
            missing.join("\n")
        );
        assert_eq!(seen, TABLE, "a line of who_may.txt is of a route that is no more");
    })
    .await;
}
