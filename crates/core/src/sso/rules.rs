//! What an identity provider may say of somebody, and how it is read. Pure.

use std::collections::BTreeMap;

use guildhall_wire::saml::SignedIn;
use jiff::{SignedDuration, Timestamp};

use super::oidc::rules::ADDRESS;
use super::{Protocol, SsoSettings};
use crate::accounts::{Patch, ProfileField as Field, normalise};
use crate::domains::names;
use crate::sessions::Proved;
use crate::{Error, Moment, Result};

/// The most characters of the name of a provider.
const NAME: usize = 60;
/// The most characters of the name of an attribute.
const ATTRIBUTE: usize = 300;

/// Whether somebody proved who they are just now, and not some time before: within so many minutes, which a log-in may take.
pub fn is_fresh(proved: Option<Timestamp>, at: Timestamp, minutes: i64) -> bool {
    proved.is_some_and(|proved| proved >= at - SignedDuration::from_mins(minutes))
}

/// When somebody has shown who they are, before something dangerous. `asked`: the provider was asked to have them prove it once
/// more; one that does not say when they did is believed then.
pub fn proved(authenticated: Option<Moment>, asked: bool) -> Proved {
    match authenticated {
        Some(at) => Proved::At(at),
        None if asked => Proved::Now,
        None => Proved::Unknown,
    }
}

/// The fields that a provider may fill. What tells who somebody is, who leads them and how they log in is for admins and
/// directories.
pub const FILLED: [Field; 13] = [
    Field::GivenName,
    Field::MiddleName,
    Field::FamilyName,
    Field::DisplayName,
    Field::Phone,
    Field::Title,
    Field::Department,
    Field::Division,
    Field::Organization,
    Field::CostCenter,
    Field::Location,
    Field::Locale,
    Field::TimeZone,
];

/// Attributes in which providers send the address, when nobody says otherwise.
const ADDRESSES: [&str; 5] = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "email",
    "mail",
    "emailAddress",
];

/// The days before the last certificate ends on which admins are told.
const WARNINGS: [i64; 3] = [30, 7, 1];

/// What stands at a name id.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Qualifiers {
    pub format: Option<String>,
    pub name: Option<String>,
    pub sp_name: Option<String>,
}

/// What a provider said of somebody, as it waits for the browser.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Came {
    pub protocol: Protocol,
    pub name_id: String,
    /// What else stood at it, to name them there again.
    #[serde(default)]
    pub qualifiers: Qualifiers,
    pub session_index: Option<String>,
    /// The session here is to end then at the latest.
    #[serde(default)]
    pub session_until: Option<Moment>,
    /// When they proved there who they are, as far as that is said.
    #[serde(default)]
    pub authenticated: Option<Moment>,
    pub attributes: BTreeMap<String, Vec<String>>,
    /// With which somebody may be taken to an OpenID provider to leave.
    #[serde(default)]
    pub id_token: Option<String>,
}

impl From<&SignedIn> for Came {
    fn from(said: &SignedIn) -> Self {
        Self {
            protocol: Protocol::Saml,
            name_id: said.name_id.value.clone(),
            qualifiers: Qualifiers {
                format: said.name_id.format.clone(),
                name: said.name_id.name_qualifier.clone(),
                sp_name: said.name_id.sp_name_qualifier.clone(),
            },
            session_index: said.session_index.clone(),
            session_until: said.session_until.map(|at| Moment::from_ms(at.as_millisecond())),
            authenticated: said.authenticated.map(|at| Moment::from_ms(at.as_millisecond())),
            attributes: said.attributes.clone(),
            id_token: None,
        }
    }
}

/// The name of a provider as it is kept.
pub fn name(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > NAME || text.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            format!("Give the identity provider a name of at most {NAME} characters, such as \"Entra ID\"."),
        ));
    }
    Ok(text.to_owned())
}

/// How many days ahead weak algorithms may be accepted.
const WEAK_DAYS: i64 = 180;

/// The settings as they are kept.
pub fn settings(mut settings: SsoSettings, now: Moment) -> Result<SsoSettings> {
    if settings
        .weak_until
        .is_some_and(|until| until > now.plus_days(WEAK_DAYS))
    {
        return Err(Error::invalid(
            "weak_until",
            format!(
                "Choose a day at most {WEAK_DAYS} days ahead: until then the identity provider is to sign by something safe."
            ),
        ));
    }
    let attribute = |field: &str, text: &str| {
        let text = text.trim();
        if text.chars().count() > ATTRIBUTE || text.chars().any(char::is_control) {
            return Err(Error::invalid(
                field,
                "That is no name of an attribute: copy it from the test's list of what came.",
            ));
        }
        Ok(text.to_owned())
    };
    let address = settings.address.as_deref().map(|text| attribute("address", text));
    settings.address = address.transpose()?.filter(|text| !text.is_empty());
    let mut mapping = BTreeMap::new();
    for (field, text) in &settings.mapping {
        if !FILLED.contains(field) {
            return Err(Error::invalid(
                field.as_str(),
                format!(
                    "An identity provider can't fill \"{}\": admins and directories do.",
                    field.as_str()
                ),
            ));
        }
        let text = attribute(field.as_str(), text)?;
        if !text.is_empty() {
            mapping.insert(*field, text);
        }
    }
    settings.mapping = mapping;
    Ok(settings)
}

