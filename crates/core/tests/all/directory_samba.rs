//! A real Active Directory (Samba) decides who is here, on both databases.

use crate::common::directories::{applied, find, planned, rows};
use crate::common::on_both;
use guildhall_core::accounts::AccountState as State;
use guildhall_core::directory::ldap::{Security, Server};
use guildhall_core::directory::{self, Settings, Via};
use guildhall_core::imports::RunState;
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
