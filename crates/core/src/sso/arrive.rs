//! Somebody comes back from an identity provider: they are let in, take their account, or are told why not.

use std::collections::BTreeMap;

use guildhall_store::Tx;
use guildhall_wire::saml::Peek;

use super::rounds::{of_a_test, other_browser, sealed_for};
use super::rules::{self, Came};
use super::sql::{self, Round, Tie};
use super::{Provider, admin, draft, leave, oidc};
use crate::access::entry::{self, Case, Entry, LogInBy, Shown};
use crate::access::{self, LoggedIn, Origin, Way};
use crate::accounts::{
    self, Account, AccountState, Change, Patch, ProfileField as Field, Source, Verb, Whom,
};
use crate::audit::FieldChange;
use crate::domains::{self, Standing, names};
use crate::entropy::secret_hash;
use crate::sessions::rules::MOST_DAYS;
use crate::sign_ins::rules::for_admins;
use crate::sign_ins::{self, Attempt, Through};
use crate::workplaces::{self, Workplace};
use crate::{Actor, ActorKind, App, Error, Moment, Result, addresses, sso_required};

/// The most values of an attribute, and characters of one, that are shown and kept.
const SHOWN: (usize, usize) = (10, 200);

/// What somebody says who takes their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Nothing yet: they are asked, if they have to be.
    Unasked,
    /// They agree to the terms, or do not.
    Terms(bool),
}

/// What becomes of whoever comes back.
#[derive(Debug)]
pub enum Arrival {
    /// They are in, and go there.
    In(Box<LoggedIn>, String),
    /// They are to take their account first.
    Welcome { workplace: Box<Workplace>, name: String },
    Refused {
        workplace: Box<Workplace>,
        code: &'static str,
        message: String,
    },
    /// It was a test.
    Tested { provider: Box<Provider>, report: Report },
}

/// What a test came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Report {
    #[schema(value_type = String, format = DateTime)]
    pub at: Option<Moment>,
    /// People could log in like that.
    pub works: bool,
    /// What is wrong, for programs; null where nothing is.
    pub code: Option<String>,
    /// What is wrong and where to set it right, or what would happen to the person.
    pub said: String,
    pub name_id: Option<String>,
    /// The address that was found in what came.
    pub address: Option<String>,
    /// What came, by attribute.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// The name of the account that the address belongs to.
    pub account: Option<String>,
    /// What would change in the profile: field and new value.
    pub changes: BTreeMap<String, String>,
}

impl Report {
    pub(super) fn failed(at: Moment, code: &str, said: &str) -> Self {
        Self {
            at: Some(at),
            code: Some(code.to_owned()),
            said: said.to_owned(),
            ..Self::default()
        }
    }
}

/// What came, without what is too much.
fn shown(came: &Came) -> BTreeMap<String, Vec<String>> {
    let (values, characters) = SHOWN;
    let cut = |text: &String| text.chars().take(characters).collect();
    let few = came.attributes.iter().take(60);
    few.map(|(name, all)| (name.clone(), all.iter().take(values).map(cut).collect()))
        .collect()
}

/// The same as it is kept among the log-ins.
fn seen(came: &Came) -> Option<String> {
    let seen = Peek {
        verified: true,
        name_id: Some(came.name_id.chars().take(SHOWN.1).collect()),
        attributes: shown(came),
        ..Peek::default()
    };
    serde_json::to_string(&seen).ok()
}

fn over() -> Error {
    Error::Refused {
        code: "too_late",
        message: "That took too long, or was used already: begin again at the log-in page.".into(),
    }
}

/// Everything that is known of whoever comes back.
struct Guest {
    provider: Provider,
    workplace: Workplace,
    came: Came,
    address: Option<String>,
    account: Option<Account>,
    entry: Entry,
}

