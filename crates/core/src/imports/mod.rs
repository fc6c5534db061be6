//! A people file on its way in: what it would do, row by row; then done, going on after a crash where it was; and
//! undone, if it was wrong. Every change goes the one path of [`crate::accounts`].

mod apply;
mod begin;
mod entries;
mod feed;
mod photos;
mod plan;
mod result;
pub mod rules;
mod sql;
mod tidy;
mod types;
mod undo;
mod work;

use std::fs::File;

use guildhall_store::{Db, Tx};
use guildhall_wire::sheet::{self, Format, Hints, Sheet, SheetError};

use crate::ids::{DirectoryId, FileId, RunId};
use crate::{Actor, App, Error, Page, Permission, Result, audit, files, signals};

pub use begin::{begin_planning, begin_reading, put_away};
pub use result::result;
pub use sql::RowFilter;
pub use tidy::tidy;
pub use types::{
    By, Column, Counts, Mapping, Mode, Options, RowAction, RowFacts, RowProblem, RowStatus, Run, RunState,
};
pub use work::{work, work_on, work_reading};

/// Values of the first rows that are shown of a column.
const SAMPLES: usize = 5;
const MAX_NAME: usize = 200;

/// What the columns of a list probably are.
pub(crate) fn mapping_of<S: std::io::Read + std::io::Seek>(sheet: &Sheet<S>) -> Mapping {
    let header = sheet.header();
    let columns = sheet
        .guess()
        .into_iter()
        .enumerate()
        .map(|(index, guess)| Column {
            index,
            header: header.names.get(index).cloned().unwrap_or_default(),
            sample: header
                .samples
                .get(index)
                .map(|samples| samples.iter().take(SAMPLES).cloned().collect())
                .unwrap_or_default(),
            field: guess.field,
            confidence: guess.confidence,
        })
        .collect();
    let mut mapping = Mapping {
        header_line: header.line,
        columns,
        ..Mapping::default()
    };
    match sheet.format() {
        Format::Csv { encoding, delimiter } => {
            mapping.encoding = Some((*encoding).to_owned());
            mapping.delimiter = Some(delimiter.to_string());
        }
        Format::Xlsx { sheet, .. } => mapping.sheet = Some(sheet.clone()),
    }
    mapping
}

/// Whether a person should look at the columns before the list is planned.
fn is_clear(mapping: &Mapping) -> bool {
    let unsure =
        |column: &Column| column.confidence == sheet::Confidence::Unsure && !column.sample.is_empty();
    rules::usable(mapping).is_ok() && !mapping.columns.iter().any(unsure)
}

/// What the list is, and what its columns probably are.
async fn look_into(file: File, hints: Hints) -> Result<Mapping> {
    let read = tokio::task::spawn_blocking(move || sheet::open(file, &hints).map(|sheet| mapping_of(&sheet)));
    let read = read.await.map_err(|why| Error::Internal(why.to_string()))?;
    read.map_err(|why| {
        let field = match why {
            SheetError::UnknownEncoding(_) => "encoding",
            SheetError::BadDelimiter => "delimiter",
            _ => "file",
        };
        Error::invalid(field, why.to_string())
    })
}

/// Takes a list in. It is planned at once when it is clear what its columns are; else a person is to look at them.
///
/// # Errors
/// What kind of file it is and how to get a readable one, when it is no list.
pub async fn create(app: &App, actor: &Actor, name: &str, mode: Mode, mut file: File) -> Result<Run> {
    actor.need(Permission::PeopleImport)?;
    let opened = file.try_clone().map_err(|why| Error::Internal(why.to_string()))?;
    let mapping = look_into(opened, Hints::default()).await?;
    let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    let kept = files::keep(
        app,
        actor.workplace,
        (&name, "application/octet-stream"),
        &mut file,
    )
    .await?;
    let now = app.now();
    let clear = is_clear(&mapping);
    let run = Run {
        id: RunId::new(&app.entropy, now),
        workplace: actor.workplace,
        file: kept.id,
        file_name: name,
        mode,
        state: if clear {
            RunState::Planning
        } else {
            RunState::Mapping
        },
        mapping,
        options: Options {
            may: actor.permissions.clone(),
            ..Options::default()
        },
        counts: Counts::default(),
        brake: None,
        error: None,
        stage: "rows".into(),
        position: 0,
        rows_total: 0,
        created_by: actor.account(),
        by: By::of(actor),
        created_at: now,
        planned_at: None,
        applied_at: None,
        undone_at: None,
        directory: None,
        sync: None,
        tidied_at: None,
    };
    let mut tx = app.begin().await?;
    sql::put(&mut tx, &run, None).await?;
    noted(app, &mut tx, actor, (&run, "upload")).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(run)
}

