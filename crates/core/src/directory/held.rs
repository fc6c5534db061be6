//! What keeps a mistake in a directory from emptying its groups: before any is changed, it is counted what they would lose.
//! A person's word lets as much happen, once.

use std::collections::{HashMap, HashSet};
use std::fs::File;

use guildhall_store::Tx;

use super::groups::{Called, damaged};
use super::ldap::Group;
use super::roll::Groups;
use super::rules::Toll;
use super::{Directory, get, links, noted, sql};
use crate::accounts::{self, AccountState};
use crate::ids::{AccountId, DirectoryId, SetId};
use crate::sets::{self, Set};
use crate::{Actor, App, Error, Permission, Result, workplaces};

/// People who are looked up in one statement.
const STEP: usize = 1000;
/// Groups that are told by name.
const WORST: usize = 10;

/// Refuses to follow groups that would lose more than may go without a person's word, and keeps what that is.
///
/// # Errors
/// `brake`.
pub(super) async fn check(
    app: &App,
    directory: &Directory,
    file: &mut File,
    here: &HashMap<String, Set>,
) -> Result<()> {
    let toll = weigh(app, directory, file, here).await?;
    let bounds = workplaces::read(&app.db, directory.workplace)
        .await?
        .settings
        .brake();
    let before = sql::groups_held(&app.db, directory).await?;
    let lets = !toll.needs_a_word(bounds) || before.is_some_and(|before| before.lets(&toll));
    let mut tx = app.begin().await?;
    sql::hold_groups(&mut tx, directory, (!lets).then_some(&toll)).await?;
    tx.commit().await?;
    if lets {
        return Ok(());
    }
    Err(Error::Refused {
        code: "brake",
        message: toll.sentence(),
    })
}

/// Lets happen once what the brake holds.
///
/// # Errors
/// `not_held`, where it holds nothing.
pub async fn release(app: &App, actor: &Actor, id: DirectoryId) -> Result<()> {
    actor.need(Permission::PeopleImport)?;
    actor.need(Permission::PeopleDeactivate)?;
    let directory = get(&app.db, actor, id).await?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let Some(toll) = sql::groups_held(&mut tx, &directory).await? else {
        return Err(Error::Conflict {
            code: "not_held",
            message: "The brake holds no groups of this directory: there is nothing to let.".into(),
        });
    };
    let toll = Toll {
        allowed: true,
        ..toll
    };
    sql::forget_groups(&mut tx, &directory).await?;
    sql::hold_groups(&mut tx, &directory, Some(&toll)).await?;
    noted(app, &mut tx, actor, &directory, "release_groups").await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(())
}

async fn weigh(
    app: &App,
    directory: &Directory,
    file: &mut File,
    here: &HashMap<String, Set>,
) -> Result<Toll> {
    let mut called = HashMap::new();
    let mut groups = Groups::of(file).map_err(damaged)?;
    while let Some(group) = groups.read().map_err(damaged)? {
        let set = here.get(&group.key).map(|set| set.id);
        called.insert(links::name_digest(&group.dn), set);
    }
    let mut tx = app.db.snapshot().await?;
    let mut losses: Vec<(String, i64)> = Vec::new();
    let mut stay = HashSet::new();
    let mut groups = Groups::of(file).map_err(damaged)?;
    while let Some(group) = groups.read().map_err(damaged)? {
        if let Some(set) = here.get(&group.key) {
            stay.insert(set.id);
            let lost = loss(&mut tx, directory, (&group, set), &called, here).await?;
            losses.push((set.name.clone(), lost));
        }
    }
    let gone = here.values().filter(|set| !stay.contains(&set.id));
    let gone: Vec<(String, i64)> = gone.map(|set| (set.name.clone(), set.members)).collect();
    Ok(toll(here, losses, &gone))
}

fn toll(here: &HashMap<String, Set>, losses: Vec<(String, i64)>, gone: &[(String, i64)]) -> Toll {
    let mut worst: Vec<(String, i64)> = losses.into_iter().filter(|(_, lost)| *lost > 0).collect();
    worst.extend_from_slice(gone);
    let lost = worst.iter().map(|(_, lost)| lost).sum();
    worst.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    worst.truncate(WORST);
    Toll {
        lost,
        memberships: here.values().map(|set| set.members).sum(),
        gone: gone.len() as i64,
        groups: here.len() as i64,
        worst,
        allowed: false,
    }
}

/// How many people the set would lose, of those who have not left.
async fn loss(
    tx: &mut Tx,
    directory: &Directory,
    (group, set): (&Group, &Set),
    called: &HashMap<String, Option<SetId>>,
    here: &HashMap<String, Set>,
) -> Result<i64> {
    let Called { people, inner } = Called::by(tx, directory, group, called).await?;
    let (people, inner): (HashSet<AccountId>, HashSet<SetId>) =
        (people.into_iter().collect(), inner.into_iter().collect());
    let mut gone = sets::direct_members(tx, set).await?;
    gone.retain(|id| !people.contains(id));
    let mut lost = 0;
    for some in gone.chunks(STEP) {
        let found = accounts::load_ids(tx, set.workplace, some).await?;
        let left = |account: &&accounts::Account| account.state == AccountState::Deactivated;
        lost += (found.len() - found.iter().filter(left).count()) as i64;
    }
    for (id, _) in sets::nests_of(&mut *tx, set.workplace, set.id).await? {
        if !inner.contains(&id) {
            let within = here.values().find(|set| set.id == id);
            lost += within.map_or(0, |set| set.members);
        }
    }
    Ok(lost)
}
