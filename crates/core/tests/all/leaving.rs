//! Whoever leaves is out in the moment of it, whichever source says so, and there is a proof.

use crate::common::{World, on_both};
use guildhall_core::accounts::bulk::{Item, Keys};
use guildhall_core::accounts::{self, Account, Change, Policy, Source, Verb, Whom, people};
use guildhall_core::ids::AccountId;
use guildhall_core::leaving::{self, EndKind, Filter, Proof};
use guildhall_core::sessions::{self, Place};
use guildhall_core::{Actor, Permission, access, addresses, connectors, joining, tokens};

async fn change(world: &World, id: AccountId, source: Source, verb: Verb) -> accounts::Plan {
    let change = Change::new(source, verb);
    accounts::change(
        &world.app,
        &world.admin(),
        Whom::Is(id),
        &change,
        &Policy::default(),
    )
    .await
    .unwrap()
}

/// Somebody who is in and is an admin, with one of everything that a person can have.
struct Busy {
    account: Account,
    session: String,
    token: String,
    connector_token: String,
    join_link: String,
}

async fn busy(world: &World, name: &str) -> Busy {
    let app = &world.app;
    let email = format!("{name}@example.com");
    let id = world.person(name, &email, true).await;
    let claim = Verb::Claim { patch: Vec::new() };
    change(world, id, Source::SelfService, claim).await;
    let role = accounts::SYSTEM_ADMIN.to_owned();
    let plan = change(world, id, Source::Admin, Verb::SetRole { role }).await;
    let account = plan.after.unwrap();
    let actor = Actor::person(&account, None);
    let mut tx = app.begin().await.unwrap();
    let place = Place {
        method: "password",
        user_agent: "Firefox on Linux",
        address: "192.0.2.7",
        until: None,
        proved: guildhall_core::sessions::Proved::Now,
    };
    let whose = (account.workplace, id);
    let opened = sessions::open(&mut tx, &app.entropy, app.now(), whose, place).await;
    tx.commit().await.unwrap();
    let (_, token) = tokens::create(app, &actor, "Script", &[Permission::PeopleRead], None)
        .await
        .unwrap();
    let connector = connectors::first(app, &actor).await.unwrap();
    let (_, connector_token) = connectors::token(app, &actor, connector.id, None).await.unwrap();
    let (_, join_link) = joining::create_link(app, &actor, None, (5, 5)).await.unwrap();
    access::ask_reset(app, &email, [192, 0, 2, 1].into())
        .await
        .unwrap();
    access::answer_resets(app).await.unwrap();
    addresses::ask(app, &account).await.unwrap();
    Busy {
        account,
        session: opened.unwrap().1,
        token,
        connector_token,
        join_link,
    }
}

/// Whether nothing of theirs opens anything any more.
async fn is_out(world: &World, busy: &Busy) {
    let app = &world.app;
    let now = app.now();
    assert_eq!(sessions::check(&app.db, &busy.session, now).await.unwrap(), None);
    assert!(tokens::check(app, &busy.token, None).await.unwrap().is_none());
    assert!(joining::read_link(app, &busy.join_link).await.is_err());
    // A connector is the organisation's, not the person's who connected it.
    let (_, lives) = tokens::identify(app, &busy.connector_token)
        .await
        .unwrap()
        .unwrap();
    assert!(lives);
}

async fn proof(world: &World, id: AccountId) -> Proof {
    let filter = Filter {
        account: Some(id),
        limit: 10,
        ..Filter::default()
    };
    let found = leaving::list(&world.app, &world.admin(), &filter).await.unwrap();
    leaving::proof(&world.app, &world.admin(), found.items[0].id)
        .await
        .unwrap()
}

fn kinds(proof: &Proof) -> Vec<EndKind> {
    let mut kinds: Vec<EndKind> = proof.ended.iter().map(|end| end.kind).collect();
    kinds.sort_unstable();
    kinds
}

const ALL: [EndKind; 6] = [
    EndKind::Session,
    EndKind::ApiToken,
    EndKind::ResetLink,
    EndKind::AddressLink,
    EndKind::JoinLink,
    EndKind::Letters,
];

#[tokio::test]
async fn whichever_source_says_so_everything_ends_in_that_moment() {
    on_both(async |world| {
        world.person("Rest", "rest@example.com", false).await;
        let stays = busy(world, "stays").await;
        for (source, verb) in [
            (Source::Admin, Verb::Deactivate),
            (Source::Api, Verb::Deactivate),
            (Source::File, Verb::Deactivate),
            (Source::Scim, Verb::Deactivate),
            (Source::Scim, Verb::Withdraw),
            (Source::Directory, Verb::Deactivate),
        ] {
            let told = format!("{} {}", source.as_str(), verb.as_str());
            let leaver = busy(world, &told.replace(' ', ".")).await;
            world.hands.turn(600);
            change(world, leaver.account.id, source, verb).await;
            is_out(world, &leaver).await;
            let proof = proof(world, leaver.account.id).await;
            assert_eq!(kinds(&proof), ALL, "{told}");
            assert_eq!(proof.goes_on.len(), 1, "{told}");
            assert_eq!(proof.goes_on[0].kind, EndKind::ConnectorToken);
            assert_eq!(proof.leaving.source, source);
            assert_eq!(proof.leaving.actor_name, "Command line");
            assert_eq!(proof.leaving.at, world.app.now());
            assert_eq!(
                proof.leaving.last_seen_at,
                Some(world.app.now().plus_seconds(-600))
            );
            assert_eq!(proof.open_now, 0);
            let session = proof.ended.iter().find(|end| end.kind == EndKind::Session);
            assert_eq!(session.unwrap().what, "Firefox, Linux, 192.0.2.7");
            assert!(
                proof
                    .ended
                    .iter()
                    .all(|end| end.ended_at == Some(world.app.now()))
            );
        }
        let session = sessions::check(&world.app.db, &stays.session, world.app.now()).await;
        assert!(session.unwrap().is_some(), "nobody else's session ended");
        assert!(
            tokens::check(&world.app, &stays.token, None)
                .await
                .unwrap()
                .is_some()
        );
    })
    .await;
}

