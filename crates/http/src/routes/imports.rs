use std::io::Write as _;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use guildhall_core::accounts::Brake;
use guildhall_core::ids::RunId;
use guildhall_core::imports::{
    self, Counts, Mapping, Mode, RowAction, RowFacts, RowFilter, RowProblem, RowStatus, Run, RunState, Said,
};
use guildhall_core::{Error, Moment, Page, accounts, page};
use guildhall_wire::sheet::{self, Template, XlsxWriter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tokens::CreatedBy;
use crate::caller::Asker;
use crate::{Failure, Problem, Site, download};

/// The largest list that is taken.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// A list on its way in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Import {
    id: Uuid,
    /// The directory whose people these are; absent for a list.
    directory_id: Option<Uuid>,
    /// Of a directory: everybody was read, not only what changed.
    full: bool,
    /// Of a directory: it began by itself.
    scheduled: bool,
    file_name: String,
    mode: Mode,
    state: RunState,
    error: Option<String>,
    mapping: Mapping,
    options: ImportOptions,
    counts: Counts,
    progress: Option<Progress>,
    brake: Option<Brake>,
    /// Its file and rows were removed, because they were kept long enough.
    tidied: bool,
    undo: Option<Undo>,
    undo_result: Option<UndoResult>,
    created_by: Option<CreatedBy>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    planned_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    applied_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    undone_at: Option<Moment>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ImportOptions {
    /// Invite at once who is added.
    invite: bool,
}

/// How far the work in the background is.
#[derive(Serialize, utoipa::ToSchema)]
struct Progress {
    stage: String,
    done: i64,
    total: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Undo {
    possible: bool,
    reason: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct UndoResult {
    restored: i64,
    kept: i64,
    /// Of those restored who had been invited: whose old link works again,
    links_back: i64,
    /// to whom a new invitation was sent,
    invited_again: i64,
    /// and who need one, because theirs never arrived or is too old.
    without_link: i64,
}

/// What becomes of those who come back and had been invited.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoAsked {
    /// Send them a new invitation. Otherwise the link that they have works again.
    #[serde(default)]
    invite_again: bool,
}

impl Import {
    pub(super) async fn of(site: &Site, run: Run) -> Result<Self, Failure> {
        let db = &site.app.db;
        let possible = imports::undo_possible(db, &run).await?;
        let by = match run.created_by {
            Some(id) => accounts::named(db, run.workplace, &[id]).await?.pop(),
            None => None,
        };
        let works = matches!(
            run.state,
            RunState::Reading | RunState::Planning | RunState::Applying | RunState::Undoing
        );
        let undone = matches!(run.state, RunState::Undone | RunState::Undoing);
        Ok(Self {
            progress: works.then(|| Progress {
                stage: match run.state {
                    RunState::Undoing => "undo".into(),
                    RunState::Reading => "read".into(),
                    _ => run.stage.clone(),
                },
                // Lines are more than rows where a heading or a cell of several lines is among them.
                done: run.position.min(run.rows_total),
                total: run.rows_total,
            }),
            tidied: run.tidied_at.is_some(),
            undo: (run.state == RunState::Applied).then(|| Undo {
                possible: possible.is_ok(),
                reason: possible.err().map(str::to_owned),
            }),
            undo_result: undone.then_some(UndoResult {
                restored: run.counts.restored,
                kept: run.counts.kept,
                links_back: run.counts.links_back,
                invited_again: run.counts.invited_again,
                without_link: run.counts.without_link,
            }),
            created_by: by.map(|named| CreatedBy {
                id: named.id,
                display_name: named.display_name,
            }),
            directory_id: run.directory.map(|id| id.0),
            full: run.sync.as_ref().is_some_and(|sync| sync.full),
            scheduled: run.sync.as_ref().is_some_and(|sync| sync.scheduled),
            id: run.id.0,
            file_name: run.file_name,
            mode: run.mode,
            state: run.state,
            error: run.error,
            mapping: run.mapping,
            options: ImportOptions {
                invite: run.options.invite,
            },
            counts: run.counts,
            brake: run.brake,
            created_at: run.created_at,
            planned_at: run.planned_at,
            applied_at: run.applied_at,
            undone_at: run.undone_at,
        })
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Upload {
    mode: Mode,
    file_name: Option<String>,
}

/// Takes a list in: the body is the file as it is, CSV or XLSX, 1 GB at most. It changes nobody until it is applied.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", params(Upload),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 201, description = "It is planned now, or waits for its columns to be named", body = Import),
    (status = 413, description = "It is too large", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What it is instead of a list", body = Problem, content_type = "application/problem+json")
))]
pub async fn create(
    State(site): State<Site>,
    asker: Asker,
    Query(upload): Query<Upload>,
    body: Body,
) -> Result<Response, Failure> {
    asker.actor.need(guildhall_core::Permission::PeopleImport)?;
    let Some(file) = received(body).await? else {
        let detail = "The file is larger than 1 GB. Split it, or leave columns out that are not needed.";
        return Ok(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).into_response());
    };
    let name = upload.file_name.unwrap_or_else(|| "people".into());
    let run = imports::create(&site.app, &asker.actor, &name, upload.mode, file).await?;
    Ok((StatusCode::CREATED, Json(Import::of(&site, run).await?)).into_response())
}

/// The body as a temporary file; nothing when it is too large.
pub(super) async fn received(body: Body) -> Result<Option<std::fs::File>, Error> {
    let broken = |why: &dyn std::fmt::Display| Error::Internal(format!("an upload could not be kept: {why}"));
    let mut file = tempfile::tempfile().map_err(|why| broken(&why))?;
    let mut stream = body.into_data_stream();
    let mut size = 0;
    while let Some(piece) = stream.next().await {
        let piece =
            piece.map_err(|_| Error::invalid("file", "The upload broke off: send the file again."))?;
        size += piece.len() as u64;
        if size > MAX_BYTES {
            return Ok(None);
        }
        file.write_all(&piece).map_err(|why| broken(&why))?;
    }
    Ok(Some(file))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// What the page before had as `next`.
    pub after: Option<Uuid>,
    /// 50 if left out, 200 at most.
    pub limit: Option<i64>,
}

/// The lists that came in, newest first.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports", params(Paging), responses(
    (status = 200, description = "A page of lists", body = Page<Import>),
    (status = 403, description = "It takes people.import", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(
    State(site): State<Site>,
    asker: Asker,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Import>>, Failure> {
    let after = paging.after.map(RunId);
    let found = imports::list(&site.app.db, &asker.actor, None, after, page::limit(paging.limit)).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for run in found.items {
        items.push(Import::of(&site, run).await?);
    }
    Ok(Json(Page {
        items,
        next: found.next,
    }))
}

/// One list, and how far it is.
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "imports", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The list", body = Import),
    (status = 404, description = "There is no such list", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
) -> Result<Json<Import>, Failure> {
    let run = imports::get(&site.app.db, &asker.actor, RunId(id)).await?;
    Ok(Json(Import::of(&site, run).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingInput {
    columns: Vec<ColumnInput>,
    options: OptionsInput,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct OptionsInput {
    /// Invite at once who is added.
    invite: bool,
    /// Read the list with this between its cells, if what was guessed is wrong: `,` `;` `|` or a tab.
    delimiter: Option<String>,
    /// Read the list in this encoding, if what was guessed is wrong: `utf-8`, `utf-16le`, `windows-1252`.
    encoding: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ColumnInput {
    index: usize,
    /// Such as `email`, `employee_id`, `manager_email`; null: the column is not used.
    #[schema(value_type = Option<String>)]
    field: Option<sheet::Field>,
}

/// Says what the columns are and whether those who are added are invited. The list is planned anew. Read in another way
/// and with no columns named, it may wait for its columns again.
#[utoipa::path(put, path = "/api/v1/imports/{id}/mapping", tag = "imports", params(("id" = Uuid, Path)),
    request_body = MappingInput, responses(
    (status = 200, description = "It is planned now", body = Import),
    (status = 409, description = "`import_state`: it is being worked on, or done", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Why these columns do not do", body = Problem, content_type = "application/problem+json")
))]
pub async fn map(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
    Json(input): Json<MappingInput>,
) -> Result<Json<Import>, Failure> {
    let columns: Vec<_> = input
        .columns
        .iter()
        .map(|column| (column.index, column.field))
        .collect();
    let said = Said {
        columns: &columns,
        invite: input.options.invite,
        delimiter: input.options.delimiter.as_deref(),
        encoding: input.options.encoding.as_deref(),
    };
    let run = imports::set_mapping(&site.app, &asker.actor, RunId(id), &said).await?;
    Ok(Json(Import::of(&site, run).await?))
}

/// What is said of a row.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ImportRow {
    /// In the file, from 1. In a full list, leavers follow after its last line.
    line: i64,
    status: RowStatus,
    action: RowAction,
    name: String,
    account_id: Option<Uuid>,
    problems: Vec<RowProblem>,
    outcome: Option<String>,
}

impl From<RowFacts> for ImportRow {
    fn from(row: RowFacts) -> Self {
        Self {
            line: row.line,
            status: row.status,
            action: row.action,
            name: row.name,
            account_id: row.account.map(|id| id.0),
            problems: row.problems,
            outcome: row.outcome,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichRows {
    status: Option<RowStatus>,
    action: Option<RowAction>,
    /// What the page before had as `next`.
    after: Option<i64>,
    /// 50 if left out, 200 at most.
    limit: Option<i64>,
}

/// What each row would do or did, by line.
#[utoipa::path(get, path = "/api/v1/imports/{id}/rows", tag = "imports", params(("id" = Uuid, Path), WhichRows), responses(
    (status = 200, description = "A page of rows", body = Page<ImportRow>),
    (status = 404, description = "There is no such list", body = Problem, content_type = "application/problem+json")
))]
pub async fn rows(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
    Query(which): Query<WhichRows>,
) -> Result<Json<Page<ImportRow>>, Failure> {
    let filter = RowFilter {
        status: which.status,
        action: which.action,
        later: false,
        after: which.after.unwrap_or(0),
        limit: page::limit(which.limit),
    };
    let found = imports::rows(&site.app.db, &asker.actor, RunId(id), &filter).await?;
    Ok(Json(found.map(Into::into)))
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    /// Needed when the brake holds.
    #[serde(default)]
    confirm_brake: bool,
}

/// Does what was planned, in the background.
#[utoipa::path(post, path = "/api/v1/imports/{id}/apply", tag = "imports", params(("id" = Uuid, Path)),
    request_body = Confirmed, responses(
    (status = 200, description = "It is being done", body = Import),
    (status = 409, description = "`brake`: it would deactivate more people than may go without your word; `import_state`", body = Problem, content_type = "application/problem+json")
))]
pub async fn apply(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
    confirmed: Option<Json<Confirmed>>,
) -> Result<Json<Import>, Failure> {
    let confirmed = confirmed.is_some_and(|given| given.0.confirm_brake);
    let run = imports::apply(&site.app, &asker.actor, RunId(id), confirmed).await?;
    Ok(Json(Import::of(&site, run).await?))
}

/// Puts a list away that was not applied.
#[utoipa::path(post, path = "/api/v1/imports/{id}/cancel", tag = "imports", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "It is put away", body = Import),
    (status = 409, description = "`import_state`", body = Problem, content_type = "application/problem+json")
))]
pub async fn cancel(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
) -> Result<Json<Import>, Failure> {
    let run = imports::cancel(&site.app, &asker.actor, RunId(id)).await?;
    Ok(Json(Import::of(&site, run).await?))
}

/// Puts back what the last list changed, in the background. What somebody changed since, and who has logged in since,
/// is kept and counted.
#[utoipa::path(post, path = "/api/v1/imports/{id}/undo", tag = "imports", params(("id" = Uuid, Path)),
    request_body = Option<UndoAsked>, responses(
    (status = 200, description = "It is being undone", body = Import),
    (status = 409, description = "`not_last`, `import_state`", body = Problem, content_type = "application/problem+json")
))]
pub async fn undo(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
    asked: Option<Json<UndoAsked>>,
) -> Result<Json<Import>, Failure> {
    let again = asked.is_some_and(|asked| asked.0.invite_again);
    let run = imports::undo(&site.app, &asker.actor, RunId(id), again).await?;
    Ok(Json(Import::of(&site, run).await?))
}

