//! A person as a resource: what the connector said, with what the account really holds laid over it. Pure.

use guildhall_wire::scim::{
    ENTERPRISE, FACEBOOK_AUTH, FACEBOOK_DATES, FACEBOOK_FRONTLINE, FACEBOOK_STATUS, Map, Operation,
    OperationKind, Resource, Schema, Target,
};
use serde_json::{Value, json};

use super::Link;
use crate::accounts::sources::scim::said;
use crate::accounts::{Account, AccountState, ProfileField as Field, normalise};
use crate::fold;
use crate::ids::SetId;

/// Where each field is shown: the extension, the object, the name.
const PLACES: [(Field, Option<&Schema>, Option<&str>, &str); 12] = [
    (Field::DisplayName, None, None, "displayName"),
    (Field::GivenName, None, Some("name"), "givenName"),
    (Field::MiddleName, None, Some("name"), "middleName"),
    (Field::FamilyName, None, Some("name"), "familyName"),
    (Field::Title, None, None, "title"),
    (Field::Locale, None, None, "locale"),
    (Field::TimeZone, None, None, "timezone"),
    (Field::EmployeeId, Some(&ENTERPRISE), None, "employeeNumber"),
    (Field::CostCenter, Some(&ENTERPRISE), None, "costCenter"),
    (Field::Organization, Some(&ENTERPRISE), None, "organization"),
    (Field::Division, Some(&ENTERPRISE), None, "division"),
    (Field::Department, Some(&ENTERPRISE), None, "department"),
];

fn object<'a>(map: &'a mut Map, name: &str) -> &'a mut Map {
    let slot = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    slot.as_object_mut().expect("it was made an object just now")
}

fn put(map: &mut Map, name: &str, value: Option<Value>) {
    match value {
        Some(value) => {
            map.insert(name.to_owned(), value);
        }
        None => {
            map.remove(name);
        }
    }
}

/// Everything but `groups`, `meta` and the like: what a PATCH works on.
pub(super) fn body(account: &Account, link: Option<&Link>, manager_name: Option<&str>, base: &str) -> Map {
    let mut map = link.map(|link| link.resource.clone()).unwrap_or_default();
    let told = said(&map).fields;
    let held = |field| account.profile.get(field);
    let differs = |field: Field| told.get(&field).map(String::as_str) != held(field);
    for (field, extension, holder, name) in PLACES {
        let value = match field {
            // Whoever was never pushed has at least the name that people see.
            Field::DisplayName if link.is_none() => Some(account.name()),
            _ if differs(field) => held(field).map(str::to_owned),
            _ => continue,
        };
        let mut into = &mut map;
        if let Some(schema) = extension {
            into = object(into, schema.urn);
        }
        if let Some(holder) = holder {
            into = object(into, holder);
        }
        put(into, name, value.map(Value::String));
    }
    lists(&mut map, account);
    workplace(&mut map, account, &differs);
    let manager = account.profile.manager().map(|id| {
        let mut manager = json!({ "value": id, "$ref": format!("{base}/Users/{id}") });
        if let Some(name) = manager_name {
            manager["displayName"] = name.into();
        }
        manager
    });
    let is_awaited = link.is_some_and(|link| link.manager_key.is_some());
    if manager.is_some() || !is_awaited {
        put(object(&mut map, ENTERPRISE.urn), "manager", manager);
    }
    // A client that took `active` away is not told of it while it is what it is by default.
    let is_active = account.state != AccountState::Deactivated;
    if is_active && map.get("active").is_some_and(Value::is_null) {
        map.remove("active");
    } else {
        map.insert("active".to_owned(), is_active.into());
    }
    let user_name = link.and_then(|link| link.user_name.clone());
    let known = || held(Field::Email).or(held(Field::EmployeeId)).map(str::to_owned);
    let user_name = user_name.or_else(known).unwrap_or_else(|| account.id.to_string());
    map.insert("userName".to_owned(), user_name.into());
    map.retain(|name, value| name == FACEBOOK_STATUS.urn || !value.as_object().is_some_and(Map::is_empty));
    map
}

