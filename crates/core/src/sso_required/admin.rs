//! What admins do with the requirement.

use guildhall_store::Tx;

use super::{AdminWay, Kept, Reach, Requirement, admins, preview, rules, sql};
use crate::accounts::Account;
use crate::audit::FieldChange;
use crate::domains::{self, Standing, names};
use crate::ids::{AccountId, GroupId, WorkplaceId};
use crate::{Actor, App, Error, Moment, Permission, Result, access, accounts, audit, groups, workplaces};

/// What an admin asks for.
#[derive(Clone, Debug)]
pub struct Given {
    pub reach: Reach,
    pub domains: Vec<String>,
    pub groups: Vec<GroupId>,
    /// System admins who keep a way in.
    pub break_glass: Vec<AccountId>,
}

/// The requirement as it stands.
#[derive(Clone, Debug)]
pub struct Shown {
    pub requirement: Requirement,
    /// Absent: nobody ever required it.
    pub changed_at: Option<Moment>,
    /// Every system admin who is in.
    pub admins: Vec<(Account, AdminWay)>,
    /// How many of them could come in without an identity provider.
    pub kept: usize,
    /// The groups by name, as far as they are still there.
    pub groups: Vec<(GroupId, String)>,
}

/// Whoever requires single sign-on can keep others out, and says which admins keep a way in: who gives roles decides it.
fn may_change(actor: &Actor) -> Result<()> {
    actor.need(Permission::WorkplaceManage)?;
    actor.need(Permission::RolesManage)
}

/// What is required, and who keeps a way in.
pub async fn show(app: &App, actor: &Actor) -> Result<Shown> {
    actor.need(Permission::WorkplaceManage)?;
    let mut tx = app.db.snapshot().await?;
    let kept = sql::get(&mut tx, actor.workplace).await?;
    let (requirement, changed_at) = match kept {
        Some(Kept {
            requirement,
            changed_at,
            ..
        }) => (requirement, Some(changed_at)),
        None => (Requirement::off(), None),
    };
    shown(&mut tx, actor.workplace, requirement, changed_at).await
}

async fn shown(
    tx: &mut Tx,
    workplace: WorkplaceId,
    requirement: Requirement,
    changed_at: Option<Moment>,
) -> Result<Shown> {
    let admins = admins(tx, workplace, &requirement).await?;
    let ways: Vec<AdminWay> = admins.iter().map(|(_, way)| *way).collect();
    Ok(Shown {
        kept: rules::kept(&ways),
        groups: groups::names(tx, workplace, &requirement.groups).await?,
        requirement,
        changed_at,
        admins,
    })
}

/// What was asked for, as it would be kept: its domains are verified, its groups and admins are here.
pub(super) async fn proposal(tx: &mut Tx, workplace: WorkplaceId, given: &Given) -> Result<Requirement> {
    let requirement = rules::checked(Requirement {
        reach: given.reach,
        domains: given.domains.clone(),
        groups: given.groups.clone(),
        break_glass: given.break_glass.clone(),
    })?;
    for name in &requirement.domains {
        if domains::of_domain(tx, workplace, name).await? != Standing::Ours {
            let shown = names::shown(name);
            return Err(Error::invalid(
                "domains",
                format!("{shown} is not verified for this workplace: verify it under Domains first."),
            ));
        }
    }
    if groups::names(tx, workplace, &requirement.groups).await?.len() < requirement.groups.len() {
        return Err(Error::invalid(
            "groups",
            "One of the groups is not there any more: choose again.",
        ));
    }
    for id in &requirement.break_glass {
        let found = accounts::get(&mut *tx, workplace, *id).await?;
        if found.is_none_or(|account| !account.is_system_admin()) {
            return Err(Error::invalid(
                "break_glass",
                "Only system admins keep a way in past single sign-on: choose among them.",
            ));
        }
    }
    Ok(requirement)
}

