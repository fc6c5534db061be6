//! SCIM as the clients of identity providers speak it, on both databases.

mod admins;
#[path = "../common/mod.rs"]
mod common;
mod people;

use common::{Answer, Server};
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
