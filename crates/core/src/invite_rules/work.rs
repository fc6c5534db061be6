//! Beginning waves, looking at everybody for a rule that is new, and inviting those whose time has come.

use guildhall_store::Tx;

use super::follow::{is_open, queue, when};
use super::{InviteRule, InviteRuleKind, InviteRuleState, note, rules, sql};
use crate::accounts::{self, Account, Change, Source, Verb, Whom};
use crate::conditions::{self, Compiled, Looks, Person};
use crate::ids::WorkplaceId;
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Permission, Result, roles, signals};

/// People who are invited in one transaction.
const BATCH: i64 = 100;
const DAY: i64 = 24 * 60 * 60;
/// How many days an admin's yes to those who wait for a standing rule holds: a long weekend is quiet.
const YES_DAYS: i64 = 4;

/// Does what the rules of all workplaces have to do by now.
pub async fn work(app: &App) -> Result<()> {
    for workplace in sql::busy(&app.db, app.now()).await? {
        while step(app, workplace).await? {}
    }
    Ok(())
}

/// One step; false when nothing is left to do now.
async fn step(app: &App, id: WorkplaceId) -> Result<bool> {
    let mut tx = app.begin_long().await?;
    tx.lock(id.0).await?;
    let now = app.now();
    let workplace = workplaces::read(&mut tx, id).await?;
    let mut went_on = false;
    for mut rule in sql::list(&mut tx, id).await? {
        let begins = rule.state == InviteRuleState::Scheduled && rule.starts_at.is_some_and(|at| at <= now);
        if begins {
            (rule.state, rule.due, rule.position) = (InviteRuleState::Active, true, None);
            sql::put(&mut tx, &rule, now).await?;
        }
        if rule.state != InviteRuleState::Active {
            continue;
        }
        if rule.due {
            look(app, &mut tx, &workplace, &mut rule).await?;
            went_on = true;
        } else if invite(app, &mut tx, &workplace, &mut rule).await? {
            went_on = true;
        }
    }
    tx.commit().await?;
    Ok(went_on)
}

/// Looks at some more people by a rule that has not looked at everybody.
async fn look(app: &App, tx: &mut Tx, workplace: &Workplace, rule: &mut InviteRule) -> Result<()> {
    let now = app.now();
    let mut accounts = accounts::page_after(tx, workplace.id, rule.position, conditions::STEP).await?;
    rule.position = accounts.last().map(|last| last.id);
    rule.due = rule.position.is_some();
    accounts.retain(is_open);
    let looks = Looks::of(&rule.conditions);
    let people = conditions::people(tx, workplace, looks, accounts, now).await?;
    let people: Vec<&Person> = people.iter().collect();
    queue(tx, workplace, std::slice::from_ref(rule), &people, now).await?;
    sql::put(tx, rule, now).await
}

/// Invites some of those whose time has come, unless the brake holds. False: there is nobody now.
async fn invite(app: &App, tx: &mut Tx, workplace: &Workplace, rule: &mut InviteRule) -> Result<bool> {
    let now = app.now();
    let waiting = sql::waiting(tx, workplace.id).await?;
    let waits = waiting.iter().find(|(id, ..)| *id == rule.id);
    let Some((_, people, first)) = waits.copied() else {
        if rule.kind == InviteRuleKind::Wave {
            rule.state = InviteRuleState::Done;
            sql::put(tx, rule, now).await?;
        }
        return Ok(false);
    };
    let actor = Actor::system(workplace.id, &format!("Invitation rule: {}", rule.name));
    let (since, extra) = match rule.kind {
        InviteRuleKind::Wave => (rule.counted_from, rule.extra),
        InviteRuleKind::Standing => (
            rule.counted_from.max(now.plus_seconds(-DAY)),
            if rule.counted_from > now.plus_days(-YES_DAYS) {
                rule.extra
            } else {
                0
            },
        ),
    };
    let invited = sql::invited_since(tx, rule, since).await?;
    if rules::holds(invited, people, rule.most, extra) {
        (rule.state, rule.held_at) = (InviteRuleState::Held, Some(now));
        sql::put(tx, rule, now).await?;
        note(app, tx, &actor, rule, "hold", None).await?;
        tell(app, tx, workplace, rule, people).await?;
        return Ok(false);
    }
    if first > now.ms() {
        return Ok(false);
    }
    let next = sql::next(tx, rule, now, BATCH).await?;
    let accounts = accounts::load_ids(tx, workplace.id, &next).await?;
    let looks = Looks::of(&rule.conditions);
    let compiled = Compiled::new(&rule.conditions);
    let policy = workplace.policy();
    let mut gone = next;
    for person in conditions::people(tx, workplace, looks, accounts, now).await? {
        let account = &person.account;
        if !is_open(account) || !compiled.holds(&person) {
            continue;
        }
        let at = when(account, workplace, now);
        if at > now {
            // It grew late where they are.
            sql::put_off(tx, rule, account.id, at).await?;
            gone.retain(|id| *id != account.id);
            continue;
        }
        if invite_one(app, tx, &actor, rule, account, &policy).await? {
            rule.invited += 1;
        }
    }
    sql::unqueue(tx, rule, &gone).await?;
    sql::put(tx, rule, now).await?;
    signals::send(tx, &app.entropy, now, workplace.id, None, signals::INVITATION).await?;
    Ok(true)
}

/// False: the rules of accounts say no.
async fn invite_one(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    rule: &InviteRule,
    account: &Account,
    policy: &accounts::Policy,
) -> Result<bool> {
    let message = rule.message.clone();
    let change = Change::new(Source::Admin, Verb::Invite { message });
    let plan = match accounts::plan(app, tx, actor, Whom::Is(account.id), &change, policy).await {
        Ok(plan) => plan,
        Err(error @ (Error::Internal(_) | Error::Store(_))) => return Err(error),
        Err(why) => {
            tracing::info!(account = %account.id, %why, "a rule could not invite");
            return Ok(false);
        }
    };
    accounts::apply(app, tx, actor, &plan).await?;
    sql::note_invited(tx, rule, account.id, app.now()).await?;
    Ok(true)
}

/// Tells those who may invite that a rule waits for their word.
async fn tell(app: &App, tx: &mut Tx, workplace: &Workplace, rule: &InviteRule, people: i64) -> Result<()> {
    for admin in roles::holders(tx, workplace.id, Permission::PeopleInvite).await? {
        let content = Content::Brief {
            topic: LetterKind::RuleHeld,
            about: rule.name.clone(),
            by: None,
            message: None,
            count: people,
            expires_at: None,
        };
        let note = Note {
            content,
            invitation: None,
            secret: None,
        };
        outbox::post(app, tx, workplace, &admin, note).await?;
    }
    Ok(())
}
