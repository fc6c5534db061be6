use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng as _, SeedableRng as _, TryRng as _};
use uuid::Uuid;

use crate::Moment;

/// Where randomness comes from: the system's generator, or a seed in tests.
#[derive(Debug)]
pub struct Entropy(Option<Mutex<StdRng>>);

impl Entropy {
    pub const fn system() -> Self {
        Self(None)
    }

    /// The same bytes at every run: for tests and the demo only.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Some(rng) => rng
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .fill_bytes(bytes),
            None => SysRng
                .try_fill_bytes(bytes)
                .expect("the system has no randomness to give"),
        }
    }

    /// A new id (UUIDv7, RFC 9562) made at `now`.
    pub fn id(&self, now: Moment) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(now.ms().cast_unsigned(), &random).into_uuid()
    }

    /// A secret of 256 random bits as 43 characters of base64url.
    pub fn secret(&self) -> String {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// What is stored of a secret of 256 random bits: its SHA-256. (Passwords and short codes need more.)
pub fn secret_hash(secret: &str) -> String {
    hex::encode(aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA256,
        secret.as_bytes(),
    ))
}
