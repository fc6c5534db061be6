//! The same with the sources themselves: requests of two identity providers, people files, and what two directories are
//! read to hold, among what admins and the people themselves do.

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, PEOPLE, Step, Story, sequences, value};
use crate::common::lists::file;
use crate::common::{World, directories, on_both_empty};
use futures::FutureExt as _;
use guildhall_core::accounts::people::Filter as PeopleFilter;
use guildhall_core::accounts::{Account, AccountState, Policy, ProfileField as Field, Source, Verb, people};
use guildhall_core::connectors::{self, Connector};
use guildhall_core::directory::{self, Directory, Pushed};
use guildhall_core::imports::{self, Mode, Run, RunState};
use guildhall_core::scim::{self, Done, Match, Paging, Query, Trouble, Within};
use guildhall_core::{Error, workplaces};
use guildhall_wire::directory::{Left, Line, Person};
use guildhall_wire::scim::{Projection, Resource, operations};
use guildhall_wire::sheet::Field as Column;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

/// How many sequences; more by `PROPTEST_CASES`.
const SEQUENCES: u32 = 12;
const STEPS: usize = 30;
/// Whom the sources know; the last has the address of the admin.
const KNOWN: usize = 5;
/// Identity providers, and directories.
const EACH: usize = 2;

/// What a source says of somebody.
#[derive(Clone, Debug)]
struct Said {
    who: usize,
    email: usize,
    title: Option<usize>,
    manager: Option<usize>,
    here: bool,
}

#[derive(Clone, Debug)]
enum Request {
    Add(Said),
    Put(Said),
    Title(usize, Option<usize>),
    Email(usize, usize),
    Active(usize, bool),
    Remove(usize),
    Push { group: usize, members: BTreeSet<usize> },
    Join { group: usize, who: usize },
    Leave { group: usize, who: usize },
    Drop(usize),
}

#[derive(Clone, Debug)]
enum Act {
    Scim(usize, Request),
    File(Mode, Vec<Said>),
    /// What changed in a directory; whether all of it is read, or only that.
    Read(usize, Vec<Said>, bool),
    Undo,
    /// A source is taken away, and another one connected in its place.
    EndScim(usize),
    EndDirectory(usize),
    ByHand(Step),
}

fn said() -> impl Strategy<Value = Said> {
    let one = (
        0..KNOWN,
        0..KNOWN,
        prop::option::of(0..3_usize),
        prop::option::of(0..KNOWN),
        0..4_usize,
    );
    one.prop_map(|(who, other, title, manager, luck)| Said {
        who,
        // Mostly their own address, sometimes that of somebody else.
        email: if luck == 0 { other } else { who },
        title,
        manager,
        here: luck != 1,
    })
}

fn request() -> impl Strategy<Value = Request> {
    let who = || 0..KNOWN;
    let group = || 0..2_usize;
    prop_oneof![
        4 => said().prop_map(Request::Add),
        3 => said().prop_map(Request::Put),
        1 => (who(), prop::option::of(0..3_usize)).prop_map(|(who, title)| Request::Title(who, title)),
        1 => (who(), who()).prop_map(|(who, email)| Request::Email(who, email)),
        2 => (who(), any::<bool>()).prop_map(|(who, active)| Request::Active(who, active)),
        1 => who().prop_map(Request::Remove),
        2 => (group(), btree_set(who(), 0..4)).prop_map(|(group, members)| Request::Push { group, members }),
        1 => (group(), who()).prop_map(|(group, who)| Request::Join { group, who }),
        1 => (group(), who()).prop_map(|(group, who)| Request::Leave { group, who }),
        1 => group().prop_map(Request::Drop),
    ]
}

