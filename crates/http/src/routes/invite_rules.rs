//! Whom the workplace invites by itself: standing rules and waves.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::Moment;
use guildhall_core::conditions::Conditions;
use guildhall_core::ids::InviteRuleId;
use guildhall_core::invite_rules::{self, Input, InviteRuleKind, InviteRuleState, Told};
use serde::{Deserialize, Serialize};

use super::groups::members::MemberPerson;
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// A rule that invites.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InviteRuleView {
    id: InviteRuleId,
    name: String,
    kind: InviteRuleKind,
    conditions: Conditions,
    /// The conditions in a sentence.
    sentence: String,
    /// The names of people and sets that the conditions mention by id.
    names: BTreeMap<String, String>,
    message: Option<String>,
    /// When a wave begins.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Moment>,
    /// The brake: how many people it may invite at most, of a standing rule within 24 hours.
    most: i64,
    state: InviteRuleState,
    /// Not everybody has been looked at.
    working: bool,
    invited: i64,
    /// How many wait for their hour, and when the first is invited.
    waiting: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    held_at: Option<Moment>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
}

impl From<Told> for InviteRuleView {
    fn from(told: Told) -> Self {
        let rule = told.rule;
        Self {
            id: rule.id,
            name: rule.name,
            kind: rule.kind,
            conditions: rule.conditions,
            sentence: told.sentence,
            names: told.names,
            message: rule.message,
            starts_at: rule.starts_at,
            most: rule.most,
            state: rule.state,
            working: rule.due,
            invited: rule.invited,
            waiting: told.waiting,
            next_at: told.next_at,
            held_at: rule.held_at,
            created_at: rule.created_at,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct InviteRules {
    items: Vec<InviteRuleView>,
}

/// What a rule is to be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteRuleInput {
    name: String,
    kind: InviteRuleKind,
    conditions: Conditions,
    #[serde(default)]
    message: Option<String>,
    /// When a wave begins; left out for a standing rule.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Moment>,
    /// The brake: how many people it may invite at most, of a standing rule within 24 hours.
    most: i64,
}

impl From<InviteRuleInput> for Input {
    fn from(input: InviteRuleInput) -> Self {
        Self {
            name: input.name,
            kind: input.kind,
            conditions: input.conditions,
            message: input.message,
            starts_at: input.starts_at,
            most: input.most,
        }
    }
}

/// The rules that invite, newest first.
#[utoipa::path(get, path = "/api/v1/invite-rules", tag = "invitations", responses(
    (status = 200, description = "All rules", body = InviteRules),
    (status = 403, description = "It takes people.invite", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(State(site): State<Site>, asker: Asker) -> Result<Json<InviteRules>, Failure> {
    let items = invite_rules::list(&site.app, &asker.actor).await?;
    Ok(Json(InviteRules {
        items: items.into_iter().map(Into::into).collect(),
    }))
}

/// Makes a rule. A standing one looks at everybody from now on, a wave when its time has come.
#[utoipa::path(post, path = "/api/v1/invite-rules", tag = "invitations", request_body = InviteRuleInput, responses(
    (status = 201, description = "The rule", body = InviteRuleView),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn create(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<InviteRuleInput>,
) -> Result<(StatusCode, Json<InviteRuleView>), Failure> {
    let id = invite_rules::create(&site.app, &asker.actor, input.into()).await?;
    let told = invite_rules::get(&site.app, &asker.actor, id).await?;
    Ok((StatusCode::CREATED, Json(told.into())))
}

/// One rule.
#[utoipa::path(get, path = "/api/v1/invite-rules/{id}", tag = "invitations", params(("id" = InviteRuleId, Path)), responses(
    (status = 200, description = "The rule", body = InviteRuleView),
    (status = 404, description = "There is no such rule", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<InviteRuleId>,
) -> Result<Json<InviteRuleView>, Failure> {
    Ok(Json(invite_rules::get(&site.app, &asker.actor, id).await?.into()))
}

/// Changes a rule. Whoever waits for it is looked at again.
#[utoipa::path(patch, path = "/api/v1/invite-rules/{id}", tag = "invitations", params(("id" = InviteRuleId, Path)),
    request_body = InviteRuleInput, responses(
    (status = 200, description = "The rule as it is now", body = InviteRuleView),
    (status = 409, description = "`rule_done`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn edit(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<InviteRuleId>,
    Json(input): Json<InviteRuleInput>,
) -> Result<Json<InviteRuleView>, Failure> {
    invite_rules::update(&site.app, &asker.actor, id, input.into()).await?;
    read(State(site), asker, Path(id)).await
}

/// Removes a rule. Whom it has invited stays invited.
#[utoipa::path(delete, path = "/api/v1/invite-rules/{id}", tag = "invitations", params(("id" = InviteRuleId, Path)), responses(
    (status = 204, description = "It is gone")
))]
pub async fn delete(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<InviteRuleId>,
) -> Result<StatusCode, Failure> {
    invite_rules::delete(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops a rule: it invites nobody until it goes on.
#[utoipa::path(post, path = "/api/v1/invite-rules/{id}/pause", tag = "invitations", params(("id" = InviteRuleId, Path)), responses(
    (status = 200, description = "The rule as it is now", body = InviteRuleView)
))]
pub async fn pause(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<InviteRuleId>,
) -> Result<Json<InviteRuleView>, Failure> {
    invite_rules::pause(&site.app, &asker.actor, id).await?;
    read(State(site), asker, Path(id)).await
}

/// Lets a rule go on that was stopped, or that its brake holds: whoever waits now is let through.
#[utoipa::path(post, path = "/api/v1/invite-rules/{id}/resume", tag = "invitations", params(("id" = InviteRuleId, Path)), responses(
    (status = 200, description = "The rule as it is now", body = InviteRuleView)
))]
pub async fn resume(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<InviteRuleId>,
) -> Result<Json<InviteRuleView>, Failure> {
    invite_rules::resume(&site.app, &asker.actor, id).await?;
    read(State(site), asker, Path(id)).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitePreviewInput {
    conditions: Conditions,
}

/// Whom a rule would invite now.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InvitePreview {
    sentence: String,
    people: i64,
    /// Uninvited people who meet it, and have no e-mail address to write to.
    without_email: i64,
    /// Up to 20 of them.
    first: Vec<MemberPerson>,
}

/// Whom a rule with these conditions would invite now. Nobody is.
#[utoipa::path(post, path = "/api/v1/invite-rules/preview", tag = "invitations", request_body = InvitePreviewInput, responses(
    (status = 200, description = "How many, and who", body = InvitePreview),
    (status = 422, description = "What is wrong with the conditions", body = Problem, content_type = "application/problem+json")
))]
pub async fn preview(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<InvitePreviewInput>,
) -> Result<Json<InvitePreview>, Failure> {
    let seen = invite_rules::preview(&site.app, &asker.actor, input.conditions).await?;
    Ok(Json(InvitePreview {
        sentence: seen.sentence,
        people: seen.people,
        without_email: seen.without_email,
        first: seen.first.into_iter().map(Into::into).collect(),
    }))
}
