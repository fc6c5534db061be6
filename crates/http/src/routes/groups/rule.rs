//! Who belongs into a group by their profile.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use guildhall_core::conditions::Conditions;
use guildhall_core::groups::{self, RuleMode, Told};
use guildhall_core::ids::{GroupId, SetId};
use guildhall_core::{Error, Moment, Permission, sets};
use serde::{Deserialize, Serialize};

use super::members::MemberPerson;
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// People sets that are found by one search.
const FOUND: i64 = 50;

/// The rule of a group, and what it has done.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GroupRule {
    mode: RuleMode,
    conditions: Conditions,
    /// The conditions in a sentence.
    sentence: String,
    /// The names of people and sets that the conditions mention by id.
    names: BTreeMap<String, String>,
    /// Not everybody has been looked at since the rule was set.
    working: bool,
    /// How many have been, and how many of them it put in and took out.
    looked_at: i64,
    added: i64,
    removed: i64,
    /// How many are in by it.
    members: i64,
    /// Up to 20 of those who were taken out by hand, or left: the rule does not put them back.
    kept_out: Vec<MemberPerson>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    applied_at: Option<Moment>,
}

impl From<Told> for GroupRule {
    fn from(told: Told) -> Self {
        Self {
            mode: told.rule.mode,
            conditions: told.rule.conditions,
            sentence: told.sentence,
            names: told.names,
            working: told.rule.due,
            looked_at: told.rule.looked_at,
            added: told.rule.added,
            removed: told.rule.removed,
            members: told.members,
            kept_out: told.kept_out.into_iter().map(Into::into).collect(),
            updated_at: told.rule.updated_at,
            applied_at: told.rule.applied_at,
        }
    }
}

/// The rule of a group.
#[utoipa::path(get, path = "/api/v1/groups/{id}/rule", tag = "groups", params(("id" = GroupId, Path)), responses(
    (status = 200, description = "The rule; null, if the group has none", body = Option<GroupRule>),
    (status = 403, description = "It takes groups.manage", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such group", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
) -> Result<Json<Option<GroupRule>>, Failure> {
    let told = groups::rule(&site.app, &asker.actor, id).await?;
    Ok(Json(told.map(Into::into)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRuleInput {
    mode: RuleMode,
    conditions: Conditions,
}

/// Sets the rule of a group. It holds for every change from now on; those who are here are looked at in the background.
#[utoipa::path(put, path = "/api/v1/groups/{id}/rule", tag = "groups", params(("id" = GroupId, Path)),
    request_body = GroupRuleInput, responses(
    (status = 200, description = "The rule", body = GroupRule),
    (status = 403, description = "It takes groups.manage", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with the conditions", body = Problem, content_type = "application/problem+json")
))]
pub async fn set(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
    Json(input): Json<GroupRuleInput>,
) -> Result<Json<GroupRule>, Failure> {
    groups::set_rule(&site.app, &asker.actor, id, input.mode, input.conditions).await?;
    let told = groups::rule(&site.app, &asker.actor, id).await?;
    // Somebody may have ended it in the same moment.
    let told = told.ok_or_else(|| Error::not_found("rule"))?;
    Ok(Json(told.into()))
}

/// Ends the rule of a group. Who is in by it stays in, as if added by hand.
#[utoipa::path(delete, path = "/api/v1/groups/{id}/rule", tag = "groups", params(("id" = GroupId, Path)), responses(
    (status = 204, description = "The group has none")
))]
pub async fn remove(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
) -> Result<StatusCode, Failure> {
    groups::drop_rule(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a rule would do.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GroupRulePreview {
    sentence: String,
    /// How many people meet it.
    meet: i64,
    add: i64,
    remove: i64,
    /// How many meet it and are kept out, because they were taken out by hand or left.
    kept_out: i64,
    /// Up to 20 of those who would come in, and go out.
    added: Vec<MemberPerson>,
    removed: Vec<MemberPerson>,
}

/// What a rule would do, if it were set. Nothing is changed.
#[utoipa::path(post, path = "/api/v1/groups/{id}/rule/preview", tag = "groups", params(("id" = GroupId, Path)),
    request_body = GroupRuleInput, responses(
    (status = 200, description = "Who would come in, and go out", body = GroupRulePreview),
    (status = 422, description = "What is wrong with the conditions", body = Problem, content_type = "application/problem+json")
))]
pub async fn preview(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
    Json(input): Json<GroupRuleInput>,
) -> Result<Json<GroupRulePreview>, Failure> {
    let seen = groups::preview(&site.app, &asker.actor, id, input.mode, input.conditions).await?;
    Ok(Json(GroupRulePreview {
        sentence: seen.sentence,
        meet: seen.meet,
        add: seen.add,
        remove: seen.remove,
        kept_out: seen.kept_out,
        added: seen.added.into_iter().map(Into::into).collect(),
        removed: seen.removed.into_iter().map(Into::into).collect(),
    }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SetSearch {
    /// A part of the name.
    q: Option<String>,
}

/// A set of people that a directory or an identity provider keeps.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PeopleSet {
    id: SetId,
    name: String,
    members: i64,
    source: guildhall_core::accounts::Source,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct PeopleSets {
    items: Vec<PeopleSet>,
}

/// The sets of people that directories keep, which rules may ask for; the first 50 by name.
#[utoipa::path(get, path = "/api/v1/people-sets", tag = "groups", params(SetSearch), responses(
    (status = 200, description = "Sets by name", body = PeopleSets),
    (status = 403, description = "It takes people.read", body = Problem, content_type = "application/problem+json")
))]
pub async fn people_sets(
    State(site): State<Site>,
    asker: Asker,
    Query(search): Query<SetSearch>,
) -> Result<Json<PeopleSets>, Failure> {
    asker.actor.need(Permission::PeopleRead)?;
    let found = sets::find(&site.app.db, asker.actor.workplace, search.q.as_deref(), FOUND).await?;
    let shown = |set: sets::Set| PeopleSet {
        id: set.id,
        name: set.name,
        members: set.members,
        source: set.owner.source,
    };
    Ok(Json(PeopleSets {
        items: found.into_iter().map(shown).collect(),
    }))
}
