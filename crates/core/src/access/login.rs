use std::net::IpAddr;

use super::entry::{self, Case, Entry, LogInBy, Shown};
use super::{PasswordHasher, Way, let_in, refused, rules, sql, usernames};
use crate::accounts::{self, Account, AccountState, ProfileField as Field};
use crate::ids::{AccountId, WorkplaceId};
use crate::sessions::Session;
use crate::sign_ins::SignInMethod;
use crate::{App, Error, Moment, Result, fold, sso, sso_required, workplaces};
use guildhall_store::Tx;

/// Where a log-in comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    pub address: IpAddr,
    pub user_agent: &'a str,
}

/// Who is in now, and the token for the cookie.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    pub account: Account,
    pub session: Session,
    pub token: String,
}

/// Who gets in with an e-mail address, employee id or user name, and a password.
#[derive(Clone, Debug)]
pub enum Entrance {
    In(Box<LoggedIn>),
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
) -> Result<LoggedIn> {
    match try_in(app, hasher, &[workplace], pair, origin).await? {
        Entrance::In(entered) => Ok(*entered),
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
    let subjects = Subjects::of(app, workplaces, email, origin.address);
    count_attempt(app, &subjects).await?;
    // Longer ones were never set, and hashing them is work that a stranger could order.
    let password: String = password.chars().take(rules::LONGEST + 1).collect();
    let mut held = Vec::new();
    for workplace in workplaces {
        let account = usernames::holder(&app.db, *workplace, email).await?;
        let id = account
            .as_ref()
            .map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
        let stored = sql::hash(&app.db, *workplace, id).await?;
        let right = hasher.verify(&password, stored.as_deref()).await?;
        if let (true, Some(account), Some(stored)) = (right, account, stored) {
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
        Some(only) if held.is_empty() => Entrance::In(Box::new(enter(app, &mut tx, only, typed).await?)),
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

/// Whom the failures are counted for: the person from this network, in each workplace that is tried, and the network
/// whoever it tries.
struct Subjects {
    people: Vec<(WorkplaceId, String)>,
    network: String,
}

impl Subjects {
    fn of(app: &App, workplaces: &[WorkplaceId], email: &str, address: IpAddr) -> Self {
        let (network, email) = (network(address), fold::key(email));
        let mut people: Vec<(WorkplaceId, String)> = workplaces
            .iter()
            .map(|workplace| {
                let text = format!("person\0{workplace}\0{email}\0{network}");
                (*workplace, app.sealer.digest(&text))
            })
            .collect();
        people.dedup();
        Self {
            people,
            network: app.sealer.digest(&format!("network\0{network}")),
        }
    }

    /// After a success: the person's failures are forgotten where the password was right; elsewhere, and for the
    /// network, there is one less.
    async fn take_back(&self, tx: &mut Tx, won: &[WorkplaceId]) -> Result<()> {
        for (workplace, subject) in &self.people {
            if won.contains(workplace) {
                sql::forget_failures(tx, subject).await?;
            } else {
                sql::take_back(tx, subject).await?;
            }
        }
        sql::take_back(tx, &self.network).await
    }
}

/// Counts an attempt before it is looked at, so that many at once are not free; a success takes it back.
async fn count_attempt(app: &App, subjects: &Subjects) -> Result<()> {
    let now = app.now();
    let mut tx = app.begin().await?;
    let network = sql::failures(&mut tx, &subjects.network, now).await?;
    let mut longest = None;
    for (_, subject) in &subjects.people {
        let pair = sql::failures(&mut tx, subject, now).await?;
        longest = longest.max(rules::wait(pair, network));
    }
    if let Some(seconds) = longest {
        return Err(Error::Refused {
            code: "wait",
            message: format!("Too many log-ins failed from here: wait {seconds} seconds, then try again."),
        });
    }
    let people = subjects.people.iter().map(|(_, subject)| subject);
    for subject in people.chain([&subjects.network]) {
        sql::add_failure(&mut tx, subject, now, stale(now)).await?;
    }
    sql::drop_failures(&mut tx, stale(now)).await?;
    tx.commit().await?;
    Ok(())
}

fn stale(now: Moment) -> Moment {
    now.plus_seconds(-rules::FORGET_AFTER)
}

/// Opens the session, unless the account or its password changed while the password was being verified.
pub(super) async fn enter(
    app: &App,
    tx: &mut Tx,
    held: Held,
    (typed, origin): (&str, Origin<'_>),
) -> Result<LoggedIn> {
    let whose = (held.account.workplace, held.account.id);
    tx.lock(whose.0.0).await?;
    let still = accounts::get(&mut *tx, whose.0, whose.1)
        .await?
        .filter(|account| account.state == AccountState::Claimed);
    let hash = sql::hash(&mut *tx, whose.0, whose.1).await?;
    let Some(account) = still.filter(|_| hash.as_ref() == Some(&held.stored)) else {
        return Err(wrong());
    };
    may_have_password(tx, &account).await?;
    let way = Way {
        typed,
        ..SignInMethod::Password.into()
    };
    let_in(app, tx, account, way, origin).await
}

/// Whether a password may let the person in, who has their account or is about to take it.
///
/// # Errors
/// `use_sso`, `sso_required`.
pub(crate) async fn may_have_password(tx: &mut Tx, account: &Account) -> Result<()> {
    let by = account.profile.get(Field::LoginMethod).and_then(LogInBy::parse);
    let standing = sso_required::standing(tx, account).await?;
    let case = Case {
        state: Some(AccountState::Claimed),
        by,
        system_admin: account.is_system_admin(),
        shown: Shown::Password,
        served: (standing.required || by == Some(LogInBy::Sso)) && sso::serves(tx, account).await?,
        required: standing.required,
        break_glass: standing.break_glass,
    };
    match entry::decide(case) {
        Entry::Refused(code, message) => Err(Error::Refused {
            code,
            message: message.into(),
        }),
        _ => Ok(()),
    }
}

/// Whether a password would let the person in no way, who has their account or is about to take it: single sign-on does.
pub async fn must_use_sso(app: &App, account: &Account) -> Result<bool> {
    let mut tx = app.db.snapshot().await?;
    match may_have_password(&mut tx, account).await {
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
