//! People as an admin works on them: who may do what to whom, and finding them.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use guildhall_store::{Conn, Db, Tx};

use super::sql::list;
use super::{Account, AccountState, Change, Patch, Plan, Refusal, Source, Verb, Voice, Whom, apply, sql};
use crate::ids::{AccountId, FileId, WorkplaceId};
use crate::sso_required::{self, Loss};
use crate::{Actor, ActorKind, App, Error, Page, Permission, Result, roles, workplaces};

/// How many reports of one person the chart shows.
const REPORTS: i64 = 500;
/// How many of the same department a preview shows.
const NEAR: i64 = 9;

/// How a list of people is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Name,
    NameDown,
    Created,
    CreatedDown,
}

impl Sort {
    /// `name`, `-name`, `created`, `-created`.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "name" => Ok(Self::Name),
            "-name" => Ok(Self::NameDown),
            "created" => Ok(Self::Created),
            "-created" => Ok(Self::CreatedDown),
            _ => Err(Error::invalid(
                "sort",
                "Sort by name, -name, created or -created.",
            )),
        }
    }
}

/// Which people.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Filter {
    /// What was typed: each word begins a name, an e-mail address or an employee id.
    pub q: Option<String>,
    pub state: Option<AccountState>,
    pub department: Option<String>,
    pub location: Option<String>,
    pub source: Option<Source>,
    pub role: Option<String>,
    pub manager: Option<AccountId>,
    /// Only those whom everybody may know of: not the uninvited, not who has left.
    pub members_only: bool,
    #[serde(skip)]
    pub sort: Sort,
    #[serde(skip)]
    pub after: Option<(String, AccountId)>,
    #[serde(skip)]
    pub limit: i64,
}

impl Filter {
    /// Whether it looks at nothing but the state.
    fn only_state(&self) -> bool {
        let text = [&self.q, &self.department, &self.location, &self.role];
        text.iter().all(|text| text.is_none())
            && self.source.is_none()
            && self.manager.is_none()
            && !self.members_only
    }
}

/// A person as shown in passing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub id: AccountId,
    pub display_name: String,
    pub title: Option<String>,
    pub department: Option<String>,
    pub location: Option<String>,
    pub email: Option<String>,
    pub state: String,
    pub photo: Option<FileId>,
    /// How many report to them, where that was asked.
    pub reports: i64,
}

/// Where a list goes on, as a text that a caller gives back.
pub fn cursor(key: &str, id: AccountId) -> String {
    URL_SAFE_NO_PAD.encode(format!("{id} {key}"))
}

/// From the text that [`cursor`] gave.
pub fn parse_cursor(text: &str) -> Result<(String, AccountId)> {
    let wrong = || Error::invalid("after", "Give what the page before had as \"next\".");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let (id, key) = text.split_once(' ').ok_or_else(wrong)?;
    Ok((key.to_owned(), id.parse().map_err(|_| wrong())?))
}

/// The people who match, for the admin panel.
pub async fn list(app: &App, actor: &Actor, filter: &Filter) -> Result<Page<Account>> {
    actor.need(Permission::PeopleRead)?;
    list::list(&app.db, actor.workplace, filter).await
}

/// The people whom every member may find.
pub async fn directory(app: &App, actor: &Actor, filter: &Filter) -> Result<Page<Account>> {
    let filter = Filter {
        members_only: true,
        ..filter.clone()
    };
    list::list(&app.db, actor.workplace, &filter).await
}

/// One person, for the admin panel.
pub async fn read(app: &App, actor: &Actor, id: AccountId) -> Result<Account> {
    actor.need(Permission::PeopleRead)?;
    sql::get(&app.db, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("person"))
}

/// One person, for the admin panel, or the actor's own.
pub async fn read_or_own(app: &App, actor: &Actor, id: AccountId) -> Result<()> {
    if actor.account() != Some(id) {
        read(app, actor, id).await?;
    }
    Ok(())
}

