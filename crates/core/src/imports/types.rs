use std::collections::BTreeSet;

use guildhall_wire::sheet::{Confidence, Field};
use serde::{Deserialize, Serialize};

use uuid::Uuid;

use crate::accounts::{Brake, Source};
use crate::directory::Sync;
use crate::ids::{AccountId, DirectoryId, FileId, RunId, WorkplaceId};
use crate::words::words;
use crate::{Actor, ActorKind, Moment, Permission};

words! {
    /// What a list is for.
    Mode {
        /// Its people are added or updated; others stay as they are.
        Add = "add",
        /// It names everybody: those who are missing are leavers.
        Full = "full",
        /// Its people have left.
        Leavers = "leavers",
        /// Its people are invited.
        Invite = "invite",
    }
}

words! {
    /// How far a run is.
    RunState {
        /// A directory is being read.
        Reading = "reading",
        /// A person is to look at the columns.
        Mapping = "mapping",
        Planning = "planning",
        Planned = "planned",
        Applying = "applying",
        Applied = "applied",
        Undoing = "undoing",
        Undone = "undone",
        Cancelled = "cancelled",
        Failed = "failed",
    }
}

words! {
    /// What is to be said of a row.
    RowStatus {
        Valid = "valid",
        /// Done, but something is missing.
        Incomplete = "incomplete",
        /// Nothing is done.
        Invalid = "invalid",
        Unchanged = "unchanged",
    }
}

words! {
    /// What a row does.
    RowAction {
        Create = "create",
        Update = "update",
        Deactivate = "deactivate",
        Reactivate = "reactivate",
        Invite = "invite",
        None = "none",
    }
}

/// What is wrong with a cell, or with a row as a whole, and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowProblem {
    /// The heading of the column.
    pub column: Option<String>,
    pub field: Option<String>,
    /// The beginning of what stands there.
    pub value: Option<String>,
    pub message: String,
}

/// A column of the list and what it is taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Column {
    pub index: usize,
    pub header: String,
    /// Values of the first rows.
    pub sample: Vec<String>,
    /// Absent: not used.
    #[schema(value_type = Option<String>)]
    pub field: Option<Field>,
    #[schema(schema_with = confidences)]
    pub confidence: Confidence,
}

/// The words for how sure a guess is.
fn confidences() -> utoipa::openapi::Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some(["sure", "likely", "unsure"]))
        .build()
}

/// How the list is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mapping {
    /// From 1; absent when the list begins with data.
    pub header_line: Option<u64>,
    pub columns: Vec<Column>,
    pub encoding: Option<String>,
    pub delimiter: Option<String>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
}

/// What a person chose besides the columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Options {
    /// Invite at once who is added.
    pub invite: bool,
    /// What whoever started and whoever applies it may both do: nobody is changed who may more.
    #[serde(default = "everything")]
    pub may: BTreeSet<Permission>,
    /// An undo writes to those who come back and had been invited, instead of letting their old links work again.
    #[serde(default)]
    pub invite_again: bool,
}

/// Of a run that was kept before it was noted: what whoever applies it may bounds it.
fn everything() -> BTreeSet<Permission> {
    Permission::ALL.into_iter().collect()
}

/// Who asked for what is done now, as the audit log tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    kind: String,
    id: Option<Uuid>,
    name: String,
    request_id: Option<String>,
}

impl By {
    pub fn of(actor: &Actor) -> Self {
        Self {
            kind: actor.kind.as_str().to_owned(),
            id: actor.kind.id(),
            name: actor.name.clone(),
            request_id: actor.request_id.clone(),
        }
    }

    /// What happens by itself, in the name of what causes it.
    pub fn system(name: &str) -> Self {
        Self {
            kind: ActorKind::System.as_str().to_owned(),
            id: None,
            name: name.to_owned(),
            request_id: None,
        }
    }

    /// Of a run that was kept before it was noted who asked.
    pub fn uploader(id: Option<AccountId>) -> Self {
        let kind = id.map_or(ActorKind::CommandLine, ActorKind::Account);
        Self {
            kind: kind.as_str().to_owned(),
            id: kind.id(),
            name: String::new(),
            request_id: None,
        }
    }

    pub fn account(&self) -> Option<AccountId> {
        self.id.filter(|_| self.kind == "account").map(AccountId)
    }

