//! Whatever all sources ask for in whatever order, after each step every invariant holds, and a change that is applied
//! again at once changes nothing. On both databases.

mod sources;

use std::collections::{BTreeMap, HashSet};

use crate::common::World;
use guildhall_core::accounts::people::Filter as PeopleFilter;
use guildhall_core::accounts::{
    self, Account, AccountState, Change, Patch, Policy, ProfileField as Field, Scales, Source, Verb, Whom,
    people,
};
use guildhall_core::directory::ldap::{Security, Server};
use guildhall_core::directory::{self, Via};
use guildhall_core::ids::AccountId;
use guildhall_core::leaving::{self, Filter};
use guildhall_core::sessions::{self, Place};
use guildhall_core::{Actor, ActorKind, Error, Permission, connectors, tokens, workplaces};
use guildhall_wire::directory::{Kind, Mapping};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRng, TestRunner};

/// How many sequences; more by `PROPTEST_CASES`.
const SEQUENCES: u32 = 8;
const STEPS: usize = 24;
/// The people of a story; the first is the admin who never leaves.
const PEOPLE: usize = 4;

#[derive(Clone, Debug)]
struct Step {
    who: usize,
    source: Source,
    verb: Asked,
}

#[derive(Clone, Debug)]
enum Asked {
    Provision {
        email: usize,
        title: usize,
        invite: bool,
    },
    Update {
        field: Field,
        value: Option<usize>,
    },
    Manager(Option<usize>),
    HandOver {
        field: Field,
        to: Option<Source>,
    },
    Plain(Verb),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let source = prop::sample::select(vec![
        Source::Admin,
        Source::File,
        Source::Scim,
        Source::Directory,
        Source::SelfService,
        Source::Api,
    ]);
    let field = || prop::sample::select(vec![Field::Title, Field::Department, Field::Email, Field::Phone]);
    let handed = prop::option::of(prop::sample::select(vec![
        Source::Admin,
        Source::Scim,
        Source::File,
    ]));
    let plain = prop::sample::select(vec![
        Verb::Claim { patch: Vec::new() },
        Verb::Claim { patch: Vec::new() },
        Verb::Invite { message: None },
        Verb::Deactivate,
        Verb::Deactivate,
        Verb::Reactivate,
        Verb::Withdraw,
        Verb::Unclaim,
        Verb::Revoke,
        Verb::HandBack,
        Verb::Delete,
        Verb::SetRole {
            role: accounts::SYSTEM_ADMIN.to_owned(),
        },
        Verb::SetRole {
            role: accounts::MEMBER.to_owned(),
        },
    ]);
    let asked = prop_oneof![
        3 => (0..5_usize, 0..3_usize, any::<bool>())
            .prop_map(|(email, title, invite)| Asked::Provision { email, title, invite }),
        4 => (field(), prop::option::of(0..4_usize)).prop_map(|(field, value)| Asked::Update { field, value }),
        1 => prop::option::of(0..PEOPLE).prop_map(Asked::Manager),
        2 => (field(), handed).prop_map(|(field, to)| Asked::HandOver { field, to }),
        5 => plain.prop_map(Asked::Plain),
    ];
    let step = (0..PEOPLE, source, asked).prop_map(|(who, source, verb)| Step { who, source, verb });
    vec(step, 1..STEPS)
}

fn value(field: Field, number: usize) -> String {
    match field {
        Field::Email => format!("P{number}@Example.com"),
        Field::Phone => format!("+48 22 000 00 {number:02}"),
        _ => format!("{} {number}", field.as_str()),
    }
}

/// The workplace of a story, and whom its people are by now.
struct Story<'a> {
    world: &'a World,
    people: Vec<Option<AccountId>>,
    /// Cookies and tokens that were given out to each.
    given: BTreeMap<AccountId, Vec<(String, String)>>,
}

