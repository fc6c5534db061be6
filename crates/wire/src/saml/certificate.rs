//! Certificates that sign: whose, and until when.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use x509_cert::Certificate as X509;
use x509_cert::der::Decode as _;

use super::Refusal;

/// A certificate of an identity provider. Only its key counts; its dates are told to admins, for providers go on signing
/// with certificates that have run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub der: Vec<u8>,
    pub subject: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// SHA-256 of it, in hexadecimal.
    pub fingerprint: String,
}

impl Certificate {
    /// Reads X.509 in DER, PEM, or base64 as metadata has it.
    ///
    /// # Errors
    /// `certificate`
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let wrong = |why: String| {
            Refusal::new(
                "certificate",
                format!("That is no certificate that can be read: {why}."),
            )
        };
        let der = match std::str::from_utf8(bytes) {
            Ok(text) => base64(text).map_err(wrong)?,
            Err(_) => bytes.to_vec(),
        };
        let parsed = X509::from_der(&der).map_err(|why| wrong(why.to_string()))?;
        let validity = parsed.tbs_certificate.validity;
        let at = |time: x509_cert::time::Time| {
            let seconds = time.to_unix_duration().as_secs();
            Timestamp::from_second(i64::try_from(seconds).unwrap_or(i64::MAX))
                .map_err(|_| wrong("its dates are out of range".into()))
        };
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &der);
        let hex = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
        Ok(Self {
            subject: parsed.tbs_certificate.subject.to_string(),
            not_before: at(validity.not_before)?,
            not_after: at(validity.not_after)?,
            fingerprint: hex.collect(),
            der,
        })
    }
}

/// The bytes of a text that is PEM or plain base64.
fn base64(text: &str) -> Result<Vec<u8>, String> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----"));
    let plain: String = lines.flat_map(str::split_whitespace).collect();
    STANDARD.decode(plain).map_err(|why| why.to_string())
}
