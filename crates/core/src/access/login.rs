use std::net::IpAddr;

use super::entry::{Second, Shown};
use super::guesses::Subjects;
use super::step::{self, Entered, come_in};
use super::{PasswordHasher, Way, guesses, refused, rules, sql, usernames};
use crate::accounts::{self, Account, AccountState};
use crate::devices::Seen;
use crate::ids::{AccountId, WorkplaceId};
use crate::sessions::Session;
use crate::sign_ins::SignInMethod;
use crate::{App, Error, Result, devices, fold, workplaces};
use guildhall_store::Tx;

/// Where a log-in comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    pub address: IpAddr,
    pub user_agent: &'a str,
    pub device: Device<'a>,
}

/// By which browser somebody comes.
#[derive(Clone, Copy, Debug)]
pub enum Device<'a> {
    /// It keeps nothing of ours yet.
    New,
    /// It keeps this since somebody was in by it.
    Known(&'a str),
    /// Many people share it: it is nobody's.
    Shared,
}

/// Who is in now, and the token for the cookie.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    pub account: Account,
    pub session: Session,
    pub token: String,
    /// The browser that they came by; none on a shared device.
    pub device: Option<Seen>,
}

/// Who gets in with an e-mail address, employee id or user name, and a password.
#[derive(Clone, Debug)]
pub enum Entrance {
    In(Box<LoggedIn>),
    /// The password is right, and there is more to show: the ticket for it ([`super::waiting`]).
    Step(String),
    /// The password is right in several workplaces: the person chooses one ([`super::choose_workplace`]).
    Several(Vec<Held>),
}

/// An account whose password was right, with the hash that it was right for.
#[derive(Clone, Debug)]
pub struct Held {
    pub account: Account,
    pub(super) stored: String,
}

/// Opens a session for whoever has this name (an e-mail address, employee id or user name) and password in the workplace.
/// Whatever is wrong (nobody has the name, the password differs, the account is not claimed), the answer and the time it takes are the same.
///
/// # Errors
/// `wrong_password`, or `wait` after too many failures from the same place.
pub async fn log_in(
    app: &App,
    hasher: &PasswordHasher,
    workplace: WorkplaceId,
    pair: (&str, &str),
    origin: Origin<'_>,
) -> Result<Entered> {
    match try_in(app, hasher, &[workplace], pair, origin).await? {
        Entrance::In(entered) => Ok(Entered::In(entered)),
        Entrance::Step(ticket) => Ok(Entered::Step(ticket)),
        Entrance::Several(_) => Err(wrong()),
    }
}

/// [`log_in`] for a person who names no workplace. How many have an account of theirs is told by neither the answer nor
/// the time, unless the password is right in more than one.
pub async fn log_in_anywhere(
    app: &App,
    hasher: &PasswordHasher,
    pair: (&str, &str),
    origin: Origin<'_>,
) -> Result<Entrance> {
    let mut workplaces = usernames::workplaces_of(&app.db, pair.0).await?;
    let rounds = rules::rounds(
        workplaces.len(),
        workplaces::how_many(&app.db, rules::ROUNDS).await?,
    );
    workplaces.resize(rounds, WorkplaceId(uuid::Uuid::nil()));
    try_in(app, hasher, &workplaces, pair, origin).await
}

/// Tries the password in each of the workplaces, where there is no such person as long as where there is.
async fn try_in(
    app: &App,
    hasher: &PasswordHasher,
    workplaces: &[WorkplaceId],
    (email, password): (&str, &str),
    origin: Origin<'_>,
) -> Result<Entrance> {
    let holders = holders(app, workplaces, email).await?;
    let subjects = subjects(app, &holders, email, origin).await?;
    if let Err(why) = subjects.count(app).await {
        if guesses::worth_noting(app, email, origin.address).await? {
            refused::note(app, workplaces, &[], (email, origin), &why).await?;
        }
        return Err(why);
    }
    // Longer ones were never set, and hashing them is work that a stranger could order.
    let password: String = password.chars().take(rules::LONGEST + 1).collect();
    let mut held = Vec::new();
    for (workplace, account) in &holders {
        let id = account
            .as_ref()
            .map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
        let stored = sql::hash(&app.db, *workplace, id).await?;
        let right = hasher.verify(&password, stored.as_deref()).await?;
        if let (true, Some(account), Some(stored)) = (right, account, stored) {
            let account = account.clone();
            held.push(Held { account, stored });
        }
    }
    let right: Vec<WorkplaceId> = held.iter().map(|held| held.account.workplace).collect();
    let entrance = won(app, &subjects, held, (email, origin)).await;
    if let Err(why) = &entrance {
        refused::note(app, workplaces, &right, (email, origin), why).await?;
    }
    entrance
}

