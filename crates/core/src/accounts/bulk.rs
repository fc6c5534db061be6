//! The one path for many at once: the facts are read in few statements, the same rules decide row by row, and all is
//! written in few statements.

use std::collections::HashMap;

use guildhall_store::Tx;

use super::apply::side_effects;
use super::sql::{self, bulk};
use super::{
    Account, AccountState as State, Action, Change, Ends, Facts, Plan, Policy, ProfileField as Field,
    Refusal, Target, Verb, decide,
};
use crate::ids::{AccountId, WorkplaceId};
use crate::{Actor, App, Moment, Result, audit, fold, signals};

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

/// Who is known by which key, as the batch would leave it.
#[derive(Default)]
struct Known {
    accounts: HashMap<AccountId, Account>,
    emails: HashMap<String, AccountId>,
    employees: HashMap<String, AccountId>,
    phones: HashMap<String, Vec<AccountId>>,
}

impl Known {
    async fn load(tx: &mut Tx, workplace: WorkplaceId, items: &[Item]) -> Result<Self> {
        let (mut ids, mut emails, mut employees, mut phones) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for keys in items
            .iter()
            .flat_map(|item| item.manager.iter().chain([&item.keys]))
        {
            ids.extend(keys.account);
            emails.extend(keys.email.clone());
            employees.extend(keys.employee.clone());
            if keys.email.is_none() && keys.employee.is_none() {
                phones.extend(keys.phone.clone());
            }
        }
        for keys in [&mut emails, &mut employees, &mut phones] {
            keys.sort_unstable();
            keys.dedup();
        }
        let mut known = Self::default();
        for account in bulk::load(tx, workplace, &emails, &employees, &phones).await? {
            known.learn(account);
        }
        for account in bulk::load_ids(tx, workplace, &ids).await? {
            known.learn(account);
        }
        Ok(known)
    }

    fn learn(&mut self, account: Account) {
        if let Some(before) = self.accounts.get(&account.id) {
            self.emails.retain_one(before.profile.email_key(), account.id);
            self.employees
                .retain_one(before.profile.employee_key(), account.id);
        } else if let Some(phone) = account.profile.phone_key() {
            self.phones.entry(phone).or_default().push(account.id);
        }
        if let Some(key) = account.profile.email_key() {
            self.emails.insert(key, account.id);
        }
        if let Some(key) = account.profile.employee_key() {
            self.employees.insert(key, account.id);
        }
        self.accounts.insert(account.id, account);
    }

    fn holder(&self, keys: &Keys) -> Option<AccountId> {
        if let Some(id) = keys.account {
            return Some(id).filter(|id| self.accounts.contains_key(id));
        }
        let by_email = keys.email.as_ref().and_then(|key| self.emails.get(key));
        let by_employee = || keys.employee.as_ref().and_then(|key| self.employees.get(key));
        by_email.or_else(by_employee).copied()
    }
}

/// What was read of those who are in no row of the batch.
#[derive(Default)]
struct Around {
    /// Who manages whom, as far as it was asked.
    above: HashMap<AccountId, Option<AccountId>>,
    admins: Option<Vec<(AccountId, State)>>,
}

/// More managers than anybody has above them.
const CHAIN: usize = 200;

impl Around {
    /// The person and those above, as the batch would leave it.
    async fn chain(
        &mut self,
        tx: &mut Tx,
        workplace: WorkplaceId,
        known: &Known,
        from: AccountId,
    ) -> Result<Vec<AccountId>> {
        let mut chain = Vec::new();
        let mut at = Some(from);
        while let Some(id) = at {
            if chain.len() == CHAIN || chain.contains(&id) {
                break;
            }
            chain.push(id);
            at = match (known.accounts.get(&id), self.above.get(&id)) {
                (Some(account), _) => account.profile.manager(),
                (None, Some(above)) => *above,
                (None, None) => {
                    let read = sql::manager_chain(tx, workplace, id).await?;
                    for pair in read.windows(2) {
                        self.above.insert(pair[0], Some(pair[1]));
                    }
                    *self.above.entry(id).or_default()
                }
            };
        }
        Ok(chain)
    }

