use std::collections::BTreeSet;

use guildhall_store::Tx;
use guildhall_wire::sheet::{Confidence, Field};

use super::types::{By, Column, Counts, Mapping, Mode, Options, Run, RunState};
use super::{sql, told};
use crate::directory::{Directory, Sync};
use crate::ids::{FileId, RunId};
use crate::{App, Permission, Result, files};

/// Begins a run of a directory that is still to be read. Nothing: another is under way. A plan that waits for a person
/// is put away, for it would be told anew.
pub async fn begin_reading(
    app: &App,
    tx: &mut Tx,
    what: (&Directory, Sync),
    by: By,
    may: BTreeSet<Permission>,
) -> Result<Option<Run>> {
    let file = (FileId(uuid::Uuid::nil()), true);
    begin(app, tx, what, by, may, RunState::Reading, file).await
}

/// Begins a run of a directory whose lines are in a file. `file`: and whether they name everybody.
pub async fn begin_planning(
    app: &App,
    tx: &mut Tx,
    what: (&Directory, Sync),
    by: By,
    may: BTreeSet<Permission>,
    file: (FileId, bool),
) -> Result<Option<Run>> {
    begin(app, tx, what, by, may, RunState::Planning, file).await
}

/// Puts away the plan of a directory that waits for a person. False: a run is under way.
pub async fn put_away(tx: &mut Tx, directory: &Directory) -> Result<bool> {
    let open = sql::open_of(tx, directory.workplace, directory.id).await?;
    if open.iter().any(|run| run.state != RunState::Planned) {
        return Ok(false);
    }
    for mut run in open {
        run.state = RunState::Cancelled;
        files::delete(tx, run.workplace, run.file).await?;
        run.file = FileId(uuid::Uuid::nil());
        sql::put(tx, &run, None).await?;
    }
    Ok(true)
}

async fn begin(
    app: &App,
    tx: &mut Tx,
    (directory, sync): (&Directory, Sync),
    by: By,
    may: BTreeSet<Permission>,
    state: RunState,
    (file, whole): (FileId, bool),
) -> Result<Option<Run>> {
    if !put_away(tx, directory).await? {
        return Ok(None);
    }
    let now = app.now();
    let run = Run {
        id: RunId::new(&app.entropy, now),
        workplace: directory.workplace,
        file,
        file_name: directory.name.clone(),
        mode: if whole { Mode::Full } else { Mode::Add },
        state,
        mapping: mapping(directory),
        options: Options {
            invite_again: false,
            invite: directory.settings.invite,
            may,
        },
        counts: Counts::default(),
        brake: None,
        error: None,
        stage: "rows".into(),
        position: 0,
        rows_total: 0,
        created_by: by.account(),
        by,
        created_at: now,
        planned_at: None,
        applied_at: None,
        undone_at: None,
        directory: Some(directory.id),
        sync: Some(sync),
        tidied_at: None,
    };
    sql::put(tx, &run, None).await?;
    told(app, tx, &run).await?;
    Ok(Some(run))
}

/// The attributes of a directory as the columns of a list.
fn mapping(directory: &Directory) -> Mapping {
    let mapping = &directory.settings.mapping;
    let rules = mapping
        .rules
        .iter()
        .map(|rule| (rule.field, rule.attribute.clone()));
    let manager = mapping
        .manager
        .iter()
        .map(|name| (Field::ManagerName, name.clone()));
    let columns = rules
        .chain(manager)
        .enumerate()
        .map(|(index, (field, header))| Column {
            index,
            header,
            sample: Vec::new(),
            field: Some(field),
            confidence: Confidence::Sure,
        });
    Mapping {
        columns: columns.collect(),
        ..Mapping::default()
    }
}
