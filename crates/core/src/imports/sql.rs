//! The only file that touches import_runs and import_rows.

use guildhall_store::{Conn, Db, FromRow, Growing, Insert, Sql, Tx, Value, sql};
use uuid::Uuid;

use super::types::{By, Options, RowAction, RowFacts, RowStatus, Run, RunState};
use crate::ids::{AccountId, DirectoryId, FileId, RunId, WorkplaceId};
use crate::imports::Mode;
use crate::{Error, Moment, Page, Result};

const COLUMNS: &str = "id, workplace_id, file_id, file_name, mode, state, mapping, options, counts, brake, error, stage, \
    position, rows_total, created_by, created_at, planned_at, applied_at, undone_at, directory_id, sync, tidied_at";

#[derive(FromRow)]
struct Record {
    id: Uuid,
    workplace_id: WorkplaceId,
    file_id: FileId,
    file_name: String,
    mode: String,
    state: String,
    mapping: String,
    options: String,
    counts: String,
    brake: Option<String>,
    error: Option<String>,
    stage: String,
    position: i64,
    rows_total: i64,
    created_by: Option<AccountId>,
    created_at: i64,
    planned_at: Option<i64>,
    applied_at: Option<i64>,
    undone_at: Option<i64>,
    directory_id: Option<DirectoryId>,
    sync: Option<String>,
    tidied_at: Option<i64>,
}

fn damaged(column: &str) -> Error {
    Error::Internal(format!("import_runs.{column} holds what is not known"))
}

fn json<T: serde::de::DeserializeOwned>(column: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| damaged(column))
}

impl Record {
    fn run(self) -> Result<Run> {
        let moment = |at: Option<i64>| at.map(Moment::from_ms);
        Ok(Run {
            id: RunId(self.id),
            workplace: self.workplace_id,
            file: self.file_id,
            file_name: self.file_name,
            mode: Mode::parse(&self.mode).ok_or_else(|| damaged("mode"))?,
            state: RunState::parse(&self.state).ok_or_else(|| damaged("state"))?,
            mapping: json("mapping", &self.mapping)?,
            by: json::<Kept<By>>("options", &self.options)?
                .by
                .unwrap_or_else(|| By::uploader(self.created_by)),
            options: json("options", &self.options)?,
            counts: json("counts", &self.counts)?,
            brake: self.brake.map(|text| json("brake", &text)).transpose()?,
            error: self.error,
            stage: self.stage,
            position: self.position,
            rows_total: self.rows_total,
            created_by: self.created_by,
            created_at: Moment::from_ms(self.created_at),
            planned_at: moment(self.planned_at),
            applied_at: moment(self.applied_at),
            undone_at: moment(self.undone_at),
            directory: self.directory_id,
            sync: self.sync.map(|text| json("sync", &text)).transpose()?,
            tidied_at: moment(self.tidied_at),
        })
    }
}

/// What the column `options` holds.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept<B> {
    #[serde(flatten)]
    options: Options,
    by: Option<B>,
}

fn text<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|why| Error::Internal(why.to_string()))
}

/// Writes the run as it now is. `lease`: only if it still belongs to who asks; the lease is prolonged to then.
pub(super) async fn put(tx: &mut Tx, run: &Run, lease: Option<(Uuid, Moment)>) -> Result<()> {
    let owner = lease.map(|(lease, _)| lease);
    let until = lease.map_or(0, |(_, until)| until.ms());
    let written = sql("INSERT INTO import_runs (id, workplace_id, file_id, file_name, mode, state, mapping, options, \
         counts, brake, error, stage, position, rows_total, created_by, created_at, planned_at, applied_at, undone_at, \
         lease, leased_until, directory_id, sync) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23) \
         ON CONFLICT (id) DO UPDATE SET file_id = excluded.file_id, mode = excluded.mode, sync = excluded.sync, state = excluded.state, mapping = excluded.mapping, options = excluded.options, \
         counts = excluded.counts, brake = excluded.brake, error = excluded.error, stage = excluded.stage, \
         position = excluded.position, rows_total = excluded.rows_total, planned_at = excluded.planned_at, \
         applied_at = excluded.applied_at, undone_at = excluded.undone_at, leased_until = excluded.leased_until, \
         lease = excluded.lease \
         WHERE import_runs.workplace_id = excluded.workplace_id \
         AND ($20 IS NULL OR import_runs.lease = $20)")
    .bind(run.id)
    .bind(run.workplace)
    .bind(run.file)
    .bind(&run.file_name)
    .bind(run.mode.as_str())
    .bind(run.state.as_str())
    .bind(text(&run.mapping)?)
    .bind(text(&Kept {
        options: run.options.clone(),
        by: Some(&run.by),
    })?)
    .bind(text(&run.counts)?)
    .bind(run.brake.as_ref().map(text).transpose()?)
    .bind(run.error.clone())
    .bind(&run.stage)
    .bind(run.position)
    .bind(run.rows_total)
    .bind(run.created_by.map(|id| id.0))
    .bind(run.created_at.ms())
    .bind(run.planned_at.map(Moment::ms))
    .bind(run.applied_at.map(Moment::ms))
    .bind(run.undone_at.map(Moment::ms))
    .bind(owner)
    .bind(until)
    .bind(run.directory.map(|id| id.0))
    .bind(run.sync.as_ref().map(text).transpose()?)
    .execute(tx)
    .await?;
    if written == 1 {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "lease",
        message: "Another server works on this list.".into(),
    })
}

