use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use guildhall_core::accounts::{self, ProfileField};
use guildhall_core::ids::{AccountId, GroupId, JoinLinkId, RequestId};
use guildhall_core::joining::{self, Filter, JoinLink, Outcome, Request, RequestState};
use guildhall_core::{Moment, groups, page};
use serde::{Deserialize, Serialize};

use super::tokens::CreatedBy;
use crate::caller::{Asker, Caller};
use crate::{Failure, Problem, Site};

/// Somebody who would come.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AccessRequest {
    id: RequestId,
    email: String,
    name: Option<String>,
    /// The coworker; null when they ask for themselves.
    asked_by: Option<CreatedBy>,
    note: Option<String>,
    #[schema(value_type = BTreeMap<String, String>)]
    fields: BTreeMap<ProfileField, String>,
    state: RequestState,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Moment>,
    decided_by: Option<CreatedBy>,
    reason: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct AccessRequests {
    items: Vec<AccessRequest>,
    next: Option<String>,
    /// How many wait for an admin's word.
    waiting: i64,
    /// What must be known of somebody before they are let in.
    required_fields: Vec<ProfileField>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    state: Option<RequestState>,
    /// What the page before had as `next`.
    after: Option<RequestId>,
    /// 50 if left out, 200 at most.
    limit: Option<i64>,
}

fn shown(request: Request, people: &[accounts::people::Named]) -> AccessRequest {
    let named = |id: Option<AccountId>| {
        let found = id.and_then(|id| people.iter().find(|person| person.id == id));
        found.map(|person| CreatedBy {
            id: person.id,
            display_name: person.display_name.clone(),
        })
    };
    AccessRequest {
        id: request.id,
        email: request.email,
        name: request.name,
        asked_by: named(request.asked_by),
        note: request.note,
        fields: request.fields.into_iter().collect(),
        state: request.state,
        created_at: request.created_at,
        decided_at: request.decided_at,
        decided_by: named(request.decided_by),
        reason: request.reason,
    }
}

/// Who would come, newest first.
#[utoipa::path(get, path = "/api/v1/access-requests", tag = "access-requests", params(Search), responses(
    (status = 200, description = "A page of requests", body = AccessRequests),
    (status = 403, description = "It takes people.invite", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(
    State(site): State<Site>,
    asker: Asker,
    Query(search): Query<Search>,
) -> Result<Json<AccessRequests>, Failure> {
    let (app, actor) = (&site.app, &asker.actor);
    let filter = Filter {
        state: search.state,
        after: search.after,
        limit: page::limit(search.limit),
    };
    let found = joining::list(app, actor, &filter).await?;
    let mut ids: Vec<AccountId> = found
        .items
        .iter()
        .flat_map(|request| [request.asked_by, request.decided_by])
        .flatten()
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let people = accounts::named(&app.db, actor.workplace, &ids).await?;
    let workplace = guildhall_core::workplaces::read(&app.db, actor.workplace).await?;
    Ok(Json(AccessRequests {
        next: found.next,
        items: found
            .items
            .into_iter()
            .map(|request| shown(request, &people))
            .collect(),
        waiting: joining::waiting(app, actor).await?,
        required_fields: workplace.settings.required_fields,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    ids: Vec<RequestId>,
    /// Filled in for all of them, where they did not say.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    fields: BTreeMap<ProfileField, String>,
}

/// Lets some in: each is invited, and whoever asked is told. All of them, or none.
#[utoipa::path(post, path = "/api/v1/access-requests/approve", tag = "access-requests", request_body = Approval, responses(
    (status = 204, description = "They are invited"),
    (status = 404, description = "There is no such request", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`fields_missing`, `decided` by somebody else", body = Problem, content_type = "application/problem+json")
))]
pub async fn approve(
    State(site): State<Site>,
    asker: Asker,
    Json(approval): Json<Approval>,
) -> Result<StatusCode, Failure> {
    let fields: Vec<_> = approval.fields.into_iter().collect();
    joining::approve(&site.app, &asker.actor, &approval.ids, &fields).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    ids: Vec<RequestId>,
    /// For whoever asked.
    reason: Option<String>,
}

/// Says no to some; whoever asked is told.
#[utoipa::path(post, path = "/api/v1/access-requests/decline", tag = "access-requests", request_body = Refusal, responses(
    (status = 204, description = "They are declined"),
    (status = 404, description = "There is no such request", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`decided` by somebody else", body = Problem, content_type = "application/problem+json")
))]
pub async fn decline(
    State(site): State<Site>,
    asker: Asker,
    Json(refusal): Json<Refusal>,
) -> Result<StatusCode, Failure> {
    joining::decline(&site.app, &asker.actor, &refusal.ids, refusal.reason.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoworkersGiven {
    /// Of one to 50 people; several may stand in one text, as they were pasted.
    emails: Vec<String>,
    /// Under the invitation, and for the admins who decide.
    note: Option<String>,
}

/// What became of an address.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CoworkerInvited {
    email: String,
    /// `invited`, `asked`, `member`, `waits` or `refused`.
    outcome: &'static str,
    detail: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct CoworkersInvited {
    items: Vec<CoworkerInvited>,
}

/// Invites coworkers: at once, or after an admin's word, as the workplace has set.
#[utoipa::path(post, path = "/api/v1/me/coworkers", tag = "me", request_body = CoworkersGiven, responses(
    (status = 200, description = "What became of each", body = CoworkersInvited),
    (status = 409, description = "`too_many` a day", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Which address is none", body = Problem, content_type = "application/problem+json")
))]
pub async fn invite(
    State(site): State<Site>,
    caller: Caller,
    Json(given): Json<CoworkersGiven>,
) -> Result<Json<CoworkersInvited>, Failure> {
    let all = joining::invite(&site.app, &caller.actor, &given.emails, given.note.as_deref()).await?;
    let items = all.into_iter().map(|one| CoworkerInvited {
        email: one.email,
        outcome: match one.outcome {
            Outcome::Invite | Outcome::Join => "invited",
            Outcome::Ask => "asked",
            Outcome::Member => "member",
            Outcome::Waits => "waits",
            Outcome::Refused(_) => "refused",
        },
        detail: one.said,
    });
    Ok(Json(CoworkersInvited {
        items: items.collect(),
    }))
}

