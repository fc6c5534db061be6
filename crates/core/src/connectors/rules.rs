//! What a connector may be called, and what the self-test makes of its log. Pure.

use super::{Connector, LogEntry, Outcome};
use crate::audit::FieldChange;
use crate::tokens::Token;
use crate::{Error, Moment, Result};

const MAX_NAME: usize = 60;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A name, trimmed; or what is wrong with it.
pub fn name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            "Give the connector a name of at most 60 characters, such as that of the identity provider.",
        ));
    }
    Ok(name.to_owned())
}

/// What differs, for the audit log.
pub fn differences(before: Option<&Connector>, after: &Connector) -> Vec<FieldChange> {
    let told = |connector: &Connector| {
        [
            ("name", connector.name.clone()),
            ("invite", connector.settings.invite.to_string()),
            ("visible_groups", connector.settings.visible_groups.to_string()),
        ]
    };
    let old = before.map(told);
    told(after)
        .into_iter()
        .enumerate()
        .map(|(at, (field, after))| FieldChange {
            field: field.into(),
            before: old.as_ref().map(|old| old[at].1.clone()),
            after: Some(after),
            was_from: None,
        })
        .filter(|change| change.before != change.after)
        .collect()
}

/// Whom a connector has ended within a day, of those who had come, and what became of more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Leavers {
    /// When the first went, in milliseconds.
    pub since: i64,
    pub gone: i64,
    /// Requests that were refused.
    pub held: i64,
    /// Until then a person lets more go.
    pub let_until: Option<i64>,
}

impl Leavers {
    /// As it counts at `now`: a day later all is counted anew.
    pub fn at(self, now: Moment) -> Self {
        if now.ms() - self.since < DAY {
            return self;
        }
        Self {
            since: now.ms(),
            let_until: self.let_until,
            ..Self::default()
        }
    }

    /// With one more who goes; nothing, where a person is to be asked. `here`: who has come and has not left. `bounds`: the
    /// share in percent, and how many may always go.
    pub fn one_more(self, now: Moment, here: i64, (percent, minimum): (i64, i64)) -> Option<Self> {
        let limit = ((here + self.gone) * percent / 100).max(minimum);
        let lets = self.let_until.is_some_and(|until| now.ms() < until);
        (lets || self.gone < limit).then_some(Self {
            gone: self.gone + 1,
            ..self
        })
    }
}

/// How a finding is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As it should be.
    Good,
    /// Not seen yet: do it at the identity provider.
    Waiting,
    /// It works, but not as it should.
    Warning,
    /// It does not work.
    Wrong,
}

/// One thing that the self-test found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Advice {
    pub tone: Tone,
    /// What it is about, in few words.
    pub title: String,
    /// What was seen and what to do, in sentences.
    pub text: String,
}

fn advice(tone: Tone, title: &str, text: impl Into<String>) -> Advice {
    Advice {
        tone,
        title: title.to_owned(),
        text: text.into(),
    }
}

/// How many, with the right form of the word.
fn times(count: usize) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}

/// What to say of a connector whose log, newest first, is `entries`. `waiting`: people whose manager has not come yet.
pub fn advise(entries: &[LogEntry], tokens: &[Token], waiting: i64, now: Moment) -> Vec<Advice> {
    let mut found = steps(entries);
    found.extend(of_tokens(tokens, now));
    found.extend(refusals(entries));
    found.extend(habits(entries, waiting));
    found
}

/// The five things that a directory must be able to do, in the order in which one tries them.
fn steps(entries: &[LogEntry]) -> Vec<Advice> {
    let did = |test: &dyn Fn(&LogEntry) -> bool| entries.iter().any(test);
    let fine = |entry: &LogEntry| {
        matches!(
            entry.outcome,
            Outcome::Read | Outcome::Changed | Outcome::Unchanged
        )
    };
    let on = |entry: &LogEntry, part: &str| entry.path.contains(part);
    let table: [(&str, bool, &str, &str); 5] = [
        (
            "Connection",
            did(&fine),
            "The identity provider reaches Guildhall with a token that is known.",
            "Nothing has arrived yet. Press \"Test connection\" at the identity provider. If that fails there and \
             nothing shows here, it does not reach this server, or it sends a token of somewhere else.",
        ),
        (
            "Adding a person",
            did(&|entry| fine(entry) && entry.method == "POST" && on(entry, "/Users") && entry.status == 201),
            "A person was added.",
            "Assign one test person to the application at the identity provider, and let it provision.",
        ),
        (
            "Changing a person",
            did(&|entry| {
                fine(entry)
                    && matches!(entry.method.as_str(), "PATCH" | "PUT")
                    && on(entry, "/Users")
                    && entry.outcome == Outcome::Changed
            }),
            "A person was changed.",
            "Change the job title of the test person at the identity provider.",
        ),
        (
            "A person leaving",
            did(&|entry| entry.summary.starts_with("Deactivated") || entry.summary.starts_with("Deleted")),
            "A person who left was deactivated or removed.",
            "Take the test person out of the application at the identity provider: they must be deactivated here.",
        ),
        (
            "Pushing a group",
            did(&|entry| fine(entry) && on(entry, "/Groups") && entry.outcome == Outcome::Changed),
            "A group was pushed.",
            "Push one group, if you want groups of the directory here.",
        ),
    ];
    table
        .into_iter()
        .map(|(title, seen, good, wait)| {
            if seen {
                advice(Tone::Good, title, good)
            } else {
                advice(Tone::Waiting, title, wait)
            }
        })
        .collect()
}

