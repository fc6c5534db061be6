//! Coming by oneself, by coworkers and by links; waiting for a word; opening a workplace; being told before.

use std::net::{IpAddr, Ipv4Addr};

use crate::common::{World, on_both};
use guildhall_core::access::{Device, Origin, PasswordHasher};
use guildhall_core::accounts::{
    self, Account, AccountState, Change, Policy, ProfileField as Field, Source, Verb, Whom,
};
use guildhall_core::ids::{AccountId, JoinLinkId};
use guildhall_core::jobs::{self, Action, Input, Target};
use guildhall_core::joining::{
    self, Asked, Coworkers, Filter, Join, Joining, Outcome, Request, RequestState, Why,
};
use guildhall_core::mail::LetterKind;
use guildhall_core::openings::{self, Door, Opened, Openness};
use guildhall_core::outbox::{self, Postman};
use guildhall_core::setup::First;
use guildhall_core::{Actor, App, Entropy, Error, Result, addresses, domains, groups, notices, workplaces};
use guildhall_testkit::smtp::SmtpServer;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "violet harbour engine moss";

fn origin() -> Origin<'static> {
    Origin {
        address: HOME,
        user_agent: "test",
        device: Device::New,
    }
}

fn hasher() -> PasswordHasher {
    PasswordHasher::new(&Entropy::system()).unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    result.unwrap_err().code()
}

/// Takes the letters that wait to a real mail server, and reads the links in them, each with its recipient.
struct Mail {
    smtp: SmtpServer,
    postman: Postman,
}

impl Mail {
    fn of(app: &App) -> Self {
        use guildhall_core::mail::{SmtpSettings, Transport};
        let smtp = SmtpServer::start();
        let postman = Postman {
            app: app.clone(),
            transport: Transport::new(&SmtpSettings::new(smtp.url(), "localhost")).unwrap(),
            from: "guildhall@host.example".parse().unwrap(),
            signer: None,
            public_url: "http://site".into(),
        };
        Self { smtp, postman }
    }

    /// The links with `path` in the letters to `to`, oldest first.
    async fn links(&self, to: &str, path: &str) -> Vec<String> {
        self.postman.round(&|| false).await.unwrap();
        let begin = format!("http://site/{path}/");
        let all = self.smtp.received();
        let mine = all.iter().filter(|mail| mail.envelope.to == [to]);
        mine.filter_map(|mail| {
            let text = String::from_utf8_lossy(&mail.bytes)
                .replace("=\r\n", "")
                .replace("\r\n", "\n");
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(&begin).map(str::to_owned));
            line.map(|secret| secret.trim().to_owned())
        })
        .collect()
    }

    async fn link(&self, to: &str, path: &str) -> String {
        let links = self.links(to, path).await;
        links
            .last()
            .cloned()
            .unwrap_or_else(|| panic!("no link {path} for {to}"))
    }
}

/// A person who is in, and what they may do.
async fn claimed(world: &World, email: &str, role: &str) -> (Account, Actor) {
    let patch = vec![
        (
            Field::DisplayName,
            Some(email.split('@').next().unwrap().to_owned()),
        ),
        (Field::Email, Some(email.to_owned())),
    ];
    let verb = Verb::Provision {
        patch,
        invite: true,
        role: Some(role.to_owned()),
    };
    let id = world.act(Whom::New, verb).await.unwrap().after.unwrap().id;
    let claim = Change::new(Source::SelfService, Verb::Claim { patch: Vec::new() });
    let plan = accounts::change(
        &world.app,
        &world.admin(),
        Whom::Is(id),
        &claim,
        &Policy::default(),
    )
    .await;
    let account = plan.unwrap().after.unwrap();
    let actor = Actor::person(&account, None);
    (account, actor)
}

