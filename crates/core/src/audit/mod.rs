//! Who did what, with before and after: written in the transaction of the change itself.

mod sql;

use std::borrow::Cow;

use crate::ids::{RunId, WorkplaceId};
use crate::{Actor, Moment};

use crate::words::words;

pub use sql::{list, write, write_all};

/// One field, before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct FieldChange {
    #[schema(value_type = String)]
    pub field: Cow<'static, str>,
    pub before: Option<String>,
    pub after: Option<String>,
    /// Who had given a field of a profile its value before, so that an undo gives the field back to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub was_from: Option<crate::accounts::Origin>,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub kind: &'static str,
    pub id: Option<uuid::Uuid>,
    pub name: String,
}

/// An event to be written.
#[derive(Clone, Debug)]
pub struct Entry {
    pub source: &'static str,
    pub verb: &'static str,
    pub subject: Subject,
    pub run: Option<RunId>,
    pub changes: Vec<FieldChange>,
}

/// An event as it is read.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AuditEvent {
    pub id: uuid::Uuid,
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    pub actor: AuditActor,
    pub source: String,
    pub verb: String,
    pub subject: AuditSubject,
    pub changes: Vec<FieldChange>,
    pub run_id: Option<uuid::Uuid>,
    pub request_id: Option<String>,
}

words! {
    /// What kind of actor it was.
    AuditActorKind { Account = "account", Token = "token", Connector = "connector", CommandLine = "command_line", System = "system" }
}

#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AuditActor {
    pub kind: AuditActorKind,
    pub id: Option<uuid::Uuid>,
    pub name: String,
}

#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AuditSubject {
    pub kind: String,
    pub id: Option<uuid::Uuid>,
    pub name: String,
}

/// Which events, newest first. `subject` and `run` narrow to one.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub subject: Option<uuid::Uuid>,
    pub run: Option<RunId>,
    pub verb: Option<String>,
    pub source: Option<String>,
    pub actor: Option<uuid::Uuid>,
    /// A part of the name of who did it or whom it was done to.
    pub name: Option<String>,
    pub from: Option<Moment>,
    pub to: Option<Moment>,
    pub after: Option<uuid::Uuid>,
    pub limit: i64,
}

/// The scope an event is written in: who, where and when.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub actor: &'a Actor,
    pub now: Moment,
}

impl Scope<'_> {
    pub fn workplace(&self) -> WorkplaceId {
        self.actor.workplace
    }
}
