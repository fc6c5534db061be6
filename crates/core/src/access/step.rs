//! A right password that opens no session yet: the person shows a second factor first, or sets one up. The browser keeps a ticket
//! meanwhile, in a cookie.

use guildhall_store::Tx;

use super::entry::{Case, Entry, LogInBy, Second, Shown};
use super::sql::steps;
use super::{Device, LoggedIn, Origin, Way, entry, let_in, sql};
use crate::accounts::{self, Account, AccountState, ProfileField as Field};
use crate::entropy::secret_hash;
use crate::factors::{self, Factors, rules};
use crate::sign_ins::SignInMethod;
use crate::workplaces::{self, Workplace};
use crate::{App, Error, Moment, Result, devices, roles, sso, sso_required};

/// How long somebody may take.
pub const SECONDS: i64 = 10 * 60;

/// What becomes of whoever has shown their password.
#[derive(Clone, Debug)]
pub enum Entered {
    In(Box<LoggedIn>),
    /// With the ticket that the browser keeps: there is more to show.
    Step(String),
}

impl Entered {
    /// The session, if there is one already.
    pub fn session(self) -> Option<LoggedIn> {
        match self {
            Self::In(entered) => Some(*entered),
            Self::Step(_) => None,
        }
    }
}

/// What somebody is still to do before they are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Show a second factor.
    Second,
    /// Set one up; until that moment they may put it off.
    Enrol { later: Option<Moment> },
}

/// Somebody who has more to show.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub workplace: Workplace,
    pub account: Account,
    pub need: Need,
    pub factors: Factors,
}

pub(super) fn over() -> Error {
    Error::Refused {
        code: "too_late",
        message: "That took too long, or was tried too often: log in again.".into(),
    }
}

/// What the rules need to know of the person's second factor.
async fn second_of(
    tx: &mut Tx,
    (workplace, account): (&Workplace, &Account),
    device: Device<'_>,
    now: Moment,
) -> Result<(Second, Factors)> {
    let settings = &workplace.settings;
    let factors = factors::of(tx, workplace.id, account.id).await?;
    let may = roles::permissions_of(&mut *tx, workplace.id, &account.role).await?;
    let whose = (workplace.id, account.id);
    let second = Second {
        has: factors.strong(),
        must: rules::asked(settings, &account.role, &may),
        grace: now < rules::until(settings, account.claimed_at),
        remembered: settings.remember_devices && devices::remembered(tx, whose, device, now).await?,
    };
    Ok((second, factors))
}

/// What the rules say of somebody who has shown their password, or a passkey.
pub(super) async fn judge(tx: &mut Tx, account: &Account, shown: Shown, second: Second) -> Result<Entry> {
    let by = account.profile.get(Field::LoginMethod).and_then(LogInBy::parse);
    let standing = sso_required::standing(tx, account).await?;
    let case = Case {
        state: Some(account.state),
        by,
        system_admin: account.is_system_admin(),
        shown,
        served: (standing.required || by == Some(LogInBy::Sso)) && sso::serves(tx, account).await?,
        required: standing.required,
        break_glass: standing.break_glass,
        second,
    };
    match entry::decide(case) {
        Entry::Refused(code, message) => Err(Error::Refused {
            code,
            message: message.into(),
        }),
        entry => Ok(entry),
    }
}

/// Lets in whoever has shown their password or has just chosen it: at once, or when they have shown a second factor.
pub(crate) async fn come_in(
    app: &App,
    tx: &mut Tx,
    account: Account,
    way: Way<'_>,
    origin: Origin<'_>,
) -> Result<Entered> {
    let workplace = workplaces::read(&mut *tx, account.workplace).await?;
    let now = app.now();
    let (second, _) = second_of(tx, (&workplace, &account), origin.device, now).await?;
    match judge(tx, &account, Shown::Password, second).await? {
        Entry::Second | Entry::Enrol { .. } => {}
        _ => {
            return Ok(Entered::In(Box::new(
                let_in(app, tx, account, way, origin).await?,
            )));
        }
    }
    let stored = sql::hash(&mut *tx, account.workplace, account.id).await?;
    let ticket = app.entropy.secret();
    let step = steps::Step {
        ticket_hash: secret_hash(&ticket),
        workplace_id: account.workplace,
        account_id: account.id,
        password_mark: super::choice::mark(app, &stored.unwrap_or_default()),
        method: way.method.as_str().to_owned(),
        typed: way.typed.to_owned(),
        attempts: 0,
        expires_at: now.plus_seconds(SECONDS).ms(),
    };
    steps::insert(tx, &step).await?;
    Ok(Entered::Step(ticket))
}

/// Who holds the ticket, as things are now.
pub(super) async fn found(app: &App, tx: &mut Tx, ticket: &str) -> Result<(steps::Step, Waiting)> {
    let now = app.now();
    let step = steps::find(tx, &secret_hash(ticket), now)
        .await?
        .ok_or_else(over)?;
    let account = accounts::get(&mut *tx, step.workplace_id, step.account_id)
        .await?
        .filter(|account| account.state == AccountState::Claimed)
        .ok_or_else(over)?;
    let stored = sql::hash(&mut *tx, account.workplace, account.id).await?;
    if super::choice::mark(app, &stored.unwrap_or_default()) != step.password_mark {
        return Err(over());
    }
    let workplace = workplaces::read(&mut *tx, account.workplace).await?;
    let (second, factors) = second_of(tx, (&workplace, &account), Device::New, now).await?;
    let need = match judge(tx, &account, Shown::Password, second).await? {
        Entry::Second => Need::Second,
        Entry::Enrol { later } => Need::Enrol {
            later: later.then(|| rules::until(&workplace.settings, account.claimed_at)),
        },
        // What was asked for is asked no more: their password alone lets them in now.
        _ => return Err(over()),
    };
    let waiting = Waiting {
        workplace,
        account,
        need,
        factors,
    };
    Ok((step, waiting))
}

/// What whoever holds the ticket is to do.
///
/// # Errors
/// `too_late`.
pub async fn waiting(app: &App, ticket: &str) -> Result<Waiting> {
    let mut tx = app.db.snapshot().await?;
    Ok(found(app, &mut tx, ticket).await?.1)
}

/// Opens the session of whoever has shown all.
pub(super) async fn through(
    app: &App,
    tx: &mut Tx,
    (step, account): (&steps::Step, Account),
    origin: Origin<'_>,
) -> Result<LoggedIn> {
    // Of two that come with one ticket, one is in.
    if !steps::end(tx, step).await? {
        return Err(over());
    }
    let way = Way {
        typed: &step.typed,
        ..SignInMethod::parse(&step.method)
            .unwrap_or(SignInMethod::Password)
            .into()
    };
    let_in(app, tx, account, way, origin).await
}

/// Forgets steps of all workplaces that are over.
pub async fn tidy(app: &App) -> Result<u64> {
    let mut tx = app.begin().await?;
    let gone = steps::sweep(&mut tx, app.now()).await?;
    tx.commit().await?;
    Ok(gone)
}
