//! The only file that touches jobs.

use guildhall_store::{Db, FromRow, Sql, Tx, sql};
use uuid::Uuid;

use super::{Job, JobState};
use crate::ids::{AccountId, JobId, WorkplaceId};
use crate::{Error, Moment, Result};

const COLUMNS: &str = "id, workplace_id, state, input, progress, done, total, error";

#[derive(FromRow)]
struct Record {
    id: JobId,
    workplace_id: WorkplaceId,
    state: String,
    input: String,
    progress: String,
    done: i64,
    total: i64,
    error: Option<String>,
}

fn damaged(column: &str) -> Error {
    Error::Internal(format!("jobs.{column} holds what is not known"))
}

impl Record {
    fn job(self) -> Result<Job> {
        let (input, asked) = serde_json::from_str(&self.input).map_err(|_| damaged("input"))?;
        Ok(Job {
            id: self.id,
            workplace: self.workplace_id,
            state: JobState::parse(&self.state).ok_or_else(|| damaged("state"))?,
            done: self.done,
            total: self.total,
            error: self.error,
            input,
            asked,
            progress: serde_json::from_str(&self.progress).map_err(|_| damaged("progress"))?,
        })
    }
}

fn text<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|why| Error::Internal(why.to_string()))
}

pub(super) async fn insert(tx: &mut Tx, job: &Job, now: Moment) -> Result<()> {
    sql("INSERT INTO jobs (id, workplace_id, kind, state, input, progress, done, total, created_by, created_at, \
         updated_at, leased_until) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $9, 0)")
    .bind(job.id)
    .bind(job.workplace)
    .bind(job.input.action.as_str())
    .bind(job.state.as_str())
    .bind(text(&(&job.input, &job.asked))?)
    .bind(text(&job.progress)?)
    .bind(job.total)
    .bind(job.asked.account.map(|id: AccountId| id.0))
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn get(db: &Db, workplace: WorkplaceId, id: JobId) -> Result<Option<Job>> {
    Sql::built(format!(
        "SELECT {COLUMNS} FROM jobs WHERE workplace_id = $1 AND id = $2"
    ))
    .bind(workplace)
    .bind(id)
    .optional::<Record>(db)
    .await?
    .map(Record::job)
    .transpose()
}

/// Whether any job of any workplace waits for somebody to work on it.
pub(super) async fn any_due(db: &Db, now: Moment) -> Result<bool> {
    let found: Option<i32> = sql(
        "SELECT 1 FROM jobs WHERE state IN ('waiting', 'running') AND leased_until <= $1 \
         AND workplace_id IS NOT NULL LIMIT 1",
    )
    .bind(now.ms())
    .scalar_optional(db)
    .await?;
    Ok(found.is_some())
}

/// Takes a job of any workplace that nobody works on.
pub(super) async fn take(tx: &mut Tx, lease: Uuid, now: Moment, until: Moment) -> Result<Option<Job>> {
    let query = format!(
        "SELECT {COLUMNS} FROM jobs WHERE state IN ('waiting', 'running') AND leased_until <= $1 \
         AND workplace_id IS NOT NULL ORDER BY id LIMIT 1{}",
        tx.skip_locked()
    );
    let record: Option<Record> = Sql::built(query).bind(now.ms()).optional(&mut *tx).await?;
    let Some(mut job) = record.map(Record::job).transpose()? else {
        return Ok(None);
    };
    job.state = JobState::Running;
    sql("UPDATE jobs SET state = 'running', lease = $1, leased_until = $2 WHERE workplace_id = $3 AND id = $4")
        .bind(lease)
        .bind(until.ms())
        .bind(job.workplace)
        .bind(job.id)
        .execute(tx)
        .await?;
    Ok(Some(job))
}

/// Writes how far the job is, and prolongs the lease; fails when it belongs to somebody else by now.
pub(super) async fn keep(tx: &mut Tx, job: &Job, lease: Uuid, now: Moment, until: Moment) -> Result<()> {
    let over = matches!(job.state, JobState::Done | JobState::Failed);
    let kept = sql(
        "UPDATE jobs SET state = $1, progress = $2, done = $3, error = $4, updated_at = $5, \
         finished_at = $6, leased_until = $7 WHERE workplace_id = $8 AND id = $9 AND lease = $10",
    )
    .bind(job.state.as_str())
    .bind(text(&job.progress)?)
    .bind(job.done)
    .bind(job.error.clone())
    .bind(now.ms())
    .bind(over.then_some(now.ms()))
    .bind(until.ms())
    .bind(job.workplace)
    .bind(job.id)
    .bind(lease)
    .execute(tx)
    .await?;
    if kept == 1 {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "lease",
        message: "Another server works on this.".into(),
    })
}

/// Forgets the jobs of every workplace that ended before then. Gives how many there were.
pub(super) async fn forget_ended(tx: &mut Tx, before: Moment) -> Result<u64> {
    Ok(
        sql("DELETE FROM jobs WHERE finished_at <= $1 AND workplace_id IS NOT NULL")
            .bind(before.ms())
            .execute(tx)
            .await?,
    )
}
