//! Single sign-on is required: whom it keeps out is seen before, two system admins keep a way in, and their using it is told.

use guildhall_core::ids::{AccountId, WorkplaceId};
use guildhall_core::{access, sso_required};
use guildhall_store::sql;
use guildhall_testkit::passkey::Passkey;
use serde_json::{Value, json};

use crate::common::{AWAY, PASSWORD, Server, on_both};
use crate::sso::hall::{Hall, get};

const REQUIREMENT: &str = "/api/v1/sso/requirement";

impl Hall<'_> {
    pub(super) async fn workplace(&self) -> WorkplaceId {
        let me = self.server.get(&self.admin, "/api/v1/me").await.body;
        me["workplace"]["id"].as_str().unwrap().parse().unwrap()
    }

    pub(super) async fn admin_id(&self) -> String {
        let me = self.server.get(&self.admin, "/api/v1/me").await.body;
        me["account"]["id"].as_str().unwrap().to_owned()
    }

    /// Somebody who takes their account by the link of their invitation, with a password.
    pub(super) async fn claims(&self, name: &str) -> (String, String) {
        let id = self.add(name, true).await;
        let link = self
            .server
            .newest_link()
            .await
            .replace("/claim", "/api/v1/claims");
        let claim = json!({"password": PASSWORD, "accept_terms": true});
        let entered = self.server.ask(AWAY, "", ("POST", &link), claim).await;
        assert_eq!(entered.status, 201, "{}", entered.body);
        (id, entered.cookie())
    }

    /// They add a passkey; gives the codes that go with it.
    pub(super) async fn passkey(&self, cookie: &str) -> Vec<String> {
        let challenge = ("POST", "/api/v1/me/passkeys/challenge");
        let asked = self.server.ask(AWAY, cookie, challenge, Value::Null).await;
        assert_eq!(asked.status, 200, "{}", asked.body);
        let (_, credential) = Passkey::make("http://localhost:8080", &asked.body["options"]);
        let given =
            json!({"passkey": {"round": asked.body["round"], "credential": credential}, "name": "Key"});
        let added = self
            .server
            .ask(AWAY, cookie, ("POST", "/api/v1/me/passkeys"), given)
            .await;
        assert_eq!(added.status, 201, "{}", added.body);
        serde_json::from_value(added.body["recovery_codes"].clone()).unwrap()
    }

    /// A second system admin, who came by an invitation, and both have a passkey: their ids, and codes of each.
    pub(super) async fn two_admins(&self) -> ([String; 2], [Vec<String>; 2]) {
        let (cleo, cookie) = self.claims("cleo").await;
        let path = format!("/api/v1/people/{cleo}/role");
        let given = self
            .server
            .send(&self.admin, "PUT", &path, json!({"role": "system_admin"}))
            .await;
        assert!(given.status < 300, "{}", given.body);
        let codes = [self.passkey(&self.admin).await, self.passkey(&cookie).await];
        ([self.admin_id().await, cleo], codes)
    }

    pub(super) async fn require(&self, body: Value) -> (u16, Value) {
        let answer = self.server.send(&self.admin, "PUT", REQUIREMENT, body).await;
        (answer.status, answer.body)
    }

    async fn letters(&self, kind: &str) -> Vec<String> {
        let letters = self.server.get(&self.admin, "/api/v1/outbox").await.body;
        let letters = letters["items"].as_array().unwrap().iter();
        let of = letters.filter(|one| one["kind"] == kind);
        of.map(|one| one["recipient"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

pub(super) async fn password(server: &Server, email: &str) -> (u16, String) {
    let pair = json!({"email": email, "password": PASSWORD});
    let answer = server.ask(AWAY, "", ("POST", "/api/v1/sessions"), pair).await;
    (
        answer.status,
        answer.body["code"].as_str().unwrap_or_default().to_owned(),
    )
}

/// The password, and one of the codes that stand in for the passkey.
async fn both(server: &Server, email: &str, code: &str) -> u16 {
    let pair = json!({"email": email, "password": PASSWORD});
    let asked = server.ask(AWAY, "", ("POST", "/api/v1/sessions"), pair).await;
    assert_eq!(asked.code(), (409, "second_factor"), "{}", asked.body);
    let step = ("POST", "/api/v1/sessions/step");
    let entered = server
        .ask(AWAY, &asked.cookie(), step, json!({"code": code}))
        .await;
    entered.status
}

#[tokio::test]
async fn whom_it_would_keep_out_is_seen_before_and_why() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        hall.add("bo", true).await;
        let pia = hall.add("pia", true).await;
        let by = json!({"login_method": "password"});
        server
            .send(&hall.admin, "PATCH", &format!("/api/v1/people/{pia}"), by)
            .await;
        hall.add("una", false).await;
        let eve = json!({"display_name": "Eve", "email": "eve@elsewhere.example", "invite": true});
        server.send(&hall.admin, "POST", "/api/v1/people", eve).await;
        let settings = json!({"settings": {"without_email": true}});
        server
            .send(&hall.admin, "PATCH", "/api/v1/workplace", settings)
            .await;
        let ned = json!({"display_name": "Ned", "employee_id": "7001", "invite": true});
        let ned = server.send(&hall.admin, "POST", "/api/v1/people", ned).await;
        assert_eq!(ned.status, 201, "{}", ned.body);
        let code = json!({"ids": [ned.body["id"]]});
        server
            .send(&hall.admin, "POST", "/api/v1/access-codes", code)
            .await;

        let preview = async |body: Value| {
            let path = format!("{REQUIREMENT}/preview");
            let answer = server.send(&hall.admin, "POST", &path, body).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.body
        };
        // Ada, who set the workplace up, and Eve have addresses of other domains.
        let seen = preview(json!({"reach": "everyone"})).await;
        assert_eq!(seen["locked_out"], 2, "{seen}");
        assert_eq!(seen["counts"]["domain_not_verified"], 2, "{seen}");
        // Pia too: the requirement goes before what an admin says of her log-in.
        assert_eq!(seen["counts"]["not_yet"], 2, "{seen}");
        assert_eq!(seen["counts"]["ready"], Value::Null, "{seen}");
        assert_eq!(
            (&seen["kept"], seen["admins"].as_array().unwrap().len()),
            (&json!(0), 1)
        );
        hall.come("bo@hall.example").await;
        let seen = preview(json!({"reach": "domains", "domains": ["HALL.example"]})).await;
        assert_eq!(seen["counts"], json!({"not_yet": 1, "ready": 1}), "{seen}");
        let who = json!({"requirement": {"reach": "everyone"}, "kind": "domain_not_verified", "limit": 1});
        let path = format!("{REQUIREMENT}/people");
        let first = server.send(&hall.admin, "POST", &path, who.clone()).await.body;
        assert_eq!(first["items"][0]["name"], "Ada Lovelace", "{first}");
        let mut after = who;
        after["after"] = first["next"].clone();
        let second = server.send(&hall.admin, "POST", &path, after).await.body;
        assert_eq!(second["items"][0]["name"], "Eve", "{second}");
        assert_eq!(second["next"], Value::Null);
        hall.edit(json!({"on": false})).await;
        let seen = preview(json!({"reach": "everyone"})).await;
        assert_eq!(seen["counts"]["provider_off"], 2, "{seen}");
        let group = json!({"name": "First", "kind": "teams", "privacy": "open"});
        let group = server
            .send(&hall.admin, "POST", "/api/v1/groups", group)
            .await
            .body;
        let members = format!("/api/v1/groups/{}/members", group["id"].as_str().unwrap());
        server
            .send(
                &hall.admin,
                "POST",
                &members,
                json!({"ids": [pia, ned.body["id"]]}),
            )
            .await;
        let seen = preview(json!({"reach": "groups", "groups": [group["id"]]})).await;
        assert_eq!(seen["locked_out"], 1, "{seen}");
        for (wrong, field) in [
            (json!({"reach": "domains"}), "domains"),
            (
                json!({"reach": "domains", "domains": ["elsewhere.example"]}),
                "domains",
            ),
            (
                json!({"reach": "groups", "groups": [uuid::Uuid::nil()]}),
                "groups",
            ),
            (json!({"reach": "everyone", "break_glass": [pia]}), "break_glass"),
        ] {
            let (status, said) = hall.require(wrong).await;
            assert_eq!(
                (status, &said["errors"][0]["field"]),
                (422, &json!(field)),
                "{said}"
            );
        }
        // Nothing was changed by looking.
        let (status, said) = hall.require(json!({"reach": "everyone", "locked_out": 9})).await;
        assert_eq!(
            (status, said["code"].as_str()),
            (409, Some("break_glass")),
            "{said}"
        );
        assert_eq!(server.get(&hall.admin, REQUIREMENT).await.body["reach"], "off");
    })
    .await;
}

