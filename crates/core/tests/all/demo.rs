//! The demo's company: a whole history, on both databases.

use guildhall_core::access::{self, PasswordHasher};
use guildhall_core::accounts::{self, AccountState as State};
use guildhall_core::demo::{self, Demo};
use guildhall_core::{Actor, groups, imports, invitations};

const PASSWORD: &str = "mopa-kelu-riva-tasu";

#[tokio::test]
async fn a_company_with_a_past_is_made_and_everybody_named_gets_in() {
    crate::common::on_both_empty(async |app, clock| {
        let now = app.now();
        let hasher = PasswordHasher::new(&app.entropy).unwrap();
        let what = Demo {
            seed: 3,
            people: 160,
            password: PASSWORD,
        };
        let (workplace, logins) = demo::make(app, clock, &hasher, what, &|_| {}).await.unwrap();
        assert_eq!(app.now(), now, "the clock is back where it was");

        let counts = accounts::counts(&app.db, workplace).await.unwrap();
        assert!(
            counts[&State::Claimed] > 100 && counts.contains_key(&State::Deactivated),
            "{counts:?}"
        );
        let actor = Actor::command_line(workplace);
        let runs = imports::list(&app.db, &actor, None, None, 10)
            .await
            .unwrap()
            .items;
        assert_eq!(runs.len(), 3);
        assert!(runs.iter().all(|run| run.counts.invalid == 0), "{runs:?}");
        let all = groups::list(&app.db, &actor, None, None, 200)
            .await
            .unwrap()
            .items;
        assert!(all.len() > 20 && all.iter().any(|(group, _)| group.members > 50));
        let funnel = invitations::funnel(&app.db, workplace).await.unwrap();
        assert!(
            funnel.claimed > 100 && funnel.claimed < funnel.invited,
            "{funnel:?}"
        );

        let roles: Vec<&str> = logins.iter().map(|login| login.role).collect();
        assert_eq!(roles[0], "system admin");
        assert!(
            roles.contains(&"account manager") && roles.contains(&"member"),
            "{roles:?}"
        );
        for login in &logins {
            let origin = access::Origin {
                address: std::net::Ipv4Addr::LOCALHOST.into(),
                user_agent: "test",
                device: access::Device::New,
            };
            access::log_in(app, &hasher, workplace, (&login.email, PASSWORD), origin)
                .await
                .unwrap();
        }
    })
    .await;
}
