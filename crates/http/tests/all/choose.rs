//! One address in several workplaces; and what somebody is told who was cut off.

use crate::common::{HOME, Server, on_both};
use axum::body::Body;
use axum::http::{Request, header};
use guildhall_core::accounts::{self, Change, Policy, ProfileField as Field, Source, Verb, Whom};
use guildhall_core::ids::AccountId;
use guildhall_core::{Actor, Entropy, access, outbox, workplaces};
use serde_json::{Value, json};
use tower::ServiceExt as _;

const GOOD: &str = "violet harbour engine moss";

struct Place {
    actor: Actor,
}

impl Place {
    async fn open(server: &Server, name: &str) -> Self {
        let made = workplaces::create(&server.app, name, "en", "UTC").await.unwrap();
        Self {
            actor: Actor::command_line(made.id),
        }
    }

    async fn change(&self, server: &Server, whom: Whom, source: Source, verb: Verb) -> accounts::Account {
        let change = Change::new(source, verb);
        let done = accounts::change(&server.app, &self.actor, whom, &change, &Policy::default()).await;
        done.unwrap().after.unwrap()
    }

    async fn hire(&self, server: &Server, password: &str, manager: Option<AccountId>) -> accounts::Account {
        let email = if manager.is_some() {
            "bo@example.com"
        } else {
            "mo@example.com"
        };
        let patch = vec![
            (Field::DisplayName, Some(email[..2].to_owned())),
            (Field::Email, Some(email.to_owned())),
            (Field::Manager, manager.map(|id| id.to_string())),
        ];
        let provision = Verb::Provision {
            patch,
            invite: true,
            role: None,
        };
        let made = self.change(server, Whom::New, Source::Admin, provision).await;
        let claim = Verb::Claim { patch: Vec::new() };
        let bo = self
            .change(server, Whom::Is(made.id), Source::SelfService, claim)
            .await;
        let hasher = access::PasswordHasher::new(&Entropy::system()).unwrap();
        access::choose_password(&server.app, &hasher, &bo, password)
            .await
            .unwrap();
        bo
    }
}

struct Got {
    status: u16,
    html: String,
    location: String,
    cookies: Vec<String>,
}

impl Got {
    fn cookie(&self, name: &str) -> &str {
        let cookie = self
            .cookies
            .iter()
            .find(|cookie| cookie.starts_with(&format!("{name}=")));
        cookie
            .unwrap_or_else(|| panic!("{name}: {:?}", self.cookies))
            .split(';')
            .next()
            .unwrap()
    }
}

async fn page(server: &Server, cookie: &str, (method, path): (&str, &str), form: &str) -> Got {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    let response = server.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let text = |value: &header::HeaderValue| value.to_str().unwrap().to_owned();
    Got {
        status: parts.status.as_u16(),
        html: String::from_utf8(bytes.to_vec()).unwrap(),
        location: parts.headers.get(header::LOCATION).map(text).unwrap_or_default(),
        cookies: parts
            .headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(text)
            .collect(),
    }
}

fn form(password: &str) -> String {
    format!("email=Bo%40example.com&password={}", password.replace(' ', "+"))
}

