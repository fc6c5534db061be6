//! From a change to rows: the facts are read, the rules decide, and the plan is written, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_store::{Conn, Tx};

use super::change::{Action, Change, Facts, Plan, Policy, Verb};
use super::types::{Account, AccountState, ProfileField as Field, Source, Voice};
use super::{Target, decide, sql};
use crate::domains::{self, Standing};
use crate::ids::{AccountId, WorkplaceId};
use crate::{
    Actor, ActorKind, App, Error, Result, access, addresses, audit, codes, conditions, connectors, devices,
    directory, factors, files, groups, invitations, invite_rules, leaving, notices, outbox, roles, scim,
    sessions, sets, sign_ins, signals, sso, supervisors,
};

/// Whom a change is about: a person who is to be made, or one who is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    New,
    Is(AccountId),
}

/// Decides and writes `change`, all or nothing. Gives the plan that was applied.
pub async fn change(app: &App, actor: &Actor, whom: Whom, change: &Change, policy: &Policy) -> Result<Plan> {
    let mut tx = app.begin().await?;
    let plan = plan(app, &mut tx, actor, whom, change, policy).await?;
    apply(app, &mut tx, actor, &plan).await?;
    tx.commit().await?;
    Ok(plan)
}

/// What `change` would do, by what the transaction sees. From here until it ends, no other change of an account
/// of this workplace is decided.
pub async fn plan(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    whom: Whom,
    change: &Change,
    policy: &Policy,
) -> Result<Plan> {
    tx.lock(actor.workplace.0).await?;
    let now = app.now();
    let existing = match whom {
        Whom::New => None,
        Whom::Is(id) => Some(
            sql::get(&mut *tx, actor.workplace, id)
                .await?
                .ok_or_else(|| Error::not_found("person"))?,
        ),
    };
    let id = existing
        .as_ref()
        .map_or_else(|| AccountId::new(&app.entropy, now), |account| account.id);
    let (absent, names) = absent(tx, actor.workplace, existing.as_ref(), change).await?;
    let scales = policy.scales(&absent);
    let values = change.values(existing.as_ref(), scales);
    let mut facts = facts(tx, actor.workplace, id, (change, &values)).await?;
    if let Some(email) = future_email(existing.as_ref(), change, &values) {
        facts.standing = domains::standing(tx, actor.workplace, email).await?;
    }
    if let Some(email) = existing
        .as_ref()
        .and_then(|account| foreign_email(actor.kind, account, change))
    {
        let standing = domains::standing(tx, actor.workplace, email).await?;
        facts.identity_locked = locked(email, standing);
    }
    if existing.as_ref().is_some_and(Account::is_system_admin) {
        (facts.other_admins_claimed, facts.other_admins) = sql::other_admins(tx, actor.workplace, id).await?;
    }
    drop(values);
    (facts.absent, facts.names) = (absent, names);
    let target = match &existing {
        Some(account) => Target::Existing(account),
        None => Target::New {
            id,
            workplace: actor.workplace,
        },
    };
    Ok(decide(target, change, &facts, policy, now)?)
}

/// What the connectors and directories of a workplace are called that are connected.
pub(super) type Connected = BTreeMap<uuid::Uuid, String>;

/// Whom of those who have something to say of the person, beside who asks, nobody speaks through any more.
async fn absent(
    tx: &mut Tx,
    workplace: WorkplaceId,
    existing: Option<&Account>,
    change: &Change,
) -> Result<(Vec<Voice>, Connected)> {
    let mut voices = existing.map(Account::voices).unwrap_or_default();
    voices.retain(|voice| !voice.same(change.voice()));
    gone_of(tx, workplace, voices).await
}

/// Those of `voices` through whom nobody speaks any more, and what the connected ones of their kinds are called.
pub(super) async fn gone_of<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    voices: BTreeSet<Voice>,
) -> Result<(Vec<Voice>, Connected)> {
    let mut conn = conn.into();
    let (mut gone, mut names) = (Vec::new(), Connected::new());
    for kind in [Source::Scim, Source::Directory, Source::Sso] {
        if !voices.iter().any(|voice| voice.source == kind) {
            continue;
        }
        let here = match kind {
            Source::Scim => connectors::connected(conn.again(), workplace).await?,
            Source::Sso => sso::connected(conn.again(), workplace).await?,
            _ => directory::connected(conn.again(), workplace).await?,
        };
        let is_gone = |voice: &&Voice| match voice.of {
            Some(id) => !here.contains_key(&id),
            None => here.is_empty(),
        };
        let of_kind = voices.iter().filter(|voice| voice.source == kind);
        gone.extend(of_kind.filter(is_gone).copied());
        names.extend(here);
    }
    Ok((gone, names))
}

