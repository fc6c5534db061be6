//! Where an identity provider is: taken from its metadata, or said by hand.

use guildhall_wire::saml::{Certificate, Refusal, Trust, metadata};

use super::{Binding, Connection};
use crate::{App, Error, Moment, Result};

/// The most bytes of metadata that are fetched.
const LARGEST: usize = 4 * 1024 * 1024;

/// What an admin gives.
#[derive(Clone, Debug)]
pub enum Given {
    /// The metadata themselves. The entity id chooses one of several providers in them.
    Metadata { xml: String, entity_id: Option<String> },
    /// Where the metadata lie: they are kept fresh.
    Address { url: String, entity_id: Option<String> },
    ByHand {
        entity_id: String,
        sign_on_url: String,
        sign_on_binding: Binding,
        log_out_url: Option<String>,
        /// X.509 in PEM or base64; several one after the other.
        certificates: String,
    },
}

pub(super) fn refused(field: &str, why: &Refusal) -> Error {
    Error::invalid(field, why.to_string())
}

/// The connection that was given, and the address of its metadata, if that was. `weak`: its keys may be short for now.
pub(super) async fn connection(app: &App, given: &Given, weak: bool) -> Result<(Connection, Option<String>)> {
    let (connection, url) = match given {
        Given::Metadata { xml, entity_id } => {
            let connection = of_metadata("metadata", xml, entity_id.as_deref(), app.now())?;
            (connection, None)
        }
        Given::Address { url, entity_id } => {
            let url = url.trim();
            let xml = fetch(app, url).await?;
            let connection = of_metadata("metadata_url", &xml, entity_id.as_deref(), app.now())?;
            (connection, Some(url.to_owned()))
        }
        Given::ByHand {
            entity_id,
            sign_on_url,
            sign_on_binding,
            log_out_url,
            certificates,
        } => {
            let entity_id = entity_id.trim().to_owned();
            if entity_id.is_empty() || entity_id.len() > 1024 {
                return Err(Error::invalid(
                    "entity_id",
                    "Copy the entity id (issuer) of the identity provider.",
                ));
            }
            let log_out_url = log_out_url
                .as_deref()
                .map(str::trim)
                .filter(|url| !url.is_empty());
            let connection = Connection {
                entity_id,
                sign_on_url: web("sign_on_url", sign_on_url)?,
                sign_on_binding: *sign_on_binding,
                log_out_url: log_out_url.map(|url| web("log_out_url", url)).transpose()?,
                log_out_binding: Binding::Redirect,
                log_out_answer_url: None,
                certificates: several(certificates)?,
            };
            (connection, None)
        }
    };
    let keys = connection
        .certificates
        .iter()
        .map(|one| one.der.clone())
        .collect();
    Trust::new(keys, weak).map_err(|why| refused("certificates", &why))?;
    Ok((connection, url))
}

/// The metadata that lie there.
pub(super) async fn fetch(app: &App, url: &str) -> Result<String> {
    let bytes = app
        .providers
        .get(url, "metadata of a workplace's identity provider", LARGEST)
        .await;
    let bytes = bytes.map_err(|why| Error::invalid("metadata_url", why.said))?;
    String::from_utf8(bytes)
        .map_err(|_| Error::invalid("metadata_url", "What lies there is no text, and so no metadata."))
}

/// What metadata say that are still valid `now` (saml-metadata-2.0-os, section 2.3.2).
pub(super) fn of_metadata(
    field: &str,
    xml: &str,
    entity_id: Option<&str>,
    now: Moment,
) -> Result<Connection> {
    let entity_id = entity_id.map(str::trim).filter(|id| !id.is_empty());
    let said = metadata::read(xml, entity_id).map_err(|why| refused(field, &why))?;
    if let Some(until) = said.valid_until.filter(|until| *until <= now.timestamp()) {
        return Err(Error::invalid(
            field,
            format!(
                "These metadata were valid until {} only: get newer ones from the identity provider.",
                until.strftime("%Y-%m-%d %H:%M UTC")
            ),
        ));
    }
    let by_redirect = said.sign_on_by(metadata::REDIRECT);
    let (sign_on_url, sign_on_binding) = match (by_redirect, said.sign_on_by(metadata::POST)) {
        (Some(url), _) => (url.to_owned(), Binding::Redirect),
        (None, Some(url)) => (url.to_owned(), Binding::Post),
        (None, None) => {
            return Err(Error::invalid(
                field,
                "The metadata name no address to log in at.",
            ));
        }
    };
    let leave_by = |binding: Binding| {
        let found = said
            .log_out
            .iter()
            .find(|endpoint| endpoint.binding == binding.uri());
        found.map(|endpoint| (endpoint, binding))
    };
    let log_out = leave_by(Binding::Redirect).or_else(|| leave_by(Binding::Post));
    Ok(Connection {
        entity_id: said.entity_id.clone(),
        sign_on_url,
        sign_on_binding,
        log_out_url: log_out.map(|(endpoint, _)| endpoint.location.clone()),
        log_out_binding: log_out.map_or(Binding::Redirect, |(_, binding)| binding),
        log_out_answer_url: log_out.and_then(|(endpoint, _)| endpoint.response_location.clone()),
        certificates: said.certificates,
    })
}

fn web(field: &str, text: &str) -> Result<String> {
    let wrong = || Error::invalid(field, "Copy the whole address, which begins with https://.");
    let url = url::Url::parse(text.trim()).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() || !url.username().is_empty() {
        return Err(wrong());
    }
    Ok(url.into())
}

/// The certificates of a text, one after the other.
fn several(text: &str) -> Result<Vec<Certificate>> {
    const END: &str = "-----END CERTIFICATE-----";
    let mut found: Vec<Certificate> = Vec::new();
    for part in text.split(END).filter(|part| !part.trim().is_empty()) {
        let read = Certificate::read(part.as_bytes()).map_err(|why| refused("certificates", &why))?;
        if !found.contains(&read) {
            found.push(read);
        }
    }
    if found.is_empty() {
        return Err(Error::invalid(
            "certificates",
            "Paste the certificate by which the identity provider signs.",
        ));
    }
    Ok(found)
}
