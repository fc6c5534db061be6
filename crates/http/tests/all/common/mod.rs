//! The router on both databases, asked as a browser asks.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, header};
use guildhall_core::access::PasswordHasher;
use guildhall_core::domains::Scout;
use guildhall_core::domains::scout::{Dns, Web};
use guildhall_core::fetch::Fetcher;
use guildhall_core::mail::LetterKind;
use guildhall_core::openings::Openness;
use guildhall_core::{App, Clock, Entropy};
use guildhall_http::{Events, Site};
use guildhall_store::Db;
use guildhall_testkit::postgres;
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub const HOME: &str = "127.0.0.1:5000";
pub const AWAY: &str = "203.0.113.9:5000";

pub struct Server {
    pub app: App,
    pub router: Router,
    pub desk: guildhall_core::connectors::Desk,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }
    /// What the browser would send back.
    pub fn cookie(&self) -> String {
        let cookie = self.headers[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

impl Server {
    pub async fn on(db: Db) -> Self {
        // Nothing outside is asked.
        let scout = Scout::new(Dns::new(Vec::new(), |_| None), Web::new(Fetcher::system()));
        Self::of(App::start(db).await.unwrap().with_scout(scout))
    }

    /// The same with another clock, or what is fetched found elsewhere.
    pub fn of(app: App) -> Self {
        let site = Site {
            hasher: PasswordHasher::new(&Entropy::system()).unwrap(),
            mail_from: None,
            openness: Openness::Open,
            events: Events::start(app.clone()),
            connectors: guildhall_core::connectors::Desk::start(app.clone()),
            app: app.clone(),
            public_url: "http://localhost:8080".into(),
            setup_code: "the-printed-code".into(),
        };
        let desk = site.connectors.clone();
        let router = guildhall_http::router(site).unwrap();
        Self { app, router, desk }
    }

    /// The same server, whose clock the story moves.
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self::of(App {
            clock,
            ..self.app.clone()
        })
    }

    /// A form, as a browser without a script sends it.
    pub async fn form(&self, cookie: &str, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.answered(request).await
    }

    pub async fn ask(&self, from: &str, cookie: &str, (method, path): (&str, &str), body: Value) -> Answer {
        let peer: SocketAddr = from.parse().unwrap();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(peer))
            .body(Body::from(body.to_string()))
            .unwrap();
        self.answered(request).await
    }

    async fn answered(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 24).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        }
    }

    /// As a program with a token.
    pub async fn bearer(&self, bearer: &str, method: &str, path: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, bearer)
            .header(header::CONTENT_TYPE, "application/json")
            .body(if body.is_null() {
                Body::empty()
            } else {
                Body::from(body.to_string())
            })
            .unwrap();
        self.answered(request).await
    }

    /// The same with one header more.
    pub async fn bearer_with(
        &self,
        bearer: &str,
        method: &str,
        path: &str,
        body: Value,
        header: (&str, &str),
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, bearer)
            .header(header.0, header.1)
            .body(Body::from(body.to_string()))
            .unwrap();
        self.answered(request).await
    }

    /// A file as it is.
    pub async fn upload(&self, cookie: &str, method: &str, path: &str, bytes: &[u8]) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(bytes.to_vec()))
            .unwrap();
        self.answered(request).await
    }

    /// What is no JSON.
    pub async fn text(&self, cookie: &str, path: &str) -> String {
        let request = Request::get(path).header(header::COOKIE, cookie);
        let request = request.body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    pub async fn set_up(&self) -> Answer {
        self.ask(HOME, "", ("POST", "/api/v1/setup"), setup()).await
    }

    pub async fn log_in(&self, password: &str) -> Answer {
        let given = json!({"email": "ADA@example.com", "password": password});
        self.ask(AWAY, "", ("POST", "/api/v1/sessions"), given).await
    }

    /// As somebody who is in.
    pub async fn send(&self, cookie: &str, method: &str, path: &str, body: Value) -> Answer {
        self.ask(AWAY, cookie, (method, path), body).await
    }

    /// The link of the newest letter, as an admin reads it in the outbox.
    pub async fn newest_link(&self) -> String {
        let workplace = guildhall_core::workplaces::all(&self.app.db).await.unwrap()[0].id;
        let actor = guildhall_core::Actor::command_line(workplace);
        let filter = guildhall_core::outbox::Filter {
            limit: 1,
            ..Default::default()
        };
        let newest = guildhall_core::outbox::list(&self.app.db, &actor, &filter)
            .await
            .unwrap();
        let (id, kind) = (newest.items[0].id, newest.items[0].kind);
        let page = match kind {
            LetterKind::PasswordReset => "reset",
            LetterKind::NewDevice => "not-me-here",
            _ => "",
        };
        if !page.is_empty() {
            return format!("/{page}/{}", self.its_own(workplace, id).await);
        }
        let read = guildhall_core::outbox::read(&self.app, &actor, "http://site", id)
            .await
            .unwrap();
        let link = read.link.unwrap();
        link.strip_prefix("http://site").unwrap().to_owned()
    }

    /// The secret of a letter that nobody is shown, as it goes out to its reader.
    async fn its_own(
        &self,
        workplace: guildhall_core::ids::WorkplaceId,
        letter: guildhall_core::ids::LetterId,
    ) -> String {
        let mut tx = self.app.begin().await.unwrap();
        let sealed: String =
            guildhall_store::sql("SELECT sealed FROM outbox WHERE workplace_id = $1 AND id = $2")
                .bind(workplace)
                .bind(letter)
                .scalar(&mut tx)
                .await
                .unwrap();
        self.app
            .sealer
            .open(&format!("outbox {}", letter.0), &sealed)
            .unwrap()
    }

    pub async fn get(&self, cookie: &str, path: &str) -> Answer {
        self.ask(AWAY, cookie, ("GET", path), Value::Null).await
    }
}

pub fn setup() -> Value {
    json!({
        "workplace_name": "Łódź & Søn",
        "display_name": "Ada Lovelace",
        "email": "ada@example.com",
        "password": PASSWORD,
        "time_zone": "Europe/Warsaw",
    })
}

pub const PASSWORD: &str = "correct lantern mussel";

pub async fn on_both<F: AsyncFn(&Server)>(story: F) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("g.db");
    story(&Server::on(Db::open_lite(&file).await.unwrap()).await).await;
    let database = postgres::fresh_database().await;
    let server = Server::on(Db::open_pg(database.url()).await.unwrap()).await;
    story(&server).await;
    server.app.db.close().await;
}

/// A directory that an agent reads; nothing answers where it is said to be.
pub fn directory() -> Value {
    json!({"name": "AD", "password": "secret", "settings": {"kind": "active_directory", "via": "agent",
        "server": {"host": "127.0.0.1", "port": 1, "security": "ldaps", "ca": null, "bind_dn": "bo@example.com"},
        "base": "DC=example,DC=com", "group": null, "invite": false, "automatic": true, "every_minutes": 15,
        "full_hours": 24,
        "mapping": {"rules": [{"field": "email", "attribute": "mail"}], "manager": null, "photo": null}}})
}

/// A rule over people.
pub fn rule() -> Value {
    json!({"mode": "add_remove", "conditions": {"match": "all",
        "tests": [{"field": "department", "op": "is", "values": ["Sales"]}]}})
}

/// A rule that invites.
pub fn invite_rule() -> Value {
    json!({"name": "Mine", "kind": "standing", "most": 10, "conditions": rule()["conditions"]})
}
