use guildhall_store::Db;

use super::rules::{self, Limits, Over};
use super::sql;
use crate::accounts::{self, AccountState, ProfileField};
use crate::entropy::secret_hash;
use crate::{Moment, Result, workplaces};

/// Why somebody is out who was in, for whoever still holds the cookie of their session and for nobody else: a sentence
/// that says what to do. Nothing, when they went by themselves or may simply log in again.
pub async fn why_out(db: &Db, token: &str, now: Moment) -> Result<Option<String>> {
    let hash = secret_hash(token);
    let Some((workplace, account, reason)) = sql::ended(db, &hash, now).await? else {
        return ran_out(db, &hash, now).await;
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
        (_, "not_me") => Some(format!(
            "A log-in to your account at {place} was not yours, so all your sessions were ended: log in again, with a new password."
        )),
        (_, "everyone_again") => Some(format!("{place} asks everybody to log in again.")),
        (_, "second_factor") => Some(format!(
            "{place} asks you for a second factor besides your password now: log in again, and set it up."
        )),
        (_, "ended_by_admin") => Some(format!("An admin of {place} ended your sessions: log in again.")),
        _ => None,
    })
}

/// The same of a session that ended by itself.
async fn ran_out(db: &Db, hash: &str, now: Moment) -> Result<Option<String>> {
    let Some((workplace, opened, limits)) = sql::ran_out(db, hash, now).await? else {
        return Ok(None);
    };
    let settings = workplaces::read(db, workplace).await?.settings;
    let limits = Limits {
        again_days: settings.log_in_again_days,
        ..limits
    };
    Ok(rules::over(opened, limits, now).map(|over| match over {
        Over::Again(days) => format!(
            "Your organisation asks you to log in again every {}.",
            rules::days_in_words(days)
        ),
        Over::Provider => "Your organisation's log-in let you in until now: log in again.".to_owned(),
    }))
}
