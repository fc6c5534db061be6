//! Who may come in which way. Pure.

use crate::accounts::{AccountState, ProfileField as Field};
use crate::domains::Standing;
use crate::{Error, Result, fold};

use crate::words::words;

words! {
    /// Who may join without being invited.
    Joining {
        Invited = "invited",
        /// Whoever has an address at a domain that is verified or let in.
        Domains = "domains",
    }
}

words! {
    /// What becomes of it when somebody who is no admin invites.
    Coworkers {
        /// Admins approve all.
        Admins = "admins",
        /// Those with an address at certain domains are invited at once.
        Domains = "domains",
        All = "all",
    }
}

/// How somebody would come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By themselves, with an address that is proven.
    Own,
    /// By a link that goes round, with an address that is proven.
    Link { by_admin: bool },
    /// Somebody who is here gave the address.
    Invited { by_admin: bool },
}

/// What an address brings with it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub joining: Joining,
    pub coworkers: Coworkers,
    /// The domain is one of those whose people are invited at once.
    pub approved: bool,
    pub standing: Standing,
    pub way: Way,
    /// The account with the address, if there is one.
    pub existing: Option<AccountState>,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The account is made, or the one that was prepared is taken; the person is in.
    Join,
    /// An invitation is on its way.
    Invite,
    /// Admins are asked.
    Ask,
    /// The person is in already.
    Member,
    /// An invitation is on its way already.
    Waits,
    Refused(Why),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Another workplace has verified the domain.
    Elsewhere,
    Deactivated,
    /// The workplace does not know the domain.
    NotOpen,
}

/// What becomes of somebody who would come.
pub fn outcome(case: Case) -> Outcome {
    let proven = !matches!(case.way, Way::Invited { .. });
    match case.existing {
        Some(AccountState::Claimed) => return Outcome::Member,
        Some(AccountState::Deactivated) => return Outcome::Refused(Why::Deactivated),
        // Whoever is invited may come, whatever has become of the domain.
        Some(AccountState::Invited) => return if proven { Outcome::Join } else { Outcome::Waits },
        Some(AccountState::Uninvited) | None => {}
    }
    if case.standing == Standing::Elsewhere {
        return Outcome::Refused(Why::Elsewhere);
    }
    let in_at_once = if proven { Outcome::Join } else { Outcome::Invite };
    let known = matches!(case.standing, Standing::Ours | Standing::Allowed);
    match case.way {
        Way::Own if !known => Outcome::Refused(Why::NotOpen),
        Way::Own if case.joining == Joining::Invited => Outcome::Ask,
        Way::Own => Outcome::Join,
        Way::Link { by_admin: true } | Way::Invited { by_admin: true } => in_at_once,
        // What they could do by themselves, a link does not forbid.
        Way::Link { .. } if known && case.joining == Joining::Domains => Outcome::Join,
        Way::Link { .. } | Way::Invited { .. } => match case.coworkers {
            Coworkers::All => in_at_once,
            Coworkers::Domains if case.approved => in_at_once,
            Coworkers::Domains | Coworkers::Admins => Outcome::Ask,
        },
    }
}

impl Why {
    pub fn error(self, workplace: &str) -> Error {
        let (code, message) = match self {
            Self::Elsewhere => (
                "domain_elsewhere",
                "That address belongs to another workplace here, which has verified its domain: people with an address \
                 there join that one."
                    .to_owned(),
            ),
            Self::Deactivated => (
                "deactivated",
                format!("The account with this address is deactivated: ask an admin of {workplace}."),
            ),
            Self::NotOpen => (
                "not_open",
                format!("{workplace} takes invited people only: ask somebody there for an invitation."),
            ),
        };
        Error::Refused { code, message }
    }
}

/// The fields of a profile that may be required of somebody who asks.
const MAY_BE_REQUIRED: [Field; 7] = [
    Field::Title,
    Field::Department,
    Field::Division,
    Field::Organization,
    Field::Location,
    Field::Phone,
    Field::EmployeeId,
];

/// Whether the field may be required of somebody who asks.
pub fn may_be_required(field: Field) -> bool {
    MAY_BE_REQUIRED.contains(&field)
}

/// The required fields that nobody has filled in.
pub fn missing(required: &[Field], given: &[(Field, String)]) -> Vec<Field> {
    let has = |field: &Field| {
        given
            .iter()
            .any(|(other, value)| other == field && !value.trim().is_empty())
    };
    required.iter().copied().filter(|field| !has(field)).collect()
}

/// The addresses in what somebody pasted: parted by commas, semicolons, blanks or lines, each once; and what is none.
pub fn addresses(text: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut right, mut wrong) = (Vec::<String>::new(), Vec::new());
    for word in text
        .iter()
        .flat_map(|text| text.split([',', ';', '\n', '\r', '\t', ' ']))
    {
        let word = word.trim().trim_start_matches('<').trim_end_matches('>');
        if word.is_empty() {
            continue;
        }
        match crate::addresses::read(word) {
            Ok(email) if right.iter().any(|other| fold::key(other) == fold::key(&email)) => {}
            Ok(email) => right.push(email),
            Err(_) => wrong.push(word.chars().take(100).collect()),
        }
    }
    (right, wrong)
}

/// A note as it is kept; or what is wrong with it.
pub fn note(text: Option<&str>) -> Result<Option<String>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.chars().count() > 1000) {
        return Err(Error::invalid("note", "Write at most 1,000 characters."));
    }
    Ok(text.map(str::to_owned))
}

/// Whether a digest is due: once a day from eight o'clock on, where the workplace is.
pub fn digest_due(told_at: Option<jiff::Timestamp>, now: jiff::Timestamp, zone: &str) -> bool {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let here = now.to_zoned_datetime(zone.clone());
    let today = told_at.is_some_and(|told| told.to_zoned_datetime(zone).date() == here.date());
    !today && here.hour() >= 8
}

#[cfg(test)]
mod tests;
