use guildhall_store::Tx;
use uuid::Uuid;

use super::{Action, Job, JobState, Target, sql};
use crate::accounts::people;
use crate::accounts::{self, Change, Policy, Whom};
use crate::ids::AccountId;
use crate::{Actor, App, Error, Moment, Result, groups, notices, signals, workplaces};

/// How long a worker may be silent before another takes its place.
const LEASE_SECONDS: i64 = 15;
/// People who are changed in one transaction.
const BATCH: usize = 100;

/// Works on every job that waits, of every workplace, until none is left.
pub async fn work(app: &App) -> Result<()> {
    while sql::any_due(&app.db, app.now()).await? {
        let now = app.now();
        let lease = app.entropy.id(now);
        let mut tx = app.begin_long().await?;
        let taken = sql::take(&mut tx, lease, now, now.plus_seconds(LEASE_SECONDS)).await?;
        tx.commit().await?;
        let Some(job) = taken else { return Ok(()) };
        let worker = Worker { app, job, lease };
        worker.run().await?;
    }
    Ok(())
}

/// Forgets the jobs that ended before then, of every workplace. Gives how many there were.
pub async fn tidy(app: &App, before: Moment) -> Result<u64> {
    let mut tx = app.begin_long().await?;
    let done = sql::forget_ended(&mut tx, before).await?;
    tx.commit().await?;
    Ok(done)
}

struct Worker<'a> {
    app: &'a App,
    job: Job,
    lease: Uuid,
}

impl Worker<'_> {
    async fn run(mut self) -> Result<()> {
        match self.all().await {
            Ok(()) => self.end(JobState::Done, None).await,
            // Somebody else took over: it is theirs now.
            Err(error) if error.code() == "lease" => Ok(()),
            Err(error) => {
                tracing::error!(job = %self.job.id, %error, "a job could not go on");
                let told = match error {
                    Error::Internal(_) | Error::Store(_) => {
                        "The server could not go on with this: try again in a moment.".to_owned()
                    }
                    told => told.to_string(),
                };
                self.end(JobState::Failed, Some(told)).await
            }
        }
    }

    async fn end(&mut self, state: JobState, error: Option<String>) -> Result<()> {
        (self.job.state, self.job.error) = (state, error);
        let mut tx = self.app.begin_long().await?;
        self.keep(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn keep(&self, tx: &mut Tx) -> Result<()> {
        let now = self.app.now();
        sql::keep(tx, &self.job, self.lease, now, now.plus_seconds(LEASE_SECONDS)).await?;
        signals::send(tx, &self.app.entropy, now, self.job.workplace, None, signals::JOB).await
    }

    async fn all(&mut self) -> Result<()> {
        let actor = self.job.asked.actor(self.job.workplace);
        let workplace = workplaces::read(&self.app.db, self.job.workplace).await?;
        let policy = workplace.policy();
        loop {
            let next = self.next().await?;
            let Some(last) = next.last().copied() else {
                return Ok(());
            };
            let mut tx = self.app.begin_long().await?;
            tx.lock(self.job.workplace.0).await?;
            if self.job.input.action == Action::AddToGroup {
                self.add_to_group(&mut tx, &actor, &next).await?;
            } else if self.job.input.action == Action::Notify {
                for id in &next {
                    let message = self.job.input.message.as_deref().unwrap_or_default();
                    let done = notices::write(self.app, &mut tx, &actor, *id, message).await;
                    self.note(done)?;
                }
            } else {
                for id in &next {
                    self.change(&mut tx, &actor, *id, &policy).await?;
                }
            }
            self.job.done += next.len() as i64;
            self.job.progress.after = Some(last);
            self.keep(&mut tx).await?;
            tx.commit().await?;
        }
    }

    /// The people whose turn it is.
    async fn next(&self) -> Result<Vec<AccountId>> {
        match &self.job.input.target {
            Target::These(ids) => {
                let done = self.job.done as usize;
                Ok(ids.iter().skip(done).take(BATCH).copied().collect())
            }
            Target::Matching(filter) => {
                let after = self.job.progress.after;
                accounts::matching_ids(&self.app.db, self.job.workplace, filter, after, BATCH as i64).await
            }
        }
    }

    async fn change(&mut self, tx: &mut Tx, actor: &Actor, id: AccountId, policy: &Policy) -> Result<()> {
        let Some(verb) = self.job.input.action.verb(self.job.input.message.clone()) else {
            return Ok(());
        };
        let change = Change::new(people::source(actor), verb);
        let planned = match accounts::get(&mut *tx, self.job.workplace, id).await? {
            None => Err(Error::not_found("person")),
            Some(account) => match people::may_work_on(tx, actor, &account, &change.verb).await {
                Ok(()) => accounts::plan(self.app, tx, actor, Whom::Is(id), &change, policy).await,
                Err(refused) => Err(refused),
            },
        };
        let done = match planned {
            Ok(plan) if plan.is_unchanged() => Ok(false),
            Ok(plan) => accounts::apply(self.app, tx, actor, &plan).await.map(|()| true),
            Err(why) => Err(why),
        };
        self.note(done)
    }

    /// Counts what became of one person: changed, or was so already.
    fn note(&mut self, done: Result<bool>) -> Result<()> {
        let progress = &mut self.job.progress;
        match done {
            Ok(true) => progress.changed += 1,
            Ok(false) => progress.unchanged += 1,
            Err(error @ (Error::Internal(_) | Error::Store(_))) => return Err(error),
            Err(refused) => {
                progress.refused += 1;
                progress.first_refusal.get_or_insert(refused.to_string());
            }
        }
        Ok(())
    }

    async fn add_to_group(&mut self, tx: &mut Tx, actor: &Actor, ids: &[AccountId]) -> Result<()> {
        let id = self.job.input.group.ok_or_else(|| Error::not_found("group"))?;
        let (group, _) = groups::read(&self.app.db, actor, id).await?;
        let added = groups::add_within(self.app, tx, actor, &group, ids, false).await?;
        self.job.progress.changed += added.added;
        self.job.progress.unchanged += added.already;
        self.job.progress.refused += added.refused;
        if added.refused > 0 {
            let why = "They are deactivated, or not here any more.".to_owned();
            self.job.progress.first_refusal.get_or_insert(why);
        }
        Ok(())
    }
}
