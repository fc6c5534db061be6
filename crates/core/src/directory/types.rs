use guildhall_wire::directory::{Kind, Mapping};
use serde::{Deserialize, Serialize};

use super::ldap::{Cursor, Server};
use crate::Moment;
use crate::ids::{DirectoryId, WorkplaceId};
use crate::words::words;

words! {
    /// Who reads the directory.
    Via {
        /// This server does.
        Server = "server",
        /// `guildhall sync --to` does, inside the company's network, and pushes.
        Agent = "agent",
    }
}

/// How a directory is read, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub kind: Kind,
    pub via: Via,
    pub server: Server,
    /// Only what is below this entry.
    pub base: String,
    /// Only entries that match; what is usual for the kind if empty.
    pub filter: String,
    /// Only who is in this group, or in a group in it.
    pub group: Option<String>,
    /// The groups below this entry are kept as people sets.
    #[serde(default)]
    pub groups: Option<String>,
    pub mapping: Mapping,
    /// Invite at once who is added.
    pub invite: bool,
    /// After the first time, apply by itself what the brake lets through.
    pub automatic: bool,
    pub every_minutes: i64,
    /// How often everybody is read anew.
    pub full_hours: i64,
}

impl Settings {
    pub fn filter(&self) -> &str {
        if self.filter.is_empty() {
            self.kind.filter()
        } else {
            &self.filter
        }
    }
}

/// A directory that a workplace is connected to.
#[derive(Clone, Debug, PartialEq)]
pub struct Directory {
    pub id: DirectoryId,
    pub workplace: WorkplaceId,
    pub name: String,
    pub settings: Settings,
    pub has_password: bool,
    /// Up to where it was read and applied.
    pub cursor: Option<Cursor>,
    /// When it is read next; absent: only when somebody says so.
    pub next_at: Option<Moment>,
    /// When it was read last, whether or not anything had changed.
    pub checked_at: Option<Moment>,
    pub full_at: Option<Moment>,
    pub applied_at: Option<Moment>,
    /// Why the last read came to nothing.
    pub trouble: Option<String>,
    pub created_at: Moment,
}

/// What a run knows of the read it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sync {
    /// Everybody is to be read, or was.
    pub full: bool,
    /// It began by itself.
    pub scheduled: bool,
    /// Up to where the directory is known once the run is applied.
    pub cursor: Option<Cursor>,
}
