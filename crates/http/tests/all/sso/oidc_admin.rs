//! What admins do with an OpenID provider.

use serde_json::{Value, json};

use crate::common::on_both;
use crate::sso::hall::get;
use crate::sso::op::{House, ISSUER, SECRET};

#[tokio::test]
async fn a_test_says_what_came_and_a_secret_is_never_shown() {
    on_both(async |server| {
        let house = House::open(server).await;
        assert_eq!(house.edit(json!({"on": true})).await["code"], "not_connected");
        let connected = house.connect(json!({"client_secret": "wrong"})).await;
        assert_eq!(
            connected["oidc"]["authentication"], "client_secret_basic",
            "{connected}"
        );
        assert_eq!(house.edit(json!({"on": true})).await["code"], "no_domains");
        house.edit(json!({"domains": ["hall.example"]})).await;
        assert_eq!(house.edit(json!({"on": true})).await["code"], "not_tested");
        let page = house.round(&house.admin, "test", "bo@hall.example").await;
        assert!(
            page.text.contains("does not work yet") && page.text.contains("client secret is not right"),
            "{}",
            page.text
        );
        let kept = house.server.get(&house.admin, &house.path).await.body;
        assert_eq!(
            (kept["test"]["code"].as_str(), &kept["tested_at"]),
            (Some("client"), &Value::Null)
        );

        house.connect(json!({})).await;
        house.says(json!({"email_verified": false}));
        let page = house.round(&house.admin, "test", "bo@hall.example").await;
        assert!(
            page.text.contains("does not work yet") && page.text.contains("not verified"),
            "{}",
            page.text
        );
        assert!(page.text.contains("Research &#38; Development"), "{}", page.text);
        house.says(json!({}));
        house.add("bo").await;
        house
            .edit(json!({"settings": {"mapping": {"department": "department"}}}))
            .await;
        let page = house.round(&house.admin, "test", "bo@hall.example").await;
        for said in [
            "It works",
            "take their account",
            "Would change: department",
            "groups",
            "two",
            "email_verified",
        ] {
            assert!(page.text.contains(said), "{said}: {}", page.text);
        }
        assert!(page.cookie("guildhall").is_none(), "a test logs nobody in");
        let off = get(&house.server, "", &house.at("start")).await;
        assert!(off.status == 403 && off.text.contains("switched off"));
        let on = house.edit(json!({"on": true})).await;
        assert_eq!(on["on"], true);
        let audit = house
            .server
            .get(&house.admin, "/api/v1/audit?source=admin")
            .await
            .body
            .to_string();
        assert!(
            audit.contains("client_secret") && !audit.contains(SECRET),
            "{audit}"
        );
        assert!(!on.to_string().contains(SECRET), "{on}");
        // The secret stays for the same client, and goes to no other.
        let same = house.connect(json!({"client_secret": null})).await;
        assert!(
            same["oidc"]["secret_at"].is_string() && same["tested_at"].is_string(),
            "{same}"
        );
        let other = house
            .connect(json!({"client_secret": null, "client_id": "other"}))
            .await;
        let prepared = &other["draft"]["oidc"];
        assert_eq!(
            (&prepared["secret_at"], prepared["authentication"].as_str()),
            (&Value::Null, Some("none")),
            "{other}"
        );
        // What is in force is as it was until the other client was tested.
        assert_eq!(
            (&other["oidc"]["client_id"], other["tested_at"].is_string()),
            (&json!("hall"), true)
        );
        let refresh = format!("{}/refresh", house.path);
        assert_eq!(
            house
                .server
                .send(&house.admin, "POST", &refresh, Value::Null)
                .await
                .status,
            200
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_an_issuer_is_said_at_once() {
    on_both(async |server| {
        let house = House::open(server).await;
        for (document, given, field, said) in [
            (
                json!({}),
                json!({"issuer": "http://op.example"}),
                "issuer",
                "https://",
            ),
            (
                json!({}),
                json!({"issuer": "https://op.example/realms/x"}),
                "issuer",
                "404",
            ),
            (
                json!({"issuer": "https://other.example"}),
                json!({}),
                "issuer",
                "https://other.example",
            ),
            (
                json!({"response_types_supported": ["id_token"]}),
                json!({}),
                "issuer",
                "authorization code flow",
            ),
            (
                json!({"code_challenge_methods_supported": ["plain"]}),
                json!({}),
                "issuer",
                "S256",
            ),
            (
                json!({"jwks_uri": format!("{ISSUER}/me")}),
                json!({}),
                "issuer",
                "401",
            ),
            (json!({}), json!({"client_id": " "}), "client_id", "client id"),
            (
                json!({}),
                json!({"client_secret": null, "authentication": "client_secret_post"}),
                "client_secret",
                "secret",
            ),
            (
                json!({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}),
                json!({}),
                "client_secret",
                "private_key_jwt",
            ),
            (
                json!({"token_endpoint_auth_methods_supported": ["client_secret_post"]}),
                json!({"authentication": "client_secret_basic"}),
                "authentication",
                "client_secret_post",
            ),
        ] {
            house.op().document = document.clone();
            let wrong = house.connect(given.clone()).await;
            assert_eq!(wrong["errors"][0]["field"], field, "{document} {given}: {wrong}");
            assert!(
                wrong["detail"].as_str().unwrap().contains(said),
                "{document}: {wrong}"
            );
        }
        house.op().document = json!({});
        house.op().down = true;
        let wrong = house.connect(json!({})).await;
        assert!(wrong["detail"].as_str().unwrap().contains("503"), "{wrong}");
    })
    .await;
}

#[tokio::test]
async fn what_speaks_one_is_not_connected_by_the_other() {
    on_both(async |server| {
        let house = House::open(server).await;
        let saml = house
            .edit(json!({"metadata": crate::sso::hall::metadata()}))
            .await;
        assert!(
            saml["detail"].as_str().unwrap().contains("OpenID Connect"),
            "{saml}"
        );
        let made = json!({"name": "By SAML"});
        let made = house
            .server
            .send(&house.admin, "POST", "/api/v1/sso/providers", made)
            .await
            .body;
        let path = format!("/api/v1/sso/providers/{}", made["id"].as_str().unwrap());
        let given = json!({"oidc": {"issuer": ISSUER, "client_id": "hall"}});
        let wrong = house.server.send(&house.admin, "PATCH", &path, given).await;
        assert_eq!(wrong.body["errors"][0]["field"], "oidc", "{}", wrong.body);
        let entra = json!({"name": "Entra", "protocol": "oidc", "preset": "entra"});
        let entra = house
            .server
            .send(&house.admin, "POST", "/api/v1/sso/providers", entra)
            .await
            .body;
        assert_eq!(
            (
                entra["settings"]["address"].as_str(),
                entra["settings"]["unverified"].as_bool()
            ),
            (Some("preferred_username"), Some(true))
        );
        assert_eq!(
            get(
                &house.server,
                "",
                &format!("/sso/saml/{}/metadata", entra["id"].as_str().unwrap())
            )
            .await
            .status,
            404
        );
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_removed_leaves_nothing() {
    on_both(async |server| {
        let house = House::ready(server).await;
        let removed = house
            .server
            .send(&house.admin, "DELETE", &house.path, Value::Null)
            .await;
        assert_eq!(removed.status, 204);
        assert_eq!(get(&house.server, "", &house.at("start")).await.status, 404);
        assert_eq!(get(&house.server, "", &house.at("callback")).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn what_was_under_way_by_another_client_lets_nobody_in() {
    on_both(async |server| {
        let house = House::ready(server).await;
        house.add("bo").await;
        let (to, browser) = house.begin("", "start").await;
        let back = house.says_who(&to, "bo@hall.example");
        let (first, own) = house.begin("", "start").await;
        let ticket = house.back(&own, &house.says_who(&first, "bo@hall.example")).await;
        assert_eq!(ticket.status, 303, "{}", ticket.text);
        // A secret that is given anew makes another client of it.
        house.connect(json!({})).await;
        house.tested().await;
        let late = house.back(&browser, &back).await;
        assert!(
            late.status == 403 && late.text.contains("was not begun here"),
            "{}",
            late.text
        );
        assert_eq!(get(&house.server, &own, ticket.to()).await.status, 403);
    })
    .await;
}
