//! Log-in by single sign-on, on both databases, with responses that are really signed.

mod guard;
mod hall;
#[allow(
    dead_code,
    unused_imports,
    reason = "the provider of the format's own tests, of which not all is needed here"
)]
#[path = "../../../../wire/tests/saml/idp.rs"]
mod idp;
mod more;
mod oidc;
mod oidc_admin;
mod oidc_leaving;
mod op;
mod rate;

mod require;
mod safe;
#[allow(
    dead_code,
    reason = "the keys of the format's own tests, of which not all are needed here"
)]
#[path = "../../../../wire/tests/oidc/signer.rs"]
mod signer;

use std::sync::Arc;

use crate::common::{AWAY, on_both};
use axum::http::header;
use guildhall_core::{Moment, SetClock, sign_ins, sso};
use guildhall_wire::saml::request::Kind;
use guildhall_wire::saml::{self, NameId, OurKey, logout};
use hall::{Hall, ask, get, metadata, sent};
use idp::Says;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

#[tokio::test]
async fn somebody_invited_takes_their_account_and_comes_back() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let id = hall.add("bo", true).await;
        hall.edit(json!({"settings": {"mapping": {"department": "department"}}}))
            .await;
        // The address that was typed at the log-in page leads to the provider.
        let form = [("email", "Bo@HALL.example"), ("password", ""), ("way", "sso")];
        let led = ask(server, "", ("POST", "/login"), &form, "same-origin").await;
        assert!(
            led.text.contains(&format!("/sso/saml/{}/start", hall.id())),
            "{}",
            led.text
        );

        let (request, relay, browser) = hall.begin("", "start").await;
        let says = Says {
            in_response_to: Some(request),
            ..hall.says("BO@hall.example")
        };
        let back = hall.acs(&sent(&says), &relay).await;
        let stolen = get(server, "", back.to()).await;
        assert_eq!(
            (stolen.status, stolen.text.contains("another browser")),
            (403, true)
        );
        let welcome = get(server, &browser, back.to()).await;
        assert!(welcome.text.contains("Hello bo"), "{}", welcome.text);
        let no = ask(server, &browser, ("POST", back.to()), &[], "same-origin").await;
        assert!(no.text.contains("Agree to the terms first"), "{}", no.text);
        let agreed = [("accept_terms", "true")];
        let entered = ask(server, &browser, ("POST", back.to()), &agreed, "same-origin").await;
        assert_eq!(
            (entered.status, entered.to()),
            (303, "/people"),
            "{}",
            entered.text
        );
        let cookie = entered.cookie("guildhall").unwrap();
        let me = server.get(&cookie, "/api/v1/me").await.body;
        assert_eq!(me["account"]["id"], id.as_str());
        assert_eq!(me["account"]["department"], "Research & Development");
        let used = get(server, &browser, back.to()).await;
        assert_eq!(used.status, 403, "a ticket lets in once");

        let again = hall.log_in("bo@hall.example").await;
        assert_eq!(again.status, 303, "{}", again.text);
        let newest = hall.newest().await;
        assert_eq!(
            (newest["method"].as_str(), newest["result"].as_str()),
            (Some("saml"), Some("in"))
        );
        assert_eq!(
            (newest["account_name"].as_str(), newest["provider"].as_str()),
            (Some("bo"), Some("Our IdP"))
        );
        let own = server.get(&cookie, "/api/v1/me/sign-ins").await.body;
        assert_eq!(own["items"].as_array().unwrap().len(), 2, "{own}");
        let history = server
            .get(&hall.admin, &format!("/api/v1/audit?subject={id}&source=sso"))
            .await
            .body;
        assert_eq!(history["items"][0]["verb"], "claim", "{history}");
    })
    .await;
}

