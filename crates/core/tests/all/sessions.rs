//! Sessions on both databases: they live, and end at once.

use guildhall_core::accounts::{self, Change, Policy, ProfileField as Field, Source, Verb, Whom};
use guildhall_core::sessions::{self, Place, Session};
use guildhall_core::workplaces;
use guildhall_core::{Actor, App};

const PLACE: Place<'_> = Place {
    method: "password",
    user_agent: "Firefox",
    address: "192.0.2.7",
    until: None,
    proved: guildhall_core::sessions::Proved::Now,
};

async fn on_both<F: AsyncFn(App)>(story: F) {
    crate::common::on_both(async |world| story(world.app.clone()).await).await;
}

/// A workplace with one person.
async fn person(app: &App) -> (Actor, accounts::Account) {
    let workplace = workplaces::create(app, "Town hall", "en", "UTC").await.unwrap();
    let actor = Actor::command_line(workplace.id);
    let patch = vec![
        (Field::DisplayName, Some("Anna".to_owned())),
        (Field::Email, Some("anna@example.com".to_owned())),
    ];
    let change = Change::new(
        Source::Admin,
        Verb::Provision {
            patch,
            invite: false,
            role: None,
        },
    );
    let plan = accounts::change(app, &actor, Whom::New, &change, &Policy::default())
        .await
        .unwrap();
    (actor, plan.after.unwrap())
}

async fn open(app: &App, account: &accounts::Account) -> (Session, String) {
    let mut tx = app.begin().await.unwrap();
    let whose = (account.workplace, account.id);
    let opened = sessions::open(&mut tx, &app.entropy, app.now(), whose, PLACE)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    opened
}

#[tokio::test]
async fn a_session_lives_until_it_is_ended_or_too_old() {
    on_both(async |app| {
        let (_, anna) = person(&app).await;
        let (session, token) = open(&app, &anna).await;
        assert_eq!(
            sessions::check(&app.db, &token, app.now()).await.unwrap(),
            Some(session.clone())
        );
        assert_eq!(
            sessions::check(&app.db, "guessed", app.now()).await.unwrap(),
            None
        );
        assert_eq!(
            sessions::check(&app.db, &token, session.expires_at)
                .await
                .unwrap(),
            None
        );

        let mut tx = app.begin().await.unwrap();
        let whose = (anna.workplace, anna.id);
        assert!(
            sessions::end(&mut tx, whose, session.id, "by the person", app.now())
                .await
                .unwrap()
        );
        assert!(
            !sessions::end(&mut tx, whose, session.id, "again", app.now())
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert_eq!(sessions::check(&app.db, &token, app.now()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_use_prolongs_it() {
    on_both(async |app| {
        let (_, anna) = person(&app).await;
        let (session, token) = open(&app, &anna).await;
        let later = app.now().plus_days(20);
        let mut tx = app.begin().await.unwrap();
        sessions::touch(&mut tx, &session, later).await.unwrap();
        tx.commit().await.unwrap();
        let found = sessions::check(&app.db, &token, later.plus_days(20))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.last_seen_at, later);
    })
    .await;
}

#[tokio::test]
async fn who_is_deactivated_is_out_on_every_device_and_nobody_else_is() {
    on_both(async |app| {
        let (actor, anna) = person(&app).await;
        let (_, elsewhere) = person(&app).await;
        let (_, first) = open(&app, &anna).await;
        let (_, second) = open(&app, &anna).await;
        let (_, other) = open(&app, &elsewhere).await;
        assert_eq!(
            sessions::list(&app.db, anna.workplace, anna.id, app.now())
                .await
                .unwrap()
                .len(),
            2
        );
        let change = Change::new(Source::File, Verb::Deactivate);
        accounts::change(&app, &actor, Whom::Is(anna.id), &change, &Policy::default())
            .await
            .unwrap();
        for token in [first, second] {
            assert_eq!(sessions::check(&app.db, &token, app.now()).await.unwrap(), None);
        }
        assert!(
            sessions::check(&app.db, &other, app.now())
                .await
                .unwrap()
                .is_some()
        );
    })
    .await;
}
