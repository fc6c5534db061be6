//! What a list would do, row by row. Nobody is changed.

use super::feed::{self, Scan};
use super::types::{Counts, Mode, RowFacts, RunState};
use super::work::Worker;
use super::{sql, told};
use crate::accounts::{self, Brake};
use crate::ids::AccountId;
use crate::{Error, Result};

/// Rows that are written in one transaction: it holds nobody up for long, for nobody is changed.
const AT_ONCE: usize = 4 * feed::BATCH;
/// How many who are here are looked for in a full list at once.
const PRESENT: i64 = 2000;

impl Worker<'_> {
    pub(super) async fn plan(&mut self) -> Result<()> {
        let (reader, scan) = self.scan().await?;
        self.complete_enough(&scan)?;
        let mut tx = self.app.begin().await?;
        sql::drop_rows(&mut tx, &self.run).await?;
        (self.run.position, self.run.counts) = (0, Counts::default());
        (self.run.rows_total, self.run.stage) = (scan.rows, "rows".into());
        self.keep(&mut tx).await?;
        tx.commit().await?;
        let mut batches = feed::rows(self.file().await?, &self.run.mapping, reader.clone(), 0);
        while let Some(batch) = self.holding(batches.recv()).await? {
            let mut batch = batch?;
            while batch.len() < AT_ONCE
                && let Ok(more) = batches.try_recv()
            {
                batch.extend(more?);
            }
            let mut reads = self.app.db.snapshot().await?;
            let (facts, _) = self.decide(&mut reads, (&reader, &scan), batch, false).await?;
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
                self.write_planned(&facts).await?;
            }
        }
    }
}
