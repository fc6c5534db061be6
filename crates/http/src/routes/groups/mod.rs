//! Groups: finding, making, changing, joining.

pub mod members;
pub mod requests;
pub mod rule;
pub mod seen;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use guildhall_core::accounts::people::parse_cursor;
use guildhall_core::groups::rules::{self, Standing};
use guildhall_core::groups::{self, Group, Input, Kind, Privacy};
use guildhall_core::ids::{AccountId, GroupId};
use guildhall_core::{Error, Moment, Page, page};
use serde::{Deserialize, Serialize};

use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// What you are in a group.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MyRole {
    Owner,
    Member,
}

/// A group as you see it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GroupView {
    id: GroupId,
    name: String,
    description: String,
    kind: Kind,
    privacy: Privacy,
    /// Everybody joins it when they claim their account.
    is_default: bool,
    members: i64,
    /// Null: you are not in it.
    my_role: Option<MyRole>,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Moment>,
    /// You find out who is in it.
    sees_members: bool,
    can_join: bool,
    /// You may ask to be let in.
    can_ask: bool,
    /// You did, and wait for an answer.
    asked: bool,
}

impl GroupView {
    /// Whether it is one of those that you wait to be let into.
    fn among(mut self, asked: &[GroupId]) -> Self {
        self.asked = asked.contains(&self.id);
        self
    }

    pub fn of(group: Group, standing: Standing) -> Self {
        let view = rules::view(&group, standing);
        Self {
            sees_members: view.sees_members || standing.manages,
            can_join: view.can_join,
            can_ask: view.can_ask,
            asked: false,
            id: group.id,
            name: group.name,
            description: group.description,
            kind: group.kind,
            privacy: group.privacy,
            is_default: group.is_default,
            members: group.members,
            my_role: match standing {
                Standing { owner: true, .. } => Some(MyRole::Owner),
                Standing { member: true, .. } => Some(MyRole::Member),
                _ => None,
            },
            archived_at: group.archived_at,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// A part of the name.
    q: Option<String>,
    /// What the page before had as `next`.
    after: Option<String>,
    /// 50 if left out, 200 at most.
    limit: Option<i64>,
}

impl Search {
    fn after(&self) -> Result<Option<(String, AccountId)>, Error> {
        self.after.as_deref().map(parse_cursor).transpose()
    }
}

/// The groups that you see, by name.
#[utoipa::path(get, path = "/api/v1/groups", tag = "groups", params(Search), responses(
    (status = 200, description = "A page of groups", body = Page<GroupView>)
))]
pub async fn list(
    State(site): State<Site>,
    asker: Asker,
    Query(search): Query<Search>,
) -> Result<Json<Page<GroupView>>, Failure> {
    let after = search.after()?.map(|(key, id)| (key, GroupId(id.0)));
    let limit = page::limit(search.limit);
    let (db, actor) = (&site.app.db, &asker.actor);
    let found = groups::list(db, actor, search.q.as_deref(), after, limit).await?;
    let asked = groups::asked_by(db, actor).await?;
    Ok(Json(found.map(|(group, standing)| {
        GroupView::of(group, standing).among(&asked)
    })))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupInput {
    name: String,
    #[serde(default)]
    description: String,
    kind: Kind,
    privacy: Privacy,
    #[serde(default)]
    is_default: bool,
}

impl From<GroupInput> for Input {
    fn from(input: GroupInput) -> Self {
        Self {
            name: input.name,
            description: input.description,
            kind: input.kind,
            privacy: input.privacy,
            is_default: input.is_default,
        }
    }
}

/// Makes a group. Nobody is told.
#[utoipa::path(post, path = "/api/v1/groups", tag = "groups", request_body = GroupInput, responses(
    (status = 201, description = "The group", body = GroupView),
    (status = 403, description = "It takes groups.manage", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn create(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<GroupInput>,
) -> Result<(StatusCode, Json<GroupView>), Failure> {
    let group = groups::create(&site.app, &asker.actor, input.into()).await?;
    Ok((
        StatusCode::CREATED,
        Json(GroupView::of(group, Standing::default())),
    ))
}

/// One group.
#[utoipa::path(get, path = "/api/v1/groups/{id}", tag = "groups", params(("id" = GroupId, Path)), responses(
    (status = 200, description = "The group", body = GroupView),
    (status = 404, description = "There is no such group that you see", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
) -> Result<Json<GroupView>, Failure> {
    let (group, standing) = groups::read(&site.app.db, &asker.actor, id).await?;
    let asked = groups::asked_by(&site.app.db, &asker.actor).await?;
    Ok(Json(GroupView::of(group, standing).among(&asked)))
}

/// Changes a group. Who only owns it may change its name and description.
#[utoipa::path(patch, path = "/api/v1/groups/{id}", tag = "groups", params(("id" = GroupId, Path)),
    request_body = GroupInput, responses(
    (status = 200, description = "The group as it is now", body = GroupView),
    (status = 403, description = "You neither own it nor manage groups", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn edit(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
    Json(input): Json<GroupInput>,
) -> Result<Json<GroupView>, Failure> {
    groups::update(&site.app, &asker.actor, id, input.into()).await?;
    let (group, standing) = groups::read(&site.app.db, &asker.actor, id).await?;
    Ok(Json(GroupView::of(group, standing)))
}

/// Archives a group: it stays readable, and nothing in it changes.
#[utoipa::path(post, path = "/api/v1/groups/{id}/archive", tag = "groups", params(("id" = GroupId, Path)), responses(
    (status = 204, description = "It is archived")
))]
pub async fn archive(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
) -> Result<StatusCode, Failure> {
    groups::archive(&site.app, &asker.actor, id, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings an archived group back.
#[utoipa::path(post, path = "/api/v1/groups/{id}/restore", tag = "groups", params(("id" = GroupId, Path)), responses(
    (status = 204, description = "It is back")
))]
pub async fn restore(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
) -> Result<StatusCode, Failure> {
    groups::archive(&site.app, &asker.actor, id, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a group that is archived, for good.
#[utoipa::path(delete, path = "/api/v1/groups/{id}", tag = "groups", params(("id" = GroupId, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = 409, description = "`not_archived`", body = Problem, content_type = "application/problem+json")
))]
pub async fn delete(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
) -> Result<StatusCode, Failure> {
    groups::delete(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Joins an open group.
#[utoipa::path(post, path = "/api/v1/groups/{id}/join", tag = "groups", params(("id" = GroupId, Path)), responses(
    (status = 204, description = "You are in"),
    (status = 409, description = "`not_open`", body = Problem, content_type = "application/problem+json")
))]
pub async fn join(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
) -> Result<StatusCode, Failure> {
    groups::join(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Leaves a group.
#[utoipa::path(post, path = "/api/v1/groups/{id}/leave", tag = "groups", params(("id" = GroupId, Path)), responses(
    (status = 204, description = "You are out")
))]
pub async fn leave(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
) -> Result<StatusCode, Failure> {
    groups::leave(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
