//! Six digits that an app makes of a secret and the time (TOTP, RFC 6238).

use guildhall_store::Tx;
use totp_rs::{Algorithm, Builder, Secret};

use super::{Told, first_codes, rules, sql};
use crate::accounts::{Account, ProfileField as Field};
use crate::ids::AccountId;
use crate::mail::LetterKind;
use crate::workplaces::Workplace;
use crate::{Actor, App, Error, Result, access, workplaces};

/// How the factor is called in letters and in the audit log.
const APP: &str = "an authenticator app";

/// How long somebody may take to set an app up.
const SETUP_SECONDS: i64 = 15 * 60;

/// A secret for an app to take over.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// Base32, to be typed in.
    pub secret: String,
    /// `otpauth://`, to be scanned.
    pub uri: String,
    /// To be given back with the six digits. Nothing is kept until then, so that nobody sees a secret that somebody else will use.
    pub setup: String,
}

fn sealed_for(account: AccountId) -> String {
    format!("TOTP of {account}")
}

fn setup_of(account: AccountId) -> String {
    format!("TOTP to be set up by {account}")
}

fn broken(why: impl std::fmt::Display) -> Error {
    Error::Internal(format!("TOTP: {why}"))
}

fn named(text: &str) -> String {
    let name: String = text.replace(':', " ").chars().take(100).collect();
    if name.trim().is_empty() {
        "Guildhall".to_owned()
    } else {
        name
    }
}

fn totp(secret: Secret, workplace: &str, account: &str) -> Result<totp_rs::Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(rules::STEP)
        .with_secret(secret)
        .with_account_name(named(account))
        .with_issuer(Some(named(workplace)))
        .build()
        .map_err(broken)
}

fn opened(app: &App, account: AccountId, sealed: &str) -> Result<Secret> {
    let text = app
        .sealer
        .open(&sealed_for(account), sealed)
        .ok_or_else(|| Error::Refused {
            code: "key_changed",
            message: "The key of this server is another than when the authenticator app was set up: ask an admin to remove \
                      your second factor, and set it up again."
                .into(),
        })?;
    Secret::try_from_base32(text).map_err(|_| broken("a secret that is none"))
}

fn is_there() -> Error {
    Error::Refused {
        code: "totp_there",
        message: "You have an authenticator app already: remove it before you set up another.".into(),
    }
}

/// A secret for the person's app.
pub(crate) async fn fresh(app: &App, tx: &mut Tx, workplace: &Workplace, account: &Account) -> Result<Fresh> {
    if sql::totp(tx, (account.workplace, account.id)).await?.is_some() {
        return Err(is_there());
    }
    let mut bytes = [0; 20];
    app.entropy.fill(&mut bytes);
    shown(app, workplace, account, Secret::new_stack(bytes))
}

fn shown(app: &App, workplace: &Workplace, account: &Account, secret: Secret) -> Result<Fresh> {
    let email = account.profile.get(Field::Email).map(str::to_owned);
    let totp = totp(secret, &workplace.name, &email.unwrap_or_else(|| account.name()))?;
    let secret = totp.secret().to_base32();
    let until = app.now().plus_seconds(SETUP_SECONDS).ms();
    let setup = app
        .sealer
        .seal(&app.entropy, &setup_of(account.id), &format!("{until} {secret}"));
    Ok(Fresh {
        uri: totp.to_url().map_err(broken)?,
        secret,
        setup,
    })
}

fn set_up(app: &App, account: &Account, setup: &str) -> Result<Secret> {
    let text = app.sealer.open(&setup_of(account.id), setup);
    let kept = text.as_deref().and_then(|text| {
        let (until, secret) = text.split_once(' ')?;
        let until: i64 = until.parse().ok()?;
        (until > app.now().ms()).then(|| secret.to_owned())
    });
    let secret = kept.ok_or_else(|| Error::Refused {
        code: "too_late",
        message: "That took too long: begin again, and scan the new code.".into(),
    })?;
    Secret::try_from_base32(secret).map_err(|_| broken("a secret that is none"))
}

/// The same secret again, for a page that says what was wrong with the six digits.
pub(crate) fn again(app: &App, workplace: &Workplace, account: &Account, setup: &str) -> Result<Fresh> {
    shown(app, workplace, account, set_up(app, account, setup)?)
}

