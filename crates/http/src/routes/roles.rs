use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::ids::AccountId;
use guildhall_core::roles::{self, Input, Role};
use guildhall_core::{Error, Permission};
use serde::{Deserialize, Serialize};

use super::people::view::{Looks, Person};
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// A role and what it may do.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RoleView {
    key: String,
    name: String,
    description: String,
    permissions: Vec<Permission>,
    built_in: bool,
    /// How many people have it.
    people: i64,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        Self {
            key: role.key,
            name: role.name,
            description: role.description,
            permissions: role.permissions.into_iter().collect(),
            built_in: role.built_in,
            people: role.people,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Roles {
    items: Vec<RoleView>,
}

/// The roles of the workplace: the built-in ones first.
#[utoipa::path(get, path = "/api/v1/roles", tag = "roles", responses(
    (status = 200, description = "The roles", body = Roles)
))]
pub async fn list(State(site): State<Site>, asker: Asker) -> Result<Json<Roles>, Failure> {
    let found = roles::list(&site.app, &asker.actor).await?;
    Ok(Json(Roles {
        items: found.into_iter().map(Into::into).collect(),
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleInput {
    name: String,
    #[serde(default)]
    description: String,
    permissions: BTreeSet<Permission>,
}

impl From<RoleInput> for Input {
    fn from(input: RoleInput) -> Self {
        Self {
            name: input.name,
            description: input.description,
            permissions: input.permissions,
        }
    }
}

/// Makes a role of single permissions.
#[utoipa::path(post, path = "/api/v1/roles", tag = "roles", request_body = RoleInput, responses(
    (status = 201, description = "The role", body = RoleView),
    (status = 403, description = "It takes roles.manage, and every permission that it is to have", body = Problem, content_type = "application/problem+json")
))]
pub async fn create(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<RoleInput>,
) -> Result<(StatusCode, Json<RoleView>), Failure> {
    let role = roles::create(&site.app, &asker.actor, &input.into()).await?;
    Ok((StatusCode::CREATED, Json(role.into())))
}

/// Changes a role of the workplace's own.
#[utoipa::path(patch, path = "/api/v1/roles/{key}", tag = "roles", params(("key" = String, Path)),
    request_body = RoleInput, responses(
    (status = 200, description = "The role as it is now", body = RoleView),
    (status = 409, description = "`built_in`", body = Problem, content_type = "application/problem+json")
))]
pub async fn edit(
    State(site): State<Site>,
    asker: Asker,
    Path(key): Path<String>,
    Json(input): Json<RoleInput>,
) -> Result<Json<RoleView>, Failure> {
    let role = roles::update(&site.app, &asker.actor, &key, &input.into()).await?;
    Ok(Json(role.into()))
}

/// Removes a role that nobody has.
#[utoipa::path(delete, path = "/api/v1/roles/{key}", tag = "roles", params(("key" = String, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = 409, description = "`role_in_use`, `built_in`", body = Problem, content_type = "application/problem+json")
))]
pub async fn delete(
    State(site): State<Site>,
    asker: Asker,
    Path(key): Path<String>,
) -> Result<StatusCode, Failure> {
    roles::delete(&site.app, &asker.actor, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A permission in words.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PermissionInfo {
    key: Permission,
    label: &'static str,
    description: &'static str,
}

/// Every permission that a role or a token can have.
#[utoipa::path(get, path = "/api/v1/permissions", tag = "roles", responses(
    (status = 200, description = "The permissions", body = Vec<PermissionInfo>)
))]
pub async fn permissions(_asker: Asker) -> Json<Vec<PermissionInfo>> {
    let all = Permission::ALL.into_iter().map(|key| {
        let (label, description) = roles::rules::in_words(key);
        PermissionInfo {
            key,
            label,
            description,
        }
    });
    Json(all.collect())
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenRole {
    role: String,
}

/// Gives a person a role.
#[utoipa::path(put, path = "/api/v1/people/{id}/role", tag = "people", params(("id" = AccountId, Path)),
    request_body = GivenRole, responses(
    (status = 200, description = "The person as they are now", body = Person),
    (status = 403, description = "It takes roles.manage, and every permission of the role", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`last_admin`, `role_unknown`, `admin_needs_email`", body = Problem, content_type = "application/problem+json")
))]
pub async fn give(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
    Json(given): Json<GivenRole>,
) -> Result<Json<Person>, Failure> {
    let plan = roles::give(&site.app, &asker.actor, id, &given.role).await?;
    let account = plan.after.ok_or_else(|| Error::not_found("person"))?;
    Ok(Json(
        Person::of(&site, &account, Looks::Admin(&asker.actor)).await?,
    ))
}
