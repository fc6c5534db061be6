use std::path::PathBuf;
use std::time::Duration;

use guildhall_core::directory::{self, Directory, Settings};
use guildhall_core::imports::{self, Run, RunState};
use guildhall_core::{Actor, App, Clock as _, SystemClock};
use serde::Deserialize;
use serde_json::{Value, json};

use super::import::{asked, tell_plan};
use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome};

/// So long the server may be silent before it is taken to be away.
const SILENCE: Duration = Duration::from_mins(5);

#[derive(clap::Args, Debug)]
pub struct Sync {
    /// The directory, by its name or id [default: the only one there is]
    #[arg(long, value_name = "NAME")]
    directory: Option<String>,
    /// Read everybody, not only what changed
    #[arg(long)]
    full: bool,
    /// Only say what it would do
    #[arg(long)]
    plan: bool,
    /// Ask nothing, and let it deactivate more people than the brake allows
    #[arg(long)]
    yes: bool,
    /// Once, let the groups of the directory lose as many people as the brake holds; reads nothing itself
    #[arg(long, conflicts_with_all = ["full", "plan", "to"])]
    release_groups: bool,
    /// As an agent inside the network of the directory: push what is read to this server, outward over HTTPS
    #[arg(long, value_name = "URL", requires = "token")]
    to: Option<String>,
    /// The agent's API token, with the scope people.import
    #[arg(long, env = "GUILDHALL_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A file that holds the password of the account that reads the directory, for the agent
    #[arg(long, value_name = "FILE", requires = "to")]
    password_file: Option<PathBuf>,
    /// The certificate of the authority that signed the server's, as PEM, for the agent
    #[arg(long, value_name = "FILE", requires = "to")]
    ca: Option<PathBuf>,
    /// Go on, and read again after so many minutes, for the agent
    #[arg(long, value_name = "MINUTES", requires = "to", value_parser = clap::value_parser!(u64).range(1..=1440))]
    every: Option<u64>,
    #[command(flatten)]
    within: InWorkplace,
}

pub async fn run(sync: Sync) -> Outcome {
    if let (Some(to), Some(token)) = (&sync.to, &sync.token) {
        return agent(&sync, to, token).await;
    }
    let Sync {
        directory,
        full,
        plan,
        yes,
        release_groups,
        within,
        ..
    } = sync;
    let json = within.json;
    let (app, actor) = within.enter().await?;
    let wanted = directory.as_deref();
    let done = if release_groups {
        release(&app, &actor, wanted).await
    } else {
        here(&app, &actor, wanted, (full, plan, yes, json)).await
    };
    app.db.close().await;
    done
}

/// Lets happen what the brake holds of the groups of a directory.
async fn release(app: &App, actor: &Actor, wanted: Option<&str>) -> Outcome {
    let found = chosen(app, actor, wanted).await?;
    directory::release_groups(app, actor, found.id).await?;
    println!("The server reads the groups again, and lets them lose as many people as it held.");
    Ok(())
}

/// The directory that is meant.
async fn chosen(app: &App, actor: &Actor, wanted: Option<&str>) -> Outcome<Directory> {
    let all = directory::list(&app.db, actor).await?;
    meant(all, wanted, |one: &Directory| {
        (one.id.to_string(), one.name.clone())
    })
}

/// Reads a directory from this machine, with the data at hand.
async fn here(
    app: &App,
    actor: &Actor,
    wanted: Option<&str>,
    (full, plan, yes, json): (bool, bool, bool, bool),
) -> Outcome {
    let found = chosen(app, actor, wanted).await?;
    let run = directory::start(app, actor, found.id, full).await?;
    let run = finished(app, actor, &run).await?;
    if run.state == RunState::Failed {
        return Err(Failure::failed(run.error.unwrap_or_default()));
    }
    if !json {
        tell_plan(app, actor, &run).await?;
    }
    if run.state == RunState::Applied {
        return told(&run, json, "Nothing more is to be done.");
    }
    let held = run.brake.filter(|_| !yes);
    if !plan && held.is_none() && (yes || (!json && asked("Do this now? [y/N] ")?)) {
        imports::apply(app, actor, run.id, yes).await?;
        let run = finished(app, actor, &run).await?;
        if run.state != RunState::Applied {
            return Err(Failure::failed(
                run.error.unwrap_or_else(|| "It was not applied.".into()),
            ));
        }
        return told(
            &run,
            json,
            "Done. It can be undone in the admin panel, under Directory.",
        );
    }
    if let Some(brake) = held.filter(|_| !plan) {
        let advice = "Look at the directory; --yes lets it.";
        return Err(Failure::brake(brake.sentence("this run", advice)));
    }
    told(
        &run,
        json,
        "Nothing was done: this was the plan. It waits in the admin panel, under Directory.",
    )
}

