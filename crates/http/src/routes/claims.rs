use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_core::accounts::ProfileField as Field;
use guildhall_core::ids::GroupId;
use guildhall_core::invitations::{self, Claim, NewPassword};
use guildhall_core::{Error, groups, pictures};
use serde::{Deserialize, Serialize};

use super::me::Me;
use super::second;
use crate::caller::Place;
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
    /// The photo that there is, as a `data:` address.
    photo: Option<String>,
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

impl From<groups::Group> for OfferedGroup {
    fn from(group: groups::Group) -> Self {
        Self {
            id: group.id,
            name: group.name,
            description: group.description,
        }
    }
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
    /// A JPEG, PNG or WebP of at most 10 MB in Base64 (RFC 4648, section 4), in place of any photo that was there. Absent:
    /// the photo stays.
    photo: Option<String>,
}

/// The most that a claim may carry: a photo in Base64, and words.
pub const MOST: usize = pictures::MAX_BYTES / 3 * 4 + 64 * 1024;

/// A picture as it can stand in a page or in JSON.
pub fn data_address((kind, bytes): &(String, Vec<u8>)) -> String {
    format!("data:{kind};base64,{}", STANDARD.encode(bytes))
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
    let photo = pictures::own_photo(&site.app.db, &opened.account).await?;
    let get = |field| opened.account.profile.get(field).map(str::to_owned);
    Ok(Json(ClaimOffer {
        display_name: opened.account.name(),
        given_name: get(Field::GivenName),
        family_name: get(Field::FamilyName),
        email: get(Field::Email),
        workplace: opened.workplace.name,
        groups: groups.into_iter().map(Into::into).collect(),
        photo: photo.as_ref().map(data_address),
        terms_url: opened.workplace.settings.terms_url,
    }))
}

/// Claims the account: names and a photo that are left out stay, the link is used up, and you are in.
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
) -> Result<Response, Failure> {
    let photo = given.photo.map(|text| STANDARD.decode(text.trim())).transpose();
    let photo =
        photo.map_err(|_| Error::invalid("photo", "Send the photo in Base64, without line breaks."))?;
    let claim = Claim {
        display_name: given.display_name,
        given_name: given.given_name,
        family_name: given.family_name,
        password: NewPassword::Typed(given.password),
        accept_terms: given.accept_terms,
        photo,
        groups: given.groups,
    };
    let entered = invitations::claim(&site.app, &site.hasher, &token, &claim, place.origin()).await?;
    second::entered(&site, &place, entered).await
}
