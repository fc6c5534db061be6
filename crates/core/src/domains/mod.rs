//! Which e-mail domains belong to a workplace: named, let in, proven; and what each address is to it.

mod codes;
pub mod names;
pub mod rules;
pub mod scout;
mod sql;
mod tell;
mod verbs;
mod watch;

use guildhall_store::Tx;

use crate::accounts::{Account, ProfileField as Field};
use crate::ids::{DomainId, WorkplaceId};
use crate::{Moment, Result, addresses};

use crate::words::words;

pub use codes::{MAILBOXES, give_code, send_code};
pub use rules::Standing;
pub use scout::Scout;
pub(crate) use verbs::{EVERYWHERE, let_in, pretend};
pub use verbs::{add, allow, check, get, include_subdomains, list, note_looks, remove, watch};
pub use watch::work;

words! {
    /// What right a workplace has to a domain.
    DomainState {
        /// Named only: nothing follows from it.
        Pending = "pending",
        /// Its addresses may be used here; others may use them, too.
        AllowListed = "allow_listed",
        /// Proven, and nobody else's.
        Verified = "verified",
    }
}

words! {
    /// How a domain is proven.
    Method { Dns = "dns", File = "file", Mail = "mail" }
}

words! {
    /// What a look for a proof came to.
    Verdict {
        Proven = "proven",
        /// It is certain that it is not there.
        Absent = "absent",
        /// Nobody can tell: no answer, or none that can be believed.
        Unclear = "unclear",
    }
}

/// What one look for a proof saw.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Look {
    pub way: Method,
    pub verdict: Verdict,
    /// A sentence for whoever put the proof there.
    pub said: String,
    /// The TXT records that are there.
    pub found: Vec<String>,
}

/// A domain of a workplace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    pub id: DomainId,
    pub workplace: WorkplaceId,
    /// As [`names::normalise`] spells it.
    pub name: String,
    pub state: DomainState,
    /// How it was proven.
    pub method: Option<Method>,
    /// It stands for all domains below it, too.
    pub subdomains: bool,
    /// The 30 characters that prove it.
    pub token: String,
    /// What the last look saw.
    pub looks: Vec<Look>,
    pub created_at: Moment,
    pub verified_at: Option<Moment>,
    /// Since when it is looked for a proof without being asked.
    pub watched_since: Option<Moment>,
    pub next_at: Option<Moment>,
    pub checked_at: Option<Moment>,
    /// Days on which it was certain that the proof is gone.
    pub absent_days: i64,
    pub counted_at: Option<Moment>,
    /// Another workplace has verified it.
    pub elsewhere: bool,
}

/// What an address is to the workplace. Without an address, or with one that is none, nobody has a right to it.
pub async fn standing(tx: &mut Tx, workplace: WorkplaceId, email: &str) -> Result<Standing> {
    let Some(name) = names::of_address(email) else {
        return Ok(Standing::Unknown);
    };
    of_domain(tx, workplace, &name).await
}

/// The workplaces that know a domain: the one that has verified it, else those that have let it in.
pub(crate) async fn known_to(tx: &mut Tx, name: &str) -> Result<Vec<WorkplaceId>> {
    let known = sql::covers_anywhere(tx, &names::with_parents(name)).await?;
    Ok(rules::known_to(&known, name))
}

pub(crate) async fn of_domain(tx: &mut Tx, workplace: WorkplaceId, name: &str) -> Result<Standing> {
    let known = sql::covers(tx, workplace, &names::with_parents(name)).await?;
    Ok(rules::standing(&known, workplace, name))
}

/// Whether the account holds a confirmed address at exactly that domain.
pub(crate) async fn holds_address(tx: &mut Tx, account: &Account, name: &str) -> Result<bool> {
    let email = account.profile.get(Field::Email);
    let there = email.and_then(names::of_address).as_deref() == Some(name);
    Ok(there && addresses::is_confirmed(tx, account).await?)
}
