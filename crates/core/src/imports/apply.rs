//! Doing what a list asks for: each row is decided again by what is so now.

use std::collections::HashSet;

use guildhall_store::Tx;
use uuid::Uuid;

use super::feed::{self, Line, Scan};
use super::rules::{Pace, Reader, Reading, no_manager};
use super::types::{Mode, RowAction, RowFacts, RowStatus, RunState};
use super::work::{Worker, sort_out};
use super::{RowFilter, sql, told};
use crate::accounts::bulk::{Decided, Ground, Item, Unset, apply_all, plan_all};
use crate::accounts::{self, Change, Plan, Verb};
use crate::directory::{self, links};
use crate::ids::{AccountId, FileId};
use crate::{Result, files};

/// The stages in which managers are set who came later in the list; in the last, those who can't be are told.
const MANAGERS: &str = "managers";
const LAST_MANAGERS: &str = "last managers";
const LEAVING: &str = "leavers";
const PHOTOS: &str = "photos";
/// The database counts anew whenever there are so many times as many rows as before.
const RECOUNT: usize = 4;
/// Rows of a transaction that are written while as many are decided on.
const PART: usize = 256;
/// Leavers whose accounts are ended in one transaction.
const LEAVERS: i64 = 100;

impl Worker<'_> {
    pub(super) async fn apply(&mut self) -> Result<()> {
        let (reader, scan) = self.scan().await?;
        if self.run.stage == "rows" {
            self.apply_rows(&reader, &scan).await?;
            (self.run.stage, self.run.position) = (MANAGERS.into(), 0);
        }
        if self.run.stage == MANAGERS {
            // Some wait for others of the list to get another manager first. A run that goes on in the middle does
            // not know what it did before.
            let mut again = self.run.position > 0;
            while self.apply_managers((&reader, &scan), false).await? > 0 || again {
                (again, self.run.position) = (false, 0);
            }
            (self.run.stage, self.run.position) = (LAST_MANAGERS.into(), 0);
        }
        if self.run.stage == LAST_MANAGERS {
            self.apply_managers((&reader, &scan), true).await?;
            (self.run.stage, self.run.position) = (LEAVING.into(), scan.last_line);
        }
        if self.run.stage == LEAVING {
            if self.run.mode == Mode::Full || self.run.directory.is_some() {
                self.apply_leavers(scan.unclear).await?;
            }
            (self.run.stage, self.run.position) = (PHOTOS.into(), 0);
        }
        self.apply_photos(reader).await?;
        self.run.applied_at = Some(self.app.now());
        let mut tx = self.app.begin_long().await?;
        directory::settle(self.app, &mut tx, &self.run, true).await?;
        files::delete(&mut tx, self.run.workplace, self.run.file).await?;
        self.run.file = FileId(Uuid::nil());
        self.end_with(tx, RunState::Applied).await
    }

    async fn apply_rows(&mut self, reader: &Reader, scan: &Scan) -> Result<()> {
        let file = self.file().await?;
        let mut batches = feed::rows(file, &self.run.mapping, reader.clone(), self.run.position);
        let (mut done, mut counted) = (0, Pace::ROWS);
        let mut paused = self.app.now();
        while let Some(batch) = self.holding(batches.recv()).await? {
            let mut next = Some(batch?);
            let began = self.app.now();
            let mut tx = self.app.begin_long().await?;
            tx.lock(self.run.workplace.0).await?;
            while let Some(mut batch) = next {
                feed::more(&mut batches, &mut batch, Pace::ROWS)?;
                done += batch.len();
                self.apply_batch(&mut tx, reader, scan, batch).await?;
                let lasted = self.app.now().ms() - began.ms();
                next = if Pace::goes_on(lasted, self.app.db.others_wait()) {
                    batches.try_recv().ok().transpose()?
                } else {
                    None
                };
            }
            self.finish(tx).await?;
            if done >= counted {
                accounts::recount(&self.app.db).await?;
                counted = RECOUNT * done;
            }
            if Pace::pauses(self.app.now().ms() - paused.ms()) {
                tokio::time::sleep(Pace::PAUSE).await;
                paused = self.app.now();
            }
        }
        Ok(())
    }

    /// Does what the rows ask for: while some are written, the next are decided on.
    async fn apply_batch(
        &mut self,
        tx: &mut Tx,
        reader: &Reader,
        scan: &Scan,
        batch: Vec<Line>,
    ) -> Result<()> {
        if let Some(last) = batch.last() {
            self.run.position = last.number();
        }
        let (mut asked, mut bad) = sort_out(scan, batch);
        self.recognise(tx, scan, &mut asked, &mut bad).await?;
        let items = self.items(reader, &asked);
        let mut ground = Ground::read(tx, &self.actor, &items).await?;
        self.find_rivals(tx, &ground, scan, &mut asked).await?;
        let mut items = items.into_iter();
        let mut ready = (bad, Vec::new());
        let mut links = Vec::new();
        for asked in asked.chunks(PART) {
            let items = items.by_ref().take(PART).collect();
            let deciding = self.decide(&mut ground, scan, (asked, items), true);
            let (written, decided) = tokio::join!(self.write_applied(tx, ready), deciding);
            written?;
            links.extend(Self::new_links(asked, &decided.0));
            ready = decided;
        }
        self.write_applied(tx, ready).await?;
        if let Some(place) = self.place() {
            links::put(tx, place, &links).await?;
        }
        Ok(())
    }

    async fn write_applied(&self, tx: &mut Tx, (mut facts, plans): (Vec<RowFacts>, Vec<Plan>)) -> Result<()> {
        apply_all(self.app, tx, &self.actor, plans).await?;
        for row in &mut facts {
            row.outcome = Some(outcome(row));
        }
        sql::put_rows(tx, &self.run, &facts).await
    }

    async fn write_done(&mut self, mut tx: Tx, facts: &[RowFacts]) -> Result<()> {
        if let Some(last) = facts.last() {
            self.run.position = last.line;
        }
        sql::put_rows(&mut tx, &self.run, facts).await?;
        self.finish(tx).await
    }

    /// Commits, with how far the run is.
    pub(super) async fn finish(&self, mut tx: Tx) -> Result<()> {
        self.keep(&mut tx).await?;
        told(self.app, &mut tx, &self.run).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Managers who came later in the list than those who report to them. Gives how many were set.
    async fn apply_managers(&mut self, (reader, scan): (&Reader, &Scan), last: bool) -> Result<usize> {
        let waiting = self.waiting_lines().await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let mut set = 0;
        let file = self.file().await?;
        let mut batches = feed::rows(file, &self.run.mapping, reader.clone(), self.run.position);
        while let Some(batch) = self.holding(batches.recv()).await? {
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
            let mut readings = readings;
            let mut tx = self.app.begin_long().await?;
            tx.lock(self.run.workplace.0).await?;
            self.recognise(&mut tx, scan, &mut readings, &mut Vec::new())
                .await?;
            let facts = self.set_managers(&mut tx, &readings, last).await?;
            set += facts.iter().filter(|row| !row.later).count();
            self.write_done(tx, &facts).await?;
        }
        Ok(set)
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

    async fn set_managers(&self, tx: &mut Tx, readings: &[Reading], last: bool) -> Result<Vec<RowFacts>> {
        let item = |reading: &Reading| {
            let mut change = Change::new(self.run.source(), Verb::Update { patch: Vec::new() });
            (change.run, change.of) = (Some(self.run.id), self.run.of());
            Item {
                keys: reading.keys.clone(),
                change,
                manager: reading.manager.clone(),
            }
        };
        let items = readings.iter().map(item).collect();
        let decided = plan_all(self.app, tx, &self.actor, &self.policy, items, &|_, _| None).await?;
        let mut rows = sql::these_rows(tx, &self.run, readings.iter().map(|reading| reading.line)).await?;
        let mut plans = Vec::with_capacity(decided.len());
        for (row, one) in rows.iter_mut().zip(decided) {
            row.later = false;
            match self.guard(one) {
                Decided::Planned { plan, unset: None } => plans.push(*plan),
                Decided::Planned {
                    unset: Some(Unset::Circle),
                    ..
                } if !last => row.later = true,
                Decided::Planned { unset: Some(why), .. } => not_set(row, why),
                _ => not_set(row, Unset::Absent),
            }
        }
        apply_all(self.app, tx, &self.actor, plans).await?;
        Ok(rows)
    }

    async fn apply_leavers(&mut self, unclear: Option<i64>) -> Result<()> {
        loop {
            let filter = RowFilter {
                action: Some(RowAction::Deactivate),
                after: self.run.position,
                limit: LEAVERS,
                ..RowFilter::default()
            };
            let rows = sql::rows(&self.app.db, &self.run, &filter).await?.items;
            let people: Vec<(i64, AccountId, String)> = rows
                .into_iter()
                .filter_map(|row| Some((row.line, row.account?, row.name)))
                .collect();
            if people.is_empty() {
                return Ok(());
            }
            let mut tx = self.app.begin_long().await?;
            tx.lock(self.run.workplace.0).await?;
            let (facts, plans) = self.leavers(&mut tx, &people, unclear).await?;
            self.run.position = facts.last().map_or(self.run.position, |last| last.line);
            self.write_applied(&mut tx, (facts, plans)).await?;
            self.finish(tx).await?;
        }
    }
}

fn not_set(row: &mut RowFacts, why: Unset) {
    row.status = RowStatus::Incomplete;
    row.problems.push(no_manager(why));
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
