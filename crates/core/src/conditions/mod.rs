//! What rules ask of people: "department is Sales or Marketing, and location is Łódź". One language for who belongs into
//! a group and for who is invited; what becomes of whoever meets it is the business of those rooms.

mod days;
pub mod rules;
mod sql;
mod types;

use std::collections::{BTreeMap, HashMap, HashSet};

use guildhall_store::{Conn, Tx};
use jiff::civil::Date;
use uuid::Uuid;

use crate::accounts::{self, Account, AccountState, ProfileField as Field};
use crate::ids::{AccountId, SetId, WorkplaceId};
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Moment, Result, groups, invite_rules, sets};

pub use days::work as turn_days;
pub use rules::Compiled;
pub use types::{Combine, Condition, ConditionField, ConditionOp, Conditions, RuleKind};

/// People who are looked at in one transaction when a rule is new.
pub const STEP: i64 = 1000;

/// A person as rules look at them.
#[derive(Clone, Debug)]
pub struct Person {
    pub account: Account,
    /// Their manager, then that person's manager, and so on up; known only where a rule asks for it.
    pub above: Vec<AccountId>,
    /// The people sets they are in; known only where a rule asks for it.
    pub sets: HashSet<SetId>,
    /// What day it is where they are.
    pub today: Date,
    texts: [Option<String>; types::TEXTS.len()],
}

impl Person {
    pub fn new(account: Account, above: Vec<AccountId>, sets: HashSet<SetId>, today: Date) -> Self {
        let texts = types::TEXTS.map(|(_, field)| account.profile.get(field).map(crate::fold::key));
        Self {
            account,
            above,
            sets,
            today,
            texts,
        }
    }
}

/// What day it is at `now` where the person is: by their own time zone, or that of the workplace.
pub fn local_day(account: &Account, workplace: &Workplace, now: Moment) -> Date {
    now.day_in(&[account.profile.get(Field::TimeZone), Some(&workplace.time_zone)])
}

/// What rules ask of people besides their profile.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    up: bool,
    at_sets: bool,
}

impl Looks {
    /// What these conditions ask.
    pub fn of(conditions: &Conditions) -> Self {
        Self::by(&rules::keys(conditions))
    }

    /// What any rule of the workplace asks.
    pub async fn of_all(tx: &mut Tx, workplace: WorkplaceId) -> Result<Self> {
        let keys = [rules::LOOKS_UP.to_owned(), rules::LOOKS_AT_SETS.to_owned()];
        Ok(Self::by(&sql::mentioned(tx, workplace, &keys).await?))
    }

    fn by(keys: &[String]) -> Self {
        Self {
            up: keys.iter().any(|key| key == rules::LOOKS_UP),
            at_sets: keys.iter().any(|key| key == rules::LOOKS_AT_SETS),
        }
    }
}

/// The people behind the accounts, with what rules ask of them.
pub async fn people(
    tx: &mut Tx,
    workplace: &Workplace,
    looks: Looks,
    accounts: Vec<Account>,
    now: Moment,
) -> Result<Vec<Person>> {
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let above = if looks.up {
        let managers: HashSet<AccountId> = accounts.iter().filter_map(|a| a.profile.manager()).collect();
        accounts::above(tx, workplace.id, managers).await?
    } else {
        HashMap::new()
    };
    let mut sets: HashMap<AccountId, HashSet<SetId>> = HashMap::new();
    if looks.at_sets {
        for (account, set) in sets::of_accounts(tx, workplace.id, &ids).await? {
            sets.entry(account).or_default().insert(set);
        }
    }
    let mut zones: HashMap<Option<String>, Date> = HashMap::new();
    let mut people = Vec::with_capacity(accounts.len());
    for account in accounts {
        let zone = account.profile.get(Field::TimeZone).map(str::to_owned);
        let today = *zones
            .entry(zone)
            .or_insert_with(|| local_day(&account, workplace, now));
        let chain = rules::chain(account.profile.manager(), &above);
        let sets = sets.remove(&account.id).unwrap_or_default();
        people.push(Person::new(account, chain, sets, today));
    }
    Ok(people)
}

/// Keeps by which keys a rule is found, in place of those it had.
pub async fn keep(
    tx: &mut Tx,
    workplace: WorkplaceId,
    kind: RuleKind,
    rule: Uuid,
    conditions: &Conditions,
) -> Result<()> {
    sql::drop_keys(tx, workplace, rule).await?;
    sql::put_keys(tx, workplace, (kind, rule), &rules::keys(conditions)).await
}

/// Forgets a rule.
pub async fn forget(tx: &mut Tx, workplace: WorkplaceId, rule: Uuid) -> Result<()> {
    sql::drop_keys(tx, workplace, rule).await
}

/// The rules of a kind that these people may meet: all others they do not.
pub async fn candidates(
    tx: &mut Tx,
    workplace: WorkplaceId,
    kind: RuleKind,
    people: impl IntoIterator<Item = &Person>,
) -> Result<Vec<Uuid>> {
    let mut keys: Vec<String> = people.into_iter().flat_map(rules::keys_of).collect();
    keys.push(rules::EVERYBODY.to_owned());
    keys.sort_unstable();
    keys.dedup();
    sql::found(tx, workplace, kind, &keys).await
}