fn by_hand() -> impl Strategy<Value = Step> {
    let claim = || Verb::Claim { patch: Vec::new() };
    let plain = prop::sample::select(vec![
        (Source::SelfService, claim()),
        (Source::SelfService, claim()),
        (Source::SelfService, claim()),
        (Source::Admin, Verb::Invite { message: None }),
        (Source::Admin, Verb::Deactivate),
        (Source::Admin, Verb::Reactivate),
        (Source::Admin, Verb::HandBack),
        (Source::Admin, Verb::Unclaim),
        (Source::Admin, Verb::Delete),
    ]);
    let field = || prop::sample::select(vec![Field::Title, Field::Email, Field::Department]);
    let to = prop::option::of(prop::sample::select(vec![
        Source::Admin,
        Source::Scim,
        Source::Directory,
    ]));
    let asked = prop_oneof![
        4 => plain.prop_map(|(source, verb)| (source, Asked::Plain(verb))),
        2 => (field(), prop::option::of(0..4_usize)).prop_map(|(field, value)| (Source::Admin, Asked::Update { field, value })),
        1 => prop::option::of(0..PEOPLE).prop_map(|manager| (Source::Admin, Asked::Manager(manager))),
        1 => (field(), to).prop_map(|(field, to)| (Source::Admin, Asked::HandOver { field, to })),
    ];
    (0..PEOPLE, asked).prop_map(|(who, (source, verb))| Step { who, source, verb })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let mode = prop::sample::select(vec![
        Mode::Add,
        Mode::Add,
        Mode::Full,
        Mode::Leavers,
        Mode::Invite,
    ]);
    let act = prop_oneof![
        8 => (0..EACH, request()).prop_map(|(number, request)| Act::Scim(number, request)),
        3 => (mode, vec(said(), 1..5)).prop_map(|(mode, rows)| Act::File(mode, rows)),
        4 => (0..EACH, vec(said(), 0..4), any::<bool>()).prop_map(|(number, changed, whole)| Act::Read(number, changed, whole)),
        1 => Just(Act::Undo),
        1 => prop_oneof![(0..EACH).prop_map(Act::EndScim), (0..EACH).prop_map(Act::EndDirectory)],
        6 => by_hand().prop_map(Act::ByHand),
    ];
    vec(act, 1..STEPS)
}

fn email(number: usize) -> String {
    if number + 1 == KNOWN {
        return "admin@example.com".into();
    }
    value(Field::Email, number)
}

fn resource(said: &Said) -> Value {
    let mut resource = json!({
        "externalId": format!("x-{}", said.who),
        "userName": email(said.who),
        "displayName": format!("Person {}", said.who),
        "active": said.here,
        "emails": [{"value": email(said.email), "type": "work", "primary": true}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": format!("e-{}", said.who)},
    });
    if let Some(title) = said.title {
        resource["title"] = value(Field::Title, title).into();
    }
    if let Some(manager) = said.manager {
        resource["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"] =
            json!({"value": format!("x-{manager}")});
    }
    resource
}

fn sheet(rows: &[Said]) -> String {
    let row = |said: &Said| {
        let title = said
            .title
            .map(|title| value(Field::Title, title))
            .unwrap_or_default();
        let manager = said.manager.map(email).unwrap_or_default();
        format!(
            "{},e-{},Person {},{title},{manager}\n",
            email(said.email),
            said.who,
            said.who
        )
    };
    let rows: String = rows.iter().map(row).collect();
    format!("Email,Employee ID,Full name,Job title,Manager Email\n{rows}")
}

fn entry(said: &Said) -> Person {
    let mut values = BTreeMap::from([
        (Column::Email, email(said.email)),
        (Column::EmployeeId, format!("e-{}", said.who)),
        (Column::DisplayName, format!("Person {}", said.who)),
    ]);
    if let Some(title) = said.title {
        values.insert(Column::Title, value(Field::Title, title));
    }
    Person {
        key: format!("k-{}", said.who),
        dn: format!("uid=p{},dc=example", said.who),
        values,
        manager: said.manager.map(|manager| format!("uid=p{manager},dc=example")),
        left: (said.title.is_none() && !said.here).then_some(Left::Disabled),
        ..Person::default()
    }
}

fn lines(changed: Vec<Line>) -> std::fs::File {
    let end = Line::End {
        lines: changed.len() as u64,
    };
    let all = changed.into_iter().chain([end]);
    let text: String = all
        .map(|line| serde_json::to_string(&line).unwrap() + "\n")
        .collect();
    file(&text)
}

/// All that a person could see of a workplace.
#[derive(Debug, PartialEq)]
struct Seen {
    people: Vec<Account>,
    groups: Vec<guildhall_wire::scim::Map>,
}

struct Sources<'a> {
    story: Story<'a>,
    connectors: Vec<Connector>,
    directories: Vec<Directory>,
    /// What each directory holds.
    entries: Vec<BTreeMap<usize, Said>>,
    last: Option<Run>,
}

impl<'a> Sources<'a> {
    async fn begin(world: &'a World) -> Self {
        let mut all = Self {
            story: super::story(world).await,
            connectors: Vec::new(),
            directories: Vec::new(),
            entries: vec![BTreeMap::new(); EACH],
            last: None,
        };
        for number in 0..EACH {
            all.connectors.push(all.connect(number).await);
            all.directories.push(all.read_by_agent(number).await);
        }
        all
    }

