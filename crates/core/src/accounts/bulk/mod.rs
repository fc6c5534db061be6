//! The one path for many at once: the facts are read in few statements, the same rules decide row by row, and all is
//! written in few statements.

mod ground;

use guildhall_store::Tx;

use super::apply::side_effects;
use super::sql::{self, bulk};
use super::{
    Account, Action, Change, Ends, Plan, Policy, ProfileField as Field, Refusal, Target, Verb, decide,
};
use crate::ids::AccountId;
use crate::{Actor, App, Moment, Result, audit, conditions, signals};

pub use ground::Ground;

/// What names a person in a list: keys as `fold::key` and `fold::phone_key` make them; or the account itself, when it
/// is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Keys {
    pub account: Option<AccountId>,
    pub email: Option<String>,
    pub employee: Option<String>,
    pub phone: Option<String>,
}

/// One change of many, for the person with these keys, and who their manager is to be.
#[derive(Clone, Debug)]
pub struct Item {
    pub keys: Keys,
    pub change: Change,
    pub manager: Option<Keys>,
}

/// What was decided on an item.
#[derive(Debug)]
pub enum Decided {
    /// `unset`: why the manager is not set.
    Planned {
        plan: Box<Plan>,
        unset: Option<Unset>,
    },
    /// Nobody has these keys, and the change makes nobody.
    Nobody,
    /// Several people have the phone number.
    Several,
    Refused(Refusal),
}

/// Why a manager is not set: it may be later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// There is no such person here, or not yet.
    Absent,
    /// The manager reports to this person, or still does.
    Circle,
}

/// What speaks against an item, by its place among all and whom it is about, besides the rules.
pub type Veto<'a> = &'a (dyn Fn(usize, &Account) -> Option<Refusal> + Send + Sync);

/// How many are decided between two moments in which other work of the same task can go on.
const BREATH: usize = 16;

/// What the changes would do, one after the other, by what the transaction sees.
pub async fn plan_all(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    policy: &Policy,
    items: Vec<Item>,
    veto: Veto<'_>,
) -> Result<Vec<Decided>> {
    let mut ground = Ground::read(tx, actor, &items).await?;
    Ok(decide_all(app, &mut ground, policy, items, veto).await)
}

/// What the changes would do, one after the other, by what was read. What they would leave is noted in `ground`, so
/// that it can be asked again for those that come after. It waits for nothing, but lets others of its task go on.
pub async fn decide_all(
    app: &App,
    ground: &mut Ground,
    policy: &Policy,
    items: Vec<Item>,
    veto: Veto<'_>,
) -> Vec<Decided> {
    let now = app.now();
    let mut decided = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        if place % BREATH == BREATH - 1 {
            tokio::task::yield_now().await;
        }
        let veto = |account: &Account| veto(place, account);
        let one = decide_one(app, ground, policy, &veto, item, now);
        if let Decided::Planned { plan, .. } = &one
            && !plan.is_unchanged()
            && let Some(after) = &plan.after
        {
            ground.learn(after.clone());
        }
        decided.push(one);
    }
    decided
}

