//! What a provider publishes of itself (Discovery 3 and 4).

use serde::Deserialize;
use url::Url;

use super::keys::shown;
use super::{Refusal, token};

const SUFFIX: &str = "/.well-known/openid-configuration";
/// The most characters of the address of an issuer.
const LONGEST: usize = 500;

/// Where a provider is, and what it can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    pub issuer: String,
    pub authorization: String,
    pub token: String,
    pub user_info: Option<String>,
    pub keys: String,
    /// Where people are sent to leave there, too.
    pub end_session: Option<String>,
    /// By what a client may show who it is; empty: it does not say.
    pub authentication: Vec<String>,
    /// It says in each answer who it is (RFC 9207).
    pub names_issuer: bool,
    /// It tells us when somebody leaves there.
    pub tells_who_left: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: Option<String>,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    jwks_uri: Option<String>,
    end_session_endpoint: Option<String>,
    response_types_supported: Option<Vec<String>>,
    grant_types_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    backchannel_logout_supported: bool,
}

/// The address of an issuer as an admin gives it; that of its document does, too.
///
/// # Errors
/// `issuer`: it can't be one.
pub fn issuer(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let text = text.strip_suffix(SUFFIX).unwrap_or(text);
    let wrong = || {
        Refusal::new(
            "issuer",
            "Copy the whole address of the issuer, which begins with https://, such as https://login.example.com/realms/staff.",
        )
    };
    if ["{", "}", "<", ">"].iter().any(|open| text.contains(open)) {
        return Err(Refusal::new(
            "issuer",
            "Put the name of your own tenant, domain or realm in the place that is marked.",
        ));
    }
    let url = Url::parse(text).map_err(|_| wrong())?;
    let plain = url.scheme() == "https"
        && url.host().is_some()
        && url.username().is_empty()
        && url.query().is_none()
        && url.fragment().is_none();
    if !plain || text.len() > LONGEST {
        return Err(wrong());
    }
    Ok(text.to_owned())
}

/// Where the document of an issuer lies.
pub fn well_known(issuer: &str) -> String {
    format!("{}{SUFFIX}", issuer.trim_end_matches('/'))
}

impl Discovery {
    /// Reads the document of an issuer.
    ///
    /// # Errors
    /// `discovery`: it is none; `issuer_differs`; `no_code_flow`, `no_pkce`, `weak_algorithm` for a provider that can't do what is needed.
    pub fn read(text: &str, issuer: &str) -> Result<Self, Refusal> {
        let said: Document = serde_json::from_str(text).map_err(|_| {
            Refusal::new(
                "discovery",
                "What lies there is no document of an OpenID provider: check the address of the issuer.",
            )
        })?;
        let named = said.issuer.clone().unwrap_or_default();
        // With and without a slash at the end are two issuers; which of them it is, it knows itself.
        if named.trim_end_matches('/') != issuer.trim_end_matches('/') || named.is_empty() {
            let mut sentence = format!(
                "The document there is of the issuer \"{}\", and \"{issuer}\" was given: give the address of that issuer.",
                shown(&named)
            );
            if named.contains("{tenantid}") {
                sentence.push_str(" In Entra ID that takes the id of your own tenant in place of \"common\" or \"organizations\".");
            }
            return Err(Refusal::new("issuer_differs", sentence));
        }
        said.can_what_is_needed()?;
        let at = |name: &str, value: Option<&String>| address(name, value.map(String::as_str));
        Ok(Self {
            authorization: at("authorization_endpoint", said.authorization_endpoint.as_ref())?,
            token: at("token_endpoint", said.token_endpoint.as_ref())?,
            keys: at("jwks_uri", said.jwks_uri.as_ref())?,
            user_info: said
                .userinfo_endpoint
                .as_ref()
                .map(|url| at("userinfo_endpoint", Some(url)))
                .transpose()?,
            end_session: said
                .end_session_endpoint
                .as_ref()
                .map(|url| at("end_session_endpoint", Some(url)))
                .transpose()?,
            authentication: said.token_endpoint_auth_methods_supported.unwrap_or_default(),
            names_issuer: said.authorization_response_iss_parameter_supported,
            tells_who_left: said.backchannel_logout_supported,
            issuer: named,
        })
    }
}

impl Document {
    fn can_what_is_needed(&self) -> Result<(), Refusal> {
        let lists = |all: &Option<Vec<String>>, one: &str| {
            // What is not listed is left to the provider: Entra ID knows S256 and does not say so.
            all.as_ref().is_none_or(|all| all.iter().any(|said| said == one))
        };
        if !lists(&self.response_types_supported, "code")
            || !lists(&self.grant_types_supported, "authorization_code")
        {
            return Err(Refusal::new(
                "no_code_flow",
                "This provider does not offer the authorization code flow, which is the only one used here: switch it on there.",
            ));
        }
        if !lists(&self.code_challenge_methods_supported, "S256") {
            return Err(Refusal::new(
                "no_pkce",
                "This provider does not offer PKCE with S256, without which a stolen code could be used: switch it on there.",
            ));
        }
        let signs = self
            .id_token_signing_alg_values_supported
            .as_ref()
            .is_none_or(|all| token::accepted().iter().any(|one| all.contains(one)));
        if !signs {
            return Err(Refusal::new(
                "weak_algorithm",
                "This provider signs ID tokens by none of RS256, PS256, ES256 and EdDSA: choose one of them there.",
            ));
        }
        Ok(())
    }
}

fn address(name: &str, value: Option<&str>) -> Result<String, Refusal> {
    let url = value.and_then(|value| Url::parse(value).ok());
    let fits = |url: &Url| {
        url.scheme() == "https"
            && url.host().is_some()
            && url.username().is_empty()
            && url.fragment().is_none()
    };
    match url.filter(fits) {
        Some(url) => Ok(url.into()),
        None => Err(Refusal::new(
            "discovery",
            format!(
                "The document of the provider names no address by HTTPS as its \"{name}\": set its public address there."
            ),
        )),
    }
}
