//! Groups that a connector pushes and people see, and what keeps a wrong scope from emptying the workplace.

use guildhall_core::groups;

use super::*;

/// Who is in the only group.
async fn members(server: &Server, actor: &Actor) -> Vec<String> {
    let (group, _) = groups::list(&server.app.db, actor, None, None, 10)
        .await
        .unwrap()
        .items
        .remove(0);
    let page = groups::members(&server.app.db, actor, group.id, None, None, 100)
        .await
        .unwrap();
    let mut names: Vec<String> = page
        .items
        .iter()
        .map(|member| member.person.display_name.clone())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_group_follows_while_it_is_hidden_and_for_those_who_are_away() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let shown = Settings {
            visible_groups: true,
            invite: false,
        };
        let (client, connector) = connected(server, &actor, shown).await;
        let mut people = Vec::new();
        for name in ["a", "b", "c"] {
            let person = json!({"userName": format!("{name}@example.com"), "displayName": name});
            people.push(client.add(person).await);
        }
        let active = async |id: &str, active: bool| {
            let path = format!("/Users/{id}");
            let done = client
                .patch(
                    &path,
                    json!([{"op": "replace", "path": "active", "value": active}]),
                )
                .await;
            assert!(done.status < 300, "{}", done.body);
        };
        // Whoever is out when the group comes is in it once they are back.
        claim(server, &actor, &invited(server, &actor, &people[2]).await).await;
        active(&people[2], false).await;
        let all: Vec<Value> = people.iter().map(|id| json!({"value": id})).collect();
        let made = client
            .ask("POST", "/Groups", json!({"displayName": "Yard", "members": all}))
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        let path = format!("/Groups/{}", made.body["id"].as_str().unwrap());
        assert_eq!(members(server, &actor).await, ["a", "b"]);
        active(&people[2], true).await;
        assert_eq!(members(server, &actor).await, ["a", "b", "c"]);

        // Whoever is taken out while it is hidden does not come back with it, and whoever comes meanwhile is in.
        let show = async |visible_groups| {
            let settings = Settings {
                visible_groups,
                invite: false,
            };
            connectors::update(&server.app, &actor, connector.id, "Entra ID", settings)
                .await
                .unwrap();
        };
        show(false).await;
        let without = json!([
            {"op": "remove", "path": format!("members[value eq \"{}\"]", people[0])},
            {"op": "remove", "path": format!("members[value eq \"{}\"]", people[1])},
        ]);
        assert_eq!(client.patch(&path, without).await.status, 204);
        let add = json!([{"op": "add", "path": "members", "value": [{"value": people[1]}]}]);
        assert_eq!(client.patch(&path, add).await.status, 204);
        show(true).await;
        assert_eq!(members(server, &actor).await, ["b", "c"]);

        // An admin who archives and restores it by hand finds the same.
        let (group, _) = groups::list(&server.app.db, &actor, None, None, 10)
            .await
            .unwrap()
            .items
            .remove(0);
        groups::archive(&server.app, &actor, group.id, true)
            .await
            .unwrap();
        let add = json!([{"op": "add", "path": "members", "value": [{"value": people[0]}]}]);
        assert_eq!(client.patch(&path, add).await.status, 204);
        groups::archive(&server.app, &actor, group.id, false)
            .await
            .unwrap();
        assert_eq!(members(server, &actor).await, ["a", "b", "c"]);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_scope_empties_no_workplace() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, connector) = connected(server, &actor, Settings::default()).await;
        let mut people = Vec::new();
        for number in 0..8 {
            let person = json!({"userName": format!("p{number}@example.com")});
            people.push(client.add(person).await);
        }
        let (never_came, came) = people.split_at(1);
        for id in came {
            claim(server, &actor, &invited(server, &actor, id).await).await;
        }
        let leave = json!([{"op": "replace", "path": "active", "value": false}]);
        let gone = async |id: &str| client.patch(&format!("/Users/{id}"), leave.clone()).await;
        // Whoever never came is not counted; a few may always go.
        assert_eq!(gone(&never_came[0]).await.status, 200);
        for id in &came[..5] {
            assert_eq!(gone(id).await.status, 200);
        }
        for id in &came[5..] {
            let held = gone(id).await;
            assert_eq!(held.status, 503, "{}", held.body);
            assert!(
                held.body["detail"]
                    .as_str()
                    .unwrap()
                    .starts_with("The brake holds")
            );
            assert_eq!(held.headers["retry-after"], "900");
        }
        assert_eq!(
            client
                .ask("DELETE", &format!("/Users/{}", came[6]), Value::Null)
                .await
                .status,
            503
        );
        let read = client.get(&format!("/Users/{}", came[6])).await;
        assert_eq!(read.body["active"], true, "nothing was done by halves");
        let held = connectors::held(&server.app, &connector).await.unwrap().unwrap();
        assert_eq!((held.gone, held.refused), (5, 3));

        // A person's word lets them, and the identity provider asks again.
        connectors::release(&server.app, &actor, connector.id)
            .await
            .unwrap();
        assert_eq!(connectors::held(&server.app, &connector).await.unwrap(), None);
        for id in &came[5..] {
            assert_eq!(gone(id).await.status, 200);
        }
        let again = connectors::release(&server.app, &actor, connector.id).await;
        assert_eq!(again.unwrap_err().code(), "not_held");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_taken_over_by_a_put_is_not_changed_by_the_same_again() {
    on_both(async |server| {
        let (cookie, actor) = admin(server).await;
        let (client, connector) = connected(server, &actor, Settings::default()).await;
        let boss = json!({"display_name": "Boss", "email": "boss@example.com"});
        let boss = server.send(&cookie, "POST", "/api/v1/people", boss).await;
        let made = json!({"display_name": "Bo", "email": "Bo@Example.com", "manager_id": boss.body["id"]});
        let made = server.send(&cookie, "POST", "/api/v1/people", made).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let path = format!("/Users/{}", made.body["id"].as_str().unwrap());
        let body = json!({
            "externalId": "x-3", "userName": "Bo@Example.com", "displayName": "Bo", "active": true, "title": "Clerk",
            "emails": [{"value": "Bo@Example.com", "type": "work", "primary": true}], ENTERPRISE: {"manager": {"value": "x-4"}},
        });
        let first = client.ask("PUT", &path, body.clone()).await;
        assert_eq!((first.status, &first.body["emails"]), (200, &body["emails"]), "{}", first.body);
        let again = client.ask("PUT", &path, body).await;
        assert_eq!(again.headers["etag"], first.headers["etag"]);
        let at = format!("/api/v1/connectors/{}/log?limit=1", connector.id);
        let log = server.get(&cookie, &at).await;
        assert_eq!(log.body["items"][0]["outcome"], "unchanged", "{}", log.body);
    })
    .await;
}
