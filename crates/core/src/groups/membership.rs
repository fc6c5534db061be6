//! Who belongs into a group by their profile: the rule, what it would do, and what it has done.

use guildhall_store::Tx;

use super::{Group, follow, note, read, rules, sql};
use crate::accounts;
use crate::accounts::people::Named;
use crate::conditions::{self, Conditions, Looks, RuleKind};
use crate::ids::{AccountId, GroupId};
use crate::words::words;
use crate::{Actor, App, Moment, Permission, Result, audit, workplaces};

/// People who are shown of many.
const SHOWN: usize = 20;

words! {
    /// What a rule does.
    RuleMode {
        /// It puts people in, and takes nobody out.
        Add = "add",
        /// Whom it put in it takes out when they meet it no more.
        AddRemove = "add_remove",
    }
}

/// The rule of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub mode: RuleMode,
    pub conditions: Conditions,
    /// Not everybody has been looked at since it was set.
    pub due: bool,
    /// How many have been.
    pub looked_at: i64,
    /// How many it put in and took out by then.
    pub added: i64,
    pub removed: i64,
    pub created_by: Option<AccountId>,
    pub updated_at: Moment,
    pub applied_at: Option<Moment>,
    pub(super) position: Option<AccountId>,
}

/// A rule as it is told to who manages groups.
#[derive(Clone, Debug)]
pub struct Told {
    pub rule: Rule,
    /// In a sentence.
    pub sentence: String,
    /// Of the people and sets that it names by their ids.
    pub names: std::collections::BTreeMap<String, String>,
    /// How many are in by it.
    pub members: i64,
    /// Some of those who were taken out by hand or left: it does not put them back.
    pub kept_out: Vec<Named>,
}

/// What a rule would do.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// How many meet it, would come in, would go out, and are kept out though they meet it.
    pub meet: i64,
    pub add: i64,
    pub remove: i64,
    pub kept_out: i64,
    /// The first of those who would come in and go out.
    pub added: Vec<Named>,
    pub removed: Vec<Named>,
    pub sentence: String,
}

async fn managed(app: &App, actor: &Actor, id: GroupId) -> Result<Group> {
    actor.need(Permission::GroupsManage)?;
    Ok(read(&app.db, actor, id).await?.0)
}

/// The rule of a group; nothing, if it has none.
pub async fn rule(app: &App, actor: &Actor, id: GroupId) -> Result<Option<Told>> {
    let group = managed(app, actor, id).await?;
    let mut tx = app.db.snapshot().await?;
    let Some(rule) = sql::rule(&mut tx, &group).await? else {
        return Ok(None);
    };
    let names = conditions::names(&mut tx, actor.workplace, &[&rule.conditions]).await?;
    let kept_out = sql::kept_out(&mut tx, &group, SHOWN as i64).await?;
    Ok(Some(Told {
        sentence: conditions::rules::sentence(&rule.conditions, &names),
        members: sql::members_by_rule(&mut tx, &group).await?,
        kept_out: accounts::named(&mut tx, actor.workplace, &kept_out).await?,
        names,
        rule,
    }))
}

async fn change(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    group: &Group,
    (before, after): (Option<&Rule>, Option<&Rule>),
) -> Result<()> {
    let mut told = Vec::new();
    for rule in [before, after] {
        told.push(match rule {
            None => None,
            Some(rule) => {
                let names = conditions::names(&mut *tx, actor.workplace, &[&rule.conditions]).await?;
                let mode = rule.mode.as_str().replace('_', " and ");
                Some(format!(
                    "{mode}: {}",
                    conditions::rules::sentence(&rule.conditions, &names)
                ))
            }
        });
    }
    let change = audit::FieldChange {
        field: "rule".into(),
        after: told.pop().flatten(),
        before: told.pop().flatten(),
        was_from: None,
    };
    note(app, tx, actor, group, "set_rule", vec![change]).await
}