    /// How many system admins there would be besides `except`: claimed, and claimed or invited.
    async fn other_admins(
        &mut self,
        tx: &mut Tx,
        workplace: WorkplaceId,
        known: &Known,
        except: AccountId,
    ) -> Result<(i64, i64)> {
        if self.admins.is_none() {
            self.admins = Some(bulk::admins(tx, workplace).await?);
        }
        let left = |(id, state): &(AccountId, State)| match known.accounts.get(id) {
            Some(account) if account.is_system_admin() => account.state,
            Some(_) => State::Deactivated,
            None => *state,
        };
        let others = self.admins.iter().flatten().filter(|(id, _)| *id != except);
        let states: Vec<State> = others.map(left).collect();
        let count = |wanted: &[State]| states.iter().filter(|state| wanted.contains(state)).count() as i64;
        Ok((count(&[State::Claimed]), count(&[State::Claimed, State::Invited])))
    }
}

trait RetainOne {
    /// Forgets the key if it is this account's.
    fn retain_one(&mut self, key: Option<String>, id: AccountId);
}

impl RetainOne for HashMap<String, AccountId> {
    fn retain_one(&mut self, key: Option<String>, id: AccountId) {
        if let Some(key) = key
            && self.get(&key) == Some(&id)
        {
            self.remove(&key);
        }
    }
}

/// What speaks against an item, by its place among all and whom it is about, besides the rules.
pub type Veto<'a> = &'a (dyn Fn(usize, &Account) -> Option<Refusal> + Send + Sync);

/// What the changes would do, one after the other, by what the transaction sees.
pub async fn plan_all(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    policy: &Policy,
    items: Vec<Item>,
    veto: Veto<'_>,
) -> Result<Vec<Decided>> {
    let mut known = Known::load(tx, actor.workplace, &items).await?;
    let now = app.now();
    let mut around = Around::default();
    let mut decided = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        let veto = |account: &Account| veto(place, account);
        let one = decide_one(app, tx, actor, policy, (&known, &mut around), &veto, item, now).await?;
        if let Decided::Planned { plan, .. } = &one
            && !plan.is_unchanged()
            && let Some(after) = &plan.after
        {
            known.learn(after.clone());
        }
        decided.push(one);
    }
    Ok(decided)
}

async fn decide_one(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    policy: &Policy,
    (known, around): (&Known, &mut Around),
    veto: &(dyn Fn(&Account) -> Option<Refusal> + Send + Sync),
    mut item: Item,
    now: Moment,
) -> Result<Decided> {
    let mut holder = known.holder(&item.keys);
    let only_phone = item.keys.email.is_none() && item.keys.employee.is_none() && item.keys.account.is_none();
    if let (None, true, Some(phone)) = (holder, only_phone, &item.keys.phone) {
        match known.phones.get(phone).map_or(&[][..], Vec::as_slice) {
            [] => {}
            [one] => holder = Some(*one),
            _ => return Ok(Decided::Several),
        }
    }
    let existing = holder.and_then(|id| known.accounts.get(&id));
    if let Some(refusal) = existing.and_then(veto) {
        return Ok(Decided::Refused(refusal));
    }
    let provisions = matches!(item.change.verb, Verb::Provision { .. });
    if existing.is_none() && !provisions {
        return Ok(Decided::Nobody);
    }
    let id = existing.map_or_else(|| AccountId::new(&app.entropy, now), |account| account.id);
    let mut facts = Facts::default();
    for (field, value) in item.change.verb.patch().into_iter().flatten() {
        let key = value.as_deref().map(fold::key);
        let other = |map: &HashMap<String, AccountId>| {
            key.as_ref()
                .and_then(|key| map.get(key))
                .copied()
                .filter(|holder| *holder != id)
        };
        match field {
            Field::Email => facts.email_holder = other(&known.emails),
            Field::EmployeeId => facts.employee_holder = other(&known.employees),
            _ => {}
        }
    }
    if existing.is_some_and(Account::is_system_admin) {
        (facts.other_admins_claimed, facts.other_admins) =
            around.other_admins(tx, actor.workplace, known, id).await?;
    }
    let mut unset = None;
    if let Some(keys) = item.manager.take() {
        match known.holder(&keys) {
            None => unset = Some(Unset::Absent),
            Some(manager) => {
                facts.manager_chain = match existing {
                    Some(account) if account.profile.manager() != Some(manager) => {
                        around.chain(tx, actor.workplace, known, manager).await?
                    }
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
            workplace: actor.workplace,
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
    Ok(match result {
        Ok(plan) => Decided::Planned {
            plan: Box::new(plan),
            unset,
        },
        Err(refusal) => Decided::Refused(refusal),
    })
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
    signals::send(tx, &app.entropy, now, actor.workplace, None, signals::PEOPLE).await
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
