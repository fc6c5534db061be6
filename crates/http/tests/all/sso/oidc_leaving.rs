//! Leaving at an OpenID provider, and being taken there to leave.

use std::sync::Arc;

use axum::http::header;
use serde_json::{Value, json};

use crate::common::on_both;
use crate::sso::hall::ask;
use crate::sso::op::House;
use crate::sso::signer::Signer;

#[tokio::test]
async fn whoever_leaves_at_the_provider_is_out_here_at_once() {
    on_both(async |server| {
        let house = House::ready(server).await;
        for name in ["bo", "cy"] {
            house.add(name).await;
        }
        let (bo, cy) = (
            house.come("bo@hall.example").await,
            house.come("cy@hall.example").await,
        );
        let token = |change: Value| house.op().goodbye(&change);
        let forged = {
            let mut op = house.op();
            let own = std::mem::replace(&mut op.signs, Arc::new(Signer::rsa("first")));
            let token = op.goodbye(&json!({"sub": "n-bo@hall.example"}));
            op.signs = own;
            token
        };
        for wrong in [
            forged,
            token(json!({"sub": "n-bo@hall.example", "nonce": "n"})),
            token(json!({"sub": "n-bo@hall.example", "aud": "others"})),
            token(json!({"sub": "n-bo@hall.example", "events": null})),
            token(json!({})),
            String::new(),
        ] {
            let answer = house.left(&wrong).await;
            assert_eq!(answer.status, 400, "{}", answer.text);
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
            let said: Value = serde_json::from_str(&answer.text).unwrap();
            assert_eq!(said["error"], "invalid_request", "{said}");
        }
        // Of another session of theirs, and of somebody else.
        assert_eq!(
            house
                .left(&token(json!({"sub": "n-bo@hall.example", "sid": "another"})))
                .await
                .status,
            200
        );
        assert!(house.is_in(&bo).await);
        let right = token(json!({"sub": "n-bo@hall.example"}));
        let answer = house.left(&right).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        assert!(!house.is_in(&bo).await && house.is_in(&cy).await);
        let twice = house.left(&right).await;
        assert!(
            twice.status == 400 && twice.text.contains("used already"),
            "{}",
            twice.text
        );
        // By the session alone.
        assert_eq!(
            house
                .left(&token(json!({"sid": "at-cy@hall.example"})))
                .await
                .status,
            200
        );
        assert!(!house.is_in(&cy).await);
        assert_eq!(house.left("x").await.status, 400);
        let nowhere = house.at("back-channel").replace(
            house.provider["id"].as_str().unwrap(),
            "0190a6a0-0000-7000-8000-000000000000",
        );
        assert_eq!(
            ask(
                &house.server,
                "",
                ("POST", &nowhere),
                &[("logout_token", "x")],
                "none"
            )
            .await
            .status,
            404
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_leaves_here_is_taken_there_where_that_is_wanted() {
    on_both(async |server| {
        let house = House::ready(server).await;
        house.add("bo").await;
        let first = house.come("bo@hall.example").await;
        let out = house
            .server
            .send(&first, "DELETE", "/api/v1/sessions/current", Value::Null)
            .await;
        assert_eq!(out.status, 204, "off, unless somebody wants it");
        house.edit(json!({"settings": {"ends_there": true}})).await;
        let page = house.log_in("bo@hall.example").await;
        let cookie = page.cookie("guildhall").unwrap();
        let out = house
            .server
            .send(&cookie, "DELETE", "/api/v1/sessions/current", Value::Null)
            .await;
        assert_eq!(out.status, 200, "{}", out.body);
        let to = url::Url::parse(out.body["leads_to"].as_str().unwrap()).unwrap();
        let of = |name: &str| {
            to.query_pairs()
                .find(|(key, _)| key == name)
                .unwrap()
                .1
                .into_owned()
        };
        assert_eq!((to.path(), of("client_id")), ("/end", "hall".to_owned()));
        assert_eq!(of("post_logout_redirect_uri"), "http://localhost:8080/login");
        assert_eq!(of("id_token_hint").split('.').count(), 3);
        assert!(!house.is_in(&cookie).await);
        // By password one came from nowhere else.
        let out = house
            .server
            .send(&house.admin, "DELETE", "/api/v1/sessions/current", Value::Null)
            .await;
        assert_eq!(out.status, 204);
    })
    .await;
}