/// Lets whoever holds the ticket in, or says why not. `browser`: what the browser keeps of its question.
///
/// # Errors
/// `too_late`; `other_browser` where another browser asked.
pub async fn arrive(
    app: &App,
    ticket: &str,
    browser: Option<&str>,
    consent: Consent,
    origin: Origin<'_>,
) -> Result<Arrival> {
    let (now, hash) = (app.now(), secret_hash(ticket));
    let mut tx = app.begin().await?;
    let round = sql::of_ticket(&mut tx, &hash, now).await?.ok_or_else(over)?;
    if round.browser_hash.is_some() && round.browser_hash != browser.map(secret_hash) {
        return Err(other_browser());
    }
    tx.lock(round.workplace_id.0).await?;
    let guest = guest(app, &mut tx, &round, &hash).await?;
    if round.tester_id.is_some() {
        return tested(app, tx, &round, guest, origin).await;
    }
    match guest.entry {
        Entry::Refused(code, message) => refused(app, tx, (&round, guest), (code, message), origin).await,
        // An identity provider answers for how sure it is: no second factor is asked besides.
        Entry::Enter | Entry::Second | Entry::Enrol { .. } => enter(app, tx, &round, guest, origin).await,
        Entry::Claim | Entry::Make if consent == Consent::Unasked => {
            let name = guest.account.as_ref().map(Account::name);
            Ok(Arrival::Welcome {
                name: name.or(guest.address).unwrap_or_default(),
                workplace: Box::new(guest.workplace),
            })
        }
        Entry::Claim | Entry::Make if consent == Consent::Terms(true) => {
            enter(app, tx, &round, guest, origin).await
        }
        Entry::Claim | Entry::Make => Err(Error::invalid(
            "accept_terms",
            "Agree to the terms first: tick the box above the button.",
        )),
    }
}

async fn guest(app: &App, tx: &mut Tx, round: &Round, hash: &str) -> Result<Guest> {
    let came = round
        .came
        .as_deref()
        .and_then(|sealed| app.sealer.open(&sealed_for(hash), sealed));
    let came: Came = came
        .and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(over)?;
    let mut provider = sql::get(&mut *tx, round.workplace_id, round.provider_id)
        .await?
        .filter(|provider| provider.on || round.tester_id.is_some())
        .ok_or_else(over)?;
    if round.tester_id.is_some() {
        provider = provider.prepared();
    }
    let workplace = workplaces::read(&mut *tx, round.workplace_id).await?;
    let address = rules::address(&came, &provider.settings);
    let domain = address.as_deref().and_then(names::of_address);
    let account = match &address {
        Some(address) => accounts::by_email(&mut *tx, workplace.id, address).await?,
        None => None,
    };
    // Two addresses may be one to us whose domains are two in the DNS (ß and ss): what is proven is the domain.
    let domain_of = |account: &Account| account.profile.get(Field::Email).and_then(names::of_address);
    let account = account.filter(|account| domain_of(account) == domain);
    let entry = match (domain, oidc::rules::doubt(&came, &provider.settings)) {
        (None, _) => Entry::Refused(
            "no_address",
            "The identity provider did not say which e-mail address is yours. An admin chooses the attribute that holds it \
             under \"Single sign-on\".",
        ),
        (Some(_), Some((code, message))) => Entry::Refused(code, message),
        (Some(domain), None) => {
            let ours = domains::of_domain(tx, workplace.id, &domain).await? == Standing::Ours;
            let nearest = sql::nearest(tx, workplace.id, &names::with_parents(&domain)).await?;
            let by = account
                .as_ref()
                .and_then(|account| account.profile.get(Field::LoginMethod));
            let standing = match &account {
                Some(account) => sso_required::standing(tx, account).await?,
                None => sso_required::Standing::default(),
            };
            entry::decide(Case {
                state: account.as_ref().map(|account| account.state),
                by: by.and_then(LogInBy::parse),
                system_admin: account.as_ref().is_some_and(Account::is_system_admin),
                shown: Shown::Sso {
                    ours,
                    makes_accounts: provider.settings.makes_accounts,
                },
                served: nearest.is_some_and(|(id, ..)| id == provider.id),
                required: standing.required,
                break_glass: standing.break_glass,
                second: entry::Second::default(),
            })
        }
    };
    Ok(Guest {
        provider,
        workplace,
        came,
        address,
        account,
        entry,
    })
}

fn through(provider: &Provider) -> Through {
    Through {
        id: provider.id,
        name: provider.name.clone(),
    }
}

