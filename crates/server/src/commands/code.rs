use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use clap::Subcommand;
use guildhall_core::accounts::{self, ProfileField as Field};
use guildhall_core::codes::sheets::{self, Kind, Made, Unprinted};
use guildhall_core::codes::{self, Given, Onto, Whom, rules};
use guildhall_core::{Actor, App, workplaces};
use serde_json::{Value, json};
use textwrap::core::display_width;

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
    /// Give people new access codes, in place of any older, and show them here, once: 200 people at most
    Give(Give),
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
pub struct Give {
    /// Employee ids or ids
    #[arg(required_unless_present_any = ["waiting", "department"])]
    people: Vec<String>,
    /// Everybody who waits for a code
    #[arg(long, conflicts_with = "people")]
    waiting: bool,
    /// Of those who wait: only this department
    #[arg(long, conflicts_with = "people")]
    department: Option<String>,
    #[command(flatten)]
    within: InWorkplace,
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
        Codes::Give(asked) => give_here(asked).await,
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
    let written = made.and_then(|(made, given, refused)| {
        file.write_all(&made.bytes)
            .and_then(|()| file.sync_all())
            .map_err(|error| Failure::failed(format!("The file can't be written: {error}")))?;
        Ok((made.unprinted, given, refused))
    });
    let (unprinted, given, refused) = written.inspect_err(|_| {
        let _ = std::fs::remove_file(&asked.file);
    })?;
    let warning = unprinted.as_ref().map(Unprinted::sentence);
    if json {
        return super::print_json(
            &json!({ "given": given, "refused": refused_in_json(&refused), "file": asked.file,
            "warning": warning }),
        );
    }
    println!(
        "{given} codes are in {}. Keep it as you would keys.",
        asked.file.display()
    );
    say_refused(&refused);
    if let Some(warning) = warning {
        println!("{warning}");
    }
    Ok(())
}

fn refused_in_json(refused: &[codes::Refused]) -> Vec<Value> {
    let line = |one: &codes::Refused| json!({ "name": one.name, "why": one.why });
    refused.iter().map(line).collect()
}

fn say_refused(refused: &[codes::Refused]) {
    for one in refused {
        println!("  not for {}: {}", one.name, one.why);
    }
}

/// Those who are named; or all who wait, of one department or of any.
async fn whom(app: &App, actor: &Actor, people: &[String], department: Option<String>) -> Outcome<Whom> {
    if people.is_empty() {
        return Ok(Whom::Waiting(department));
    }
    let mut ids = Vec::new();
    for person in people {
        ids.push(find(app, actor, person).await?.id);
    }
    Ok(Whom::These(ids))
}

async fn give_here(asked: Give) -> Outcome {
    let (json, site) = (asked.within.json, asked.within.site()?);
    let (app, actor) = asked.within.enter().await?;
    if let ([person], None) = (asked.people.as_slice(), &asked.department) {
        let given = give(&app, &actor, person).await;
        app.db.close().await;
        return say_one(&given?, &site, json);
    }
    let made = give_several(&app, &actor, (&asked.people, asked.department)).await;
    app.db.close().await;
    let (given, refused) = made?;
    if json {
        let items: Vec<Value> = given.iter().map(|one| in_json(one, &site)).collect();
        return super::print_json(&json!({ "items": items, "refused": refused_in_json(&refused) }));
    }
    print!("{}", table(&given));
    println!("They type it at {site}/code. These codes are shown this once, and kept nowhere.");
    say_refused(&refused);
    Ok(())
}

async fn give_several(
    app: &App,
    actor: &Actor,
    (people, department): (&[String], Option<String>),
) -> Outcome<(Vec<Given>, Vec<codes::Refused>)> {
    let whom = whom(app, actor, people, department).await?;
    let (given, refused) = codes::give_many(app, actor, &whom, Onto::Screen).await?;
    codes::note_download(app, actor, ("a list on the screen", given.len()), None).await?;
    Ok((given, refused))
}

fn say_one(given: &Given, site: &str, json: bool) -> Outcome {
    if json {
        return super::print_json(&in_json(given, site));
    }
    println!("{}", rules::grouped(&given.code));
    println!("For {}, until {}.", given.account.name(), day(given));
    println!("They type it at {site}/code, or open {site}/c/{}", given.code);
    Ok(())
}

/// A line for each, under headings, with columns as wide as what stands in them.
fn table(given: &[Given]) -> String {
    let line = |one: &Given| {
        let get = |field| one.account.profile.get(field).unwrap_or_default().to_owned();
        [
            rules::grouped(&one.code),
            day(one),
            get(Field::EmployeeId),
            one.account.name(),
            get(Field::Department),
        ]
    };
    let headings = ["Access code", "Valid until", "Employee ID", "Name", "Department"].map(str::to_owned);
    let lines: Vec<[String; 5]> = std::iter::once(headings).chain(given.iter().map(line)).collect();
    let wide = |column: usize| lines.iter().map(|line| display_width(&line[column])).max();
    let widths: Vec<usize> = (0..5).map(|column| wide(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| format!("{cell}{}", " ".repeat(width - display_width(cell))));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

async fn make_sheets(
    app: &App,
    actor: &Actor,
    (people, department): (Vec<String>, Option<String>),
    (kind, language, site): (Kind, Option<guildhall_wire::cards::Language>, String),
) -> Outcome<(Made, usize, Vec<codes::Refused>)> {
    let whom = whom(app, actor, &people, department).await?;
    let (given, refused) = codes::give_many(app, actor, &whom, Onto::File).await?;
    let place = sheets::Place {
        workplace: workplaces::read(&app.db, actor.workplace).await?,
        site,
        language,
        fonts: None,
    };
    let many = given.len();
    let made = sheets::file(place, kind, given).await?;
    codes::note_download(app, actor, (kind.as_str(), many), made.unprinted.as_ref()).await?;
    Ok((made, many, refused))
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