impl Story<'_> {
    async fn get(&self, id: AccountId) -> Option<Account> {
        let workplace = self.world.workplace.id;
        accounts::get(&self.world.app.db, workplace, id).await.unwrap()
    }

    fn change(&self, step: &Step) -> Change {
        let patch = |field: Field, value: Option<String>| -> Patch { vec![(field, value)] };
        let verb = match &step.verb {
            Asked::Provision { email, title, invite } => Verb::Provision {
                patch: vec![
                    (Field::DisplayName, Some(format!("Person {}", step.who))),
                    (Field::EmployeeId, Some(format!("e-{}", step.who))),
                    (Field::Email, Some(value(Field::Email, *email))),
                    (Field::Title, Some(value(Field::Title, *title))),
                ],
                invite: *invite,
                role: None,
            },
            Asked::Update { field, value: number } => Verb::Update {
                patch: patch(*field, number.map(|number| value(*field, number))),
            },
            Asked::Manager(manager) => {
                let manager = manager.and_then(|manager| self.people[manager]);
                Verb::Update {
                    patch: patch(Field::Manager, manager.map(|id| id.to_string())),
                }
            }
            Asked::HandOver { field, to } => Verb::HandOver {
                field: *field,
                to: to.map(Into::into),
            },
            Asked::Plain(verb) => verb.clone(),
        };
        Change::new(step.source, verb)
    }

    async fn apply(&self, whom: Whom, change: &Change, policy: &Policy) -> Result<accounts::Plan, Error> {
        let (app, actor) = (&self.world.app, self.world.admin());
        match accounts::change(app, &actor, whom, change, policy).await {
            Err(why @ (Error::Internal(_) | Error::Store(_))) => panic!("{change:?}: {why}"),
            done => done,
        }
    }

    /// Does the step, and looks whether the same again does nothing.
    async fn step(&mut self, step: &Step, policy: &Policy) {
        self.world.hands.turn(1);
        let whom = self.people[step.who].map_or(Whom::New, Whom::Is);
        let change = self.change(step);
        let Ok(plan) = self.apply(whom, &change, policy).await else {
            return;
        };
        let Some(after) = plan.after.as_ref().map(|account| account.id) else {
            self.people[step.who] = None;
            return;
        };
        self.people[step.who] = Some(after);
        let before = self.get(after).await;
        // A source that adds whom it added, or claims what is claimed, is refused: that changes nothing either.
        if let Ok(again) = self.apply(Whom::Is(after), &change, policy).await {
            assert!(again.is_unchanged(), "again: {step:?} {:?}", again.changes);
        }
        assert_eq!(self.get(after).await, before, "again: {step:?}");
        if plan.action == accounts::Action::Claimed {
            self.enter(&plan.after.unwrap()).await;
        }
    }

    /// Whoever is in has a session and a token.
    async fn enter(&mut self, account: &Account) {
        let app = &self.world.app;
        let whose = (account.workplace, account.id);
        let place = Place {
            method: "claim",
            user_agent: "Firefox",
            address: "192.0.2.7",
            until: None,
            proved: guildhall_core::sessions::Proved::Now,
        };
        let mut tx = app.begin().await.unwrap();
        let (_, cookie) = sessions::open(&mut tx, &app.entropy, app.now(), whose, place)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let actor = Actor {
            kind: ActorKind::Account(account.id),
            ..self.world.admin()
        };
        let scopes = [Permission::PeopleRead];
        let (_, token) = tokens::create(app, &actor, "Script", &scopes, None)
            .await
            .unwrap();
        self.given.entry(account.id).or_default().push((cookie, token));
    }

    async fn holds(&self) {
        let (app, workplace, actor) = (&self.world.app, self.world.workplace.id, self.world.admin());
        let filter = PeopleFilter {
            limit: 100,
            ..PeopleFilter::default()
        };
        let all = people::list(app, &actor, &filter).await.unwrap().items;
        let mut counted: BTreeMap<AccountState, i64> = BTreeMap::new();
        let mut emails = HashSet::new();
        for account in &all {
            *counted.entry(account.state).or_default() += 1;
            if let Some(email) = account.profile.email_key() {
                assert!(emails.insert(email), "two have one address");
            }
            let weighing = people::weighing(&app.db, account).await.unwrap();
            fields_hold(account, &weighing.policy.scales(&weighing.absent));
            self.leaving_holds(account).await;
            let mut above = account.profile.manager();
            for _ in 0..=all.len() {
                let manager = above.and_then(|id| all.iter().find(|other| other.id == id));
                assert_ne!(
                    manager.map(|other| other.id),
                    Some(account.id),
                    "a circle of managers"
                );
                above = manager.and_then(|manager| manager.profile.manager());
            }
        }
        let counts = accounts::counts(&app.db, workplace).await.unwrap();
        assert_eq!(counts, counted);
        let admins = all
            .iter()
            .filter(|account| account.is_system_admin() && account.state == AccountState::Claimed);
        assert!(admins.count() > 0, "nobody is left who may do all");
    }

    /// Whoever is out has nothing that opens anything, and a proof of it; nobody else has.
    async fn leaving_holds(&self, account: &Account) {
        let (app, actor) = (&self.world.app, self.world.admin());
        let filter = Filter {
            account: Some(account.id),
            gone: true,
            limit: 10,
            ..Filter::default()
        };
        let gone = leaving::list(app, &actor, &filter).await.unwrap().items;
        let is_out = account.state == AccountState::Deactivated;
        assert_eq!(gone.len(), usize::from(is_out), "{:?}", account.state);
        for (cookie, token) in self
            .given
            .get(&account.id)
            .into_iter()
            .flatten()
            .filter(|_| is_out)
        {
            let now = app.now();
            assert_eq!(sessions::check(&app.db, cookie, now).await.unwrap(), None);
            assert!(tokens::check(app, token, None).await.unwrap().is_none());
        }
        if is_out {
            let proof = leaving::proof(app, &actor, gone[0].id).await.unwrap();
            assert_eq!(proof.open_now, 0);
        }
    }
}