/// What is shown of somebody once a connector calls them by the name that it gives, and has said nothing else. What it sends
/// beyond that is its own from the first: else the same sent again would be a change.
pub(super) fn taken_over(account: &Account, given: &Map, base: &str) -> Map {
    let name = given.get("userName").and_then(Value::as_str).map(str::to_owned);
    let known = || account.profile.get(Field::Email).map(str::to_owned);
    let user_name = name.or_else(known);
    let mut resource = Map::new();
    put(&mut resource, "userName", user_name.clone().map(Value::from));
    let link = Link {
        account: account.id,
        external_id: None,
        user_name,
        resource,
        manager_key: None,
        left_at: None,
        created_at: account.created_at,
        updated_at: account.updated_at,
        version: 1,
    };
    body(account, Some(&link), None, base)
}

/// What a client that wrote the account's status as a whole reads back of it, though the server keeps what is in it: null
/// when it was taken away, an empty object when nothing was put there. Others are told all of it.
pub(super) fn status_as_written(operations: &[Operation]) -> Option<Value> {
    let about_it = |operation: &&Operation| matches!(&operation.target, Target::Extension(schema) if schema.urn == FACEBOOK_STATUS.urn);
    let last = operations.iter().rev().find(about_it)?;
    // Clients repeat the name of the schema within it.
    let nothing = |(name, value): (&String, &Value)| value.is_null() || name == "schemas";
    let says_nothing = |value: &Value| value.as_object().is_some_and(|parts| parts.iter().all(nothing));
    match last.kind {
        OperationKind::Remove => Some(Value::Null),
        _ if says_nothing(&last.value) => Some(json!({})),
        _ => None,
    }
}

fn items<'a>(map: &'a Map, name: &str) -> Vec<&'a Map> {
    map.get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect()
}

/// Puts a value into a list, unless one that means the same is there.
fn lay(map: &mut Map, name: &str, value: Option<&str>, sub: &str, same: impl Fn(&str) -> bool) {
    let Some(value) = value else { return };
    let has = items(map, name)
        .iter()
        .any(|item| item.get(sub).and_then(Value::as_str).is_some_and(&same));
    if has {
        return;
    }
    let slot = map.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    let Some(list) = slot.as_array_mut() else { return };
    for item in list.iter_mut().filter_map(Value::as_object_mut) {
        if item.contains_key("primary") {
            item.insert("primary".to_owned(), false.into());
        }
    }
    list.push(json!({ sub: value, "type": "work", "primary": true }));
}

fn lists(map: &mut Map, account: &Account) {
    let held = |field| account.profile.get(field);
    let email = held(Field::Email);
    let user_name = map.get("userName").and_then(Value::as_str).unwrap_or_default();
    let is_name = email.is_some_and(|email| fold::key(email) == fold::key(user_name));
    if !is_name || map.contains_key("emails") {
        let key = email.map(fold::key);
        lay(map, "emails", email, "value", |other| {
            Some(fold::key(other)) == key
        });
    }
    let phone = held(Field::Phone);
    lay(map, "phoneNumbers", phone, "value", |other| {
        normalise(Field::Phone, other).ok().flatten().as_deref() == phone
    });
    let told = said(map).fields;
    let location = held(Field::Location);
    if told.get(&Field::Location).map(String::as_str) != location {
        lay(map, "addresses", location, "formatted", |other| {
            Some(other) == location
        });
    }
}

fn seconds(day: &str) -> Option<i64> {
    let day: jiff::civil::Date = day.parse().ok()?;
    let midnight = day.to_datetime(jiff::civil::Time::midnight());
    jiff::tz::Offset::UTC
        .to_timestamp(midnight)
        .ok()
        .map(jiff::Timestamp::as_second)
}

