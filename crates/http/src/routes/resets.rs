use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::access;
use serde::{Deserialize, Serialize};

use crate::caller::{Caller, Place};
use crate::{Failure, Problem, Site};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetAsked {
    email: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetChosen {
    password: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ResetOffer {
    workplace: String,
    display_name: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    current: String,
    new: String,
}

/// Sends a link to choose a new password, if somebody has claimed an account with the address: one from each workplace
/// where they have. It is sent in the background: the time this takes tells nothing either.
#[utoipa::path(post, path = "/api/v1/password-resets", tag = "password-resets", security(()), request_body = ResetAsked, responses(
    (status = 202, description = "The same answer whether there is somebody or not"),
    (status = 429, description = "Very many were asked for from your network", body = Problem, content_type = "application/problem+json")
))]
pub async fn ask(
    State(site): State<Site>,
    place: Place,
    Json(asked): Json<ResetAsked>,
) -> Result<StatusCode, Failure> {
    access::ask_reset(&site.app, &asked.email, place.address).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Whose password the link lets choose.
#[utoipa::path(get, path = "/api/v1/password-resets/{token}", tag = "password-resets", security(()),
    params(("token" = String, Path)), responses(
    (status = 200, description = "Whose it is", body = ResetOffer),
    (status = 404, description = "The link is used up or too old", body = Problem, content_type = "application/problem+json")
))]
pub async fn offer(State(site): State<Site>, Path(token): Path<String>) -> Result<Json<ResetOffer>, Failure> {
    let (workplace, account) = access::open_reset(&site.app, &token).await?;
    Ok(Json(ResetOffer {
        workplace: workplace.name,
        display_name: account.name(),
    }))
}

/// Chooses a new password by the link. Every session of the person ends.
#[utoipa::path(post, path = "/api/v1/password-resets/{token}", tag = "password-resets", security(()),
    params(("token" = String, Path)), request_body = ResetChosen, responses(
    (status = 204, description = "It is chosen: log in with it"),
    (status = 404, description = "The link is used up or too old", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Why the password is not good enough", body = Problem, content_type = "application/problem+json")
))]
pub async fn choose(
    State(site): State<Site>,
    Path(token): Path<String>,
    Json(chosen): Json<ResetChosen>,
) -> Result<StatusCode, Failure> {
    access::reset_password(&site.app, &site.hasher, &token, &chosen.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes your password. Your other sessions end.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "me", request_body = PasswordChange, responses(
    (status = 204, description = "It is changed"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "`wait`: too many tries with a wrong password", body = Problem, content_type = "application/problem+json")
))]
pub async fn change(
    State(site): State<Site>,
    caller: Caller,
    place: Place,
    Json(given): Json<PasswordChange>,
) -> Result<StatusCode, Failure> {
    let pair = (given.current.as_str(), given.new.as_str());
    let whose = (&caller.account, caller.session.id);
    access::change_password(&site.app, &site.hasher, whose, pair, place.origin()).await?;
    Ok(StatusCode::NO_CONTENT)
}
