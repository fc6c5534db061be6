use clap::Subcommand;
use guildhall_core::accounts::{self, Account, Policy, ProfileField, Source, Verb, Whom};
use guildhall_core::{Actor, App};
use serde_json::{Map, Value, json};

use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome};

#[derive(Subcommand, Debug)]
pub enum Accounts {
    /// Show a person
    Show(Person),
    /// Invite a person by mail
    Invite(Person),
    /// Remind an invited person, with a new link
    Remind(Person),
    /// Deactivate a person: out everywhere within a second
    Deactivate(Person),
    /// Bring a deactivated person back
    Reactivate(Person),
    /// Set a person back to invited: they must claim the account again
    Unclaim(Person),
    /// Remove the personal data of a deactivated person for good
    Strip(Person),
    /// Delete a person who is deactivated or was never in
    Delete(Person),
    /// Give a person a role, such as system_admin or member
    Role {
        #[command(flatten)]
        person: Person,
        /// The key of the role
        #[arg(long)]
        role: String,
    },
}

#[derive(clap::Args, Debug)]
pub struct Person {
    /// Their e-mail address, employee id or id
    person: String,
    #[command(flatten)]
    within: InWorkplace,
}

pub async fn run(command: Accounts) -> Outcome {
    let message = None;
    let (person, verb) = match command {
        Accounts::Show(person) => (person, None),
        Accounts::Invite(person) => (person, Some(Verb::Invite { message })),
        Accounts::Remind(person) => (person, Some(Verb::Remind { message })),
        Accounts::Deactivate(person) => (person, Some(Verb::Deactivate)),
        Accounts::Reactivate(person) => (person, Some(Verb::Reactivate)),
        Accounts::Unclaim(person) => (person, Some(Verb::Unclaim)),
        Accounts::Strip(person) => (person, Some(Verb::Strip)),
        Accounts::Delete(person) => (person, Some(Verb::Delete)),
        Accounts::Role { person, role } => (person, Some(Verb::SetRole { role })),
    };
    let json = person.within.json;
    let (app, actor) = person.within.enter().await?;
    let done = act(&app, &actor, &person.person, verb).await;
    app.db.close().await;
    let (account, said) = done?;
    if json {
        return super::print_json(&as_json(&account));
    }
    match said {
        Some(said) => println!("{}: {said}.", account.name()),
        None => tell(&account),
    }
    Ok(())
}

async fn act(app: &App, actor: &Actor, who: &str, verb: Option<Verb>) -> Outcome<(Account, Option<String>)> {
    let account = find(app, actor, who).await?;
    let Some(verb) = verb else {
        return Ok((account, None));
    };
    let change = accounts::Change::new(Source::Admin, verb);
    let whom = Whom::Is(account.id);
    let plan = accounts::change(app, actor, whom, &change, &Policy::default()).await?;
    let said = serde_json::to_value(plan.action).ok();
    let said = said
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default()
        .replace('_', " ");
    Ok((plan.after.unwrap_or(account), Some(said)))
}

/// Whoever is meant by an e-mail address, employee id or id.
pub async fn find(app: &App, actor: &Actor, who: &str) -> Outcome<Account> {
    let (db, workplace) = (&app.db, actor.workplace);
    let mut found = match who.parse() {
        Ok(id) => accounts::get(db, workplace, id).await?,
        Err(_) => accounts::by_email(db, workplace, who).await?,
    };
    if found.is_none() {
        found = accounts::by_employee_id(db, workplace, who).await?;
    }
    found.ok_or_else(|| {
        Failure::failed(format!(
            "Nobody here has the e-mail address, employee id or id \"{who}\". Check it for typing errors."
        ))
    })
}

fn as_json(account: &Account) -> Value {
    let profile: Map<String, Value> = ProfileField::ALL
        .iter()
        .filter_map(|field| {
            account
                .profile
                .get(*field)
                .map(|value| (field.as_str().to_owned(), value.into()))
        })
        .collect();
    json!({
        "id": account.id,
        "workplace_id": account.workplace,
        "name": account.name(),
        "state": account.state,
        "role": account.role,
        "profile": profile,
        "invited_at": account.invited_at,
        "claimed_at": account.claimed_at,
        "deactivated_at": account.deactivated_at,
    })
}

fn tell(account: &Account) {
    println!("{}  ({})", account.name(), account.state.as_str());
    println!("  id             {}", account.id);
    println!("  role           {}", account.role);
    for field in ProfileField::ALL {
        if let Some(value) = account.profile.get(*field) {
            let source = account
                .origins
                .get(field)
                .map_or("", |origin| origin.source.as_str());
            println!("  {:<14} {value}  [{source}]", field.as_str());
        }
    }
}
