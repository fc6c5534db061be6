//! What else passes between an identity provider and us: what was refused and why, encryption, log-out begun here, weak
//! algorithms for a while, new certificates in the middle, clocks that differ, a provider that is down.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_core::{Moment, SetClock, sso};
use guildhall_store::sql;
use guildhall_testkit::web::WebSites;
use guildhall_wire::saml::logout::{self, Leave, Message};
use guildhall_wire::saml::request::Kind;
use guildhall_wire::saml::{self, OurKey, Trust};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::common::{Server, on_both};
use crate::sso::hall::{Hall, ask, get, metadata, sent};
use crate::sso::idp::{self, Says};

const KEY: &str = include_str!("../../../../wire/tests/saml/idp.key");
const NEW_KEY: &str = include_str!("../../../../wire/tests/saml/other.key");
const NEW_PEM: &str = include_str!("../../../../wire/tests/saml/other.pem");
const SHORT_PEM: &str = include_str!("../../../../wire/tests/saml/short.pem");

impl Hall<'_> {
    async fn refused(&self, how: &str, says: Says) -> Value {
        let cookie = if how == "test" { self.admin.as_str() } else { "" };
        let page = self.round(cookie, how, says).await;
        assert!(page.cookie("guildhall").is_none(), "{}", page.text);
        self.newest().await
    }

    /// Our certificate, as our metadata tell it for a purpose.
    async fn ours(&self, purpose: &str) -> Vec<u8> {
        let own = get(self.server, "", &format!("/sso/saml/{}/metadata", self.id())).await;
        let of = own.text.split(&format!("use=\"{purpose}\"")).nth(1).unwrap();
        let text = of.split("X509Certificate>").nth(1).unwrap();
        STANDARD.decode(text.split('<').next().unwrap()).unwrap()
    }
}

#[tokio::test]
async fn what_was_refused_is_in_the_log_with_what_it_seemed_to_say() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let says = hall.says("bo@hall.example");
        let came = |row: &Value| -> Value { serde_json::from_str(row["came"].as_str().unwrap()).unwrap() };
        // Not signed by the provider: it is told, and that anybody may have written it.
        let foreign = Says {
            key: NEW_KEY,
            audience: format!("https://{}.example", "long".repeat(100)),
            ..says.clone()
        };
        let row = hall.refused("start", foreign).await;
        let seen = came(&row);
        assert_eq!(
            (
                row["result"].as_str(),
                &seen["verified"],
                seen["name_id"].as_str()
            ),
            (Some("signature"), &json!(false), Some("bo@hall.example")),
            "{row}"
        );
        assert_eq!(seen["audience"][0].as_str().unwrap().len(), 200, "{seen}");
        assert!(!row["came"].as_str().unwrap().contains("SignatureValue"));
        // Signed, and for somebody else.
        let audience = Says {
            audience: "https://other.example".into(),
            ..says.clone()
        };
        let row = hall.refused("start", audience.clone()).await;
        let seen = came(&row);
        assert_eq!(
            (&seen["verified"], &seen["audience"][0]),
            (&json!(true), &json!("https://other.example")),
            "{seen}"
        );
        assert_eq!(seen["attributes"]["groups"], json!(["one", "two"]));
        // Tests, too: before and after it is believed.
        let row = hall.refused("test", audience).await;
        assert!(row["reason"].as_str().unwrap().starts_with("A test: "), "{row}");
        assert_eq!(row["account_name"], "Ada Lovelace");
        let row = hall.refused("test", hall.says("bo@evil.example")).await;
        assert_eq!(
            (row["result"].as_str(), row["typed"].as_str()),
            (Some("domain_not_verified"), Some("bo@evil.example"))
        );
        assert!(row["reason"].as_str().unwrap().starts_with("A test: "), "{row}");
        // What is no document at all leaves nothing but the reason.
        let (_, relay, _) = hall.begin("", "start").await;
        assert_eq!(hall.acs("<a>&b;</a>", &relay).await.status, 403);
        assert_eq!(hall.newest().await["came"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_network_that_begins_very_many_log_ins_waits() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let now = server.app.now();
        let subject = server.app.sealer.digest("single sign-on from\x00203.0.113.9");
        let mut tx = server.app.begin().await.unwrap();
        let full = now.plus_seconds(3_000 / 5 + 30).ms();
        sql("UPDATE code_paces SET forgotten_at = $1 WHERE subject = $2")
            .bind(full)
            .bind(&subject)
            .execute(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let start = get(server, "", &format!("/sso/saml/{}/start", hall.id())).await;
        assert!(
            start.status == 429 && start.text.contains("wait"),
            "{}",
            start.text
        );
        let answer = hall.acs(&sent(&hall.says("bo@hall.example")), "x").await;
        assert!(
            answer.status == 429 && answer.text.contains("wait"),
            "{}",
            answer.text
        );
    })
    .await;
}

