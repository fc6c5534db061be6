//! Groups that people find their work in. They can be prepared while nobody is told: members may be uninvited.

pub mod rules;
mod sql;

use guildhall_store::{Db, Tx};

use crate::accounts::people::{self, Named};
use crate::accounts::{self, AccountState};
use crate::ids::{AccountId, GroupId, WorkplaceId};
use crate::words::words;
use crate::{Actor, App, Error, Moment, Page, Permission, Result, audit, signals};
use rules::{Standing, View};

pub use sql::{forget, of_account};

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

/// People who are added in one transaction when all that match are.
const STEP: i64 = 1000;
/// People who are found by a search among members.
const FOUND: i64 = 500;
/// Groups that somebody may choose from when they claim their account.
const OFFERED: i64 = 50;

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

fn differences(before: Option<&Group>, after: &Group) -> Vec<audit::FieldChange> {
    let told = |group: &Group| {
        [
            ("name", group.name.clone()),
            ("description", group.description.clone()),
            ("kind", group.kind.as_str().to_owned()),
            ("privacy", group.privacy.as_str().to_owned()),
            ("is_default", group.is_default.to_string()),
        ]
    };
    let old = before.map(told);
    told(after)
        .into_iter()
        .enumerate()
        .map(|(at, (field, after))| audit::FieldChange {
            field: field.to_owned(),
            before: old.as_ref().map(|old| old[at].1.clone()),
            after: Some(after),
            was_from: None,
        })
        .filter(|change| change.before != change.after)
        .collect()
}

/// Makes a group. Nobody is told.
pub async fn create(app: &App, actor: &Actor, input: Input) -> Result<Group> {
    actor.need(Permission::GroupsManage)?;
    let input = rules::checked(input)?;
    let now = app.now();
    let group = Group {
        id: GroupId::new(&app.entropy, now),
        workplace: actor.workplace,
        name: input.name,
        description: input.description,
        kind: input.kind,
        privacy: input.privacy,
        is_default: input.is_default,
        archived_at: None,
        members: 0,
    };
    let mut tx = app.begin().await?;
    sql::put(&mut tx, &group, actor.account(), now).await?;
    note(app, &mut tx, actor, &group, "create", differences(None, &group)).await?;
    tx.commit().await?;
    Ok(group)
}

/// The group, if the actor may change it: they manage groups, or own it.
async fn mine(db: &Db, actor: &Actor, id: GroupId) -> Result<Group> {
    let (group, standing) = read(db, actor, id).await?;
    if standing.manages || standing.owner {
        return Ok(group);
    }
    Err(Error::Forbidden(
        "Only who owns this group, or manages all groups, may do this.".into(),
    ))
}

/// Changes a group. Who only owns it may change its name and description.
pub async fn update(app: &App, actor: &Actor, id: GroupId, input: Input) -> Result<Group> {
    let before = mine(&app.db, actor, id).await?;
    let input = rules::checked(input)?;
    let shape = (input.kind, input.privacy, input.is_default);
    if shape != (before.kind, before.privacy, before.is_default) {
        actor.need(Permission::GroupsManage)?;
    }
    let after = Group {
        name: input.name,
        description: input.description,
        kind: input.kind,
        privacy: input.privacy,
        is_default: input.is_default,
        ..before.clone()
    };
    let changes = differences(Some(&before), &after);
    if !changes.is_empty() {
        let mut tx = app.begin().await?;
        sql::put(&mut tx, &after, None, app.now()).await?;
        note(app, &mut tx, actor, &after, "update", changes).await?;
        tx.commit().await?;
    }
    Ok(after)
}

