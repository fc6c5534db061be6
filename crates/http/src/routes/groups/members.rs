//! Who is in a group.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use guildhall_core::accounts::AccountState;
use guildhall_core::accounts::people::Named;
use guildhall_core::groups::{self, Added, Member};
use guildhall_core::ids::{AccountId, GroupId};
use guildhall_core::{Error, Moment, Page, page};
use serde::{Deserialize, Serialize};

use super::Search;
use crate::caller::Asker;
use crate::routes::people::list::PeopleFilter;
use crate::routes::people::view::photo_url;
use crate::{Failure, Problem, Site};

/// Somebody in a group.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GroupMember {
    person: MemberPerson,
    is_owner: bool,
    source: String,
    #[schema(value_type = String, format = DateTime)]
    joined_at: Moment,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct MemberPerson {
    id: AccountId,
    display_name: String,
    photo_url: Option<String>,
    title: Option<String>,
    department: Option<String>,
    state: Option<AccountState>,
}

impl From<Named> for MemberPerson {
    fn from(named: Named) -> Self {
        Self {
            photo_url: photo_url(named.id, named.photo),
            state: AccountState::parse(&named.state),
            id: named.id,
            display_name: named.display_name,
            title: named.title,
            department: named.department,
        }
    }
}

impl From<Member> for GroupMember {
    fn from(member: Member) -> Self {
        Self {
            person: member.person.into(),
            is_owner: member.is_owner,
            source: member.source,
            joined_at: member.joined_at,
        }
    }
}

/// Who is in the group, longest first. Those who are still uninvited are told only to who manages groups.
#[utoipa::path(get, path = "/api/v1/groups/{id}/members", tag = "groups", params(("id" = GroupId, Path), Search), responses(
    (status = 200, description = "A page of members", body = Page<GroupMember>),
    (status = 403, description = "Only members see who is in it, of a secret group", body = Problem, content_type = "application/problem+json")
))]
pub async fn members(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
    Query(search): Query<Search>,
) -> Result<Json<Page<GroupMember>>, Failure> {
    let (db, actor) = (&site.app.db, &asker.actor);
    let (after, limit) = (search.after()?, page::limit(search.limit));
    let found = groups::members(db, actor, id, search.q, after, limit).await?;
    Ok(Json(found.map(Into::into)))
}

/// Whom to add: these, or all who match.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMembers {
    ids: Option<Vec<AccountId>>,
    filter: Option<PeopleFilter>,
    #[serde(default)]
    owner: bool,
}

/// Adds people, who are told nothing while they are uninvited.
#[utoipa::path(post, path = "/api/v1/groups/{id}/members", tag = "groups", params(("id" = GroupId, Path)),
    request_body = NewMembers, responses(
    (status = 200, description = "How many were added, and how many were in already", body = Added),
    (status = 403, description = "You neither own it nor manage groups", body = Problem, content_type = "application/problem+json")
))]
pub async fn add(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<GroupId>,
    Json(new): Json<NewMembers>,
) -> Result<Json<Added>, Failure> {
    let (app, actor) = (&site.app, &asker.actor);
    if let Some(ids) = new.ids {
        return Ok(Json(groups::add(app, actor, id, &ids, new.owner).await?));
    }
    let filter = new
        .filter
        .ok_or_else(|| Error::invalid("ids", "Say whom to add: ids, or a filter."))?;
    let added = groups::add_matching(app, actor, id, &filter.filter(), new.owner).await?;
    Ok(Json(added))
}

/// Takes a person out.
#[utoipa::path(delete, path = "/api/v1/groups/{id}/members/{account_id}", tag = "groups",
    params(("id" = GroupId, Path), ("account_id" = AccountId, Path)), responses(
    (status = 204, description = "They are out"),
    (status = 404, description = "They are not in it", body = Problem, content_type = "application/problem+json")
))]
pub async fn remove(
    State(site): State<Site>,
    asker: Asker,
    Path((id, account)): Path<(GroupId, AccountId)>,
) -> Result<StatusCode, Failure> {
    groups::remove_member(&site.app, &asker.actor, id, account).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ownership {
    is_owner: bool,
}

/// Makes a member an owner of the group, or an owner a member.
#[utoipa::path(put, path = "/api/v1/groups/{id}/members/{account_id}", tag = "groups",
    params(("id" = GroupId, Path), ("account_id" = AccountId, Path)), request_body = Ownership, responses(
    (status = 204, description = "It is so"),
    (status = 404, description = "They are not in it", body = Problem, content_type = "application/problem+json")
))]
pub async fn own(
    State(site): State<Site>,
    asker: Asker,
    Path((id, account)): Path<(GroupId, AccountId)>,
    Json(to): Json<Ownership>,
) -> Result<StatusCode, Failure> {
    groups::set_owner(&site.app, &asker.actor, id, account, to.is_owner).await?;
    Ok(StatusCode::NO_CONTENT)
}
