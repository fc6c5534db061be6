use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use guildhall_core::accounts::people::{Named, parse_cursor};
use guildhall_core::accounts::{self, AccountState};
use guildhall_core::groups::rules::{self, Standing};
use guildhall_core::groups::{self, Added, Group, Input, Kind, Privacy};
use guildhall_core::ids::{AccountId, GroupId};
use guildhall_core::{Actor, Error, Moment, Page, Permission, page};
use serde::{Deserialize, Serialize};

use super::people::list::PeopleFilter;
use super::people::view::photo_url;
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// People who are added in one step when all that match are.
const STEP: i64 = 1000;

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
}

impl GroupView {
    pub fn of(group: Group, standing: Standing) -> Self {
        Self {
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
    let found = groups::list(&site.app.db, &asker.actor, search.q.as_deref(), after, limit).await?;
    let items = found
        .items
        .into_iter()
        .map(|(group, standing)| GroupView::of(group, standing));
    Ok(Json(Page {
        items: items.collect(),
        next: found.next,
    }))
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
    Ok(Json(GroupView::of(group, standing)))
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
struct MemberPerson {
    id: AccountId,
    display_name: String,
    photo_url: Option<String>,
    title: Option<String>,
    department: Option<String>,
    state: Option<AccountState>,
}

impl From<&Named> for MemberPerson {
    fn from(named: &Named) -> Self {
        Self {
            id: named.id,
            display_name: named.display_name.clone(),
            photo_url: photo_url(named.id, named.photo),
            title: named.title.clone(),
            department: named.department.clone(),
            state: AccountState::parse(&named.state),
        }
    }
}

/// Whether the asker may know that this person is here.
fn may_know(actor: &Actor, person: &Named) -> bool {
    actor.may(Permission::GroupsManage)
        || matches!(
            AccountState::parse(&person.state),
            Some(AccountState::Claimed | AccountState::Invited)
        )
}

/// Who is in the group, longest first. Those who are still uninvited are told only to who manages groups.
#[utoipa::path(get, path = "/api/v1/groups/{id}/members", tag = "groups", params(("id" = GroupId, Path), Search), responses(
    (status = 200, description = "A page of members", body = Page<GroupMember>),
    (status = 403, description = "Only members see who is in it", body = Problem, content_type = "application/problem+json")
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
    let ids: Vec<AccountId> = found.items.iter().map(|member| member.account).collect();
    let people = accounts::named(db, actor.workplace, &ids).await?;
    let items = found.items.into_iter().filter_map(|member| {
        let person = people.iter().find(|person| person.id == member.account)?;
        may_know(actor, person).then(|| GroupMember {
            person: person.into(),
            is_owner: member.is_owner,
            source: member.source,
            joined_at: member.joined_at,
        })
    });
    Ok(Json(Page {
        items: items.collect(),
        next: found.next,
    }))
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
        .ok_or_else(|| Error::invalid("ids", "Say whom to add: ids, or a filter."))?
        .filter();
    actor.need(Permission::PeopleRead)?;
    let mut all = Added::default();
    let mut after = None;
    loop {
        let ids = accounts::matching_ids(&app.db, actor.workplace, &filter, after, STEP).await?;
        after = ids.last().copied();
        if after.is_none() {
            return Ok(Json(all));
        }
        let step = groups::add(app, actor, id, &ids, new.owner).await?;
        all.added += step.added;
        all.already += step.already;
        all.refused += step.refused;
    }
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

/// What a person would see of a group.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SeenGroup {
    visible: bool,
    can_read: bool,
    can_join: bool,
    why: &'static str,
    /// Absent when they would not know of it.
    group: Option<GroupView>,
}

/// The group as a given person would see it, also one who is still uninvited.
#[utoipa::path(get, path = "/api/v1/groups/{id}/as/{account_id}", tag = "groups",
    params(("id" = GroupId, Path), ("account_id" = AccountId, Path)), responses(
    (status = 200, description = "What they would see, and why", body = SeenGroup)
))]
pub async fn seen_by(
    State(site): State<Site>,
    asker: Asker,
    Path((id, account)): Path<(GroupId, AccountId)>,
) -> Result<Json<SeenGroup>, Failure> {
    let (group, view) = groups::seen_by(&site.app.db, &asker.actor, id, account).await?;
    Ok(Json(SeenGroup {
        visible: view.visible,
        can_read: view.can_read,
        can_join: view.can_join,
        why: view.why,
        group: view.visible.then(|| GroupView::of(group, Standing::default())),
    }))
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

#[derive(Serialize, utoipa::ToSchema)]
pub struct GroupsOf {
    items: Vec<GroupView>,
}

async fn of_person(site: &Site, asker: &Asker, id: AccountId) -> Result<Vec<GroupView>, Failure> {
    let found = groups::of_account(&site.app.db, asker.actor.workplace, id).await?;
    let views = found.into_iter().map(|(group, owner)| {
        let standing = Standing {
            member: true,
            owner,
            manages: false,
        };
        GroupView::of(group, standing)
    });
    Ok(views.collect())
}

/// The groups that a person is in.
#[utoipa::path(get, path = "/api/v1/people/{id}/groups", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 200, description = "Their groups, by name", body = GroupsOf)
))]
pub async fn groups_of(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<Json<GroupsOf>, Failure> {
    accounts::people::read(&site.app, &asker.actor, id).await?;
    Ok(Json(GroupsOf {
        items: of_person(&site, &asker, id).await?,
    }))
}

/// What a person would find.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PersonPreview {
    groups: Vec<GroupView>,
    can_sign_in: bool,
    why: &'static str,
}

/// What a person would find when they come in, also one who is still uninvited.
#[utoipa::path(get, path = "/api/v1/people/{id}/preview", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 200, description = "Their groups, and whether they get in", body = PersonPreview)
))]
pub async fn preview(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<Json<PersonPreview>, Failure> {
    let account = accounts::people::read(&site.app, &asker.actor, id).await?;
    let (can_sign_in, why) = match account.state {
        AccountState::Claimed => (
            true,
            "They have claimed their account and log in with their password.",
        ),
        AccountState::Invited => (
            false,
            "They are invited: they get in when they open the link and claim the account.",
        ),
        AccountState::Uninvited => (false, "They are not invited yet, and nobody has told them."),
        AccountState::Deactivated => (false, "They are deactivated."),
    };
    Ok(Json(PersonPreview {
        groups: of_person(&site, &asker, id).await?,
        can_sign_in,
        why,
    }))
}

/// The groups that coworkers see on a person's card: those that the asker sees, too.
pub async fn shown_on_card(
    site: &Site,
    actor: &Actor,
    id: AccountId,
) -> Result<Vec<(GroupId, String)>, Failure> {
    let mut shown = Vec::new();
    for (group, _) in groups::of_account(&site.app.db, actor.workplace, id).await? {
        let visible = groups::read(&site.app.db, actor, group.id).await;
        if visible.is_ok_and(|(group, standing)| rules::view(&group, standing).can_read) {
            shown.push((group.id, group.name));
        }
    }
    Ok(shown)
}
