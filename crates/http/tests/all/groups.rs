//! Groups prepared while nobody is told, roles, and what is done to many at once.

use crate::common::{HOME, Server, on_both};
use guildhall_core::{imports, jobs};
use serde_json::{Value, json};

async fn add(server: &Server, cookie: &str, person: Value) -> String {
    let added = server.send(cookie, "POST", "/api/v1/people", person).await;
    assert_eq!(added.status, 201, "{}", added.body);
    added.body["id"].as_str().unwrap().to_owned()
}

/// Somebody invited who claims their account at once; gives their id and cookie.
async fn member(server: &Server, admin: &str, name: &str) -> (String, String) {
    let email = format!("{}@example.com", name.to_lowercase());
    let id = add(
        server,
        admin,
        json!({"display_name": name, "email": email, "invite": true}),
    )
    .await;
    let link = server.newest_link().await.replace("/claim", "/api/v1/claims");
    let claim = json!({"password": "violet harbour engine moss", "accept_terms": true});
    let entered = server.ask(HOME, "", ("POST", &link), claim).await;
    assert_eq!(entered.status, 201, "{}", entered.body);
    (id, entered.cookie())
}

fn names(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_group_is_prepared_and_found_by_whom_it_is_for() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let group = |name: &str, privacy: &str, default: bool| {
            json!({"name": name, "description": "", "kind": "teams", "privacy": privacy, "is_default": default})
        };
        let make = async |name: &str, privacy: &str, default: bool| {
            let made = server.send(&admin, "POST", "/api/v1/groups", group(name, privacy, default)).await;
            assert_eq!(made.status, 201, "{}", made.body);
            made.body["id"].as_str().unwrap().to_owned()
        };
        let (open, closed, secret) = (
            make("Canteen", "open", true).await,
            make("Finance", "closed", false).await,
            make("Merger", "secret", false).await,
        );
        let quiet = add(server, &admin, json!({"display_name": "Quiet", "email": "quiet@example.com"})).await;
        let path = |id: &str, rest: &str| format!("/api/v1/groups/{id}{rest}");
        let done = server.send(&admin, "POST", &path(&secret, "/members"), json!({"ids": [quiet, quiet]})).await;
        assert_eq!((&done.body["added"], done.status), (&json!(1), 200));
        let again = server.send(&admin, "POST", &path(&secret, "/members"), json!({"ids": [quiet]})).await.body;
        assert_eq!((&again["added"], &again["already"]), (&json!(0), &json!(1)));
        let seen = server.get(&admin, &path(&secret, &format!("/as/{quiet}"))).await.body;
        assert_eq!((&seen["visible"], &seen["can_read"]), (&json!(true), &json!(true)));
        let preview = server.get(&admin, &format!("/api/v1/people/{quiet}/preview")).await.body;
        assert_eq!((&preview["groups"][0]["name"], &preview["can_sign_in"]), (&json!("Merger"), &json!(false)));

        let (bo, cookie) = member(server, &admin, "Bo").await;
        assert_eq!(names(&server.get(&cookie, "/api/v1/groups").await.body), ["Canteen", "Finance"]);
        let canteen = server.get(&cookie, &path(&open, "")).await.body;
        assert_eq!(canteen["my_role"], "member", "everybody is in a default group");
        assert_eq!(server.get(&cookie, &path(&secret, "")).await.status, 404);
        let members = server.get(&cookie, &path(&closed, "/members")).await;
        assert_eq!(members.status, 200, "who is in a closed group is no secret");
        assert_eq!(server.get(&cookie, &path(&secret, "/members")).await.status, 404);
        assert_eq!(server.send(&cookie, "POST", &path(&closed, "/join"), Value::Null).await.code(), (409, "not_open"));
        assert_eq!(server.send(&cookie, "POST", &path(&open, "/leave"), Value::Null).await.status, 204);
        assert_eq!(server.send(&cookie, "POST", &path(&open, "/join"), Value::Null).await.status, 204);
        assert_eq!(server.send(&cookie, "PATCH", &path(&open, ""), group("Mine", "open", true)).await.status, 403);

        let owner = json!({"ids": [bo], "owner": true});
        server.send(&admin, "POST", &path(&closed, "/members"), owner).await;
        let renamed = server.send(&cookie, "PATCH", &path(&closed, ""), group("Finance & Tax", "closed", false)).await;
        assert_eq!(renamed.body["name"], "Finance & Tax");
        let opened = server.send(&cookie, "PATCH", &path(&closed, ""), group("Finance", "open", false)).await;
        assert_eq!(opened.status, 403, "an owner does not open a closed group");
        let members = server.get(&cookie, &path(&closed, "/members?q=bo")).await.body;
        assert_eq!(members["items"][0]["person"]["display_name"], "Bo");

        let own = server.get(&cookie, &format!("/api/v1/people/{bo}/groups")).await;
        assert_eq!(names(&own.body), ["Canteen", "Finance & Tax"], "everybody sees their own groups");
        let of_others = server.get(&cookie, &format!("/api/v1/people/{quiet}/groups")).await;
        assert_eq!(of_others.status, 403);

        let mine = path(&closed, &format!("/members/{bo}"));
        assert_eq!(server.send(&cookie, "PUT", &mine, json!({"is_owner": false})).await.status, 204);
        let again = server.send(&cookie, "PATCH", &path(&closed, ""), group("Mine", "closed", false)).await;
        assert_eq!(again.status, 403, "who owns it no more changes it no more");

        server.send(&admin, "POST", &format!("/api/v1/people/{bo}/deactivate"), Value::Null).await;
        server.send(&admin, "POST", &format!("/api/v1/people/{bo}/reactivate"), Value::Null).await;
        let groups = server.get(&admin, &format!("/api/v1/people/{bo}/groups")).await.body;
        assert_eq!(names(&groups), ["Canteen", "Finance & Tax"], "memberships come back");
        let early = server.send(&admin, "DELETE", &path(&closed, ""), Value::Null).await;
        assert_eq!(early.code(), (409, "not_archived"));
        server.send(&admin, "POST", &path(&closed, "/archive"), Value::Null).await;
        assert_eq!(server.send(&admin, "DELETE", &path(&closed, ""), Value::Null).await.status, 204);
        server.send(&admin, "DELETE", &format!("/api/v1/people/{quiet}"), Value::Null).await;
        assert_eq!(server.get(&admin, &path(&secret, "")).await.body["members"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_role_of_single_permissions_opens_just_those_doors() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let (bo, cookie) = member(server, &admin, "Bo").await;
        let input = json!({"name": "Inviter", "description": "", "permissions": ["people.read", "people.invite", "roles.manage"]});
        let role = server.send(&admin, "POST", "/api/v1/roles", input).await;
        assert_eq!(role.status, 201, "{}", role.body);
        let key = role.body["key"].as_str().unwrap().to_owned();
        let given = server.send(&admin, "PUT", &format!("/api/v1/people/{bo}/role"), json!({"role": key})).await;
        assert_eq!(given.body["role"], json!(key));
        assert_eq!(server.get(&cookie, "/api/v1/people").await.status, 200);
        let forbidden = server.send(&cookie, "POST", "/api/v1/people", json!({"display_name": "X", "email": "x@example.com"})).await;
        assert_eq!(forbidden.status, 403);
        let climb = server.send(&cookie, "PUT", &format!("/api/v1/people/{bo}/role"), json!({"role": "system_admin"})).await;
        assert_eq!(climb.status, 403, "nobody gives what they don't have");
        let held = server.send(&admin, "DELETE", &format!("/api/v1/roles/{key}"), Value::Null).await;
        assert_eq!(held.code(), (409, "role_in_use"));
        let fixed = json!({"name": "X", "permissions": []});
        assert_eq!(server.send(&admin, "PATCH", "/api/v1/roles/analyst", fixed).await.code(), (409, "built_in"));
        let roles = server.get(&admin, "/api/v1/roles").await.body;
        let counts: Vec<i64> = roles["items"].as_array().unwrap().iter().map(|role| role["people"].as_i64().unwrap()).collect();
        assert_eq!(counts, [0, 0, 0, 0, 0, 1, 1]);
        server.send(&admin, "PUT", &format!("/api/v1/people/{bo}/role"), json!({"role": "member"})).await;
        assert_eq!(server.get(&cookie, "/api/v1/people").await.status, 403, "from the next request on");
        assert_eq!(server.send(&admin, "DELETE", &format!("/api/v1/roles/{key}"), Value::Null).await.status, 204);
        let left = server.get(&admin, "/api/v1/roles").await.body;
        assert_eq!(left["items"].as_array().unwrap().len(), 6, "the built-in ones stay");
    })
    .await;
}

