//! People over the API, as the admin panel and a program with a token work on them.

use crate::common::{HOME, Server, on_both};
use serde_json::{Value, json};

async fn add(server: &Server, cookie: &str, person: Value) -> Value {
    let added = server.send(cookie, "POST", "/api/v1/people", person).await;
    assert_eq!(added.status, 201, "{}", added.body);
    added.body
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["display_name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn people_are_added_found_changed_and_let_go() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let ada = server.get(&admin, "/api/v1/me").await.body["account"]["id"].clone();
        let anna = add(
            server,
            &admin,
            json!({"display_name": "Ånna Łapińska", "email": "Anna@Example.com", "department": "Finance", "employee_id": "E-007",
                "manager_id": ada}),
        )
        .await;
        assert_eq!((&anna["state"], &anna["manager"]["display_name"]), (&json!("uninvited"), &json!("Ada Lovelace")));
        add(server, &admin, json!({"given_name": "Bo", "family_name": "Andersson", "phone": "+46 70 123 45 67"})).await;
        for number in 0..3 {
            add(server, &admin, json!({"display_name": format!("Clerk {number}"), "employee_id": number.to_string()})).await;
        }
        for (query, expect) in [
            ("", vec!["Ada Lovelace", "Ånna Łapińska", "Bo Andersson", "Clerk 0", "Clerk 1", "Clerk 2"]),
            ("?q=anna", vec!["Ånna Łapińska"]),
            ("?q=%C3%85nn%20lap", vec!["Ånna Łapińska"]),
            ("?q=ANNA%40exa", vec!["Ånna Łapińska"]),
            ("?q=e-00", vec!["Ånna Łapińska"]),
            ("?q=an", vec!["Ånna Łapińska", "Bo Andersson"]),
            ("?q=ann-lap", vec![]),
            ("?q=anna-lap", vec!["Ånna Łapińska"]),
            ("?q=zz", vec![]),
            ("?q=%25", vec![]),
            ("?state=claimed", vec!["Ada Lovelace"]),
            ("?department=FINANCE", vec!["Ånna Łapińska"]),
            ("?role=system_admin&source=admin", vec!["Ada Lovelace"]),
            ("?sort=-name&limit=2", vec!["Clerk 2", "Clerk 1"]),
        ] {
            let page = server.get(&admin, &format!("/api/v1/people{query}")).await.body;
            assert_eq!(names(&page), expect, "{query}");
            let all = if query.contains("limit") { 6 } else { expect.len() };
            let counted = server.get(&admin, &format!("/api/v1/people/count{query}")).await.body;
            assert_eq!(counted["matching"], all, "{query}");
        }
        let first = server.get(&admin, "/api/v1/people?limit=4").await.body;
        assert_eq!(first["counts"]["all"], 6);
        let next = first["next"].as_str().unwrap();
        let second = server.get(&admin, &format!("/api/v1/people?limit=4&after={next}")).await.body;
        assert_eq!((names(&second), &second["next"]), (vec!["Clerk 1", "Clerk 2"], &Value::Null));
        let facets = server.get(&admin, "/api/v1/people/facets?field=department").await.body;
        assert_eq!(facets["items"], json!([{"value": "Finance", "label": "Finance"}]));

        let path = format!("/api/v1/people/{}", anna["id"].as_str().unwrap());
        let changed = server.send(&admin, "PATCH", &path, json!({"title": "Clerk", "department": null, "version": 1})).await;
        assert_eq!((changed.status, &changed.body["department"]), (200, &Value::Null));
        assert_eq!(changed.body["fields"]["title"]["source"], "admin");
        let late = server.send(&admin, "PATCH", &path, json!({"title": "Boss", "version": 1})).await;
        assert_eq!(late.code(), (409, "changed"));
        let taken = server.send(&admin, "PATCH", &path, json!({"email": "ADA@example.com"})).await;
        assert_eq!(taken.code(), (409, "email_taken"));
        let unknown = server.send(&admin, "PATCH", &path, json!({"titel": "Boss"})).await;
        assert_eq!(unknown.status, 422);
        assert!(unknown.body["detail"].as_str().unwrap().contains("titel"));

        let invited = server.send(&admin, "POST", &format!("{path}/invite"), json!({"message": "Hello!"})).await.body;
        assert_eq!((&invited["state"], &invited["invitation"]["state"]), (&json!("invited"), &json!("waiting")));
        let listed = server.get(&admin, "/api/v1/invitations?q=anna").await.body;
        assert_eq!((&listed["items"][0]["person"]["email"], &listed["funnel"]["invited"]), (&json!("Anna@Example.com"), &json!(1)));
        let gone = server.send(&admin, "POST", &format!("{path}/deactivate"), Value::Null).await.body;
        assert_eq!((&gone["state"], &gone["actions"]), (&json!("deactivated"), &json!(["reactivate", "strip", "delete"])));
        let history = server.get(&admin, &format!("{path}/history")).await.body;
        let verbs: Vec<&str> = history["items"].as_array().unwrap().iter().map(|e| e["verb"].as_str().unwrap()).collect();
        assert_eq!(verbs, ["deactivate", "invite", "update", "provision"]);
        assert_eq!(server.send(&admin, "DELETE", &path, Value::Null).await.status, 204);
        assert_eq!(server.get(&admin, &path).await.code(), (404, "not_found"));
        let me = format!("/api/v1/people/{}/deactivate", ada.as_str().unwrap());
        assert_eq!(server.send(&admin, "POST", &me, Value::Null).await.code(), (409, "last_admin"));
    })
    .await;
}

