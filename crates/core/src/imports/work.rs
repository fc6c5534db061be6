//! The work on a list, in transactions of few rows. Whoever works holds a lease that each transaction prolongs, so
//! that another goes on where a server died.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use guildhall_store::Tx;
use uuid::Uuid;

use super::feed::{self, Line, Scan};
use super::rules::{self, Reader, Reading, invalid, judge};
use super::sql::Which;
use super::types::{Mode, RowFacts, RowProblem, Run, RunState};
use super::{sql, told, undo};
use crate::accounts::bulk::{Decided, Ground, Item, Keys, decide_all, plan_all};
use crate::accounts::{
    Account, AccountState, Change, Plan, Policy, ProfileField, Refusal, Source, Verb, people,
};
use crate::ids::{AccountId, FileId, RunId};
use crate::workplaces::{self, Settings};
use crate::{Actor, App, Error, Moment, Permission, Result, directory, files, roles};

/// How long a worker may be silent before another takes its place.
const LEASE_SECONDS: i64 = 15;
/// How often it tells that it lives while it waits for something long.
const BREATH: Duration = Duration::from_secs(5);
/// How often it begins again where it was, when the database failed it.
const TRIES: u32 = 3;

/// Works on every list that waits, of every workplace, until none is left.
pub async fn work(app: &App) -> Result<()> {
    work_on_these(app, Which::Kept).await
}

/// Reads every directory that waits for it, of every workplace: that may take long, and lists need not wait for it.
pub async fn work_reading(app: &App) -> Result<()> {
    work_on_these(app, Which::Unread).await
}

