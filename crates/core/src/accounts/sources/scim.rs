//! A SCIM resource as changes of an account. Pure.

use std::collections::BTreeMap;

use guildhall_wire::scim::{
    ENTERPRISE, FACEBOOK_AUTH, FACEBOOK_DATES, FACEBOOK_FRONTLINE, FACEBOOK_STATUS, Map,
};
use serde_json::Value;

use crate::accounts::{Change, Patch, ProfileField as Field, Source, Verb, label, normalise};
use crate::ids::{AccountId, FileId};

/// What a resource says about the fields of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub fields: BTreeMap<Field, String>,
    /// Sentences on values that can't be used.
    pub notes: Vec<String>,
}

fn text<'a>(map: &'a Map, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_str)
}

fn part<'a>(resource: &'a Map, name: &str) -> Option<&'a Map> {
    resource.get(name).and_then(Value::as_object)
}

fn within<'a>(resource: &'a Map, object: &str, name: &str) -> Option<&'a str> {
    text(part(resource, object)?, name)
}

/// The items of a list in the order in which they are to be used: those of the given kinds first, then the primary one.
fn ranked<'a>(resource: &'a Map, list: &str, kinds: &[&str]) -> Vec<&'a Map> {
    let mut items: Vec<&Map> = resource
        .get(list)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    items.sort_by_key(|item| {
        let kind = text(item, "type").unwrap_or_default().to_ascii_lowercase();
        let by_kind = kinds
            .iter()
            .position(|known| *known == kind)
            .unwrap_or(kinds.len());
        let primary = item.get("primary").and_then(Value::as_bool).unwrap_or(false);
        (!primary, by_kind)
    });
    items
}

/// The day that a number of seconds since 1970 lies in.
fn day(seconds: i64) -> Option<String> {
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(moment).date().to_string())
}

impl Said {
    /// Takes the first value that can be used; notes those that can't.
    fn take<'a>(&mut self, field: Field, values: impl IntoIterator<Item = &'a str>) {
        for value in values {
            match normalise(field, value) {
                Ok(Some(value)) => {
                    self.fields.insert(field, value);
                    return;
                }
                Ok(None) => {}
                Err(refusal) => self.notes.push(format!(
                    "The {} \"{}\" can't be used and is only kept as it was sent: {}",
                    label(field),
                    value.chars().take(60).collect::<String>(),
                    refusal.message
                )),
            }
        }
    }
}

/// What the resource says of the profile, but for the manager. Who has no name is called by what the client calls them.
pub fn said(resource: &Map) -> Said {
    let mut said = Said::default();
    names(&mut said, resource);
    contact(&mut said, resource);
    let enterprise = part(resource, ENTERPRISE.urn);
    for (field, name) in [
        (Field::Department, "department"),
        (Field::Division, "division"),
        (Field::Organization, "organization"),
        (Field::CostCenter, "costCenter"),
    ] {
        said.take(field, enterprise.and_then(|part| text(part, name)));
    }
    said.take(Field::Title, text(resource, "title"));
    said.take(
        Field::Locale,
        [text(resource, "locale"), text(resource, "preferredLanguage")]
            .into_iter()
            .flatten(),
    );
    said.take(Field::TimeZone, text(resource, "timezone"));
    for address in ranked(resource, "addresses", &["work"]).into_iter().take(1) {
        let parts = ["formatted", "locality", "region", "country"];
        let place = parts
            .iter()
            .find_map(|name| text(address, name))
            .map(|place| place.replace(['\r', '\n'], " "));
        said.take(Field::Location, place.as_deref());
    }
    said.take(
        Field::LoginMethod,
        within(resource, FACEBOOK_AUTH.urn, "auth_method"),
    );
    let frontline = part(resource, FACEBOOK_FRONTLINE.urn).and_then(|part| part.get("is_frontline"));
    if frontline.and_then(Value::as_bool) == Some(true) {
        said.fields.insert(Field::Frontline, "true".to_owned());
    }
    dates(&mut said, resource);
    said
}

fn names(said: &mut Said, resource: &Map) {
    let name = part(resource, "name");
    let of = |key| name.and_then(|name| text(name, key));
    said.take(Field::GivenName, of("givenName"));
    said.take(Field::MiddleName, of("middleName"));
    said.take(Field::FamilyName, of("familyName"));
    let has_parts =
        said.fields.contains_key(&Field::GivenName) || said.fields.contains_key(&Field::FamilyName);
    let whole = of("formatted").filter(|_| !has_parts);
    said.take(
        Field::DisplayName,
        [text(resource, "displayName"), whole].into_iter().flatten(),
    );
    if !has_parts && !said.fields.contains_key(&Field::DisplayName) {
        let known = text(resource, "userName")
            .or(text(resource, "externalId"))
            .unwrap_or_default();
        let known = known.split('@').next().unwrap_or_default();
        let numbered = format!("No. {known}");
        let is_word = known.chars().any(char::is_alphabetic);
        said.take(Field::DisplayName, [if is_word { known } else { &numbered }]);
    }
}

