//! Whom a workplace asks for a second factor and since when; how codes are written. Pure.

use std::collections::BTreeSet;

use crate::accounts::MEMBER;
use crate::words::words;
use crate::workplaces::Settings;
use crate::{Moment, Permission};

words! {
    /// Who must show more than a password.
    SecondFactor {
        /// Whoever wants to.
        Optional = "optional",
        /// Everybody whose role may do something in the admin panel besides looking after their own people.
        Admins = "admins",
        Everyone = "everyone",
    }
}

/// The most days that people may be given to set a second factor up.
pub const MOST_DAYS: i64 = 30;
/// So many recovery codes somebody is given at once.
pub const CODES: usize = 10;
/// With so few left, somebody is told to make new ones.
pub const FEW: i64 = 3;
/// The most passkeys of one person.
pub const MOST_PASSKEYS: i64 = 20;
/// Length of a step of the six digits, in seconds (RFC 6238, section 4.1).
pub const STEP: u64 = 30;
/// Letters and digits that are not mistaken for one another: 32 of them, 5 bits each.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Letters of a recovery code: 60 bits.
const LENGTH: usize = 12;
const MAX_NAME: usize = 60;

/// Whether the workplace asks whoever has this role, which may do that, for a second factor.
pub fn asked(settings: &Settings, role: &str, may: &BTreeSet<Permission>) -> bool {
    let admin = role != MEMBER && may.iter().any(|one| *one != Permission::PeopleSupervise);
    settings.second_factor_roles.iter().any(|named| named == role)
        || match settings.second_factor {
            SecondFactor::Optional => false,
            SecondFactor::Admins => admin,
            SecondFactor::Everyone => true,
        }
}

/// Until when somebody may put it off, who took their account at `claimed`.
pub fn until(settings: &Settings, claimed: Option<Moment>) -> Moment {
    let since = settings.second_factor_since.unwrap_or(Moment::from_ms(0));
    since
        .max(claimed.unwrap_or(since))
        .plus_days(settings.second_factor_days)
}

/// Since when the workplace asks, when its settings change at `at`: whoever is asked anew has all the days for it.
pub fn since(before: &Settings, after: &Settings, at: Moment) -> Option<Moment> {
    if after.second_factor == SecondFactor::Optional && after.second_factor_roles.is_empty() {
        return None;
    }
    let more = after.second_factor > before.second_factor
        || after
            .second_factor_roles
            .iter()
            .any(|role| !before.second_factor_roles.contains(role));
    match before.second_factor_since {
        Some(since) if !more => Some(since),
        _ => Some(at),
    }
}

/// A recovery code of random bytes, in three groups.
pub fn recovery_code(chance: [u8; LENGTH]) -> String {
    let letters: Vec<char> = chance
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// What somebody typed where a code is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Six digits of an app.
    Digits(String),
    /// A recovery code without its hyphens, as it is kept.
    Recovery(String),
    Neither,
}

/// Reads it, whatever the spaces, hyphens and small letters.
pub fn typed(text: &str) -> Typed {
    let short: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .take(LENGTH + 1)
        .collect::<String>()
        .to_ascii_uppercase();
    if short.len() == 6 && short.bytes().all(|byte| byte.is_ascii_digit()) {
        return Typed::Digits(short);
    }
    if short.len() == LENGTH && short.bytes().all(|byte| LETTERS.contains(&byte)) {
        return Typed::Recovery(short);
    }
    Typed::Neither
}

/// The name of a passkey, trimmed; of one without a name, what made it.
pub fn passkey_name(given: &str, browser: &str, system: &str) -> String {
    let name: String = given
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME)
        .collect();
    if name.is_empty() {
        format!("{browser} on {system}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::rules::{SUPERVISOR, built_in};

    #[test]
    fn who_is_asked() {
        use SecondFactor as S;
        let table = [
            (S::Optional, "", [false, false, false, false]),
            (S::Admins, "", [false, false, true, true]),
            (S::Everyone, "", [true, true, true, true]),
            (S::Optional, "supervisor", [false, true, false, false]),
            (S::Optional, "member", [true, false, false, false]),
            (S::Admins, "supervisor", [false, true, true, true]),
        ];
        for (second_factor, named, expect) in table {
            let settings = Settings {
                second_factor,
                second_factor_roles: Some(named.to_owned())
                    .filter(|it| !it.is_empty())
                    .into_iter()
                    .collect(),
                ..Settings::default()
            };
            for (role, expect) in [MEMBER, SUPERVISOR, "analyst", "system_admin"]
                .into_iter()
                .zip(expect)
            {
                let may = built_in(role).unwrap();
                assert_eq!(
                    asked(&settings, role, &may),
                    expect,
                    "{second_factor:?} {named} {role}"
                );
            }
        }
    }

    #[test]
    fn whoever_is_asked_anew_has_all_the_days() {
        let day = |days: i64| Moment::from_ms(0).plus_days(days);
        let optional = Settings::default();
        let admins = Settings {
            second_factor: SecondFactor::Admins,
            second_factor_days: 7,
            second_factor_since: Some(day(10)),
            ..Settings::default()
        };
        let everyone = Settings {
            second_factor: SecondFactor::Everyone,
            ..admins.clone()
        };
        let and_members = Settings {
            second_factor_roles: vec![MEMBER.into()],
            ..admins.clone()
        };
        for (before, after, expect) in [
            (&optional, &optional, None),
            (&optional, &admins, Some(day(20))),
            (&admins, &admins, Some(day(10))),
            (&admins, &everyone, Some(day(20))),
            (&admins, &and_members, Some(day(20))),
            (&everyone, &admins, Some(day(10))),
            (&and_members, &admins, Some(day(10))),
            (&admins, &optional, None),
        ] {
            assert_eq!(since(before, after, day(20)), expect, "{before:?} {after:?}");
        }
        for (claimed, expect) in [(None, 17), (Some(3), 17), (Some(12), 19)] {
            assert_eq!(until(&admins, claimed.map(day)), day(expect), "{claimed:?}");
        }
    }

    #[test]
    fn codes_are_read_however_they_are_typed() {
        let code = recovery_code([0, 1, 31, 32, 255, 7, 8, 9, 10, 11, 12, 13]);
        assert_eq!(code, "AB9A-9HJK-LMNP");
        for (text, expect) in [
            (code.as_str(), Typed::Recovery("AB9A9HJKLMNP".into())),
            (" ab9a 9hjk lmnp ", Typed::Recovery("AB9A9HJKLMNP".into())),
            ("123 456", Typed::Digits("123456".into())),
            ("123456", Typed::Digits("123456".into())),
            ("1234567", Typed::Neither),
            ("AB9A-9HJK-LMN0", Typed::Neither),
            ("AB9A-9HJK-LMNPP", Typed::Neither),
            ("", Typed::Neither),
        ] {
            assert_eq!(typed(text), expect, "{text:?}");
        }
    }

    #[test]
    fn a_passkey_has_a_name() {
        for (given, expect) in [
            ("  My phone ", "My phone"),
            ("", "Chrome on Android"),
            (" \n ", "Chrome on Android"),
        ] {
            assert_eq!(passkey_name(given, "Chrome", "Android"), expect);
        }
        assert_eq!(passkey_name(&"x".repeat(99), "", "").len(), MAX_NAME);
    }
}
