//! Identity providers that do it wrong: what an admin reads of it.

use guildhall_core::accounts::{self, Source, Verb, Whom};
use guildhall_core::connectors::Advice;

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
