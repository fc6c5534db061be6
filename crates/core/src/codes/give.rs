use std::collections::HashMap;

use guildhall_store::Tx;

use super::sheets::Unprinted;
use super::{AccessCode, CodeState, hash, rules, sql};
use crate::accounts::bulk::{self, Decided, Item, Keys};
use crate::accounts::people::{self, Filter};
use crate::accounts::{self, Account, AccountState, Action, Change, Plan, ProfileField as Field, Verb};
use crate::ids::{AccountId, CodeId};
use crate::{
    Actor, App, Error, Moment, Permission, Result, access, audit, factors, fold, roles, signals, supervisors,
    workplaces,
};

/// The most people who are given codes at once.
const MOST: usize = 10_000;
/// The most whose codes stand on a screen: those who read them give them out at once, and nobody keeps the rest.
const MOST_SHOWN: usize = 200;
/// How many people are looked at at a time for whether they have a code.
const PAGE: i64 = 2000;

/// A code that was just made: its letters are here and nowhere else.
#[derive(Clone, Debug)]
pub struct Given {
    pub account: Account,
    /// Sixteen letters without gaps.
    pub code: String,
    pub expires_at: Moment,
}

/// Somebody who was given none, and the sentence that says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub name: String,
    pub why: String,
}

/// How codes of many come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onto {
    Screen,
    File,
}

impl Onto {
    fn room_for(self, people: usize) -> Result<()> {
        match self {
            Self::Screen if people > MOST_SHOWN => Err(Error::invalid(
                "format",
                format!(
                    "A screen shows the codes of {MOST_SHOWN} people at most: choose fewer, such as one department, or \
                     take them as a file."
                ),
            )),
            Self::File if people > MOST => Err(Error::invalid(
                "ids",
                format!("These are more than {MOST} people at once: choose fewer, such as one department."),
            )),
            _ => Ok(()),
        }
    }
}

/// Who is given codes.
#[derive(Clone, Debug)]
pub enum Whom {
    These(Vec<AccountId>),
    /// All who match and have no e-mail address.
    Matching(Filter),
    /// Everybody without an e-mail address who has not claimed their account and has no code that works; of one
    /// department, if one is named.
    Waiting(Option<String>),
}

/// Refuses who neither invites people nor looks after any.
pub fn need(actor: &Actor) -> Result<()> {
    if actor.may(Permission::PeopleSupervise) {
        return Ok(());
    }
    actor.need(Permission::PeopleInvite)
}

/// Whoever only looks after people finds nobody but their own.
async fn own_only(tx: &mut Tx, actor: &Actor, ids: Vec<AccountId>) -> Result<Vec<AccountId>> {
    if actor.may(Permission::PeopleInvite) {
        return Ok(ids);
    }
    let own: std::collections::HashSet<AccountId> =
        supervisors::own_of(tx, actor, &ids).await?.into_iter().collect();
    if own.len() < ids.len() {
        return Err(Error::NotFound(
            "You don't look after these people: ask an admin, or who does.".into(),
        ));
    }
    Ok(ids)
}

fn first_letter(app: &App, actor: &Actor) -> u8 {
    let digest = app
        .sealer
        .digest(&format!("first letter of codes\0{}", actor.workplace));
    rules::first_letter(&digest)
}

/// Makes a code for each of the plans that gives one.
async fn write(app: &App, tx: &mut Tx, actor: &Actor, accounts: Vec<Account>) -> Result<Vec<Given>> {
    let (now, first) = (app.now(), first_letter(app, actor));
    let expires_at = now.plus_days(rules::DAYS);
    let mut rows = Vec::with_capacity(accounts.len());
    let mut given = Vec::with_capacity(accounts.len());
    for account in accounts {
        let letters = super::make(&app.entropy, first);
        let code = AccessCode {
            id: CodeId::new(&app.entropy, now),
            workplace: account.workplace,
            account: account.id,
            state: CodeState::Live,
            created_at: now,
            created_by: actor.account(),
            expires_at,
            ended_at: None,
        };
        rows.push((code, hash(app, &letters)));
        given.push(Given {
            account,
            code: letters,
            expires_at,
        });
    }
    sql::put(tx, actor.workplace, &rows, now).await?;
    signals::send(tx, &app.entropy, now, actor.workplace, None, signals::INVITATION).await?;
    Ok(given)
}

/// A code takes the second factor of whoever comes back by it away: who gives one shows first who they are.
async fn proven_for(app: &App, tx: &mut Tx, actor: &Actor, people: &[Account]) -> Result<()> {
    let proven = access::proven(actor, app.now());
    if proven.is_ok() {
        return Ok(());
    }
    let is_in = |account: &&Account| account.state == AccountState::Claimed;
    for account in people.iter().filter(is_in) {
        if factors::of(tx, account.workplace, account.id).await?.strong() {
            return proven;
        }
    }
    Ok(())
}

