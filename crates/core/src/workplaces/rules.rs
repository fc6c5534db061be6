//! What a workplace may be called and how it may be set. Pure.

use guildhall_wire::sheet::values;

use super::Workplace;
use crate::accounts::{HIGHEST, Ranks, label};
use crate::audit::FieldChange;
use crate::domains::names;
use crate::factors::rules as factors;
use crate::joining::rules::may_be_required;
use crate::sessions::rules::AGAIN_DAYS;
use crate::{Error, Result};

/// The colour of a new workplace.
pub const COLOUR: &str = "#2f5d50";
const MAX_NAME: usize = 100;

/// The name, trimmed; or a sentence on what is wrong with it.
pub fn name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid(
            "name",
            "Give the workplace a name: people see it on every page and letter.",
        ));
    }
    if name.chars().count() > MAX_NAME {
        return Err(Error::invalid(
            "name",
            format!("That name is too long: {MAX_NAME} characters at most."),
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            "The name holds a line break or another control character: remove it.",
        ));
    }
    Ok(name.to_owned())
}

/// A language as BCP 47.
pub fn locale(text: &str) -> Result<String> {
    values::parse_locale(text.trim()).map_err(|error| Error::invalid("locale", error.to_string()))
}

/// A time zone by its IANA name.
pub fn time_zone(text: &str) -> Result<String> {
    values::parse_time_zone(text.trim()).map_err(|error| Error::invalid("time_zone", error.to_string()))
}

/// `#rrggbb`.
fn colour(text: &str) -> Result<String> {
    let digits = text.trim().strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(format!("#{}", digits.to_ascii_lowercase()));
    }
    Err(Error::invalid(
        "colour",
        "Write the colour as # and six digits, such as #2f5d50.",
    ))
}

fn between(field: &str, value: i64, least: i64, most: i64) -> Result<i64> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(Error::invalid(
        field,
        format!("Choose a number from {least} to {most}."),
    ))
}

fn terms(text: &str) -> Result<String> {
    let text = text.trim();
    let web = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if web && text.len() <= 500 {
        return Ok(text.to_owned());
    }
    Err(Error::invalid(
        "terms_url",
        "Write the address of your terms, such as https://example.com/terms.",
    ))
}

/// Domains whose people coworkers bring in at once, each once.
fn coworker_domains(given: &[String]) -> Result<Vec<String>> {
    const MOST: usize = 100;
    if given.len() > MOST {
        return Err(Error::invalid(
            "coworker_domains",
            format!("Name at most {MOST} domains."),
        ));
    }
    let named = |name: &String| {
        names::normalise(name).map_err(|why| Error::invalid("coworker_domains", why.to_string()))
    };
    let mut domains: Vec<String> = given.iter().map(named).collect::<Result<_>>()?;
    domains.sort_unstable();
    domains.dedup();
    Ok(domains)
}

/// Days on which people are reminded, each once.
fn remind_days(given: &[i64]) -> Result<Vec<i64>> {
    const MOST: usize = 10;
    let mut days = given.to_vec();
    days.sort_unstable();
    days.dedup();
    if days.len() > MOST || days.iter().any(|day| !(1..=60).contains(day)) {
        return Err(Error::invalid(
            "remind_days",
            "Name at most ten days, each from 1 to 60 after the invitation.",
        ));
    }
    Ok(days)
}

/// Connectors and directories that may stand in an order.
const MOST_ORDERED: usize = 100;

/// Ranks lie from 0 to [`HIGHEST`]; each connector and directory has one place.
fn check_ranks(ranks: &Ranks) -> Result<()> {
    let several: std::collections::BTreeSet<_> = ranks.order.iter().collect();
    if several.len() != ranks.order.len() || ranks.order.len() > MOST_ORDERED {
        return Err(Error::invalid(
            "ranks",
            format!("Name each connector and directory once in the order, and at most {MOST_ORDERED}."),
        ));
    }
    let by_field = ranks.fields.values().flat_map(|ranks| ranks.values());
    match ranks
        .sources
        .values()
        .chain(by_field)
        .find(|rank| **rank > HIGHEST)
    {
        None => Ok(()),
        Some(_) => Err(Error::invalid(
            "ranks",
            format!("Choose ranks from 0 to {HIGHEST}."),
        )),
    }
}

/// The workplace with every value in its canonical form; or what is wrong with one.
pub fn checked(mut workplace: Workplace) -> Result<Workplace> {
    workplace.name = name(&workplace.name)?;
    workplace.locale = locale(&workplace.locale)?;
    workplace.time_zone = time_zone(&workplace.time_zone)?;
    workplace.colour = colour(&workplace.colour)?;
    let settings = &mut workplace.settings;
    settings.invite_days = between("invite_days", settings.invite_days, 1, 365)?;
    settings.brake_percent = between("brake_percent", settings.brake_percent, 0, 100)?;
    settings.brake_minimum = between("brake_minimum", settings.brake_minimum, 0, 1_000_000)?;
    settings.mail_from_name = settings.mail_from_name.as_deref().map(name).transpose()?;
    settings.terms_url = settings.terms_url.as_deref().map(terms).transpose()?;
    settings.coworker_domains = coworker_domains(&settings.coworker_domains)?;
    settings.remind_days = remind_days(&settings.remind_days)?;
    settings.quiet_from = between("quiet_from", settings.quiet_from, 0, 23)?;
    settings.second_factor_days = between(
        "second_factor_days",
        settings.second_factor_days,
        0,
        factors::MOST_DAYS,
    )?;
    settings.second_factor_roles.sort_unstable();
    settings.second_factor_roles.dedup();
    settings.quiet_to = between("quiet_to", settings.quiet_to, 0, 23)?;
    check_ranks(&settings.ranks)?;
    if !AGAIN_DAYS.contains(&settings.log_in_again_days) {
        return Err(Error::invalid(
            "log_in_again_days",
            "Choose 1, 3, 7, 14 or 30 days, or 0 for never.",
        ));
    }
    settings.required_fields.sort_unstable();
    settings.required_fields.dedup();
    if let Some(field) = settings
        .required_fields
        .iter()
        .find(|field| !may_be_required(**field))
    {
        return Err(Error::invalid(
            "required_fields",
            format!(
                "The {} can't be required of those who ask to be let in.",
                label(*field)
            ),
        ));
    }
    Ok(workplace)
}

