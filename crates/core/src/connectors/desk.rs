//! What a process keeps of its connectors while it runs: how fast each asks, and the log that is about to be written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::{LOG_DAYS, LogEntry, Sent, sql};
use crate::ids::ConnectorId;
use crate::scim::cursor::Place;
use crate::{App, Moment};

/// Requests that one connector may make in a second, lasting; nobody is refused below 200.
const PER_SECOND: f64 = 1_500.0;
/// How many it may make at once after a pause.
const BURST: f64 = 6_000.0;
/// Entries that wait to be written. Beyond this the log loses some, never the requests.
const WAITING: usize = 20_000;
/// How many kB of long requests may wait to be written. Beyond this the log keeps the entry without what was sent.
const LONG_WAITING: usize = 64 * 1024;
/// Entries in one transaction.
const BATCH: usize = 500;
/// How long entries wait for others.
const PAUSE: Duration = Duration::from_millis(100);
/// How often old entries are removed.
const SWEEP: Duration = Duration::from_hours(1);

enum Order {
    /// With its share of what may wait.
    Write(Box<LogEntry>, Option<OwnedSemaphorePermit>),
    /// Answer once all that came before is written.
    Written(oneshot::Sender<()>),
}

/// Where the next page of a list begins: whose, of which question, from which number.
type Pages = HashMap<(ConnectorId, String, i64), (Moment, Place)>;

/// Pages that are remembered, and for how long, in milliseconds.
const PAGES: usize = 4_000;
const PAGES_MS: i64 = 10 * 60 * 1000;

struct Bucket {
    left: f64,
    at: Moment,
}

/// Shared by all requests of one process.
#[derive(Clone)]
pub struct Desk {
    orders: mpsc::Sender<Order>,
    buckets: Arc<Mutex<HashMap<ConnectorId, Bucket>>>,
    pages: Arc<Mutex<Pages>>,
    hurry: Arc<Notify>,
    room: Arc<Semaphore>,
}

impl Desk {
    /// Starts the writer of the log; it ends when the last copy of the desk is gone.
    pub fn start(app: App) -> Self {
        let (orders, queue) = mpsc::channel(WAITING);
        let hurry = Arc::new(Notify::new());
        tokio::spawn(write(app, queue, hurry.clone()));
        Self {
            orders,
            buckets: Arc::default(),
            pages: Arc::default(),
            hurry,
            room: Arc::new(Semaphore::new(LONG_WAITING)),
        }
    }

    /// Whether the connector may ask once more; if not, after how many seconds.
    pub fn may_ask(&self, connector: ConnectorId, now: Moment) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry(connector)
            .or_insert(Bucket { left: BURST, at: now });
        let passed = (now.ms() - bucket.at.ms()).max(0) as f64 / 1000.0;
        bucket.left = (bucket.left + passed * PER_SECOND).min(BURST);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(1);
        }
        bucket.left -= 1.0;
        Ok(())
    }

    /// Remembers that the page from this number on begins after a row.
    pub fn remember(&self, connector: ConnectorId, of: &str, number: i64, place: Place, now: Moment) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= PAGES {
            pages.retain(|_, (at, _)| now.ms() - at.ms() < PAGES_MS / 2);
        }
        if pages.len() < PAGES {
            pages.insert((connector, of.to_owned(), number), (now, place));
        }
    }

    /// After which row the page from this number on begins, if the page before was given not long ago.
    pub fn recall(&self, connector: ConnectorId, of: &str, number: i64, now: Moment) -> Option<Place> {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, place) = pages.get(&(connector, of.to_owned(), number))?;
        (now.ms() - at.ms() < PAGES_MS).then(|| place.clone())
    }

    /// Notes a request. Never waits.
    pub fn note(&self, mut entry: LogEntry) {
        let share = self.share(&mut entry.sent);
        if self
            .orders
            .try_send(Order::Write(Box::new(entry), share))
            .is_err()
        {
            metrics::counter!("guildhall_connector_log_lost_total").increment(1);
        }
    }

    /// The share that what was sent takes while it waits; there is none for what is short.
    fn share(&self, sent: &mut Sent) -> Option<OwnedSemaphorePermit> {
        let Sent::Long { bytes, packed } = sent else {
            return None;
        };
        let wanted = u32::try_from(packed.len().div_ceil(1024)).unwrap_or(u32::MAX);
        let share = self.room.clone().try_acquire_many_owned(wanted).ok();
        if share.is_none() {
            *sent = Sent::Gone { bytes: *bytes };
        }
        share
    }

    /// Waits until all that was noted before is written.
    pub async fn written(&self) {
        let (tell, told) = oneshot::channel();
        if self.orders.send(Order::Written(tell)).await.is_ok() {
            self.hurry.notify_one();
            let _ = told.await;
        }
    }
}

async fn write(app: App, mut queue: mpsc::Receiver<Order>, hurry: Arc<Notify>) {
    let mut swept: Option<Moment> = None;
    let mut orders = Vec::new();
    while queue.recv_many(&mut orders, BATCH).await > 0 {
        let asked = orders.iter().any(|order| matches!(order, Order::Written(_)));
        if orders.len() < BATCH && !asked {
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = hurry.notified() => {}
            }
            while orders.len() < BATCH
                && let Ok(order) = queue.try_recv()
            {
                orders.push(order);
            }
        }
        let (mut entries, mut shares, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
        for order in orders.drain(..) {
            match order {
                Order::Write(entry, share) => {
                    entries.push(*entry);
                    shares.extend(share);
                }
                Order::Written(tell) => waiting.push(tell),
            }
        }
        let now = app.now();
        let due = swept.is_none_or(|at| now.ms() - at.ms() > SWEEP.as_millis() as i64);
        if let Err(why) = keep(&app, &entries, due).await {
            tracing::error!(%why, "the log of connectors can't be written");
        }
        drop((entries, shares));
        if due {
            swept = Some(now);
        }
        for tell in waiting {
            let _ = tell.send(());
        }
    }
}

async fn keep(app: &App, entries: &[LogEntry], sweep: bool) -> crate::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut tx = app.begin().await?;
    if sweep {
        sql::sweep_log(&mut tx, app.now().plus_days(-LOG_DAYS)).await?;
    }
    sql::write_log(&mut tx, entries).await?;
    tx.commit().await?;
    Ok(())
}
