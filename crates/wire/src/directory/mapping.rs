//! From an entry to a person: which attribute fills which field, and what says that somebody has left.

use serde::{Deserialize, Serialize};

use super::line::Person;
use super::values::{date_of, file_time, generalised_time, guid};
use super::{Entry, dn_key};
use crate::sheet::Field;

/// The bit of userAccountControl that says that an account is disabled (MS-ADTS 2.2.16).
const ACCOUNT_DISABLE: i64 = 0x2;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// A photo that is larger is left out: it is no thumbnail.
const MAX_PHOTO: usize = 1024 * 1024;

/// What a directory is, by how its entries are told apart and how leavers show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    ActiveDirectory,
    /// OpenLDAP and what speaks alike.
    OpenLdap,
}

impl Kind {
    /// What stays the same when an entry is renamed or moved.
    pub fn key_attribute(self) -> &'static str {
        match self {
            Self::ActiveDirectory => "objectGUID",
            Self::OpenLdap => "entryUUID",
        }
    }

    /// Who is a person, unless an admin says otherwise.
    pub fn filter(self) -> &'static str {
        match self {
            Self::ActiveDirectory => {
                "(&(objectCategory=person)(objectClass=user)(!(isCriticalSystemObject=TRUE)))"
            }
            Self::OpenLdap => "(objectClass=inetOrgPerson)",
        }
    }

    /// Attributes that say whether somebody has left.
    pub fn leaving_attributes(self) -> &'static [&'static str] {
        match self {
            Self::ActiveDirectory => &["userAccountControl", "accountExpires", "isDeleted"],
            Self::OpenLdap => &[
                "pwdAccountLockedTime",
                "nsAccountLock",
                "loginDisabled",
                "shadowExpire",
            ],
        }
    }
}

/// An attribute that fills a field. Several, with commas between them: the first that holds something does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub field: Field,
    pub attribute: String,
}

/// Which attributes are taken for what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    pub rules: Vec<Rule>,
    /// The attribute that holds the name of the manager's entry.
    pub manager: Option<String>,
    pub photo: Option<String>,
}

impl Mapping {
    /// What fits most directories of a kind.
    pub fn preset(kind: Kind) -> Self {
        let rules: &[(Field, &str)] = match kind {
            Kind::ActiveDirectory => &[
                (Field::Email, "mail"),
                (Field::EmployeeId, "employeeID, employeeNumber"),
                (Field::GivenName, "givenName"),
                (Field::FamilyName, "sn"),
                (Field::DisplayName, "displayName, cn"),
                (Field::Phone, "mobile"),
                (Field::Title, "title"),
                (Field::Department, "department"),
                (Field::Division, "division"),
                (Field::Organization, "company"),
                (Field::Location, "l, physicalDeliveryOfficeName"),
                (Field::Locale, "preferredLanguage"),
            ],
            Kind::OpenLdap => &[
                (Field::Email, "mail"),
                (Field::EmployeeId, "employeeNumber"),
                (Field::GivenName, "givenName"),
                (Field::FamilyName, "sn"),
                (Field::DisplayName, "displayName, cn"),
                (Field::Phone, "mobile"),
                (Field::Title, "title"),
                (Field::Department, "departmentNumber, ou"),
                (Field::Organization, "o"),
                (Field::Location, "l"),
                (Field::Locale, "preferredLanguage"),
            ],
        };
        let rule = |(field, attribute): &(Field, &str)| Rule {
            field: *field,
            attribute: (*attribute).to_owned(),
        };
        Self {
            rules: rules.iter().map(rule).collect(),
            manager: Some("manager".into()),
            photo: Some(match kind {
                Kind::ActiveDirectory => "thumbnailPhoto".into(),
                Kind::OpenLdap => "jpegPhoto".into(),
            }),
        }
    }

    /// All attributes that are asked for, each once.
    pub fn attributes(&self, kind: Kind) -> Vec<String> {
        let named = self.rules.iter().flat_map(|rule| alternatives(&rule.attribute));
        let others = self.manager.iter().chain(&self.photo).map(String::as_str);
        let mut all: Vec<String> = Vec::new();
        let leaving = kind.leaving_attributes().iter().copied();
        for name in [kind.key_attribute()]
            .into_iter()
            .chain(leaving)
            .chain(named)
            .chain(others)
        {
            if !all.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                all.push(name.to_owned());
            }
        }
        all
    }

    /// Why it can't be used.
    pub fn usable(&self) -> Result<(), String> {
        for (at, rule) in self.rules.iter().enumerate() {
            if self.rules[..at].iter().any(|other| other.field == rule.field) {
                return Err(format!(
                    "\"{}\" is filled twice: keep one attribute, or name several with commas between them.",
                    rule.field.heading()
                ));
            }
        }
        let names = self.rules.iter().flat_map(|rule| alternatives(&rule.attribute));
        for name in names.chain(self.manager.iter().chain(&self.photo).map(String::as_str)) {
            let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ';' | '_');
            if name.len() > 100 || !name.chars().all(fine) {
                return Err(format!(
                    "\"{name}\" is no name of an attribute: it has letters, digits and hyphens."
                ));
            }
        }
        let says_who = |rule: &Rule| matches!(rule.field, Field::Email | Field::EmployeeId | Field::Phone);
        if !self.rules.iter().any(says_who) {
            return Err("Map an attribute to the e-mail, the employee id or the phone number, so that people can be told apart.".into());
        }
        Ok(())
    }
}

