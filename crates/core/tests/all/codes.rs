//! People without an e-mail address, on both databases: the code, the claim by it, the way back, and how it ends.

use std::net::IpAddr;

use crate::common::{World, on_both};
use guildhall_core::access::{self, Device, LoggedIn, Origin, PasswordHasher};
use guildhall_core::accounts::people::Filter;
use guildhall_core::accounts::{self, AccountState, ProfileField as Field, Verb, Whom};
use guildhall_core::codes::{self, CodeState, Given, Taking, rules};
use guildhall_core::ids::AccountId;
use guildhall_core::{Actor, Entropy, Result, audit, factors, roles, sessions, workplaces};
use guildhall_testkit::passkey::Passkey;

const GOOD: &str = "purple ladder seagull";
const SITE: &str = "https://people.example.com";
const FACTORY: &str = "192.0.2.7";

fn hasher() -> PasswordHasher {
    PasswordHasher::new(&Entropy::seeded(2)).unwrap()
}

fn from(address: &str) -> IpAddr {
    address.parse().unwrap()
}

fn origin() -> Origin<'static> {
    Origin {
        address: from(FACTORY),
        user_agent: "a phone",
        device: Device::New,
    }
}

async fn allow(world: &World, yes: bool) {
    let change = |workplace: &mut workplaces::Workplace| workplace.settings.without_email = yes;
    workplaces::change(&world.app, &world.admin(), change)
        .await
        .unwrap();
}

async fn worker(world: &World, name: &str, employee: &str, department: &str) -> AccountId {
    let text = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
    let verb = Verb::Provision {
        patch: vec![
            (Field::DisplayName, text(name)),
            (Field::EmployeeId, text(employee)),
            (Field::Phone, text("+48 600 700 800")),
            (Field::Department, text(department)),
        ],
        invite: false,
        role: None,
    };
    world.act(Whom::New, verb).await.unwrap().after.unwrap().id
}

async fn give(world: &World, id: AccountId) -> Given {
    codes::give(&world.app, &world.admin(), id).await.unwrap()
}

fn taking(username: Option<&str>, password: &str) -> Taking {
    Taking {
        username: username.map(str::to_owned),
        password: password.to_owned(),
        accept_terms: true,
        groups: Vec::new(),
    }
}

async fn take(world: &World, code: &str, taking: &Taking) -> Result<LoggedIn> {
    let taken = codes::take(&world.app, &hasher(), code, taking, origin()).await?;
    Ok(taken.session().unwrap())
}

async fn tried(world: &World, code: &str) -> &'static str {
    match codes::open(&world.app, code, from(FACTORY)).await {
        Ok(_) => "opens",
        Err(error) => error.code(),
    }
}

async fn log_in(world: &World, name: &str, password: &str) -> &'static str {
    let done = access::log_in_anywhere(&world.app, &hasher(), (name, password), origin()).await;
    done.map_or_else(|error| error.code(), |_| "in")
}

async fn state(world: &World, id: AccountId) -> AccountState {
    let found = accounts::get(&world.app.db, world.workplace.id, id).await;
    found.unwrap().unwrap().state
}

async fn code_state(world: &World, id: AccountId) -> Option<CodeState> {
    let db = &world.app.db;
    let found = codes::newest(&world.app, db, world.workplace.id, &[id]).await;
    found.unwrap().get(&id).map(|code| code.state)
}