/// Requires single sign-on as asked, or no more. `accepted`: so many people who could not log in any more were seen.
///
/// # Errors
/// What is wrong with which field; `break_glass` while fewer than two system admins would keep a way in; `locked_out` when
/// more could not log in than were seen.
pub async fn set(app: &App, actor: &Actor, given: &Given, accepted: i64) -> Result<Shown> {
    may_change(actor)?;
    access::proven(actor, app.now())?;
    // Counting everybody takes a while in which nobody else should wait.
    let mut tx = app.db.snapshot().await?;
    let proposed = proposal(&mut tx, actor.workplace, given).await?;
    let seen = preview::of(&mut tx, actor.workplace, &proposed).await?;
    drop(tx);
    rules::may_require(&proposed, &seen.admins, seen.locked_out(), accepted)?;
    let now = app.now();
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let requirement = proposal(&mut tx, actor.workplace, given).await?;
    let ways = admins(&mut tx, actor.workplace, &requirement).await?;
    let ways: Vec<AdminWay> = ways.into_iter().map(|(_, way)| way).collect();
    rules::may_require(&requirement, &ways, 0, 0)?;
    let before = sql::get(&mut tx, actor.workplace)
        .await?
        .map_or_else(Requirement::off, |kept| kept.requirement);
    if before != requirement {
        sql::put(&mut tx, actor.workplace, &requirement, now).await?;
        log(app, &mut tx, actor, (&before, &requirement)).await?;
    }
    let shown = shown(&mut tx, actor.workplace, requirement, Some(now)).await?;
    tx.commit().await?;
    Ok(shown)
}

async fn log(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    (before, after): (&Requirement, &Requirement),
) -> Result<()> {
    let mut told = Vec::new();
    for requirement in [before, after] {
        let groups = groups::names(tx, actor.workplace, &requirement.groups).await?;
        let groups: Vec<String> = groups.into_iter().map(|(_, name)| name).collect();
        let admins = accounts::named(&mut *tx, actor.workplace, &requirement.break_glass).await?;
        let admins: Vec<String> = admins.into_iter().map(|person| person.display_name).collect();
        told.push([
            ("sso_required", requirement.reach.as_str().to_owned()),
            ("domains", requirement.domains.join(", ")),
            ("groups", groups.join(", ")),
            ("break_glass", admins.join(", ")),
        ]);
    }
    let after = told.pop().into_iter().flatten();
    let before = told.pop().into_iter().flatten();
    let changes =
        before
            .zip(after)
            .filter(|(before, after)| before != after)
            .map(|((field, before), (_, after))| FieldChange {
                field: field.into(),
                before: Some(before),
                after: Some(after),
                was_from: None,
            });
    let workplace = workplaces::read(&mut *tx, actor.workplace).await?;
    let entry = audit::Entry {
        source: "admin",
        verb: "require_sso",
        subject: audit::Subject {
            kind: "workplace",
            id: Some(workplace.id.0),
            name: workplace.name,
        },
        run: None,
        changes: changes.collect(),
    };
    let scope = audit::Scope {
        actor,
        now: app.now(),
    };
    audit::write(tx, &app.entropy, scope, entry).await
}

/// Looks whether an identity provider may stop to answer for these domains: not while people who have one of them can come
/// in by nothing else.
///
/// # Errors
/// `sso_required`.
pub async fn spare(tx: &mut Tx, workplace: WorkplaceId, domains: &[String]) -> Result<()> {
    let Some(kept) = sql::get(&mut *tx, workplace).await? else {
        return Ok(());
    };
    let requirement = kept.requirement;
    let meant = domains.iter().find(|domain| rules::touches(&requirement, domain));
    match meant {
        None => Ok(()),
        Some(domain) => Err(Error::Refused {
            code: "sso_required",
            message: format!(
                "Single sign-on is required, and people of {} could not log in any more: require it no longer first, under \"Single \
                 sign-on\" or with \"guildhall sso require off\".",
                names::shown(domain)
            ),
        }),
    }
}