fn told(run: &Run, json: bool, sentence: &str) -> Outcome {
    if json {
        return super::print_json(
            &json!({ "run_id": run.id, "state": run.state, "counts": run.counts, "brake": run.brake }),
        );
    }
    println!("{sentence}");
    Ok(())
}

/// The run when nobody works on it any more.
async fn finished(app: &App, actor: &Actor, run: &Run) -> Outcome<Run> {
    loop {
        // A run by hand is kept, whatever came of it.
        let run = imports::get(&app.db, actor, run.id).await?;
        let works = [
            RunState::Reading,
            RunState::Planning,
            RunState::Applying,
            RunState::Undoing,
        ];
        if !works.contains(&run.state) {
            return Ok(run);
        }
        if !imports::work_on(app, run.id).await? {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The one that was named by id or name, or the only one.
fn meant<T>(all: Vec<T>, wanted: Option<&str>, names: impl Fn(&T) -> (String, String)) -> Outcome<T> {
    let told: Vec<String> = all.iter().map(|one| names(one).1).collect();
    let mut fitting = all.into_iter().filter(|one| {
        let (id, name) = names(one);
        wanted.is_none_or(|wanted| wanted == id || wanted.to_lowercase() == name.to_lowercase())
    });
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (None, _) if told.is_empty() => Err(Failure::failed(
            "No directory is connected: connect one in the admin panel, under Directory.",
        )),
        _ => Err(Failure::wrong(format!(
            "Say which directory with --directory: {}.",
            told.join(", ")
        ))),
    }
}

/// What the server tells of its directories, as far as the agent needs it.
#[derive(Deserialize)]
struct Listed {
    items: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: uuid::Uuid,
    name: String,
    settings: Settings,
}

#[derive(Deserialize)]
struct Task {
    settings: Settings,
    cursor: Option<String>,
    full: bool,
}

struct Agent<'a> {
    http: reqwest::Client,
    to: &'a str,
    token: &'a str,
}

async fn agent(sync: &Sync, to: &str, token: &str) -> Outcome {
    let to = to.trim_end_matches('/');
    let url = url::Url::parse(to)
        .map_err(|why| Failure::wrong(format!("--to is no address of a server: {why}")))?;
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !loopback {
        return Err(Failure::wrong(
            "--to must begin with https://: the token and all data would cross the network in plain.",
        ));
    }
    let mut http = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(20))
        .read_timeout(SILENCE);
    if let Some(file) = &sync.ca {
        let pem = std::fs::read(file)
            .map_err(|why| Failure::failed(format!("{} can't be read: {why}", file.display())))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|why| Failure::wrong(format!("{} is no certificate in PEM: {why}", file.display())))?;
        for certificate in certificates {
            http = http.add_root_certificate(certificate);
        }
    }
    let http = http.build().map_err(|why| Failure::failed(why.to_string()))?;
    let agent = Agent { http, to, token };
    loop {
        let done = agent.push_once(sync).await;
        let Some(minutes) = sync.every else { return done };
        if let Err(why) = done {
            eprintln!("{why}");
        }
        tokio::time::sleep(Duration::from_mins(minutes)).await;
    }
}

