//! Who must show more than a password, whoever they are and however they come; on both databases.

use crate::common::{World, on_both};
use guildhall_core::access::{self, Device, Entered, Need, Origin, PasswordHasher, SetsUp};
use guildhall_core::accounts::{Account, SYSTEM_ADMIN, Verb, Whom};
use guildhall_core::factors::rules::SecondFactor;
use guildhall_core::factors::{self, Fresh};
use guildhall_core::{Actor, Entropy, sessions, workplaces};
use guildhall_testkit::passkey::Passkey;
use totp_rs::{Builder, Secret};

const GOOD: &str = "violet harbour engine moss";
const SITE: &str = "https://people.example.com";

fn hasher() -> PasswordHasher {
    PasswordHasher::new(&Entropy::seeded(3)).unwrap()
}

fn origin() -> Origin<'static> {
    Origin {
        address: [127, 0, 0, 1].into(),
        user_agent: "a browser",
        device: Device::New,
    }
}

/// Somebody who has taken their account, with a password and this role.
async fn somebody(world: &World, email: &str, role: &str) -> Account {
    let account = world.member(&email[..2], email, role).await;
    access::choose_password(&world.app, &hasher(), &account, GOOD)
        .await
        .unwrap();
    account
}

async fn ask(world: &World, who: SecondFactor, days: i64) {
    workplaces::change(&world.app, &world.admin(), |workplace| {
        workplace.settings.second_factor = who;
        workplace.settings.second_factor_days = days;
    })
    .await
    .unwrap();
}

fn digits(world: &World, fresh: &Fresh) -> String {
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(&fresh.secret).unwrap())
        .with_account_name("a")
        .build()
        .unwrap();
    let seconds = u64::try_from(world.app.now().ms() / 1000).unwrap();
    totp.generate(seconds).to_string().replace(' ', "")
}

async fn add_app(world: &World, account: &Account) {
    let actor = Actor::person(account, None);
    let fresh = factors::begin_totp(&world.app, &actor, account).await.unwrap();
    let pair = (fresh.setup.as_str(), digits(world, &fresh));
    factors::confirm_totp(&world.app, &actor, account, (pair.0, &pair.1))
        .await
        .unwrap();
}

async fn log_in(world: &World, email: &str) -> Entered {
    access::log_in(&world.app, &hasher(), world.workplace.id, (email, GOOD), origin())
        .await
        .unwrap()
}