fn of_tokens(tokens: &[Token], now: Moment) -> Vec<Advice> {
    let alive: Vec<&Token> = tokens
        .iter()
        .filter(|token| token.expires_at.is_none_or(|end| end > now))
        .collect();
    if alive.is_empty() {
        return vec![advice(
            Tone::Wrong,
            "No token",
            "No token of this connector works any more. Make one, and enter it at the identity provider.",
        )];
    }
    let last = alive
        .iter()
        .map(|token| token.expires_at.map_or(i64::MAX, Moment::ms))
        .max()
        .unwrap_or(i64::MAX);
    if last.saturating_sub(now.ms()) < 14 * DAY {
        return vec![advice(
            Tone::Warning,
            "The token ends soon",
            "The last token of this connector ends within two weeks. Rotate it now: the old one goes on working until you \
             have entered the new one.",
        )];
    }
    Vec::new()
}

/// What was refused, by its reason, with what to do about it.
fn refusals(entries: &[LogEntry]) -> Vec<Advice> {
    let mut found = Vec::new();
    let refused = |reason: &str| {
        entries
            .iter()
            .filter(|entry| entry.reason.as_deref() == Some(reason))
            .collect::<Vec<_>>()
    };
    for (reason, tone, title, text) in [
        (
            "token_over",
            Tone::Wrong,
            "An old token is used",
            "The identity provider sends a token that was ended or has expired. Enter a newer one there.",
        ),
        (
            "uniqueness",
            Tone::Warning,
            "People are added who are here already",
            "The identity provider adds people without finding them first. Let it match people by userName, with the \
             e-mail address as its value.",
        ),
        (
            "invalidFilter",
            Tone::Wrong,
            "A search can't be answered",
            "The identity provider searches by an attribute that there is not. Match by userName or externalId.",
        ),
        (
            "invalidPath",
            Tone::Wrong,
            "An attribute is not known",
            "The identity provider sets an attribute that there is not. Remove it from the mapping there.",
        ),
        (
            "invalidValue",
            Tone::Wrong,
            "A value can't be used",
            "The identity provider sends values that can't be used. Correct the mapping there.",
        ),
        (
            "invalidSyntax",
            Tone::Wrong,
            "Requests can't be read",
            "The identity provider sends what is no SCIM.",
        ),
        (
            "last_admin",
            Tone::Warning,
            "The last system admin was to leave",
            "The identity provider wanted to end the last system admin. Make somebody else a system admin first.",
        ),
        (
            "no_such_address",
            Tone::Wrong,
            "The address is wrong",
            "The identity provider asks at addresses that there are not. Its base address must end in /scim/v2, and \
             nothing must follow.",
        ),
        (
            "rate",
            Tone::Warning,
            "It asks very fast",
            "The identity provider made more than 1,500 requests a second and was asked to wait.",
        ),
    ] {
        let hits = refused(reason);
        if let Some(newest) = hits.first() {
            let seen = times(hits.len());
            found.push(advice(
                tone,
                title,
                format!("{text} Seen {seen}; the newest: {}", newest.summary),
            ));
        }
    }
    let failed = entries
        .iter()
        .filter(|entry| entry.outcome == Outcome::Failed)
        .count();
    if failed > 0 {
        found.push(advice(
            Tone::Wrong,
            "Failures inside",
            format!(
                "The server itself failed {}. The log of the server says why.",
                times(failed)
            ),
        ));
    }
    found
}

/// What is no error and still not as it should be.
fn habits(entries: &[LogEntry], waiting: i64) -> Vec<Advice> {
    let mut found = Vec::new();
    let noted = |word: &str| {
        let mut notes = entries
            .iter()
            .flat_map(|entry| &entry.notes)
            .filter(|note| note.contains(word));
        let first = notes.next()?;
        Some(format!("{first} (seen {})", times(1 + notes.count())))
    };
    for (word, title, text) in [
        (
            "is not kept",
            "More is sent than is kept",
            "Remove these from the mapping, or leave them: they do no harm.",
        ),
        (
            "can't be used",
            "Some values are kept and not used",
            "Correct them at the identity provider.",
        ),
        (
            "Not invited",
            "People without an e-mail address",
            "They can't be written to. Map an e-mail address, or give them access another way.",
        ),
        (
            "deactivated this person by hand",
            "Somebody stays deactivated",
            "An admin deactivated a person who is active at the identity provider. Reactivate them here if they are back.",
        ),
        (
            "Conflict:",
            "Another source manages somebody",
            "This identity provider says that somebody left whom another one keeps, so they stay. Take them out there, too, \
             or rank this one above it under Company settings.",
        ),
    ] {
        if let Some(newest) = noted(word) {
            found.push(advice(
                Tone::Warning,
                title,
                format!("{text} The newest: {newest}"),
            ));
        }
    }
    if waiting > 0 {
        let (people, whose) = if waiting == 1 {
            ("1 person has", "their")
        } else {
            ("people have", "their")
        };
        let people = if waiting == 1 {
            people.to_owned()
        } else {
            format!("{waiting} {people}")
        };
        found.push(advice(
            Tone::Warning,
            "Managers are missing",
            format!(
                "{people} a manager who is not here: {whose} manager is set as soon as that person is provisioned. Assign \
                 managers to the application, too."
            ),
        ));
    }
    found
}

#[cfg(test)]
mod tests;
