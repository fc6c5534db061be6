//! What an admin does with a connector.

use super::*;

#[tokio::test]
async fn an_admin_connects_watches_and_tries_again() {
    on_both(async |server| {
        let (cookie, _) = admin(server).await;
        let made = server
            .send(
                &cookie,
                "POST",
                "/api/v1/connectors",
                json!({"name": "Okta", "settings": {"invite": true, "visible_groups": false}}),
            )
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.body["scim_url"], "http://localhost:8080/scim/v2");
        let at = format!("/api/v1/connectors/{}", made.body["id"].as_str().unwrap());
        let token = server
            .send(&cookie, "POST", &format!("{at}/tokens"), json!({}))
            .await;
        let bearer = format!("Bearer {}", token.body["token"].as_str().unwrap());
        let client = Client { server, bearer };
        let test = server.get(&cookie, &format!("{at}/test")).await;
        assert!(
            test.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .all(|one| one["tone"] == "waiting"),
            "{}",
            test.body
        );
        assert_eq!(client.get("/Me").await.body["userName"], "ada@example.com");
        let id = client
            .add(json!({"userName": "anna@example.com", "shoeSize": 42, "password": "hush hush"}))
            .await;
        let log = server.get(&cookie, &format!("{at}/log?account_id={id}")).await;
        let entry = &log.body["items"][0];
        assert_eq!(
            (&entry["summary"], &entry["body"]["password"]),
            (&json!("Added anna."), &json!("(hidden)")),
            "{}",
            log.body
        );
        assert!(entry["notes"].to_string().contains("shoeSize"));
        client.ask("DELETE", &format!("/Users/{id}"), Value::Null).await;
        let plan = server
            .send(
                &cookie,
                "POST",
                &format!("{at}/log/{}/plan", entry["id"].as_str().unwrap()),
                json!({}),
            )
            .await;
        assert_eq!(
            (&plan.body["status"], &plan.body["outcome"]),
            (&json!(201), &json!("changed")),
            "{}",
            plan.body
        );
        assert!(
            client.found("userName eq \"anna@example.com\"").await.is_empty(),
            "a plan does nothing"
        );
        let rotated = server
            .send(
                &cookie,
                "POST",
                &format!("{at}/rotate"),
                json!({"overlap_hours": 0}),
            )
            .await;
        assert_eq!(rotated.status, 201, "{}", rotated.body);
        assert_eq!(client.get("/Users").await.status, 401);
        let tokens = server.get(&cookie, &format!("{at}/tokens")).await;
        assert_eq!(tokens.body["items"].as_array().unwrap().len(), 2);
        let edited = server
            .send(&cookie, "PATCH", &at, json!({"name": "Okta 2", "settings": {}}))
            .await;
        assert_eq!(edited.body["name"], "Okta 2");
        assert_eq!(
            server
                .send(&cookie, "POST", &format!("{at}/test"), json!({}))
                .await
                .status,
            200
        );
        assert_eq!(
            server.get(&cookie, "/api/v1/connectors").await.body["items"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        let token = tokens.body["items"][0]["id"].as_str().unwrap();
        assert_eq!(
            server
                .send(&cookie, "DELETE", &format!("{at}/tokens/{token}"), json!({}))
                .await
                .status,
            204
        );
        assert_eq!(server.send(&cookie, "DELETE", &at, json!({})).await.status, 204);
        assert_eq!(server.get(&cookie, &at).await.status, 404);
    })
    .await;
}

/// The newest entry of the log.
async fn newest(server: &Server, cookie: &str, at: &str) -> Value {
    let log = server.get(cookie, &format!("{at}/log?limit=1")).await;
    assert_eq!(log.status, 200, "{}", log.body);
    log.body["items"][0].clone()
}

#[tokio::test]
async fn a_request_with_many_members_is_kept_apart_and_planned_again() {
    on_both(async |server| {
        let (cookie, actor) = admin(server).await;
        let (client, connector) = connected(server, &actor, Settings::default()).await;
        let at = format!("/api/v1/connectors/{}", connector.id);
        let operations: Vec<Value> = (0..300)
            .map(|number| json!({"method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": {"userName": format!("p{number}@example.com")}}))
            .collect();
        let made = client.ask("POST", "/Bulk", json!({"Operations": operations})).await;
        let members: Vec<Value> = made.body["Operations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| json!({"value": one["location"].as_str().unwrap().rsplit('/').next().unwrap()}))
            .collect();
        let group = client.ask("POST", "/Groups", json!({"displayName": "Yard"})).await;
        let path = format!("/Groups/{}", group.body["id"].as_str().unwrap());
        let add = json!([{"op": "add", "path": "members", "value": members}]);
        assert_eq!(client.patch(&path, add.clone()).await.status, 204);

        let listed = newest(server, &cookie, &at).await;
        assert_eq!((&listed["body"], &listed["body_gone"]), (&Value::Null, &json!(false)), "{listed}");
        assert!(listed["body_bytes"].as_i64().unwrap() > 10_000, "{listed}");
        let entry = format!("{at}/log/{}", listed["id"].as_str().unwrap());
        let whole = server.get(&cookie, &entry).await;
        assert_eq!((whole.status, &whole.body["body"]["Operations"]), (200, &add));
        let plan = server.send(&cookie, "POST", &format!("{entry}/plan"), json!({})).await;
        assert_eq!(plan.body["outcome"], "unchanged", "they are in already: {}", plan.body);
        let emptied = json!([{"op": "remove", "path": "members"}]);
        assert_eq!(client.patch(&path, emptied).await.status, 204);
        let plan = server.send(&cookie, "POST", &format!("{entry}/plan"), json!({})).await;
        assert_eq!(plan.body["outcome"], "changed", "{}", plan.body);
        let read = client.get(&path).await;
        assert!(read.body["members"].as_array().is_none_or(Vec::is_empty), "a plan does nothing");
    })
    .await;
}

#[tokio::test]
async fn whatever_may_be_sent_is_kept_and_a_bulk_that_is_refused_is_told() {
    on_both(async |server| {
        let (cookie, actor) = admin(server).await;
        let (client, connector) = connected(server, &actor, Settings::default()).await;
        let at = format!("/api/v1/connectors/{}", connector.id);
        let long = "x".repeat(9 * 1024 * 1024);
        client
            .add(json!({"userName": "anna@example.com", "essay": long}))
            .await;
        let listed = newest(server, &cookie, &at).await;
        let entry = format!("{at}/log/{}", listed["id"].as_str().unwrap());
        let whole = server.get(&cookie, &entry).await;
        assert!(whole.body["body"]["essay"] == long, "all of it");
        let plan = server
            .send(&cookie, "POST", &format!("{entry}/plan"), json!({}))
            .await;
        assert_eq!(plan.body["status"], 409, "she is here: {}", plan.body);

        let refused = client
            .ask(
                "POST",
                "/Bulk",
                json!({"Operations": [{"method": "GET", "path": "/Users"}]}),
            )
            .await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        let listed = newest(server, &cookie, &at).await;
        assert_eq!(
            (&listed["outcome"], &listed["path"]),
            (&json!("refused"), &json!("/v2/Bulk")),
            "{listed}"
        );
    })
    .await;
}