/// Whoever has the word on a field outweighs all whose word is kept.
fn fields_hold(account: &Account, scales: &Scales<'_>) {
    for (field, source) in account.claims.kept.keys() {
        let owner = account.origins.get(field).expect("somebody has the word").voice();
        assert_ne!(owner, *source, "{field:?} is kept twice");
        assert!(
            scales.weight(account, *field, owner).0 >= scales.weight(account, *field, *source).0,
            "{field:?}: {owner:?} has the word over {source:?}: {:?}",
            account.claims
        );
    }
    let is_out = account.state == AccountState::Deactivated;
    assert_eq!(account.ended_by.is_some(), is_out);
    assert_eq!(account.deactivated_at.is_some(), is_out);
    assert!(is_out || account.claims.present.is_empty());
}

/// A directory that an agent reads.
fn agent_settings(invite: bool) -> directory::Settings {
    directory::Settings {
        kind: Kind::OpenLdap,
        via: Via::Agent,
        server: Server {
            host: "127.0.0.1".into(),
            port: Some(1),
            security: Security::Ldaps,
            ca: None,
            bind_dn: "cn=reader,dc=example".into(),
        },
        base: "dc=example".into(),
        filter: String::new(),
        group: None,
        groups: None,
        mapping: Mapping::preset(Kind::OpenLdap),
        invite,
        automatic: true,
        every_minutes: 15,
        full_hours: 24,
    }
}

/// A workplace with its admin, an identity provider and a directory.
async fn story(world: &World) -> Story<'_> {
    let (app, actor) = (&world.app, world.admin());
    let admin = world.person("Admin", "admin@example.com", true).await;
    let change = async |source, verb| {
        let change = Change::new(source, verb);
        let done = accounts::change(app, &actor, Whom::Is(admin), &change, &Policy::default()).await;
        done.unwrap()
    };
    change(Source::SelfService, Verb::Claim { patch: Vec::new() }).await;
    let role = accounts::SYSTEM_ADMIN.to_owned();
    change(Source::Admin, Verb::SetRole { role }).await;
    connectors::create(app, &actor, "IdP", connectors::Settings::default())
        .await
        .unwrap();
    directory::create(app, &actor, "LDAP", agent_settings(false), Some("secret"))
        .await
        .unwrap();
    Story {
        world,
        people: vec![None; PEOPLE],
        given: BTreeMap::new(),
    }
}

/// The sequences: the same at every run, unless `PROPTEST_CASES` asks for more.
fn sequences<T>(usual: u32, steps: impl Strategy<Value = T>) -> Vec<T> {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    (0..cases.unwrap_or(usual))
        .map(|_| steps.new_tree(&mut runner).unwrap().current())
        .collect()
}

#[tokio::test]
async fn after_every_step_every_invariant_holds_and_the_same_again_does_nothing() {
    crate::common::on_both_empty(async |app, hands| {
        for sequence in sequences(SEQUENCES, steps()) {
            let workplace = workplaces::create(app, "Town hall", "en", "UTC").await.unwrap();
            let world = World {
                app: app.clone(),
                workplace,
                hands: hands.clone(),
            };
            let mut story = story(&world).await;
            let policy = world.workplace.settings.policy();
            for (number, step) in sequence.iter().enumerate() {
                story.step(step, &policy).await;
                let told = format!("step {number} of {sequence:#?}");
                let checked = std::panic::AssertUnwindSafe(story.holds());
                if let Err(why) = futures::FutureExt::catch_unwind(checked).await {
                    eprintln!("{told}");
                    std::panic::resume_unwind(why);
                }
            }
        }
    })
    .await;
}
