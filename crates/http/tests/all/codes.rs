//! Access codes over HTTP: the pages that need no script, the API, and who is told what.

use crate::common::{AWAY, Server, on_both};
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tower::ServiceExt as _;

const GOOD: &str = "purple ladder seagull";

/// Sends a form as a browser does; gives the status, where it leads, the cookie and the page.
async fn post(server: &Server, path: &str, form: &[(&str, &str)]) -> (u16, String, String, String) {
    let peer: SocketAddr = AWAY.parse().unwrap();
    let pairs = form
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(' ', "+")));
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .extension(ConnectInfo(peer))
        .body(Body::from(pairs.collect::<Vec<_>>().join("&")))
        .unwrap();
    let response = server.router.clone().oneshot(request).await.unwrap();
    let of = |name| {
        let value = response.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap()).to_owned()
    };
    let (status, location, cookie) = (
        response.status().as_u16(),
        of(header::LOCATION),
        of(header::SET_COOKIE),
    );
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    (
        status,
        location,
        cookie,
        String::from_utf8(bytes.to_vec()).unwrap(),
    )
}

/// A workplace that lets people in without an e-mail address, and one of them: the admin's cookie and the person's id.
async fn factory(server: &Server) -> (String, String) {
    let admin = server.set_up().await.cookie();
    let person = json!({"display_name": "Bo Bold", "employee_id": "E-7001", "department": "Smelter"});
    let made = server.send(&admin, "POST", "/api/v1/people", person).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/people/{id}/code");
    let refused = server.send(&admin, "POST", &path, Value::Null).await;
    assert_eq!(refused.code(), (409, "without_email_off"));
    let on = json!({"settings": {"without_email": true}});
    let changed = server.send(&admin, "PATCH", "/api/v1/workplace", on).await;
    assert_eq!(changed.body["settings"]["without_email"], true);
    (admin, id)
}

async fn code(server: &Server, admin: &str, id: &str) -> Value {
    let path = format!("/api/v1/people/{id}/code");
    let given = server.send(admin, "POST", &path, Value::Null).await;
    assert_eq!(given.status, 201, "{}", given.body);
    given.body
}

#[tokio::test]
async fn a_code_is_typed_the_account_claimed_and_the_password_found_again() {
    on_both(async |server| {
        let (admin, id) = factory(server).await;
        let given = code(server, &admin, &id).await;
        let typed = given["code"].as_str().unwrap();
        assert!(
            given["qr"]
                .as_str()
                .unwrap()
                .starts_with("data:image/svg+xml;base64,")
        );
        let link = given["link"]
            .as_str()
            .unwrap()
            .strip_prefix("http://localhost:8080")
            .unwrap();

        let (status, _, _, page) = post(server, "/code", &[("code", "BCDF GHJK")]).await;
        assert!(status == 422 && page.contains("has 8"), "{status} {page}");
        let (status, leads, ..) = post(server, "/code", &[("code", &typed.to_lowercase())]).await;
        assert_eq!((status, leads.as_str()), (303, link));
        let page = server.text("", link).await;
        assert!(
            page.contains("Hello Bo Bold") && page.contains("bo.bold") && !page.contains("<script"),
            "{page}"
        );

        let weak = [
            ("username", "bo.bold"),
            ("password", "short"),
            ("accept_terms", "true"),
        ];
        let (status, _, _, page) = post(server, link, &weak).await;
        assert!(
            status == 422 && page.contains("at least 10") && page.contains("bo.bold"),
            "{page}"
        );
        let (status, leads, cookie, _) = post(
            server,
            link,
            &[
                ("username", "bo.bold"),
                ("password", GOOD),
                ("accept_terms", "true"),
            ],
        )
        .await;
        assert_eq!((status, leads.as_str()), (303, "/home?came=code"));
        let me = server.get(&cookie, "/api/v1/me").await.body;
        assert_eq!(
            (&me["account"]["id"], &me["account"]["username"]),
            (&json!(id), &json!("bo.bold"))
        );
        let page = server.text("", link).await;
        assert!(page.contains("used already"), "{page}");
        for name in ["bo.bold", "e-7001"] {
            let (status, ..) = post(server, "/login", &[("email", name), ("password", GOOD)]).await;
            assert_eq!(status, 303, "{name}");
        }

        let seen = server.get(&admin, &format!("/api/v1/people/{id}")).await.body;
        assert_eq!(
            (&seen["access_code"]["state"], &seen["state"]),
            (&json!("used"), &json!("claimed"))
        );
        let again = code(server, &admin, &id).await;
        let path = format!(
            "/api/v1/access-codes/{}",
            again["code"].as_str().unwrap().replace(' ', "")
        );
        let offer = server.get("", &path).await.body;
        assert_eq!(
            (&offer["recovers"], &offer["username"]),
            (&json!(true), &json!("bo.bold"))
        );
        let taken = server
            .send("", "POST", &path, json!({"password": "granite teapot forest"}))
            .await;
        assert_eq!(taken.status, 201, "{}", taken.body);
        assert_eq!(
            server.get(&cookie, "/api/v1/me").await.status,
            401,
            "who was in is out"
        );
        let used = server
            .send("", "POST", &path, json!({"password": "granite teapot forest"}))
            .await;
        assert_eq!(used.code(), (409, "code_used"));
        let log = server
            .get(&admin, &format!("/api/v1/people/{id}/history"))
            .await
            .body
            .to_string();
        assert!(!log.contains(again["code"].as_str().unwrap()) && log.contains("recover"));
    })
    .await;
}

