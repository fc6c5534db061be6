//! How long the rules of many groups take over many people: from scratch, and for one person who changes.
//!
//!     cargo run --release -p guildhall-testkit --example rules -- 100000 1000
//!
//! Lines of name, value and unit, parted by tabs. The database is SQLite on a disk: `BENCH_DIR`, or `/var/tmp`.

use std::error::Error;
use std::time::{Duration, Instant};

use guildhall_core::accounts::bulk::{self, Decided, Item, Keys};
use guildhall_core::accounts::{self, Change, ProfileField as Field, Source, Verb, Whom};
use guildhall_core::conditions::{Combine, Condition, ConditionField as C, ConditionOp as Op, Conditions};
use guildhall_core::groups::{self, Input, Kind, Privacy, RuleMode};
use guildhall_core::ids::AccountId;
use guildhall_core::workplaces::{self, Workplace};
use guildhall_core::{Actor, App, fold};
use guildhall_store::Db;
use guildhall_testkit::people::{Company, Person};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const BATCH: usize = 1000;
/// Single changes that are measured.
const CHANGES: u64 = 300;

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let people: u64 = arguments.next().ok_or("how many people?")?.parse()?;
    let groups: u64 = arguments.next().ok_or("how many groups?")?.parse()?;
    let place = std::env::var("BENCH_DIR").unwrap_or_else(|_| "/var/tmp".to_owned());
    let folder = tempfile::tempdir_in(place)?;
    let app = App::start(Db::open_lite(&folder.path().join("rules.db")).await?).await?;
    let workplace = workplaces::create(&app, "Bench", "en", "Europe/Warsaw").await?;
    let company = Company::new(1, people);
    let admin = Actor::command_line(workplace.id);
    bring(&app, &admin, &workplace, &company).await?;

    let before = changes(&app, &admin, &workplace, &company, "Moved").await?;
    for number in 0..groups {
        let input = Input {
            name: format!("Group {number}"),
            description: String::new(),
            kind: Kind::Teams,
            privacy: Privacy::Closed,
            is_default: false,
        };
        let group = groups::create(&app, &admin, input).await?;
        let rule = rule(&app, &workplace, &company, number).await?;
        groups::set_rule(&app, &admin, group.id, RuleMode::AddRemove, rule).await?;
    }
    let began = now();
    groups::work(&app).await?;
    let scratch = began.elapsed();
    let members: i64 = count(&app, &admin).await?;
    let after = changes(&app, &admin, &workplace, &company, "Relocated").await?;
    println!("rules from scratch\t{:.1}\ts", scratch.as_secs_f64());
    println!("memberships by rules\t{members}\t");
    for (name, times) in [("one person, no rules", before), ("one person", after)] {
        println!("{name}, median\t{:.1}\tms", at(&times, 50));
        println!("{name}, p99\t{:.1}\tms", at(&times, 99));
    }
    app.db.close().await;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement, no business time")]
fn now() -> Instant {
    Instant::now()
}

fn at(times: &[Duration], percent: usize) -> f64 {
    times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1000.0
}

fn patch(person: &Person) -> Vec<(Field, Option<String>)> {
    let given = [
        (Field::DisplayName, person.display_name.clone()),
        (Field::Email, person.email.clone()),
        (Field::EmployeeId, person.employee_id.clone()),
        (Field::Title, person.title.clone()),
        (Field::Department, person.department.clone()),
        (Field::Division, person.division.clone()),
        (Field::Organization, person.organization.clone()),
        (Field::CostCenter, person.cost_center.clone()),
        (Field::Location, person.location.clone()),
        (Field::TimeZone, person.time_zone.clone()),
        (Field::StartDate, person.start_date.to_string()),
    ];
    given
        .into_iter()
        .map(|(field, value)| (field, Some(value)))
        .collect()
}

fn keys(email: &str) -> Keys {
    Keys {
        email: Some(fold::key(email)),
        ..Keys::default()
    }
}

