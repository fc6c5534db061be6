//! PATCH (RFC 7644, section 3.5.2) on a resource in canonical form.

use scim_v2::filter::ValFilter;
use serde_json::Value;

use super::filter::{equalities, lets_through, named_values};
use super::path::{Place, Target, parse as parse_path};
use super::read::{coerce, extension, item_value, merge_extension, object, set};
use super::schema::{Attribute, Resource, Type};
use super::{ErrorKind, Map, ScimError};

/// The most operations of one PATCH.
const MOST: usize = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    Add,
    Replace,
    Remove,
}

/// One operation on one target.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    pub kind: OperationKind,
    pub target: Target,
    pub value: Value,
}

/// The value under a name in whatever case.
fn named<'a>(map: &'a Map, name: &str) -> Option<&'a Value> {
    map.iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// Reads the operations of a PATCH, and the names of what was sent and is not kept. One without a path becomes one for
/// each name in its value.
pub fn operations(resource: Resource, body: &Value) -> Result<(Vec<Operation>, Vec<String>), ScimError> {
    let wrong =
        || ScimError::syntax("Send an object with a list of \"Operations\", each with op, path and value.");
    let body = body.as_object().ok_or_else(wrong)?;
    let given: Vec<&Value> = match named(body, "Operations") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err(wrong()),
    };
    if given.len() > MOST {
        return Err(ScimError::new(
            ErrorKind::TooMany,
            format!("Send at most {MOST} operations at once."),
        ));
    }
    let (mut found, mut ignored) = (Vec::new(), Vec::new());
    for operation in given {
        let operation = operation.as_object().ok_or_else(wrong)?;
        let op = named(operation, "op").and_then(Value::as_str).unwrap_or_default();
        let kind = match op.trim().to_ascii_lowercase().as_str() {
            "add" => OperationKind::Add,
            "replace" => OperationKind::Replace,
            "remove" => OperationKind::Remove,
            _ => {
                return Err(ScimError::syntax(format!(
                    "\"{op}\" is no operation: use add, replace or remove."
                )));
            }
        };
        let value = named(operation, "value").cloned().unwrap_or(Value::Null);
        match named(operation, "path")
            .and_then(Value::as_str)
            .filter(|path| !path.trim().is_empty())
        {
            Some(path) => {
                let target = parse_path(resource, path)?;
                found.push(Operation { kind, target, value });
            }
            None if kind == OperationKind::Remove => {
                return Err(ScimError::new(
                    ErrorKind::NoTarget,
                    "A remove needs a path that says what to remove.",
                ));
            }
            None => {
                let Value::Object(values) = value else {
                    return Err(ScimError::value(
                        "Without a path, the value must be an object of attributes.",
                    ));
                };
                for (key, value) in values {
                    match parse_path(resource, &key) {
                        Ok(target) if writable(&target) => found.push(Operation { kind, target, value }),
                        Ok(_) => {}
                        Err(_) => ignored.push(key),
                    }
                }
            }
        }
    }
    Ok((found, ignored))
}

fn writable(target: &Target) -> bool {
    match target {
        Target::Extension(_) => true,
        Target::Place(place, _) => {
            place.attribute.is_writable() && place.leaf().is_writable() && place.attribute.name != "schemas"
        }
    }
}

/// Does one operation to a resource.
pub fn apply(resource: &mut Map, operation: &Operation) -> Result<(), ScimError> {
    if !writable(&operation.target) {
        return Err(ScimError::new(
            ErrorKind::Mutability,
            "That attribute is kept by the server and can't be set.",
        ));
    }
    match &operation.target {
        Target::Extension(schema) => {
            if operation.kind != OperationKind::Add {
                resource.remove(schema.urn);
            }
            if operation.kind != OperationKind::Remove {
                let found = extension(schema, &operation.value, &mut Vec::new())?;
                merge_extension(resource, schema, found);
            }
            Ok(())
        }
        Target::Place(place, filter) => {
            let holder = match place.extension {
                Some(schema) => object(resource, schema.urn),
                None => resource,
            };
            let done = at(holder, *place, filter.as_ref(), operation);
            if let Some(schema) = place.extension
                && resource
                    .get(schema.urn)
                    .and_then(Value::as_object)
                    .is_some_and(Map::is_empty)
            {
                resource.remove(schema.urn);
            }
            done
        }
    }
}

