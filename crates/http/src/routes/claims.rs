use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use guildhall_core::accounts::ProfileField as Field;
use guildhall_core::groups;
use guildhall_core::ids::GroupId;
use guildhall_core::invitations::{self, Claim};
use serde::{Deserialize, Serialize};

use super::me::Me;
use crate::caller::{Place, session_cookie};
use crate::{Failure, Problem, Site};

/// Whose account a link is for.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ClaimOffer {
    workplace: String,
    display_name: String,
    given_name: Option<String>,
    family_name: Option<String>,
    email: Option<String>,
    terms_url: Option<String>,
    /// Open groups that you may join at once.
    groups: Vec<OfferedGroup>,
}

/// A group to choose.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OfferedGroup {
    id: GroupId,
    name: String,
    description: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimGiven {
    display_name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    password: String,
    accept_terms: bool,
    /// Open groups to join at once, of those that are offered.
    #[serde(default)]
    groups: Vec<GroupId>,
}

/// Whose account the link is for.
#[utoipa::path(get, path = "/api/v1/claims/{token}", tag = "claims", security(()), params(("token" = String, Path)), responses(
    (status = 200, description = "The account that waits", body = ClaimOffer),
    (status = 404, description = "The link is used up or replaced", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`link_expired`", body = Problem, content_type = "application/problem+json")
))]
pub async fn offer(State(site): State<Site>, Path(token): Path<String>) -> Result<Json<ClaimOffer>, Failure> {
    let opened = invitations::open(&site.app, &token).await?;
    let whose = (opened.workplace.id, opened.account.id);
    let groups = groups::offered(&site.app.db, whose).await?;
    let groups = groups.into_iter().map(|group| OfferedGroup {
        id: group.id,
        name: group.name,
        description: group.description,
    });
    let get = |field| opened.account.profile.get(field).map(str::to_owned);
    Ok(Json(ClaimOffer {
        display_name: opened.account.name(),
        given_name: get(Field::GivenName),
        family_name: get(Field::FamilyName),
        email: get(Field::Email),
        workplace: opened.workplace.name,
        groups: groups.collect(),
        terms_url: opened.workplace.settings.terms_url,
    }))
}

/// Claims the account: names that are left out stay, the link is used up, and you are in.
#[utoipa::path(post, path = "/api/v1/claims/{token}", tag = "claims", security(()), params(("token" = String, Path)),
    request_body = ClaimGiven, responses(
    (status = 201, description = "You are in; the session is in the cookie", body = Me),
    (status = 404, description = "The link is used up or replaced", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn claim(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
    Json(given): Json<ClaimGiven>,
) -> Result<impl IntoResponse, Failure> {
    let claim = Claim {
        display_name: given.display_name,
        given_name: given.given_name,
        family_name: given.family_name,
        password: given.password,
        accept_terms: given.accept_terms,
        groups: given.groups,
    };
    let entered = invitations::claim(&site.app, &site.hasher, &token, &claim, place.origin()).await?;
    let me = Me::entered(&site, &entered).await?;
    Ok((
        StatusCode::CREATED,
        session_cookie(&site, &entered.token),
        Json(me),
    ))
}
