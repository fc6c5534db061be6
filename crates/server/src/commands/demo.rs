use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use guildhall_core::access::PasswordHasher;
use guildhall_core::demo::{self, Login};
use guildhall_core::ids::WorkplaceId;
use guildhall_core::{Clock as _, Entropy, SetClock, SystemClock, workplaces};
use serde_json::json;

use super::Place;
use crate::database;
use crate::failure::{Failure, Outcome};

/// Where the way in is kept, in the data folder.
const FILE: &str = "demo.txt";
/// Letters of the password that are not easily taken for others.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";

#[derive(clap::Args, Debug)]
pub struct Demo {
    /// How many people the company has
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(20..=20_000))]
    people: u64,
    /// Which company it is: the same number and size give the same people
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Answer as JSON: `{"workplace_id", "password", "logins"}`
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub async fn run(demo: Demo) -> Outcome {
    let settings = demo.place.settings()?;
    let app = database::start(&settings).await?;
    let made = make(&app, &demo).await;
    app.db.close().await;
    let (workplace, password, logins) = made?;
    let text = letter(&settings.public_url(settings.listen), &password, &logins);
    keep(&settings.data.join(FILE), &text)?;
    if demo.json {
        return super::print_json(
            &json!({ "workplace_id": workplace, "password": password, "logins": logins }),
        );
    }
    super::print(text.as_bytes())
}

async fn make(app: &guildhall_core::App, demo: &Demo) -> Outcome<(WorkplaceId, String, Vec<Login>)> {
    if !workplaces::none(&app.db).await? {
        return Err(Failure::failed(
            "There is a workplace in this data folder already. Make the demo in one of its own: --data ./data/demo",
        ));
    }
    let clock = Arc::new(SetClock::new(SystemClock.now()));
    let app = guildhall_core::App {
        clock: clock.clone(),
        ..app.clone()
    };
    let hasher = PasswordHasher::new(&app.entropy)?;
    let password = password(&app.entropy);
    let what = demo::Demo {
        seed: demo.seed,
        people: demo.people,
        password: &password,
    };
    let quiet = demo.json;
    let tell = move |what: &str| {
        if !quiet {
            eprintln!("{what} …");
        }
    };
    let (workplace, logins) = demo::make(&app, &clock, &hasher, what, &tell).await?;
    Ok((workplace, password, logins))
}

/// Four times four letters: 80 random bits, and easily typed.
fn password(entropy: &Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    let letters = bytes.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    let groups: Vec<String> = letters.chunks(4).map(String::from_iter).collect();
    groups.join("-")
}

fn letter(url: &str, password: &str, logins: &[Login]) -> String {
    let mut text =
        format!("Brightwell is open at {url}\n\nAll its accounts have the password {password}\n\n");
    for login in logins {
        let _ = writeln!(text, "  {:<18} {} ({})", login.role, login.email, login.name);
    }
    text
}

/// Keeps the way in where only the owner of the data reads it.
fn keep(file: &Path, text: &str) -> Outcome {
    use std::io::Write as _;
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::failed(format!("{} can't be written: {error}", file.display())))
}
