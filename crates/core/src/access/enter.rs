use guildhall_store::Tx;

use super::{LoggedIn, Origin};
use crate::accounts::Account;
use crate::sessions::{self, Place};
use crate::sign_ins::{self, Attempt, SignInMethod, Through};
use crate::{App, Result, devices};

/// How somebody came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'a> {
    pub method: SignInMethod,
    /// The identity provider that said who it is.
    pub through: Option<&'a Through>,
    /// The name that was typed; empty, where none was.
    pub typed: &'a str,
}

impl From<SignInMethod> for Way<'_> {
    fn from(method: SignInMethod) -> Self {
        Self {
            method,
            through: None,
            typed: "",
        }
    }
}

/// Lets a person in who has shown who they are: opens the session, and keeps that they came. Every session of the
/// product is opened here.
pub(crate) async fn let_in(
    app: &App,
    tx: &mut Tx,
    account: Account,
    way: Way<'_>,
    origin: Origin<'_>,
) -> Result<LoggedIn> {
    let whose = (account.workplace, account.id);
    let place = Place {
        method: way.method.as_str(),
        user_agent: origin.user_agent,
        address: &origin.address.to_canonical().to_string(),
    };
    let (session, token) = sessions::open(tx, &app.entropy, app.now(), whose, place).await?;
    let attempt = Attempt {
        workplace: account.workplace,
        account: Some(account.id),
        method: way.method,
        through: way.through,
        typed: way.typed,
        refused: None,
        came: None,
        origin,
    };
    sign_ins::note(app, tx, attempt).await?;
    // Whoever takes their account has used no browser yet; the phone says by itself where they are in.
    let quiet = [
        SignInMethod::Setup,
        SignInMethod::Claim,
        SignInMethod::Join,
        SignInMethod::Code,
        SignInMethod::Phone,
    ];
    let warn = !quiet.contains(&way.method);
    let device = devices::note(app, tx, &account, origin, warn).await?;
    Ok(LoggedIn {
        account,
        session,
        token,
        device,
    })
}
