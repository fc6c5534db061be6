//! What a row says, and what is to be said of it. Pure.

use guildhall_wire::sheet::values::{self, DateEvidence, DateOrder, State};
use guildhall_wire::sheet::{Field as Column, Row, RowError};

use super::entries::Entry;
use super::types::{Mapping, Mode, RowAction, RowFacts, RowProblem, RowStatus};
use crate::accounts::bulk::{Decided, Item, Keys, Unset};
use crate::accounts::{Action, Change, Patch, ProfileField as Field, Source, Verb, normalise};
use crate::fold;
use crate::ids::RunId;

/// How much of a bad value is quoted.
const EXCERPT: usize = 80;
/// The longest name that is shown of a row.
const NAME: usize = 120;

/// A row as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub line: i64,
    pub name: String,
    pub keys: Keys,
    pub manager: Option<Keys>,
    pub patch: Patch,
    /// A status column says that this person has left.
    pub has_left: bool,
    pub problems: Vec<RowProblem>,
    pub notes: Vec<RowProblem>,
    /// Why the person counts as having left.
    pub left_because: Option<String>,
    /// The entry of a directory that the row was made from.
    pub entry: Option<Box<Entry>>,
}

/// Reads rows by a mapping.
#[derive(Clone, Debug)]
pub struct Reader {
    columns: Vec<(usize, Column, String)>,
    dates: DateOrder,
    mode: Mode,
    pub source: Source,
    /// Which directory.
    pub of: Option<uuid::Uuid>,
    /// Whether the photos of a directory are wanted.
    pub pictures: bool,
}

/// The field of a profile that a column fills directly.
pub(super) fn profile_field(column: Column) -> Option<Field> {
    Some(match column {
        Column::Email => Field::Email,
        Column::EmployeeId => Field::EmployeeId,
        Column::GivenName => Field::GivenName,
        Column::MiddleName => Field::MiddleName,
        Column::FamilyName => Field::FamilyName,
        Column::DisplayName => Field::DisplayName,
        Column::Phone => Field::Phone,
        Column::Title => Field::Title,
        Column::Department => Field::Department,
        Column::Division => Field::Division,
        Column::Organization => Field::Organization,
        Column::CostCenter => Field::CostCenter,
        Column::Location => Field::Location,
        Column::Locale => Field::Locale,
        Column::TimeZone => Field::TimeZone,
        Column::LoginMethod => Field::LoginMethod,
        Column::StartDate => Field::StartDate,
        Column::EndDate => Field::EndDate,
        Column::Frontline => Field::Frontline,
        Column::ManagerEmail
        | Column::ManagerEmployeeId
        | Column::ManagerName
        | Column::Status
        | Column::Ignore => return None,
    })
}

/// Why a mapping can't be used.
pub fn usable(mapping: &Mapping) -> Result<(), String> {
    let fields: Vec<Column> = mapping.columns.iter().filter_map(|column| column.field).collect();
    let twice = fields
        .iter()
        .enumerate()
        .find(|(at, field)| **field != Column::Ignore && fields[..*at].contains(field));
    if let Some((_, field)) = twice {
        return Err(format!(
            "Two columns are chosen as \"{}\": choose one, and \"not used\" for the other.",
            field.heading()
        ));
    }
    let names_people = |field: &Column| matches!(field, Column::Email | Column::EmployeeId | Column::Phone);
    if !fields.iter().any(names_people) {
        return Err("No column names people: choose the one that holds e-mail addresses, employee ids or mobile numbers.".into());
    }
    Ok(())
}

/// The columns that hold dates.
pub fn date_columns(mapping: &Mapping) -> impl Iterator<Item = &super::types::Column> {
    let is_date = |field| matches!(field, Some(Column::StartDate | Column::EndDate));
    mapping.columns.iter().filter(move |column| is_date(column.field))
}

/// What the first rows tell of the order of days and months.
pub fn date_evidence(mapping: &Mapping) -> DateEvidence {
    let mut evidence = DateEvidence::default();
    for value in date_columns(mapping).flat_map(|column| &column.sample) {
        evidence.add(value);
    }
    evidence
}

