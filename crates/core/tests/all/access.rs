//! Passwords on both databases: who gets in, who waits, and for whom it ends.

use std::net::IpAddr;
use std::sync::Arc;

use crate::common::World;
use guildhall_core::access::{self, Device, LoggedIn, Origin, PasswordHasher};
use guildhall_core::accounts::{self, Account, Change, Policy, ProfileField as Field, Source, Verb, Whom};
use guildhall_core::{Actor, App, Result, SetClock, sessions, sign_ins, workplaces};

const PASSWORD: &str = "correct lantern mussel";

struct Town {
    app: App,
    hands: Arc<SetClock>,
    hasher: PasswordHasher,
    actor: Actor,
    anna: Account,
}

impl Town {
    async fn on(world: &World) -> Self {
        let (app, hands) = (world.app.clone(), world.hands.clone());
        let workplace = workplaces::create(&app, "Town hall", "en", "UTC").await.unwrap();
        let actor = Actor::command_line(workplace.id);
        let hasher = PasswordHasher::new(&app.entropy).unwrap();
        let patch = vec![
            (Field::DisplayName, Some("Anna".to_owned())),
            (Field::Email, Some("anna@example.com".to_owned())),
        ];
        let provision = Verb::Provision {
            patch,
            invite: true,
            role: None,
        };
        let change = Change::new(Source::Admin, provision);
        let plan = accounts::change(&app, &actor, Whom::New, &change, &Policy::default()).await;
        let anna = plan.unwrap().after.unwrap();
        Self {
            app,
            hands,
            hasher,
            actor,
            anna,
        }
    }

    async fn change(&self, source: Source, verb: Verb) {
        let (whom, change) = (Whom::Is(self.anna.id), Change::new(source, verb));
        accounts::change(&self.app, &self.actor, whom, &change, &Policy::default())
            .await
            .unwrap();
    }

    async fn claim(&self) {
        self.change(Source::SelfService, Verb::Claim { patch: vec![] })
            .await;
        access::choose_password(&self.app, &self.hasher, &self.anna, PASSWORD)
            .await
            .unwrap();
    }

    async fn log_in(&self, email: &str, password: &str, address: &str) -> Result<LoggedIn> {
        self.log_in_by(email, password, (address, Device::New)).await
    }

    async fn log_in_by(
        &self,
        email: &str,
        password: &str,
        (address, device): (&str, Device<'_>),
    ) -> Result<LoggedIn> {
        let address: IpAddr = address.parse().unwrap();
        let origin = Origin {
            address,
            user_agent: "Firefox",
            device,
        };
        let whom = (email, password);
        let entered = access::log_in(&self.app, &self.hasher, self.actor.workplace, whom, origin).await?;
        Ok(entered.session().unwrap())
    }

    async fn code(&self, email: &str, password: &str, address: &str) -> &'static str {
        match self.log_in(email, password, address).await {
            Ok(_) => "in",
            Err(error) => error.code(),
        }
    }
}

async fn on_both<F: AsyncFn(Town)>(story: F) {
    crate::common::on_both(async |world| story(Town::on(world).await).await).await;
}

#[tokio::test]
async fn only_a_claimed_person_with_the_right_password_gets_in() {
    on_both(async |town| {
        let (home, email) = ("192.0.2.7", "anna@example.com");
        access::choose_password(&town.app, &town.hasher, &town.anna, PASSWORD)
            .await
            .unwrap();
        assert_eq!(
            town.code(email, PASSWORD, home).await,
            "wrong_password",
            "not claimed"
        );
        town.claim().await;
        assert_eq!(town.code(email, "another lantern", home).await, "wrong_password");
        assert_eq!(
            town.code("nobody@example.com", PASSWORD, home).await,
            "wrong_password"
        );
        let entered = town.log_in("Anna@Example.COM", PASSWORD, home).await.unwrap();
        let alive = sessions::check(&town.app.db, &entered.token, town.app.now()).await;
        let session = alive.unwrap().unwrap();
        assert_eq!((session.account, session.address.as_str()), (town.anna.id, home));
    })
    .await;
}

#[tokio::test]
async fn guessing_waits_and_nobody_is_locked_out_from_elsewhere() {
    on_both(async |town| {
        town.claim().await;
        let (email, stranger, home) = ("anna@example.com", "203.0.113.9", "192.0.2.7");
        for _ in 0..5 {
            assert_eq!(
                town.code(email, "a wrong guess", stranger).await,
                "wrong_password"
            );
        }
        assert_eq!(
            town.code(email, PASSWORD, stranger).await,
            "wait",
            "even with the right one"
        );
        assert_eq!(town.code(email, PASSWORD, home).await, "in", "from home");
        town.hands.turn(2);
        assert_eq!(town.code(email, PASSWORD, stranger).await, "in", "after the wait");
        assert_eq!(
            town.code(email, "a typo", stranger).await,
            "wrong_password",
            "and counts anew"
        );
    })
    .await;
}