#[tokio::test]
async fn a_password_gives_way_and_two_system_admins_keep_a_way_in() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let ([ada, cleo], [codes, _]) = hall.two_admins().await;
        hall.claims("bo").await;
        hall.add("ivy", true).await;
        let invited = server.newest_link().await.replace("/claim", "/api/v1/claims");
        let everyone = |locked_out: i64| json!({"reach": "everyone", "break_glass": [ada, cleo], "locked_out": locked_out});
        // Somebody whom it would lock out is said yes to by number.
        let eve = json!({"display_name": "Eve", "email": "eve@elsewhere.example", "invite": true});
        server.send(&hall.admin, "POST", "/api/v1/people", eve).await;
        let (status, said) = hall.require(everyone(0)).await;
        assert_eq!((status, said["code"].as_str()), (409, Some("locked_out")), "{said}");
        let (status, set) = hall.require(everyone(1)).await;
        assert_eq!((status, &set["kept"], &set["reach"]), (200, &json!(2), &json!("everyone")), "{set}");

        assert_eq!(password(server, "bo@hall.example").await, (409, "use_sso".into()));
        assert_eq!(hall.newest().await["result"], "use_sso");
        let page = get(server, "", &invited.replace("/api/v1/claims", "/claim")).await;
        assert!(page.text.contains(&format!("/sso/saml/{}/start", hall.id())), "{}", page.text);
        let claim = json!({"password": PASSWORD, "accept_terms": true});
        let refused = server.ask(AWAY, "", ("POST", &invited), claim).await;
        assert_eq!(refused.code(), (409, "use_sso"), "{}", refused.body);
        assert_eq!(hall.log_in("bo@hall.example").await.status, 303, "single sign-on works");
        let asked = json!({"email": "bo@hall.example"});
        server.ask(AWAY, "", ("POST", "/api/v1/password-resets"), asked).await;
        access::answer_resets(&server.app).await.unwrap();
        assert_eq!(hall.letters("use_sso").await, ["bo@hall.example"]);
        assert!(hall.letters("password_reset").await.is_empty());

        // Past it: marked, in the audit log, and told to the others.
        assert_eq!(both(server, "ada@example.com", &codes[0]).await, 201);
        let past = server.get(&hall.admin, "/api/v1/sign-ins?break_glass=true").await.body;
        assert_eq!(past["items"].as_array().unwrap().len(), 1, "{past}");
        assert_eq!(past["items"][0]["account_id"], ada.as_str());
        assert_eq!(hall.newest().await["break_glass"], true);
        let audit = server.get(&hall.admin, "/api/v1/audit?verb=break_glass").await.body;
        assert_eq!(audit["items"][0]["subject"]["id"], ada.as_str(), "{audit}");
        assert_eq!(hall.letters("break_glass").await, ["cleo@hall.example"]);

        // Nobody takes the provider away from under them.
        for edit in [json!({"on": false}), json!({"domains": []})] {
            assert_eq!(hall.edit(edit).await["code"], "sso_required");
        }
        let removed = server.send(&hall.admin, "DELETE", &hall.path, Value::Null).await;
        assert_eq!(removed.code(), (409, "sso_required"));
        let domains = server.get(&hall.admin, "/api/v1/domains").await.body;
        let domain = format!("/api/v1/domains/{}", domains["items"][0]["id"].as_str().unwrap());
        let removed = server.send(&hall.admin, "DELETE", &domain, Value::Null).await;
        assert_eq!(removed.code(), (409, "sso_required"), "{}", removed.body);

        // Without the passkey a password is no way in; the admins are told, once.
        sso_required::work(&server.app).await.unwrap();
        assert!(hall.letters("break_glass_few").await.is_empty());
        let mut tx = server.app.begin().await.unwrap();
        let (account, workplace): (AccountId, _) = (ada.parse().unwrap(), hall.workplace().await);
        sql("DELETE FROM passkeys WHERE account_id = $1 AND workplace_id = $2")
            .bind(account)
            .bind(workplace)
            .execute(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(password(server, "ada@example.com").await, (409, "sso_required".into()));
        for _ in 0..2 {
            sso_required::work(&server.app).await.unwrap();
        }
        assert_eq!(hall.letters("break_glass_few").await.len(), 2);

        let (status, set) = hall.require(json!({"reach": "off"})).await;
        assert_eq!((status, &set["reach"]), (200, &json!("off")), "{set}");
        assert_eq!(password(server, "bo@hall.example").await.0, 201);
        assert_eq!(hall.newest().await["break_glass"], false);
        let audit = server.get(&hall.admin, "/api/v1/audit?verb=require_sso").await.body;
        assert_eq!(audit["items"].as_array().unwrap().len(), 2, "{audit}");
    })
    .await;
}