#[tokio::test]
async fn who_could_always_get_back_in() {
    on_both(async |world| {
        let strong = async || {
            let mut tx = world.app.begin().await.unwrap();
            let mut found = factors::strong_admins(&mut tx, world.workplace.id).await.unwrap();
            found.sort_unstable();
            found
        };
        let by_app = somebody(world, "an@example.com", SYSTEM_ADMIN).await;
        let by_passkey = somebody(world, "bo@example.com", SYSTEM_ADMIN).await;
        let member = somebody(world, "cy@example.com", "analyst").await;
        assert!(strong().await.is_empty());
        for account in [&by_app, &member] {
            add_app(world, account).await;
        }
        assert_eq!(strong().await, [by_app.id]);
        let actor = Actor::person(&by_passkey, None);
        let asked = factors::begin_passkey(&world.app, SITE, &actor, &by_passkey)
            .await
            .unwrap();
        let (_, credential) = Passkey::make(SITE, &asked.options);
        let given = factors::Given {
            round: asked.round,
            credential,
        };
        let who = (&actor, &by_passkey);
        let (kept, codes) = factors::add_passkey(&world.app, SITE, who, (&given, "", "Firefox on Linux"))
            .await
            .unwrap();
        assert_eq!((kept.name.as_str(), codes.len()), ("Firefox on Linux", 10));
        assert_eq!(strong().await, [by_app.id, by_passkey.id]);
        let mut tx = world.app.begin().await.unwrap();
        access::forget_password(&mut tx, world.workplace.id, by_app.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(strong().await, [by_passkey.id], "six digits alone let nobody in");
    })
    .await;
}

#[tokio::test]
async fn whoever_must_have_one_sets_it_up_before_they_are_in() {
    on_both(async |world| {
        ask(world, SecondFactor::Admins, 0).await;
        somebody(world, "an@example.com", "analyst").await;
        somebody(world, "bo@example.com", "member").await;
        assert!(
            log_in(world, "bo@example.com").await.session().is_some(),
            "a member need not"
        );
        let Entered::Step(ticket) = log_in(world, "an@example.com").await else {
            panic!("an analyst is in");
        };
        let waiting = access::waiting(&world.app, &ticket).await.unwrap();
        assert_eq!(waiting.need, Need::Enrol { later: None });
        let fresh = access::fresh_second(&world.app, &ticket, None).await.unwrap();
        let again = access::fresh_second(&world.app, &ticket, Some(&fresh.setup))
            .await
            .unwrap();
        assert_eq!(again.secret, fresh.secret);
        let other = access::fresh_second(&world.app, &ticket, None).await.unwrap();
        assert_ne!(
            other.secret, fresh.secret,
            "nobody sees a secret that somebody else will use"
        );
        let code = digits(world, &fresh);
        let sets_up = SetsUp::App {
            setup: &fresh.setup,
            code: &code,
        };
        let (entered, codes) = access::set_second_up(&world.app, &ticket, &sets_up, origin())
            .await
            .unwrap();
        assert_eq!((entered.session.method.as_str(), codes.len()), ("password", 10));
        let Entered::Step(ticket) = log_in(world, "an@example.com").await else {
            panic!("a password is enough");
        };
        // With another password the step is worth nothing, and so it is for whoever is deactivated.
        access::choose_password(&world.app, &hasher(), &entered.account, "granite teapot forest")
            .await
            .unwrap();
        let over = access::waiting(&world.app, &ticket).await.unwrap_err();
        assert_eq!(over.code(), "too_late");
        access::choose_password(&world.app, &hasher(), &entered.account, GOOD)
            .await
            .unwrap();
        let Entered::Step(ticket) = log_in(world, "an@example.com").await else {
            panic!("a password is enough");
        };
        world
            .act(Whom::Is(entered.account.id), Verb::Deactivate)
            .await
            .unwrap();
        assert!(access::waiting(&world.app, &ticket).await.is_err());
        world.hands.turn(access::STEP_SECONDS);
        assert!(access::tidy(&world.app).await.unwrap() <= 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_puts_it_off_for_too_long_is_out() {
    on_both(async |world| {
        let bo = somebody(world, "bo@example.com", "member").await;
        let session = log_in(world, "bo@example.com").await.session().unwrap();
        ask(world, SecondFactor::Everyone, 3).await;
        let alive = async || {
            let found = sessions::check(&world.app.db, &session.token, world.app.now()).await;
            found.unwrap().is_some()
        };
        world.hands.turn(2 * 24 * 60 * 60);
        assert_eq!(
            (factors::enforce(&world.app).await.unwrap(), alive().await),
            (0, true)
        );
        world.hands.turn(24 * 60 * 60);
        assert_eq!(
            (factors::enforce(&world.app).await.unwrap(), alive().await),
            (1, false)
        );
        let why = sessions::why_out(&world.app.db, &session.token, world.app.now())
            .await
            .unwrap();
        assert!(why.unwrap().contains("second factor"));
        add_app(world, &bo).await;
        assert_eq!(factors::enforce(&world.app).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_admin_takes_away_what_was_lost_and_whoever_is_set_back_begins_anew() {
    on_both(async |world| {
        let bo = somebody(world, "bo@example.com", "member").await;
        let has = async || {
            let seen = factors::seen(&world.app, &world.admin(), bo.id).await.unwrap();
            (seen.totp.is_some(), seen.recovery_codes)
        };
        add_app(world, &bo).await;
        assert_eq!(has().await, (true, 10));
        let analyst = somebody(world, "cy@example.com", "analyst").await;
        let refused = factors::remove_all(&world.app, &Actor::person(&analyst, None), bo.id).await;
        assert_eq!(refused.unwrap_err().code(), "forbidden");
        factors::remove_all(&world.app, &world.admin(), bo.id)
            .await
            .unwrap();
        assert_eq!(has().await, (false, 0));
        assert!(log_in(world, "bo@example.com").await.session().is_some());
        add_app(world, &bo).await;
        world.act(Whom::Is(bo.id), Verb::Unclaim).await.unwrap();
        assert_eq!(has().await, (false, 0));
        assert_eq!(factors::tidy(&world.app).await.unwrap(), 0);
        world.hands.turn(500 * 24 * 60 * 60);
        assert!(guildhall_core::devices::tidy(&world.app).await.unwrap() > 0);
    })
    .await;
}

#[tokio::test]
async fn a_proof_is_asked_of_people_alone() {
    on_both(async |world| {
        let an = somebody(world, "an@example.com", SYSTEM_ADMIN).await;
        let old = Actor {
            proved_at: Some(world.app.now()),
            ..Actor::person(&an, None)
        };
        assert!(access::proven(&old, world.app.now()).is_ok());
        world.hands.turn(15 * 60);
        assert_eq!(
            access::proven(&old, world.app.now()).unwrap_err().code(),
            "prove_yourself"
        );
        assert!(
            access::proven(&world.admin(), world.app.now()).is_ok(),
            "the command line"
        );
        let domain = guildhall_core::domains::add(&world.app, &old, "example.org")
            .await
            .unwrap();
        let removed = guildhall_core::domains::remove(&world.app, &old, domain.id).await;
        assert_eq!(removed.unwrap_err().code(), "prove_yourself");
        let wide = workplaces::change(&world.app, &old, |workplace| {
            workplace.settings.second_factor = SecondFactor::Everyone;
        });
        assert_eq!(wide.await.unwrap_err().code(), "prove_yourself");
    })
    .await;
}
