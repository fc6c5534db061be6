//! Domains of workplaces: added, let in, proven, lost; and what follows for accounts.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{World, on_both};
use guildhall_core::accounts::{
    self, AccountState, Change, Policy, ProfileField as Field, Source, Verb, Whom,
};
use guildhall_core::domains::scout::{Dns, Web};
use guildhall_core::domains::{self, DomainState, Method, Scout};
use guildhall_core::fetch::Fetcher;
use guildhall_core::ids::AccountId;
use guildhall_core::mail::{SmtpSettings, Transport};
use guildhall_core::outbox::{self, Postman};
use guildhall_core::{Actor, App, Error, addresses, workplaces};
use guildhall_testkit::dns::{DnsWorld, Kind, Zone};
use guildhall_testkit::smtp::SmtpServer;

fn scout(world: &DnsWorld) -> Scout {
    Scout::new(
        Dns::new(vec![world.resolver()], world.way()),
        Web::new(Fetcher::system()),
    )
}

fn zones() -> DnsWorld {
    DnsWorld::start(&[
        Zone("acme", Kind::Plain, &["v=spf1 -all"]),
        Zone("silent", Kind::Silent, &[]),
    ])
}

/// Another workplace on the same server.
async fn other(app: &App) -> Actor {
    let workplace = workplaces::create(app, "Other", "en", "UTC").await.unwrap();
    Actor::command_line(workplace.id)
}

fn proof(domain: &domains::Domain) -> String {
    domains::rules::proof(&domain.token)
}

