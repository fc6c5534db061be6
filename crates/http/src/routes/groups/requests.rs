//! Asking to be let into a closed group, and answering.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::Moment;
use guildhall_core::groups::{self, Asked};
use guildhall_core::ids::{AccountId, GroupId};
use serde::{Deserialize, Serialize};

use super::members::MemberPerson;
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// For whoever decides; 1,000 characters at most.
    #[serde(default)]
    note: Option<String>,
}

/// Asks to be let into a closed group. Its owners are told.
#[utoipa::path(post, path = "/api/v1/groups/{id}/request", tag = "groups", params(("id" = GroupId, Path)),
    request_body = JoinRequest, responses(
    (status = 204, description = "You wait for an answer"),
    (status = 409, description = "`not_closed`", body = Problem, content_type = "application/problem+json")
))]
pub async fn ask(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
    Json(request): Json<JoinRequest>,
) -> Result<StatusCode, Failure> {
    groups::ask(&site.app, &asker.actor, id, request.note.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the request back.
#[utoipa::path(delete, path = "/api/v1/groups/{id}/request", tag = "groups", params(("id" = GroupId, Path)), responses(
    (status = 204, description = "You wait no more")
))]
pub async fn take_back(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
) -> Result<StatusCode, Failure> {
    groups::take_back(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody who would like to be in the group.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GroupAsked {
    person: MemberPerson,
    note: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct GroupRequests {
    items: Vec<GroupAsked>,
}

/// Who waits to be let in, the first who asked first; 200 at most. For owners of the group, and who manages groups.
#[utoipa::path(get, path = "/api/v1/groups/{id}/requests", tag = "groups", params(("id" = GroupId, Path)), responses(
    (status = 200, description = "Those who wait", body = GroupRequests),
    (status = 403, description = "You neither own it nor manage groups", body = Problem, content_type = "application/problem+json")
))]
pub async fn waiting(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
) -> Result<Json<GroupRequests>, Failure> {
    let items = groups::waiting(&site.app.db, &asker.actor, id).await?;
    let shown = |asked: Asked| GroupAsked {
        person: asked.person.into(),
        note: asked.request.note,
        created_at: asked.request.created_at,
    };
    Ok(Json(GroupRequests {
        items: items.into_iter().map(shown).collect(),
    }))
}

/// Who is meant, of those who wait.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupAnswer {
    /// The accounts of those who asked; 200 at most.
    ids: Vec<AccountId>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct GroupAnswered {
    /// How many waited, and were answered now.
    answered: i64,
}

/// Lets those in. They are told.
#[utoipa::path(post, path = "/api/v1/groups/{id}/requests/approve", tag = "groups", params(("id" = GroupId, Path)),
    request_body = GroupAnswer, responses(
    (status = 200, description = "They are in", body = GroupAnswered),
    (status = 403, description = "You neither own it nor manage groups", body = Problem, content_type = "application/problem+json")
))]
pub async fn approve(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
    Json(answer): Json<GroupAnswer>,
) -> Result<Json<GroupAnswered>, Failure> {
    let answered = groups::approve(&site.app, &asker.actor, id, &answer.ids).await?;
    Ok(Json(GroupAnswered { answered }))
}

/// Does not let those in. They are told.
#[utoipa::path(post, path = "/api/v1/groups/{id}/requests/decline", tag = "groups", params(("id" = GroupId, Path)),
    request_body = GroupAnswer, responses(
    (status = 200, description = "They wait no more", body = GroupAnswered),
    (status = 403, description = "You neither own it nor manage groups", body = Problem, content_type = "application/problem+json")
))]
pub async fn decline(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
    Json(answer): Json<GroupAnswer>,
) -> Result<Json<GroupAnswered>, Failure> {
    let answered = groups::decline(&site.app, &asker.actor, id, &answer.ids).await?;
    Ok(Json(GroupAnswered { answered }))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct GroupWaits {
    id: GroupId,
    name: String,
    waiting: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct MyGroupRequests {
    items: Vec<GroupWaits>,
}

/// The groups that you own where somebody waits for your word.
#[utoipa::path(get, path = "/api/v1/me/group-requests", tag = "me", responses(
    (status = 200, description = "Groups by name, with how many wait", body = MyGroupRequests)
))]
pub async fn mine(State(site): State<Site>, asker: Asker) -> Result<Json<MyGroupRequests>, Failure> {
    let items = groups::waiting_for(&site.app.db, &asker.actor).await?;
    let shown = |waits: groups::Waits| GroupWaits {
        id: waits.group.id,
        name: waits.group.name,
        waiting: waits.waiting,
    };
    Ok(Json(MyGroupRequests {
        items: items.into_iter().map(shown).collect(),
    }))
}