#[tokio::test]
async fn whoever_does_not_belong_stays_out_and_is_told_why() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("una", false).await;
        let dee = hall.add("dee", true).await;
        server
            .send(
                &hall.admin,
                "POST",
                &format!("/api/v1/people/{dee}/deactivate"),
                json!({}),
            )
            .await;
        let pia = hall.add("pia", true).await;
        let by = json!({"login_method": "password"});
        server
            .send(&hall.admin, "PATCH", &format!("/api/v1/people/{pia}"), by)
            .await;
        for (name, code, said) in [
            (
                "nobody@hall.example",
                "unknown",
                "Ask an admin of your workplace to invite you",
            ),
            ("una@hall.example", "not_invited", "being prepared"),
            ("dee@hall.example", "deactivated", "reactivate"),
            ("pia@hall.example", "use_password", "log in with a password"),
            ("ada@example.com", "domain_not_verified", "verified domains"),
            ("eve@evil.example", "domain_not_verified", "verified domains"),
            ("x7f", "no_address", "attribute"),
        ] {
            let page = hall.log_in(name).await;
            assert!(
                page.status == 403 && page.text.contains(said),
                "{name}: {} {}",
                page.status,
                page.text
            );
            assert!(page.cookie("guildhall").is_none());
            let newest = hall.newest().await;
            assert_eq!(newest["result"], code, "{newest}");
            assert!(newest["came"].as_str().unwrap().contains("department"));
        }
        // With accounts made for whoever is unknown, only they come in.
        hall.edit(json!({"settings": {"makes_accounts": true}})).await;
        assert!(
            hall.log_in("una@hall.example")
                .await
                .text
                .contains("being prepared")
        );
        let (request, relay, browser) = hall.begin("", "start").await;
        let says = Says {
            in_response_to: Some(request),
            ..hall.says("new.one@hall.example")
        };
        let back = hall.acs(&sent(&says), &relay).await;
        assert!(
            get(server, &browser, back.to())
                .await
                .text
                .contains("Take your account")
        );
        let agreed = [("accept_terms", "true")];
        let entered = ask(server, &browser, ("POST", back.to()), &agreed, "same-origin").await;
        let me = server
            .get(&entered.cookie("guildhall").unwrap(), "/api/v1/me")
            .await
            .body;
        assert_eq!(
            (
                me["account"]["display_name"].as_str(),
                me["account"]["created_source"].as_str()
            ),
            (Some("new one"), Some("sso")),
            "{me}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_response_that_is_not_meant_for_here_and_now_lets_nobody_in() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        let says = hall.says("bo@hall.example");
        let long_ago = (server.app.now().timestamp() - SignedDuration::from_hours(2)).to_string();
        for (code, wrong) in [
            (
                "signature",
                Says {
                    key: include_str!("../../../../wire/tests/saml/other.key"),
                    ..says.clone()
                },
            ),
            (
                "issuer",
                Says {
                    issuer: "https://other.example".into(),
                    ..says.clone()
                },
            ),
            (
                "audience",
                Says {
                    audience: "https://other.example".into(),
                    ..says.clone()
                },
            ),
            (
                "destination",
                Says {
                    recipient: "https://other.example".into(),
                    ..says.clone()
                },
            ),
            (
                "late",
                Says {
                    until: long_ago,
                    ..says.clone()
                },
            ),
            (
                "status",
                Says {
                    status: "urn:oasis:names:tc:SAML:2.0:status:Responder".into(),
                    ..says.clone()
                },
            ),
        ] {
            let page = hall.round("", "start", wrong).await;
            assert_eq!(page.status, 403, "{code}: {}", page.text);
            let newest = hall.newest().await;
            assert_eq!(newest["result"], code, "{newest}");
            assert!(!newest["reason"].as_str().unwrap().is_empty());
        }
        // Unasked, with the token of another, and twice.
        let (request, relay, _) = hall.begin("", "start").await;
        assert_eq!(hall.acs(&sent(&says), "").await.status, 403);
        assert_eq!(hall.acs(&sent(&says), &relay).await.status, 403);
        let answer = |request| {
            sent(&Says {
                in_response_to: Some(request),
                ..says.clone()
            })
        };
        // A question that got a wrong answer is over.
        assert_eq!(hall.acs(&answer(request), &relay).await.status, 403);
        let (request, relay, _) = hall.begin("", "start").await;
        let right = answer(request);
        assert_eq!(hall.acs(&right, "made-up").await.status, 403);
        assert_eq!(hall.acs(&right, &relay).await.status, 303);
        assert_eq!(hall.acs(&right, &relay).await.status, 403);
        // Where people may begin there, an assertion still works once.
        hall.edit(json!({"settings": {"unasked": true}})).await;
        let unasked = sent(&says);
        assert_eq!(
            hall.acs(&unasked.replace("bo@", "eve@"), "").await.status,
            403,
            "changed, so not signed any more"
        );
        let once = hall.acs(&unasked, "").await;
        assert!(get(server, "", once.to()).await.text.contains("Hello bo"));
        let twice = hall.acs(&unasked, "").await;
        assert!(
            twice.status == 403 && twice.text.contains("used already"),
            "{}",
            twice.text
        );
    })
    .await;
}

