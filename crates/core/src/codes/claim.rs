use std::net::IpAddr;

use guildhall_store::Tx;

use super::{AccessCode, CodeState, hash, rules, sql};
use crate::access::{self, Entered, Origin, PasswordHasher};
use crate::accounts::{self, Account, AccountState, Change, Source, Verb, Whom};
use crate::ids::GroupId;
use crate::sign_ins::SignInMethod;
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Result, audit, devices, factors, fold, groups, sessions, signals};

/// What a code opens.
#[derive(Clone, Debug)]
pub struct Opened {
    pub workplace: Workplace,
    pub account: Account,
    pub code: AccessCode,
}

impl Opened {
    /// The account was claimed before: the code is the way back in.
    pub fn recovers(&self) -> bool {
        self.account.state == AccountState::Claimed
    }
}

/// What somebody says who takes their account by a code, or comes back by one.
#[derive(Clone, Debug, Default)]
pub struct Taking {
    /// Absent or blank: they log in with their employee id, or with the user name that they have.
    pub username: Option<String>,
    pub password: String,
    pub accept_terms: bool,
    /// Open groups to join at once.
    pub groups: Vec<GroupId>,
}

fn dead(state: CodeState, place: &str) -> Error {
    let (code, message) = match state {
        CodeState::Used => (
            "code_used",
            format!(
                "This code was used already. Log in with your user name or employee id and your password; if you have \
                 forgotten it, ask your supervisor or an admin of {place} for a new code."
            ),
        ),
        CodeState::Replaced => (
            "code_replaced",
            format!(
                "You were given a newer code since: use that one, or ask an admin of {place} for another."
            ),
        ),
        CodeState::Expired => (
            "code_expired",
            format!(
                "This code is too old: it worked for {} days. Ask your supervisor or an admin of {place} for a new one.",
                rules::DAYS
            ),
        ),
        CodeState::Live | CodeState::Revoked | CodeState::Ended => (
            "code_revoked",
            format!("This code was taken back. Ask your supervisor or an admin of {place}."),
        ),
    };
    Error::Refused { code, message }
}

/// What tries are counted for, each at its pace.
fn subjects(app: &App, code: &str, from: IpAddr) -> [(String, rules::Pace); 3] {
    let letter = code.get(..1).unwrap_or_default();
    [
        (
            app.sealer
                .digest(&format!("codes from\0{}", access::network(from))),
            rules::NETWORK,
        ),
        (
            app.sealer.digest(&format!("codes like\0{letter}")),
            rules::WORKPLACE,
        ),
        (app.sealer.digest("all codes"), rules::ALL),
    ]
}

/// Counts a try before it is looked at, so that many at once are not free.
async fn count(app: &App, subjects: &[(String, rules::Pace)]) -> Result<()> {
    match wait(app, subjects).await? {
        None => Ok(()),
        Some(seconds) => Err(Error::Refused {
            code: "wait",
            message: format!(
                "Too many codes were tried that nobody was given: wait {seconds} seconds, then try again."
            ),
        }),
    }
}

/// Counts one more of each subject at its pace; how many seconds one must wait, where that is too fast.
pub(crate) async fn wait(app: &App, subjects: &[(String, rules::Pace)]) -> Result<Option<i64>> {
    let now = app.now();
    let mut tx = app.begin().await?;
    let mut longest = None;
    for (subject, pace) in subjects {
        let until = sql::count(&mut tx, subject, *pace, now).await?;
        longest = longest.max(pace.wait(until, now));
    }
    if longest.is_none() {
        sql::drop_paces(&mut tx, now).await?;
        tx.commit().await?;
    }
    Ok(longest)
}

/// Whose account the code is for. A code that was never given counts as a guess.
///
/// # Errors
/// `invalid` for what can't be a code, `not_found` for one that nobody was given, `wait` after too many of those;
/// `code_used`, `code_replaced`, `code_expired`, `code_revoked`, `without_email_off`.
pub async fn open(app: &App, typed: &str, from: IpAddr) -> Result<Opened> {
    let letters = rules::read(typed)?;
    let subjects = subjects(app, &letters, from);
    count(app, &subjects).await?;
    let found = sql::by_hash(&app.db, &hash(app, &letters)).await?;
    let Some(code) = found else {
        return Err(Error::NotFound(
            "There is no such code. Compare the letters with your sheet, or ask your supervisor or an admin for a new one."
                .into(),
        ));
    };
    let mut tx = app.begin().await?;
    for (subject, pace) in &subjects {
        sql::take_back(&mut tx, subject, *pace).await?;
    }
    tx.commit().await?;
    let code = code.at(app.now());
    let workplace = workplaces::read(&app.db, code.workplace).await?;
    if code.state != CodeState::Live {
        return Err(dead(code.state, &workplace.name));
    }
    if !workplace.settings.without_email {
        return Err(Error::Refused {
            code: "without_email_off",
            message: format!(
                "{} lets nobody in by access codes any more: ask an admin there.",
                workplace.name
            ),
        });
    }
    let account = accounts::get(&app.db, code.workplace, code.account)
        .await?
        .filter(|account| matches!(account.state, AccountState::Invited | AccountState::Claimed))
        .ok_or_else(|| dead(CodeState::Revoked, &workplace.name))?;
    Ok(Opened {
        workplace,
        account,
        code,
    })
}