#[tokio::test]
async fn it_begins_with_a_group_or_a_domain() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let ([ada, cleo], [codes, hers]) = hall.two_admins().await;
        let (bo, _) = hall.claims("bo").await;
        hall.claims("ann").await;
        let group = json!({"name": "First", "kind": "teams", "privacy": "open"});
        let group = server
            .send(&hall.admin, "POST", "/api/v1/groups", group)
            .await
            .body;
        let members = format!("/api/v1/groups/{}/members", group["id"].as_str().unwrap());
        server
            .send(&hall.admin, "POST", &members, json!({"ids": [bo]}))
            .await;
        // No system admin is in the group: each goes on with what they have.
        let (status, set) = hall
            .require(json!({"reach": "groups", "groups": [group["id"]]}))
            .await;
        assert_eq!(
            (status, &set["groups"][0]["name"]),
            (200, &json!("First")),
            "{set}"
        );
        assert_eq!(password(server, "bo@hall.example").await.1, "use_sso");
        assert_eq!(password(server, "ann@hall.example").await.0, 201);
        let keep = json!([ada, cleo]);
        let domain = json!({"reach": "domains", "domains": ["hall.example"], "break_glass": keep});
        assert_eq!(hall.require(domain).await.0, 200);
        assert_eq!(password(server, "ann@hall.example").await.1, "use_sso");
        assert_eq!(both(server, "cleo@hall.example", &hers[0]).await, 201);
        assert_eq!(hall.newest().await["break_glass"], true);
        assert_eq!(both(server, "ada@example.com", &codes[0]).await, 201);
        assert_eq!(hall.newest().await["break_glass"], false, "it does not reach her");
    })
    .await;
}

