//! People files over HTTP, on both databases: what the page asks for.

use crate::common::{AWAY, Server, on_both};
use guildhall_core::{Actor, imports, workplaces};
use serde_json::{Value, json};

async fn upload(server: &Server, cookie: &str, mode: &str, text: &str) -> String {
    let path = format!("/api/v1/imports?mode={mode}&file_name=people.csv");
    let uploaded = server.upload(cookie, "POST", &path, text.as_bytes()).await;
    assert_eq!(uploaded.status, 201, "{}", uploaded.body);
    imports::work(&server.app).await.unwrap();
    format!("/api/v1/imports/{}", uploaded.body["id"].as_str().unwrap())
}

async fn done(server: &Server, cookie: &str, path: &str, verb: &str, body: Value) -> Value {
    let asked = server.send(cookie, "POST", &format!("{path}/{verb}"), body).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    imports::work(&server.app).await.unwrap();
    server.get(cookie, path).await.body
}

fn people(range: std::ops::Range<u32>) -> String {
    let mut lines = vec![
        "Email,Full name".to_owned(),
        "ada@example.com,Ada Lovelace".to_owned(),
    ];
    lines.extend(range.map(|n| format!("p{n}@example.com,Person {n}")));
    lines.join("\n")
}

#[tokio::test]
async fn the_brake_holds_until_somebody_gives_their_word_and_an_undo_brings_all_back() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let all = upload(server, &admin, "add", &people(0..40)).await;
        done(server, &admin, &all, "apply", json!({})).await;
        let half = upload(server, &admin, "full", &people(0..20)).await;
        let planned = server.get(&admin, &half).await.body;
        assert_eq!(
            (&planned["brake"]["would_deactivate"], &planned["brake"]["limit"]),
            (&json!(20), &json!(5))
        );
        let held = server
            .send(&admin, "POST", &format!("{half}/apply"), json!({}))
            .await;
        assert_eq!(held.code(), (409, "brake"));
        assert!(held.body["detail"].as_str().unwrap().contains("20 of 41"));
        let leavers = format!("{half}/rows?action=deactivate&limit=3");
        let page = server.get(&admin, &leavers).await.body;
        assert_eq!(
            (&page["items"][0]["line"], &page["items"][0]["name"]),
            (&json!(23), &json!("Person 20"))
        );
        let next = format!("{leavers}&after={}", page["next"].as_str().unwrap());
        assert_eq!(server.get(&admin, &next).await.body["items"][0]["line"], 26);

        let applied = done(server, &admin, &half, "apply", json!({"confirm_brake": true})).await;
        assert_eq!(
            (&applied["state"], &applied["brake"]["confirmed"]),
            (&json!("applied"), &json!(true))
        );
        let gone = "/api/v1/people?state=deactivated&limit=1";
        assert_eq!(server.get(&admin, gone).await.body["counts"]["deactivated"], 20);

        let not_last = server
            .send(&admin, "POST", &format!("{all}/undo"), json!({}))
            .await;
        assert_eq!(not_last.code(), (409, "not_last"));
        let undone = done(server, &admin, &half, "undo", json!({})).await;
        assert_eq!(
            (
                &undone["state"],
                &undone["undo_result"]["restored"],
                &undone["undo_result"]["kept"]
            ),
            (&json!("undone"), &json!(20), &json!(0))
        );
        assert_eq!(server.get(&admin, gone).await.body["counts"]["deactivated"], 0);

        let list = server.get(&admin, "/api/v1/imports?limit=1").await.body;
        assert_eq!(list["items"][0]["id"], undone["id"]);
        let rest = format!("/api/v1/imports?after={}", list["next"].as_str().unwrap());
        assert_eq!(
            server.get(&admin, &rest).await.body["items"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn the_columns_can_be_named_and_the_list_be_read_in_another_way() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let path = upload(server, &admin, "add", "Who;Contact\nBo Berg;bo@example.com\n").await;
        let mapping = format!("{path}/mapping");
        let map = async |body: Value| {
            let answer = server.send(&admin, "PUT", &mapping, body).await;
            imports::work(&server.app).await.unwrap();
            answer
        };
        let unread = json!({"columns": [], "options": {"invite": false, "delimiter": "::"}});
        assert_eq!(map(unread).await.code(), (422, "invalid"));
        let unread = json!({"columns": [], "options": {"invite": false, "encoding": "klingon"}});
        assert_eq!(map(unread).await.code(), (422, "invalid"));
        let as_one = map(json!({"columns": [], "options": {"invite": false, "delimiter": "|"}})).await;
        assert_eq!(
            (
                &as_one.body["state"],
                as_one.body["mapping"]["columns"].as_array().unwrap().len()
            ),
            (&json!("mapping"), 1)
        );
        let unused = json!({"columns": [{"index": 0, "field": null}], "options": {"invite": false}});
        assert_eq!(map(unused).await.code(), (422, "invalid"));
        let columns = json!([{"index": 0, "field": "display_name"}, {"index": 1, "field": "email"}]);
        let right = map(
            json!({"columns": columns, "options": {"invite": true, "delimiter": ";", "encoding": "utf-8"}}),
        )
        .await;
        assert_eq!(right.status, 200, "{}", right.body);
        let planned = server.get(&admin, &path).await.body;
        assert_eq!(
            (
                &planned["state"],
                &planned["counts"]["create"],
                &planned["options"]["invite"]
            ),
            (&json!("planned"), &json!(1), &json!(true))
        );
        assert_eq!(planned["mapping"]["delimiter"], ";");
        let cancelled = server
            .send(&admin, "POST", &format!("{path}/cancel"), json!({}))
            .await;
        assert_eq!(cancelled.body["state"], "cancelled");
        let too_late = server
            .send(&admin, "POST", &format!("{path}/apply"), json!({}))
            .await;
        assert_eq!(too_late.code(), (409, "import_state"));
    })
    .await;
}

