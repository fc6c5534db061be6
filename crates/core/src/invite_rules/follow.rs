//! Putting people into the queue of a standing rule, in the transaction of the change that makes them meet it.

use std::collections::HashSet;

use guildhall_store::Tx;
use jiff::tz::TimeZone;

use super::{InviteRule, Quiet, sql};
use crate::accounts::{Account, AccountState, ProfileField as Field};
use crate::conditions::{self, Compiled, Person, RuleKind};
use crate::ids::{AccountId, InviteRuleId};
use crate::workplaces::Workplace;
use crate::{Actor, App, Moment, Result, signals};

/// The time zone of the person, or of the workplace.
pub(super) fn zone(account: &Account, workplace: &Workplace) -> TimeZone {
    let known = |name: &str| TimeZone::get(name).ok();
    let own = account.profile.get(Field::TimeZone).and_then(known);
    own.or_else(|| known(&workplace.time_zone))
        .unwrap_or(TimeZone::UTC)
}

/// When the person may be written to, from `now` on.
pub(super) fn when(account: &Account, workplace: &Workplace, now: Moment) -> Moment {
    let quiet: Quiet = workplace.settings.quiet();
    quiet.over(now, &zone(account, workplace))
}

pub(super) fn is_open(account: &Account) -> bool {
    account.state == AccountState::Uninvited && account.profile.get(Field::Email).is_some()
}

/// Puts those of the people who meet a rule into its queue. Whom a rule has invited once it does not invite again.
pub(super) async fn queue(
    tx: &mut Tx,
    workplace: &Workplace,
    rules: &[InviteRule],
    people: &[&Person],
    now: Moment,
) -> Result<u64> {
    let ids: Vec<AccountId> = people.iter().map(|person| person.account.id).collect();
    let done = sql::invited_by(tx, workplace.id, &ids).await?;
    let done: HashSet<(InviteRuleId, AccountId)> = done.into_iter().collect();
    let compiled: Vec<(&InviteRule, Compiled)> = rules
        .iter()
        .map(|rule| (rule, Compiled::new(&rule.conditions)))
        .collect();
    let mut rows = Vec::new();
    for person in people {
        let id = person.account.id;
        let fits =
            |(rule, asked): &&(&InviteRule, Compiled)| asked.holds(person) && !done.contains(&(rule.id, id));
        if let Some((rule, _)) = compiled.iter().find(fits) {
            rows.push((id, rule.id, when(&person.account, workplace, now)));
        }
    }
    sql::queue(tx, workplace.id, &rows).await
}

/// Looks at people who changed or are new by the standing rules.
pub(crate) async fn follow(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    workplace: &Workplace,
    people: &[Person],
) -> Result<()> {
    let people: Vec<&Person> = people.iter().filter(|person| is_open(&person.account)).collect();
    if people.is_empty() {
        return Ok(());
    }
    let found =
        conditions::candidates(tx, workplace.id, RuleKind::Invitation, people.iter().copied()).await?;
    let found: Vec<InviteRuleId> = found.into_iter().map(InviteRuleId).collect();
    let rules = sql::following(tx, workplace.id, &found).await?;
    if rules.is_empty() {
        return Ok(());
    }
    let now = app.now();
    if queue(tx, workplace, &rules, &people, now).await? > 0 {
        signals::send(tx, &app.entropy, now, actor.workplace, None, signals::INVITATION).await?;
    }
    Ok(())
}
