//! A real Active Directory (Samba) decides who is here, on both databases.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use crate::common::directories::{applied, cut_after, find, planned, rows, seen};
use crate::common::{World, on_both};
use base64::Engine as _;
use guildhall_core::accounts::{self, AccountState as State};
use guildhall_core::directory::ldap::{Security, Server};
use guildhall_core::directory::{self, Directory, Settings, Via};
use guildhall_core::ids::DirectoryId;
use guildhall_core::imports::{Run, RunState};
use guildhall_testkit::samba::{BASE, BIND_DN, PASSWORD, Samba};
use guildhall_wire::directory::{Kind, Mapping};

fn settings(samba: &Samba, unit: &str) -> Settings {
    Settings {
        kind: Kind::ActiveDirectory,
        via: Via::Server,
        server: Server {
            host: samba.address.clone(),
            port: None,
            security: Security::Ldaps,
            ca: Some(samba.authority()),
            bind_dn: BIND_DN.into(),
        },
        base: format!("OU={unit},{BASE}"),
        filter: String::new(),
        group: None,
        groups: None,
        mapping: Mapping::preset(Kind::ActiveDirectory),
        invite: false,
        automatic: true,
        every_minutes: 15,
        full_hours: 24,
    }
}

fn person(name: &str, unit: &str, more: &str) -> String {
    format!(
        "dn: CN={name},OU={unit},{BASE}\nchangetype: add\nobjectClass: user\nsAMAccountName: {unit}-{name}\ngivenName: {name}\n\
         sn: Test\ndisplayName: {name} Test\nmail: {name}@example.com\nuserAccountControl: 544\n{more}\n"
    )
}

