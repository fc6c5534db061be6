//! Rules that wait for a day after somebody's start date: it comes without anybody changing anything.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{look, rules, sql};
use crate::accounts;
use crate::ids::WorkplaceId;
use crate::{Actor, App, Result};

/// People who are looked at in one transaction.
const STEP: i64 = 500;

/// Looks at those whose day has come since it was last looked, in every workplace where a rule waits for one.
pub async fn work(app: &App) -> Result<()> {
    let mut waits: Vec<(WorkplaceId, i64, i64)> = Vec::new();
    for (workplace, key) in sql::waits(&app.db).await? {
        let Some(days) = key
            .strip_prefix(rules::WAITS)
            .and_then(|days| days.parse::<i64>().ok())
        else {
            continue;
        };
        match waits.iter_mut().find(|(other, ..)| *other == workplace) {
            Some((_, least, most)) => (*least, *most) = (days.min(*least), days.max(*most)),
            None => waits.push((workplace, days, days)),
        }
    }
    for (workplace, least, most) in waits {
        turn(app, workplace, least, most).await?;
    }
    Ok(())
}

/// It is looked a day further than the calendar of UTC in both directions: somewhere it is that day.
async fn turn(app: &App, workplace: WorkplaceId, least: i64, most: i64) -> Result<()> {
    let today = jiff::tz::Offset::UTC.to_datetime(app.now().timestamp()).date();
    let mut tx = app.begin_long().await?;
    let since = sql::day(&mut tx, workplace).await?;
    let since = since.and_then(|day| day.parse::<Date>().ok()).unwrap_or(today);
    let from = since.saturating_sub((most + 1).days()).to_string();
    let to = today.saturating_add((1 - least).days()).to_string();
    let actor = Actor::system(workplace, "Calendar");
    let mut after = None;
    loop {
        tx.lock(workplace.0).await?;
        let range = (from.as_str(), to.as_str());
        let accounts = accounts::starting(&mut tx, workplace, range, after, STEP).await?;
        let Some(last) = accounts.last() else { break };
        after = last
            .profile
            .get(accounts::ProfileField::StartDate)
            .map(|day| (day.to_owned(), last.id));
        look(app, &mut tx, &actor, accounts).await?;
        tx.commit().await?;
        tx = app.begin_long().await?;
    }
    sql::set_day(&mut tx, workplace, &today.to_string()).await?;
    tx.commit().await?;
    Ok(())
}