/// A link that goes round, without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct JoinLinkView {
    id: JoinLinkId,
    group: Option<LinkedGroup>,
    people: i64,
    used: i64,
    works: bool,
    created_by: Option<CreatedBy>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Moment>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct LinkedGroup {
    id: GroupId,
    name: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct JoinLinks {
    items: Vec<JoinLinkView>,
}

async fn view(site: &Site, asker: &Asker, link: JoinLink) -> Result<JoinLinkView, Failure> {
    let (app, actor) = (&site.app, &asker.actor);
    let group = match link.group {
        Some(id) => groups::read(&app.db, actor, id)
            .await
            .ok()
            .map(|(group, _)| LinkedGroup { id, name: group.name }),
        None => None,
    };
    let maker = accounts::named(&app.db, actor.workplace, &[link.created_by]).await?;
    Ok(JoinLinkView {
        id: link.id,
        group,
        people: link.people,
        used: link.used,
        works: link.works(app.now()),
        created_by: maker.into_iter().next().map(|person| CreatedBy {
            id: person.id,
            display_name: person.display_name,
        }),
        created_at: link.created_at,
        expires_at: link.expires_at,
        revoked_at: link.revoked_at,
    })
}

/// The links that go round, newest first: all for those who may invite, their own for others.
#[utoipa::path(get, path = "/api/v1/join-links", tag = "join-links", responses(
    (status = 200, description = "The newest hundred", body = JoinLinks)
))]
pub async fn links(State(site): State<Site>, asker: Asker) -> Result<Json<JoinLinks>, Failure> {
    let mut items = Vec::new();
    for link in joining::links(&site.app, &asker.actor).await? {
        items.push(view(&site, &asker, link).await?);
    }
    Ok(Json(JoinLinks { items }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJoinLink {
    /// The group that one is in when one came by it.
    group_id: Option<GroupId>,
    /// How many may come by it: 300 at most.
    people: i64,
    /// How many days it works: 14 at most.
    days: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct MadeJoinLink {
    /// Shown only now.
    url: String,
    link: JoinLinkView,
}

/// Makes a link by which people come.
#[utoipa::path(post, path = "/api/v1/join-links", tag = "join-links", request_body = NewJoinLink, responses(
    (status = 201, description = "The link, shown only now", body = MadeJoinLink),
    (status = 403, description = "It takes people.invite, or a group of one's own", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn create_link(
    State(site): State<Site>,
    asker: Asker,
    Json(new): Json<NewJoinLink>,
) -> Result<(StatusCode, Json<MadeJoinLink>), Failure> {
    let limits = (new.people, new.days);
    let (link, secret) = joining::create_link(&site.app, &asker.actor, new.group_id, limits).await?;
    let made = MadeJoinLink {
        url: format!("{}/j/{secret}", site.public_url),
        link: view(&site, &asker, link).await?,
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Ends a link: nobody comes by it any more.
#[utoipa::path(delete, path = "/api/v1/join-links/{id}", tag = "join-links", params(("id" = JoinLinkId, Path)), responses(
    (status = 204, description = "It takes nobody any more"),
    (status = 404, description = "There is no such link", body = Problem, content_type = "application/problem+json")
))]
pub async fn revoke_link(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<JoinLinkId>,
) -> Result<StatusCode, Failure> {
    joining::revoke_link(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
