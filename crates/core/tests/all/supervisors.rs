//! Who looks after whom, on both databases: own people and no others, found, counted, given codes.

use crate::common::{World, on_both};
use guildhall_core::accounts::{self, Account, AccountState, ProfileField as Field, Verb, Whom};
use guildhall_core::codes::{self, rules};
use guildhall_core::ids::AccountId;
use guildhall_core::roles::rules::SUPERVISOR;
use guildhall_core::supervisors::{self, Filter};
use guildhall_core::{Actor, audit, roles, workplaces};

async fn worker(world: &World, name: &str, manager: Option<AccountId>, location: &str) -> AccountId {
    let text = |value: &str| Some(value.to_owned());
    let mut patch = vec![
        (Field::DisplayName, text(name)),
        (Field::EmployeeId, text(&format!("E-{name}"))),
        (Field::Location, text(location)),
    ];
    if let Some(manager) = manager {
        patch.push((Field::Manager, text(&manager.to_string())));
    }
    let verb = Verb::Provision {
        patch,
        invite: false,
        role: None,
    };
    world.act(Whom::New, verb).await.unwrap().after.unwrap().id
}

async fn actor(world: &World, id: AccountId) -> Actor {
    let account: Account = accounts::get(&world.app.db, world.workplace.id, id)
        .await
        .unwrap()
        .unwrap();
    let permissions = roles::permissions_of(&world.app.db, world.workplace.id, &account.role)
        .await
        .unwrap();
    Actor {
        permissions,
        ..Actor::person(&account, None)
    }
}

async fn names(world: &World, actor: &Actor, waiting: bool) -> Vec<String> {
    let mut filter = Filter {
        waiting,
        after: None,
        limit: 2,
    };
    let mut names = Vec::new();
    loop {
        let page = supervisors::own_people(&world.app, actor, &filter).await.unwrap();
        names.extend(page.items.iter().map(Account::name));
        let Some(next) = page.next else { return names };
        filter.after = Some(accounts::people::parse_cursor(&next).unwrap());
    }
}

/// What an admin does, and not a supervisor; and whom a supervisor loses.
async fn what_is_not_theirs(world: &World, lead: &Actor, (bo, cy, peer): (AccountId, AccountId, AccountId)) {
    // Somebody who may more than a supervisor is let back in by an admin only.
    roles::give(&world.app, &world.admin(), cy, "analyst")
        .await
        .unwrap();
    assert_eq!(
        codes::give(&world.app, lead, cy).await.unwrap_err().code(),
        "role_beyond"
    );
    world
        .act(
            Whom::Is(bo),
            Verb::Update {
                patch: vec![(Field::Manager, None), (Field::Location, None)],
            },
        )
        .await
        .unwrap();
    assert_eq!(
        codes::give(&world.app, lead, bo).await.unwrap_err().code(),
        "not_found",
        "not theirs any more"
    );
    let filter = audit::Filter {
        verb: Some("set_supervised".into()),
        limit: 5,
        ..audit::Filter::default()
    };
    assert_eq!(
        audit::list(&world.app.db, world.workplace.id, &filter)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    world.act(Whom::Is(peer), Verb::Delete).await.unwrap();
}

#[tokio::test]
async fn supervisors_find_their_own_people_and_give_them_codes() {
    on_both(async |world| {
        let on = |workplace: &mut workplaces::Workplace| workplace.settings.without_email = true;
        workplaces::change(&world.app, &world.admin(), on).await.unwrap();
        let boss = worker(world, "Boss", None, "Leeds").await;
        let lead = worker(world, "Lead", Some(boss), "Kraków").await;
        let anna = worker(world, "Anna", Some(lead), "Kraków").await;
        let bo = worker(world, "Bo", Some(lead), "Ghent").await;
        let cy = worker(world, "Cy", None, "Ghent").await;
        let peer = worker(world, "Peer", Some(boss), "Leeds").await;
        let gone = worker(world, "Gone", Some(lead), "Kraków").await;
        world.act(Whom::Is(gone), Verb::Deactivate).await.unwrap();

        let refused =
            supervisors::own_people(&world.app, &actor(world, lead).await, &Filter::default()).await;
        assert_eq!(
            refused.unwrap_err().code(),
            "forbidden",
            "a manager is not a supervisor by that alone"
        );
        for (id, expect) in [
            (lead, vec!["Anna", "Bo"]),
            (boss, vec!["Anna", "Bo", "Lead", "Peer"]),
        ] {
            roles::give(&world.app, &world.admin(), id, SUPERVISOR)
                .await
                .unwrap();
            assert_eq!(names(world, &actor(world, id).await, true).await, expect);
        }
        let lead = actor(world, lead).await;
        supervisors::set_locations(
            &world.app,
            &world.admin(),
            lead.account().unwrap(),
            &["GHENT".into()],
        )
        .await
        .unwrap();
        assert_eq!(names(world, &lead, true).await, ["Anna", "Bo", "Cy"]);
        let may_not = supervisors::set_locations(&world.app, &lead, peer, &["Leeds".into()]).await;
        assert_eq!(may_not.unwrap_err().code(), "forbidden");

        let given = codes::give(&world.app, &lead, anna).await.unwrap();
        assert!(rules::read(&given.code).is_ok());
        assert_eq!(
            codes::give(&world.app, &lead, peer).await.unwrap_err().code(),
            "not_found"
        );
        assert_eq!(
            codes::revoke(&world.app, &lead, peer).await.unwrap_err().code(),
            "not_found"
        );
        codes::revoke(&world.app, &lead, anna).await.unwrap();
        let many =
            async |whom: codes::Whom| codes::give_many(&world.app, &lead, &whom, codes::Onto::File).await;
        assert_eq!(
            many(codes::Whom::These(vec![bo, peer])).await.unwrap_err().code(),
            "not_found"
        );
        let all = many(codes::Whom::Matching(accounts::people::Filter::default())).await;
        assert_eq!(all.unwrap_err().code(), "forbidden");
        let (given, _) = many(codes::Whom::Waiting(None)).await.unwrap();
        assert_eq!(given.len(), 3, "Anna, Bo and Cy");
        let counts = supervisors::counts(&world.app, &lead).await.unwrap();
        assert_eq!(counts.get(&AccountState::Invited), Some(&3));
        assert!(
            codes::overview(&world.app, &lead).await.is_err(),
            "the whole workplace is not theirs to see"
        );

        what_is_not_theirs(world, &lead, (bo, cy, peer)).await;
    })
    .await;
}