#[tokio::test]
async fn a_person_without_an_email_claims_logs_in_and_comes_back() {
    on_both(async |world| {
        let bo = worker(world, "Bo Bold", "E-7001", "Smelter").await;
        let refused = codes::give(&world.app, &world.admin(), bo).await.unwrap_err();
        assert_eq!(refused.code(), "without_email_off");
        allow(world, true).await;
        let given = give(world, bo).await;
        assert_eq!(
            (state(world, bo).await, code_state(world, bo).await),
            (AccountState::Invited, Some(CodeState::Live))
        );

        let opened = codes::open(&world.app, &given.code.to_lowercase(), from(FACTORY))
            .await
            .unwrap();
        assert!(!opened.recovers());
        assert_eq!(
            codes::suggestion(&world.app, &opened).await.unwrap().as_deref(),
            Some("bo.bold")
        );
        let weak = take(world, &given.code, &taking(None, "E-7001 bold"))
            .await
            .unwrap_err();
        assert_eq!(weak.code(), "invalid");
        let no_terms = Taking {
            accept_terms: false,
            ..taking(None, GOOD)
        };
        assert_eq!(
            take(world, &given.code, &no_terms).await.unwrap_err().code(),
            "invalid"
        );

        let entered = take(
            world,
            &rules::grouped(&given.code),
            &taking(Some("Bo.Bold"), GOOD),
        )
        .await
        .unwrap();
        assert_eq!(
            (entered.account.id, entered.session.method.as_str()),
            (bo, "code")
        );
        assert_eq!(state(world, bo).await, AccountState::Claimed);
        assert_eq!(code_state(world, bo).await, Some(CodeState::Used));
        assert_eq!(tried(world, &given.code).await, "code_used");
        for (name, expect) in [
            ("bo.bold", "in"),
            ("BO.BOLD", "in"),
            ("e-7001", "in"),
            ("E-7002", "wrong_password"),
        ] {
            assert_eq!(log_in(world, name, GOOD).await, expect, "{name}");
        }

        // Forgotten: a new code from an admin. Whoever was in is out.
        let again = give(world, bo).await;
        assert_eq!(state(world, bo).await, AccountState::Claimed);
        assert!(
            codes::open(&world.app, &again.code, from(FACTORY))
                .await
                .unwrap()
                .recovers()
        );
        let back = take(world, &again.code, &taking(None, "granite teapot forest"))
            .await
            .unwrap();
        let alive = async |token: &str| {
            sessions::check(&world.app.db, token, world.app.now())
                .await
                .unwrap()
                .is_some()
        };
        assert_eq!(
            (alive(&entered.token).await, alive(&back.token).await),
            (false, true)
        );
        assert_eq!(log_in(world, "bo.bold", GOOD).await, "wrong_password");
        assert_eq!(log_in(world, "bo.bold", "granite teapot forest").await, "in");
        let events = audit::list(
            &world.app.db,
            world.workplace.id,
            &audit::Filter {
                subject: Some(bo.0),
                limit: 20,
                ..audit::Filter::default()
            },
        )
        .await
        .unwrap();
        let verbs: Vec<&str> = events
            .items
            .iter()
            .rev()
            .map(|event| event.verb.as_str())
            .collect();
        assert_eq!(verbs, ["provision", "give_code", "claim", "give_code", "recover"]);
    })
    .await;
}

#[tokio::test]
async fn a_code_for_somebody_with_a_second_factor_takes_a_proof() {
    on_both(async |world| {
        allow(world, true).await;
        let id = worker(world, "Bo Bold", "E-7001", "Mill").await;
        let code = give(world, id).await.code;
        let entered = take(world, &code, &taking(Some("bo.bold"), GOOD)).await.unwrap();
        let stale = Actor {
            proved_at: Some(world.app.now().plus_days(-1)),
            ..world.admin()
        };
        codes::give(&world.app, &stale, id).await.unwrap();
        let own = Actor::person(&entered.account, None);
        let asked = factors::begin_passkey(&world.app, SITE, &own, &entered.account)
            .await
            .unwrap();
        let (_, credential) = Passkey::make(SITE, &asked.options);
        let given = factors::Given {
            round: asked.round,
            credential,
        };
        let who = (&own, &entered.account);
        factors::add_passkey(&world.app, SITE, who, (&given, "", "a phone"))
            .await
            .unwrap();
        let refused = codes::give(&world.app, &stale, id).await.unwrap_err();
        assert_eq!(refused.code(), "prove_yourself");
        let many = codes::give_many(
            &world.app,
            &stale,
            &codes::Whom::These(vec![id]),
            codes::Onto::File,
        )
        .await;
        assert_eq!(many.unwrap_err().code(), "prove_yourself");
        give(world, id).await;
    })
    .await;
}

#[tokio::test]
async fn a_code_used_twice_at_once_works_once() {
    on_both(async |world| {
        allow(world, true).await;
        let bo = worker(world, "Bo", "7", "").await;
        let code = give(world, bo).await.code;
        let one = taking(None, GOOD);
        let tries = (0..4).map(|_| take(world, &code, &one));
        let done = futures::future::join_all(tries).await;
        let won = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(won, 1);
        for lost in done.iter().filter_map(|done| done.as_ref().err()) {
            assert_eq!(lost.code(), "code_used");
        }
    })
    .await;
}

