//! Whether a person meets what a rule asks, and by which keys a rule is found that somebody may meet. Pure.

use std::collections::HashMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use uuid::Uuid;

use super::types::{Combine, Condition, ConditionField as C, ConditionOp as Op, Conditions, TEXTS};
use super::{Person, Step};
use crate::accounts::{AccountState, ProfileField as Field};
use crate::ids::{AccountId, SetId};
use crate::{Error, Result, fold};

/// The most conditions of a rule, values of a condition, and characters of a value.
const MOST_TESTS: usize = 20;
const MOST_VALUES: usize = 200;
const MOST_CHARACTERS: usize = 300;
/// Levels of conditions: those of the rule, of its groups, and of the groups in these.
const LEVELS: usize = 3;
/// The most days before or after a start date.
const MOST_DAYS: i64 = 3650;
/// More managers than anybody has above them.
const CHAIN: usize = 200;

/// The key that everybody has.
pub(super) const EVERYBODY: &str = "*";
/// What a rule looks at besides the person: who is above them, who their manager is, the sets they are in.
pub(super) const LOOKS_UP: &str = "?under";
pub(super) const LOOKS_AT_MANAGER: &str = "?manager";
pub(super) const LOOKS_AT_SETS: &str = "?set";
/// How many days after the start date a rule waits for, as `?reached=14`.
pub(super) const WAITS: &str = "?reached=";

pub(super) fn looks_at_set(set: SetId) -> String {
    format!("{LOOKS_AT_SETS}={set}")
}

/// The conditions as they are kept: what is wrong with them is said of the field `conditions`.
pub fn checked(conditions: Conditions) -> Result<Conditions> {
    if conditions.every().len() > MOST_TESTS {
        let message = format!("That are too many conditions: {MOST_TESTS} at most.");
        return Err(Error::invalid("conditions", message));
    }
    checked_level(conditions, 1)
}

fn checked_level(conditions: Conditions, level: usize) -> Result<Conditions> {
    let wrong = |message: String| Err(Error::invalid("conditions", message));
    if level > LEVELS {
        return wrong(format!(
            "The groups stand too deep in each other: {LEVELS} levels at most, counting the rule itself."
        ));
    }
    if conditions.parts() == 0 {
        return wrong(if level == 1 {
            "Say whom the rule is for: add at least one condition.".into()
        } else {
            "A group has no condition: add one, or remove the group.".into()
        });
    }
    let Conditions {
        combine,
        tests,
        groups,
    } = conditions;
    let tests = tests.into_iter().map(checked_one).collect::<Result<_>>()?;
    let deeper = groups.into_iter().map(|group| checked_level(group, level + 1));
    Ok(Conditions {
        combine,
        tests,
        groups: deeper.collect::<Result<_>>()?,
    })
}

fn checked_one(test: Condition) -> Result<Condition> {
    let Condition { field, op, values } = test;
    let name = field.as_str().replace('_', " ");
    let wrong = |message: String| Err(Error::invalid("conditions", message));
    if !field.ops().contains(&op) {
        return wrong(format!("\"{}\" can't be asked of the {name}.", op.as_str()));
    }
    if matches!(op, Op::IsKnown | Op::IsUnknown) {
        let values = Vec::new();
        return Ok(Condition { field, op, values });
    }
    let mut kept: Vec<String> = Vec::new();
    for value in values {
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        if value.chars().count() > MOST_CHARACTERS || value.contains('\0') {
            return wrong(format!(
                "A value of the {name} is too long: 300 characters at most."
            ));
        }
        let value = match (field, op) {
            (C::Manager | C::Set, _) => match value.parse::<Uuid>() {
                Ok(id) => id.to_string(),
                Err(_) => return wrong(format!("Choose the {name} from the list: \"{value}\" is no id.")),
            },
            (C::StartDate, Op::Reached) => match value.parse::<i64>() {
                Ok(days) if days.abs() <= MOST_DAYS => days.to_string(),
                _ => {
                    return wrong(format!(
                        "\"{value}\" is no number of days from -{MOST_DAYS} to {MOST_DAYS}."
                    ));
                }
            },
            (C::StartDate, _) => match value.parse::<Date>() {
                Ok(day) => day.to_string(),
                Err(_) => return wrong(format!("\"{value}\" is no date: write it as 2026-12-31.")),
            },
            (C::Frontline, _) if !matches!(value, "true" | "false") => {
                return wrong("Frontline is \"true\" or \"false\".".into());
            }
            _ => value.to_owned(),
        };
        if !kept.iter().any(|other| fold::key(other) == fold::key(&value)) {
            kept.push(value);
        }
    }
    let one = matches!(field, C::StartDate | C::Frontline);
    if kept.is_empty() || (one && kept.len() > 1) {
        let wanted = if one { "one value" } else { "a value" };
        return wrong(format!("Give the condition on the {name} {wanted}."));
    }
    if kept.len() > MOST_VALUES {
        return wrong(format!(
            "That are too many values of the {name}: {MOST_VALUES} at most."
        ));
    }
    Ok(Condition {
        field,
        op,
        values: kept,
    })
}