#[tokio::test]
async fn people_of_an_active_directory_follow_every_change() {
    let samba = Samba::start();
    let turn = std::sync::atomic::AtomicU32::new(0);
    on_both(async |world| {
        let unit = format!("Staff{}", turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
        let dn = |name: &str| format!("CN={name},OU={unit},{BASE}");
        samba.change(&format!(
            "dn: OU={unit},{BASE}\nchangetype: add\nobjectClass: organizationalUnit\n\n\
             dn: OU=Elsewhere{unit},{BASE}\nchangetype: add\nobjectClass: organizationalUnit\n\n{}{}{}{}{}",
            person("zoe", &unit, ""),
            person("ada", &unit, &format!("manager: {}\ntitle: Clerk\n", dn("zoe"))),
            person("bo", &unit, &format!("manager: {}\n", dn("ada"))),
            person("cy", &unit, ""),
            person("dee", &unit, "").replace("userAccountControl: 544", "userAccountControl: 546"),
        ));
        let admin = world.admin();
        let made = directory::create(&world.app, &admin, "AD", settings(&samba, &unit), Some(PASSWORD)).await.unwrap();
        let run = planned(world, &made, false).await;
        assert_eq!((run.state, run.counts.create), (RunState::Planned, 4), "{:?} {:?}", run.error, rows(world, &run).await);
        applied(world, &run).await;
        let (ada, bo, zoe) = (
            find(world, "ada@example.com").await,
            find(world, "bo@example.com").await,
            find(world, "zoe@example.com").await,
        );
        assert_eq!((ada.profile.manager(), bo.profile.manager()), (Some(zoe.id), Some(ada.id)));
        let same = planned(world, &made, false).await;
        assert_eq!((same.state, same.counts.rows), (RunState::Applied, 0), "{:?}", rows(world, &same).await);

        // Renamed and moved within; disabled; deleted; moved out of sight; come.
        samba.change(&format!(
            "dn: {}\nchangetype: modrdn\nnewrdn: CN=Ada New\ndeleteoldrdn: 1\n\n\
             dn: CN=Ada New,OU={unit},{BASE}\nchangetype: modify\nreplace: mail\nmail: ada.new@example.com\n\n\
             dn: {}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 546\n\n\
             dn: {}\nchangetype: delete\n\n\
             dn: {}\nchangetype: modrdn\nnewrdn: CN=cy\ndeleteoldrdn: 1\nnewsuperior: OU=Elsewhere{unit},{BASE}\n\n{}",
            dn("ada"),
            dn("zoe"),
            dn("bo"),
            dn("cy"),
            person("eve", &unit, &format!("manager: CN=Ada New,OU={unit},{BASE}\n")),
        ));
        let run = planned(world, &made, false).await;
        assert_eq!(run.state, RunState::Applied, "{:?} {:?}", run.error, run.brake);
        assert!(!run.sync.as_ref().unwrap().full, "only what changed was read");
        assert_eq!(
            (run.counts.create, run.counts.update, run.counts.deactivate),
            (1, 1, 3),
            "{:?}",
            rows(world, &run).await
        );
        assert_eq!(find(world, "ada.new@example.com").await.id, ada.id, "a rename is a rename");
        for email in ["bo@example.com", "cy@example.com", "zoe@example.com"] {
            assert_eq!(find(world, email).await.state, State::Deactivated, "{email}");
        }
        assert_eq!(find(world, "eve@example.com").await.profile.manager(), Some(ada.id));

        // Only a group, and the group in it.
        samba.change(&format!(
            "dn: CN=inner{unit},{BASE}\nchangetype: add\nobjectClass: group\nmember: {}\n\n\
             dn: CN=outer{unit},{BASE}\nchangetype: add\nobjectClass: group\nmember: CN=inner{unit},{BASE}\n",
            dn("eve")
        ));
        let mut only = settings(&samba, &unit);
        only.group = Some(format!("CN=outer{unit},{BASE}"));
        let edit = directory::Edit {
            settings: Some(only),
            ..directory::Edit::default()
        };
        directory::edit(&world.app, &admin, made.id, edit).await.unwrap();
        let run = planned(world, &made, false).await;
        assert_eq!(run.counts.deactivate, 1, "{:?} {:?}", run.error, rows(world, &run).await);
        assert_eq!(find(world, "ada.new@example.com").await.state, State::Deactivated);
        assert_eq!(find(world, "eve@example.com").await.state, State::Uninvited);
    })
    .await;
}

/// More than one page of them.
const MANY: usize = 600;

/// Who reads, instead of the administrator; with the password of that one.
const READER: &str = "reader@ad.example.com";

fn many(unit: &str) -> String {
    let mut ldif = format!(
        "dn: OU={unit},{BASE}\nchangetype: add\nobjectClass: organizationalUnit\n\n\
         dn: OU=Nobody,{BASE}\nchangetype: add\nobjectClass: organizationalUnit\n\n"
    );
    for number in 0..MANY {
        let _ = write!(ldif, "{}", person(&format!("p{number}"), unit, ""));
    }
    let secret: Vec<u8> = format!("\"{PASSWORD}\"")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let secret = base64::engine::general_purpose::STANDARD.encode(secret);
    let _ = write!(
        ldif,
        "dn: CN=reader,CN=Users,{BASE}\nchangetype: add\nobjectClass: user\nsAMAccountName: reader\nuserPrincipalName: {READER}\n\
         unicodePwd:: {secret}\nuserAccountControl: 512\n"
    );
    ldif
}

fn control_of_reader(value: u32) -> String {
    format!(
        "dn: CN=reader,CN=Users,{BASE}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: {value}\n"
    )
}

/// Reads all by these settings, which goes wrong: nobody is changed, and it is told why.
async fn fails(world: &World, id: DirectoryId, settings: Settings, password: &str, expect: &str) {
    let counts = async || accounts::counts(&world.app.db, world.workplace.id).await.unwrap();
    let before = (counts().await, find(world, "p1@example.com").await);
    let made = set(world, id, settings, password).await;
    let run = planned(world, &made, true).await;
    let told = run.error.clone().unwrap_or_default();
    assert!(told.contains(expect), "{expect}: {:?} {told}", run.state);
    assert_eq!(run.state, RunState::Failed, "{expect}");
    assert_eq!(seen(world, &made).await.trouble, Some(told));
    assert_eq!(
        (counts().await, find(world, "p1@example.com").await),
        before,
        "{expect}"
    );
}

async fn set(world: &World, id: DirectoryId, settings: Settings, password: &str) -> Directory {
    let edit = directory::Edit {
        settings: Some(settings),
        password: Some(password),
        ..directory::Edit::default()
    };
    directory::edit(&world.app, &world.admin(), id, edit)
        .await
        .unwrap()
}

/// All was read, and nobody is to be changed.
fn unchanged(run: &Run) {
    assert_eq!(run.state, RunState::Applied, "{:?}", run.error);
    assert!(!run.does_something(), "{:?}", run.counts);
}

#[tokio::test]
async fn what_goes_wrong_with_an_active_directory_changes_nobody_and_has_its_words() {
    let server = Mutex::new(Samba::start());
    let samba = || server.lock().unwrap_or_else(PoisonError::into_inner);
    samba().change(&many("Many"));
    on_both(async |world| {
        let fine = settings(&samba(), "Many");
        let admin = world.admin();
        let made = directory::create(&world.app, &admin, "AD", fine.clone(), Some(PASSWORD))
            .await
            .unwrap();
        let run = planned(world, &made, false).await;
        assert_eq!(run.counts.create as usize, MANY, "{:?}", run.error);
        applied(world, &run).await;
        let at = async |port, expect| {
            let mut through = fine.clone();
            through.server.port = Some(port);
            fails(world, made.id, through, PASSWORD, expect).await;
        };

        fails(
            world,
            made.id,
            fine.clone(),
            "Wrong-horse-1",
            "The name or the password is wrong",
        )
        .await;
        let mut reader = fine.clone();
        reader.server.bind_dn = READER.into();
        samba().change(&control_of_reader(514));
        fails(
            world,
            made.id,
            reader.clone(),
            PASSWORD,
            "The account that reads is disabled",
        )
        .await;
        samba().change(&control_of_reader(512));
        let same = planned(world, &set(world, made.id, reader, PASSWORD).await, true).await;
        unchanged(&same);

        let mut plain = fine.clone();
        (plain.server.security, plain.server.port) = (Security::None, None);
        fails(world, made.id, plain, PASSWORD, "wants an encrypted connection").await;
        let nobody = settings(&samba(), "Nobody");
        fails(
            world,
            made.id,
            nobody,
            PASSWORD,
            "The directory gave nobody, though people are known of it",
        )
        .await;
        let nowhere = settings(&samba(), "Nowhere");
        fails(world, made.id, nowhere, PASSWORD, "no such entry as the base").await;

        // The line is cut in the second page: the first has 500 of the 600 people.
        let address = fine.server.host.clone();
        let (port, all) = cut_after((&address, 636), usize::MAX);
        let mut through = fine.clone();
        through.server.port = Some(port);
        let same = planned(world, &set(world, made.id, through, PASSWORD).await, true).await;
        unchanged(&same);
        let most = all.load(Ordering::Relaxed) * 9 / 10;
        at(cut_after((&address, 636), most).0, "broke off").await;

        samba().renew(0);
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        let expired = settings(&samba(), "Many");
        fails(world, made.id, expired, PASSWORD, "has expired").await;
        samba().stop();
        fails(world, made.id, fine.clone(), PASSWORD, "Nothing answers at").await;

        samba().renew(2);
        let again = settings(&samba(), "Many");
        let same = planned(world, &set(world, made.id, again, PASSWORD).await, true).await;
        unchanged(&same);
    })
    .await;
}
