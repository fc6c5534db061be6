//! Connections kept open between letters, so that a thousand invitations are not a thousand log-ins.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;

/// After so many letters a connection is closed: many servers end it around here anyway.
const LETTERS_PER_CONNECTION: u32 = 100;

pub(super) struct Pool {
    parked: Arc<Mutex<Parked>>,
    most: usize,
    idle: Duration,
}

#[derive(Default)]
struct Parked {
    connections: Vec<(u64, Connection)>,
    next: u64,
}

pub(super) struct Connection {
    pub smtp: AsyncSmtpConnection,
    letters: u32,
}

impl Pool {
    pub fn new(most: usize, idle: Duration) -> Self {
        Self {
            parked: Arc::default(),
            most,
            idle,
        }
    }

    /// A connection just opened.
    #[allow(
        clippy::unused_self,
        reason = "connections are made by the pool that they return to"
    )]
    pub fn adopt(&self, smtp: AsyncSmtpConnection) -> Connection {
        Connection { smtp, letters: 0 }
    }

    pub fn take(&self) -> Option<Connection> {
        lock(&self.parked)
            .connections
            .pop()
            .map(|(_, connection)| connection)
    }

    /// Keeps `connection` for the idle time; closes it at once when it or the pool has had enough.
    pub fn park(&self, mut connection: Connection) {
        connection.letters += 1;
        let mut parked = lock(&self.parked);
        if connection.letters >= LETTERS_PER_CONNECTION || parked.connections.len() >= self.most {
            drop(parked);
            tokio::spawn(goodbye(connection));
            return;
        }
        let ticket = parked.next;
        parked.next += 1;
        parked.connections.push((ticket, connection));
        drop(parked);
        tokio::spawn(expire(Arc::downgrade(&self.parked), ticket, self.idle));
    }

    pub async fn close(&self) {
        let connections = std::mem::take(&mut lock(&self.parked).connections);
        for (_, connection) in connections {
            goodbye(connection).await;
        }
    }
}

/// Ends the connection that was parked with `ticket`, if it is still unused by then.
async fn expire(parked: Weak<Mutex<Parked>>, ticket: u64, idle: Duration) {
    tokio::time::sleep(idle).await;
    let Some(parked) = parked.upgrade() else { return };
    let expired = {
        let mut parked = lock(&parked);
        let position = parked
            .connections
            .iter()
            .position(|(number, _)| *number == ticket);
        position.map(|position| parked.connections.remove(position).1)
    };
    if let Some(connection) = expired {
        goodbye(connection).await;
    }
}

/// QUIT, without waiting long for the answer.
async fn goodbye(mut connection: Connection) {
    let _ = tokio::time::timeout(Duration::from_secs(5), connection.smtp.abort()).await;
}

fn lock(parked: &Mutex<Parked>) -> std::sync::MutexGuard<'_, Parked> {
    // Nothing that could panic half way happens under this lock.
    parked.lock().unwrap_or_else(PoisonError::into_inner)
}
