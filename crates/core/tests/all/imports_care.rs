//! What a people file must never do, whatever stands in it and whenever the server dies.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::common::lists::{again, applied, file, find, planned, rows};
use crate::common::{World, on_both};
use guildhall_core::accounts::{
    AccountState as State, ProfileField as Field, SYSTEM_ADMIN, Source, Verb, Whom,
};
use guildhall_core::ids::AccountId;
use guildhall_core::imports::{self, Mode, RowFilter, RunState};
use guildhall_core::{Actor, ActorKind, Permission, accounts, audit, invitations, workplaces};

#[tokio::test]
async fn whoever_is_named_in_a_full_list_is_no_leaver_even_where_the_row_is_wrong() {
    on_both(async |world| {
        for name in ["anna", "bo", "cy"] {
            world.person(name, &format!("{name}@example.com"), false).await;
        }
        let text = "Email,Full name\nanna@example.com,=cmd()\nbo@example.com,Bo\n";
        let run = planned(world, Mode::Full, text).await;
        assert_eq!(
            rows(world, &run).await,
            [
                "2 invalid none “=cmd()” looks like",
                "3 valid update",
                "4 valid deactivate"
            ]
        );
        // Where a line says nothing of who it is, each leaver may be the one who is meant.
        let text = "Email,Full name\nanna@example,Anna\nbo@example.com,Bo\ncy@example.com,Cy\n";
        let run = planned(world, Mode::Full, text).await;
        assert_eq!(
            rows(world, &run).await.last().unwrap(),
            "5 incomplete deactivate Line 2 does"
        );
        let run = applied(world, &run).await;
        let last = all_rows(world, &run).await.pop().unwrap();
        assert_eq!(
            (last.name.as_str(), last.outcome.as_deref()),
            ("anna", Some("deactivated"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_full_list_that_breaks_off_ends_nobody() {
    on_both(async |world| {
        world.person("Zoe", "zoe@example.com", false).await;
        let text = format!(
            "Email,Full name\nanna@example.com,Anna\nbo@example.com,{}\n",
            "x".repeat(17 << 20)
        );
        let run = imports::create(&world.app, &world.admin(), "a.csv", Mode::Full, file(&text))
            .await
            .unwrap();
        imports::work(&world.app).await.unwrap();
        let run = again(world, &run).await;
        assert_eq!(run.state, RunState::Failed);
        assert!(run.error.unwrap().contains("From line 3 on"));
    })
    .await;
}

async fn all_rows(world: &World, run: &imports::Run) -> Vec<imports::RowFacts> {
    let filter = RowFilter {
        limit: 10_000,
        ..RowFilter::default()
    };
    imports::rows(&world.app.db, &world.admin(), run.id, &filter)
        .await
        .unwrap()
        .items
}

async fn make_admin(world: &World, name: &str) -> AccountId {
    let id = world.person(name, &format!("{name}@example.com"), true).await;
    let role = SYSTEM_ADMIN.to_owned();
    world.act(Whom::Is(id), Verb::SetRole { role }).await.unwrap();
    id
}

#[tokio::test]
async fn no_list_ends_the_last_system_admin() {
    on_both(async |world| {
        for name in ["ada", "bea"] {
            make_admin(world, name).await;
        }
        let list = "Email\nada@example.com\nbea@example.com\n";
        let run = planned(world, Mode::Leavers, list).await;
        let expect = ["2 valid deactivate", "3 invalid none bea is the"];
        assert_eq!(rows(world, &run).await, expect);
        applied(world, &run).await;
        assert_eq!(
            find(world, "bea@example.com").await.unwrap().state,
            State::Invited
        );

        // Nor does a full list that names no admin.
        make_admin(world, "cat").await;
        let run = planned(world, Mode::Full, "Email,Full name\nnew@example.com,New\n").await;
        assert_eq!((run.counts.deactivate, run.counts.invalid), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_list_makes_no_circle_with_those_who_are_here() {
    on_both(async |world| {
        let mut ids = BTreeMap::new();
        for name in ["anna", "bo", "cy"] {
            ids.insert(
                name,
                world.person(name, &format!("{name}@example.com"), false).await,
            );
        }
        let patch = vec![(Field::Manager, Some(ids["anna"].to_string()))];
        world
            .act(Whom::Is(ids["cy"]), Verb::Update { patch })
            .await
            .unwrap();
        let text = "Email,Manager Email\nanna@example.com,bo@example.com\nbo@example.com,cy@example.com\n";
        let run = planned(world, Mode::Add, text).await;
        let run = applied(world, &run).await;
        assert_eq!(
            rows(world, &run).await,
            ["2 valid update", "3 incomplete none The manager reports"]
        );
        assert_eq!(
            find(world, "anna@example.com").await.unwrap().profile.manager(),
            Some(ids["bo"])
        );
        assert_eq!(
            find(world, "bo@example.com").await.unwrap().profile.manager(),
            None
        );
        // Turned round in one list, both ways go.
        let text = "Email,First name,Manager Email\nbo@example.com,Bo,anna@example.com\n\
            anna@example.com,Anna,zoe@example.com\nzoe@example.com,Zoe,\n";
        let run = planned(world, Mode::Add, text).await;
        applied(world, &run).await;
        assert_eq!(
            find(world, "bo@example.com").await.unwrap().profile.manager(),
            Some(ids["anna"])
        );
    })
    .await;
}

#[tokio::test]
async fn two_lines_that_mean_one_person_by_different_keys_are_noticed() {
    on_both(async |world| {
        let anna = world.person("Anna", "anna@example.com", false).await;
        let patch = vec![
            (Field::EmployeeId, Some("7".to_owned())),
            (Field::Phone, Some("+48 600 100 200".to_owned())),
        ];
        world.act(Whom::Is(anna), Verb::Update { patch }).await.unwrap();
        let text = "Email,Employee ID,Phone Number,Full name\nanna@example.com,,,Anna One\n,7,,Anna Two\n\
            ,,+48 600 100 200,Anna Three\nbo@example.com,8,,Bo\n";
        let run = planned(world, Mode::Add, text).await;
        let run = applied(world, &run).await;
        assert_eq!(
            rows(world, &run).await,
            [
                "2 valid update",
                "3 invalid none Line 2 names",
                "4 invalid none Line 2 names",
                "5 valid create"
            ]
        );
        assert_eq!(find(world, "anna@example.com").await.unwrap().name(), "Anna One");
    })
    .await;
}

/// People whose managers all come later in the list.
fn upside_down(count: u32) -> String {
    let row = |number: u32| {
        let manager = if number == 0 {
            String::new()
        } else {
            format!("p{}@example.com", number / 8)
        };
        format!("p{number}@example.com,Person {number},{manager}\n")
    };
    let rows: String = (0..count).rev().map(row).collect();
    format!("Email,Full name,Manager Email\n{rows}")
}

/// Works on what waits, and is killed over and over: what was not committed is gone. Each life is a little longer.
async fn work_between_kills(world: &World, run: &imports::Run, until: RunState) -> u32 {
    let mut kills = 0;
    while again(world, run).await.state != until {
        let life = Duration::from_millis(60 + u64::from(kills) * 50);
        if tokio::time::timeout(life, imports::work(&world.app))
            .await
            .is_err()
        {
            kills += 1;
            world.hands.turn(60);
        }
    }
    kills
}

#[tokio::test]
async fn a_list_goes_on_after_every_kill_and_does_nothing_twice() {
    const PEOPLE: u32 = 1200;
    on_both(async |world| {
        world.person("Left", "left@example.com", false).await;
        let list = upside_down(PEOPLE);
        let run = imports::create(&world.app, &world.admin(), "a.csv", Mode::Full, file(&list))
            .await
            .unwrap();
        let mut kills = work_between_kills(world, &run, RunState::Planned).await;
        assert_eq!(again(world, &run).await.counts.create, i64::from(PEOPLE));
        imports::apply(&world.app, &world.admin(), run.id, false)
            .await
            .unwrap();
        kills += work_between_kills(world, &run, RunState::Applied).await;
        assert!(kills > 4, "killed {kills} times");

        let counts = accounts::counts(&world.app.db, world.workplace.id).await.unwrap();
        let counts: Vec<(State, i64)> = counts.into_iter().collect();
        assert_eq!(
            counts,
            [(State::Uninvited, i64::from(PEOPLE)), (State::Deactivated, 1)]
        );
        let events = events_of(world, &run).await;
        let mut made = BTreeSet::new();
        for event in &events {
            if event.verb == "provision" {
                assert!(
                    made.insert(event.subject.id),
                    "{} was made twice",
                    event.subject.name
                );
            }
        }
        assert_eq!(made.len() as u32, PEOPLE);
        assert_eq!(
            events.len() as u32,
            PEOPLE * 2,
            "made, then given a manager, but for the chief; and one leaver"
        );
        for row in all_rows(world, &run).await {
            assert!(
                row.account.is_some() && row.outcome.is_some() && !row.later,
                "{row:?}"
            );
        }
        let (last, boss) = (
            format!("p{}@example.com", PEOPLE - 1),
            format!("p{}@example.com", (PEOPLE - 1) / 8),
        );
        let last = find(world, &last).await.unwrap();
        assert_eq!(
            last.profile.manager(),
            find(world, &boss).await.map(|boss| boss.id)
        );

        imports::undo(&world.app, &world.admin(), run.id, false)
            .await
            .unwrap();
        work_between_kills(world, &run, RunState::Undone).await;
        let counts = accounts::counts(&world.app.db, world.workplace.id).await.unwrap();
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(State::Uninvited, 1)]);
        let undone = again(world, &run).await.counts;
        assert_eq!((undone.restored, undone.kept), (i64::from(PEOPLE) * 2, 0));
    })
    .await;
}

async fn events_of(world: &World, run: &imports::Run) -> Vec<audit::AuditEvent> {
    let mut filter = audit::Filter {
        run: Some(run.id),
        limit: 1000,
        ..audit::Filter::default()
    };
    let mut events = Vec::new();
    loop {
        let page = audit::list(&world.app.db, world.workplace.id, &filter)
            .await
            .unwrap();
        filter.after = page.items.last().map(|event| event.id);
        events.extend(page.items);
        if page.next.is_none() {
            return events;
        }
    }
}

#[tokio::test]
async fn an_undo_says_of_each_row_why_it_was_kept() {
    on_both(async |world| {
        let anna = world.person("Anna", "anna@example.com", false).await;
        let text = "Email,Full name,Job Title\nanna@example.com,Anna,Chief\nbo@example.com,Bo,Clerk\ncy@example.com,Cy,Clerk\n";
        let run = planned(world, Mode::Add, text).await;
        let run = applied(world, &run).await;
        let patch = vec![(Field::Title, Some("Director".to_owned()))];
        world.act(Whom::Is(anna), Verb::Update { patch }).await.unwrap();
        let cy = find(world, "cy@example.com").await.unwrap();
        world.act(Whom::Is(cy.id), Verb::Delete).await.unwrap();
        imports::undo(&world.app, &world.admin(), run.id, false).await.unwrap();
        imports::work(&world.app).await.unwrap();
        let outcomes: Vec<String> = all_rows(world, &run).await.into_iter().filter_map(|row| row.outcome).collect();
        assert_eq!(outcomes, ["kept: somebody changed it since", "created", "kept: is not here any more"]);
        let run = again(world, &run).await;
        assert_eq!((run.counts.restored, run.counts.kept), (1, 2));
    })
    .await;
}

#[tokio::test]
async fn days_and_months_are_told_apart_by_the_whole_list() {
    on_both(async |world| {
        let row = |number: u32, day: u32| format!("p{number}@example.com,P,{day:02}/02/2020\n");
        let mut text = String::from("Email,Full name,Start Date\n");
        text.extend((1..10).map(|number| row(number, number)));
        text.push_str(&row(99, 28));
        let run = planned(world, Mode::Add, &text).await;
        assert_eq!((run.counts.valid, run.counts.invalid), (10, 0));
        applied(world, &run).await;
        let first = find(world, "p1@example.com").await.unwrap();
        assert_eq!(first.profile.get(Field::StartDate), Some("2020-02-01"));
    })
    .await;
}

#[tokio::test]
async fn a_list_does_only_what_whoever_applies_it_may_do_and_is_told_as_theirs() {
    on_both(async |world| {
        let anna = world.person("Anna", "anna@example.com", false).await;
        let token = Actor {
            kind: ActorKind::Token(anna.0),
            name: "HR system".into(),
            permissions: [Permission::PeopleImport].into(),
            ..world.admin()
        };
        let run = imports::create(
            &world.app,
            &token,
            "a.csv",
            Mode::Invite,
            file("Email\nanna@example.com\n"),
        )
        .await
        .unwrap();
        imports::work(&world.app).await.unwrap();
        let refused = imports::apply(&world.app, &token, run.id, false)
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("people.invite"), "{refused}");

        let text = "Email,Full name\nbo@example.com,Bo\n";
        let run = imports::create(&world.app, &token, "b.csv", Mode::Add, file(text))
            .await
            .unwrap();
        imports::work(&world.app).await.unwrap();
        imports::apply(&world.app, &token, run.id, false).await.unwrap();
        imports::work(&world.app).await.unwrap();
        let events = events_of(world, &run).await;
        world.hands.turn(60);
        make_admin(world, "cat").await;
        let text = "Email,Full name\ncat@example.com,Cat Cat\nbo@example.com,Bo Bo\n";
        let admins = planned(world, Mode::Add, text).await;
        let admins = applied(world, &admins).await;
        assert_eq!(admins.counts.update, 2);
        imports::undo(&world.app, &token, admins.id, false).await.unwrap();
        imports::work(&world.app).await.unwrap();
        let undone = again(world, &admins).await;
        assert_eq!((undone.counts.restored, undone.counts.kept), (1, 1));
        assert_eq!(find(world, "cat@example.com").await.unwrap().name(), "Cat Cat");
        let by: Vec<(&str, &str)> = events
            .iter()
            .map(|event| (event.actor.kind.as_str(), event.actor.name.as_str()))
            .collect();
        assert_eq!(by, [("token", "HR system")]);
    })
    .await;
}

#[tokio::test]
async fn another_workplace_sees_no_list() {
    on_both(async |world| {
        let run = planned(world, Mode::Add, "Email,Full name\nbo@example.com,Bo\n").await;
        let other = workplaces::create(&world.app, "Other", "en", "UTC")
            .await
            .unwrap();
        let stranger = Actor::command_line(other.id);
        let (db, filter) = (
            &world.app.db,
            RowFilter {
                limit: 10,
                ..RowFilter::default()
            },
        );
        assert_eq!(
            imports::get(db, &stranger, run.id).await.unwrap_err().code(),
            "not_found"
        );
        assert_eq!(
            imports::rows(db, &stranger, run.id, &filter)
                .await
                .unwrap_err()
                .code(),
            "not_found"
        );
        let applied = imports::apply(&world.app, &stranger, run.id, true).await;
        assert_eq!(applied.unwrap_err().code(), "not_found");
    })
    .await;
}

#[tokio::test]
async fn an_undo_brings_invitations_back_and_gives_each_field_to_whose_it_was() {
    on_both(async |world| {
        let everybody = "Email,Full name,Job Title\nkeep@example.com,Keep,Clerk\n";
        for again_by_mail in [false, true] {
            world.hands.turn(60);
            let mut links = Vec::new();
            for (name, sent) in [("Anna", true), ("Bo", false)] {
                let email = format!("{name}{again_by_mail}@example.com");
                let id = world.person(name, &email, true).await;
                let mut tx = world.app.begin().await.unwrap();
                let whose = (world.workplace.id, id);
                let invitation = invitations::of_account(&mut tx, whose.0, id)
                    .await
                    .unwrap()
                    .unwrap();
                if sent {
                    invitations::note_sent(&mut tx, whose.0, invitation.id, world.app.now())
                        .await
                        .unwrap();
                }
                tx.commit().await.unwrap();
                links.push(id);
            }
            let keep = world
                .person("Keep", &format!("keep{again_by_mail}@example.com"), false)
                .await;
            let title = |text: &str| Verb::Update {
                patch: vec![(Field::Title, Some(text.to_owned()))],
            };
            world.act(Whom::Is(keep), title("Chief")).await.unwrap();
            let run = planned(
                world,
                Mode::Full,
                &everybody.replace("keep@", &format!("keep{again_by_mail}@")),
            )
            .await;
            let run = applied(world, &run).await;
            assert!(run.counts.deactivate >= 2, "{:?}", run.counts);
            let told = accounts::get(&world.app.db, world.workplace.id, keep)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(told.origins[&Field::Title].source, Source::File);
            imports::undo(&world.app, &world.admin(), run.id, again_by_mail)
                .await
                .unwrap();
            imports::work(&world.app).await.unwrap();
            let run = again(world, &run).await;
            let counts = (
                run.counts.links_back,
                run.counts.invited_again,
                run.counts.without_link,
            );
            assert_eq!(counts, if again_by_mail { (0, 2, 0) } else { (1, 0, 1) });
            let mut states = Vec::new();
            for id in &links {
                let invitation = invitations::of_account(&world.app.db, world.workplace.id, *id)
                    .await
                    .unwrap();
                states.push(invitation.unwrap().state.as_str());
            }
            assert_eq!(
                states,
                if again_by_mail {
                    ["waiting", "waiting"]
                } else {
                    ["sent", "revoked"]
                }
            );
            let outcomes: Vec<String> = all_rows(world, &run)
                .await
                .into_iter()
                .filter_map(|row| row.outcome)
                .collect();
            let words = if again_by_mail {
                "a new invitation is on its way"
            } else {
                "works again"
            };
            assert!(
                outcomes.iter().any(|outcome| outcome.contains(words)),
                "{outcomes:?}"
            );
            let told = accounts::get(&world.app.db, world.workplace.id, keep)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(told.profile.get(Field::Title), Some("Chief"));
            assert_eq!(told.origins[&Field::Title].source, Source::Admin);
            for id in links {
                world.act(Whom::Is(id), Verb::Delete).await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_phone_number_names_a_person_however_it_is_written() {
    on_both(async |world| {
        let run = planned(
            world,
            Mode::Add,
            "Phone,Last name,Job Title\n+49 (0)30 1234-567,Weber,Clerk\n",
        )
        .await;
        applied(world, &run).await;
        world.hands.turn(60);
        let run = planned(
            world,
            Mode::Add,
            "Phone,Last name,Job Title\n0049 30 1234567,Weber,Chief\n",
        )
        .await;
        assert_eq!((run.counts.create, run.counts.update), (0, 1), "{:?}", run.counts);
        let run = applied(world, &run).await;
        assert_eq!(run.counts.update, 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_kept_long_enough_is_removed_and_the_rest_stays() {
    on_both(async |world| {
        let list = "Email,Full name\nanna@example.com,Anna\nbo@example.com,Bo\n";
        let old = applied(world, &planned(world, Mode::Add, list).await).await;
        let waits = planned(world, Mode::Add, "Email,Full name\ncy@example.com,Cy\n").await;
        world.hands.turn(100 * 24 * 3600);
        let new = applied(
            world,
            &planned(world, Mode::Add, "Email,Full name\ndi@example.com,Di\n").await,
        )
        .await;
        let before = world.app.now().plus_days(-90);
        assert_eq!(imports::tidy(&world.app, before).await.unwrap(), 1);
        assert_eq!(imports::tidy(&world.app, before).await.unwrap(), 0);
        let rows = async |run: &imports::Run| all_rows(world, run).await.len();
        assert_eq!(
            (rows(&old).await, rows(&waits).await, rows(&new).await),
            (0, 1, 1)
        );
        let old = again(world, &old).await;
        assert!(old.tidied_at.is_some() && old.counts.create == 2, "{old:?}");
        assert!(
            again(world, &waits)
                .await
                .tidied_at
                .or(again(world, &new).await.tidied_at)
                .is_none()
        );
        assert!(find(world, "anna@example.com").await.is_some());
        guildhall_core::jobs::tidy(&world.app, before).await.unwrap();
        applied(world, &waits).await;
    })
    .await;
}
