//! Before something dangerous a person shows again who they are, unless they did so a moment ago.

use super::guesses::Subjects;
use super::second::{Shows, shown};
use super::{Origin, PasswordHasher, rules, sql};
use crate::accounts::Account;
use crate::factors::{self, Challenge, Passkeys};
use crate::sessions::{self, Session};
use crate::{Actor, App, Error, Moment, Result};

/// Refuses where the person behind a session has shown too long ago who they are. Programs with a token, the command line and
/// the product itself have no session: what they may do, their scopes say.
///
/// # Errors
/// `prove_yourself`.
pub fn proven(actor: &Actor, now: Moment) -> Result<()> {
    if actor.proved_at.is_none_or(|at| rules::is_fresh(at, now)) {
        return Ok(());
    }
    Err(Error::Refused {
        code: "prove_yourself",
        message: "Show first that it is you: with your password, a code of your app, a passkey, or by logging in again.".into(),
    })
}

/// By what a person shows that it is them.
#[derive(Clone, Debug)]
pub enum Proof<'a> {
    Password(&'a str),
    Factor(Shows<'a>),
}

/// The person shows that it is them: their session may do dangerous things for a while.
///
/// # Errors
/// `wait` after too many tries; `wrong_passkey`; which field is wrong.
pub async fn prove(
    app: &App,
    hasher: &PasswordHasher,
    (account, session): (&Account, &Session),
    proof: &Proof<'_>,
    origin: Origin<'_>,
) -> Result<()> {
    let whose = (account.workplace, account.id);
    let subjects = Subjects::of_second(app, whose, origin.address);
    let mut tx = app.begin().await?;
    subjects.count_within(app, &mut tx).await?;
    tx.commit().await?;
    if let Proof::Password(password) = proof {
        let mut tx = app.db.snapshot().await?;
        let strong = factors::of(&mut tx, whose.0, whose.1).await?.strong();
        drop(tx);
        // Whoever has only got hold of the password does not put a second factor of their own in the place of theirs.
        if strong {
            return Err(Error::invalid(
                "password",
                "You have a second factor: show a code of your app, a recovery code or a passkey.",
            ));
        }
        let stored = sql::hash(&app.db, whose.0, whose.1).await?;
        let password: String = password.chars().take(rules::LONGEST + 1).collect();
        if !hasher.verify(&password, stored.as_deref()).await? {
            return Err(Error::invalid("password", "That is not your password."));
        }
    }
    let mut tx = app.begin().await?;
    tx.lock(whose.0.0).await?;
    if let Proof::Factor(shows) = proof {
        shown(app, &mut tx, account, shows)
            .await
            .map_err(|why| match why {
                Error::Refused {
                    code: "wrong_code",
                    message,
                } => Error::invalid("code", message),
                other => other,
            })?;
    }
    subjects.take_back(&mut tx, &[whose.0]).await?;
    sessions::prove(&mut tx, session, app.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The question to one of the person's passkeys.
///
/// # Errors
/// `no_passkeys`, `no_passkey`.
pub async fn challenge_own(app: &App, public_url: &str, account: &Account) -> Result<Challenge> {
    let site = Passkeys::of(public_url)?;
    let mut tx = app.begin().await?;
    let whose = (account.workplace, account.id);
    let challenge = factors::challenge_of(app, &mut tx, &site, whose).await?;
    tx.commit().await?;
    Ok(challenge)
}