/// Archives a group: it stays readable, and nothing in it changes. Or brings it back.
pub async fn archive(app: &App, actor: &Actor, id: GroupId, archived: bool) -> Result<()> {
    actor.need(Permission::GroupsManage)?;
    let (mut group, _) = read(&app.db, actor, id).await?;
    if group.archived_at.is_some() == archived {
        return Ok(());
    }
    group.archived_at = archived.then(|| app.now());
    let mut tx = app.begin().await?;
    sql::put(&mut tx, &group, None, app.now()).await?;
    let verb = if archived { "archive" } else { "restore" };
    note(app, &mut tx, actor, &group, verb, Vec::new()).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a group that is archived, for good.
pub async fn delete(app: &App, actor: &Actor, id: GroupId) -> Result<()> {
    actor.need(Permission::GroupsManage)?;
    let (group, _) = read(&app.db, actor, id).await?;
    if group.archived_at.is_none() {
        return Err(Error::Refused {
            code: "not_archived",
            message: "Archive the group first: only then can it be deleted.".into(),
        });
    }
    let mut tx = app.begin().await?;
    sql::remove(&mut tx, &group).await?;
    note(app, &mut tx, actor, &group, "delete", Vec::new()).await?;
    tx.commit().await?;
    Ok(())
}

/// Who is in the group, longest first. A closed or secret group tells its members, and who manages groups; only the
/// latter learn of those who are still uninvited.
pub async fn members(
    db: &Db,
    actor: &Actor,
    id: GroupId,
    q: Option<String>,
    after: Option<(String, AccountId)>,
    limit: i64,
) -> Result<Page<Member>> {
    let (group, standing) = read(db, actor, id).await?;
    if !rules::view(&group, standing).can_read && !standing.manages {
        return Err(Error::Forbidden("Only members see who is in this group.".into()));
    }
    let among = match q.filter(|q| !q.trim().is_empty()) {
        Some(q) => {
            let filter = people::Filter {
                q: Some(q),
                ..people::Filter::default()
            };
            Some(accounts::matching_ids(db, actor.workplace, &filter, None, FOUND).await?)
        }
        None => None,
    };
    let found = sql::members(db, &group, among.as_deref(), after, limit).await?;
    let ids: Vec<AccountId> = found.items.iter().map(|member| member.account).collect();
    let people = accounts::named(db, actor.workplace, &ids).await?;
    let known = |person: &&Named| {
        let state = AccountState::parse(&person.state);
        state.is_some_and(|state| rules::may_know(standing, state))
    };
    let items = found.items.into_iter().filter_map(|member| {
        let person = people
            .iter()
            .filter(known)
            .find(|person| person.id == member.account)?;
        Some(Member {
            person: person.clone(),
            is_owner: member.is_owner,
            source: member.source,
            joined_at: member.joined_at,
        })
    });
    Ok(Page {
        items: items.collect(),
        next: found.next,
    })
}

/// Adds people, who are told nothing while they are uninvited.
pub async fn add(app: &App, actor: &Actor, id: GroupId, ids: &[AccountId], owner: bool) -> Result<Added> {
    let group = mine(&app.db, actor, id).await?;
    let mut tx = app.begin().await?;
    let done = add_within(app, &mut tx, actor, &group, ids, owner).await?;
    tx.commit().await?;
    Ok(done)
}

/// [`add`] for all people who match, in steps.
pub async fn add_matching(
    app: &App,
    actor: &Actor,
    id: GroupId,
    filter: &people::Filter,
    owner: bool,
) -> Result<Added> {
    actor.need(Permission::PeopleRead)?;
    let mut all = Added::default();
    let mut after = None;
    loop {
        let ids = accounts::matching_ids(&app.db, actor.workplace, filter, after, STEP).await?;
        after = ids.last().copied();
        if after.is_none() {
            return Ok(all);
        }
        let step = add(app, actor, id, &ids, owner).await?;
        all.added += step.added;
        all.already += step.already;
        all.refused += step.refused;
    }
}

/// [`add`] in a transaction.
pub async fn add_within(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    group: &Group,
    ids: &[AccountId],
    owner: bool,
) -> Result<Added> {
    if group.archived_at.is_some() {
        return Err(Error::Refused {
            code: "archived",
            message: "This group is archived: restore it first.".into(),
        });
    }
    let known = accounts::named(&mut *tx, actor.workplace, ids).await?;
    let fit: Vec<_> = known
        .iter()
        .filter(|person| person.state != AccountState::Deactivated.as_str())
        .collect();
    let source = people::source(actor).as_str();
    let now = app.now();
    let accounts: Vec<AccountId> = fit.iter().map(|person| person.id).collect();
    let added = sql::add(tx, group, &accounts, (owner, source, actor.account()), now).await? as i64;
    if added > 0 {
        let names: Vec<&str> = fit
            .iter()
            .take(20)
            .map(|person| person.display_name.as_str())
            .collect();
        let more = if fit.len() > names.len() {
            format!(" and {} more", fit.len() - names.len())
        } else {
            String::new()
        };
        let change = audit::FieldChange {
            field: "members".into(),
            before: None,
            after: Some(format!("{}{more}", names.join(", "))),
            was_from: None,
        };
        note(app, tx, actor, group, "add_members", vec![change]).await?;
    }
    Ok(Added {
        added,
        already: fit.len() as i64 - added,
        refused: (ids.len() - fit.len()) as i64,
    })
}

async fn out(app: &App, actor: &Actor, group: &Group, account: AccountId, verb: &'static str) -> Result<()> {
    let mut tx = app.begin().await?;
    if !sql::take_out(&mut tx, group, account).await? {
        return Err(Error::not_found("member"));
    }
    let named = accounts::named(&mut tx, actor.workplace, &[account]).await?;
    let change = audit::FieldChange {
        field: "members".into(),
        before: named.first().map(|person| person.display_name.clone()),
        after: None,
        was_from: None,
    };
    note(app, &mut tx, actor, group, verb, vec![change]).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a person out.
pub async fn remove_member(app: &App, actor: &Actor, id: GroupId, account: AccountId) -> Result<()> {
    let group = mine(&app.db, actor, id).await?;
    out(app, actor, &group, account, "remove_member").await
}

/// Makes a member an owner of the group, or an owner a member.
pub async fn set_owner(app: &App, actor: &Actor, id: GroupId, account: AccountId, owner: bool) -> Result<()> {
    let group = mine(&app.db, actor, id).await?;
    let mut tx = app.begin().await?;
    if !sql::set_owner(&mut tx, &group, account, owner).await? {
        return Err(Error::not_found("member"));
    }
    let change = audit::FieldChange {
        field: "is_owner".into(),
        before: Some((!owner).to_string()),
        after: Some(owner.to_string()),
        was_from: None,
    };
    note(app, &mut tx, actor, &group, "set_owner", vec![change]).await?;
    tx.commit().await?;
    Ok(())
}

fn oneself(actor: &Actor) -> Result<AccountId> {
    actor
        .account()
        .ok_or_else(|| Error::Forbidden("Only a person can join or leave a group.".into()))
}

/// The actor joins an open group.
pub async fn join(app: &App, actor: &Actor, id: GroupId) -> Result<()> {
    let (group, standing) = read(&app.db, actor, id).await?;
    let account = oneself(actor)?;
    if standing.member {
        return Ok(());
    }
    if !rules::view(&group, standing).can_join {
        return Err(Error::Refused {
            code: "not_open",
            message: "This group is not open: ask one of its owners to add you.".into(),
        });
    }
    let mut tx = app.begin().await?;
    sql::add(
        &mut tx,
        &group,
        &[account],
        (false, "self", Some(account)),
        app.now(),
    )
    .await?;
    note(app, &mut tx, actor, &group, "join", Vec::new()).await?;
    tx.commit().await?;
    Ok(())
}

/// The actor leaves a group.
pub async fn leave(app: &App, actor: &Actor, id: GroupId) -> Result<()> {
    let (group, _) = read(&app.db, actor, id).await?;
    out(app, actor, &group, oneself(actor)?, "leave").await
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

/// The groups of a person that the actor may read: for their card.
pub async fn readable_of(db: &Db, actor: &Actor, account: AccountId) -> Result<Vec<Group>> {
    let mut readable = Vec::new();
    for (group, _) in sql::of_account(db, actor.workplace, account).await? {
        let standing = standing(db, actor, group.id).await?;
        if rules::view(&group, standing).can_read {
            readable.push(group);
        }
    }
    Ok(readable)
}

/// Whoever claims an account joins the groups that everybody is in.
pub async fn join_defaults(
    app: &App,
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
) -> Result<()> {
    for group in sql::defaults(tx, workplace).await? {
        sql::add(tx, &group, &[account], (false, "self", None), app.now()).await?;
    }
    Ok(())
}

/// The open groups that somebody who claims their account may choose, besides those they are in.
pub async fn offered(db: &Db, (workplace, account): (WorkplaceId, AccountId)) -> Result<Vec<Group>> {
    let mine = sql::of_account(db, workplace, account).await?;
    let mut groups = sql::open(db, workplace, OFFERED).await?;
    groups.retain(|group| mine.iter().all(|(own, _)| own.id != group.id));
    Ok(groups)
}

/// Whoever claims an account joins what they chose.
pub async fn join_chosen(app: &App, tx: &mut Tx, actor: &Actor, chosen: &[GroupId]) -> Result<()> {
    let account = oneself(actor)?;
    for id in chosen {
        let group = sql::get(&mut *tx, actor.workplace, *id).await?;
        let group = group
            .filter(|group| rules::view(group, Standing::default()).can_join)
            .ok_or_else(|| Error::invalid("groups", "One of the groups is no longer open: choose again."))?;
        let whose = (false, "self", Some(account));
        if sql::add(tx, &group, &[account], whose, app.now()).await? > 0 {
            note(app, tx, actor, &group, "join", Vec::new()).await?;
        }
    }
    Ok(())
}
