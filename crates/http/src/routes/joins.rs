//! How people come by themselves: what the pages at `/join`, `/open`, `/confirm` and `/not-me` do, for programs.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use guildhall_core::accounts::ProfileField;
use guildhall_core::ids::GroupId;
use guildhall_core::joining::{self, Asked, Join, Outcome};
use guildhall_core::openings::{self, Door, Opened};
use guildhall_core::setup::First;
use guildhall_core::{addresses, notices};
use serde::{Deserialize, Serialize};

use super::me::Me;
use super::second;
use super::setup::NewSite;
use crate::caller::{Place, admit};
use crate::{Failure, Problem, Site};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinAsked {
    email: String,
    /// The secret of a link that goes round, if one came by it.
    link: Option<String>,
}

/// Sends a letter with a link to join, if a workplace here knows the domain, or the link that goes round works.
#[utoipa::path(post, path = "/api/v1/joins", tag = "joins", security(()), request_body = JoinAsked, responses(
    (status = 202, description = "The same answer whether there is such a workplace or not"),
    (status = 404, description = "The link takes nobody any more", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`wait`: too many from here", body = Problem, content_type = "application/problem+json")
))]
pub async fn ask(
    State(site): State<Site>,
    place: Place,
    Json(asked): Json<JoinAsked>,
) -> Result<StatusCode, Failure> {
    match &asked.link {
        Some(secret) => {
            let link = joining::read_link(&site.app, secret).await?;
            joining::ask_by_link(&site.app, &link, &asked.email, place.address).await?;
        }
        None => joining::ask(&site.app, &asked.email, place.address).await?,
    }
    Ok(StatusCode::ACCEPTED)
}

/// What becomes of whoever has the link.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum JoinOutcome {
    /// Join now.
    Join,
    /// Ask to be let in: admins decide.
    Ask,
    /// You are in already: log in.
    Member,
    Refused,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct JoinOffer {
    workplace: String,
    email: String,
    outcome: JoinOutcome,
    /// Why not, if it was refused.
    detail: Option<String>,
    /// The name on the account that is prepared.
    display_name: Option<String>,
    terms_url: Option<String>,
    /// What must be said when one asks to be let in.
    required_fields: Vec<ProfileField>,
}