#[tokio::test]
async fn whoever_is_in_several_workplaces_chooses_one() {
    on_both(async |server| {
        let mut places = Vec::new();
        for (name, password) in [("Mill", GOOD), ("Haven <1>", GOOD), ("Tower", "quiet otter lamp bridge")] {
            let place = Place::open(server, name).await;
            let boss = place.hire(server, GOOD, None).await;
            let bo = place.hire(server, password, Some(boss.id)).await;
            places.push((place, bo));
        }
        // Nobody learns from a wrong password where somebody is, and one that is right in one place leads there.
        let wrong = page(server, "", ("POST", "/login"), &form("none of them")).await;
        assert_eq!(wrong.status, 422);
        assert!(!wrong.html.contains("Mill") && wrong.cookies.is_empty(), "{}", wrong.html);
        let tower = page(server, "", ("POST", "/login"), &form("quiet otter lamp bridge")).await;
        let me = server.get(tower.cookie("guildhall"), "/api/v1/me").await.body;
        assert_eq!((tower.location.as_str(), &me["workplace"]["name"]), ("/home", &json!("Tower")));

        let several = page(server, "", ("POST", "/login?next=%2Fgroups%3Fa%3D1"), &form(GOOD)).await;
        assert_eq!((several.status, several.location.as_str()), (303, "/choose?next=%2Fgroups%3Fa%3D1"));
        let ticket = several.cookie("guildhall-choice").to_owned();
        assert!(several.cookies[0].contains("HttpOnly"));
        assert_eq!(server.get(&ticket.replace("-choice", ""), "/api/v1/me").await.status, 401);
        let choose = page(server, &ticket, ("GET", "/choose"), "").await;
        assert!(choose.html.contains("Mill") && choose.html.contains("Haven &#60;1&#62;"), "{}", choose.html);
        assert!(!choose.html.contains("Tower"), "the password is another there: {}", choose.html);

        let chosen = |at: usize| format!("workplace={}", places[at].0.actor.workplace);
        let path = ("POST", several.location.as_str());
        let refused = page(server, &ticket, path, &chosen(2)).await;
        assert_eq!(refused.location, "/login");
        let entered = page(server, &ticket, path, &chosen(1)).await;
        assert_eq!((entered.status, entered.location.as_str()), (303, "/groups?a=1"));
        assert_eq!(entered.cookie("guildhall-choice"), "guildhall-choice=");
        let me = server.get(entered.cookie("guildhall"), "/api/v1/me").await.body;
        assert_eq!(me["workplace"]["name"], "Haven <1>");

        // Without a ticket, with a forged one, or after the password changed, one logs in again.
        for cookie in ["", "guildhall-choice=Zm9yZ2VkZm9yZ2VkZm9yZ2Vk"] {
            let back = page(server, cookie, ("GET", "/choose"), "").await;
            assert_eq!((back.status, back.location.as_str()), (303, "/login"), "{cookie}");
        }
        let hasher = access::PasswordHasher::new(&Entropy::system()).unwrap();
        access::choose_password(&server.app, &hasher, &places[1].1, "amber fiddle coast nine").await.unwrap();
        assert_eq!(page(server, &ticket, path, &chosen(1)).await.location, "/login");

        // Over the API; the password is Mill's alone by now, and then again that of two.
        let given = |workplace: Value| json!({"email": "bo@example.com", "password": GOOD, "workplace_id": workplace});
        let log_in = async |given: Value| server.ask(HOME, "", ("POST", "/api/v1/sessions"), given).await;
        assert_eq!(log_in(given(Value::Null)).await.body["workplace"]["name"], "Mill");
        access::choose_password(&server.app, &hasher, &places[1].1, GOOD).await.unwrap();
        let asked = log_in(given(Value::Null)).await;
        assert_eq!(asked.code(), (409, "choose_workplace"));
        assert_eq!(asked.headers[header::CONTENT_TYPE], "application/problem+json");
        let ids: Vec<&Value> = asked.body["workplaces"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert_eq!(ids.len(), 2, "{}", asked.body);
        let entered = log_in(given(ids[1].clone())).await;
        assert_eq!((entered.status, &entered.body["workplace"]["id"]), (201, ids[1]));

        // A forgotten password: a letter of each, by name; to a stranger nothing.
        page(server, "", ("POST", "/forgot"), "email=bo%40example.com").await;
        page(server, "", ("POST", "/forgot"), "email=no%40example.com").await;
        access::answer_resets(&server.app).await.unwrap();
        for (place, _) in &places {
            let filter = outbox::Filter { limit: 9, ..Default::default() };
            let letters = outbox::list(&server.app.db, &place.actor, &filter).await.unwrap().items;
            let resets = letters.iter().filter(|letter| letter.kind.as_str() == "password_reset").count();
            assert_eq!(resets, 1, "{}", place.actor.workplace);
        }
    })
    .await;
}

#[tokio::test]
async fn who_was_cut_off_is_told_why_and_nobody_else_is() {
    on_both(async |server| {
        let mill = Place::open(server, "Mill").await;
        let boss = mill.hire(server, GOOD, None).await;
        let bo = mill.hire(server, GOOD, Some(boss.id)).await;
        let page_of = async |cookie: &str| page(server, cookie, ("GET", "/login"), "").await;
        let entered = page(server, "", ("POST", "/login"), &form(GOOD)).await;
        let cookie = entered.cookie("guildhall").to_owned();
        let other = page(server, "", ("POST", "/login"), &form(GOOD)).await;
        let other = other.cookie("guildhall").to_owned();
        assert!(
            !page_of(&cookie).await.html.contains("role=\"status\""),
            "they are in"
        );

        mill.change(server, Whom::Is(bo.id), Source::File, Verb::Deactivate)
            .await;
        let told = page_of(&cookie).await;
        assert!(
            told.html.contains("Your account at Mill was deactivated")
                && told.html.contains("ask mo or an admin of Mill"),
            "{}",
            told.html
        );
        assert_eq!(
            told.cookie("guildhall"),
            "guildhall=",
            "it is told once: others may use this browser"
        );
        for stranger in ["", "guildhall=guessed", "guildhall="] {
            assert!(!page_of(stranger).await.html.contains("Mill"), "{stranger}");
        }
        let refused = page(server, "", ("POST", "/login"), &form(GOOD)).await;
        assert!(
            refused.status == 422 && !refused.html.contains("deactivated"),
            "{}",
            refused.html
        );

        mill.change(server, Whom::Is(bo.id), Source::File, Verb::Reactivate)
            .await;
        assert!(!page_of(&cookie).await.html.contains("Mill"));
        let hasher = access::PasswordHasher::new(&Entropy::system()).unwrap();
        access::choose_password(&server.app, &hasher, &bo, "amber fiddle coast nine")
            .await
            .unwrap();
        assert!(
            !page_of(&other).await.html.contains("changed"),
            "it had ended before"
        );
    })
    .await;
}
