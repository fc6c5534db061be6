//! Reminding those who were invited and have not come, on the days that the workplace has set.

use super::follow::when;
use super::rules;
use crate::accounts::{self, AccountState, Change, Source, Verb, Whom};
use crate::ids::AccountId;
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Result, invitations};

/// People who are reminded in one transaction.
const BATCH: i64 = 100;

/// Reminds in every workplace whoever is to be reminded now. Gives how many.
pub async fn remind(app: &App) -> Result<u64> {
    let mut done = 0;
    for workplace in workplaces::all(&app.db).await? {
        let Some(window) = rules::reminder_window(&workplace.settings.remind_days, app.now()) else {
            continue;
        };
        let mut after: Option<AccountId> = None;
        loop {
            let found = invitations::open_between(&app.db, workplace.id, window, after, BATCH).await?;
            after = found.last().map(|invitation| invitation.account);
            if after.is_none() {
                break;
            }
            let due: Vec<AccountId> = found
                .into_iter()
                .filter(|invitation| is_due(app, &workplace, invitation))
                .map(|invitation| invitation.account)
                .collect();
            done += batch(app, &workplace, &due).await?;
        }
    }
    Ok(done)
}

fn is_due(app: &App, workplace: &Workplace, invitation: &invitations::Invitation) -> bool {
    let days = &workplace.settings.remind_days;
    rules::reminder_due(days, invitation.created_at, invitation.reminded_at, app.now())
}

async fn batch(app: &App, workplace: &Workplace, ids: &[AccountId]) -> Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    let mut tx = app.begin().await?;
    tx.lock(workplace.id.0).await?;
    let now = app.now();
    let actor = Actor::system(workplace.id, "Reminders");
    let policy = workplace.policy();
    let mut done = 0;
    for account in accounts::load_ids(&mut tx, workplace.id, ids).await? {
        // Another server may have been quicker, and at night nobody is written to.
        let invitation = invitations::of_account(&mut tx, workplace.id, account.id).await?;
        let due = invitation.is_some_and(|invitation| is_due(app, workplace, &invitation));
        if !due || account.state != AccountState::Invited || when(&account, workplace, now) > now {
            continue;
        }
        let change = Change::new(Source::Admin, Verb::Remind { message: None });
        match accounts::plan(app, &mut tx, &actor, Whom::Is(account.id), &change, &policy).await {
            Ok(plan) => {
                accounts::apply(app, &mut tx, &actor, &plan).await?;
                done += 1;
            }
            Err(error @ (Error::Internal(_) | Error::Store(_))) => return Err(error),
            Err(why) => tracing::info!(account = %account.id, %why, "nobody could be reminded"),
        }
    }
    tx.commit().await?;
    Ok(done)
}
