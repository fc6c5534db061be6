//! Identity providers that do it wrong, and two of them at once: what an admin reads of it.

use guildhall_core::accounts::{self, AccountState, ProfileField, Source, Verb, Whom};
use guildhall_core::connectors::{Advice, LogFilter};

use super::*;

/// What the self-test says by now.
async fn found(server: &Server, actor: &Actor, connector: &connectors::Connector) -> Vec<Advice> {
    server.desk.written().await;
    connectors::test(&server.app, actor, connector.id).await.unwrap()
}

async fn by_hand(server: &Server, actor: &Actor, id: &str, verb: Verb) {
    let change = accounts::Change::new(Source::Admin, verb);
    let whom = Whom::Is(id.parse().unwrap());
    let policy = accounts::Policy::default();
    accounts::change(&server.app, actor, whom, &change, &policy)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_self_test_says_of_each_mistake_what_to_do() {
    on_both(async |server| {
        let (cookie, actor) = admin(server).await;
        let (client, connector) = connected(
            server,
            &actor,
            Settings {
                invite: true,
                visible_groups: false,
            },
        )
        .await;
        let anna = client.add(anna()).await;
        let me = server.get(&cookie, "/api/v1/me").await.body;
        let boss = me["account"]["id"].as_str().or(me["id"].as_str()).unwrap().to_owned();
        by_hand(server, &actor, &anna, Verb::Deactivate).await;
        let path = format!("/Users/{anna}");
        // Each mistake as a provider makes it: what it asks, and what the self-test says of it from then on.
        let mistakes: Vec<(&str, String, Value, &str)> = vec![
            ("POST", "/Users".into(), super::anna(), "People are added who are here already"),
            (
                "GET",
                "/Users?filter=shoeSize%20eq%20%2243%22".into(),
                Value::Null,
                "A search can't be answered",
            ),
            (
                "PATCH",
                path.clone(),
                json!({"Operations": [{"op": "remove", "path": "emails[type eq"}]}),
                "An attribute is not known",
            ),
            (
                "PATCH",
                path.clone(),
                json!({"Operations": [{"op": "replace", "path": "active", "value": "perhaps"}]}),
                "A value can't be used",
            ),
            ("POST", "/Users".into(), json!([]), "Requests can't be read"),
            ("GET", "/v2/Users".into(), Value::Null, "The address is wrong"),
            (
                "PATCH",
                format!("/Users/{boss}"),
                json!({"Operations": [{"op": "replace", "path": "active", "value": false}]}),
                "The last system admin was to leave",
            ),
            (
                "POST",
                "/Users".into(),
                json!({"userName": "bo@example.com", "displayName": "Bo", "shoeSize": "43",
                    "phoneNumbers": [{"type": "mobile", "value": "ask Bo"}]}),
                "More is sent than is kept",
            ),
            (
                "POST",
                "/Users".into(),
                json!({"userName": "cy@example.com", "displayName": "Cy",
                    "phoneNumbers": [{"type": "mobile", "value": "ask Cy"}]}),
                "Some values are kept and not used",
            ),
            (
                "POST",
                "/Users".into(),
                json!({"userName": "dee", "displayName": "Dee", "externalId": "d-1", ENTERPRISE: {"employeeNumber": "d-1"}}),
                "People without an e-mail address",
            ),
            ("PUT", path, super::anna(), "Somebody stays deactivated"),
            (
                "POST",
                "/Users".into(),
                json!({"userName": "eve@example.com", "displayName": "Eve", ENTERPRISE: {"manager": {"value": "nobody"}}}),
                "Managers are missing",
            ),
        ];
        let mut missing = Vec::new();
        for (method, path, body, title) in mistakes {
            let answer = client.ask(method, &path, body).await;
            let said = found(server, &actor, &connector).await;
            match said.iter().find(|one| one.title == title) {
                Some(one) => assert!(one.text.len() > 40, "{title}: {}", one.text),
                None => missing.push(format!("{title}: {method} {path} {} {}", answer.status, answer.body)),
            }
        }
        // An old token goes on being used, and then none works any more.
        let tokens = connectors::tokens_of(&server.app, &actor, connector.id).await.unwrap();
        connectors::end_token(&server.app, &actor, connector.id, tokens[0].id)
            .await
            .unwrap();
        assert_eq!(client.get("/Users").await.status, 401);
        let said = found(server, &actor, &connector).await;
        for title in ["An old token is used", "No token"] {
            if !said.iter().any(|one| one.title == title) {
                missing.push(title.to_owned());
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    })
    .await;
}

#[tokio::test]
async fn two_identity_providers_do_not_overwrite_each_other() {
    on_both(async |server| {
        let (cookie, actor) = admin(server).await;
        let settings = Settings {
            invite: true,
            ..Settings::default()
        };
        let (okta, first) = connected(server, &actor, settings).await;
        let (entra, second) = connected(server, &actor, settings).await;
        for (connector, name) in [(&first, "Okta"), (&second, "Entra")] {
            connectors::update(&server.app, &actor, connector.id, name, settings)
                .await
                .unwrap();
        }
        let id = okta.add(anna()).await;
        claim(server, &actor, &id).await;
        let path = format!("/Users/{id}");
        let title = |text: &str| json!([{"op": "replace", "path": "title", "value": text}]);
        let facts = async || {
            let person = server.get(&cookie, &format!("/api/v1/people/{id}")).await.body;
            let field = &person["fields"]["title"];
            let kept: Vec<String> = field["kept"]
                .as_array()
                .unwrap()
                .iter()
                .map(|kept| {
                    format!(
                        "{} {}",
                        kept["value"].as_str().unwrap(),
                        kept["name"].as_str().unwrap()
                    )
                })
                .collect();
            let (value, name) = (person["title"].as_str(), field["name"].as_str());
            format!(
                "{} {} ({})",
                value.unwrap_or("-"),
                name.unwrap_or("-"),
                kept.join(", ")
            )
        };
        assert_eq!(facts().await, "Fitter Okta ()");
        let there = entra.found("userName eq \"anna@example.com\"").await;
        assert_eq!(
            there.len(),
            1,
            "the other finds her, and takes her for one of its own"
        );
        entra.patch(&path, title("Foreman")).await;
        assert_eq!(facts().await, "Fitter Okta (Foreman Entra)");
        okta.patch(&path, title("Engineer")).await;
        entra.patch(&path, title("Supervisor")).await;
        assert_eq!(facts().await, "Engineer Okta (Supervisor Entra)");

        // That she left is the first's to say; what the second says of it is a conflict in its log.
        let state = async || {
            let workplace = actor.workplace;
            let account = accounts::get(&server.app.db, workplace, id.parse().unwrap()).await;
            account.unwrap().unwrap().state
        };
        entra
            .patch(
                &path,
                json!([{"op": "replace", "path": "active", "value": false}]),
            )
            .await;
        assert_eq!(state().await, AccountState::Claimed);
        server.desk.written().await;
        let filter = LogFilter {
            limit: 1,
            ..LogFilter::default()
        };
        let log = connectors::log(&server.app, &actor, second.id, &filter)
            .await
            .unwrap()
            .items;
        assert!(log[0].notes.iter().any(|note| note.contains("Okta")), "{log:#?}");
        let said = connectors::test(&server.app, &actor, second.id).await.unwrap();
        assert!(
            said.iter()
                .any(|one| one.title == "Another source manages somebody"),
            "{said:#?}"
        );
        okta.patch(
            &path,
            json!([{"op": "replace", "path": "active", "value": false}]),
        )
        .await;
        assert_eq!(state().await, AccountState::Deactivated);
        entra
            .patch(&path, json!([{"op": "replace", "path": "active", "value": true}]))
            .await;
        assert_eq!(
            state().await,
            AccountState::Deactivated,
            "the second does not undo it"
        );
        okta.patch(&path, json!([{"op": "replace", "path": "active", "value": true}]))
            .await;
        assert_eq!(state().await, AccountState::Claimed);

        // An admin ranks the second above, or hands it the field; once it is gone, the other has the word.
        let hand = json!({"to": "scim", "of": second.id});
        let handed = server
            .send(
                &cookie,
                "PUT",
                &format!("/api/v1/people/{id}/fields/title/keeper"),
                hand,
            )
            .await;
        assert_eq!(handed.status, 200, "{}", handed.body);
        assert_eq!(facts().await, "Supervisor Entra (Engineer Okta)");
        let order = json!({"settings": {"ranks": {"order": [first.id, second.id]}}});
        let saved = server.send(&cookie, "PATCH", "/api/v1/workplace", order).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        let back = json!({"to": null});
        server
            .send(
                &cookie,
                "PUT",
                &format!("/api/v1/people/{id}/fields/title/keeper"),
                back,
            )
            .await;
        assert_eq!(facts().await, "Engineer Okta (Supervisor Entra)");
        connectors::end(&server.app, &actor, first.id).await.unwrap();
        assert_eq!(facts().await, "Supervisor Entra ()");
        let account = accounts::get(&server.app.db, actor.workplace, id.parse().unwrap()).await;
        let account = account.unwrap().unwrap();
        assert_eq!(account.origins[&ProfileField::Title].of, Some(second.id.0));
    })
    .await;
}
