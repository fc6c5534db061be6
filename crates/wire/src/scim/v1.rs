//! SCIM 1.1, for the connectors that were written for it.

use serde_json::{Value, json};

use super::patch::{Operation, OperationKind};
use super::path::{Target, parse as parse_path};
use super::schema::Resource;
use super::{ENTERPRISE, Map, ScimError};

/// A resource in the shape of 1.1.
pub fn to_v1(resource: Resource, mut map: Map) -> Map {
    let mut schemas = vec![json!(resource.schema().old_urn)];
    for schema in resource.extensions() {
        if let Some(mut part) = map.remove(schema.urn) {
            if schema.urn == ENTERPRISE.urn
                && let Some(manager) = part.get_mut("manager").and_then(Value::as_object_mut)
            {
                if let Some(id) = manager.remove("value") {
                    manager.insert("managerId".to_owned(), id);
                }
                manager.remove("$ref");
            }
            schemas.push(json!(schema.old_urn));
            map.insert(schema.old_urn.to_owned(), part);
        }
    }
    map.insert("schemas".to_owned(), Value::Array(schemas));
    if let Some(meta) = map.get_mut("meta").and_then(Value::as_object_mut) {
        meta.remove("resourceType");
    }
    map
}

/// A PATCH of 1.1: the attributes that `meta.attributes` names are cleared, those that are given are merged in, and
/// items with `"operation": "delete"` are removed.
pub fn patch_from_v1(resource: Resource, body: &Value) -> Result<Vec<Operation>, ScimError> {
    let body = body
        .as_object()
        .ok_or_else(|| ScimError::syntax("Send one JSON object with what is to change."))?;
    let mut found = Vec::new();
    let cleared = body
        .get("meta")
        .and_then(|meta| meta.get("attributes"))
        .and_then(Value::as_array);
    for name in cleared.into_iter().flatten().filter_map(Value::as_str) {
        let target = parse_path(resource, name)?;
        found.push(operation(OperationKind::Remove, &target, Value::Null));
    }
    for (key, value) in body {
        if key == "schemas" || key == "meta" || key == "id" {
            continue;
        }
        let Ok(target) = parse_path(resource, key) else {
            continue;
        };
        let Value::Array(items) = value else {
            found.push(operation(OperationKind::Replace, &target, value.clone()));
            continue;
        };
        let deletes = |item: &Value| {
            let word = item.get("operation").and_then(Value::as_str);
            word.is_some_and(|word| word.eq_ignore_ascii_case("delete"))
        };
        let (gone, added): (Vec<Value>, Vec<Value>) = items.iter().cloned().partition(deletes);
        if !gone.is_empty() {
            found.push(operation(OperationKind::Remove, &target, Value::Array(gone)));
        }
        if !added.is_empty() {
            found.push(operation(OperationKind::Add, &target, Value::Array(added)));
        }
    }
    Ok(found)
}

fn operation(kind: OperationKind, target: &Target, value: Value) -> Operation {
    Operation {
        kind,
        target: target.clone(),
        value,
    }
}