/// Whether a source has something to say of the person.
pub(super) fn speaks_of(account: &Account, source: Source) -> bool {
    account.voices().iter().any(|voice| voice.source == source)
}

async fn facts(
    tx: &mut Tx,
    workplace: WorkplaceId,
    id: AccountId,
    (change, values): (&Change, &[(Field, &str)]),
) -> Result<Facts> {
    let mut facts = Facts::default();
    let other = |account: Option<Account>| account.map(|account| account.id).filter(|holder| *holder != id);
    for (field, value) in values {
        match field {
            Field::Email => facts.email_holder = other(sql::by_email(&mut *tx, workplace, value).await?),
            Field::EmployeeId => {
                facts.employee_holder = other(sql::by_employee_id(&mut *tx, workplace, value).await?);
            }
            Field::Manager => {
                if let Ok(manager) = value.parse() {
                    facts.manager_chain = sql::manager_chain(tx, workplace, manager).await?;
                }
            }
            _ => {}
        }
    }
    if let Verb::SetRole { role } | Verb::Provision { role: Some(role), .. } = &change.verb {
        facts.role_exists = roles::exists(&mut *tx, workplace, role).await?;
    }
    Ok(facts)
}

/// The address that the account would have, where it matters whose it is.
pub(super) fn future_email<'a>(
    existing: Option<&'a Account>,
    change: &'a Change,
    values: &[(Field, &'a str)],
) -> Option<&'a str> {
    let patched = change.verb.patch().into_iter().flatten();
    let cleared = patched.rev().find(|(field, _)| *field == Field::Email);
    let given = values.iter().rev().find(|(field, _)| *field == Field::Email);
    let given = given.map(|(_, value)| Some(*value)).or(cleared.map(|_| None));
    let held = existing.and_then(|account| account.profile.get(Field::Email));
    let invites = matches!(
        change.verb,
        Verb::Invite { .. } | Verb::Join { .. } | Verb::Provision { invite: true, .. }
    );
    match given {
        Some(given) if invites || given != held => given,
        None if invites => held,
        _ => None,
    }
}

/// The address of a person who is in, when somebody else is about to change what makes them known. Whoever runs the
/// server, and a directory that the workplace trusts, are asked for no proof.
pub(super) fn foreign_email<'a>(by: ActorKind, account: &'a Account, change: &Change) -> Option<&'a str> {
    let other = match by {
        ActorKind::Account(id) => id != account.id,
        ActorKind::Token(_) => true,
        ActorKind::CommandLine | ActorKind::System | ActorKind::Connector(_) => false,
    };
    let by_hand = matches!(change.source, Source::Admin | Source::Api | Source::File);
    let mut patch = change.verb.patch().into_iter().flatten();
    let names =
        patch.any(|(field, value)| field.is_identity() && value.as_deref() != account.profile.get(*field));
    if other && by_hand && names && account.state == AccountState::Claimed {
        return account.profile.get(Field::Email);
    }
    None
}

/// The domain that is not proven, if it is not.
pub(super) fn locked(email: &str, standing: Standing) -> Option<String> {
    let domain = || domains::names::of_address(email).unwrap_or_else(|| email.to_owned());
    (standing != Standing::Ours).then(domain)
}

/// Writes what a plan says. An unchanged plan writes nothing.
pub async fn apply(app: &App, tx: &mut Tx, actor: &Actor, plan: &Plan) -> Result<()> {
    if plan.is_unchanged() {
        return Ok(());
    }
    let Some(account) = plan.account() else {
        return Ok(());
    };
    let steps = [(plan.before.as_ref(), plan.after.as_ref())];
    let alone = conditions::left_alone(tx, account.workplace, &steps).await?;
    write_row(tx, plan).await?;
    let to = plan.after.as_ref().map(|account| account.state);
    sql::count(tx, account.workplace, plan.state_before(), to).await?;
    let now = app.now();
    let Some(entry) = plan.audit_entry() else {
        return Ok(());
    };
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    side_effects(app, tx, actor, plan).await?;
    conditions::follow(app, tx, actor, &steps, alone).await?;
    let kind = if plan.ends.sessions {
        signals::SESSIONS_ENDED
    } else {
        signals::PEOPLE
    };
    signals::send(tx, &app.entropy, now, account.workplace, Some(account.id), kind).await
}

