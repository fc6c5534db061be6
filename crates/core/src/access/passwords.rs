use super::{PasswordHasher, may_have_password, rules, sql};
use guildhall_store::Tx;

use crate::accounts::{self, Account, AccountState, ProfileField as Field};
use crate::entropy::secret_hash;
use crate::ids::{ResetId, SessionId, WorkplaceId};
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::workplaces::{self, Workplace};
use crate::{Actor, App, Error, Result, audit, devices, sessions, signals};

/// How long a reset link works.
const RESET_MINUTES: i64 = 60;
/// Who asks again and again gets no more letters than these an hour.
const RESETS_AN_HOUR: i64 = 3;
/// The most of an e-mail address that is looked at (RFC 3696, erratum 1690, has 254).
const LONGEST_EMAIL: usize = 320;

/// The hash of a password that this person may choose. Judged with their own names as hints; a refusal names the
/// field `password` and says why.
pub(crate) async fn hash_password(
    app: &App,
    hasher: &PasswordHasher,
    account: &Account,
    workplace: &Workplace,
    password: &str,
) -> Result<String> {
    let name = account.name();
    let email = account.profile.get(Field::Email).unwrap_or_default();
    let employee = account.profile.get(Field::EmployeeId).unwrap_or_default();
    rules::judge_password(password, &[&name, email, employee, &workplace.name])
        .map_err(|why| Error::invalid("password", why))?;
    hasher.hash(&app.entropy, password).await
}