    fn world(&self) -> &'a World {
        self.story.world
    }

    async fn connect(&self, number: usize) -> Connector {
        let settings = connectors::Settings {
            invite: number == 0,
            visible_groups: number == 0,
        };
        let name = format!("IdP {number}");
        let made = connectors::create(&self.world().app, &self.world().admin(), &name, settings).await;
        made.unwrap()
    }

    async fn read_by_agent(&self, number: usize) -> Directory {
        let name = format!("LDAP {number}");
        let settings = super::agent_settings(number == 0);
        let made = directory::create(&self.world().app, &self.world().admin(), &name, settings, None).await;
        made.unwrap()
    }

    /// Who is here by now, in the places of the people of a story.
    async fn seen(&self) -> Seen {
        let filter = PeopleFilter {
            limit: 100,
            ..PeopleFilter::default()
        };
        let found = people::list(&self.world().app, &self.world().admin(), &filter).await;
        let mut people = found.unwrap().items;
        people.sort_by_key(|account| account.id);
        let mut groups = Vec::new();
        for number in 0..EACH {
            groups.extend(self.listed(number, Resource::Group, None).await);
        }
        Seen { people, groups }
    }

    async fn listed(
        &self,
        number: usize,
        resource: Resource,
        filter: Option<String>,
    ) -> Vec<guildhall_wire::scim::Map> {
        let session = self.session(number).await;
        let within = Within {
            app: &self.world().app,
            session: &session,
            base: "https://hall.example/scim/v2",
        };
        let query = Query {
            filter,
            sort_by: None,
            descending: false,
            paging: Paging::Index(1),
            count: None,
            projection: Projection::new(resource, None, None),
        };
        let found = match resource {
            Resource::User => scim::list_people(within, None, &query).await,
            Resource::Group => scim::list_groups(within, None, &query).await,
        };
        found.unwrap().items
    }

    async fn session(&self, number: usize) -> connectors::Session {
        let connector = self.connectors[number].clone();
        connectors::session(&self.world().app, connector, None)
            .await
            .unwrap()
    }

    /// The id of whom, or what, a provider finds by a filter.
    async fn find(&self, number: usize, resource: Resource, filter: String) -> Option<String> {
        let found = self.listed(number, resource, Some(filter)).await;
        found.first().map(|one| one["id"].as_str().unwrap().to_owned())
    }

    async fn person(&self, number: usize, who: usize) -> Option<String> {
        let filter = format!("userName eq \"{}\"", email(who));
        self.find(number, Resource::User, filter).await
    }

    async fn group(&self, number: usize, group: usize) -> Option<String> {
        let filter = format!("displayName eq \"Group {group}\"");
        self.find(number, Resource::Group, filter).await
    }

    /// What a provider sends for what it wants, after it has looked; none if there is nobody to send it for.
    async fn sent(&self, number: usize, request: &Request) -> Option<Sent> {
        let patch = |operation: Value| json!({"Operations": [operation]});
        Some(match request {
            Request::Add(said) => Sent::Add(Resource::User, resource(said)),
            Request::Put(said) => Sent::Put(
                Resource::User,
                self.person(number, said.who).await?,
                resource(said),
            ),
            Request::Title(who, title) => {
                let operation = match title {
                    Some(title) => {
                        json!({"op": "replace", "path": "title", "value": value(Field::Title, *title)})
                    }
                    None => json!({"op": "remove", "path": "title"}),
                };
                Sent::Patch(Resource::User, self.person(number, *who).await?, patch(operation))
            }
            Request::Email(who, to) => {
                let operation =
                    json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": email(*to)});
                Sent::Patch(Resource::User, self.person(number, *who).await?, patch(operation))
            }
            Request::Active(who, active) => {
                let operation = json!({"op": "Replace", "value": {"active": active}});
                Sent::Patch(Resource::User, self.person(number, *who).await?, patch(operation))
            }
            Request::Remove(who) => Sent::Remove(Resource::User, self.person(number, *who).await?),
            Request::Push { group, members } => {
                let mut named = Vec::new();
                for who in members {
                    named.extend(self.person(number, *who).await.map(|id| json!({"value": id})));
                }
                let body = json!({"displayName": format!("Group {group}"), "members": named});
                match self.group(number, *group).await {
                    Some(id) => Sent::Put(Resource::Group, id, body),
                    None => Sent::Add(Resource::Group, body),
                }
            }
            Request::Join { group, who } => {
                let value = json!([{"value": self.person(number, *who).await?}]);
                let operation = json!({"op": "add", "path": "members", "value": value});
                Sent::Patch(
                    Resource::Group,
                    self.group(number, *group).await?,
                    patch(operation),
                )
            }
            Request::Leave { group, who } => {
                let path = format!("members[value eq \"{}\"]", self.person(number, *who).await?);
                let operation = json!({"op": "remove", "path": path});
                Sent::Patch(
                    Resource::Group,
                    self.group(number, *group).await?,
                    patch(operation),
                )
            }
            Request::Drop(group) => Sent::Remove(Resource::Group, self.group(number, *group).await?),
        })
    }

    /// Does what a provider sends, as the server does: in one transaction, or not at all.
    async fn answer(&self, number: usize, sent: &Sent) -> Result<Done, Trouble> {
        let (app, session) = (&self.world().app, self.session(number).await);
        let within = Within {
            app,
            session: &session,
            base: "https://hall.example/scim/v2",
        };
        let any = Match::default();
        let mut tx = app.begin().await.unwrap();
        let done = match sent {
            Sent::Add(Resource::User, body) => scim::create_person(within, &mut tx, body).await,
            Sent::Add(Resource::Group, body) => scim::create_group(within, &mut tx, body).await,
            Sent::Put(Resource::User, id, body) => {
                scim::replace_person(within, &mut tx, id, body, &any).await
            }
            Sent::Put(Resource::Group, id, body) => {
                scim::replace_group(within, &mut tx, id, body, &any).await
            }
            Sent::Patch(resource, id, body) => {
                let (operations, unknown) = operations(*resource, body).unwrap();
                let said = (operations.as_slice(), unknown);
                match resource {
                    Resource::User => scim::patch_person(within, &mut tx, id, said, &any).await,
                    Resource::Group => scim::patch_group(within, &mut tx, id, said, &any, true).await,
                }
            }
            Sent::Remove(Resource::User, id) => scim::remove_person(within, &mut tx, id, &any).await,
            Sent::Remove(Resource::Group, id) => scim::remove_group(within, &mut tx, id, &any).await,
        };
        match done {
            Ok(done) => {
                tx.commit().await.unwrap();
                Ok(done)
            }
            Err(Trouble::Core(why @ (Error::Internal(_) | Error::Store(_)))) => panic!("{sent:?}: {why}"),
            Err(trouble) => Err(trouble),
        }
    }

    /// Sends it, and the same again.
    async fn ask(&self, number: usize, request: &Request) {
        let Some(sent) = self.sent(number, request).await else {
            return;
        };
        let before = self.seen().await;
        if self.answer(number, &sent).await.is_err() {
            assert_eq!(self.seen().await, before, "refused: {sent:?}");
            return;
        }
        let before = self.seen().await;
        if let Ok(again) = self.answer(number, &sent).await {
            assert!(!again.changed, "again: {sent:?}: {}", again.summary);
        }
        assert_eq!(self.seen().await, before, "again: {sent:?}");
    }

    /// Waits until a run is done, past the brake; whoever is asked says yes. A read that found nothing to do is not kept.
    async fn settled(&self, run: &Run) -> Option<Run> {
        let (app, admin) = (&self.world().app, self.world().admin());
        directories::work(self.world()).await;
        let mut run = imports::get(&app.db, &admin, run.id).await.ok()?;
        if run.state == RunState::Planned {
            imports::apply(app, &admin, run.id, true).await.unwrap();
            directories::work(self.world()).await;
            run = directories::again(self.world(), &run).await;
        }
        assert_eq!(run.state, RunState::Applied, "{:?}", run.error);
        Some(run)
    }

    async fn upload(&mut self, mode: Mode, rows: &[Said]) {
        for again in [false, true] {
            let before = self.seen().await;
            let (app, admin) = (&self.world().app, self.world().admin());
            let made = imports::create(app, &admin, "people.csv", mode, file(&sheet(rows))).await;
            let run = self.settled(&made.unwrap()).await;
            if again {
                let counts = run.map(|run| run.counts);
                assert_eq!(self.seen().await, before, "again: {mode:?} {counts:?}");
            } else {
                self.last = run;
            }
        }
    }

    async fn read(&mut self, number: usize, changed: &[Said], whole: bool) {
        for said in changed {
            if said.here || said.title.is_none() {
                self.entries[number].insert(said.who, said.clone());
            } else {
                self.entries[number].remove(&said.who);
            }
        }
        for again in [false, true] {
            let before = self.seen().await;
            let held = &self.entries[number];
            let here = |said: &Said| Line::Person(Box::new(entry(said)));
            let told: Vec<Line> = if whole {
                held.values().map(here).collect()
            } else {
                let who: BTreeSet<usize> = changed.iter().map(|said| said.who).collect();
                let gone = |who: &usize| Line::Gone {
                    key: format!("k-{who}"),
                };
                who.iter()
                    .map(|who| held.get(who).map_or_else(|| gone(who), here))
                    .collect()
            };
            let pushed = Pushed {
                whole,
                full: whole,
                cursor: None,
            };
            let (app, admin) = (&self.world().app, self.world().admin());
            let made = directory::push(app, &admin, self.directories[number].id, pushed, lines(told)).await;
            let run = self.settled(&made.unwrap()).await;
            if again {
                let counts = run.map(|run| run.counts);
                assert_eq!(self.seen().await, before, "again: {counts:?}");
            } else {
                self.last = run;
            }
        }
    }

    async fn undo(&mut self) {
        let Some(run) = self.last.take() else { return };
        let (app, admin) = (&self.world().app, self.world().admin());
        if imports::undo(app, &admin, run.id, false).await.is_err() {
            return;
        }
        directories::work(self.world()).await;
        let run = directories::again(self.world(), &run).await;
        assert_eq!(run.state, RunState::Undone, "{:?}", run.error);
        assert!(
            imports::undo(app, &admin, run.id, false).await.is_err(),
            "undone twice"
        );
    }

    async fn act(&mut self, act: &Act, policy: &Policy) {
        self.world().hands.turn(60);
        let people = self.seen().await.people;
        let mut places: Vec<_> = people.iter().map(|account| Some(account.id)).collect();
        places.resize(PEOPLE, None);
        self.story.people = places;
        let (app, admin) = (&self.world().app, self.world().admin());
        match act {
            Act::Scim(number, request) => self.ask(*number, request).await,
            Act::File(mode, rows) => self.upload(*mode, rows).await,
            Act::Read(number, changed, whole) => self.read(*number, changed, *whole).await,
            Act::Undo => self.undo().await,
            Act::EndScim(number) => {
                connectors::end(app, &admin, self.connectors[*number].id)
                    .await
                    .unwrap();
                self.connectors[*number] = self.connect(*number).await;
            }
            Act::EndDirectory(number) => {
                directory::delete(app, &admin, self.directories[*number].id)
                    .await
                    .unwrap();
                self.directories[*number] = self.read_by_agent(*number).await;
                self.entries[*number].clear();
            }
            Act::ByHand(step) => self.story.step(step, policy).await,
        }
    }

    /// What a provider sees is what is: whoever it sees is here, and in its groups are only those.
    async fn views_hold(&self) {
        let people: BTreeMap<String, Account> = self
            .seen()
            .await
            .people
            .into_iter()
            .map(|account| (account.id.to_string(), account))
            .collect();
        for number in 0..EACH {
            for shown in self.listed(number, Resource::User, None).await {
                let account = &people[shown["id"].as_str().unwrap()];
                let is_in = account.state != AccountState::Deactivated;
                assert_eq!(shown["active"], is_in, "{shown:?} {account:?}");
            }
            for group in self.listed(number, Resource::Group, None).await {
                for member in group
                    .get("members")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    assert!(
                        people.contains_key(member["value"].as_str().unwrap()),
                        "{group:?}"
                    );
                }
            }
        }
    }
}

#[derive(Debug)]
enum Sent {
    Add(Resource, Value),
    Put(Resource, String, Value),
    Patch(Resource, String, Value),
    Remove(Resource, String),
}

#[tokio::test]
async fn what_real_sources_say_in_whatever_order_holds_every_invariant_and_again_does_nothing() {
    on_both_empty(async |app, hands| {
        for sequence in sequences(SEQUENCES, acts()) {
            let world = World {
                app: app.clone(),
                workplace: workplaces::create(app, "Town hall", "en", "UTC").await.unwrap(),
                hands: hands.clone(),
            };
            let mut sources = Sources::begin(&world).await;
            let policy = world.workplace.settings.policy();
            for (number, act) in sequence.iter().enumerate() {
                let held = async {
                    sources.act(act, &policy).await;
                    sources.story.holds().await;
                    sources.views_hold().await;
                };
                if let Err(why) = std::panic::AssertUnwindSafe(held).catch_unwind().await {
                    eprintln!("act {number} of {sequence:#?}");
                    std::panic::resume_unwind(why);
                }
            }
        }
    })
    .await;
}
