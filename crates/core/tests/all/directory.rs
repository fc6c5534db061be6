//! A real OpenLDAP decides who is here, on both databases.

#![allow(clippy::too_many_lines, reason = "a story is told in one piece")]

use std::fmt::Write as _;

use crate::common::directories::{again, applied, connect, find, planned, rows, seen, settings, value, work};
use crate::common::on_both;
use guildhall_core::accounts::{AccountState as State, ProfileField as Field, Source, Verb, Whom};
use guildhall_core::imports::{self, RunState};
use guildhall_core::{accounts, directory};
use guildhall_testkit::ldap::{BASE, Options, PASSWORD, Slapd, folder, person};

/// A picture of one pixel, PNG.
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn company() -> String {
    let manager = format!("manager: uid=zoe,ou=people,{BASE}\n");
    [
        folder("people"),
        folder("board"),
        folder("groups"),
        person(
            "ada",
            "Ada",
            "Łapińska",
            &format!("{manager}title: Clerk\nmobile: +48225550123\njpegPhoto:: {PIXEL}\n"),
        ),
        person(
            "bo",
            "Bo",
            "Berg",
            &format!("manager: UID=ada, OU=People,{BASE}\ntitle: Driver\nmobile: not a number\n"),
        ),
        person("cy", "Cy", "Chen", "shadowExpire: 1\n"),
        person("zoe", "Zoë", "Zimmer", "title: Chair\n"),
    ]
    .concat()
}

/// An entry of a group, as LDIF.
fn group(name: &str, members: &[&str]) -> String {
    let mut text = format!("dn: cn={name},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: {name}\n");
    for member in members {
        let _ = writeln!(text, "member: {member},{BASE}");
    }
    text + "\n"
}

/// The people sets of a directory once its groups were followed, each with how many are in it.
async fn sets_of(world: &crate::common::World, directory: &directory::Directory) -> Vec<String> {
    directory::groups::work(&world.app).await.unwrap();
    let (db, workplace) = (&world.app.db, world.workplace.id);
    let sets = guildhall_core::sets::list(db, workplace, directory.id.0, None, 100).await;
    let told = |set: &guildhall_core::sets::Set| format!("{} {}", set.name, set.members);
    let mut told: Vec<String> = sets.unwrap().iter().map(told).collect();
    told.sort();
    told
}

#[tokio::test]
async fn people_come_follow_every_change_and_leave() {
    on_both(async |world| {
        for sync in [true, false] {
            follow(
                world,
                sync,
                &Slapd::start(
                    &Options {
                        sync,
                        ..Options::default()
                    },
                    &company(),
                ),
            )
            .await;
        }
    })
    .await;
}