#[tokio::test]
async fn a_program_may_do_what_its_token_may_and_no_more() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let new = json!({"name": "Payroll", "scopes": ["people.read"], "expires_at": null});
        let made = server.send(&admin, "POST", "/api/v1/tokens", new).await;
        assert_eq!(made.status, 201);
        let secret = made.body["token"].as_str().unwrap();
        let with = |secret: &str| format!("Bearer {secret}");
        assert_eq!(
            server
                .bearer(&with(secret), "GET", "/api/v1/people", Value::Null)
                .await
                .status,
            200
        );
        let refused = server
            .bearer(
                &with(secret),
                "POST",
                "/api/v1/people",
                json!({"display_name": "X"}),
            )
            .await;
        assert_eq!(refused.code(), (403, "forbidden"));
        assert_eq!(
            server
                .bearer("Bearer ghp_nothing", "GET", "/api/v1/people", Value::Null)
                .await
                .status,
            401
        );
        let list = server.get(&admin, "/api/v1/tokens").await.body;
        assert_eq!(list["items"][0]["created_by"]["display_name"], "Ada Lovelace");
        assert!(list["items"][0]["last_used_at"].is_string() && !list.to_string().contains(secret));
        let path = format!("/api/v1/tokens/{}", made.body["id"].as_str().unwrap());
        assert_eq!(
            server.send(&admin, "DELETE", &path, Value::Null).await.status,
            204
        );
        assert_eq!(
            server
                .bearer(&with(secret), "GET", "/api/v1/people", Value::Null)
                .await
                .status,
            401
        );
    })
    .await;
}

#[tokio::test]
async fn everybody_finds_their_coworkers_but_not_who_is_still_a_secret() {
    on_both(async |server| {
        let opened = server.set_up().await;
        let admin = opened.cookie();
        let ada = opened.body["account"]["id"].as_str().unwrap().to_owned();
        let bo = add(
            server,
            &admin,
            json!({"display_name": "Bo", "email": "bo@example.com", "invite": true, "manager_id": ada}),
        )
        .await;
        let secret = add(
            server,
            &admin,
            json!({"display_name": "Cy", "email": "cy@example.com", "manager_id": ada}),
        )
        .await;
        let link = server.newest_link().await;
        let claim = json!({"password": "violet harbour engine moss", "accept_terms": true});
        let entered = server
            .ask(
                HOME,
                "",
                ("POST", &link.replace("/claim", "/api/v1/claims")),
                claim,
            )
            .await;
        let member = entered.cookie();
        assert_eq!(
            names(&server.get(&member, "/api/v1/directory").await.body),
            ["Ada Lovelace", "Bo"]
        );
        let card = |id: &Value| format!("/api/v1/directory/{}", id.as_str().unwrap());
        assert_eq!(
            server.get(&member, &card(&bo["id"])).await.body["manager"]["display_name"],
            "Ada Lovelace"
        );
        assert_eq!(server.get(&member, &card(&secret["id"])).await.status, 404);
        let top = server.get(&member, "/api/v1/org").await.body;
        assert_eq!(
            (
                names(&json!({"items": top["reports"]})),
                &top["reports"][0]["reports_count"]
            ),
            (vec!["Ada Lovelace"], &json!(1))
        );
        let below = server.get(&member, &format!("/api/v1/org?root={ada}")).await.body;
        assert_eq!(below["reports"][0]["display_name"], "Bo");
        for path in ["people", "audit", "outbox", "invitations", "tokens"] {
            assert_eq!(
                server.get(&member, &format!("/api/v1/{path}")).await.status,
                403,
                "{path}"
            );
        }
        let own = server
            .send(
                &member,
                "PATCH",
                "/api/v1/me",
                json!({"phone": "+48 601 234 567"}),
            )
            .await;
        assert_eq!(own.body["account"]["phone"], "+48 601 234 567");
        let locked = server
            .send(&member, "PATCH", "/api/v1/me", json!({"title": "Boss"}))
            .await;
        assert_eq!(locked.code(), (409, "field_locked"));
    })
    .await;
}

