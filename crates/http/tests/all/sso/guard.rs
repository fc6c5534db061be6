//! What must not work: a way round the identity provider, a log that strangers fill, a provider of one's own.

use serde_json::{Value, json};

use crate::common::{AWAY, on_both};
use crate::sso::hall::{Hall, get, sent};
use crate::sso::idp::Says;

/// An answer that nobody signed, in which the provider seems to say so much.
fn unsigned(request: &str, message: &str) -> String {
    format!(
        "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\" Version=\"2.0\" \
         IssueInstant=\"2026-01-01T00:00:00Z\" InResponseTo=\"{request}\"><p:Status><p:StatusCode \
         Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"/><p:StatusMessage>{message}</p:StatusMessage></p:Status>\
         </p:Response>"
    )
}

#[tokio::test]
async fn one_question_leaves_one_short_row_however_often_and_long_it_is_answered() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let (request, relay, _) = hall.begin("", "start").await;
        let mut rows = Vec::new();
        for _ in 0..3 {
            let page = hall
                .acs(&unsigned(&request, &"long ".repeat(20_000)), &relay)
                .await;
            assert!(page.status >= 400 && page.text.len() < 20_000, "{}", page.status);
            let kept = server.get(&hall.admin, "/api/v1/sign-ins").await.body;
            rows.push(kept["items"].as_array().unwrap().len());
            let reason = kept["items"][0]["reason"].as_str().unwrap();
            assert!(
                reason.contains("long long") && reason.len() < 600,
                "{}",
                reason.len()
            );
        }
        assert_eq!(rows, [rows[0]; 3]);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_to_log_in_by_sso_gets_no_password_by_a_link() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let person =
            json!({"display_name": "Sam", "email": "sam@hall.example", "invite": true, "login_method": "sso"});
        server
            .send(&hall.admin, "POST", "/api/v1/people", person)
            .await;
        let link = server.newest_link().await.replace("/claim", "/api/v1/claims");
        let claim = json!({"password": "purple ladder seagull", "accept_terms": true});
        let refused = server.ask(AWAY, "", ("POST", &link), claim.clone()).await;
        assert_eq!(refused.code(), (409, "use_sso"), "{}", refused.body);
        // Where no provider is on, nobody is kept out.
        hall.edit(json!({"on": false})).await;
        let entered = server.ask(AWAY, "", ("POST", &link), claim).await;
        assert_eq!(entered.status, 201, "{}", entered.body);
    })
    .await;
}

