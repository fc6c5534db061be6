//! What an admin sees and does of somebody's factors; and when somebody may do without.

use guildhall_store::Tx;

use super::{All, Told, all, of, rules, sql};
use crate::accounts::{Account, people};
use crate::ids::AccountId;
use crate::mail::LetterKind;
use crate::sso_required::{self, Loss};
use crate::{Actor, App, Error, Moment, Permission, Result, access, devices, roles, workplaces};

/// What somebody has: for admins, without any secret.
pub async fn seen(app: &App, actor: &Actor, person: AccountId) -> Result<All> {
    let account = people::read(app, actor, person).await?;
    let mut tx = app.db.snapshot().await?;
    all(&mut tx, account.workplace, account.id).await
}

/// Takes all factors of somebody away who has lost them: they log in with their password alone, or set new ones up where the
/// workplace asks for them. Gives what they had.
///
/// # Errors
/// `forbidden`, `prove_yourself`, `no_second_factor`, `break_glass`.
pub async fn remove_all(app: &App, actor: &Actor, person: AccountId) -> Result<All> {
    actor.need(Permission::PeopleDeactivate)?;
    let account = people::read(app, actor, person).await?;
    people::over(&app.db, actor, &account).await?;
    access::proven(actor, app.now())?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let had = all(&mut tx, account.workplace, account.id).await?;
    if had.passkeys.is_empty() && had.totp.is_none() {
        return Err(Error::Refused {
            code: "no_second_factor",
            message: format!(
                "{} has no second factor: there is nothing to remove.",
                account.name()
            ),
        });
    }
    sso_required::keep_ways(&mut tx, &account, Loss::Factors).await?;
    let whose = (account.workplace, account.id);
    sql::forget(&mut tx, whose).await?;
    devices::ask_again(&mut tx, whose).await?;
    let told = Told {
        verb: "remove_second_factor",
        what: "all passkeys, the authenticator app and recovery codes",
        letter: Some((LetterKind::FactorRemoved, 0)),
    };
    told.write(app, &mut tx, actor, &account).await?;
    tx.commit().await?;
    Ok(had)
}

/// Takes the factors away that were added since then, by somebody who was not the person.
pub(crate) async fn remove_since(app: &App, tx: &mut Tx, account: &Account, since: Moment) -> Result<()> {
    let whose = (account.workplace, account.id);
    if !sql::remove_since(tx, whose, since).await? {
        return Ok(());
    }
    if !of(tx, whose.0, whose.1).await?.strong() {
        sql::remove_codes(tx, whose).await?;
    }
    let told = Told {
        verb: "remove_second_factor",
        what: "what was added since the log-in that was not yours",
        letter: Some((LetterKind::FactorRemoved, 0)),
    };
    told.write(app, tx, &Actor::person(account, None), account).await
}

/// Refuses, within the transaction that took a factor away, where the workplace asks for one and none is left; recovery codes
/// without a factor go, too.
pub(super) async fn may_do_without(tx: &mut Tx, account: &Account) -> Result<()> {
    if of(tx, account.workplace, account.id).await?.strong() {
        return Ok(());
    }
    let workplace = workplaces::read(&mut *tx, account.workplace).await?;
    let may = roles::permissions_of(&mut *tx, account.workplace, &account.role).await?;
    if rules::asked(&workplace.settings, &account.role, &may) {
        return Err(Error::Refused {
            code: "second_factor_needed",
            message: format!(
                "{} asks you for a second factor: add another one before you remove this.",
                workplace.name
            ),
        });
    }
    sso_required::keep_ways(tx, account, Loss::Factors).await?;
    sql::remove_codes(tx, (account.workplace, account.id)).await?;
    devices::ask_again(tx, (account.workplace, account.id)).await
}
