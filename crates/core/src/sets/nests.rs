//! Sets within sets: whoever is in the inner one is in the outer one, too, and so on up.

use std::collections::HashSet;

use guildhall_store::Tx;

use super::{Moved, Owner, Set, bump, moved, sql};
use crate::ids::{AccountId, SetId, WorkplaceId};
use crate::{Actor, App, Error, Result};

/// Which of these ids are sets of that owner.
pub async fn known(tx: &mut Tx, workplace: WorkplaceId, owner: Owner, ids: &[SetId]) -> Result<Vec<SetId>> {
    sql::known(tx, workplace, owner.id, ids).await
}

/// Puts sets into a set, or has exactly these in it (`only`). Gives what that did to its people.
pub async fn put_in(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    set: &mut Set,
    (inner, only): (&[SetId], bool),
) -> Result<Moved> {
    if inner.contains(&set.id) {
        return Err(Error::invalid(
            "members",
            format!("The group {} can't be a member of itself.", set.name),
        ));
    }
    let before: HashSet<SetId> = sql::nests(&mut *tx, set.workplace, set.id)
        .await?
        .into_iter()
        .collect();
    let wanted: HashSet<SetId> = inner.iter().copied().collect();
    let new: Vec<SetId> = wanted.difference(&before).copied().collect();
    let gone: Vec<SetId> = before.difference(&wanted).copied().filter(|_| only).collect();
    if new.is_empty() && gone.is_empty() {
        return Ok(Moved::default());
    }
    sql::put_nests(tx, set, &new).await?;
    sql::drop_nests(tx, set, &gone).await?;
    bump(app, tx, set).await?;
    spread(app, tx, actor, set).await
}

/// Takes sets out of a set; those that are not in are left alone.
pub async fn take_out(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    set: &mut Set,
    inner: &[SetId],
) -> Result<Moved> {
    if sql::drop_nests(tx, set, inner).await? == 0 {
        return Ok(Moved::default());
    }
    bump(app, tx, set).await?;
    spread(app, tx, actor, set).await
}

/// People of this set changed, or the sets within it: those who are in it and in the sets around it only by that follow.
/// Gives what became of the set itself.
pub(super) async fn spread(app: &App, tx: &mut Tx, actor: &Actor, set: &mut Set) -> Result<Moved> {
    let own = inherit(app, tx, actor, set).await?;
    around(app, tx, actor, set).await?;
    Ok(own)
}

/// The same for the sets around it alone.
pub(super) async fn around(app: &App, tx: &mut Tx, actor: &Actor, set: &Set) -> Result<()> {
    for id in sql::around(tx, set).await? {
        if id != set.id
            && let Some(mut outer) = sql::get(&mut *tx, set.workplace, set.owner.id, id).await?
        {
            inherit(app, tx, actor, &mut outer).await?;
        }
    }
    Ok(())
}

/// Brings in who is in a set within, and takes out who was there only by one and is no more.
async fn inherit(app: &App, tx: &mut Tx, actor: &Actor, set: &mut Set) -> Result<Moved> {
    let wanted: HashSet<AccountId> = sql::within(tx, set).await?.into_iter().collect();
    let present = sql::present(tx, set).await?;
    let here: HashSet<AccountId> = present.iter().map(|(id, _)| *id).collect();
    let new: Vec<AccountId> = wanted.difference(&here).copied().collect();
    let gone: Vec<AccountId> = present
        .iter()
        .filter(|(id, direct)| !direct && !wanted.contains(id))
        .map(|(id, _)| *id)
        .collect();
    let removed = sql::remove(tx, set, &gone).await?;
    let added = sql::add(tx, set, (&new, false), app.now()).await?;
    moved(app, tx, actor, set, (&new, added), (&gone, removed)).await
}
