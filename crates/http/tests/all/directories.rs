//! Directories over HTTP, on both databases: what the page asks for, and what an agent pushes.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use tower::ServiceExt as _;

use crate::common::{Server, on_both};
use guildhall_core::{directory, imports};
use serde_json::{Value, json};

fn settings(via: &str) -> Value {
    json!({"kind": "open_ldap", "via": via,
        "server": {"host": "127.0.0.1", "port": 1, "security": "ldaps", "ca": null, "bind_dn": "cn=sync"},
        "base": "dc=example,dc=com", "group": null, "invite": false, "automatic": true, "every_minutes": 15, "full_hours": 24,
        "mapping": {"rules": [{"field": "email", "attribute": "mail"}, {"field": "display_name", "attribute": "cn"}],
            "manager": "manager", "photo": "jpegPhoto"}})
}

fn person(number: usize, more: &str) -> String {
    let manager = if number > 0 {
        r#""manager":"uid=p0,dc=example,dc=com","#
    } else {
        ""
    };
    format!(
        r#"{{"kind":"person","key":"k{number}","dn":"uid=p{number},dc=example,dc=com",{manager}{more}"values":{{"email":"p{number}@example.com","display_name":"P {number}"}}}}"#
    )
}

fn lines(mut lines: Vec<String>) -> Vec<u8> {
    let count = lines.len();
    lines.push(format!(r#"{{"kind":"end","lines":{count}}}"#));
    lines.join("\n").into_bytes()
}

async fn push(server: &Server, admin: &str, path: &str, body: &[u8]) -> (u16, Value) {
    let sent = server.upload(admin, "POST", path, body).await;
    imports::work(&server.app).await.unwrap();
    (sent.status, sent.body)
}

#[tokio::test]
async fn an_agent_pushes_and_nothing_is_taken_that_is_not_whole() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let input = json!({"name": "LDAP", "settings": settings("agent"), "password": "a secret word"});
        let made = server.send(&admin, "POST", "/api/v1/directories", input).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert!(made.body["has_password"] == json!(true) && !made.body.to_string().contains("secret"));
        let path = format!("/api/v1/directories/{}", made.body["id"].as_str().unwrap());
        let all = (0..30).map(|number| person(number, "")).collect::<Vec<_>>();
        let (whole, part) = (format!("{path}/push?whole=true&full=true&cursor="), all.join("\n"));

        for (body, expect) in [
            (part.as_bytes(), "last line is missing"),
            (&b"{\"kind\":\"end\",\"lines\":3}"[..], "speaks of 3 lines"),
            (b"<html>", "line 1 is not what"),
        ] {
            let (status, said) = push(server, &admin, &format!("{path}/push?whole=true"), body).await;
            assert!(status == 422 && said["detail"].as_str().unwrap().contains(expect), "{said}");
        }
        let cursor = "%7B%22position%22%3A%7B%22by%22%3A%22time%22%2C%22last%22%3A%2220260101000000Z%22%7D%2C%22members%22%3Anull%7D";
        let (status, run) = push(server, &admin, &format!("{whole}{cursor}"), &lines(all.clone())).await;
        assert_eq!((status, &run["directory_id"]), (201, &made.body["id"]), "{run}");
        let run_path = format!("/api/v1/imports/{}", run["id"].as_str().unwrap());
        let planned = server.get(&admin, &run_path).await.body;
        assert_eq!((&planned["state"], &planned["counts"]["create"]), (&json!("planned"), &json!(30)), "{planned}");
        let task = server.get(&admin, &format!("{path}/agent")).await.body;
        assert_eq!(task["cursor"], Value::Null, "nothing was applied yet");
        server.send(&admin, "POST", &format!("{run_path}/apply"), json!({})).await;
        imports::work(&server.app).await.unwrap();
        let task = server.get(&admin, &format!("{path}/agent")).await.body;
        assert!(task["cursor"].as_str().unwrap().contains("20260101000000Z"));
        assert_eq!(server.get(&admin, &path).await.body["people"], 30);
        let found = server.get(&admin, "/api/v1/people?q=p7&limit=5").await.body;
        assert_eq!(found["items"][0]["created_source"], "directory");

        // What changed applies by itself; the same once more is not even kept.
        let changed = lines(vec![person(3, r#""left":"disabled","#), r#"{"kind":"gone","key":"k4"}"#.into(), r#"{"kind":"gone","key":"nobody"}"#.into()]);
        let changes = format!("{path}/push?cursor={cursor}");
        let (_, run) = push(server, &admin, &changes, &changed).await;
        let done = server.get(&admin, &format!("/api/v1/imports/{}", run["id"].as_str().unwrap())).await.body;
        assert_eq!((&done["state"], &done["counts"]["deactivate"]), (&json!("applied"), &json!(2)), "{done}");
        let (_, run) = push(server, &admin, &changes, &changed).await;
        assert_eq!(server.get(&admin, &format!("/api/v1/imports/{}", run["id"].as_str().unwrap())).await.status, 404);

        // Half of all are missing from a whole push: the brake.
        let half = lines((0..15).map(|number| person(number, "")).collect());
        let (_, run) = push(server, &admin, &format!("{path}/push?whole=true&full=true"), &half).await;
        let held = server.get(&admin, &format!("/api/v1/imports/{}", run["id"].as_str().unwrap())).await.body;
        assert!(held["state"] == json!("planned") && held["brake"]["would_deactivate"].as_i64() >= Some(14), "{held}");
        // Those who are only named as there are no leavers.
        let mut rest: Vec<String> = (0..3).map(|number| person(number, "")).collect();
        rest.extend((5..30).map(|number| format!(r#"{{"kind":"here","key":"k{number}"}}"#)));
        let (_, run) = push(server, &admin, &format!("{path}/push?whole=true"), &lines(rest)).await;
        assert_eq!(server.get(&admin, &format!("/api/v1/imports/{}", run["id"].as_str().unwrap())).await.status, 404);
        let runs = server.get(&admin, &format!("{path}/runs")).await.body;
        assert_eq!(runs["items"].as_array().unwrap().len(), 3, "{runs}");
        let files = server.get(&admin, "/api/v1/imports").await.body;
        assert_eq!(files["items"], json!([]), "runs of directories are not among files");
        assert_eq!(server.send(&admin, "DELETE", &path, json!({})).await.status, 204);
        assert_eq!(server.get(&admin, &path).await.status, 404);
    })
    .await;
}

/// What an agent pushes with a token.
async fn push_by(server: &Server, bearer: &str, path: &str, body: Vec<u8>) -> Value {
    let request = Request::post(path).header(header::AUTHORIZATION, bearer);
    let request = request.body(Body::from(body)).unwrap();
    let response = server.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 201);
    imports::work(&server.app).await.unwrap();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn an_agent_that_may_little_puts_leavers_out_and_rewrites_nobody() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let input = json!({"name": "LDAP", "settings": settings("agent"), "password": "a secret word"});
        let made = server.send(&admin, "POST", "/api/v1/directories", input).await;
        let path = format!("/api/v1/directories/{}/push", made.body["id"].as_str().unwrap());
        let all = lines((0..8).map(|number| person(number, "")).collect());
        let (_, run) = push(server, &admin, &path, &all).await;
        let apply = format!("/api/v1/imports/{}/apply", run["id"].as_str().unwrap());
        server.send(&admin, "POST", &apply, json!({})).await;
        imports::work(&server.app).await.unwrap();
        let of = async |number: usize| {
            let found = server
                .get(&admin, &format!("/api/v1/people?q=p{number}@example.com"))
                .await
                .body;
            found["items"][0].clone()
        };
        for (number, role) in [(5, "analyst"), (6, "analyst"), (7, "system_admin")] {
            let id = of(number).await["id"].as_str().unwrap().to_owned();
            let given = server
                .send(
                    &admin,
                    "PUT",
                    &format!("/api/v1/people/{id}/role"),
                    json!({"role": role}),
                )
                .await;
            assert!(given.status < 300, "{}", given.body);
        }
        let token = json!({"name": "Agent", "scopes": ["people.import"], "expires_at": null});
        let token = server.send(&admin, "POST", "/api/v1/tokens", token).await.body;
        let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
        let renamed = person(6, "").replace("P 6", "Somebody else");
        let changed = vec![
            person(5, r#""left":"disabled","#),
            renamed,
            person(7, r#""left":"disabled","#),
        ];
        let run = push_by(server, &bearer, &path, lines(changed)).await;
        let done = server
            .get(
                &admin,
                &format!("/api/v1/imports/{}", run["id"].as_str().unwrap()),
            )
            .await
            .body;
        assert_eq!(
            (&done["counts"]["deactivate"], &done["counts"]["invalid"]),
            (&json!(1), &json!(2)),
            "{done}"
        );
        if done["state"] == "planned" {
            let apply = format!("/api/v1/imports/{}/apply", run["id"].as_str().unwrap());
            server.send(&admin, "POST", &apply, json!({})).await;
            imports::work(&server.app).await.unwrap();
        }
        assert_eq!(of(5).await["state"], "deactivated");
        assert_eq!(of(6).await["display_name"], "P 6");
        assert_eq!(of(7).await["state"], "uninvited");
    })
    .await;
}

#[tokio::test]
async fn the_page_connects_tests_reads_and_is_told_what_is_wrong() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let presets = server.get(&admin, "/api/v1/directories/presets").await.body;
        assert_eq!(presets["items"][0]["mapping"]["photo"], "thumbnailPhoto");
        let look = server
            .send(
                &admin,
                "POST",
                "/api/v1/directories/look",
                json!({"id": null, "settings": settings("server"), "password": "x"}),
            )
            .await
            .body;
        assert_eq!(
            (&look["steps"][0]["title"], &look["steps"][0]["done"]),
            (&json!("Reach the server"), &json!(false))
        );
        let mut wrong = settings("server");
        wrong["server"]["host"] = json!("ldaps://dc.example.com");
        let refused = server
            .send(
                &admin,
                "POST",
                "/api/v1/directories",
                json!({"name": "AD", "settings": wrong}),
            )
            .await;
        assert_eq!(
            (refused.status, &refused.body["errors"][0]["field"]),
            (422, &json!("host"))
        );
        let input = json!({"name": "AD", "settings": settings("server"), "password": "x"});
        let made = server
            .send(&admin, "POST", "/api/v1/directories", input)
            .await
            .body;
        let path = format!("/api/v1/directories/{}", made["id"].as_str().unwrap());
        let run = server
            .send(&admin, "POST", &format!("{path}/runs"), json!({"full": true}))
            .await;
        assert_eq!(
            (run.status, &run.body["state"], &run.body["progress"]["stage"]),
            (201, &json!("reading"), &json!("read"))
        );
        let twice = server
            .send(&admin, "POST", &format!("{path}/runs"), json!({}))
            .await;
        assert_eq!(twice.code(), (409, "directory_busy"));
        directory::work(&server.app).await.unwrap();
        let read = server.get(&admin, &path).await.body;
        assert!(
            read["trouble"].as_str().unwrap().contains("Nothing answers"),
            "{read}"
        );
        let edited = server
            .send(
                &admin,
                "PATCH",
                &path,
                json!({"name": "Head office", "scheduled": true}),
            )
            .await
            .body;
        assert!(
            edited["name"] == json!("Head office")
                && edited["next_at"].is_string()
                && edited["trouble"].is_null()
        );
        directory::work(&server.app).await.unwrap();
        let read = server.get(&admin, &path).await.body;
        assert!(
            read["trouble"].is_string() && read["next_at"] != edited["next_at"],
            "it is read by schedule: {read}"
        );
        let pushed = server
            .upload(
                &admin,
                "POST",
                &format!("{path}/push"),
                b"{\"kind\":\"end\",\"lines\":0}",
            )
            .await;
        assert_eq!(pushed.code(), (409, "directory_server"));
    })
    .await;
}
