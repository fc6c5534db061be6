//! A log-in by password that was refused is kept, with what was wrong, for admins alone.

use super::{Origin, sql, usernames};
use crate::domains::names;
use crate::ids::WorkplaceId;
use crate::sign_ins::{self, Attempt, SignInMethod, rules};
use crate::{App, Error, Result, workplaces};

/// Keeps that somebody was refused, in each of the workplaces that were tried; where nobody knows the name, in the one that
/// there is, or, of several, in none. `held`: where the password was right. A row is written in any case, so that the time it takes tells nothing.
pub(super) async fn note(
    app: &App,
    tried: &[WorkplaceId],
    held: &[WorkplaceId],
    (typed, origin): (&str, Origin<'_>),
    why: &Error,
) -> Result<()> {
    let Error::Refused { code, message } = why else {
        return Ok(());
    };
    // Whoever has to wait was not looked at.
    let judged = |state, has_password| match *code {
        "wait" => (*code, rules::for_admins(code, message)),
        _ => rules::why(state, has_password),
    };
    let nobody = WorkplaceId(uuid::Uuid::nil());
    // What nobody is called may be a password that was typed into the wrong field; an address is none.
    let unknown = if names::of_address(typed.trim()).is_some() {
        typed
    } else {
        rules::NO_NAME
    };
    let mut tx = app.begin().await?;
    let mut kept = false;
    for workplace in tried.iter().filter(|workplace| **workplace != nobody) {
        let account = usernames::anybody(&mut tx, *workplace, typed).await?;
        let (code, said) = match &account {
            // Elsewhere nobody is told that the password is right here.
            _ if *code != "wrong_password" && held.contains(workplace) => {
                (*code, rules::for_admins(code, message))
            }
            Some(account) => {
                let has = sql::has_password(&mut tx, *workplace, account.id).await?;
                judged(Some(account.state), has)
            }
            None => judged(None, false),
        };
        let attempt = Attempt {
            workplace: *workplace,
            typed: if account.is_some() { typed } else { unknown },
            account: account.map(|account| account.id),
            method: SignInMethod::Password,
            through: None,
            refused: Some((code, said)),
            came: None,
            break_glass: false,
            origin,
        };
        sign_ins::note(app, &mut tx, attempt).await?;
        kept = true;
    }
    if !kept {
        let attempt = Attempt {
            workplace: workplaces::only(&mut tx).await?.unwrap_or(nobody),
            account: None,
            method: SignInMethod::Password,
            through: None,
            typed: unknown,
            refused: Some(judged(None, false)),
            came: None,
            break_glass: false,
            origin,
        };
        sign_ins::note(app, &mut tx, attempt).await?;
    }
    tx.commit().await?;
    Ok(())
}
