//! Shared devices on both databases: a link makes one, sessions on it are short, and its end ends them.

mod common;

use std::net::{IpAddr, Ipv4Addr};

use common::on_both;
use guildhall_core::access::{self, Origin, PasswordHasher};
use guildhall_core::accounts::{self, Verb, Whom};
use guildhall_core::kiosks::phone::{self, Shown};
use guildhall_core::{Actor, Entropy, audit, kiosks, sessions};

const GOOD: &str = "purple ladder seagull";

#[tokio::test]
async fn a_device_becomes_a_kiosk_once_and_sessions_on_it_are_short() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let id = world.person("Bo", "bo@example.com", true).await;
        let claim = accounts::Change::new(accounts::Source::SelfService, Verb::Claim { patch: vec![] });
        let policy = accounts::Policy::default();
        let plan = accounts::change(app, &admin, Whom::Is(id), &claim, &policy)
            .await
            .unwrap();
        let hasher = PasswordHasher::new(&Entropy::seeded(2)).unwrap();
        access::choose_password(app, &hasher, &plan.after.unwrap(), GOOD)
            .await
            .unwrap();

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

        let origin = Origin {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: "a tablet",
        };
        let enter = async || {
            let pair = ("bo@example.com", GOOD);
            let entered = access::log_in(app, &hasher, world.workplace.id, pair, origin)
                .await
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
        let home = access::log_in(app, &hasher, world.workplace.id, ("bo@example.com", GOOD), origin)
            .await
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
        let (app, admin) = (&world.app, world.admin());
        let id = world.person("Bo", "bo@example.com", true).await;
        let claim = accounts::Change::new(accounts::Source::SelfService, Verb::Claim { patch: vec![] });
        let policy = accounts::Policy::default();
        let plan = accounts::change(app, &admin, Whom::Is(id), &claim, &policy)
            .await
            .unwrap();
        let bo = plan.after.unwrap();
        let actor = Actor::person(&bo, None);
        let mut tx = app.begin().await.unwrap();
        let place = sessions::Place {
            method: "password",
            user_agent: "a phone",
            address: "192.0.2.1",
        };
        let (own, _) = sessions::open(&mut tx, &app.entropy, app.now(), (bo.workplace, bo.id), place)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let (_, link) = kiosks::create(app, &admin, ("Line 3", "Hall 2, by the gate"), 120)
            .await
            .unwrap();
        let (kiosk, token) = kiosks::enrol(app, &link).await.unwrap();
        let (_, other) = kiosks::create(app, &admin, ("Line 4", ""), 120).await.unwrap();
        let (other, _) = kiosks::enrol(app, &other).await.unwrap();
        let origin = Origin {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: "a tablet",
        };
        let fresh = async |held: Option<&str>| match phone::show(app, &kiosk, held, origin).await.unwrap() {
            Shown::Code {
                secret,
                number,
                refused,
            } => (secret, number, refused),
            Shown::In(entered) => panic!("{} is in", entered.account.name()),
        };
        let code_of = |result: guildhall_core::Result<kiosks::Kiosk>| result.map_err(|e| e.code().to_owned());

        let (secret, number, refused) = fresh(None).await;
        assert!(!refused);
        assert_eq!(
            fresh(Some(&secret)).await,
            (secret.clone(), number, false),
            "the same again"
        );
        let (workplace, seen, pass) = phone::scanned(app, &own, &secret).await.unwrap();
        assert_eq!((workplace.id, seen.name.as_str()), (world.workplace.id, "Line 3"));
        assert_eq!(seen.place, "Hall 2, by the gate");
        assert!(pass.numbers.contains(&number));

        let wrong = pass.numbers.into_iter().find(|other| *other != number);
        let answered = phone::answer(app, &actor, &own, (&secret, wrong)).await;
        assert_eq!(code_of(answered).unwrap_err(), "wrong_number");
        let answered = phone::answer(app, &actor, &own, (&secret, Some(number))).await;
        assert_eq!(code_of(answered).unwrap_err(), "pass_over", "one choice a code");
        let (second, number, refused) = fresh(Some(&secret)).await;
        assert!(refused && second != secret);

        phone::answer(app, &actor, &own, (&second, Some(number)))
            .await
            .unwrap();
        let elsewhere = phone::show(app, &other, Some(&second), origin).await.unwrap();
        assert!(
            matches!(elsewhere, Shown::Code { .. }),
            "only on the kiosk that showed it"
        );
        let Shown::In(entered) = phone::show(app, &kiosk, Some(&second), origin).await.unwrap() else {
            panic!("nobody is in");
        };
        assert_eq!(entered.account.id, id);
        let session = sessions::check(&app.db, &entered.token, app.now())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            session.kiosk.map(|on| (on.kiosk, on.idle_seconds)),
            Some((kiosk.id, 120)),
            "short"
        );
        let (third, number, refused) = fresh(Some(&second)).await;
        assert!(third != second && !refused, "once");
        assert_eq!(
            phone::scanned(app, &session, &third).await.unwrap_err().code(),
            "shared_device",
            "a kiosk lets nobody in on a kiosk"
        );

        // Two minutes, and not for who is gone by then.
        world.hands.turn(121);
        let late = phone::answer(app, &actor, &own, (&third, Some(number))).await;
        assert_eq!(code_of(late).unwrap_err(), "pass_over");
        let (fourth, number, _) = fresh(Some(&third)).await;
        phone::answer(app, &actor, &own, (&fourth, Some(number)))
            .await
            .unwrap();
        world.act(Whom::Is(id), Verb::Deactivate).await.unwrap();
        let (fifth, ..) = fresh(Some(&fourth)).await;
        assert_ne!(fifth, fourth);
        world.act(Whom::Is(id), Verb::Reactivate).await.unwrap();

        // Ten that are refused in an hour are enough.
        let mut held = fifth;
        let stopped = loop {
            phone::answer(app, &actor, &own, (&held, None)).await.unwrap();
            match phone::show(app, &kiosk, Some(&held), origin).await {
                Ok(Shown::Code { secret, .. }) => held = secret,
                Ok(Shown::In(_)) => panic!("nobody said yes"),
                Err(error) => break error.code().to_owned(),
            }
        };
        assert_eq!(stopped, "wait");
        world.hands.turn(3600);
        let (held, ..) = fresh(None).await;
        kiosks::end(app, &admin, kiosk.id).await.unwrap();
        assert!(kiosks::of_token(&app.db, &token).await.unwrap().is_none());
        assert_eq!(
            phone::scanned(app, &own, &held).await.unwrap_err().code(),
            "pass_over"
        );
        let filter = audit::Filter {
            subject: Some(kiosk.id.0),
            limit: 50,
            ..audit::Filter::default()
        };
        let noted = audit::list(&app.db, world.workplace.id, &filter).await.unwrap();
        let count = |verb: &str| noted.items.iter().filter(|event| event.verb == verb).count();
        assert_eq!((count("phone_log_in"), count("phone_refused")), (1, 10));
    })
    .await;
}
