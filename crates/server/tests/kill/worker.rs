//! Who is killed: this very program, told to run only the worker below.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use guildhall_core::{App, Clock, Entropy, Moment, SystemClock, imports};
use guildhall_store::Db;

use crate::letters;

/// A clock that runs ahead, so that nobody waits until the lease of the one who was killed is over.
struct Ahead(i64);

impl Clock for Ahead {
    fn now(&self) -> Moment {
        SystemClock.now().plus_seconds(self.0)
    }
}

const DATABASE: &str = "GUILDHALL_TEST_DATABASE";
const AHEAD: &str = "GUILDHALL_TEST_AHEAD";
const WORK: &str = "GUILDHALL_TEST_WORK";
/// Longer than any lease.
const STEP: u32 = 20 * 60;

/// The database, with a clock so many seconds ahead.
pub async fn open(database: &str, ahead: i64) -> App {
    let db = if database.starts_with("postgres") {
        Db::open_pg(database).await
    } else {
        Db::open_lite(database.as_ref()).await
    };
    let app = App::start_with(db.unwrap(), Arc::new(Ahead(ahead)), Arc::new(Entropy::system()))
        .await
        .unwrap();
    app.with_key(&[7; 32])
}

/// Not a test of its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_worker_that_is_killed() {
    let Ok(database) = std::env::var(DATABASE) else {
        return;
    };
    let app = open(&database, std::env::var(AHEAD).unwrap().parse().unwrap()).await;
    match std::env::var(WORK).unwrap().strip_prefix("letters ") {
        Some(server) => letters::carry(app, server).await,
        None => imports::work(&app).await.unwrap(),
    }
}

/// Starts workers and kills each at some moment.
pub struct Fate {
    pub kills: u32,
    work: String,
    database: String,
    /// The longest life of a worker, in milliseconds.
    longest: u64,
    dice: u64,
}

impl Fate {
    pub fn new(work: &str, database: String, longest: u64) -> Self {
        Self {
            kills: 0,
            work: work.to_owned(),
            database,
            longest,
            dice: 7,
        }
    }

    /// A number below `sides`: the same ones at every run (Knuth's MMIX generator).
    fn throw(&mut self, sides: u64) -> u64 {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) % sides
    }

    /// How far the newest worker's clock runs ahead, in seconds.
    pub fn ahead(&self) -> i64 {
        i64::from(STEP * (self.kills + 1))
    }

    /// One worker's life.
    pub async fn strike(&mut self) {
        let mut worker = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "worker::the_worker_that_is_killed"])
            .env(DATABASE, &self.database)
            .env(AHEAD, self.ahead().to_string())
            .env(WORK, &self.work)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(self.throw(self.longest))).await;
        if worker.try_wait().unwrap().is_none() {
            worker.kill().unwrap();
            self.kills += 1;
        }
        assert!(worker.wait().unwrap().code().is_none_or(|code| code == 0));
    }
}

pub fn kills() -> u32 {
    let asked = std::env::var("GUILDHALL_KILLS").ok();
    asked.map_or(50, |asked| asked.parse().expect("GUILDHALL_KILLS is a number"))
}