/// Writes into the audit log what somebody asked for, and wakes who waits.
async fn noted(app: &App, tx: &mut Tx, actor: &Actor, (run, verb): (&Run, &'static str)) -> Result<()> {
    let entry = audit::Entry {
        source: "admin",
        verb,
        subject: audit::Subject {
            kind: "import",
            id: Some(run.id.0),
            name: run.file_name.clone(),
        },
        run: None,
        changes: Vec::new(),
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    told(app, tx, run).await
}

async fn told(app: &App, tx: &mut Tx, run: &Run) -> Result<()> {
    signals::send(tx, &app.entropy, app.now(), run.workplace, None, signals::IMPORT).await
}

/// One list.
pub async fn get(db: &Db, actor: &Actor, id: RunId) -> Result<Run> {
    actor.need(Permission::PeopleImport)?;
    sql::get(db, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("import"))
}

/// The lists that came in, or the runs of a directory, newest first.
pub async fn list(
    db: &Db,
    actor: &Actor,
    directory: Option<DirectoryId>,
    after: Option<RunId>,
    limit: i64,
) -> Result<Page<Run>> {
    actor.need(Permission::PeopleImport)?;
    sql::list(db, (actor.workplace, directory), after, limit).await
}

/// What is said of the rows, by line.
pub async fn rows(db: &Db, actor: &Actor, id: RunId, filter: &RowFilter) -> Result<Page<RowFacts>> {
    let run = get(db, actor, id).await?;
    sql::rows(db, &run, filter).await
}

/// Changes a run that nobody works on, if it is in one of these states.
async fn change(
    app: &App,
    actor: &Actor,
    id: RunId,
    from: &[RunState],
    alter: impl AsyncFnOnce(&mut Tx, &mut Run) -> Result<&'static str>,
) -> Result<Run> {
    actor.need(Permission::PeopleImport)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let mut run = sql::get(&mut tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("import"))?;
    if !from.contains(&run.state) {
        return Err(Error::Refused {
            code: "import_state",
            message: format!(
                "This list is \"{}\" by now: load the page again to see what can be done.",
                run.state.as_str()
            ),
        });
    }
    let verb = alter(&mut tx, &mut run).await?;
    run.by = By::of(actor);
    sql::put(&mut tx, &run, None).await?;
    noted(app, &mut tx, actor, (&run, verb)).await?;
    tx.commit().await?;
    app.bell.ring();
    Ok(run)
}

/// What somebody says of a list.
#[derive(Clone, Debug, Default)]
pub struct Said<'a> {
    /// What the column with that number is; absent: not used.
    pub columns: &'a [(usize, Option<sheet::Field>)],
    /// Invite at once who is added.
    pub invite: bool,
    /// The list is to be read with this between its cells, or in this encoding, and not as it was guessed.
    pub delimiter: Option<&'a str>,
    pub encoding: Option<&'a str>,
}

/// Says what the columns are, and whether those who are added are invited; the list is planned anew. Read in another
/// way and with no columns named, it may wait for a person to look at them.
pub async fn set_mapping(app: &App, actor: &Actor, id: RunId, said: &Said<'_>) -> Result<Run> {
    let from = [RunState::Mapping, RunState::Planned];
    let mut other = None;
    if said.delimiter.is_some() || said.encoding.is_some() {
        let run = get(&app.db, actor, id).await?;
        if from.contains(&run.state) {
            let mut hints = feed::hints(&run.mapping);
            // A delimiter that is no single byte is refused as one that nobody knows.
            let byte = |text: &str| match text.as_bytes() {
                [byte] => *byte,
                _ => 0,
            };
            hints.delimiter = said.delimiter.map(byte).or(hints.delimiter);
            hints.encoding = said.encoding.map(str::to_owned).or(hints.encoding);
            let file = files::open(&app.db, run.workplace, run.file).await?;
            other = Some(look_into(file, hints).await?);
        }
    }
    change(app, actor, id, &from, async |tx, run| {
        if said.invite {
            actor.need(Permission::PeopleInvite)?;
        }
        let looked_at = other.is_none() || !said.columns.is_empty();
        if let Some(other) = other {
            run.mapping = other;
        }
        for (index, field) in said.columns {
            if let Some(column) = run.mapping.columns.get_mut(*index) {
                column.field = *field;
                column.confidence = sheet::Confidence::Sure;
            }
        }
        run.state = RunState::Planning;
        if looked_at {
            rules::usable(&run.mapping).map_err(|why| Error::invalid("columns", why))?;
        } else if !is_clear(&run.mapping) {
            run.state = RunState::Mapping;
        }
        run.options.invite = said.invite;
        (run.position, run.counts, run.brake) = (0, Counts::default(), None);
        sql::drop_rows(tx, run).await?;
        Ok("plan")
    })
    .await
}

/// Does what was planned, in the background.
///
/// # Errors
/// `brake` when it would deactivate more people than may go without a person's word, unless `confirm_brake`.
pub async fn apply(app: &App, actor: &Actor, id: RunId, confirm_brake: bool) -> Result<Run> {
    change(app, actor, id, &[RunState::Planned], async |_, run| {
        if run.counts.deactivate > 0 || run.counts.reactivate > 0 {
            actor.need(Permission::PeopleDeactivate)?;
        }
        if run.counts.invite > 0 || run.options.invite {
            actor.need(Permission::PeopleInvite)?;
        }
        run.options.may.retain(|one| actor.may(*one));
        if let Some(brake) = &mut run.brake {
            if !confirm_brake {
                let advice = "Check that the list is complete; then confirm.";
                return Err(brake.refusal("this list", advice));
            }
            brake.confirmed = true;
        }
        run.state = RunState::Applying;
        (run.position, run.stage) = (0, "rows".into());
        Ok("apply")
    })
    .await
}

/// Puts a list away that was not applied.
pub async fn cancel(app: &App, actor: &Actor, id: RunId) -> Result<Run> {
    let from = [RunState::Mapping, RunState::Planned, RunState::Failed];
    change(app, actor, id, &from, async |tx, run| {
        run.state = RunState::Cancelled;
        files::delete(tx, run.workplace, run.file).await?;
        sql::drop_rows(tx, run).await?;
        run.file = FileId(uuid::Uuid::nil());
        Ok("cancel")
    })
    .await
}

/// Whether the run can be undone, or why not.
pub async fn undo_possible(db: &Db, run: &Run) -> Result<std::result::Result<(), &'static str>> {
    if run.state != RunState::Applied || run.applied_at.is_none() {
        return Ok(Err(
            "Only a list that was applied and changed somebody can be undone.",
        ));
    }
    let last = sql::last_applied(db, (run.workplace, run.directory)).await?;
    Ok(if last == Some(run.id) {
        Ok(())
    } else {
        Err("Only the list that was applied last can be undone.")
    })
}

/// Puts back what the last list changed, in the background; who has logged in since is kept. Whoever comes back and had
/// been invited has their old link again, or, with `invite_again`, gets a new one.
pub async fn undo(app: &App, actor: &Actor, id: RunId, invite_again: bool) -> Result<Run> {
    change(app, actor, id, &[RunState::Applied], async |tx, run| {
        if sql::last_applied(tx, (run.workplace, run.directory)).await? != Some(run.id) {
            return Err(Error::Refused {
                code: "not_last",
                message: "Only the list that was applied last can be undone.".into(),
            });
        }
        if run.counts.deactivate > 0 || run.counts.reactivate > 0 {
            actor.need(Permission::PeopleDeactivate)?;
        }
        if invite_again {
            actor.need(Permission::PeopleInvite)?;
        }
        run.options.invite_again = invite_again;
        run.options.may.retain(|one| actor.may(*one));
        run.state = RunState::Undoing;
        (run.position, run.stage) = (0, String::new());
        Ok("undo")
    })
    .await
}