pub(super) async fn get<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    id: RunId,
) -> Result<Option<Run>> {
    Sql::built(format!(
        "SELECT {COLUMNS} FROM import_runs WHERE workplace_id = $1 AND id = $2"
    ))
    .bind(workplace)
    .bind(id)
    .optional::<Record>(conn)
    .await?
    .map(Record::run)
    .transpose()
}

/// The lists that came in, newest first.
pub(super) async fn list(
    db: &Db,
    (workplace, directory): (WorkplaceId, Option<DirectoryId>),
    after: Option<RunId>,
    limit: i64,
) -> Result<Page<Run>> {
    let after = after.map_or(Uuid::max(), |id| id.0);
    let text = format!(
        "SELECT {COLUMNS} FROM import_runs WHERE workplace_id = $1 AND id < $2 AND COALESCE(directory_id, $4) = $5 \
         ORDER BY id DESC LIMIT $3"
    );
    let records: Vec<Record> = Sql::built(text)
        .bind(workplace)
        .bind(after)
        .bind(limit + 1)
        .bind(Uuid::nil())
        .bind(directory.map_or(Uuid::nil(), |id| id.0))
        .all(db)
        .await?;
    let runs: Result<Vec<Run>> = records.into_iter().map(Record::run).collect();
    Ok(Page::cut(runs?, limit, |run| run.id.to_string()))
}

/// The run that was applied last, unless it was undone.
pub(super) async fn last_applied<'a>(
    conn: impl Into<Conn<'a>>,
    (workplace, directory): (WorkplaceId, Option<DirectoryId>),
) -> Result<Option<RunId>> {
    let last: Option<Uuid> = sql(
        "SELECT id FROM import_runs WHERE workplace_id = $1 AND COALESCE(directory_id, $2) = $3 \
         AND applied_at IS NOT NULL ORDER BY applied_at DESC LIMIT 1",
    )
    .bind(workplace)
    .bind(Uuid::nil())
    .bind(directory.map_or(Uuid::nil(), |id| id.0))
    .scalar_optional(conn)
    .await?;
    Ok(last.map(RunId))
}

/// Takes a run that waits for somebody to work on it: that one, or any of any workplace.
pub(super) async fn take(
    tx: &mut Tx,
    wanted: Option<RunId>,
    (lease, which): (Uuid, Which),
    now: Moment,
    until: Moment,
) -> Result<Option<Run>> {
    let states = which.states();
    let text = format!(
        "SELECT {COLUMNS} FROM import_runs WHERE state IN ({states}) AND leased_until <= $1 \
         AND ($2 IS NULL OR id = $2) AND workplace_id IS NOT NULL ORDER BY id LIMIT 1{}",
        tx.skip_locked()
    );
    let record: Option<Record> = Sql::built(text)
        .bind(now.ms())
        .bind(wanted.map(|id| id.0))
        .optional(&mut *tx)
        .await?;
    let Some(run) = record.map(Record::run).transpose()? else {
        return Ok(None);
    };
    sql("UPDATE import_runs SET lease = $1, leased_until = $2 WHERE workplace_id = $3 AND id = $4")
        .bind(lease)
        .bind(until.ms())
        .bind(run.workplace)
        .bind(run.id)
        .execute(tx)
        .await?;
    Ok(Some(run))
}

