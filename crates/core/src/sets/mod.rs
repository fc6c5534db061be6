//! Sets of people that a directory keeps: groups pushed by an identity provider, or read from a directory. Rules can use
//! them, and people see those that were made into groups.

mod nests;
mod sql;

use std::collections::HashSet;

use guildhall_store::Tx;

use crate::accounts::{self, Source};
use crate::groups::{self, Group};
use crate::ids::{AccountId, GroupId, SetId, WorkplaceId};
use crate::{Actor, App, Error, Moment, Result, audit, conditions};

pub use nests::{known as known_sets, put_in, take_out};
pub use sql::{
    by_external, by_name, count_of, find, forget, get, list, members, names, nests_of, of_accounts, of_people,
};

/// The most characters of a name; a group that people see has fewer.
const MAX_NAME: usize = 300;
const MAX_GROUP_NAME: usize = 80;
/// People who are added to, or taken out of, a group in one step.
const STEP: usize = 1000;

/// Who keeps a set: a connector or a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub source: Source,
    pub id: uuid::Uuid,
}

/// One set of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    pub id: SetId,
    pub workplace: WorkplaceId,
    pub owner: Owner,
    /// What its owner calls it.
    pub external_id: Option<String>,
    pub name: String,
    /// The group that people see of it.
    pub group: Option<GroupId>,
    pub members: i64,
    pub created_at: Moment,
    pub updated_at: Moment,
    pub version: i64,
}

/// What a change of members did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    pub added: u64,
    pub removed: u64,
}

fn checked(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.contains('\0') {
        return Err(Error::invalid(
            "displayName",
            "Give the group a name of at most 300 characters.",
        ));
    }
    Ok(name.to_owned())
}

