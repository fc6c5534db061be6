//! Log-in by OpenID Connect: the same rooms, rules and rounds as SAML, with another way to ask and to be answered. What an answer
//! must say is `wire/oidc`.

mod connect;
mod keys;
mod leave;
mod returned;
pub mod rules;

use guildhall_wire::oidc::{Discovery, Refusal};

use crate::ids::{SsoProviderId, SsoRoundId};
use crate::words::words;
use crate::{Error, Moment};

pub use connect::Given;
pub(super) use connect::{Found, discover, find_again};
pub use leave::left;
pub(crate) use leave::{keep_id_token, leads_to};
pub(super) use returned::question;
pub use returned::{Returned, returned};
pub use rules::Preset;

/// What is told to a provider that is asked for something.
pub(super) const PURPOSE: &str = "log-in by a workplace's identity provider";
/// The most bytes of a document of a provider.
pub(super) const LARGEST: usize = 1024 * 1024;

words! {
    /// How we show a provider who we are.
    ClientAuthentication {
        /// A secret in the header of the request.
        Basic = "client_secret_basic",
        /// A secret in its form.
        Post = "client_secret_post",
        /// No secret: PKCE alone.
        None = "none",
    }
}

/// Where an OpenID provider is, and who we are there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Connection {
    pub issuer: String,
    pub authorization_url: String,
    pub token_url: String,
    pub user_info_url: Option<String>,
    pub keys_url: String,
    pub end_session_url: Option<String>,
    /// It says in each answer who it is.
    pub names_issuer: bool,
    /// It tells us when somebody leaves there.
    pub tells_who_left: bool,
    pub client_id: String,
    pub authentication: ClientAuthentication,
    /// Sealed.
    pub(super) secret: Option<String>,
    /// When the secret was given.
    pub secret_at: Option<Moment>,
}

/// Who we are at a provider.
struct Client {
    id: String,
    authentication: ClientAuthentication,
    /// Sealed, and when it was given.
    secret: Option<(String, Moment)>,
}

impl Connection {
    /// The client, at what the provider says of itself.
    fn new(client: Client, there: &Discovery) -> Self {
        let (secret, secret_at) = client.secret.unzip();
        Self {
            issuer: there.issuer.clone(),
            authorization_url: there.authorization.clone(),
            token_url: there.token.clone(),
            user_info_url: there.user_info.clone(),
            keys_url: there.keys.clone(),
            end_session_url: there.end_session.clone(),
            names_issuer: there.names_issuer,
            tells_who_left: there.tells_who_left,
            client_id: client.id,
            authentication: client.authentication,
            secret,
            secret_at,
        }
    }

    fn client(&self) -> Client {
        Client {
            id: self.client_id.clone(),
            authentication: self.authentication,
            secret: self.secret.clone().zip(self.secret_at),
        }
    }
}

/// The addresses at which an OpenID provider finds us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Where people come back to with an answer.
    pub redirect: String,
    /// Where it tells us who left there.
    pub back_channel: String,
    /// Where a log-in may be begun from its list of applications.
    pub begin: String,
    /// Where people come back to who left there.
    pub after_log_out: String,
}

impl Addresses {
    pub fn to(provider: SsoProviderId, public_url: &str) -> Self {
        let at = |part: &str| format!("{public_url}/sso/oidc/{provider}/{part}");
        Self {
            redirect: at("callback"),
            back_channel: at("back-channel"),
            begin: at("start"),
            after_log_out: format!("{public_url}/login"),
        }
    }
}

/// Why an answer goes no further: it is not believed, or something failed here.
enum Halt {
    Refused(Refusal),
    Failed(Error),
}

impl From<Refusal> for Halt {
    fn from(why: Refusal) -> Self {
        Self::Refused(why)
    }
}

impl From<Error> for Halt {
    fn from(why: Error) -> Self {
        Self::Failed(why)
    }
}

fn refusal(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal {
        code,
        message: message.into(),
    }
}

/// What our secret at a provider is sealed for.
fn secret_of(provider: SsoProviderId) -> String {
    format!("client secret at the identity provider {provider}")
}

/// What the secret of a question is sealed for.
fn verifier_of(round: SsoRoundId) -> String {
    format!("verifier of the question {round}")
}
