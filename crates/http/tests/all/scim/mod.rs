//! SCIM as the clients of identity providers speak it, on both databases.

#![allow(clippy::too_many_lines, reason = "a story is told in one piece")]

mod admins;
mod nested;
mod photos;
mod recorded;
mod shown;
mod wrong;

use crate::common::{Answer, Server, on_both};
use guildhall_core::connectors::{self, Settings};
use guildhall_core::{Actor, workplaces};
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const STATUS: &str = "urn:ietf:params:scim:schemas:extension:facebook:accountstatusdetails:2.0:User";

/// A connector's client.
struct Client<'a> {
    server: &'a Server,
    bearer: String,
}

impl Client<'_> {
    async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        self.server
            .bearer(&self.bearer, method, &format!("/scim/v2{path}"), body)
            .await
    }
    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, Value::Null).await
    }
    async fn add(&self, body: Value) -> String {
        let answer = self.ask("POST", "/Users", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }
    async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.ask("PATCH", path, json!({"Operations": operations})).await
    }
    /// The user names that a filter finds.
    async fn found(&self, filter: &str) -> Vec<String> {
        let path = format!("/Users?count=200&filter={}", encoded(filter));
        let answer = self.get(&path).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.body);
        let items = answer.body["Resources"].as_array().unwrap();
        let mut names: Vec<String> = items
            .iter()
            .map(|item| item["userName"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(answer.body["totalResults"], names.len(), "{filter}");
        names.sort();
        names
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

async fn admin(server: &Server) -> (String, Actor) {
    let cookie = server.set_up().await.cookie();
    let workplace = workplaces::all(&server.app.db).await.unwrap()[0].id;
    (cookie, Actor::command_line(workplace))
}

async fn connected<'a>(
    server: &'a Server,
    actor: &Actor,
    settings: Settings,
) -> (Client<'a>, connectors::Connector) {
    let connector = connectors::create(&server.app, actor, "Entra ID", settings)
        .await
        .unwrap();
    let (_, secret) = connectors::token(&server.app, actor, connector.id, None)
        .await
        .unwrap();
    let bearer = format!("Bearer {secret}");
    (Client { server, bearer }, connector)
}

fn anna() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "externalId": "e-1", "userName": "anna@example.com", "active": "True", "displayName": "Anna Nowak",
        "name": {"givenName": "Anna", "familyName": "Nowak"}, "title": "Fitter",
        "emails": [{"primary": true, "type": "work", "value": "anna@example.com"}],
        "phoneNumbers": [{"type": "mobile", "value": "+48 601 000 111"}],
        ENTERPRISE: {"department": "Yard", "employeeNumber": "100"},
    })
}