#[tokio::test]
async fn an_assertion_that_only_we_can_read_lets_in() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        let certificate = hall.ours("encryption").await;
        assert_eq!(certificate, hall.ours("signing").await);
        let mut last = None;
        for (data, for_us) in [
            ("http://www.w3.org/2009/xmlenc11#aes256-gcm", true),
            ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", true),
            ("http://www.w3.org/2009/xmlenc11#aes256-gcm", false),
        ] {
            let (request, relay, browser) = hall.begin("", "start").await;
            let says = Says {
                in_response_to: Some(request),
                ..hall.says("bo@hall.example")
            };
            let id = format!("_{}", guildhall_core::Entropy::system().secret());
            let reader = if for_us {
                certificate.clone()
            } else {
                idp::der(NEW_PEM)
            };
            let assertion = idp::encrypted_for(
                &reader,
                &says.signed(&says.assertion(&id), &id),
                data,
                "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
            );
            let response = says.response("_r1", &assertion);
            assert!(!response.contains("bo@hall.example"));
            let back = hall.acs(&response, &relay).await;
            if for_us {
                let welcome = get(server, &browser, back.to()).await;
                assert!(welcome.text.contains("Hello bo"), "{}", welcome.text);
            }
            last = Some(back);
        }
        let refused = last.unwrap();
        assert!(
            refused.status == 403 && refused.text.contains("encrypted"),
            "{}",
            refused.text
        );
        let row = hall.newest().await;
        assert!(
            row["came"].as_str().unwrap().contains("\"encrypted\":true"),
            "{row}"
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_logs_out_here_is_out_there_where_that_is_wanted() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        let bo = hall.come("bo@hall.example").await;
        let out = "/api/v1/sessions/current";
        assert_eq!(server.send(&bo, "DELETE", out, Value::Null).await.status, 204);
        hall.edit(json!({"settings": {"ends_there": true}})).await;
        let enter = async || hall.log_in("bo@hall.example").await.cookie("guildhall").unwrap();
        let bo = enter().await;
        let left = server.send(&bo, "DELETE", out, Value::Null).await;
        assert_eq!(left.status, 200, "{}", left.body);
        assert_eq!(server.get(&bo, "/api/v1/me").await.status, 401);
        // The provider reads our request with the certificate that our metadata tell.
        let to = left.body["leads_to"].as_str().unwrap().to_owned();
        let query = to.strip_prefix("https://idp.example/slo?").unwrap();
        let trust = Trust::new(vec![hall.ours("signing").await], false).unwrap();
        let asked = logout::redirected(query, &trust).unwrap();
        assert_eq!(asked.issuer, hall.provider["ours"]["entity_id"].as_str().unwrap());
        let Message::Request {
            name_id, sessions, ..
        } = asked.message
        else {
            panic!("that is no request");
        };
        assert_eq!(
            (name_id.value.as_str(), sessions),
            ("bo@hall.example", vec!["_s1".to_owned()])
        );
        assert!(
            name_id
                .format
                .is_some_and(|format| format.ends_with("emailAddress"))
        );
        let answer = Leave {
            id: "_bye",
            issued: server.app.now().timestamp(),
            issuer: idp::ISSUER,
            destination: hall.provider["ours"]["log_out_url"].as_str().unwrap(),
        };
        let xml = answer.response(&asked.id);
        let back =
            saml::request::redirect(answer.destination, Kind::Response, &xml, "", OurKey(KEY)).unwrap();
        let back = get(server, "", back.strip_prefix("http://localhost:8080").unwrap()).await;
        assert_eq!((back.status, back.to()), (303, "/login"));
        // Without a script: a page asks, and the next one leads on.
        let bo = enter().await;
        assert!(get(server, &bo, "/logout").await.text.contains("Log out?"));
        let page = ask(server, &bo, ("POST", "/logout"), &[], "same-origin").await;
        assert!(
            page.text.contains("https://idp.example/slo?SAMLRequest="),
            "{}",
            page.text
        );
        assert_eq!(server.get(&bo, "/api/v1/me").await.status, 401);
        let page = ask(server, &hall.admin, ("POST", "/logout"), &[], "same-origin").await;
        assert_eq!(
            (page.status, page.to()),
            (303, "/login"),
            "who came by a password stays here"
        );
        assert_eq!(get(server, "", "/logout").await.to(), "/login");
    })
    .await;
}

