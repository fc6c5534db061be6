//! A people file, and what an agent pushed of a directory, outlive those who work on it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;

use guildhall_core::accounts::{self, AccountState as State, ProfileField as Field};
use guildhall_core::directory::ldap::{Security, Server};
use guildhall_core::directory::{self, Directory, Pushed, Settings, Via};
use guildhall_core::imports::{self, Mode, RowFilter, Run, RunState};
use guildhall_core::workplaces::{self, Workplace};
use guildhall_core::{Actor, App, audit};
use guildhall_testkit::postgres;
use guildhall_wire::directory::{Kind, Mapping};

use crate::worker::{Fate, kills, open};

/// How many people a list has: some transactions' worth.
const PEOPLE: u32 = 2400;
/// The longest life of a worker; the whole work takes about as long.
const LONGEST: u64 = 1200;

struct Story {
    app: App,
    workplace: Workplace,
    fate: Fate,
    /// Whose people these are; absent: those of a list.
    directory: Option<Directory>,
}

impl Story {
    async fn on(database: String) -> Self {
        let app = open(&database, 0).await;
        let workplace = workplaces::create(&app, "Łódź & Søn", "en-GB", "Europe/Warsaw")
            .await
            .unwrap();
        Self {
            app,
            workplace,
            fate: Fate::new("lists", database, LONGEST),
            directory: None,
        }
    }

    async fn with_directory(mut self) -> Self {
        let made = directory::create(&self.app, &self.admin(), "AD", settings(), None).await;
        self.directory = Some(made.unwrap());
        self
    }

    fn admin(&self) -> Actor {
        Actor::command_line(self.workplace.id)
    }

    async fn again(&self, run: &Run) -> Run {
        imports::get(&self.app.db, &self.admin(), run.id).await.unwrap()
    }

    /// Lets workers at it, each killed at some moment, until the run is so far.
    async fn until(&mut self, run: &Run, state: RunState) -> Run {
        for _ in 0..500 {
            let now = self.again(run).await;
            if now.state == state {
                return now;
            }
            assert_ne!(now.state, RunState::Failed, "{:?}", now.error);
            self.fate.strike().await;
        }
        panic!("it does not come to {state:?}: {:?}", self.again(run).await);
    }

    async fn list(&mut self, text: &str) -> Run {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let run = match &self.directory {
            None => self.upload(file).await,
            Some(directory) => {
                let all = Pushed {
                    whole: true,
                    full: true,
                    cursor: None,
                };
                directory::push(&self.app, &self.admin(), directory.id, all, file)
                    .await
                    .unwrap()
            }
        };
        let run = self.until(&run, RunState::Planned).await;
        imports::apply(&self.app, &self.admin(), run.id, true)
            .await
            .unwrap();
        self.until(&run, RunState::Applied).await
    }

    async fn upload(&self, file: File) -> Run {
        imports::create(&self.app, &self.admin(), "people.csv", Mode::Full, file)
            .await
            .unwrap()
    }

    /// Everybody's events of the run: how often each verb was done to each.
    async fn events(&self, run: &Run) -> HashMap<(String, String), u32> {
        let mut filter = audit::Filter {
            run: Some(run.id),
            limit: 1000,
            ..audit::Filter::default()
        };
        let mut events = HashMap::new();
        loop {
            let page = audit::list(&self.app.db, self.workplace.id, &filter)
                .await
                .unwrap();
            for event in &page.items {
                *events
                    .entry((event.verb.clone(), event.subject.id.unwrap().to_string()))
                    .or_default() += 1;
            }
            filter.after = page.items.last().map(|event| event.id);
            if page.next.is_none() {
                return events;
            }
        }
    }

    async fn check(&self, run: &Run, people: &[Person]) {
        let (db, workplace) = (&self.app.db, self.workplace.id);
        let events = self.events(run).await;
        let twice: Vec<_> = events.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "done twice: {twice:?}");
        let mut filter = RowFilter {
            limit: 1000,
            ..RowFilter::default()
        };
        loop {
            let page = imports::rows(db, &self.admin(), run.id, &filter).await.unwrap();
            for row in &page.items {
                assert!(row.outcome.is_some() && !row.later, "half done: {row:?}");
                filter.after = row.line;
            }
            if page.next.is_none() {
                break;
            }
        }
        let mut states: HashMap<State, i64> = HashMap::new();
        for person in people {
            let found = accounts::by_email(db, workplace, &email(person.number))
                .await
                .unwrap();
            let state = found.as_ref().map(|account| account.state);
            assert_eq!(state, person.state, "{}", person.number);
            let Some(account) = found else { continue };
            *states.entry(account.state).or_default() += 1;
            assert_eq!(account.profile.get(Field::Title), person.title.as_deref());
            if let Some(manager) = person.manager {
                let manager = accounts::by_email(db, workplace, &email(manager)).await.unwrap();
                assert_eq!(account.profile.manager(), manager.map(|manager| manager.id));
            }
        }
        let counted = accounts::counts(db, workplace).await.unwrap();
        assert_eq!(counted.into_iter().collect::<HashMap<_, _>>(), states);
    }
}

