//! Second factors over HTTP, on both databases: passkeys, six digits, recovery codes, what a workplace asks for, and the proof
//! before something dangerous.

use std::sync::Arc;

use crate::common::{AWAY, Answer, HOME, PASSWORD, Server, on_both};
use axum::http::header;
use guildhall_core::{App, Clock, Moment, SetClock, factors, outbox, workplaces};
use guildhall_testkit::passkey::Passkey;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};

const ORIGIN: &str = "http://localhost:8080";

/// The six digits of `steps` steps from now.
fn digits(secret: &str, at: Moment, steps: i64) -> String {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .with_account_name("a")
        .build()
        .unwrap();
    let seconds = u64::try_from(at.ms() / 1000 + steps * 30).unwrap();
    totp.generate(seconds).to_string().replace(' ', "")
}

/// All that the browser was given to keep.
fn kept(answer: &Answer) -> String {
    let cookies = answer.headers.get_all(header::SET_COOKIE).iter();
    let pairs = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs
        .filter(|pair| !pair.ends_with('='))
        .collect::<Vec<_>>()
        .join("; ")
}

struct Story<'a> {
    server: &'a Server,
    hands: Arc<SetClock>,
    admin: String,
}

impl Story<'_> {
    fn app(&self) -> &App {
        &self.server.app
    }

    async fn post(&self, cookie: &str, path: &str, body: Value) -> Answer {
        self.server.ask(AWAY, cookie, ("POST", path), body).await
    }

    async fn add_app(&self) -> (String, Vec<String>) {
        let fresh = self
            .post(&self.admin, "/api/v1/me/factors/app", Value::Null)
            .await;
        assert_eq!(fresh.status, 200, "{}", fresh.body);
        let secret = fresh.body["secret"].as_str().unwrap().to_owned();
        assert!(fresh.body["uri"].as_str().unwrap().starts_with("otpauth://totp/"));
        assert!(fresh.body["qr"].as_str().unwrap().starts_with("<svg"));
        let code = digits(&secret, self.app().now(), 0);
        let shown = |code: &str| json!({"setup": fresh.body["setup"], "code": code});
        let put = ("PUT", "/api/v1/me/factors/app");
        let wrong = self.server.ask(AWAY, &self.admin, put, shown("000000")).await;
        assert_eq!(
            (wrong.status, &wrong.body["errors"][0]["field"]),
            (422, &json!("code"))
        );
        let done = self.server.ask(AWAY, &self.admin, put, shown(&code)).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let codes: Vec<String> = serde_json::from_value(done.body["recovery_codes"].clone()).unwrap();
        (secret, codes)
    }

    async fn add_passkey(&self) -> (Passkey, Answer) {
        let asked = self
            .post(&self.admin, "/api/v1/me/passkeys/challenge", Value::Null)
            .await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        let (passkey, credential) = Passkey::make(ORIGIN, &asked.body["options"]);
        let given =
            json!({"passkey": {"round": asked.body["round"], "credential": credential}, "name": "My laptop"});
        let added = self.post(&self.admin, "/api/v1/me/passkeys", given).await;
        assert_eq!(added.status, 201, "{}", added.body);
        (passkey, added)
    }

    /// The password, which is right; with what the browser keeps.
    async fn password(&self, cookie: &str) -> Answer {
        let given = json!({"email": "ada@example.com", "password": PASSWORD});
        self.post(cookie, "/api/v1/sessions", given).await
    }

    async fn letters(&self) -> Vec<String> {
        let actor = guildhall_core::Actor::command_line(workplaces::all(&self.app().db).await.unwrap()[0].id);
        let filter = outbox::Filter {
            limit: 100,
            ..outbox::Filter::default()
        };
        let found = outbox::list(&self.app().db, &actor, &filter).await.unwrap();
        found
            .items
            .iter()
            .map(|letter| letter.kind.as_str().to_owned())
            .collect()
    }
}