#[tokio::test]
async fn weak_algorithms_are_accepted_until_a_day_and_no_longer() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        hall.come("bo@hall.example").await;
        let weak = || Says {
            digest: "http://www.w3.org/2000/09/xmldsig#sha1",
            ..hall.says("bo@hall.example")
        };
        let row = hall.refused("start", weak()).await;
        assert_eq!(row["result"], "weak_algorithm", "{row}");
        let until = async |days: i64| {
            let until = server.app.now().plus_days(days);
            hall.edit(json!({"settings": {"weak_until": until}})).await
        };
        assert_eq!(until(181).await["errors"][0]["field"], "weak_until");
        assert_eq!(until(20).await["weak"], true);
        let entered = hall.round("", "start", weak()).await;
        assert!(entered.cookie("guildhall").is_some(), "{}", entered.text);
        let short = json!({"by_hand": {"entity_id": idp::ISSUER, "sign_on_url": "https://idp.example/sso", "certificates": SHORT_PEM}});
        assert_eq!(hall.edit(short.clone()).await["connection"]["entity_id"], idp::ISSUER);
        hall.edit(json!({"metadata": metadata()})).await;
        let test = hall.round(&hall.admin, "test", hall.says("bo@hall.example")).await;
        assert!(test.text.contains("It works"), "{}", test.text);
        // Admins are told, once, before it ends.
        let mut later = server.app.clone();
        later.clock = Arc::new(SetClock::new(server.app.now().plus_days(14)));
        sso::work(&later).await.unwrap();
        later.clock = Arc::new(SetClock::new(server.app.now().plus_days(14).plus_seconds(7 * 60 * 60)));
        sso::work(&later).await.unwrap();
        let letters = server.get(&hall.admin, "/api/v1/outbox").await.body;
        let letters = letters["items"].as_array().unwrap().iter();
        assert_eq!(letters.filter(|one| one["kind"] == "weak_ending").count(), 1);
        assert_eq!(until(-1).await["weak"], false);
        assert_eq!(hall.refused("start", weak()).await["result"], "weak_algorithm");
        assert_eq!(hall.edit(short).await["errors"][0]["field"], "certificates");
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_gone_gives_its_fields_back_and_two_are_told_apart() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let bo = hall.add("bo", true).await;
        let person = format!("/api/v1/people/{bo}");
        hall.edit(json!({"settings": {"mapping": {"department": "department"}}}))
            .await;
        hall.come("bo@hall.example").await;
        let department = async || {
            let read = server.get(&hall.admin, &person).await.body;
            (
                read["department"].clone(),
                read["field_sources"]["department"].clone(),
            )
        };
        assert_eq!(department().await.0, "Research & Development");
        // Another provider takes the domain over, and says the same: the first keeps the field.
        let path = "/api/v1/sso/providers";
        let second = server
            .send(&hall.admin, "POST", path, json!({"name": "Second"}))
            .await
            .body;
        let to = format!("{path}/{}", second["id"].as_str().unwrap());
        let moved = metadata().replace(idp::ISSUER, "https://second.example");
        let edit = json!({"metadata": moved, "settings": {"mapping": {"department": "groups"}}});
        server.send(&hall.admin, "PATCH", &to, edit).await;
        hall.edit(json!({"on": false, "domains": []})).await;
        server
            .send(&hall.admin, "PATCH", &to, json!({"domains": ["hall.example"]}))
            .await;
        let other = Hall {
            server,
            admin: hall.admin.clone(),
            provider: second,
            path: to,
        };
        let says = |name: &str| Says {
            issuer: "https://second.example".into(),
            ..other.says(name)
        };
        other.round(&hall.admin, "test", says("bo@hall.example")).await;
        assert_eq!(other.edit(json!({"on": true})).await["on"], true);
        let entered = other.round("", "start", says("bo@hall.example")).await;
        assert!(entered.cookie("guildhall").is_some(), "{}", entered.text);
        assert_eq!(
            department().await.0,
            "Research & Development",
            "the word of another provider"
        );
        let removed = server.send(&hall.admin, "DELETE", &hall.path, Value::Null).await;
        assert_eq!(removed.status, 204, "{}", removed.body);
        assert_eq!(
            department().await.0,
            "one",
            "it is released to what the second says"
        );
    })
    .await;
}