fn alternatives(attribute: &str) -> impl Iterator<Item = &str> {
    attribute
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// Why somebody counts as having left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    Disabled,
    Expired,
    Deleted,
}

impl Left {
    /// What is said of it, after "The directory says: ".
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Disabled => "disabled there.",
            Self::Expired => "expired there.",
            Self::Deleted => "deleted there.",
        }
    }
}

fn is_true(entry: &Entry, name: &str) -> bool {
    entry
        .text(name)
        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// Whether the person has left at `now`, and when they will by themselves, in milliseconds.
fn leaving(entry: &Entry, kind: Kind, now: i64) -> (Option<Left>, Option<i64>) {
    let (disabled, expires) = match kind {
        Kind::ActiveDirectory => {
            let control = entry.number("userAccountControl").unwrap_or(0);
            let expires = entry.number("accountExpires").and_then(file_time);
            (control & ACCOUNT_DISABLE != 0, expires)
        }
        Kind::OpenLdap => {
            // Locked for good (draft-behera-ldap-password-policy, 5.3.3), not for a while after wrong passwords.
            let locked = entry
                .text("pwdAccountLockedTime")
                .is_some_and(|at| at.starts_with("000001010000"));
            let disabled = locked || is_true(entry, "nsAccountLock") || is_true(entry, "loginDisabled");
            let days = entry
                .number("shadowExpire")
                .filter(|days| *days > 0 && *days < 1_000_000);
            (disabled, days.map(|days| days * DAY_MS))
        }
    };
    let left = if is_true(entry, "isDeleted") {
        Some(Left::Deleted)
    } else if disabled {
        Some(Left::Disabled)
    } else {
        expires.filter(|at| *at <= now).map(|_| Left::Expired)
    };
    (left, expires)
}

/// The key of an entry; nothing when it has none.
pub fn key_of(entry: &Entry, kind: Kind) -> Option<String> {
    match kind {
        Kind::ActiveDirectory => guid(entry.bytes("objectGUID")?),
        Kind::OpenLdap => Some(entry.text("entryUUID")?.trim().to_lowercase()),
    }
}

/// The person that an entry is, at `now` (milliseconds since 1970). Nothing when it has no key: it can't be followed.
pub fn person(entry: &Entry, kind: Kind, mapping: &Mapping, now: i64) -> Option<Person> {
    let (left, expires) = leaving(entry, kind, now);
    let value = |rule: &Rule| {
        let text = alternatives(&rule.attribute)
            .find_map(|name| entry.text(name))?
            .trim();
        let text = match rule.field {
            Field::StartDate | Field::EndDate => date_of(text),
            // "de-CH, de;q=0.9": the first is the one preferred (RFC 2798, 2.7).
            Field::Locale => text.split([',', ';']).next().unwrap_or(text).trim().to_owned(),
            _ => text.to_owned(),
        };
        Some((rule.field, text))
    };
    let photo = mapping.photo.as_deref().and_then(|name| entry.bytes(name));
    Some(Person {
        key: key_of(entry, kind)?,
        dn: entry.dn.clone(),
        values: mapping.rules.iter().filter_map(value).collect(),
        manager: mapping
            .manager
            .as_deref()
            .and_then(|name| entry.text(name))
            .filter(|dn| !dn_key(dn).is_empty())
            .map(str::to_owned),
        left,
        expires,
        photo: photo
            .filter(|bytes| !bytes.is_empty() && bytes.len() <= MAX_PHOTO)
            .map(<[u8]>::to_vec),
    })
}

/// The time of a change, as the entry says it (whenChanged, modifyTimestamp), in milliseconds.
pub fn changed_at(entry: &Entry, kind: Kind) -> Option<i64> {
    let name = match kind {
        Kind::ActiveDirectory => "whenChanged",
        Kind::OpenLdap => "modifyTimestamp",
    };
    entry.text(name).and_then(generalised_time)
}