#[tokio::test]
async fn many_at_once_are_out_as_one_is() {
    on_both(async |world| {
        let (one, two) = (busy(world, "one").await, busy(world, "two").await);
        busy(world, "three").await;
        let item = |busy: &Busy| Item {
            keys: Keys {
                account: Some(busy.account.id),
                ..Keys::default()
            },
            change: Change::new(Source::Directory, Verb::Deactivate),
            manager: None,
        };
        world.act_on_many(vec![item(&one), item(&two)]).await;
        for busy in [&one, &two] {
            is_out(world, busy).await;
            assert_eq!(kinds(&proof(world, busy.account.id).await), ALL);
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_servers_saw_is_added_and_whoever_comes_back_has_a_proof_of_the_past() {
    on_both(async |world| {
        let (app, admin) = (&world.app, world.admin());
        let busy = busy(world, "anna").await;
        world.person("Rest", "rest@example.com", false).await;
        super_admin(world).await;
        let id = busy.account.id;
        let whose = (busy.account.workplace, id);
        change(world, id, Source::Scim, Verb::Deactivate).await;
        let act = app.now();
        // A request that had been let in while the change was on its way.
        app.watch.note(id, guildhall_core::Moment::from_ms(act.ms() + 7));
        leaving::report(app, whose.0, id).await.unwrap();
        leaving::report(app, whose.0, id).await.unwrap();
        world.hands.turn(1);
        let session = guildhall_core::ids::SessionId::new(&app.entropy, app.now());
        leaving::note_cut(app, whose, session, act).await.unwrap();
        let first = proof(world, id).await;
        assert!((first.seconds_to_last_request - 0.007).abs() < 1e-9);
        assert!((first.seconds_to_last_byte - 1.0).abs() < 1e-9);
        assert_eq!(first.ended.last().unwrap().kind, EndKind::Stream);
        let lines = leaving::rules::lines(&first);
        assert_eq!(lines.len(), first.ended.len() + 1);
        assert!(
            lines
                .iter()
                .all(|line| line.len() == leaving::rules::COLUMNS.len())
        );
        assert_eq!(lines.last().unwrap().last().unwrap(), "yes");

        change(world, id, Source::Scim, Verb::Reactivate).await;
        assert!(proof(world, id).await.leaving.back_at.is_some());
        // Nothing is added to what is over.
        app.watch.note(id, app.now());
        leaving::report(app, whose.0, id).await.unwrap();
        assert_eq!(
            proof(world, id).await.leaving.last_accepted_at,
            first.leaving.last_accepted_at
        );
        let gone = |gone| Filter {
            gone,
            limit: 10,
            ..Filter::default()
        };
        assert!(
            leaving::list(app, &admin, &gone(true))
                .await
                .unwrap()
                .items
                .is_empty()
        );
        world.hands.turn(60);
        change(world, id, Source::Admin, Verb::Deactivate).await;
        let page = leaving::list(
            app,
            &admin,
            &Filter {
                limit: 1,
                ..gone(false)
            },
        )
        .await
        .unwrap();
        assert_eq!(page.items[0].source, Source::Admin);
        let (at, rest) = page
            .next
            .unwrap()
            .split_once('.')
            .map(|(at, id)| (at.parse().unwrap(), id.parse().unwrap()))
            .unwrap();
        let filter = Filter {
            after: Some((guildhall_core::Moment::from_ms(at), rest)),
            name: Some("ANN".into()),
            source: Some(Source::Scim),
            from: Some(act),
            to: Some(app.now()),
            ..gone(false)
        };
        assert_eq!(leaving::list(app, &admin, &filter).await.unwrap().items.len(), 1);

        people::act(app, &admin, id, Verb::Strip, None).await.unwrap();
        let stripped = proof(world, id).await;
        assert_eq!(stripped.leaving.name, "Former member");
        assert!(stripped.ended.iter().all(|end| end.what.is_empty()));
        people::act(app, &admin, id, Verb::Delete, None).await.unwrap();
        assert!(
            leaving::list(app, &admin, &gone(false))
                .await
                .unwrap()
                .items
                .is_empty()
        );
    })
    .await;
}

/// One more, so that others may go.
async fn super_admin(world: &World) {
    busy(world, "last").await;
}
