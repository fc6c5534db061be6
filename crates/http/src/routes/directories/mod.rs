pub mod runs;
mod view;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::Permission;
use guildhall_core::directory::{self, Edit};
use guildhall_core::ids::DirectoryId;
use guildhall_wire::directory::Kind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::view::{DirectoryLook, DirectoryPreset, DirectorySettings, DirectoryView};
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

#[derive(Serialize, utoipa::ToSchema)]
pub struct Directories {
    items: Vec<DirectoryView>,
}

/// The directories that decide who is here.
#[utoipa::path(get, path = "/api/v1/directories", tag = "directories", responses(
    (status = 200, description = "The directories", body = Directories),
    (status = 403, description = "It takes people.import", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(State(site): State<Site>, asker: Asker) -> Result<Json<Directories>, Failure> {
    let mut items = Vec::new();
    for directory in directory::list(&site.app.db, &asker.actor).await? {
        items.push(DirectoryView::of(&site.app, directory).await?);
    }
    Ok(Json(Directories { items }))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct DirectoryPresets {
    items: Vec<DirectoryPreset>,
}

/// Filters and mappings that fit most directories, to begin with.
#[utoipa::path(get, path = "/api/v1/directories/presets", tag = "directories", responses(
    (status = 200, description = "One for each kind", body = DirectoryPresets)
))]
pub async fn presets(asker: Asker) -> Result<Json<DirectoryPresets>, Failure> {
    asker.actor.need(Permission::PeopleImport)?;
    let items = [Kind::ActiveDirectory, Kind::OpenLdap].map(DirectoryPreset::of);
    Ok(Json(DirectoryPresets { items: items.into() }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectoryInput {
    name: String,
    settings: DirectorySettings,
    /// Of the account that reads. It is kept sealed, and never given.
    password: Option<String>,
}

/// Connects a directory. Nobody is changed before a plan was seen and applied.
#[utoipa::path(post, path = "/api/v1/directories", tag = "directories", request_body = DirectoryInput, responses(
    (status = 201, description = "It is connected", body = DirectoryView),
    (status = 403, description = "It takes workplace.manage and roles.manage", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`prove_yourself`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with the settings", body = Problem, content_type = "application/problem+json")
))]
pub async fn create(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<DirectoryInput>,
) -> Result<(StatusCode, Json<DirectoryView>), Failure> {
    let settings = input.settings.into();
    let password = input.password.as_deref();
    let made = directory::create(&site.app, &asker.actor, &input.name, settings, password).await?;
    Ok((
        StatusCode::CREATED,
        Json(DirectoryView::of(&site.app, made).await?),
    ))
}

/// One directory.
#[utoipa::path(get, path = "/api/v1/directories/{id}", tag = "directories", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The directory", body = DirectoryView),
    (status = 404, description = "There is no such directory", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
) -> Result<Json<DirectoryView>, Failure> {
    let found = directory::get(&site.app.db, &asker.actor, DirectoryId(id)).await?;
    Ok(Json(DirectoryView::of(&site.app, found).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectoryEdit {
    name: Option<String>,
    settings: Option<DirectorySettings>,
    /// Needed again when the server or the account that reads is another. Empty: none any more.
    password: Option<String>,
    /// Whether it is read by itself.
    scheduled: Option<bool>,
}

/// Alters a directory. Asked for other people, it is read anew from the beginning.
#[utoipa::path(patch, path = "/api/v1/directories/{id}", tag = "directories", params(("id" = Uuid, Path)),
    request_body = DirectoryEdit, responses(
    (status = 200, description = "As it is now", body = DirectoryView),
    (status = 404, description = "There is no such directory", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`prove_yourself`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with the settings", body = Problem, content_type = "application/problem+json")
))]
pub async fn edit(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
    Json(input): Json<DirectoryEdit>,
) -> Result<Json<DirectoryView>, Failure> {
    let edit = Edit {
        name: input.name.as_deref(),
        settings: input.settings.map(Into::into),
        password: input.password.as_deref(),
        scheduled: input.scheduled,
    };
    let edited = directory::edit(&site.app, &asker.actor, DirectoryId(id), edit).await?;
    Ok(Json(DirectoryView::of(&site.app, edited).await?))
}

/// Takes a directory away. The people whom it brought stay as they are.
#[utoipa::path(delete, path = "/api/v1/directories/{id}", tag = "directories", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = 404, description = "There is no such directory", body = Problem, content_type = "application/problem+json")
))]
pub async fn delete(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Failure> {
    directory::delete(&site.app, &asker.actor, DirectoryId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookInput {
    /// The directory whose password is used when none is given.
    id: Option<Uuid>,
    settings: DirectorySettings,
    password: Option<String>,
}

/// Goes the whole way to a directory and shows its first people as the mapping makes them. Nothing is kept or changed.
#[utoipa::path(post, path = "/api/v1/directories/look", tag = "directories", request_body = LookInput, responses(
    (status = 200, description = "How far it came, and what it saw", body = DirectoryLook),
    (status = 403, description = "It takes workplace.manage", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with the settings", body = Problem, content_type = "application/problem+json")
))]
pub async fn look(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<LookInput>,
) -> Result<Json<DirectoryLook>, Failure> {
    let id = input.id.map(DirectoryId);
    let settings = input.settings.into();
    let seen = directory::look(&site.app, &asker.actor, id, settings, input.password.as_deref()).await?;
    Ok(Json(seen.into()))
}