/// Whether some rule of the workplace looks at what people are at all.
pub async fn any(tx: &mut Tx, workplace: WorkplaceId) -> Result<bool> {
    sql::any(tx, workplace).await
}

/// The names of the people and sets that the conditions mention by id.
pub async fn names<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    all: &[&Conditions],
) -> Result<BTreeMap<String, String>> {
    let mut conn = conn.into();
    let ids = |wanted: fn(&ConditionField) -> bool| -> Vec<Uuid> {
        let tests = all.iter().flat_map(|conditions| conditions.every());
        let tests = tests.filter(|test| wanted(&test.field));
        let values = tests.flat_map(|test| &test.values);
        values.filter_map(|value| value.parse().ok()).collect()
    };
    let people: Vec<AccountId> = ids(|field| *field == ConditionField::Manager)
        .into_iter()
        .map(AccountId)
        .collect();
    let sets: Vec<SetId> = ids(|field| *field == ConditionField::Set)
        .into_iter()
        .map(SetId)
        .collect();
    let mut names = BTreeMap::new();
    for person in accounts::named(again(&mut conn), workplace, &people).await? {
        names.insert(person.id.to_string(), person.display_name);
    }
    for (id, name) in sets::names(again(&mut conn), workplace, &sets).await? {
        names.insert(id.to_string(), name);
    }
    Ok(names)
}

fn again<'b>(conn: &'b mut Conn<'_>) -> Conn<'b> {
    match conn {
        Conn::Db(db) => Conn::Db(db),
        Conn::Tx(tx) => Conn::Tx(tx),
    }
}

/// How somebody was, and how they are now; nothing, if they are new or gone.
pub type Step<'a> = (Option<&'a Account>, Option<&'a Account>);

/// Everybody who reports to those who are about to be gone for good, themselves or through others. Asked before they are.
pub(crate) async fn left_alone(
    tx: &mut Tx,
    workplace: WorkplaceId,
    steps: &[Step<'_>],
) -> Result<Vec<AccountId>> {
    let gone: Vec<AccountId> = steps
        .iter()
        .filter_map(|(before, after)| after.is_none().then_some((*before)?.id))
        .collect();
    if gone.is_empty() || !looks_up(tx, workplace).await? {
        return Ok(Vec::new());
    }
    accounts::below(tx, workplace, &gone).await
}

async fn looks_up(tx: &mut Tx, workplace: WorkplaceId) -> Result<bool> {
    let looked = [rules::LOOKS_UP.to_owned(), rules::LOOKS_AT_MANAGER.to_owned()];
    Ok(!sql::mentioned(tx, workplace, &looked).await?.is_empty())
}

/// Keeps the rules true after people changed, in the same transaction: theirs, and those of whoever reports to somebody who
/// got another manager. `others`: more people to look at.
pub(crate) async fn follow(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    steps: &[Step<'_>],
    others: Vec<AccountId>,
) -> Result<()> {
    let changed: Vec<&Account> = steps
        .iter()
        .filter(|step| rules::matters(step))
        .filter_map(|(_, after)| *after)
        .collect();
    if (changed.is_empty() && others.is_empty()) || !any(tx, actor.workplace).await? {
        return Ok(());
    }
    let moved: Vec<AccountId> = steps
        .iter()
        .filter(|(before, after)| {
            let manager = |account: Option<&Account>| account.and_then(|account| account.profile.manager());
            before.is_some() && after.is_some() && manager(*before) != manager(*after)
        })
        .filter_map(|(_, after)| after.map(|account| account.id))
        .collect();
    let mut others: HashSet<AccountId> = others.into_iter().collect();
    if !moved.is_empty() && looks_up(tx, actor.workplace).await? {
        others.extend(accounts::below(tx, actor.workplace, &moved).await?);
    }
    let mut accounts: Vec<Account> = changed.into_iter().cloned().collect();
    for account in &accounts {
        others.remove(&account.id);
    }
    let others: Vec<AccountId> = others.into_iter().collect();
    accounts.extend(accounts::load_ids(tx, actor.workplace, &others).await?);
    look(app, tx, actor, accounts).await
}

/// Keeps the rules true for people who were put into sets, or taken out. Nothing, where no rule looks at one of them.
pub(crate) async fn follow_sets(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    sets: &[SetId],
    people: &[AccountId],
) -> Result<()> {
    let keys: Vec<String> = sets.iter().map(|set| rules::looks_at_set(*set)).collect();
    if people.is_empty() || sql::mentioned(tx, actor.workplace, &keys).await?.is_empty() {
        return Ok(());
    }
    for some in people.chunks(STEP as usize) {
        let accounts = accounts::load_ids(tx, actor.workplace, some).await?;
        look(app, tx, actor, accounts).await?;
    }
    Ok(())
}

/// Looks at people by all rules.
pub(crate) async fn look(app: &App, tx: &mut Tx, actor: &Actor, mut accounts: Vec<Account>) -> Result<()> {
    accounts.retain(|account| account.state != AccountState::Deactivated);
    if accounts.is_empty() {
        return Ok(());
    }
    let workplace = workplaces::read(&mut *tx, actor.workplace).await?;
    let looks = Looks::of_all(tx, workplace.id).await?;
    let people = people(tx, &workplace, looks, accounts, app.now()).await?;
    groups::follow(app, tx, actor, &people).await?;
    invite_rules::follow(app, tx, actor, &workplace, &people).await
}
