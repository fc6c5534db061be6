use guildhall_store::Tx;

use super::{LoggedIn, Origin};
use crate::accounts::Account;
use crate::sessions::{self, Place, Proved};
use crate::sign_ins::{self, Attempt, SignInMethod, Through};
use crate::{App, Moment, Result, devices, sso_required};

/// How somebody came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'a> {
    pub method: SignInMethod,
    /// The identity provider that said who it is.
    pub through: Option<&'a Through>,
    /// The name that was typed; empty, where none was.
    pub typed: &'a str,
    /// The session ends then at the latest: the identity provider said so.
    pub until: Option<Moment>,
    pub proved: Proved,
}

impl From<SignInMethod> for Way<'_> {
    fn from(method: SignInMethod) -> Self {
        Self {
            method,
            through: None,
            typed: "",
            until: None,
            // On a shared device nothing was shown but a number.
            proved: if method == SignInMethod::Phone {
                Proved::Unknown
            } else {
                Proved::Now
            },
        }
    }
}

/// Lets a person in who has shown who they are: opens the session, and keeps that they came. Every session of the
/// product is opened here, so that nobody comes in past single sign-on where that is required: a phone on which somebody is
/// in says yes for a kiosk, and a workplace that is set up requires nothing yet.
pub(crate) async fn let_in(
    app: &App,
    tx: &mut Tx,
    account: Account,
    way: Way<'_>,
    origin: Origin<'_>,
) -> Result<LoggedIn> {
    let whose = (account.workplace, account.id);
    let asked = way.through.is_some() || matches!(way.method, SignInMethod::Phone | SignInMethod::Setup);
    let break_glass = !asked && sso_required::gate(tx, &account).await?;
    let place = Place {
        method: way.method.as_str(),
        user_agent: origin.user_agent,
        address: &origin.address.to_canonical().to_string(),
        until: way.until,
        proved: way.proved,
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
        break_glass,
        origin,
    };
    let sign_in = sign_ins::note(app, tx, attempt).await?;
    if break_glass {
        sso_required::announce(app, tx, &account, origin).await?;
    }
    // Whoever takes their account has used no browser yet; the phone says by itself where they are in.
    let quiet = [
        SignInMethod::Setup,
        SignInMethod::Claim,
        SignInMethod::Join,
        SignInMethod::Code,
        SignInMethod::Phone,
    ];
    let warn = !quiet.contains(&way.method);
    let came = devices::Came {
        session: session.id,
        sign_in,
    };
    let device = devices::note(app, tx, &account, origin, warn.then_some(came)).await?;
    Ok(LoggedIn {
        account,
        session,
        token,
        device,
    })
}
