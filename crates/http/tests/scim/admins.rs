use guildhall_core::connectors::{self, Settings};
use guildhall_core::{Actor, workplaces};
use serde_json::{Value, json};

use crate::common::on_both;
use crate::{Client, admin, anna, connected};

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "one story, told in one piece")]
async fn many_at_once_refer_to_each_other() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, _) = connected(server, &actor, Settings::default()).await;
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "failOnErrors": 1,
            "Operations": [
                {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "G", "members": [{"value": "bulkId:a"}]}},
                {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "a@example.com"}},
                {"method": "PATCH", "path": "/Users/bulkId:a", "data": {"Operations": [{"op": "add", "path": "title", "value": "T"}]}},
                {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": "ada@example.com"}},
                {"method": "POST", "path": "/Users", "bulkId": "c", "data": {"userName": "c@example.com"}},
            ],
        });
        let answer = client.ask("POST", "/Bulk", body).await;
        let statuses: Vec<&str> = answer.body["Operations"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["201", "201", "200", "409"], "{}", answer.body);
        assert_eq!(answer.body["Operations"][3]["response"]["scimType"], "uniqueness");
        assert_eq!(client.found("title eq \"t\"").await, ["a@example.com"]);
        assert_eq!(client.found("groups.display eq \"g\"").await, ["a@example.com"]);
        let lost = client.ask("POST", "/Bulk", json!({"Operations": [{"method": "POST", "path": "/Groups", "bulkId": "x", "data": {"displayName": "X", "members": [{"value": "bulkId:y"}]}}]})).await;
        assert_eq!(lost.body["Operations"][0]["status"], "409");
        for wrong in [json!({}), json!({"Operations": [{"method": "GET", "path": "/Users"}]}), json!({"Operations": [{"method": "POST", "path": "/Users"}]}), json!({"Operations": [{"method": "POST", "path": "/Bulk", "bulkId": "1"}]})] {
            assert_eq!(client.ask("POST", "/Bulk", wrong.clone()).await.status, 400, "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "one story, told in one piece")]
async fn scripts_and_connectors_of_workplace_go_on_working() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, _) = connected(server, &actor, Settings::default()).await;
        let v1 = async |method: &str, path: &str, body: Value| server.bearer(&client.bearer, method, &format!("/scim/v1{path}"), body).await;
        let made = v1("POST", "/Users", json!({
            "schemas": ["urn:scim:schemas:core:1.0", "urn:scim:schemas:extension:enterprise:1.0"],
            "userName": "anna@example.com", "name": {"formatted": "Anna Nowak"}, "active": true, "invited": true,
            "urn:scim:schemas:extension:enterprise:1.0": {"department": "Yard", "manager": {"managerId": "boss@example.com"}},
            "urn:scim:schemas:extension:facebook:starttermdates:1.0": {"startDate": 1_769_817_600},
        })).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.headers["content-type"], "application/json");
        let id = made.body["id"].as_str().unwrap().to_owned();
        assert_eq!(made.body["urn:scim:schemas:extension:facebook:accountstatusdetails:1.0"]["invited"], true);
        assert_eq!(made.body["urn:scim:schemas:extension:facebook:starttermdates:1.0"]["startDate"], 1_769_817_600);
        client.add(json!({"userName": "boss@example.com"})).await;
        let read = v1("GET", &format!("/Users/{id}"), Value::Null).await;
        assert_eq!(read.body["urn:scim:schemas:extension:enterprise:1.0"]["manager"]["displayName"], "boss", "{}", read.body);
        let patched = v1("PATCH", &format!("/Users/{id}"), json!({"title": "T", "meta": {"attributes": ["department"]}})).await;
        assert_eq!((&patched.body["title"], &patched.body["urn:scim:schemas:extension:enterprise:1.0"]["department"]), (&json!("T"), &Value::Null), "{}", patched.body);
        let listed = v1("GET", "/Users?filter=userName%20eq%20%22anna%40example.com%22", Value::Null).await;
        assert_eq!(listed.body["schemas"], json!(["urn:scim:schemas:core:1.0"]));
        assert_eq!(listed.body["Resources"][0]["schemas"][0], "urn:scim:schemas:core:1.0");
        let gone = v1("GET", "/Users/nobody", Value::Null).await;
        assert_eq!((gone.status, &gone.body["Errors"][0]["code"]), (404, &json!("404")));
        assert_eq!(v1("GET", "/ServiceProviderConfigs", Value::Null).await.status, 200);
        // Without an e-mail address.
        let frontline = client.ask("POST", "/Users", json!({"externalId": "F7", "displayName": "Bo", "urn:ietf:params:scim:schemas:extension:facebook:frontline:2.0:User": {"is_frontline": "True"}})).await;
        assert_eq!((frontline.status, &frontline.body["userName"]), (201, &json!("F7")), "{}", frontline.body);
        assert_eq!(client.found("is_frontline eq true").await, ["F7"]);
    })
    .await;
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "one story, told in one piece")]
async fn what_is_wrong_is_said_by_its_name_and_strangers_see_nothing() {
    on_both(async |server| {
        let (cookie, actor) = admin(server).await;
        let (client, connector) = connected(server, &actor, Settings::default()).await;
        for (bearer, status) in [
            ("", 401),
            ("Bearer nonsense", 401),
            ("Basic x", 401),
            ("bearer ghp_nonsense", 401),
        ] {
            let answer = server.bearer(bearer, "GET", "/scim/v2/Users", Value::Null).await;
            assert_eq!(
                (answer.status, answer.body["status"].as_str()),
                (status, Some("401")),
                "{bearer}"
            );
            assert!(answer.headers.contains_key("www-authenticate"));
        }
        let by_cookie = server.get(&cookie, "/scim/v2/Users").await;
        assert_eq!(by_cookie.status, 401, "a session opens no SCIM");
        for (method, path, body, status) in [
            ("GET", "/Nothing", Value::Null, 404),
            ("GET", "/v2/Users", Value::Null, 404),
            ("GET", "/Users/nobody", Value::Null, 404),
            ("PUT", "/Users", json!({}), 405),
            ("POST", "/Users/nobody", json!({}), 405),
            ("POST", "/Users", json!({"displayName": "X"}), 400),
            ("POST", "/Users", json!([]), 400),
            ("POST", "/Groups", json!({}), 400),
            (
                "PATCH",
                "/Users/nobody",
                json!({"Operations": [{"op": "remove"}]}),
                400,
            ),
            ("POST", "/Schemas", json!({}), 405),
            ("GET", "/Schemas?filter=id%20pr", Value::Null, 403),
            ("GET", "/Schemas/nothing", Value::Null, 404),
            ("GET", "/ResourceTypes/User", Value::Null, 200),
            ("GET", "/ServiceProviderConfig", Value::Null, 200),
            ("GET", "/Schemas", Value::Null, 200),
            ("GET", "/", Value::Null, 200),
            ("GET", "/Me", Value::Null, 404),
        ] {
            let answer = client.ask(method, path, body).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
            if status >= 400 {
                assert_eq!(
                    answer.body["schemas"],
                    json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
                    "{path}"
                );
                assert!(
                    answer.body["detail"]
                        .as_str()
                        .is_some_and(|detail| detail.len() > 20)
                );
            }
        }
        // Another workplace sees none of it.
        let other = workplaces::create(&server.app, "Other", "en", "UTC")
            .await
            .unwrap();
        let (stranger, _) = connected(server, &Actor::command_line(other.id), Settings::default()).await;
        let id = client.add(anna()).await;
        assert_eq!(stranger.get(&format!("/Users/{id}")).await.status, 404);
        assert!(stranger.found("userName pr").await.is_empty());
        // A token that was ended is told apart in the log.
        let tokens = connectors::tokens_of(&server.app, &actor, connector.id)
            .await
            .unwrap();
        let (_, fresh) = connectors::rotate(&server.app, &actor, connector.id, 1, None)
            .await
            .unwrap();
        assert_eq!(
            client.get("/Users").await.status,
            200,
            "the old one lives on for an hour"
        );
        assert_eq!(
            server
                .bearer(&format!("Bearer {fresh}"), "GET", "/scim/v2/Users", Value::Null)
                .await
                .status,
            200
        );
        connectors::end_token(&server.app, &actor, connector.id, tokens[0].id)
            .await
            .unwrap();
        assert_eq!(client.get("/Users").await.status, 401);
        server.desk.written().await;
        let log = server
            .get(
                &cookie,
                &format!("/api/v1/connectors/{}/log?outcome=refused", connector.id),
            )
            .await;
        assert_eq!(log.body["items"][0]["reason"], "token_over", "{}", log.body);
    })
    .await;
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "one story, told in one piece")]
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
