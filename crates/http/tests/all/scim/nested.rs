//! Groups within groups, and what is written of the account's status as a whole.

use super::*;

/// Who is in the set, by name or by a group within, as rules see it.
async fn inside(server: &Server, set: &str) -> usize {
    let workplace = workplaces::all(&server.app.db).await.unwrap()[0].id;
    let actor = Actor::command_line(workplace);
    let connector = connectors::list(&server.app.db, actor.workplace).await.unwrap()[0].id;
    let found =
        guildhall_core::sets::get(&server.app.db, actor.workplace, connector.0, set.parse().unwrap()).await;
    usize::try_from(found.unwrap().unwrap().members).unwrap()
}

#[tokio::test]
async fn whoever_is_in_a_group_within_is_in_the_group() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, _) = connected(server, &actor, Settings::default()).await;
        let mut people = Vec::new();
        for name in ["a", "b", "c"] {
            people.push(
                client
                    .add(json!({"userName": format!("{name}@example.com"), "displayName": name}))
                    .await,
            );
        }
        let group = async |name: &str, members: Value| {
            let made = client
                .ask(
                    "POST",
                    "/Groups",
                    json!({"displayName": name, "members": members}),
                )
                .await;
            assert_eq!(made.status, 201, "{}", made.body);
            made.body["id"].as_str().unwrap().to_owned()
        };
        let inner = group("Inner", json!([{"value": people[0]}])).await;
        let middle = group(
            "Middle",
            json!([{"value": inner, "type": "Group"}, {"value": people[1]}]),
        )
        .await;
        let outer = group("Outer", json!([{"value": middle}])).await;
        assert_eq!(
            (
                inside(server, &inner).await,
                inside(server, &middle).await,
                inside(server, &outer).await
            ),
            (1, 2, 2)
        );
        let read = client.get(&format!("/Groups/{middle}")).await.body;
        let kinds: Vec<&str> = read["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["User", "Group"]);
        let person = client.get(&format!("/Users/{}", people[0])).await.body;
        let mut told: Vec<String> = person["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| {
                format!(
                    "{} {}",
                    group["display"].as_str().unwrap(),
                    group["type"].as_str().unwrap()
                )
            })
            .collect();
        told.sort();
        assert_eq!(told, ["Inner direct", "Middle indirect", "Outer indirect"]);
        for (filter, expect) in [
            (
                "groups[type eq \"direct\" and display eq \"inner\"]".to_owned(),
                1,
            ),
            (
                "groups[type eq \"indirect\" and display eq \"inner\"]".to_owned(),
                0,
            ),
            (
                "groups[type eq \"indirect\" and display eq \"outer\"]".to_owned(),
                2,
            ),
        ] {
            assert_eq!(client.found(&filter).await.len(), expect, "{filter}");
        }
        for (filter, expect) in [
            (format!("members.value eq \"{inner}\""), 1),
            ("members.type eq \"Group\"".to_owned(), 2),
            ("members.type eq \"User\"".to_owned(), 2),
            (format!("members[type eq \"User\" and value eq \"{inner}\"]"), 0),
        ] {
            let found = client.get(&format!("/Groups?filter={}", encoded(&filter))).await;
            assert_eq!(found.body["totalResults"], expect, "{filter}: {}", found.body);
        }

        // All of them page by page: people, then groups.
        let mut names = Vec::new();
        let mut cursor = json!("");
        for _ in 0..10 {
            let page = client
                .ask("POST", "/.search", json!({"count": 2, "cursor": cursor}))
                .await;
            assert_eq!(page.body["totalResults"], 7, "{}", page.body);
            let items = page.body["Resources"].as_array().unwrap().clone();
            names.extend(
                items
                    .iter()
                    .map(|one| one["displayName"].as_str().unwrap().to_owned()),
            );
            cursor = page.body["nextCursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        names.sort();
        assert_eq!(names, ["Ada Lovelace", "Inner", "Middle", "Outer", "a", "b", "c"]);

        // Somebody comes into the innermost, and one is named further out, too.
        let add = |who: &str| json!([{"op": "Add", "path": "members", "value": [{"value": who}]}]);
        client.patch(&format!("/Groups/{inner}"), add(&people[2])).await;
        client.patch(&format!("/Groups/{outer}"), add(&people[2])).await;
        assert_eq!(
            (inside(server, &middle).await, inside(server, &outer).await),
            (3, 3)
        );
        let out = |who: &str| json!([{"op": "Remove", "path": format!("members[value eq \"{who}\"]")}]);
        client.patch(&format!("/Groups/{inner}"), out(&people[2])).await;
        assert_eq!(
            (inside(server, &middle).await, inside(server, &outer).await),
            (2, 3),
            "named in the outer one"
        );
        client.patch(&format!("/Groups/{outer}"), out(&people[2])).await;
        assert_eq!(inside(server, &outer).await, 2);
        // Named and within: taken out by name, they stay by the group.
        client.patch(&format!("/Groups/{outer}"), add(&people[0])).await;
        client.patch(&format!("/Groups/{outer}"), out(&people[0])).await;
        assert_eq!(inside(server, &outer).await, 2);

        let itself = client.patch(&format!("/Groups/{inner}"), add(&inner)).await;
        assert_eq!(
            (itself.status, &itself.body["scimType"]),
            (400, &json!("invalidValue")),
            "{}",
            itself.body
        );
        // In a circle everybody is in all.
        assert_eq!(
            client
                .patch(&format!("/Groups/{inner}"), add(&outer))
                .await
                .status,
            204
        );
        assert_eq!(
            (inside(server, &inner).await, inside(server, &outer).await),
            (2, 2)
        );
        assert_eq!(
            client
                .patch(&format!("/Groups/{inner}"), out(&outer))
                .await
                .status,
            204
        );
        assert_eq!(inside(server, &inner).await, 1);

        // A replacement names all, groups among them; a group that is gone takes its people along.
        let all = json!({"displayName": "Outer", "members": [{"value": people[2]}, {"value": inner}]});
        assert_eq!(
            client.ask("PUT", &format!("/Groups/{outer}"), all).await.status,
            200
        );
        assert_eq!(inside(server, &outer).await, 2);
        assert_eq!(
            client
                .ask("DELETE", &format!("/Groups/{inner}"), Value::Null)
                .await
                .status,
            204
        );
        assert_eq!(
            (inside(server, &middle).await, inside(server, &outer).await),
            (1, 1)
        );
    })
    .await;
}

#[tokio::test]
async fn what_a_client_wrote_of_the_status_as_a_whole_it_reads_back() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, _) = connected(server, &actor, Settings::default()).await;
        let id = client.add(anna()).await;
        let path = format!("/Users/{id}");
        assert_eq!(client.get(&path).await.body[STATUS]["claimed"], false);
        client
            .patch(&path, json!([{"op": "remove", "path": STATUS}]))
            .await;
        assert!(client.get(&path).await.body[STATUS].is_null());
        let title = json!([{"op": "replace", "path": "title", "value": "Boss"}]);
        assert!(client.patch(&path, title).await.body[STATUS].is_null());
        client
            .patch(
                &path,
                json!([{"op": "add", "path": STATUS, "value": {"schemas": [STATUS]}}]),
            )
            .await;
        assert_eq!(client.get(&path).await.body[STATUS], json!({}));
        client
            .patch(
                &path,
                json!([{"op": "add", "path": STATUS, "value": {"invited": true}}]),
            )
            .await;
        assert_eq!(client.get(&path).await.body[STATUS]["invited"], true);
    })
    .await;
}