#[tokio::test]
async fn a_test_says_what_came_or_what_is_wrong() {
    on_both(async |server| {
        let hall = Hall::open(server).await;
        let wrong = Says {
            audience: "https://other.example".into(),
            ..hall.says("bo@hall.example")
        };
        let page = hall.round(&hall.admin, "test", wrong).await;
        assert!(
            page.text.contains("does not work yet") && page.text.contains("as the audience"),
            "{}",
            page.text
        );
        let kept = server.get(&hall.admin, &hall.path).await.body;
        assert_eq!(
            (kept["test"]["code"].as_str(), &kept["tested_at"]),
            (Some("audience"), &Value::Null)
        );
        let page = hall
            .round(&hall.admin, "test", hall.says("bo@evil.example"))
            .await;
        assert!(
            page.text.contains("does not work yet") && page.text.contains("verified"),
            "{}",
            page.text
        );
        hall.add("bo", true).await;
        hall.edit(json!({"settings": {"mapping": {"department": "department"}}}))
            .await;
        let page = hall
            .round(&hall.admin, "test", hall.says("bo@hall.example"))
            .await;
        for said in [
            "It works",
            "take their account",
            "Would change: department",
            "groups",
            "two",
        ] {
            assert!(page.text.contains(said), "{said}: {}", page.text);
        }
        assert!(page.cookie("guildhall").is_none(), "a test logs nobody in");
        // Before it is on, nobody else may begin, and a stranger may not test.
        let off = get(server, "", &format!("/sso/saml/{}/start", hall.id())).await;
        assert!(off.status == 403 && off.text.contains("switched off"));
        assert_eq!(
            get(server, "", &format!("/sso/saml/{}/test", hall.id()))
                .await
                .status,
            401
        );
        assert_eq!(hall.edit(json!({"on": true})).await["on"], true);
        let own = get(server, "", &format!("/sso/saml/{}/metadata", hall.id())).await;
        assert!(own.text.contains("AssertionConsumerService") && own.text.contains(hall.id()));
        // Another provider in its place has to be tested anew.
        hall.edit(json!({"on": false})).await;
        let moved = metadata().replace("https://idp.example/sso", "https://idp.example/new");
        assert_eq!(
            hall.edit(json!({"metadata": moved})).await["tested_at"],
            Value::Null
        );
    })
    .await;
}

