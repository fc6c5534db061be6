//! A photo with the claim: on the page without script, and over the API.

use crate::common::{HOME, Server, on_both};
use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tower::ServiceExt as _;

const GOOD: &str = "violet harbour engine moss";
/// A picture of one pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async fn invited(server: &Server, admin: &str, email: &str) -> String {
    let person = json!({"display_name": "Bo", "email": email, "invite": true});
    let made = server.send(admin, "POST", "/api/v1/people", person).await;
    assert_eq!(made.status, 201, "{}", made.body);
    server.newest_link().await
}

/// The form as a browser sends it. Gives the status, the page, and the cookie.
async fn sent(
    server: &Server,
    link: &str,
    fields: &[(&str, &str)],
    photo: &[u8],
) -> (u16, String, Option<String>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--b0und\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = "--b0und\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"me.png\"\r\n\
                Content-Type: image/png\r\n\r\n";
    body.splice(0..0, [head.as_bytes(), photo, b"\r\n"].concat());
    body.extend_from_slice(b"--b0und--\r\n");
    let request = Request::post(link)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b0und")
        .body(Body::from(body))
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

/// What a hidden field of the page holds.
fn hidden<'a>(html: &'a str, name: &str) -> &'a str {
    let start = format!("type=\"hidden\" name=\"{name}\" value=\"");
    let rest = html
        .split(&start)
        .nth(1)
        .unwrap_or_else(|| panic!("{name}: {html}"));
    rest.split('"').next().unwrap()
}

async fn has_photo(server: &Server, cookie: &str) -> bool {
    let me = server.get(cookie, "/api/v1/me").await.body;
    let Some(photo) = me["account"]["photo_url"].as_str() else {
        return false;
    };
    let answer = server.get(cookie, photo).await;
    answer.status == 200 && answer.headers[header::CONTENT_TYPE] == "image/jpeg"
}

#[tokio::test]
async fn a_photo_comes_with_the_claim_and_a_bad_one_costs_nothing_typed() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let link = invited(server, &admin, "bo@example.com").await;
        let png = STANDARD.decode(PNG).unwrap();
        let all = [
            ("display_name", "Bo New"),
            ("password", GOOD),
            ("accept_terms", "true"),
        ];
        let large = vec![7; 11 * 1024 * 1024];
        for bad in [&b"<svg onload=alert(1)>"[..], &png[..30], &large] {
            let (status, html, _) = sent(server, &link, &all, bad).await;
            assert_eq!(status, 422, "{html}");
            assert!(
                html.contains("id=\"photo-wrong\"") && html.contains("JPEG, PNG or WebP"),
                "{html}"
            );
            assert!(
                html.contains("value=\"Bo New\"") && html.contains("value=\"true\" checked"),
                "{html}"
            );
            assert!(!html.contains(GOOD), "a password is never in a page");
        }
        let (_, html, _) = sent(server, &link, &all, b"no picture").await;
        let sealed = hidden(&html, "password_kept").to_owned();

        // The password of the first try is good for the next one, with another photo or none; nowhere else.
        let again = |kept: &str| {
            [
                ("display_name", "Bo New".to_owned()),
                ("password", String::new()),
                ("password_kept", kept.to_owned()),
                ("accept_terms", "true".to_owned()),
            ]
        };
        let refs = |fields: &[(&'static str, String)]| fields.to_vec();
        let forged = refs(&again("bm90IHNlYWxlZA"));
        let forged: Vec<(&str, &str)> = forged
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let (status, html, _) = sent(server, &link, &forged, &png).await;
        assert!(status == 422 && html.contains("once more"), "{html}");

        // A photo that is good is kept while something else is wrong.
        let short = [
            ("display_name", "Bo New"),
            ("password", "short"),
            ("accept_terms", "true"),
        ];
        let (status, html, _) = sent(server, &link, &short, &png).await;
        assert!(
            status == 422 && html.contains("at least 10") && html.contains("src=\"data:image/jpeg"),
            "{html}"
        );
        let kept = hidden(&html, "photo_kept").to_owned();

        let fields = [
            ("display_name", "Bo New"),
            ("password", ""),
            ("password_kept", sealed.as_str()),
            ("photo_kept", kept.as_str()),
            ("accept_terms", "true"),
        ];
        let (status, html, cookie) = sent(server, &link, &fields, b"").await;
        assert_eq!(status, 303, "{html}");
        let cookie = cookie.unwrap();
        assert!(has_photo(server, &cookie).await);
        let me = server.get(&cookie, "/api/v1/me").await.body;
        assert_eq!(me["account"]["display_name"], "Bo New");
        let given = json!({"email": "bo@example.com", "password": GOOD});
        assert_eq!(
            server
                .ask(HOME, "", ("POST", "/api/v1/sessions"), given)
                .await
                .status,
            201
        );

        // Somebody else's sealed password opens nothing.
        let link = invited(server, &admin, "cy@example.com").await;
        let (status, html, _) = sent(server, &link, &fields, b"").await;
        assert!(status == 422 && html.contains("once more"), "{html}");
    })
    .await;
}

#[tokio::test]
async fn a_photo_comes_with_the_claim_over_the_api() {
    on_both(async |server| {
        let admin = server.set_up().await.cookie();
        let link = invited(server, &admin, "bo@example.com").await;
        let path = format!("/api/v1/claims{}", &link["/claim".len()..]);
        let claim = async |photo: &str| {
            let given = json!({"password": GOOD, "accept_terms": true, "photo": photo});
            server.ask(HOME, "", ("POST", &path), given).await
        };
        assert_eq!(claim("no base64!").await.code(), (422, "invalid"));
        let bad = claim(&STANDARD.encode("no picture")).await;
        assert_eq!(
            (bad.status, bad.body["errors"][0]["field"].as_str()),
            (422, Some("photo"))
        );

        let people = server.get(&admin, "/api/v1/people?q=bo").await.body;
        let id = people["items"][0]["id"].as_str().unwrap();
        let photo = format!("/api/v1/people/{id}/photo");
        let png = STANDARD.decode(PNG).unwrap();
        assert_eq!(server.upload(&admin, "PUT", &photo, &png).await.status, 204);
        let offer = server.get("", &path).await.body;
        assert!(
            offer["photo"]
                .as_str()
                .unwrap()
                .starts_with("data:image/jpeg;base64,")
        );
        let page = server.text("", &link).await;
        assert!(page.contains("Your organisation has this photo"), "{page}");

        // A picture of a phone is larger than other requests may be.
        let mut large = png.clone();
        large.resize(3 * 1024 * 1024, 0);
        let entered = claim(&STANDARD.encode(large)).await;
        assert_eq!(entered.status, 201, "{}", entered.body);
        assert!(has_photo(server, &entered.cookie()).await);
        let history = server
            .get(&admin, &format!("/api/v1/people/{id}/history"))
            .await
            .body;
        assert!(history.to_string().contains("photo"), "{history}");
    })
    .await;
}
