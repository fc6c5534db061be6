//! Runs of a directory: when they begin, what they read, and what is known of the directory after them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Seek as _, SeekFrom};

use guildhall_store::Tx;
use guildhall_wire::directory::{Line, read_line};

use super::ldap::Cursor;
use super::{Directory, Sync, Via, get, noted, password, rules, spool, sql};
use crate::ids::DirectoryId;
use crate::imports::{self, By, Run};
use crate::{Actor, App, Error, Permission, Result, files};

/// Begins to read a directory: everybody, or what changed since.
pub async fn start(app: &App, actor: &Actor, id: DirectoryId, full: bool) -> Result<Run> {
    actor.need(Permission::PeopleImport)?;
    let directory = get(&app.db, actor, id).await?;
    if directory.settings.via == Via::Agent {
        return Err(Error::Refused {
            code: "directory_agent",
            message: "The agent reads this directory: run \"guildhall sync\" where it is installed.".into(),
        });
    }
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let sync = Sync {
        full: full || rules::reads_all(&directory, app.now()),
        scheduled: false,
        cursor: None,
    };
    let run = imports::begin_reading(app, &mut tx, (&directory, sync), By::of(actor), rights(actor)).await?;
    let run = run.ok_or_else(busy)?;
    noted(app, &mut tx, actor, &directory, "sync").await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(run)
}

fn everything() -> BTreeSet<Permission> {
    Permission::ALL.into_iter().collect()
}

/// Whom a run that somebody asks for may change: everybody, where they could connect a directory themselves; else whom they
/// may change by hand.
fn rights(actor: &Actor) -> BTreeSet<Permission> {
    if super::may_connect(actor).is_ok() {
        return everything();
    }
    actor.permissions.clone()
}

pub(super) fn busy() -> Error {
    Error::Conflict {
        code: "directory_busy",
        message: "A run of this directory is under way: wait until it is done.".into(),
    }
}

/// Begins to read the directories whose time has come, and reads those that wait for it.
pub async fn work(app: &App) -> Result<()> {
    while sql::any_due(&app.db, app.now()).await? {
        let mut tx = app.begin().await?;
        let now = app.now();
        let Some(mut directory) = sql::due(&mut tx, now).await? else {
            break;
        };
        directory.next_at = rules::next(&directory.settings, now);
        sql::update(&mut tx, &directory, now).await?;
        let sync = Sync {
            full: rules::reads_all(&directory, now),
            scheduled: true,
            cursor: None,
        };
        let by = By::system(&directory.name);
        imports::begin_reading(app, &mut tx, (&directory, sync), by, everything()).await?;
        tx.commit().await?;
    }
    imports::work_reading(app).await
}

/// Reads what a run is to read, into a file.
pub async fn read(app: &App, run: &Run) -> Result<spool::Spool> {
    let directory = of(app, run).await?;
    let since = match &run.sync {
        Some(sync) if !sync.full => directory.cursor.clone(),
        _ => None,
    };
    let password = password(app, &directory).await?;
    Ok(spool::read(directory.settings, password, since, app.now()).await?)
}

async fn of(app: &App, run: &Run) -> Result<Directory> {
    let found = match run.directory {
        Some(id) => sql::get(&app.db, run.workplace, id).await?,
        None => None,
    };
    found.ok_or_else(|| Error::not_found("directory"))
}

/// What an agent read and sends.
#[derive(Clone, Debug, Default)]
pub struct Pushed {
    /// Everybody who is there is named: whoever is not has left.
    pub whole: bool,
    /// All entries were read, not only what changed.
    pub full: bool,
    /// Up to where it was read, as the agent is given it the next time.
    pub cursor: Option<String>,
}

/// Takes in what an agent read. Nothing is taken that is not whole.
pub async fn push(app: &App, actor: &Actor, id: DirectoryId, pushed: Pushed, mut file: File) -> Result<Run> {
    actor.need(Permission::PeopleImport)?;
    let directory = get(&app.db, actor, id).await?;
    if directory.settings.via != Via::Agent {
        return Err(Error::Refused {
            code: "directory_server",
            message:
                "This server reads the directory itself: choose \"an agent\" in its settings before you push."
                    .into(),
        });
    }
    let cursor: Option<Cursor> = match pushed.cursor.as_deref() {
        None => None,
        Some(text) => Some(serde_json::from_str(text).map_err(|_| {
            Error::invalid(
                "cursor",
                "This is no cursor: send it as this program's agent does.",
            )
        })?),
    };
    let checking = tokio::task::spawn_blocking(move || whole(&mut file).map(|()| file));
    let mut file = checking.await.map_err(|why| Error::Internal(why.to_string()))??;
    let kept = files::keep(
        app,
        actor.workplace,
        (&directory.name, "application/x-ndjson"),
        &mut file,
    )
    .await?;
    let sync = Sync {
        full: pushed.full,
        scheduled: true,
        cursor,
    };
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let what = (&directory, sync);
    let run = imports::begin_planning(
        app,
        &mut tx,
        what,
        By::of(actor),
        rights(actor),
        (kept.id, pushed.whole),
    )
    .await?;
    let Some(run) = run else {
        files::delete(&mut tx, actor.workplace, kept.id).await?;
        tx.commit().await?;
        return Err(busy());
    };
    noted(app, &mut tx, actor, &directory, "sync").await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(run)
}