async fn work_on_these(app: &App, which: Which) -> Result<()> {
    while sql::any_due(&app.db, app.now(), which).await? {
        if !take_and_work(app, None, which).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// Works on one list, if it waits. False: somebody else does, or there is nothing to do.
pub async fn work_on(app: &App, run: RunId) -> Result<bool> {
    take_and_work(app, Some(run), Which::All).await
}

async fn take_and_work(app: &App, wanted: Option<RunId>, which: Which) -> Result<bool> {
    let now = app.now();
    let lease = app.entropy.id(now);
    let mut tx = app.begin().await?;
    let taken = sql::take(
        &mut tx,
        wanted,
        (lease, which),
        now,
        now.plus_seconds(LEASE_SECONDS),
    )
    .await?;
    tx.commit().await?;
    let Some(run) = taken else { return Ok(false) };
    let mut worker = Worker::new(app, run, lease).await?;
    for number in 1.. {
        let done = match worker.run.state {
            RunState::Reading => worker.read().await,
            RunState::Planning => worker.plan().await,
            RunState::Applying => worker.apply().await,
            _ => undo::undo(&mut worker).await,
        };
        match done {
            Ok(()) => break,
            // Somebody else took over: it is theirs now.
            Err(error) if error.code() == "lease" => break,
            Err(error) if number < TRIES && may_pass(&error) => {
                tracing::warn!(run = %worker.run.id, %error, "a list is worked on again from where it was");
                tokio::time::sleep(Duration::from_millis(200)).await;
                worker.recall().await?;
            }
            Err(error) => {
                worker.fail(error).await?;
                break;
            }
        }
    }
    Ok(true)
}

/// Whether the same may go well a moment later.
fn may_pass(error: &Error) -> bool {
    matches!(error, Error::Store(_)) || matches!(error.code(), "changed" | "conflict")
}

pub(super) struct Worker<'a> {
    pub app: &'a App,
    pub run: Run,
    pub actor: Actor,
    pub policy: Policy,
    pub settings: Settings,
    /// What each role may do.
    roles: BTreeMap<String, BTreeSet<Permission>>,
    lease: Uuid,
}

impl<'a> Worker<'a> {
    async fn new(app: &'a App, run: Run, lease: Uuid) -> Result<Self> {
        let workplace = workplaces::read(&app.db, run.workplace).await?;
        Ok(Self {
            app,
            actor: run.by.actor(run.workplace),
            policy: workplace.policy(),
            settings: workplace.settings,
            roles: roles::all_permissions(&app.db, run.workplace).await?,
            lease,
            run,
        })
    }

    /// Forgets what was not committed.
    async fn recall(&mut self) -> Result<()> {
        self.run = sql::get(&self.app.db, self.run.workplace, self.run.id)
            .await?
            .ok_or_else(|| Error::not_found("import"))?;
        Ok(())
    }

    /// Writes how far the run is; fails when it belongs to somebody else by now.
    pub async fn keep(&self, tx: &mut Tx) -> Result<()> {
        let until = self.app.now().plus_seconds(LEASE_SECONDS);
        sql::put(tx, &self.run, Some((self.lease, until))).await
    }

    /// Waits for something long that holds no transaction, and keeps the run meanwhile.
    pub async fn holding<T>(&self, long: impl Future<Output = T>) -> Result<T> {
        let mut long = std::pin::pin!(long);
        loop {
            tokio::select! {
                done = &mut long => return Ok(done),
                () = tokio::time::sleep(BREATH) => {
                    let mut tx = self.app.begin().await?;
                    self.keep(&mut tx).await?;
                    tx.commit().await?;
                }
            }
        }
    }

    /// The run is in another state, and nobody's.
    pub async fn end(&mut self, state: RunState) -> Result<()> {
        let tx = self.app.begin().await?;
        self.end_with(tx, state).await
    }

    /// [`Worker::end`] with what the transaction holds.
    pub async fn end_with(&mut self, mut tx: Tx, state: RunState) -> Result<()> {
        self.run.state = state;
        sql::put(&mut tx, &self.run, Some((self.lease, Moment::from_ms(0)))).await?;
        told(self.app, &mut tx, &self.run).await?;
        tx.commit().await?;
        self.app.bell.ring();
        Ok(())
    }

    async fn fail(&mut self, error: Error) -> Result<()> {
        tracing::error!(run = %self.run.id, %error, "a list could not be worked on");
        self.recall().await?;
        self.run.error = Some(match error {
            Error::Internal(_) | Error::Store(_) => rules::could_not_go_on(self.run.source()),
            told => told.to_string(),
        });
        let mut tx = self.app.begin().await?;
        directory::failed(self.app, &mut tx, &self.run).await?;
        if self.run.directory.is_some() {
            // It is read anew: nobody corrects what was read.
            files::delete(&mut tx, self.run.workplace, self.run.file).await?;
            self.run.file = FileId(Uuid::nil());
        }
        self.end_with(tx, RunState::Failed).await
    }

    /// Reads the directory of the run into a file; from there on it is like a list.
    async fn read(&mut self) -> Result<()> {
        let spool = self.holding(directory::read(self.app, &self.run)).await??;
        let mut file = spool.file;
        let named = (self.run.file_name.as_str(), "application/x-ndjson");
        let kept = self
            .holding(files::keep(self.app, self.run.workplace, named, &mut file))
            .await??;
        self.run.file = kept.id;
        self.run.mode = if spool.read.whole { Mode::Full } else { Mode::Add };
        if let Some(sync) = &mut self.run.sync {
            sync.full = spool.read.full;
            sync.cursor = spool.read.cursor;
        }
        self.end(RunState::Planning).await
    }

    pub async fn file(&self) -> Result<std::fs::File> {
        files::open(&self.app.db, self.run.workplace, self.run.file).await
    }

    /// How rows are read, and what must be known of the whole list.
    pub async fn scan(&self) -> Result<(Reader, Scan)> {
        let mapping = &self.run.mapping;
        let read = async {
            let dates = feed::date_order(self.file().await?, mapping).await?;
            let reader = Reader::new(mapping, self.run.mode, dates, (self.run.source(), self.run.of()));
            let scan = Scan::of(self.file().await?, mapping, reader.clone()).await?;
            Ok((reader, scan))
        };
        self.holding(read).await?
    }

    /// What the rows ask for.
    pub fn items(&self, reader: &Reader, asked: &[Reading]) -> Vec<Item> {
        let item = |reading| reader.item(reading, self.run.options.invite, self.run.id);
        asked.iter().map(item).collect()
    }

    /// What the rows would do; the plans of those that do something. `doing`: they are about to be done.
    pub async fn decide(
        &self,
        ground: &mut Ground,
        scan: &Scan,
        (asked, items): (&[Reading], Vec<Item>),
        doing: bool,
    ) -> (Vec<RowFacts>, Vec<Plan>) {
        let veto = |place: usize, account: &Account| {
            let rival = asked[place]
                .entry
                .as_ref()
                .and_then(|entry| entry.rival.as_deref());
            let twin = || scan.twin(asked[place].line, account).map(rules::same_person);
            let message = rival
                .map(|dn| rules::taken_by(dn, &account.name()))
                .or_else(twin)?;
            Some(Refusal {
                code: "duplicate",
                field: None,
                message,
            })
        };
        let decided = decide_all(self.app, ground, &self.policy, items, &veto).await;
        let (mut facts, mut plans) = (
            Vec::with_capacity(decided.len()),
            Vec::with_capacity(decided.len()),
        );
        for (reading, one) in asked.iter().zip(decided) {
            let one = self.guard(one);
            let comes = scan.brings_manager(reading);
            let mut row = judge(reading, &one, self.run.mode, comes);
            if let Decided::Planned { plan, .. } = one
                && doing
            {
                row.account = plan.account().map(|account| account.id);
                plans.push(*plan);
            }
            facts.push(row);
        }
        (facts, plans)
    }

    /// A list changes nobody whom its uploader could not change. Whoever leaves a directory is out all the same, whatever their
    /// role; but a system admin is not, by the word of an agent that may less.
    pub fn guard(&self, decided: Decided) -> Decided {
        let Decided::Planned { plan, .. } = &decided else {
            return decided;
        };
        if self.run.source() == Source::Directory && only_leaves(plan) {
            return decided;
        }
        let changed = plan.before.as_ref().filter(|_| !plan.is_unchanged());
        match changed.and_then(|account| self.beyond(account)) {
            Some(refusal) => Decided::Refused(refusal),
            None => decided,
        }
    }

    /// Why the run may not change somebody, if so.
    pub fn beyond(&self, account: &Account) -> Option<Refusal> {
        let theirs = self.roles.get(&account.role)?;
        people::beyond(&self.run.options.may, theirs, account)
    }

    /// What becomes of people whom a full list does not name: their line behind those of the list, and their name.
    pub async fn leavers(
        &self,
        tx: &mut Tx,
        people: &[(i64, AccountId, String)],
        unclear: Option<i64>,
    ) -> Result<(Vec<RowFacts>, Vec<Plan>)> {
        let items = people.iter().map(|(_, id, _)| Item {
            keys: Keys {
                account: Some(*id),
                ..Keys::default()
            },
            change: Change {
                source: self.run.source(),
                of: self.run.of(),
                verb: Verb::Deactivate,
                run: Some(self.run.id),
                canonical: false,
                origins: std::collections::BTreeMap::new(),
            },
            manager: None,
        });
        let items = items.collect();
        let decided = plan_all(self.app, tx, &self.actor, &self.policy, items, &|_, _| None).await?;
        let (mut facts, mut plans) = (Vec::with_capacity(people.len()), Vec::with_capacity(people.len()));
        for ((line, id, name), one) in people.iter().zip(decided) {
            let one = self.guard(one);
            let reading = Reading {
                line: *line,
                name: name.clone(),
                notes: unclear.map(rules::may_be_meant).into_iter().collect(),
                ..Reading::default()
            };
            let mut row = judge(&reading, &one, Mode::Leavers, false);
            row.account = Some(*id);
            facts.push(row);
            if let Decided::Planned { plan, .. } = one {
                plans.push(*plan);
            }
        }
        Ok((facts, plans))
    }
}

/// The rows that can be decided on, and what is said of the others.
pub(super) fn sort_out(scan: &Scan, batch: Vec<Line>) -> (Vec<Reading>, Vec<RowFacts>) {
    let (mut asked, mut bad) = (Vec::with_capacity(batch.len()), Vec::new());
    for line in batch {
        let mut reading = match line {
            Line::Bad { facts, .. } => {
                bad.push(*facts);
                continue;
            }
            Line::Aside(..) => continue,
            Line::Row(reading) => *reading,
        };
        reading.problems.extend(of_the_whole(&reading, scan));
        if reading.problems.is_empty() {
            asked.push(reading);
        } else {
            bad.push(invalid(&reading));
        }
    }
    (asked, bad)
}

/// What the list as a whole says against a row.
fn of_the_whole(reading: &Reading, scan: &Scan) -> Vec<RowProblem> {
    let mut problems = Vec::new();
    if let Some(first) = scan.duplicates.get(&reading.line) {
        problems.push(RowProblem {
            message: rules::same_person(*first),
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

/// The plan puts somebody out who is no system admin, and changes nothing else.
fn only_leaves(plan: &Plan) -> bool {
    let (Some(before), Some(after)) = (&plan.before, &plan.after) else {
        return false;
    };
    let same = (&before.profile, &before.role) == (&after.profile, &after.role);
    same && after.state == AccountState::Deactivated && !before.is_system_admin()
}