/// A system admin who is in.
async fn admin(world: &World, app: &App, email: &str) -> (AccountId, Actor) {
    let patch = vec![
        (Field::DisplayName, Some("Ada".to_owned())),
        (Field::Email, Some(email.to_owned())),
    ];
    let verb = Verb::Provision {
        patch,
        invite: true,
        role: Some(accounts::SYSTEM_ADMIN.to_owned()),
    };
    let id = world.act(Whom::New, verb).await.unwrap().after.unwrap().id;
    let claim = Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
    let claimed = accounts::change(app, &world.admin(), Whom::Is(id), &claim, &Policy::default()).await;
    (id, Actor::person(&claimed.unwrap().after.unwrap(), None))
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_added_looked_at_and_proven() {
    let dns = zones();
    on_both(async |world| {
        let app = world.app.clone().with_scout(scout(&dns));
        let actor = world.admin();
        dns.set_txt("acme", &["v=spf1 -all"]);
        let domain = domains::add(&app, &actor, " ACME.example. ").await.unwrap();
        assert_eq!(
            (domain.name.as_str(), domain.state),
            ("acme.example", DomainState::Pending)
        );
        assert!(domain.token.len() == 30 && domain.token.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(
            code(domains::add(&app, &actor, "acme.example").await),
            "domain_exists"
        );
        assert_eq!(code(domains::add(&app, &actor, "gmail.com").await), "invalid");
        let seen = domains::check(&app, &actor, domain.id).await.unwrap();
        assert_eq!(seen.state, DomainState::Pending);
        assert_eq!(seen.looks[0].found, ["v=spf1 -all"]);
        assert!(seen.looks[0].said.contains("none is ours"), "{:?}", seen.looks);

        // Not looked at before its time; then by itself.
        dns.set_txt("acme", &[&proof(&domain), "v=spf1 -all"]);
        domains::work(&app).await.unwrap();
        assert_eq!(
            domains::get(&app, &actor, domain.id).await.unwrap().state,
            DomainState::Pending
        );
        world.hands.turn(61);
        domains::work(&app).await.unwrap();
        let proven = domains::get(&app, &actor, domain.id).await.unwrap();
        assert_eq!(
            (proven.state, proven.method),
            (DomainState::Verified, Some(Method::Dns))
        );
        assert!(!proven.subdomains);
        let with = domains::include_subdomains(&app, &actor, domain.id, true)
            .await
            .unwrap();
        assert!(with.subdomains);

        // Thirty days without it.
        dns.set_txt("acme", &["v=spf1 -all"]);
        let mut last = proven;
        for day in 1..=30 {
            world.hands.turn(24 * 3600 + 60);
            domains::work(&app).await.unwrap();
            last = domains::get(&app, &actor, domain.id).await.unwrap();
            assert_eq!(last.state == DomainState::Verified, day < 30, "day {day}");
        }
        assert_eq!(
            (last.state, last.method, last.subdomains),
            (DomainState::Pending, None, false)
        );
        assert_eq!(last.next_at, None, "nobody asked for more looks");
        domains::remove(&app, &actor, domain.id).await.unwrap();
        assert!(domains::list(&app, &actor).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_workplaces_that_prove_a_domain_at_once_one_has_it() {
    let dns = zones();
    on_both(async |world| {
        let app = world.app.clone().with_scout(scout(&dns));
        let mut sides = vec![(world.admin(), Vec::new())];
        for _ in 0..3 {
            sides.push((other(&app).await, Vec::new()));
        }
        let mut records = Vec::new();
        for (actor, domain) in &mut sides {
            let added = domains::add(&app, actor, "acme.example").await.unwrap();
            records.push(proof(&added));
            domain.push(added);
        }
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        dns.set_txt("acme", &records);
        let at_once = sides
            .iter()
            .map(|(actor, domain)| domains::check(&app, actor, domain[0].id));
        let outcomes = futures::future::join_all(at_once).await;
        let won = outcomes
            .iter()
            .filter(|one| one.as_ref().is_ok_and(|d| d.state == DomainState::Verified));
        assert_eq!(won.count(), 1, "{outcomes:?}");
        for lost in outcomes.iter().filter_map(|one| one.as_ref().err()) {
            assert_eq!(lost.code(), "domain_taken");
        }
        let late = other(&app).await;
        assert_eq!(
            code(domains::add(&app, &late, "acme.example").await),
            "domain_taken"
        );
        // The others see why, and are not looked at any more.
        world.hands.turn(3 * 3600);
        domains::work(&app).await.unwrap();
        let mut verified = 0;
        for (actor, domain) in &sides {
            let now = domains::get(&app, actor, domain[0].id).await.unwrap();
            verified += i32::from(now.state == DomainState::Verified);
            assert_eq!(now.elsewhere, now.state != DomainState::Verified);
        }
        assert_eq!(verified, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_workplace_has_proven_takes_nobody_new() {
    let dns = zones();
    on_both(async |world| {
        let app = world.app.clone().with_scout(scout(&dns));
        // Bo and Cy are at this workplace, which let the domain in; Di is only prepared.
        let bo = world.person("Bo", "bo@acme.example", true).await;
        let di = world.person("Di", "di@acme.example", false).await;
        let owner = other(&app).await;
        let owned = domains::add(&app, &owner, "acme.example").await.unwrap();
        let (ada, person) = admin(world, &app, "ada@acme.example").await;
        let here = domains::add(&app, &person, "acme.example").await.unwrap();
        assert_eq!(code(domains::allow(&app, &person, here.id).await), "no_address");
        let account = accounts::get(&app.db, world.workplace.id, ada)
            .await
            .unwrap()
            .unwrap();
        let mut tx = app.begin().await.unwrap();
        addresses::note_confirmed(&mut tx, &account, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let here = domains::allow(&app, &person, here.id).await.unwrap();
        assert_eq!(here.state, DomainState::AllowListed);
        assert_eq!(code(domains::allow(&app, &person, here.id).await), "domain_state");

        dns.set_txt("acme", &[&proof(&owned)]);
        domains::check(&app, &owner, owned.id).await.unwrap();
        let filter = outbox::Filter {
            limit: 10,
            ..Default::default()
        };
        let told = outbox::list(&app.db, &world.admin(), &filter)
            .await
            .unwrap()
            .items;
        assert!(
            told.iter()
                .any(|letter| letter.subject().contains("verified by another workplace"))
        );

        let provision = |email: &str| Verb::Provision {
            patch: vec![
                (Field::DisplayName, Some("New".to_owned())),
                (Field::Email, Some(email.to_owned())),
            ],
            invite: true,
            role: None,
        };
        for source in [
            Source::Admin,
            Source::File,
            Source::Scim,
            Source::Directory,
            Source::Sso,
            Source::Api,
        ] {
            let change = Change::new(source, provision("new@ACME.example"));
            let refused =
                accounts::change(&app, &world.admin(), Whom::New, &change, &Policy::default()).await;
            assert_eq!(code(refused), "domain_elsewhere", "{source:?}");
        }
        let move_there = Verb::Update {
            patch: vec![(Field::Email, Some("cy@acme.example".to_owned()))],
        };
        let cy = world.person("Cy", "cy@free.example", false).await;
        assert_eq!(
            code(world.act(Whom::Is(cy), move_there).await),
            "domain_elsewhere"
        );
        assert_eq!(
            code(world.act(Whom::Is(di), Verb::Invite { message: None }).await),
            "domain_elsewhere"
        );
        // Who is here stays, and can be worked on.
        let remind = world
            .act(Whom::Is(bo), Verb::Remind { message: None })
            .await
            .unwrap();
        assert_eq!(remind.after.unwrap().state, AccountState::Invited);
        let new = Change::new(Source::Admin, provision("new@acme.example"));
        accounts::change(&app, &owner, Whom::New, &new, &Policy::default())
            .await
            .unwrap();
        // Given up, it is free again.
        domains::remove(&app, &owner, owned.id).await.unwrap();
        world
            .act(Whom::Is(di), Verb::Invite { message: None })
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_proven_domain_lets_admins_change_who_people_are() {
    let dns = zones();
    on_both(async |world| {
        let app = world.app.clone().with_scout(scout(&dns));
        let (_, ada) = admin(world, &app, "ada@acme.example").await;
        let bo = world.person("Bo", "bo@acme.example", true).await;
        let rename = |name: &str| Verb::Update {
            patch: vec![(Field::DisplayName, Some(name.to_owned()))],
        };
        let act = async |verb: Verb| accounts::people::act(&app, &ada, bo, verb, None).await;
        // Whoever is not in yet is as the admin prepares them.
        act(rename("Bo Bold")).await.unwrap();
        let claim = Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
        accounts::change(&app, &world.admin(), Whom::Is(bo), &claim, &Policy::default())
            .await
            .unwrap();
        let refused = act(rename("Bob")).await.unwrap_err();
        assert_eq!(refused.code(), "domain_not_verified");
        assert!(
            refused
                .to_string()
                .contains("acme.example, which is not verified"),
            "{refused}"
        );
        // What the organisation says of a person's work is its own; so is what does not change.
        let work = vec![
            (Field::Title, Some("Fitter".to_owned())),
            (Field::DisplayName, Some("Bo Bold".to_owned())),
        ];
        act(Verb::Update { patch: work }).await.unwrap();
        for source in [Source::File, Source::Api] {
            let change = Change::new(source, rename("Bob"));
            let refused = accounts::change(&app, &ada, Whom::Is(bo), &change, &Policy::default()).await;
            assert_eq!(code(refused), "domain_not_verified", "{source:?}");
        }
        let directory = Change::new(Source::Scim, rename("Bo B."));
        accounts::change(&app, &ada, Whom::Is(bo), &directory, &Policy::default())
            .await
            .unwrap();

        let domain = domains::add(&app, &ada, "acme.example").await.unwrap();
        dns.set_txt("acme", &[&proof(&domain)]);
        domains::check(&app, &ada, domain.id).await.unwrap();
        assert_eq!(act(rename("Bob")).await.unwrap().after.unwrap().name(), "Bob");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_mailed_proves_a_domain() {
    let smtp = Arc::new(SmtpServer::start());
    on_both(async |world| {
        let already = smtp.received().len();
        let app = &world.app;
        let actor = world.admin();
        let domain = domains::add(app, &actor, "acme.example").await.unwrap();
        assert_eq!(
            code(domains::send_code(app, &actor, domain.id, "ceo").await),
            "invalid"
        );
        assert_eq!(
            code(domains::give_code(app, &actor, domain.id, "X").await),
            "code_used_up"
        );
        domains::send_code(app, &actor, domain.id, "postmaster")
            .await
            .unwrap();
        // An admin who reads the outbox learns nothing.
        let filter = outbox::Filter {
            limit: 1,
            ..Default::default()
        };
        let letter = outbox::list(&app.db, &actor, &filter)
            .await
            .unwrap()
            .items
            .remove(0);
        assert_eq!(letter.recipient, "postmaster@acme.example");
        let read = outbox::read(app, &actor, "http://site", letter.id).await.unwrap();
        let found = |text: &str| {
            text.lines().find_map(|line| {
                let letters: String = line.chars().filter(char::is_ascii_alphanumeric).collect();
                let fits = line.len() == 11 && line.as_bytes()[5] == b' ' && letters.len() == 10;
                (fits && letters == letters.to_uppercase()).then(|| line.to_owned())
            })
        };
        assert_eq!(found(&read.rendered.text), None);
        let postman = Postman {
            app: app.clone(),
            transport: Transport::new(&SmtpSettings::new(smtp.url(), "localhost")).unwrap(),
            from: "guildhall@host.example".parse().unwrap(),
            signer: None,
            public_url: "http://site".into(),
        };
        postman.round(&|| false).await.unwrap();
        let mail = smtp.wait_for(already + 1, Duration::from_secs(10));
        let text = String::from_utf8_lossy(&mail[already].bytes).replace("\r\n", "\n");
        let right = found(&text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(
            code(domains::give_code(app, &actor, domain.id, "AAAAA AAAAA").await),
            "invalid"
        );
        let proven = domains::give_code(app, &actor, domain.id, &right.to_lowercase())
            .await
            .unwrap();
        assert_eq!(
            (proven.state, proven.method),
            (DomainState::Verified, Some(Method::Mail))
        );
        assert_eq!(
            code(domains::include_subdomains(app, &actor, domain.id, true).await),
            "needs_dns"
        );
        assert_eq!(
            code(domains::give_code(app, &actor, domain.id, &right).await),
            "code_used_up"
        );

        // Guessing ends with the letter, and letters end with the day.
        domains::send_code(app, &actor, domain.id, "admin").await.unwrap();
        for _ in 0..5 {
            assert_eq!(
                code(domains::give_code(app, &actor, domain.id, "AAAAAAAAAA").await),
                "invalid"
            );
        }
        assert_eq!(
            code(domains::give_code(app, &actor, domain.id, "AAAAAAAAAA").await),
            "code_used_up"
        );
        for _ in 0..4 {
            domains::send_code(app, &actor, domain.id, "admin").await.unwrap();
        }
        assert_eq!(
            code(domains::send_code(app, &actor, domain.id, "admin").await),
            "wait"
        );
    })
    .await;
}
