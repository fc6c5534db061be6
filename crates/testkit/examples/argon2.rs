//! How many passwords all processors verify in a second with the settings of the product, and nothing else to do: the yardstick
//! of bench/log_in.sh.

use std::error::Error;
use std::thread;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier as _;
use argon2::password_hash::phc::PasswordHash;
use guildhall_core::Entropy;
use guildhall_core::access::PasswordHasher;
use tokio::time::Instant;

const LONG: Duration = Duration::from_secs(10);
const PASSWORD: &str = "seven bridges over cold water";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let entropy = Entropy::system();
    let stored = PasswordHasher::new(&entropy)?.hash(&entropy, PASSWORD).await?;
    let workers: Vec<_> = (0..thread::available_parallelism()?.get())
        .map(|_| {
            let stored = stored.clone();
            thread::spawn(move || a_second(&stored))
        })
        .collect();
    let mut all = 0.0;
    for worker in workers {
        all += worker.join().map_err(|_| "a thread stopped")??;
    }
    println!("{all:.1}");
    Ok(())
}

fn a_second(stored: &str) -> Result<f64, String> {
    let stored = PasswordHash::new(stored).map_err(|why| why.to_string())?;
    let from = Instant::now();
    let mut done = 0_u32;
    while from.elapsed() < LONG {
        let right = Argon2::default().verify_password(PASSWORD.as_bytes(), &stored);
        right.map_err(|why| why.to_string())?;
        done += 1;
    }
    Ok(f64::from(done) / from.elapsed().as_secs_f64())
}