#[tokio::test]
async fn only_whoever_gives_roles_says_whom_the_workplace_believes() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let role = json!({"name": "House", "permissions": ["workplace.manage"]});
        let role = server.send(&hall.admin, "POST", "/api/v1/roles", role).await;
        assert_eq!(role.status, 201, "{}", role.body);
        hall.add("bo", true).await;
        let bo = hall.come("bo@hall.example").await;
        let people = server.get(&hall.admin, "/api/v1/people?q=bo@hall").await.body;
        let path = format!(
            "/api/v1/people/{}/role",
            people["items"][0]["id"].as_str().unwrap()
        );
        let given = server
            .send(&hall.admin, "PUT", &path, json!({"role": role.body["key"]}))
            .await;
        assert!(given.status < 300, "{}", given.body);
        assert_eq!(server.get(&bo, "/api/v1/sso/providers").await.status, 200);
        for (method, path, body) in [
            ("POST", "/api/v1/sso/providers", json!({"name": "Mine"})),
            ("PATCH", hall.path.as_str(), json!({"name": "Mine"})),
            ("DELETE", hall.path.as_str(), Value::Null),
        ] {
            let refused = server.send(&bo, method, path, body).await;
            assert_eq!(refused.status, 403, "{method}: {}", refused.body);
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_under_way_by_another_connection_lets_nobody_in() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("ann", true).await;
        let (request, relay, browser) = hall.begin("", "start").await;
        let says = Says {
            in_response_to: Some(request),
            ..hall.says("ann@hall.example")
        };
        let back = hall.acs(&sent(&says), &relay).await;
        assert_eq!(back.status, 303, "{}", back.text);
        let moved =
            crate::sso::hall::metadata().replace("https://idp.example/sso", "https://idp.example/new");
        hall.edit(json!({"metadata": moved})).await;
        // It comes into force by a test, which is another question.
        let tested = hall
            .round(&hall.admin, "test", hall.says("ann@hall.example"))
            .await;
        assert!(tested.text.contains("It works"), "{}", tested.text);
        let page = get(server, &browser, back.to()).await;
        assert_eq!(page.status, 403, "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn a_password_in_the_field_of_the_name_is_not_kept() {
    on_both(async |server| {
        let hall = Hall::open(server).await;
        for (typed, kept) in [
            ("Sommer2024", "(not a name)"),
            ("x@hall.example", "x@hall.example"),
        ] {
            let pair = json!({"email": typed, "password": "oops"});
            server.ask(AWAY, "", ("POST", "/api/v1/sessions"), pair).await;
            assert_eq!(hall.newest().await["typed"], kept);
        }
    })
    .await;
}

#[tokio::test]
async fn before_something_dangerous_people_prove_themselves_at_their_provider() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        hall.come("bo@hall.example").await;
        let hour_ago = Says {
            issued: (server.app.now().timestamp() - jiff::SignedDuration::from_hours(1))
                .strftime("%Y-%m-%dT%H:%M:%SZ")
                .to_string(),
            ..hall.says("bo@hall.example")
        };
        let entered = hall.round("", "start", hour_ago.clone()).await;
        let cookie = entered.cookie("guildhall").unwrap();
        let dangerous = async |cookie: &str| {
            let asked = server
                .send(cookie, "POST", "/api/v1/me/factors/app", json!(null))
                .await;
            (
                asked.status,
                asked.body["code"].as_str().unwrap_or_default().to_owned(),
            )
        };
        assert_eq!(
            dangerous(&cookie).await,
            (409, "prove_yourself".to_owned()),
            "they proved it an hour ago"
        );
        let mine = server.get(&cookie, "/api/v1/me/factors").await.body;
        assert_eq!(mine["single_sign_on"], true, "{mine}");

        let again = async |says: Says| {
            let (xml, relay, browser) = hall.sent_there(&cookie, "/sso/again?next=/settings/log-in").await;
            assert!(xml.contains(r#"ForceAuthn="true""#), "{xml}");
            let id = xml.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap();
            let says = Says {
                in_response_to: Some(id.to_owned()),
                ..says
            };
            let back = hall.acs(&sent(&says), &relay).await;
            if back.status != 303 {
                return back;
            }
            get(server, &format!("{cookie}; {browser}"), back.to()).await
        };
        let old = again(hour_ago).await;
        assert!(
            old.status == 403 && old.text.contains("took an earlier proof"),
            "{}",
            old.text
        );
        let fresh = again(hall.says("bo@hall.example")).await;
        assert_eq!((fresh.status, fresh.to()), (303, "/settings/log-in"));
        let now = fresh.cookie("guildhall").unwrap();
        assert_eq!(dangerous(&now).await.0, 200);
        assert_eq!(
            dangerous(&cookie).await.0,
            401,
            "the browser has another session now"
        );

        let kiosk = server
            .send(
                &hall.admin,
                "POST",
                "/api/v1/kiosks",
                json!({"name": "Line 3", "idle_seconds": 120}),
            )
            .await;
        let (_, token) = guildhall_core::kiosks::enrol(
            &server.app,
            kiosk.body["link"].as_str().unwrap().rsplit('/').next().unwrap(),
        )
        .await
        .unwrap();
        let shared = get(
            server,
            &format!("guildhall-kiosk={token}"),
            &format!("/sso/saml/{}/start", hall.id()),
        )
        .await;
        assert!(
            shared.status == 403 && shared.text.contains("shared device"),
            "{}",
            shared.text
        );
    })
    .await;
}
