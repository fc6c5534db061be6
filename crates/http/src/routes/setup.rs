use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use guildhall_core::access::LoggedIn;
use guildhall_core::setup::{self, First};
use guildhall_core::{Error, workplaces};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::me::Me;
use crate::caller::{Place, admit};
use crate::{Failure, Problem, Site};

#[derive(Serialize, utoipa::ToSchema)]
pub struct Setup {
    /// Nobody has opened a workplace here yet.
    needed: bool,
    /// From where you are, it takes the code that the server printed when it started.
    code_required: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    pub workplace_name: String,
    pub display_name: String,
    /// Left out where a link has proven it.
    #[serde(default)]
    pub email: String,
    pub password: String,
    /// BCP 47, such as `en-GB`.
    pub locale: Option<String>,
    /// IANA, such as `Europe/Warsaw`.
    pub time_zone: Option<String>,
    /// Needed from any machine but the server's own.
    code: Option<String>,
}

/// Whether it takes the printed code from there.
pub fn code_required(place: &Place) -> bool {
    place.proxied || !place.address.is_loopback()
}

/// Whether this server waits for its first workplace.
#[utoipa::path(get, path = "/api/v1/setup", tag = "setup", security(()), responses(
    (status = 200, description = "Whether it is needed", body = Setup)
))]
pub async fn needed(State(site): State<Site>, place: Place) -> Result<Json<Setup>, Failure> {
    Ok(Json(Setup {
        needed: workplaces::none(&site.app.db).await?,
        code_required: code_required(&place),
    }))
}

/// Opens the first workplace and its first system admin, who is logged in.
#[utoipa::path(post, path = "/api/v1/setup", tag = "setup", security(()), request_body = NewSite, responses(
    (status = 201, description = "It is open; the session is in the cookie", body = Me),
    (status = 403, description = "The code is missing or wrong", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It was set up already", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn set_up(
    State(site): State<Site>,
    place: Place,
    Json(asked): Json<NewSite>,
) -> Result<impl IntoResponse, Failure> {
    let entered = open_first(&site, &place, &asked).await?;
    let me = Me::entered(&site, &entered).await?;
    Ok((
        StatusCode::CREATED,
        admit(&site, &place, &entered).await?,
        Json(me),
    ))
}

/// Opens the first workplace, if whoever asks may.
pub async fn open_first(site: &Site, place: &Place, asked: &NewSite) -> Result<LoggedIn, Error> {
    let code = asked.code.as_deref().unwrap_or_default().trim();
    let right = bool::from(code.as_bytes().ct_eq(site.setup_code.as_bytes()));
    if code_required(place) && !right {
        return Err(Error::Forbidden(
            "Give the code that the server printed when it started: only whoever runs it may open the first workplace."
                .into(),
        ));
    }
    let first = First {
        workplace_name: asked.workplace_name.clone(),
        display_name: asked.display_name.clone(),
        email: asked.email.clone(),
        password: asked.password.clone(),
        locale: asked.locale.clone().unwrap_or_else(|| "en".into()),
        time_zone: asked.time_zone.clone().unwrap_or_else(|| "UTC".into()),
    };
    setup::set_up(&site.app, &site.hasher, &first, place.origin()).await
}