fn decide_one(
    app: &App,
    ground: &Ground,
    policy: &Policy,
    veto: &(dyn Fn(&Account) -> Option<Refusal> + Send + Sync),
    mut item: Item,
    now: Moment,
) -> Decided {
    let Ok(holder) = ground.person(&item.keys) else {
        return Decided::Several;
    };
    let existing = holder.and_then(|id| ground.account(id));
    if let Some(refusal) = existing.and_then(veto) {
        return Decided::Refused(refusal);
    }
    let provisions = matches!(item.change.verb, Verb::Provision { .. });
    if existing.is_none() && !provisions {
        return Decided::Nobody;
    }
    let id = existing.map_or_else(|| AccountId::new(&app.entropy, now), |account| account.id);
    let mut facts = ground.facts(existing, id, (&item.change, policy));
    let mut unset = None;
    if let Some(keys) = item.manager.take() {
        match ground.holder(&keys) {
            None => unset = Some(Unset::Absent),
            Some(manager) => {
                facts.manager_chain = match existing {
                    Some(account) if account.profile.manager() != Some(manager) => ground.chain(manager),
                    // Nobody reports to somebody who is new.
                    _ => vec![manager],
                };
                set_manager(&mut item.change, Some(manager));
            }
        }
    }
    let target = match existing {
        Some(account) => Target::Existing(account),
        None => Target::New {
            id,
            workplace: ground.workplace,
        },
    };
    let mut result = decide(target, &item.change, &facts, policy, now);
    if result
        .as_ref()
        .is_err_and(|refusal| refusal.code == "manager_cycle")
    {
        unset = Some(Unset::Circle);
        set_manager(&mut item.change, None);
        result = decide(target, &item.change, &facts, policy, now);
    }
    match result {
        Ok(plan) => Decided::Planned {
            plan: Box::new(plan),
            unset,
        },
        Err(refusal) => Decided::Refused(refusal),
    }
}

fn set_manager(change: &mut Change, manager: Option<AccountId>) {
    if let Verb::Provision { patch, .. } | Verb::Update { patch } = &mut change.verb {
        patch.retain(|(field, _)| *field != Field::Manager);
        if let Some(manager) = manager {
            patch.push((Field::Manager, Some(manager.to_string())));
        }
    }
}

/// Writes what the plans say, of one workplace. Unchanged ones write nothing.
pub async fn apply_all(app: &App, tx: &mut Tx, actor: &Actor, mut plans: Vec<Plan>) -> Result<()> {
    plans.retain(|plan| !plan.is_unchanged());
    if plans.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let alone = conditions::left_alone(tx, actor.workplace, &steps(&plans)).await?;
    for plan in &mut plans {
        match (&plan.before, &mut plan.after) {
            (before, Some(after)) => after.version = before.as_ref().map_or(1, |before| before.version + 1),
            (Some(before), None) => sql::remove(tx, before).await?,
            (None, None) => {}
        }
    }
    let rows: Vec<(&Account, bool)> = plans
        .iter()
        .filter_map(|plan| Some((plan.after.as_ref()?, renames(plan))))
        .collect();
    bulk::put_all(tx, &rows).await?;
    let moves = plans.iter().map(|plan| {
        (
            plan.state_before(),
            plan.after.as_ref().map(|account| account.state),
        )
    });
    bulk::count_all(tx, actor.workplace, moves).await?;
    let entries = plans.iter_mut().filter_map(Plan::take_audit_entry).collect();
    audit::write_all(tx, &app.entropy, audit::Scope { actor, now }, entries).await?;
    for plan in &plans {
        if plan.ends != Ends::default() || plan.letter.is_some() || plan.action == Action::Reactivated {
            side_effects(app, tx, actor, plan).await?;
        }
        if let (true, Some(account)) = (plan.ends.sessions, plan.account()) {
            let kind = signals::SESSIONS_ENDED;
            signals::send(tx, &app.entropy, now, actor.workplace, Some(account.id), kind).await?;
        }
    }
    conditions::follow(app, tx, actor, &steps(&plans), alone).await?;
    signals::send(tx, &app.entropy, now, actor.workplace, None, signals::PEOPLE).await
}

fn steps(plans: &[Plan]) -> Vec<conditions::Step<'_>> {
    plans
        .iter()
        .map(|plan| (plan.before.as_ref(), plan.after.as_ref()))
        .collect()
}

/// Whether the words by which the person is found change.
fn renames(plan: &Plan) -> bool {
    let fields = [
        Field::DisplayName,
        Field::GivenName,
        Field::MiddleName,
        Field::FamilyName,
        Field::Email,
        Field::EmployeeId,
    ];
    plan.before.is_none()
        || plan
            .changes
            .iter()
            .any(|change| fields.iter().any(|field| field.as_str() == change.field))
}
