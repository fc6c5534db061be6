//! Recovery codes: shown once, kept as keyed hashes, each good for one log-in.

use guildhall_store::Tx;

use super::{Told, of, rules, sql};
use crate::accounts::Account;
use crate::ids::{AccountId, WorkplaceId};
use crate::mail::LetterKind;
use crate::{Actor, App, Error, Result, access};

fn hash(app: &App, account: AccountId, letters: &str) -> String {
    app.sealer.digest(&format!("recovery code\0{account}\0{letters}"))
}

/// New codes in place of those that there were.
async fn make(app: &App, tx: &mut Tx, whose: (WorkplaceId, AccountId)) -> Result<Vec<String>> {
    sql::remove_codes(tx, whose).await?;
    let mut codes = Vec::with_capacity(rules::CODES);
    while codes.len() < rules::CODES {
        let mut chance = [0; 12];
        app.entropy.fill(&mut chance);
        let code = rules::recovery_code(chance);
        sql::add_code(tx, whose, &hash(app, whose.1, &code.replace('-', "")), app.now()).await?;
        codes.push(code);
    }
    Ok(codes)
}

/// Codes for whoever has their first factor; none, if they have codes.
pub(crate) async fn first_codes(app: &App, tx: &mut Tx, account: &Account) -> Result<Vec<String>> {
    if of(tx, account.workplace, account.id).await?.recovery_codes > 0 {
        return Ok(Vec::new());
    }
    make(app, tx, (account.workplace, account.id)).await
}

/// New recovery codes for the person, in place of the old ones. They are shown this once.
///
/// # Errors
/// `prove_yourself`; `no_second_factor`, where there is nothing that they could stand in for.
pub async fn new_codes(app: &App, actor: &Actor, account: &Account) -> Result<Vec<String>> {
    access::proven(actor, app.now())?;
    let mut tx = app.begin().await?;
    tx.lock(account.workplace.0).await?;
    if !of(&mut tx, account.workplace, account.id).await?.strong() {
        return Err(Error::Refused {
            code: "no_second_factor",
            message: "Recovery codes stand in for a passkey or an authenticator app: add one of these first."
                .into(),
        });
    }
    let codes = make(app, &mut tx, (account.workplace, account.id)).await?;
    let told = Told {
        verb: "new_recovery_codes",
        what: "recovery codes",
        letter: None,
    };
    told.write(app, &mut tx, actor, account).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Uses a code up, and writes to the person. False: there is no such code.
pub(crate) async fn use_up(app: &App, tx: &mut Tx, account: &Account, letters: &str) -> Result<bool> {
    let whose = (account.workplace, account.id);
    if !sql::use_code(tx, whose, &hash(app, account.id, letters), app.now()).await? {
        return Ok(false);
    }
    let left = of(tx, whose.0, whose.1).await?.recovery_codes;
    let told = Told {
        verb: "use_recovery_code",
        what: "recovery code",
        letter: Some((LetterKind::RecoveryCodeUsed, left)),
    };
    told.write(app, tx, &Actor::person(account, None), account)
        .await?;
    Ok(true)
}