/// The extensions that Workplace had.
fn workplace(map: &mut Map, account: &Account, differs: &dyn Fn(Field) -> bool) {
    let held = |field| account.profile.get(field);
    for (field, name) in [(Field::StartDate, "startDate"), (Field::EndDate, "termDate")] {
        if differs(field) && held(field).is_some() {
            put(
                object(map, FACEBOOK_DATES.urn),
                name,
                held(field).and_then(seconds).map(Value::from),
            );
        }
    }
    if differs(Field::LoginMethod)
        && let Some(method) = held(Field::LoginMethod).filter(|method| *method != "password")
    {
        put(object(map, FACEBOOK_AUTH.urn), "auth_method", Some(method.into()));
    }
    if differs(Field::Frontline) {
        let yes = held(Field::Frontline).is_some();
        put(
            object(map, FACEBOOK_FRONTLINE.urn),
            "is_frontline",
            Some(yes.into()),
        );
    }
    match map.get(FACEBOOK_STATUS.urn) {
        Some(Value::Null) => {
            map.remove(FACEBOOK_STATUS.urn);
            return;
        }
        Some(Value::Object(parts)) if parts.is_empty() => return,
        _ => {}
    }
    let status = object(map, FACEBOOK_STATUS.urn);
    let invited = account.invited_at.is_some() || account.claimed_at.is_some();
    put(status, "invited", Some(invited.into()));
    put(
        status,
        "inviteDate",
        account.invited_at.map(|at| (at.ms() / 1000).into()),
    );
    put(
        status,
        "claimed",
        Some((account.state == AccountState::Claimed).into()),
    );
    put(
        status,
        "claimDate",
        account.claimed_at.map(|at| (at.ms() / 1000).into()),
    );
    put(status, "canDelete", Some(account.claimed_at.is_none().into()));
}

/// The version of what a client sees.
pub(super) fn version(account: &Account, link: Option<&Link>) -> String {
    format!(
        "W/\"{}.{}\"",
        account.version,
        link.map_or(0, |link| link.version)
    )
}

/// The whole resource.
pub(super) fn person(
    account: &Account,
    link: Option<&Link>,
    manager_name: Option<&str>,
    groups: &[(SetId, String, bool)],
    base: &str,
) -> Map {
    let mut map = body(account, link, manager_name, base);
    if !groups.is_empty() {
        let groups: Vec<Value> = groups
            .iter()
            .map(|(id, name, direct)| {
                let kind = if *direct { "direct" } else { "indirect" };
                json!({ "value": id, "$ref": format!("{base}/Groups/{id}"), "display": name, "type": kind })
            })
            .collect();
        map.insert("groups".to_owned(), groups.into());
    }
    let mut schemas = vec![Resource::User.schema().urn];
    schemas.extend(
        Resource::User
            .extensions()
            .iter()
            .map(|schema| schema.urn)
            .filter(|urn| map.contains_key(*urn)),
    );
    map.insert("schemas".to_owned(), schemas.into());
    map.insert("id".to_owned(), account.id.to_string().into());
    let changed = link.map_or(account.updated_at, |link| account.updated_at.max(link.updated_at));
    map.insert(
        "meta".to_owned(),
        json!({
            "resourceType": "User",
            "created": account.created_at,
            "lastModified": changed,
            "location": format!("{base}/Users/{}", account.id),
            "version": version(account, link),
        }),
    );
    map
}

/// What a replacement leaves as it is: what the connector has never said itself, and does not say now.
pub(super) fn kept(before: &Map, said_before: &Map, given: &Map) -> Map {
    let mut after = given.clone();
    for (name, value) in before {
        match (value, said_before.get(name), given.get(name)) {
            (Value::Object(parts), said, given) if !matches!(given, Some(Value::Array(_))) => {
                let empty = Map::new();
                let of = |value: Option<&Value>| {
                    value
                        .and_then(Value::as_object)
                        .cloned()
                        .unwrap_or_else(|| empty.clone())
                };
                let merged = kept(parts, &of(said), &of(given));
                put(
                    &mut after,
                    name,
                    Some(Value::Object(merged)).filter(|value| value != &json!({})),
                );
            }
            (_, None, None) => {
                after.insert(name.clone(), value.clone());
            }
            _ => {}
        }
    }
    for needed in ["active", "userName"] {
        if let (None, Some(value)) = (after.get(needed), before.get(needed)) {
            after.insert(needed.to_owned(), value.clone());
        }
    }
    after
}

/// What the connector has said by now: what it had said, and what it changed.
pub(super) fn owned(said: &Map, before: &Map, after: &Map) -> Map {
    let mut own = Map::new();
    for (name, value) in after {
        let (old_said, old) = (said.get(name), before.get(name));
        match value {
            Value::Object(parts) => {
                let of =
                    |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
                let part = owned(&of(old_said), &of(old), parts);
                if !part.is_empty() {
                    own.insert(name.clone(), Value::Object(part));
                }
            }
            _ if old_said.is_some() || old != Some(value) => {
                own.insert(name.clone(), value.clone());
            }
            _ => {}
        }
    }
    own
}