#[tokio::test]
async fn people_log_in_again_as_often_as_their_workplace_wants_and_at_once() {
    on_both(async |server| {
        let hall = Hall::ready(server).await;
        let (bo, now_in) = hall.claims("bo").await;
        let place = guildhall_core::sessions::Place {
            method: "password",
            user_agent: "Firefox",
            address: "192.0.2.7",
            until: None,
            proved: guildhall_core::sessions::Proved::Now,
        };
        let whose = (hall.workplace().await, bo.parse::<AccountId>().unwrap());
        let four_days_ago = server.app.now().plus_days(-4);
        let mut tx = server.app.begin().await.unwrap();
        let opened =
            guildhall_core::sessions::open(&mut tx, &server.app.entropy, four_days_ago, whose, place);
        let (_, token) = opened.await.unwrap();
        tx.commit().await.unwrap();
        let old = format!("guildhall={token}");
        assert_eq!(server.get(&old, "/api/v1/me").await.status, 200);
        let again = async |days: i64| {
            let edit = json!({"settings": {"log_in_again_days": days}});
            let answer = server.send(&hall.admin, "PATCH", "/api/v1/workplace", edit).await;
            (answer.status, answer.body)
        };
        assert_eq!(again(2).await.0, 422);
        assert_eq!(again(7).await.1["settings"]["log_in_again_days"], 7);
        assert_eq!(server.get(&old, "/api/v1/me").await.status, 200);
        assert_eq!(again(3).await.0, 200);
        assert_eq!(server.get(&old, "/api/v1/me").await.status, 401);
        assert_eq!(server.get(&now_in, "/api/v1/me").await.status, 200);
        let page = get(server, &old, "/login").await;
        assert!(
            page.text.contains("asks you to log in again every 3 days"),
            "{}",
            page.text
        );
        assert!(!get(server, "", "/login").await.text.contains("log in again"));

        let sessions = "/api/v1/workplace/sessions";
        let many = server.get(&hall.admin, sessions).await.body;
        assert_eq!(many, json!({"sessions": 1, "people": 1}));
        let ended = server.send(&hall.admin, "DELETE", sessions, Value::Null).await;
        assert_eq!((ended.status, &ended.body["sessions"]), (200, &json!(1)));
        assert_eq!(server.get(&now_in, "/api/v1/me").await.status, 401);
        assert_eq!(server.get(&hall.admin, "/api/v1/me").await.status, 200);
        let page = get(server, &now_in, "/login").await;
        assert!(
            page.text.contains("asks everybody to log in again"),
            "{}",
            page.text
        );
        let audit = server
            .get(&hall.admin, "/api/v1/audit?verb=end_all_sessions")
            .await
            .body;
        assert_eq!(audit["items"].as_array().unwrap().len(), 1, "{audit}");
    })
    .await;
}
