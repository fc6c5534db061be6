//! The SCIM server without HTTP: a connector's view of people and groups, and what it does to them.

pub mod cursor;
mod groups;
mod lists;
mod people;
mod photos;
mod rules;
mod show;
mod sql;

use guildhall_store::{Db, Tx};
use guildhall_wire::scim::{Map, ScimError};

use crate::accounts::Change;
use crate::connectors::{Connector, Session};
use crate::ids::AccountId;
use crate::{App, Error, Moment, Result};

pub use groups::{
    create as create_group, patch as patch_group, read as read_group, remove as remove_group,
    replace as replace_group, show_groups,
};
pub use lists::{DEFAULT_PAGE, LARGEST_PAGE, Listed, Paging, Query, list_groups, list_people};
pub use people::{
    create as create_person, patch as patch_person, read as read_person, remove as remove_person,
    replace as replace_person,
};
pub use photos::work as fetch_photos;
pub use sql::forget;

/// How long a cursor is good for, in seconds.
pub const CURSOR_SECONDS: i64 = 3600;

/// Within what a request is answered.
#[derive(Clone, Copy)]
pub struct Within<'a> {
    pub app: &'a App,
    pub session: &'a Session,
    /// Where SCIM is found, such as `https://people.example.com/scim/v2`.
    pub base: &'a str,
}

impl Within<'_> {
    /// The change, as the word of this connector.
    fn says(self, mut change: Change) -> Change {
        change.of = Some(self.session.connector.id.0);
        change
    }
}

/// Why a request was not done.
#[derive(Debug)]
pub enum Trouble {
    Scim(ScimError),
    Core(Error),
    /// There is one already.
    Taken(String),
    /// It was changed since the client read it.
    Changed,
}

impl Trouble {
    /// A person is to be asked before so many go.
    pub fn is_brake(&self) -> bool {
        matches!(self, Self::Core(error) if error.code() == "brake")
    }
}

impl From<ScimError> for Trouble {
    fn from(error: ScimError) -> Self {
        Self::Scim(error)
    }
}

impl<E: Into<Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Core(error.into())
    }
}

/// What a request did.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// The resource as it is now; empty where it is gone.
    pub resource: Map,
    pub id: Option<uuid::Uuid>,
    pub version: String,
    /// In a sentence.
    pub summary: String,
    pub notes: Vec<String>,
    pub changed: bool,
}

/// A person as the connector knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    account: AccountId,
    external_id: Option<String>,
    user_name: Option<String>,
    /// What the connector said of them.
    resource: Map,
    /// Whom it named as their manager, while that person is not here.
    manager_key: Option<String>,
    left_at: Option<Moment>,
    created_at: Moment,
    updated_at: Moment,
    version: i64,
}

/// What a client must say to change only what it has seen.
#[derive(Clone, Debug, Default)]
pub struct Match(pub Option<String>);

impl Match {
    /// Refuses if the client saw another version. `*` is any.
    fn check(&self, version: &str) -> std::result::Result<(), Trouble> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        let plain = |text: &str| text.trim().trim_start_matches("W/").trim_matches('"').to_owned();
        let fits = wanted
            .split(',')
            .any(|one| one.trim() == "*" || plain(one) == plain(version));
        if fits { Ok(()) } else { Err(Trouble::Changed) }
    }
}

fn gone(what: &str) -> Trouble {
    Trouble::Core(Error::NotFound(format!(
        "There is no {what} with that id in the view of this connector."
    )))
}

/// How many people have a manager who has not come yet.
pub async fn managers_awaited(db: &Db, connector: &Connector) -> Result<i64> {
    sql::managers_awaited(db, connector).await
}

async fn lock(tx: &mut Tx, within: Within<'_>) -> Result<()> {
    tx.lock(within.session.connector.workplace.0).await?;
    Ok(())
}