async fn finished(server: &Server, cookie: &str, job: &Value) -> Value {
    jobs::work(&server.app).await.unwrap();
    server
        .get(cookie, &format!("/api/v1/jobs/{}", job["id"].as_str().unwrap()))
        .await
        .body
}

#[tokio::test]
async fn many_are_invited_added_and_deactivated_at_once_under_the_brake() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        for number in 0..30 {
            let email = if number == 0 {
                Value::Null
            } else {
                json!(format!("p{number}@example.com"))
            };
            add(
                server,
                &admin,
                json!({"display_name": format!("Person {number}"), "employee_id": number.to_string(),
                "email": email, "department": if number < 10 { "Sales" } else { "Stores" }}),
            )
            .await;
        }
        let asked = json!({"filter": {"department": "sales"}, "message": "Welcome!"});
        let job = server.send(&admin, "POST", "/api/v1/invitations", asked).await;
        assert_eq!((job.status, &job.body["total"]), (202, &json!(10)));
        let done = finished(server, &admin, &job.body).await;
        assert_eq!(done["state"], "done");
        assert!(
            done["message"]
                .as_str()
                .unwrap()
                .starts_with("9 invited, 1 not: Person 0 has no e-mail"),
            "{done}"
        );
        let outbox = server.get(&admin, "/api/v1/outbox?limit=200").await.body;
        assert_eq!(outbox["items"].as_array().unwrap().len(), 9);

        let all = json!({"action": "deactivate", "filter": {"department": "Stores"}});
        let held = server.send(&admin, "POST", "/api/v1/people/actions", all).await;
        assert_eq!(held.code(), (409, "brake"));
        let all = json!({"action": "deactivate", "filter": {"department": "Stores"}, "confirm": true});
        let job = server.send(&admin, "POST", "/api/v1/people/actions", all).await;
        assert_eq!(
            finished(server, &admin, &job.body).await["message"],
            "20 deactivated."
        );
        let counts = server.get(&admin, "/api/v1/people?limit=1").await.body;
        assert_eq!(counts["counts"]["deactivated"], 20);

        let group = json!({"name": "Sales", "kind": "teams", "privacy": "open"});
        let group = server.send(&admin, "POST", "/api/v1/groups", group).await.body;
        let into = json!({"action": "add_to_group", "filter": {}, "group_id": group["id"]});
        let job = server.send(&admin, "POST", "/api/v1/people/actions", into).await;
        let done = finished(server, &admin, &job.body).await;
        assert!(
            done["message"]
                .as_str()
                .unwrap()
                .starts_with("11 added to the group, 20 not"),
            "{done}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_list_is_uploaded_planned_and_applied_and_what_is_exported_comes_back_unchanged() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let csv = "Email,First name,Last name,Job Title\nanna@example.com,Anna,Berg,=cmd()\nbad,Bo,Berg,\n";
        let uploaded = server
            .upload(
                &admin,
                "POST",
                "/api/v1/imports?mode=add&file_name=hr.csv",
                csv.as_bytes(),
            )
            .await;
        assert_eq!(uploaded.status, 201, "{}", uploaded.body);
        imports::work(&server.app).await.unwrap();
        let path = format!("/api/v1/imports/{}", uploaded.body["id"].as_str().unwrap());
        let planned = server.get(&admin, &path).await.body;
        assert_eq!(
            (&planned["state"], &planned["counts"]["create"]),
            (&json!("planned"), &json!(1))
        );
        let bad = server
            .get(&admin, &format!("{path}/rows?status=invalid"))
            .await
            .body;
        assert_eq!(
            (
                &bad["items"][0]["line"],
                &bad["items"][0]["problems"][0]["column"]
            ),
            (&json!(3), &json!("Email"))
        );
        server
            .send(&admin, "POST", &format!("{path}/apply"), json!({}))
            .await;
        imports::work(&server.app).await.unwrap();
        let applied = server.get(&admin, &path).await.body;
        assert_eq!(
            (&applied["state"], &applied["undo"]["possible"]),
            (&json!("applied"), &json!(true))
        );
        assert_eq!(applied["created_by"]["display_name"], "Ada Lovelace");
        let result = server.text(&admin, &format!("{path}/result")).await;
        assert!(result.contains("2,Anna Berg,valid,create,created,"), "{result}");

        let exported = server.text(&admin, "/api/v1/people/export?format=csv").await;
        assert!(
            exported.contains("anna@example.com,,Anna,Berg,'=cmd(),"),
            "{exported}"
        );
        let again = server
            .upload(
                &admin,
                "POST",
                "/api/v1/imports?mode=add&file_name=again.csv",
                exported.as_bytes(),
            )
            .await;
        imports::work(&server.app).await.unwrap();
        let path = format!("/api/v1/imports/{}", again.body["id"].as_str().unwrap());
        let planned = server.get(&admin, &path).await.body;
        assert_eq!(
            (&planned["state"], &planned["counts"]["unchanged"]),
            (&json!("planned"), &json!(2)),
            "{planned}"
        );
        let no_list = server
            .upload(&admin, "POST", "/api/v1/imports?mode=add", b"%PDF-1.7")
            .await;
        assert_eq!(no_list.code(), (422, "invalid"));
    })
    .await;
}