#[tokio::test]
async fn a_person_comes_changes_leaves_and_comes_back() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, connector) = connected(server, &actor, Settings { invite: true, visible_groups: false }).await;
        let none = client.get("/Users?filter=userName%20eq%20%22anna%40example.com%22").await;
        assert_eq!((none.status, &none.body["totalResults"]), (200, &json!(0)));
        let made = client.ask("POST", "/Users", anna()).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.body["id"].as_str().unwrap().to_owned();
        assert_eq!(made.headers["content-type"], "application/scim+json");
        assert!(made.headers["location"].to_str().unwrap().ends_with(&format!("/scim/v2/Users/{id}")));
        assert_eq!(made.body[STATUS]["invited"], true, "{}", made.body);
        assert_eq!(made.body["phoneNumbers"][0]["value"], "+48 601 000 111");
        let again = client.ask("POST", "/Users", anna()).await;
        assert_eq!((again.status, &again.body["scimType"]), (409, &json!("uniqueness")));

        let path = format!("/Users/{id}");
        let done = client.patch(&path, json!([
            {"op": "Replace", "path": "title", "value": "Foreman"},
            {"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "e-boss"},
        ])).await;
        assert_eq!((done.status, &done.body["title"]), (200, &json!("Foreman")), "{}", done.body);
        assert_eq!(done.body[ENTERPRISE]["manager"]["value"], "e-boss", "kept until the manager comes");
        let version = done.headers["etag"].to_str().unwrap().to_owned();
        let same = client.patch(&path, json!([{"op": "replace", "path": "title", "value": "Foreman"}])).await;
        assert_eq!(same.headers["etag"].to_str().unwrap(), version, "the same twice changes nothing");
        let boss = client.add(json!({"userName": "boss@example.com", "externalId": "e-boss", "displayName": "Boss"})).await;
        let read = client.get(&path).await;
        assert_eq!(read.body[ENTERPRISE]["manager"]["value"], boss, "{}", read.body);
        assert_eq!(read.body[ENTERPRISE]["manager"]["displayName"], "Boss");
        let cycle = client.patch(&format!("/Users/{boss}"), json!([{"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": {"value": id}}])).await;
        assert_eq!((cycle.status, &cycle.body["scimType"]), (400, &json!("invalidValue")), "{}", cycle.body);

        // Never claimed: removed for good.
        assert_eq!(client.ask("DELETE", &path, Value::Null).await.status, 204);
        assert_eq!(client.get(&path).await.status, 404);
        let id = client.add(anna()).await;
        let path = format!("/Users/{id}");
        claim(server, &actor, &id).await;
        let off = client.patch(&path, json!([{"op": "Replace", "value": {"active": "False"}}])).await;
        assert_eq!((off.status, &off.body["active"]), (200, &json!(false)));
        let on = client.patch(&path, json!([{"op": "Replace", "path": "active", "value": "True"}])).await;
        assert_eq!((&on.body["active"], &on.body[STATUS]["claimed"]), (&json!(true), &json!(true)));

        // Claimed: deactivated, out of this view, and back as the same account.
        assert_eq!(client.ask("DELETE", &path, Value::Null).await.status, 204);
        for (method, body) in [("GET", Value::Null), ("DELETE", Value::Null), ("PUT", anna()), ("PATCH", json!({"Operations": []}))] {
            assert_eq!(client.ask(method, &path, body).await.status, 404, "{method}");
        }
        assert!(client.found("userName eq \"anna@example.com\"").await.is_empty());
        let back = client.ask("POST", "/Users", anna()).await;
        assert_eq!((back.status, back.body["id"].as_str()), (201, Some(id.as_str())), "{}", back.body);
        assert_eq!((&back.body["active"], &back.body[STATUS]["claimed"]), (&json!(true), &json!(true)));
        // Re-hired under the old id, with another name.
        assert_eq!(client.ask("DELETE", &path, Value::Null).await.status, 204);
        let hired = client.ask("POST", "/Users", json!({"userName": "anna.kowalska@example.com", "externalId": "e-1", "displayName": "Anna Kowalska"})).await;
        assert_eq!((hired.status, hired.body["id"].as_str()), (201, Some(id.as_str())), "{}", hired.body);

        server.desk.written().await;
        let filter = connectors::LogFilter { limit: 100, ..Default::default() };
        let log = connectors::log(&server.app, &actor, connector.id, &filter).await.unwrap().items;
        assert!(log.iter().any(|entry| entry.summary.starts_with("Deactivated Anna")), "{log:#?}");
        assert!(log.iter().any(|entry| entry.reason.as_deref() == Some("uniqueness")));
        let found = connectors::test(&server.app, &actor, connector.id).await.unwrap();
        assert!(found.iter().any(|one| one.title == "People are added who are here already"), "{found:?}");
    })
    .await;
}