/// The address of whoever signed in: of the attribute that admins chose; else the name id, if it is one; else of an
/// attribute in which providers send addresses. Of an OpenID provider it is the claim that admins chose, or `email`: its name of
/// somebody is a number, even if it looks like an address. None: nothing that came is an address, or there are several.
pub fn address(came: &Came, settings: &SsoSettings) -> Option<String> {
    let is_one = |text: &str| {
        let text = text.trim();
        names::of_address(text).map(|_| text.to_owned())
    };
    let of = |name: &str| match came.attributes.get(name).map(Vec::as_slice) {
        Some([one]) => is_one(one),
        _ => None,
    };
    match &settings.address {
        Some(name) => of(name),
        None if came.protocol == Protocol::Oidc => of(ADDRESS),
        None => is_one(&came.name_id).or_else(|| ADDRESSES.iter().find_map(|name| of(name))),
    }
}

/// What the provider says of the profile. A value that the field can't hold is left out: it must not keep anybody out.
pub fn patch(came: &Came, settings: &SsoSettings) -> Patch {
    let mut patch = Patch::new();
    for (field, name) in &settings.mapping {
        let first = came.attributes.get(name).and_then(|values| values.first());
        if let Some(Ok(Some(value))) = first.map(|value| normalise(*field, value)) {
            patch.push((*field, Some(value)));
        }
    }
    patch
}

/// Whether admins are to be told now that the certificates end, and in how many days. `warned`: so many days they were
/// told last.
pub fn warning(ends: Moment, now: Moment, warned: Option<i64>) -> Option<i64> {
    let day = 24 * 60 * 60 * 1000;
    let left = (ends.ms() - now.ms()).max(0).div_euclid(day) + i64::from((ends.ms() - now.ms()) % day > 0);
    let due = WARNINGS.iter().filter(|days| left <= **days).min().copied()?;
    warned.is_none_or(|warned| due < warned).then_some(due)
}

/// How many days a provider may be out of reach before admins get a letter.
const SILENT_DAYS: i64 = 3;

/// Whether admins are to be told that nothing new is known of a provider since then: at once, if what came can't be used, as when
/// it has expired; else when it was out of reach for days.
pub fn is_worth_a_letter(since: Moment, now: Moment, unusable: bool) -> bool {
    unusable || now >= since.plus_days(SILENT_DAYS)
}

