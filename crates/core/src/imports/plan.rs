//! What a list would do, row by row. Nobody is changed.

use super::feed::{self, Line, Scan};
use super::rules::Reader;
use super::types::{Counts, Mode, RowFacts, RunState};
use super::work::{Worker, sort_out};
use super::{sql, told};
use crate::accounts::bulk::Ground;
use crate::accounts::{self, Brake};
use crate::ids::{AccountId, FileId};
use crate::{Error, Result, directory, files};

/// Rows that are written in one transaction: it holds nobody up for long, for nobody is changed.
const AT_ONCE: usize = 2000;
/// How many who are here are looked for in a full list at once.
const PRESENT: i64 = 2000;

impl Worker<'_> {
    pub(super) async fn plan(&mut self) -> Result<()> {
        let (reader, scan) = self.scan().await?;
        self.complete_enough(&scan)?;
        self.is_whole(&scan).await?;
        let mut tx = self.app.begin_long().await?;
        sql::drop_rows(&mut tx, &self.run).await?;
        (self.run.position, self.run.counts) = (0, Counts::default());
        (self.run.rows_total, self.run.stage) = (scan.rows, "rows".into());
        self.keep(&mut tx).await?;
        tx.commit().await?;
        let mut batches = feed::rows(self.file().await?, &self.run.mapping, reader.clone(), 0);
        let mut ready = Vec::new();
        while let Some(batch) = self.holding(batches.recv()).await? {
            let mut batch = batch?;
            feed::more(&mut batches, &mut batch, AT_ONCE)?;
            self.count(&ready);
            let (written, facts) = tokio::join!(
                self.write_planned(&ready),
                self.decide_planned(&reader, &scan, batch)
            );
            written?;
            ready = facts?;
        }
        self.count(&ready);
        self.write_planned(&ready).await?;
        if self.run.directory.is_some() {
            self.plan_missing_entries(&scan).await?;
        } else if self.run.mode == Mode::Full {
            self.plan_leavers(&scan).await?;
        }
        let counts = accounts::counts(&self.app.db, self.run.workplace).await?;
        self.run.brake = Brake::hold(self.run.counts.deactivate, &counts, self.settings.brake());
        self.run.planned_at = Some(self.app.now());
        self.planned().await
    }

    /// Ends a plan: it waits for a person, or the directory lets it be applied.
    async fn planned(&mut self) -> Result<()> {
        if self.run.directory.is_none() {
            return self.end(RunState::Planned).await;
        }
        let mut tx = self.app.begin_long().await?;
        if !self.run.does_something() {
            directory::settle(self.app, &mut tx, &self.run, false).await?;
            files::delete(&mut tx, self.run.workplace, self.run.file).await?;
            self.run.file = FileId(uuid::Uuid::nil());
            let by_itself = self.run.sync.as_ref().is_some_and(|sync| sync.scheduled);
            if by_itself && self.run.counts.invalid + self.run.counts.incomplete == 0 {
                // Nothing changed and nothing is to be said: of that there would be many.
                sql::forget(&mut tx, &self.run).await?;
                told(self.app, &mut tx, &self.run).await?;
                tx.commit().await?;
                return Ok(());
            }
            return self.end_with(tx, RunState::Applied).await;
        }
        match directory::after_run(&mut tx, &self.run).await? {
            directory::After::Wait => self.end_with(tx, RunState::Planned).await,
            directory::After::Apply => {
                (self.run.position, self.run.stage) = (0, "rows".into());
                self.end_with(tx, RunState::Applying).await
            }
        }
    }

    async fn plan_missing_entries(&mut self, scan: &Scan) -> Result<()> {
        self.run.stage = "leavers".into();
        let mut after = String::new();
        let mut line = scan.last_line;
        while let Some((missing, last)) = self.missing_entries(scan, &after).await? {
            after = last;
            let missing: Vec<(i64, AccountId, String)> = missing
                .into_iter()
                .map(|person| {
                    line += 1;
                    (line, person.id, person.name())
                })
                .collect();
            for people in missing.chunks(feed::BATCH) {
                let mut reads = self.app.db.snapshot().await?;
                let (facts, _) = self.leavers(&mut reads, people, None).await?;
                drop(reads);
                self.count(&facts);
                self.write_planned(&facts).await?;
            }
        }
        Ok(())
    }

    /// In a full list, whoever stands where it can't be read would be taken for a leaver.
    fn complete_enough(&self, scan: &Scan) -> Result<()> {
        let (Mode::Full, Some(line)) = (self.run.mode, scan.broken) else {
            return Ok(());
        };
        Err(Error::invalid(
            "file",
            format!(
                "From line {line} on the list can't be read, and in a full list all who are missing are leavers. \
                 Correct that line, or export the list again, and upload it."
            ),
        ))
    }

    /// What the rows would do, by what is so now.
    async fn decide_planned(&self, reader: &Reader, scan: &Scan, batch: Vec<Line>) -> Result<Vec<RowFacts>> {
        let (mut asked, mut facts) = sort_out(scan, batch);
        let mut reads = self.app.db.snapshot().await?;
        self.recognise(&mut reads, scan, &mut asked, &mut facts).await?;
        let items = self.items(reader, &asked);
        let mut ground = Ground::read(&mut reads, &self.actor, &items).await?;
        self.find_rivals(&mut reads, &ground, scan, &mut asked).await?;
        drop(reads);
        let (decided, _) = self.decide(&mut ground, scan, (&asked, items), false).await;
        facts.extend(decided);
        facts.sort_by_key(|row| row.line);
        Ok(facts)
    }

    fn count(&mut self, facts: &[RowFacts]) {
        for row in facts {
            self.run.counts.add(row.status, row.action);
        }
        self.run.position = facts.last().map_or(self.run.position, |last| last.line);
    }

    async fn write_planned(&self, facts: &[RowFacts]) -> Result<()> {
        if facts.is_empty() {
            return Ok(());
        }
        let mut tx = self.app.begin_long().await?;
        sql::put_rows(&mut tx, &self.run, facts).await?;
        self.keep(&mut tx).await?;
        told(self.app, &mut tx, &self.run).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn plan_leavers(&mut self, scan: &Scan) -> Result<()> {
        self.run.stage = "leavers".into();
        let mut after = None;
        let mut line = scan.last_line;
        loop {
            let present = accounts::present(&self.app.db, self.run.workplace, after, PRESENT).await?;
            let Some(last) = present.last() else { return Ok(()) };
            after = Some(last.place());
            let missing: Vec<(i64, AccountId, String)> = present
                .into_iter()
                .filter(|person| {
                    let phone = person.phone_key.as_deref();
                    !scan.has(person.email_key.as_deref(), person.employee_key.as_deref(), phone)
                        && Some(person.id) != self.run.created_by
                })
                .map(|person| {
                    line += 1;
                    (line, person.id, person.display_name)
                })
                .collect();
            for people in missing.chunks(feed::BATCH) {
                let mut reads = self.app.db.snapshot().await?;
                let (facts, _) = self.leavers(&mut reads, people, scan.unclear).await?;
                drop(reads);
                self.count(&facts);
                self.write_planned(&facts).await?;
            }
        }
    }
}
