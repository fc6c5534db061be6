//! Groups of a directory as sets of people: rules can use them, as those that an identity provider pushes. All of them are
//! read after each time that people were, and what differs is changed.

use std::collections::{HashMap, HashSet};
use std::fs::File;

use guildhall_store::Tx;

use super::ldap::Group;
use super::roll::{self, Groups, Roll};
use super::rules::Toll;
use super::{Directory, Via, get, held, links, password, sql};
use crate::accounts::Source;
use crate::ids::{AccountId, DirectoryId, FileId, SetId};
use crate::sets::{self, Owner, Set};
use crate::{Actor, ActorKind, App, Error, Moment, Permission, Result, files};

/// Names that are looked up in one statement.
const NAMES: usize = 1000;
/// Sets that are read at once.
const SETS: i64 = 500;

/// Reads the groups of the directories whose people were read since, and brings the sets to what they are.
pub async fn work(app: &App) -> Result<()> {
    for directory in sql::groups_due(&app.db).await? {
        let began = app.now();
        let mut tx = app.begin().await?;
        let ours = sql::claim_groups(&mut tx, &directory, began).await?;
        tx.commit().await?;
        if !ours {
            continue;
        }
        let trouble = match follow(app, &directory).await {
            Ok(()) => None,
            Err(why @ (Error::Internal(_) | Error::Store(_))) => return Err(why),
            Err(why) => Some(why.to_string()),
        };
        let mut tx = app.begin().await?;
        sql::note_groups(&mut tx, &directory, began, trouble).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The directory's own hand, for the audit log.
fn actor(directory: &Directory) -> Actor {
    Actor {
        kind: ActorKind::System,
        name: directory.name.clone(),
        ..Actor::command_line(directory.workplace)
    }
}

/// The groups as the server reads them, or as an agent pushed them. Nothing, if they are not asked for or none came.
async fn called(app: &App, directory: &Directory) -> Result<Option<Roll>> {
    let Some(base) = directory.settings.groups.as_deref() else {
        return Ok(None);
    };
    if directory.settings.via == Via::Server {
        let password = password(app, directory).await?;
        return Ok(Some(roll::read(&directory.settings, base, &password).await?));
    }
    let Some(kept) = sql::groups_file(&app.db, directory.workplace, directory.id).await? else {
        return Ok(None);
    };
    let mut file = files::open(&app.db, directory.workplace, kept).await?;
    let groups = roll::whole(&mut file).map_err(damaged)?;
    Ok(Some(Roll { file, groups }))
}

pub(super) fn damaged(why: String) -> Error {
    Error::Internal(format!("The groups of a directory can't be read again: {why}"))
}

async fn follow(app: &App, directory: &Directory) -> Result<()> {
    let Some(Roll { mut file, groups }) = called(app, directory).await? else {
        return Ok(());
    };
    if groups == 0 {
        // Nothing to read is taken for a mistake, not for the end of all groups.
        let base = directory.settings.groups.as_deref().unwrap_or_default();
        return Err(Error::Refused {
            code: "directory_groups",
            message: format!(
                "There is no group below \"{base}\" that the account may read: the people sets stay as they were."
            ),
        });
    }
    let owner = Owner {
        source: Source::Directory,
        id: directory.id.0,
    };
    let actor = actor(directory);
    let mut here = known(app, directory).await?;
    held::check(app, directory, &mut file, &here).await?;
    let mut sets: HashMap<String, Set> = HashMap::new();
    let mut found = Groups::of(&mut file).map_err(damaged)?;
    while let Some(group) = found.read().map_err(damaged)? {
        let mut tx = app.begin_long().await?;
        tx.lock(directory.workplace.0).await?;
        let name = (group.name.as_str(), Some(group.key.as_str()));
        let set = match here.remove(&group.key) {
            Some(mut set) => {
                sets::rename(app, &mut tx, &actor, &mut set, name).await?;
                set
            }
            None => sets::create(app, &mut tx, &actor, owner, name).await?,
        };
        tx.commit().await?;
        sets.insert(links::name_digest(&group.dn), set);
    }
    let called = sets
        .iter()
        .map(|(name, set)| (name.clone(), Some(set.id)))
        .collect();
    let mut found = Groups::of(&mut file).map_err(damaged)?;
    while let Some(group) = found.read().map_err(damaged)? {
        let mut tx = app.begin_long().await?;
        tx.lock(directory.workplace.0).await?;
        let named = Called::by(&mut tx, directory, &group, &called).await?;
        if let Some(set) = sets.get(&links::name_digest(&group.dn)) {
            members(app, &mut tx, &actor, named, set).await?;
        }
        tx.commit().await?;
    }
    for set in here.into_values() {
        let mut tx = app.begin_long().await?;
        tx.lock(directory.workplace.0).await?;
        sets::delete(app, &mut tx, &actor, &set).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Takes in the groups that an agent read; gives how many there are. They are followed when the people whom it pushes
/// next are here, and again after each time, until others are pushed. Nothing is taken that is not whole.
pub async fn push(app: &App, actor: &Actor, id: DirectoryId, mut file: File) -> Result<usize> {
    actor.need(Permission::PeopleImport)?;
    let directory = get(&app.db, actor, id).await?;
    if directory.settings.via != Via::Agent || directory.settings.groups.is_none() {
        return Err(Error::Refused {
            code: "directory_groups_unasked",
            message: "The groups of this directory are not asked for, or this server reads them itself: choose \"an agent\" and where the groups are in its settings before you push them.".into(),
        });
    }
    let checking = tokio::task::spawn_blocking(move || roll::whole(&mut file).map(|groups| (file, groups)));
    let checked = checking.await.map_err(|why| Error::Internal(why.to_string()))?;
    let (mut file, groups) = checked.map_err(|why| {
        Error::invalid(
            "lines",
            format!("What was sent can't be used: {why}. No group was changed."),
        )
    })?;
    let about = (directory.name.as_str(), "application/x-ndjson");
    let kept = files::keep(app, actor.workplace, about, &mut file).await?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    put_file(&mut tx, &directory, Some(kept.id)).await?;
    tx.commit().await?;
    Ok(groups)
}

/// Other groups, or none, are the ones to follow from now on.
pub(super) async fn put_file(tx: &mut Tx, directory: &Directory, file: Option<FileId>) -> Result<()> {
    let place = (directory.workplace, directory.id);
    if let Some(old) = sql::groups_file(&mut *tx, place.0, place.1).await? {
        files::delete(tx, directory.workplace, old).await?;
    }
    sql::set_groups_file(tx, place, file).await
}

/// The sets of the directory, by the keys of their groups.
async fn known(app: &App, directory: &Directory) -> Result<HashMap<String, Set>> {
    let mut known = HashMap::new();
    let mut after = None;
    loop {
        let page = sets::list(&app.db, directory.workplace, directory.id.0, after, SETS).await?;
        let Some(last) = page.last() else { return Ok(known) };
        after = Some(last.id);
        known.extend(
            page.into_iter()
                .filter_map(|set| Some((set.external_id.clone()?, set))),
        );
    }
}

/// Whom a group names: people who are here, and groups of the directory that are sets.
pub(super) struct Called {
    pub people: Vec<AccountId>,
    pub inner: Vec<SetId>,
}

impl Called {
    /// `called`: the groups of the directory by the digests of their names, with the sets that they are.
    pub async fn by(
        tx: &mut Tx,
        directory: &Directory,
        group: &Group,
        called: &HashMap<String, Option<SetId>>,
    ) -> Result<Self> {
        let own = links::name_digest(&group.dn);
        let names: HashSet<String> = group.members.iter().map(|dn| links::name_digest(dn)).collect();
        let sets = names.iter().filter(|name| **name != own);
        let inner = sets
            .filter_map(|name| called.get(name).copied().flatten())
            .collect();
        let others: Vec<String> = names
            .into_iter()
            .filter(|name| !called.contains_key(name))
            .collect();
        let mut people = Vec::new();
        for some in others.chunks(NAMES) {
            let place = (directory.workplace, directory.id);
            let found = links::by_name(tx, place, some.to_vec()).await?;
            people.extend(found.into_values().map(|link| link.account));
        }
        Ok(Self { people, inner })
    }
}

/// Has exactly those in the set whom its group names.
async fn members(app: &App, tx: &mut Tx, actor: &Actor, named: Called, set: &Set) -> Result<()> {
    // Others may have changed it since it was read.
    let now = sets::get(&mut *tx, set.workplace, set.owner.id, set.id).await?;
    let mut set = now.unwrap_or_else(|| set.clone());
    sets::put_in(app, tx, actor, &mut set, (&named.inner, true)).await?;
    sets::replace(app, tx, actor, &mut set, &named.people).await?;
    Ok(())
}

/// Takes the sets of a directory away that is disconnected, or whose groups are no longer asked for.
pub async fn forget(app: &App, directory: &Directory) -> Result<()> {
    let actor = actor(directory);
    for set in known(app, directory).await?.into_values() {
        let mut tx = app.begin_long().await?;
        sets::delete(app, &mut tx, &actor, &set).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// When the groups were read last, and why that came to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub at: Option<Moment>,
    pub trouble: Option<String>,
    /// How many people sets there are of it.
    pub sets: i64,
    /// What the brake holds.
    pub held: Option<Toll>,
}

/// What became of the groups of a directory.
pub async fn seen(app: &App, directory: &Directory) -> Result<Seen> {
    Ok(Seen {
        sets: sets::count_of(&app.db, directory.workplace, directory.id.0).await?,
        held: sql::groups_held(&app.db, directory)
            .await?
            .filter(|toll| !toll.allowed),
        ..sql::groups_seen(&app.db, directory).await?
    })
}