fn at(
    holder: &mut Map,
    place: Place,
    filter: Option<&ValFilter>,
    operation: &Operation,
) -> Result<(), ScimError> {
    let removes = operation.kind == OperationKind::Remove;
    if place.attribute.multi {
        return many(holder, place, filter, operation);
    }
    if let Some(sub) = place.sub {
        let value = if removes {
            None
        } else {
            coerce(sub, &operation.value)?
        };
        let parts = object(holder, place.attribute.name);
        set(parts, sub, value);
        if parts.is_empty() {
            holder.remove(place.attribute.name);
        }
        return Ok(());
    }
    let value = if removes {
        None
    } else {
        coerce(place.attribute, &operation.value)?
    };
    if value.is_none() && place.attribute.required {
        return Err(ScimError::new(
            ErrorKind::Mutability,
            format!("\"{}\" is required and can't be removed.", place.attribute.name),
        ));
    }
    match value {
        // Parts that are not named stay as they are (section 3.5.2.3).
        Some(Value::Object(parts)) if place.attribute.kind == Type::Complex => {
            object(holder, place.attribute.name).extend(parts);
        }
        value => set(holder, place.attribute, value),
    }
    Ok(())
}

fn items_of(holder: &Map, attribute: &Attribute) -> Vec<Map> {
    let items = holder.get(attribute.name).and_then(Value::as_array);
    let items = items.into_iter().flatten();
    items.filter_map(|item| item.as_object().cloned()).collect()
}

fn many(
    holder: &mut Map,
    place: Place,
    filter: Option<&ValFilter>,
    operation: &Operation,
) -> Result<(), ScimError> {
    let attribute = place.attribute;
    let mut items = items_of(holder, attribute);
    match (filter, place.sub) {
        (None, None) => all(attribute, &mut items, operation)?,
        _ => some(place, filter, &mut items, operation)?,
    }
    one_primary(&mut items, operation);
    let items: Vec<Value> = items
        .into_iter()
        .filter(|item| !item.is_empty())
        .map(Value::Object)
        .collect();
    set(
        holder,
        attribute,
        Some(Value::Array(items)).filter(|list| list != &Value::Array(Vec::new())),
    );
    Ok(())
}

/// An operation on a list as a whole.
fn all(attribute: &'static Attribute, items: &mut Vec<Map>, operation: &Operation) -> Result<(), ScimError> {
    let given: Vec<Map> = match coerce(attribute, &operation.value)? {
        Some(Value::Array(given)) => given
            .into_iter()
            .filter_map(|item| item.as_object().cloned())
            .collect(),
        _ => Vec::new(),
    };
    match operation.kind {
        OperationKind::Replace => *items = given,
        OperationKind::Remove if operation.value.is_null() => items.clear(),
        // Some clients name what to remove in the value; who names nothing there removes nothing.
        OperationKind::Remove => {
            items.retain(|item| !given.iter().any(|gone| gone.get("value") == item.get("value")));
        }
        OperationKind::Add => {
            for item in given {
                let same = |other: &Map| {
                    other.get("value") == item.get("value")
                        && other.get("type") == item.get("type")
                        && item.contains_key("value")
                };
                match items.iter().position(same) {
                    Some(at) => items[at].extend(item),
                    None if items.contains(&item) => {}
                    None => items.push(item),
                }
            }
        }
    }
    Ok(())
}

