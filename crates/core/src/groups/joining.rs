//! What people do themselves: join, leave, and choose when they claim their account.

use guildhall_store::{Db, Tx};

use super::members::out;
use super::rules::Standing;
use super::{Group, follow, note, read, rules, sql};
use crate::ids::{AccountId, GroupId, WorkplaceId};
use crate::{Actor, App, Error, Result, signals};

/// Groups that somebody may choose from when they claim their account.
const OFFERED: i64 = 50;

pub(super) fn oneself(actor: &Actor) -> Result<AccountId> {
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
            message: "This group is not open: ask to join, or ask one of its owners to add you.".into(),
        });
    }
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let own = (false, "self", Some(account));
    sql::add(&mut tx, &group, &[account], own, app.now()).await?;
    follow::by_hand(&mut tx, &group, &[account], "self").await?;
    note(app, &mut tx, actor, &group, "join", Vec::new()).await?;
    tx.commit().await?;
    Ok(())
}

/// The actor leaves a group.
pub async fn leave(app: &App, actor: &Actor, id: GroupId) -> Result<()> {
    let (group, _) = read(&app.db, actor, id).await?;
    out(app, actor, &group, oneself(actor)?, "leave").await
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

/// The groups that somebody would be put into when they claim their account, besides those they are in.
pub async fn awaiting(db: &Db, (workplace, account): (WorkplaceId, AccountId)) -> Result<Vec<Group>> {
    let mine = sql::of_account(db, workplace, account).await?;
    let mut tx = db.snapshot().await?;
    let mut groups = sql::defaults(&mut tx, workplace).await?;
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
        follow::by_hand(tx, &group, &[account], "self").await?;
        if sql::add(tx, &group, &[account], whose, app.now()).await? > 0 {
            note(app, tx, actor, &group, "join", Vec::new()).await?;
        }
    }
    Ok(())
}

/// Puts a person into the group that their link was for, if it is there still.
pub async fn add_by_link(
    app: &App,
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    id: GroupId,
) -> Result<()> {
    let group = sql::get(&mut *tx, workplace, id).await?;
    if let Some(group) = group.filter(|group| group.archived_at.is_none()) {
        sql::add(tx, &group, &[account], (false, "link", None), app.now()).await?;
        follow::by_hand(tx, &group, &[account], "link").await?;
        signals::send(tx, &app.entropy, app.now(), workplace, None, signals::GROUP).await?;
    }
    Ok(())
}
