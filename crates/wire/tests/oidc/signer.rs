//! A provider's key, made for a test, that really signs: with aws-lc itself, and not by the library that reads.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self as kinds, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ecdsa(EcdsaKeyPair, &'static str),
    Ed25519(Ed25519KeyPair),
}

pub struct Signer {
    pub id: String,
    pair: Pair,
}

pub fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    pub fn rsa(id: &str) -> Self {
        Self::of(
            id,
            Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())),
        )
    }

    pub fn p256(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&kinds::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self::of(id, Pair::Ecdsa(pair, "P-256"))
    }

    pub fn p384(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&kinds::ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        Self::of(id, Pair::Ecdsa(pair, "P-384"))
    }

    pub fn ed25519(id: &str) -> Self {
        Self::of(id, Pair::Ed25519(Ed25519KeyPair::generate().unwrap()))
    }

    fn of(id: &str, pair: Pair) -> Self {
        Self { id: id.into(), pair }
    }

    /// Modulus and exponent of an RSA key of 2048 bits, out of its DER (RFC 8017, A.1.1).
    pub fn modulus(&self) -> Vec<u8> {
        let Pair::Rsa(pair) = &self.pair else {
            panic!("no RSA key")
        };
        pair.public_key().as_ref()[9..265].to_vec()
    }

    /// As it is published.
    pub fn jwk(&self) -> Value {
        let mut key = match &self.pair {
            Pair::Rsa(_) => json!({"kty": "RSA", "n": encoded(self.modulus()), "e": "AQAB"}),
            Pair::Ecdsa(pair, curve) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                json!({"kty": "EC", "crv": curve, "x": encoded(x), "y": encoded(y)})
            }
            Pair::Ed25519(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key())}),
        };
        key["kid"] = json!(self.id);
        key["use"] = json!("sig");
        key
    }

    fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let with: &dyn kinds::RsaEncoding = match algorithm {
                    "RS384" => &kinds::RSA_PKCS1_SHA384,
                    "RS512" => &kinds::RSA_PKCS1_SHA512,
                    "PS256" => &kinds::RSA_PSS_SHA256,
                    "PS384" => &kinds::RSA_PSS_SHA384,
                    "PS512" => &kinds::RSA_PSS_SHA512,
                    _ => &kinds::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(with, &random, message, &mut signature).unwrap();
                signature
            }
            Pair::Ecdsa(pair, _) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// A token with this header, to which the id of the key is added if it says nothing of one.
    pub fn signed(&self, mut header: Value, claims: &Value) -> String {
        if header.get("kid").is_none() {
            header["kid"] = json!(self.id);
        }
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let algorithm = header["alg"].as_str().unwrap_or_default();
        format!("{message}.{}", encoded(self.sign(algorithm, message.as_bytes())))
    }

    pub fn token(&self, algorithm: &str, claims: &Value) -> String {
        self.signed(json!({"alg": algorithm, "typ": "JWT"}), claims)
    }
}

/// The document with these keys.
pub fn published(keys: &[&Signer]) -> String {
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
    json!({ "keys": keys }).to_string()
}