/// Gives a person a new code, in place of any older.
///
/// # Errors
/// `without_email_off`, `has_email`, `no_employee_id`, `deactivated`, `role_beyond`; `prove_yourself` where they have a second
/// factor.
pub async fn give(app: &App, actor: &Actor, id: AccountId) -> Result<Given> {
    need(actor)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    own_only(&mut tx, actor, vec![id]).await?;
    let account = accounts::get(&mut tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("person"))?;
    let theirs = roles::permissions_of(&mut tx, account.workplace, &account.role).await?;
    if let Some(refusal) = people::beyond(&actor.permissions, &theirs, &account) {
        return Err(refusal.into());
    }
    proven_for(app, &mut tx, actor, std::slice::from_ref(&account)).await?;
    let policy = workplaces::read(&mut tx, actor.workplace)
        .await?
        .settings
        .policy();
    let change = Change::new(people::source(actor), Verb::GiveCode);
    let plan = accounts::plan(app, &mut tx, actor, accounts::Whom::Is(id), &change, &policy).await?;
    accounts::apply(app, &mut tx, actor, &plan).await?;
    let after = plan.after.ok_or_else(|| Error::not_found("person"))?;
    let mut given = write(app, &mut tx, actor, vec![after]).await?;
    tx.commit().await?;
    given.pop().ok_or_else(|| Error::not_found("person"))
}

/// Gives codes to many at once, all or none but those who are refused: by department, then by name.
///
/// # Errors
/// `nobody` when there is nobody to give one to, and why; `prove_yourself` where somebody has a second factor.
pub async fn give_many(
    app: &App,
    actor: &Actor,
    whom: &Whom,
    onto: Onto,
) -> Result<(Vec<Given>, Vec<Refused>)> {
    need(actor)?;
    let ids = chosen(app, actor, whom).await?;
    onto.room_for(ids.len())?;
    let mut tx = app.begin_long().await?;
    tx.lock(actor.workplace.0).await?;
    let ids = own_only(&mut tx, actor, ids).await?;
    let policy = workplaces::read(&mut tx, actor.workplace)
        .await?
        .settings
        .policy();
    let people = accounts::load_ids(&mut tx, actor.workplace, &ids).await?;
    proven_for(app, &mut tx, actor, &people).await?;
    let by_role = roles::all_permissions(&mut tx, actor.workplace).await?;
    let names: HashMap<AccountId, String> = people
        .iter()
        .map(|account| (account.id, account.name()))
        .collect();
    drop(people);
    let items = ids.iter().map(|id| Item {
        keys: Keys {
            account: Some(*id),
            ..Keys::default()
        },
        change: Change::new(people::source(actor), Verb::GiveCode),
        manager: None,
    });
    let veto = |_: usize, account: &Account| {
        let theirs = by_role.get(&account.role)?;
        people::beyond(&actor.permissions, theirs, account)
    };
    let decided = bulk::plan_all(app, &mut tx, actor, &policy, items.collect(), &veto).await?;
    let (mut plans, mut refused): (Vec<Plan>, Vec<Refused>) = (Vec::new(), Vec::new());
    for (id, decided) in ids.iter().zip(decided) {
        let why = match decided {
            Decided::Planned { plan, .. } => {
                plans.push(*plan);
                continue;
            }
            Decided::Refused(refusal) => refusal.message,
            Decided::Nobody | Decided::Several => Error::not_found("person").to_string(),
        };
        let name = names.get(id).cloned().unwrap_or_else(|| id.to_string());
        refused.push(Refused { name, why });
    }
    let mut after: Vec<Account> = plans
        .iter()
        .filter(|plan| plan.action == Action::CodeGiven)
        .filter_map(|plan| plan.after.clone())
        .collect();
    if after.is_empty() {
        return Err(nobody(&refused));
    }
    bulk::apply_all(app, &mut tx, actor, plans).await?;
    after.sort_by_cached_key(|account| {
        let department = account.profile.get(Field::Department).unwrap_or_default();
        (fold::sort_key(department), fold::sort_key(&account.name()))
    });
    let given = write(app, &mut tx, actor, after).await?;
    tx.commit().await?;
    Ok((given, refused))
}

/// Those who have not claimed their account and have no code that works; one more than may be given codes at once, at most.
async fn without_code(app: &App, actor: &Actor, department: Option<&str>) -> Result<Vec<AccountId>> {
    let mut waiting = Vec::new();
    let mut after = None;
    while waiting.len() <= MOST {
        let page =
            accounts::without_email(&app.db, actor.workplace, department, after.as_ref(), PAGE).await?;
        let ids: Vec<AccountId> = page.iter().map(|(_, id)| *id).collect();
        let known = super::newest(app, &app.db, actor.workplace, &ids).await?;
        let waits = |id: &AccountId| known.get(id).is_none_or(|code| code.state != CodeState::Live);
        waiting.extend(ids.into_iter().filter(waits));
        let Some(last) = page.into_iter().nth(PAGE as usize - 1) else {
            break;
        };
        after = Some(last);
    }
    waiting.truncate(MOST + 1);
    Ok(waiting)
}