#[tokio::test]
async fn a_template_is_a_list_that_is_understood() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let csv = server.text(&admin, "/api/v1/imports/template?format=csv").await;
        let path = upload(server, &admin, "add", &csv).await;
        assert_eq!(server.get(&admin, &path).await.body["state"], "planned");
        let leavers = server.text(&admin, "/api/v1/imports/template?mode=leavers").await;
        assert!(
            leavers
                .lines()
                .next()
                .unwrap()
                .ends_with("Email,Employee ID,Phone Number"),
            "{leavers}"
        );
        let xlsx = server.get(&admin, "/api/v1/imports/template?format=xlsx").await;
        assert!(
            xlsx.headers["content-disposition"]
                .to_str()
                .unwrap()
                .contains("people-template.xlsx")
        );
        let neither = server.get(&admin, "/api/v1/imports/template?format=pdf").await;
        assert_eq!(neither.code(), (422, "invalid"));
    })
    .await;
}

#[tokio::test]
async fn only_who_may_import_gets_anywhere() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let path = upload(server, &admin, "add", &people(0..1)).await;
        let workplace = workplaces::all(&server.app.db).await.unwrap()[0].id;
        let reader = guildhall_core::tokens::create(
            &server.app,
            &Actor::command_line(workplace),
            "reader",
            &[guildhall_core::Permission::PeopleRead],
            None,
        )
        .await
        .unwrap();
        let bearer = format!("Bearer {}", reader.1);
        for (method, path) in [
            ("GET", "/api/v1/imports".to_owned()),
            ("POST", "/api/v1/imports?mode=add".to_owned()),
            ("GET", "/api/v1/imports/template".to_owned()),
            ("GET", path.clone()),
            ("GET", format!("{path}/rows")),
            ("GET", format!("{path}/result")),
            ("POST", format!("{path}/apply")),
            ("POST", format!("{path}/cancel")),
            ("POST", format!("{path}/undo")),
        ] {
            let refused = server.bearer(&bearer, method, &path, json!({})).await;
            assert_eq!(refused.status, 403, "{method} {path}");
            let stranger = server.ask(AWAY, "", (method, &path), json!({})).await;
            assert_eq!(stranger.status, 401, "{method} {path}");
        }
    })
    .await;
}
