//! Groups that people find their work in. They can be prepared while nobody is told: members may be uninvited.

mod follow;
mod joining;
mod members;
mod membership;
mod prepare;
mod requests;
pub mod rules;
mod sql;

use guildhall_store::{Db, Tx};

use crate::accounts;
use crate::accounts::people::{self, Named};
use crate::ids::{AccountId, GroupId, WorkplaceId};
use crate::words::words;
use crate::{Actor, App, Error, Moment, Page, Permission, Result, audit, signals};
use rules::{Standing, View};

pub(crate) use follow::follow;
pub use follow::work;
pub use joining::{add_by_link, awaiting, join, join_chosen, join_defaults, leave, offered};
pub use members::{add, add_matching, add_within, members, remove_member, remove_within, set_owner};
pub use membership::{Preview, Rule, RuleMode, Told, drop_rule, preview, rule, set_rule};
pub use prepare::{
    archive, archive_within, create, create_within, delete, get_within, may_share, rename_within, update,
};
pub use requests::{
    Asked, GroupRequest, Waits, approve, ask, asked_by, decline, take_back, waiting, waiting_for,
};
pub(crate) use sql::{among, names};
pub use sql::{forget, of_account, recount};

words! {
    /// What a group is for.
    Kind { Teams = "teams", Discussions = "discussions", Announcements = "announcements", Social = "social",
        Learning = "learning" }
}

words! {
    /// Who finds and reads it.
    Privacy { Open = "open", Closed = "closed", Secret = "secret" }
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub workplace: WorkplaceId,
    pub name: String,
    pub description: String,
    pub kind: Kind,
    pub privacy: Privacy,
    /// Everybody joins it when they claim their account.
    pub is_default: bool,
    pub archived_at: Option<Moment>,
    /// How many are in it, without those who are deactivated.
    pub members: i64,
}

/// What a group is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub name: String,
    pub description: String,
    pub kind: Kind,
    pub privacy: Privacy,
    pub is_default: bool,
}

/// A row of who is in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Membership {
    account: AccountId,
    is_owner: bool,
    source: String,
    joined_at: Moment,
}

/// Somebody in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub person: Named,
    pub is_owner: bool,
    pub source: String,
    pub joined_at: Moment,
}

/// How many were added, and how many were in already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Added {
    pub added: i64,
    pub already: i64,
    /// Deactivated, or not here.
    pub refused: i64,
}

/// What the actor is to the group.
async fn standing(db: &Db, actor: &Actor, group: GroupId) -> Result<Standing> {
    let manages = actor.may(Permission::GroupsManage);
    let owner = match actor.account() {
        Some(account) => sql::is_owner(db, actor.workplace, group, account).await?,
        None => None,
    };
    Ok(Standing::of(owner, manages))
}

/// The group as the actor sees it, with what they are in it.
pub async fn read(db: &Db, actor: &Actor, id: GroupId) -> Result<(Group, Standing)> {
    let group = sql::get(db, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("group"))?;
    let standing = standing(db, actor, id).await?;
    if !rules::view(&group, standing).visible {
        return Err(Error::not_found("group"));
    }
    Ok((group, standing))
}

/// The groups that the actor sees, by name, with what they are in each.
pub async fn list(
    db: &Db,
    actor: &Actor,
    q: Option<&str>,
    after: Option<(String, GroupId)>,
    limit: i64,
) -> Result<Page<(Group, Standing)>> {
    let manages = actor.may(Permission::GroupsManage);
    let who = actor.account();
    let found = sql::list(db, actor.workplace, (who, manages), q, after, limit).await?;
    Ok(found.map(|(group, owner)| (group, Standing::of(owner, manages))))
}

async fn note(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    group: &Group,
    verb: &'static str,
    changes: Vec<audit::FieldChange>,
) -> Result<()> {
    let entry = audit::Entry {
        source: people::source(actor).as_str(),
        verb,
        subject: audit::Subject {
            kind: "group",
            id: Some(group.id.0),
            name: group.name.clone(),
        },
        run: None,
        changes,
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    signals::send(tx, &app.entropy, now, actor.workplace, None, signals::GROUP).await
}

/// What another person would see of the group: for preparing it.
pub async fn seen_by(db: &Db, actor: &Actor, id: GroupId, account: AccountId) -> Result<(Group, View)> {
    actor.need(Permission::GroupsManage)?;
    let (group, _) = read(db, actor, id).await?;
    accounts::get(db, actor.workplace, account)
        .await?
        .ok_or_else(|| Error::not_found("person"))?;
    let owner = sql::is_owner(db, actor.workplace, id, account).await?;
    let standing = Standing::of(owner, false);
    let view = rules::view(&group, standing);
    Ok((group, view))
}

/// The groups of a person of which the actor may know that they are in: for their card.
pub async fn readable_of(db: &Db, actor: &Actor, account: AccountId) -> Result<Vec<Group>> {
    let mut readable = Vec::new();
    for (group, _) in sql::of_account(db, actor.workplace, account).await? {
        let standing = standing(db, actor, group.id).await?;
        if rules::view(&group, standing).sees_members {
            readable.push(group);
        }
    }
    Ok(readable)
}