/// The person takes the account.
async fn claim(server: &Server, actor: &Actor, id: &str) {
    use guildhall_core::accounts::{self, Change, Policy, Source, Verb, Whom};
    let claim = Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
    accounts::change(
        &server.app,
        actor,
        Whom::Is(id.parse().unwrap()),
        &claim,
        &Policy::default(),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn a_replacement_clears_only_what_was_pushed_and_the_last_admin_stays() {
    on_both(async |server| {
        let (cookie, actor) = admin(server).await;
        let (client, _) = connected(server, &actor, Settings::default()).await;
        let id = client.add(anna()).await;
        let edited = server
            .send(
                &cookie,
                "PATCH",
                &format!("/api/v1/people/{id}"),
                json!({"location": "Gdańsk"}),
            )
            .await;
        assert!(edited.status < 300, "{}", edited.body);
        let put = client
            .ask(
                "PUT",
                &format!("/Users/{id}"),
                json!({"userName": "anna@example.com", "displayName": "Anna N."}),
            )
            .await;
        assert_eq!(put.status, 200, "{}", put.body);
        assert_eq!(
            (&put.body["title"], &put.body["displayName"]),
            (&Value::Null, &json!("Anna N."))
        );
        assert_eq!(
            put.body["addresses"][0]["formatted"], "Gdańsk",
            "an admin's value stays: {}",
            put.body
        );
        assert_eq!(put.body["active"], true);
        let stale = server
            .bearer_with(
                &client.bearer,
                "PATCH",
                &format!("/scim/v2/Users/{id}"),
                json!({"Operations": [{"op": "remove", "path": "nickName"}]}),
                ("if-match", "W/\"0.0\""),
            )
            .await;
        assert_eq!((stale.status, stale.body["status"].as_str()), (412, Some("412")));
        let ada = client.found("userName eq \"ADA@example.com\"").await;
        assert_eq!(ada, ["ada@example.com"], "whoever is here already is found");
        let listed = client
            .get("/Users?filter=userName%20eq%20%22ada%40example.com%22&attributes=id")
            .await;
        let ada = listed.body["Resources"][0]["id"].as_str().unwrap().to_owned();
        for (method, body) in [
            ("DELETE", Value::Null),
            (
                "PATCH",
                json!({"Operations": [{"op": "replace", "path": "active", "value": false}]}),
            ),
        ] {
            let refused = client.ask(method, &format!("/Users/{ada}"), body).await;
            assert_eq!(refused.status, 403, "{}", refused.body);
            assert!(
                refused.body["detail"]
                    .as_str()
                    .unwrap()
                    .contains("last system admin")
            );
        }
        // Deactivated by hand: the directory does not bring them back, and says so.
        let gone = server
            .send(
                &cookie,
                "POST",
                &format!("/api/v1/people/{id}/deactivate"),
                json!({}),
            )
            .await;
        assert!(gone.status < 300, "{}", gone.body);
        let tried = client
            .patch(
                &format!("/Users/{id}"),
                json!([{"op": "replace", "path": "active", "value": true}]),
            )
            .await;
        assert_eq!(
            (tried.status, &tried.body["active"]),
            (200, &json!(false)),
            "{}",
            tried.body
        );
    })
    .await;
}

async fn crowd(client: &Client<'_>) {
    for (name, title, department, nick, active) in [
        ("ala", "Åsa's Fitter", "Yard", Some("Al"), true),
        ("bo", "Welder", "Yard", None, true),
        ("cy", "welder 100%", "Office", Some("cyclone"), false),
    ] {
        let mut person = json!({
            "userName": format!("{name}@example.com"), "externalId": format!("X-{name}"), "displayName": name.to_uppercase(),
            "title": title, "active": active, "nickName": nick, "locale": "en-GB",
            "emails": [{"value": format!("{name}@example.com"), "type": "work", "primary": true}, {"value": format!("{name}@home.example"), "type": "home"}],
            ENTERPRISE: {"department": department, "employeeNumber": format!("N{name}")},
        });
        person["phoneNumbers"] = json!([{"value": "+48 601 000 111", "type": "mobile"}]);
        client.add(person).await;
    }
}

#[tokio::test]
async fn every_filter_finds_whom_it_should() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, _) = connected(server, &actor, Settings::default()).await;
        crowd(&client).await;
        let [ala, bo, cy, ada] = ["ala@example.com", "bo@example.com", "cy@example.com", "ada@example.com"];
        for (filter, expect) in [
            ("userName eq \"ALA@example.com\"", vec![ala]),
            ("userName sw \"a\"", vec![ada, ala]),
            ("userName ew \"o@example.com\"", vec![bo]),
            ("userName co \"y@\"", vec![cy]),
            ("not (userName co \"@example.com\")", vec![]),
            ("userName gt \"bo\" and userName le \"bo@example.com\"", vec![bo]),
            ("externalId eq \"X-bo\"", vec![bo]),
            ("externalId eq \"x-bo\"", vec![]),
            ("externalId pr", vec![ala, bo, cy]),
            ("not (externalId pr)", vec![ada]),
            ("externalId eq null", vec![ada]),
            ("externalId ne \"X-bo\"", vec![ada, ala, cy]),
            ("title eq \"WELDER\"", vec![bo]),
            ("title co \"åsa\"", vec![ala]),
            ("title ew \"100%\"", vec![cy]),
            ("title co \"_\"", vec![]),
            ("title co \"\"", vec![ala, bo, cy]),
            ("displayName eq \"ala\"", vec![ala]),
            ("nickName eq \"AL\"", vec![ala]),
            ("nickName pr", vec![ala, cy]),
            ("nickName ne \"al\"", vec![ada, bo, cy]),
            ("nickName sw \"cyc\"", vec![cy]),
            ("locale eq \"en-gb\"", vec![ala, bo, cy]),
            ("active eq false", vec![cy]),
            ("active eq True", vec![ada, ala, bo]),
            ("active ne \"True\"", vec![cy]),
            ("emails eq \"bo@home.example\"", vec![bo]),
            ("emails.value eq \"ada@example.com\"", vec![ada]),
            ("emails[type eq \"work\" and value sw \"a\"]", vec![ada, ala]),
            ("emails[type eq \"home\" and value co \"@example\"]", vec![]),
            ("emails[type eq \"home\"].value eq \"cy@home.example\"", vec![cy]),
            ("emails[not (type eq \"home\")].value co \"bo\"", vec![bo]),
            ("emails[primary eq true and value eq \"ala@example.com\"]", vec![ala]),
            ("emails pr", vec![ada, ala, bo, cy]),
            ("phoneNumbers.value eq \"+48601000111\"", vec![ala, bo, cy]),
            ("phoneNumbers pr and nickName pr", vec![ala, cy]),
            ("department eq \"yard\"", vec![ala, bo]),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq \"ncy\"", vec![cy]),
            ("department eq \"Yard\" and (title co \"weld\" or nickName eq \"al\") and not (active eq false)", vec![ala, bo]),
            ("manager pr", vec![]),
            ("name.familyName pr", vec![]),
            ("name pr", vec![ada, ala, bo, cy]),
            ("claimed eq true", vec![ada]),
            ("canDelete eq true", vec![ala, bo, cy]),
            ("meta.created gt \"2001-01-01T00:00:00Z\"", vec![ada, ala, bo, cy]),
            ("meta.lastModified lt \"2001-01-01T00:00:00Z\"", vec![]),
            ("groups pr", vec![]),
            ("startDate gt 0", vec![]),
            ("is_frontline eq true", vec![]),
            ("auth_method eq \"password\" and claimed eq true", vec![ada]),
            ("id eq \"nobody\"", vec![]),
            ("addresses pr", vec![]),
            ("timezone pr or inviteDate pr", vec![ada]),
        ] {
            assert_eq!(client.found(filter).await, expect, "{filter}");
        }
        for filter in ["shoeSize eq 1", "userName", "id co \"0\"", "meta.version eq \"1\"", "active gt true", "manager.$ref pr", "') OR 1=1 --"] {
            let answer = client.get(&format!("/Users?filter={}", encoded(filter))).await;
            assert_eq!((answer.status, &answer.body["scimType"]), (400, &json!("invalidFilter")), "{filter}: {}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn lists_are_sorted_and_paged_while_rows_come_and_go() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, _) = connected(server, &actor, Settings::default()).await;
        crowd(&client).await;
        let order = async |query: &str| {
            let answer = client.get(&format!("/Users?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.body);
            let items = answer.body["Resources"].as_array().unwrap().clone();
            items
                .iter()
                .map(|item| item["userName"].as_str().unwrap()[..2].to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(order("sortBy=userName").await, ["ad", "al", "bo", "cy"]);
        assert_eq!(
            order("sortBy=userName&sortOrder=descending").await,
            ["cy", "bo", "al", "ad"]
        );
        assert_eq!(
            order("sortBy=nickName").await,
            ["al", "cy", "ad", "bo"],
            "nothing comes last"
        );
        assert_eq!(
            order("sortBy=nickName&sortOrder=descending").await,
            ["bo", "ad", "cy", "al"],
            "and first the other way"
        );
        assert_eq!(order("sortBy=active").await, ["cy", "ad", "al", "bo"]);
        assert_eq!(
            order("sortBy=meta.created&sortOrder=descending").await,
            ["cy", "bo", "al", "ad"]
        );
        for by in [
            "id",
            "title",
            "emails",
            "name.familyName",
            "externalId",
            "manager",
            "startDate",
            "locale",
            "phoneNumbers",
            "inviteDate",
            "department",
        ] {
            assert_eq!(order(&format!("sortBy={by}")).await.len(), 4, "{by}");
        }
        let wrong = client.get("/Users?sortBy=shoeSize").await;
        assert_eq!(
            (wrong.status, &wrong.body["scimType"]),
            (400, &json!("invalidPath"))
        );

        for sorted in [
            "",
            "&sortBy=nickName",
            "&sortBy=nickName&sortOrder=descending",
            "&sortBy=meta.created",
            "&sortBy=userName&sortOrder=descending",
        ] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = client
                    .get(&format!("/Users?count=1&cursor={cursor}{sorted}"))
                    .await;
                assert_eq!(page.status, 200, "{}", page.body);
                seen.push(page.body["Resources"][0]["userName"].as_str().unwrap()[..2].to_owned());
                match page.body["nextCursor"].as_str() {
                    Some(next) => next.clone_into(&mut cursor),
                    None => break,
                }
            }
            assert_eq!(seen, order(sorted.trim_start_matches('&')).await, "{sorted}");
        }
        let page = client.get("/Users?count=1&cursor=").await;
        let next = page.body["nextCursor"].as_str().unwrap();
        for (query, kind) in [
            (format!("cursor={next}&filter=title%20pr"), "invalidCursor"),
            ("cursor=nonsense".to_owned(), "invalidCursor"),
            ("cursor=&count=5000".to_owned(), "invalidCount"),
        ] {
            let answer = client.get(&format!("/Users?{query}")).await;
            assert_eq!(
                (answer.status, &answer.body["scimType"]),
                (400, &json!(kind)),
                "{query}"
            );
        }

        // By number, too, nobody is skipped when somebody of an earlier page goes.
        let first = client.get("/Users?startIndex=1&count=2").await;
        assert_eq!(
            (
                &first.body["startIndex"],
                &first.body["itemsPerPage"],
                &first.body["totalResults"]
            ),
            (&json!(1), &json!(2), &json!(4))
        );
        let gone = first.body["Resources"][1]["id"].as_str().unwrap();
        assert_eq!(
            client
                .ask("DELETE", &format!("/Users/{gone}"), Value::Null)
                .await
                .status,
            204
        );
        let second = client.get("/Users?startIndex=3&count=2").await;
        let names: Vec<&str> = second.body["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["userName"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["bo@example.com", "cy@example.com"]);
        assert_eq!(client.get("/Users?count=0").await.body["Resources"], json!([]));
        let post = client
            .ask(
                "POST",
                "/Users/.search",
                json!({"filter": "userName sw \"b\"", "attributes": ["userName"]}),
            )
            .await;
        assert_eq!(post.body["Resources"][0]["userName"], "bo@example.com");
        assert_eq!(post.body["Resources"][0]["title"], Value::Null);
        let all = client.ask("POST", "/.search", json!({"count": 10})).await;
        assert_eq!(all.body["totalResults"], 3);
    })
    .await;
}

#[tokio::test]
async fn groups_are_pushed_and_concurrent_patches_lose_nobody() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, connector) = connected(server, &actor, Settings::default()).await;
        let mut people = Vec::new();
        for number in 0..20 {
            people.push(client.add(json!({"userName": format!("p{number}@example.com")})).await);
        }
        let made = client.ask("POST", "/Groups", json!({"displayName": "Yard", "externalId": "g1", "members": [{"value": people[0]}]})).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.body["id"].as_str().unwrap().to_owned();
        let path = format!("/Groups/{id}");
        assert_eq!(client.ask("POST", "/Groups", json!({"displayName": "Other", "externalId": "g1"})).await.status, 409);
        let adds = people[1..].iter().map(|person| {
            let (client, path) = (&client, &path);
            async move {
                let done = client.patch(path, json!([{"op": "Add", "path": "members", "value": [{"value": person}]}])).await;
                assert_eq!(done.status, 204, "{}", done.body);
            }
        });
        futures::future::join_all(adds).await;
        let read = client.get(&path).await;
        assert_eq!(read.body["members"].as_array().unwrap().len(), 20);
        let renamed = client.patch(&path, json!([{"op": "replace", "value": {"displayName": "The Yard"}}])).await;
        assert_eq!(renamed.status, 204);
        let same = client.ask("PUT", &path, json!({"displayName": "The Yard", "externalId": "g1"})).await;
        assert_eq!(same.body["members"].as_array().unwrap().len(), 20, "who names no members changes none");
        let one = client.patch(&path, json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", people[3])}])).await;
        assert_eq!(one.status, 204);
        let two = client.patch(&path, json!([{"op": "Remove", "path": "members", "value": [{"value": people[4]}, {"value": people[4]}]}])).await;
        assert_eq!(two.status, 204);
        let found = client.get(&format!("/Groups?excludedAttributes=members&filter={}", encoded("displayName eq \"the yard\""))).await;
        assert_eq!((&found.body["totalResults"], &found.body["Resources"][0]["members"]), (&json!(1), &Value::Null), "{}", found.body);
        for (filter, count) in [
            (format!("members.value eq \"{}\"", people[5]), 1),
            (format!("members[value eq \"{}\"]", people[3]), 0),
            (format!("id eq \"{id}\" and members pr and members.type eq \"user\""), 1),
            ("externalId eq \"g1\" and meta.created gt \"2001-01-01T00:00:00Z\"".to_owned(), 1),
        ] {
            let answer = client.get(&format!("/Groups?filter={}", encoded(&filter))).await;
            assert_eq!(answer.body["totalResults"], count, "{filter}: {}", answer.body);
        }
        assert_eq!(client.get("/Groups?sortBy=displayName&cursor=&count=1").await.body["Resources"][0]["displayName"], "The Yard");
        let person = client.get(&format!("/Users/{}", people[5])).await;
        assert_eq!(person.body["groups"][0]["display"], "The Yard");
        assert_eq!(client.found(&format!("groups.value eq \"{id}\"")).await.len(), 18);
        assert_eq!(client.found("groups[display eq \"the yard\"]").await.len(), 18);
        let stranger = client.patch(&path, json!([{"op": "add", "path": "members", "value": [{"value": "0199c8f2-0b61-7d0a-8000-000000000000"}]}])).await;
        assert_eq!((stranger.status, &stranger.body["scimType"]), (400, &json!("invalidValue")), "{}", stranger.body);

        // A setting makes them groups that people see, and hides them again.
        let shown = Settings { visible_groups: true, invite: false };
        connectors::update(&server.app, &actor, connector.id, "Entra ID", shown).await.unwrap();
        let seen = guildhall_core::groups::list(&server.app.db, &actor, None, None, 10).await.unwrap().items;
        assert_eq!((seen[0].0.name.as_str(), seen[0].0.members), ("The Yard", 18));
        client.patch(&path, json!([{"op": "replace", "path": "members", "value": [{"value": people[0]}]}, {"op": "replace", "path": "displayName", "value": "Y"}])).await;
        let seen = guildhall_core::groups::list(&server.app.db, &actor, None, None, 10).await.unwrap().items;
        assert_eq!((seen[0].0.name.as_str(), seen[0].0.members), ("Y", 1));
        connectors::update(&server.app, &actor, connector.id, "Entra ID", Settings::default()).await.unwrap();
        connectors::update(&server.app, &actor, connector.id, "Entra ID", shown).await.unwrap();
        claim(server, &actor, &invited(server, &actor, &people[0]).await).await;
        assert_eq!(client.ask("DELETE", &format!("/Users/{}", people[0]), Value::Null).await.status, 204);
        assert_eq!(client.get(&path).await.body["members"], Value::Null, "whoever left is in none of its groups");
        assert_eq!(client.ask("DELETE", &path, Value::Null).await.status, 204);
        assert_eq!(client.get(&path).await.status, 404);
        connectors::end(&server.app, &actor, connector.id).await.unwrap();
        assert_eq!(client.get("/Users").await.status, 401);
    })
    .await;
}

