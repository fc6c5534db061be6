use clap::Subcommand;
use guildhall_core::accounts::{self, Change, Policy, ProfileField, SYSTEM_ADMIN, Source, Verb, Whom};
use guildhall_core::ids::OpeningId;
use guildhall_core::{Actor, Error, invitations, openings, sessions, workplaces};
use serde_json::json;

use super::Place;
use crate::database;
use crate::failure::{Failure, Outcome};
use crate::settings::Settings;

#[derive(Subcommand, Debug)]
pub enum Workplaces {
    /// Open a workplace and invite its first system admin
    Create(Create),
    /// List the workplaces of this server
    List {
        /// Answer as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Show the settings of a workplace: who may join, reminders, quiet hours, the brake
    Settings(InWorkplace),
    /// Change one setting, as `guildhall workplace settings` shows it
    Set {
        /// Such as joining
        key: String,
        /// Such as domains; several values are parted by commas, "" clears one that may be empty
        value: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Everybody has to log in again, now: every session ends
    LogOut(InWorkplace),
    /// List the workplaces that people would like to open from the web
    Requests {
        /// Answer as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Open a workplace that somebody asked for
    Approve {
        /// As `guildhall workplace requests` shows it
        id: OpeningId,
        #[command(flatten)]
        place: Place,
    },
    /// Say no to a workplace that somebody asked for; they are told by mail
    Decline {
        /// As `guildhall workplace requests` shows it
        id: OpeningId,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(clap::Args, Debug)]
pub struct Create {
    /// What people know it by
    #[arg(long)]
    name: String,
    /// The e-mail address of its first system admin
    #[arg(long, value_name = "EMAIL")]
    admin_email: String,
    /// The name of its first system admin [default: made from the address]
    #[arg(long, value_name = "NAME")]
    admin_name: Option<String>,
    /// Its language, such as en-GB
    #[arg(long, default_value = "en")]
    locale: String,
    /// Its time zone, such as Europe/Warsaw
    #[arg(long, default_value = "UTC")]
    time_zone: String,
    /// Answer as JSON: `{"workplace_id", "claim_url"}`
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub async fn run(command: Workplaces) -> Outcome {
    match command {
        Workplaces::Create(create) => {
            let settings = create.place.settings()?;
            let app = database::start(&settings).await?;
            let made = open(&app, &settings, &create).await;
            app.db.close().await;
            let (id, url) = made?;
            if create.json {
                return super::print_json(&json!({ "workplace_id": id, "claim_url": url }));
            }
            println!("Opened the workplace \"{}\", {id}.", create.name);
            println!("{} claims the first account at {url}", create.admin_email);
            Ok(())
        }
        Workplaces::List { json, place } => list(place.settings()?, json).await,
        Workplaces::Settings(within) => settings(within).await,
        Workplaces::LogOut(within) => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let ended = sessions::end_everybodys(&app, &actor, None).await;
            app.db.close().await;
            let ended = ended?;
            if json {
                return super::print_json(&json!(ended));
            }
            println!("{} sessions of {} people ended.", ended.sessions, ended.people);
            Ok(())
        }
        Workplaces::Set { key, value, within } => set(&key, &value, within).await,
        Workplaces::Requests { json, place } => requests(place.settings()?, json).await,
        Workplaces::Approve { id, place } => {
            let app = database::start_existing(&place.settings()?).await?;
            let opened = openings::approve(&app, id).await;
            app.db.close().await;
            println!("The workplace {} is open.", opened?);
            Ok(())
        }
        Workplaces::Decline { id, place } => {
            let app = database::start_existing(&place.settings()?).await?;
            let declined = openings::decline(&app, id).await;
            app.db.close().await;
            declined?;
            println!("Declined. They are told by mail.");
            Ok(())
        }
    }
}

async fn list(settings: Settings, json: bool) -> Outcome {
    let app = database::start(&settings).await?;
    let all = workplaces::all(&app.db).await?;
    app.db.close().await;
    if json {
        let rows: Vec<_> = all
            .iter()
            .map(|one| json!({ "workplace_id": one.id, "name": one.name }))
            .collect();
        return super::print_json(&json!({ "workplaces": rows }));
    }
    for one in &all {
        println!("{}  {}", one.id, one.name);
    }
    Ok(())
}

fn unreadable(error: &serde_json::Error) -> Failure {
    Failure::failed(format!("The settings can't be read: {error}"))
}

async fn settings(within: InWorkplace) -> Outcome {
    let json = within.json;
    let (app, actor) = within.enter().await?;
    let found = workplaces::read(&app.db, actor.workplace).await;
    app.db.close().await;
    let all = serde_json::to_value(found?.settings).map_err(|error| unreadable(&error))?;
    if json {
        return super::print_json(&all);
    }
    for (key, value) in all.as_object().into_iter().flatten() {
        println!("{key} = {value}");
    }
    Ok(())
}

async fn set(key: &str, value: &str, within: InWorkplace) -> Outcome {
    let (app, actor) = within.enter().await?;
    let before = workplaces::read(&app.db, actor.workplace).await?.settings;
    let mut all = serde_json::to_value(before).map_err(|error| unreadable(&error))?;
    let keys: Vec<String> = all
        .as_object()
        .into_iter()
        .flat_map(|all| all.keys().cloned())
        .collect();
    if !keys.iter().any(|known| known == key) {
        return Err(Failure::wrong(format!(
            "There is no setting \"{key}\". There are: {}.",
            keys.join(", ")
        )));
    }
    all[key] = typed(&all[key], value);
    let after = serde_json::from_value(all)
        .map_err(|error| Failure::wrong(format!("\"{value}\" does not fit {key}: {error}")))?;
    let changed = workplaces::change(&app, &actor, |workplace| workplace.settings = after).await;
    app.db.close().await;
    changed?;
    println!("Set.");
    Ok(())
}

/// What was typed, as the kind of value that is there.
fn typed(before: &serde_json::Value, text: &str) -> serde_json::Value {
    let text = text.trim();
    let one = |text: &str| match text.parse::<i64>() {
        Ok(number) => json!(number),
        Err(_) => json!(text),
    };
    match before {
        serde_json::Value::Array(_) => text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(one)
            .collect(),
        serde_json::Value::Bool(_) => text
            .parse::<bool>()
            .map_or_else(|_| json!(text), |yes| json!(yes)),
        serde_json::Value::Number(_) => one(text),
        _ if text.is_empty() => serde_json::Value::Null,
        _ => json!(text),
    }
}

async fn requests(settings: Settings, json: bool) -> Outcome {
    let app = database::start_existing(&settings).await?;
    let all = openings::waiting(&app.db).await;
    app.db.close().await;
    let all = all?;
    if json {
        let rows: Vec<_> = all
            .iter()
            .map(|one| json!({ "id": one.id, "name": one.workplace_name, "by": one.display_name, "email": one.email }))
            .collect();
        return super::print_json(&json!({ "requests": rows }));
    }
    for one in &all {
        println!(
            "{}  {}  ({} <{}>)",
            one.id, one.workplace_name, one.display_name, one.email
        );
    }
    Ok(())
}

async fn open(
    app: &guildhall_core::App,
    settings: &Settings,
    create: &Create,
) -> Result<(guildhall_core::ids::WorkplaceId, String), Failure> {
    let name = create.admin_name.clone().unwrap_or_else(|| {
        let local = create.admin_email.split('@').next().unwrap_or_default();
        local.replace(['.', '_'], " ")
    });
    let mut tx = app.begin().await?;
    let named = (
        create.name.as_str(),
        create.locale.as_str(),
        create.time_zone.as_str(),
    );
    let workplace = workplaces::open(app, &mut tx, named).await?;
    let actor = Actor::command_line(workplace.id);
    let provision = Verb::Provision {
        patch: vec![
            (ProfileField::DisplayName, Some(name)),
            (ProfileField::Email, Some(create.admin_email.clone())),
        ],
        invite: true,
        role: Some(SYSTEM_ADMIN.to_owned()),
    };
    let change = Change::new(Source::Admin, provision);
    let mut plan = accounts::plan(app, &mut tx, &actor, Whom::New, &change, &Policy::default()).await?;
    let letter = plan
        .letter
        .take()
        .ok_or_else(|| Error::invalid("admin-email", "Give the admin's e-mail address."))?;
    accounts::apply(app, &mut tx, &actor, &plan).await?;
    let account = plan.after.ok_or_else(|| Error::not_found("person"))?;
    let token = invitations::write(app, &mut tx, &actor, &account, &letter).await?;
    tx.commit().await.map_err(Error::from)?;
    let site = settings.public_url(settings.listen);
    Ok((workplace.id, format!("{site}/claim/{token}")))
}

/// The workplace that is meant: the one that is named, or the only one there is.
pub async fn meant(
    app: &guildhall_core::App,
    named: Option<&str>,
) -> Outcome<guildhall_core::ids::WorkplaceId> {
    let all = workplaces::all(&app.db).await?;
    match (named, all.as_slice()) {
        (Some(id), all) => {
            let found = all.iter().find(|one| one.id.to_string() == id.to_lowercase());
            found.map(|one| one.id).ok_or_else(|| {
                Failure::failed(format!(
                    "There is no workplace {id} here. See: guildhall workplace list"
                ))
            })
        }
        (None, [only]) => Ok(only.id),
        (None, []) => Err(Failure::failed(
            "There is no workplace here yet. Open one with: guildhall workplace create",
        )),
        (None, _) => Err(Failure::wrong(
            "There are several workplaces here: say which with --workplace ID. See: guildhall workplace list",
        )),
    }
}

/// The workplace that a command works on.
#[derive(clap::Args, Debug)]
pub struct InWorkplace {
    /// The id of the workplace [default: the only one there is]
    #[arg(long, value_name = "ID")]
    pub workplace: Option<String>,
    /// Answer as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub place: Place,
}

impl InWorkplace {
    /// Where people reach the server.
    pub fn site(&self) -> Outcome<String> {
        let settings = self.place.settings()?;
        Ok(settings.public_url(settings.listen))
    }

    /// Opens the data and finds the workplace.
    pub async fn enter(self) -> Outcome<(guildhall_core::App, Actor)> {
        let app = database::start_existing(&self.place.settings()?).await?;
        let workplace = meant(&app, self.workplace.as_deref()).await?;
        Ok((app, Actor::command_line(workplace)))
    }
}
