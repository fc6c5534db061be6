//! What comes from an OpenID provider: browsers with an answer, and word of who left there.

use axum::Json;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use guildhall_core::sso::{
    self,
    oidc::{self, Returned},
};
use serde::Deserialize;
use serde_json::json;

use super::sso::{answered, id_of};
use crate::caller::{Place, sso_of};
use crate::{Failure, Site};

/// The most bytes of a message about log-out.
pub const MOST: usize = 128 * 1024;

/// What a provider adds to our address.
#[derive(Deserialize)]
pub struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    iss: Option<String>,
}

/// Takes the answer that a browser brings back.
pub async fn returned(
    State(site): State<Site>,
    place: Place,
    Path(id): Path<String>,
    Query(answer): Query<Answer>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = id_of(&id)?;
    let answer = Returned {
        code: answer.code.as_deref(),
        state: answer.state.as_deref(),
        error: answer.error.as_deref(),
        description: answer.error_description.as_deref(),
        issuer: answer.iss.as_deref(),
    };
    let browser = sso_of(&site, &headers);
    let (app, url) = (&site.app, &site.public_url);
    answered(
        id,
        oidc::returned(app, url, id, answer, browser.as_deref(), place.origin()).await,
    )
}

/// The form by which a provider says that somebody left.
#[derive(Deserialize)]
pub struct Said {
    logout_token: Option<String>,
}

/// Takes word of who left there, from server to server (OpenID Connect Back-Channel Logout 1.0, 2.5 and 2.8).
pub async fn left(
    State(site): State<Site>,
    place: Place,
    Path(id): Path<String>,
    Form(said): Form<Said>,
) -> Result<Response, Failure> {
    let kept_nowhere = [(header::CACHE_CONTROL, "no-store")];
    let token = said.logout_token.unwrap_or_default();
    if let Err(error) = sso::pace(&site.app, place.address).await {
        return Ok((StatusCode::TOO_MANY_REQUESTS, kept_nowhere, error.to_string()).into_response());
    }
    match oidc::left(&site.app, id_of(&id)?, &token).await? {
        Ok(()) => Ok((StatusCode::OK, kept_nowhere).into_response()),
        Err(why) => {
            let told = json!({"error": "invalid_request", "error_description": why.message});
            Ok((StatusCode::BAD_REQUEST, kept_nowhere, Json(told)).into_response())
        }
    }
}
