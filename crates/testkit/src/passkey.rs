//! A passkey in software, for tests without a browser: it makes and answers what browsers do (Web Authentication Level 3,
//! ES256, attestation "none").

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Somebody was there (UP), and was verified (UV).
const THERE: u8 = 0x01 | 0x04;
/// What follows describes a new credential (AT).
const NEW: u8 = 0x40;

/// A passkey that a device keeps.
pub struct Passkey {
    origin: String,
    id: Vec<u8>,
    user: String,
    key: EcdsaKeyPair,
    count: u32,
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

fn client_data(kind: &str, options: &Value, origin: &str) -> String {
    let data =
        json!({"type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": false});
    data.to_string()
}

impl Passkey {
    /// Makes one for the site at `origin`, as it asks. Gives it with what the browser would send.
    ///
    /// # Panics
    /// When the options are not those of a site that wants a discoverable passkey.
    pub fn make(origin: &str, options: &Value) -> (Self, Value) {
        assert_eq!(
            options["authenticatorSelection"]["residentKey"], "required",
            "{options}"
        );
        assert_eq!(
            options["authenticatorSelection"]["userVerification"], "required",
            "{options}"
        );
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let id = sha256(key.public_key().as_ref())[..16].to_vec();
        let point = &key.public_key().as_ref()[1..];
        let rp = options["rp"]["id"].as_str().expect("the site has an id");
        let mut data = sha256(rp.as_bytes());
        data.push(THERE | NEW);
        data.extend([0; 4 + 16]);
        data.extend([0, 16]);
        data.extend(&id);
        // The public key as a COSE_Key (RFC 9053): EC2, ES256, P-256, x, y.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[..32]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[32..]);
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xa0, 0x68]);
        object.extend(b"authData");
        object.extend([0x58, u8::try_from(data.len()).expect("it is short")]);
        object.extend(&data);
        let made = json!({
            "id": URL_SAFE_NO_PAD.encode(&id),
            "rawId": URL_SAFE_NO_PAD.encode(&id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "attestationObject": URL_SAFE_NO_PAD.encode(&object),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data("webauthn.create", options, origin)),
                "transports": ["internal"],
            },
        });
        let passkey = Self {
            origin: origin.to_owned(),
            id,
            user: options["user"]["id"]
                .as_str()
                .expect("the user has an id")
                .to_owned(),
            key,
            count: 0,
        };
        (passkey, made)
    }

    /// Answers the question of the site.
    ///
    /// # Panics
    /// When the options are not those of a site.
    pub fn show(&mut self, options: &Value) -> Value {
        self.count += 1;
        let mut data = sha256(options["rpId"].as_str().expect("the site has an id").as_bytes());
        data.push(THERE);
        data.extend(self.count.to_be_bytes());
        let client = client_data("webauthn.get", options, &self.origin);
        let signed = [data.clone(), sha256(client.as_bytes())].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("a signature");
        json!({
            "id": URL_SAFE_NO_PAD.encode(&self.id),
            "rawId": URL_SAFE_NO_PAD.encode(&self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "authenticatorData": URL_SAFE_NO_PAD.encode(&data),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
                "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
                "userHandle": self.user,
            },
        })
    }
}