#[allow(clippy::too_many_lines, reason = "one story, told in one piece")]
async fn follow(world: &crate::common::World, sync: bool, slapd: &Slapd) {
    let directory = connect(world, settings(slapd)).await;
    let run = planned(world, &directory, false).await;
    assert_eq!(
        (run.state, run.source()),
        (RunState::Planned, Source::Directory),
        "{:?}",
        run.error
    );
    let told = rows(world, &run).await;
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(
        told[1].starts_with("Bo Berg incomplete"),
        "a bad number is told, the rest counts: {told:?}"
    );
    let run = applied(world, &run).await;
    let (ada, bo, zoe) = (
        find(world, "ada@example.com").await,
        find(world, "bo@example.com").await,
        find(world, "zoe@example.com").await,
    );
    assert_eq!(
        (ada.state, ada.profile.manager()),
        (State::Uninvited, Some(zoe.id))
    );
    assert_eq!(
        bo.profile.manager(),
        Some(ada.id),
        "names of entries are compared as LDAP does"
    );
    assert_eq!(ada.origins[&Field::Title].source, Source::Directory);
    assert!(ada.profile.photo().is_some(), "a photo");
    assert!(
        accounts::by_email(&world.app.db, world.workplace.id, "cy@example.com")
            .await
            .unwrap()
            .is_none()
    );
    let known = seen(world, &directory).await;
    assert!(known.cursor.is_some() && known.full_at.is_some() && known.trouble.is_none());
    assert_eq!(directory::people(&world.app.db, &known).await.unwrap(), 3);

    // Nothing changed: nothing is said, and only what changed was asked for.
    let same = planned(world, &directory, false).await;
    assert_eq!(
        (same.state, same.does_something(), sync && same.counts.rows > 0),
        // Without content synchronisation, the last second is looked at again.
        (RunState::Applied, false, false),
        "{:?} {:?}",
        same.error,
        rows(world, &same).await
    );
    assert!(!same.sync.as_ref().unwrap().full && same.applied_at.is_none());
    let all = planned(world, &directory, true).await;
    assert!(all.sync.as_ref().unwrap().full);
    assert_eq!(
        (all.counts.update, all.counts.deactivate),
        (0, 0),
        "{:?}",
        rows(world, &all).await
    );

    // A rename, a move, a change, one who leaves and one who comes: it applies by itself.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    slapd.change(&format!(
        "dn: uid=ada,ou=people,{BASE}\nchangetype: modrdn\nnewrdn: uid=ada.new\ndeleteoldrdn: 1\nnewsuperior: ou=board,{BASE}\n\n\
         dn: uid=ada.new,ou=board,{BASE}\nchangetype: modify\nreplace: mail\nmail: ada.new@example.com\n-\ndelete: title\n\n\
         dn: uid=zoe,ou=people,{BASE}\nchangetype: modify\nreplace: shadowExpire\nshadowExpire: 2\n\n\
         dn: uid=bo,ou=people,{BASE}\nchangetype: delete\n\n\
         dn: uid=eve,ou=people,{BASE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: eve\ncn: Eve E\nsn: E\n\
         mail: eve@example.com\nmanager: uid=ada.new,ou=board,{BASE}\n",
    ));
    let changed = planned(world, &directory, false).await;
    assert_eq!(
        changed.state,
        RunState::Applied,
        "{:?} {:?}",
        changed.error,
        changed.brake
    );
    assert!(!changed.sync.as_ref().unwrap().full, "only what changed was read");
    let counts = changed.counts;
    assert_eq!(
        (counts.create, counts.update, counts.deactivate),
        (1, 1, 2),
        "{:?}",
        rows(world, &changed).await
    );
    let renamed = find(world, "ada.new@example.com").await;
    assert_eq!(
        (renamed.id, value(&renamed, Field::Title)),
        (ada.id, ""),
        "a rename is a rename"
    );
    let left = find(world, "bo@example.com").await;
    assert_eq!(
        (left.state, left.ended_by),
        (State::Deactivated, Some(Source::Directory))
    );
    assert_eq!(find(world, "zoe@example.com").await.state, State::Deactivated);
    assert_eq!(
        find(world, "eve@example.com").await.profile.manager(),
        Some(ada.id)
    );

    // Back again: the same account. Then all of the last run is undone, and the schedule stands still.
    slapd.change(&format!(
        "dn: uid=zoe,ou=people,{BASE}\nchangetype: modify\ndelete: shadowExpire\n"
    ));
    let back = planned(world, &directory, false).await;
    assert_eq!(back.counts.reactivate, 1, "{:?}", rows(world, &back).await);
    assert_eq!(find(world, "zoe@example.com").await.state, State::Uninvited);
    directory::edit(
        &world.app,
        &world.admin(),
        directory.id,
        directory::Edit {
            scheduled: Some(true),
            ..directory::Edit::default()
        },
    )
    .await
    .unwrap();
    imports::undo(&world.app, &world.admin(), back.id, false)
        .await
        .unwrap();
    imports::work(&world.app).await.unwrap();
    assert_eq!(again(world, &back).await.state, RunState::Undone);
    assert_eq!(find(world, "zoe@example.com").await.state, State::Deactivated);
    let undone = seen(world, &directory).await;
    assert!(undone.next_at.is_none() && undone.trouble.unwrap().contains("undone"));
    assert_eq!(run.state, RunState::Applied);
    directory::delete(&world.app, &world.admin(), directory.id)
        .await
        .unwrap();
    for email in [
        "ada.new@example.com",
        "bo@example.com",
        "zoe@example.com",
        "eve@example.com",
    ] {
        let id = find(world, email).await.id;
        world.act(Whom::Is(id), Verb::Delete).await.unwrap();
    }
}

