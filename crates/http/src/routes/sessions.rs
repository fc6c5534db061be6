use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use guildhall_core::access::{self, Entrance, Held};
use guildhall_core::ids::WorkplaceId;
use guildhall_core::workplaces::{self, Workplace};
use guildhall_core::{sessions, sso};
use serde::{Deserialize, Serialize};

use super::me::Me;
use crate::caller::{Caller, FORGET, Place, admit, no_cookie};
use crate::problem::PROBLEM_JSON;
use crate::{Failure, Problem, Site};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// An e-mail address; or the employee id or user name of somebody who has none.
    email: String,
    password: String,
    /// Absent: the workplace that takes them; if there are several, you are asked to choose.
    workplace_id: Option<WorkplaceId>,
}

/// The password is right in several workplaces: send it again with the `workplace_id` of one.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChooseWorkplace {
    #[serde(flatten)]
    problem: Problem,
    workplaces: Vec<WorkplaceChoice>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct WorkplaceChoice {
    id: WorkplaceId,
    name: String,
}

async fn choose(site: &Site, held: &[Held]) -> Result<Response, Failure> {
    let mut found = Vec::new();
    for held in held {
        let Workplace { id, name, .. } = workplaces::read(&site.app.db, held.account.workplace).await?;
        found.push(WorkplaceChoice { id, name });
    }
    let detail =
        "You have an account in several workplaces: send the same again with the workplace_id of one.";
    let asked = ChooseWorkplace {
        problem: Problem::new(StatusCode::CONFLICT, "choose_workplace", detail),
        workplaces: found,
    };
    let kind = [(header::CONTENT_TYPE, PROBLEM_JSON)];
    Ok((StatusCode::CONFLICT, kind, Json(asked)).into_response())
}

/// Logs in with e-mail address, employee id or user name, and password.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "sessions", security(()), request_body = Credentials, responses(
    (status = 201, description = "You are in; the session is in the cookie", body = Me),
    (status = 409, description = "`wrong_password`; `wait` after too many failures from the same place; or `choose_workplace`, and only then with `workplaces`", body = ChooseWorkplace, content_type = "application/problem+json")
))]
pub async fn log_in(
    State(site): State<Site>,
    place: Place,
    Json(given): Json<Credentials>,
) -> Result<Response, Failure> {
    let (app, hasher) = (&site.app, &site.hasher);
    let pair = (given.email.as_str(), given.password.as_str());
    let entered = match given.workplace_id {
        Some(workplace) => access::log_in(app, hasher, workplace, pair, place.origin()).await?,
        None => match access::log_in_anywhere(app, hasher, pair, place.origin()).await? {
            Entrance::In(entered) => *entered,
            Entrance::Several(held) => return choose(&site, &held).await,
        },
    };
    let me = Me::entered(&site, &entered).await?;
    Ok((
        StatusCode::CREATED,
        admit(&site, &place, &entered).await?,
        Json(me),
    )
        .into_response())
}

/// You are out here. Whoever came by an identity provider may have to leave there, too.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LeftHere {
    /// The address at the identity provider to open next.
    leads_to: String,
}

/// Logs out: this session ends.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "sessions", responses(
    (status = 200, description = "You are out here; open the address to be out at your identity provider, too", body = LeftHere),
    (status = 204, description = "You are out"),
    (status = 401, description = "You were not in", body = Problem, content_type = "application/problem+json")
))]
pub async fn log_out(State(site): State<Site>, caller: Caller) -> Result<Response, Failure> {
    let whose = (caller.session.workplace, caller.session.account);
    let session = (caller.session.workplace, caller.session.id);
    let leads_to = sso::oidc::leads_to(&site.app, &site.public_url, session).await?;
    sessions::end_now(&site.app, whose, caller.session.id, "log_out").await?;
    let gone = (StatusCode::NO_CONTENT, no_cookie(&site));
    if caller.session.kiosk.is_some() {
        return Ok((gone.0, [FORGET], gone.1).into_response());
    }
    if let Some(leads_to) = leads_to {
        return Ok((no_cookie(&site), Json(LeftHere { leads_to })).into_response());
    }
    Ok(gone.into_response())
}
