//! Whoever is deactivated is out at once, and the proof tells it as it was.

use std::time::Duration;

use crate::common::{Server, on_both};
use axum::body::Body;
use axum::http::{Request, header};
use futures::StreamExt as _;
use guildhall_core::accounts::{self, Change, Policy, ProfileField, Source, Verb, Whom};
use guildhall_core::sessions::{self, Place};
use guildhall_core::{Actor, workplaces};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Somebody who is in; gives their id and their cookie.
async fn member(server: &Server) -> (String, String) {
    let app = &server.app;
    let workplace = workplaces::all(&app.db).await.unwrap()[0].id;
    let actor = Actor::command_line(workplace);
    let patch = vec![
        (ProfileField::DisplayName, Some("Bo Leaver".to_owned())),
        (ProfileField::Email, Some("bo@example.com".to_owned())),
    ];
    let provision = Verb::Provision {
        patch,
        invite: true,
        role: None,
    };
    let policy = Policy::default();
    let change = Change::new(Source::Admin, provision);
    let made = accounts::change(app, &actor, Whom::New, &change, &policy).await;
    let id = made.unwrap().after.unwrap().id;
    let claim = Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
    accounts::change(app, &actor, Whom::Is(id), &claim, &policy)
        .await
        .unwrap();
    let mut tx = app.begin().await.unwrap();
    let place = Place {
        method: "password",
        user_agent: "Firefox on Windows",
        address: "203.0.113.9",
        until: None,
        proved: guildhall_core::sessions::Proved::Now,
    };
    let (_, token) = sessions::open(&mut tx, &app.entropy, app.now(), (workplace, id), place)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (id.to_string(), format!("guildhall={token}"))
}

#[tokio::test]
async fn a_leaver_is_cut_off_and_the_proof_says_when() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let (id, cookie) = member(server).await;
        let request = Request::get("/api/v1/events").header(header::COOKIE, &cookie);
        let request = request.body(Body::empty()).unwrap();
        let stream = server.router.clone().oneshot(request).await.unwrap();
        assert_eq!(stream.status(), 200);
        let mut stream = stream.into_body().into_data_stream();
        // The first piece is asked for, so that the stream is listening before anything happens. It may
        // already tell of the account that was just made.
        let mut heard = String::new();
        if let Ok(first) = tokio::time::timeout(Duration::from_millis(50), stream.next()).await {
            heard.push_str(&String::from_utf8_lossy(
                &first.expect("the stream is open").unwrap(),
            ));
        }
        assert!(!heard.contains("session-ended"), "{heard}");
        assert_eq!(server.get(&cookie, "/api/v1/me").await.status, 200);

        let path = format!("/api/v1/people/{id}/deactivate");
        assert_eq!(server.send(&admin, "POST", &path, json!({})).await.status, 200);
        assert_eq!(server.get(&cookie, "/api/v1/me").await.status, 401);
        let end = async {
            while let Some(piece) = stream.next().await {
                heard.push_str(&String::from_utf8_lossy(&piece.unwrap()));
            }
        };
        tokio::time::timeout(Duration::from_secs(5), end)
            .await
            .expect("the stream is cut");
        assert!(heard.contains("event: session-ended"), "{heard}");

        let list = server
            .get(&admin, "/api/v1/leavers?q=leav&source=admin")
            .await
            .body;
        let leaver = &list["items"][0];
        assert_eq!(leaver["name"], "Bo Leaver");
        assert_eq!(leaver["actor_name"], "Ada Lovelace");
        let at = format!("/api/v1/leavers/{}", leaver["id"].as_str().unwrap());
        let proof = complete(server, &admin, &at).await;
        assert!(
            proof["seconds_to_last_request"].as_f64().unwrap() < 1.0,
            "{proof}"
        );
        assert!(proof["seconds_to_last_byte"].as_f64().unwrap() < 1.0, "{proof}");
        assert_eq!(proof["open_now"], 0);
        let kinds: Vec<&str> = proof["ended"]
            .as_array()
            .unwrap()
            .iter()
            .map(|end| end["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["session", "stream"]);

        let csv = server.text(&admin, &format!("{at}/export?format=csv")).await;
        assert!(csv.contains("Firefox, Windows, 203.0.113.9"), "{csv}");
        assert_eq!(csv.lines().count(), 3);
        let all = server.text(&admin, "/api/v1/leavers/export?format=json").await;
        let all: Vec<Value> = serde_json::from_str(&all).unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0]["ended"].as_array().unwrap().len(), 2);
        let wrong = server.get(&admin, "/api/v1/leavers/export?format=pdf").await;
        assert_eq!(wrong.code(), (422, "invalid"));
        let gone = server
            .get(&admin, "/api/v1/leavers?gone=true&from=2026-01-01&limit=1")
            .await;
        assert_eq!(gone.body["items"].as_array().unwrap().len(), 1);
        assert_eq!(server.get(&admin, "/api/v1/leavers?after=x").await.status, 422);
    })
    .await;
}

/// The proof once this server has told what it alone knows.
async fn complete(server: &Server, admin: &str, at: &str) -> Value {
    let mut proof = Value::Null;
    for _ in 0..100 {
        proof = server.get(admin, at).await.body;
        if !proof["last_accepted_at"].is_null() && !proof["last_byte_at"].is_null() {
            return proof;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the proof was not completed: {proof}");
}
