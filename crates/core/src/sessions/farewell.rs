use guildhall_store::Db;

use super::sql;
use crate::accounts::{self, AccountState, ProfileField};
use crate::entropy::secret_hash;
use crate::{Moment, Result, workplaces};

/// Why somebody is out who was in, for whoever still holds the cookie of their session and for nobody else: a sentence
/// that says what to do. Nothing, when they went by themselves or may simply log in again.
pub async fn why_out(db: &Db, token: &str, now: Moment) -> Result<Option<String>> {
    let Some((workplace, account, reason)) = sql::ended(db, &secret_hash(token), now).await? else {
        return Ok(None);
    };
    let place = workplaces::read(db, workplace).await?.name;
    let Some(account) = accounts::get(db, workplace, account).await? else {
        return Ok(Some(format!(
            "Your account at {place} was removed. If that is a mistake, ask an admin of {place}."
        )));
    };
    Ok(match (account.state, reason.as_str()) {
        (AccountState::Deactivated, _) => {
            let manager = account
                .profile
                .get(ProfileField::Manager)
                .and_then(|id| id.parse().ok());
            let manager = match manager {
                Some(id) => accounts::get(db, workplace, id).await?,
                None => None,
            };
            let whom = match manager.filter(|manager| manager.state == AccountState::Claimed) {
                Some(manager) => format!("ask {} or an admin of {place}", manager.name()),
                None => format!("ask an admin of {place}"),
            };
            Some(format!(
                "Your account at {place} was deactivated, so you are logged out. If that is a mistake, {whom}."
            ))
        }
        (AccountState::Invited, _) => Some(format!(
            "Your account at {place} must be claimed again: open the newest invitation in your mail."
        )),
        (_, "password_changed") => Some(format!(
            "Your password at {place} was changed: log in with the new one."
        )),
        (_, "ended_by_owner") => Some(format!(
            "You ended this session at {place} from another device. If that was not you, choose a new password."
        )),
        (_, "second_factor") => Some(format!(
            "{place} asks you for a second factor besides your password now: log in again, and set it up."
        )),
        (_, "ended_by_admin") => Some(format!("An admin of {place} ended your sessions: log in again.")),
        _ => None,
    })
}