/// What ends with the change, and the letter that it causes.
pub(super) async fn side_effects(app: &App, tx: &mut Tx, actor: &Actor, plan: &Plan) -> Result<()> {
    let Some(account) = plan.account() else {
        return Ok(());
    };
    let (whose, now) = ((account.workplace, account.id), app.now());
    if plan.ends.password || plan.ends.everything {
        access::forget_password(tx, account.workplace, account.id).await?;
        access::forget_username(tx, whose).await?;
        factors::forget(tx, whose).await?;
        access::end_steps(tx, whose).await?;
    }
    if let (Action::Deactivated, Some(after)) = (plan.action, &plan.after) {
        leaving::end_what_is_theirs(app, tx, actor, plan, after).await?;
    } else {
        end_some(tx, plan, whose, now).await?;
    }
    if plan.action == Action::Reactivated {
        invitations::revive(tx, whose).await?;
        leaving::back(tx, whose, now).await?;
    }
    let stripped = matches!(plan.action, Action::Stripped | Action::Deleted);
    if let Some(photo) = plan
        .before
        .as_ref()
        .and_then(|before| before.profile.photo())
        .filter(|_| stripped)
    {
        files::delete(tx, account.workplace, photo).await?;
    }
    if plan.action == Action::Stripped {
        leaving::strip(tx, whose).await?;
    }
    if plan.action == Action::Deleted {
        leaving::forget(tx, whose).await?;
    }
    if matches!(plan.action, Action::Stripped | Action::Deleted) {
        invitations::forget(tx, whose).await?;
        codes::forget(tx, whose).await?;
        outbox::forget(tx, whose).await?;
        scim::forget(tx, whose).await?;
        addresses::forget(tx, whose).await?;
        notices::forget(tx, whose).await?;
        invite_rules::forget(tx, whose).await?;
        sign_ins::forget(tx, whose).await?;
        sso::forget(tx, whose).await?;
        devices::forget(tx, whose).await?;
    }
    let counts = |account: &Option<Account>| {
        let counted = account
            .as_ref()
            .is_some_and(|account| account.state != AccountState::Deactivated);
        i64::from(counted)
    };
    let more = counts(&plan.after) - counts(&plan.before);
    if more != 0 && plan.before.is_some() {
        groups::recount(tx, whose, more).await?;
    }
    if plan.action == Action::Reactivated {
        sets::person_came_back(app, tx, actor, whose).await?;
    }
    if plan.ends.everything {
        groups::forget(tx, whose).await?;
        directory::forget(tx, whose).await?;
        sets::forget(tx, whose).await?;
        supervisors::forget(tx, whose).await?;
    }
    if plan.action == Action::Claimed {
        groups::join_defaults(app, tx, whose).await?;
    }
    if let (Some(letter), Some(after)) = (&plan.letter, &plan.after) {
        invitations::write(app, tx, actor, after, letter).await?;
    }
    Ok(())
}

/// What ends of a person who stays, or is removed.
async fn end_some(
    tx: &mut Tx,
    plan: &Plan,
    whose: (WorkplaceId, AccountId),
    now: crate::Moment,
) -> Result<()> {
    if plan.ends.sessions {
        sessions::end_all(tx, whose, None, plan.verb, now).await?;
    }
    if plan.ends.links || plan.ends.everything {
        let claimed = (plan.action == Action::Claimed).then_some(now);
        invitations::end(tx, whose, claimed).await?;
        access::end_resets(tx, whose, now).await?;
        codes::end(tx, whose, now).await?;
        outbox::cancel(tx, whose).await?;
    }
    Ok(())
}

async fn write_row(tx: &mut Tx, plan: &Plan) -> Result<()> {
    match (&plan.before, &plan.after) {
        (Some(before), None) => sql::remove(tx, before).await,
        (before, Some(after)) => {
            let mut after = after.clone();
            after.version = before.as_ref().map_or(1, |before| before.version + 1);
            if sql::put(tx, before.as_ref(), &after).await? {
                return Ok(());
            }
            Err(Error::Conflict {
                code: "changed",
                message:
                    "Somebody else changed this person in the same moment: load the page again and retry."
                        .into(),
            })
        }
        (None, None) => Ok(()),
    }
}