/// Whether the change lets people in with less than before, or asks others for more: it takes a proof of whoever does it.
pub fn changes_log_in(before: &Workplace, after: &Workplace) -> bool {
    let told = |workplace: &Workplace| {
        let settings = &workplace.settings;
        (
            settings.second_factor,
            settings.second_factor_roles.clone(),
            settings.second_factor_days,
            settings.remember_devices,
            settings.log_in_again_days,
            settings.without_email,
        )
    };
    told(before) != told(after)
}

/// What differs, for the audit log.
pub fn differences(before: &Workplace, after: &Workplace) -> Vec<FieldChange> {
    let told = |workplace: &Workplace| {
        let settings = &workplace.settings;
        let required: Vec<&str> = settings
            .required_fields
            .iter()
            .map(|field| field.as_str())
            .collect();
        let days: Vec<String> = settings.remind_days.iter().map(i64::to_string).collect();
        let fields: Vec<&str> = settings.owner_fields.iter().map(|field| field.as_str()).collect();
        [
            ("name", Some(workplace.name.clone())),
            ("locale", Some(workplace.locale.clone())),
            ("time_zone", Some(workplace.time_zone.clone())),
            ("colour", Some(workplace.colour.clone())),
            ("logo", workplace.logo.map(|file| file.to_string())),
            ("invite_days", Some(settings.invite_days.to_string())),
            ("brake_percent", Some(settings.brake_percent.to_string())),
            ("brake_minimum", Some(settings.brake_minimum.to_string())),
            ("mail_from_name", settings.mail_from_name.clone()),
            ("terms_url", settings.terms_url.clone()),
            ("owner_fields", Some(fields.join(" "))),
            ("joining", Some(settings.joining.as_str().to_owned())),
            ("coworkers", Some(settings.coworkers.as_str().to_owned())),
            ("coworker_domains", Some(settings.coworker_domains.join(" "))),
            ("required_fields", Some(required.join(" "))),
            ("remind_days", Some(days.join(" "))),
            ("quiet_from", Some(settings.quiet_from.to_string())),
            ("quiet_to", Some(settings.quiet_to.to_string())),
            ("quiet_weekends", Some(settings.quiet_weekends.to_string())),
            ("ranks", serde_json::to_string(&settings.ranks).ok()),
            ("without_email", Some(settings.without_email.to_string())),
            ("log_in_again_days", Some(settings.log_in_again_days.to_string())),
            ("second_factor", Some(settings.second_factor.as_str().to_owned())),
            (
                "second_factor_roles",
                Some(settings.second_factor_roles.join(" ")),
            ),
            (
                "second_factor_days",
                Some(settings.second_factor_days.to_string()),
            ),
            ("remember_devices", Some(settings.remember_devices.to_string())),
        ]
    };
    told(before)
        .into_iter()
        .zip(told(after))
        .filter(|(before, after)| before != after)
        .map(|((field, before), (_, after))| FieldChange {
            field: (*field).into(),
            before,
            after,
            was_from: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = "x".repeat(101);
        for (text, expect) in [
            (" Łódź & Søn ", Some("Łódź & Søn")),
            ("", None),
            ("  ", None),
            ("a\nb", None),
            (long.as_str(), None),
        ] {
            assert_eq!(name(text).ok().as_deref(), expect, "{text:?}");
        }
    }

    #[test]
    fn what_is_changed_is_checked_and_told() {
        let before = Workplace {
            id: crate::ids::WorkplaceId(uuid::Uuid::nil()),
            name: "Łódź & Søn".into(),
            locale: "en".into(),
            time_zone: "UTC".into(),
            colour: COLOUR.into(),
            logo: None,
            settings: super::super::Settings::default(),
            created_at: crate::Moment::from_ms(0),
        };
        assert_eq!(checked(before.clone()).unwrap(), before);
        let change = |alter: fn(&mut Workplace)| {
            let mut after = before.clone();
            alter(&mut after);
            checked(after)
        };
        let red = change(|workplace| workplace.colour = "#FF0000".into()).unwrap();
        let told = differences(&before, &red);
        assert_eq!((told.len(), told[0].after.as_deref()), (1, Some("#ff0000")));
        let refused: [fn(&mut Workplace); 6] = [
            |workplace| workplace.settings.log_in_again_days = 2,
            |workplace| workplace.colour = "red".into(),
            |workplace| workplace.settings.invite_days = 0,
            |workplace| workplace.settings.brake_percent = 101,
            |workplace| workplace.settings.terms_url = Some("javascript:alert(1)".into()),
            |workplace| workplace.settings.mail_from_name = Some("a\nb".into()),
        ];
        for alter in refused {
            assert_eq!(change(alter).unwrap_err().code(), "invalid");
        }
    }

    #[test]
    fn settings() {
        assert_eq!(locale("en_GB").ok().as_deref(), Some("en-GB"));
        assert!(locale("xx-nowhere-at-all").is_err());
        assert_eq!(time_zone("Europe/Warsaw").ok().as_deref(), Some("Europe/Warsaw"));
        assert!(time_zone("Mars/Olympus").is_err());
    }
}
