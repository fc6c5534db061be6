//! User names: what people without an e-mail address may log in with, besides their employee id.

use guildhall_store::{Db, Tx};

use super::sql;
use crate::accounts::{self, Account, AccountState};
use crate::ids::{AccountId, WorkplaceId};
use crate::{Error, Result};

/// The most workplaces in which a log-in is tried that names none.
const MOST_WORKPLACES: usize = 20;

/// Refuses a user name that somebody else has, or that is somebody else's employee id.
pub(crate) async fn may_have_username(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    username: &str,
) -> Result<()> {
    let named = sql::named(&mut *tx, workplace, username).await?;
    let employee = accounts::by_employee_id(tx, workplace, username).await?;
    let other = |id: AccountId| id != account;
    if named.is_some_and(other) || employee.is_some_and(|holder| other(holder.id)) {
        return Err(Error::invalid(
            "username",
            "Somebody else has this user name: choose another.",
        ));
    }
    Ok(())
}

/// Who is in and is meant by what was typed: an e-mail address, an employee id, or a user name. The organisation gives the
/// first two, so they win over what people call themselves.
pub(super) async fn holder(db: &Db, workplace: WorkplaceId, typed: &str) -> Result<Option<Account>> {
    let is_in = |account: &Account| account.state == AccountState::Claimed;
    for found in [
        accounts::by_email(db, workplace, typed).await?,
        accounts::by_employee_id(db, workplace, typed).await?,
    ] {
        if let Some(account) = found.filter(is_in) {
            return Ok(Some(account));
        }
    }
    match sql::named(db, workplace, typed).await? {
        Some(id) => Ok(accounts::get(db, workplace, id).await?.filter(is_in)),
        None => Ok(None),
    }
}

/// Who is meant by what was typed, whether they are in or not.
pub(super) async fn anybody(tx: &mut Tx, workplace: WorkplaceId, typed: &str) -> Result<Option<Account>> {
    if let Some(found) = accounts::by_email(&mut *tx, workplace, typed).await? {
        return Ok(Some(found));
    }
    if let Some(found) = accounts::by_employee_id(&mut *tx, workplace, typed).await? {
        return Ok(Some(found));
    }
    match sql::named(&mut *tx, workplace, typed).await? {
        Some(id) => accounts::get(tx, workplace, id).await,
        None => Ok(None),
    }
}

/// The workplaces where somebody who is in is meant by it.
pub(super) async fn workplaces_of(db: &Db, typed: &str) -> Result<Vec<WorkplaceId>> {
    let mut found = accounts::workplaces_of(db, typed).await?;
    found.extend(accounts::workplaces_of_employee(db, typed).await?);
    found.extend(sql::workplaces_named(db, typed).await?);
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|workplace| seen.insert(*workplace));
    found.truncate(MOST_WORKPLACES);
    Ok(found)
}