async fn invited(server: &Server, actor: &Actor, id: &str) -> String {
    use guildhall_core::accounts::{self, Change, Policy, Source, Verb, Whom};
    let invite = Change::new(Source::Admin, Verb::Invite { message: None });
    accounts::change(
        &server.app,
        actor,
        Whom::Is(id.parse().unwrap()),
        &invite,
        &Policy::default(),
    )
    .await
    .unwrap();
    id.to_owned()
}

#[tokio::test]
async fn many_at_once_refer_to_each_other() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, _) = connected(server, &actor, Settings::default()).await;
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "failOnErrors": 1,
            "Operations": [
                {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "G", "members": [{"value": "bulkId:a"}]}},
                {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "a@example.com"}},
                {"method": "PATCH", "path": "/Users/bulkId:a", "data": {"Operations": [{"op": "add", "path": "title", "value": "T"}]}},
                {"method": "PATCH", "path": "/Groups/bulkId:g", "data": {"Operations": [{"op": "remove", "path": "members[value eq \"bulkId:g\" or value eq \"bulkId:a\"]"}]}},
                {"method": "PATCH", "path": "/Groups/bulkId:g", "data": {"Operations": [{"op": "add", "path": "members", "value": [{"value": "bulkId:a"}]}]}},
                {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": "ada@example.com"}},
                {"method": "POST", "path": "/Users", "bulkId": "c", "data": {"userName": "c@example.com"}},
            ],
        });
        let answer = client.ask("POST", "/Bulk", body).await;
        let statuses: Vec<&str> = answer.body["Operations"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["201", "201", "200", "204", "204", "409"], "{}", answer.body);
        assert_eq!(answer.body["Operations"][5]["response"]["scimType"], "uniqueness");
        assert_eq!(client.found("title eq \"t\"").await, ["a@example.com"]);
        assert_eq!(client.found("groups.display eq \"g\"").await, ["a@example.com"]);
        let lost = client.ask("POST", "/Bulk", json!({"Operations": [{"method": "POST", "path": "/Groups", "bulkId": "x", "data": {"displayName": "X", "members": [{"value": "bulkId:y"}]}}]})).await;
        assert_eq!(lost.body["Operations"][0]["status"], "409");
        for wrong in [json!({}), json!({"Operations": [{"method": "GET", "path": "/Users"}]}), json!({"Operations": [{"method": "POST", "path": "/Users"}]}), json!({"Operations": [{"method": "POST", "path": "/Bulk", "bulkId": "1"}]})] {
            assert_eq!(client.ask("POST", "/Bulk", wrong.clone()).await.status, 400, "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
async fn scripts_and_connectors_of_workplace_go_on_working() {
    on_both(async |server| {
        let (_, actor) = admin(server).await;
        let (client, _) = connected(server, &actor, Settings::default()).await;
        let v1 = async |method: &str, path: &str, body: Value| server.bearer(&client.bearer, method, &format!("/scim/v1{path}"), body).await;
        let made = v1("POST", "/Users", json!({
            "schemas": ["urn:scim:schemas:core:1.0", "urn:scim:schemas:extension:enterprise:1.0"],
            "userName": "anna@example.com", "name": {"formatted": "Anna Nowak"}, "active": true, "invited": true,
            "urn:scim:schemas:extension:enterprise:1.0": {"department": "Yard", "manager": {"managerId": "boss@example.com"}},
            "urn:scim:schemas:extension:facebook:starttermdates:1.0": {"startDate": 1_769_817_600},
        })).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.headers["content-type"], "application/json");
        let id = made.body["id"].as_str().unwrap().to_owned();
        assert_eq!(made.body["urn:scim:schemas:extension:facebook:accountstatusdetails:1.0"]["invited"], true);
        assert_eq!(made.body["urn:scim:schemas:extension:facebook:starttermdates:1.0"]["startDate"], 1_769_817_600);
        client.add(json!({"userName": "boss@example.com"})).await;
        let read = v1("GET", &format!("/Users/{id}"), Value::Null).await;
        assert_eq!(read.body["urn:scim:schemas:extension:enterprise:1.0"]["manager"]["displayName"], "boss", "{}", read.body);
        let patched = v1("PATCH", &format!("/Users/{id}"), json!({"title": "T", "meta": {"attributes": ["department"]}})).await;
        assert_eq!((&patched.body["title"], &patched.body["urn:scim:schemas:extension:enterprise:1.0"]["department"]), (&json!("T"), &Value::Null), "{}", patched.body);
        let listed = v1("GET", "/Users?filter=userName%20eq%20%22anna%40example.com%22", Value::Null).await;
        assert_eq!(listed.body["schemas"], json!(["urn:scim:schemas:core:1.0"]));
        assert_eq!(listed.body["Resources"][0]["schemas"][0], "urn:scim:schemas:core:1.0");
        let gone = v1("GET", "/Users/nobody", Value::Null).await;
        assert_eq!((gone.status, &gone.body["Errors"][0]["code"]), (404, &json!("404")));
        assert_eq!(v1("GET", "/ServiceProviderConfigs", Value::Null).await.status, 200);
        // Without an e-mail address.
        let frontline = client.ask("POST", "/Users", json!({"externalId": "F7", "displayName": "Bo", "urn:ietf:params:scim:schemas:extension:facebook:frontline:2.0:User": {"is_frontline": "True"}})).await;
        assert_eq!((frontline.status, &frontline.body["userName"]), (201, &json!("F7")), "{}", frontline.body);
        assert_eq!(client.found("is_frontline eq true").await, ["F7"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_said_by_its_name_and_strangers_see_nothing() {
    on_both(async |server| {
        let (cookie, actor) = admin(server).await;
        let (client, connector) = connected(server, &actor, Settings::default()).await;
        for (bearer, status) in [
            ("", 401),
            ("Bearer nonsense", 401),
            ("Basic x", 401),
            ("bearer ghp_nonsense", 401),
        ] {
            let answer = server.bearer(bearer, "GET", "/scim/v2/Users", Value::Null).await;
            assert_eq!(
                (answer.status, answer.body["status"].as_str()),
                (status, Some("401")),
                "{bearer}"
            );
            assert!(answer.headers.contains_key("www-authenticate"));
        }
        let by_cookie = server.get(&cookie, "/scim/v2/Users").await;
        assert_eq!(by_cookie.status, 401, "a session opens no SCIM");
        for (method, path, body, status) in [
            ("GET", "/Nothing", Value::Null, 404),
            ("GET", "/v2/Users", Value::Null, 404),
            ("GET", "/Users/nobody", Value::Null, 404),
            ("PUT", "/Users", json!({}), 405),
            ("POST", "/Users/nobody", json!({}), 405),
            ("POST", "/Users", json!({"displayName": "X"}), 400),
            ("POST", "/Users", json!([]), 400),
            ("POST", "/Groups", json!({}), 400),
            (
                "PATCH",
                "/Users/nobody",
                json!({"Operations": [{"op": "remove"}]}),
                400,
            ),
            ("POST", "/Schemas", json!({}), 405),
            ("GET", "/Schemas?filter=id%20pr", Value::Null, 403),
            ("GET", "/Schemas/nothing", Value::Null, 404),
            ("GET", "/ResourceTypes/User", Value::Null, 200),
            ("GET", "/ServiceProviderConfig", Value::Null, 200),
            ("GET", "/Schemas", Value::Null, 200),
            ("GET", "/", Value::Null, 200),
            ("GET", "/Me", Value::Null, 404),
        ] {
            let answer = client.ask(method, path, body).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
            if status >= 400 {
                assert_eq!(
                    answer.body["schemas"],
                    json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
                    "{path}"
                );
                assert!(
                    answer.body["detail"]
                        .as_str()
                        .is_some_and(|detail| detail.len() > 20)
                );
            }
        }
        // Another workplace sees none of it.
        let other = workplaces::create(&server.app, "Other", "en", "UTC")
            .await
            .unwrap();
        let (stranger, _) = connected(server, &Actor::command_line(other.id), Settings::default()).await;
        let id = client.add(anna()).await;
        assert_eq!(stranger.get(&format!("/Users/{id}")).await.status, 404);
        assert!(stranger.found("userName pr").await.is_empty());
        // A token that was ended is told apart in the log.
        let tokens = connectors::tokens_of(&server.app, &actor, connector.id)
            .await
            .unwrap();
        let (_, fresh) = connectors::rotate(&server.app, &actor, connector.id, 1, None)
            .await
            .unwrap();
        assert_eq!(
            client.get("/Users").await.status,
            200,
            "the old one lives on for an hour"
        );
        assert_eq!(
            server
                .bearer(&format!("Bearer {fresh}"), "GET", "/scim/v2/Users", Value::Null)
                .await
                .status,
            200
        );
        connectors::end_token(&server.app, &actor, connector.id, tokens[0].id)
            .await
            .unwrap();
        assert_eq!(client.get("/Users").await.status, 401);
        server.desk.written().await;
        let log = server
            .get(
                &cookie,
                &format!("/api/v1/connectors/{}/log?outcome=refused", connector.id),
            )
            .await;
        assert_eq!(log.body["items"][0]["reason"], "token_over", "{}", log.body);
    })
    .await;
}
