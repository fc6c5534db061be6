//! The pages behind the letter about a new browser, and what becomes of remembered browsers; on both databases.

use crate::common::{AWAY, HOME, PASSWORD, on_both};
use serde_json::json;

#[tokio::test]
async fn the_link_of_the_letter_names_the_log_in_and_ends_it() {
    on_both(async |server| {
        let mine = server.set_up().await.cookie();
        let given = json!({"email": "ada@example.com", "password": PASSWORD});
        let path = ("POST", "/api/v1/sessions");
        let theirs = server.ask(AWAY, "", path, given.clone()).await.cookie();
        let link = server.newest_link().await;
        assert!(link.starts_with("/not-me-here/"), "{link}");
        let letters = server.get(&mine, "/api/v1/outbox").await.body;
        let path_of = format!("/api/v1/outbox/{}", letters["items"][0]["id"].as_str().unwrap());
        let seen = server.get(&mine, &path_of).await.body;
        assert_eq!(seen["kind"], "new_device");
        assert!(
            !seen.to_string().contains("not-me-here"),
            "nobody but its reader follows it: {seen}"
        );

        let page = server.text("", &link).await;
        assert!(
            page.contains("Was this you?") && page.contains("203.0.113.9"),
            "{page}"
        );
        assert!(
            page.contains("This was not me") && !page.contains("<script"),
            "{page}"
        );
        assert!(page.contains("close this page: nothing happens"), "{page}");
        for cookie in [&mine, &theirs] {
            assert_eq!(
                server.get(cookie, "/api/v1/me").await.status,
                200,
                "to look is to do nothing"
            );
        }
        server
            .send(&theirs, "DELETE", "/api/v1/sessions/current", json!(null))
            .await;
        let page = server.text("", &link).await;
        assert!(page.contains("This log-in is over already"), "{page}");

        let done = server.form("", &link, "").await;
        assert_eq!(done.status, 200);
        assert_eq!(server.get(&mine, "/api/v1/me").await.status, 401);
        assert_eq!(
            server.ask(HOME, "", path, given).await.code(),
            (409, "wrong_password")
        );
        assert!(server.newest_link().await.starts_with("/reset/"));
        let again = server.text("", &link).await;
        assert!(again.contains("You have said so already"), "{again}");
        let made_up = server.text("", "/not-me-here/x").await;
        assert!(made_up.contains("does not work any more"), "{made_up}");
        let why = server.text(&mine, "/login").await;
        assert!(why.contains("was not yours"), "{why}");
    })
    .await;
}
