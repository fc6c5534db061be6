//! The browsers by which people come in: what becomes of somebody who says that it was not them, and of those that are
//! remembered; on both databases.

use crate::common::{World, on_both};
use guildhall_core::access::{self, Device, Entered, LoggedIn, Origin, PasswordHasher};
use guildhall_core::accounts::{Account, SYSTEM_ADMIN};
use guildhall_core::factors;
use guildhall_core::ids::LetterId;
use guildhall_core::mail::LetterKind;
use guildhall_core::{Actor, Entropy, Error, Permission, audit, devices, outbox, sessions, sign_ins, tokens};
use guildhall_store::sql;
use guildhall_testkit::passkey::Passkey;

const GOOD: &str = "violet harbour engine moss";
const BETTER: &str = "copper lantern mussel tide";
const SITE: &str = "https://people.example.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

fn hasher() -> PasswordHasher {
    PasswordHasher::new(&Entropy::seeded(3)).unwrap()
}

fn home() -> Origin<'static> {
    Origin {
        address: [127, 0, 0, 1].into(),
        user_agent: "a browser",
        device: Device::New,
    }
}

fn elsewhere() -> Origin<'static> {
    Origin {
        address: [198, 51, 100, 9].into(),
        user_agent: FIREFOX,
        device: Device::New,
    }
}

async fn somebody(world: &World, email: &str, role: &str) -> Account {
    let account = world.member(&email[..2], email, role).await;
    access::choose_password(&world.app, &hasher(), &account, GOOD)
        .await
        .unwrap();
    account
}

async fn tries(world: &World, password: &str, origin: Origin<'_>) -> Result<Entered, Error> {
    let pair = ("bo@example.com", password);
    access::log_in(&world.app, &hasher(), world.workplace.id, pair, origin).await
}

async fn enters(world: &World, password: &str, origin: Origin<'_>) -> LoggedIn {
    match tries(world, password, origin).await.unwrap() {
        Entered::In(entered) => *entered,
        Entered::Step(_) => panic!("more is asked"),
    }
}

async fn alive(world: &World, entered: &LoggedIn) -> bool {
    let found = sessions::check(&world.app.db, &entered.token, world.app.now()).await;
    found.unwrap().is_some()
}

/// The letters of a kind, the newest first: to whom, and the secret of the link, as it goes out to its reader.
async fn letters(world: &World, kind: LetterKind) -> Vec<(String, String)> {
    let filter = outbox::Filter {
        limit: 100,
        ..outbox::Filter::default()
    };
    let all = outbox::list(&world.app.db, &world.admin(), &filter)
        .await
        .unwrap();
    let mut found = Vec::new();
    for letter in all.items.iter().filter(|letter| letter.kind == kind) {
        found.push((letter.recipient.clone(), secret(world, letter.id).await));
    }
    found
}

async fn secret(world: &World, letter: LetterId) -> String {
    let mut tx = world.app.begin().await.unwrap();
    let sealed: Option<String> = sql("SELECT sealed FROM outbox WHERE workplace_id = $1 AND id = $2")
        .bind(world.workplace.id)
        .bind(letter)
        .scalar(&mut tx)
        .await
        .unwrap();
    let open = |sealed: String| world.app.sealer.open(&format!("outbox {letter}"), &sealed);
    sealed.and_then(open).unwrap_or_default()
}

async fn add_passkey(world: &World, account: &Account) {
    let actor = Actor::person(account, None);
    let asked = factors::begin_passkey(&world.app, SITE, &actor, account)
        .await
        .unwrap();
    let (_, credential) = Passkey::make(SITE, &asked.options);
    let given = factors::Given {
        round: asked.round,
        credential,
    };
    factors::add_passkey(
        &world.app,
        SITE,
        (&actor, account),
        (&given, "", "Firefox on Linux"),
    )
    .await
    .unwrap();
}

async fn disowned(world: &World) -> Vec<String> {
    let filter = sign_ins::Filter {
        disowned: Some(true),
        limit: 10,
        ..sign_ins::Filter::default()
    };
    let found = sign_ins::list(&world.app, &world.admin(), &filter).await.unwrap();
    found.items.into_iter().map(|one| one.address).collect()
}

