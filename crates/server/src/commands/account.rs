use clap::Subcommand;
use guildhall_core::accounts::{self, Account, ProfileField, Source, Verb, Whom};
use guildhall_core::leaving::{self, Proof};
use guildhall_core::{Actor, App, Moment, workplaces};
use serde_json::{Map, Value, json};

use super::factors;
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
    /// Proof of leaving: what ended with a person, when, and when their last request was let in
    Proof {
        #[command(flatten)]
        person: Person,
        /// Print a table as CSV
        #[arg(long, conflicts_with = "json")]
        csv: bool,
    },
    /// Hand a field to a source, whatever its rank; without --to back to the highest in rank
    HandOver {
        #[command(flatten)]
        person: Person,
        /// The field, such as title or manager
        #[arg(long, value_parser = field)]
        field: ProfileField,
        /// admin, api, file, scim, directory or sso
        #[arg(long, value_parser = source)]
        to: Option<Source>,
    },
    /// Let the sources say again whether a person is here, whom an admin had deactivated by hand
    HandBack(Person),
    /// Show which second factors a person has, and where none is asked
    Factors(Person),
    /// Take all second factors of a person away who has lost them
    ForgetFactors(Person),
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
    pub(super) person: String,
    #[command(flatten)]
    pub(super) within: InWorkplace,
}

fn field(text: &str) -> Result<ProfileField, String> {
    ProfileField::parse(text).ok_or_else(|| {
        let names: Vec<&str> = ProfileField::ALL.iter().map(|field| field.as_str()).collect();
        format!("there is no such field; choose one of {}", names.join(", "))
    })
}

fn source(text: &str) -> Result<Source, String> {
    let known = Source::parse(text).filter(|source| *source != Source::SelfService);
    known.ok_or_else(|| "choose admin, api, file, scim, directory or sso".to_owned())
}

pub async fn run(command: Accounts) -> Outcome {
    let message = None;
    let (person, verb) = match command {
        Accounts::Proof { person, csv } => return proof(person, csv).await,
        Accounts::Factors(person) => return factors::show(person).await,
        Accounts::ForgetFactors(person) => return factors::forget(person).await,
        Accounts::Show(person) => (person, None),
        Accounts::Invite(person) => (person, Some(Verb::Invite { message })),
        Accounts::Remind(person) => (person, Some(Verb::Remind { message })),
        Accounts::Deactivate(person) => (person, Some(Verb::Deactivate)),
        Accounts::Reactivate(person) => (person, Some(Verb::Reactivate)),
        Accounts::HandOver { person, field, to } => (
            person,
            Some(Verb::HandOver {
                field,
                to: to.map(Into::into),
            }),
        ),
        Accounts::HandBack(person) => (person, Some(Verb::HandBack)),
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
    let policy = workplaces::read(&app.db, actor.workplace)
        .await?
        .settings
        .policy();
    let plan = accounts::change(app, actor, whom, &change, &policy).await?;
    let said = serde_json::to_value(plan.action).ok();
    let said = said
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default()
        .replace('_', " ");
    Ok((plan.after.unwrap_or(account), Some(said)))
}

async fn proof(person: Person, csv: bool) -> Outcome {
    let json = person.within.json;
    let (app, actor) = person.within.enter().await?;
    let done = last_proof(&app, &actor, &person.person).await;
    app.db.close().await;
    let proof = done?;
    if json {
        let told = serde_json::to_value(&proof).map_err(|why| Failure::failed(why.to_string()))?;
        return super::print_json(&told);
    }
    if csv {
        let text = leaving::table(&proof).map_err(|why| Failure::failed(why.to_string()))?;
        return super::print(&text);
    }
    tell_proof(&proof);
    Ok(())
}

/// The proof of the last time the person left; of somebody who was deleted there is none.
async fn last_proof(app: &App, actor: &Actor, who: &str) -> Outcome<Proof> {
    let account = find(app, actor, who).await?;
    let filter = leaving::Filter {
        account: Some(account.id),
        limit: 1,
        ..leaving::Filter::default()
    };
    let found = leaving::list(app, actor, &filter).await?.items.into_iter().next();
    let found = found.ok_or_else(|| {
        Failure::failed(format!(
            "{} never left. To deactivate them: guildhall account deactivate {who}",
            account.name()
        ))
    })?;
    Ok(leaving::proof(app, actor, found.id).await?)
}

fn tell_proof(proof: &Proof) {
    let leaving = &proof.leaving;
    let time = |at: Option<Moment>| at.map_or_else(|| "-".to_owned(), |at| at.timestamp().to_string());
    println!("{} left at {}", leaving.name, time(Some(leaving.at)));
    println!(
        "  ended by       {} ({})",
        leaving.actor_name,
        leaving.source.as_str()
    );
    println!("  last seen      {}", time(leaving.last_seen_at));
    println!(
        "  last request   {}, {:.3} s after the act",
        time(leaving.last_accepted_at),
        proof.seconds_to_last_request
    );
    println!(
        "  last byte      {}, {:.3} s after the act",
        time(leaving.last_byte_at),
        proof.seconds_to_last_byte
    );
    if let Some(back) = leaving.back_at {
        println!("  came back      {}", time(Some(back)));
    }
    println!("  works now      {}", proof.open_now);
    for end in proof.ended.iter().chain(&proof.goes_on) {
        let kind = leaving::rules::in_words(end.kind);
        match end.ended_at {
            Some(at) => println!("  ended          {}  {kind}: {}", time(Some(at)), end.what),
            None => println!("  goes on        {kind}: {}  (look after it)", end.what),
        }
    }
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
        for (source, kept) in account.claims.of(*field) {
            println!("  {:<14} ({} says {})", "", source.as_str(), kept.value);
        }
    }
}
