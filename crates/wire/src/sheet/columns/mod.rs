//! What a column is: its heading looked up in the synonyms of eight languages and of the products whose exports people
//! have, its values as a second opinion.

mod synonyms;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub(in crate::sheet) use self::synonyms::fold;
use self::synonyms::{Meaning, Tier};
use super::values;

/// What a column of a people list can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Email,
    EmployeeId,
    GivenName,
    MiddleName,
    FamilyName,
    DisplayName,
    Phone,
    Title,
    Department,
    Division,
    Organization,
    CostCenter,
    Location,
    Locale,
    TimeZone,
    ManagerEmail,
    ManagerEmployeeId,
    /// A manager given by name only, which does not say who is meant.
    ManagerName,
    LoginMethod,
    StartDate,
    EndDate,
    Frontline,
    Status,
    /// Known, and of no use here.
    Ignore,
}

impl Field {
    pub const ALL: [Self; 24] = [
        Self::Email,
        Self::EmployeeId,
        Self::GivenName,
        Self::MiddleName,
        Self::FamilyName,
        Self::DisplayName,
        Self::Phone,
        Self::Title,
        Self::Department,
        Self::Division,
        Self::Organization,
        Self::CostCenter,
        Self::Location,
        Self::Locale,
        Self::TimeZone,
        Self::ManagerEmail,
        Self::ManagerEmployeeId,
        Self::ManagerName,
        Self::LoginMethod,
        Self::StartDate,
        Self::EndDate,
        Self::Frontline,
        Self::Status,
        Self::Ignore,
    ];

    /// The name used by the API and in stored mappings: the variant in snake case.
    pub fn as_str(self) -> &'static str {
        self.texts().0
    }

    /// The heading in our own files and templates.
    pub fn heading(self) -> &'static str {
        self.texts().1
    }

    /// What a cell of the column looks like.
    pub fn example(self) -> &'static str {
        self.texts().2
    }

    fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Email => ("email", "Email", "ada.kowalska@example.com"),
            Self::EmployeeId => ("employee_id", "Employee ID", "10234"),
            Self::GivenName => ("given_name", "First name", "Ada"),
            Self::MiddleName => ("middle_name", "Middle name", "Maria"),
            Self::FamilyName => ("family_name", "Last name", "Kowalska"),
            Self::DisplayName => ("display_name", "Full name", "Ada Kowalska"),
            Self::Phone => ("phone", "Phone Number", "+48 22 555 01 23"),
            Self::Title => ("title", "Job Title", "Project lead"),
            Self::Department => ("department", "Department", "Logistics"),
            Self::Division => ("division", "Division", "Operations"),
            Self::Organization => ("organization", "Organization", "Example Sp. z o.o."),
            Self::CostCenter => ("cost_center", "Cost Center", "4711"),
            Self::Location => ("location", "Location", "Warsaw"),
            Self::Locale => ("locale", "Locale", "pl-PL"),
            Self::TimeZone => ("time_zone", "Time Zone", "Europe/Warsaw"),
            Self::ManagerEmail => ("manager_email", "Manager Email", "jan.nowak@example.com"),
            Self::ManagerEmployeeId => ("manager_employee_id", "Manager Employee ID", "10001"),
            Self::ManagerName => ("manager_name", "Manager name", "Jan Nowak"),
            Self::LoginMethod => ("login_method", "Login Method", "password"),
            Self::StartDate => ("start_date", "Start Date", "2026-03-01"),
            Self::EndDate => ("end_date", "End Date", ""),
            Self::Frontline => ("frontline", "Frontline", "no"),
            Self::Status => ("status", "Status", "active"),
            Self::Ignore => ("ignore", "Ignore", ""),
        }
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|field| field.as_str() == text)
            .ok_or_else(|| format!("“{}” is no column that people have.", super::error::excerpt(text)))
    }
}

/// How sure a guess is: `Unsure` should be looked at by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    Unsure,
    Likely,
    Sure,
}

/// What a column probably is. `field: None` is a column that nobody knows, or one too many for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guess {
    pub field: Option<Field>,
    pub confidence: Confidence,
}

/// Whether a cell of the first rows is a column name that is known.
pub(super) fn is_known_header(cell: &str) -> bool {
    cell.len() <= 120
        && synonyms::look_up(cell)
            .iter()
            .any(|found| found.tier >= Tier::Likely)
}

/// One field that a column may be.
struct Candidate {
    column: usize,
    field: Field,
    tier: Tier,
    fit: Fit,
    score: i32,
}

/// Guesses every column. `samples[i]` are values of column `i`, empty ones left out; missing samples are no evidence.
/// No two columns get the same field (but for [`Field::Ignore`]): the better one has it.
pub fn guess<H: AsRef<str>>(headers: &[H], samples: &[Vec<String>]) -> Vec<Guess> {
    let found: Vec<Vec<synonyms::Found>> = headers
        .iter()
        .map(|header| synonyms::look_up(header.as_ref()))
        .collect();
    let has = |wanted: Field| {
        found
            .iter()
            .flatten()
            .any(|f| f.meaning == Meaning::Field(wanted) && f.tier == Tier::Sure)
    };
    let names = (has(Field::GivenName), has(Field::FamilyName));
    let any_values = samples.iter().any(|values| !values.is_empty());
    let mut candidates = Vec::new();
    for (column, meanings) in found.iter().enumerate() {
        let values = samples.get(column).map_or(&[][..], Vec::as_slice);
        for meaning in meanings {
            let (field, tier) = resolve(*meaning, names, values);
            let fit = fit(field, values);
            let mut score = meaning.tier as i32 * 100 - i32::from(meaning.rank.min(60)) + fit as i32 * 60;
            if any_values && values.is_empty() {
                score -= 120;
            }
            // A weak name that the values speak against is worse than none.
            if tier > Tier::Perhaps || fit != Fit::Bad {
                candidates.push(Candidate {
                    column,
                    field,
                    tier,
                    fit,
                    score,
                });
            }
        }
        if meanings.is_empty() {
            candidates.extend(by_values(column, values));
        }
    }
    assign(headers.len(), candidates)
}

