//! Log-in by OpenID Connect, on both databases, with a provider whose tokens are really signed.

use std::sync::Arc;

use guildhall_core::{SetClock, sso};
use serde_json::{Value, json};

use crate::common::{Server, on_both};
use crate::sso::hall::{ask, get};
use crate::sso::op::{House, ISSUER};
use crate::sso::signer::Signer;

#[tokio::test]
async fn somebody_invited_comes_in_by_an_openid_provider_and_comes_back() {
    on_both(async |server| {
        let house = House::ready(server).await;
        let id = house.add("bo").await;
        house
            .edit(json!({"settings": {"mapping": {"department": "department"}}}))
            .await;
        let form = [("email", "Bo@HALL.example"), ("password", ""), ("way", "sso")];
        let led = ask(&house.server, "", ("POST", "/login"), &form, "same-origin").await;
        let start = house.at("start");
        assert!(
            led.text.contains(&start) && led.text.contains("login_hint=Bo%40HALL.example"),
            "{}",
            led.text
        );
        let hinted = get(
            &house.server,
            "",
            &format!("{start}?login_hint=bo%40hall.example"),
        )
        .await;
        assert!(
            hinted.to().contains("login_hint=bo%40hall.example"),
            "{}",
            hinted.to()
        );

        let (to, browser) = house.begin("", "start").await;
        let address = house.says_who(&to, "BO@hall.example");
        // Another browser uses no code.
        let stolen = house.back("", &address).await;
        assert_eq!(
            (stolen.status, stolen.text.contains("another browser")),
            (403, true)
        );
        let back = house.back(&browser, &address).await;
        assert_eq!(back.status, 303, "{}", back.text);
        let stolen = get(&house.server, "", back.to()).await;
        assert_eq!(
            (stolen.status, stolen.text.contains("another browser")),
            (403, true)
        );
        let welcome = get(&house.server, &browser, back.to()).await;
        assert!(welcome.text.contains("Hello bo"), "{}", welcome.text);
        let agreed = [("accept_terms", "true")];
        let entered = ask(
            &house.server,
            &browser,
            ("POST", back.to()),
            &agreed,
            "same-origin",
        )
        .await;
        assert_eq!(
            (entered.status, entered.to()),
            (303, "/people"),
            "{}",
            entered.text
        );
        let cookie = entered.cookie("guildhall").unwrap();
        let me = house.server.get(&cookie, "/api/v1/me").await.body;
        assert_eq!(me["account"]["id"], id.as_str());
        assert_eq!(me["account"]["department"], "Research & Development");
        let again = house.back(&browser, &address).await;
        assert!(
            again.status == 403 && again.text.contains("used already"),
            "{}",
            again.text
        );

        let again = house.log_in("bo@hall.example").await;
        assert_eq!(again.status, 303, "{}", again.text);
        let newest = house.newest().await;
        assert_eq!(
            (newest["method"].as_str(), newest["result"].as_str()),
            (Some("oidc"), Some("in"))
        );
        assert_eq!(
            (newest["account_name"].as_str(), newest["provider"].as_str()),
            (Some("bo"), Some("Our OP"))
        );
        let history = house
            .server
            .get(&house.admin, &format!("/api/v1/audit?subject={id}&source=sso"))
            .await
            .body;
        assert_eq!(history["items"][0]["verb"], "claim", "{history}");
    })
    .await;
}

