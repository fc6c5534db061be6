//! In on a kiosk by one's own phone: the kiosk shows a QR code and a number, the phone on which the person is logged in opens
//! the link, says which kiosk it is, and asks for the number. The session opens on the kiosk only, which holds its own token.

use guildhall_store::Tx;

use super::rules::{self, Screen};
use super::{Kiosk, note, sql};
use crate::access::{self, LoggedIn, Origin};
use crate::accounts::{self, AccountState, Source};
use crate::entropy::secret_hash;
use crate::ids::{AccountId, KioskId, SessionId, WorkplaceId};
use crate::sessions::{self, OnKiosk, Session};
use crate::sign_ins::SignInMethod;
use crate::words::words;
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Moment, Result};

words! {
    /// What became of a link that a kiosk shows.
    PassState { Shown = "shown", Confirmed = "confirmed", Used = "used", Refused = "refused" }
}

/// The link that a kiosk shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    pub kiosk: KioskId,
    pub workplace: WorkplaceId,
    /// What the kiosk shows beside the code, and the three that the phone lets choose from.
    pub number: i64,
    pub numbers: [i64; 3],
    pub state: PassState,
    /// Who said on their phone that they are here.
    pub account: Option<AccountId>,
    /// Their session on the phone: what they said counts as long as that lives.
    pub session: Option<SessionId>,
    pub expires_at: Moment,
    pub counts: Counts,
}

/// How many links were made and refused in which hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub hour: i64,
    pub made: i64,
    pub refused: i64,
}

/// What the kiosk shows now.
#[derive(Clone, Debug)]
pub enum Shown {
    Code {
        /// For the link, and for the kiosk's browser to show the same code again.
        secret: String,
        number: i64,
        /// The code before this one was refused on a phone.
        refused: bool,
    },
    /// Somebody said yes, and is in on the kiosk.
    In(Box<LoggedIn>),
}

/// Looks what has become of the code that the kiosk shows, by the secret that its browser holds: the same again, a new one, or
/// somebody is in.
///
/// # Errors
/// `wait`, when too many were refused or made in this hour.
pub async fn show(app: &App, kiosk: &Kiosk, held: Option<&str>, origin: Origin<'_>) -> Result<Shown> {
    let now = app.now();
    let mut tx = app.begin().await?;
    tx.lock(kiosk.workplace.0).await?;
    let newest = sql::pass(&mut tx, kiosk).await?;
    let own = match held {
        Some(held) => sql::pass_by_link(&mut tx, &secret_hash(held)).await?,
        None => None,
    };
    let own = own.filter(|pass| pass.kiosk == kiosk.id);
    let refused = own.as_ref().is_some_and(|pass| pass.state == PassState::Refused);
    match (rules::screen(own.as_ref(), now), held) {
        (Screen::Keep(number), Some(held)) => {
            return Ok(Shown::Code {
                secret: held.to_owned(),
                number,
                refused: false,
            });
        }
        (Screen::Enter(account, phone), Some(held)) => {
            if let Some(entered) = enter(app, &mut tx, kiosk, (account, phone, held), origin).await? {
                tx.commit().await?;
                return Ok(Shown::In(Box::new(entered)));
            }
        }
        _ => {}
    }
    let counts = rules::counted(newest.map(|pass| pass.counts), now)?;
    let secret = app.entropy.secret();
    let mut chance = [0; rules::CHANCE];
    app.entropy.fill(&mut chance);
    let (number, numbers) = rules::numbers(&chance);
    let pass = Pass {
        kiosk: kiosk.id,
        workplace: kiosk.workplace,
        number,
        numbers,
        state: PassState::Shown,
        account: None,
        session: None,
        expires_at: now.plus_seconds(rules::PASS_SECONDS),
        counts,
    };
    sql::put_pass(&mut tx, &pass, &secret_hash(&secret)).await?;
    tx.commit().await?;
    Ok(Shown::Code {
        secret,
        number,
        refused,
    })
}