/// An operation on those items of a list that the filter lets through, or on a part of each.
fn some(
    place: Place,
    filter: Option<&ValFilter>,
    items: &mut Vec<Map>,
    operation: &Operation,
) -> Result<(), ScimError> {
    let attribute = place.attribute;
    let mut hit = Vec::with_capacity(items.len());
    for item in items.iter() {
        hit.push(match filter {
            Some(filter) => lets_through(attribute, filter, item)?,
            None => true,
        });
    }
    if operation.kind == OperationKind::Remove {
        if let Some(sub) = place.sub {
            for (item, _) in items.iter_mut().zip(&hit).filter(|(_, hit)| **hit) {
                item.remove(sub.name);
            }
        } else {
            let mut hit = hit.iter();
            items.retain(|_| !hit.next().copied().unwrap_or(false));
        }
        return Ok(());
    }
    let given = match place.sub {
        Some(sub) => {
            let mut part = Map::new();
            set(&mut part, sub, coerce(sub, &operation.value)?);
            part
        }
        None => match &operation.value {
            Value::Array(values) => match values.first() {
                Some(first) => item_value(attribute, first)?.unwrap_or_default(),
                None => Map::new(),
            },
            value => item_value(attribute, value)?.unwrap_or_default(),
        },
    };
    if !hit.contains(&true) {
        // Nothing is there yet: the filter says what the new item is.
        let made = match filter {
            Some(filter) => equalities(attribute, filter),
            None => Some(Map::new()),
        };
        let Some(mut made) = made else {
            return Err(ScimError::new(
                ErrorKind::NoTarget,
                format!(
                    "Nothing among \"{}\" matches the filter of the path.",
                    attribute.name
                ),
            ));
        };
        if !given.is_empty() {
            made.extend(given);
            items.push(made);
        }
        return Ok(());
    }
    for (item, _) in items.iter_mut().zip(&hit).filter(|(_, hit)| **hit) {
        match place.sub {
            Some(sub) if given.is_empty() => {
                item.remove(sub.name);
            }
            _ => item.extend(given.clone()),
        }
        if item.get("value").is_none() && attribute.sub("value").is_some() {
            item.clear();
        }
    }
    Ok(())
}

/// At most one item is the primary one: the newest that was named so (section 3.5.2).
fn one_primary(items: &mut [Map], operation: &Operation) {
    let is_primary = |item: &Map| item.get("primary") == Some(&Value::Bool(true));
    if operation.kind == OperationKind::Remove || items.iter().filter(|item| is_primary(item)).count() < 2 {
        return;
    }
    let newest = items.iter().rposition(is_primary);
    for (at, item) in items.iter_mut().enumerate() {
        if Some(at) != newest && is_primary(item) {
            item.insert("primary".to_owned(), Value::Bool(false));
        }
    }
}

/// What a PATCH does to the members of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberOperation {
    Add(Vec<String>),
    Remove(Vec<String>),
    Replace(Vec<String>),
    Clear,
}

fn ids(attribute: &Attribute, value: &Value) -> Result<Vec<String>, ScimError> {
    let Some(Value::Array(items)) = coerce(attribute, value)? else {
        return Ok(Vec::new());
    };
    items
        .iter()
        .map(|item| {
            let id = item.get("value").and_then(Value::as_str);
            id.map(str::to_owned)
                .ok_or_else(|| ScimError::value("Each member needs a \"value\", the id of a person."))
        })
        .collect()
}

/// What the operation does to the members, if it is about them; thousands at once are never held as one list.
pub fn member_operations(operation: &Operation) -> Result<Option<MemberOperation>, ScimError> {
    let Target::Place(place, filter) = &operation.target else {
        return Ok(None);
    };
    if place.attribute.name != "members" {
        return Ok(None);
    }
    if let Some(filter) = filter {
        let named = named_values(filter).ok_or_else(|| {
            ScimError::new(
                ErrorKind::InvalidFilter,
                "Members are chosen by their id: members[value eq \"id\"].",
            )
        })?;
        return Ok(Some(match operation.kind {
            OperationKind::Remove => MemberOperation::Remove(named),
            _ => MemberOperation::Add(named),
        }));
    }
    let given = ids(place.attribute, &operation.value)?;
    Ok(Some(match operation.kind {
        OperationKind::Add => MemberOperation::Add(given),
        OperationKind::Replace => MemberOperation::Replace(given),
        // A value that names nobody is not the same as none.
        OperationKind::Remove if operation.value.is_null() => MemberOperation::Clear,
        OperationKind::Remove => MemberOperation::Remove(given),
    }))
}
