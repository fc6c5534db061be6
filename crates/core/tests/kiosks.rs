//! Shared devices on both databases: a link makes one, sessions on it are short, and its end ends them.

mod common;

use std::net::{IpAddr, Ipv4Addr};

use common::on_both;
use guildhall_core::access::{self, Origin, PasswordHasher};
use guildhall_core::accounts::{self, Verb, Whom};
use guildhall_core::{Entropy, audit, kiosks, sessions};

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
            kiosks::create(app, &admin, "Line 3", 5).await.unwrap_err().code(),
            "invalid"
        );
        let (kiosk, secret) = kiosks::create(app, &admin, "Line 3", 120).await.unwrap();
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
        let (_, late) = kiosks::create(app, &admin, "Late", 60).await.unwrap();
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
