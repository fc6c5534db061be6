use std::sync::Arc;

use guildhall_store::{Db, Tx, migrate};

use crate::bell::Bell;
use crate::domains::Scout;
use crate::fetch::Fetcher;
use crate::leaving::Watch;
use crate::{Clock, Entropy, MIGRATIONS, Moment, Result, Sealer, SystemClock};

/// What every verb needs: the database, the time, randomness.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<Entropy>,
    /// Seals what must be stored and read again, such as a link that waits in the outbox.
    pub sealer: Arc<Sealer>,
    /// Looks at the world outside for the proofs of domains.
    pub scout: Arc<Scout>,
    /// Fetches what others name: photos.
    pub fetcher: Arc<Fetcher>,
    /// Speaks with identity providers, which may be inside the house where the operator says so.
    pub providers: Arc<Fetcher>,
    /// When this process last let a request of each person in.
    pub watch: Arc<Watch>,
    /// Rung when there is work in the background.
    pub bell: Arc<Bell>,
}

impl App {
    /// Brings the database to this program's schema and starts on it, with the real clock and randomness.
    pub async fn start(db: Db) -> Result<Self> {
        Self::start_with(db, Arc::new(SystemClock), Arc::new(Entropy::system())).await
    }

    pub async fn start_with(db: Db, clock: Arc<dyn Clock>, entropy: Arc<Entropy>) -> Result<Self> {
        migrate(&db, MIGRATIONS, clock.now().ms()).await?;
        let mut key = [0; 32];
        entropy.fill(&mut key);
        Ok(Self {
            db,
            clock,
            entropy,
            sealer: Arc::new(Sealer::new(&key)),
            scout: Arc::new(Scout::system(None)),
            fetcher: Arc::new(Fetcher::system()),
            providers: Arc::new(Fetcher::system()),
            watch: Arc::default(),
            bell: Arc::default(),
        })
    }

    /// With the key of this installation, in place of one that lasts as long as the program.
    pub fn with_key(self, key: &[u8; 32]) -> Self {
        Self {
            sealer: Arc::new(Sealer::new(key)),
            ..self
        }
    }

    /// With proofs looked for otherwise.
    pub fn with_scout(self, scout: Scout) -> Self {
        Self {
            scout: Arc::new(scout),
            ..self
        }
    }

    /// With what others name fetched otherwise.
    pub fn with_fetcher(self, fetcher: Fetcher) -> Self {
        Self {
            fetcher: Arc::new(fetcher),
            ..self
        }
    }

    /// With identity providers spoken to otherwise.
    pub fn with_providers(self, fetcher: Fetcher) -> Self {
        Self {
            providers: Arc::new(fetcher),
            ..self
        }
    }

    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    pub async fn begin(&self) -> Result<Tx> {
        Ok(self.db.begin().await?)
    }

    /// For work on many people at once: nobody's answer waits for its commit.
    pub async fn begin_long(&self) -> Result<Tx> {
        Ok(self.db.begin_long().await?)
    }
}