async fn note(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    set: &Set,
    verb: &'static str,
    changes: Vec<audit::FieldChange>,
) -> Result<()> {
    let entry = audit::Entry {
        source: set.owner.source.as_str(),
        verb,
        subject: audit::Subject {
            kind: "set",
            id: Some(set.id.0),
            name: set.name.clone(),
        },
        run: None,
        changes,
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await
}

fn change(field: &'static str, before: Option<&str>, after: Option<&str>) -> audit::FieldChange {
    audit::FieldChange {
        field: field.into(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
        was_from: None,
    }
}

/// Makes a set with nobody in it.
pub async fn create(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    owner: Owner,
    (name, external_id): (&str, Option<&str>),
) -> Result<Set> {
    let now = app.now();
    let set = Set {
        id: SetId::new(&app.entropy, now),
        workplace: actor.workplace,
        owner,
        external_id: external_id.map(str::to_owned),
        name: checked(name)?,
        group: None,
        members: 0,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    sql::put(tx, &set).await?;
    note(
        app,
        tx,
        actor,
        &set,
        "create",
        vec![change("name", None, Some(&set.name))],
    )
    .await?;
    Ok(set)
}

/// Calls a set something else; its group goes with it. An unchanged one is left alone.
pub async fn rename(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    set: &mut Set,
    (name, external_id): (&str, Option<&str>),
) -> Result<bool> {
    let name = checked(name)?;
    if name == set.name && external_id == set.external_id.as_deref() {
        return Ok(false);
    }
    let changes = vec![change("name", Some(&set.name), Some(&name))];
    set.name = name;
    set.external_id = external_id.map(str::to_owned);
    bump(app, tx, set).await?;
    sql::put(tx, set).await?;
    note(app, tx, actor, set, "update", changes).await?;
    if let Some(group) = set.group {
        groups::rename_within(app, tx, actor, group, &group_name(&set.name)).await?;
    }
    Ok(true)
}

/// From here until the transaction ends, nobody else changes the set.
async fn bump(app: &App, tx: &mut Tx, set: &mut Set) -> Result<()> {
    set.updated_at = app.now();
    set.version = sql::bump(tx, set).await?;
    Ok(())
}

/// Those of `ids` who are here; refuses, naming the first few who are not.
async fn known(tx: &mut Tx, set: &Set, ids: &[AccountId]) -> Result<Vec<AccountId>> {
    let mut wanted = ids.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut here = HashSet::with_capacity(wanted.len());
    for some in wanted.chunks(STEP) {
        here.extend(accounts::present_ids(&mut *tx, set.workplace, some).await?);
    }
    if here.len() < wanted.len() {
        let missing: Vec<String> = wanted
            .iter()
            .filter(|id| !here.contains(id))
            .take(3)
            .map(ToString::to_string)
            .collect();
        return Err(Error::invalid(
            "members",
            format!(
                "There is nobody here with the id {}: add that person first.",
                missing.join(", ")
            ),
        ));
    }
    Ok(wanted)
}

/// Those who are in a set by name, not by a set within it.
pub async fn direct_members(tx: &mut Tx, set: &Set) -> Result<Vec<AccountId>> {
    let all = sql::present(tx, set).await?;
    Ok(all
        .into_iter()
        .filter(|(_, direct)| *direct)
        .map(|(id, _)| id)
        .collect())
}

/// Adds people. Others who are added or removed in the same moment are not lost.
pub async fn add(app: &App, tx: &mut Tx, actor: &Actor, set: &mut Set, ids: &[AccountId]) -> Result<Moved> {
    let ids = known(tx, set, ids).await?;
    if sql::made_direct(tx, set, &ids, true).await? > 0 {
        bump(app, tx, set).await?;
    }
    let added = sql::add(tx, set, (&ids, true), app.now()).await?;
    let done = moved(app, tx, actor, set, (&ids, added), (&[], 0)).await?;
    nests::around(app, tx, actor, set).await?;
    Ok(done)
}

/// Takes people out; those who are not in are left alone.
pub async fn remove(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    set: &mut Set,
    ids: &[AccountId],
) -> Result<Moved> {
    drop_direct(app, tx, actor, set, ids).await
}

/// Takes people out who were in by name. Whoever is in a set within it stays.
async fn drop_direct(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    set: &mut Set,
    ids: &[AccountId],
) -> Result<Moved> {
    if !sql::nests(&mut *tx, set.workplace, set.id).await?.is_empty() {
        if sql::made_direct(tx, set, ids, false).await? > 0 {
            bump(app, tx, set).await?;
        }
        return nests::spread(app, tx, actor, set).await;
    }
    let removed = sql::remove(tx, set, ids).await?;
    let done = moved(app, tx, actor, set, (&[], 0), (ids, removed)).await?;
    nests::around(app, tx, actor, set).await?;
    Ok(done)
}

/// Has exactly these people in it from now on.
pub async fn replace(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    set: &mut Set,
    ids: &[AccountId],
) -> Result<Moved> {
    let wanted = known(tx, set, ids).await?;
    let now: HashSet<AccountId> = direct_members(tx, set).await?.into_iter().collect();
    let to_be: HashSet<AccountId> = wanted.iter().copied().collect();
    let gone: Vec<AccountId> = now.difference(&to_be).copied().collect();
    let new: Vec<AccountId> = to_be.difference(&now).copied().collect();
    let out = drop_direct(app, tx, actor, set, &gone).await?;
    let into = add(app, tx, actor, set, &new).await?;
    Ok(Moved {
        added: into.added + out.added,
        removed: into.removed + out.removed,
    })
}

async fn moved(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    set: &mut Set,
    (new, added): (&[AccountId], u64),
    (gone, removed): (&[AccountId], u64),
) -> Result<Moved> {
    if added + removed == 0 {
        return Ok(Moved::default());
    }
    set.members += added as i64 - removed as i64;
    bump(app, tx, set).await?;
    sql::count(tx, set, added as i64 - removed as i64).await?;
    let people = |count: u64| (count > 0).then(|| format!("{count} people"));
    let told = change("members", people(removed).as_deref(), people(added).as_deref());
    note(app, tx, actor, set, "members", vec![told]).await?;
    if let Some(group) = group_of(tx, actor, set).await? {
        // Out of an archived one, too: it may come back, and they must not come back with it.
        for some in gone.chunks(STEP) {
            groups::remove_within(app, tx, actor, &group, some).await?;
        }
        if group.archived_at.is_none() {
            put_into(app, tx, actor, &group, new).await?;
        }
    }
    let people: Vec<AccountId> = new.iter().chain(gone).copied().collect();
    conditions::follow_sets(app, tx, actor, &[set.id], &people).await?;
    Ok(Moved { added, removed })
}

/// The group that was made of the set, archived or not.
async fn group_of(tx: &mut Tx, actor: &Actor, set: &Set) -> Result<Option<Group>> {
    match set.group {
        Some(id) => groups::get_within(tx, actor, id).await,
        None => Ok(None),
    }
}

async fn put_into(app: &App, tx: &mut Tx, actor: &Actor, group: &Group, people: &[AccountId]) -> Result<()> {
    for some in people.chunks(STEP) {
        groups::add_within(app, tx, actor, group, some, false).await?;
    }
    Ok(())
}

/// A group comes back from the archive: whoever came into its set meanwhile is in it.
pub async fn group_came_back(app: &App, tx: &mut Tx, actor: &Actor, group: &Group) -> Result<()> {
    for set in sql::of_group(&mut *tx, group.workplace, group.id).await? {
        let people = sql::all_members(tx, &set).await?;
        put_into(app, tx, actor, group, &people).await?;
    }
    Ok(())
}

/// Somebody who had left is back: they are in the groups of the sets that they are in. Those who are deactivated are put
/// into none.
pub async fn person_came_back(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    (workplace, account): (WorkplaceId, AccountId),
) -> Result<()> {
    // Whoever may reactivate need not be one who manages groups.
    let actor = Actor {
        kind: actor.kind,
        ..Actor::system(workplace, &actor.name)
    };
    for id in sql::groups_of(&mut *tx, workplace, account).await? {
        let group = groups::get_within(tx, &actor, id).await?;
        if let Some(group) = group.filter(|group| group.archived_at.is_none()) {
            put_into(app, tx, &actor, &group, &[account]).await?;
        }
    }
    Ok(())
}

fn group_name(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_GROUP_NAME)
        .collect();
    name.trim().to_owned()
}

/// Makes the set into a group that people see, with the same people in it; or brings that group back.
pub async fn show(app: &App, tx: &mut Tx, actor: &Actor, set: &mut Set) -> Result<()> {
    let group = if let Some(mut group) = group_of(tx, actor, set).await? {
        if group.archived_at.is_some() {
            groups::archive_within(app, tx, actor, &mut group, false).await?;
        }
        group
    } else {
        let input = groups::Input {
            name: group_name(&set.name),
            description: String::new(),
            kind: groups::Kind::Teams,
            privacy: groups::Privacy::Closed,
            is_default: false,
        };
        groups::create_within(app, tx, actor, input).await?
    };
    set.group = Some(group.id);
    sql::put(tx, set).await?;
    let people = sql::all_members(tx, set).await?;
    put_into(app, tx, actor, &group, &people).await
}

/// Archives the group that people see of the set.
pub async fn hide(app: &App, tx: &mut Tx, actor: &Actor, set: &Set) -> Result<()> {
    let group = group_of(tx, actor, set).await?;
    if let Some(mut group) = group.filter(|group| group.archived_at.is_none()) {
        groups::archive_within(app, tx, actor, &mut group, true).await?;
    }
    Ok(())
}

/// Removes a set; the group that people saw of it is archived, not lost.
pub async fn delete(app: &App, tx: &mut Tx, actor: &Actor, set: &Set) -> Result<()> {
    hide(app, tx, actor, set).await?;
    let people = sql::all_members(tx, set).await?;
    let outer = sql::around(tx, set).await?;
    sql::delete(tx, set).await?;
    conditions::follow_sets(app, tx, actor, &[set.id], &people).await?;
    for id in outer {
        if let Some(mut outer) = sql::get(&mut *tx, set.workplace, set.owner.id, id).await? {
            nests::spread(app, tx, actor, &mut outer).await?;
        }
    }
    note(
        app,
        tx,
        actor,
        set,
        "delete",
        vec![change("name", Some(&set.name), None)],
    )
    .await
}

/// Takes a person out of all sets of one owner.
pub async fn leave_all(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    owner: Owner,
    account: AccountId,
) -> Result<()> {
    let sets = sql::of_people(&mut *tx, actor.workplace, owner.id, &[account]).await?;
    for (_, id, _, _) in sets {
        if let Some(mut set) = sql::get(&mut *tx, actor.workplace, owner.id, id).await? {
            remove(app, tx, actor, &mut set, &[account]).await?;
        }
    }
    Ok(())
}