#[tokio::test]
async fn codes_for_many_come_as_a_list_or_a_file() {
    on_both(async |server| {
        let (admin, id) = factory(server).await;
        for n in 0..3 {
            let person = json!({"display_name": format!("Person {n}"), "employee_id": format!("P-{n}")});
            server.send(&admin, "POST", "/api/v1/people", person).await;
        }
        let path = "/api/v1/access-codes";
        let seen = server.get(&admin, path).await.body;
        assert_eq!(
            (&seen["waiting"], &seen["without_code"]),
            (&json!(4), &json!(4)),
            "{seen}"
        );
        let one = server.send(&admin, "POST", path, json!({"ids": [id]})).await;
        assert_eq!(one.body["items"][0]["display_name"], "Bo Bold", "{}", one.body);
        let file = server
            .send(
                &admin,
                "POST",
                path,
                json!({"waiting": true, "format": "pdf", "language": "pl"}),
            )
            .await;
        let of = |name: &str| file.headers[name].to_str().unwrap().to_owned();
        assert_eq!(
            (file.status, of("content-type"), of("guildhall-given")),
            (200, "application/pdf".into(), "3".into())
        );
        assert!(of("content-disposition").contains("access-codes.pdf"));
        let nobody = server
            .send(&admin, "POST", path, json!({"waiting": true, "format": "csv"}))
            .await;
        assert_eq!(nobody.code(), (409, "nobody"));
        let again = server
            .send(&admin, "POST", path, json!({"filter": {}, "format": "xlsx"}))
            .await;
        assert_eq!(
            again.headers["guildhall-refused"], "1",
            "the admin has an e-mail address"
        );
        for wrong in [
            json!({}),
            json!({"ids": [id], "waiting": true}),
            json!({"waiting": true, "language": "xx"}),
        ] {
            assert_eq!(
                server.send(&admin, "POST", path, wrong.clone()).await.code(),
                (422, "invalid"),
                "{wrong}"
            );
        }
        let log = server.get(&admin, "/api/v1/audit?verb=download_codes").await.body;
        assert_eq!(log["items"].as_array().unwrap().len(), 3, "{log}");
        assert_eq!(
            log["items"][2]["subject"]["name"],
            "Codes of 1 people as a list on the screen"
        );
        let many: Vec<String> = (0..201)
            .map(|n| format!("00000000-0000-7000-8000-{n:012}"))
            .collect();
        let refused = server.send(&admin, "POST", path, json!({"ids": many})).await;
        assert_eq!(refused.code(), (422, "invalid"));
        let why = refused.body["detail"].as_str().unwrap();
        assert!(why.contains("A screen shows the codes of 200 people at most") && why.contains("file"));
        let file = server
            .send(&admin, "POST", path, json!({"ids": many, "format": "csv"}))
            .await;
        assert_eq!(file.code(), (409, "nobody"), "a file holds as many");
    })
    .await;
}

