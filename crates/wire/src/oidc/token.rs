//! A signed token (RFC 7515, RFC 7519): who signed it, before anything in it is believed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Map, Value};

use super::keys::shown;
use super::{Claims, Keys, Refusal};

/// The most characters of a token.
const LARGEST: usize = 128 * 1024;
/// By what a token may be signed. What is made with a shared secret (HS256 and so on) is not among them: whoever knows the secret,
/// or a public key taken for one, could sign.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// The names of those algorithms.
pub(super) fn accepted() -> Vec<String> {
    ALGORITHMS.iter().map(|one| format!("{one:?}")).collect()
}

/// A token whose signature is right.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub algorithm: Algorithm,
    /// What kind of token it says it is, in small letters and without `application/`.
    pub kind: Option<String>,
    pub claims: Claims,
}

/// Verifies the signature of a token.
///
/// # Errors
/// `malformed`, `encrypted`, `unsigned`, `weak_algorithm`, `unknown_key`, `signature`
pub(super) fn verify(token: &str, keys: &Keys) -> Result<Signed, Refusal> {
    if token.len() > LARGEST {
        return Err(Refusal::malformed("The token is too large."));
    }
    let parts: Vec<&str> = token.split('.').collect();
    match parts.len() {
        3 => {}
        5 => {
            return Err(Refusal::new(
                "encrypted",
                "The token is encrypted, which is not asked for: switch the encryption of ID tokens off at the identity provider.",
            ));
        }
        _ => return Err(Refusal::malformed("What came is no signed token.")),
    }
    let header = header(parts[0])?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let algorithm = algorithm(text("alg").unwrap_or_default())?;
    if header.contains_key("crit") {
        // RFC 7515, 4.1.11: whoever does not understand what is critical must refuse it, and nothing is understood here.
        return Err(Refusal::malformed(
            "The token depends on an extension that is not known here.",
        ));
    }
    let mut rules = Validation::new(algorithm);
    rules.algorithms = vec![algorithm];
    // What it says is weighed afterwards, each with its own sentence.
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    for key in keys.fitting(text("kid"), algorithm)? {
        let Ok(key) = DecodingKey::from_jwk(key) else {
            continue;
        };
        if let Ok(read) = decode::<Map<String, Value>>(token, &key, &rules) {
            let kind = text("typ").map(str::to_ascii_lowercase);
            return Ok(Signed {
                algorithm,
                kind: kind.map(|kind| kind.trim_start_matches("application/").to_owned()),
                claims: Claims(read.claims),
            });
        }
    }
    Err(Refusal::new(
        "signature",
        "The token is not signed by this identity provider: look whether something on the way changes it, or another answers in \
         its name.",
    ))
}

fn header(part: &str) -> Result<Map<String, Value>, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok();
    let header = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    header.ok_or_else(|| Refusal::malformed("The header of the token can't be read."))
}

fn algorithm(name: &str) -> Result<Algorithm, Refusal> {
    if name.eq_ignore_ascii_case("none") || name.is_empty() {
        return Err(Refusal::new(
            "unsigned",
            "The token is not signed: let the identity provider sign ID tokens with RS256.",
        ));
    }
    let found = ALGORITHMS.iter().find(|one| format!("{one:?}") == name);
    found.copied().ok_or_else(|| {
        Refusal::new(
            "weak_algorithm",
            format!(
                "The token is signed by \"{}\", which is not accepted: choose RS256 or ES256 for ID tokens at the identity provider.",
                shown(name)
            ),
        )
    })
}
