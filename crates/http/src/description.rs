//! The description of the API as programs want it: every operation with a name of its own, and every field of an
//! answer there, be it null.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const SCHEMA: &str = "#/components/schemas/";

/// Finishes what the handlers say.
pub fn finish(description: &mut Value) {
    name_operations(description);
    let asked = reachable(description, |operation| operation.get("requestBody"));
    if let Some(schemas) = description
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        for (name, schema) in schemas {
            if !asked.contains(name) {
                require_all(schema);
            }
        }
    }
}

fn operations(description: &mut Value, mut each: impl FnMut(&str, &str, &mut Map<String, Value>)) {
    let paths = description.get_mut("paths").and_then(Value::as_object_mut);
    for (path, methods) in paths.into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = methods.get_mut(method).and_then(Value::as_object_mut) {
                each(path, method, operation);
            }
        }
    }
}

/// `get /api/v1/people/{id}` becomes `get_people_by_id`.
fn name_operations(description: &mut Value) {
    operations(description, |path, method, operation| {
        let words = path
            .trim_start_matches("/api/v1")
            .split('/')
            .filter(|word| !word.is_empty())
            .map(|word| match word.strip_prefix('{') {
                Some(word) => format!("by_{}", word.trim_end_matches('}')),
                None => word.replace(['-', '.'], "_"),
            });
        let words: Vec<String> = std::iter::once(method.to_owned()).chain(words).collect();
        operation.insert("operationId".into(), words.join("_").into());
    });
}

/// The schemas that a part of any operation leads to.
fn reachable(
    description: &mut Value,
    part: impl Fn(&Map<String, Value>) -> Option<&Value>,
) -> BTreeSet<String> {
    let mut ahead: Vec<String> = Vec::new();
    operations(description, |_, _, operation| {
        ahead.extend(part(operation).into_iter().flat_map(references));
    });
    let mut found = BTreeSet::new();
    while let Some(name) = ahead.pop() {
        if let Some(schema) = description.pointer(&format!("/components/schemas/{name}")) {
            ahead.extend(
                references(schema)
                    .into_iter()
                    .filter(|other| !found.contains(other)),
            );
        }
        found.insert(name);
    }
    found
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(text) if key == "$ref" => {
                    text.strip_prefix(SCHEMA).map(str::to_owned).into_iter().collect()
                }
                other => references(other),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

fn require_all(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(properties) = map.get("properties").and_then(Value::as_object) {
                let names: Vec<Value> = properties.keys().map(|name| name.as_str().into()).collect();
                map.insert("required".into(), names.into());
            }
            map.values_mut().for_each(require_all);
        }
        Value::Array(items) => items.iter_mut().for_each(require_all),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operations_have_names_and_answers_have_all_their_fields() {
        let object = |names: &[&str]| {
            let properties: Map<String, Value> =
                names.iter().map(|name| ((*name).into(), json!({}))).collect();
            json!({"type": "object", "properties": properties})
        };
        let mut description = json!({
            "paths": {"/api/v1/me/sessions/{id}": {"put": {
                "requestBody": {"content": {"schema": {"$ref": "#/components/schemas/Asked"}}},
                "responses": {"200": {"schema": {"$ref": "#/components/schemas/Told"}}},
            }}},
            "components": {"schemas": {"Asked": object(&["a"]), "Told": object(&["b", "c"])}},
        });
        finish(&mut description);
        let operation = &description["paths"]["/api/v1/me/sessions/{id}"]["put"];
        assert_eq!(operation["operationId"], "put_me_sessions_by_id");
        assert_eq!(
            description["components"]["schemas"]["Told"]["required"],
            json!(["b", "c"])
        );
        assert_eq!(
            description["components"]["schemas"]["Asked"]["required"],
            Value::Null
        );
    }

    #[test]
    fn no_two_operations_have_one_name() {
        let mut description: Value = serde_json::from_str(&crate::openapi()).unwrap();
        let mut names = Vec::new();
        operations(&mut description, |_, _, operation| {
            names.push(operation["operationId"].to_string());
        });
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
