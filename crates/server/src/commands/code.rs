use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use clap::Subcommand;
use guildhall_core::accounts::{self, ProfileField as Field};
use guildhall_core::codes::sheets::{self, Kind};
use guildhall_core::codes::{self, Given, Whom, rules};
use guildhall_core::{Actor, App, workplaces};
use serde_json::{Value, json};

use super::account::find;
use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome};

#[derive(Subcommand, Debug)]
pub enum Codes {
    /// Turn on that people without an e-mail address may come in; --off turns it off
    Allow {
        /// Turn it off: codes that are out open nothing
        #[arg(long)]
        off: bool,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Give a person a new access code, in place of any older, and print it, once
    Give {
        /// Their employee id or id
        person: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Give codes to many people and write them to a file: .pdf to print and cut, .csv or .xlsx as a list
    Sheets(Sheets),
    /// Say how far the access code of a person has come
    Show {
        /// Their employee id or id
        person: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Take the access code of a person back before it was used
    Revoke {
        /// Their employee id or id
        person: String,
        #[command(flatten)]
        within: InWorkplace,
    },
}

#[derive(clap::Args, Debug)]
pub struct Sheets {
    /// The file to write; one that exists is never overwritten
    file: PathBuf,
    /// A person, by employee id or id; may be given several times [default: everybody who waits for a code]
    #[arg(long = "person", value_name = "PERSON")]
    people: Vec<String>,
    /// Of those who wait: only this department
    #[arg(long, conflicts_with = "people")]
    department: Option<String>,
    /// The language of printed sheets, such as pl [default: each in the person's own]
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    #[command(flatten)]
    within: InWorkplace,
}

pub async fn run(command: Codes) -> Outcome {
    match command {
        Codes::Allow { off, within } => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let change = |workplace: &mut workplaces::Workplace| workplace.settings.without_email = !off;
            let changed = workplaces::change(&app, &actor, change).await;
            app.db.close().await;
            let on = changed?.settings.without_email;
            if json {
                return super::print_json(&json!({ "without_email": on }));
            }
            println!(
                "People without an e-mail address: {}.",
                if on { "on" } else { "off" }
            );
            Ok(())
        }
        Codes::Give { person, within } => {
            let (json, site) = (within.json, within.site()?);
            let (app, actor) = within.enter().await?;
            let given = give(&app, &actor, &person).await;
            app.db.close().await;
            let given = given?;
            if json {
                return super::print_json(&in_json(&given, &site));
            }
            println!("{}", rules::grouped(&given.code));
            println!("For {}, until {}.", given.account.name(), day(&given));
            println!("They type it at {site}/code, or open {site}/c/{}", given.code);
            Ok(())
        }
        Codes::Sheets(asked) => write_sheets(asked).await,
        Codes::Show { person, within } => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let shown = show(&app, &actor, &person).await;
            app.db.close().await;
            let shown = shown?;
            if json {
                return super::print_json(&shown);
            }
            println!(
                "{}: {}",
                shown["name"].as_str().unwrap_or_default(),
                shown["code"]["state"].as_str().unwrap_or("no access code")
            );
            Ok(())
        }
        Codes::Revoke { person, within } => {
            let (app, actor) = within.enter().await?;
            let done = revoke(&app, &actor, &person).await;
            app.db.close().await;
            done
        }
    }
}

fn kind_of(file: &std::path::Path) -> Outcome<Kind> {
    let extension = file.extension().and_then(|end| end.to_str()).unwrap_or_default();
    Kind::parse(&extension.to_lowercase())
        .ok_or_else(|| Failure::wrong("Name a file that ends in .pdf, .csv or .xlsx."))
}

async fn write_sheets(asked: Sheets) -> Outcome {
    let kind = kind_of(&asked.file)?;
    let (json, site) = (asked.within.json, asked.within.site()?);
    let language = asked.language.as_deref().map(sheets::language).transpose()?;
    // Before any code is made: those that are out would be dead, and the new ones nowhere.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&asked.file)
        .map_err(|error| {
            Failure::failed(format!(
                "{} can't be written ({error}). Name a new file.",
                asked.file.display()
            ))
        })?;
    let (app, actor) = asked.within.enter().await?;
    let made = make_sheets(
        &app,
        &actor,
        (asked.people, asked.department),
        (kind, language, site),
    )
    .await;
    app.db.close().await;
    let written = made.and_then(|(bytes, given, refused)| {
        file.write_all(&bytes)
            .and_then(|()| file.sync_all())
            .map_err(|error| Failure::failed(format!("The file can't be written: {error}")))?;
        Ok((given, refused))
    });
    let (given, refused) = written.inspect_err(|_| {
        let _ = std::fs::remove_file(&asked.file);
    })?;
    if json {
        let refused: Vec<Value> = refused
            .iter()
            .map(|one| json!({ "name": one.name, "why": one.why }))
            .collect();
        return super::print_json(&json!({ "given": given, "refused": refused, "file": asked.file }));
    }
    println!(
        "{given} codes are in {}. Keep it as you would keys.",
        asked.file.display()
    );
    for one in refused {
        println!("  not for {}: {}", one.name, one.why);
    }
    Ok(())
}

async fn make_sheets(
    app: &App,
    actor: &Actor,
    (people, department): (Vec<String>, Option<String>),
    (kind, language, site): (Kind, Option<guildhall_wire::cards::Language>, String),
) -> Outcome<(Vec<u8>, usize, Vec<codes::Refused>)> {
    let whom = if people.is_empty() {
        Whom::Waiting(department)
    } else {
        let mut ids = Vec::new();
        for person in &people {
            ids.push(find(app, actor, person).await?.id);
        }
        Whom::These(ids)
    };
    let (given, refused) = codes::give_many(app, actor, &whom, None).await?;
    codes::note_download(app, actor, kind.as_str(), given.len()).await?;
    let place = sheets::Place {
        workplace: workplaces::read(&app.db, actor.workplace).await?,
        site,
        language,
    };
    let many = given.len();
    Ok((sheets::file(place, kind, given).await?, many, refused))
}

fn day(given: &Given) -> String {
    let zone = jiff::tz::TimeZone::UTC;
    given
        .expires_at
        .timestamp()
        .to_zoned_datetime(zone)
        .date()
        .to_string()
}

fn in_json(given: &Given, site: &str) -> Value {
    json!({
        "id": given.account.id,
        "name": given.account.name(),
        "employee_id": given.account.profile.get(Field::EmployeeId),
        "code": rules::grouped(&given.code),
        "link": format!("{site}/c/{}", given.code),
        "expires_at": given.expires_at,
    })
}

async fn give(app: &App, actor: &Actor, person: &str) -> Outcome<Given> {
    let account = find(app, actor, person).await?;
    Ok(codes::give(app, actor, account.id).await?)
}

async fn revoke(app: &App, actor: &Actor, person: &str) -> Outcome {
    let account = find(app, actor, person).await?;
    Ok(codes::revoke(app, actor, account.id).await?)
}

async fn show(app: &App, actor: &Actor, person: &str) -> Outcome<Value> {
    let account: accounts::Account = find(app, actor, person).await?;
    let mut newest = codes::newest(app, &app.db, actor.workplace, &[account.id]).await?;
    let code = newest.remove(&account.id).map(|code| {
        json!({ "state": code.state, "created_at": code.created_at, "expires_at": code.expires_at,
            "ended_at": code.ended_at })
    });
    Ok(json!({ "id": account.id, "name": account.name(), "code": code }))
}