/// Lets the domain in by an admin whose address is there.
async fn let_in(world: &World, name: &str) -> Actor {
    let (ada, actor) = claimed(world, &format!("ada@{name}"), accounts::SYSTEM_ADMIN).await;
    let mut tx = world.app.begin().await.unwrap();
    addresses::note_confirmed(&mut tx, &ada, world.app.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let domain = domains::add(&world.app, &actor, name).await.unwrap();
    domains::allow(&world.app, &actor, domain.id).await.unwrap();
    actor
}

async fn set(world: &World, joining: Joining, coworkers: Coworkers, domains: &[&str], required: &[Field]) {
    workplaces::change(&world.app, &world.admin(), |workplace| {
        workplace.settings.joining = joining;
        workplace.settings.coworkers = coworkers;
        workplace.settings.coworker_domains = domains.iter().map(|name| (*name).to_owned()).collect();
        workplace.settings.required_fields = required.to_vec();
    })
    .await
    .unwrap();
}

fn join(name: &str) -> Join {
    Join {
        display_name: name.to_owned(),
        password: PASSWORD.to_owned(),
        accept_terms: true,
        groups: Vec::new(),
    }
}

async fn come(app: &App, token: &str, name: &str) -> Result<Account> {
    let entered = joining::come(app, &hasher(), token, &join(name), origin()).await?;
    Ok(entered.session().unwrap().account)
}

async fn waiting(world: &World) -> Vec<Request> {
    let filter = Filter {
        state: Some(RequestState::Waiting),
        limit: 50,
        ..Filter::default()
    };
    joining::list(&world.app, &world.admin(), &filter)
        .await
        .unwrap()
        .items
}

async fn by_email(world: &World, email: &str) -> Option<Account> {
    accounts::by_email(&world.app.db, world.workplace.id, email)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_proves_a_company_address_joins_and_finds_what_was_prepared() {
    on_both(async |world| {
        let (app, mail) = (&world.app, Mail::of(&world.app));
        let_in(world, "acme.example").await;
        set(world, Joining::Domains, Coworkers::Admins, &[], &[]).await;
        // Nobody learns whether there is such a workplace.
        joining::ask(app, "eve@unknown.example", HOME).await.unwrap();
        assert_eq!(code(joining::ask(app, "no address", HOME).await), "invalid");
        assert!(mail.links("eve@unknown.example", "join").await.is_empty());

        let prepared = world.person("Bo Bold", "bo@acme.example", false).await;
        joining::ask(app, "BO@acme.example", HOME).await.unwrap();
        let token = mail.link("BO@acme.example", "join").await;
        let opened = joining::open(app, &token).await.unwrap();
        assert_eq!(opened.outcome, Outcome::Join);
        assert_eq!(opened.account.unwrap().id, prepared);
        let mut weak = join("Bo Bold");
        weak.password = "short".into();
        assert_eq!(
            code(joining::come(app, &hasher(), &token, &weak, origin()).await),
            "invalid"
        );
        let bo = come(app, &token, "Bo Bold").await.unwrap();
        assert_eq!((bo.id, bo.state), (prepared, AccountState::Claimed));
        let mut tx = app.begin().await.unwrap();
        assert!(addresses::is_confirmed(&mut tx, &bo).await.unwrap());
        drop(tx);
        assert_eq!(
            code(come(app, &token, "Bo").await),
            "not_found",
            "a link works once"
        );
        // Who has an account is told so by the letter's link only.
        joining::ask(app, "bo@acme.example", HOME).await.unwrap();
        let token = mail.link("bo@acme.example", "join").await;
        assert_eq!(joining::open(app, &token).await.unwrap().outcome, Outcome::Member);
        assert_eq!(code(come(app, &token, "Bo").await), "already_claimed");
        // Too many letters are not written.
        for _ in 0..6 {
            joining::ask(app, "cy@acme.example", HOME).await.unwrap();
        }
        assert_eq!(mail.links("cy@acme.example", "join").await.len(), 4);
        let far = mail.link("cy@acme.example", "join").await;
        world.hands.turn(25 * 3600);
        assert_eq!(code(joining::open(app, &far).await), "not_found", "a day is over");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_that_joins_ten_times_at_once_makes_one_account() {
    on_both(async |world| {
        let (app, mail) = (&world.app, Mail::of(&world.app));
        let_in(world, "acme.example").await;
        set(world, Joining::Domains, Coworkers::Admins, &[], &[]).await;
        // Four letters, and each link pressed several times.
        let mut tokens = Vec::new();
        for _ in 0..4 {
            joining::ask(app, "bo@acme.example", HOME).await.unwrap();
        }
        for token in mail.links("bo@acme.example", "join").await {
            tokens.extend([token.clone(), token.clone(), token]);
        }
        tokens.truncate(10);
        assert_eq!(tokens.len(), 10);
        let hasher = hasher();
        let all = tokens
            .iter()
            .map(async |token| joining::come(app, &hasher, token, &join("Bo"), origin()).await);
        let outcomes = futures::future::join_all(all).await;
        assert_eq!(outcomes.iter().filter(|one| one.is_ok()).count(), 1);
        for refused in outcomes.into_iter().filter_map(Result::err) {
            assert!(
                ["not_found", "already_claimed"].contains(&refused.code()),
                "{refused}"
            );
        }
        let counts = accounts::counts(&app.db, world.workplace.id).await.unwrap();
        assert_eq!(counts[&AccountState::Claimed], 2, "Ada and Bo");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_ask_waits_for_a_word() {
    on_both(async |world| {
        let (app, mail) = (&world.app, Mail::of(&world.app));
        let ada = let_in(world, "acme.example").await;
        set(
            world,
            Joining::Invited,
            Coworkers::Admins,
            &[],
            &[Field::Department],
        )
        .await;
        joining::ask(app, "bo@acme.example", HOME).await.unwrap();
        let token = mail.link("bo@acme.example", "join").await;
        assert_eq!(joining::open(app, &token).await.unwrap().outcome, Outcome::Ask);
        assert_eq!(code(come(app, &token, "Bo").await), "changed");
        let mut asked = Asked {
            display_name: "Bo Bold".into(),
            note: Some("I begin on Monday".into()),
            fields: Vec::new(),
        };
        assert_eq!(code(joining::plead(app, &token, &asked).await), "invalid");
        asked.fields.push((Field::Department, "Logistics".into()));
        joining::plead(app, &token, &asked).await.unwrap();
        let request = waiting(world).await.remove(0);
        assert_eq!(
            (request.email.as_str(), request.asked_by),
            ("bo@acme.example", None)
        );
        assert_eq!(request.fields, [(Field::Department, "Logistics".to_owned())]);
        assert_eq!(
            mail.postman.round(&|| false).await.unwrap(),
            1,
            "the admin is told at once"
        );
        // And again each morning, while somebody waits.
        joining::digest(app).await.unwrap();
        world.hands.turn(24 * 3600);
        joining::digest(app).await.unwrap();
        joining::digest(app).await.unwrap();
        assert_eq!(mail.postman.round(&|| false).await.unwrap(), 1);

        joining::approve(app, &ada, &[request.id], &[]).await.unwrap();
        assert_eq!(
            code(joining::approve(app, &ada, &[request.id], &[]).await),
            "decided"
        );
        let bo = by_email(world, "bo@acme.example").await.unwrap();
        assert_eq!(bo.state, AccountState::Invited);
        assert_eq!(bo.profile.get(Field::Department), Some("Logistics"));
        mail.link("bo@acme.example", "claim").await;
        joining::digest(app).await.unwrap();

        joining::ask(app, "cy@acme.example", HOME).await.unwrap();
        let token = mail.link("cy@acme.example", "join").await;
        joining::plead(app, &token, &asked).await.unwrap();
        let request = waiting(world).await.remove(0);
        joining::decline(app, &ada, &[request.id], Some("Not with us"))
            .await
            .unwrap();
        assert!(by_email(world, "cy@acme.example").await.is_none());
        let filter = outbox::Filter {
            limit: 1,
            ..outbox::Filter::default()
        };
        let told = outbox::list(&app.db, &world.admin(), &filter)
            .await
            .unwrap()
            .items
            .remove(0);
        assert_eq!(
            (told.kind, told.recipient.as_str()),
            (LetterKind::RequestDeclined, "cy@acme.example")
        );
        assert_eq!(joining::waiting(app, &ada).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn coworkers_invite_as_the_workplace_has_set() {
    on_both(async |world| {
        let app = &world.app;
        let (_, ada) = claimed(world, "ada@home.example", accounts::SYSTEM_ADMIN).await;
        let (_, mo) = claimed(world, "mo@home.example", accounts::MEMBER).await;
        world.person("Di", "di@home.example", false).await;
        set(
            world,
            Joining::Invited,
            Coworkers::Domains,
            &["friend.example"],
            &[],
        )
        .await;
        let pasted = [
            "a@friend.example, b@other.example\nmo@home.example".to_owned(),
            "di@home.example".to_owned(),
        ];
        let outcomes = async |actor: &Actor| -> Vec<Outcome> {
            let all = joining::invite(app, actor, &pasted, Some("A friend of mine"))
                .await
                .unwrap();
            all.into_iter().map(|one| one.outcome).collect()
        };
        assert_eq!(
            outcomes(&mo).await,
            [Outcome::Invite, Outcome::Ask, Outcome::Member, Outcome::Ask]
        );
        // A second time nothing doubles.
        assert_eq!(
            outcomes(&mo).await,
            [Outcome::Waits, Outcome::Ask, Outcome::Member, Outcome::Ask]
        );
        assert_eq!(waiting(world).await.len(), 2);
        assert_eq!(
            by_email(world, "a@friend.example").await.unwrap().state,
            AccountState::Invited
        );
        assert_eq!(
            code(joining::invite(app, &mo, &["nonsense".into()], None).await),
            "invalid"
        );
        assert_eq!(
            code(joining::list(app, &mo, &Filter::default()).await),
            "forbidden"
        );
        let ids: Vec<_> = waiting(world).await.iter().map(|request| request.id).collect();
        assert_eq!(code(joining::approve(app, &mo, &ids, &[]).await), "forbidden");
        // Of both or none: a field is missing for the one who is new.
        set(
            world,
            Joining::Invited,
            Coworkers::Domains,
            &["friend.example"],
            &[Field::Department],
        )
        .await;
        assert_eq!(
            code(joining::approve(app, &ada, &ids, &[]).await),
            "fields_missing"
        );
        assert_eq!(waiting(world).await.len(), 2);
        let fields = [(Field::Department, "Sales".to_owned())];
        joining::approve(app, &ada, &ids, &fields).await.unwrap();
        let b = by_email(world, "b@other.example").await.unwrap();
        assert_eq!(
            (b.state, b.profile.get(Field::Department)),
            (AccountState::Invited, Some("Sales"))
        );
        assert_eq!(
            by_email(world, "di@home.example").await.unwrap().state,
            AccountState::Invited
        );
        set(world, Joining::Invited, Coworkers::All, &[], &[]).await;
        let all = joining::invite(app, &mo, &["x@y.example".into()], None)
            .await
            .unwrap();
        assert_eq!(all[0].outcome, Outcome::Invite);
        assert!(all[0].said.contains("on its way"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_goes_round_takes_so_many() {
    on_both(async |world| {
        let (app, mail) = (&world.app, Mail::of(&world.app));
        let (_, ada) = claimed(world, "ada@home.example", accounts::SYSTEM_ADMIN).await;
        let (mo, member) = claimed(world, "mo@home.example", accounts::MEMBER).await;
        let input = groups::Input {
            name: "Choir".into(),
            description: String::new(),
            kind: groups::Kind::Social,
            privacy: groups::Privacy::Secret,
            is_default: false,
        };
        let group = groups::create(app, &ada, input).await.unwrap();
        assert_eq!(
            code(joining::create_link(app, &member, None, (5, 5)).await),
            "forbidden"
        );
        assert_eq!(
            code(joining::create_link(app, &member, Some(group.id), (5, 5)).await),
            "not_found"
        );
        assert_eq!(
            code(joining::create_link(app, &ada, None, (301, 5)).await),
            "invalid"
        );
        assert_eq!(
            code(joining::create_link(app, &ada, None, (5, 15)).await),
            "invalid"
        );
        let (link, secret) = joining::create_link(app, &ada, Some(group.id), (1, 14))
            .await
            .unwrap();
        let round = joining::read_link(app, &secret).await.unwrap();
        let ask = async |email: &str| {
            joining::ask_by_link(app, &round, email, HOME).await.unwrap();
            mail.link(email, "join").await
        };
        let (first, second) = (ask("bo@any.example").await, ask("cy@any.example").await);
        let bo = come(app, &first, "Bo").await.unwrap();
        let members = groups::members(&app.db, &ada, group.id, None, None, 50).await;
        assert!(
            members
                .unwrap()
                .items
                .iter()
                .any(|member| member.person.id == bo.id)
        );
        // One too many: without the link, the address is nobody's.
        assert_eq!(code(come(app, &second, "Cy").await), "not_open");
        assert_eq!(code(joining::read_link(app, &secret).await), "not_found");
        // An owner's link asks, as coworkers do here.
        groups::add(app, &ada, group.id, &[mo.id], true).await.unwrap();
        let (own, secret) = joining::create_link(app, &member, Some(group.id), (5, 5))
            .await
            .unwrap();
        let round = joining::read_link(app, &secret).await.unwrap();
        joining::ask_by_link(app, &round, "di@any.example", HOME)
            .await
            .unwrap();
        let token = mail.link("di@any.example", "join").await;
        assert_eq!(joining::open(app, &token).await.unwrap().outcome, Outcome::Ask);
        assert_eq!(joining::links(app, &member).await.unwrap().len(), 1);
        assert_eq!(joining::links(app, &ada).await.unwrap().len(), 2);
        assert_eq!(
            code(joining::revoke_link(app, &member, link.id).await),
            "not_found"
        );
        joining::revoke_link(app, &ada, own.id).await.unwrap();
        let after = joining::open(app, &token).await.unwrap();
        assert_eq!(after.outcome, Outcome::Refused(Why::NotOpen));
        let nobody = JoinLinkId(uuid::Uuid::nil());
        assert_eq!(code(joining::revoke_link(app, &ada, nobody).await), "not_found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workplace_is_opened_from_the_web_where_that_is_allowed() {
    on_both(async |world| {
        let (app, mail) = (&world.app, Mail::of(&world.app));
        assert_eq!(
            code(openings::ask(app, Openness::Closed, "zo@new.example", HOME).await),
            "closed"
        );
        openings::ask(app, Openness::Open, "zo@new.example", HOME)
            .await
            .unwrap();
        let token = mail.link("zo@new.example", "open").await;
        assert!(matches!(
            openings::door(app, Openness::Open, &token).await.unwrap(),
            Door::New { .. }
        ));
        let first = First {
            workplace_name: "New Works".into(),
            display_name: "Zo".into(),
            email: "liar@elsewhere.example".into(),
            password: PASSWORD.into(),
            locale: "en".into(),
            time_zone: "UTC".into(),
        };
        let open = async |openness, token: &str| {
            openings::open(app, &hasher(), openness, (token, &first), origin()).await
        };
        let Opened::Open(entered) = open(Openness::Open, &token).await.unwrap() else {
            panic!("it waits");
        };
        assert_eq!(entered.account.profile.get(Field::Email), Some("zo@new.example"));
        let zo = Actor::person(&entered.account, None);
        let own = domains::list(app, &zo).await.unwrap();
        assert_eq!(
            (own[0].name.as_str(), own[0].state),
            ("new.example", domains::DomainState::AllowListed)
        );
        assert_eq!(code(open(Openness::Open, &token).await.map(|_| ())), "not_found");

        // With approval, whoever runs the server says yes or no.
        for email in ["ka@gmail.com", "lo@third.example"] {
            openings::ask(app, Openness::Approval, email, HOME).await.unwrap();
            let token = mail.link(email, "open").await;
            assert!(matches!(
                open(Openness::Approval, &token).await.unwrap(),
                Opened::Waits
            ));
        }
        openings::ask(app, Openness::Approval, "lo@third.example", HOME)
            .await
            .unwrap();
        let again = mail.link("lo@third.example", "open").await;
        assert_eq!(code(open(Openness::Approval, &again).await.map(|_| ())), "waits");
        let waiting = openings::waiting(&app.db).await.unwrap();
        assert_eq!(waiting.len(), 2);
        let opened = openings::approve(app, waiting[0].id).await.unwrap();
        let ka = accounts::by_email(&app.db, opened, "ka@gmail.com")
            .await
            .unwrap()
            .unwrap();
        assert!(ka.is_system_admin());
        let none = domains::list(app, &Actor::person(&ka, None)).await.unwrap();
        assert!(none.is_empty(), "a public provider is nobody's");
        openings::decline(app, waiting[1].id).await.unwrap();
        assert_eq!(code(openings::decline(app, waiting[1].id).await), "not_found");

        // A domain that is proven leads to the workplace that has it.
        let domain = domains::add(app, &world.admin(), "proven.example").await.unwrap();
        let look = domains::Look {
            way: domains::Method::Dns,
            verdict: domains::Verdict::Proven,
            said: String::new(),
            found: Vec::new(),
        };
        domains::note_looks(app, &world.admin(), &domain, &[look])
            .await
            .unwrap();
        openings::ask(app, Openness::Open, "pa@proven.example", HOME)
            .await
            .unwrap();
        let token = mail.link("pa@proven.example", "open").await;
        match openings::door(app, Openness::Open, &token).await.unwrap() {
            Door::Here { workplace, .. } => assert_eq!(workplace, world.workplace.name),
            Door::New { .. } => panic!("another workplace on a domain that is proven"),
        }
        assert_eq!(
            code(open(Openness::Open, &token).await.map(|_| ())),
            "domain_elsewhere"
        );
        let counts = accounts::counts(&app.db, world.workplace.id).await.unwrap();
        assert!(counts.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_are_prepared_are_told_once_at_a_proven_domain() {
    on_both(async |world| {
        let (app, mail) = (&world.app, Mail::of(&world.app));
        let (_, ada) = claimed(world, "ada@acme.example", accounts::SYSTEM_ADMIN).await;
        let bo = world.person("Bo", "bo@acme.example", false).await;
        let cy = world.person("Cy", "cy@acme.example", true).await;
        let tell = async |ids: &[AccountId]| {
            let input = Input {
                action: Action::Notify,
                target: Target::These(ids.to_vec()),
                message: Some("From Monday on".into()),
                group: None,
            };
            let job = jobs::start(app, &ada, input, false).await.unwrap();
            jobs::work(app).await.unwrap();
            jobs::get(&app.db, &ada, job.id).await.unwrap().message().unwrap()
        };
        let told = tell(&[bo]).await;
        assert!(told.contains("acme.example is not verified"), "{told}");
        let domain = domains::add(app, &ada, "acme.example").await.unwrap();
        let look = domains::Look {
            way: domains::Method::File,
            verdict: domains::Verdict::Proven,
            said: String::new(),
            found: Vec::new(),
        };
        domains::note_looks(app, &ada, &domain, &[look]).await.unwrap();
        let told = tell(&[bo, cy]).await;
        assert!(told.starts_with("1 written to, 1 not: Cy is invited"), "{told}");
        assert_eq!(tell(&[bo]).await, "0 written to, 1 needed no change.");
        let token = mail.link("bo@acme.example", "not-me").await;
        notices::open(app, &token).await.unwrap();
        notices::deny(app, &token).await.unwrap();
        assert_eq!(code(notices::deny(app, &token).await), "not_found");
        let last = mail.postman.round(&|| false).await.unwrap();
        assert_eq!(last, 1, "the admin is told");
        world.act(Whom::Is(bo), Verb::Delete).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_address_is_confirmed_by_a_letter() {
    on_both(async |world| {
        let (app, mail) = (&world.app, Mail::of(&world.app));
        let (ada, _) = claimed(world, "ada@acme.example", accounts::SYSTEM_ADMIN).await;
        for _ in 0..4 {
            addresses::ask(app, &ada).await.unwrap();
        }
        assert_eq!(code(addresses::ask(app, &ada).await), "wait");
        let token = mail.link("ada@acme.example", "confirm").await;
        addresses::open(app, &token).await.unwrap();
        addresses::confirm(app, &token).await.unwrap();
        let told: std::result::Result<_, Error> = addresses::confirm(app, &token).await;
        assert_eq!(code(told), "not_found");
        let mut tx = app.begin().await.unwrap();
        assert!(addresses::is_confirmed(&mut tx, &ada).await.unwrap());
        drop(tx);
        let moved = Verb::Update {
            patch: vec![(Field::Email, Some("ada@new.example".into()))],
        };
        let ada = world.act(Whom::Is(ada.id), moved).await.unwrap().after.unwrap();
        let mut tx = app.begin().await.unwrap();
        assert!(!addresses::is_confirmed(&mut tx, &ada).await.unwrap());
    })
    .await;
}