/// One value of a resource that has no column of its own.
pub(super) struct Leaf {
    pub attribute: &'static str,
    pub position: i64,
    pub sub: &'static str,
    pub value: String,
    pub key: String,
}

/// The single values that are found among the leaves.
pub(super) const SINGLE: [&str; 6] = [
    "nickName",
    "profileUrl",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
];
/// The parts of the name that are.
pub(super) const NAME_PARTS: [&str; 3] = ["formatted", "honorificPrefix", "honorificSuffix"];

/// What is compared where case does not matter; telephone numbers as they are dialled.
pub(super) fn leaf_key(attribute: &str, sub: &str, value: &str) -> String {
    if attribute == "phoneNumbers"
        && sub == "value"
        && let Ok(Some(number)) = normalise(Field::Phone, value)
    {
        return number.replace(' ', "");
    }
    fold::key(value)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn leaves(resource: &Map) -> Vec<Leaf> {
    let mut found = Vec::new();
    let mut leaf = |attribute: &'static str, position: usize, sub: &'static str, value: &Value| {
        if let Some(value) = text(value) {
            found.push(Leaf {
                attribute,
                position: position as i64,
                sub,
                key: leaf_key(attribute, sub, &value),
                value,
            });
        }
    };
    for attribute in Resource::User.schema().attributes {
        let Some(value) = resource.get(attribute.name) else {
            continue;
        };
        if attribute.multi && attribute.is_writable() {
            for (position, item) in value.as_array().into_iter().flatten().enumerate() {
                for sub in attribute.subs {
                    if let Some(value) = item.get(sub.name) {
                        leaf(attribute.name, position, sub.name, value);
                    }
                }
            }
        } else if SINGLE.contains(&attribute.name) {
            leaf(attribute.name, 0, "", value);
        } else if attribute.name == "name" {
            for sub in attribute.subs.iter().filter(|sub| NAME_PARTS.contains(&sub.name)) {
                if let Some(value) = value.get(sub.name) {
                    leaf("name", 0, sub.name, value);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map {
        let Value::Object(map) = value else {
            unreachable!("an object")
        };
        map
    }

    #[test]
    fn a_replacement_clears_only_what_the_connector_had_said() {
        let before =
            json!({"userName": "a", "active": false, "title": "T", "nickName": "N", "x": {"a": 1, "b": 2}});
        let said = json!({"userName": "a", "nickName": "N", "x": {"b": 2}});
        let given = json!({"userName": "a"});
        let after = kept(&map(before), &map(said), &map(given));
        assert_eq!(
            Value::Object(after),
            json!({"userName": "a", "active": false, "title": "T", "x": {"a": 1}})
        );
    }

    #[test]
    fn what_the_connector_changed_is_its_own() {
        let said = map(json!({"title": "T", "x": {"b": 2}}));
        let before = map(json!({"title": "T", "nickName": "N", "x": {"a": 1, "b": 2, "c": 3}}));
        let after = map(json!({"title": "T", "nickName": "M", "x": {"a": 1, "b": 2, "c": 4}}));
        assert_eq!(
            Value::Object(owned(&said, &before, &after)),
            json!({"title": "T", "nickName": "M", "x": {"b": 2, "c": 4}})
        );
    }

    #[test]
    fn every_value_without_a_column_is_a_leaf() {
        let found = leaves(&map(json!({
            "nickName": "N", "title": "T", "name": {"givenName": "G", "honorificPrefix": "Dr"},
            "phoneNumbers": [{"value": "+48 601 000 111", "type": "mobile", "primary": true}],
        })));
        let told: Vec<String> = found
            .iter()
            .map(|l| format!("{}.{}={}", l.attribute, l.sub, l.key))
            .collect();
        assert_eq!(
            told,
            [
                "name.honorificPrefix=dr",
                "nickName.=n",
                "phoneNumbers.value=+48601000111",
                "phoneNumbers.type=mobile",
                "phoneNumbers.primary=true"
            ]
        );
    }
}