#[tokio::test]
async fn a_weak_password_is_refused_with_the_reason() {
    on_both(async |town| {
        for (password, why) in [
            ("short", "at least 10"),
            ("townhall-anna-2026", "without your name"),
        ] {
            let refused = access::choose_password(&town.app, &town.hasher, &town.anna, password).await;
            assert!(refused.is_err_and(|e| e.to_string().contains(why)), "{password}");
        }
        let (workplace, id) = (town.anna.workplace, town.anna.id);
        assert!(!access::has_password(&town.app.db, workplace, id).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn who_is_set_to_unclaimed_or_deactivated_is_out_and_must_start_anew() {
    on_both(async |town| {
        let (home, email) = ("192.0.2.7", "anna@example.com");
        let has = async || {
            access::has_password(&town.app.db, town.anna.workplace, town.anna.id)
                .await
                .unwrap()
        };
        town.claim().await;
        let token = town.log_in(email, PASSWORD, home).await.unwrap().token;
        town.change(Source::Admin, Verb::Unclaim).await;
        let alive = sessions::check(&town.app.db, &token, town.app.now()).await;
        assert_eq!((alive.unwrap(), has().await), (None, false));
        town.claim().await;
        town.change(Source::Admin, Verb::Deactivate).await;
        assert_eq!(town.code(email, PASSWORD, home).await, "wrong_password");
        town.change(Source::Admin, Verb::Reactivate).await;
        assert_eq!(
            town.code(email, PASSWORD, home).await,
            "in",
            "reactivated, with the old password"
        );
    })
    .await;
}

#[tokio::test]
async fn guessing_from_many_addresses_is_slow_and_the_own_browser_is_not() {
    on_both(async |town| {
        town.claim().await;
        let email = "anna@example.com";
        let entered = town.log_in(email, PASSWORD, "192.0.2.7").await.unwrap();
        let own = entered.device.unwrap().token.unwrap();
        for guess in 0..=100 {
            let address = format!("198.51.{}.{guess}", 100 + guess % 2);
            assert_eq!(
                town.code(email, "a wrong guess", &address).await,
                "wrong_password"
            );
        }
        let elsewhere = "203.0.113.77";
        assert_eq!(town.code(email, "a wrong guess", elsewhere).await, "wait");
        assert_eq!(town.code(email, PASSWORD, elsewhere).await, "wait");
        assert_eq!(
            town.code("nobody@example.com", PASSWORD, elsewhere).await,
            "wrong_password"
        );
        let device = ("203.0.113.78", Device::Known(own.as_str()));
        assert!(
            town.log_in_by(email, PASSWORD, device).await.is_ok(),
            "their own browser"
        );
        town.hands.turn(20);
        assert_eq!(
            town.code(email, PASSWORD, elsewhere).await,
            "in",
            "one in twenty seconds"
        );
    })
    .await;
}

#[tokio::test]
async fn waits_are_kept_among_the_log_ins_once_a_minute() {
    on_both(async |town| {
        town.claim().await;
        let (email, stranger) = ("anna@example.com", "203.0.113.9");
        let waits = async || {
            let filter = sign_ins::Filter {
                limit: 50,
                ..sign_ins::Filter::default()
            };
            let all = sign_ins::list(&town.app, &town.actor, &filter)
                .await
                .unwrap()
                .items;
            all.iter().filter(|one| one.result == "wait").count()
        };
        for _ in 0..5 {
            town.code(email, "a wrong guess", stranger).await;
        }
        for _ in 0..3 {
            assert_eq!(town.code(email, "a wrong guess", stranger).await, "wait");
        }
        assert_eq!(waits().await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_present_password_can_not_be_guessed_in_a_stolen_session() {
    on_both(async |town| {
        town.claim().await;
        let entered = town
            .log_in("anna@example.com", PASSWORD, "192.0.2.7")
            .await
            .unwrap();
        let origin = Origin {
            address: "203.0.113.9".parse().unwrap(),
            user_agent: "Firefox",
            device: Device::New,
        };
        let change = async |current: &str, here| {
            let whose = (&town.anna, here);
            let pair = (current, "violet harbour engine moss");
            let done = access::change_password(&town.app, &town.hasher, whose, pair, origin).await;
            done.map_or_else(|why| why.code(), |()| "changed")
        };
        let here = entered.session.id;
        for _ in 0..5 {
            assert_eq!(change("a wrong guess", here).await, "invalid");
        }
        assert_eq!(change(PASSWORD, here).await, "wait");
        town.hands.turn(2);
        let other = town
            .log_in("anna@example.com", PASSWORD, "192.0.2.7")
            .await
            .unwrap();
        let whose = (town.actor.workplace, town.anna.id);
        sessions::end_now(&town.app, whose, other.session.id, "ended_by_owner")
            .await
            .unwrap();
        assert_eq!(
            change(PASSWORD, other.session.id).await,
            "not_signed_in",
            "it was ended"
        );
        assert_eq!(change(PASSWORD, here).await, "changed");
    })
    .await;
}

#[tokio::test]
async fn letters_for_forgotten_passwords_are_not_asked_for_without_end() {
    on_both(async |town| {
        let ask = async |network: &str| {
            let asked = access::ask_reset(&town.app, "anna@example.com", network.parse().unwrap()).await;
            asked.map_or_else(|why| why.code(), |()| "asked")
        };
        for _ in 0..100 {
            assert_eq!(ask("203.0.113.9").await, "asked");
        }
        assert_eq!(ask("203.0.113.9").await, "wait");
        assert_eq!(ask("192.0.2.7").await, "asked");
    })
    .await;
}