/// Notes why an agent could not read or push, for whoever looks after the directory; what it pushed before stays.
pub async fn agent_failed(app: &App, actor: &Actor, id: DirectoryId, why: &str) -> Result<()> {
    actor.need(Permission::PeopleImport)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let directory = sql::get(&mut tx, actor.workplace, id)
        .await?
        .filter(|directory| directory.settings.via == Via::Agent)
        .ok_or_else(|| Error::not_found("directory that an agent reads"))?;
    let directory = Directory {
        trouble: Some(rules::told_by_agent(why)),
        ..directory
    };
    sql::update(&mut tx, &directory, app.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Reads all lines once; an error where one is none, or the last is missing.
fn whole(file: &mut File) -> Result<()> {
    let wrong = |why: &dyn std::fmt::Display| {
        Error::invalid(
            "lines",
            format!("What was sent can't be used: {why}. Nobody was changed."),
        )
    };
    file.seek(SeekFrom::Start(0)).map_err(|why| wrong(&why))?;
    let (mut from, mut buffer, mut number) = (BufReader::new(&mut *file), Vec::new(), 0);
    let mut ended = false;
    while let Some(line) = read_line(&mut from, &mut buffer, number).map_err(|why| wrong(&why))? {
        if ended {
            return Err(wrong(&"there are lines behind the last one"));
        }
        match line {
            Line::End { lines } if lines == number => ended = true,
            Line::End { lines } => {
                return Err(wrong(&format!(
                    "the last line speaks of {lines} lines, and {number} came"
                )));
            }
            _ => number += 1,
        }
    }
    if ended {
        Ok(())
    } else {
        Err(wrong(&"the last line is missing, so that it may be only a part"))
    }
}

/// Notes up to where a directory is known, in the transaction that ends a run. `applied`: it changed somebody.
pub async fn settle(app: &App, tx: &mut Tx, run: &Run, applied: bool) -> Result<()> {
    let Some(mut directory) = directory_of(tx, run).await? else {
        return Ok(());
    };
    let now = app.now();
    let sync = run.sync.clone().unwrap_or_default();
    directory.checked_at = Some(now);
    directory.trouble = None;
    if sync.full {
        directory.full_at = Some(run.created_at);
    }
    if applied {
        directory.applied_at = Some(now);
    }
    directory.cursor = sync.cursor;
    sql::update(tx, &directory, now).await
}

async fn directory_of(tx: &mut Tx, run: &Run) -> Result<Option<Directory>> {
    match run.directory {
        Some(id) => sql::get(&mut *tx, run.workplace, id).await,
        None => Ok(None),
    }
}

/// What becomes of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Apply,
    Wait,
}

/// Whether a plan waits for a person.
pub async fn after_run(tx: &mut Tx, run: &Run) -> Result<After> {
    let directory = directory_of(tx, run).await?;
    let applies = directory.is_some_and(|directory| rules::applies_itself(&directory, run.brake.is_some()));
    Ok(if applies { After::Apply } else { After::Wait })
}

/// Notes why a run came to nothing.
pub async fn failed(app: &App, tx: &mut Tx, run: &Run) -> Result<()> {
    let Some(mut directory) = directory_of(tx, run).await? else {
        return Ok(());
    };
    let now = app.now();
    directory.checked_at = Some(now);
    directory.trouble.clone_from(&run.error);
    sql::update(tx, &directory, now).await
}

/// A run was undone: the directory is not read by itself any more, or it would do the same again. Whoever starts it
/// again reads everybody.
pub async fn undone(app: &App, tx: &mut Tx, run: &Run) -> Result<()> {
    let Some(mut directory) = directory_of(tx, run).await? else {
        return Ok(());
    };
    directory.next_at = None;
    directory.cursor = None;
    directory.trouble = Some("A run was undone, so the directory is not read by itself any more. Correct what was wrong there, then turn its schedule on again.".into());
    sql::update(tx, &directory, app.now()).await
}
