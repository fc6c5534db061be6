//! What the rules must know of the workplace to decide on a batch: read in few statements, then asked in memory.

use std::collections::{BTreeSet, HashMap, HashSet};

use guildhall_store::Tx;

use super::{Item, Keys};
use crate::accounts::apply::{Connected, foreign_email, future_email, gone_of, locked};
use crate::accounts::sql::bulk;
use crate::accounts::{Account, AccountState as State, Change, Facts, Policy, ProfileField as Field, Voice};
use crate::domains::{self, Standing, names};
use crate::ids::{AccountId, WorkplaceId};
use crate::{Actor, ActorKind, Error, fold};

/// More managers than anybody has above them.
const CHAIN: usize = 200;

/// Several people have the mobile number.
pub(super) struct Several;

/// The accounts that the items of a batch name, who is above them, and who the admins are; all as the items decided so
/// far would leave it.
pub struct Ground {
    pub(super) workplace: WorkplaceId,
    accounts: HashMap<AccountId, Account>,
    emails: HashMap<String, AccountId>,
    employees: HashMap<String, AccountId>,
    phones: HashMap<String, Vec<AccountId>>,
    /// The managers of those whom no item names.
    above: HashMap<AccountId, Option<AccountId>>,
    /// The system admins who are in or may come in, as they were before.
    admins: Vec<(AccountId, State)>,
    /// Who asks.
    by: ActorKind,
    /// What the domains of all addresses are to the workplace.
    standings: HashMap<String, Standing>,
    /// Through whom nobody speaks any more, of those who say something of these people; and what the others are called.
    absent: Vec<Voice>,
    names: Connected,
}

impl Ground {
    pub async fn read(tx: &mut Tx, actor: &Actor, items: &[Item]) -> Result<Self, Error> {
        let workplace = actor.workplace;
        let mut ground = Self {
            workplace,
            by: actor.kind,
            standings: HashMap::new(),
            absent: Vec::new(),
            names: Connected::new(),
            accounts: HashMap::new(),
            emails: HashMap::new(),
            employees: HashMap::new(),
            phones: HashMap::new(),
            above: HashMap::new(),
            admins: Vec::new(),
        };
        ground.read_named(tx, items).await?;
        ground.read_claims(tx).await?;
        ground.standings = domains::standings(tx, workplace, ground.domains(items)).await?;
        if ground.accounts.values().any(Account::is_system_admin) {
            ground.admins = bulk::admins(tx, workplace).await?;
        }
        if items.iter().any(|item| ground.moves(item)) {
            let outside: HashSet<AccountId> = ground
                .accounts
                .values()
                .filter_map(|account| account.profile.manager())
                .filter(|manager| !ground.accounts.contains_key(manager))
                .collect();
            let above = bulk::above(tx, workplace, outside).await?;
            ground.above.extend(above);
        }
        Ok(ground)
    }

    /// The domains of the addresses that there are, or would be.
    fn domains(&self, items: &[Item]) -> HashSet<String> {
        let held = self
            .accounts
            .values()
            .filter_map(|account| account.profile.get(Field::Email));
        let patches = items.iter().filter_map(|item| item.change.verb.patch()).flatten();
        let given = patches.filter(|(field, _)| *field == Field::Email);
        let given = given.filter_map(|(_, email)| email.as_deref());
        let kept = self
            .accounts
            .values()
            .flat_map(|account| account.claims.of(Field::Email));
        let kept = kept.map(|(_, kept)| kept.value.as_str());
        held.chain(given)
            .chain(kept)
            .filter_map(names::of_address)
            .collect()
    }

    fn standing(&self, email: &str) -> Standing {
        let known = names::of_address(email).and_then(|name| self.standings.get(&name).copied());
        known.unwrap_or_default()
    }

    async fn read_named(&mut self, tx: &mut Tx, items: &[Item]) -> Result<(), Error> {
        let (mut ids, mut emails, mut employees, mut phones) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for keys in items
            .iter()
            .flat_map(|item| item.manager.iter().chain([&item.keys]))
        {
            ids.extend(keys.account);
            emails.extend(keys.email.as_deref());
            employees.extend(keys.employee.as_deref());
            if keys.email.is_none() && keys.employee.is_none() {
                phones.extend(keys.phone.as_deref());
            }
        }
        for keys in [&mut emails, &mut employees, &mut phones] {
            keys.sort_unstable();
            keys.dedup();
        }
        for account in bulk::load(tx, self.workplace, &emails, &employees, &phones).await? {
            self.learn(account);
        }
        for account in bulk::load_ids(tx, self.workplace, &ids).await? {
            self.learn(account);
        }
        Ok(())
    }

    /// Whoever holds what other sources say of these people: it may come into force.
    async fn read_claims(&mut self, tx: &mut Tx) -> Result<(), Error> {
        let (mut emails, mut employees, mut managers) = (Vec::new(), Vec::new(), Vec::new());
        for account in self.accounts.values() {
            for ((field, _), kept) in &account.claims.kept {
                match field {
                    Field::Email => emails.push(fold::key(&kept.value)),
                    Field::EmployeeId => employees.push(fold::key(&kept.value)),
                    Field::Manager => managers.extend(kept.value.parse::<AccountId>().ok()),
                    _ => {}
                }
            }
        }
        let voices: BTreeSet<Voice> = self.accounts.values().flat_map(Account::voices).collect();
        (self.absent, self.names) = gone_of(&mut *tx, self.workplace, voices).await?;
        let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
        let employees: Vec<&str> = employees.iter().map(String::as_str).collect();
        for account in bulk::load(tx, self.workplace, &emails, &employees, &[]).await? {
            if !self.accounts.contains_key(&account.id) {
                self.learn(account);
            }
        }
        if !managers.is_empty() {
            self.above = bulk::above(tx, self.workplace, managers).await?;
        }
        Ok(())
    }