impl Reader {
    /// `dates`: whether days or months stand first, by what the whole list holds.
    pub fn new(
        mapping: &Mapping,
        mode: Mode,
        dates: DateOrder,
        (source, of): (Source, Option<uuid::Uuid>),
    ) -> Self {
        let used = |column: &super::types::Column| column.field.filter(|field| *field != Column::Ignore);
        Self {
            columns: mapping
                .columns
                .iter()
                .filter_map(|column| used(column).map(|field| (column.index, field, column.header.clone())))
                .collect(),
            dates,
            mode,
            source,
            of,
            pictures: false,
        }
    }

    /// The columns that fill fields, with their headings.
    pub fn fields(&self) -> impl Iterator<Item = (Column, &str)> {
        self.columns
            .iter()
            .map(|(_, column, header)| (*column, header.as_str()))
    }

    pub fn has(&self, wanted: Column) -> bool {
        self.columns.iter().any(|(_, column, _)| *column == wanted)
    }

    /// Takes what a cell says, or says what is wrong with it.
    pub fn cell(
        &self,
        reading: &mut Reading,
        manager: &mut Keys,
        column: Column,
        header: &str,
        cell: &str,
    ) -> Result<(), RowProblem> {
        self.take(reading, manager, column, cell)
            .map_err(|message| RowProblem {
                column: Some(header.to_owned()),
                field: Some(column.as_str().to_owned()),
                value: Some(cell.chars().take(EXCERPT).collect()),
                message,
            })
    }

    /// What a row says; what is wrong with its cells is among its problems.
    pub fn read(&self, row: &Row) -> Reading {
        let mut reading = Reading {
            line: row.line() as i64,
            ..Reading::default()
        };
        let mut manager = Keys::default();
        for (index, column, header) in &self.columns {
            let cell = row.get(*index);
            if cell.is_empty() {
                continue;
            }
            if let Err(problem) = self.cell(&mut reading, &mut manager, *column, header, cell) {
                reading.problems.push(problem);
            }
        }
        reading.manager = Some(manager).filter(|keys| *keys != Keys::default());
        reading.name = shown_name(&reading.patch);
        if reading.keys == Keys::default() && reading.problems.is_empty() {
            reading.problems.push(RowProblem {
                message:
                    "Nothing tells who this is: give an e-mail address, an employee id or a mobile number."
                        .into(),
                ..RowProblem::default()
            });
        }
        reading
    }

    fn take(
        &self,
        reading: &mut Reading,
        manager: &mut Keys,
        column: Column,
        cell: &str,
    ) -> Result<(), String> {
        let text = |result: Result<String, values::ValueError>| result.map_err(|error| error.to_string());
        match column {
            Column::ManagerEmail => manager.email = Some(fold::key(&text(values::parse_email(cell))?)),
            Column::ManagerEmployeeId => {
                manager.employee = Some(fold::key(&text(values::parse_employee_id(cell))?));
            }
            Column::Status => {
                let state = values::parse_state(cell).map_err(|error| error.to_string())?;
                reading.has_left = state == State::Inactive;
            }
            Column::StartDate | Column::EndDate => {
                let date = if column == Column::EndDate {
                    values::parse_end_date(cell, self.dates)
                } else {
                    values::parse_date(cell, self.dates).map(Some)
                };
                if let Some(date) = date.map_err(|error| error.to_string())? {
                    let field = profile_field(column).unwrap_or(Field::StartDate);
                    reading.patch.push((field, Some(date.to_string())));
                }
            }
            _ => {
                let Some(field) = profile_field(column) else {
                    return Ok(());
                };
                let value = normalise(field, cell).map_err(|refusal| refusal.message)?;
                match field {
                    Field::Email => reading.keys.email = value.as_deref().map(fold::key),
                    Field::EmployeeId => reading.keys.employee = value.as_deref().map(fold::key),
                    Field::Phone => reading.keys.phone = value.as_deref().map(fold::phone_key),
                    _ => {}
                }
                reading.patch.push((field, value));
            }
        }
        Ok(())
    }