/// The metadata of the provider with a second certificate.
fn rolled() -> String {
    let both = metadata();
    let start = both.find("<KeyDescriptor").unwrap();
    let end = both.find("</KeyDescriptor>").unwrap() + "</KeyDescriptor>".len();
    let old = STANDARD.encode(idp::der(include_str!("../../../../wire/tests/saml/idp.pem")));
    let second = both[start..end].replace(&old, &STANDARD.encode(idp::der(NEW_PEM)));
    format!("{}{second}{}", &both[..end], &both[end..])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_taken_over_in_the_middle_and_a_provider_that_is_down_keeps_the_old_ones() {
    on_both(async |server| {
        let sites = WebSites::start();
        let server = Server::of(server.app.clone().with_providers(sites.fetcher()));
        let hall = Hall::open(&server).await;
        sites.serve("<html/>");
        let wrong = hall
            .edit(json!({"metadata_url": "https://right.example/plain"}))
            .await;
        assert_eq!(wrong["errors"][0]["field"], "metadata_url", "{wrong}");
        sites.serve(&metadata());
        let live = hall
            .edit(json!({"metadata_url": "https://right.example/plain"}))
            .await;
        assert_eq!(live["connection"]["entity_id"], idp::ISSUER, "{live}");
        hall.round(&hall.admin, "test", hall.says("nobody@hall.example"))
            .await;
        assert_eq!(hall.edit(json!({"on": true})).await["on"], true);
        hall.add("bo", true).await;
        hall.come("bo@hall.example").await;
        // Begun before the new certificate is known, and answered with it after.
        let (request, relay, browser) = hall.begin("", "start").await;
        let new = || Says {
            key: NEW_KEY,
            ..hall.says("bo@hall.example")
        };
        assert_eq!(hall.refused("start", new()).await["result"], "signature");
        sites.serve(&rolled());
        let mut later = server.app.clone();
        later.clock = Arc::new(SetClock::new(server.app.now().plus_seconds(7 * 60 * 60)));
        sso::work(&later).await.unwrap();
        let both = server.get(&hall.admin, &hall.path).await.body;
        assert_eq!(
            both["connection"]["certificates"].as_array().unwrap().len(),
            2,
            "{both}"
        );
        assert!(both["tested_at"].is_string() && both["on"] == true, "{both}");
        let says = Says {
            in_response_to: Some(request),
            ..new()
        };
        let back = hall.acs(&sent(&says), &relay).await;
        let entered = get(&server, &browser, back.to()).await;
        assert!(entered.cookie("guildhall").is_some(), "{}", entered.text);
        assert_eq!(
            hall.log_in("bo@hall.example").await.status,
            303,
            "and the old one"
        );
        // Down: what is known goes on to count, and admins see it.
        drop(sites);
        later.clock = Arc::new(SetClock::new(server.app.now().plus_days(1)));
        sso::work(&later).await.unwrap();
        let down = server.get(&hall.admin, &hall.path).await.body;
        assert!(
            down["metadata_problem"]
                .as_str()
                .unwrap()
                .contains("could not be reached"),
            "{down}"
        );
        assert_eq!(down["connection"]["certificates"].as_array().unwrap().len(), 2);
        let refresh = server
            .send(
                &hall.admin,
                "POST",
                &format!("{}/refresh", hall.path),
                Value::Null,
            )
            .await;
        assert_eq!(
            (refresh.status, &refresh.body["errors"][0]["field"]),
            (422, &json!("metadata_url"))
        );
        assert_eq!(hall.log_in("bo@hall.example").await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute_and_a_session_ends_when_the_provider_says() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        hall.come("bo@hall.example").await;
        let now = server.app.now().timestamp();
        let at = |seconds| {
            let at = now + SignedDuration::from_secs(seconds);
            at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
        };
        // Seconds by which the provider's clock is ahead.
        for (ahead, refused) in [
            (40, None),
            (-340, None),
            (90, Some("early")),
            (-400, Some("late")),
        ] {
            let says = Says {
                issued: at(ahead),
                not_before: at(ahead),
                until: at(ahead + 300),
                ..hall.says("bo@hall.example")
            };
            let page = hall.round("", "start", says).await;
            match refused {
                None => assert!(page.cookie("guildhall").is_some(), "{ahead}: {}", page.text),
                Some(code) => {
                    assert!(page.text.contains("clock"), "{ahead}: {}", page.text);
                    assert_eq!(hall.newest().await["result"], code, "{ahead}");
                }
            }
        }
        let says = hall.says("bo@hall.example");
        let (request, relay, browser) = hall.begin("", "start").await;
        let says = Says {
            in_response_to: Some(request),
            ..says
        };
        let id = format!("_{}", guildhall_core::Entropy::system().secret());
        let until = format!(r#" SessionNotOnOrAfter="{}""#, at(3600));
        let assertion = says.assertion(&id).replace(
            r#" SessionIndex="_s1""#,
            &format!(r#" SessionIndex="_s1"{until}"#),
        );
        assert!(assertion.contains("SessionNotOnOrAfter"));
        let response = says.response("_r1", &says.signed(&assertion, &id));
        let back = hall.acs(&response, &relay).await;
        let entered = get(server, &browser, back.to()).await;
        let bo = entered.cookie("guildhall").unwrap();
        assert_eq!(server.get(&bo, "/api/v1/me").await.status, 200);
        let mut later = server.app.clone();
        let hour = Moment::from_ms(now.as_millisecond()).plus_seconds(3601);
        later.clock = Arc::new(SetClock::new(hour));
        let later = Server::of(later);
        assert_eq!(later.get(&bo, "/api/v1/me").await.status, 401);
        let page = get(&later, &bo, "/login").await;
        assert!(page.text.contains("let you in until now"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_takes_forms_alone_gets_one_when_somebody_leaves() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        hall.come("bo@hall.example").await;
        let redirect = "HTTP-Redirect\" Location=\"https://idp.example/slo\"";
        let by_form = metadata().replace(redirect, "HTTP-POST\" Location=\"https://idp.example/slo\"");
        let taken = hall
            .edit(json!({"metadata": by_form, "settings": {"ends_there": true}}))
            .await;
        assert_eq!(taken["connection"]["log_out_binding"], "post", "{taken}");
        let enter = async || hall.log_in("bo@hall.example").await.cookie("guildhall").unwrap();
        let bo = enter().await;
        let left = server
            .send(&bo, "DELETE", "/api/v1/sessions/current", Value::Null)
            .await;
        assert_eq!(server.get(&bo, "/api/v1/me").await.status, 401);
        let to = left.body["leads_to"].as_str().unwrap();
        let page = get(server, "", to.strip_prefix("http://localhost:8080").unwrap()).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action https://idp.example;"), "{policy}");
        assert!(
            page.text.contains("action=\"https://idp.example/slo\"")
                && page.text.contains("Continue to Our IdP"),
            "{}",
            page.text
        );
        let field = |page: &str, name: &str| {
            let of = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
            of.split('"').next().unwrap().to_owned()
        };
        let trust = Trust::new(vec![hall.ours("signing").await], false).unwrap();
        let asked = logout::posted(&field(&page.text, "SAMLRequest"), &trust).unwrap();
        assert_eq!(asked.destination.as_deref(), Some("https://idp.example/slo"));
        let Message::Request { name_id, .. } = asked.message else {
            panic!("that is no request");
        };
        assert_eq!(name_id.value, "bo@hall.example");
        assert_eq!(get(server, "", "/sso/leave/made-up").await.to(), "/login");
        // Without the app: the page leads on to that one.
        let bo = enter().await;
        let page = ask(server, &bo, ("POST", "/logout"), &[], "same-origin").await;
        assert!(page.text.contains("/sso/leave/"), "{}", page.text);
        // Who leaves there gets our answer by form, too.
        let bo = enter().await;
        let ours = hall.provider["ours"]["log_out_url"].as_str().unwrap();
        let leave = Leave {
            id: "_bye",
            issued: server.app.now().timestamp(),
            issuer: idp::ISSUER,
            destination: ours,
        };
        let xml = leave.request(&name_id, None);
        let there = saml::request::redirect(ours, Kind::Request, &xml, "there", OurKey(KEY)).unwrap();
        let back = get(server, "", there.strip_prefix("http://localhost:8080").unwrap()).await;
        assert_eq!(server.get(&bo, "/api/v1/me").await.status, 401);
        assert_eq!(field(&back.text, "RelayState"), "there");
        let answer = logout::posted(&field(&back.text, "SAMLResponse"), &trust).unwrap();
        assert!(matches!(answer.message, Message::Response { success: true, .. }));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_get_a_letter_when_metadata_have_expired_or_are_out_of_reach_for_days() {
    on_both(async |server| {
        let sites = WebSites::start();
        let server = Server::of(server.app.clone().with_providers(sites.fetcher()));
        let hall = Hall::open(&server).await;
        sites.serve(&metadata());
        hall.edit(json!({"metadata_url": "https://right.example/plain"}))
            .await;
        hall.round(&hall.admin, "test", hall.says("nobody@hall.example"))
            .await;
        assert_eq!(hall.edit(json!({"on": true})).await["on"], true);
        let start = server.app.now();
        let looks = async |hours: i64| {
            let mut later = server.app.clone();
            later.clock = Arc::new(SetClock::new(start.plus_seconds(hours * 60 * 60)));
            sso::work(&later).await.unwrap();
            let letters = server.get(&hall.admin, "/api/v1/outbox").await.body;
            let letters = letters["items"].as_array().unwrap().iter();
            letters.filter(|one| one["kind"] == "sso_stale").count()
        };
        sites.serve(&metadata().replacen(
            "<EntityDescriptor ",
            "<EntityDescriptor validUntil=\"2020-01-01T00:00:00Z\" ",
            1,
        ));
        assert_eq!(looks(7).await, 1, "what has expired is told at once");
        assert_eq!(looks(14).await, 1, "and once");
        sites.serve(&metadata());
        assert_eq!(looks(21).await, 1);
        let well = server.get(&hall.admin, &hall.path).await.body;
        assert_eq!(well["metadata_problem"], Value::Null, "{well}");
        drop(sites);
        assert_eq!(looks(28).await, 1, "it may be back in a minute");
        assert_eq!(looks(28 + 2 * 24).await, 1);
        assert_eq!(looks(28 + 3 * 24).await, 2, "three days");
        assert_eq!(looks(28 + 5 * 24).await, 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_was_not_in_by_single_sign_on_is_sent_to_their_provider() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        let mine = hall.come("bo@hall.example").await;
        // That was at home.
        let mut tx = server.app.begin().await.unwrap();
        sql("UPDATE devices SET network = '192.0.2.1' WHERE workplace_id = $1")
            .bind(hall.workplace().await)
            .execute(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let theirs = hall.log_in("bo@hall.example").await.cookie("guildhall").unwrap();
        let link = server.newest_link().await;
        let page = get(server, "", &link).await;
        assert!(page.text.contains("somebody logged in as bo"), "{}", page.text);
        let done = ask(server, "", ("POST", &link), &[], "same-origin").await;
        assert!(
            done.text
                .contains("They came in by Our IdP: change your password there"),
            "{}",
            done.text
        );
        assert!(!done.text.contains("on its way"), "{}", done.text);
        for cookie in [&mine, &theirs] {
            assert_eq!(server.get(cookie, "/api/v1/me").await.status, 401);
        }
        let letters = server.get(&hall.admin, "/api/v1/outbox").await.body;
        let newest = &letters["items"][0];
        assert_eq!(
            (newest["kind"].as_str(), newest["recipient"].as_str()),
            (Some("log_in_denied"), Some("ada@example.com"))
        );
        let log = server
            .get(&hall.admin, "/api/v1/sign-ins?disowned=true")
            .await
            .body;
        assert_eq!(log["items"].as_array().unwrap().len(), 1, "{log}");
        assert!(log["items"][0]["disowned_at"].is_string(), "{log}");
    })
    .await;
}
