//! By what messages are signed: the algorithms that are accepted, and the check of a signature with the keys of a provider.

use aws_lc_rs::signature::{self as keys, UnparsedPublicKey, VerificationAlgorithm};

use super::{Refusal, Trust};

const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const PSS: &str = "http://www.w3.org/2007/05/xmldsig-more#";

/// The algorithms of that name, of which one fits the key: RSA (also PSS) and ECDSA with SHA-2. `weak`: SHA-1, and RSA keys of
/// less than 2048 bits, too.
fn of(name: &str, weak: bool) -> &'static [&'static dyn VerificationAlgorithm] {
    if name == "http://www.w3.org/2000/09/xmldsig#rsa-sha1" {
        return if weak {
            &[&keys::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY]
        } else {
            &[]
        };
    }
    if let Some(name) = name.strip_prefix(PSS) {
        return match name {
            "sha256-rsa-MGF1" => &[&keys::RSA_PSS_2048_8192_SHA256],
            "sha384-rsa-MGF1" => &[&keys::RSA_PSS_2048_8192_SHA384],
            "sha512-rsa-MGF1" => &[&keys::RSA_PSS_2048_8192_SHA512],
            _ => &[],
        };
    }
    match (name.strip_prefix(MORE).unwrap_or_default(), weak) {
        ("rsa-sha256", true) => &[&keys::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY],
        ("rsa-sha512", true) => &[&keys::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY],
        ("rsa-sha256", false) => &[&keys::RSA_PKCS1_2048_8192_SHA256],
        ("rsa-sha384", _) => &[&keys::RSA_PKCS1_2048_8192_SHA384],
        ("rsa-sha512", false) => &[&keys::RSA_PKCS1_2048_8192_SHA512],
        ("ecdsa-sha256", _) => &[&keys::ECDSA_P256_SHA256_FIXED, &keys::ECDSA_P521_SHA256_FIXED],
        ("ecdsa-sha384", _) => &[&keys::ECDSA_P384_SHA384_FIXED, &keys::ECDSA_P521_SHA384_FIXED],
        ("ecdsa-sha512", _) => &[&keys::ECDSA_P521_SHA512_FIXED],
        _ => &[],
    }
}

/// Refuses an algorithm that is not accepted.
pub(super) fn accepted(name: &str, weak: bool) -> Result<(), Refusal> {
    if !of(name, weak).is_empty() {
        return Ok(());
    }
    let message = format!(
        "The signature algorithm is \"{name}\", which is not accepted: let the identity provider sign with RSA or ECDSA and SHA-256."
    );
    Err(Refusal::new("weak_algorithm", message))
}

/// Looks whether one of the keys has signed these bytes.
///
/// # Errors
/// `weak_algorithm`, `signature`
pub(super) fn verify(name: &str, signed: &[u8], signature: &[u8], trust: &Trust) -> Result<(), Refusal> {
    accepted(name, trust.weak())?;
    let right = trust.keys().any(|key| {
        let fits = |with: &&'static dyn VerificationAlgorithm| {
            UnparsedPublicKey::new(*with, key)
                .verify(signed, signature)
                .is_ok()
        };
        of(name, trust.weak()).iter().any(fits)
    });
    if right {
        return Ok(());
    }
    Err(Refusal::new(
        "signature",
        "The signature is not one of this identity provider. If it has a new certificate, take its metadata over again.",
    ))
}