/// Where somebody wanted to go, as far as it is within this site.
pub fn within(next: &str) -> &str {
    let fine = next.starts_with('/')
        && !next[1..].starts_with(['/', '\\'])
        && !next.chars().any(char::is_control)
        && next.len() <= 1000;
    if fine { next } else { "/home" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(name: &str, attributes: &[(&str, &[&str])]) -> Came {
        Came {
            authenticated: None,
            protocol: Protocol::Saml,
            id_token: None,
            name_id: name.into(),
            attributes: attributes
                .iter()
                .map(|(name, values)| {
                    let values = values.iter().map(|value| (*value).to_owned());
                    ((*name).to_owned(), values.collect())
                })
                .collect(),
            qualifiers: Qualifiers::default(),
            session_index: None,
            session_until: None,
        }
    }

    #[test]
    fn admins_hear_at_once_of_what_does_not_pass_by_itself() {
        let since = Moment::from_ms(0);
        for (days, unusable, expect) in [
            (0, true, true),
            (0, false, false),
            (2, false, false),
            (3, false, true),
        ] {
            assert_eq!(
                is_worth_a_letter(since, since.plus_days(days), unusable),
                expect,
                "{days}"
            );
        }
    }

    #[test]
    fn a_proof_is_fresh_for_as_long_as_a_log_in_may_take() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for (proved, expect) in [
            (Some("2026-03-01T12:00:00Z"), true),
            (Some("2026-03-01T11:50:00Z"), true),
            (Some("2026-03-01T11:49:59Z"), false),
            (None, false),
        ] {
            let proved = proved.map(|at| at.parse().unwrap());
            assert_eq!(is_fresh(proved, now, 10), expect, "{proved:?}");
        }
    }

    #[test]
    fn the_address_is_found_where_providers_send_it() {
        let mapped = SsoSettings {
            address: Some("upn".into()),
            ..SsoSettings::default()
        };
        let plain = SsoSettings::default();
        for (name, attributes, settings, expect) in [
            ("ada@example.com", vec![], &plain, Some("ada@example.com")),
            (
                "x7f",
                vec![("mail", vec!["ada@example.com"])],
                &plain,
                Some("ada@example.com"),
            ),
            (
                "x7f",
                vec![("mail", vec!["ada@example.com", "eve@example.com"])],
                &plain,
                None,
            ),
            ("x7f", vec![], &plain, None),
            (
                "eve@example.com",
                vec![("upn", vec![" ada@example.com "])],
                &mapped,
                Some("ada@example.com"),
            ),
            // What an admin chose is not guessed around.
            ("eve@example.com", vec![], &mapped, None),
        ] {
            let attributes: Vec<_> = attributes.iter().map(|(n, v)| (*n, v.as_slice())).collect();
            let got = address(&came(name, &attributes), settings);
            assert_eq!(got.as_deref(), expect, "{name} {attributes:?}");
        }
    }

    #[test]
    fn the_number_of_somebody_at_an_openid_provider_is_never_their_address() {
        let plain = SsoSettings::default();
        for (attributes, expect) in [
            (vec![], None),
            (vec![("mail", vec!["ada@example.com"])], None),
            (vec![("email", vec!["bo@example.com"])], Some("bo@example.com")),
        ] {
            let attributes: Vec<_> = attributes.iter().map(|(n, v)| (*n, v.as_slice())).collect();
            let came = Came {
                protocol: Protocol::Oidc,
                ..came("ada@example.com", &attributes)
            };
            assert_eq!(address(&came, &plain).as_deref(), expect);
        }
    }

    #[test]
    fn a_value_that_does_not_fit_keeps_nobody_out() {
        let settings = SsoSettings {
            mapping: [(Field::Title, "title".into()), (Field::TimeZone, "zone".into())].into(),
            ..SsoSettings::default()
        };
        let patch = patch(
            &came(
                "a@example.com",
                &[("title", &["Engineer"]), ("zone", &["Mars/Base"])],
            ),
            &settings,
        );
        assert_eq!(patch, [(Field::Title, Some("Engineer".to_owned()))]);
    }

    #[test]
    fn who_somebody_is_is_not_a_providers_to_say() {
        for field in [
            Field::Email,
            Field::EmployeeId,
            Field::Manager,
            Field::LoginMethod,
            Field::EndDate,
        ] {
            let given = SsoSettings {
                mapping: [(field, "x".into())].into(),
                ..SsoSettings::default()
            };
            let why = settings(given, Moment::from_ms(0)).unwrap_err();
            assert_eq!(why.code(), "invalid", "{field:?}");
        }
    }

    #[test]
    fn weak_algorithms_are_accepted_for_half_a_year_at_most() {
        let today = Moment::from_ms(1_000_000_000_000);
        for (days, fine) in [(-5, true), (1, true), (180, true), (181, false)] {
            let given = SsoSettings {
                weak_until: Some(today.plus_days(days)),
                ..SsoSettings::default()
            };
            assert_eq!(settings(given, today).is_ok(), fine, "{days}");
        }
    }

    #[test]
    fn admins_are_told_thirty_seven_and_one_day_before() {
        let now = Moment::from_ms(1_000_000);
        for (days, warned, expect) in [
            (31, None, None),
            (30, None, Some(30)),
            (29, Some(30), None),
            (8, Some(30), None),
            (7, Some(30), Some(7)),
            (3, None, Some(7)),
            (1, Some(7), Some(1)),
            (0, Some(1), None),
            (-5, None, Some(1)),
        ] {
            assert_eq!(
                warning(now.plus_days(days), now, warned),
                expect,
                "{days} {warned:?}"
            );
        }
        assert_eq!(warning(now.plus_days(6).plus_seconds(60), now, Some(30)), Some(7));
    }

    #[test]
    fn a_proof_is_as_old_as_the_provider_says() {
        let at = Some(Moment::from_ms(7));
        for (authenticated, asked, expect) in [
            (at, false, Proved::At(Moment::from_ms(7))),
            (at, true, Proved::At(Moment::from_ms(7))),
            (None, true, Proved::Now),
            (None, false, Proved::Unknown),
        ] {
            assert_eq!(proved(authenticated, asked), expect, "{authenticated:?} {asked}");
        }
    }

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (next, expect) in [
            ("/people?q=a", "/people?q=a"),
            ("//evil.example", "/home"),
            ("/\\evil.example", "/home"),
            ("https://evil.example", "/home"),
            ("", "/home"),
        ] {
            assert_eq!(within(next), expect, "{next}");
        }
    }
}