#[tokio::test]
async fn what_ends_a_code() {
    on_both(async |world| {
        allow(world, true).await;
        let ways: [(&str, Option<Verb>, &str); 6] = [
            ("replaced", None, "code_replaced"),
            ("revoked", None, "code_revoked"),
            ("deactivated", Some(Verb::Deactivate), "code_revoked"),
            ("uninvited", Some(Verb::Revoke), "code_revoked"),
            (
                "has an e-mail",
                Some(Verb::Update {
                    patch: vec![(Field::Email, Some("bo@example.com".into()))],
                }),
                "code_revoked",
            ),
            ("deleted", Some(Verb::Delete), "not_found"),
        ];
        for (name, verb, expect) in ways {
            let id = worker(world, "Bo", &format!("E {name}"), "").await;
            let code = give(world, id).await.code;
            assert_eq!(tried(world, &code).await, "opens", "{name}");
            match (name, verb) {
                ("replaced", _) => {
                    let newer = give(world, id).await.code;
                    assert_eq!(tried(world, &newer).await, "opens");
                }
                ("revoked", _) => codes::revoke(&world.app, &world.admin(), id).await.unwrap(),
                (_, verb) => {
                    world.act(Whom::Is(id), verb.unwrap()).await.unwrap();
                }
            }
            assert_eq!(tried(world, &code).await, expect, "{name}");
            assert!(take(world, &code, &taking(None, GOOD)).await.is_err(), "{name}");
        }
        let id = worker(world, "Late", "E-late", "").await;
        assert_eq!(
            codes::revoke(&world.app, &world.admin(), id)
                .await
                .unwrap_err()
                .code(),
            "not_found"
        );
        let code = give(world, id).await.code;
        allow(world, false).await;
        assert_eq!(tried(world, &code).await, "without_email_off");
        allow(world, true).await;
        world.hands.turn(rules::DAYS * 24 * 3600);
        assert_eq!(tried(world, &code).await, "code_expired");
        assert_eq!(code_state(world, id).await, Some(CodeState::Expired));
        assert_eq!(
            codes::tidy(&world.app, world.app.now().plus_days(-1))
                .await
                .unwrap(),
            0
        );
        assert!(
            codes::tidy(&world.app, world.app.now().plus_days(1))
                .await
                .unwrap()
                > 0
        );
        assert_eq!(tried(world, &code).await, "not_found");
    })
    .await;
}

#[tokio::test]
async fn guesses_are_slowed_and_the_factory_goes_on() {
    on_both(async |world| {
        allow(world, true).await;
        let bo = worker(world, "Bo", "7", "").await;
        let code = give(world, bo).await.code;
        // Typing errors and an old code are no guesses.
        let old = give(world, bo).await.code;
        let new = give(world, bo).await.code;
        let mut typo = code.clone().into_bytes();
        typo[3] = if typo[3] == b'B' { b'C' } else { b'B' };
        let typo = String::from_utf8(typo).unwrap();
        for _ in 0..50 {
            assert_eq!(tried(world, &typo).await, "invalid");
        }
        assert_eq!(tried(world, &old).await, "code_replaced");
        let strangers = Entropy::seeded(99);
        let first = code.as_bytes()[0];
        for guess in 0..rules::NETWORK.burst {
            assert_eq!(
                tried(world, &codes::make(&strangers, first)).await,
                "not_found",
                "{guess}"
            );
        }
        assert_eq!(tried(world, &codes::make(&strangers, first)).await, "wait");
        assert_eq!(tried(world, &new).await, "wait", "for at most fifteen seconds");
        let elsewhere = codes::open(&world.app, &new, from("198.51.100.3")).await;
        assert!(elsewhere.is_ok(), "and only from there");
        world.hands.turn(15);
        assert_eq!(tried(world, &new).await, "opens");
        assert_eq!(tried(world, &new).await, "opens", "a right one costs nothing");
        assert_eq!(tried(world, &codes::make(&strangers, first)).await, "not_found");
        assert_eq!(tried(world, &new).await, "wait");
    })
    .await;
}

#[tokio::test]
async fn user_names_are_told_apart() {
    on_both(async |world| {
        allow(world, true).await;
        let (anna, bo) = (
            worker(world, "Anna", "A-1", "").await,
            worker(world, "Bo", "B-1", "").await,
        );
        let first = give(world, anna).await.code;
        take(world, &first, &taking(Some("anna"), GOOD)).await.unwrap();
        let code = give(world, bo).await.code;
        for taken in ["ANNA", "a-1", "x", "bo@example.com"] {
            let refused = take(world, &code, &taking(Some(taken), "granite teapot forest")).await;
            assert_eq!(refused.unwrap_err().code(), "invalid", "{taken}");
        }
        let with_name = take(world, &code, &taking(Some("bobold"), "bobold granite teapot")).await;
        assert!(with_name.unwrap_err().to_string().contains("without your name"));
        take(world, &code, &taking(Some("b-1"), "granite teapot forest"))
            .await
            .unwrap();
        // The name is free again when its holder is to claim anew.
        world.act(Whom::Is(anna), Verb::Unclaim).await.unwrap();
        assert_eq!(log_in(world, "anna", GOOD).await, "wrong_password");
        let again = give(world, bo).await.code;
        take(world, &again, &taking(Some("anna"), GOOD)).await.unwrap();
        let name = access::username(&world.app.db, (world.workplace.id, bo))
            .await
            .unwrap();
        assert_eq!(name.as_deref(), Some("anna"));
    })
    .await;
}