/// A user name that is free and like the person's name; none, when the name gives none.
pub async fn suggestion(app: &App, opened: &Opened) -> Result<Option<String>> {
    if let Some(own) = access::username(&app.db, (opened.workplace.id, opened.account.id)).await? {
        return Ok(Some(own));
    }
    let words = fold::words_in_order(&opened.account.name());
    let base: String = words.join(".").chars().take(30).collect();
    let base = base.trim_end_matches('.');
    for number in 1..=9 {
        let name = if number == 1 {
            base.to_owned()
        } else {
            format!("{base}{number}")
        };
        let Ok(name) = access::rules::judge_username(&name) else {
            return Ok(None);
        };
        let mut tx = app.begin().await?;
        if access::may_have_username(&mut tx, (opened.workplace.id, opened.account.id), &name)
            .await
            .is_ok()
        {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// The person takes the account that the code is for, or comes back into it, and is in. The code is used up: of two who use it
/// at once, one is in.
pub async fn take(
    app: &App,
    hasher: &PasswordHasher,
    typed: &str,
    taking: &Taking,
    origin: Origin<'_>,
) -> Result<Entered> {
    let opened = open(app, typed, origin.address).await?;
    if !opened.recovers() && !taking.accept_terms {
        return Err(Error::invalid(
            "accept_terms",
            "Agree to the terms first: tick the box above the button.",
        ));
    }
    let username = taking
        .username
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let username = username.map(access::rules::judge_username).transpose();
    let username = username.map_err(|why| Error::invalid("username", why))?;
    if let Some(username) = &username {
        access::rules::judge_password(&taking.password, &[username])
            .map_err(|why| Error::invalid("password", why))?;
    }
    let password = &taking.password;
    let hash = access::hash_password(app, hasher, &opened.account, &opened.workplace, password).await?;
    let (whose, now) = ((opened.workplace.id, opened.account.id), app.now());
    let mut tx = app.begin().await?;
    tx.lock(opened.workplace.id.0).await?;
    if let Some(username) = &username {
        access::may_have_username(&mut tx, whose, username).await?;
    }
    if !sql::use_up(&mut tx, &opened.code, now).await? {
        return Err(dead(CodeState::Used, &opened.workplace.name));
    }
    let account = accounts::get(&mut tx, whose.0, whose.1).await?;
    let account = match account {
        Some(account) if account.state == AccountState::Claimed => come_back(app, &mut tx, account).await?,
        Some(account) => claim(app, &mut tx, &opened, &account, &taking.groups).await?,
        None => return Err(dead(CodeState::Revoked, &opened.workplace.name)),
    };
    if let Some(username) = &username {
        access::keep_username(&mut tx, whose, username).await?;
    }
    access::keep_password(&mut tx, whose, &hash, now).await?;
    let entered = access::come_in(app, &mut tx, account, SignInMethod::Code.into(), origin).await?;
    tx.commit().await?;
    Ok(entered)
}

async fn claim(
    app: &App,
    tx: &mut Tx,
    opened: &Opened,
    account: &Account,
    groups: &[GroupId],
) -> Result<Account> {
    let actor = Actor::person(account, None);
    let change = Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
    let policy = opened.workplace.settings.policy();
    let plan = accounts::plan(app, tx, &actor, Whom::Is(account.id), &change, &policy).await?;
    accounts::apply(app, tx, &actor, &plan).await?;
    groups::join_chosen(app, tx, &actor, groups).await?;
    plan.after.ok_or_else(|| Error::not_found("person"))
}

/// Whoever was in by the old password is out.
async fn come_back(app: &App, tx: &mut Tx, account: Account) -> Result<Account> {
    let (whose, now) = ((account.workplace, account.id), app.now());
    sessions::end_all(tx, whose, None, "password_changed", now).await?;
    // Whoever was given a code has lost all else.
    factors::forget(tx, whose).await?;
    devices::ask_again(tx, whose).await?;
    access::end_steps(tx, whose).await?;
    let actor = Actor::person(&account, None);
    let entry = audit::Entry {
        source: Source::SelfService.as_str(),
        verb: "recover",
        subject: audit::Subject {
            kind: "account",
            id: Some(account.id.0),
            name: account.name(),
        },
        run: None,
        changes: Vec::new(),
    };
    audit::write(tx, &app.entropy, audit::Scope { actor: &actor, now }, entry).await?;
    signals::send(
        tx,
        &app.entropy,
        now,
        account.workplace,
        Some(account.id),
        signals::SESSIONS_ENDED,
    )
    .await?;
    Ok(account)
}