fn many(range: std::ops::Range<u32>) -> String {
    let mut text = folder("people");
    for number in range {
        let _ = write!(
            text,
            "{}",
            person(&format!("p{number}"), "P", &number.to_string(), "")
        );
    }
    text
}

#[tokio::test]
async fn a_read_that_is_not_whole_or_empties_the_workplace_changes_nobody() {
    on_both(async |world| {
        let slapd = Slapd::start(&Options::default(), &many(0..20));
        let directory = connect(world, settings(&slapd)).await;
        let run = planned(world, &directory, false).await;
        applied(world, &run).await;

        // Twelve of twenty are deleted: the brake holds what would have been applied by itself, until somebody says yes.
        let mut gone = String::new();
        for number in 0..12 {
            let _ = write!(gone, "dn: uid=p{number},ou=people,{BASE}\nchangetype: delete\n\n");
        }
        slapd.change(&gone);
        let held = planned(world, &directory, true).await;
        assert_eq!((held.state, held.counts.deactivate), (RunState::Planned, 12));
        assert!(held.brake.is_some() && find(world, "p1@example.com").await.state == State::Uninvited);
        let refused = imports::apply(&world.app, &world.admin(), held.id, false)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "brake");
        // Read again, the plan that waited is put away for a new one.
        let again_held = planned(world, &directory, false).await;
        assert_eq!(again(world, &held).await.state, RunState::Cancelled);
        imports::apply(&world.app, &world.admin(), again_held.id, true)
            .await
            .unwrap();
        imports::work(&world.app).await.unwrap();
        assert_eq!(find(world, "p1@example.com").await.state, State::Deactivated);

        // The filter finds nobody any more: that is no reason to let everybody go.
        let mut wrong = settings(&slapd);
        wrong.filter = "(mail=nobody@example.com)".into();
        edit(world, &directory, wrong).await;
        let empty = planned(world, &directory, true).await;
        assert_eq!(empty.state, RunState::Failed);
        assert!(
            empty.error.as_deref().unwrap().contains("gave nobody"),
            "{:?}",
            empty.error
        );
        assert!(
            seen(world, &directory)
                .await
                .trouble
                .unwrap()
                .contains("gave nobody")
        );
        assert_eq!(find(world, "p15@example.com").await.state, State::Uninvited);
    })
    .await;
}

async fn edit(world: &crate::common::World, directory: &directory::Directory, settings: directory::Settings) {
    let edit = directory::Edit {
        settings: Some(settings),
        password: Some(PASSWORD),
        ..directory::Edit::default()
    };
    directory::edit(&world.app, &world.admin(), directory.id, edit)
        .await
        .unwrap();
}