fn assign(columns: usize, mut candidates: Vec<Candidate>) -> Vec<Guess> {
    let unknown = Guess {
        field: None,
        confidence: Confidence::Unsure,
    };
    let mut guesses = vec![unknown; columns];
    candidates.sort_by_key(|c| (std::cmp::Reverse(c.score), c.column));
    for candidate in candidates {
        let taken =
            candidate.field != Field::Ignore && guesses.iter().any(|g| g.field == Some(candidate.field));
        if taken || guesses[candidate.column].field.is_some() {
            continue;
        }
        let confidence = match (candidate.tier, candidate.fit) {
            (Tier::Sure, Fit::Unknown | Fit::Good) => Confidence::Sure,
            (Tier::Likely, Fit::Unknown | Fit::Good) | (Tier::Perhaps, Fit::Good) => Confidence::Likely,
            _ => Confidence::Unsure,
        };
        guesses[candidate.column] = Guess {
            field: Some(candidate.field),
            confidence,
        };
    }
    guesses
}

/// Names that mean different things in different company: "Name" beside "Vorname" is the family name, "Nome" beside
/// "Cognome" the given name; "Manager" may hold an address, a number or a name.
fn resolve(found: synonyms::Found, (given, family): (bool, bool), values: &[String]) -> (Field, Tier) {
    match found.meaning {
        Meaning::Field(field) => (field, found.tier),
        Meaning::Name => match (given, family) {
            (true, false) => (Field::FamilyName, found.tier),
            (false, true) => (Field::GivenName, found.tier),
            _ => (Field::DisplayName, found.tier),
        },
        Meaning::Manager => {
            if values.is_empty() {
                (Field::ManagerName, Tier::Perhaps)
            } else if share(values, values::looks_like_email) >= 0.6 {
                (Field::ManagerEmail, found.tier)
            } else if share(values, looks_like_number) >= 0.6 {
                (Field::ManagerEmployeeId, found.tier.min(Tier::Likely))
            } else {
                (Field::ManagerName, found.tier)
            }
        }
    }
}

/// A column without a known name, by what stands in it.
fn by_values(column: usize, values: &[String]) -> Option<Candidate> {
    let field = if values.is_empty() {
        return None;
    } else if share(values, values::looks_like_email) >= 0.8 {
        Field::Email
    } else if share(values, |v| v.starts_with('+') && values::looks_like_phone(v)) >= 0.8 {
        Field::Phone
    } else {
        return None;
    };
    Some(Candidate {
        column,
        field,
        tier: Tier::Perhaps,
        fit: Fit::Good,
        score: 0,
    })
}

/// What the values say about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Bad = -4,
    Unknown = 0,
    Good = 1,
}

fn fit(field: Field, values: &[String]) -> Fit {
    if values.is_empty() {
        return Fit::Unknown;
    }
    let by = |test: fn(&str) -> bool| match share(values, test) {
        s if s >= 0.6 => Fit::Good,
        s if s < 0.3 => Fit::Bad,
        _ => Fit::Unknown,
    };
    let not = |test: fn(&str) -> bool| {
        if share(values, test) > 0.5 {
            Fit::Bad
        } else {
            Fit::Unknown
        }
    };
    match field {
        Field::Email | Field::ManagerEmail => by(values::looks_like_email),
        Field::StartDate | Field::EndDate => by(|v| values::looks_like_date(v) || values::is_serial(v)),
        Field::Phone => by(values::looks_like_phone),
        Field::Status => by(|v| values::parse_state(v).is_ok()),
        Field::Frontline => by(|v| values::parse_bool(v).is_ok()),
        Field::LoginMethod => by(|v| values::parse_login_method(v).is_ok()),
        Field::Locale => by(|v| values::parse_locale(v).is_ok()),
        Field::TimeZone => by(|v| values::parse_time_zone(v).is_ok()),
        Field::EmployeeId | Field::ManagerEmployeeId => {
            not(|v| values::looks_like_email(v) || v.chars().count() > 40 || v.matches(' ').count() > 2)
        }
        Field::GivenName
        | Field::MiddleName
        | Field::FamilyName
        | Field::DisplayName
        | Field::ManagerName => not(|v| {
            values::looks_like_email(v) || !v.chars().any(char::is_alphabetic) || values::looks_like_date(v)
        }),
        Field::Title | Field::Department | Field::Division | Field::Organization | Field::Location => {
            not(|v| values::looks_like_email(v) || values::looks_like_date(v))
        }
        Field::CostCenter | Field::Ignore => Fit::Unknown,
    }
}

fn share(values: &[String], test: impl Fn(&str) -> bool) -> f64 {
    values.iter().filter(|value| test(value)).count() as f64 / values.len().max(1) as f64
}

fn looks_like_number(value: &str) -> bool {
    value.len() <= 40 && value.bytes().any(|b| b.is_ascii_digit()) && !value.contains([' ', '@'])
}