    /// What the row asks for. `invite`: at once.
    pub fn item(&self, reading: &Reading, invite: bool, run: RunId) -> Item {
        let leaves = self.mode == Mode::Leavers || (reading.has_left && self.mode != Mode::Invite);
        let verb = match self.mode {
            _ if leaves => Verb::Deactivate,
            Mode::Invite => Verb::Invite { message: None },
            _ => Verb::Provision {
                patch: reading.patch.clone(),
                invite,
                role: None,
            },
        };
        Item {
            manager: reading
                .manager
                .clone()
                .filter(|_| matches!(verb, Verb::Provision { .. })),
            keys: reading.keys.clone(),
            change: Change {
                source: self.source,
                of: self.of,
                verb,
                run: Some(run),
                canonical: true,
                origins: std::collections::BTreeMap::new(),
            },
        }
    }
}

pub(super) fn shown_name(patch: &Patch) -> String {
    let mut profile = crate::accounts::Profile::default();
    for (field, value) in patch {
        profile.set(*field, value.clone());
    }
    profile.shown_name().chars().take(NAME).collect()
}

/// What is to be said of a row that could not be read.
pub fn unreadable(error: &RowError) -> RowFacts {
    RowFacts {
        line: error.line as i64,
        status: RowStatus::Invalid,
        action: RowAction::None,
        name: String::new(),
        account: None,
        problems: vec![RowProblem {
            column: error.column_name.clone(),
            field: None,
            value: Some(error.value.clone()),
            message: error.message.clone(),
        }],
        outcome: None,
        later: false,
    }
}

pub(super) fn about_row(message: impl Into<String>) -> RowProblem {
    RowProblem {
        message: message.into(),
        ..RowProblem::default()
    }
}

/// A row that does nothing because of its problems.
pub fn invalid(reading: &Reading) -> RowFacts {
    RowFacts {
        line: reading.line,
        status: RowStatus::Invalid,
        action: RowAction::None,
        name: reading.name.clone(),
        account: None,
        problems: reading.problems.clone(),
        outcome: None,
        later: false,
    }
}

/// What is to be said of a row by what was decided. `manager_comes`: the manager is in this list.
pub fn judge(reading: &Reading, decided: &Decided, mode: Mode, manager_comes: bool) -> RowFacts {
    let refused = |message: String, field: Option<Field>| {
        let mut facts = invalid(reading);
        facts.problems.push(RowProblem {
            field: field.map(|field| field.as_str().to_owned()),
            ..about_row(message)
        });
        facts
    };
    let (plan, unset) = match decided {
        Decided::Refused(refusal) => return refused(refusal.message.clone(), refusal.field),
        Decided::Several => {
            return refused(
                "Several people here have this mobile number: give an e-mail address or employee id.".into(),
                Some(Field::Phone),
            );
        }
        Decided::Nobody if mode == Mode::Invite => {
            return refused("Nobody here is known by this: add the person first.".into(), None);
        }
        Decided::Nobody if mode == Mode::Leavers => {
            return refused(
                "Nobody here is known by this: check the e-mail address or id.".into(),
                None,
            );
        }
        // Who has left and was never here needs nothing.
        Decided::Nobody => {
            return RowFacts {
                status: RowStatus::Unchanged,
                ..invalid(reading)
            };
        }
        Decided::Planned { plan, unset } => (plan, *unset),
    };
    let later = unset.is_some() && manager_comes;
    let new_photo = !reading.has_left && reading.entry.as_ref().is_some_and(|entry| entry.has_new_photo());
    let action = match plan.action {
        Action::Unchanged if new_photo => RowAction::Update,
        Action::Created => RowAction::Create,
        Action::Reactivated => RowAction::Reactivate,
        Action::Deactivated => RowAction::Deactivate,
        Action::Invited => RowAction::Invite,
        Action::Unchanged if later => RowAction::Update,
        Action::Unchanged => RowAction::None,
        _ => RowAction::Update,
    };
    let mut notes: Vec<RowProblem> = reading.notes.clone();
    notes.extend(plan.notes.iter().map(about_row));
    if action == RowAction::Deactivate {
        notes.extend(reading.left_because.iter().map(about_row));
    }
    if let (Some(why), false) = (unset, later) {
        notes.push(no_manager(why));
    }
    let no_email = plan
        .account()
        .is_some_and(|account| account.profile.get(Field::Email).is_none());
    if action == RowAction::Create && no_email && plan.notes.is_empty() {
        notes.push(RowProblem {
            field: Some(Field::Email.as_str().to_owned()),
            ..about_row("There is no e-mail address: this person can't be invited by mail.")
        });
    }
    let status = match (action, notes.is_empty()) {
        // Why somebody leaves is nothing that is missing.
        (RowAction::Deactivate, false) if notes.len() == 1 && reading.left_because.is_some() => {
            RowStatus::Valid
        }
        (_, false) => RowStatus::Incomplete,
        (RowAction::None, true) => RowStatus::Unchanged,
        (_, true) => RowStatus::Valid,
    };
    RowFacts {
        line: reading.line,
        status,
        action,
        name: plan
            .account()
            .map_or_else(|| reading.name.clone(), crate::accounts::Account::name),
        account: plan.before.as_ref().map(|account| account.id),
        problems: notes,
        outcome: None,
        later,
    }
}

