//! While single sign-on is required, nothing that an admin does by mistake keeps people out.

use guildhall_wire::saml::request::Kind;
use guildhall_wire::saml::{self, NameId, OurKey, logout};
use serde_json::{Value, json};

use crate::common::{Answer, on_both};
use crate::sso::hall::{Hall, get, metadata, verified};
use crate::sso::idp::{self, Says};

const PROVIDERS: &str = "/api/v1/sso/providers";

impl Hall<'_> {
    /// Single sign-on is required of everyone; two system admins keep a way in: their ids.
    async fn required(&self) -> [String; 2] {
        let (admins, _) = self.two_admins().await;
        let everyone = json!({"reach": "everyone", "break_glass": admins, "locked_out": 9});
        let (status, said) = self.require(everyone).await;
        assert_eq!(status, 200, "{said}");
        admins
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        self.server.send(&self.admin, method, path, body).await
    }

    async fn domain(&self, name: &str) -> String {
        let all = self.server.get(&self.admin, "/api/v1/domains").await.body;
        let mut all = all["items"].as_array().unwrap().iter();
        let one = all.find(|one| one["name"] == name).unwrap();
        format!("/api/v1/domains/{}", one["id"].as_str().unwrap())
    }
}

#[tokio::test]
async fn a_nearer_domain_of_a_provider_that_is_off_locks_nobody_out() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        verified(server, &hall.admin, "east.hall.example").await;
        let other = hall.send("POST", PROVIDERS, json!({"name": "East"})).await.body;
        let other = format!("{PROVIDERS}/{}", other["id"].as_str().unwrap());
        let nearer = json!({"domains": ["east.hall.example"]});
        let [_, cleo] = hall.required().await;
        let refused = hall.send("PATCH", &other, nearer.clone()).await;
        assert_eq!(refused.code(), (409, "sso_required"), "{}", refused.body);
        assert_eq!(server.get(&hall.admin, &other).await.body["domains"], json!([]));
        hall.require(json!({"reach": "off"})).await;
        let given = hall.send("PATCH", &other, nearer).await;
        assert_eq!(given.status, 200, "{}", given.body);
        let me = json!([hall.admin_id().await, cleo]);
        let everyone = json!({"reach": "everyone", "break_glass": me, "locked_out": 9});
        assert_eq!(hall.require(everyone).await.0, 200);
        // Nobody answers there, so nothing is taken from anybody.
        let back = hall.send("PATCH", &other, json!({"domains": []})).await;
        assert_eq!(back.status, 200, "{}", back.body);
        let removed = hall.send("DELETE", &other, Value::Null).await;
        assert_eq!(removed.status, 204, "{}", removed.body);
    })
    .await;
}

#[tokio::test]
async fn a_domain_that_covers_served_ones_below_it_stays() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let domain = hall.domain("hall.example").await;
        let wide = json!({"subdomains": true});
        assert_eq!(hall.send("PATCH", &domain, wide).await.status, 200);
        let east = hall.edit(json!({"domains": ["east.hall.example"]})).await;
        assert_eq!(east["domains"], json!(["east.hall.example"]), "{east}");
        hall.required().await;
        let narrow = json!({"subdomains": false});
        let refused = hall.send("PATCH", &domain, narrow.clone()).await;
        assert_eq!(refused.code(), (409, "sso_required"), "{}", refused.body);
        let refused = hall.send("DELETE", &domain, Value::Null).await;
        assert_eq!(refused.code(), (409, "sso_required"), "{}", refused.body);
        // Where the one below is proven by itself, the switch takes nothing away.
        verified(server, &hall.admin, "east.hall.example").await;
        let done = hall.send("PATCH", &domain, narrow).await;
        assert_eq!(done.status, 200, "{}", done.body);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_has_tested_is_prepared_beside_what_is_in_force() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        hall.come("bo@hall.example").await;
        let moved = metadata().replace("https://idp.example/sso", "https://idp.example/new");
        let there = async || {
            let kept = server.get(&hall.admin, &hall.path).await.body;
            let of = |at: &Value| at["connection"]["sign_on_url"].clone();
            (of(&kept), of(&kept["draft"]), kept)
        };
        let (old, new) = (json!("https://idp.example/sso"), json!("https://idp.example/new"));
        hall.edit(json!({"metadata": moved})).await;
        let (now, next, kept) = there().await;
        assert_eq!((now, next), (old.clone(), new.clone()));
        assert!(kept["tested_at"].is_string() && kept["on"] == true, "{kept}");
        // People log in as before, and what is named otherwise changes at once.
        assert_eq!(hall.log_in("bo@hall.example").await.status, 303);
        assert_eq!(
            hall.edit(json!({"name": "Ours"})).await["draft"]["connection"]["sign_on_url"],
            new
        );
        // A test that goes wrong changes nothing.
        let wrong = Says {
            audience: "https://other.example".into(),
            ..hall.says("bo@hall.example")
        };
        hall.round(&hall.admin, "test", wrong).await;
        let (now, next, kept) = there().await;
        assert_eq!((now, next), (old.clone(), new.clone()));
        assert_eq!(kept["draft"]["test"]["code"], "audience", "{kept}");
        assert!(kept["tested_at"].is_string(), "{kept}");
        // It is given up, or what is in force is given once more.
        assert_eq!(
            hall.edit(json!({"discard_draft": true})).await["draft"],
            Value::Null
        );
        hall.edit(json!({"settings": {"address": "mail"}})).await;
        let (_, _, kept) = there().await;
        assert_eq!(
            (&kept["settings"]["address"], &kept["draft"]["address"]),
            (&Value::Null, &json!("mail"))
        );
        assert_eq!(
            hall.log_in("bo@hall.example").await.status,
            303,
            "by the name id still"
        );
        hall.edit(json!({"discard_draft": true})).await;
        hall.edit(json!({"metadata": moved})).await;
        assert_eq!(
            hall.edit(json!({"metadata": metadata()})).await["draft"],
            Value::Null
        );
        // A test of it that goes well puts it into force.
        hall.edit(json!({"metadata": moved})).await;
        let asked = hall.asked_as(&hall.admin, "test").await;
        assert!(asked.contains("https://idp.example/new"), "{asked}");
        assert!(hall.asked("start").await.contains("https://idp.example/sso"));
        let page = hall
            .round(&hall.admin, "test", hall.says("bo@hall.example"))
            .await;
        assert!(page.text.contains("It works"), "{}", page.text);
        let (now, next, kept) = there().await;
        assert_eq!((now, next), (new, Value::Null), "{kept}");
        let log = server
            .get(&hall.admin, "/api/v1/audit?verb=test")
            .await
            .body
            .to_string();
        assert!(log.contains("https://idp.example/new"), "{log}");
        assert_eq!(hall.log_in("bo@hall.example").await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn two_system_admins_keep_their_way_in() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let [ada, cleo] = hall.required().await;
        let factors = server.get(&hall.admin, "/api/v1/me/factors").await.body;
        let own = factors["passkeys"][0]["id"].as_str().unwrap();
        let own = format!("/api/v1/me/passkeys/{own}");
        let person = format!("/api/v1/people/{cleo}");
        for (method, path, body) in [
            ("DELETE", own.clone(), Value::Null),
            ("DELETE", format!("{person}/factors"), Value::Null),
            ("PUT", format!("{person}/role"), json!({"role": "member"})),
            ("POST", format!("{person}/deactivate"), json!({})),
        ] {
            let refused = hall.send(method, &path, body).await;
            assert_eq!(refused.code(), (409, "break_glass"), "{path}: {}", refused.body);
        }
        let bulk = json!({"action": "deactivate", "ids": [cleo]});
        let job = hall.send("POST", "/api/v1/people/actions", bulk).await;
        assert!(job.status < 300, "{}", job.body);
        guildhall_core::jobs::work(&server.app).await.unwrap();
        assert_eq!(server.get(&hall.admin, &person).await.body["state"], "claimed");
        hall.require(json!({"reach": "off"})).await;
        let removed = hall.send("DELETE", &own, Value::Null).await;
        assert!(removed.status < 300, "{}", removed.body);
        let demoted = hall
            .send("PUT", &format!("{person}/role"), json!({"role": "member"}))
            .await;
        assert!(demoted.status < 300, "{}: {ada}", demoted.body);
    })
    .await;
}

