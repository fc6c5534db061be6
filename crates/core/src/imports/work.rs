//! The work on a list, in transactions of few rows. Whoever works holds a lease that each transaction prolongs, so
//! that another goes on where a server died.

use std::collections::HashSet;

use guildhall_store::Tx;
use uuid::Uuid;

use super::feed::{self, Line, Scan};
use super::rules::{Reader, Reading, invalid, judge};
use super::types::{Counts, Mode, RowAction, RowFacts, RowProblem, RowStatus, Run, RunState};
use super::{RowFilter, sql, told, undo};
use crate::accounts::bulk::{Decided, Item, apply_all, plan_all};
use crate::accounts::{self, Brake, Change, Plan, Policy, ProfileField, Refusal, Source, Verb, Whom};
use crate::ids::{AccountId, FileId, RunId};
use crate::workplaces::{self, Settings};
use crate::{Actor, ActorKind, App, Error, Moment, Result, files};

/// How long a worker may be silent before another takes its place.
const LEASE_SECONDS: i64 = 15;
/// How many who are here are looked for in a full list at once.
const PRESENT: i64 = 2000;

/// Works on every list that waits, of every workplace, until none is left.
pub async fn work(app: &App) -> Result<()> {
    while sql::any_due(&app.db, app.now()).await? {
        if !take_and_work(app, None).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// Works on one list, if it waits. False: somebody else does, or there is nothing to do.
pub async fn work_on(app: &App, run: RunId) -> Result<bool> {
    take_and_work(app, Some(run)).await
}

async fn take_and_work(app: &App, wanted: Option<RunId>) -> Result<bool> {
    let now = app.now();
    let lease = app.entropy.id(now);
    let mut tx = app.begin().await?;
    let taken = sql::take(&mut tx, wanted, lease, now, now.plus_seconds(LEASE_SECONDS)).await?;
    tx.commit().await?;
    let Some(run) = taken else { return Ok(false) };
    let mut worker = Worker::new(app, run, lease).await?;
    let done = match worker.run.state {
        RunState::Planning => worker.plan().await,
        RunState::Applying => worker.apply().await,
        _ => undo::undo(&mut worker).await,
    };
    match done {
        Ok(()) => Ok(true),
        // Somebody else took over: it is theirs now.
        Err(error) if error.code() == "lease" => Ok(true),
        Err(error) => worker.fail(error).await.map(|()| true),
    }
}

pub(super) struct Worker<'a> {
    pub app: &'a App,
    pub run: Run,
    pub actor: Actor,
    pub policy: Policy,
    settings: Settings,
    lease: Uuid,
}

impl<'a> Worker<'a> {
    async fn new(app: &'a App, run: Run, lease: Uuid) -> Result<Self> {
        let workplace = workplaces::read(&app.db, run.workplace).await?;
        let mut actor = Actor::command_line(run.workplace);
        if let Some(id) = run.created_by {
            let account = accounts::get(&app.db, run.workplace, id).await?;
            actor.kind = ActorKind::Account(id);
            actor.name = account.map_or_else(String::new, |account| account.name());
        }
        Ok(Self {
            app,
            actor,
            policy: workplace.settings.policy(),
            settings: workplace.settings,
            lease,
            run,
        })
    }

    /// Writes how far the run is; fails when it belongs to somebody else by now.
    pub async fn keep(&self, tx: &mut Tx) -> Result<()> {
        let until = self.app.now().plus_seconds(LEASE_SECONDS);
        sql::put(tx, &self.run, Some((self.lease, until))).await
    }

    /// The run is in another state, and nobody's.
    pub async fn end(&mut self, state: RunState) -> Result<()> {
        self.run.state = state;
        let mut tx = self.app.begin().await?;
        sql::put(&mut tx, &self.run, Some((self.lease, Moment::from_ms(0)))).await?;
        told(self.app, &mut tx, &self.run).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn fail(&mut self, error: Error) -> Result<()> {
        tracing::error!(run = %self.run.id, %error, "a list could not be worked on");
        self.run.error = Some(match error {
            Error::Internal(_) | Error::Store(_) => {
                "The server could not go on with this list. Upload it again; if it stays, tell whoever runs the server.".into()
            }
            told => told.to_string(),
        });
        self.end(RunState::Failed).await
    }

    async fn file(&self) -> Result<std::fs::File> {
        files::open(&self.app.db, self.run.workplace, self.run.file).await
    }

    async fn scan(&self) -> Result<Scan> {
        Scan::of(self.file().await?, &self.run.mapping, self.run.mode).await
    }

    // ---- what it would do

    async fn plan(&mut self) -> Result<()> {
        let scan = self.scan().await?;
        let mut tx = self.app.begin().await?;
        sql::drop_rows(&mut tx, &self.run).await?;
        (self.run.position, self.run.counts) = (0, Counts::default());
        (self.run.rows_total, self.run.stage) = (scan.rows, "rows".into());
        self.keep(&mut tx).await?;
        tx.commit().await?;
        let mut batches = feed::rows(self.file().await?, &self.run.mapping, self.run.mode, 0);
        while let Some(batch) = batches.recv().await {
            let mut reads = self.app.db.snapshot().await?;
            let (facts, _) = self.decide(&mut reads, &scan, batch?).await?;
            drop(reads);
            self.write_planned(&facts).await?;
        }
        if self.run.mode == Mode::Full {
            self.plan_leavers(&scan).await?;
        }
        let counts = accounts::counts(&self.app.db, self.run.workplace).await?;
        self.run.brake = Brake::hold(self.run.counts.deactivate, &counts, self.settings.brake());
        self.run.planned_at = Some(self.app.now());
        self.end(RunState::Planned).await
    }

    async fn write_planned(&mut self, facts: &[RowFacts]) -> Result<()> {
        let Some(last) = facts.last() else { return Ok(()) };
        for row in facts {
            self.run.counts.add(row.status, row.action);
        }
        self.run.position = last.line;
        let mut tx = self.app.begin().await?;
        sql::put_rows(&mut tx, &self.run, facts).await?;
        self.keep(&mut tx).await?;
        told(self.app, &mut tx, &self.run).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the rows say and would do; the plans of those that do something.
    async fn decide(&self, tx: &mut Tx, scan: &Scan, batch: Vec<Line>) -> Result<(Vec<RowFacts>, Vec<Plan>)> {
        let reader = Reader::new(&self.run.mapping, self.run.mode);
        let mut facts: Vec<RowFacts> = Vec::with_capacity(batch.len());
        let mut asked: Vec<Reading> = Vec::with_capacity(batch.len());
        for line in batch {
            let mut reading = match line {
                Line::Bad(bad) => {
                    facts.push(*bad);
                    continue;
                }
                Line::Row(reading) => *reading,
            };
            reading.problems.extend(of_the_whole(&reading, scan));
            if reading.problems.is_empty() {
                asked.push(reading);
            } else {
                facts.push(invalid(&reading));
            }
        }
        let items: Vec<Item> = asked
            .iter()
            .map(|reading| reader.item(reading, self.run.options, self.run.id))
            .collect();
        let decided = plan_all(self.app, tx, &self.actor, &self.policy, items).await?;
        let mut plans = Vec::with_capacity(decided.len());
        for (reading, one) in asked.iter().zip(decided) {
            let one = self.guard(one);
            let comes = reading
                .manager
                .as_ref()
                .is_some_and(|manager| scan.names(manager));
            facts.push(judge(reading, &one, self.run.mode, comes));
            if let Decided::Planned { plan, .. } = one {
                plans.push(*plan);
            }
        }
        facts.sort_by_key(|row| row.line);
        Ok((facts, plans))
    }

    /// A list changes no system admin whom its uploader could not change.
    fn guard(&self, decided: Decided) -> Decided {
        let Decided::Planned { plan, .. } = &decided else {
            return decided;
        };
        let admin = plan
            .before
            .as_ref()
            .is_some_and(accounts::Account::is_system_admin);
        if !admin || plan.is_unchanged() || self.run.options.over_admins {
            return decided;
        }
        Decided::Refused(Refusal {
            code: "forbidden",
            field: None,
            message: "This is a system admin: only a system admin may change them.".into(),
        })
    }

    async fn plan_leavers(&mut self, scan: &Scan) -> Result<()> {
        self.run.stage = "leavers".into();
        let mut after = None;
        let mut line = scan.last_line;
        loop {
            let present = accounts::present(&self.app.db, self.run.workplace, after, PRESENT).await?;
            let Some(last) = present.last() else { return Ok(()) };
            after = Some(last.id);
            let missing = present.iter().filter(|person| {
                let phone = person.phone.as_deref();
                !scan.has(person.email_key.as_deref(), person.employee_key.as_deref(), phone)
                    && Some(person.id) != self.run.created_by
            });
            let missing: Vec<AccountId> = missing.map(|person| person.id).collect();
            for ids in missing.chunks(feed::BATCH) {
                let mut facts = Vec::with_capacity(ids.len());
                let mut reads = self.app.db.snapshot().await?;
                for id in ids {
                    line += 1;
                    facts.push(self.leaver(&mut reads, *id, line).await?.0);
                }
                drop(reads);
                self.write_planned(&facts).await?;
            }
        }
    }

    /// What becomes of somebody whom a full list does not name.
    async fn leaver(&self, tx: &mut Tx, id: AccountId, line: i64) -> Result<(RowFacts, Option<Plan>)> {
        let reading = Reading {
            line,
            notes: Vec::new(),
            ..Reading::default()
        };
        let mut change = Change::new(Source::File, Verb::Deactivate);
        change.run = Some(self.run.id);
        let planned = accounts::plan(self.app, tx, &self.actor, Whom::Is(id), &change, &self.policy).await;
        let account = accounts::get(&mut *tx, self.run.workplace, id).await?;
        let decided = match planned {
            Ok(plan) => Decided::Planned {
                plan: Box::new(plan),
                manager_later: false,
            },
            Err(error @ (Error::Internal(_) | Error::Store(_))) => return Err(error),
            Err(error) => Decided::Refused(Refusal {
                code: "refused",
                field: None,
                message: error.to_string(),
            }),
        };
        let decided = self.guard(decided);
        let mut facts = judge(&reading, &decided, Mode::Leavers, false);
        facts.account = Some(id);
        facts.name = account.map_or_else(String::new, |account| account.name());
        let plan = match decided {
            Decided::Planned { plan, .. } => Some(*plan),
            _ => None,
        };
        Ok((facts, plan))
    }

    // ---- doing it

    async fn apply(&mut self) -> Result<()> {
        let scan = self.scan().await?;
        if self.run.stage == "rows" {
            self.apply_rows(&scan).await?;
            (self.run.stage, self.run.position) = ("managers".into(), 0);
        }
        if self.run.stage == "managers" {
            self.apply_managers().await?;
            (self.run.stage, self.run.position) = ("leavers".into(), scan.last_line);
        }
        if self.run.mode == Mode::Full {
            self.apply_leavers().await?;
        }
        self.run.applied_at = Some(self.app.now());
        let mut tx = self.app.begin().await?;
        files::delete(&mut tx, self.run.workplace, self.run.file).await?;
        self.run.file = FileId(Uuid::nil());
        self.keep(&mut tx).await?;
        tx.commit().await?;
        self.end(RunState::Applied).await
    }

    async fn apply_rows(&mut self, scan: &Scan) -> Result<()> {
        let mut batches = feed::rows(
            self.file().await?,
            &self.run.mapping,
            self.run.mode,
            self.run.position,
        );
        while let Some(batch) = batches.recv().await {
            let mut tx = self.app.begin().await?;
            tx.lock(self.run.workplace.0).await?;
            let (mut facts, plans) = self.decide(&mut tx, scan, batch?).await?;
            apply_all(self.app, &mut tx, &self.actor, &plans).await?;
            for row in &mut facts {
                row.outcome = Some(outcome(row));
            }
            self.write_done(tx, &facts).await?;
        }
        Ok(())
    }

    async fn write_done(&mut self, mut tx: Tx, facts: &[RowFacts]) -> Result<()> {
        if let Some(last) = facts.last() {
            self.run.position = last.line;
        }
        sql::put_rows(&mut tx, &self.run, facts).await?;
        self.keep(&mut tx).await?;
        told(self.app, &mut tx, &self.run).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Managers who came later in the list than those who report to them.
    async fn apply_managers(&mut self) -> Result<()> {
        let waiting = self.waiting_lines().await?;
        if waiting.is_empty() {
            return Ok(());
        }
        let mut batches = feed::rows(
            self.file().await?,
            &self.run.mapping,
            self.run.mode,
            self.run.position,
        );
        while let Some(batch) = batches.recv().await {
            let readings: Vec<Reading> = batch?
                .into_iter()
                .filter_map(|line| match line {
                    Line::Row(reading) if waiting.contains(&reading.line) => Some(*reading),
                    _ => None,
                })
                .collect();
            if readings.is_empty() {
                continue;
            }
            let mut tx = self.app.begin().await?;
            tx.lock(self.run.workplace.0).await?;
            let facts = self.set_managers(&mut tx, &readings).await?;
            self.write_done(tx, &facts).await?;
        }
        Ok(())
    }

    async fn waiting_lines(&self) -> Result<HashSet<i64>> {
        let mut filter = RowFilter {
            later: true,
            after: self.run.position,
            limit: 10_000,
            ..RowFilter::default()
        };
        let mut lines = HashSet::new();
        loop {
            let page = sql::rows(&self.app.db, &self.run, &filter).await?;
            lines.extend(page.items.iter().map(|row| row.line));
            match page.items.last() {
                Some(last) if page.next.is_some() => filter.after = last.line,
                _ => return Ok(lines),
            }
        }
    }

    async fn set_managers(&self, tx: &mut Tx, readings: &[Reading]) -> Result<Vec<RowFacts>> {
        let item = |reading: &Reading| {
            let mut change = Change::new(Source::File, Verb::Update { patch: Vec::new() });
            change.run = Some(self.run.id);
            Item {
                keys: reading.keys.clone(),
                change,
                manager: reading.manager.clone(),
            }
        };
        let items = readings.iter().map(item).collect();
        let decided = plan_all(self.app, tx, &self.actor, &self.policy, items).await?;
        let (mut facts, mut plans) = (Vec::new(), Vec::new());
        for (reading, one) in readings.iter().zip(decided) {
            let one = self.guard(one);
            let set = matches!(
                &one,
                Decided::Planned {
                    manager_later: false,
                    ..
                }
            );
            let mut row = sql::row(tx, &self.run, reading.line).await?;
            row.later = false;
            if !set {
                row.status = RowStatus::Incomplete;
                row.problems.push(RowProblem {
                    field: Some(ProfileField::Manager.as_str().to_owned()),
                    message: "The manager could not be set: that person is not here, or reports to this one."
                        .into(),
                    ..RowProblem::default()
                });
            }
            facts.push(row);
            if let (true, Decided::Planned { plan, .. }) = (set, one) {
                plans.push(*plan);
            }
        }
        apply_all(self.app, tx, &self.actor, &plans).await?;
        Ok(facts)
    }

    async fn apply_leavers(&mut self) -> Result<()> {
        loop {
            let filter = RowFilter {
                action: Some(RowAction::Deactivate),
                after: self.run.position,
                limit: 100,
                ..RowFilter::default()
            };
            let rows = sql::rows(&self.app.db, &self.run, &filter).await?.items;
            if rows.is_empty() {
                return Ok(());
            }
            let mut tx = self.app.begin().await?;
            tx.lock(self.run.workplace.0).await?;
            let mut facts = Vec::with_capacity(rows.len());
            for row in rows {
                let Some(id) = row.account else { continue };
                let (mut now, plan) = self.leaver(&mut tx, id, row.line).await?;
                if let Some(plan) = plan {
                    accounts::apply(self.app, &mut tx, &self.actor, &plan).await?;
                }
                now.outcome = Some(outcome(&now));
                facts.push(now);
            }
            self.write_done(tx, &facts).await?;
        }
    }
}

/// What the list as a whole says against a row.
fn of_the_whole(reading: &Reading, scan: &Scan) -> Vec<RowProblem> {
    let mut problems = Vec::new();
    if let Some(first) = scan.duplicates.get(&reading.line) {
        problems.push(RowProblem {
            message: format!("Line {first} names the same person: keep one of the two lines."),
            ..RowProblem::default()
        });
    }
    if scan.circles.contains(&reading.line) {
        problems.push(RowProblem {
            field: Some(ProfileField::Manager.as_str().to_owned()),
            message: "The managers go round in a circle here: correct who reports to whom.".into(),
            ..RowProblem::default()
        });
    }
    problems
}

/// What became of a row, in a word.
fn outcome(row: &RowFacts) -> String {
    let word = match (row.status, row.action) {
        (RowStatus::Invalid, _) => "not done",
        (_, RowAction::Create) => "created",
        (_, RowAction::Update) => "updated",
        (_, RowAction::Deactivate) => "deactivated",
        (_, RowAction::Reactivate) => "reactivated",
        (_, RowAction::Invite) => "invited",
        (_, RowAction::None) => "unchanged",
    };
    word.to_owned()
}