impl Agent<'_> {
    /// Reads and pushes; what went wrong is told to the server, too, where people look.
    async fn push_once(&self, sync: &Sync) -> Outcome {
        let listed: Listed = self.get("/api/v1/directories").await?;
        let mut pushed = listed.items;
        pushed.retain(|one| one.settings.via == directory::Via::Agent);
        let wanted = sync.directory.as_deref();
        let found = meant(pushed, wanted, |one| (one.id.to_string(), one.name.clone()))?;
        let path = format!("/api/v1/directories/{}", found.id);
        let done = self.push(sync, &path).await;
        if let Err(why) = &done {
            let told = json!({ "message": why.to_string() });
            let request = self.http.post(self.url(&format!("{path}/agent/trouble"))?);
            if let Err(nor) = self.answer(request.json(&told)).await {
                eprintln!("The server can't be told of it, either: {nor}");
            }
        }
        done
    }

    async fn push(&self, sync: &Sync, path: &str) -> Outcome {
        let task: Task = self.get(&format!("{path}/agent")).await?;
        let since = match (&task.cursor, task.full || sync.full) {
            (Some(text), false) => serde_json::from_str(text).ok(),
            _ => None,
        };
        // Groups come first: they are followed once the people who are pushed after them are there. That they can't be
        // read keeps nobody from coming or leaving.
        let groups = self.push_groups(sync, path, &task.settings).await;
        if let Err(why) = &groups {
            eprintln!("The groups stay as they were: {why}");
        }
        let spool = directory::spool::read(task.settings, password(sync)?, since, SystemClock.now())
            .await
            .map_err(|trouble| Failure::failed(trouble.message))?;
        let cursor = match &spool.read.cursor {
            Some(cursor) => {
                Some(serde_json::to_string(cursor).map_err(|why| Failure::failed(why.to_string()))?)
            }
            None => None,
        };
        let mut query = vec![
            ("whole", spool.read.whole.to_string()),
            ("full", spool.read.full.to_string()),
        ];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        let mut url = self.url(&format!("{path}/push"))?;
        url.query_pairs_mut().extend_pairs(query);
        let body = reqwest::Body::from(tokio::fs::File::from_std(spool.file));
        let sent = self
            .http
            .post(url)
            .header("Content-Type", "application/x-ndjson")
            .body(body);
        let run: Value = self.answer(sent).await?;
        println!("{} people were read and pushed.", spool.people);
        self.follow(&run).await?;
        groups
    }

    async fn push_groups(&self, sync: &Sync, path: &str, settings: &Settings) -> Outcome {
        let Some(base) = &settings.groups else {
            return Ok(());
        };
        let roll = directory::roll::read(settings, base, &password(sync)?)
            .await
            .map_err(|trouble| Failure::failed(trouble.message))?;
        let sent = self
            .http
            .post(self.url(&format!("{path}/groups"))?)
            .header("Content-Type", "application/x-ndjson")
            .body(reqwest::Body::from(tokio::fs::File::from_std(roll.file)));
        let taken: Value = self.answer(sent).await?;
        let count = taken["groups"].as_u64().unwrap_or(0);
        println!("{count} groups were read and pushed.");
        Ok(())
    }

    /// Waits until the server has planned, and says what.
    async fn follow(&self, run: &Value) -> Outcome {
        let path = format!("/api/v1/imports/{}", run["id"].as_str().unwrap_or_default());
        loop {
            let request = self.http.get(self.url(&path)?);
            let run: Value = match self.answer(request).await {
                Ok(run) => run,
                // A run that found nothing to do is not kept.
                Err(failure) if failure.to_string().contains("404") => {
                    println!("Nothing had changed.");
                    return Ok(());
                }
                Err(failure) => return Err(failure),
            };
            match run["state"].as_str().unwrap_or_default() {
                "planning" | "applying" => tokio::time::sleep(Duration::from_millis(500)).await,
                "failed" => {
                    return Err(Failure::failed(
                        run["error"].as_str().unwrap_or_default().to_owned(),
                    ));
                }
                "planned" => {
                    println!("The plan waits for a person in the admin panel, under Directory.");
                    return Ok(());
                }
                _ => {
                    let counts = &run["counts"];
                    let count = |what: &str| counts[what].as_i64().unwrap_or(0);
                    println!(
                        "Done: {} created, {} updated, {} reactivated, {} deactivated.",
                        count("create"),
                        count("update"),
                        count("reactivate"),
                        count("deactivate")
                    );
                    return Ok(());
                }
            }
        }
    }

    fn url(&self, path: &str) -> Outcome<url::Url> {
        url::Url::parse(&format!("{}{path}", self.to)).map_err(|why| Failure::wrong(why.to_string()))
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Outcome<T> {
        let answer = self.answer(self.http.get(self.url(path)?)).await?;
        serde_json::from_value(answer).map_err(|why| {
            Failure::failed(format!(
                "The server speaks another version than this program: {why}. Install the same on both."
            ))
        })
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Outcome<Value> {
        let no = |why: reqwest::Error| {
            Failure::failed(format!(
                "{} can't be reached: {why}. Check the address and what firewalls let through.",
                self.to
            ))
        };
        let answer = request.bearer_auth(self.token).send().await.map_err(no)?;
        let status = answer.status();
        let text = answer.text().await.map_err(no)?;
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        if status.is_success() {
            return Ok(value);
        }
        let detail = value["detail"].as_str().unwrap_or("The server refused.");
        Err(Failure::failed(format!("{detail} ({})", status.as_u16())))
    }
}

/// The password of the account that reads: from the file, or from the environment.
fn password(sync: &Sync) -> Outcome<String> {
    if let Some(file) = &sync.password_file {
        let text = std::fs::read_to_string(file)
            .map_err(|why| Failure::failed(format!("{} can't be read: {why}", file.display())))?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    Ok(std::env::var("GUILDHALL_LDAP_PASSWORD").unwrap_or_default())
}