/// In letters of Nag Mundari, encoded in 2022: no font that Debian packages has them.
#[tokio::test]
async fn whoever_takes_sheets_is_told_whose_name_is_not_on_them() {
    on_both(async |server| {
        let (admin, _) = factory(server).await;
        let person = json!({"display_name": "\u{1e4d0}\u{1e4db}\u{1e4d5}", "employee_id": "P-1"});
        let made = server.send(&admin, "POST", "/api/v1/people", person).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let asked = json!({"ids": [made.body["id"]], "format": "pdf"});
        let file = server.send(&admin, "POST", "/api/v1/access-codes", asked).await;
        assert_eq!(file.status, 200);
        let told = file.headers["guildhall-warning"].to_str().unwrap();
        let told = url::form_urlencoded::parse(told.as_bytes()).next().unwrap().0;
        for words in ["\u{1e4d0}\u{1e4db}\u{1e4d5} (P-1)", "fonts-noto-core"] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let log = server.get(&admin, "/api/v1/audit?verb=download_codes").await.body;
        let change = &log["items"][0]["changes"][0];
        assert_eq!(change["field"], "names_not_printed");
        assert_eq!(change["after"], "\u{1e4d0}\u{1e4db}\u{1e4d5} (P-1)");
    })
    .await;
}

/// A form sent with a cookie; gives the status, every cookie that is set, and the headers as one text.
async fn post_as(server: &Server, cookie: &str, path: &str, form: &str) -> (u16, Vec<String>, String) {
    let peer: SocketAddr = AWAY.parse().unwrap();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .extension(ConnectInfo(peer))
        .body(Body::from(form.to_owned()))
        .unwrap();
    let response = server.router.clone().oneshot(request).await.unwrap();
    let cookies = response.headers().get_all(header::SET_COOKIE).iter();
    let cookies = cookies
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect();
    (
        response.status().as_u16(),
        cookies,
        format!("{:?}", response.headers()),
    )
}

#[tokio::test]
async fn a_kiosk_is_made_by_a_link_and_leaves_nothing_behind() {
    on_both(async |server| {
        let (admin, id) = factory(server).await;
        let given = code(server, &admin, &id).await;
        let made = server
            .send(
                &admin,
                "POST",
                "/api/v1/kiosks",
                json!({"name": "Line 3", "idle_seconds": 60}),
            )
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        let link = made.body["link"]
            .as_str()
            .unwrap()
            .strip_prefix("http://localhost:8080")
            .unwrap()
            .to_owned();
        assert!(
            server.text("", &link).await.contains("kiosk &#34;Line 3&#34;")
                || server.text("", &link).await.contains("Line 3")
        );
        let (status, cookies, headers) = post_as(server, &admin, &link, "").await;
        assert_eq!(status, 303);
        assert!(headers.contains("clear-site-data"), "{headers}");
        assert_eq!(
            server.get(&admin, "/api/v1/me").await.status,
            401,
            "the admin is out on the device"
        );
        let device = cookies[0].split(';').next().unwrap().to_owned();
        assert!(
            device.starts_with("guildhall-kiosk=") && cookies[0].contains("Max-Age=34560000"),
            "{cookies:?}"
        );
        assert!(server.text(&device, "/kiosk").await.contains("Line 3"));
        assert!(server.text("", "/kiosk").await.contains("is no kiosk"));

        // A claim by code on the kiosk is a short session, too.
        let claim = given["link"]
            .as_str()
            .unwrap()
            .strip_prefix("http://localhost:8080")
            .unwrap();
        let form = format!(
            "username=bo.bold&password={}&accept_terms=true",
            GOOD.replace(' ', "+")
        );
        let (status, cookies, _) = post_as(server, &device, claim, &form).await;
        assert!(status == 303 && !cookies[0].contains("Max-Age"), "{cookies:?}");
        let form = format!("name=E-7001&password={}", GOOD.replace(' ', "+"));
        let (status, cookies, _) = post_as(server, &device, "/kiosk", &form).await;
        assert!(status == 303 && !cookies[0].contains("Max-Age"), "{cookies:?}");
        let both = format!("{device}; {}", cookies[0].split(';').next().unwrap());
        let me = server.get(&both, "/api/v1/me").await.body;
        assert_eq!(me["kiosk"]["idle_seconds"], 60, "{me}");
        let page = server.get(&both, "/kiosk").await;
        assert!(page.headers.contains_key("clear-site-data"));
        assert_eq!(
            server.get(&both, "/api/v1/me").await.status,
            401,
            "whoever opens the log-in page is out"
        );
        let wrong = post_as(server, &device, "/kiosk", "name=E-7001&password=wrong").await;
        assert_eq!(wrong.0, 422);
        assert_eq!(
            server.get(&device, "/login").await.status,
            303,
            "there is one log-in page on a kiosk"
        );

        let admin = server.log_in(crate::common::PASSWORD).await.cookie();
        let listed = server.get(&admin, "/api/v1/kiosks").await.body;
        let kiosk = listed["items"][0]["id"].as_str().unwrap();
        assert_eq!(
            server
                .send(&admin, "DELETE", &format!("/api/v1/kiosks/{kiosk}"), Value::Null)
                .await
                .status,
            204
        );
        assert!(server.text(&device, "/kiosk").await.contains("is no kiosk"));
    })
    .await;
}