#[tokio::test]
async fn a_password_gives_way_only_where_single_sign_on_can_take_its_place() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let person = json!({"display_name": "Sam", "email": "sam@hall.example", "invite": true, "login_method": "sso"});
        let sam = server.send(&hall.admin, "POST", "/api/v1/people", person).await.body;
        let sam = sam["id"].as_str().unwrap();
        let invited = server.send(&hall.admin, "GET", &format!("/api/v1/people/{sam}"), Value::Null).await;
        assert_eq!(invited.body["login_method"], "sso");
        let (request, relay, browser) = hall.begin("", "start").await;
        let says = Says { in_response_to: Some(request), ..hall.says("sam@hall.example") };
        let back = hall.acs(&sent(&says), &relay).await;
        let agreed = [("accept_terms", "true")];
        let entered = ask(server, &browser, ("POST", back.to()), &agreed, "same-origin").await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        // A password that they chose before their method was set.
        let workplace = server.get(&hall.admin, "/api/v1/me").await.body["workplace"]["id"].as_str().unwrap().parse().unwrap();
        let account = guildhall_core::accounts::get(&server.app.db, workplace, sam.parse().unwrap()).await.unwrap().unwrap();
        let hasher = guildhall_core::access::PasswordHasher::new(&guildhall_core::Entropy::system()).unwrap();
        let password = "purple ladder seagull";
        guildhall_core::access::choose_password(&server.app, &hasher, &account, password).await.unwrap();
        let pair = json!({"email": "sam@hall.example", "password": password});
        let refused = server.ask(AWAY, "", ("POST", "/api/v1/sessions"), pair.clone()).await;
        assert_eq!(refused.code(), (409, "use_sso"));
        assert_eq!(hall.newest().await["result"], "use_sso");
        hall.edit(json!({"on": false})).await;
        let entered = server.ask(AWAY, "", ("POST", "/api/v1/sessions"), pair).await;
        assert_eq!(entered.status, 201, "{}", entered.body);
        let wrong = json!({"email": "sam@hall.example", "password": "wrong"});
        server.ask(AWAY, "", ("POST", "/api/v1/sessions"), wrong).await;
        let newest = hall.newest().await;
        assert_eq!((newest["result"].as_str(), newest["typed"].as_str()), (Some("wrong_password"), Some("sam@hall.example")));
        let nobody = json!({"email": "who@nowhere.example", "password": "wrong"});
        server.ask(AWAY, "", ("POST", "/api/v1/sessions"), nobody).await;
        assert_eq!(hall.newest().await["result"], "unknown");
        let only = server.get(&hall.admin, "/api/v1/sign-ins?result=in&method=saml").await.body;
        assert_eq!(only["items"].as_array().unwrap().len(), 1, "{only}");
    })
    .await;
}

#[tokio::test]
async fn whoever_leaves_there_is_out_here() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        let cookie = hall.come("bo@hall.example").await;
        assert_eq!(server.get(&cookie, "/api/v1/me").await.status, 200);
        let leave = |name: &str, key: &str| {
            let to = hall.provider["ours"]["log_out_url"].as_str().unwrap();
            let message = logout::Leave {
                id: "_bye",
                issued: server.app.now().timestamp(),
                issuer: idp::ISSUER,
                destination: to,
            };
            let name_id = NameId {
                value: name.into(),
                ..NameId::default()
            };
            let xml = message.request(&name_id, Some("_s1"));
            let to = saml::request::redirect(to, Kind::Request, &xml, "there", OurKey(key)).unwrap();
            to.strip_prefix("http://localhost:8080").unwrap().to_owned()
        };
        let forged = leave(
            "bo@hall.example",
            include_str!("../../../../wire/tests/saml/other.key"),
        );
        assert_eq!(get(server, "", &forged).await.status, 403);
        let right = include_str!("../../../../wire/tests/saml/idp.key");
        get(server, "", &leave("somebody@hall.example", right)).await;
        assert_eq!(
            server.get(&cookie, "/api/v1/me").await.status,
            200,
            "of somebody else"
        );
        let left = get(server, "", &leave("bo@hall.example", right)).await;
        assert!(
            left.to().starts_with("https://idp.example/slo?SAMLResponse="),
            "{}",
            left.text
        );
        assert!(left.to().contains("RelayState=there"));
        assert_eq!(server.get(&cookie, "/api/v1/me").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn admins_are_told_before_a_certificate_ends_and_what_is_over_is_forgotten() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        hall.come("bo@hall.example").await;
        // Twenty days before its certificate ends admins are told, once.
        let ends = server.get(&hall.admin, &hall.path).await.body;
        let ends: Timestamp = ends["ends_at"].as_str().unwrap().parse().unwrap();
        let mut later = server.app.clone();
        let at = Moment::from_ms(ends.as_millisecond()).plus_days(-20);
        later.clock = Arc::new(SetClock::new(at));
        for _ in 0..2 {
            sso::work(&later).await.unwrap();
            later.clock = Arc::new(SetClock::new(at.plus_seconds(7 * 60 * 60)));
        }
        let letters = server.get(&hall.admin, "/api/v1/outbox").await.body;
        let letters = letters["items"].as_array().unwrap();
        let told = letters.iter().filter(|one| one["kind"] == "sso_ending");
        assert_eq!(told.count(), 1, "{letters:?}");
        sso::tidy(&later).await.unwrap();
        assert!(sign_ins::tidy(&later).await.unwrap() > 0);
    })
    .await;
}

