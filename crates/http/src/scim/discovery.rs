//! What the server says of itself (RFC 7644, section 4).

use guildhall_wire::scim::{
    LIST, Resource, all_schemas, resource_type, resource_types, service_provider_config,
};
use serde_json::{Value, json};

use super::reply::{self, Reply};
use super::{Call, LIMITS, Version};

/// A list that is always whole.
fn list(items: Vec<Value>) -> Value {
    json!({
        "schemas": [LIST],
        "totalResults": items.len(),
        "itemsPerPage": items.len(),
        "startIndex": 1,
        "Resources": items,
    })
}

/// The answer, if the address is one of these.
pub fn answer(call: &Call, segments: &[&str]) -> Option<Reply> {
    let base = &call.base;
    let first = segments.first()?.to_ascii_lowercase();
    if !matches!(
        first.as_str(),
        "schemas" | "resourcetypes" | "serviceproviderconfig" | "serviceproviderconfigs"
    ) {
        return None;
    }
    if call.method != "GET" {
        return Some(reply::method("GET"));
    }
    if call.parameter("filter").is_some() {
        return Some(reply::refused(
            403,
            None,
            "forbidden",
            "These can't be filtered: read them all.",
        ));
    }
    let none = || reply::refused(404, None, "not_found", "There is nothing of that name.");
    let body = match (first.as_str(), segments.get(1)) {
        ("schemas", None) => list(all_schemas().map(|schema| schema.told(base)).collect()),
        ("schemas", Some(urn)) => match all_schemas().find(|schema| schema.is(urn)) {
            Some(schema) => schema.told(base),
            None => return Some(none()),
        },
        ("resourcetypes", None) => list(resource_types(base)),
        ("resourcetypes", Some(name)) => {
            let found = [Resource::User, Resource::Group]
                .into_iter()
                .find(|one| one.name() == *name);
            match found {
                Some(resource) => resource_type(resource, base),
                None => return Some(none()),
            }
        }
        _ => {
            let mut config = service_provider_config(base, LIMITS);
            if call.version == Version::V1 {
                config["schemas"] = json!(["urn:scim:schemas:core:1.0"]);
                config["xmlDataFormat"] = json!({ "supported": false });
            }
            config
        }
    };
    Some(Reply::read(body, "Read what this server can do."))
}