/// They stay out: that is kept, with what came.
async fn refused(
    app: &App,
    mut tx: Tx,
    (round, guest): (&Round, Guest),
    (code, message): (&'static str, &str),
    origin: Origin<'_>,
) -> Result<Arrival> {
    sql::end_round(&mut tx, round).await?;
    let came = seen(&guest.came);
    let through = through(&guest.provider);
    let attempt = Attempt {
        workplace: guest.workplace.id,
        account: guest.account.as_ref().map(|account| account.id),
        method: guest.came.protocol.method(),
        through: Some(&through),
        typed: guest.address.as_deref().unwrap_or(&guest.came.name_id),
        refused: Some((code, for_admins(code, message))),
        came,
        break_glass: false,
        origin,
    };
    sign_ins::note(app, &mut tx, attempt).await?;
    tx.commit().await?;
    Ok(Arrival::Refused {
        workplace: Box::new(guest.workplace),
        code,
        message: message.to_owned(),
    })
}

/// They are in: the account is made or taken where it has to be, and the profile follows what came.
async fn enter(app: &App, mut tx: Tx, round: &Round, guest: Guest, origin: Origin<'_>) -> Result<Arrival> {
    // Of two that come with one ticket, one is in.
    if !sql::end_round(&mut tx, round).await? {
        return Err(over());
    }
    let account = match (guest.entry, &guest.account) {
        (Entry::Enter, Some(account)) => follow(app, &mut tx, &guest, account).await?,
        (_, account) => claim(app, &mut tx, &guest, account.as_ref()).await?,
    };
    let now = app.now();
    addresses::note_confirmed(&mut tx, &account, now).await?;
    let through = through(&guest.provider);
    let way = Way {
        method: guest.came.protocol.method(),
        through: Some(&through),
        typed: guest.address.as_deref().unwrap_or_default(),
        // Their clock may be behind: nobody is to be out before they are in.
        until: guest
            .came
            .session_until
            .map(|until| until.max(now.plus_seconds(60))),
        proved: rules::proved(guest.came.authenticated, round.fresh),
    };
    let entered = access::let_in(app, &mut tx, account, way, origin).await?;
    let session = (entered.session.id, entered.account.workplace, entered.account.id);
    let tie = Tie {
        provider: guest.provider.id,
        name_hash: secret_hash(&guest.came.name_id),
        name_sealed: leave::sealed(app, session.0, &guest.came)?,
        index: guest.came.session_index.clone(),
        until: now.plus_days(MOST_DAYS),
    };
    sql::tie(&mut tx, session, tie).await?;
    if let Some(token) = &guest.came.id_token {
        oidc::keep_id_token(app, &mut tx, (session.1, session.0), token).await?;
    }
    tx.commit().await?;
    Ok(Arrival::In(Box::new(entered), round.next.clone()))
}

fn actor(provider: &Provider) -> Actor {
    Actor {
        kind: ActorKind::System,
        ..Actor::system(provider.workplace, &provider.name)
    }
}

/// What a provider says, of which there may be several.
fn said_by(provider: &Provider, verb: Verb) -> Change {
    Change {
        of: Some(provider.id.0),
        ..Change::new(Source::Sso, verb)
    }
}

/// The profile follows what came. What the rules refuse is left, and keeps nobody out.
async fn follow(app: &App, tx: &mut Tx, guest: &Guest, account: &Account) -> Result<Account> {
    let patch = rules::patch(&guest.came, &guest.provider.settings);
    if patch.is_empty() {
        return Ok(account.clone());
    }
    let change = said_by(&guest.provider, Verb::Update { patch });
    let (actor, policy) = (actor(&guest.provider), guest.workplace.policy());
    match accounts::plan(app, tx, &actor, Whom::Is(account.id), &change, &policy).await {
        Ok(plan) => {
            accounts::apply(app, tx, &actor, &plan).await?;
            Ok(plan.after.unwrap_or_else(|| account.clone()))
        }
        Err(why @ (Error::Internal(_) | Error::Store(_))) => Err(why),
        Err(why) => {
            tracing::info!(provider = %guest.provider.id, %why, "a profile does not follow its identity provider");
            Ok(account.clone())
        }
    }
}

/// The account is taken; it is made first, where nobody has prepared one.
async fn claim(app: &App, tx: &mut Tx, guest: &Guest, account: Option<&Account>) -> Result<Account> {
    let policy = guest.workplace.policy();
    let patch = rules::patch(&guest.came, &guest.provider.settings);
    let account = if let Some(account) = account {
        account.clone()
    } else {
        let provision = Verb::Provision {
            patch: first_patch(guest, &patch),
            invite: true,
            role: None,
        };
        let (actor, change) = (actor(&guest.provider), said_by(&guest.provider, provision));
        let mut plan = accounts::plan(app, tx, &actor, Whom::New, &change, &policy).await?;
        // Nobody needs to be invited who is here already.
        plan.letter = None;
        accounts::apply(app, tx, &actor, &plan).await?;
        plan.after.ok_or_else(|| Error::not_found("person"))?
    };
    let actor = Actor::person(&account, None);
    let change = said_by(&guest.provider, Verb::Claim { patch });
    let plan = accounts::plan(app, tx, &actor, Whom::Is(account.id), &change, &policy).await?;
    accounts::apply(app, tx, &actor, &plan).await?;
    plan.after.ok_or_else(|| Error::not_found("person"))
}

/// What a new account begins with: its address, and a name in any case.
fn first_patch(guest: &Guest, patch: &Patch) -> Patch {
    let address = guest.address.clone().unwrap_or_default();
    let mut first = patch.clone();
    let names = [Field::DisplayName, Field::GivenName, Field::FamilyName];
    if !first.iter().any(|(field, _)| names.contains(field)) {
        let name = address
            .split('@')
            .next()
            .unwrap_or_default()
            .replace(['.', '_'], " ");
        first.push((Field::DisplayName, Some(name)));
    }
    first.push((Field::Email, Some(address)));
    first
}

/// Keeps what a test of a provider came to, and puts into force what was being prepared, if it went well. Gives what that changed.
async fn keep(
    tx: &mut Tx,
    mut tested: Provider,
    report: &Report,
    now: Moment,
) -> Result<(Provider, Vec<FieldChange>)> {
    let in_force = sql::get(tx, tested.workplace, tested.id)
        .await?
        .ok_or_else(over)?;
    if in_force.draft.is_none() {
        tested.tested_at = report.works.then_some(now);
        tested.test = Some(report.clone());
        sql::put(tx, &tested).await?;
        return Ok((tested, Vec::new()));
    }
    if report.works {
        draft::come_into_force(tx, &mut tested, report.clone(), now).await?;
        let changes = admin::changes(&in_force, &tested);
        return Ok((tested, changes));
    }
    let mut kept = in_force;
    if let Some(draft) = &mut kept.draft {
        draft.test = Some(report.clone());
    }
    sql::put(tx, &kept).await?;
    Ok((kept, Vec::new()))
}

/// What a test came to is kept with the provider, and shown.
async fn tested(app: &App, mut tx: Tx, round: &Round, guest: Guest, origin: Origin<'_>) -> Result<Arrival> {
    sql::end_round(&mut tx, round).await?;
    let now = app.now();
    let mut report = Report {
        at: Some(now),
        name_id: Some(guest.came.name_id.clone()),
        address: guest.address.clone(),
        attributes: shown(&guest.came),
        account: guest.account.as_ref().map(Account::name),
        ..Report::default()
    };
    // Whoever tests need not be in by this address: that the two sides understand each other is what counts.
    let personal = ["unknown", "not_invited", "deactivated", "use_password"];
    match guest.entry {
        Entry::Refused(code, message) => {
            report.works = personal.contains(&code);
            report.code = Some(code.to_owned());
            report.said = message.to_owned();
        }
        Entry::Enter | Entry::Second | Entry::Enrol { .. } => {
            (report.works, report.said) = (true, "This person would be logged in.".into());
        }
        Entry::Claim => {
            (report.works, report.said) = (
                true,
                "This person is invited: they would take their account and be in.".into(),
            );
        }
        Entry::Make => {
            (report.works, report.said) = (
                true,
                "Nobody here has this address: an account would be made, and they would be in.".into(),
            );
        }
    }
    for (field, value) in rules::patch(&guest.came, &guest.provider.settings) {
        let held = guest
            .account
            .as_ref()
            .and_then(|account| account.profile.get(field));
        if held != value.as_deref() {
            report
                .changes
                .insert(field.as_str().to_owned(), value.unwrap_or_default());
        }
    }
    if let (false, Some(code)) = (report.works, &report.code) {
        let through = through(&guest.provider);
        let said = of_a_test(for_admins(code, &report.said));
        let attempt = Attempt {
            workplace: guest.workplace.id,
            account: round.tester_id,
            method: guest.came.protocol.method(),
            through: Some(&through),
            typed: guest.address.as_deref().unwrap_or(&guest.came.name_id),
            refused: Some((code, &said)),
            came: seen(&guest.came),
            break_glass: false,
            origin,
        };
        sign_ins::note(app, &mut tx, attempt).await?;
    }
    let (provider, changes) = keep(&mut tx, guest.provider, &report, now).await?;
    let tester = match round.tester_id {
        Some(id) => accounts::get(&mut tx, provider.workplace, id).await?,
        None => None,
    };
    if let Some(tester) = tester.filter(|tester| tester.state == AccountState::Claimed) {
        let actor = Actor::person(&tester, None);
        admin::log(app, &mut tx, &actor, &provider, ("test", changes)).await?;
    }
    tx.commit().await?;
    Ok(Arrival::Tested {
        provider: Box::new(provider),
        report,
    })
}