#[tokio::test]
async fn whoever_was_not_in_says_so_and_nobody_is_any_more() {
    on_both(async |world| {
        let app = &world.app;
        somebody(world, "an@example.com", SYSTEM_ADMIN).await;
        let bo = somebody(world, "bo@example.com", "member").await;
        world.hands.turn(24 * 60 * 60);
        let mine = enters(world, GOOD, home()).await;
        assert!(letters(world, LetterKind::NewDevice).await.is_empty());
        let theirs = enters(world, GOOD, elsewhere()).await;
        let (_, link) = letters(world, LetterKind::NewDevice).await.remove(0);
        add_passkey(world, &bo).await;
        let by_bo = Actor {
            permissions: [Permission::TokensManage, Permission::PeopleRead].into(),
            proved_at: Some(app.now()),
            ..Actor::person(&bo, None)
        };
        let (_, token) = tokens::create(app, &by_bo, "A program", &[Permission::PeopleRead], None)
            .await
            .unwrap();
        access::ask_reset(app, "bo@example.com", [198, 51, 100, 9].into())
            .await
            .unwrap();
        access::answer_resets(app).await.unwrap();
        let (_, asked_by_them) = letters(world, LetterKind::PasswordReset).await.remove(0);

        let told = devices::open(app, &link).await.unwrap();
        assert_eq!((told.account.id, told.over), (bo.id, false));
        assert_eq!(told.log_in.address, "198.51.100.9");
        assert!(alive(world, &theirs).await, "to look is to do nothing");

        let done = devices::deny(app, &link).await.unwrap();
        assert!(done.link_sent);
        assert!(!alive(world, &theirs).await && !alive(world, &mine).await);
        assert!(tries(world, GOOD, elsewhere()).await.is_err(), "the old password");
        assert!(access::open_reset(app, &asked_by_them).await.is_err());
        assert!(tokens::check(app, &token, None).await.unwrap().is_none());
        let mut tx = app.db.snapshot().await.unwrap();
        let factors = factors::of(&mut tx, world.workplace.id, bo.id).await.unwrap();
        drop(tx);
        assert_eq!((factors.passkeys, factors.recovery_codes), (0, 0));
        assert_eq!(disowned(world).await, ["198.51.100.9"]);
        let admins = letters(world, LetterKind::LogInDenied).await;
        assert_eq!(admins.len(), 1);
        assert_eq!(admins[0].0, "an@example.com");
        let log = audit::list(
            &app.db,
            world.workplace.id,
            &audit::Filter {
                limit: 20,
                ..Default::default()
            },
        )
        .await
        .unwrap();
        assert!(log.items.iter().any(|event| event.verb.ends_with("deny_log_in")));

        let again = devices::deny(app, &link).await.unwrap_err();
        assert_eq!(again.code(), "said_already");
        let (_, fresh) = letters(world, LetterKind::PasswordReset).await.remove(0);
        access::reset_password(app, &hasher(), &fresh, BETTER)
            .await
            .unwrap();
        enters(world, BETTER, elsewhere()).await;
        assert_eq!(
            letters(world, LetterKind::NewDevice).await.len(),
            2,
            "the browser is news again"
        );
    })
    .await;
}

#[tokio::test]
async fn the_link_of_a_log_in_that_is_over_says_so_and_works_for_thirty_days() {
    on_both(async |world| {
        let app = &world.app;
        let bo = somebody(world, "bo@example.com", "member").await;
        enters(world, GOOD, home()).await;
        let theirs = enters(world, GOOD, elsewhere()).await;
        let (_, link) = letters(world, LetterKind::NewDevice).await.remove(0);
        let whose = (world.workplace.id, bo.id);
        sessions::end_now(app, whose, theirs.session.id, "logged_out")
            .await
            .unwrap();
        assert!(devices::open(app, &link).await.unwrap().over);
        assert!(matches!(
            devices::open(app, "made-up").await,
            Err(Error::NotFound(_))
        ));
        world.hands.turn(devices::LINK_DAYS * 24 * 60 * 60);
        assert!(matches!(devices::open(app, &link).await, Err(Error::NotFound(_))));
        assert!(matches!(devices::deny(app, &link).await, Err(Error::NotFound(_))));
        assert_eq!(devices::tidy(app).await.unwrap(), 1);
    })
    .await;
}
