//! Whom a workplace invites by itself: whoever meets a standing rule, all who meet a wave on its day; and whom it reminds.
//! Each person goes through the one path, outside the quiet hours of where they are.

mod follow;
mod remind;
pub mod rules;
mod sql;
mod work;

use guildhall_store::Tx;

use crate::accounts::people::{self, Named};
use crate::accounts::{self, AccountState, ProfileField as Field};
use crate::conditions::{self, Conditions, Looks, RuleKind};
use crate::ids::{AccountId, InviteRuleId, WorkplaceId};
use crate::words::words;
use crate::{Actor, App, Error, Moment, Permission, Result, audit, signals, workplaces};

pub(crate) use follow::follow;
pub use remind::remind;
pub use rules::{Input, Quiet};
pub use sql::forget;
pub use work::work;

/// People who are shown of many.
const SHOWN: usize = 20;
/// The most rules of a workplace.
const MOST_RULES: usize = 100;

words! {
    /// How long a rule lasts.
    InviteRuleKind {
        /// It invites whoever meets it, now and later.
        Standing = "standing",
        /// It invites once, all who meet it at its time.
        Wave = "wave",
    }
}

words! {
    /// Where a rule is.
    InviteRuleState {
        /// A wave whose time has not come.
        Scheduled = "scheduled",
        Active = "active",
        /// An admin stopped it.
        Paused = "paused",
        /// It would invite more people than it may: an admin has to say yes.
        Held = "held",
        /// A wave that has invited everybody.
        Done = "done",
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRule {
    pub id: InviteRuleId,
    pub workplace: WorkplaceId,
    pub name: String,
    pub kind: InviteRuleKind,
    pub conditions: Conditions,
    pub message: Option<String>,
    /// Of a wave.
    pub starts_at: Option<Moment>,
    /// The brake: how many people it may invite at most, of a standing rule within 24 hours.
    pub most: i64,
    pub state: InviteRuleState,
    /// Not everybody has been looked at.
    pub due: bool,
    pub invited: i64,
    pub created_by: Option<AccountId>,
    pub created_at: Moment,
    pub held_at: Option<Moment>,
    position: Option<AccountId>,
    counted_from: Moment,
    extra: i64,
}

/// A rule as it is told.
#[derive(Clone, Debug)]
pub struct Told {
    pub rule: InviteRule,
    pub sentence: String,
    /// Of the people and sets that it names by their ids.
    pub names: std::collections::BTreeMap<String, String>,
    /// How many wait for it to invite them, and when the first is.
    pub waiting: i64,
    pub next_at: Option<Moment>,
}

/// Whom a rule would invite now.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    pub sentence: String,
    pub people: i64,
    /// Uninvited people who meet it, and can't be written to.
    pub without_email: i64,
    /// The first of them.
    pub first: Vec<Named>,
}

async fn note(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    rule: &InviteRule,
    verb: &'static str,
    change: Option<(Option<String>, Option<String>)>,
) -> Result<()> {
    let changes = change.map(|(before, after)| audit::FieldChange {
        field: "rule".into(),
        before,
        after,
        was_from: None,
    });
    let entry = audit::Entry {
        source: people::source(actor).as_str(),
        verb,
        subject: audit::Subject {
            kind: "invite_rule",
            id: Some(rule.id.0),
            name: rule.name.clone(),
        },
        run: None,
        changes: changes.into_iter().collect(),
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    signals::send(tx, &app.entropy, now, actor.workplace, None, signals::INVITATION).await
}

async fn told(tx: &mut Tx, rules: Vec<InviteRule>) -> Result<Vec<Told>> {
    let Some(workplace) = rules.first().map(|rule| rule.workplace) else {
        return Ok(Vec::new());
    };
    let all: Vec<&Conditions> = rules.iter().map(|rule| &rule.conditions).collect();
    let names = conditions::names(&mut *tx, workplace, &all).await?;
    let waiting = sql::waiting(tx, workplace).await?;
    let one = |rule: InviteRule| {
        let waits = waiting.iter().find(|(id, ..)| *id == rule.id);
        let tests = rule.conditions.every().into_iter();
        let mentioned = tests.flat_map(|test| &test.values);
        Told {
            sentence: conditions::rules::sentence(&rule.conditions, &names),
            names: mentioned
                .filter_map(|id| Some((id.clone(), names.get(id)?.clone())))
                .collect(),
            waiting: waits.map_or(0, |(_, people, _)| *people),
            next_at: waits.map(|(_, _, at)| Moment::from_ms(*at)),
            rule,
        }
    };
    Ok(rules.into_iter().map(one).collect())
}

/// The rules of the actor's workplace, newest first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Told>> {
    actor.need(Permission::PeopleInvite)?;
    let mut tx = app.db.snapshot().await?;
    let rules = sql::list(&mut tx, actor.workplace).await?;
    told(&mut tx, rules).await
}

/// One rule.
pub async fn get(app: &App, actor: &Actor, id: InviteRuleId) -> Result<Told> {
    actor.need(Permission::PeopleInvite)?;
    let mut tx = app.db.snapshot().await?;
    let rule = read(&mut tx, actor, id).await?;
    let found = told(&mut tx, vec![rule]).await?;
    found.into_iter().next().ok_or_else(|| Error::not_found("rule"))
}

async fn read(tx: &mut Tx, actor: &Actor, id: InviteRuleId) -> Result<InviteRule> {
    sql::get(tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("rule"))
}

async fn sentence(tx: &mut Tx, rule: &InviteRule) -> Result<String> {
    let names = conditions::names(&mut *tx, rule.workplace, &[&rule.conditions]).await?;
    Ok(conditions::rules::sentence(&rule.conditions, &names))
}

/// Makes a rule. A standing one looks at everybody from now on; a wave when its time has come.
pub async fn create(app: &App, actor: &Actor, input: Input) -> Result<InviteRuleId> {
    actor.need(Permission::PeopleInvite)?;
    let now = app.now();
    let input = rules::checked(input, now)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    if sql::list(&mut tx, actor.workplace).await?.len() >= MOST_RULES {
        return Err(Error::Refused {
            code: "too_many",
            message: format!("A workplace has at most {MOST_RULES} rules: remove one first."),
        });
    }
    let standing = input.kind == InviteRuleKind::Standing;
    let rule = InviteRule {
        id: InviteRuleId::new(&app.entropy, now),
        workplace: actor.workplace,
        name: input.name,
        kind: input.kind,
        conditions: input.conditions,
        message: input.message,
        starts_at: input.starts_at,
        most: input.most,
        state: if standing {
            InviteRuleState::Active
        } else {
            InviteRuleState::Scheduled
        },
        due: standing,
        invited: 0,
        created_by: actor.account(),
        created_at: now,
        held_at: None,
        position: None,
        counted_from: now,
        extra: 0,
    };
    sql::put(&mut tx, &rule, now).await?;
    found_by(&mut tx, &rule).await?;
    let after = sentence(&mut tx, &rule).await?;
    note(app, &mut tx, actor, &rule, "create", Some((None, Some(after)))).await?;
    tx.commit().await?;
    Ok(rule.id)
}

/// Only standing rules look at people as they change.
async fn found_by(tx: &mut Tx, rule: &InviteRule) -> Result<()> {
    if rule.kind == InviteRuleKind::Wave {
        return conditions::forget(tx, rule.workplace, rule.id.0).await;
    }
    let kind = RuleKind::Invitation;
    conditions::keep(tx, rule.workplace, kind, rule.id.0, &rule.conditions).await
}

/// Changes a rule. Whoever waits for it is looked at again.
pub async fn update(app: &App, actor: &Actor, id: InviteRuleId, input: Input) -> Result<()> {
    actor.need(Permission::PeopleInvite)?;
    let now = app.now();
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let mut rule = read(&mut tx, actor, id).await?;
    if rule.state == InviteRuleState::Done {
        return Err(Error::Refused {
            code: "rule_done",
            message: "This wave is over: make a new one.".into(),
        });
    }
    // The time of a wave that has begun is past: that is no mistake.
    let began = rule.kind == InviteRuleKind::Wave && rule.state != InviteRuleState::Scheduled;
    let input = if began && input.starts_at == rule.starts_at {
        let later = Input {
            starts_at: Some(now),
            ..input
        };
        Input {
            starts_at: rule.starts_at,
            ..rules::checked(later, now)?
        }
    } else {
        rules::checked(input, now)?
    };
    if input.kind != rule.kind {
        return Err(Error::invalid("kind", "A rule stays what it is: make a new one."));
    }
    let before = sentence(&mut tx, &rule).await?;
    if rule.conditions != input.conditions && rule.state != InviteRuleState::Scheduled {
        sql::empty(&mut tx, &rule).await?;
        (rule.due, rule.position) = (true, None);
    }
    rule.conditions = input.conditions;
    (rule.name, rule.message, rule.most) = (input.name, input.message, input.most);
    if rule.state == InviteRuleState::Scheduled {
        rule.starts_at = input.starts_at;
    }
    sql::put(&mut tx, &rule, now).await?;
    found_by(&mut tx, &rule).await?;
    let after = sentence(&mut tx, &rule).await?;
    note(
        app,
        &mut tx,
        actor,
        &rule,
        "update",
        Some((Some(before), Some(after))),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Stops a rule: it invites nobody until it goes on.
pub async fn pause(app: &App, actor: &Actor, id: InviteRuleId) -> Result<()> {
    actor.need(Permission::PeopleInvite)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let mut rule = read(&mut tx, actor, id).await?;
    if matches!(rule.state, InviteRuleState::Done | InviteRuleState::Paused) {
        return Ok(());
    }
    rule.state = InviteRuleState::Paused;
    sql::put(&mut tx, &rule, app.now()).await?;
    note(app, &mut tx, actor, &rule, "pause", None).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets a rule go on that was stopped, or that its brake held: whoever waits now is let through.
pub async fn resume(app: &App, actor: &Actor, id: InviteRuleId) -> Result<()> {
    actor.need(Permission::PeopleInvite)?;
    let now = app.now();
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let mut rule = read(&mut tx, actor, id).await?;
    let held = rule.state == InviteRuleState::Held;
    if !held && rule.state != InviteRuleState::Paused {
        return Ok(());
    }
    if held {
        let waiting = sql::waiting(&mut tx, rule.workplace).await?;
        let waits = waiting.iter().find(|(other, ..)| *other == rule.id);
        rule.extra = waits.map_or(0, |(_, people, _)| *people);
        rule.counted_from = now;
        rule.held_at = None;
    }
    let to_come = rule.kind == InviteRuleKind::Wave && rule.starts_at.is_some_and(|at| at > now);
    rule.state = if to_come {
        InviteRuleState::Scheduled
    } else {
        InviteRuleState::Active
    };
    if !held && rule.state == InviteRuleState::Active {
        // What changed while it was stopped, it did not see.
        (rule.due, rule.position) = (true, None);
    }
    sql::put(&mut tx, &rule, now).await?;
    note(
        app,
        &mut tx,
        actor,
        &rule,
        if held { "release" } else { "resume" },
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a rule. Whom it has invited stays invited.
pub async fn delete(app: &App, actor: &Actor, id: InviteRuleId) -> Result<()> {
    actor.need(Permission::PeopleInvite)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let rule = read(&mut tx, actor, id).await?;
    sql::remove(&mut tx, &rule).await?;
    conditions::forget(&mut tx, actor.workplace, rule.id.0).await?;
    let before = sentence(&mut tx, &rule).await?;
    note(app, &mut tx, actor, &rule, "delete", Some((Some(before), None))).await?;
    tx.commit().await?;
    Ok(())
}

/// Whom a rule with these conditions would invite now: nobody is.
pub async fn preview(app: &App, actor: &Actor, conditions: Conditions) -> Result<Preview> {
    actor.need(Permission::PeopleInvite)?;
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
    let mut first = Vec::new();
    let mut after = None;
    loop {
        let mut accounts = accounts::page_after(&mut tx, actor.workplace, after, conditions::STEP).await?;
        after = accounts.last().map(|account| account.id);
        if after.is_none() {
            break;
        }
        accounts.retain(|account| account.state == AccountState::Uninvited);
        for person in conditions::people(&mut tx, &workplace, looks, accounts, app.now()).await? {
            if !compiled.holds(&person) {
                continue;
            }
            if person.account.profile.get(Field::Email).is_none() {
                seen.without_email += 1;
                continue;
            }
            seen.people += 1;
            if first.len() < SHOWN {
                first.push(person.account.id);
            }
        }
    }
    seen.first = accounts::named(&mut tx, actor.workplace, &first).await?;
    Ok(seen)
}
