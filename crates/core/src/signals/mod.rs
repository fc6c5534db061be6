//! Wake-ups for the other processes on this database. They carry ids; the truth is in the tables.

mod sql;

pub use sql::{recent, send};

/// Removes the wake-ups from before a moment.
pub async fn sweep(app: &crate::App, before: crate::Moment) -> crate::Result<()> {
    let mut tx = app.begin().await?;
    sql::remove(&mut tx, before).await?;
    tx.commit().await?;
    Ok(())
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    pub id: uuid::Uuid,
    pub workplace: crate::ids::WorkplaceId,
    pub account: Option<crate::ids::AccountId>,
    pub kind: String,
}

/// Sessions of the account ended: its open streams are to be cut.
pub const SESSIONS_ENDED: &str = "sessions_ended";
/// People changed: lists may be read again.
pub const PEOPLE: &str = "people";
/// A job moved on or ended.
pub const JOB: &str = "job";
/// An import moved on or ended.
pub const IMPORT: &str = "import";
/// A group or its members changed.
pub const GROUP: &str = "group";
/// An invitation was sent, visited, claimed or revoked.
pub const INVITATION: &str = "invitation";
/// A domain was added, proven, lost or looked at.
pub const DOMAINS: &str = "domains";
/// Somebody asked to be let in, or was decided on.
pub const REQUESTS: &str = "requests";
/// A letter moved on.
pub const OUTBOX: &str = "outbox";