    /// The same one at work in the background. What they may do was asked when they asked for it.
    pub fn actor(&self, workplace: WorkplaceId) -> Actor {
        let mut actor = Actor::command_line(workplace);
        actor.kind = match (self.kind.as_str(), self.id) {
            ("account", Some(id)) => ActorKind::Account(AccountId(id)),
            ("token", Some(id)) => ActorKind::Token(id),
            ("system", _) => ActorKind::System,
            _ => ActorKind::CommandLine,
        };
        actor.name.clone_from(&self.name);
        actor.request_id.clone_from(&self.request_id);
        actor
    }
}

/// How many rows there are of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counts {
    pub rows: i64,
    pub valid: i64,
    pub incomplete: i64,
    pub invalid: i64,
    pub unchanged: i64,
    pub create: i64,
    pub update: i64,
    pub deactivate: i64,
    pub reactivate: i64,
    pub invite: i64,
    /// What an undo has put back, and what it could not.
    #[serde(default)]
    pub restored: i64,
    #[serde(default)]
    pub kept: i64,
    /// Of those restored who had been invited: whose old link works again, to whom a new one was sent, and who need one.
    #[serde(default)]
    pub links_back: i64,
    #[serde(default)]
    pub invited_again: i64,
    #[serde(default)]
    pub without_link: i64,
}

impl Counts {
    pub fn add(&mut self, status: RowStatus, action: RowAction) {
        self.rows += 1;
        match status {
            RowStatus::Valid => self.valid += 1,
            RowStatus::Incomplete => self.incomplete += 1,
            RowStatus::Invalid => self.invalid += 1,
            RowStatus::Unchanged => self.unchanged += 1,
        }
        match action {
            RowAction::Create => self.create += 1,
            RowAction::Update => self.update += 1,
            RowAction::Deactivate => self.deactivate += 1,
            RowAction::Reactivate => self.reactivate += 1,
            RowAction::Invite => self.invite += 1,
            RowAction::None => {}
        }
    }
}

/// One list on its way in.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub id: RunId,
    pub workplace: WorkplaceId,
    pub file: FileId,
    pub file_name: String,
    pub mode: Mode,
    pub state: RunState,
    pub mapping: Mapping,
    pub options: Options,
    pub counts: Counts,
    pub brake: Option<Brake>,
    pub error: Option<String>,
    /// What is being done now: `rows`, `managers`, `leavers`.
    pub stage: String,
    /// The last line that is done in this stage.
    pub position: i64,
    pub rows_total: i64,
    pub created_by: Option<AccountId>,
    pub by: By,
    pub created_at: Moment,
    pub planned_at: Option<Moment>,
    pub applied_at: Option<Moment>,
    pub undone_at: Option<Moment>,
    /// The directory whose people these are; absent for a list.
    pub directory: Option<DirectoryId>,
    pub sync: Option<Sync>,
    /// When its rows, and its file if it was not applied, had been kept long enough ([`super::tidy`]).
    pub tidied_at: Option<Moment>,
}

impl Run {
    /// Who says so.
    pub fn source(&self) -> Source {
        if self.directory.is_some() {
            Source::Directory
        } else {
            Source::File
        }
    }

    /// Which directory says so.
    pub fn of(&self) -> Option<uuid::Uuid> {
        self.directory.map(|id| id.0)
    }

    /// Whether it would do anything.
    pub fn does_something(&self) -> bool {
        let counts = &self.counts;
        counts.create + counts.update + counts.deactivate + counts.reactivate + counts.invite > 0
    }
}

/// What is said of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFacts {
    pub line: i64,
    pub status: RowStatus,
    pub action: RowAction,
    pub name: String,
    pub account: Option<AccountId>,
    pub problems: Vec<RowProblem>,
    /// What became of it when the list was applied.
    pub outcome: Option<String>,
    /// Its manager is set when all people are there.
    pub later: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asked_comes_back_as_the_same_one() {
        let workplace = WorkplaceId(Uuid::max());
        for kind in [
            ActorKind::Account(AccountId(Uuid::max())),
            ActorKind::Token(Uuid::max()),
            ActorKind::CommandLine,
            ActorKind::System,
        ] {
            let mut asked = Actor::command_line(workplace);
            (asked.kind, asked.request_id) = (kind, Some("r1".into()));
            let back = By::of(&asked).actor(workplace);
            assert_eq!((back.kind, back.request_id), (kind, asked.request_id));
        }
        let early = By::uploader(Some(AccountId(Uuid::max()))).actor(workplace);
        assert_eq!(early.kind, ActorKind::Account(AccountId(Uuid::max())));
    }
}
