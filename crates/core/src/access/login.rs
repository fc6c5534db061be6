use std::net::IpAddr;

use super::{PasswordHasher, rules, sql};
use crate::accounts::{self, Account, AccountState};
use crate::ids::WorkplaceId;
use crate::sessions::{self, Place, Session};
use crate::{App, Error, Moment, Result, fold};

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

/// Opens a session for whoever has this e-mail and password in the workplace. Whatever is wrong (nobody has the
/// e-mail, the password differs, the account is not claimed), the answer and the time it takes are the same.
///
/// # Errors
/// `wrong_password`, or `wait` after too many failures from the same place.
pub async fn log_in(
    app: &App,
    hasher: &PasswordHasher,
    workplace: WorkplaceId,
    (email, password): (&str, &str),
    origin: Origin<'_>,
) -> Result<LoggedIn> {
    let subjects = subjects(app, workplace, email, origin.address);
    count_attempt(app, &subjects).await?;
    let account = accounts::by_email(&app.db, workplace, email)
        .await?
        .filter(|account| account.state == AccountState::Claimed);
    let stored = match &account {
        Some(account) => sql::hash(&app.db, workplace, account.id).await?,
        None => None,
    };
    // Longer ones were never set, and hashing them is work that a stranger could order.
    let password: String = password.chars().take(rules::LONGEST + 1).collect();
    let right = hasher.verify(&password, stored.as_deref()).await?;
    match (account, stored) {
        (Some(account), Some(stored)) if right => enter(app, account, &stored, &subjects, origin).await,
        _ => Err(wrong()),
    }
}

/// [`log_in`] for a person who names no workplace: the oldest one that takes this e-mail and password.
pub async fn log_in_anywhere(
    app: &App,
    hasher: &PasswordHasher,
    (email, password): (&str, &str),
    origin: Origin<'_>,
) -> Result<LoggedIn> {
    let mut workplaces = accounts::workplaces_of(&app.db, email).await?;
    // With no such person the work is done all the same, so that the time taken tells nothing.
    let last = workplaces.pop().unwrap_or(WorkplaceId(uuid::Uuid::nil()));
    for workplace in workplaces {
        match log_in(app, hasher, workplace, (email, password), origin).await {
            Err(error) if error.code() == "wrong_password" => {}
            other => return other,
        }
    }
    log_in(app, hasher, last, (email, password), origin).await
}

fn wrong() -> Error {
    Error::Refused {
        code: "wrong_password",
        message:
            "This e-mail and password don't go together here. Check both, or choose a new password with \
                  \"Forgotten password\"."
                .into(),
    }
}

/// Whom the failures are counted for: the person from this network, and the network whoever it tries.
fn subjects(app: &App, workplace: WorkplaceId, email: &str, address: IpAddr) -> [String; 2] {
    let network = network(address);
    [
        app.sealer
            .digest(&format!("person\0{workplace}\0{}\0{network}", fold::key(email))),
        app.sealer.digest(&format!("network\0{network}")),
    ]
}

/// Counts an attempt before it is looked at, so that many at once are not free; a success takes it back.
async fn count_attempt(app: &App, subjects: &[String; 2]) -> Result<()> {
    let now = app.now();
    let mut tx = app.begin().await?;
    let [pair, network] = [
        sql::failures(&mut tx, &subjects[0], now).await?,
        sql::failures(&mut tx, &subjects[1], now).await?,
    ];
    if let Some(seconds) = rules::wait(pair, network) {
        return Err(Error::Refused {
            code: "wait",
            message: format!("Too many log-ins failed from here: wait {seconds} seconds, then try again."),
        });
    }
    for subject in subjects {
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
async fn enter(
    app: &App,
    account: Account,
    stored: &str,
    subjects: &[String; 2],
    origin: Origin<'_>,
) -> Result<LoggedIn> {
    let mut tx = app.begin().await?;
    tx.lock(account.workplace.0).await?;
    let still = accounts::get(&mut tx, account.workplace, account.id)
        .await?
        .filter(|account| account.state == AccountState::Claimed);
    let hash = sql::hash(&mut tx, account.workplace, account.id).await?;
    let Some(account) = still.filter(|_| hash.as_deref() == Some(stored)) else {
        return Err(wrong());
    };
    sql::take_back(&mut tx, subjects).await?;
    let place = Place {
        method: "password",
        user_agent: origin.user_agent,
        address: &origin.address.to_canonical().to_string(),
    };
    let whose = (account.workplace, account.id);
    let (session, token) = sessions::open(&mut tx, &app.entropy, app.now(), whose, place).await?;
    tx.commit().await?;
    Ok(LoggedIn {
        account,
        session,
        token,
    })
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