#[tokio::test]
async fn the_requirement_goes_before_the_method_of_a_person() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let pia = hall.add("pia", true).await;
        let by = json!({"login_method": "password"});
        hall.send("PATCH", &format!("/api/v1/people/{pia}"), by).await;
        assert_eq!(hall.log_in("pia@hall.example").await.status, 403);
        hall.required().await;
        let welcome = hall.log_in("pia@hall.example").await;
        assert!(welcome.text.contains("Hello pia"), "{}", welcome.text);
        hall.come("pia@hall.example").await;
        assert_eq!(hall.log_in("pia@hall.example").await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn metadata_are_read_to_the_end() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let until = |day: &str| {
            metadata().replacen(
                " entityID",
                &format!(" validUntil=\"{day}T00:00:00Z\" entityID"),
                1,
            )
        };
        let said = hall.edit(json!({"metadata": until("2020-01-01")})).await;
        assert_eq!(said["errors"][0]["field"], "metadata", "{said}");
        let detail = said["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(detail.contains("2020-01-01"), "{said}");
        let elsewhere = until("2090-01-01").replace(
            "Location=\"https://idp.example/slo\"",
            "Location=\"https://idp.example/slo\" ResponseLocation=\"https://idp.example/bye\"",
        );
        let taken = hall.edit(json!({"metadata": elsewhere})).await;
        assert_eq!(
            taken["connection"]["log_out_url"], "https://idp.example/slo",
            "{taken}"
        );
        let to = hall.provider["ours"]["log_out_url"].as_str().unwrap();
        let message = logout::Leave {
            id: "_bye",
            issued: server.app.now().timestamp(),
            issuer: idp::ISSUER,
            destination: to,
        };
        let name_id = NameId {
            value: "nobody@hall.example".into(),
            ..NameId::default()
        };
        let key = OurKey(include_str!("../../../../wire/tests/saml/idp.key"));
        let xml = message.request(&name_id, None);
        let asked = saml::request::redirect(to, Kind::Request, &xml, "", key).unwrap();
        let asked = asked.strip_prefix("http://localhost:8080").unwrap();
        let answer = get(server, "", asked).await;
        assert!(
            answer.to().starts_with("https://idp.example/bye?"),
            "{}",
            answer.to()
        );

        for (format, expect) in [
            (json!("persistent"), "nameid-format:persistent"),
            (json!("email"), "nameid-format:emailAddress"),
            (Value::Null, "NameIDPolicy AllowCreate=\"true\"/>"),
        ] {
            hall.edit(json!({"settings": {"name_id_format": format}})).await;
            let asked = hall.asked("start").await;
            assert!(asked.contains(expect), "{asked}");
        }
    })
    .await;
}
