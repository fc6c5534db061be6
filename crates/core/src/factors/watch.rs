//! Whoever is in by a password alone, must have a second factor and has put it off as long as they might, is out: at the next
//! log-in they set one up.

use super::{of, rules};
use crate::accounts;
use crate::ids::AccountId;
use crate::workplaces::{self, Workplace};
use crate::{App, Result, roles, sessions, signals};

/// So many people are looked at in one go.
const AT_ONCE: i64 = 200;

/// Ends the sessions of those whose days are over, in every workplace that asks for a second factor. Gives how many people
/// that were.
pub async fn enforce(app: &App) -> Result<u64> {
    let mut out = 0;
    for workplace in workplaces::all(&app.db).await? {
        if workplace.settings.second_factor_since.is_none()
            || app.now() < rules::until(&workplace.settings, None)
        {
            continue;
        }
        let mut after = AccountId(uuid::Uuid::nil());
        loop {
            let mut tx = app.begin().await?;
            let people = sessions::in_by_password(&mut tx, workplace.id, (after, AT_ONCE), app.now()).await?;
            let Some(last) = people.last() else { break };
            after = *last;
            for person in &people {
                out += u64::from(end_unless_strong(app, &mut tx, &workplace, *person).await?);
            }
            tx.commit().await?;
        }
    }
    Ok(out)
}

async fn end_unless_strong(
    app: &App,
    tx: &mut guildhall_store::Tx,
    workplace: &Workplace,
    person: AccountId,
) -> Result<bool> {
    let now = app.now();
    let Some(account) = accounts::get(&mut *tx, workplace.id, person).await? else {
        return Ok(false);
    };
    let may = roles::permissions_of(&mut *tx, workplace.id, &account.role).await?;
    if !rules::asked(&workplace.settings, &account.role, &may)
        || now < rules::until(&workplace.settings, account.claimed_at)
        || of(tx, workplace.id, person).await?.strong()
    {
        return Ok(false);
    }
    sessions::end_all(tx, (workplace.id, person), None, "second_factor", now).await?;
    let kind = signals::SESSIONS_ENDED;
    signals::send(tx, &app.entropy, now, workplace.id, Some(person), kind).await?;
    Ok(true)
}
