//! Nobody works on somebody who may more than they may themselves, however they go about it; on both databases.

use guildhall_core::accounts::people::{self, Doing};
use guildhall_core::accounts::{self, Account, ProfileField as Field, SYSTEM_ADMIN, Source, Verb, Whom};
use guildhall_core::directory::Via;
use guildhall_core::directory::ldap::{Security, Server};
use guildhall_core::ids::AccountId;
use guildhall_core::imports::{self, Mode};
use guildhall_core::mail::LetterKind;
use guildhall_core::{
    Actor, Error, Permission as P, access, connectors, directory, factors, outbox, roles, tokens,
};

use guildhall_wire::directory::{Kind, Mapping};

use crate::common::lists::{again, file, rows};
use crate::common::{World, on_both};

/// Somebody who is in, with this role.
async fn somebody(world: &World, name: &str, role: &str) -> AccountId {
    let email = format!("{name}@example.com");
    world.member(name, &email, role).await.id
}

async fn read(world: &World, id: AccountId) -> Account {
    let found = accounts::get(&world.app.db, world.workplace.id, id).await;
    found.unwrap().unwrap()
}

async fn custom(world: &World, name: &str, may: &[P]) -> String {
    let input = roles::Input {
        name: name.into(),
        description: String::new(),
        permissions: may.iter().copied().collect(),
    };
    let made = roles::create(&world.app, &world.admin(), &input).await;
    made.unwrap().key
}

async fn actor(world: &World, id: AccountId) -> Actor {
    let account = read(world, id).await;
    let permissions = roles::permissions_of(&world.app.db, world.workplace.id, &account.role).await;
    Actor {
        permissions: permissions.unwrap(),
        ..Actor::person(&account, None)
    }
}

fn address(email: &str) -> Verb {
    Verb::Update {
        patch: vec![(Field::Email, Some(email.to_owned()))],
    }
}

fn refused<T: std::fmt::Debug>(done: Result<T, Error>, what: &str) {
    let error = done.expect_err(what);
    assert_eq!(error.code(), "forbidden", "{what}: {error}");
    assert!(
        error.to_string().contains("ask an admin who does")
            || error.to_string().contains("Ask an admin who does"),
        "{error}"
    );
}

