use clap::Subcommand;
use guildhall_core::connectors::{self, LogFilter, Outcome, Settings, Tone};
use guildhall_core::ids::ConnectorId;
use guildhall_core::{Actor, App, Error, Moment};
use serde_json::json;

use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome as Ended};

#[derive(Subcommand, Debug)]
pub enum Connectors {
    /// Connect an identity provider; `token` then gives it a way in
    Create {
        /// What to call it, such as "Entra ID"
        #[arg(long)]
        name: String,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Change how a connector works
    Set {
        /// The id of the connector
        id: String,
        /// What to call it from now on
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        how: How,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// List the connectors of a workplace
    List(InWorkplace),
    /// Make a token for a connector and print it, once
    Token {
        /// The id of the connector
        id: String,
        /// After how many days it ends [default: never]
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<u32>,
        /// Let the tokens before work for so many hours more, and then end
        #[arg(long, value_name = "HOURS")]
        replace_after_hours: Option<i64>,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Print what a connector asked and what became of it, newest first
    Log {
        /// The id of the connector
        id: String,
        /// Only what was refused
        #[arg(long)]
        refused: bool,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: i64,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Say what the identity provider does wrong
    Test {
        /// The id of the connector
        id: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Let a connector deactivate more people than the brake does, for a day
    Release {
        /// The id of the connector
        id: String,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Take a connector away: its tokens end, the people stay
    End {
        /// The id of the connector
        id: String,
        #[command(flatten)]
        within: InWorkplace,
    },
}

/// How a connector works.
#[derive(clap::Args, Debug)]
pub struct How {
    /// Invite whoever is added at once
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true")]
    invite: Option<bool>,
    /// Make groups that are pushed into groups that people see
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true")]
    visible_groups: Option<bool>,
}

impl How {
    fn over(&self, settings: Settings) -> Settings {
        Settings {
            invite: self.invite.unwrap_or(settings.invite),
            visible_groups: self.visible_groups.unwrap_or(settings.visible_groups),
        }
    }
}

fn id_of(text: &str) -> Ended<ConnectorId> {
    text.parse()
        .map_err(|_| Failure::wrong("That is no id of a connector. See: guildhall connector list"))
}

pub async fn run(command: Connectors) -> Ended {
    match command {
        Connectors::Create { name, how, within } => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let made = connectors::create(&app, &actor, &name, how.over(Settings::default())).await;
            app.db.close().await;
            say_id(json, made?.id)
        }
        Connectors::Set {
            id,
            name,
            how,
            within,
        } => {
            let id = id_of(&id)?;
            let (app, actor) = within.enter().await?;
            let changed = set(&app, &actor, id, name, &how).await;
            app.db.close().await;
            Ok(changed?)
        }
        Connectors::List(within) => list(within).await,
        Connectors::Token {
            id,
            expires_in_days,
            replace_after_hours,
            within,
        } => {
            let id = id_of(&id)?;
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let ends: Option<Moment> = expires_in_days.map(|days| app.now().plus_days(i64::from(days)));
            let made = match replace_after_hours {
                Some(hours) => connectors::rotate(&app, &actor, id, hours, ends).await,
                None => connectors::token(&app, &actor, id, ends).await,
            };
            app.db.close().await;
            let (_, secret) = made?;
            if json {
                return super::print_json(&json!({ "token": secret }));
            }
            println!("{secret}");
            Ok(())
        }
        Connectors::Log {
            id,
            refused,
            limit,
            within,
        } => log(&id, refused, limit, within).await,
        Connectors::Test { id, within } => test(&id, within).await,
        Connectors::Release { id, within } => {
            let id = id_of(&id)?;
            let (app, actor) = within.enter().await?;
            let released = connectors::release(&app, &actor, id).await;
            app.db.close().await;
            Ok(released?)
        }
        Connectors::End { id, within } => {
            let id = id_of(&id)?;
            let (app, actor) = within.enter().await?;
            let ended = connectors::end(&app, &actor, id).await;
            app.db.close().await;
            Ok(ended?)
        }
    }
}

fn say_id(json: bool, id: ConnectorId) -> Ended {
    if json {
        return super::print_json(&json!({ "connector_id": id }));
    }
    println!("{id}");
    Ok(())
}

async fn set(
    app: &App,
    actor: &Actor,
    id: ConnectorId,
    name: Option<String>,
    how: &How,
) -> Result<(), Error> {
    let before = connectors::read(app, actor, id).await?;
    let name = name.unwrap_or(before.name);
    connectors::update(app, actor, id, &name, how.over(before.settings)).await?;
    Ok(())
}

async fn list(within: InWorkplace) -> Ended {
    let json = within.json;
    let (app, actor) = within.enter().await?;
    let found = connectors::list(&app.db, actor.workplace).await;
    app.db.close().await;
    let found = found?;
    if json {
        let rows: Vec<_> = found
            .iter()
            .map(|one| json!({ "id": one.id, "name": one.name, "settings": one.settings }))
            .collect();
        return super::print_json(&json!({ "connectors": rows }));
    }
    for one in found {
        println!("{}  {}", one.id, one.name);
    }
    Ok(())
}

async fn log(id: &str, refused: bool, limit: i64, within: InWorkplace) -> Ended {
    let id = id_of(id)?;
    let json = within.json;
    let (app, actor) = within.enter().await?;
    let filter = LogFilter {
        outcome: refused.then_some(Outcome::Refused),
        limit: limit.clamp(1, 10_000),
        ..LogFilter::default()
    };
    let found = connectors::log(&app, &actor, id, &filter).await;
    app.db.close().await;
    let found = found?;
    if json {
        let rows: Vec<_> = found
            .items
            .iter()
            .map(|entry| {
                json!({ "at": entry.at, "method": entry.method, "path": entry.path, "status": entry.status,
                    "outcome": entry.outcome, "summary": entry.summary, "reason": entry.reason, "notes": entry.notes })
            })
            .collect();
        return super::print_json(&json!({ "entries": rows }));
    }
    for entry in found.items {
        println!(
            "{}  {} {} {}  {}",
            entry.at.timestamp(),
            entry.status,
            entry.method,
            entry.path,
            entry.summary
        );
        for note in entry.notes {
            println!("    {note}");
        }
    }
    Ok(())
}

async fn test(id: &str, within: InWorkplace) -> Ended {
    let id = id_of(id)?;
    let json = within.json;
    let (app, actor) = within.enter().await?;
    let found = connectors::test(&app, &actor, id).await;
    app.db.close().await;
    let found = found?;
    if json {
        return super::print_json(&json!({ "findings": found }));
    }
    for one in found {
        let mark = match one.tone {
            Tone::Good => "ok     ",
            Tone::Waiting => "to do  ",
            Tone::Warning => "look at",
            Tone::Wrong => "wrong  ",
        };
        println!("{mark}  {}: {}", one.title, one.text);
    }
    Ok(())
}