/// What stands between two texts of a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).map(|(_, rest)| rest).unwrap_or_default();
    rest.split_once(after).map(|(found, _)| found).unwrap_or_default()
}

fn pair(cookies: &[String], name: &str) -> String {
    let found = cookies.iter().find(|cookie| cookie.starts_with(name));
    let found = found.unwrap_or_else(|| panic!("no {name} in {cookies:?}"));
    found.split(';').next().unwrap().to_owned()
}

/// A device that is a kiosk: its cookie.
async fn tablet(server: &Server, admin: &str) -> String {
    let input = json!({"name": "Line 3", "place": "Hall 2, by the gate", "idle_seconds": 60});
    let made = server.send(admin, "POST", "/api/v1/kiosks", input).await;
    assert_eq!(made.body["kiosk"]["place"], "Hall 2, by the gate");
    let link = made.body["link"].as_str().unwrap();
    let link = link.replace("http://localhost:8080", "");
    let (_, cookies, _) = post_as(server, "", &link, "").await;
    pair(&cookies, "guildhall-kiosk=")
}

/// What the kiosk's page answers to these cookies: the status, and the cookies it sets.
async fn look(server: &Server, cookies: &str) -> (u16, Vec<String>) {
    let page = server.get(cookies, "/kiosk/phone").await;
    let set = page.headers.get_all("set-cookie").iter();
    let set = set.map(|value| value.to_str().unwrap().to_owned());
    (page.status, set.collect())
}

/// What the kiosk shows now: its cookies, the secret of the link, the number, and the page.
async fn shows(server: &Server, cookies: &str) -> (String, String, i64, String) {
    let device = cookies.split("; ").next().unwrap();
    let (_, set) = look(server, cookies).await;
    let pass = pair(&set, "guildhall-pass=");
    let cookies = format!("{device}; {pass}");
    let page = server.text(&cookies, "/kiosk/phone").await;
    let number = between(&page, "<strong>", "</strong>").parse().unwrap();
    let secret = pass.trim_start_matches("guildhall-pass=").to_owned();
    (cookies, secret, number, page)
}