fn email(number: u32) -> String {
    format!("p{number}@example.com")
}

#[derive(Clone, Default)]
struct Person {
    number: u32,
    state: Option<State>,
    title: Option<String>,
    manager: Option<u32>,
}

/// The list of a round, and what each person is after it. A third is missing and so has left; all who are named have
/// another title than before; each manager comes after those who report to them.
fn round(number: u32, people: &mut [Person]) -> String {
    let mut text = String::from("Email,Full name,Job Title,Manager Email\n");
    for person in people.iter_mut().rev() {
        if person.number % 3 == number % 3 {
            person.state = person.state.map(|_| State::Deactivated);
            continue;
        }
        person.state = Some(State::Uninvited);
        person.title = Some(format!("Title {number}"));
        let manager = Some(person.number / 8).filter(|of| *of != person.number && of % 3 != number % 3);
        person.manager = manager.or(person.manager);
        let manager = manager.map(email).unwrap_or_default();
        let cells = [
            email(person.number),
            format!("Person {}", person.number),
            format!("Title {number}"),
            manager,
        ];
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

fn settings() -> Settings {
    let kind = Kind::ActiveDirectory;
    Settings {
        kind,
        via: Via::Agent,
        server: Server {
            host: "dc.example.com".into(),
            port: None,
            security: Security::Ldaps,
            ca: None,
            bind_dn: String::new(),
        },
        base: "DC=example,DC=com".into(),
        filter: String::new(),
        group: None,
        groups: None,
        mapping: Mapping::preset(kind),
        invite: false,
        automatic: false,
        every_minutes: 15,
        full_hours: 24,
    }
}

/// The same people as lines of a directory: who is missing has left, managers are named by their entries.
fn lines(number: u32, people: &mut [Person]) -> String {
    round(number, people);
    let mut text = String::new();
    let mut count = 0;
    for person in people
        .iter_mut()
        .rev()
        .filter(|person| person.number % 3 != number % 3)
    {
        let above = person.number / 8;
        person.manager = Some(above).filter(|of| *of != person.number && of % 3 != number % 3);
        let dn = |number: u32| format!("CN=p{number},DC=example,DC=com");
        let line = serde_json::json!({
            "kind": "person", "key": format!("k{}", person.number), "dn": dn(person.number), "manager": person.manager.map(dn),
            "values": {"email": email(person.number), "display_name": format!("Person {}", person.number), "title": person.title},
        });
        writeln!(text, "{line}").unwrap();
        count += 1;
    }
    writeln!(text, "{}", serde_json::json!({"kind": "end", "lines": count})).unwrap();
    text
}

async fn kill_often(story: Story, kills: u32) {
    let mut story = story;
    let mut people: Vec<Person> = (0..PEOPLE)
        .map(|number| Person {
            number,
            ..Person::default()
        })
        .collect();
    let mut number = 0;
    while story.fate.kills < kills {
        let text = if story.directory.is_some() {
            lines(number, &mut people)
        } else {
            round(number, &mut people)
        };
        let run = story.list(&text).await;
        story.check(&run, &people).await;
        number += 1;
    }
    story.app.db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_outlives_its_workers_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("g.db");
    let story = Story::on(file.to_string_lossy().into_owned()).await;
    kill_often(story, kills().div_ceil(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_outlives_its_workers_on_postgresql() {
    let database = postgres::fresh_database().await;
    kill_often(Story::on(database.url().to_owned()).await, kills() / 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_outlives_its_workers_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("g.db");
    let story = Story::on(file.to_string_lossy().into_owned()).await;
    kill_often(story.with_directory().await, kills().div_ceil(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_outlives_its_workers_on_postgresql() {
    let database = postgres::fresh_database().await;
    let story = Story::on(database.url().to_owned()).await;
    kill_often(story.with_directory().await, kills() / 2).await;
}
