//! Shared devices on both databases: a link makes one, sessions on it are short, and its end ends them.

use std::net::{IpAddr, Ipv4Addr};

use crate::common::{World, on_both};
use guildhall_core::access::{self, Device, Origin, PasswordHasher};
use guildhall_core::accounts::{self, Verb, Whom};
use guildhall_core::kiosks::phone::{self, Shown};
use guildhall_core::{Actor, Entropy, audit, kiosks, sessions};

const GOOD: &str = "purple ladder seagull";

/// Somebody who is in.
async fn claimed(world: &World) -> accounts::Account {
    let id = world.person("Bo", "bo@example.com", true).await;
    let claim = accounts::Change::new(accounts::Source::SelfService, Verb::Claim { patch: vec![] });
    let policy = accounts::Policy::default();
    let plan = accounts::change(&world.app, &world.admin(), Whom::Is(id), &claim, &policy).await;
    plan.unwrap().after.unwrap()
}

const TABLET: Origin<'static> = Origin {
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    user_agent: "a tablet",
    device: Device::New,
};

/// The code that a kiosk shows.
async fn shown(world: &World, kiosk: &kiosks::Kiosk, held: Option<&str>) -> (String, i64, bool) {
    match phone::show(&world.app, kiosk, held, TABLET).await.unwrap() {
        Shown::Code {
            secret,
            number,
            refused,
        } => (secret, number, refused),
        Shown::In(entered) => panic!("{} is in", entered.account.name()),
    }
}

/// A session of the person on their own phone.
async fn on_a_phone(world: &World, person: &accounts::Account) -> sessions::Session {
    let app = &world.app;
    let place = sessions::Place {
        method: "password",
        user_agent: "a phone",
        address: "192.0.2.1",
        until: None,
        proved: guildhall_core::sessions::Proved::Now,
    };
    let mut tx = app.begin().await.unwrap();
    let whose = (person.workplace, person.id);
    let (session, _) = sessions::open(&mut tx, &app.entropy, app.now(), whose, place)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    session
}

async fn kiosk(world: &World, name: &str, place: &str) -> (kiosks::Kiosk, String) {
    let (_, link) = kiosks::create(&world.app, &world.admin(), (name, place), 120)
        .await
        .unwrap();
    kiosks::enrol(&world.app, &link).await.unwrap()
}

fn code_of(result: guildhall_core::Result<kiosks::Kiosk>) -> String {
    result.map_or_else(|error| error.code().to_owned(), |_| "fine".to_owned())
}

#[tokio::test]
async fn a_device_becomes_a_kiosk_once_and_sessions_on_it_are_short() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let bo = claimed(world).await;
        let hasher = PasswordHasher::new(&Entropy::seeded(2)).unwrap();
        access::choose_password(app, &hasher, &bo, GOOD).await.unwrap();

        assert_eq!(
            kiosks::create(app, &admin, ("Line 3", ""), 5)
                .await
                .unwrap_err()
                .code(),
            "invalid"
        );
        let (kiosk, secret) = kiosks::create(app, &admin, ("Line 3", "Hall 2"), 120)
            .await
            .unwrap();
        assert_eq!(kiosks::offered(app, &secret).await.unwrap().1.name, "Line 3");
        let (_, token) = kiosks::enrol(app, &secret).await.unwrap();
        assert_eq!(
            kiosks::enrol(app, &secret).await.unwrap_err().code(),
            "not_found",
            "once"
        );
        assert_eq!(
            kiosks::of_token(&app.db, &token)
                .await
                .unwrap()
                .map(|found| found.id),
            Some(kiosk.id)
        );
        let (_, late) = kiosks::create(app, &admin, ("Late", ""), 60).await.unwrap();
        world.hands.turn(3601);
        assert_eq!(
            kiosks::enrol(app, &late).await.unwrap_err().code(),
            "not_found",
            "within an hour"
        );
        assert!(
            kiosks::list(app, &admin)
                .await
                .unwrap()
                .iter()
                .any(|one| one.enrolled_at.is_some())
        );

        let enter = async || {
            let pair = ("bo@example.com", GOOD);
            let entered = access::log_in(app, &hasher, world.workplace.id, pair, TABLET)
                .await
                .unwrap()
                .session()
                .unwrap();
            let kiosk = kiosks::of_token(&app.db, &token).await.unwrap().unwrap();
            kiosks::bind(app, &kiosk, &entered).await.unwrap();
            entered.token
        };
        let alive = async |token: &str| sessions::check(&app.db, token, app.now()).await.unwrap();
        let first = enter().await;
        world.hands.turn(119);
        let session = alive(&first).await.expect("not idle yet");
        assert_eq!(session.kiosk.map(|on| on.idle_seconds), Some(120));
        let mut tx = app.begin().await.unwrap();
        sessions::touch(&mut tx, &session, app.now()).await.unwrap();
        tx.commit().await.unwrap();
        world.hands.turn(100);
        assert!(alive(&first).await.is_some(), "it was touched");
        world.hands.turn(21);
        assert!(alive(&first).await.is_none(), "two minutes without a touch");

        let second = enter().await;
        let home = access::log_in(app, &hasher, world.workplace.id, ("bo@example.com", GOOD), TABLET)
            .await
            .unwrap()
            .session()
            .unwrap();
        kiosks::end(app, &admin, kiosk.id).await.unwrap();
        assert!(alive(&second).await.is_none(), "the kiosk is ended");
        assert!(alive(&home.token).await.is_some(), "only on the kiosk");
        assert!(kiosks::of_token(&app.db, &token).await.unwrap().is_none());
        assert_eq!(
            kiosks::end(app, &admin, kiosk.id).await.unwrap_err().code(),
            "not_found"
        );
        let filter = audit::Filter {
            subject: Some(kiosk.id.0),
            limit: 5,
            ..audit::Filter::default()
        };
        let noted = audit::list(&app.db, world.workplace.id, &filter).await.unwrap();
        let verbs: Vec<&str> = noted
            .items
            .iter()
            .rev()
            .map(|event| event.verb.as_str())
            .collect();
        assert_eq!(verbs, ["create", "enrol", "end"]);
    })
    .await;
}