/// How many people match, for the admin panel. Nobody is counted anew who is asked for by nothing but the state.
pub async fn matching(app: &App, actor: &Actor, filter: &Filter) -> Result<i64> {
    actor.need(Permission::PeopleRead)?;
    if !filter.only_state() {
        return list::count_matching(&app.db, actor.workplace, filter).await;
    }
    let by_state = sql::counts(&app.db, actor.workplace).await?;
    Ok(match filter.state {
        Some(state) => by_state.get(&state).copied().unwrap_or(0),
        None => by_state.values().sum(),
    })
}

/// Somebody whom the actor may know of: everybody finds who is in or invited, and whoever may see people finds all.
pub async fn visible(db: &Db, actor: &Actor, id: AccountId) -> Result<Account> {
    let known = |account: &Account| account.state.is_known() || actor.may(Permission::PeopleRead);
    let account = sql::get(db, actor.workplace, id).await?;
    account.filter(known).ok_or_else(|| Error::not_found("person"))
}

/// A person's place in the organisation.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub person: Option<Named>,
    /// From the top down.
    pub managers: Vec<Named>,
    pub reports: Vec<Named>,
}

/// The place of a person, or the top of the chart. Whoever prepares the workplace sees the chart before anybody is
/// invited.
pub async fn place(db: &Db, actor: &Actor, person: Option<AccountId>) -> Result<Place> {
    let (workplace, all) = (actor.workplace, actor.may(Permission::PeopleRead));
    let mut place = Place {
        reports: list::reports(db, workplace, person, all, REPORTS).await?,
        ..Place::default()
    };
    if let Some(person) = person {
        visible(db, actor, person).await?;
        let chain = list::managers(db, workplace, person).await?;
        let mut chain = list::with_reports(db, workplace, &chain, all).await?.into_iter();
        place.person = chain.next();
        place.managers = chain.rev().collect();
    }
    Ok(place)
}

/// Whom a person would find on the first day.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// How many there are in the directory that everybody sees.
    pub people: i64,
    pub manager: Option<Named>,
    /// Some of those in the same department.
    pub near: Vec<Named>,
}

/// Whom the person would find, also one who is still uninvited: as everybody sees the others.
pub async fn found_by(db: &Db, account: &Account) -> Result<Found> {
    let everybody = Filter {
        members_only: true,
        ..Filter::default()
    };
    let mut found = Found {
        people: list::count_matching(db, account.workplace, &everybody).await?,
        ..Found::default()
    };
    if let Some(manager) = account.profile.manager() {
        let named = list::named(db, account.workplace, &[manager]).await?;
        let known = |named: &Named| AccountState::parse(&named.state).is_some_and(AccountState::is_known);
        found.manager = named.into_iter().find(known);
    }
    if let Some(department) = account.profile.get(super::ProfileField::Department) {
        let near = Filter {
            department: Some(department.to_owned()),
            limit: NEAR,
            ..everybody
        };
        let mut ids: Vec<AccountId> = list::list(db, account.workplace, &near)
            .await?
            .items
            .into_iter()
            .map(|other| other.id)
            .collect();
        ids.retain(|id| *id != account.id);
        found.near = list::named(db, account.workplace, &ids).await?;
    }
    Ok(found)
}

/// The permission that a verb takes.
pub fn permission(verb: &Verb) -> Permission {
    match verb {
        Verb::Provision { .. }
        | Verb::Update { .. }
        | Verb::Claim { .. }
        | Verb::Join { .. }
        | Verb::HandOver { .. }
        | Verb::Unclaim => Permission::PeopleWrite,
        Verb::Invite { .. } | Verb::Remind { .. } | Verb::Revoke | Verb::GiveCode => Permission::PeopleInvite,
        Verb::Deactivate | Verb::Reactivate | Verb::Withdraw | Verb::HandBack => Permission::PeopleDeactivate,
        Verb::Release { .. } => Permission::ConnectorsManage,
        Verb::Strip | Verb::Delete => Permission::PeopleDelete,
        Verb::SetRole { .. } => Permission::RolesManage,
    }
}

/// The source that an actor speaks as.
pub fn source(actor: &Actor) -> Source {
    match actor.kind {
        ActorKind::Token(_) => Source::Api,
        ActorKind::Connector(_) => Source::Scim,
        _ => Source::Admin,
    }
}

