//! Runs of a directory: they are imports, read, applied and undone as those are.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use guildhall_core::directory::{self, Pushed};
use guildhall_core::ids::{DirectoryId, RunId};
use guildhall_core::{Page, Permission, imports, page};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::DirectorySettings;
use crate::caller::Asker;
use crate::routes::imports::{Import, Paging, received};
use crate::{Failure, Problem, Site};

/// The runs of a directory, newest first. Runs by schedule that found nothing to do are not kept.
#[utoipa::path(get, path = "/api/v1/directories/{id}/runs", tag = "directories", params(("id" = Uuid, Path), Paging), responses(
    (status = 200, description = "A page of runs", body = Page<Import>),
    (status = 404, description = "There is no such directory", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Import>>, Failure> {
    let found = directory::get(&site.app.db, &asker.actor, DirectoryId(id)).await?;
    let (after, limit) = (paging.after.map(RunId), page::limit(paging.limit));
    let runs = imports::list(&site.app.db, &asker.actor, Some(found.id), after, limit).await?;
    let mut items = Vec::with_capacity(runs.items.len());
    for run in runs.items {
        items.push(Import::of(&site, run).await?);
    }
    Ok(Json(Page {
        items,
        next: runs.next,
    }))
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartInput {
    /// Read everybody, not only what changed.
    #[serde(default)]
    full: bool,
}

/// Reads a directory now, and plans what it would change. A plan that waits is put away for the new one.
#[utoipa::path(post, path = "/api/v1/directories/{id}/runs", tag = "directories", params(("id" = Uuid, Path)),
    request_body = StartInput, responses(
    (status = 201, description = "It is being read", body = Import),
    (status = 404, description = "There is no such directory", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`directory_busy`, `directory_agent`", body = Problem, content_type = "application/problem+json")
))]
pub async fn start(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
    input: Option<Json<StartInput>>,
) -> Result<(StatusCode, Json<Import>), Failure> {
    let full = input.is_some_and(|input| input.0.full);
    let run = directory::start(&site.app, &asker.actor, DirectoryId(id), full).await?;
    Ok((StatusCode::CREATED, Json(Import::of(&site, run).await?)))
}

/// What an agent needs to read the directory.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AgentTask {
    name: String,
    settings: DirectorySettings,
    /// Up to where it was read and applied; to be given back as it is. Absent: read everybody.
    cursor: Option<String>,
    /// Everybody is due to be read.
    full: bool,
}

/// What an agent is to read, and from where on.
#[utoipa::path(get, path = "/api/v1/directories/{id}/agent", tag = "directories", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The task", body = AgentTask),
    (status = 404, description = "There is no such directory", body = Problem, content_type = "application/problem+json")
))]
pub async fn task(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
) -> Result<Json<AgentTask>, Failure> {
    let found = directory::get(&site.app.db, &asker.actor, DirectoryId(id)).await?;
    Ok(Json(AgentTask {
        full: directory::rules::reads_all(&found, site.app.now()),
        cursor: found
            .cursor
            .as_ref()
            .and_then(|cursor| serde_json::to_string(cursor).ok()),
        name: found.name,
        settings: found.settings.into(),
    }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PushQuery {
    /// Everybody who is there is named: whoever is not has left.
    #[serde(default)]
    whole: bool,
    /// All entries were read, not only what changed.
    #[serde(default)]
    full: bool,
    /// Up to where it was read.
    cursor: Option<String>,
}

/// Takes what an agent read: one JSON object a line. `{"kind":"person","key":…,"dn":…,"values":{"email":…},"manager":…,
/// "left":"disabled","expires":…,"photo":…}` for each person; `{"kind":"here","key":…}` for one who is there unchanged;
/// `{"kind":"gone","key":…}` for one who is gone; at the end `{"kind":"end","lines":N}`, without which nothing is taken.
#[utoipa::path(post, path = "/api/v1/directories/{id}/push", tag = "directories", params(("id" = Uuid, Path), PushQuery),
    request_body(content = Vec<u8>, content_type = "application/x-ndjson"), responses(
    (status = 201, description = "It is being planned", body = Import),
    (status = 409, description = "`directory_busy`, `directory_server`", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "It is too large", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Why it can't be used", body = Problem, content_type = "application/problem+json")
))]
pub async fn push(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
    Query(query): Query<PushQuery>,
    body: Body,
) -> Result<Response, Failure> {
    asker.actor.need(Permission::PeopleImport)?;
    let Some(file) = received(body).await? else {
        let detail = "What was sent is larger than 1 GB. Leave the photos out, or connect several directories with narrower bases.";
        return Ok(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).into_response());
    };
    let pushed = Pushed {
        whole: query.whole,
        full: query.full,
        cursor: query.cursor,
    };
    let run = directory::push(&site.app, &asker.actor, DirectoryId(id), pushed, file).await?;
    Ok((StatusCode::CREATED, Json(Import::of(&site, run).await?)).into_response())
}

/// How many groups were taken.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PushedGroups {
    groups: usize,
}

/// Takes the groups that an agent read, before it pushes people: one JSON object a line. `{"kind":"group","key":…,"dn":…,
/// "name":…}` for each, with any number of `{"kind":"members","names":[…]}` behind it, the names of entries of people and of
/// other groups; at the end `{"kind":"end","lines":N}`, without which nothing is taken. They become people sets once the
/// people are here. All groups are sent each time: those that are not named are gone,
/// unless none is named.
#[utoipa::path(post, path = "/api/v1/directories/{id}/groups", tag = "directories", params(("id" = Uuid, Path)),
    request_body(content = Vec<u8>, content_type = "application/x-ndjson"), responses(
    (status = 200, description = "They are kept, and followed when people were pushed", body = PushedGroups),
    (status = 409, description = "`directory_groups_unasked`", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "It is too large", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Why it can't be used", body = Problem, content_type = "application/problem+json")
))]
pub async fn push_groups(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
    body: Body,
) -> Result<Response, Failure> {
    asker.actor.need(Permission::PeopleImport)?;
    let Some(file) = received(body).await? else {
        let detail = "What was sent is larger than 1 GB. Choose a narrower place for the groups.";
        return Ok(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).into_response());
    };
    let groups = directory::groups::push(&site.app, &asker.actor, DirectoryId(id), file).await?;
    Ok(Json(PushedGroups { groups }).into_response())
}

/// Lets happen once what the brake holds of the groups of a directory: they are read again, and as many may end. More are
/// held again.
#[utoipa::path(post, path = "/api/v1/directories/{id}/groups/release", tag = "directories", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "The groups are read again at once"),
    (status = 404, description = "There is no such directory", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`not_held`", body = Problem, content_type = "application/problem+json")
))]
pub async fn release_groups(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Failure> {
    directory::release_groups(&site.app, &asker.actor, DirectoryId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What went wrong where the agent runs.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentTrouble {
    /// A sentence; 500 characters are kept.
    #[serde(default)]
    message: String,
}

/// Takes why an agent could not read the directory or push: it is shown at the directory until something comes again.
#[utoipa::path(post, path = "/api/v1/directories/{id}/agent/trouble", tag = "directories", params(("id" = Uuid, Path)),
    request_body = AgentTrouble, responses(
    (status = 204, description = "It is shown"),
    (status = 404, description = "There is no such directory that an agent reads", body = Problem, content_type = "application/problem+json")
))]
pub async fn agent_trouble(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
    Json(trouble): Json<AgentTrouble>,
) -> Result<StatusCode, Failure> {
    directory::agent_failed(&site.app, &asker.actor, DirectoryId(id), &trouble.message).await?;
    Ok(StatusCode::NO_CONTENT)
}