/// Which runs are worked on.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    /// Those whose rows are there.
    Kept,
    /// Those whose rows a directory is still to give.
    Unread,
    All,
}

impl Which {
    fn states(self) -> &'static str {
        match self {
            Self::Kept => "'planning', 'applying', 'undoing'",
            Self::Unread => "'reading'",
            Self::All => "'reading', 'planning', 'applying', 'undoing'",
        }
    }
}

/// Whether any run of any workplace waits for somebody to work on it.
pub(super) async fn any_due(db: &Db, now: Moment, which: Which) -> Result<bool> {
    let states = which.states();
    let found: Option<i32> = Sql::built(format!(
        "SELECT 1 FROM import_runs WHERE state IN ({states}) AND leased_until <= $1 AND workplace_id IS NOT NULL LIMIT 1"
    ))
    .bind(now.ms())
    .scalar_optional(db)
    .await?;
    Ok(found.is_some())
}

/// The runs of a directory that are not over.
pub(super) async fn open_of(tx: &mut Tx, workplace: WorkplaceId, directory: DirectoryId) -> Result<Vec<Run>> {
    let records: Vec<Record> = Sql::built(format!(
        "SELECT {COLUMNS} FROM import_runs WHERE workplace_id = $1 AND directory_id = $2 \
         AND state IN ('reading', 'planning', 'planned', 'applying', 'undoing')"
    ))
    .bind(workplace)
    .bind(directory)
    .all(tx)
    .await?;
    records.into_iter().map(Record::run).collect()
}

