//! Domains and the ways in, over the API; the links come from letters that a real mail server took.

#![allow(clippy::too_many_lines, reason = "a story is told in one piece")]

use crate::common::{AWAY, HOME, Server, on_both};
use guildhall_core::mail::{SmtpSettings, Transport};
use guildhall_core::outbox::Postman;
use guildhall_testkit::smtp::SmtpServer;
use serde_json::{Value, json};

const GOOD: &str = "violet harbour engine moss";

struct Mail {
    smtp: SmtpServer,
    postman: Postman,
}

impl Mail {
    fn of(server: &Server) -> Self {
        let smtp = SmtpServer::start();
        let postman = Postman {
            app: server.app.clone(),
            transport: Transport::new(&SmtpSettings::new(smtp.url(), "localhost")).unwrap(),
            from: "guildhall@host.example".parse().unwrap(),
            signer: None,
            public_url: "http://site".into(),
        };
        Self { smtp, postman }
    }

    /// The secret of the link in the newest letter to the address.
    async fn secret(&self, to: &str, path: &str) -> String {
        self.postman.round(&|| false).await.unwrap();
        let begin = format!("http://site/{path}/");
        let all = self.smtp.received();
        let mine = all.iter().rev().filter(|mail| mail.envelope.to == [to]);
        let mut found = mine.filter_map(|mail| {
            let text = String::from_utf8_lossy(&mail.bytes)
                .replace("=\r\n", "")
                .replace("\r\n", "\n");
            text.lines()
                .find_map(|line| line.strip_prefix(&begin).map(|secret| secret.trim().to_owned()))
        });
        found.next().unwrap_or_else(|| panic!("no link {path} for {to}"))
    }
}

