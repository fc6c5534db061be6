//! Claiming by the link, choosing a forgotten password anew, and being cut off at once.

use std::net::SocketAddr;
use std::time::Duration;

use crate::common::{HOME, Server, on_both};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use futures::StreamExt as _;
use guildhall_core::accounts::{self, Change, Policy, ProfileField as Field, Source, Verb, Whom};
use guildhall_core::ids::{AccountId, WorkplaceId};
use guildhall_core::{Actor, access};
use serde_json::{Value, json};
use tower::ServiceExt as _;

const GOOD: &str = "violet harbour engine moss";

async fn change(server: &Server, workplace: &Value, whom: Whom, verb: Verb) -> AccountId {
    let workplace: WorkplaceId = serde_json::from_value(workplace.clone()).unwrap();
    let change = Change::new(Source::Admin, verb);
    let actor = Actor::command_line(workplace);
    let plan = accounts::change(&server.app, &actor, whom, &change, &Policy::default())
        .await
        .unwrap();
    plan.after.unwrap().id
}

async fn invite_bo(server: &Server, workplace: &Value) -> AccountId {
    let patch = vec![
        (Field::DisplayName, Some("Bo <b>Bold</b>".to_owned())),
        (Field::Email, Some("bo@example.com".to_owned())),
    ];
    let verb = Verb::Provision {
        patch,
        invite: true,
        role: None,
    };
    change(server, workplace, Whom::New, verb).await
}

/// A page as a browser gets it, and a form as it sends it.
async fn page(server: &Server, method: &str, path: &str, form: &str) -> (u16, String, Option<String>) {
    let peer: SocketAddr = HOME.parse().unwrap();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .extension(ConnectInfo(peer))
        .body(Body::from(form.to_owned()))
        .unwrap();
    let response = server.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let cookie = parts.headers.get(header::SET_COOKIE);
    let cookie = cookie.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    (
        parts.status.as_u16(),
        String::from_utf8(bytes.to_vec()).unwrap(),
        cookie,
    )
}

#[tokio::test]
async fn the_link_leads_in_without_script() {
    on_both(async |server| {
        let opened = server.set_up().await.body;
        invite_bo(server, &opened["workplace"]["id"]).await;
        let link = server.newest_link().await;
        let (status, html, _) = page(server, "GET", &link, "").await;
        assert_eq!(status, 200);
        assert!(
            html.contains("Bo &#60;b&#62;Bold") && html.contains("Welcome to Łódź &#38; Søn"),
            "{html}"
        );
        let (status, html, _) = page(
            server,
            "POST",
            &link,
            "display_name=Bo&password=short&accept_terms=true",
        )
        .await;
        assert_eq!(status, 422);
        assert!(html.contains("at least 10 characters"), "{html}");
        let form = "display_name=Bo+B&password=violet+harbour+engine+moss&accept_terms=true";
        let (status, _, cookie) = page(server, "POST", &link, form).await;
        assert_eq!(status, 303);
        let me = server.get(&cookie.unwrap(), "/api/v1/me").await.body;
        assert_eq!(me["account"]["display_name"], "Bo B");
        let (_, html, _) = page(server, "GET", &link, "").await;
        assert!(html.contains("used already") && !html.contains("<form"), "{html}");

        page(server, "POST", "/forgot", "email=bo%40example.com").await;
        access::answer_resets(&server.app).await.unwrap();
        let link = server.newest_link().await;
        let (status, html, _) = page(server, "POST", &link, "password=correct+lantern+mussel+quarry").await;
        assert!(
            status == 200 && html.contains("Your password is changed"),
            "{html}"
        );
        let (status, _, cookie) = page(
            server,
            "POST",
            "/login",
            "email=bo%40example.com&password=correct+lantern+mussel+quarry",
        )
        .await;
        assert!(status == 303 && cookie.is_some());
    })
    .await;
}

#[tokio::test]
async fn whoever_claims_chooses_among_open_groups_and_loses_nothing_typed() {
    on_both(async |server| {
        let opened = server.set_up().await;
        let admin = opened.cookie();
        let make = async |name: &str, privacy: &str, default: bool| {
            let group = json!({"name": name, "description": "", "kind": "social", "privacy": privacy,
                "is_default": default});
            let made = server.send(&admin, "POST", "/api/v1/groups", group).await;
            made.body["id"].as_str().unwrap().to_owned()
        };
        let running = make("Running", "open", false).await;
        make("Chess", "open", false).await;
        make("Everybody", "open", true).await;
        let finance = make("Finance", "closed", false).await;
        invite_bo(server, &opened.body["workplace"]["id"]).await;
        let link = server.newest_link().await;
        let (_, html, _) = page(server, "GET", &link, "").await;
        assert!(html.contains("Running") && html.contains("Chess"), "{html}");
        assert!(!html.contains("Finance") && !html.contains("Everybody"), "{html}");
        assert!(html.contains("rel=\"icon\""), "{html}");

        let form = |password: &str, group: &str| {
            format!("display_name=Bo+New&groups={group}&password={password}&accept_terms=true")
        };
        let (status, html, _) = page(server, "POST", &link, &form("short", &running)).await;
        assert_eq!(status, 422);
        assert!(html.contains("id=\"password-wrong\""), "beside its field: {html}");
        assert!(html.contains("value=\"Bo New\""), "{html}");
        assert!(html.contains(&format!("value=\"{running}\" checked")), "{html}");
        let good = GOOD.replace(' ', "+");
        let (status, html, _) = page(server, "POST", &link, &form(&good, &finance)).await;
        assert!(status == 422 && html.contains("no longer open"), "{html}");
        let (status, _, cookie) = page(server, "POST", &link, &form(&good, &running)).await;
        assert_eq!(status, 303);
        let cookie = cookie.unwrap();
        let group = server
            .get(&cookie, &format!("/api/v1/groups/{running}"))
            .await
            .body;
        assert_eq!(group["my_role"], "member");
    })
    .await;
}

#[tokio::test]
async fn an_open_stream_is_cut_within_a_second_of_the_deactivation() {
    on_both(async |server| {
        let opened = server.set_up().await.body;
        let bo = invite_bo(server, &opened["workplace"]["id"]).await;
        let link = server.newest_link().await;
        let given = json!({"password": GOOD, "accept_terms": true});
        let entered = server
            .ask(
                HOME,
                "",
                ("POST", &format!("/api/v1/claims{}", &link["/claim".len()..])),
                given,
            )
            .await;
        assert_eq!(entered.status, 201);
        let request = Request::get("/api/v1/events").header(header::COOKIE, entered.cookie());
        let request = request.body(Body::empty()).unwrap();
        let response = server.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let mut stream = response.into_body().into_data_stream();
        let began = tokio::time::Instant::now();
        change(server, &opened["workplace"]["id"], Whom::Is(bo), Verb::Deactivate).await;
        let mut heard = String::new();
        let all = async {
            while let Some(Ok(bytes)) = stream.next().await {
                heard.push_str(&String::from_utf8_lossy(&bytes));
            }
        };
        tokio::time::timeout(Duration::from_secs(10), all)
            .await
            .expect("the stream ends");
        assert!(heard.ends_with("event: session-ended\ndata: {}\n\n"), "{heard}");
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    })
    .await;
}