/// What the link of the letter leads to.
#[utoipa::path(get, path = "/api/v1/joins/{token}", tag = "joins", security(()), params(("token" = String, Path)), responses(
    (status = 200, description = "What becomes of you", body = JoinOffer),
    (status = 404, description = "The link is used up or too old", body = Problem, content_type = "application/problem+json")
))]
pub async fn offer(State(site): State<Site>, Path(token): Path<String>) -> Result<Json<JoinOffer>, Failure> {
    let opened = joining::open(&site.app, &token).await?;
    let mut detail = None;
    let outcome = match opened.outcome {
        Outcome::Join | Outcome::Invite | Outcome::Waits => JoinOutcome::Join,
        Outcome::Ask => JoinOutcome::Ask,
        Outcome::Member => JoinOutcome::Member,
        Outcome::Refused(why) => {
            detail = Some(why.error(&opened.workplace.name).to_string());
            JoinOutcome::Refused
        }
    };
    Ok(Json(JoinOffer {
        display_name: opened.account.map(|account| account.name()),
        email: opened.email,
        outcome,
        detail,
        terms_url: opened.workplace.settings.terms_url,
        required_fields: opened.workplace.settings.required_fields,
        workplace: opened.workplace.name,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinGiven {
    display_name: String,
    password: String,
    accept_terms: bool,
    /// Open groups to join at once.
    #[serde(default)]
    groups: Vec<GroupId>,
}

/// Joins: the account is made, or the one that is prepared is taken, and you are in.
#[utoipa::path(post, path = "/api/v1/joins/{token}", tag = "joins", security(()), params(("token" = String, Path)),
    request_body = JoinGiven, responses(
    (status = 201, description = "You are in; the session is in the cookie", body = Me),
    (status = 404, description = "The link is used up or too old", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`already_claimed`, `not_open`, `deactivated`, `domain_elsewhere`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn come(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
    Json(given): Json<JoinGiven>,
) -> Result<Response, Failure> {
    let join = Join {
        display_name: given.display_name,
        password: given.password,
        accept_terms: given.accept_terms,
        groups: given.groups,
    };
    let entered = joining::come(&site.app, &site.hasher, &token, &join, place.origin()).await?;
    second::entered(&site, &place, entered).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plea {
    display_name: String,
    /// Why, for the admins.
    note: Option<String>,
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    fields: std::collections::BTreeMap<ProfileField, String>,
}

/// Asks to be let in: admins decide, and the answer comes by mail.
#[utoipa::path(post, path = "/api/v1/joins/{token}/request", tag = "joins", security(()), params(("token" = String, Path)),
    request_body = Plea, responses(
    (status = 202, description = "It waits for an admin's word"),
    (status = 404, description = "The link is used up or too old", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn plead(
    State(site): State<Site>,
    Path(token): Path<String>,
    Json(plea): Json<Plea>,
) -> Result<StatusCode, Failure> {
    let asked = Asked {
        display_name: plea.display_name,
        note: plea.note,
        fields: plea.fields.into_iter().collect(),
    };
    joining::plead(&site.app, &token, &asked).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Confirms that the address of your account is yours.
#[utoipa::path(post, path = "/api/v1/confirmations/{token}", tag = "joins", security(()), params(("token" = String, Path)), responses(
    (status = 204, description = "It is confirmed"),
    (status = 404, description = "The link is used up or too old", body = Problem, content_type = "application/problem+json")
))]
pub async fn confirm(State(site): State<Site>, Path(token): Path<String>) -> Result<StatusCode, Failure> {
    addresses::confirm(&site.app, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says that the account which a letter was about is not yours.
#[utoipa::path(post, path = "/api/v1/notices/{token}/deny", tag = "joins", security(()), params(("token" = String, Path)), responses(
    (status = 204, description = "Those who invite are told"),
    (status = 404, description = "It was said already", body = Problem, content_type = "application/problem+json")
))]
pub async fn deny(State(site): State<Site>, Path(token): Path<String>) -> Result<StatusCode, Failure> {
    notices::deny(&site.app, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningAsked {
    email: String,
}

/// Sends a letter with a link to open a workplace, where this server lets people do so.
#[utoipa::path(post, path = "/api/v1/openings", tag = "openings", security(()), request_body = OpeningAsked, responses(
    (status = 202, description = "A letter is on its way"),
    (status = 409, description = "`closed`: only whoever runs the server opens workplaces; `wait`", body = Problem, content_type = "application/problem+json")
))]
pub async fn ask_opening(
    State(site): State<Site>,
    place: Place,
    Json(asked): Json<OpeningAsked>,
) -> Result<StatusCode, Failure> {
    openings::ask(&site.app, site.openness, &asked.email, place.address).await?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct OpeningOffer {
    email: String,
    /// The workplace that owns the domain of the address: join it instead.
    here: Option<String>,
}

/// What the link of the letter leads to.
#[utoipa::path(get, path = "/api/v1/openings/{token}", tag = "openings", security(()), params(("token" = String, Path)), responses(
    (status = 200, description = "A workplace to name, or the one that is here", body = OpeningOffer),
    (status = 404, description = "The link is used up or too old", body = Problem, content_type = "application/problem+json")
))]
pub async fn opening(
    State(site): State<Site>,
    Path(token): Path<String>,
) -> Result<Json<OpeningOffer>, Failure> {
    let (email, here) = match openings::door(&site.app, site.openness, &token).await? {
        Door::New { email } => (email, None),
        Door::Here { email, workplace } => (email, Some(workplace)),
    };
    Ok(Json(OpeningOffer { email, here }))
}

/// Opens the workplace, or asks whoever runs the server. The address is the one that the link proved.
#[utoipa::path(post, path = "/api/v1/openings/{token}", tag = "openings", security(()), params(("token" = String, Path)),
    request_body = NewSite, responses(
    (status = 201, description = "It is open; the session is in the cookie", body = Me),
    (status = 202, description = "It waits for a yes, which comes by mail"),
    (status = 409, description = "`domain_elsewhere`, `waits`, `closed`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn open(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
    Json(asked): Json<NewSite>,
) -> Result<Response, Failure> {
    let first = first(&asked);
    let pair = (token.as_str(), &first);
    match openings::open(&site.app, &site.hasher, site.openness, pair, place.origin()).await? {
        Opened::Waits => Ok(StatusCode::ACCEPTED.into_response()),
        Opened::Open(entered) => {
            let me = Me::entered(&site, &entered).await?;
            Ok((
                StatusCode::CREATED,
                admit(&site, &place, &entered).await?,
                Json(me),
            )
                .into_response())
        }
    }
}

/// What somebody says who opens a workplace.
pub fn first(asked: &NewSite) -> First {
    First {
        workplace_name: asked.workplace_name.clone(),
        display_name: asked.display_name.clone(),
        email: asked.email.clone(),
        password: asked.password.clone(),
        locale: asked.locale.clone().unwrap_or_else(|| "en".into()),
        time_zone: asked.time_zone.clone().unwrap_or_else(|| "UTC".into()),
    }
}