async fn stranger(server: &Server, method: &str, path: &str, body: Value) -> crate::common::Answer {
    server.ask(AWAY, "", (method, path), body).await
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story")]
async fn people_join_ask_and_bring_others() {
    on_both(async |server| {
        let mail = Mail::of(server);
        let admin = server.set_up().await.cookie();
        // The first admin confirms the address, then lets its domain in.
        let listed = server.get(&admin, "/api/v1/domains").await.body;
        assert_eq!(
            listed["address"],
            json!({"email": "ada@example.com", "domain": "example.com", "confirmed": false})
        );
        let added = server
            .send(&admin, "POST", "/api/v1/domains", json!({"name": "example.com"}))
            .await;
        assert_eq!(added.status, 201, "{}", added.body);
        let domain = format!("/api/v1/domains/{}", added.body["id"].as_str().unwrap());
        assert!(
            added.body["proofs"]["txt_value"]
                .as_str()
                .unwrap()
                .starts_with("guildhall-domain-verification=")
        );
        let allow = format!("{domain}/allow-list");
        assert_eq!(
            server.send(&admin, "POST", &allow, json!({})).await.code(),
            (409, "no_address")
        );
        assert_eq!(
            server
                .send(&admin, "POST", "/api/v1/me/confirmation", json!({}))
                .await
                .status,
            202
        );
        let secret = mail.secret("ada@example.com", "confirm").await;
        let confirm = format!("/api/v1/confirmations/{secret}");
        assert_eq!(stranger(server, "POST", &confirm, json!({})).await.status, 204);
        assert_eq!(
            server.send(&admin, "POST", &allow, json!({})).await.body["state"],
            "allow_listed"
        );
        let below = server
            .send(&admin, "PATCH", &domain, json!({"subdomains": true}))
            .await;
        assert_eq!(below.code(), (409, "needs_dns"));
        assert_eq!(server.get(&admin, &domain).await.body["state"], "allow_listed");

        // Bo joins with a company address.
        let open = json!({"settings": {"joining": "domains", "required_fields": ["department"]}});
        let set = server.send(&admin, "PATCH", "/api/v1/workplace", open).await;
        assert_eq!(set.body["settings"]["joining"], "domains", "{}", set.body);
        let asked = stranger(
            server,
            "POST",
            "/api/v1/joins",
            json!({"email": "bo@example.com"}),
        )
        .await;
        assert_eq!(asked.status, 202);
        let offer = format!("/api/v1/joins/{}", mail.secret("bo@example.com", "join").await);
        let told = stranger(server, "GET", &offer, Value::Null).await.body;
        assert_eq!(
            (told["outcome"].as_str(), told["email"].as_str()),
            (Some("join"), Some("bo@example.com"))
        );
        let join = json!({"display_name": "Bo", "password": GOOD, "accept_terms": true});
        let joined = stranger(server, "POST", &offer, join).await;
        assert_eq!(joined.status, 201, "{}", joined.body);
        let bo = joined.cookie();

        // Nobody but Bo changes who Bo is, while the domain is not proven.
        let me = server.get(&bo, "/api/v1/me").await.body["account"]["id"].clone();
        let person = format!("/api/v1/people/{}", me.as_str().unwrap());
        let renamed = server
            .send(&admin, "PATCH", &person, json!({"display_name": "Bob"}))
            .await;
        assert_eq!(renamed.code(), (409, "domain_not_verified"));
        let titled = server
            .send(&admin, "PATCH", &person, json!({"title": "Fitter"}))
            .await;
        assert_eq!(titled.body["title"], "Fitter");

        // Bo brings a friend: an admin decides, and fills in what is required.
        let friends = json!({"emails": ["cy@friend.example, ada@example.com"], "note": "My friend"});
        let told = server
            .send(&bo, "POST", "/api/v1/me/coworkers", friends)
            .await
            .body;
        let outcomes: Vec<&str> = told["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["outcome"].as_str().unwrap())
            .collect();
        assert_eq!(outcomes, ["asked", "member"]);
        assert_eq!(server.get(&bo, "/api/v1/access-requests").await.status, 403);
        let queue = server
            .get(&admin, "/api/v1/access-requests?state=waiting")
            .await
            .body;
        assert_eq!(
            (
                queue["waiting"].as_i64(),
                queue["items"][0]["asked_by"]["display_name"].as_str()
            ),
            (Some(1), Some("Bo"))
        );
        let ids = json!({"ids": [queue["items"][0]["id"]]});
        let yes = server
            .send(&admin, "POST", "/api/v1/access-requests/approve", ids.clone())
            .await;
        assert_eq!(yes.code(), (409, "fields_missing"));
        let filled = json!({"ids": ids["ids"], "fields": {"department": "Guests"}});
        assert_eq!(
            server
                .send(&admin, "POST", "/api/v1/access-requests/approve", filled)
                .await
                .status,
            204
        );
        mail.secret("cy@friend.example", "claim").await;
        let no = json!({"ids": ids["ids"], "reason": "No"});
        assert_eq!(
            server
                .send(&admin, "POST", "/api/v1/access-requests/decline", no)
                .await
                .code(),
            (409, "decided")
        );

        // By a link that goes round, and by asking when only the invited may come.
        let made = server
            .send(
                &admin,
                "POST",
                "/api/v1/join-links",
                json!({"people": 1, "days": 1}),
            )
            .await;
        let url = made.body["url"].as_str().unwrap().to_owned();
        let secret = url.rsplit('/').next().unwrap();
        let by_link = json!({"email": "di@any.example", "link": secret});
        assert_eq!(
            stranger(server, "POST", "/api/v1/joins", by_link).await.status,
            202
        );
        let offer = format!("/api/v1/joins/{}", mail.secret("di@any.example", "join").await);
        assert_eq!(
            stranger(server, "GET", &offer, Value::Null).await.body["outcome"],
            "join"
        );
        let link = format!("/api/v1/join-links/{}", made.body["link"]["id"].as_str().unwrap());
        assert_eq!(
            server.send(&admin, "DELETE", &link, Value::Null).await.status,
            204
        );
        assert_eq!(
            server.get(&admin, "/api/v1/join-links").await.body["items"][0]["works"],
            false
        );
        assert_eq!(
            stranger(server, "GET", &offer, Value::Null).await.body["outcome"],
            "refused"
        );
        let invited = json!({"settings": {"joining": "invited"}});
        server.send(&admin, "PATCH", "/api/v1/workplace", invited).await;
        stranger(
            server,
            "POST",
            "/api/v1/joins",
            json!({"email": "ed@example.com"}),
        )
        .await;
        let plea = format!(
            "/api/v1/joins/{}/request",
            mail.secret("ed@example.com", "join").await
        );
        let asks = json!({"display_name": "Ed", "note": "Monday", "fields": {"department": "IT"}});
        assert_eq!(stranger(server, "POST", &plea, asks).await.status, 202);
        let queue = server
            .get(&admin, "/api/v1/access-requests?state=waiting")
            .await
            .body;
        assert_eq!(queue["items"][0]["fields"], json!({"department": "IT"}));
        assert_eq!(
            server.send(&admin, "DELETE", &domain, Value::Null).await.status,
            204
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workplace_is_opened_over_the_api() {
    on_both(async |server| {
        let mail = Mail::of(server);
        server.set_up().await;
        let asked = stranger(
            server,
            "POST",
            "/api/v1/openings",
            json!({"email": "zo@new.example"}),
        )
        .await;
        assert_eq!(asked.status, 202, "{}", asked.body);
        let door = format!("/api/v1/openings/{}", mail.secret("zo@new.example", "open").await);
        assert_eq!(
            stranger(server, "GET", &door, Value::Null).await.body["email"],
            "zo@new.example"
        );
        let named = json!({"workplace_name": "New Works", "display_name": "Zo", "password": GOOD});
        let opened = server.ask(HOME, "", ("POST", &door), named).await;
        assert_eq!(opened.status, 201, "{}", opened.body);
        let domains = server.get(&opened.cookie(), "/api/v1/domains").await.body;
        assert_eq!(domains["items"][0]["state"], "allow_listed");
        assert_eq!(domains["address"]["confirmed"], true);
        let code = format!(
            "/api/v1/domains/{}/code",
            domains["items"][0]["id"].as_str().unwrap()
        );
        let sent = server
            .send(&opened.cookie(), "POST", &code, json!({"mailbox": "postmaster"}))
            .await;
        assert_eq!(sent.status, 202);
        let verify = code.replace("/code", "/verify");
        let wrong = server
            .send(&opened.cookie(), "POST", &verify, json!({"code": "AAAAAAAAAA"}))
            .await;
        assert_eq!(wrong.code(), (422, "invalid"));
        assert_eq!(
            stranger(server, "POST", "/api/v1/notices/nothing/deny", json!({}))
                .await
                .status,
            404
        );
    })
    .await;
}
