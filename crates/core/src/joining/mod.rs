//! How people come by themselves, by coworkers and by links; and the queue of those who wait for an admin's word.

mod door;
mod links;
mod requests;
pub mod rules;
mod sql;
mod tell;

use guildhall_store::Tx;

use crate::accounts::{self, AccountState, ProfileField};
use crate::ids::{AccountId, GroupId, JoinLinkId, RequestId, WorkplaceId};
use crate::workplaces::Workplace;
use crate::{Moment, Result, domains};

use crate::words::words;

pub use door::{Asked, Join, Opened, ask, ask_by_link, come, open, plead};
pub(crate) use links::{by as links_by, revoke_within};
pub use links::{create as create_link, list as links, read as read_link, revoke as revoke_link};
pub use requests::{Invited, approve, decline, invite, list, waiting};
pub use rules::{Coworkers, Joining, Outcome, Way, Why};
pub use tell::digest;

words! {
    /// Where a request is.
    RequestState {
        Waiting = "waiting",
        Approved = "approved",
        Declined = "declined",
    }
}

/// Somebody who would come, and who asked for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub id: RequestId,
    pub workplace: WorkplaceId,
    pub email: String,
    pub name: Option<String>,
    /// The coworker; absent when they ask for themselves.
    pub asked_by: Option<AccountId>,
    pub note: Option<String>,
    /// What was filled in of their profile.
    pub fields: Vec<(ProfileField, String)>,
    /// The group that the link was for.
    pub group: Option<GroupId>,
    pub state: RequestState,
    pub created_at: Moment,
    pub decided_at: Option<Moment>,
    pub decided_by: Option<AccountId>,
    pub reason: Option<String>,
}

/// Which requests, newest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    pub state: Option<RequestState>,
    pub after: Option<RequestId>,
    pub limit: i64,
}

/// A link that goes round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinLink {
    pub id: JoinLinkId,
    pub workplace: WorkplaceId,
    /// The group that one is in when one came by it.
    pub group: Option<GroupId>,
    /// How many may come, and how many came.
    pub people: i64,
    pub used: i64,
    pub created_by: AccountId,
    pub created_at: Moment,
    pub expires_at: Moment,
    pub revoked_at: Option<Moment>,
}

impl JoinLink {
    pub fn works(&self, now: Moment) -> bool {
        self.revoked_at.is_none() && self.expires_at > now && self.used < self.people
    }
}

/// What becomes of somebody with that address who would come that way, and the account that they have already.
async fn judge(
    tx: &mut Tx,
    workplace: &Workplace,
    email: &str,
    way: Way,
) -> Result<(Outcome, Option<accounts::Account>)> {
    let existing = accounts::by_email(&mut *tx, workplace.id, email).await?;
    let settings = &workplace.settings;
    let domain = domains::names::of_address(email);
    let outcome = rules::outcome(rules::Case {
        joining: settings.joining,
        coworkers: settings.coworkers,
        approved: domain.is_some_and(|domain| settings.coworker_domains.contains(&domain)),
        standing: domains::standing(tx, workplace.id, email).await?,
        way,
        existing: existing.as_ref().map(|account| account.state),
    });
    Ok((outcome, existing))
}

/// Whether somebody is in.
fn is_in(account: &accounts::Account) -> bool {
    account.state == AccountState::Claimed
}
