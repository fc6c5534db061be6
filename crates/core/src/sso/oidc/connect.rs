//! Where an OpenID provider is: it says so itself, where its issuer is.

use guildhall_wire::oidc::{self as wire, Discovery, Keys, Refusal};

use super::{Client, ClientAuthentication as By, Connection, LARGEST, PURPOSE, secret_of};
use crate::ids::SsoProviderId;
use crate::{App, Error, Result};

/// The most characters of a client id, and of a secret.
const LONGEST: usize = 500;

/// What an admin gives.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its address, or that of its document.
    pub issuer: String,
    pub client_id: String,
    /// Absent: the secret that is there already, if it is for the same issuer and client.
    pub client_secret: Option<String>,
    /// Absent: as the provider takes it.
    pub authentication: Option<By>,
}

/// What was found where an issuer is.
#[derive(Clone, Debug)]
pub struct Found {
    pub discovery: Discovery,
    /// The document with its keys, as it came.
    pub keys: String,
}

fn said(why: &Refusal) -> Error {
    Error::invalid("issuer", why.message.clone())
}

/// Looks where the issuer is: what it says of itself, and its keys.
///
/// # Errors
/// What is wrong with the `issuer`.
pub(in crate::sso) async fn discover(app: &App, issuer: &str) -> Result<Found> {
    let issuer = wire::issuer(issuer).map_err(|why| said(&why))?;
    find_again(app, &issuer).await
}

/// [`discover`] for an issuer that is known.
pub(in crate::sso) async fn find_again(app: &App, issuer: &str) -> Result<Found> {
    let document = get(app, &wire::well_known(issuer)).await?;
    let discovery = Discovery::read(&document, issuer).map_err(|why| said(&why))?;
    let keys = get(app, &discovery.keys).await?;
    Keys::read(&keys).map_err(|why| said(&why))?;
    Ok(Found { discovery, keys })
}

async fn get(app: &App, address: &str) -> Result<String> {
    let bytes = app.providers.get(address, PURPOSE, LARGEST).await;
    let bytes = bytes.map_err(|why| {
        Error::invalid(
            "issuer",
            format!(
                "{} Check the address of the issuer, and whether this server may reach it: hosts inside your network are named by \
                 its operator, in the setting private_sites.",
                why.said
            ),
        )
    })?;
    String::from_utf8(bytes)
        .map_err(|_| Error::invalid("issuer", format!("What lies at {address} is no text.")))
}

impl Found {
    /// The connection with what was given. A secret that is `known` already is kept for the same client of the same issuer, and
    /// goes to nobody else.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub(in crate::sso) fn connection<'a>(
        &self,
        app: &App,
        id: SsoProviderId,
        given: &Given,
        mut known: impl Iterator<Item = &'a Connection>,
    ) -> Result<Connection> {
        let client = plain("client_id", &given.client_id)?;
        let same = known.find(|known| known.issuer == self.discovery.issuer && known.client_id == client);
        let secret = match given.client_secret.as_deref().map(str::trim) {
            _ if given.authentication == Some(By::None) => None,
            Some(text) if !text.is_empty() => {
                let text = plain("client_secret", text)?;
                Some((app.sealer.seal(&app.entropy, &secret_of(id), &text), app.now()))
            }
            _ => same.and_then(|before| before.client().secret),
        };
        let client = Client {
            id: client,
            authentication: self.authentication(given.authentication, secret.is_some())?,
            secret,
        };
        Ok(Connection::new(client, &self.discovery))
    }

    /// What the provider says of itself now, for the client that is known.
    pub(in crate::sso) fn again(&self, before: &Connection) -> Connection {
        Connection::new(before.client(), &self.discovery)
    }

    fn authentication(&self, wanted: Option<By>, has_secret: bool) -> Result<By> {
        let offered = &self.discovery.authentication;
        // What is not listed at all is basic (Discovery 3).
        let offers =
            |by: By| (offered.is_empty() && by == By::Basic) || offered.iter().any(|one| one == by.as_str());
        match wanted {
            Some(By::None) => Ok(By::None),
            Some(_) if !has_secret => Err(Error::invalid(
                "client_secret",
                "Give the secret of the client: it is shown at the identity provider when the client is made.",
            )),
            Some(by) if offers(by) => Ok(by),
            Some(by) => Err(Error::invalid(
                "authentication",
                format!(
                    "The identity provider does not take {}: it takes {}.",
                    by.as_str(),
                    offered.join(", ")
                ),
            )),
            None if !has_secret => Ok(By::None),
            None if offers(By::Basic) => Ok(By::Basic),
            None if offers(By::Post) => Ok(By::Post),
            None => Err(Error::invalid(
                "client_secret",
                format!(
                    "The identity provider takes no secret as client_secret_basic or client_secret_post, but {}: choose one of \
                     them there, or a public client with PKCE, and leave the secret empty.",
                    offered.join(", ")
                ),
            )),
        }
    }
}

fn plain(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        let what = if field == "client_id" {
            "client id"
        } else {
            "client secret"
        };
        return Err(Error::invalid(
            field,
            format!("Copy the {what} of the application at the identity provider."),
        ));
    }
    Ok(text.to_owned())
}
