use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng as _, SeedableRng as _, TryRng as _};
use uuid::Uuid;

use crate::Moment;

/// Where randomness comes from: the system's generator, or a seed in tests.
#[derive(Debug)]
pub struct Entropy {
    rng: Option<Mutex<StdRng>>,
    /// The millisecond of the newest id, and its counter.
    newest: Mutex<(i64, u16)>,
}

/// Counters have 12 bits and begin in their lower half.
const COUNTERS: u16 = 1 << 12;

impl Entropy {
    pub const fn system() -> Self {
        Self {
            rng: None,
            newest: Mutex::new((0, 0)),
        }
    }

    /// The same bytes at every run: for tests and the demo only.
    pub fn seeded(seed: u64) -> Self {
        Self {
            rng: Some(Mutex::new(StdRng::seed_from_u64(seed))),
            ..Self::system()
        }
    }

    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.rng {
            Some(rng) => rng
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .fill_bytes(bytes),
            None => SysRng
                .try_fill_bytes(bytes)
                .expect("the system has no randomness to give"),
        }
    }

    /// A new id (UUIDv7, RFC 9562) made at `now`. Ids of the same millisecond count up (section 6.2, method 1), so
    /// that what one transaction writes sorts in the order it was written.
    pub fn id(&self, now: Moment) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        let start = u16::from_be_bytes([random[0], random[1]]) % (COUNTERS / 2);
        let (ms, counter) = {
            let mut newest = self
                .newest
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            *newest = match *newest {
                (ms, counter) if ms == now.ms() && counter + 1 < COUNTERS => (ms, counter + 1),
                _ => (now.ms(), start),
            };
            *newest
        };
        [random[0], random[1]] = counter.to_be_bytes();
        let now = Moment::from_ms(ms);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_moment_count_up() {
        let (entropy, now) = (Entropy::seeded(4), Moment::from_ms(1_780_000_000_000));
        let ids: Vec<Uuid> = (0..1000).map(|_| entropy.id(now)).collect();
        assert!(ids.is_sorted());
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(entropy.id(Moment::from_ms(now.ms() + 1)) > ids[999]);
        assert_eq!(ids[0].get_version_num(), 7);
    }
}
