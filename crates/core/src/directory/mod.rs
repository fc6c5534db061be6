//! The company's directories decide who is here. A directory is read, here or by an agent inside the company's network,
//! into lines of people ([`spool`]); from there on it is a run like that of a people file: planned, held by the brake,
//! applied, undone by [`crate::imports`]. This room knows which entry is which person.

pub mod groups;
mod held;
pub mod ldap;
pub mod links;
pub mod roll;
pub mod rules;
mod runs;
pub mod spool;
mod sql;
mod types;

use guildhall_store::{Db, Tx};
use guildhall_wire::directory::Person;

use crate::accounts::{self, Source, Voice};
use crate::ids::{AccountId, DirectoryId, WorkplaceId};
use crate::{Actor, App, Error, Permission, Result, access, audit, imports};

pub use held::release as release_groups;
pub use runs::{After, Pushed, after_run, agent_failed, failed, push, read, settle, start, undone, work};
pub(crate) use sql::connected;
pub use sql::people;
pub use types::{Directory, Settings, Sync, Via};

/// Entries that a preview shows.
const SAMPLES: usize = 10;

/// The directories of a workplace, by name.
pub async fn list(db: &Db, actor: &Actor) -> Result<Vec<Directory>> {
    actor.need(Permission::PeopleImport)?;
    sql::list(db, actor.workplace).await
}

pub async fn get(db: &Db, actor: &Actor, id: DirectoryId) -> Result<Directory> {
    actor.need(Permission::PeopleImport)?;
    sql::get(db, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("directory"))
}

/// Whoever says which directory is read could say that it holds anybody, a system admin too: who gives roles decides it.
pub(super) fn may_connect(actor: &Actor) -> Result<()> {
    actor.need(Permission::WorkplaceManage)?;
    actor.need(Permission::RolesManage)
}

/// Connects a directory. It reads nothing before it is told to; nothing is changed before somebody has seen a plan.
pub async fn create(
    app: &App,
    actor: &Actor,
    name: &str,
    settings: Settings,
    password: Option<&str>,
) -> Result<Directory> {
    may_connect(actor)?;
    access::proven(actor, app.now())?;
    let settings = rules::checked(settings)?;
    let name = rules::name(name)?;
    let now = app.now();
    let directory = Directory {
        id: DirectoryId::new(&app.entropy, now),
        workplace: actor.workplace,
        name,
        settings,
        has_password: false,
        cursor: None,
        next_at: None,
        checked_at: None,
        full_at: None,
        applied_at: None,
        trouble: None,
        created_at: now,
    };
    let mut tx = app.begin().await?;
    sql::insert(&mut tx, &directory, now).await?;
    set_password(app, &mut tx, &directory, password).await?;
    noted(app, &mut tx, actor, &directory, "connect").await?;
    tx.commit().await?;
    get(&app.db, actor, directory.id).await
}

/// What is to be altered of a directory.
#[derive(Clone, Debug, Default)]
pub struct Edit<'a> {
    pub name: Option<&'a str>,
    pub settings: Option<Settings>,
    /// Empty: none any more.
    pub password: Option<&'a str>,
    /// Whether it is read by itself.
    pub scheduled: Option<bool>,
}

/// Alters how a directory is read. Asked for other people, it is read anew from the beginning.
pub async fn edit(app: &App, actor: &Actor, id: DirectoryId, edit: Edit<'_>) -> Result<Directory> {
    may_connect(actor)?;
    let now = app.now();
    access::proven(actor, now)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let mut directory = sql::get(&mut tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("directory"))?;
    if let Some(name) = edit.name {
        directory.name = rules::name(name)?;
    }
    let mut reread = false;
    if let Some(settings) = edit.settings {
        let settings = rules::checked(settings)?;
        if rules::asks_for_others(&directory.settings, &settings) {
            // What a run read by the old settings must not count for the new ones.
            if !imports::put_away(&mut tx, &directory).await? {
                return Err(runs::busy());
            }
            directory.cursor = None;
        }
        // Whoever could point it elsewhere could have the password sent to themselves.
        if rules::goes_elsewhere(&directory.settings, &settings)
            && directory.has_password
            && edit.password.is_none()
        {
            return Err(Error::invalid(
                "password",
                "The server or the account that reads is another: enter the password again.",
            ));
        }
        reread |= directory.settings.groups != settings.groups || directory.settings.via != settings.via;
        directory.settings = settings;
    }
    if let Some(scheduled) = edit.scheduled {
        directory.next_at = scheduled.then_some(now);
        if scheduled && directory.settings.via == Via::Agent {
            return Err(Error::invalid(
                "scheduled",
                "The agent reads this directory: schedule it where it runs.",
            ));
        }
    }
    directory.trouble = None;
    sql::update(&mut tx, &directory, now).await?;
    set_password(app, &mut tx, &directory, edit.password).await?;
    if reread {
        sql::forget_groups(&mut tx, &directory).await?;
        groups::put_file(&mut tx, &directory, None).await?;
    }
    noted(app, &mut tx, actor, &directory, "edit").await?;
    tx.commit().await?;
    if reread && directory.settings.groups.is_none() {
        groups::forget(app, &directory).await?;
    }
    get(&app.db, actor, id).await
}

