use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use guildhall_core::access;
use guildhall_core::ids::WorkplaceId;
use guildhall_core::sessions;
use serde::Deserialize;

use super::me::Me;
use crate::caller::{Caller, Place, no_cookie, session_cookie};
use crate::{Failure, Problem, Site};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    email: String,
    password: String,
    /// Absent: the oldest workplace that takes them.
    workplace_id: Option<WorkplaceId>,
}

/// Logs in with e-mail and password.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", security(()), request_body = Credentials, responses(
    (status = 201, description = "You are in; the session is in the cookie", body = Me),
    (status = 409, description = "`wrong_password`, or `wait` after too many failures from the same place", body = Problem, content_type = "application/problem+json")
))]
pub async fn log_in(
    State(site): State<Site>,
    place: Place,
    Json(given): Json<Credentials>,
) -> Result<impl IntoResponse, Failure> {
    let (app, hasher) = (&site.app, &site.hasher);
    let pair = (given.email.as_str(), given.password.as_str());
    let entered = match given.workplace_id {
        Some(workplace) => access::log_in(app, hasher, workplace, pair, place.origin()).await?,
        None => access::log_in_anywhere(app, hasher, pair, place.origin()).await?,
    };
    let me = Me::entered(&site, &entered).await?;
    Ok((
        StatusCode::CREATED,
        session_cookie(&site, &entered.token),
        Json(me),
    ))
}

/// Logs out: this session ends.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "sessions", responses(
    (status = 204, description = "You are out"),
    (status = 401, description = "You were not in", body = Problem, content_type = "application/problem+json")
))]
pub async fn log_out(State(site): State<Site>, caller: Caller) -> Result<impl IntoResponse, Failure> {
    let whose = (caller.session.workplace, caller.session.account);
    sessions::end_now(&site.app, whose, caller.session.id, "log_out").await?;
    Ok((StatusCode::NO_CONTENT, no_cookie(&site)))
}