/// What is to be said where a manager is not set.
pub fn no_manager(why: Unset) -> RowProblem {
    let message = match why {
        Unset::Absent => {
            "The manager is neither here nor in this list, and is not set: add that person, then send the list again."
        }
        Unset::Circle => {
            "The manager reports to this person, and is not set: correct who reports to whom, then send the list again."
        }
    };
    RowProblem {
        field: Some(Field::Manager.as_str().to_owned()),
        ..about_row(message)
    }
}

/// What is to be said of a line that means somebody whom an earlier one means.
pub fn same_person(first: i64) -> String {
    format!("Line {first} names the same person: keep one of the two lines.")
}

/// How long one transaction goes on with rows: as long as it keeps nobody waiting for longer than that is to be.
#[derive(Clone, Copy, Debug)]
pub struct Pace;

impl Pace {
    /// Rows that are done before anybody else is thought of.
    pub const ROWS: usize = 1024;
    /// How long a transaction lasts where it is not known whether somebody waits, in milliseconds.
    const LONG: i64 = 500;
    /// And where nobody does: pages of the indexes that it meets again are then written once.
    const LONGEST: i64 = 2500;
    /// How often another process gets its turn, in milliseconds. One that waits for the file of SQLite looks every
    /// [`Pace::PAUSE`] at most, and would find it taken again by chance for long.
    const TURN: i64 = 5000;
    pub const PAUSE: std::time::Duration = std::time::Duration::from_millis(110);

    /// Whether a transaction that lasted so many milliseconds goes on. `others_wait`: unless that is not known.
    pub fn goes_on(ms: i64, others_wait: Option<bool>) -> bool {
        match others_wait {
            Some(true) => false,
            Some(false) => ms < Self::LONGEST,
            None => ms < Self::LONG,
        }
    }

    /// Whether it is another process's turn, so many milliseconds after the last.
    pub fn pauses(ms: i64) -> bool {
        ms >= Self::TURN
    }
}

/// What is to be said of an entry that would be somebody who is another entry.
pub fn taken_by(dn: &str, name: &str) -> String {
    format!(
        "The e-mail address or employee id is that of {name}, who is the entry \"{dn}\": correct one of the two in the directory."
    )
}

/// What is to be said when the server failed, and not the list.
pub fn could_not_go_on(source: Source) -> String {
    let again = match source {
        Source::Directory => "Let the directory be read again",
        _ => "Upload it again",
    };
    format!("The server could not go on with this list. {again}; if it stays, tell whoever runs the server.")
}

/// What is to be said of somebody who is taken for a leaver though a line of the list names nobody.
pub fn may_be_meant(line: i64) -> RowProblem {
    about_row(format!(
        "Line {line} does not say whom it means: check that it is not this person before you apply the list."
    ))
}

#[cfg(test)]
mod tests;
