//! The second step of a log-in: a factor is shown, or set up by whoever must have one; and the log-in by a passkey alone.

use super::entry::{Second, Shown};
use super::guesses::Subjects;
use super::sql::steps;
use super::step::{self, Need, Waiting, found, judge, through};
use super::{LoggedIn, Origin, Way, let_in};
use crate::accounts::{self, Account, AccountState};
use crate::factors::{self, Challenge, Fresh, Given, Passkeys, rules::Typed};
use crate::sign_ins::{self, Attempt, SignInMethod, rules::for_admins};
use crate::{Actor, App, Error, Result, devices};

/// So often somebody may try with one ticket.
const TRIES: i64 = 5;

/// By what somebody shows who they are.
#[derive(Clone, Debug)]
pub enum Shows<'a> {
    /// Six digits or a recovery code.
    Code(&'a str),
    /// The answer of a passkey, and the address of this site.
    Passkey(&'a str, &'a Given),
}

fn wrong_code() -> Error {
    Error::Refused {
        code: "wrong_code",
        message: "That code is wrong, or was used already. Type the six digits that your app shows now, or one of your recovery \
                  codes."
            .into(),
    }
}

fn nothing_to_show() -> Error {
    Error::Refused {
        code: "not_asked",
        message: "That is not what is asked of you here: log in again.".into(),
    }
}

/// Looks whether what the person shows is right, and uses it up.
pub(super) async fn shown(
    app: &App,
    tx: &mut guildhall_store::Tx,
    account: &Account,
    shows: &Shows<'_>,
) -> Result<()> {
    let right = match shows {
        Shows::Passkey(site, given) => {
            let whose = (account.workplace, account.id);
            factors::right(app, tx, &Passkeys::of(site)?, whose, given).await?;
            true
        }
        Shows::Code(text) => match factors::rules::typed(text) {
            Typed::Digits(digits) => factors::use_totp(app, tx, account, &digits).await?,
            Typed::Recovery(letters) => factors::use_recovery_code(app, tx, account, &letters).await?,
            Typed::Neither => false,
        },
    };
    if right { Ok(()) } else { Err(wrong_code()) }
}

/// Counts a try with the ticket before it is looked at.
async fn count(app: &App, ticket: &str, origin: Origin<'_>) -> Result<Subjects> {
    let mut tx = app.begin().await?;
    let (step, waiting) = found(app, &mut tx, ticket).await?;
    let subjects = Subjects::of_second(app, (waiting.workplace.id, waiting.account.id), origin.address);
    subjects.count_within(app, &mut tx).await?;
    let tries = steps::count(&mut tx, &step).await?.unwrap_or(TRIES + 1);
    if tries > TRIES {
        steps::end(&mut tx, &step).await?;
        tx.commit().await?;
        return Err(step::over());
    }
    tx.commit().await?;
    Ok(subjects)
}

/// Lets in whoever holds the ticket and shows a second factor. `remember`: none is asked in this browser for a while, if the
/// workplace lets it.
///
/// # Errors
/// `too_late`; `wait` after too many tries; `wrong_code`, `wrong_passkey`.
pub async fn show_second(
    app: &App,
    ticket: &str,
    shows: &Shows<'_>,
    remember: bool,
    origin: Origin<'_>,
) -> Result<LoggedIn> {
    let subjects = count(app, ticket, origin).await?;
    let mut tx = app.begin().await?;
    let (_, Waiting { account, .. }) = found(app, &mut tx, ticket).await?;
    tx.lock(account.workplace.0).await?;
    let (
        step,
        Waiting {
            workplace,
            account,
            need,
            ..
        },
    ) = found(app, &mut tx, ticket).await?;
    if need != Need::Second {
        return Err(nothing_to_show());
    }
    if let Err(why) = shown(app, &mut tx, &account, shows).await {
        drop(tx);
        let method = SignInMethod::parse(&step.method).unwrap_or(SignInMethod::Password);
        refused(app, &account, (method, &step.typed), &why, origin).await?;
        return Err(why);
    }
    let whose = (account.workplace, account.id);
    subjects.take_back(&mut tx, &[account.workplace]).await?;
    let entered = through(app, &mut tx, (&step, account), origin).await?;
    if let (true, true, Some(device)) = (remember, workplace.settings.remember_devices, &entered.device) {
        devices::remember(&mut tx, whose, device, app.now()).await?;
    }
    tx.commit().await?;
    Ok(entered)
}

/// Keeps that somebody who is known was refused.
async fn refused(
    app: &App,
    account: &Account,
    (method, typed): (SignInMethod, &str),
    why: &Error,
    origin: Origin<'_>,
) -> Result<()> {
    let Error::Refused { code, message } = why else {
        return Ok(());
    };
    let mut tx = app.begin().await?;
    let attempt = Attempt {
        workplace: account.workplace,
        account: Some(account.id),
        method,
        through: None,
        typed,
        refused: Some((code, for_admins(code, message))),
        came: None,
        break_glass: false,
        origin,
    };
    sign_ins::note(app, &mut tx, attempt).await?;
    tx.commit().await?;
    Ok(())
}