#[tokio::test]
async fn a_group_counts_whoever_is_not_deactivated_and_ended_jobs_are_forgotten() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let group = json!({"name": "Choir", "kind": "social", "privacy": "open"});
        let group = server.send(&admin, "POST", "/api/v1/groups", group).await.body["id"].clone();
        let path = format!("/api/v1/groups/{}", group.as_str().unwrap());
        let mut people = Vec::new();
        for name in ["Bo", "Cy"] {
            let person = json!({"display_name": name, "email": format!("{name}@example.com")});
            let made = server.send(&admin, "POST", "/api/v1/people", person).await.body;
            people.push(made["id"].as_str().unwrap().to_owned());
        }
        let ids = json!({"ids": people});
        server.send(&admin, "POST", &format!("{path}/members"), ids).await;
        let members = async || server.get(&admin, &path).await.body["members"].clone();
        assert_eq!(members().await, 2);
        let act = async |id: &str, what: &str| {
            let path = format!("/api/v1/people/{id}/{what}");
            let done = server.send(&admin, "POST", &path, json!({})).await;
            assert!(done.status < 300, "{path}: {}", done.body);
        };
        act(&people[0], "deactivate").await;
        assert_eq!(members().await, 1);
        act(&people[0], "reactivate").await;
        assert_eq!(members().await, 2);
        // Deactivated first, then gone in either way: nobody is taken off twice.
        act(&people[0], "deactivate").await;
        act(&people[1], "deactivate").await;
        let gone = server
            .send(
                &admin,
                "DELETE",
                &format!("/api/v1/people/{}", people[0]),
                json!({}),
            )
            .await;
        assert_eq!(gone.status, 204, "{}", gone.body);
        let out = server
            .send(
                &admin,
                "DELETE",
                &format!("{path}/members/{}", people[1]),
                json!({}),
            )
            .await;
        assert_eq!((out.status, members().await), (204, json!(0)));

        let asked = json!({"action": "reactivate", "ids": [people[1]]});
        let job = server
            .send(&admin, "POST", "/api/v1/people/actions", asked)
            .await
            .body;
        let job = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
        guildhall_core::jobs::work(&server.app).await.unwrap();
        let now = server.app.now();
        assert_eq!(
            guildhall_core::jobs::tidy(&server.app, now.plus_days(-1))
                .await
                .unwrap(),
            0
        );
        assert_eq!(server.get(&admin, &job).await.body["state"], "done");
        assert_eq!(
            guildhall_core::jobs::tidy(&server.app, now.plus_days(1))
                .await
                .unwrap(),
            1
        );
        assert_eq!(server.get(&admin, &job).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_closed_group_is_asked_and_its_owner_answers() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let (bo, owner) = member(server, &admin, "Bo").await;
        let (_, cy) = member(server, &admin, "Cy").await;
        let (_, dee) = member(server, &admin, "Dee").await;
        let group = json!({"name": "Chess & Go", "kind": "social", "privacy": "closed"});
        let group = server.send(&admin, "POST", "/api/v1/groups", group).await.body;
        let path = |rest: &str| format!("/api/v1/groups/{}{rest}", group["id"].as_str().unwrap());
        let owns = json!({"ids": [bo], "owner": true});
        server.send(&admin, "POST", &path("/members"), owns).await;

        let seen = server.get(&cy, &path("")).await.body;
        assert_eq!((&seen["can_ask"], &seen["asked"]), (&json!(true), &json!(false)));
        let ask = json!({"note": "I play every day."});
        assert_eq!(
            server
                .send(&cy, "POST", &path("/request"), ask.clone())
                .await
                .status,
            204
        );
        assert_eq!(server.newest_link().await, "/groups?q=Chess+%26+Go");
        assert_eq!(server.send(&cy, "POST", &path("/request"), ask).await.status, 204);
        server.send(&dee, "POST", &path("/request"), json!({})).await;
        assert_eq!(server.get(&cy, &path("")).await.body["asked"], json!(true));
        assert_eq!(server.get(&cy, &path("/requests")).await.status, 403);
        let mine = server.get(&owner, "/api/v1/me/group-requests").await.body;
        assert_eq!(
            (&mine["items"][0]["name"], &mine["items"][0]["waiting"]),
            (&json!("Chess & Go"), &json!(2))
        );
        let waiting = server.get(&owner, &path("/requests")).await.body;
        assert_eq!(waiting["items"][0]["note"], "I play every day.");
        let ids = |at: usize| json!({"ids": [waiting["items"][at]["person"]["id"]]});
        let done = server
            .send(&owner, "POST", &path("/requests/approve"), ids(0))
            .await
            .body;
        assert_eq!(done["answered"], 1);
        let done = server
            .send(&owner, "POST", &path("/requests/decline"), ids(1))
            .await
            .body;
        assert_eq!(done["answered"], 1);
        assert_eq!(server.get(&cy, &path("")).await.body["my_role"], "member");
        assert_eq!(server.get(&dee, &path("")).await.body["asked"], json!(false));
        server.send(&dee, "POST", &path("/request"), json!({})).await;
        assert_eq!(
            server
                .send(&dee, "DELETE", &path("/request"), Value::Null)
                .await
                .status,
            204
        );
        assert_eq!(
            server.get(&owner, &path("/requests")).await.body["items"],
            json!([])
        );
        let letters = server.get(&admin, "/api/v1/outbox").await.body.to_string();
        for subject in [
            "Cy would like to join",
            "You are in Chess & Go",
            "About the group Chess & Go",
        ] {
            assert!(letters.contains(subject), "{subject}: {letters}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_rule_is_previewed_set_and_ended() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let (bo, owner) = member(server, &admin, "Bo").await;
        let group = json!({"name": "Chess & Go", "kind": "social", "privacy": "closed"});
        let group = server.send(&admin, "POST", "/api/v1/groups", group).await.body;
        let path = |rest: &str| format!("/api/v1/groups/{}{rest}", group["id"].as_str().unwrap());
        let owns = json!({"ids": [bo], "owner": true});
        server.send(&admin, "POST", &path("/members"), owns).await;
        let sales = json!({"display_name": "Eve", "email": "eve@example.com", "department": "Sales"});
        add(server, &admin, sales).await;
        assert_eq!(server.get(&admin, &path("/rule")).await.body, Value::Null);
        let preview = server
            .send(&admin, "POST", &path("/rule/preview"), crate::common::rule())
            .await
            .body;
        assert_eq!(
            (&preview["add"], &preview["added"][0]["display_name"]),
            (&json!(1), &json!("Eve")),
            "{preview}"
        );
        let wrong = json!({"mode": "add", "conditions": {"match": "all", "tests": []}});
        assert_eq!(
            server.send(&admin, "PUT", &path("/rule"), wrong).await.code(),
            (422, "invalid")
        );
        let set = server
            .send(&admin, "PUT", &path("/rule"), crate::common::rule())
            .await
            .body;
        assert_eq!(
            (&set["working"], &set["sentence"]),
            (&json!(true), &json!("department is Sales"))
        );
        guildhall_core::groups::work(&server.app).await.unwrap();
        let rule = server.get(&admin, &path("/rule")).await.body;
        assert_eq!(
            (&rule["working"], &rule["members"]),
            (&json!(false), &json!(1)),
            "{rule}"
        );
        assert_eq!(
            server
                .send(&owner, "PUT", &path("/rule"), crate::common::rule())
                .await
                .status,
            403
        );
        assert_eq!(
            server
                .send(&admin, "DELETE", &path("/rule"), Value::Null)
                .await
                .status,
            204
        );
        assert_eq!(
            server.get(&admin, "/api/v1/people-sets?q=x").await.body["items"],
            json!([])
        );
    })
    .await;
}
