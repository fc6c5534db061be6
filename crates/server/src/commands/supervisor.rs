use clap::Subcommand;
use guildhall_core::accounts::{self, Account, AccountState, MEMBER, ProfileField as Field, people};
use guildhall_core::roles::{self, rules::SUPERVISOR};
use guildhall_core::supervisors::{self, Filter};
use guildhall_core::{Actor, App, Permission};
use serde_json::{Value, json};

use super::account::find;
use super::workplace::InWorkplace;
use crate::failure::Outcome;

/// People who are fetched at once.
const STEP: i64 = 200;

#[derive(Subcommand, Debug)]
pub enum Supervisors {
    /// List who may look after people, at which locations, and how many are theirs
    List(InWorkplace),
    /// Let a person look after everybody whose managers lead to them, and after everybody at the locations that are named
    Set {
        /// Their e-mail address, employee id or id
        person: String,
        /// A location as it stands in profiles, in place of those that they had; may be given several times
        #[arg(long = "location", value_name = "LOCATION")]
        locations: Vec<String>,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// A person looks after nobody any more
    End {
        /// Their e-mail address, employee id or id
        person: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// List the people whom a person looks after
    People {
        /// Their e-mail address, employee id or id
        person: String,
        /// Only those who have not claimed their account
        #[arg(long)]
        waiting: bool,
        #[command(flatten)]
        within: InWorkplace,
    },
}

/// Who may look after people, and whom.
struct Supervisor {
    account: Account,
    locations: Vec<String>,
    people: i64,
    waiting: i64,
}

pub async fn run(command: Supervisors) -> Outcome {
    match command {
        Supervisors::List(within) => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let all = list(&app, &actor).await;
            app.db.close().await;
            let all = all?;
            if json {
                let rows: Vec<Value> = all.iter().map(in_json).collect();
                return super::print_json(&json!({ "supervisors": rows }));
            }
            all.iter().for_each(told);
            Ok(())
        }
        Supervisors::Set {
            person,
            locations,
            within,
        } => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let set = set(&app, &actor, &person, &locations).await;
            app.db.close().await;
            shown(&set?, json)
        }
        Supervisors::End { person, within } => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let ended = end(&app, &actor, &person).await;
            app.db.close().await;
            let account = ended?;
            if json {
                return super::print_json(&json!({ "id": account.id, "name": account.name() }));
            }
            println!("{} looks after nobody.", account.name());
            Ok(())
        }
        Supervisors::People {
            person,
            waiting,
            within,
        } => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let own = own(&app, &actor, &person, waiting).await;
            app.db.close().await;
            let own = own?;
            if json {
                let rows: Vec<Value> = own.iter().map(person_in_json).collect();
                return super::print_json(&json!({ "people": rows }));
            }
            for account in &own {
                let employee = account.profile.get(Field::EmployeeId).unwrap_or_default();
                println!(
                    "{}  {:11}  {}  {employee}",
                    account.id,
                    account.state.as_str(),
                    account.name()
                );
            }
            Ok(())
        }
    }
}

/// The person as the one who looks after people, with what their role lets them.
async fn acting(app: &App, account: &Account) -> Outcome<Actor> {
    let mut actor = Actor::person(account, None);
    actor.permissions = roles::permissions_of(&app.db, account.workplace, &account.role).await?;
    Ok(actor)
}

async fn seen(app: &App, account: Account) -> Outcome<Supervisor> {
    let actor = acting(app, &account).await?;
    let counts = supervisors::counts(app, &actor).await?;
    let count = |state| counts.get(&state).copied().unwrap_or_default();
    Ok(Supervisor {
        locations: supervisors::locations(&app.db, account.workplace, account.id).await?,
        people: counts.values().sum(),
        waiting: count(AccountState::Uninvited) + count(AccountState::Invited),
        account,
    })
}

/// Those who are there to look after people, and those who were given locations beside a role that may do more.
async fn list(app: &App, actor: &Actor) -> Outcome<Vec<Supervisor>> {
    let mut all = Vec::new();
    for role in roles::list(app, actor).await? {
        if !role.permissions.contains(&Permission::PeopleSupervise) {
            continue;
        }
        let mut filter = people::Filter {
            role: Some(role.key.clone()),
            limit: STEP,
            ..people::Filter::default()
        };
        loop {
            let page = people::list(app, actor, &filter).await?;
            for account in page.items {
                if account.state != AccountState::Deactivated {
                    all.push(seen(app, account).await?);
                }
            }
            let Some(next) = page.next else { break };
            filter.after = Some(people::parse_cursor(&next)?);
        }
    }
    Ok(all)
}

async fn set(app: &App, actor: &Actor, who: &str, locations: &[String]) -> Outcome<Supervisor> {
    let account = find(app, actor, who).await?;
    supervisors::set_locations(app, actor, account.id, locations).await?;
    let may = roles::permissions_of(&app.db, account.workplace, &account.role).await?;
    let account = if may.contains(&Permission::PeopleSupervise) {
        account
    } else if account.role == MEMBER {
        let plan = roles::give(app, actor, account.id, SUPERVISOR).await?;
        plan.after.unwrap_or(account)
    } else {
        return Err(crate::failure::Failure::failed(format!(
            "{} has the role \"{}\", which does not let them look after people. Give them another first: guildhall account role {who} \
             --role {SUPERVISOR}",
            account.name(),
            account.role
        )));
    };
    seen(app, account).await
}

/// A role that may do more is left as it is.
async fn end(app: &App, actor: &Actor, who: &str) -> Outcome<Account> {
    let account = find(app, actor, who).await?;
    if account.role == SUPERVISOR {
        roles::give(app, actor, account.id, MEMBER).await?;
    }
    supervisors::set_locations(app, actor, account.id, &[]).await?;
    Ok(account)
}

async fn own(app: &App, actor: &Actor, who: &str, waiting: bool) -> Outcome<Vec<Account>> {
    let account = find(app, actor, who).await?;
    let actor = acting(app, &account).await?;
    let mut filter = Filter {
        waiting,
        after: None,
        limit: STEP,
    };
    let mut all = Vec::new();
    loop {
        let page = supervisors::own_people(app, &actor, &filter).await?;
        all.extend(page.items);
        let Some(next) = page.next else { return Ok(all) };
        filter.after = Some(accounts::people::parse_cursor(&next)?);
    }
}

fn shown(one: &Supervisor, json: bool) -> Outcome {
    if json {
        return super::print_json(&in_json(one));
    }
    told(one);
    Ok(())
}

fn told(one: &Supervisor) {
    let places = if one.locations.is_empty() {
        "whose managers lead to them".to_owned()
    } else {
        format!("whose managers lead to them, and at {}", one.locations.join(", "))
    };
    println!(
        "{}  {}  ({}): {} people {places}; {} not in yet",
        one.account.id,
        one.account.name(),
        one.account.role,
        one.people,
        one.waiting
    );
}

fn in_json(one: &Supervisor) -> Value {
    json!({
        "id": one.account.id,
        "name": one.account.name(),
        "role": one.account.role,
        "locations": one.locations,
        "people": one.people,
        "waiting": one.waiting,
    })
}

fn person_in_json(account: &Account) -> Value {
    json!({
        "id": account.id,
        "name": account.name(),
        "employee_id": account.profile.get(Field::EmployeeId),
        "location": account.profile.get(Field::Location),
        "state": account.state,
    })
}
