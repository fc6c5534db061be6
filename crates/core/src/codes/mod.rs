//! Access codes: how people without an e-mail address claim their account, and get back in. An admin, or whoever looks
//! after them, gives the code by hand or on paper; only a keyed hash of it is kept.

mod claim;
mod give;
pub mod rules;
pub mod sheets;
mod sql;
mod unprinted;

use std::collections::HashMap;

use guildhall_store::{Conn, Tx};

use crate::ids::{AccountId, CodeId, WorkplaceId};
use crate::words::words;
use crate::{App, Entropy, Moment, Result};

pub(crate) use claim::wait as pace;
pub use claim::{Opened, Taking, open, suggestion, take};
pub use give::{
    Given, Onto, Overview, Refused, Whom, give, give_many, need, note_download, overview, revoke,
};
pub(crate) use sql::forget;

words! {
    /// Whether an access code works, and what ended it.
    CodeState { Live = "live", Used = "used", Replaced = "replaced", Revoked = "revoked",
        /// With what it was for: the account was deactivated, got an e-mail address, or was to be claimed anew.
        Ended = "ended",
        /// It was not used in time.
        Expired = "expired" }
}

/// One person's code, without its letters: those are told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessCode {
    pub id: CodeId,
    pub workplace: WorkplaceId,
    pub account: AccountId,
    pub state: CodeState,
    pub created_at: Moment,
    pub created_by: Option<AccountId>,
    pub expires_at: Moment,
    pub ended_at: Option<Moment>,
}

impl AccessCode {
    /// The same, told as expired if it is too old.
    fn at(mut self, now: Moment) -> Self {
        if self.state == CodeState::Live && self.expires_at <= now {
            self.state = CodeState::Expired;
        }
        self
    }
}

/// A new code that begins with that letter.
pub fn make(entropy: &Entropy, first: u8) -> String {
    loop {
        let mut chance = [0; rules::CHANCE];
        entropy.fill(&mut chance);
        if let Some(code) = rules::make(first, &chance) {
            return code;
        }
    }
}

/// What is kept of a code. Typed letters are few enough to be tried one by one by whoever has the database, but not without
/// the installation's key.
fn hash(app: &App, code: &str) -> String {
    app.sealer.digest(&format!("access code\0{code}"))
}

/// The newest code of each of these people who have one.
pub async fn newest<'a>(
    app: &App,
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, AccessCode>> {
    let found = sql::newest(conn, workplace, accounts).await?;
    let now = app.now();
    Ok(found.into_iter().map(|(id, code)| (id, code.at(now))).collect())
}

/// Ends the code that lives. Gives it, if there was one.
pub(crate) async fn end(
    tx: &mut Tx,
    whose: (WorkplaceId, AccountId),
    now: Moment,
) -> Result<Option<AccessCode>> {
    let mut newest = sql::newest(&mut *tx, whose.0, &[whose.1]).await?;
    let newest = newest.remove(&whose.1).map(|code| code.at(now));
    let live = newest.filter(|code| code.state == CodeState::Live);
    sql::close(tx, whose, CodeState::Ended, now).await?;
    Ok(live)
}

/// Forgets the codes of every workplace that were too old before then. Gives how many.
pub async fn tidy(app: &App, before: Moment) -> Result<u64> {
    let mut tx = app.begin().await?;
    let gone = sql::sweep(&mut tx, before).await?;
    tx.commit().await?;
    Ok(gone)
}
