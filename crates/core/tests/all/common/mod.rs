//! A workplace on both databases, with a clock that the story moves.

pub mod directories;
pub mod lists;
pub mod runs;

use std::sync::Arc;

use guildhall_core::accounts::bulk::{self, Decided, Item};
use guildhall_core::accounts::{
    self, Account, Change, Plan, Policy, ProfileField as Field, Source, Verb, Whom,
};
use guildhall_core::ids::AccountId;
use guildhall_core::workplaces::{self, Workplace};
use guildhall_core::{Actor, App, Entropy, Error, Moment, SetClock};
use guildhall_store::Db;
use guildhall_testkit::postgres;

pub struct World {
    pub app: App,
    pub workplace: Workplace,
    pub hands: Arc<SetClock>,
}

impl World {
    async fn on(app: &App, hands: &Arc<SetClock>) -> Self {
        let workplace = workplaces::create(app, "Łódź & Søn", "en-GB", "Europe/Warsaw")
            .await
            .unwrap();
        Self {
            app: app.clone(),
            workplace,
            hands: hands.clone(),
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

    /// Somebody who has taken their account and has this role.
    pub async fn member(&self, name: &str, email: &str, role: &str) -> Account {
        let id = self.person(name, email, true).await;
        let role = Verb::SetRole { role: role.into() };
        self.act(Whom::Is(id), role).await.unwrap();
        let claim = Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
        accounts::change(&self.app, &self.admin(), Whom::Is(id), &claim, &Policy::default())
            .await
            .unwrap();
        let found = accounts::get(&self.app.db, self.workplace.id, id).await;
        found.unwrap().unwrap()
    }

    /// Plans and applies many changes at once, none of which may be refused.
    pub async fn act_on_many(&self, items: Vec<Item>) {
        let (app, actor) = (&self.app, self.admin());
        let mut tx = app.begin().await.unwrap();
        let decided = bulk::plan_all(app, &mut tx, &actor, &Policy::default(), items, &|_, _| None)
            .await
            .unwrap();
        let plans = decided.into_iter().map(|decided| match decided {
            Decided::Planned { plan, .. } => *plan,
            other => panic!("{other:?}"),
        });
        bulk::apply_all(app, &mut tx, &actor, plans.collect())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

/// Runs a story in a new workplace on SQLite and on PostgreSQL.
pub async fn on_both<F: AsyncFn(&World)>(story: F) {
    on_both_empty(async |app, hands| story(&World::on(app, hands).await).await).await;
}

/// Runs a story without any workplace on SQLite and on PostgreSQL.
pub async fn on_both_empty<F: AsyncFn(&App, &Arc<SetClock>)>(story: F) {
    let folder = tempfile::tempdir().unwrap();
    run(Db::open_lite(&folder.path().join("g.db")).await.unwrap(), &story).await;
    let database = postgres::fresh_database().await;
    run(Db::open_pg(database.url()).await.unwrap(), &story).await;
}

async fn run(db: Db, story: &impl AsyncFn(&App, &Arc<SetClock>)) {
    let hands = Arc::new(SetClock::new(Moment::from_ms(1_780_000_000_000)));
    let app = App::start_with(db, hands.clone(), Arc::new(Entropy::seeded(1)))
        .await
        .unwrap();
    story(&app, &hands).await;
    app.db.close().await;
}
