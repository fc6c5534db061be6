use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use guildhall_core::ids::{AccountId, FileId};
use guildhall_core::{Error, files, pictures, workplaces};
use serde::Deserialize;

use crate::caller::{Asker, Caller};
use crate::{Failure, Problem, Site};

/// The address of a picture changes with the picture.
const KEEP: &str = "private, max-age=31536000, immutable";

async fn received(body: Body) -> Result<Vec<u8>, Error> {
    let bytes = to_bytes(body, pictures::MAX_BYTES).await;
    let bytes = bytes.map_err(|_| Error::invalid("photo", "Send a picture of at most 10 MB."))?;
    Ok(bytes.into())
}

fn picture((kind, bytes): (String, Vec<u8>)) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, KEEP.to_owned()),
        (header::CONTENT_DISPOSITION, "inline".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// A person's photo.
#[utoipa::path(get, path = "/api/v1/people/{id}/photo", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 200, description = "A JPEG", body = Vec<u8>, content_type = "image/jpeg"),
    (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json")
))]
pub async fn photo(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<Response, Failure> {
    Ok(picture(pictures::read_photo(&site.app, &asker.actor, id).await?))
}

/// Gives a person a photo: the body is a JPEG, PNG or WebP of at most 10 MB.
#[utoipa::path(put, path = "/api/v1/people/{id}/photo", tag = "people", params(("id" = AccountId, Path)),
    request_body(content = Vec<u8>, content_type = "image/jpeg"), responses(
    (status = 204, description = "It is their photo"),
    (status = 422, description = "It can't be used", body = Problem, content_type = "application/problem+json")
))]
pub async fn set_photo(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
    body: Body,
) -> Result<StatusCode, Failure> {
    pictures::set_photo(&site.app, &asker.actor, id, Some(received(body).await?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a person's photo.
#[utoipa::path(delete, path = "/api/v1/people/{id}/photo", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 204, description = "It is removed")
))]
pub async fn remove_photo(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<StatusCode, Failure> {
    pictures::set_photo(&site.app, &asker.actor, id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives you a photo: the body is a JPEG, PNG or WebP of at most 10 MB.
#[utoipa::path(put, path = "/api/v1/me/photo", tag = "me",
    request_body(content = Vec<u8>, content_type = "image/jpeg"), responses(
    (status = 204, description = "It is your photo"),
    (status = 409, description = "`field_locked`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It can't be used", body = Problem, content_type = "application/problem+json")
))]
pub async fn set_mine(State(site): State<Site>, caller: Caller, body: Body) -> Result<StatusCode, Failure> {
    let bytes = received(body).await?;
    pictures::set_own_photo(&site.app, &caller.actor, &caller.account, Some(bytes)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes your photo.
#[utoipa::path(delete, path = "/api/v1/me/photo", tag = "me", responses(
    (status = 204, description = "It is removed")
))]
pub async fn remove_mine(State(site): State<Site>, caller: Caller) -> Result<StatusCode, Failure> {
    pictures::set_own_photo(&site.app, &caller.actor, &caller.account, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Version {
    /// As in `logo_url`.
    #[param(value_type = Option<uuid::Uuid>)]
    v: Option<FileId>,
}

/// The workplace's logo. It is on the pages before one is in, so it is found by its file alone.
#[utoipa::path(get, path = "/api/v1/workplace/logo", tag = "workplace", security(()),
    params(Version), responses(
    (status = 200, description = "A PNG", body = Vec<u8>, content_type = "image/png"),
    (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json")
))]
pub async fn logo(State(site): State<Site>, Query(version): Query<Version>) -> Result<Response, Failure> {
    let none = || Error::not_found("logo");
    let file = version.v.ok_or_else(none)?;
    let workplace = workplaces::with_logo(&site.app.db, file)
        .await?
        .ok_or_else(none)?;
    let found = files::read_small(&site.app.db, workplace, file).await?;
    Ok(picture(found.ok_or_else(none)?))
}

/// Gives the workplace a logo: the body is a JPEG, PNG or WebP of at most 10 MB.
#[utoipa::path(put, path = "/api/v1/workplace/logo", tag = "workplace",
    request_body(content = Vec<u8>, content_type = "image/png"), responses(
    (status = 204, description = "It is the logo"),
    (status = 422, description = "It can't be used", body = Problem, content_type = "application/problem+json")
))]
pub async fn set_logo(State(site): State<Site>, asker: Asker, body: Body) -> Result<StatusCode, Failure> {
    pictures::set_logo(&site.app, &asker.actor, Some(received(body).await?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the workplace's logo.
#[utoipa::path(delete, path = "/api/v1/workplace/logo", tag = "workplace", responses(
    (status = 204, description = "It is removed")
))]
pub async fn remove_logo(State(site): State<Site>, asker: Asker) -> Result<StatusCode, Failure> {
    pictures::set_logo(&site.app, &asker.actor, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
