//! What a directory's settings may be, and when it is read how. Pure.

use super::types::{Directory, Settings, Via};
use crate::{Error, Moment, Result};

const MAX_NAME: usize = 100;
const MAX_TEXT: usize = 4000;
const MAX_TROUBLE: usize = 500;
/// An agent that was not heard of for so long has stopped.
const SILENT_HOURS: i64 = 26;

pub fn name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Error::invalid(
            "name",
            "Give the directory a name of at most 100 characters.",
        ));
    }
    Ok(name.to_owned())
}

/// The settings without needless spaces, or what is wrong with them.
pub fn checked(mut settings: Settings) -> Result<Settings> {
    for text in [
        &mut settings.server.host,
        &mut settings.server.bind_dn,
        &mut settings.base,
        &mut settings.filter,
    ] {
        *text = text.trim().to_owned();
    }
    for text in [&mut settings.group, &mut settings.groups, &mut settings.server.ca] {
        *text = text
            .take()
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty());
    }
    let host = &settings.server.host;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
    if host.is_empty() || host.len() > 255 || !host.chars().all(plain) {
        return Err(Error::invalid(
            "host",
            "Write the name of the server, such as dc1.example.com, without ldap:// and without a path.",
        ));
    }
    if settings.server.port == Some(0) {
        return Err(Error::invalid("port", "A port is a number from 1 to 65535."));
    }
    if settings.base.is_empty() {
        return Err(Error::invalid(
            "base",
            "Write where the people are, such as OU=Staff,DC=example,DC=com.",
        ));
    }
    let in_brackets = settings.filter.starts_with('(') && settings.filter.ends_with(')');
    if !settings.filter.is_empty() && !in_brackets {
        return Err(Error::invalid(
            "filter",
            "A filter stands in brackets, such as (objectClass=person).",
        ));
    }
    let long = [&settings.server.bind_dn, &settings.base, &settings.filter];
    if long.iter().any(|text| text.len() > MAX_TEXT)
        || [&settings.group, &settings.groups]
            .iter()
            .any(|text| text.as_ref().is_some_and(|text| text.len() > MAX_TEXT))
    {
        return Err(Error::invalid(
            "base",
            "A name or filter is longer than 4,000 characters.",
        ));
    }
    if settings
        .server
        .ca
        .as_ref()
        .is_some_and(|pem| pem.len() > 64 * 1024)
    {
        return Err(Error::invalid(
            "ca",
            "The certificates are longer than 64 kB: paste only that of your authority.",
        ));
    }
    settings
        .mapping
        .usable()
        .map_err(|why| Error::invalid("mapping", why))?;
    if !(5..=24 * 60).contains(&settings.every_minutes) {
        return Err(Error::invalid(
            "every_minutes",
            "Choose between 5 minutes and 1,440 (a day).",
        ));
    }
    if !(1..=24 * 31).contains(&settings.full_hours) {
        return Err(Error::invalid(
            "full_hours",
            "Choose between 1 hour and 744 (a month).",
        ));
    }
    Ok(settings)
}

/// What an agent says went wrong, at a length that is worth keeping.
pub fn told_by_agent(why: &str) -> String {
    let why: String = why
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_TROUBLE)
        .collect();
    match why.trim() {
        "" => "The agent could not read or push, and did not say why.".to_owned(),
        why => format!("The agent could not read or push: {why}"),
    }
}

/// Whether an agent should have come by now: once a day is the least that is worth having.
pub fn agent_is_silent(directory: &Directory, now: Moment) -> bool {
    let heard = directory.checked_at.unwrap_or(directory.created_at);
    directory.settings.via == Via::Agent
        && directory.applied_at.is_some()
        && now >= heard.plus_seconds(SILENT_HOURS * 3600)
}

/// What it would take away to follow the groups of a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Toll {
    /// How often somebody who has not left would be taken out of a group.
    pub lost: i64,
    /// How often somebody is in a group.
    pub memberships: i64,
    /// Groups that the directory does not have any more.
    pub gone: i64,
    pub groups: i64,
    /// The groups that would lose most people, and how many.
    pub worst: Vec<(String, i64)>,
    /// Somebody has looked at it, and lets it happen once.
    pub allowed: bool,
}