#[tokio::test]
async fn codes_for_many() {
    on_both(async |world| {
        allow(world, true).await;
        let mut ids = Vec::new();
        for n in 0..30 {
            let department = ["Smelter", "Rolling mill", "Assembly"][n % 3];
            ids.push(worker(world, &format!("Person {n:02}"), &format!("E-{n}"), department).await);
        }
        let mail = world.person("Mail", "mail@example.com", false).await;
        let give_many = async |whom: codes::Whom| {
            codes::give_many(&world.app, &world.admin(), &whom, codes::Onto::File)
                .await
                .unwrap()
        };
        let (given, refused) = give_many(codes::Whom::These(vec![ids[0], ids[0], mail])).await;
        assert_eq!((given.len(), refused.len()), (1, 1));
        assert!(refused[0].why.contains("has an e-mail"), "{}", refused[0].why);
        let (given, refused) = give_many(codes::Whom::Waiting(Some("smelter".into()))).await;
        assert_eq!(
            (given.len(), refused.len()),
            (9, 0),
            "one of ten has a code that works"
        );
        let (given, _) = give_many(codes::Whom::Waiting(None)).await;
        assert_eq!(given.len(), 20);
        let departments: Vec<&str> = given
            .iter()
            .map(|one| one.account.profile.get(Field::Department).unwrap())
            .collect();
        assert!(departments.is_sorted(), "sheets are handed out by department");
        let nobody = codes::give_many(
            &world.app,
            &world.admin(),
            &codes::Whom::Waiting(None),
            codes::Onto::File,
        )
        .await;
        assert_eq!(nobody.unwrap_err().code(), "nobody");
        let seen = codes::overview(&world.app, &world.admin()).await.unwrap();
        assert_eq!(
            (seen.waiting, seen.without_code, seen.departments.len()),
            (30, 0, 3)
        );
        assert_eq!(
            (seen.departments[0].name.as_str(), seen.departments[0].waiting),
            ("Assembly", 10)
        );
        let several: Vec<AccountId> = (0..201)
            .map(|_| AccountId::new(&world.app.entropy, world.app.now()))
            .collect();
        for (whom, onto, code) in [
            (several.clone(), codes::Onto::Screen, "invalid"),
            (several[1..].to_vec(), codes::Onto::Screen, "nobody"),
            (several, codes::Onto::File, "nobody"),
        ] {
            let refused = codes::give_many(&world.app, &world.admin(), &codes::Whom::These(whom), onto).await;
            assert_eq!(refused.unwrap_err().code(), code, "{onto:?}");
        }
        let filter = Filter {
            department: Some("Assembly".into()),
            ..Filter::default()
        };
        let (again, _) = give_many(codes::Whom::Matching(filter)).await;
        assert_eq!(again.len(), 10);
        assert_eq!(tried(world, &given[0].code).await, "code_replaced");
        assert_eq!(tried(world, &again[0].code).await, "opens");
        let mut all: Vec<&str> = given.iter().chain(&again).map(|one| one.code.as_str()).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 30);
    })
    .await;
}

#[tokio::test]
async fn nobody_lets_in_who_may_more_than_themselves() {
    on_both(async |world| {
        allow(world, true).await;
        let id = worker(world, "Bo", "7", "").await;
        world
            .act(
                Whom::Is(id),
                Verb::SetRole {
                    role: "analyst".into(),
                },
            )
            .await
            .unwrap();
        let inviter = Actor {
            permissions: [guildhall_core::Permission::PeopleInvite].into(),
            ..world.admin()
        };
        let refused = codes::give(&world.app, &inviter, id).await.unwrap_err();
        assert_eq!(refused.code(), "role_beyond");
        let several = codes::Whom::These(vec![id]);
        let refused = codes::give_many(&world.app, &inviter, &several, codes::Onto::File)
            .await
            .unwrap_err();
        assert!(
            refused.code() == "nobody" && refused.to_string().contains("which you don't have"),
            "{refused}"
        );
        let refused = roles::give(&world.app, &world.admin(), id, accounts::SYSTEM_ADMIN).await;
        assert_eq!(refused.unwrap_err().code(), "admin_needs_email");
        give(world, id).await;
        assert_eq!(code_state(world, id).await, Some(CodeState::Live));
    })
    .await;
}