/// On a phone on which nobody is in, the access code leads to an account and back to the question.
#[tokio::test]
async fn a_code_of_a_kiosk_leads_through_the_way_in_and_a_wrong_number_voids_it() {
    on_both(async |server| {
        let (admin, id) = factory(server).await;
        let given = code(server, &admin, &id).await;
        let device = tablet(server, &admin).await;
        assert!(server.text("", "/kiosk/phone").await.contains("is no kiosk"));
        let (_, set) = look(server, &device).await;
        assert!(
            set[0].contains("Max-Age=120") && set[0].contains("HttpOnly"),
            "{set:?}"
        );
        let (kiosk, secret, number, page) = shows(server, &device).await;
        assert!(
            page.contains("http-equiv=\"refresh\"") && page.contains("<svg"),
            "{page}"
        );
        let scanned = format!("/kiosk/in/{secret}");
        let stranger = server.text("", &scanned).await;
        let back = format!("next=%2Fkiosk%2Fin%2F{secret}");
        assert!(stranger.contains(&format!("/code?{back}")), "{stranger}");
        let letters = given["code"].as_str().unwrap().replace(' ', "");
        let typed = format!("code={letters}");
        let (status, _, headers) = post_as(server, "", &format!("/code?{back}"), &typed).await;
        assert!(
            status == 303 && headers.contains(&format!("/c/{letters}?{back}")),
            "{headers}"
        );
        let form = format!(
            "username=bo.bold&password={}&accept_terms=true",
            GOOD.replace(' ', "+")
        );
        let (_, cookies, headers) = post_as(server, "", &format!("/c/{letters}?{back}"), &form).await;
        assert!(headers.contains(&scanned), "{headers}");
        let bo = pair(&cookies, "guildhall=");
        let asked = server.text(&bo, &scanned).await;
        let value = format!("value=\"{number}\"");
        for expect in ["Line 3", "Hall 2, by the gate", "Bo Bold", &value] {
            assert!(asked.contains(expect), "{expect}: {asked}");
        }
        let path = format!("/api/v1/kiosk-passes/{secret}");
        let seen = server.get(&bo, &path).await.body;
        let mut numbers = seen["numbers"].as_array().unwrap().iter();
        let wrong = numbers.find(|other| **other != json!(number)).unwrap();
        let (_, _, _) = post_as(server, &bo, &scanned, &format!("number={wrong}")).await;
        assert_eq!(server.get(&bo, &path).await.code(), (409, "pass_over"));
        let page = server.text(&kiosk, "/kiosk/phone").await;
        assert!(page.contains("another number was chosen"), "{page}");
    })
    .await;
}