impl Toll {
    /// Whether a person is to be asked. `bounds`: the share in percent, and how many may always go.
    pub fn needs_a_word(&self, (percent, minimum): (i64, i64)) -> bool {
        let above = |going: i64, all: i64| going > (all * percent / 100).max(minimum);
        above(self.lost, self.memberships) || above(self.gone, self.groups)
    }

    /// Whether what somebody let covers what would happen now.
    pub fn lets(&self, now: &Self) -> bool {
        self.allowed && now.lost <= self.lost && now.gone <= self.gone
    }

    /// What the brake says.
    pub fn sentence(&self) -> String {
        format!(
            "The brake holds: {} of {} memberships would end, and {} of {} groups. No group was changed. Look at the groups \
             in the directory; then let it happen, or correct it there, and it goes away by itself.",
            self.lost, self.memberships, self.gone, self.groups
        )
    }
}

/// Whether other people, or other values of them, are asked for: then nothing is known of what changed since.
pub fn asks_for_others(old: &Settings, new: &Settings) -> bool {
    let asked = |settings: &Settings| {
        (
            settings.kind,
            settings.base.clone(),
            settings.filter().to_owned(),
            settings.group.clone(),
            settings.mapping.clone(),
            settings.server.host.clone(),
        )
    };
    asked(old) != asked(new)
}

/// Whether the password would be sent to somebody else, or less safely.
pub fn goes_elsewhere(old: &Settings, new: &Settings) -> bool {
    old.server != new.server
}

/// Whether everybody is read, not only what changed.
pub fn reads_all(directory: &Directory, now: Moment) -> bool {
    let hours = directory.settings.full_hours;
    directory.cursor.is_none()
        || directory
            .full_at
            .is_none_or(|at| now >= at.plus_seconds(hours * 3600))
}

/// Whether a plan is applied by itself. Never the first, and never what the brake holds.
pub fn applies_itself(directory: &Directory, held: bool) -> bool {
    directory.settings.automatic && directory.applied_at.is_some() && !held
}

