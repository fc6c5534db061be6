//! What a provider says of somebody who left there (Back-Channel 2.4, 2.6). Pure.

use jiff::{SignedDuration, Timestamp};

use super::id_token::{meant_for_us, not_early, not_late};
use super::{Keys, Refusal, token};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How long one counts that does not say so itself; and the longest, as its id is to be remembered as long.
const DEFAULT: SignedDuration = SignedDuration::from_mins(10);
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Somebody left there: all their sessions, or one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub subject: Option<String>,
    pub session: Option<String>,
    /// It works once: its id is to be remembered until then.
    pub id: String,
    pub remember_until: Timestamp,
}

/// Reads a logout token.
///
/// # Errors
/// As for ID tokens; `malformed` for what is no logout token.
pub fn left(
    text: &str,
    keys: &Keys,
    (issuer, client): (&str, &str),
    (now, skew): (Timestamp, SignedDuration),
) -> Result<Left, Refusal> {
    let signed = token::verify(text, keys)?;
    let claims = &signed.claims;
    if signed
        .kind
        .as_deref()
        .is_some_and(|kind| !["jwt", "logout+jwt"].contains(&kind))
    {
        return Err(Refusal::malformed("The token is signed, and is no logout token."));
    }
    meant_for_us(claims, (issuer, client))?;
    let issued = claims
        .time("iat")?
        .ok_or_else(|| Refusal::malformed("The logout token does not say when it was made."))?;
    not_early(issued, (now, skew))?;
    let until = claims.time("exp")?.unwrap_or(issued + DEFAULT);
    not_late(until, (now, skew))?;
    if until > now + LONGEST {
        return Err(Refusal::malformed(
            "The logout token counts for more than a day, which is too long.",
        ));
    }
    let event = claims.0.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(serde_json::Value::is_object) {
        return Err(Refusal::malformed(
            "The logout token does not say that somebody left.",
        ));
    }
    // An ID token must not be taken for one.
    if claims.has("nonce") {
        return Err(Refusal::malformed("A logout token has no \"nonce\"."));
    }
    let id = claims.text("jti").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Refusal::malformed("The logout token has no id (\"jti\")."))?;
    let (subject, session) = (claims.text("sub"), claims.text("sid"));
    if subject.is_none() && session.is_none() {
        return Err(Refusal::malformed(
            "The logout token says neither who left nor which session ended.",
        ));
    }
    Ok(Left {
        subject: subject.map(str::to_owned),
        session: session.map(str::to_owned),
        id: id.to_owned(),
        remember_until: until + skew,
    })
}
