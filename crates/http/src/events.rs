//! What changed, told to open pages: one reader of the database's signals a server, many listeners.

use std::collections::HashMap;
use std::time::Duration;

use guildhall_core::ids::WorkplaceId;
use guildhall_core::signals::{self, Signal};
use guildhall_core::{App, Moment, leaving};
use tokio::sync::broadcast;
use uuid::Uuid;

/// How often the signals are read: an ended session is cut within this time and a little.
const EVERY: Duration = Duration::from_millis(200);
/// Transactions commit later than they begin: signals as old as this may still appear.
const OVERLAP_SECONDS: i64 = 30;
/// Signals are wake-ups: after this nobody needs them.
const KEEP_SECONDS: i64 = 10 * 60;
/// How many may wait for a slow listener before it is told to read all again.
const WAITING: usize = 1024;

/// One thing that an open page is told.
#[derive(Clone, Debug)]
pub enum Event {
    Signal(Signal),
    /// The server stops.
    Stop,
}

/// Where open pages listen.
#[derive(Clone)]
pub struct Events(broadcast::Sender<Event>);

impl Events {
    /// Begins to read the signals, until nobody holds this any more.
    pub fn start(app: App) -> Self {
        let events = Self(broadcast::channel(WAITING).0);
        tokio::spawn(read(app, events.0.downgrade()));
        events
    }

    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    /// Ends all open streams.
    pub fn stop(&self) {
        // Nobody listens: then there is nothing to end.
        let _ = self.0.send(Event::Stop);
    }
}

impl Event {
    /// Whether it is about that workplace.
    pub fn concerns(&self, workplace: WorkplaceId) -> bool {
        match self {
            Self::Signal(signal) => signal.workplace == workplace,
            Self::Stop => true,
        }
    }
}

async fn read(app: App, sender: broadcast::WeakSender<Event>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seen: HashMap<Uuid, Moment> = HashMap::new();
    let mut swept = app.now();
    let began = app.now();
    loop {
        ticks.tick().await;
        let Some(sender) = sender.upgrade() else { return };
        let now = app.now();
        let since = now.plus_seconds(-OVERLAP_SECONDS).max(began);
        match signals::recent(&app.db, since).await {
            Ok(found) => {
                for signal in found {
                    if seen.insert(signal.id, now).is_some() {
                        continue;
                    }
                    let ended = (signal.kind == signals::SESSIONS_ENDED)
                        .then_some(signal.account)
                        .flatten();
                    let workplace = signal.workplace;
                    let _ = sender.send(Event::Signal(signal));
                    // What this server alone knows of somebody who left. Only then: the streams come first.
                    if let Some(account) = ended
                        && let Err(why) = leaving::report(&app, workplace, account).await
                    {
                        tracing::warn!(%why, %account, "a proof of leaving could not be completed");
                    }
                }
            }
            Err(why) => tracing::warn!(%why, "the signals can't be read"),
        }
        if now >= swept.plus_seconds(KEEP_SECONDS) {
            swept = now;
            seen.retain(|_, at| *at >= now.plus_seconds(-2 * OVERLAP_SECONDS));
            if let Err(why) = signals::sweep(&app, now.plus_seconds(-KEEP_SECONDS)).await {
                tracing::warn!(%why, "old signals can't be removed");
            }
        }
    }
}
