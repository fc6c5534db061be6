//! A log-in by password that was refused is kept, with what was wrong, for admins alone.

use super::{Origin, sql, usernames};
use crate::ids::WorkplaceId;
use crate::sign_ins::{self, Attempt, SignInMethod, rules};
use crate::{App, Error, Result, workplaces};

/// Keeps that somebody was refused, in each of the workplaces that were tried; where nobody knows the name, in the one that
/// there is, or, of several, in none. A row is written in any case, so that the time it takes tells nothing.
pub(super) async fn note(
    app: &App,
    tried: &[WorkplaceId],
    (typed, origin): (&str, Origin<'_>),
    why: &Error,
) -> Result<()> {
    let Error::Refused { code, message } = why else {
        return Ok(());
    };
    let nobody = WorkplaceId(uuid::Uuid::nil());
    let mut tx = app.begin().await?;
    let mut kept = false;
    for workplace in tried.iter().filter(|workplace| **workplace != nobody) {
        let account = usernames::anybody(&mut tx, *workplace, typed).await?;
        let (code, said) = match &account {
            _ if *code != "wrong_password" => (*code, rules::for_admins(code, message)),
            Some(account) => {
                let has = sql::has_password(&mut tx, *workplace, account.id).await?;
                rules::why(Some(account.state), has)
            }
            None => rules::why(None, false),
        };
        let attempt = Attempt {
            workplace: *workplace,
            account: account.map(|account| account.id),
            method: SignInMethod::Password,
            through: None,
            typed,
            refused: Some((code, said)),
            came: None,
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
            typed,
            refused: Some(rules::why(None, false)),
            came: None,
            origin,
        };
        sign_ins::note(app, &mut tx, attempt).await?;
    }
    tx.commit().await?;
    Ok(())
}