async fn stories<F: AsyncFn(Story<'_>)>(story: F) {
    on_both(async |server| {
        let hands = Arc::new(SetClock::new(guildhall_core::SystemClock.now()));
        let server = server.with_clock(hands.clone());
        let admin = kept(&server.set_up().await);
        story(Story {
            server: &server,
            hands,
            admin,
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn six_digits_are_asked_after_the_password_and_work_once() {
    stories(async |story| {
        let (secret, codes) = story.add_app().await;
        assert_eq!(codes.len(), 10);
        let asked = story.password("").await;
        assert_eq!(asked.code(), (409, "second_factor"));
        assert_eq!(asked.body["step"]["need"], "show");
        assert_eq!(
            (&asked.body["step"]["totp"], &asked.body["step"]["recovery_codes"]),
            (&json!(true), &json!(10))
        );
        let ticket = kept(&asked);
        assert!(story.server.get(&ticket, "/api/v1/me").await.code() == (401, "not_signed_in"));
        let step = story.server.get(&ticket, "/api/v1/sessions/step").await;
        assert_eq!((step.status, &step.body["may_remember"]), (200, &json!(true)));
        assert_eq!(
            story.server.get("", "/api/v1/sessions/step").await.code(),
            (409, "too_late")
        );

        // The step in which it was set up is used.
        let used = json!({"code": digits(&secret, story.app().now(), 0)});
        assert_eq!(
            story.post(&ticket, "/api/v1/sessions/step", used).await.code(),
            (409, "wrong_code")
        );
        let right = json!({"code": digits(&secret, story.app().now(), 1)});
        let entered = story.post(&ticket, "/api/v1/sessions/step", right.clone()).await;
        assert_eq!(entered.status, 201, "{}", entered.body);
        assert_eq!(story.server.get(&kept(&entered), "/api/v1/me").await.status, 200);
        assert_eq!(
            story
                .post(&ticket, "/api/v1/sessions/step", right.clone())
                .await
                .code(),
            (409, "too_late")
        );
        let again = kept(&story.password("").await);
        assert_eq!(
            story.post(&again, "/api/v1/sessions/step", right).await.code(),
            (409, "wrong_code")
        );

        // Whoever only knows the password can't guess for long.
        let mut told = Vec::new();
        for _ in 0..6 {
            let guess = story
                .post(&again, "/api/v1/sessions/step", json!({"code": "000000"}))
                .await;
            told.push(guess.code().1.to_owned());
        }
        assert!(told.contains(&"wait".to_owned()), "{told:?}");
        let log = story.server.get(&story.admin, "/api/v1/me/sign-ins").await;
        let failed = log.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["entered"] == false);
        assert!(failed.count() >= 2, "{}", log.body);
        assert!(story.letters().await.contains(&"factor_added".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_works_once_and_few_are_told() {
    stories(async |story| {
        let (_, codes) = story.add_app().await;
        let ticket = kept(&story.password("").await);
        let typed = json!({"code": codes[0].to_lowercase().replace('-', " ")});
        let entered = story.post(&ticket, "/api/v1/sessions/step", typed.clone()).await;
        assert_eq!(entered.status, 201, "{}", entered.body);
        let ticket = kept(&story.password("").await);
        assert_eq!(
            story.post(&ticket, "/api/v1/sessions/step", typed).await.code(),
            (409, "wrong_code")
        );
        let mine = story.server.get(&story.admin, "/api/v1/me/factors").await.body;
        assert_eq!(
            (&mine["recovery_codes"], &mine["asked"]),
            (&json!(9), &json!(false))
        );
        assert!(story.letters().await.contains(&"recovery_code_used".to_owned()));

        let new = story
            .post(&story.admin, "/api/v1/me/recovery-codes", Value::Null)
            .await;
        assert_eq!(new.body["recovery_codes"].as_array().unwrap().len(), 10);
        let old = json!({"code": codes[1]});
        assert_eq!(
            story.post(&ticket, "/api/v1/sessions/step", old).await.code(),
            (409, "wrong_code")
        );

        // Without the app there is nothing that they could stand in for.
        let gone = story
            .server
            .ask(
                AWAY,
                &story.admin,
                ("DELETE", "/api/v1/me/factors/app"),
                Value::Null,
            )
            .await;
        assert_eq!(gone.status, 204);
        assert_eq!(story.password("").await.status, 201);
        let none = story
            .post(&story.admin, "/api/v1/me/recovery-codes", Value::Null)
            .await;
        assert_eq!(none.code(), (409, "no_second_factor"));
        assert!(story.letters().await.contains(&"factor_removed".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_passkey_lets_in_alone_and_as_a_second_factor() {
    stories(async |story| {
        let (mut passkey, added) = story.add_passkey().await;
        assert_eq!(added.body["passkey"]["name"], "My laptop");
        assert_eq!(added.body["recovery_codes"].as_array().unwrap().len(), 10);

        let challenge = "/api/v1/sessions/passkey/challenge";
        let asked = story.post("", challenge, Value::Null).await;
        let given = json!({"round": asked.body["round"], "credential": passkey.show(&asked.body["options"])});
        let entered = story.post("", "/api/v1/sessions/passkey", given.clone()).await;
        assert_eq!(entered.status, 201, "{}", entered.body);
        let own = story.server.get(&kept(&entered), "/api/v1/me/sessions").await;
        let current = own.body["items"].as_array().unwrap().iter().find(|one| one["current"] == true);
        assert_eq!(current.unwrap()["method"], "passkey");
        let twice = story.post("", "/api/v1/sessions/passkey", given).await;
        assert_eq!(twice.code(), (409, "wrong_passkey"), "an answer works once");

        // As the second factor, once for each question, and for that question only.
        let ticket = kept(&story.password("").await);
        let asked = story.post(&ticket, "/api/v1/sessions/step/challenge", Value::Null).await;
        let other = story.post("", challenge, Value::Null).await;
        let mixed = json!({"passkey": {"round": asked.body["round"], "credential": passkey.show(&other.body["options"])}});
        assert_eq!(story.post(&ticket, "/api/v1/sessions/step", mixed).await.code(), (409, "wrong_passkey"));
        let asked = story.post(&ticket, "/api/v1/sessions/step/challenge", Value::Null).await;
        let given = json!({"passkey": {"round": asked.body["round"], "credential": passkey.show(&asked.body["options"])}});
        assert_eq!(story.post(&ticket, "/api/v1/sessions/step", given).await.status, 201);

        // Another name, and away with it.
        let path = format!("/api/v1/me/passkeys/{}", added.body["passkey"]["id"].as_str().unwrap());
        let named = story.server.ask(AWAY, &story.admin, ("PATCH", &path), json!({"name": " Work laptop "})).await;
        assert_eq!(named.status, 204);
        let mine = story.server.get(&story.admin, "/api/v1/me/factors").await.body;
        assert_eq!(mine["passkeys"][0]["name"], "Work laptop");
        assert!(mine["passkeys"][0]["last_used_at"].is_string(), "{mine}");
        assert!(mine["no_passkeys"].is_null());
        let gone = story.server.ask(AWAY, &story.admin, ("DELETE", &path), Value::Null).await;
        assert_eq!(gone.status, 204);
        let asked = story.post("", challenge, Value::Null).await;
        let given = json!({"round": asked.body["round"], "credential": passkey.show(&asked.body["options"])});
        assert_eq!(story.post("", "/api/v1/sessions/passkey", given).await.code(), (409, "wrong_passkey"));
        assert_eq!(story.password("").await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn a_workplace_asks_its_admins_for_a_second_factor() {
    stories(async |story| {
        let policy = |days: i64| json!({"settings": {"second_factor": "admins", "second_factor_days": days}});
        let patch = ("PATCH", "/api/v1/workplace");
        assert_eq!(
            story
                .server
                .ask(AWAY, &story.admin, patch, policy(2))
                .await
                .status,
            200
        );
        let asked = story.password("").await;
        assert_eq!(asked.code(), (409, "second_factor_missing"));
        assert_eq!(asked.body["step"]["need"], "set_up");
        assert!(asked.body["step"]["later"].is_string(), "{}", asked.body);
        let later = json!({"later": true});
        let put_off = story
            .post(&kept(&asked), "/api/v1/sessions/step/factor", later.clone())
            .await;
        assert_eq!(
            (put_off.status, &put_off.body["recovery_codes"]),
            (201, &json!([]))
        );
        assert_eq!(factors::enforce(story.app()).await.unwrap(), 0);

        // When the days are over there is no way round, and whoever is in is out.
        story.hands.turn(3 * 24 * 60 * 60);
        assert_eq!(factors::enforce(story.app()).await.unwrap(), 1);
        assert_eq!(
            story.server.get(&story.admin, "/api/v1/me").await.code(),
            (401, "not_signed_in")
        );
        let why = story.server.text(&story.admin, "/login").await;
        assert!(why.contains("asks you for a second factor"), "{why}");
        let asked = story.password("").await;
        assert!(asked.body["step"]["later"].is_null(), "{}", asked.body);
        let ticket = kept(&asked);
        let refused = story.post(&ticket, "/api/v1/sessions/step/factor", later).await;
        assert_eq!(refused.code(), (409, "not_asked"));
        let page = story.server.text(&ticket, "/second").await;
        assert!(
            page.contains("Set up a second factor") && page.contains("<svg") && !page.contains("Later"),
            "{page}"
        );
        let fresh = story
            .post(&ticket, "/api/v1/sessions/step/app", Value::Null)
            .await;
        let code = digits(fresh.body["secret"].as_str().unwrap(), story.app().now(), 0);
        let given = json!({"setup": fresh.body["setup"], "code": code});
        let entered = story.post(&ticket, "/api/v1/sessions/step/factor", given).await;
        assert_eq!(entered.status, 201, "{}", entered.body);
        assert_eq!(entered.body["recovery_codes"].as_array().unwrap().len(), 10);
        let session = kept(&entered);
        assert_eq!(factors::enforce(story.app()).await.unwrap(), 0);

        // The last one can't be given up while it is asked for; an admin can take it away, and it is asked for anew.
        let gone = story
            .server
            .ask(AWAY, &session, ("DELETE", "/api/v1/me/factors/app"), Value::Null)
            .await;
        assert_eq!(gone.code(), (409, "second_factor_needed"));
        let id = entered.body["me"]["account"]["id"].as_str().unwrap();
        let path = format!("/api/v1/people/{id}/factors");
        let seen = story.server.get(&session, &path).await.body;
        assert!(seen["totp"].is_object() && seen.get("secret").is_none(), "{seen}");
        let taken = story
            .server
            .ask(AWAY, &session, ("DELETE", &path), Value::Null)
            .await;
        assert_eq!(taken.status, 204);
        let none = story
            .server
            .ask(AWAY, &session, ("DELETE", &path), Value::Null)
            .await;
        assert_eq!(none.code(), (409, "no_second_factor"));
        assert_eq!(story.password("").await.code(), (409, "second_factor_missing"));
    })
    .await;
}

#[tokio::test]
async fn whoever_must_have_one_can_make_a_passkey_at_the_log_in() {
    stories(async |story| {
        let policy = json!({"settings": {"second_factor": "everyone", "second_factor_days": 0}});
        let patch = ("PATCH", "/api/v1/workplace");
        assert_eq!(
            story.server.ask(AWAY, &story.admin, patch, policy).await.status,
            200
        );
        let ticket = kept(&story.password("").await);
        let asked = story
            .post(&ticket, "/api/v1/sessions/step/challenge", Value::Null)
            .await;
        let (_, credential) = Passkey::make(ORIGIN, &asked.body["options"]);
        let given = json!({"passkey": {"round": asked.body["round"], "credential": credential}});
        let entered = story.post(&ticket, "/api/v1/sessions/step/factor", given).await;
        assert_eq!(entered.status, 201, "{}", entered.body);
        assert_eq!(story.password("").await.body["step"]["passkeys"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_remembered_until_it_is_forgotten_or_the_password_changes() {
    stories(async |story| {
        let (secret, _) = story.add_app().await;
        let mut at = 0;
        let mut enter = async || {
            at += 1;
            story.hands.turn(30);
            let ticket = kept(&story.password("").await);
            let given = json!({"code": digits(&secret, story.app().now(), 0), "remember": true});
            let entered = story.post(&ticket, "/api/v1/sessions/step", given).await;
            assert_eq!(entered.status, 201, "{at}: {}", entered.body);
            kept(&entered)
        };
        let device = |cookies: &str| {
            let found = cookies
                .split("; ")
                .find(|pair| pair.starts_with("guildhall-device="));
            found.unwrap_or_else(|| panic!("{cookies}")).to_owned()
        };
        let cookies = enter().await;
        let known = device(&cookies);
        assert_eq!(story.password(&known).await.status, 201, "not asked here");
        assert_eq!(
            story.password("").await.code(),
            (409, "second_factor"),
            "elsewhere"
        );
        assert_eq!(
            story.password("guildhall-device=x").await.code(),
            (409, "second_factor")
        );

        let mine = story.server.get(&cookies, "/api/v1/me/factors").await.body;
        let path = format!(
            "/api/v1/me/devices/{}",
            mine["devices"][0]["id"].as_str().unwrap()
        );
        let gone = ("DELETE", path.as_str());
        assert_eq!(
            story.server.ask(AWAY, &cookies, gone, Value::Null).await.status,
            204
        );
        assert_eq!(
            story.server.ask(AWAY, &cookies, gone, Value::Null).await.status,
            404
        );
        assert_eq!(story.password(&known).await.code(), (409, "second_factor"));

        // The workplace lets no browser be remembered: those that were are forgotten, and stay so when it lets them again.
        let cookies = enter().await;
        let known = device(&cookies);
        for remember in [false, true] {
            let edit = json!({"settings": {"remember_devices": remember}});
            let workplace = ("PATCH", "/api/v1/workplace");
            let saved = story.server.ask(AWAY, &cookies, workplace, edit).await;
            assert_eq!(saved.status, 200, "{}", saved.body);
            let mine = story.server.get(&cookies, "/api/v1/me/factors").await.body;
            assert_eq!(mine["devices"], json!([]));
            assert_eq!(story.password(&known).await.code(), (409, "second_factor"));
        }

        // Another password: it is asked everywhere.
        let cookies = enter().await;
        let known = device(&cookies);
        let new = json!({"current": PASSWORD, "new": "violet harbour engine moss"});
        let changed = story
            .server
            .ask(AWAY, &cookies, ("PUT", "/api/v1/me/password"), new)
            .await;
        assert_eq!(changed.status, 204, "{}", changed.body);
        let given = json!({"email": "ada@example.com", "password": "violet harbour engine moss"});
        let asked = story.post(&known, "/api/v1/sessions", given).await;
        assert_eq!(asked.code(), (409, "second_factor"));
    })
    .await;
}

#[tokio::test]
async fn what_is_dangerous_takes_a_proof() {
    stories(async |story| {
        let token = json!({"name": "Script", "scopes": ["people.read"], "expires_at": null});
        let make = async || story.post(&story.admin, "/api/v1/tokens", token.clone()).await;
        let made = make().await;
        assert_eq!(made.status, 201, "{}", made.body);
        story.hands.turn(15 * 60);
        assert_eq!(make().await.code(), (409, "prove_yourself"));
        for (method, path, body) in [
            ("POST", "/api/v1/sso/providers", json!({"name": "Entra ID"})),
            ("POST", "/api/v1/roles", json!({"name": "Reader", "description": "", "permissions": ["people.read"]})),
            ("POST", "/api/v1/me/recovery-codes", Value::Null),
            ("POST", "/api/v1/me/passkeys/challenge", Value::Null),
            ("DELETE", "/api/v1/me/factors/app", Value::Null),
            ("POST", "/api/v1/kiosks", json!({"name": "Line 3", "idle_seconds": 120})),
            ("PATCH", "/api/v1/workplace", json!({"settings": {"second_factor": "everyone"}})),
            ("PATCH", "/api/v1/workplace", json!({"settings": {"log_in_again_days": 30}})),
            ("PATCH", "/api/v1/workplace", json!({"settings": {"without_email": true}})),
        ] {
            let refused = story.server.ask(AWAY, &story.admin, (method, path), body).await;
            assert_eq!(refused.code(), (409, "prove_yourself"), "{path}");
        }
        let name = json!({"name": "Northgate"});
        assert_eq!(story.server.ask(AWAY, &story.admin, ("PATCH", "/api/v1/workplace"), name).await.status, 200);

        let proof = async |body: Value| story.post(&story.admin, "/api/v1/me/proof", body).await;
        let wrong = proof(json!({"password": "a wrong one"})).await;
        assert_eq!((wrong.status, &wrong.body["errors"][0]["field"]), (422, &json!("password")));
        assert_eq!(make().await.code(), (409, "prove_yourself"));
        assert_eq!(proof(json!({"password": PASSWORD})).await.status, 204);
        assert_eq!(make().await.status, 201);
        let (secret, _) = story.add_app().await;
        story.hands.turn(15 * 60);
        let alone = proof(json!({"password": PASSWORD})).await;
        assert_eq!((alone.status, &alone.body["errors"][0]["field"]), (422, &json!("password")), "a second factor is there");
        assert_eq!(make().await.code(), (409, "prove_yourself"));
        assert_eq!(proof(json!({"code": "000000"})).await.status, 422);
        assert_eq!(proof(json!({"code": digits(&secret, story.app().now(), 0)})).await.status, 204);
        let (mut passkey, _) = story.add_passkey().await;
        story.hands.turn(15 * 60);
        let asked = story.post(&story.admin, "/api/v1/me/proof/challenge", Value::Null).await;
        let given = json!({"passkey": {"round": asked.body["round"], "credential": passkey.show(&asked.body["options"])}});
        assert_eq!(proof(given).await.status, 204);
        assert_eq!(make().await.status, 201);
        // A program has no session: its scopes say what it may do.
        story.hands.turn(60 * 60);
        let bearer = format!("Bearer {}", made.body["token"].as_str().unwrap());
        assert_eq!(story.server.bearer(&bearer, "GET", "/api/v1/people", Value::Null).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_was_never_used_is_told_by_letter() {
    stories(async |story| {
        let new = async || {
            story
                .letters()
                .await
                .iter()
                .filter(|kind| *kind == "new_device")
                .count()
        };
        assert_eq!(new().await, 0, "the set-up is no news");
        let home = json!({"email": "ada@example.com", "password": PASSWORD});
        let path = ("POST", "/api/v1/sessions");
        assert_eq!(story.server.ask(HOME, "", path, home.clone()).await.status, 201);
        assert_eq!(
            new().await,
            0,
            "it looks like the one of the set-up, and is where that was"
        );
        let away = story.server.ask(AWAY, "", path, home.clone()).await;
        assert_eq!((away.status, new().await), (201, 1), "from elsewhere");
        let made_up = format!("guildhall-kiosk=anything; {}", kept(&away));
        let elsewhere = story
            .server
            .ask("198.51.100.9:9", "guildhall-kiosk=anything", path, home.clone())
            .await;
        assert_eq!(
            (elsewhere.status, new().await),
            (201, 2),
            "a made-up kiosk is none"
        );
        let again = story
            .server
            .ask("198.51.100.9:9", &made_up, path, home.clone())
            .await;
        assert_eq!((again.status, new().await), (201, 2));
        let former = story.server.get(&kept(&away), "/api/v1/me").await;
        assert_eq!(former.status, 401, "the browser has another session now");
        let known = kept(&away);
        assert_eq!(
            story
                .server
                .ask("198.51.100.4:9", &known, path, home)
                .await
                .status,
            201
        );
        assert_eq!(new().await, 2, "the same browser, wherever it is");
    })
    .await;
}

#[tokio::test]
async fn the_pages_need_no_script() {
    stories(async |story| {
        let (secret, _) = story.add_app().await;
        let login = story.server.text("", "/login?next=/people").await;
        assert!(
            login.contains("data-challenge=\"/api/v1/sessions/passkey/challenge\""),
            "{login}"
        );
        assert!(
            login.contains("<script src=\"/passkey.js\" defer></script>"),
            "{login}"
        );
        let form = async |cookie: &str, path: &str, body: &str| story.server.form(cookie, path, body).await;
        let typed = format!("email=ada%40example.com&password={}", PASSWORD.replace(' ', "+"));
        let led = form("", "/login?next=/people", &typed).await;
        assert_eq!(led.headers[header::LOCATION], "/second?next=%2Fpeople");
        let ticket = kept(&led);
        let page = story.server.text(&ticket, "/second?next=%2Fpeople").await;
        assert!(
            page.contains("One more step") && page.contains("Don't ask on this device")
                || page.contains("Don&#39;t ask"),
            "{page}"
        );
        let wrong = form(&ticket, "/second?next=%2Fpeople", "code=12").await;
        assert_eq!(wrong.status, 422);
        let right = format!("code={}", digits(&secret, story.app().now(), 1));
        let entered = form(&ticket, "/second?next=%2Fpeople", &right).await;
        assert_eq!(
            (
                entered.status,
                entered.headers[header::LOCATION].to_str().unwrap()
            ),
            (303, "/people")
        );
        assert_eq!(story.server.get(&kept(&entered), "/api/v1/me").await.status, 200);
        let over = form("", "/second", "code=1").await;
        assert_eq!(over.headers[header::LOCATION], "/login?next=");
    })
    .await;
}

#[tokio::test]
async fn pages_that_ask_by_themselves_leave_room_for_whoever_presses_the_button() {
    stories(async |story| {
        let asks = async |how: &str| {
            let path = format!("/api/v1/sessions/passkey/challenge{how}");
            story.post("", &path, Value::Null).await
        };
        for _ in 0..250 {
            assert_eq!(asks("?quiet=true").await.status, 200);
        }
        assert_eq!(asks("?quiet=true").await.code(), (409, "wait"));
        assert_eq!(asks("").await.status, 200);
    })
    .await;
}
