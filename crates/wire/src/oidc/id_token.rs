//! Whether an ID token is meant for here, for now, and for the question that was asked (Core 3.1.3.7). Pure.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::Algorithm;

use super::keys::shown;
use super::token::{self, Signed};
use super::{Claims, Keys, Refusal};

/// The most characters of the name of a subject (Core 2).
const SUBJECT: usize = 255;

/// What an ID token must say to be accepted.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    pub issuer: &'a str,
    /// Our id at the provider.
    pub client_id: &'a str,
    /// Of the question that is answered.
    pub nonce: &'a str,
    /// What came with the token, where its hash is in it.
    pub code: &'a str,
    pub access_token: Option<&'a str>,
    pub now: Timestamp,
    /// By how much clocks may differ.
    pub skew: SignedDuration,
}

/// Somebody was signed in.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedIn {
    /// Who, as the provider numbers people.
    pub subject: String,
    /// The session there.
    pub session: Option<String>,
    /// When they proved who they are, if that is said.
    pub authenticated: Option<Timestamp>,
    pub claims: Claims,
}

/// Accepts an ID token.
///
/// # Errors
/// What [`token::verify`] refuses; `issuer`, `audience`, `nonce`, `early`, `late`, `subject`, `hash`, `malformed`.
pub fn accept(text: &str, keys: &Keys, expect: Expect<'_>) -> Result<SignedIn, Refusal> {
    let signed = token::verify(text, keys)?;
    let claims = &signed.claims;
    if signed.kind.as_deref().is_some_and(|kind| kind != "jwt") || claims.has("events") {
        return Err(Refusal::malformed("The token is signed, and is no ID token."));
    }
    meant_for_us(claims, (expect.issuer, expect.client_id))?;
    let until = claims.time("exp")?;
    let issued = claims.time("iat")?;
    let (Some(until), Some(issued)) = (until, issued) else {
        return Err(Refusal::malformed(
            "The token does not say from when and until when it counts.",
        ));
    };
    let clocks = (expect.now, expect.skew);
    not_early(issued, clocks)?;
    if let Some(from) = claims.time("nbf")? {
        not_early(from, clocks)?;
    }
    not_late(until, clocks)?;
    if claims.text("nonce") != Some(expect.nonce) {
        return Err(Refusal::new(
            "nonce",
            "The token answers another question than the one of this browser: begin again at the log-in page. If that does not \
             help, the identity provider leaves out or changes the \"nonce\".",
        ));
    }
    hashes(&signed, expect)?;
    let subject = claims.text("sub").unwrap_or_default();
    if subject.is_empty() || subject.chars().count() > SUBJECT {
        return Err(Refusal::new(
            "subject",
            "The token does not say who signed in: let the identity provider send a \"sub\" of at most 255 characters.",
        ));
    }
    Ok(SignedIn {
        subject: subject.to_owned(),
        session: claims.text("sid").map(str::to_owned),
        authenticated: claims.time("auth_time")?,
        claims: signed.claims.clone(),
    })
}

/// Who says it, and to whom.
pub(super) fn meant_for_us(claims: &Claims, (issuer, client): (&str, &str)) -> Result<(), Refusal> {
    let said = claims.text("iss").unwrap_or_default();
    if said != issuer {
        return Err(Refusal::new(
            "issuer",
            format!(
                "The token is from \"{}\", and this identity provider is \"{issuer}\": correct the address of the issuer here.",
                shown(said)
            ),
        ));
    }
    let audiences = claims.texts("aud");
    let party = claims.text("azp");
    if !audiences.contains(&client) {
        return Err(Refusal::new(
            "audience",
            format!(
                "The token is for \"{}\", and our client id is \"{client}\": copy the client id of the application at the identity \
                 provider.",
                shown(&audiences.join(", "))
            ),
        ));
    }
    // Core 3.1.3.7, 4 and 5: where it is for others, too, it says for whom it was made.
    if party.is_some_and(|party| party != client) || (audiences.len() > 1 && party.is_none()) {
        return Err(Refusal::new(
            "audience",
            format!(
                "The token was made for \"{}\" and may be shown to us as well, which is not enough: let the identity provider \
                 make it for our client id \"{client}\" alone.",
                shown(party.unwrap_or("several"))
            ),
        ));
    }
    Ok(())
}

pub(super) fn not_early(from: Timestamp, (now, skew): (Timestamp, SignedDuration)) -> Result<(), Refusal> {
    if now + skew >= from {
        return Ok(());
    }
    Err(Refusal::new(
        "early",
        format!("The token counts from {from} on, and it is {now} here: one of the two clocks is wrong."),
    ))
}

pub(super) fn not_late(until: Timestamp, (now, skew): (Timestamp, SignedDuration)) -> Result<(), Refusal> {
    if now - skew < until {
        return Ok(());
    }
    Err(Refusal::new(
        "late",
        format!(
            "The token counted until {until}, and it is {now} here: log in again. If that does not help, one of the two clocks \
             is wrong."
        ),
    ))
}

/// Where it holds hashes of what came with it, they are right (Core 3.1.3.6, 3.3.2.11).
fn hashes(signed: &Signed, expect: Expect<'_>) -> Result<(), Refusal> {
    for (name, value) in [("at_hash", expect.access_token), ("c_hash", Some(expect.code))] {
        let Some(said) = signed.claims.text(name) else {
            continue;
        };
        if value.map(|value| half(signed.algorithm, value)).as_deref() != Some(said) {
            return Err(Refusal::new(
                "hash",
                format!(
                    "The token belongs to other answers of the identity provider (\"{name}\"): begin again at the log-in page."
                ),
            ));
        }
    }
    Ok(())
}

fn half(algorithm: Algorithm, value: &str) -> String {
    let with = match algorithm {
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => &digest::SHA384,
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::EdDSA => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let whole = digest::digest(with, value.as_bytes());
    URL_SAFE_NO_PAD.encode(&whole.as_ref()[..whole.as_ref().len() / 2])
}