/// The step whose code somebody typed, if it is one of about now.
fn step(app: &App, secret: Secret, digits: &str) -> Result<Option<i64>> {
    let seconds = u64::try_from(app.now().ms() / 1000).unwrap_or_default();
    let step = totp(secret, "", "-")?.check(digits, seconds);
    step.map(|step| i64::try_from(step).map_err(broken)).transpose()
}

/// Uses six digits up. False: they are wrong, or were used before.
pub(crate) async fn use_up(app: &App, tx: &mut Tx, account: &Account, digits: &str) -> Result<bool> {
    let whose = (account.workplace, account.id);
    let Some(sealed) = sql::totp(tx, whose).await? else {
        return Ok(false);
    };
    match step(app, opened(app, account.id, &sealed)?, digits)? {
        Some(step) => sql::use_step(tx, whose, step, app.now()).await,
        None => Ok(false),
    }
}

/// The person shows that the app works: it is a factor from now on. Gives recovery codes, if they had none.
///
/// # Errors
/// `totp_there`, `too_late`; which field is wrong.
pub(crate) async fn confirm(
    app: &App,
    tx: &mut Tx,
    (actor, account): (&Actor, &Account),
    (setup, code): (&str, &str),
) -> Result<Vec<String>> {
    let whose = (account.workplace, account.id);
    let secret = set_up(app, account, setup)?;
    let text = secret.to_base32();
    let step = match rules::typed(code) {
        rules::Typed::Digits(digits) => step(app, secret, &digits)?,
        _ => None,
    };
    let step = step.ok_or_else(|| {
        Error::invalid(
            "code",
            "Those are not the digits of now: type the six that the app shows, and look whether the clock of the device is right.",
        )
    })?;
    if sql::totp(tx, whose).await?.is_some() {
        return Err(is_there());
    }
    let sealed = app.sealer.seal(&app.entropy, &sealed_for(account.id), &text);
    sql::add_totp(tx, whose, (&sealed, step), app.now()).await?;
    let told = Told {
        verb: "add_totp",
        what: APP,
        letter: Some((LetterKind::FactorAdded, 0)),
    };
    told.write(app, tx, actor, account).await?;
    first_codes(app, tx, account).await
}

/// Begins to set an app up.
///
/// # Errors
/// `prove_yourself`, `totp_there`.
pub async fn begin_totp(app: &App, actor: &Actor, account: &Account) -> Result<Fresh> {
    access::proven(actor, app.now())?;
    let mut tx = app.begin().await?;
    tx.lock(account.workplace.0).await?;
    let workplace = workplaces::read(&mut tx, account.workplace).await?;
    let fresh = fresh(app, &mut tx, &workplace, account).await?;
    tx.commit().await?;
    Ok(fresh)
}

/// Ends setting it up, by what [`begin_totp`] gave for it and the six digits that the app shows. Gives recovery codes, if there were none.
///
/// # Errors
/// `prove_yourself`; which field is wrong.
pub async fn confirm_totp(
    app: &App,
    actor: &Actor,
    account: &Account,
    pair: (&str, &str),
) -> Result<Vec<String>> {
    access::proven(actor, app.now())?;
    let mut tx = app.begin().await?;
    tx.lock(account.workplace.0).await?;
    let codes = confirm(app, &mut tx, (actor, account), pair).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Removes the person's app.
///
/// # Errors
/// `prove_yourself`; `second_factor_needed`, where the workplace asks for one and this is the last.
pub async fn remove_totp(app: &App, actor: &Actor, account: &Account) -> Result<()> {
    access::proven(actor, app.now())?;
    let mut tx = app.begin().await?;
    tx.lock(account.workplace.0).await?;
    let whose = (account.workplace, account.id);
    if sql::totp(&mut tx, whose).await?.is_some() {
        sql::remove_totp(&mut tx, whose).await?;
        super::desk::may_do_without(&mut tx, account).await?;
        let told = Told {
            verb: "remove_totp",
            what: APP,
            letter: Some((LetterKind::FactorRemoved, 0)),
        };
        told.write(app, &mut tx, actor, account).await?;
    }
    tx.commit().await?;
    Ok(())
}