#[tokio::test]
async fn the_workplace_is_changed_and_all_that_is_told_and_exported() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let input = json!({"name": "=cmd()", "colour": "#AA0000", "settings": {"invite_days": 7, "field_editing": {"title": "owner", "phone": "admin"}}});
        let changed = server.send(&admin, "PATCH", "/api/v1/workplace", input).await.body;
        assert_eq!((&changed["colour"], &changed["settings"]["invite_days"]), (&json!("#aa0000"), &json!(7)));
        assert_eq!(changed["settings"]["field_editing"]["title"], "owner");
        let wrong = server.send(&admin, "PATCH", "/api/v1/workplace", json!({"settings": {"invite_days": 0}})).await;
        assert_eq!(wrong.body["errors"][0]["field"], "invite_days");
        let events = server.get(&admin, "/api/v1/audit?verb=update&q=CMD").await.body;
        assert_eq!(events["items"][0]["subject"]["name"], "=cmd()");
        let csv = server.text(&admin, "/api/v1/audit/export?format=csv&verb=update").await;
        assert!(csv.starts_with("at,actor_kind") && csv.contains(",'=cmd(),"), "{csv}");
        let lines = server.text(&admin, "/api/v1/audit/export?format=jsonl").await;
        assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()) && lines.lines().count() >= 3);
        let sent = server.send(&admin, "POST", "/api/v1/invitations/test", json!({"message": "As it will look"})).await;
        assert_eq!(sent.status, 202);
        let outbox = server.get(&admin, "/api/v1/outbox?q=ada").await.body;
        assert_eq!((&outbox["items"][0]["kind"], &outbox["mail"]["configured"]), (&json!("test"), &json!(false)));
        let path = format!("/api/v1/outbox/{}", outbox["items"][0]["id"].as_str().unwrap());
        let letter = server.get(&admin, &path).await.body;
        assert!(letter["text"].as_str().unwrap().contains("As it will look"));
        assert_eq!(server.send(&admin, "POST", &format!("{path}/cancel"), Value::Null).await.status, 204);
        assert_eq!(server.send(&admin, "POST", &format!("{path}/cancel"), Value::Null).await.code(), (409, "letter_state"));
    })
    .await;
}

/// The smallest PNG: one black dot.
const DOT: &str = "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082";

#[tokio::test]
async fn a_logo_is_for_everybody_and_a_list_of_people_names_their_managers() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let no_picture = server
            .upload(&admin, "PUT", "/api/v1/workplace/logo", b"GIF89a")
            .await;
        assert_eq!(no_picture.status, 422, "{}", no_picture.body);
        let dot = hex::decode(DOT).unwrap();
        let kept = server.upload(&admin, "PUT", "/api/v1/workplace/logo", &dot).await;
        assert_eq!(kept.status, 204, "{}", kept.body);
        let url = server.get(&admin, "/api/v1/workplace").await.body["logo_url"].clone();
        let url = url.as_str().expect("a logo").to_owned();
        assert_eq!(
            server.get("", &url).await.status,
            200,
            "also on the page before one is in"
        );
        assert_eq!(
            server
                .send(&admin, "DELETE", "/api/v1/workplace/logo", Value::Null)
                .await
                .status,
            204
        );
        assert_eq!(server.get("", &url).await.status, 404);

        let boss = json!({"display_name": "Zoë Boss", "email": "zoe@example.com", "employee_id": "007"});
        let boss = add(server, &admin, boss).await["id"].clone();
        add(
            server,
            &admin,
            json!({"display_name": "Bo", "email": "bo@example.com", "manager_id": boss}),
        )
        .await;
        let csv = server.text(&admin, "/api/v1/people/export?format=csv&q=bo").await;
        assert!(csv.contains("zoe@example.com") && csv.contains("007"), "{csv}");
    })
    .await;
}
