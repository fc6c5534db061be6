//! The keys by which a provider signs (RFC 7517), as far as they are of use here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use serde_json::Value;

use super::Refusal;

/// The fewest bits of an RSA key.
const SHORTEST: usize = 2048;
/// The most keys that are read, and characters of the document.
const MOST: usize = 100;
const LARGEST: usize = 512 * 1024;

/// What a key is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl Kind {
    fn of(key: &Jwk) -> Option<Self> {
        match &key.algorithm {
            AlgorithmParameters::RSA(_) => Some(Self::Rsa),
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Some(Self::P256),
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => Some(Self::P384),
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                Some(Self::Ed25519)
            }
            // A secret that is published is none.
            _ => None,
        }
    }

    fn suits(self, algorithm: Algorithm) -> bool {
        match algorithm {
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512 => self == Self::Rsa,
            Algorithm::ES256 => self == Self::P256,
            Algorithm::ES384 => self == Self::P384,
            Algorithm::EdDSA => self == Self::Ed25519,
            _ => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    kind: Kind,
    long_enough: bool,
    jwk: Jwk,
}

/// The keys of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// Reads a set of keys. Those that are for something else, or of a kind that is not known here, are passed over.
    ///
    /// # Errors
    /// `keys`: it is no such document, or holds no key that signs.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let wrong = |said: &str| {
            Refusal::new(
                "keys",
                format!(
                    "{said}: look whether the identity provider publishes its keys at the address of its \"jwks_uri\"."
                ),
            )
        };
        if text.len() > LARGEST {
            return Err(wrong("The document with its keys is too large"));
        }
        let document: Value = serde_json::from_str(text)
            .map_err(|_| wrong("What lies where its keys should be is not JSON"))?;
        let Some(listed) = document.get("keys").and_then(Value::as_array) else {
            return Err(wrong("What lies where its keys should be is no set of keys"));
        };
        let keys: Vec<Key> = listed.iter().take(MOST).filter_map(key).collect();
        if keys.is_empty() {
            return Err(wrong(
                "None of its keys is one for signatures by RSA, ECDSA or Ed25519",
            ));
        }
        Ok(Self(keys))
    }

    /// The keys by which a token with this header may be signed.
    ///
    /// # Errors
    /// `unknown_key`: there is none of that id, and newer keys may have one; `weak_algorithm`: it is too short, or not for that algorithm.
    pub(super) fn fitting(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Vec<&Jwk>, Refusal> {
        let named: Vec<&Key> = self
            .0
            .iter()
            .filter(|key| id.is_none() || key.jwk.common.key_id.as_deref() == id)
            .collect();
        if named.is_empty() {
            return Err(Refusal::new(
                "unknown_key",
                format!(
                    "The token is signed by the key \"{}\", which the identity provider does not publish: look whether it is \
                     the provider that was meant.",
                    shown(id.unwrap_or_default())
                ),
            ));
        }
        let suited: Vec<&Key> = named
            .into_iter()
            .filter(|key| key.kind.suits(algorithm))
            .collect();
        let declared = |key: &&Key| {
            let said = key.jwk.common.key_algorithm.map(|said| said.to_string());
            said.is_none_or(|said| said == format!("{algorithm:?}"))
        };
        let suited: Vec<&Key> = suited.into_iter().filter(declared).collect();
        if suited.is_empty() {
            return Err(Refusal::new(
                "weak_algorithm",
                format!(
                    "The token says it is signed by {algorithm:?}, and the key of the identity provider is not for that."
                ),
            ));
        }
        if suited.iter().all(|key| !key.long_enough) {
            return Err(Refusal::new(
                "weak_algorithm",
                format!(
                    "The identity provider signs with an RSA key of under {SHORTEST} bits: give it a longer one."
                ),
            ));
        }
        Ok(suited
            .iter()
            .filter(|key| key.long_enough)
            .map(|key| &key.jwk)
            .collect())
    }
}

/// What a stranger wrote, cut to what a sentence can hold.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|one| !one.is_control()).take(200).collect()
}

fn key(value: &Value) -> Option<Key> {
    let key: Jwk = serde_json::from_value(value.clone()).ok()?;
    let for_signatures = key
        .common
        .public_key_use
        .as_ref()
        .is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let verifies = key
        .common
        .key_operations
        .as_ref()
        .is_none_or(|all| all.contains(&KeyOperations::Verify));
    let kind = Kind::of(&key)?;
    (for_signatures && verifies).then(|| Key {
        kind,
        long_enough: long_enough(&key),
        jwk: key,
    })
}

fn long_enough(key: &Jwk) -> bool {
    let AlgorithmParameters::RSA(rsa) = &key.algorithm else {
        return true;
    };
    let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).unwrap_or_default();
    let first = modulus
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(modulus.len());
    let bits = modulus[first..].first().map_or(0, |top| {
        (modulus.len() - first) * 8 - top.leading_zeros() as usize
    });
    bits >= SHORTEST
}