#[tokio::test]
async fn a_person_and_a_provider_that_are_gone_leave_nothing() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let admin = &hall.admin;
        let bo = hall.add("bo", true).await;
        hall.come("bo@hall.example").await;
        let log = async || {
            let path = format!("/api/v1/sign-ins?person={bo}");
            let page = server.get(admin, &path).await.body;
            page["items"].as_array().unwrap().len()
        };
        assert_eq!(log().await, 1);
        let person = format!("/api/v1/people/{bo}");
        server
            .send(admin, "POST", &format!("{person}/deactivate"), json!({}))
            .await;
        let gone = server.send(admin, "DELETE", &person, Value::Null).await;
        assert!(gone.status < 300, "{}", gone.body);
        assert_eq!(log().await, 0);
        let refresh = format!("{}/refresh", hall.path);
        let refused = server.send(admin, "POST", &refresh, Value::Null).await;
        assert_eq!(refused.code(), (409, "no_metadata_url"));
        let path = "/api/v1/sso/providers";
        let second = server.send(admin, "POST", path, json!({"name": "Another"})).await;
        let second = format!("{path}/{}", second.body["id"].as_str().unwrap());
        let domains = json!({"domains": ["hall.example"]});
        let taken = server.send(admin, "PATCH", &second, domains).await.body;
        let said = taken["detail"].as_str().unwrap();
        assert!(said.contains("Another identity provider"), "{said}");
        let both = server.get(admin, path).await.body;
        assert_eq!(both["items"].as_array().unwrap().len(), 2);
        let removed = server.send(admin, "DELETE", &hall.path, Value::Null).await;
        assert_eq!(removed.status, 204);
        let nobody = get(server, "", &format!("/sso/saml/{}/start", hall.id())).await;
        assert_eq!(nobody.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_takes_forms_only_is_asked_by_one() {
    on_both(async |server| {
        let hall = Hall::open(server).await;
        let by_hand = json!({"entity_id": idp::ISSUER, "sign_on_url": "https://idp.example/post", "sign_on_binding": "post",
            "certificates": include_str!("../../../../wire/tests/saml/idp.pem")});
        let edited = hall.edit(json!({ "by_hand": by_hand })).await;
        assert_eq!(edited["connection"]["sign_on_binding"], "post", "{edited}");
        let page = get(server, &hall.admin, &format!("/sso/saml/{}/test", hall.id())).await;
        assert!(page.text.contains(r#"action="https://idp.example/post""#) && page.text.contains("SAMLRequest"), "{}", page.text);
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("form-action https://idp.example;"), "{policy}");
        for (wrong, field) in [
            (json!({"by_hand": {"entity_id": "x", "sign_on_url": "ftp://x", "certificates": "x"}}), "sign_on_url"),
            (json!({"by_hand": {"entity_id": "x", "sign_on_url": "https://x.example", "certificates": "x"}}), "certificates"),
            (json!({"metadata": "<html/>"}), "metadata"),
            (json!({"metadata_url": "http://127.0.0.1/"}), "metadata_url"),
            (json!({"settings": {"mapping": {"email": "mail"}}}), "email"),
            (json!({"name": " "}), "name"),
        ] {
            let said = hall.edit(wrong).await;
            assert_eq!(said["errors"][0]["field"], field, "{said}");
        }
    })
    .await;
}