/// A file that says what became of each row, as CSV.
#[utoipa::path(get, path = "/api/v1/imports/{id}/result", tag = "imports", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
    (status = 404, description = "There is no such list", body = Problem, content_type = "application/problem+json")
))]
pub async fn result(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
) -> Result<Response, Failure> {
    let run = imports::get(&site.app.db, &asker.actor, RunId(id)).await?;
    let stem = run
        .file_name
        .rsplit_once('.')
        .map_or(run.file_name.as_str(), |(stem, _)| stem);
    let stem: String = stem
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    let parts = async_stream::try_stream! {
        let mut after = Some(0);
        while let Some(line) = after {
            let (text, next) =
                imports::result(&site.app, &asker.actor, RunId(id), line).await.map_err(std::io::Error::other)?;
            after = next;
            yield Bytes::from(text);
        }
    };
    let parts: futures::stream::BoxStream<'static, Result<Bytes, std::io::Error>> = Box::pin(parts);
    let name = format!("{stem}-result.csv");
    Ok(download::file(download::CSV, &name, Body::from_stream(parts)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichTemplate {
    /// `csv` or `xlsx`.
    format: Option<String>,
    /// Whose columns: `add` if left out.
    mode: Option<Mode>,
}

/// An empty list with the headings that are known and one example, to be filled in.
#[utoipa::path(get, path = "/api/v1/imports/template", tag = "imports", params(WhichTemplate), responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv")
))]
pub async fn template(asker: Asker, Query(which): Query<WhichTemplate>) -> Result<Response, Failure> {
    asker.actor.need(guildhall_core::Permission::PeopleImport)?;
    let template = match which.mode {
        None | Some(Mode::Add | Mode::Full) => Template::People,
        Some(Mode::Leavers) => Template::Deactivation,
        Some(Mode::Invite) => Template::Invitation,
    };
    let (headers, example) = (template.headers(), template.example());
    let stem = template.file_stem();
    match which.format.as_deref() {
        None | Some("csv") => {
            let text = download::csv([headers, example], true);
            Ok(download::file(download::CSV, &format!("{stem}.csv"), text))
        }
        Some("xlsx") => {
            let mut xlsx = XlsxWriter::new("People").map_err(download::inside)?;
            xlsx.row(headers).map_err(download::inside)?;
            xlsx.row(example).map_err(download::inside)?;
            let bytes = download::workbook(xlsx)?;
            Ok(download::file(download::XLSX, &format!("{stem}.xlsx"), bytes))
        }
        Some(_) => Err(Failure(Error::invalid("format", "Choose csv or xlsx."))),
    }
}
