//! Who is in a group, as whoever looks after it arranges it.

use guildhall_store::{Db, Tx};

use super::prepare::mine;
use super::{Added, Group, Member, follow, note, read, requests, rules, sql};
use crate::accounts::people::{self, Named};
use crate::accounts::{self, AccountState};
use crate::ids::{AccountId, GroupId};
use crate::{Actor, App, Error, Page, Permission, Result, audit};

/// People who are added in one transaction when all that match are.
const STEP: i64 = 1000;
/// People who are found by a search among members.
const FOUND: i64 = 500;

/// Who is in the group, longest first. A secret group tells its members, and who manages groups; only the latter learn of
/// those who are still uninvited.
pub async fn members(
    db: &Db,
    actor: &Actor,
    id: GroupId,
    q: Option<String>,
    after: Option<(String, AccountId)>,
    limit: i64,
) -> Result<Page<Member>> {
    let (group, standing) = read(db, actor, id).await?;
    if !rules::view(&group, standing).sees_members && !standing.manages {
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
    tx.lock(actor.workplace.0).await?;
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
    follow::by_hand(tx, group, &accounts, source).await?;
    requests::settle(app, tx, actor, group, &accounts).await?;
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

pub(super) async fn out(
    app: &App,
    actor: &Actor,
    group: &Group,
    account: AccountId,
    verb: &'static str,
) -> Result<()> {
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let named = accounts::named(&mut tx, actor.workplace, &[account]).await?;
    let counted = named
        .iter()
        .any(|person| person.state != AccountState::Deactivated.as_str());
    if !sql::take_out(&mut tx, group, account, counted).await? {
        return Err(Error::not_found("member"));
    }
    if sql::is_ruled(&mut tx, group).await? {
        sql::keep_out(&mut tx, group, account, app.now()).await?;
    }
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

/// Takes people out in a transaction. Those who are not in are left alone.
pub async fn remove_within(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    group: &Group,
    ids: &[AccountId],
) -> Result<u64> {
    actor.need(Permission::GroupsManage)?;
    let known = accounts::named(&mut *tx, actor.workplace, ids).await?;
    let (gone, counted): (Vec<_>, Vec<_>) = known
        .iter()
        .partition(|person| person.state == AccountState::Deactivated.as_str());
    let ids = |people: Vec<&Named>| people.iter().map(|person| person.id).collect::<Vec<AccountId>>();
    let removed = sql::take_out_all(tx, group, &ids(counted), true).await?
        + sql::take_out_all(tx, group, &ids(gone), false).await?;
    if removed > 0 {
        let change = audit::FieldChange {
            field: "members".into(),
            before: Some(format!("{removed} people")),
            after: None,
            was_from: None,
        };
        note(app, tx, actor, group, "remove_member", vec![change]).await?;
    }
    Ok(removed)
}
