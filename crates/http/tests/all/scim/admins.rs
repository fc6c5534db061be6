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
