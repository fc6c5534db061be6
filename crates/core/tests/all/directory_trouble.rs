//! What goes wrong between us and a directory is told in words, and changes nobody.

use std::fmt::Write as _;

use crate::common::directories::{applied, connect, cut_after, planned, settings};
use crate::common::on_both;
use guildhall_core::directory::ldap::Security;
use guildhall_core::imports::RunState;
use guildhall_core::{accounts, directory};
use guildhall_testkit::ldap::{Options, PASSWORD, Slapd, folder, person};

fn people(count: u32) -> String {
    let mut text = folder("people");
    for number in 0..count {
        let _ = write!(
            text,
            "{}",
            person(&format!("p{number}"), "P", &number.to_string(), "")
        );
    }
    text
}

async fn fails(world: &crate::common::World, settings: directory::Settings, password: &str) -> String {
    let admin = world.admin();
    let directory = directory::create(&world.app, &admin, "LDAP", settings.clone(), Some(password))
        .await
        .unwrap();
    let run = planned(world, &directory, true).await;
    assert_eq!(run.state, RunState::Failed);
    assert!(
        accounts::by_email(&world.app.db, world.workplace.id, "p1@example.com")
            .await
            .unwrap()
            .is_none()
    );
    let error = run.error.unwrap();
    assert_eq!(
        crate::common::directories::seen(world, &directory)
            .await
            .trouble
            .as_deref(),
        Some(error.as_str())
    );
    let look = directory::look(&world.app, &admin, None, settings, Some(password))
        .await
        .unwrap();
    let last = look.steps.last().unwrap();
    assert!(
        last.done || last.detail == error || look.people.is_empty(),
        "{look:?}"
    );
    error
}

#[tokio::test]
async fn each_trouble_has_its_own_words() {
    on_both(async |world| {
        let slapd = Slapd::start(
            &Options {
                size_limit: 5,
                ..Options::default()
            },
            &people(20),
        );
        let fine = settings(&slapd);
        let mut stranger = fine.clone();
        stranger.server.ca = None;
        let mut elsewhere = fine.clone();
        elsewhere.server.host = "127.0.0.2".into();
        let mut starttls = fine.clone();
        (starttls.server.security, starttls.server.port) = (Security::StartTls, Some(slapd.port));
        let mut plain = starttls.clone();
        plain.server.security = Security::None;
        let mut upside_down = fine.clone();
        upside_down.server.port = Some(slapd.port);
        let mut nowhere = fine.clone();
        nowhere.base = "ou=nowhere,dc=example,dc=com".into();
        let mut filter = fine.clone();
        filter.filter = "(mail=".to_owned() + ")(";
        filter.filter.push(')');
        let mut unnamed = fine.clone();
        unnamed.server.host = "no-such-host.invalid".into();
        for (settings, password, expect) in [
            (fine.clone(), PASSWORD, "only a part of the entries"),
            (starttls, PASSWORD, "only a part of the entries"),
            (plain, PASSWORD, "only a part of the entries"),
            (fine.clone(), "wrong", "The name or the password is wrong"),
            (fine, "", "Enter the password"),
            (stranger, PASSWORD, "signed by nobody who is trusted"),
            (elsewhere, PASSWORD, "Nothing answers at 127.0.0.2"),
            (upside_down, PASSWORD, "onnection"),
            (nowhere, PASSWORD, "no such entry as the base"),
            (filter, PASSWORD, "The filter is not written"),
            (unnamed, PASSWORD, "no server named"),
        ] {
            let told = fails(world, settings.clone(), password).await;
            assert!(told.contains(expect), "{expect}: {told}");
        }
        let expired = Slapd::start(
            &Options {
                days: 0,
                ..Options::default()
            },
            &people(1),
        );
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        let told = fails(world, settings(&expired), PASSWORD).await;
        assert!(told.contains("has expired"), "{told}");
    })
    .await;
}

#[tokio::test]
async fn a_line_cut_in_the_middle_of_a_page_changes_nobody() {
    on_both(async |world| {
        let slapd = Slapd::start(&Options::default(), &people(1500));
        let mut through = settings(&slapd);
        through.server.port = Some(cut_after(("127.0.0.1", slapd.tls_port), 150_000).0);
        let directory = connect(world, through).await;
        let run = planned(world, &directory, true).await;
        assert_eq!(run.state, RunState::Failed);
        assert!(
            run.error.as_deref().unwrap().contains("broke off"),
            "{:?}",
            run.error
        );
        let edit = directory::Edit {
            settings: Some(settings(&slapd)),
            password: Some(PASSWORD),
            ..directory::Edit::default()
        };
        directory::edit(&world.app, &world.admin(), directory.id, edit)
            .await
            .unwrap();
        let run = planned(world, &directory, false).await;
        assert_eq!(run.counts.create, 1500, "{:?}", run.error);
        applied(world, &run).await;
    })
    .await;
}

#[tokio::test]
async fn the_password_goes_nowhere_else() {
    on_both(async |world| {
        let slapd = Slapd::start(&Options::default(), &people(1));
        let directory = connect(world, settings(&slapd)).await;
        let mut elsewhere = settings(&slapd);
        elsewhere.server.host = "127.0.0.1".into();
        let edit = directory::Edit {
            settings: Some(elsewhere.clone()),
            ..directory::Edit::default()
        };
        let refused = directory::edit(&world.app, &world.admin(), directory.id, edit)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "invalid");
        let look = directory::look(&world.app, &world.admin(), Some(directory.id), elsewhere, None)
            .await
            .unwrap();
        assert!(!look.steps.last().unwrap().done, "{look:?}");
        let same = directory::look(
            &world.app,
            &world.admin(),
            Some(directory.id),
            settings(&slapd),
            None,
        )
        .await
        .unwrap();
        assert_eq!((same.steps.len(), same.people.len()), (4, 1), "{same:?}");
        assert!(same.steps.iter().all(|step| step.done));
    })
    .await;
}
