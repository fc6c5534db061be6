//! From a bare server to being in, and out again, over HTTP on both databases.

use std::net::SocketAddr;

use crate::common::{AWAY, HOME, PASSWORD, on_both, setup};
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use guildhall_core::Actor;
use guildhall_core::accounts::{self, Change, Policy, Source, Verb, Whom};
use guildhall_core::ids::{AccountId, WorkplaceId};
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[tokio::test]
async fn the_first_person_opens_the_workplace_once() {
    on_both(async |server| {
        let state = server.get("", "/api/v1/setup").await.body;
        assert_eq!(state, json!({"needed": true, "code_required": true}));

        let mut weak = setup();
        weak["password"] = "lovelace-1815".into();
        let refused = server.ask(HOME, "", ("POST", "/api/v1/setup"), weak).await;
        assert_eq!(refused.code(), (422, "invalid"));
        assert_eq!(refused.body["errors"][0]["field"], "password");

        let opened = server.set_up().await;
        assert_eq!(opened.status, 201);
        assert_eq!(opened.body["account"]["role"], "system_admin");
        assert_eq!(opened.body["account"]["state"], "claimed");
        let cookie = opened.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(
            cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains("Secure"),
            "{cookie}"
        );
        let me = server.get(&opened.cookie(), "/api/v1/me").await;
        assert_eq!(me.body["workplace"]["name"], "Łódź & Søn");

        assert_eq!(server.set_up().await.code(), (409, "set_up"));
        assert_eq!(server.get("", "/api/v1/setup").await.body["needed"], false);
    })
    .await;
}

#[tokio::test]
async fn a_stranger_needs_the_printed_code_also_behind_a_proxy() {
    on_both(async |server| {
        let without = server.ask(AWAY, "", ("POST", "/api/v1/setup"), setup()).await;
        assert_eq!(without.code(), (403, "forbidden"));
        let mut guessed = setup();
        guessed["code"] = "the-printed-cod".into();
        assert_eq!(
            server
                .ask(AWAY, "", ("POST", "/api/v1/setup"), guessed)
                .await
                .status,
            403
        );
        let proxied = Request::get("/api/v1/setup")
            .header("x-forwarded-for", "127.0.0.1")
            .extension(ConnectInfo(HOME.parse::<SocketAddr>().unwrap()))
            .body(Body::empty())
            .unwrap();
        let body = server.router.clone().oneshot(proxied).await.unwrap().into_body();
        let said = to_bytes(body, 1000).await.unwrap();
        assert!(
            String::from_utf8_lossy(&said).contains("\"code_required\":true"),
            "{said:?}"
        );
        let mut right = setup();
        right["code"] = " the-printed-code ".into();
        assert_eq!(
            server
                .ask(AWAY, "", ("POST", "/api/v1/setup"), right)
                .await
                .status,
            201
        );
    })
    .await;
}

#[tokio::test]
async fn a_person_sees_and_ends_their_sessions() {
    on_both(async |server| {
        let home = server.set_up().await.cookie();
        assert_eq!(server.log_in("a wrong one").await.code(), (409, "wrong_password"));
        let away = server.log_in(PASSWORD).await.cookie();
        let listed = server.get(&home, "/api/v1/me/sessions").await.body;
        let items = listed["items"].as_array().unwrap();
        let other = items.iter().find(|session| session["current"] == false).unwrap();
        assert_eq!((items.len(), &other["address"]), (2, &json!("203.0.113.9")));

        let path = format!("/api/v1/me/sessions/{}", other["id"].as_str().unwrap());
        assert_eq!(
            server
                .ask(HOME, &home, ("DELETE", &path), Value::Null)
                .await
                .status,
            204
        );
        assert_eq!(
            server.get(&away, "/api/v1/me").await.code(),
            (401, "not_signed_in")
        );
        assert_eq!(
            server
                .ask(HOME, &home, ("DELETE", &path), Value::Null)
                .await
                .status,
            404
        );

        let out = server
            .ask(HOME, &home, ("DELETE", "/api/v1/sessions/current"), Value::Null)
            .await;
        assert_eq!(out.status, 204);
        assert!(
            out.headers[header::SET_COOKIE]
                .to_str()
                .unwrap()
                .contains("Max-Age=0")
        );
        assert_eq!(server.get(&home, "/api/v1/me").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn who_is_deactivated_is_out_at_the_next_request() {
    on_both(async |server| {
        let first = server.set_up().await;
        let me = &first.body["account"]["id"];
        let workplace: WorkplaceId = serde_json::from_value(first.body["workplace"]["id"].clone()).unwrap();
        let actor = Actor::command_line(workplace);
        let patch = vec![
            (accounts::ProfileField::DisplayName, Some("Bea".to_owned())),
            (accounts::ProfileField::Email, Some("bea@example.com".to_owned())),
        ];
        let role = Some(accounts::SYSTEM_ADMIN.to_owned());
        let provision = Verb::Provision {
            patch,
            invite: true,
            role,
        };
        let policy = Policy::default();
        let change = async |whom, source, verb| {
            accounts::change(&server.app, &actor, whom, &Change::new(source, verb), &policy)
                .await
                .unwrap()
        };
        let bea = change(Whom::New, Source::Admin, provision)
            .await
            .after
            .unwrap()
            .id;
        change(
            Whom::Is(bea),
            Source::SelfService,
            Verb::Claim { patch: Vec::new() },
        )
        .await;
        assert_eq!(server.get(&first.cookie(), "/api/v1/me").await.status, 200);
        let ada: AccountId = serde_json::from_value(me.clone()).unwrap();
        change(Whom::Is(ada), Source::Admin, Verb::Deactivate).await;
        assert_eq!(server.get(&first.cookie(), "/api/v1/me").await.status, 401);
        assert_eq!(server.log_in(PASSWORD).await.code(), (409, "wrong_password"));
    })
    .await;
}
