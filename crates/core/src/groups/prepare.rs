//! Making a group, changing it, putting it away: before anybody is told, or later.

use guildhall_store::Db;

use super::{Group, Input, note, read, rules, sql};
use crate::ids::GroupId;
use crate::{Actor, App, Error, Permission, Result, audit};

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