#[tokio::test]
async fn by_hand_is_by_hand_and_conflicts_are_listed() {
    on_both(async |world| {
        let twins = person("twin2", "Twin", "Two", "").replace("twin2@", "twin1@");
        let entries = [
            folder("people"),
            person("ada", "Ada", "A", "employeeNumber: 7\n"),
            person("twin1", "Twin", "One", ""),
            twins,
            person("nobody", "No", "Body", "").replace("mail: nobody@example.com\n", ""),
        ];
        let slapd = Slapd::start(&Options::default(), &entries.concat());
        // Somebody who is here already is found by the address, not made again.
        let ada = world.person("Ada by hand", "ada@example.com", false).await;
        let directory = connect(world, settings(&slapd)).await;
        let run = planned(world, &directory, false).await;
        let told = rows(world, &run).await;
        assert_eq!((run.counts.update, run.counts.create, run.counts.invalid), (1, 0, 3), "{told:?}");
        assert!(told.iter().any(|row| row.contains("Nothing tells who")), "{told:?}");
        applied(world, &run).await;
        assert_eq!(find(world, "ada@example.com").await.id, ada);

        world.act(Whom::Is(ada), Verb::Deactivate).await.unwrap();
        let run = planned(world, &directory, true).await;
        assert_eq!(run.counts.reactivate, 0);
        assert_eq!(find(world, "ada@example.com").await.state, State::Deactivated, "by hand is by hand");

        // A new entry takes the address of somebody who is another entry: it is told, and nobody is mixed up.
        slapd.change(&format!(
            "dn: uid=ada2,ou=people,{BASE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: ada2\ncn: Ada Two\nsn: Two\n\
             mail: other@example.com\nemployeeNumber: 7\n"
        ));
        let run = planned(world, &directory, false).await;
        let told = rows(world, &run).await;
        assert!(told.iter().any(|row| row.contains("who is the entry \"uid=ada,")), "{told:?}");
        assert_eq!(find(world, "ada@example.com").await.id, ada);
    })
    .await;
}

#[tokio::test]
async fn a_group_and_the_groups_in_it_say_who_is_meant() {
    on_both(async |world| {
        let entries = [
            company(),
            group("inner", &["uid=bo,ou=people", "cn=staff,ou=groups"]),
            group("staff", &["uid=zoe,ou=people", "cn=inner,ou=groups"]),
        ];
        let slapd = Slapd::start(&Options::default(), &entries.concat());
        let mut only = settings(&slapd);
        only.group = Some(format!("CN=Staff, ou=groups,{BASE}"));
        let directory = connect(world, only).await;
        let run = planned(world, &directory, false).await;
        assert_eq!(run.counts.create, 2, "{:?}", rows(world, &run).await);
        applied(world, &run).await;
        slapd.change(&format!(
            "dn: cn=inner,ou=groups,{BASE}\nchangetype: modify\nadd: member\nmember: uid=ada,ou=people,{BASE}\n-\n\
             delete: member\nmember: uid=bo,ou=people,{BASE}\n"
        ));
        let run = planned(world, &directory, false).await;
        assert_eq!((run.counts.create, run.counts.deactivate), (1, 1), "{:?}", rows(world, &run).await);
        work(world).await;
        assert_eq!(find(world, "bo@example.com").await.state, State::Deactivated);
    })
    .await;
}

