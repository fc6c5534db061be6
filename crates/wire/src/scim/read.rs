//! Reading resources as they really come, into canonical form.

use serde_json::{Map as JsonMap, Value};

use super::path::{Target, parse as parse_path};
use super::schema::{Attribute, Mutability, Resource, Schema, Type, find};
use super::schemas::COMMON;
use super::{Map, ScimError};

/// The most characters of one value.
const LONGEST: usize = 10_000;
/// The most items of one list; members of a group are counted elsewhere.
const MOST_ITEMS: usize = 100;

/// A resource that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    pub resource: Map,
    /// The names of what was sent and is not kept.
    pub ignored: Vec<String>,
}

/// Reads a resource. What a client may not set is left out; what nobody knows is left out and named.
pub fn read(resource: Resource, body: &Value) -> Result<Read, ScimError> {
    let given = body
        .as_object()
        .ok_or_else(|| ScimError::syntax("Send one JSON object that describes the resource."))?;
    let mut read = Read::default();
    for (key, value) in given {
        take(resource, key, value, &mut read)?;
    }
    Ok(read)
}

fn take(resource: Resource, key: &str, value: &Value, read: &mut Read) -> Result<(), ScimError> {
    if let Some(schema) = resource
        .extensions()
        .iter()
        .copied()
        .find(|schema| schema.is(key))
    {
        let found = extension(schema, value, &mut read.ignored)?;
        merge_extension(&mut read.resource, schema, found);
        return Ok(());
    }
    if let Some(attribute) = find(resource.schema().attributes, key).or_else(|| find(COMMON, key)) {
        if attribute.is_writable() && attribute.name != "schemas" {
            set(&mut read.resource, attribute, coerce(attribute, value)?);
        }
        return Ok(());
    }
    // Paths as names: `urn:…:User:department`, `name.givenName`, or the bare name of an attribute of an extension.
    match parse_path(resource, key) {
        Ok(Target::Place(place, None)) => {
            if !place.leaf().is_writable() || !place.attribute.is_writable() {
                return Ok(());
            }
            let holder = match place.extension {
                Some(schema) => object(&mut read.resource, schema.urn),
                None => &mut read.resource,
            };
            match place.sub {
                None => set(holder, place.attribute, coerce(place.attribute, value)?),
                Some(sub) if !place.attribute.multi => {
                    let holder = object(holder, place.attribute.name);
                    set(holder, sub, coerce(sub, value)?);
                }
                Some(_) => read.ignored.push(key.to_owned()),
            }
        }
        _ => read.ignored.push(key.to_owned()),
    }
    Ok(())
}

/// The object under that name, made if it is not there.
pub(super) fn object<'a>(map: &'a mut Map, name: &str) -> &'a mut Map {
    let slot = map.entry(name).or_insert_with(|| Value::Object(JsonMap::new()));
    if !slot.is_object() {
        *slot = Value::Object(JsonMap::new());
    }
    slot.as_object_mut().expect("it was made an object just now")
}

/// Sets a value, or takes it away.
pub(super) fn set(map: &mut Map, attribute: &Attribute, value: Option<Value>) {
    match value {
        Some(value) => {
            map.insert(attribute.name.to_owned(), value);
        }
        None => {
            map.remove(attribute.name);
        }
    }
}

/// Puts what was read of an extension into the resource.
pub(super) fn merge_extension(resource: &mut Map, schema: &Schema, found: Map) {
    if !found.is_empty() {
        object(resource, schema.urn).extend(found);
    }
}

/// Reads the attributes of an extension.
pub(super) fn extension(schema: &Schema, value: &Value, ignored: &mut Vec<String>) -> Result<Map, ScimError> {
    let mut found = Map::new();
    match value {
        Value::Object(given) => {
            for (key, value) in given {
                match schema.attribute(key) {
                    Some(attribute) if attribute.is_writable() => {
                        set(&mut found, attribute, coerce(attribute, value)?);
                    }
                    Some(_) => {}
                    None => ignored.push(format!("{}:{key}", schema.urn)),
                }
            }
        }
        Value::Null => {}
        // An extension with one attribute, sent as if it were that attribute.
        bare => match schema.attributes {
            [attribute] => set(&mut found, attribute, coerce(attribute, bare)?),
            _ => ignored.push(schema.urn.to_owned()),
        },
    }
    Ok(found)
}

/// A value as the schema has it. Null, empty texts and empty lists are nothing.
pub(super) fn coerce(attribute: &Attribute, value: &Value) -> Result<Option<Value>, ScimError> {
    if value.is_null() {
        return Ok(None);
    }
    if attribute.multi {
        return list(attribute, value);
    }
    match value {
        Value::Array(items) => match items.first() {
            Some(first) => coerce(attribute, first),
            None => Ok(None),
        },
        _ if attribute.kind == Type::Complex => complex(attribute, value),
        _ => single(attribute, value),
    }
}