/// Forgets a run as if it had not been.
pub(super) async fn forget(tx: &mut Tx, run: &Run) -> Result<()> {
    drop_rows(tx, run).await?;
    sql("DELETE FROM import_runs WHERE workplace_id = $1 AND id = $2")
        .bind(run.workplace)
        .bind(run.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Writes what is said of rows, in place of what was said before.
pub(super) async fn put_rows(tx: &mut Tx, run: &Run, rows: &[RowFacts]) -> Result<()> {
    let mut insert = Insert::new(
        "INSERT INTO import_rows (run_id, workplace_id, line, status, action, name, account_id, problems, outcome, later)",
        10,
    )
    .tail(
        "ON CONFLICT (run_id, line) DO UPDATE SET status = excluded.status, action = excluded.action, \
         name = excluded.name, account_id = excluded.account_id, problems = excluded.problems, \
         outcome = excluded.outcome, later = excluded.later",
    );
    for row in rows {
        let told = (!row.problems.is_empty()).then_some(&row.problems);
        let problems = told.map(text).transpose()?;
        insert.push([
            Value::from(run.id),
            run.workplace.into(),
            row.line.into(),
            row.status.as_str().into(),
            row.action.as_str().into(),
            (&row.name).into(),
            row.account.map(|id| id.0).into(),
            problems.into(),
            row.outcome.clone().into(),
            row.later.into(),
        ]);
    }
    insert.execute(tx).await?;
    Ok(())
}

/// A run that ended before then and whose file and rows are still kept.
pub(super) async fn old(db: &Db, before: Moment) -> Result<Option<Run>> {
    Sql::built(format!(
        "SELECT {COLUMNS} FROM import_runs WHERE state IN ('applied', 'undone', 'failed') AND created_at <= $1 \
         AND tidied_at IS NULL AND workplace_id IS NOT NULL ORDER BY created_at LIMIT 1"
    ))
    .bind(before.ms())
    .optional::<Record>(db)
    .await?
    .map(Record::run)
    .transpose()
}

/// The last line of which something is said.
pub(super) async fn last_line(db: &Db, run: &Run) -> Result<Option<i64>> {
    Ok(
        sql("SELECT MAX(line) FROM import_rows WHERE workplace_id = $1 AND run_id = $2")
            .bind(run.workplace)
            .bind(run.id)
            .scalar(db)
            .await?,
    )
}

/// Forgets what was said of the rows up to a line.
pub(super) async fn drop_rows_to(tx: &mut Tx, run: &Run, line: i64) -> Result<()> {
    sql("DELETE FROM import_rows WHERE workplace_id = $1 AND run_id = $2 AND line <= $3")
        .bind(run.workplace)
        .bind(run.id)
        .bind(line)
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes that what was said of the rows of a run is forgotten.
pub(super) async fn note_tidied(tx: &mut Tx, run: &Run, now: Moment) -> Result<()> {
    sql("UPDATE import_runs SET tidied_at = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(now.ms())
        .bind(run.workplace)
        .bind(run.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets what was said of the rows of a run.
pub(super) async fn drop_rows(tx: &mut Tx, run: &Run) -> Result<()> {
    sql("DELETE FROM import_rows WHERE workplace_id = $1 AND run_id = $2")
        .bind(run.workplace)
        .bind(run.id)
        .execute(tx)
        .await?;
    Ok(())
}

#[derive(FromRow)]
struct RowRecord {
    line: i64,
    status: String,
    action: String,
    name: String,
    account_id: Option<AccountId>,
    problems: Option<String>,
    outcome: Option<String>,
    later: bool,
}

impl RowRecord {
    fn facts(self) -> Result<RowFacts> {
        Ok(RowFacts {
            line: self.line,
            status: RowStatus::parse(&self.status).ok_or_else(|| damaged("status"))?,
            action: RowAction::parse(&self.action).ok_or_else(|| damaged("action"))?,
            name: self.name,
            account: self.account_id,
            problems: self
                .problems
                .map(|text| json("problems", &text))
                .transpose()?
                .unwrap_or_default(),
            outcome: self.outcome,
            later: self.later,
        })
    }
}

/// Notes what became of the rows of these people.
pub(super) async fn put_outcomes(tx: &mut Tx, run: &Run, outcomes: &[(AccountId, String)]) -> Result<()> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let accounts: Vec<AccountId> = outcomes.iter().map(|(account, _)| *account).collect();
    let text = "SELECT line, account_id FROM import_rows WHERE workplace_id = $1 AND run_id = $2 AND account_id = ANY($3)";
    let lines: Vec<(i64, AccountId)> = sql(text)
        .bind(run.workplace)
        .bind(run.id)
        .bind(AccountId::list(&accounts))
        .all(&mut *tx)
        .await?;
    for (line, account) in lines {
        let outcome = outcomes.iter().find(|(of, _)| *of == account);
        sql("UPDATE import_rows SET outcome = $1 WHERE workplace_id = $2 AND run_id = $3 AND line = $4")
            .bind(outcome.map(|(_, told)| told.as_str()))
            .bind(run.workplace)
            .bind(run.id)
            .bind(line)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Which rows, by line.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowFilter {
    pub status: Option<RowStatus>,
    pub action: Option<RowAction>,
    /// Only those whose manager is set last.
    pub later: bool,
    pub after: i64,
    pub limit: i64,
}

/// What is said of the rows of these lines, in the order of lines.
pub(super) async fn these_rows(
    tx: &mut Tx,
    run: &Run,
    lines: impl Iterator<Item = i64>,
) -> Result<Vec<RowFacts>> {
    let text = "SELECT line, status, action, name, account_id, problems, outcome, later FROM import_rows \
         WHERE workplace_id = $1 AND run_id = $2 AND line = ANY($3) ORDER BY line";
    let records: Vec<RowRecord> = sql(text)
        .bind(run.workplace)
        .bind(run.id)
        .bind(lines.collect::<Vec<i64>>())
        .all(tx)
        .await?;
    records.into_iter().map(RowRecord::facts).collect()
}

pub(super) async fn rows(db: &Db, run: &Run, filter: &RowFilter) -> Result<Page<RowFacts>> {
    let mut query = Growing::new(
        "SELECT line, status, action, name, account_id, problems, outcome, later FROM import_rows \
         WHERE workplace_id = $1 AND run_id = $2 AND line > $3",
        [run.workplace.into(), run.id.into(), filter.after.into()],
    );
    query.narrow("status =", filter.status.map(RowStatus::as_str));
    query.narrow("action =", filter.action.map(RowAction::as_str));
    if filter.later {
        query.and("later");
    }
    query.narrow("TRUE ORDER BY line LIMIT", Some(filter.limit + 1));
    let records: Vec<RowRecord> = query.sql().all(db).await?;
    let found: Result<Vec<RowFacts>> = records.into_iter().map(RowRecord::facts).collect();
    Ok(Page::cut(found?, filter.limit, |row| row.line.to_string()))
}
