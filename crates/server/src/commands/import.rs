use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use guildhall_core::ids::RunId;
use guildhall_core::imports::{self, Mode, RowFilter, RowStatus, Run, RunState, Said};
use guildhall_core::{Actor, App};
use serde_json::json;

use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome};

/// Invalid rows that are told on the screen.
const TOLD: i64 = 20;

#[derive(clap::Args, Debug)]
pub struct Import {
    /// The list, as CSV or XLSX
    file: PathBuf,
    /// add: add and update; full: a full list, those missing are leavers; leavers; invite
    #[arg(long, default_value = "add", value_parser = ["add", "full", "leavers", "invite"])]
    mode: String,
    /// Only say what it would do
    #[arg(long)]
    plan: bool,
    /// Ask nothing, and let it deactivate more people than the brake allows. Without it, and without a terminal to
    /// ask at, it only says what it would do
    #[arg(long)]
    yes: bool,
    /// Invite at once who is added
    #[arg(long)]
    invite: bool,
    /// What a column is, such as "Mail=email"; may be given several times. "" is: not used
    #[arg(long = "column", value_name = "HEADING=FIELD")]
    columns: Vec<String>,
    #[command(flatten)]
    within: InWorkplace,
}

pub async fn run(import: Import) -> Outcome {
    let file = File::open(&import.file)
        .map_err(|error| Failure::failed(format!("{} can't be read: {error}", import.file.display())))?;
    let mode = Mode::parse(&import.mode).ok_or_else(|| Failure::wrong("That is no mode."))?;
    let json = import.within.json;
    let name = import
        .file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let Import {
        plan,
        yes,
        invite,
        columns,
        within,
        ..
    } = import;
    let (app, actor) = within.enter().await?;
    let desk = Desk { app, actor, json };
    let run = imports::create(&desk.app, &desk.actor, &name.unwrap_or_default(), mode, file).await?;
    let done = desk.go(run, plan, yes, (invite, &columns)).await;
    desk.app.db.close().await;
    done
}

struct Desk {
    app: App,
    actor: Actor,
    json: bool,
}

impl Desk {
    async fn go(&self, mut run: Run, plan: bool, yes: bool, (invite, named): (bool, &[String])) -> Outcome {
        if run.state == RunState::Mapping || invite || !named.is_empty() {
            run = self.finished(run.id).await?;
            run = self.name_columns(&run, invite, named).await?;
        }
        let run = self.finished(run.id).await?;
        if run.state == RunState::Failed {
            return Err(Failure::failed(run.error.unwrap_or_default()));
        }
        if !self.json {
            tell_plan(&self.app, &self.actor, &run).await?;
        }
        let held = run.brake.filter(|_| !yes);
        if plan || held.is_some() {
            // What was only asked for is not left lying about.
            imports::cancel(&self.app, &self.actor, run.id).await?;
            if self.json {
                super::print_json(&told(&run))?;
            }
            return match held {
                Some(brake) => Err(Failure::brake(
                    brake.sentence("this list", "Check that the list is complete; --yes lets it."),
                )),
                None => Ok(()),
            };
        }
        if !yes {
            let nobody_to_ask = self.json || !std::io::stdin().is_terminal();
            if nobody_to_ask || !asked("Do this now? [y/N] ")? {
                imports::cancel(&self.app, &self.actor, run.id).await?;
                if self.json {
                    super::print_json(&told(&run))?;
                }
                eprintln!("Nothing was done: this was the plan. Add --yes to do it.");
                return Ok(());
            }
        }
        imports::apply(&self.app, &self.actor, run.id, yes).await?;
        let run = self.finished(run.id).await?;
        if run.state != RunState::Applied {
            return Err(Failure::failed(
                run.error.unwrap_or_else(|| "The list was not applied.".into()),
            ));
        }
        if self.json {
            return super::print_json(&told(&run));
        }
        println!("Done. It can be undone in the admin panel, under Imports.");
        Ok(())
    }

    /// Says what the columns are: as told, else as guessed; those that are not clear are left out.
    async fn name_columns(&self, run: &Run, invite: bool, named: &[String]) -> Outcome<Run> {
        let mut columns = Vec::new();
        for column in &run.mapping.columns {
            columns.push((column.index, column.field));
        }
        for pair in named {
            let (heading, field) = pair.split_once('=').ok_or_else(|| {
                Failure::wrong("Write --column \"HEADING=FIELD\", such as --column \"Mail=email\".")
            })?;
            let column = run
                .mapping
                .columns
                .iter()
                .find(|column| column.header == heading.trim());
            let column = column.ok_or_else(|| {
                let all: Vec<&str> = run
                    .mapping
                    .columns
                    .iter()
                    .map(|column| column.header.as_str())
                    .collect();
                Failure::wrong(format!(
                    "The list has no column \"{heading}\". It has: {}.",
                    all.join(", ")
                ))
            })?;
            let field = match field.trim() {
                "" => None,
                field => Some(field.parse().map_err(|why: String| Failure::wrong(why))?),
            };
            columns[column.index].1 = field;
        }
        let said = Said {
            columns: &columns,
            invite,
            ..Said::default()
        };
        Ok(imports::set_mapping(&self.app, &self.actor, run.id, &said).await?)
    }

    /// The run when nobody works on it any more. Works on it, unless a server beside does.
    async fn finished(&self, id: RunId) -> Outcome<Run> {
        loop {
            let run = imports::get(&self.app.db, &self.actor, id).await?;
            if !matches!(
                run.state,
                RunState::Planning | RunState::Applying | RunState::Undoing
            ) {
                return Ok(run);
            }
            if !imports::work_on(&self.app, id).await? {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Prints what a run would do, and the first rows that can't be done.
pub(super) async fn tell_plan(app: &App, actor: &Actor, run: &Run) -> Outcome {
    let counts = &run.counts;
    println!("{}: {} rows", run.file_name, counts.rows);
    for (what, count) in [
        ("to create", counts.create),
        ("to update", counts.update),
        ("to invite", counts.invite),
        ("to reactivate", counts.reactivate),
        ("to deactivate", counts.deactivate),
        ("unchanged", counts.unchanged),
        ("incomplete", counts.incomplete),
        ("invalid", counts.invalid),
    ] {
        if count > 0 {
            println!("  {what:<14} {count:>9}");
        }
    }
    let filter = RowFilter {
        status: Some(RowStatus::Invalid),
        limit: TOLD,
        ..RowFilter::default()
    };
    let bad = imports::rows(&app.db, actor, run.id, &filter).await?;
    for row in &bad.items {
        for problem in &row.problems {
            let column = problem
                .column
                .as_deref()
                .map(|column| format!(", {column}"))
                .unwrap_or_default();
            println!("  line {}{column}: {}", row.line, problem.message);
        }
    }
    if bad.next.is_some() {
        println!("  … and more; the page shows all.");
    }
    Ok(())
}

fn told(run: &Run) -> serde_json::Value {
    json!({
        "import_id": run.id,
        "state": run.state,
        "mode": run.mode,
        "counts": run.counts,
        "brake": run.brake,
    })
}

pub(super) fn asked(question: &str) -> Outcome<bool> {
    let no = |error: std::io::Error| Failure::failed(format!("The answer can't be read: {error}"));
    print!("{question}");
    std::io::stdout().flush().map_err(no)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(no)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