async fn bring(app: &App, admin: &Actor, workplace: &Workplace, company: &Company) -> Outcome {
    let all: Vec<u64> = (0..company.size()).collect();
    for some in all.chunks(BATCH) {
        let item = |number: &u64| {
            let person = company.person(*number);
            let verb = Verb::Provision {
                patch: patch(&person),
                invite: false,
                role: None,
            };
            Item {
                keys: keys(&person.email),
                change: Change::new(Source::File, verb),
                manager: person.manager.map(|manager| keys(&company.email(manager))),
            }
        };
        let items = some.iter().map(item).collect();
        let mut tx = app.begin().await?;
        tx.lock(workplace.id.0).await?;
        let decided = bulk::plan_all(app, &mut tx, admin, &workplace.policy(), items, &|_, _| None).await?;
        let mut plans = Vec::new();
        for one in decided {
            match one {
                Decided::Planned { plan, .. } => plans.push(*plan),
                other => return Err(format!("not planned: {other:?}").into()),
            }
        }
        bulk::apply_all(app, &mut tx, admin, plans).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn account(app: &App, workplace: &Workplace, email: &str) -> Outcome<AccountId> {
    let found = accounts::by_email(&app.db, workplace.id, email).await?;
    Ok(found.ok_or("nobody has that address")?.id)
}

/// Of each kind a tenth: what organisations ask for.
async fn rule(app: &App, workplace: &Workplace, company: &Company, number: u64) -> Outcome<Conditions> {
    let like = company.person(company.size() - 1 - (number * 97) % (company.size() / 2));
    let test = |field, op, value: &str| Condition {
        field,
        op,
        values: vec![value.to_owned()],
    };
    let tests = match number % 10 {
        0 | 1 => vec![
            test(C::Department, Op::Is, &like.department),
            test(C::Location, Op::Is, &like.location),
        ],
        2 | 3 => vec![
            test(C::Title, Op::Is, &like.title),
            test(C::Organization, Op::Is, &like.organization),
        ],
        4 | 5 => {
            let leader = company.email(1 + number % 500);
            let leader = account(app, workplace, &leader).await?;
            vec![test(C::Manager, Op::ReportsTo, &leader.to_string())]
        }
        6 => vec![
            test(C::Location, Op::Is, &like.location),
            test(C::StartDate, Op::OnOrAfter, "2020-01-01"),
        ],
        7 => vec![test(C::CostCenter, Op::Is, &like.cost_center)],
        8 => vec![
            test(C::Department, Op::Is, &like.department),
            test(C::Organization, Op::IsNot, &like.organization),
        ],
        // A few can't be found by a key, and are asked of everybody.
        _ if number % 100 == 9 => vec![
            test(C::Title, Op::Contains, "lead"),
            test(C::StartDate, Op::Before, "2000-01-01"),
        ],
        _ => vec![
            test(C::Division, Op::Is, &like.division),
            test(C::Location, Op::Is, &like.location),
        ],
    };
    Ok(Conditions {
        combine: Combine::All,
        tests,
        groups: Vec::new(),
    })
}

async fn count(app: &App, admin: &Actor) -> Outcome<i64> {
    let (mut all, mut after) = (0, None);
    loop {
        let page = groups::list(&app.db, admin, None, after, 200).await?;
        all += page.items.iter().map(|(group, _)| group.members).sum::<i64>();
        let Some(next) = page.next else { return Ok(all) };
        let (key, id) = accounts::people::parse_cursor(&next)?;
        after = Some((key, guildhall_core::ids::GroupId(id.0)));
    }
}

/// How long single changes take, durable, shortest first.
async fn changes(
    app: &App,
    admin: &Actor,
    workplace: &Workplace,
    company: &Company,
    title: &str,
) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    for number in 0..CHANGES {
        let at = company.size() / 2 + number * 31;
        let (person, other) = (company.person(at), company.person(at + 7));
        let id = account(app, workplace, &person.email).await?;
        let verb = Verb::Update {
            patch: vec![
                (Field::Department, Some(other.department)),
                (Field::Location, Some(other.location)),
                (Field::Title, Some(title.to_owned())),
            ],
        };
        let change = Change::new(Source::Admin, verb);
        let began = now();
        accounts::change(app, admin, Whom::Is(id), &change, &workplace.policy()).await?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}