/// Who is meant in each of the workplaces.
async fn holders(
    app: &App,
    workplaces: &[WorkplaceId],
    typed: &str,
) -> Result<Vec<(WorkplaceId, Option<Account>)>> {
    let mut found = Vec::with_capacity(workplaces.len());
    for workplace in workplaces {
        found.push((*workplace, usernames::holder(&app.db, *workplace, typed).await?));
    }
    Ok(found)
}

/// Whom the try is counted for. Whoever comes by a browser that they used before does not wait for what others try elsewhere.
async fn subjects(
    app: &App,
    holders: &[(WorkplaceId, Option<Account>)],
    typed: &str,
    origin: Origin<'_>,
) -> Result<Subjects> {
    let workplaces: Vec<WorkplaceId> = holders.iter().map(|(workplace, _)| *workplace).collect();
    let mut subjects = Subjects::of(app, &workplaces, typed, origin.address);
    for (workplace, account) in holders {
        let who = account.as_ref().map(|account| account.id);
        let known = match who {
            Some(id) => devices::known(&app.db, (*workplace, id), origin.device).await?,
            None => false,
        };
        if !known {
            let who = who.map_or_else(|| fold::key(typed), |id| id.to_string());
            subjects.and_anywhere(app, *workplace, &who);
        }
    }
    Ok(subjects)
}

/// What those get whose password was right.
async fn won(
    app: &App,
    subjects: &Subjects,
    mut held: Vec<Held>,
    typed: (&str, Origin<'_>),
) -> Result<Entrance> {
    let mut tx = app.begin().await?;
    let won: Vec<WorkplaceId> = held.iter().map(|held| held.account.workplace).collect();
    if !won.is_empty() {
        subjects.take_back(&mut tx, &won).await?;
    }
    let entrance = match held.pop() {
        None => return Err(wrong()),
        Some(only) if held.is_empty() => match enter(app, &mut tx, only, typed).await? {
            Entered::In(entered) => Entrance::In(entered),
            Entered::Step(ticket) => Entrance::Step(ticket),
        },
        Some(last) => {
            held.push(last);
            Entrance::Several(held)
        }
    };
    tx.commit().await?;
    Ok(entrance)
}

pub(super) fn wrong() -> Error {
    Error::Refused {
        code: "wrong_password",
        message:
            "These two don't go together here. Check both, or choose a new password with \"Forgotten password\"; without \
             an e-mail address, ask your supervisor or an admin for a new access code."
                .into(),
    }
}

/// Opens the session, unless the account or its password changed while the password was being verified.
pub(super) async fn enter(
    app: &App,
    tx: &mut Tx,
    held: Held,
    (typed, origin): (&str, Origin<'_>),
) -> Result<Entered> {
    let whose = (held.account.workplace, held.account.id);
    tx.lock(whose.0.0).await?;
    let still = accounts::get(&mut *tx, whose.0, whose.1)
        .await?
        .filter(|account| account.state == AccountState::Claimed);
    let hash = sql::hash(&mut *tx, whose.0, whose.1).await?;
    let Some(account) = still.filter(|_| hash.as_ref() == Some(&held.stored)) else {
        return Err(wrong());
    };
    let way = Way {
        typed,
        ..SignInMethod::Password.into()
    };
    come_in(app, tx, account, way, origin).await
}

/// Whether a password may let the person in, who has their account or is about to take it.
///
/// # Errors
/// `use_sso`, `sso_required`.
pub(crate) async fn may_have_password(tx: &mut Tx, account: &Account) -> Result<()> {
    let claimed = Account {
        state: AccountState::Claimed,
        ..account.clone()
    };
    step::judge(tx, &claimed, Shown::Password, Second::default()).await?;
    Ok(())
}

/// Whether a password would let the person in no way, who has their account or is about to take it: single sign-on does.
pub async fn must_use_sso(app: &App, account: &Account) -> Result<bool> {
    let mut tx = app.db.snapshot().await?;
    by_sso_alone(&mut tx, account).await
}

/// [`must_use_sso`], within a transaction.
pub(crate) async fn by_sso_alone(tx: &mut Tx, account: &Account) -> Result<bool> {
    match may_have_password(tx, account).await {
        Ok(()) => Ok(false),
        Err(Error::Refused { .. }) => Ok(true),
        Err(why) => Err(why),
    }
}

/// The part of an address that one household or office has: all of IPv4, the first 64 bits of IPv6.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_one_household_has() {
        for (address, expect) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(network(address.parse().unwrap()), expect);
        }
    }
}