fn list(attribute: &Attribute, value: &Value) -> Result<Option<Value>, ScimError> {
    let items: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) if map.is_empty() => Vec::new(),
        one => vec![one],
    };
    if attribute.name != "members" && items.len() > MOST_ITEMS {
        return Err(ScimError::value(format!(
            "\"{}\" has more than {MOST_ITEMS} values: send fewer.",
            attribute.name
        )));
    }
    let mut found = Vec::with_capacity(items.len());
    let mut has_primary = false;
    for item in items {
        let Some(mut item) = item_value(attribute, item)? else {
            continue;
        };
        if item.get("primary") == Some(&Value::Bool(true)) && std::mem::replace(&mut has_primary, true) {
            item.insert("primary".to_owned(), Value::Bool(false));
        }
        found.push(Value::Object(item));
    }
    Ok(Some(Value::Array(found)).filter(|list| list != &Value::Array(Vec::new())))
}

/// One item of a list; a bare value is one under `value`.
pub fn item_value(attribute: &Attribute, value: &Value) -> Result<Option<Map>, ScimError> {
    match complex(attribute, value)? {
        Some(Value::Object(map)) => Ok(Some(map)),
        _ => Ok(None),
    }
}

/// What some clients call a sub-attribute.
fn alias<'a>(attribute: &Attribute, name: &'a str) -> &'a str {
    match name {
        "managerId" if attribute.name == "manager" => "value",
        _ => name,
    }
}

fn complex(attribute: &Attribute, value: &Value) -> Result<Option<Value>, ScimError> {
    let mut found = Map::new();
    match value {
        Value::Object(given) => {
            for (name, value) in given {
                let Some(sub) = attribute.sub(alias(attribute, name)) else {
                    continue;
                };
                let is_reference = sub.name == "$ref";
                if sub.mutability == Mutability::ReadOnly && !is_reference
                    || is_reference && given.contains_key("value")
                {
                    continue;
                }
                let value = coerce(sub, value)?;
                if sub.name == "$ref" {
                    // An address alone says whom it means by its last part.
                    let last = value
                        .as_ref()
                        .and_then(Value::as_str)
                        .and_then(|url| url.rsplit('/').next());
                    if let Some(id) = last {
                        found.insert("value".to_owned(), id.into());
                    }
                    continue;
                }
                set(&mut found, sub, value);
            }
        }
        Value::Null => {}
        bare => {
            let sub = attribute.sub("value").or(attribute.subs.first());
            if let Some(sub) = sub.filter(|sub| sub.kind != Type::Complex) {
                set(&mut found, sub, coerce(sub, bare)?);
            }
        }
    }
    Ok(Some(found).filter(|found| !found.is_empty()).map(Value::Object))
}

fn single(attribute: &Attribute, value: &Value) -> Result<Option<Value>, ScimError> {
    let wrong = |what: &str| {
        ScimError::value(format!(
            "\"{}\" must be {what}, not {}.",
            attribute.name,
            short(value)
        ))
    };
    match attribute.kind {
        Type::Boolean => boolean(value).map(Some).ok_or_else(|| wrong("true or false")),
        Type::Integer => match value {
            Value::String(text) if text.trim().is_empty() => Ok(None),
            _ => seconds(value)
                .map(|seconds| Some(seconds.into()))
                .ok_or_else(|| wrong("a number of seconds since 1970, or a date")),
        },
        _ => {
            let text = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                Value::Object(map) => match map.get("value").and_then(Value::as_str) {
                    Some(text) => text.trim().to_owned(),
                    None => return Err(wrong("a text")),
                },
                _ => return Err(wrong("a text")),
            };
            if text.chars().count() > LONGEST || text.contains('\0') {
                return Err(wrong("a text of at most 10,000 characters"));
            }
            Ok(Some(text).filter(|text| !text.is_empty()).map(Value::String))
        }
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

/// True and false, as words, numbers and in whatever case.
pub(super) fn boolean(value: &Value) -> Option<Value> {
    let flag = match value {
        Value::Bool(flag) => *flag,
        Value::Number(number) if number.as_i64() == Some(1) => true,
        Value::Number(number) if number.as_i64() == Some(0) => false,
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => true,
            "false" | "0" | "no" => false,
            _ => return None,
        },
        _ => return None,
    };
    Some(Value::Bool(flag))
}

/// Beyond this, a number counts milliseconds: as seconds it would be after the year 5000.
const MILLISECONDS: i64 = 100_000_000_000;

/// Seconds since 1970, from a number of seconds or milliseconds, or from ISO 8601.
pub(super) fn seconds(value: &Value) -> Option<i64> {
    let number = match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|f| f as i64))?,
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(number) => number,
            Err(_) => return iso_seconds(text.trim()),
        },
        _ => return None,
    };
    let number = if number.abs() >= MILLISECONDS {
        number / 1000
    } else {
        number
    };
    jiff::Timestamp::from_second(number).ok().map(|_| number)
}

fn iso_seconds(text: &str) -> Option<i64> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_second());
    }
    let day: jiff::civil::Date = text
        .parse::<jiff::civil::DateTime>()
        .map(jiff::civil::DateTime::date)
        .or_else(|_| text.parse())
        .ok()?;
    let midnight = day.to_datetime(jiff::civil::Time::midnight());
    Some(jiff::tz::Offset::UTC.to_timestamp(midnight).ok()?.as_second())
}