#[tokio::test]
async fn who_is_known_to_nobody_stays_out_or_gets_an_account_as_with_saml() {
    on_both(async |server| {
        let house = House::ready(server).await;
        let out = house.log_in("new.one@hall.example").await;
        assert!(
            out.status == 403 && out.text.contains("invite you"),
            "{}",
            out.text
        );
        let evil = house.log_in("eve@evil.example").await;
        assert!(
            evil.status == 403 && evil.text.contains("verified domains"),
            "{}",
            evil.text
        );
        house.edit(json!({"settings": {"makes_accounts": true}})).await;
        let made = house.come("new.one@hall.example").await;
        let me = house.server.get(&made, "/api/v1/me").await.body;
        assert_eq!(me["account"]["created_source"], "sso", "{me}");
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_not_meant_for_here_and_now_lets_nobody_in() {
    on_both(async |server| {
        let house = House::ready(server).await;
        house.add("bo").await;
        let now = house.server.app.now().timestamp().as_second();
        for (code, says) in [
            ("issuer", json!({"iss": "https://other.example"})),
            ("audience", json!({"aud": "others"})),
            ("audience", json!({"aud": ["others", "hall"]})),
            ("nonce", json!({"nonce": "another"})),
            ("nonce", json!({"nonce": null})),
            ("late", json!({"exp": now - 120})),
            ("early", json!({"iat": now + 120})),
            ("subject", json!({"sub": null})),
            ("hash", json!({"at_hash": "AAAA"})),
            ("email_not_verified", json!({"email_verified": false})),
            ("email_not_said", json!({"email_verified": null})),
            ("no_address", json!({"email": null, "sub": "bo@hall.example"})),
        ] {
            house.says(says.clone());
            house.op().user_info = json!({"sub": "bo@hall.example"});
            let page = house.log_in("bo@hall.example").await;
            assert_eq!(page.status, 403, "{says}: {}", page.text);
            assert!(page.cookie("guildhall").is_none());
            let newest = house.newest().await;
            assert_eq!(
                (newest["result"].as_str(), newest["method"].as_str()),
                (Some(code), Some("oidc")),
                "{newest}"
            );
            assert!(newest["reason"].as_str().unwrap().len() > 20, "{newest}");
        }
        let came = house.newest().await["came"].as_str().unwrap().to_owned();
        assert!(came.contains("department") && !came.contains("nonce"), "{came}");
        // A minute is what clocks may differ.
        house.says(json!({"iat": now + 50}));
        assert_eq!(house.log_in("bo@hall.example").await.status, 200);
        house.says(json!({}));
    })
    .await;
}

#[tokio::test]
async fn an_answer_of_another_provider_question_or_browser_lets_nobody_in() {
    on_both(async |server| {
        let house = House::ready(server).await;
        house.add("bo").await;
        let (to, browser) = house.begin("", "start").await;
        let state = to
            .query_pairs()
            .find(|(key, _)| key == "state")
            .unwrap()
            .1
            .into_owned();
        let (at, iss) = (house.at("callback"), "iss=https%3A%2F%2Fop.example");
        let denied = format!("{at}?error=access_denied&error_description=not+assigned&state={state}&{iss}");
        let denied = house.back(&browser, &denied).await;
        assert!(
            denied.status == 403 && denied.text.contains("not assigned"),
            "{}",
            denied.text
        );
        assert_eq!(house.newest().await["result"], "refused_there");
        for other in ["", "&iss=https%3A%2F%2Fevil.example"] {
            let (to, browser) = house.begin("", "start").await;
            let back = house.says_who(&to, "bo@hall.example");
            let mixed = format!("{}{other}", back.split("&iss").next().unwrap());
            let page = house.back(&browser, &mixed).await;
            assert!(
                page.status == 403 && page.text.contains("was asked"),
                "{}",
                page.text
            );
            assert_eq!(house.newest().await["result"], "issuer");
        }
        // A code of another question: PKCE says no. A state that nobody gave: nothing is kept.
        let (first, _) = house.begin("", "start").await;
        let foreign = house.says_who(&first, "bo@hall.example");
        let (second, browser) = house.begin("", "start").await;
        let own = house.says_who(&second, "bo@hall.example");
        let code = |address: &str| {
            address
                .split("code=")
                .nth(1)
                .unwrap()
                .split('&')
                .next()
                .unwrap()
                .to_owned()
        };
        let injected = own.replace(&code(&own), &code(&foreign));
        let page = house.back(&browser, &injected).await;
        assert!(
            page.status == 403 && page.text.contains("no such code"),
            "{}",
            page.text
        );
        let kept = house.newest().await;
        let page = house.back(&browser, &format!("{at}?code=x&state=made-up")).await;
        assert!(
            page.status == 403 && page.text.contains("was not begun here"),
            "{}",
            page.text
        );
        assert_eq!(house.newest().await, kept);
    })
    .await;
}

#[tokio::test]
async fn a_new_key_works_at_once_and_made_up_keys_make_few_questions() {
    on_both(async |server| {
        let house = House::ready(server).await;
        house.add("bo").await;
        let cookie = house.come("bo@hall.example").await;
        let asked = house.op().keys_asked;
        let new = Arc::new(Signer::p256("second"));
        {
            let mut op = house.op();
            (op.signs, op.algorithm) = (new.clone(), "ES256");
            op.published.push(new);
        }
        assert_eq!(house.log_in("bo@hall.example").await.status, 303);
        assert_eq!(house.op().keys_asked, asked + 1);
        assert_eq!(house.log_in("bo@hall.example").await.status, 303);
        assert_eq!(house.op().keys_asked, asked + 1, "they are kept");
        // Somebody sends what they signed themselves.
        let stranger = Arc::new(Signer::p256("made-up"));
        for _ in 0..12 {
            let token = {
                let mut op = house.op();
                let own = std::mem::replace(&mut op.signs, stranger.clone());
                let token = op.goodbye(&json!({"sub": "n-bo@hall.example"}));
                op.signs = own;
                token
            };
            assert_eq!(house.left(&token).await.status, 400);
        }
        assert_eq!(house.op().keys_asked, asked + 5, "strangers make few questions");
        assert!(house.is_in(&cookie).await);
        // There is something left for those who log in.
        let third = Arc::new(Signer::rsa("third"));
        {
            let mut op = house.op();
            (op.signs, op.algorithm) = (third.clone(), "RS256");
            op.published = vec![third];
        }
        assert_eq!(house.log_in("bo@hall.example").await.status, 303);
        assert_eq!(house.op().keys_asked, asked + 6);
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_down_keeps_people_out_until_it_is_back() {
    on_both(async |server| {
        let house = House::ready(server).await;
        house.add("bo").await;
        house.come("bo@hall.example").await;
        house.op().down = true;
        let page = house.log_in("bo@hall.example").await;
        assert!(page.status == 403 && page.text.contains("something else than JSON"), "{}", page.text);
        assert_eq!(house.newest().await["result"], "token");
        // What was known of it stays, and admins see that it could not be asked.
        let mut later = house.server.app.clone();
        later.clock = Arc::new(SetClock::new(later.now().plus_seconds(7 * 60 * 60)));
        sso::work(&later).await.unwrap();
        let read = house.server.get(&house.admin, &house.path).await.body;
        assert!(read["metadata_problem"].as_str().unwrap().contains("503"), "{read}");
        assert_eq!(read["oidc"]["token_url"], format!("{ISSUER}/token"));
        {
            let mut op = house.op();
            op.down = false;
            op.document = json!({"token_endpoint": format!("{ISSUER}/token"), "end_session_endpoint": format!("{ISSUER}/out")});
        }
        later.clock = Arc::new(SetClock::new(later.now().plus_seconds(7 * 60 * 60)));
        sso::work(&later).await.unwrap();
        let read = house.server.get(&house.admin, &house.path).await.body;
        assert_eq!((&read["metadata_problem"], &read["oidc"]["end_session_url"]), (&Value::Null, &json!(format!("{ISSUER}/out"))));
        assert_ne!(read["tested_at"], Value::Null, "the same client of the same issuer");
        assert_eq!(house.log_in("bo@hall.example").await.status, 303);
        // Keys that are old are looked at again; while the provider is down they go on working.
        let asked = house.op().keys_asked;
        later.clock = Arc::new(SetClock::new(later.now().plus_days(2)));
        let late = Server::of(later);
        let token = |house: &House| {
            let now = late.app.now().timestamp().as_second();
            house.op().goodbye(&json!({"sub": "n-bo@hall.example", "iat": now, "exp": now + 60}))
        };
        house.op().down = true;
        let form = token(&house);
        let path = house.at("back-channel");
        let sent = ask(&late, "", ("POST", &path), &[("logout_token", &form)], "none").await;
        assert_eq!(sent.status, 200, "{}", sent.text);
        house.op().down = false;
        let form = token(&house);
        ask(&late, "", ("POST", &path), &[("logout_token", &form)], "none").await;
        assert_eq!(house.op().keys_asked, asked + 1);
    })
    .await;
}

#[tokio::test]
async fn a_client_shows_who_it_is_as_the_provider_takes_it() {
    on_both(async |server| {
        let house = House::ready(server).await;
        house.add("bo").await;
        house.come("bo@hall.example").await;
        house.op().by = "post";
        house.op().document =
            json!({"token_endpoint_auth_methods_supported": ["client_secret_post", "none"]});
        let posted = house.connect(json!({})).await;
        let prepared = &posted["draft"]["oidc"]["authentication"];
        assert_eq!(prepared, "client_secret_post", "{posted}");
        house.tested().await;
        assert_eq!(house.log_in("bo@hall.example").await.status, 303);
        house.op().by = "none";
        let public = house.connect(json!({"authentication": "none"})).await;
        assert_eq!(public["draft"]["oidc"]["authentication"], "none", "{public}");
        house.tested().await;
        assert_eq!(house.log_in("bo@hall.example").await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn what_an_id_token_lacks_is_asked_for() {
    on_both(async |server| {
        let house = House::ready(server).await;
        house.add("bo").await;
        house.come("bo@hall.example").await;
        house.says(json!({"email": null, "email_verified": null}));
        house.op().user_info = json!({"sub": "n-bo@hall.example", "email": "bo@hall.example", "email_verified": true, "title": "Welder"});
        assert_eq!(house.log_in("bo@hall.example").await.status, 303);
        house.op().user_info = json!({"sub": "n-eve", "email": "bo@hall.example", "email_verified": true});
        let page = house.log_in("bo@hall.example").await;
        assert!(page.status == 403 && page.text.contains("somebody else"), "{}", page.text);
        house.op().document = json!({"userinfo_endpoint": format!("{ISSUER}/nowhere")});
        house.connect(json!({"client_secret": null})).await;
        let page = house.log_in("bo@hall.example").await;
        assert!(page.status == 403 && page.text.contains("into the ID token"), "{}", page.text);
        // What would fill the profile keeps nobody out.
        house.says(json!({}));
        house.edit(json!({"settings": {"mapping": {"title": "title"}}})).await;
        assert_eq!(house.log_in("bo@hall.example").await.status, 303);
        house.op().document = json!({});
        house.connect(json!({"client_secret": null})).await;
        house.op().user_info = json!({"sub": "n-bo@hall.example", "title": "Welder"});
        let page = house.log_in("bo@hall.example").await;
        let me = house.server.get(&page.cookie("guildhall").unwrap(), "/api/v1/me").await.body;
        assert_eq!(me["account"]["title"], "Welder", "{me}");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_to_prove_it_each_time_is_asked_and_held_to_it() {
    on_both(async |server| {
        let house = House::ready(server).await;
        house.add("bo").await;
        house.come("bo@hall.example").await;
        house.edit(json!({"settings": {"force": true}})).await;
        let (to, _) = house.begin("", "start").await;
        assert!(
            to.as_str().contains("prompt=login") && to.as_str().contains("max_age=600"),
            "{to}"
        );
        let now = house.server.app.now().timestamp().as_second();
        for (says, status) in [
            (json!({}), 403),
            (json!({"auth_time": now - 3600}), 403),
            (json!({"auth_time": now - 5}), 303),
        ] {
            house.says(says.clone());
            assert_eq!(house.log_in("bo@hall.example").await.status, status, "{says}");
        }
    })
    .await;
}
