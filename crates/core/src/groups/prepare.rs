//! Making a group, changing it, putting it away: before anybody is told, or later.

use guildhall_store::{Db, Tx};

use super::{Group, Input, note, read, rules, sql};
use crate::ids::GroupId;
use crate::{Actor, App, Error, Permission, Result, audit, conditions, sets};

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
            field: field.into(),
            before: old.as_ref().map(|old| old[at].1.clone()),
            after: Some(after),
            was_from: None,
        })
        .filter(|change| change.before != change.after)
        .collect()
}

/// Makes a group. Nobody is told.
pub async fn create(app: &App, actor: &Actor, input: Input) -> Result<Group> {
    let mut tx = app.begin().await?;
    let group = create_within(app, &mut tx, actor, input).await?;
    tx.commit().await?;
    Ok(group)
}

/// [`create`] in a transaction.
pub async fn create_within(app: &App, tx: &mut Tx, actor: &Actor, input: Input) -> Result<Group> {
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
    sql::put(tx, &group, actor.account(), now).await?;
    note(app, tx, actor, &group, "create", differences(None, &group)).await?;
    Ok(group)
}

/// The group of a set that a directory keeps, to be called so from now on.
pub async fn rename_within(app: &App, tx: &mut Tx, actor: &Actor, id: GroupId, name: &str) -> Result<()> {
    actor.need(Permission::GroupsManage)?;
    let Some(before) = sql::get(&mut *tx, actor.workplace, id).await? else {
        return Ok(());
    };
    let after = Group {
        name: name.to_owned(),
        ..before.clone()
    };
    let changes = differences(Some(&before), &after);
    if changes.is_empty() {
        return Ok(());
    }
    sql::put(tx, &after, None, app.now()).await?;
    note(app, tx, actor, &after, "update", changes).await
}

/// The group of that id, whoever asks.
pub async fn get_within(tx: &mut Tx, actor: &Actor, id: GroupId) -> Result<Option<Group>> {
    actor.need(Permission::GroupsManage)?;
    sql::get(tx, actor.workplace, id).await
}

/// The group, if the actor may change it: they manage groups, or own it.
pub(super) async fn mine(db: &Db, actor: &Actor, id: GroupId) -> Result<Group> {
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
    let mut tx = app.begin().await?;
    archive_within(app, &mut tx, actor, &mut group, archived).await?;
    tx.commit().await?;
    Ok(())
}

/// [`archive`] in a transaction.
pub async fn archive_within(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    group: &mut Group,
    archived: bool,
) -> Result<()> {
    actor.need(Permission::GroupsManage)?;
    group.archived_at = archived.then(|| app.now());
    if !archived {
        // Its rule slept meanwhile.
        sql::make_due(tx, group).await?;
    }
    sql::put(tx, group, None, app.now()).await?;
    let verb = if archived { "archive" } else { "restore" };
    note(app, tx, actor, group, verb, Vec::new()).await?;
    if !archived {
        sets::group_came_back(app, tx, actor, group).await?;
    }
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
    conditions::forget(&mut tx, actor.workplace, group.id.0).await?;
    note(app, &mut tx, actor, &group, "delete", Vec::new()).await?;
    tx.commit().await?;
    Ok(())
}

/// Whoever manages groups or owns this one may make a link for it.
pub async fn may_share(db: &Db, actor: &Actor, id: GroupId) -> Result<()> {
    let (group, standing) = read(db, actor, id).await?;
    if group.archived_at.is_none() && (standing.owner || standing.manages) {
        return Ok(());
    }
    Err(Error::Forbidden(
        "Only owners of a group make links for it.".into(),
    ))
}