#[tokio::test]
async fn nobody_works_on_who_may_more() {
    on_both(async |world| {
        let strong = custom(world, "Keeper", &[P::PeopleRead, P::WorkplaceManage]).await;
        let fixer = [P::PeopleRead, P::PeopleWrite, P::PeopleDeactivate, P::RolesManage];
        let fixer = custom(world, "Fixer", &fixer).await;
        let boss = somebody(world, "boss", SYSTEM_ADMIN).await;
        let keeper = somebody(world, "keeper", &strong).await;
        let lead = somebody(world, "lead", roles::rules::SUPERVISOR).await;
        let manager = somebody(world, "manager", "account_manager").await;
        let manager = actor(world, manager).await;
        let fix = somebody(world, "fix", &fixer).await;
        let fix = actor(world, fix).await;
        let app = &world.app;

        for (who, whom) in [(&manager, keeper), (&manager, boss), (&fix, boss), (&fix, keeper)] {
            refused(
                people::act(app, who, whom, address("x@example.com"), None).await,
                "the address",
            );
            refused(
                people::act(app, who, whom, Verb::Deactivate, None).await,
                "the end",
            );
            refused(factors::remove_all(app, who, whom).await, "the factors");
        }
        refused(roles::give(app, &fix, boss, "member").await, "a role taken");
        refused(
            roles::give(app, &fix, fix.account().unwrap(), &strong).await,
            "a role given",
        );
        let poorer = roles::Input {
            name: "Keeper".into(),
            description: String::new(),
            permissions: [P::PeopleRead].into(),
        };
        refused(
            roles::update(app, &fix, &strong, &poorer).await,
            "a role made poorer",
        );
        assert_eq!(read(world, boss).await.role, SYSTEM_ADMIN);

        // Whom they look after in full, and a supervisor, they go on working on.
        let verb = Verb::Update {
            patch: vec![(Field::Title, Some("Lead".into()))],
        };
        people::act(app, &manager, lead, verb, None).await.unwrap();
        let doings = people::possible(&manager, &read(world, lead).await);
        assert!(doings.contains(&Doing::Deactivate), "{doings:?}");
        roles::give(app, &fix, fix.account().unwrap(), "member")
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn no_list_changes_who_may_more() {
    on_both(async |world| {
        let strong = custom(world, "Keeper", &[P::PeopleRead, P::WorkplaceManage]).await;
        let keeper = somebody(world, "keeper", &strong).await;
        somebody(world, "plain", accounts::MEMBER).await;
        let manager = somebody(world, "manager", "account_manager").await;
        let manager = actor(world, manager).await;
        let app = &world.app;
        let text = "Email,Job title\nkeeper@example.com,Chief\nplain@example.com,Hand\n";
        let run = imports::create(app, &manager, "a.csv", Mode::Add, file(text))
            .await
            .unwrap();
        imports::work(app).await.unwrap();
        let told = rows(world, &again(world, &run).await).await;
        assert_eq!(told[0], "2 invalid none keeper has the", "{told:?}");
        assert!(told[1].starts_with("3 valid"), "{told:?}");
        imports::apply(app, &manager, run.id, false).await.unwrap();
        imports::work(app).await.unwrap();
        assert_eq!(read(world, keeper).await.profile.get(Field::Title), None);

        // An admin's list that somebody else applies does no more than that one may.
        let text = "Email,Job title\nkeeper@example.com,Chief\n";
        let run = imports::create(app, &world.admin(), "b.csv", Mode::Add, file(text))
            .await
            .unwrap();
        imports::work(app).await.unwrap();
        imports::apply(app, &manager, run.id, false).await.unwrap();
        imports::work(app).await.unwrap();
        assert_eq!(read(world, keeper).await.profile.get(Field::Title), None);
        let run = imports::create(app, &world.admin(), "c.csv", Mode::Add, file(text))
            .await
            .unwrap();
        imports::work(app).await.unwrap();
        imports::apply(app, &world.admin(), run.id, false).await.unwrap();
        imports::work(app).await.unwrap();
        assert_eq!(read(world, keeper).await.profile.get(Field::Title), Some("Chief"));
    })
    .await;
}

#[tokio::test]
async fn whoever_connects_a_source_gives_roles_and_shows_who_they_are() {
    on_both(async |world| {
        let app = &world.app;
        let all = world.admin();
        let connector = connectors::create(app, &all, "Entra ID", connectors::Settings::default());
        let connector = connector.await.unwrap().id;
        let settings = directory::Settings {
            kind: Kind::OpenLdap,
            via: Via::Agent,
            server: Server {
                host: "directory.example".into(),
                port: None,
                security: Security::Ldaps,
                ca: None,
                bind_dn: "cn=reader".into(),
            },
            base: "dc=example".into(),
            filter: String::new(),
            group: None,
            groups: None,
            mapping: Mapping::preset(Kind::OpenLdap),
            invite: false,
            automatic: false,
            every_minutes: 15,
            full_hours: 24,
        };
        let made = directory::create(app, &all, "Office", settings.clone(), None).await;
        let made = made.unwrap().id;
        let house = Actor {
            permissions: P::ALL.into_iter().filter(|one| *one != P::RolesManage).collect(),
            ..world.admin()
        };
        let long_ago = app.now().plus_days(-1);
        let unproven = Actor {
            proved_at: Some(long_ago),
            ..world.admin()
        };
        for (actor, expect) in [(&house, "forbidden"), (&unproven, "prove_yourself")] {
            let none = connectors::Settings::default;
            let edit = directory::Edit {
                name: Some("Mine"),
                ..directory::Edit::default()
            };
            for code in [
                code(connectors::create(app, actor, "Mine", none()).await),
                code(connectors::update(app, actor, connector, "Mine", none()).await),
                code(connectors::token(app, actor, connector, None).await),
                code(connectors::rotate(app, actor, connector, 0, None).await),
                code(tokens::create(app, actor, "Mine", &[P::Scim], None).await),
                code(directory::create(app, actor, "Mine", settings.clone(), None).await),
                code(directory::edit(app, actor, made, edit).await),
            ] {
                assert_eq!(code, expect);
            }
        }
        // They still see them.
        assert!(connectors::read(app, &house, connector).await.is_ok());
        connectors::token(app, &all, connector, None).await.unwrap();
    })
    .await;
}

fn code<T: std::fmt::Debug>(done: Result<T, Error>) -> &'static str {
    done.expect_err("that is refused").code()
}

#[tokio::test]
async fn a_link_is_followed_in_somebodys_place_only_by_who_may_as_much() {
    on_both(async |world| {
        let app = &world.app;
        let newest = async |actor: &Actor| {
            let filter = outbox::Filter {
                limit: 1,
                ..outbox::Filter::default()
            };
            let letter = outbox::list(&app.db, &world.admin(), &filter).await.unwrap();
            let id = letter.items[0].id;
            let read = outbox::read(app, actor, "http://site", id).await;
            read.map(|read| (read.letter.kind, read.link))
        };
        let house = Actor {
            permissions: [P::OutboxRead, P::WorkplaceManage].into(),
            ..world.admin()
        };
        let id = world.person("bo", "bo@example.com", true).await;
        let (_, link) = newest(&house).await.unwrap();
        assert!(link.unwrap().starts_with("http://site/claim/"));
        let unproven = Actor {
            proved_at: Some(app.now().plus_days(-1)),
            ..house.clone()
        };
        assert_eq!(code(newest(&unproven).await), "prove_yourself");
        let role = Verb::SetRole {
            role: SYSTEM_ADMIN.into(),
        };
        world.act(Whom::Is(id), role).await.unwrap();
        assert_eq!(newest(&house).await.unwrap().1, None);
        assert!(newest(&world.admin()).await.unwrap().1.is_some());

        // A link that sets a password is its reader's alone.
        let claim = accounts::Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
        let policy = accounts::Policy::default();
        accounts::change(app, &world.admin(), Whom::Is(id), &claim, &policy)
            .await
            .unwrap();
        access::ask_reset(app, "bo@example.com", [192, 0, 2, 1].into())
            .await
            .unwrap();
        access::answer_resets(app).await.unwrap();
        let (kind, link) = newest(&world.admin()).await.unwrap();
        assert_eq!((kind, link), (LetterKind::PasswordReset, None));
    })
    .await;
}