/// The question to one of the passkeys of whoever holds the ticket; or that by which they make their first one.
///
/// # Errors
/// `too_late`, `no_passkeys`, `no_passkey`.
pub async fn challenge_second(app: &App, public_url: &str, ticket: &str) -> Result<Challenge> {
    let site = Passkeys::of(public_url)?;
    let mut tx = app.begin().await?;
    let (_, waiting) = found(app, &mut tx, ticket).await?;
    let Waiting {
        workplace,
        account,
        need,
        ..
    } = &waiting;
    let challenge = match need {
        Need::Second => {
            let whose = (account.workplace, account.id);
            factors::challenge_of(app, &mut tx, &site, whose).await?
        }
        Need::Enrol { .. } => factors::question_to_add(app, &mut tx, &site, (workplace, account)).await?,
    };
    tx.commit().await?;
    Ok(challenge)
}

/// A secret for the app of whoever holds the ticket and must set a factor up; of `setup`, the same again.
///
/// # Errors
/// `too_late`, `not_asked`.
pub async fn fresh_second(app: &App, ticket: &str, setup: Option<&str>) -> Result<Fresh> {
    let mut tx = app.begin().await?;
    let (
        _,
        Waiting {
            workplace,
            account,
            need,
            ..
        },
    ) = found(app, &mut tx, ticket).await?;
    if !matches!(need, Need::Enrol { .. }) {
        return Err(nothing_to_show());
    }
    match setup {
        Some(setup) => factors::again(app, &workplace, &account, setup),
        None => factors::fresh(app, &mut tx, &workplace, &account).await,
    }
}

/// What somebody sets up who must have a second factor.
#[derive(Clone, Debug)]
pub enum SetsUp<'a> {
    /// What [`fresh_second`] gave for it, and the six digits.
    App { setup: &'a str, code: &'a str },
    /// The address of this site, and what the browser made.
    Passkey(&'a str, &'a Given),
    /// Nothing yet: they put it off, while they may.
    Later,
}

/// Lets in whoever holds the ticket and sets a second factor up, or puts it off. Gives their recovery codes, too.
///
/// # Errors
/// `too_late`, `not_asked`; `wrong_passkey`; `wait`; which field is wrong.
pub async fn set_second_up(
    app: &App,
    ticket: &str,
    sets_up: &SetsUp<'_>,
    origin: Origin<'_>,
) -> Result<(LoggedIn, Vec<String>)> {
    let mut tx = app.begin().await?;
    let (_, Waiting { account, .. }) = found(app, &mut tx, ticket).await?;
    tx.lock(account.workplace.0).await?;
    let (step, Waiting { account, need, .. }) = found(app, &mut tx, ticket).await?;
    let Need::Enrol { later } = need else {
        return Err(nothing_to_show());
    };
    let actor = Actor::person(&account, None);
    let codes = match sets_up {
        SetsUp::App { setup, code } => {
            factors::confirm(app, &mut tx, (&actor, &account), (setup, code)).await?
        }
        SetsUp::Passkey(site, given) => {
            let site = Passkeys::of(site)?;
            let made = (*given, "", origin.user_agent);
            factors::keep(app, &mut tx, &site, (&actor, &account), made)
                .await?
                .1
        }
        SetsUp::Later if later.is_some() => Vec::new(),
        SetsUp::Later => return Err(nothing_to_show()),
    };
    let entered = through(app, &mut tx, (&step, account), origin).await?;
    tx.commit().await?;
    Ok((entered, codes))
}

/// Lets in whoever answers the question of the log-in page by a passkey: that is a password and a second factor in one.
///
/// # Errors
/// `no_passkeys`, `wrong_passkey`; `use_sso`.
pub async fn log_in_by_passkey(
    app: &App,
    public_url: &str,
    given: &Given,
    origin: Origin<'_>,
) -> Result<LoggedIn> {
    let site = Passkeys::of(public_url)?;
    let mut tx = app.begin().await?;
    let whose = factors::identify(app, &mut tx, &site, given).await?;
    tx.lock(whose.0.0).await?;
    let account = accounts::get(&mut tx, whose.0, whose.1)
        .await?
        .ok_or_else(not_in_use)?;
    if let Err(why) = may_by_passkey(&mut tx, &account).await {
        drop(tx);
        refused(app, &account, (SignInMethod::Passkey, ""), &why, origin).await?;
        return Err(why);
    }
    super::guesses::forget_question(app, &mut tx, origin.address).await?;
    let entered = let_in(app, &mut tx, account, Way::from(SignInMethod::Passkey), origin).await?;
    tx.commit().await?;
    Ok(entered)
}

fn not_in_use() -> Error {
    Error::Refused {
        code: "not_claimed",
        message: "The account of this passkey is not in use: ask an admin of your workplace.".into(),
    }
}

async fn may_by_passkey(tx: &mut guildhall_store::Tx, account: &Account) -> Result<()> {
    if account.state != AccountState::Claimed {
        return Err(not_in_use());
    }
    judge(tx, account, Shown::Passkey, Second::default()).await?;
    Ok(())
}