/// The right number lets the phone's owner in on the kiosk, shortly, and nowhere else.
#[tokio::test]
async fn a_phone_lets_its_owner_in_on_a_kiosk() {
    on_both(async |server| {
        let (admin, _) = factory(server).await;
        let device = tablet(server, &admin).await;
        let (kiosk, secret, number, _) = shows(server, &device).await;
        let path = format!("/api/v1/kiosk-passes/{secret}");
        assert_eq!(server.get("", &path).await.status, 401);
        let right = json!({ "number": number });
        let answered = server.send(&admin, "POST", &path, right.clone()).await;
        assert_eq!(answered.status, 204, "{}", answered.body);
        assert_eq!(
            server.send(&admin, "POST", &path, right).await.code(),
            (409, "pass_over")
        );
        let (status, set) = look(server, kiosk.split("; ").nth(1).unwrap()).await;
        assert!(
            status == 200 && set.iter().all(|cookie| !cookie.starts_with("guildhall=")),
            "the code is worth nothing but on the kiosk"
        );
        let (status, set) = look(server, &kiosk).await;
        assert_eq!(status, 303);
        let short = |cookie: &String| cookie.starts_with("guildhall=") && !cookie.contains("Max-Age");
        assert!(set.iter().any(short), "{set:?}");
        let both = format!("{device}; {}", pair(&set, "guildhall="));
        let me = server.get(&both, "/api/v1/me").await.body;
        assert_eq!(me["kiosk"]["idle_seconds"], 60, "{me}");

        // The next one at the kiosk: whoever was in is out, and their phone still is in.
        assert_eq!(look(server, &both).await.0, 200);
        assert_eq!(server.get(&both, "/api/v1/me").await.status, 401);
        assert_eq!(server.get(&admin, "/api/v1/me").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn supervisors_see_their_own_people_and_nothing_else() {
    on_both(async |server| {
        let (admin, bo) = factory(server).await;
        let lead = json!({"display_name": "Lead", "employee_id": "L-1"});
        let lead = server.send(&admin, "POST", "/api/v1/people", lead).await.body["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let other = json!({"display_name": "Other", "employee_id": "O-1"});
        let other = server.send(&admin, "POST", "/api/v1/people", other).await.body["id"]
            .as_str()
            .unwrap()
            .to_owned();
        server
            .send(
                &admin,
                "PATCH",
                &format!("/api/v1/people/{bo}"),
                json!({"manager_id": lead}),
            )
            .await;
        let role = server
            .send(
                &admin,
                "PUT",
                &format!("/api/v1/people/{lead}/role"),
                json!({"role": "supervisor"}),
            )
            .await;
        assert_eq!(role.status, 200, "{}", role.body);
        let supervises = format!("/api/v1/people/{lead}/supervises");
        let set = server
            .send(
                &admin,
                "PUT",
                &supervises,
                json!({"locations": ["Leeds", "leeds "]}),
            )
            .await;
        assert_eq!(set.body, json!({"locations": ["Leeds"]}));
        let given = code(server, &admin, &lead).await;
        let path = format!(
            "/api/v1/access-codes/{}",
            given["code"].as_str().unwrap().replace(' ', "")
        );
        let entered = server
            .send("", "POST", &path, json!({"password": GOOD, "accept_terms": true}))
            .await;
        let lead = entered.cookie();
        let seen = server.get(&lead, "/api/v1/my-people").await.body;
        assert_eq!((&seen["all"], &seen["waiting"]), (&json!(1), &json!(1)), "{seen}");
        assert_eq!(seen["items"][0]["display_name"], "Bo Bold");
        assert_eq!(
            server
                .send(&lead, "POST", &format!("/api/v1/people/{bo}/code"), Value::Null)
                .await
                .status,
            201
        );
        assert_eq!(
            server
                .send(
                    &lead,
                    "POST",
                    &format!("/api/v1/people/{other}/code"),
                    Value::Null
                )
                .await
                .status,
            404
        );
        let sheet = server
            .send(
                &lead,
                "POST",
                "/api/v1/access-codes",
                json!({"ids": [bo], "format": "pdf"}),
            )
            .await;
        assert_eq!(sheet.headers["guildhall-given"], "1");
        let theirs = json!({"ids": [bo, other], "format": "pdf"});
        assert_eq!(
            server
                .send(&lead, "POST", "/api/v1/access-codes", theirs)
                .await
                .status,
            404
        );
        for path in ["people", "access-codes", "audit", "kiosks"] {
            assert_eq!(
                server.get(&lead, &format!("/api/v1/{path}")).await.status,
                403,
                "{path}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn codes_are_taken_back_and_guesses_are_told_apart() {
    on_both(async |server| {
        let (admin, id) = factory(server).await;
        let path = format!("/api/v1/people/{id}/code");
        assert_eq!(
            server.send(&admin, "DELETE", &path, Value::Null).await.status,
            404
        );
        let given = code(server, &admin, &id).await;
        let open = format!(
            "/api/v1/access-codes/{}",
            given["code"].as_str().unwrap().replace(' ', "")
        );
        assert_eq!(
            server.send(&admin, "DELETE", &path, Value::Null).await.status,
            204
        );
        assert_eq!(server.get("", &open).await.code(), (409, "code_revoked"));
        assert_eq!(
            server.get("", "/api/v1/access-codes/nonsense").await.code(),
            (422, "invalid")
        );
        let mail = json!({"display_name": "Cy", "email": "cy@example.com"});
        let cy = server.send(&admin, "POST", "/api/v1/people", mail).await.body;
        let of_cy = format!("/api/v1/people/{}/code", cy["id"].as_str().unwrap());
        assert_eq!(
            server.send(&admin, "POST", &of_cy, Value::Null).await.code(),
            (409, "has_email")
        );
        let phone = json!({"display_name": "Di", "phone": "+48 600 700 800"});
        let refused = server.send(&admin, "POST", "/api/v1/people", phone).await;
        assert_eq!(
            refused.body["errors"][0]["field"], "employee_id",
            "{}",
            refused.body
        );
        let role = format!("/api/v1/people/{id}/role");
        let admin_role = server
            .send(&admin, "PUT", &role, json!({"role": "system_admin"}))
            .await;
        assert_eq!(admin_role.code(), (409, "admin_needs_email"));
    })
    .await;
}