/// Opens the session of whoever said yes; nothing, if they are not to be let in any more, or another request was quicker.
async fn enter(
    app: &App,
    tx: &mut Tx,
    kiosk: &Kiosk,
    (account, phone, held): (AccountId, SessionId, &str),
    origin: Origin<'_>,
) -> Result<Option<LoggedIn>> {
    if !sql::use_pass(tx, kiosk, &secret_hash(held)).await? {
        return Ok(None);
    }
    // Whoever was logged out on the phone meanwhile is out here, too.
    if !sessions::is_alive(tx, kiosk.workplace, phone, app.now()).await? {
        return Ok(None);
    }
    let account = accounts::get(&mut *tx, kiosk.workplace, account).await?;
    let Some(account) = account.filter(|account| account.state == AccountState::Claimed) else {
        return Ok(None);
    };
    let entered = access::let_in(app, tx, account, SignInMethod::Phone.into(), origin).await?;
    let on = OnKiosk {
        kiosk: kiosk.id,
        idle_seconds: kiosk.idle_seconds,
    };
    sessions::put_on_kiosk(tx, &entered.session, on).await?;
    let actor = Actor::person(&entered.account, None);
    note(app, tx, &actor, kiosk, (Source::SelfService, "phone_log_in")).await?;
    Ok(Some(entered))
}

/// What the phone asks about: which kiosk of which workplace, and the numbers to choose from.
///
/// # Errors
/// `pass_over`, `shared_device`, `other_workplace`.
pub async fn scanned(app: &App, session: &Session, secret: &str) -> Result<(Workplace, Kiosk, Pass)> {
    let mut tx = app.db.snapshot().await?;
    let (kiosk, pass) = found(app, &mut tx, session, secret).await?;
    Ok((workplaces::read(&mut tx, kiosk.workplace).await?, kiosk, pass))
}

async fn found(app: &App, tx: &mut Tx, session: &Session, secret: &str) -> Result<(Kiosk, Pass)> {
    let pass = sql::pass_by_link(tx, &secret_hash(secret)).await?;
    let pass = rules::judge(pass, (session.workplace, session.kiosk.is_some()), app.now())?;
    let kiosk = sql::get(tx, pass.workplace, pass.kiosk).await?;
    Ok((kiosk.ok_or_else(rules::over)?, pass))
}

/// The person says on their phone that they stand before the kiosk, by the number that it shows; no number: they don't. Any
/// other number voids the code.
///
/// # Errors
/// `pass_over`, `shared_device`, `other_workplace`, `wrong_number`.
pub async fn answer(
    app: &App,
    actor: &Actor,
    session: &Session,
    (secret, number): (&str, Option<i64>),
) -> Result<Kiosk> {
    let mut tx = app.begin().await?;
    tx.lock(session.workplace.0).await?;
    let (kiosk, pass) = found(app, &mut tx, session, secret).await?;
    let right = number == Some(pass.number);
    let after = Pass {
        state: if right {
            PassState::Confirmed
        } else {
            PassState::Refused
        },
        account: right.then_some(session.account),
        session: right.then_some(session.id),
        counts: Counts {
            refused: pass.counts.refused + i64::from(!right),
            ..pass.counts
        },
        ..pass
    };
    sql::put_pass(&mut tx, &after, &secret_hash(secret)).await?;
    if !right {
        note(
            app,
            &mut tx,
            actor,
            &kiosk,
            (Source::SelfService, "phone_refused"),
        )
        .await?;
    }
    tx.commit().await?;
    match (right, number) {
        (false, Some(_)) => Err(Error::Refused {
            code: "wrong_number",
            message: format!(
                "{} shows another number, so nobody was logged in there. If you stand before it, scan the new code that it shows.",
                kiosk.name
            ),
        }),
        _ => Ok(kiosk),
    }
}
