use clap::Subcommand;
use guildhall_core::{Moment, Permission, tokens};
use serde_json::json;

use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome};

#[derive(Subcommand, Debug)]
pub enum Tokens {
    /// Make an API token and print it, once
    Create(Create),
    /// List the tokens of a workplace, without their secrets
    List(InWorkplace),
    /// End a token: it opens nothing any more
    End {
        /// The id of the token
        id: String,
        #[command(flatten)]
        within: InWorkplace,
    },
}

#[derive(clap::Args, Debug)]
pub struct Create {
    /// What it may do, such as people.read; may be given several times
    #[arg(long = "scope", required = true, value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Which program uses it
    #[arg(long, default_value = "Made on the command line")]
    name: String,
    /// After how many days it ends [default: never]
    #[arg(long, value_name = "DAYS")]
    expires_in_days: Option<u32>,
    #[command(flatten)]
    within: InWorkplace,
}

fn scope(text: &str) -> Outcome<Permission> {
    Permission::parse(text).ok_or_else(|| {
        let all: Vec<&str> = Permission::ALL.iter().map(|scope| scope.as_str()).collect();
        Failure::wrong(format!("\"{text}\" is no scope. There are: {}.", all.join(", ")))
    })
}

pub async fn run(command: Tokens) -> Outcome {
    match command {
        Tokens::Create(create) => {
            let scopes: Outcome<Vec<Permission>> = create.scopes.iter().map(|text| scope(text)).collect();
            let (scopes, json) = (scopes?, create.within.json);
            let (app, actor) = create.within.enter().await?;
            let ends: Option<Moment> = create
                .expires_in_days
                .map(|days| app.now().plus_days(i64::from(days)));
            let made = tokens::create(&app, &actor, &create.name, &scopes, ends).await;
            app.db.close().await;
            let (_, secret) = made?;
            if json {
                return super::print_json(&json!({ "token": secret }));
            }
            println!("{secret}");
            Ok(())
        }
        Tokens::List(within) => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let found = tokens::list(&app.db, actor.workplace).await;
            app.db.close().await;
            let found = found?;
            if json {
                let rows: Vec<_> = found
                    .iter()
                    .map(|token| json!({ "id": token.id, "name": token.name, "scopes": token.scopes, "hint": token.hint,
                        "expires_at": token.expires_at, "last_used_at": token.last_used_at }))
                    .collect();
                return super::print_json(&json!({ "tokens": rows }));
            }
            for token in found {
                let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
                println!(
                    "{}  …{}  {}  ({})",
                    token.id,
                    token.hint,
                    token.name,
                    scopes.join(" ")
                );
            }
            Ok(())
        }
        Tokens::End { id, within } => {
            let id = id
                .parse()
                .map_err(|_| Failure::wrong("That is no id of a token. See: guildhall token list"))?;
            let (app, actor) = within.enter().await?;
            let ended = tokens::end(&app, &actor, id).await;
            app.db.close().await;
            Ok(ended?)
        }
    }
}