/// Of the actor's own people, those who have not claimed their account and have no code that works.
async fn own_without_code(app: &App, actor: &Actor) -> Result<Vec<AccountId>> {
    let mut tx = app.begin().await?;
    let scope = supervisors::scope(&mut tx, actor).await?;
    let by = (scope.me, scope.locations.as_slice());
    let found = accounts::looked_after_waiting(&mut tx, actor.workplace, by, MOST as i64 + 1).await?;
    let known = super::newest(app, &mut tx, actor.workplace, &found).await?;
    let waits = |id: &AccountId| known.get(id).is_none_or(|code| code.state != CodeState::Live);
    Ok(found.into_iter().filter(waits).collect())
}

/// The people who are meant, each once.
async fn chosen(app: &App, actor: &Actor, whom: &Whom) -> Result<Vec<AccountId>> {
    let most = MOST as i64 + 1;
    let mut ids = match whom {
        Whom::These(ids) => ids.clone(),
        Whom::Matching(filter) => {
            actor.need(Permission::PeopleInvite)?;
            actor.need(Permission::PeopleRead)?;
            accounts::matching_ids(&app.db, actor.workplace, filter, None, most).await?
        }
        Whom::Waiting(_) if !actor.may(Permission::PeopleInvite) => own_without_code(app, actor).await?,
        Whom::Waiting(department) => without_code(app, actor, department.as_deref()).await?,
    };
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(*id));
    Ok(ids)
}

fn nobody(refused: &[Refused]) -> Error {
    let message = match refused.first() {
        Some(first) => format!("Nobody was given a code. {}", first.why),
        None => {
            "Nobody waits for a code: all have claimed their account, have one, or have an e-mail address."
                .into()
        }
    };
    Error::Refused {
        code: "nobody",
        message,
    }
}

/// How many people without an e-mail address have not claimed their account.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Overview {
    /// All of them.
    pub waiting: i64,
    /// Those who have no code that works; counted up to 10,001.
    pub without_code: i64,
    /// The departments that they are in, each with how many; those without one have an empty name.
    pub departments: Vec<DepartmentWaiting>,
}

/// A department of [`Overview`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct DepartmentWaiting {
    pub name: String,
    pub waiting: i64,
}

/// Who waits for a code, in numbers.
pub async fn overview(app: &App, actor: &Actor) -> Result<Overview> {
    actor.need(Permission::PeopleInvite)?;
    let departments = accounts::departments_without_email(&app.db, actor.workplace).await?;
    Ok(Overview {
        waiting: departments.iter().map(|(_, waiting)| waiting).sum(),
        without_code: without_code(app, actor, None).await?.len() as i64,
        departments: departments
            .into_iter()
            .map(|(name, waiting)| DepartmentWaiting { name, waiting })
            .collect(),
    })
}

/// Writes into the audit log that codes left: as what, of how many people, and what could not be printed.
pub async fn note_download(
    app: &App,
    actor: &Actor,
    (kind, people): (&str, usize),
    unprinted: Option<&Unprinted>,
) -> Result<()> {
    let entry = audit::Entry {
        source: people::source(actor).as_str(),
        verb: "download_codes",
        subject: audit::Subject {
            kind: "access_codes",
            id: None,
            name: format!("Codes of {people} people as {kind}"),
        },
        run: None,
        changes: unprinted.map(Unprinted::changes).unwrap_or_default(),
    };
    let now = app.now();
    let mut tx = app.begin().await?;
    audit::write(&mut tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the person's code back before it was used.
///
/// # Errors
/// `not_found` when there is none that works.
pub async fn revoke(app: &App, actor: &Actor, id: AccountId) -> Result<()> {
    need(actor)?;
    let now = app.now();
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    own_only(&mut tx, actor, vec![id]).await?;
    let account = accounts::get(&mut tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("person"))?;
    people::over(&mut tx, actor, &account).await?;
    if !sql::close(&mut tx, (actor.workplace, id), CodeState::Revoked, now).await? {
        return Err(Error::NotFound(format!(
            "{} has no access code that works.",
            account.name()
        )));
    }
    let entry = audit::Entry {
        source: people::source(actor).as_str(),
        verb: "revoke_code",
        subject: audit::Subject {
            kind: "account",
            id: Some(id.0),
            name: account.name(),
        },
        run: None,
        changes: Vec::new(),
    };
    audit::write(&mut tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    signals::send(
        &mut tx,
        &app.entropy,
        now,
        actor.workplace,
        None,
        signals::INVITATION,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