/// Adds a person; invites them at once if asked.
pub async fn add(app: &App, actor: &Actor, patch: Patch, invite: bool) -> Result<Plan> {
    actor.need(Permission::PeopleWrite)?;
    if invite {
        actor.need(Permission::PeopleInvite)?;
    }
    let verb = Verb::Provision {
        patch,
        invite,
        role: None,
    };
    run(app, actor, Whom::New, verb, None).await
}

/// Does the verb to a person. `version`: what the actor saw; if somebody changed the person since, nothing is done.
pub async fn act(app: &App, actor: &Actor, id: AccountId, verb: Verb, version: Option<i64>) -> Result<Plan> {
    actor.need(permission(&verb))?;
    run(app, actor, Whom::Is(id), verb, version).await
}

async fn run(app: &App, actor: &Actor, whom: Whom, verb: Verb, version: Option<i64>) -> Result<Plan> {
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    if let Whom::Is(id) = whom {
        let account = sql::get(&mut tx, actor.workplace, id)
            .await?
            .ok_or_else(|| Error::not_found("person"))?;
        may_work_on(&mut tx, actor, &account, &verb).await?;
        if version.is_some_and(|seen| seen != account.version) {
            return Err(Error::Conflict {
                code: "changed",
                message: "Somebody else changed this person in the meantime: load the page again and repeat your change."
                    .into(),
            });
        }
    }
    let workplace = workplaces::read(&mut tx, actor.workplace).await?;
    let policy = workplace.policy();
    let change = Change::new(source(actor), verb);
    let mut plan = apply::plan(app, &mut tx, actor, whom, &change, &policy).await?;
    apply::apply(app, &mut tx, actor, &plan).await?;
    tx.commit().await?;
    // As it was written: whoever changes the person next gives this version back.
    let changed = !plan.is_unchanged();
    if let (true, Some(before), Some(after)) = (changed, &plan.before, &mut plan.after) {
        after.version = before.version + 1;
    }
    Ok(plan)
}

/// Nobody works on somebody who may more than they may themselves: else whoever may edit people could make another's account
/// their own, and with it the house. `own`: what the one who works may; `theirs`: what the account's role may.
pub fn beyond(
    own: &BTreeSet<Permission>,
    theirs: &BTreeSet<Permission>,
    account: &Account,
) -> Option<Refusal> {
    let more = roles::rules::beyond(own, theirs)?;
    Some(Refusal {
        code: "role_beyond",
        field: None,
        message: format!(
            "{} has the permission \"{}\", which you don't have: ask an admin who does.",
            account.name(),
            roles::rules::in_words(more).0
        ),
    })
}

/// Whether somebody may do this to a person by hand: they may not less than that person, and while single sign-on is required
/// it leaves enough system admins who could come in without it.
///
/// # Errors
/// `forbidden`, `break_glass`.
pub async fn may_work_on(tx: &mut Tx, actor: &Actor, account: &Account, verb: &Verb) -> Result<()> {
    over(&mut *tx, actor, account).await?;
    let loss = match verb {
        Verb::SetRole { role } if role == super::SYSTEM_ADMIN => return Ok(()),
        Verb::SetRole { .. } | Verb::Deactivate | Verb::Unclaim | Verb::Strip | Verb::Delete => Loss::All,
        Verb::Update { patch } => {
            let email = patch
                .iter()
                .rev()
                .find(|(field, _)| *field == super::ProfileField::Email);
            match email {
                Some((_, email)) => Loss::Address(email.as_deref().unwrap_or_default()),
                None => return Ok(()),
            }
        }
        _ => return Ok(()),
    };
    sso_required::keep_ways(tx, account, loss).await
}

/// Refuses by [`beyond`].
///
/// # Errors
/// `forbidden`.
pub async fn over<'a>(conn: impl Into<Conn<'a>>, actor: &Actor, account: &Account) -> Result<()> {
    let theirs = roles::permissions_of(conn, account.workplace, &account.role).await?;
    let refusal = beyond(&actor.permissions, &theirs, account);
    refusal.map_or(Ok(()), |refusal| Err(Error::Forbidden(refusal.message)))
}