/// What tells the person from others, and where they are reached. Who has no e-mail address is told by what the
/// client calls them.
fn contact(said: &mut Said, resource: &Map) {
    let emails = ranked(resource, "emails", &["work"]);
    let emails = emails.into_iter().filter_map(|item| text(item, "value"));
    let user_name = text(resource, "userName");
    let as_email = user_name.filter(|name| name.contains('@'));
    said.take(Field::Email, emails.chain(as_email));
    let phones = ranked(resource, "phoneNumbers", &["mobile", "work"]);
    said.take(
        Field::Phone,
        phones.into_iter().filter_map(|item| text(item, "value")),
    );
    said.take(
        Field::EmployeeId,
        within(resource, ENTERPRISE.urn, "employeeNumber"),
    );
    if !said.fields.contains_key(&Field::Email) && !said.fields.contains_key(&Field::EmployeeId) {
        said.take(
            Field::EmployeeId,
            [text(resource, "externalId"), user_name].into_iter().flatten(),
        );
    }
}

fn dates(said: &mut Said, resource: &Map) {
    let Some(dates) = part(resource, FACEBOOK_DATES.urn) else {
        return;
    };
    let of = |name| dates.get(name).and_then(Value::as_i64).and_then(day);
    let (start, end) = (of("startDate"), of("termDate"));
    if let (Some(start), Some(end)) = (&start, &end)
        && end < start
    {
        said.notes.push(format!(
            "The end date {end} lies before the start date {start}, so neither can be used; both are kept as they were sent."
        ));
        return;
    }
    said.take(Field::StartDate, start.as_deref());
    said.take(Field::EndDate, end.as_deref());
}

/// How the resource names the manager.
pub fn manager(resource: &Map) -> Option<&str> {
    text(
        part(resource, ENTERPRISE.urn)?.get("manager")?.as_object()?,
        "value",
    )
}

/// Where the photo is that the resource names.
pub fn photo(resource: &Map) -> Option<&str> {
    ranked(resource, "photos", &["photo", "thumbnail"])
        .into_iter()
        .find_map(|photo| text(photo, "value"))
}

fn active(resource: &Map) -> bool {
    resource.get("active").and_then(Value::as_bool).unwrap_or(true)
}

fn invited(resource: &Map) -> bool {
    let status = part(resource, FACEBOOK_STATUS.urn);
    status
        .and_then(|part| part.get("invited"))
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

fn patch(said: &BTreeMap<Field, String>, manager: Option<AccountId>) -> Patch {
    let fields = said.iter().map(|(field, value)| (*field, Some(value.clone())));
    let manager = manager.map(|id| (Field::Manager, Some(id.to_string())));
    fields.chain(manager).collect()
}

fn change(verb: Verb) -> Change {
    Change::new(Source::Scim, verb)
}

/// What brings a person here, or back. `invite`: the connector invites whoever it adds.
pub fn arrived(resource: &Map, said: &Said, manager: Option<AccountId>, invite: bool) -> Vec<Change> {
    let is_active = active(resource);
    let provision = Verb::Provision {
        patch: patch(&said.fields, manager),
        invite: is_active && (invite || invited(resource)),
        role: None,
    };
    let mut changes = vec![change(provision)];
    if !is_active {
        changes.push(change(Verb::Deactivate));
    }
    changes
}

/// What brings the account from what `before` says to what `after` says. Fields that are the same in both are not
/// touched. `managers`: who those are whom both name, if they are here.
pub fn changed(
    (before, after): (&Map, &Map),
    (said_before, said_after): (&Said, &Said),
    managers: (Option<AccountId>, Option<AccountId>),
) -> Vec<Change> {
    let mut patch = Patch::new();
    for field in Field::ALL {
        let (old, new) = (said_before.fields.get(field), said_after.fields.get(field));
        if old != new {
            patch.push((*field, new.cloned()));
        }
    }
    if managers.0 != managers.1 {
        patch.push((Field::Manager, managers.1.map(|id| id.to_string())));
    }
    let mut changes = Vec::new();
    if active(after) && !active(before) {
        changes.push(change(Verb::Provision {
            patch,
            invite: false,
            role: None,
        }));
    } else if !patch.is_empty() {
        changes.push(change(Verb::Update { patch }));
    }
    if invited(after) && !invited(before) && active(after) {
        changes.push(change(Verb::Invite { message: None }));
    }
    if active(before) && !active(after) {
        changes.push(change(Verb::Deactivate));
    }
    changes
}

/// What ends the person's place in the view of the client.
pub fn withdrawn() -> Change {
    change(Verb::Withdraw)
}

/// What gives a person the manager who has come.
pub fn reports_to(manager: AccountId) -> Change {
    let patch = vec![(Field::Manager, Some(manager.to_string()))];
    change(Verb::Update { patch })
}

/// What gives a person the photo that was fetched, or takes it away.
pub fn pictured(file: Option<FileId>) -> Change {
    let patch = vec![(Field::Photo, file.map(|file| file.to_string()))];
    change(Verb::Update { patch })
}

#[cfg(test)]
mod tests;