/// Takes a directory away. The people whom it brought stay as they are.
pub async fn delete(app: &App, actor: &Actor, id: DirectoryId) -> Result<()> {
    actor.need(Permission::WorkplaceManage)?;
    let directory = get(&app.db, actor, id).await?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    if !imports::put_away(&mut tx, &directory).await? {
        return Err(runs::busy());
    }
    groups::put_file(&mut tx, &directory, None).await?;
    sql::delete(&mut tx, actor.workplace, id).await?;
    noted(app, &mut tx, actor, &directory, "disconnect").await?;
    tx.commit().await?;
    groups::forget(app, &directory).await?;
    let gone = Voice {
        source: Source::Directory,
        of: Some(id.0),
    };
    accounts::release(app, actor, gone).await
}

async fn set_password(app: &App, tx: &mut Tx, directory: &Directory, password: Option<&str>) -> Result<()> {
    let Some(password) = password else { return Ok(()) };
    let sealed = (!password.is_empty()).then(|| app.sealer.seal(&app.entropy, &context(directory), password));
    sql::set_password(tx, directory, sealed).await
}

fn context(directory: &Directory) -> String {
    format!("directory {}", directory.id)
}

/// The password of the account that reads; empty when none was given.
async fn password(app: &App, directory: &Directory) -> Result<String> {
    let Some(sealed) = sql::password(&app.db, directory.workplace, directory.id).await? else {
        return Ok(String::new());
    };
    app.sealer
        .open(&context(directory), &sealed)
        .ok_or_else(|| Error::Refused {
            code: "directory_password",
            message: "The key of this installation is another since the password was kept: enter it again."
                .into(),
        })
}

async fn noted(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    directory: &Directory,
    verb: &'static str,
) -> Result<()> {
    let entry = audit::Entry {
        source: "admin",
        verb,
        subject: audit::Subject {
            kind: "directory",
            id: Some(directory.id.0),
            name: directory.name.clone(),
        },
        run: None,
        changes: Vec::new(),
    };
    let scope = audit::Scope {
        actor,
        now: app.now(),
    };
    audit::write(tx, &app.entropy, scope, entry).await
}

/// A step on the way to a directory, and how it went.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Step {
    pub title: &'static str,
    pub done: bool,
    pub detail: String,
}

/// What a look at a directory showed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    pub steps: Vec<Step>,
    /// The first people, as the mapping makes them, with the attributes that their entries have.
    pub people: Vec<(Person, Vec<String>)>,
}

/// Goes the whole way to a directory, step by step, and looks at its first entries. Nothing is kept or changed.
/// `id`: whose password is used when none is given.
pub async fn look(
    app: &App,
    actor: &Actor,
    id: Option<DirectoryId>,
    settings: Settings,
    given: Option<&str>,
) -> Result<Look> {
    actor.need(Permission::WorkplaceManage)?;
    let settings = rules::checked(settings)?;
    let known = match id {
        Some(id) => Some(get(&app.db, actor, id).await?),
        None => None,
    };
    let password = match (given, known) {
        (Some(given), _) => given.to_owned(),
        (None, Some(known)) if !rules::goes_elsewhere(&known.settings, &settings) => {
            password(app, &known).await?
        }
        (None, _) => String::new(),
    };
    Ok(spool::look(&settings, &password, app.now(), SAMPLES).await)
}

/// The account is gone: no entry is that person any more.
pub async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql::forget(tx, workplace, account).await
}
