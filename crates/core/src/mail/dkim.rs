//! DKIM signatures (RFC 6376; Ed25519 by RFC 8463) for what leaves the house.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_auth::common::crypto::{Algorithm, DkimKey, Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;

use super::message::Outgoing;

/// What is signed: all that a reader sees or a mail program acts on. `From` twice ("oversigned"), so that no
/// one can add a second one on the way (RFC 6376 section 8.15).
const SIGNED: [&str; 11] = [
    "From",
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
];

/// Signs letters for one domain.
pub struct DkimSigner {
    signer: mail_auth::dkim::DkimSigner<DkimKey, mail_auth::dkim::Done>,
    domain: String,
    selector: String,
    record: String,
}

#[derive(Debug, thiserror::Error)]
pub enum DkimError {
    #[error(
        "The DKIM key is not a private key in PEM form. Make one with: openssl genrsa -out dkim.pem 2048"
    )]
    Pem,
    #[error("The DKIM key is neither RSA of 2048 to 8192 bits nor Ed25519, so it cannot sign mail.")]
    Key,
    #[error("{0:?} is not a DKIM selector: use letters, digits and hyphens, like \"guildhall\".")]
    Selector(String),
    #[error("{0:?} is not a domain that DKIM can sign for: use the domain of the sender's address.")]
    Domain(String),
    #[error("This letter could not be signed: {0}")]
    Sign(String),
}

impl DkimSigner {
    /// A signer with the private key in `pem` (PKCS#8 or PKCS#1), to be found by receivers at
    /// `selector._domainkey.domain`. RSA keys sign rsa-sha256, Ed25519 keys ed25519-sha256.
    pub fn new(pem: &[u8], selector: &str, domain: &str) -> Result<Self, DkimError> {
        let domain = idna::domain_to_ascii_strict(domain)
            .ok()
            .filter(|ascii| ascii.contains('.'))
            .ok_or_else(|| DkimError::Domain(domain.to_owned()))?;
        if !plausible_selector(selector) {
            return Err(DkimError::Selector(selector.to_owned()));
        }
        let (key, record) = load(pem)?;
        let signer = mail_auth::dkim::DkimSigner::from_key(key)
            .domain(domain.clone())
            .selector(selector)
            .headers(SIGNED);
        Ok(Self {
            signer,
            domain,
            selector: selector.to_owned(),
            record,
        })
    }

    /// `mail` with a `DKIM-Signature` put before its headers. The signature carries the time of signing, which
    /// receivers compare with their own clock, so it is the machine's and not the letter's.
    pub fn sign(&self, mail: &Outgoing) -> Result<Outgoing, DkimError> {
        let signature = self
            .signer
            .sign(&mail.bytes)
            .map_err(|e| DkimError::Sign(e.to_string()))?;
        let mut bytes = signature.to_header().into_bytes();
        bytes.extend_from_slice(&mail.bytes);
        Ok(Outgoing {
            bytes,
            ..mail.clone()
        })
    }

    /// The TXT record that the domain's DNS must hold: its name and its value.
    pub fn dns_record(&self) -> (String, String) {
        (
            format!("{}._domainkey.{}", self.selector, self.domain),
            self.record.clone(),
        )
    }

    /// Whether receivers will take the signature for the sender's own (DMARC's relaxed alignment, RFC 7489
    /// section 3.1.1, without a list of public suffixes: equal, or one below the other).
    pub fn covers(&self, sender_domain: &str) -> bool {
        let below = |a: &str, b: &str| a.strip_suffix(b).is_some_and(|rest| rest.ends_with('.'));
        sender_domain == self.domain
            || below(sender_domain, &self.domain)
            || below(&self.domain, sender_domain)
    }
}

impl std::fmt::Debug for DkimSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DkimSigner")
            .field("domain", &self.domain)
            .field("selector", &self.selector)
            .finish_non_exhaustive()
    }
}

fn load(pem: &[u8]) -> Result<(DkimKey, String), DkimError> {
    let der = PrivateKeyDer::from_pem_slice(pem).map_err(|_| DkimError::Pem)?;
    if let PrivateKeyDer::Pkcs8(pkcs8) = &der {
        let secret = pkcs8.secret_pkcs8_der();
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(secret) {
            let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(secret).map_err(|_| DkimError::Key)?;
            return Ok((
                key.into(),
                record(&key_type(Algorithm::Ed25519Sha256), pair.public_key().as_ref()),
            ));
        }
    }
    let pair = match &der {
        PrivateKeyDer::Pkcs1(key) => aws_lc_rs::rsa::KeyPair::from_der(key.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(key) => aws_lc_rs::rsa::KeyPair::from_pkcs8(key.secret_pkcs8_der()),
        _ => return Err(DkimError::Key),
    }
    .map_err(|_| DkimError::Key)?;
    if pair.public_modulus_len() < 256 {
        return Err(DkimError::Key);
    }
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| DkimError::Key)?;
    let key = RsaKey::<Sha256>::from_key_der(der).map_err(|_| DkimError::Key)?;
    Ok((
        key.into(),
        record(&key_type(Algorithm::RsaSha256), public.as_ref()),
    ))
}

fn key_type(algorithm: Algorithm) -> String {
    algorithm.name().split('-').next().unwrap_or_default().to_owned()
}

fn record(key_type: &str, public: &[u8]) -> String {
    format!("v=DKIM1; k={key_type}; p={}", STANDARD.encode(public))
}

fn plausible_selector(selector: &str) -> bool {
    selector.len() <= 100
        && selector.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_sign_say_why() {
        let key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for (pem, selector, domain, want) in [
            (&b"nonsense"[..], "s1", "example.com", "PEM form"),
            (&key[..], "s1", "example.com", "neither RSA"),
            (&key[..], "s 1", "example.com", "selector"),
            (&key[..], "", "example.com", "selector"),
            (&key[..], "s1", "exam ple", "domain"),
            (&key[..], "s1", "localhost", "domain"),
        ] {
            let error = DkimSigner::new(pem, selector, domain).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }
}
