//! The rules of single fields: what a value must be, and what goes together. Pure, called by `rules.rs`.

use guildhall_wire::sheet::values;

use super::change::{Action, Change, Ends, Facts, Plan, Refusal};
use super::types::{Account, Origin, Profile, ProfileField as Field};
use crate::audit::FieldChange;
use crate::domains::{Standing, names};

pub(super) fn refuse_field(field: Field, message: impl Into<String>) -> Refusal {
    Refusal {
        code: "invalid",
        field: Some(field),
        message: message.into(),
    }
}

/// The field's name in a sentence.
pub fn label(field: Field) -> String {
    match field {
        Field::Email => "e-mail".to_owned(),
        Field::EmployeeId => "employee id".to_owned(),
        other => other.as_str().replace('_', " "),
    }
}

/// The canonical text of a value, or a sentence on what is wrong with it. Blank is absent.
pub fn normalise(field: Field, value: &str) -> Result<Option<String>, Refusal> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    let text = match field {
        Field::GivenName | Field::MiddleName | Field::FamilyName | Field::DisplayName => {
            values::parse_name(value)
        }
        Field::Email => values::parse_email(value),
        Field::EmployeeId => values::parse_employee_id(value),
        Field::Phone => values::parse_phone(value),
        Field::Locale => values::parse_locale(value),
        Field::TimeZone => values::parse_time_zone(value),
        Field::StartDate | Field::EndDate => {
            values::parse_date(value, values::DateOrder::Unknown).map(|date| date.to_string())
        }
        Field::Frontline => {
            values::parse_bool(value).map(|yes| if yes { "true".to_owned() } else { String::new() })
        }
        Field::LoginMethod => values::parse_login_method(value).map(|method| method.as_str().to_owned()),
        Field::Manager | Field::Photo => match value.parse::<uuid::Uuid>() {
            Ok(id) => Ok(id.to_string()),
            Err(_) => {
                return Err(refuse_field(
                    field,
                    format!("The {} must be given by its id.", label(field)),
                ));
            }
        },
        _ => values::parse_text(value),
    };
    let text = text.map_err(|error| refuse_field(field, error.to_string()))?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Nobody but the person changes what makes them known, unless their address is proven to be the workplace's.
pub(super) fn may_name(account: &Account, field: Field, facts: &Facts) -> Result<(), Refusal> {
    match &facts.identity_locked {
        Some(domain) if field.is_identity() => Err(Refusal {
            code: "domain_not_verified",
            field: Some(field),
            message: format!(
                "Only {0} can change their {1}: they are in with an address at {2}, which is not verified for this \
                 workplace. Verify {2} under Domains, then admins may change names, e-mail addresses, phone numbers \
                 and photos of its people.",
                account.name(),
                label(field),
                names::shown(domain)
            ),
        }),
        _ => Ok(()),
    }
}

/// An address at a domain that another workplace has proven is taken by none but that.
pub(super) fn domain_elsewhere(email: &str) -> Refusal {
    let domain = names::of_address(email).unwrap_or_default();
    Refusal {
        code: "domain_elsewhere",
        field: Some(Field::Email),
        message: format!(
            "{} belongs to another workplace here, which has verified it: people with an address there join that one.",
            names::shown(&domain)
        ),
    }
}

/// Whether the value goes with the rest of the workplace.
pub(super) fn fits(
    account: &Account,
    field: Field,
    value: Option<&str>,
    facts: &Facts,
) -> Result<(), Refusal> {
    let Some(value) = value else { return Ok(()) };
    match field {
        Field::Email if facts.email_holder.is_some_and(|id| id != account.id) => Err(Refusal {
            code: "email_taken",
            field: Some(field),
            message: format!("Somebody else here has the e-mail {value}: use another, or change that person."),
        }),
        Field::Email if facts.standing == Standing::Elsewhere => Err(domain_elsewhere(value)),
        Field::EmployeeId if facts.employee_holder.is_some_and(|id| id != account.id) => Err(Refusal {
            code: "employee_id_taken",
            field: Some(field),
            message: format!("Somebody else here has the employee id {value}: use another, or change that person."),
        }),
        Field::Manager if facts.manager_chain.is_empty() => {
            Err(refuse_field(field, "There is no such manager here: add that person first."))
        }
        Field::Manager if facts.manager_chain.contains(&account.id) => Err(Refusal {
            code: "manager_cycle",
            field: Some(field),
            message: "That would make people their own managers in a circle: choose a manager who does not report to this person.".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// An account needs a name and one of e-mail, phone, employee id.
pub(super) fn need_name_and_key(profile: &Profile) -> Result<(), Refusal> {
    let has = |fields: &[Field]| fields.iter().any(|field| profile.get(*field).is_some());
    if !has(&[Field::DisplayName, Field::GivenName, Field::FamilyName]) {
        return Err(refuse_field(
            Field::DisplayName,
            "A name is missing: give a first, last or display name.",
        ));
    }
    if !has(&[Field::Email, Field::Phone, Field::EmployeeId]) {
        return Err(refuse_field(
            Field::Email,
            "Give an e-mail, a mobile number or an employee id, so that the person can be told from others.",
        ));
    }
    Ok(())
}

impl Plan {
    pub(super) fn of(
        change: &Change,
        before: Option<Account>,
        after: Option<Account>,
        action: Action,
    ) -> Self {
        Self {
            action,
            source: change.source,
            verb: change.verb.as_str(),
            run: change.run,
            before,
            after,
            changes: Vec::new(),
            ends: Ends::default(),
            letter: None,
            notes: Vec::new(),
        }
    }

    /// Fills in what differs between before and after.
    pub(super) fn with_changes(mut self) -> Self {
        let Some(after) = &self.after else { return self };
        let empty = Profile::default();
        let before = self.before.as_ref();
        let profile = before.map_or(&empty, |account| &account.profile);
        let mut changes = Vec::new();
        let mut note =
            |field: &'static str, old: Option<&str>, new: Option<&str>, was_from: Option<Origin>| {
                if old != new {
                    changes.push(FieldChange {
                        field: field.into(),
                        before: old.map(str::to_owned),
                        after: new.map(str::to_owned),
                        was_from,
                    });
                }
            };
        note(
            "state",
            before.map(|account| account.state.as_str()),
            Some(after.state.as_str()),
            None,
        );
        note(
            "role",
            before.map(|account| account.role.as_str()),
            Some(&after.role),
            None,
        );
        for field in Field::ALL {
            let was_from = before.and_then(|account| account.origins.get(field).copied());
            note(
                field.as_str(),
                profile.get(*field),
                after.profile.get(*field),
                was_from,
            );
        }
        let none = std::collections::BTreeMap::new();
        let told = before.map_or(none, |account| account.claims.told());
        let tells = after.claims.told();
        let names: std::collections::BTreeSet<&String> = told.keys().chain(tells.keys()).collect();
        changes.extend(
            names
                .into_iter()
                .filter(|name| told.get(*name) != tells.get(*name))
                .map(|name| FieldChange {
                    field: name.clone().into(),
                    before: told.get(name).cloned(),
                    after: tells.get(name).cloned(),
                    was_from: None,
                }),
        );
        self.changes = changes;
        self
    }
}