/// A change that a person makes to their own profile.
pub async fn edit_own(app: &App, account: &Account, patch: Patch) -> Result<Plan> {
    let actor = Actor::person(account, None);
    let policy = policy(app, account.workplace).await?;
    let change = Change::new(Source::SelfService, Verb::Update { patch });
    apply::change(app, &actor, Whom::Is(account.id), &change, &policy).await
}

async fn policy(app: &App, workplace: WorkplaceId) -> Result<super::Policy> {
    let workplace = workplaces::read(&app.db, workplace).await?;
    Ok(workplace.policy())
}

/// By what it is weighed who has the word on the fields of a person.
#[derive(Debug)]
pub struct Weighing {
    pub policy: super::Policy,
    /// Those through whom nobody speaks any more.
    pub absent: Vec<Voice>,
    /// What the connectors and directories are called.
    pub names: std::collections::BTreeMap<uuid::Uuid, String>,
}

pub async fn weighing(db: &Db, account: &Account) -> Result<Weighing> {
    let policy = workplaces::read(db, account.workplace).await?.policy();
    let (absent, names) = apply::gone_of(db, account.workplace, account.voices()).await?;
    Ok(Weighing {
        policy,
        absent,
        names,
    })
}

/// What may be done to a person, without what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    Invite,
    Remind,
    Revoke,
    Unclaim,
    Deactivate,
    Reactivate,
    HandBack,
    Strip,
    Delete,
}

impl Doing {
    const ALL: [Self; 9] = [
        Self::Invite,
        Self::Remind,
        Self::Revoke,
        Self::Unclaim,
        Self::Deactivate,
        Self::Reactivate,
        Self::HandBack,
        Self::Strip,
        Self::Delete,
    ];

    fn verb(self) -> Verb {
        match self {
            Self::Invite => Verb::Invite { message: None },
            Self::Remind => Verb::Remind { message: None },
            Self::Revoke => Verb::Revoke,
            Self::Unclaim => Verb::Unclaim,
            Self::Deactivate => Verb::Deactivate,
            Self::Reactivate => Verb::Reactivate,
            Self::HandBack => Verb::HandBack,
            Self::Strip => Verb::Strip,
            Self::Delete => Verb::Delete,
        }
    }

    /// Whether it would do something.
    fn fits(self, account: &Account) -> bool {
        use AccountState as S;
        let state = account.state;
        let has_email = account.profile.get(super::ProfileField::Email).is_some();
        match self {
            Self::Invite => state == S::Uninvited && has_email,
            Self::Remind => state == S::Invited && has_email,
            Self::Revoke => state == S::Invited,
            Self::Unclaim => state == S::Claimed,
            Self::Deactivate => state != S::Deactivated,
            Self::HandBack => {
                let sources = [Source::Scim, Source::Directory];
                let kept = sources.iter().any(|source| apply::speaks_of(account, *source));
                let by_hand = account.ended_by == Some(Source::Admin);
                state == S::Deactivated && by_hand && (kept || !account.claims.present.is_empty())
            }
            Self::Reactivate | Self::Strip => state == S::Deactivated && !account.former,
            Self::Delete => state == S::Deactivated || account.claimed_at.is_none(),
        }
    }
}

/// What the actor can do to the person now, whose role may not more than they may.
pub fn possible(actor: &Actor, account: &Account) -> Vec<Doing> {
    Doing::ALL
        .into_iter()
        .filter(|doing| doing.fits(account) && actor.may(permission(&doing.verb())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_where_it_was() {
        let id = AccountId(uuid::Uuid::from_u128(7));
        let text = cursor("łódź søn", id);
        assert_eq!(parse_cursor(&text).unwrap(), ("łódź søn".to_owned(), id));
        for text in ["", "x", "é", &URL_SAFE_NO_PAD.encode("no id")] {
            assert_eq!(parse_cursor(text).unwrap_err().code(), "invalid", "{text:?}");
        }
    }
}
