use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::oneshot;

use crate::{Entropy, Error, Result};

/// Memory of one hash in KiB, passes and lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// The most passwords that are hashed at once, however many processors there are: each takes memory.
const MOST_AT_ONCE: usize = 8;
/// How many may wait or be hashed; more are refused.
const IN_LINE: usize = 64;
/// How far the threads that hash stand back for those that serve (`nice`): people who are in already go on reading while
/// everybody logs in on a Monday morning.
const NICE: i32 = 15;

type Job = Box<dyn FnOnce() + Send>;

/// Hashes and verifies passwords with Argon2id (RFC 9106), one on each processor at once, on threads that stand back for those
/// that serve.
#[derive(Clone)]
pub struct PasswordHasher {
    jobs: Sender<Job>,
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
    /// Starts the threads, which end with the last clone of this.
    pub fn new(entropy: &Entropy) -> Result<Self> {
        let (jobs, waiting) = channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        let processors = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..processors.min(MOST_AT_ONCE) {
            let waiting = Arc::clone(&waiting);
            let thread = thread::Builder::new().name("passwords".into());
            thread.spawn(move || hash_all(&waiting)).map_err(stopped)?;
        }
        Ok(Self {
            jobs,
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
        let (done, comes) = oneshot::channel();
        let job = move || {
            // Whoever asked may have gone away.
            if !done.is_closed() {
                let worked = work();
                drop(place);
                let _ = done.send(worked);
            }
        };
        self.jobs.send(Box::new(job)).map_err(stopped)?;
        comes.await.map_err(stopped)?
    }
}

/// A thread's work, until nobody can ask any more.
fn hash_all(waiting: &Mutex<Receiver<Job>>) {
    // Linux keeps the priority by thread. Without it passwords are hashed all the same.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Whoever waits for it is told; the thread goes on with the next.
        let _ = panic::catch_unwind(AssertUnwindSafe(job));
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