/// When it is read again.
pub fn next(settings: &Settings, now: Moment) -> Option<Moment> {
    (settings.via == Via::Server).then(|| now.plus_seconds(settings.every_minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::Toll;

    #[test]
    fn the_brake_holds_groups_that_would_lose_more_than_a_share_and_a_few() {
        let toll = |lost, memberships, gone, groups| Toll {
            lost,
            memberships,
            gone,
            groups,
            ..Toll::default()
        };
        let table = [
            (toll(0, 0, 0, 0), false),
            (toll(5, 10, 0, 3), false),
            (toll(6, 10, 0, 3), true),
            (toll(50, 1000, 0, 3), false),
            (toll(51, 1000, 0, 3), true),
            (toll(0, 1000, 5, 8), false),
            (toll(0, 1000, 6, 8), true),
            (toll(0, 1000, 10, 200), false),
        ];
        for (toll, expect) in table {
            assert_eq!(toll.needs_a_word((5, 5)), expect, "{toll:?}");
            assert!(!toll.lets(&toll), "nobody has said so");
        }
        let allowed = Toll {
            allowed: true,
            ..toll(60, 1000, 2, 9)
        };
        for (now, expect) in [
            (toll(60, 1000, 2, 9), true),
            (toll(10, 900, 0, 9), true),
            (toll(61, 1000, 2, 9), false),
            (toll(60, 1000, 3, 9), false),
        ] {
            assert_eq!(allowed.lets(&now), expect, "{now:?}");
        }
    }

    use guildhall_wire::directory::{Kind, Mapping};

    use super::*;
    use crate::directory::ldap::{Security, Server};
    use crate::ids::{DirectoryId, WorkplaceId};

    #[test]
    fn an_agent_that_stopped_is_noticed_and_what_it_says_is_cut() {
        let hours = |hours: i64| Moment::from_ms(hours * 3_600_000);
        let mut directory = Directory {
            checked_at: Some(hours(100)),
            ..directory()
        };
        for (via, applied, at, expect) in [
            (Via::Agent, true, 125, false),
            (Via::Agent, true, 126, true),
            (Via::Agent, false, 500, false),
            (Via::Server, true, 500, false),
        ] {
            directory.settings.via = via;
            directory.applied_at = applied.then_some(hours(1));
            assert_eq!(
                agent_is_silent(&directory, hours(at)),
                expect,
                "{via:?} {applied} {at}"
            );
        }
        let told = told_by_agent(&format!("a\nb{}", "é".repeat(2 * MAX_TROUBLE)));
        assert!(
            told.starts_with("The agent could not read or push: a bé"),
            "{told}"
        );
        assert!(told.chars().count() < MAX_TROUBLE + 40);
    }

    fn directory() -> Directory {
        Directory {
            id: DirectoryId(uuid::Uuid::nil()),
            workplace: WorkplaceId(uuid::Uuid::nil()),
            name: "AD".into(),
            settings: settings(),
            has_password: true,
            cursor: None,
            next_at: None,
            checked_at: None,
            full_at: None,
            applied_at: None,
            trouble: None,
            created_at: Moment::from_ms(1_000_000_000_000),
        }
    }

    fn settings() -> Settings {
        Settings {
            kind: Kind::ActiveDirectory,
            via: Via::Server,
            server: Server {
                host: " dc1.example.com ".into(),
                port: None,
                security: Security::Ldaps,
                ca: Some("  ".into()),
                bind_dn: "sync@example.com".into(),
            },
            base: "DC=example,DC=com".into(),
            filter: String::new(),
            group: None,
            groups: None,
            mapping: Mapping::preset(Kind::ActiveDirectory),
            invite: false,
            automatic: true,
            every_minutes: 15,
            full_hours: 24,
        }
    }

    #[test]
    fn settings_are_tidied_or_refused() {
        let tidy = checked(settings()).unwrap();
        assert_eq!(
            (tidy.server.host.as_str(), tidy.server.ca.clone()),
            ("dc1.example.com", None)
        );
        assert_eq!(tidy.filter(), Kind::ActiveDirectory.filter());
        type Alter = fn(&mut Settings);
        let table: [(Alter, &str); 7] = [
            (|s| s.server.host = "ldap://dc1".into(), "host"),
            (|s| s.server.host = String::new(), "host"),
            (|s| s.server.port = Some(0), "port"),
            (|s| s.base = " ".into(), "base"),
            (|s| s.filter = "objectClass=person".into(), "filter"),
            (|s| s.mapping.rules.clear(), "mapping"),
            (|s| s.every_minutes = 1, "every_minutes"),
        ];
        for (alter, field) in table {
            let mut settings = settings();
            alter(&mut settings);
            let Err(Error::Invalid { fields, .. }) = checked(settings) else {
                panic!("{field} was taken");
            };
            assert_eq!(fields[0].field, field);
        }
    }

    #[test]
    fn who_is_read_when_and_what_applies_itself() {
        let at = Moment::from_ms(1_000_000_000_000);
        let mut directory = directory();
        assert!(reads_all(&directory, at) && !applies_itself(&directory, false));
        directory.cursor =
            serde_json::from_str(r#"{"position":{"by":"time","last":"x"},"members":null}"#).unwrap();
        directory.full_at = Some(at);
        directory.applied_at = Some(at);
        assert!(!reads_all(&directory, at.plus_seconds(3600)));
        assert!(reads_all(&directory, at.plus_days(1)));
        assert!(applies_itself(&directory, false) && !applies_itself(&directory, true));
        assert_eq!(next(&directory.settings, at), Some(at.plus_seconds(900)));
        let mut other = settings();
        other.every_minutes = 30;
        assert!(!asks_for_others(&directory.settings, &other));
        other.filter = "(a=b)".into();
        assert!(asks_for_others(&directory.settings, &other));
        other.server.security = Security::None;
        assert!(goes_elsewhere(&directory.settings, &other));
    }
}