    /// Whether the item gives somebody who is here another manager.
    fn moves(&self, item: &Item) -> bool {
        let holder = self.holder(&item.keys).and_then(|id| self.account(id));
        holder.zip(item.manager.as_ref()).is_some_and(|(account, keys)| {
            let manager = self.holder(keys);
            manager.is_some() && account.profile.manager() != manager
        })
    }

    /// This is so from now on.
    pub(super) fn learn(&mut self, account: Account) {
        if let Some(before) = self.accounts.get(&account.id) {
            forget(&mut self.emails, before.profile.email_key(), account.id);
            forget(&mut self.employees, before.profile.employee_key(), account.id);
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

    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id)
    }

    /// Who has the e-mail or the employee id, or is the account itself.
    pub fn holder(&self, keys: &Keys) -> Option<AccountId> {
        if let Some(id) = keys.account {
            return Some(id).filter(|id| self.accounts.contains_key(id));
        }
        let by_email = keys.email.as_ref().and_then(|key| self.emails.get(key));
        let by_employee = || keys.employee.as_ref().and_then(|key| self.employees.get(key));
        by_email.or_else(by_employee).copied()
    }

    /// [`Ground::holder`], or who alone has the mobile number, if there is nothing else to go by.
    pub(super) fn person(&self, keys: &Keys) -> Result<Option<AccountId>, Several> {
        let only_phone = keys.email.is_none() && keys.employee.is_none() && keys.account.is_none();
        let Some(phone) = keys.phone.as_ref().filter(|_| only_phone) else {
            return Ok(self.holder(keys));
        };
        match self.phones.get(phone).map_or(&[][..], Vec::as_slice) {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(Several),
        }
    }

    /// What the rules must know of others to decide on a change of `existing`, or of somebody new; all but the manager.
    pub(super) fn facts(
        &self,
        existing: Option<&Account>,
        id: AccountId,
        (change, policy): (&Change, &Policy),
    ) -> Facts {
        let mut facts = Facts::default();
        let absent = self
            .absent
            .iter()
            .copied()
            .filter(|voice| !voice.same(change.voice()));
        facts.absent = absent.collect();
        if !self.names.is_empty() {
            facts.names.clone_from(&self.names);
        }
        let values = change.values(existing, policy.scales(&facts.absent));
        if let Some(email) = future_email(existing, change, &values) {
            facts.standing = self.standing(email);
        }
        if let Some(email) = existing.and_then(|account| foreign_email(self.by, account, change)) {
            facts.identity_locked = locked(email, self.standing(email));
        }
        for (field, value) in &values {
            let other = |map: &HashMap<String, AccountId>| {
                let holder = map.get(&fold::key(value)).copied();
                holder.filter(|holder| *holder != id)
            };
            match field {
                Field::Email => facts.email_holder = other(&self.emails),
                Field::EmployeeId => facts.employee_holder = other(&self.employees),
                Field::Manager => facts.manager_chain = self.known_chain(value),
                _ => {}
            }
        }
        drop(values);
        if existing.is_some_and(Account::is_system_admin) {
            (facts.other_admins_claimed, facts.other_admins) = self.other_admins(id);
        }
        facts
    }

    /// [`Ground::chain`] of a person who may be gone.
    fn known_chain(&self, id: &str) -> Vec<AccountId> {
        let id = id.parse().ok();
        let here = id.filter(|id| self.accounts.contains_key(id) || self.above.contains_key(id));
        here.map_or_else(Vec::new, |id| self.chain(id))
    }

    /// The person and those above.
    pub(super) fn chain(&self, from: AccountId) -> Vec<AccountId> {
        let mut chain = Vec::new();
        let mut at = Some(from);
        while let Some(id) = at {
            if chain.len() == CHAIN || chain.contains(&id) {
                break;
            }
            chain.push(id);
            at = match self.accounts.get(&id) {
                Some(account) => account.profile.manager(),
                None => self.above.get(&id).copied().flatten(),
            };
        }
        chain
    }

    /// How many system admins there would be besides `except`: claimed, and claimed or invited.
    fn other_admins(&self, except: AccountId) -> (i64, i64) {
        let left = |(id, state): &(AccountId, State)| match self.accounts.get(id) {
            Some(account) if account.is_system_admin() => account.state,
            Some(_) => State::Deactivated,
            None => *state,
        };
        let others = self.admins.iter().filter(|(id, _)| *id != except);
        let states: Vec<State> = others.map(left).collect();
        let count = |wanted: &[State]| states.iter().filter(|state| wanted.contains(state)).count() as i64;
        (count(&[State::Claimed]), count(&[State::Claimed, State::Invited]))
    }
}

/// Forgets the key if it is this account's.
fn forget(keys: &mut HashMap<String, AccountId>, key: Option<String>, id: AccountId) {
    if let Some(key) = key
        && keys.get(&key) == Some(&id)
    {
        keys.remove(&key);
    }
}
