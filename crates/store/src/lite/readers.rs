use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Connection;
use crate::Result;

/// How many read at the same time.
const READERS: u32 = 4;
/// So long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connections that read.
#[derive(Debug)]
pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
}

/// A connection that reads, until it is dropped.
#[derive(Debug)]
pub struct Reader {
    /// There till the drop.
    connection: Option<Connection>,
    home: Arc<Readers>,
    _turn: OwnedSemaphorePermit,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            path,
            idle: Mutex::default(),
            free: Arc::new(Semaphore::new(READERS as usize)),
        })
    }

    pub(crate) async fn take(self: &Arc<Self>) -> Result<Reader> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.free).acquire_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let turn = turn.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => Connection::to_read(&self.path)?,
        };
        Ok(Reader {
            connection: Some(connection),
            home: Arc::clone(self),
            _turn: turn,
        })
    }

    /// Ends all connections, after what is under way.
    pub(crate) async fn close(&self) {
        // Whoever closes twice finds it done.
        if let Ok(all) = self.free.acquire_many(READERS).await {
            self.free.close();
            drop(all);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("it is there till the drop")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // One that can't end its transaction is given up.
        if let Some(connection) = self.connection.take()
            && connection.roll_back().is_ok()
        {
            self.home
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
    }
}
