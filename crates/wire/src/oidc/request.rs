//! What is asked of a provider: addresses to which the browser is sent.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::Refusal;

/// What of somebody is asked for.
pub const SCOPE: &str = "openid email profile";

/// A question who somebody is (Core 3.1.2.1).
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Where the provider is asked.
    pub at: &'a str,
    pub client_id: &'a str,
    pub redirect: &'a str,
    pub state: &'a str,
    pub nonce: &'a str,
    /// What is shown when the code is used (PKCE, RFC 7636).
    pub verifier: &'a str,
    /// The address that was typed.
    pub hint: Option<&'a str>,
    /// They are to prove who they are once more, at most so many seconds before.
    pub fresh: Option<i64>,
}

/// What is shown of the secret with which a code is used (RFC 7636, 4.2).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

fn parsed(address: &str) -> Result<Url, Refusal> {
    Url::parse(address).map_err(|_| Refusal::malformed("The address of the identity provider is none."))
}

impl Request<'_> {
    /// The address to which the browser is sent.
    pub fn address(&self) -> Result<String, Refusal> {
        let mut url = parsed(self.at)?;
        let challenge = challenge(self.verifier);
        let seconds = self.fresh.map(|seconds| seconds.to_string());
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("response_mode", "query")
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", self.redirect)
            .append_pair("scope", SCOPE)
            .append_pair("state", self.state)
            .append_pair("nonce", self.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if let Some(hint) = self.hint {
            url.query_pairs_mut().append_pair("login_hint", hint);
        }
        if let Some(seconds) = &seconds {
            url.query_pairs_mut()
                .append_pair("prompt", "login")
                .append_pair("max_age", seconds);
        }
        Ok(url.into())
    }
}

/// The address at which somebody leaves there, too (OpenID Connect RP-Initiated Logout 1.0, section 2).
pub fn leave(at: &str, client_id: &str, id_token: Option<&str>, back: &str) -> Result<String, Refusal> {
    let mut url = parsed(at)?;
    url.query_pairs_mut()
        .append_pair("client_id", client_id)
        .append_pair("post_logout_redirect_uri", back);
    if let Some(token) = id_token {
        url.query_pairs_mut().append_pair("id_token_hint", token);
    }
    Ok(url.into())
}