/// The kiosk shows a code, the phone says yes by the right number, once; and nobody else gets in by it.
#[tokio::test]
async fn a_phone_lets_its_owner_in_on_a_kiosk() {
    on_both(async |world| {
        let app = &world.app;
        let bo = claimed(world).await;
        let (actor, own) = (Actor::person(&bo, None), on_a_phone(world, &bo).await);
        let mut stale = world.admin();
        stale.proved_at = Some(app.now().plus_seconds(-15 * 60));
        let made = kiosks::create(app, &stale, ("Thief's", ""), 120).await;
        assert_eq!(made.unwrap_err().code(), "prove_yourself");
        let (here, _) = kiosk(world, "Line 3", "Hall 2, by the gate").await;
        let (other, _) = kiosk(world, "Line 4", "").await;

        let (secret, number, refused) = shown(world, &here, None).await;
        assert!(!refused);
        let again = shown(world, &here, Some(&secret)).await;
        assert_eq!(again, (secret.clone(), number, false), "the same again");
        let (workplace, seen, pass) = phone::scanned(app, &own, &secret).await.unwrap();
        assert_eq!(
            (workplace.id, seen.name.as_str(), seen.place.as_str()),
            (world.workplace.id, "Line 3", "Hall 2, by the gate")
        );
        assert!(pass.numbers.contains(&number));
        let wrong = pass.numbers.into_iter().find(|other| *other != number);
        let answered = phone::answer(app, &actor, &own, (&secret, wrong)).await;
        assert_eq!(code_of(answered), "wrong_number");
        let answered = phone::answer(app, &actor, &own, (&secret, Some(number))).await;
        assert_eq!(code_of(answered), "pass_over", "one choice a code");

        let (second, number, refused) = shown(world, &here, Some(&secret)).await;
        assert!(refused && second != secret);
        let answered = phone::answer(app, &actor, &own, (&second, Some(number))).await;
        assert_eq!(code_of(answered), "fine");
        let elsewhere = phone::show(app, &other, Some(&second), TABLET).await.unwrap();
        assert!(
            matches!(elsewhere, Shown::Code { .. }),
            "only on the kiosk that showed it"
        );
        let Shown::In(entered) = phone::show(app, &here, Some(&second), TABLET).await.unwrap() else {
            panic!("nobody is in");
        };
        assert_eq!(entered.account.id, bo.id);
        let session = sessions::check(&app.db, &entered.token, app.now())
            .await
            .unwrap()
            .unwrap();
        let on = session.kiosk.map(|on| (on.kiosk, on.idle_seconds));
        assert_eq!(on, Some((here.id, 120)), "short");
        let mut there = Actor::person(&entered.account, None);
        there.proved_at = Some(session.proved_at);
        let dangerous = access::proven(&there, app.now());
        assert_eq!(
            dangerous.unwrap_err().code(),
            "prove_yourself",
            "a number proves nobody"
        );
        let (third, _, refused) = shown(world, &here, Some(&second)).await;
        assert!(third != second && !refused, "once");
        assert_eq!(
            phone::scanned(app, &session, &third).await.unwrap_err().code(),
            "shared_device",
            "a kiosk lets nobody in on a kiosk"
        );
    })
    .await;
}