/// Gives the account a password, in place of any it had. Other sessions are not ended here.
pub async fn choose_password(
    app: &App,
    hasher: &PasswordHasher,
    account: &Account,
    password: &str,
) -> Result<()> {
    let workplace = workplaces::read(&app.db, account.workplace).await?;
    let hash = hash_password(app, hasher, account, &workplace, password).await?;
    let mut tx = app.begin().await?;
    sql::set(&mut tx, (account.workplace, account.id), &hash, app.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes the person's own password: the present one must be given. Their other sessions end, and a letter says so.
pub async fn change_password(
    app: &App,
    hasher: &PasswordHasher,
    account: &Account,
    here: SessionId,
    (current, new): (&str, &str),
) -> Result<()> {
    let stored = sql::hash(&app.db, account.workplace, account.id).await?;
    if !hasher.verify(current, stored.as_deref()).await? {
        return Err(Error::invalid("current", "That is not your present password."));
    }
    let workplace = workplaces::read(&app.db, account.workplace).await?;
    let hash = hash_password(app, hasher, account, &workplace, new).await?;
    replace(app, account, &workplace, &hash, Some(here)).await
}

/// The new password takes the old one's place, and whoever was in by the old one is out.
async fn replace(
    app: &App,
    account: &Account,
    workplace: &Workplace,
    hash: &str,
    except: Option<SessionId>,
) -> Result<()> {
    let (whose, now) = ((account.workplace, account.id), app.now());
    let mut tx = app.begin().await?;
    tx.lock(workplace.id.0).await?;
    let still = accounts::get(&mut tx, account.workplace, account.id).await?;
    let Some(still) = still.filter(|account| account.state == AccountState::Claimed) else {
        return Err(dead_link());
    };
    may_have_password(&mut tx, &still).await?;
    sql::set(&mut tx, whose, hash, now).await?;
    sql::end_resets(&mut tx, whose, now).await?;
    sql::steps::end_all(&mut tx, whose).await?;
    devices::ask_again(&mut tx, whose).await?;
    sessions::end_all(&mut tx, whose, except, "password_changed", now).await?;
    let actor = Actor::person(account, None);
    let entry = audit::Entry {
        source: "self",
        verb: "change_password",
        subject: audit::Subject {
            kind: "account",
            id: Some(account.id.0),
            name: account.name(),
        },
        run: None,
        changes: Vec::new(),
    };
    audit::write(&mut tx, &app.entropy, audit::Scope { actor: &actor, now }, entry).await?;
    let note = Note {
        content: Content::PasswordChanged {
            at: now.timestamp(),
            device: None,
        },
        invitation: None,
        secret: None,
    };
    outbox::post(app, &mut tx, workplace, account, note).await?;
    let account_id = Some(account.id);
    signals::send(
        &mut tx,
        &app.entropy,
        now,
        workplace.id,
        account_id,
        signals::SESSIONS_ENDED,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Notes that whoever has this e-mail forgot their password. It is answered in the background, so that neither the
/// answer nor the time it takes tells whether there is somebody, and where.
pub async fn ask_reset(app: &App, email: &str) -> Result<()> {
    let email: String = email.trim().chars().take(LONGEST_EMAIL).collect();
    let now = app.now();
    let mut tx = app.begin().await?;
    sql::ask_reset(&mut tx, ResetId::new(&app.entropy, now), &email, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends what was asked for: a link to choose a new password to whoever has claimed an account with the e-mail, in each
/// workplace, by a letter of each.
pub async fn answer_resets(app: &App) -> Result<()> {
    while let Some((request, email)) = sql::next_request(&app.db).await? {
        let workplaces = accounts::workplaces_of(&app.db, &email).await?;
        let mut tx = app.begin().await?;
        if sql::end_request(&mut tx, request).await? {
            send_links(app, &mut tx, &email, workplaces).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn send_links(app: &App, tx: &mut Tx, email: &str, workplaces: Vec<WorkplaceId>) -> Result<()> {
    for workplace in workplaces {
        tx.lock(workplace.0).await?;
        let account = accounts::by_email(&mut *tx, workplace, email).await?;
        let place = workplaces::get(&mut *tx, workplace).await?;
        let (Some(account), Some(place)) = (account, place) else {
            continue;
        };
        let (whose, now) = ((workplace, account.id), app.now());
        let lately = sql::resets_since(tx, whose, now.plus_seconds(-3600)).await?;
        if account.state != AccountState::Claimed || lately >= RESETS_AN_HOUR {
            continue;
        }
        if let Err(Error::Refused { .. }) = may_have_password(tx, &account).await {
            // A link would lead to a password that lets nobody in. One that never works is counted with the others.
            let (id, token) = (ResetId::new(&app.entropy, now), app.entropy.secret());
            sql::add_reset(tx, id, whose, &secret_hash(&token), (now, now)).await?;
            let note = Note {
                content: Content::brief(LetterKind::UseSso, &account.name()),
                invitation: None,
                secret: None,
            };
            outbox::post(app, tx, &place, &account, note).await?;
            continue;
        }
        let token = app.entropy.secret();
        let expires = now.plus_seconds(RESET_MINUTES * 60);
        let id = ResetId::new(&app.entropy, now);
        sql::add_reset(tx, id, whose, &secret_hash(&token), (now, expires)).await?;
        let note = Note {
            content: Content::PasswordReset {
                expires_at: expires.timestamp(),
            },
            invitation: None,
            secret: Some(token),
        };
        outbox::post(app, tx, &place, &account, note).await?;
    }
    Ok(())
}

fn dead_link() -> Error {
    Error::NotFound(
        "This link does not work any more: it is used once and within an hour. Ask for a new one with \"Forgotten \
         password\"."
            .into(),
    )
}

/// Whose password the link lets choose.
pub async fn open_reset(app: &App, token: &str) -> Result<(Workplace, Account)> {
    let whose = sql::reset(&app.db, &secret_hash(token), app.now()).await?;
    let (workplace, account) = whose.ok_or_else(dead_link)?;
    let account = accounts::get(&app.db, workplace, account)
        .await?
        .filter(|account| account.state == AccountState::Claimed)
        .ok_or_else(dead_link)?;
    Ok((workplaces::read(&app.db, account.workplace).await?, account))
}

/// Chooses a new password by the link, which is used up; every session of the person ends.
pub async fn reset_password(app: &App, hasher: &PasswordHasher, token: &str, password: &str) -> Result<()> {
    let (workplace, account) = open_reset(app, token).await?;
    let hash = hash_password(app, hasher, &account, &workplace, password).await?;
    let mut tx = app.begin().await?;
    if !sql::use_reset(&mut tx, &secret_hash(token), app.now()).await? {
        return Err(dead_link());
    }
    tx.commit().await?;
    replace(app, &account, &workplace, &hash, None).await
}
