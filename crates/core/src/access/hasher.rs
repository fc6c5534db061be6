use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::{Entropy, Error, Result};

/// Memory of one hash in KiB, passes and lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// How many passwords are hashed at once: each takes memory and a processor.
const AT_ONCE: usize = 2;
/// How many may wait or be hashed; more are refused.
const IN_LINE: usize = 64;

/// Hashes and verifies passwords with Argon2id (RFC 9106), few at once, off the threads that serve.
#[derive(Clone)]
pub struct PasswordHasher {
    permits: Arc<Semaphore>,
    in_line: Arc<AtomicUsize>,
    /// Verified against when there is no account, so that the time taken tells nothing.
    dummy: Arc<str>,
}

struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl PasswordHasher {
    pub fn new(entropy: &Entropy) -> Result<Self> {
        Ok(Self {
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            in_line: Arc::default(),
            dummy: hash(&entropy.secret(), salt(entropy))?.into(),
        })
    }

    /// The hash to store, a PHC string with its salt and cost.
    pub async fn hash(&self, entropy: &Entropy, password: &str) -> Result<String> {
        let (password, salt) = (password.to_owned(), salt(entropy));
        self.run(move || hash(&password, salt)).await
    }

    /// Whether the password is the stored one; without a stored one it takes as long and says no.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool> {
        let known = stored.is_some();
        let (password, stored) = (password.to_owned(), stored.unwrap_or(&self.dummy).to_owned());
        let right = self.run(move || verify(&password, &stored)).await?;
        Ok(right && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let place = Place(Arc::clone(&self.in_line));
        if place.0.fetch_add(1, Ordering::AcqRel) >= IN_LINE {
            return Err(Error::Refused {
                code: "busy",
                message: "Many people are logging in right now: try again in a few seconds.".into(),
            });
        }
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(stopped)?;
        let done = tokio::task::spawn_blocking(move || {
            let _held = (permit, place);
            work()
        });
        done.await.map_err(stopped)?
    }
}

fn stopped(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("Hashing a password was stopped: {error}"))
}

fn salt(entropy: &Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

fn argon() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(stopped)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str, salt: [u8; 16]) -> Result<String> {
    let hashed: PasswordHash = argon()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(stopped)?;
    Ok(hashed.to_string())
}

fn verify(password: &str, stored: &str) -> Result<bool> {
    let stored = PasswordHash::new(stored).map_err(stopped)?;
    Ok(argon()?.verify_password(password.as_bytes(), &stored).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let entropy = Entropy::seeded(3);
        let hasher = PasswordHasher::new(&entropy).unwrap();
        let stored = hasher.hash(&entropy, "correct lantern mussel").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(
            hasher
                .verify("correct lantern mussel", Some(&stored))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("correct lantern mussels", Some(&stored))
                .await
                .unwrap()
        );
        assert!(!hasher.verify("correct lantern mussel", None).await.unwrap());
        assert_ne!(
            hasher.hash(&entropy, "correct lantern mussel").await.unwrap(),
            stored
        );
    }

    #[tokio::test]
    async fn a_full_line_is_refused_and_empties() {
        let entropy = Entropy::seeded(3);
        let hasher = PasswordHasher::new(&entropy).unwrap();
        hasher.in_line.store(IN_LINE, Ordering::Release);
        let refused = hasher.verify("x", None).await.unwrap_err();
        assert_eq!(refused.code(), "busy");
        assert_eq!(hasher.in_line.load(Ordering::Acquire), IN_LINE);
        hasher.in_line.store(0, Ordering::Release);
        assert!(!hasher.verify("x", None).await.unwrap());
        assert_eq!(hasher.in_line.load(Ordering::Acquire), 0);
    }
}
