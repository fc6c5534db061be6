//! What a person would find: for preparing groups.

use axum::Json;
use axum::extract::{Path, State};
use guildhall_core::accounts;
use guildhall_core::groups;
use guildhall_core::groups::rules::Standing;
use guildhall_core::ids::{AccountId, GroupId};
use serde::Serialize;

use super::GroupView;
use super::members::MemberPerson;
use crate::caller::Asker;
use crate::{Failure, Site};

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

#[derive(Serialize, utoipa::ToSchema)]
pub struct GroupsOf {
    items: Vec<GroupView>,
}

async fn of_person(site: &Site, asker: &Asker, id: AccountId) -> Result<Vec<GroupView>, Failure> {
    let found = groups::of_account(&site.app.db, asker.actor.workplace, id).await?;
    let view = |(group, owner)| GroupView::of(group, Standing::of(Some(owner), false));
    Ok(found.into_iter().map(view).collect())
}

/// The groups that a person is in. Everybody sees their own; those of others take people.read.
#[utoipa::path(get, path = "/api/v1/people/{id}/groups", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 200, description = "Their groups, by name", body = GroupsOf)
))]
pub async fn groups_of(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<Json<GroupsOf>, Failure> {
    accounts::people::read_or_own(&site.app, &asker.actor, id).await?;
    Ok(Json(GroupsOf {
        items: of_person(&site, &asker, id).await?,
    }))
}

/// What a person would find.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PersonPreview {
    /// Those that they are in.
    groups: Vec<GroupView>,
    /// Those that they are put into when they claim their account.
    awaiting: Vec<GroupView>,
    /// Those that they may choose from then; 50 at most.
    offered: Vec<GroupView>,
    /// How many people they find in the directory.
    people: i64,
    /// Their manager, if everybody may know of them.
    manager: Option<MemberPerson>,
    /// Some of those in their department.
    near: Vec<MemberPerson>,
    can_sign_in: bool,
    why: &'static str,
}

/// What a person would find when they come in, also one who is still uninvited.
#[utoipa::path(get, path = "/api/v1/people/{id}/preview", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 200, description = "Their groups, the people they find, and whether they get in", body = PersonPreview)
))]
pub async fn preview(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<Json<PersonPreview>, Failure> {
    let account = accounts::people::read(&site.app, &asker.actor, id).await?;
    let (can_sign_in, why) = accounts::rules::gets_in(account.state);
    let (db, whose) = (&site.app.db, (asker.actor.workplace, id));
    let found = accounts::people::found_by(db, &account).await?;
    let outside = |groups: Vec<groups::Group>| {
        let view = |group| GroupView::of(group, Standing::default());
        groups.into_iter().map(view).collect::<Vec<_>>()
    };
    let comes = account.claimed_at.is_none();
    Ok(Json(PersonPreview {
        groups: of_person(&site, &asker, id).await?,
        awaiting: if comes {
            outside(groups::awaiting(db, whose).await?)
        } else {
            Vec::new()
        },
        offered: outside(groups::offered(db, whose).await?),
        people: found.people,
        manager: found.manager.map(Into::into),
        near: found.near.into_iter().map(Into::into).collect(),
        can_sign_in,
        why,
    }))
}