/// A condition as it is typed: "department is Sales; Legal", "start_date reached 7", "title is_known". Its values are yet to
/// be [`checked`].
pub fn parse(text: &str) -> Result<Condition> {
    let mut words = text.trim().splitn(3, char::is_whitespace);
    let field = words.next().and_then(C::parse);
    let op = words.next().and_then(Op::parse);
    let (Some(field), Some(op)) = (field, op) else {
        let fields: Vec<&str> = C::ALL.iter().map(|field| field.as_str()).collect();
        return Err(Error::invalid(
            "conditions",
            format!(
                "\"{text}\" is no condition: write it as \"department is Sales; Legal\". There are: {}.",
                fields.join(", ")
            ),
        ));
    };
    let values = words.next().unwrap_or_default().split(';').map(str::trim);
    Ok(Condition {
        field,
        op,
        values: values
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

/// Conditions made ready to be asked of many.
#[derive(Clone, Debug)]
pub struct Compiled {
    any: bool,
    checks: Vec<Check>,
}

#[derive(Clone, Debug)]
enum Check {
    Text(usize, Op, Vec<String>),
    Known(Field, bool),
    Manager(Vec<AccountId>, bool),
    Under(Vec<AccountId>),
    Sets(Vec<SetId>, bool),
    Frontline(bool),
    Before(Date),
    From(Date),
    Reached(i64),
    Group(Compiled),
    /// What this program can't read holds of nobody.
    Never,
}

impl Compiled {
    pub fn new(conditions: &Conditions) -> Self {
        let tests = conditions.tests.iter().map(Check::new);
        let groups = conditions
            .groups
            .iter()
            .map(|group| Check::Group(Self::new(group)));
        Self {
            any: conditions.combine == Combine::Any,
            checks: tests.chain(groups).collect(),
        }
    }

    /// Whether the person meets them. Nothing asked is met by nobody.
    pub fn holds(&self, person: &Person) -> bool {
        let mut checks = self.checks.iter();
        if self.any {
            checks.any(|check| check.holds(person))
        } else {
            !self.checks.is_empty() && checks.all(|check| check.holds(person))
        }
    }
}

impl Check {
    fn new(test: &Condition) -> Self {
        let ids = || test.values.iter().filter_map(|value| value.parse::<Uuid>().ok());
        let first = test.values.first().map(String::as_str).unwrap_or_default();
        let day = |made: fn(Date) -> Self| first.parse().map_or(Self::Never, made);
        match (test.field, test.op) {
            (field, Op::IsKnown | Op::IsUnknown) => {
                let known = test.op == Op::IsKnown;
                match (field, field.text()) {
                    (_, Some(at)) => Self::Known(TEXTS[at].1, known),
                    (C::Manager, _) => Self::Known(Field::Manager, known),
                    (C::StartDate, _) => Self::Known(Field::StartDate, known),
                    _ => Self::Never,
                }
            }
            (C::Manager, Op::ReportsTo) => Self::Under(ids().map(AccountId).collect()),
            (C::Manager, op) => Self::Manager(ids().map(AccountId).collect(), op == Op::Is),
            (C::Set, op) => Self::Sets(ids().map(SetId).collect(), op == Op::Is),
            (C::Frontline, _) => Self::Frontline(first == "true"),
            (C::StartDate, Op::Before) => day(Self::Before),
            (C::StartDate, Op::OnOrAfter) => day(Self::From),
            (C::StartDate, _) => first.parse().map_or(Self::Never, Self::Reached),
            (field, op) => match field.text() {
                Some(at) => Self::Text(at, op, test.values.iter().map(|value| fold::key(value)).collect()),
                None => Self::Never,
            },
        }
    }

    fn holds(&self, person: &Person) -> bool {
        let profile = &person.account.profile;
        let start = || {
            profile
                .get(Field::StartDate)
                .and_then(|day| day.parse::<Date>().ok())
        };
        match self {
            Self::Text(at, op, keys) => {
                let text = person.texts[*at].as_deref();
                let any = |fits: fn(&str, &str) -> bool| {
                    text.is_some_and(|text| keys.iter().any(|key| fits(text, key)))
                };
                match op {
                    Op::IsNot => !any(|text, key| text == key),
                    Op::Contains => any(|text, key| text.contains(key)),
                    Op::BeginsWith => any(|text, key| text.starts_with(key)),
                    _ => any(|text, key| text == key),
                }
            }
            Self::Known(field, known) => profile.get(*field).is_some() == *known,
            Self::Manager(ids, wanted) => {
                profile.manager().is_some_and(|manager| ids.contains(&manager)) == *wanted
            }
            Self::Under(ids) => ids.iter().any(|id| person.above.contains(id)),
            Self::Sets(ids, wanted) => ids.iter().any(|id| person.sets.contains(id)) == *wanted,
            Self::Frontline(wanted) => profile.get(Field::Frontline).is_some() == *wanted,
            Self::Before(day) => start().is_some_and(|start| start < *day),
            Self::From(day) => start().is_some_and(|start| start >= *day),
            Self::Reached(days) => start()
                .and_then(|start| start.checked_add(days.days()).ok())
                .is_some_and(|day| day <= person.today),
            Self::Group(group) => group.holds(person),
            Self::Never => false,
        }
    }
}

/// The keys of which whoever meets the test has one; nothing, if they may have none.
fn positive(test: &Condition) -> Option<Vec<String>> {
    let named = |prefix: &str| {
        test.values
            .iter()
            .map(|value| format!("{prefix}={value}"))
            .collect()
    };
    match (test.field, test.op) {
        (C::Manager, Op::ReportsTo) => Some(named("under")),
        (C::Manager | C::Set | C::Frontline, Op::Is) => Some(named(test.field.as_str())),
        (field, Op::Is) if field.text().is_some() => {
            let key = |value: &String| format!("{}={}", field.as_str(), fold::key(value));
            Some(test.values.iter().map(key).collect())
        }
        _ => None,
    }
}

/// How few people a test leaves, as a guess: less is fewer.
fn width(test: &Condition) -> usize {
    const NARROW_FIRST: [C; 9] = [
        C::Title,
        C::Manager,
        C::CostCenter,
        C::Department,
        C::Set,
        C::Location,
        C::Division,
        C::Organization,
        C::Frontline,
    ];
    NARROW_FIRST
        .iter()
        .position(|field| *field == test.field)
        .unwrap_or(NARROW_FIRST.len())
}

/// The keys of which whoever meets the conditions has one, with how few people they leave as a guess; nothing, if they may
/// have none. Of conditions that must all hold the narrowest part is enough, also where that is a group.
fn found_by(conditions: &Conditions) -> Option<(usize, Vec<String>)> {
    let tests = conditions
        .tests
        .iter()
        .map(|test| Some((width(test), positive(test)?)));
    let mut parts = tests.chain(conditions.groups.iter().map(found_by));
    match conditions.combine {
        Combine::All => parts.flatten().min_by_key(|(width, _)| *width),
        Combine::Any => parts.try_fold((0, Vec::new()), |(widest, mut keys), part| {
            let (width, more) = part?;
            keys.extend(more);
            Some((widest.max(width), keys))
        }),
    }
}

/// By which keys the rule is found, and what it looks at.
pub fn keys(conditions: &Conditions) -> Vec<String> {
    let mut keys = found_by(conditions).map_or_else(|| vec![EVERYBODY.to_owned()], |(_, keys)| keys);
    for test in conditions.every() {
        match (test.field, test.op) {
            (C::Manager, Op::ReportsTo) => keys.push(LOOKS_UP.to_owned()),
            (C::Manager, _) => keys.push(LOOKS_AT_MANAGER.to_owned()),
            (C::Set, _) => {
                keys.push(LOOKS_AT_SETS.to_owned());
                let sets = test.values.iter().filter_map(|value| value.parse().ok());
                keys.extend(sets.map(looks_at_set));
            }
            (C::StartDate, Op::Reached) => {
                keys.extend(test.values.iter().map(|days| format!("{WAITS}{days}")));
            }
            _ => {}
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys that the person has.
pub(super) fn keys_of(person: &Person) -> Vec<String> {
    let texts = TEXTS.iter().zip(&person.texts);
    let mut keys: Vec<String> = texts
        .filter_map(|((field, _), text)| Some(format!("{}={}", field.as_str(), text.as_deref()?)))
        .collect();
    if let Some(manager) = person.account.profile.manager() {
        keys.push(format!("manager={manager}"));
    }
    keys.extend(person.above.iter().map(|id| format!("under={id}")));
    keys.extend(person.sets.iter().map(|id| format!("set={id}")));
    let frontline = person.account.profile.get(Field::Frontline).is_some();
    keys.push(format!("frontline={frontline}"));
    keys
}

/// Rules by their keys: for whom to ask which.
#[derive(Debug, Default)]
pub struct Finder {
    by_key: HashMap<String, Vec<usize>>,
    everybody: Vec<usize>,
}

impl Finder {
    /// Of rules in this order.
    pub fn new<'a>(rules: impl IntoIterator<Item = &'a Conditions>) -> Self {
        let mut finder = Self::default();
        for (at, conditions) in rules.into_iter().enumerate() {
            for key in keys(conditions) {
                if key == EVERYBODY {
                    finder.everybody.push(at);
                } else if !key.starts_with('?') {
                    finder.by_key.entry(key).or_default().push(at);
                }
            }
        }
        finder
    }

    /// The places of those that the person may meet, each once.
    pub fn of(&self, person: &Person) -> Vec<usize> {
        let keys = keys_of(person);
        let mut found = self.everybody.clone();
        found.extend(keys.iter().filter_map(|key| self.by_key.get(key)).flatten());
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The manager, then that person's manager, and so on up, by who reports to whom.
pub(super) fn chain(
    manager: Option<AccountId>,
    above: &HashMap<AccountId, Option<AccountId>>,
) -> Vec<AccountId> {
    let mut chain = Vec::new();
    let mut at = manager;
    while let Some(id) = at {
        let Some(next) = above.get(&id) else { break };
        if chain.len() == CHAIN || chain.contains(&id) {
            break;
        }
        chain.push(id);
        at = *next;
    }
    chain
}

/// Whether a change may alter which rules somebody meets, or whether rules look at them at all.
pub(super) fn matters((before, after): &Step<'_>) -> bool {
    let Some(after) = after.filter(|after| after.state != AccountState::Deactivated) else {
        return false;
    };
    let Some(before) = before.filter(|before| before.state != AccountState::Deactivated) else {
        return true;
    };
    let fields = TEXTS.iter().map(|(_, field)| *field);
    let mut fields = fields.chain([
        Field::Manager,
        Field::StartDate,
        Field::Frontline,
        Field::TimeZone,
    ]);
    fields.any(|field| before.profile.get(field) != after.profile.get(field))
}

/// The conditions in a sentence, with the names of the people and sets that are known.
pub fn sentence(conditions: &Conditions, names: &std::collections::BTreeMap<String, String>) -> String {
    let one = |test: &Condition| {
        let field = match test.field {
            C::Set => "people set".to_owned(),
            other => other.as_str().replace('_', " "),
        };
        let values: Vec<&str> = test
            .values
            .iter()
            .map(|value| names.get(value).map_or(value.as_str(), String::as_str))
            .collect();
        let values = values.join(" or ");
        match (test.field, test.op) {
            (C::Manager, Op::ReportsTo) => format!("reports to {values}, also through others"),
            (C::StartDate, Op::Reached) if values == "0" => "the start date has come".to_owned(),
            (C::StartDate, Op::Reached) => format!("{values} days after the start date have come"),
            (C::Frontline, _) if values == "true" => "works on the frontline".to_owned(),
            (C::Frontline, _) => "does not work on the frontline".to_owned(),
            (_, op) => format!("{field} {} {values}", op.as_str().replace('_', " "))
                .trim()
                .to_owned(),
        }
    };
    let group = |group: &Conditions| match sentence(group, names) {
        alone if group.parts() == 1 => alone,
        several => format!("({several})"),
    };
    let tests = conditions.tests.iter().map(one);
    let parts: Vec<String> = tests.chain(conditions.groups.iter().map(group)).collect();
    parts.join(match conditions.combine {
        Combine::All => ", and ",
        Combine::Any => ", or ",
    })
}

#[cfg(test)]
mod tests;