/// Sets the rule of a group. It holds for every change from now on; those who are here are looked at in the background.
pub async fn set_rule(
    app: &App,
    actor: &Actor,
    id: GroupId,
    mode: RuleMode,
    conditions: Conditions,
) -> Result<()> {
    let group = managed(app, actor, id).await?;
    let conditions = conditions::rules::checked(conditions)?;
    let mut tx = app.begin_long().await?;
    tx.lock(actor.workplace.0).await?;
    let before = sql::rule(&mut tx, &group).await?;
    let now = app.now();
    let rule = Rule {
        mode,
        conditions,
        due: true,
        looked_at: 0,
        added: 0,
        removed: 0,
        created_by: actor.account(),
        updated_at: now,
        applied_at: None,
        position: None,
    };
    let unchanged = |before: &Rule| (before.mode, &before.conditions) == (mode, &rule.conditions);
    if before.as_ref().is_some_and(unchanged) {
        return Ok(());
    }
    sql::put_rule(&mut tx, &group, &rule).await?;
    let kind = RuleKind::Membership;
    conditions::keep(&mut tx, actor.workplace, kind, group.id.0, &rule.conditions).await?;
    change(app, &mut tx, actor, &group, (before.as_ref(), Some(&rule))).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends the rule of a group. Who is in by it stays in, as if added by hand.
pub async fn drop_rule(app: &App, actor: &Actor, id: GroupId) -> Result<()> {
    let group = managed(app, actor, id).await?;
    let mut tx = app.begin_long().await?;
    tx.lock(actor.workplace.0).await?;
    let Some(before) = sql::rule(&mut tx, &group).await? else {
        return Ok(());
    };
    sql::drop_rule(&mut tx, &group).await?;
    conditions::forget(&mut tx, actor.workplace, group.id.0).await?;
    change(app, &mut tx, actor, &group, (Some(&before), None)).await?;
    tx.commit().await?;
    Ok(())
}

/// What a rule would do, if it were set: nothing is changed.
pub async fn preview(
    app: &App,
    actor: &Actor,
    id: GroupId,
    mode: RuleMode,
    conditions: Conditions,
) -> Result<Preview> {
    let group = managed(app, actor, id).await?;
    let conditions = conditions::rules::checked(conditions)?;
    let mut tx = app.db.snapshot().await?;
    let workplace = workplaces::read(&mut tx, actor.workplace).await?;
    let names = conditions::names(&mut tx, actor.workplace, &[&conditions]).await?;
    let mut seen = Preview {
        sentence: conditions::rules::sentence(&conditions, &names),
        ..Preview::default()
    };
    let compiled = conditions::Compiled::new(&conditions);
    let looks = Looks::of(&conditions);
    let (mut coming, mut going) = (Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let accounts = accounts::page_after(&mut tx, actor.workplace, after, conditions::STEP).await?;
        after = accounts.last().map(|account| account.id);
        if after.is_none() {
            break;
        }
        let people = conditions::people(&mut tx, &workplace, looks, accounts, app.now()).await?;
        let ids: Vec<AccountId> = people.iter().map(|person| person.account.id).collect();
        let standing = follow::standing(&mut tx, &group, &ids).await?;
        for person in &people {
            let id = person.account.id;
            let meets = compiled.holds(person);
            let (inside, kept_out) = standing.of(group.id, id);
            seen.meet += i64::from(meets);
            seen.kept_out += i64::from(meets && kept_out && inside.is_none());
            match rules::turn(mode, meets, inside, kept_out) {
                rules::Turn::In => coming.push(id),
                rules::Turn::Out => going.push(id),
                rules::Turn::Stays => {}
            }
        }
        // No more than are shown are kept; the others are counted.
        for (list, count) in [(&mut coming, &mut seen.add), (&mut going, &mut seen.remove)] {
            let shown = SHOWN.min(list.len());
            *count += (list.len() - shown) as i64;
            list.truncate(shown);
        }
    }
    seen.add += coming.len() as i64;
    seen.remove += going.len() as i64;
    seen.added = accounts::named(&mut tx, actor.workplace, &coming).await?;
    seen.removed = accounts::named(&mut tx, actor.workplace, &going).await?;
    Ok(seen)
}
