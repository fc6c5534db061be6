use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Entropy;

/// Encrypts what must be stored and read again (AES-256-GCM, NIST SP 800-38D), with the key of the installation.
pub struct Sealer {
    key: LessSafeKey,
    digest: hmac::Key,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    pub fn new(key: &[u8; 32]) -> Self {
        let unbound = UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes");
        let digest = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"digests");
        Self {
            key: LessSafeKey::new(unbound),
            digest: hmac::Key::new(hmac::HMAC_SHA256, digest.as_ref()),
        }
    }

    /// The text, readable only by [`Sealer::open`] with the same key and `context`, such as the row it belongs to.
    pub fn seal(&self, entropy: &Entropy, context: &str, text: &str) -> String {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut bytes = text.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                &mut bytes,
            )
            .expect("a short text can be sealed");
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), &bytes].concat())
    }

    /// What was sealed; nothing when the key or the context is another, or the text was changed.
    pub fn open(&self, context: &str, sealed: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let text = self
            .key
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut sealed)
            .ok()?;
        String::from_utf8(text.to_vec()).ok()
    }

    /// A digest that only this installation can make (HMAC-SHA-256, RFC 2104), in hexadecimal.
    pub fn digest(&self, text: &str) -> String {
        hex::encode(hmac::sign(&self.digest, text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_place_open_it() {
        let entropy = Entropy::seeded(5);
        let sealer = Sealer::new(&[1; 32]);
        let sealed = sealer.seal(&entropy, "row 1", "the secret");
        assert_eq!(sealer.open("row 1", &sealed).as_deref(), Some("the secret"));
        assert_ne!(sealer.seal(&entropy, "row 1", "the secret"), sealed);
        let mut changed = sealed.clone().into_bytes();
        changed[20] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        for (key, context, text) in [
            (2, "row 1", sealed.as_str()),
            (1, "row 2", &sealed),
            (1, "row 1", &changed),
            (1, "row 1", ""),
            (1, "row 1", "é"),
        ] {
            assert_eq!(
                Sealer::new(&[key; 32]).open(context, text),
                None,
                "{key} {context}"
            );
        }
        assert_ne!(sealer.digest("a"), Sealer::new(&[2; 32]).digest("a"));
    }
}