#[tokio::test]
async fn the_groups_of_a_directory_are_sets_of_people() {
    on_both(async |world| {
        let entries = [
            company(),
            group("Drivers", &["uid=bo,ou=people", "uid=nobody,ou=people"]),
            group("Staff", &["uid=zoe,ou=people", "cn=drivers,ou=groups"]),
        ];
        let slapd = Slapd::start(&Options::default(), &entries.concat());
        let mut with_groups = settings(&slapd);
        with_groups.groups = Some(format!("ou=groups,{BASE}"));
        let directory = connect(world, with_groups).await;
        let sets = async || sets_of(world, &directory).await;
        assert!(sets().await.is_empty(), "nobody is here yet");
        let run = planned(world, &directory, false).await;
        applied(world, &run).await;
        assert_eq!(sets().await, ["Drivers 1", "Staff 2"]);

        // Renamed, other people, one gone and one new: after the next read.
        for change in [
            format!("dn: cn=Drivers,ou=groups,{BASE}\nchangetype: modrdn\nnewrdn: cn=Lorries\ndeleteoldrdn: 1\n"),
            format!("dn: cn=Lorries,ou=groups,{BASE}\nchangetype: modify\nadd: member\nmember: uid=ada,ou=people,{BASE}\n"),
            format!("dn: cn=Staff,ou=groups,{BASE}\nchangetype: delete\n"),
            format!("dn: cn=Board,ou=groups,{BASE}\nchangetype: add\nobjectClass: groupOfNames\nmember: uid=zoe,ou=people,{BASE}\n"),
        ] {
            slapd.change(&change);
        }
        assert_eq!(sets().await, ["Drivers 1", "Staff 2"], "people are read first");
        planned(world, &directory, false).await;
        work(world).await;
        assert_eq!(sets().await, ["Board 1", "Lorries 2"]);
        let seen = directory::groups::seen(&world.app, &directory).await.unwrap();
        assert_eq!((seen.sets, seen.trouble), (2, None));

        // Where no group is found, none is taken away.
        let edit = async |groups: Option<String>| {
            let settings = directory::Settings {
                groups,
                ..directory.settings.clone()
            };
            let edit = directory::Edit {
                settings: Some(settings),
                ..directory::Edit::default()
            };
            directory::edit(&world.app, &world.admin(), directory.id, edit)
                .await
                .unwrap();
        };
        edit(Some(format!("ou=board,{BASE}"))).await;
        assert_eq!(sets().await, ["Board 1", "Lorries 2"]);
        let seen = directory::groups::seen(&world.app, &directory).await.unwrap();
        assert!(seen.trouble.unwrap().contains("stay as they were"));
        edit(None).await;
        assert!(sets().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_mistake_in_the_directory_empties_no_groups() {
    on_both(async |world| {
        let names: Vec<String> = (1..=12).map(|number| format!("p{number}")).collect();
        let uids: Vec<String> = names.iter().map(|name| format!("uid={name},ou=people")).collect();
        let uids: Vec<&str> = uids.iter().map(String::as_str).collect();
        let mut entries = vec![folder("people"), folder("groups")];
        entries.extend(names.iter().map(|name| person(name, "Person", name, "")));
        entries.extend([group("All", &uids), group("Half", &uids[..6])]);
        let slapd = Slapd::start(&Options::default(), &entries.concat());
        let mut with_groups = settings(&slapd);
        with_groups.groups = Some(format!("ou=groups,{BASE}"));
        let directory = connect(world, with_groups).await;
        let run = planned(world, &directory, false).await;
        applied(world, &run).await;
        let (app, admin) = (&world.app, world.admin());
        let sets = async || sets_of(world, &directory).await;
        let read = async || {
            planned(world, &directory, false).await;
            work(world).await;
            sets().await
        };
        let stay = |count: usize| {
            let mut text = format!("dn: cn=All,ou=groups,{BASE}\nchangetype: modify\nreplace: member\n");
            for uid in &uids[..count] {
                let _ = writeln!(text, "member: {uid},{BASE}");
            }
            text
        };
        let held = async || directory::groups::seen(app, &directory).await.unwrap();
        assert_eq!(sets().await, ["All 12", "Half 6"]);

        slapd.change(&stay(1));
        assert_eq!(read().await, ["All 12", "Half 6"], "held");
        let seen = held().await;
        let toll = seen.held.unwrap();
        assert_eq!((toll.lost, toll.memberships, toll.gone), (11, 18, 0));
        assert_eq!(toll.worst, [("All".to_owned(), 11)]);
        assert!(seen.trouble.unwrap().starts_with("The brake holds"));

        // Corrected in the directory, it goes away by itself; a few may always go.
        slapd.change(&stay(10));
        assert_eq!(read().await, ["All 10", "Half 6"]);
        assert_eq!(held().await.held, None);
        let refused = directory::release_groups(app, &admin, directory.id)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "not_held");

        // Meant as it is, a person lets it happen.
        slapd.change(&stay(2));
        slapd.change(&format!("dn: cn=Half,ou=groups,{BASE}\nchangetype: delete\n"));
        assert_eq!(read().await, ["All 10", "Half 6"]);
        let toll = held().await.held.unwrap();
        assert_eq!((toll.lost, toll.gone, toll.groups), (14, 1, 2));
        directory::release_groups(app, &admin, directory.id)
            .await
            .unwrap();
        assert_eq!(sets().await, ["All 2"]);
        assert_eq!(held().await.held, None);
    })
    .await;
}

#[tokio::test]
async fn groups_that_an_agent_pushes_become_the_same_sets() {
    on_both(async |world| {
        let entries = [
            company(),
            group("Drivers", &["uid=bo,ou=people"]),
            group("Staff", &["uid=zoe,ou=people", "cn=drivers,ou=groups"]),
        ];
        let slapd = Slapd::start(&Options::default(), &entries.concat());
        let asked = directory::Settings {
            via: directory::Via::Agent,
            groups: Some(format!("ou=groups,{BASE}")),
            ..settings(&slapd)
        };
        let directory = connect(world, asked.clone()).await;
        let (app, admin) = (&world.app, world.admin());
        let sets = async || sets_of(world, &directory).await;
        let push = async |base: &str| {
            world.hands.turn(60);
            let roll = directory::roll::read(&asked, base, PASSWORD).await.unwrap();
            directory::groups::push(app, &admin, directory.id, roll.file)
                .await
                .unwrap();
            let spool = directory::spool::read(asked.clone(), PASSWORD.into(), None, app.now())
                .await
                .unwrap();
            let pushed = directory::Pushed {
                whole: spool.read.whole,
                full: true,
                cursor: None,
            };
            let run = directory::push(app, &admin, directory.id, pushed, spool.file)
                .await
                .unwrap();
            work(world).await;
            run
        };
        let base = format!("ou=groups,{BASE}");
        let run = push(&base).await;
        assert!(sets().await.is_empty(), "the plan waits, so nobody is here yet");
        applied(world, &run).await;
        assert_eq!(sets().await, ["Drivers 1", "Staff 2"]);

        // What is only a part changes nothing; what names no group takes none away, and is told.
        let mut part = tempfile::tempfile().unwrap();
        std::io::Write::write_all(
            &mut part,
            b"{\"kind\":\"group\",\"key\":\"k\",\"dn\":\"cn=k\",\"name\":\"K\"}\n",
        )
        .unwrap();
        let refused = directory::groups::push(app, &admin, directory.id, part)
            .await
            .unwrap_err();
        assert!(format!("{refused:?}").contains("only a part"), "{refused:?}");
        push(&format!("ou=people,{BASE}")).await;
        assert_eq!(sets().await, ["Drivers 1", "Staff 2"]);
        let seen = directory::groups::seen(app, &directory).await.unwrap();
        assert!(seen.trouble.unwrap().contains("stay as they were"));

        slapd.change(&format!("dn: cn=Staff,ou=groups,{BASE}\nchangetype: delete\n"));
        push(&base).await;
        assert_eq!(sets().await, ["Drivers 1"]);

        // Groups that nobody asks for are not taken, and those that were are gone.
        let edit = directory::Edit {
            settings: Some(directory::Settings {
                groups: None,
                ..asked.clone()
            }),
            ..directory::Edit::default()
        };
        directory::edit(app, &admin, directory.id, edit).await.unwrap();
        assert!(sets().await.is_empty());
        let roll = directory::roll::read(&asked, &base, PASSWORD).await.unwrap();
        let refused = directory::groups::push(app, &admin, directory.id, roll.file)
            .await
            .unwrap_err();
        assert!(
            format!("{refused:?}").contains("directory_groups_unasked"),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn an_account_that_expires_leaves_by_itself_and_other_settings_put_a_plan_away() {
    on_both(async |world| {
        // The story begins on day 20,601.
        let entries = [
            folder("people"),
            person("ada", "Ada", "A", "shadowExpire: 20603\n"),
            person("bo", "Bo", "B", ""),
        ];
        let slapd = Slapd::start(&Options::default(), &entries.concat());
        let directory = connect(world, settings(&slapd)).await;
        let run = planned(world, &directory, false).await;
        applied(world, &run).await;
        let same = planned(world, &directory, false).await;
        assert!(!same.does_something());
        world.hands.turn(3 * 24 * 3600);
        directory::edit(
            &world.app,
            &world.admin(),
            directory.id,
            directory::Edit {
                scheduled: Some(true),
                ..directory::Edit::default()
            },
        )
        .await
        .unwrap();
        work(world).await;
        assert_eq!(find(world, "ada@example.com").await.state, State::Deactivated);
        assert_eq!(find(world, "bo@example.com").await.state, State::Uninvited);
        let next = seen(world, &directory).await.next_at.unwrap();
        assert!(next > world.app.now());

        let mut waits = settings(&slapd);
        waits.automatic = false;
        edit(world, &directory, waits.clone()).await;
        slapd.change(&format!(
            "dn: uid=bo,ou=people,{BASE}\nchangetype: modify\nreplace: title\ntitle: Boss\n"
        ));
        let plan = planned(world, &directory, false).await;
        assert_eq!(plan.state, RunState::Planned);
        waits.filter = "(uid=bo)".into();
        edit(world, &directory, waits).await;
        assert_eq!(again(world, &plan).await.state, RunState::Cancelled);
        assert!(seen(world, &directory).await.cursor.is_none());
    })
    .await;
}

#[tokio::test]
async fn two_directories_do_not_overwrite_each_other() {
    on_both(async |world| {
        let office = |title: &str| {
            Slapd::start(
                &Options::default(),
                &[
                    folder("people"),
                    person("ada", "Ada", "Alba", &format!("title: {title}\n")),
                    person("bo", "Bo", "Berg", ""),
                ]
                .concat(),
            )
        };
        let (north, south) = (office("Clerk"), office("Driver"));
        let first = connect(world, settings(&north)).await;
        let run = planned(world, &first, false).await;
        applied(world, &run).await;
        let second = connect(world, settings(&south)).await;
        let run = planned(world, &second, false).await;
        assert!(
            rows(world, &run).await.iter().any(|row| row.contains("LDAP")),
            "it is told by name who has the word: {:?}",
            rows(world, &run).await
        );
        applied(world, &run).await;
        let title = async || {
            let ada = find(world, "ada@example.com").await;
            let by = ada.origins[&Field::Title].of;
            (value(&ada, Field::Title).to_owned(), by)
        };
        let clerk = ("Clerk".to_owned(), Some(first.id.0));
        assert_eq!(title().await, clerk);
        // In turns, neither changes anything any more.
        for directory in [&first, &second, &first] {
            let run = planned(world, directory, true).await;
            assert_eq!(run.counts.update, 0, "{:?}", rows(world, &run).await);
            assert_eq!(title().await, clerk);
        }

        // Out is who has left the one that manages the account, and stays so.
        let gone = format!("dn: uid=bo,ou=people,{BASE}\nchangetype: delete\n");
        let state = async || find(world, "bo@example.com").await.state;
        south.change(&gone);
        let run = planned(world, &second, true).await;
        assert_eq!((run.counts.deactivate, state().await), (0, State::Uninvited));
        let told = rows(world, &run).await;
        assert!(told.iter().any(|row| row.contains("Conflict")), "{told:?}");
        north.change(&gone);
        let run = planned(world, &first, true).await;
        assert_eq!(run.counts.deactivate, 1, "{:?}", rows(world, &run).await);
        if run.state == RunState::Planned {
            imports::apply(&world.app, &world.admin(), run.id, true)
                .await
                .unwrap();
            work(world).await;
        }
        assert_eq!(state().await, State::Deactivated);
        south.change(&person("bo", "Bo", "Berg", "").replacen(
            "objectClass",
            "changetype: add\nobjectClass",
            1,
        ));
        planned(world, &second, true).await;
        assert_eq!(state().await, State::Deactivated, "the second does not undo it");

        // Disconnected, the first leaves the word to the second.
        directory::delete(&world.app, &world.admin(), first.id)
            .await
            .unwrap();
        assert_eq!(title().await, ("Driver".to_owned(), Some(second.id.0)));
    })
    .await;
}