/// Whoever is logged out on the phone after they said yes is not let in on the kiosk.
#[tokio::test]
async fn a_yes_of_a_phone_ends_with_its_session() {
    on_both(async |world| {
        let app = &world.app;
        let bo = claimed(world).await;
        let (actor, own) = (Actor::person(&bo, None), on_a_phone(world, &bo).await);
        let (here, _) = kiosk(world, "Line 3", "").await;
        let (secret, number, _) = shown(world, &here, None).await;
        let answered = phone::answer(app, &actor, &own, (&secret, Some(number))).await;
        assert_eq!(code_of(answered), "fine");
        let whose = (own.workplace, own.account);
        assert!(sessions::end_now(app, whose, own.id, "log_out").await.unwrap());
        let (second, ..) = shown(world, &here, Some(&secret)).await;
        assert_ne!(second, secret, "another code instead");
    })
    .await;
}

#[tokio::test]
async fn codes_for_phones_end_and_are_limited_and_noted() {
    on_both(async |world| {
        let app = &world.app;
        let bo = claimed(world).await;
        let (actor, own) = (Actor::person(&bo, None), on_a_phone(world, &bo).await);
        let (here, token) = kiosk(world, "Line 3", "").await;
        let (first, number, _) = shown(world, &here, None).await;
        world.hands.turn(121);
        let late = phone::answer(app, &actor, &own, (&first, Some(number))).await;
        assert_eq!(code_of(late), "pass_over", "two minutes");
        let (second, number, _) = shown(world, &here, Some(&first)).await;
        phone::answer(app, &actor, &own, (&second, Some(number)))
            .await
            .unwrap();
        world.act(Whom::Is(bo.id), Verb::Deactivate).await.unwrap();
        let (mut held, number, _) = shown(world, &here, Some(&second)).await;
        assert_ne!(held, second, "not for who is gone by then");
        world.act(Whom::Is(bo.id), Verb::Reactivate).await.unwrap();
        let wrong = if number == 10 { 11 } else { 10 };
        assert_eq!(
            code_of(phone::answer(app, &actor, &own, (&held, Some(wrong))).await),
            "wrong_number"
        );
        (held, ..) = shown(world, &here, Some(&held)).await;
        let stopped = loop {
            phone::answer(app, &actor, &own, (&held, None)).await.unwrap();
            match phone::show(app, &here, Some(&held), TABLET).await {
                Ok(Shown::Code { secret, .. }) => held = secret,
                Ok(Shown::In(_)) => panic!("nobody said yes"),
                Err(error) => break error.code().to_owned(),
            }
        };
        assert_eq!(stopped, "wait", "ten that are refused in an hour are enough");

        world.hands.turn(3600);
        // Leaving ended the session of the phone, too.
        let own = on_a_phone(world, &bo).await;
        let (held, number, _) = shown(world, &here, None).await;
        phone::answer(app, &actor, &own, (&held, Some(number)))
            .await
            .unwrap();
        let entered = phone::show(app, &here, Some(&held), TABLET).await.unwrap();
        assert!(matches!(entered, Shown::In(_)));
        let (held, ..) = shown(world, &here, None).await;
        kiosks::end(app, &world.admin(), here.id).await.unwrap();
        assert!(kiosks::of_token(&app.db, &token).await.unwrap().is_none());
        let over = phone::scanned(app, &own, &held).await.unwrap_err();
        assert_eq!(over.code(), "pass_over", "a kiosk that is ended");
        let filter = audit::Filter {
            subject: Some(here.id.0),
            limit: 50,
            ..audit::Filter::default()
        };
        let noted = audit::list(&app.db, world.workplace.id, &filter).await.unwrap();
        let count = |verb: &str| noted.items.iter().filter(|event| event.verb == verb).count();
        assert_eq!((count("phone_log_in"), count("phone_refused")), (1, 10));
    })
    .await;
}
