//! A workplace on both databases, with a clock that the story moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use guildhall_core::accounts::{self, Change, Plan, Policy, ProfileField as Field, Source, Verb, Whom};
use guildhall_core::ids::AccountId;
use guildhall_core::workplaces::{self, Workplace};
use guildhall_core::{Actor, App, Clock, Entropy, Error, Moment};
use guildhall_store::Db;
use guildhall_testkit::postgres;

#[derive(Clone)]
pub struct Hands(Arc<AtomicI64>);

impl Clock for Hands {
    fn now(&self) -> Moment {
        Moment::from_ms(self.0.load(Ordering::SeqCst))
    }
}

#[allow(dead_code, reason = "not every story needs all of it")]
impl Hands {
    pub fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

#[allow(dead_code, reason = "not every story needs all of it")]
pub struct World {
    pub app: App,
    pub workplace: Workplace,
    pub hands: Hands,
}

#[allow(dead_code, reason = "not every story needs all of it")]
impl World {
    async fn on(db: Db) -> Self {
        let hands = Hands(Arc::new(AtomicI64::new(1_780_000_000_000)));
        let app = App::start_with(db, Arc::new(hands.clone()), Arc::new(Entropy::seeded(1)))
            .await
            .unwrap();
        let workplace = workplaces::create(&app, "Łódź & Søn", "en-GB", "Europe/Warsaw")
            .await
            .unwrap();
        Self {
            app,
            workplace,
            hands,
        }
    }

    pub fn admin(&self) -> Actor {
        Actor::command_line(self.workplace.id)
    }

    pub async fn act(&self, whom: Whom, verb: Verb) -> Result<Plan, Error> {
        let change = Change::new(Source::Admin, verb);
        accounts::change(&self.app, &self.admin(), whom, &change, &Policy::default()).await
    }

    pub async fn person(&self, name: &str, email: &str, invite: bool) -> AccountId {
        let patch = vec![
            (Field::DisplayName, Some(name.to_owned())),
            (Field::Email, Some(email.to_owned())),
        ];
        let verb = Verb::Provision {
            patch,
            invite,
            role: None,
        };
        self.act(Whom::New, verb).await.unwrap().after.unwrap().id
    }
}

/// Runs a story on SQLite and on PostgreSQL.
pub async fn on_both<F: AsyncFn(&World)>(story: F) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(Db::open_lite(&folder.path().join("g.db")).await.unwrap()).await;
    story(&world).await;
    world.app.db.close().await;

    let database = postgres::fresh_database().await;
    let world = World::on(Db::open_pg(database.url()).await.unwrap()).await;
    story(&world).await;
    world.app.db.close().await;
}
