use clap::{Args, Subcommand};
use guildhall_core::ids::{AccountId, GroupId};
use guildhall_core::sso_required::{self, Given, Preview, Reach, Shown, rules};
use guildhall_core::{Actor, App, Error};
use serde_json::json;

use super::account;
use super::workplace::InWorkplace;
use crate::failure::Outcome;

#[derive(Subcommand, Debug)]
pub enum Require {
    /// Show of whom single sign-on is required, and which system admins keep a way in past it
    Show(InWorkplace),
    /// Require it of nobody any more: passwords work again
    Off(InWorkplace),
    /// Require it of people with addresses of these verified domains
    Domains {
        /// Such as example.com
        #[arg(required = true)]
        names: Vec<String>,
        #[command(flatten)]
        asked: Asked,
    },
    /// Require it of the members of these groups
    Groups {
        /// The ids of the groups
        #[arg(required = true)]
        ids: Vec<GroupId>,
        #[command(flatten)]
        asked: Asked,
    },
    /// Require it of everybody who has an e-mail address
    Everyone {
        #[command(flatten)]
        asked: Asked,
    },
}

#[derive(Args, Debug)]
pub struct Asked {
    /// A system admin who keeps a way in, by address or id; two at least. Left out: those who do now
    #[arg(long = "break-glass", value_name = "PERSON")]
    break_glass: Vec<String>,
    /// Say yes to so many people who could not log in any more
    #[arg(long, value_name = "PEOPLE", default_value_t = 0)]
    locked_out: i64,
    /// Only say what it would mean
    #[arg(long)]
    preview: bool,
    #[command(flatten)]
    within: InWorkplace,
}

pub async fn run(command: Require) -> Outcome {
    let (reach, domains, groups, asked) = match command {
        Require::Show(within) => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let shown = sso_required::show(&app, &actor).await;
            app.db.close().await;
            return say(&shown?, json);
        }
        Require::Off(within) => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let off = off(&app, &actor).await;
            app.db.close().await;
            return say(&off?, json);
        }
        Require::Domains { names, asked } => (Reach::Domains, names, Vec::new(), asked),
        Require::Groups { ids, asked } => (Reach::Groups, Vec::new(), ids, asked),
        Require::Everyone { asked } => (Reach::Everyone, Vec::new(), Vec::new(), asked),
    };
    let json = asked.within.json;
    let (app, actor) = asked.within.enter().await?;
    let given = Given {
        reach,
        domains,
        groups,
        break_glass: Vec::new(),
    };
    let done = require(
        &app,
        &actor,
        given,
        &asked.break_glass,
        (asked.preview, asked.locked_out),
    )
    .await;
    app.db.close().await;
    match done? {
        Done::Preview(preview) => say_preview(&preview, json),
        Done::Set(shown) => say(&shown, json),
    }
}

enum Done {
    Preview(Preview),
    Set(Box<Shown>),
}

/// Those who keep a way in stay chosen.
async fn off(app: &App, actor: &Actor) -> Result<Shown, Error> {
    let given = Given {
        reach: Reach::Off,
        domains: Vec::new(),
        groups: Vec::new(),
        break_glass: still_admins(app, actor).await?,
    };
    sso_required::set(app, actor, &given, 0).await
}

async fn still_admins(app: &App, actor: &Actor) -> Result<Vec<AccountId>, Error> {
    let shown = sso_required::show(app, actor).await?;
    let chosen = shown.admins.iter().filter(|(_, way)| way.chosen);
    Ok(chosen.map(|(_, way)| way.id).collect())
}

async fn require(
    app: &App,
    actor: &Actor,
    given: Given,
    named: &[String],
    (preview, locked_out): (bool, i64),
) -> Outcome<Done> {
    let mut break_glass = Vec::new();
    for who in named {
        break_glass.push(account::find(app, actor, who).await?.id);
    }
    if named.is_empty() {
        break_glass = still_admins(app, actor).await?;
    }
    let given = Given { break_glass, ..given };
    if preview {
        return Ok(Done::Preview(
            sso_required::preview(app, actor, Some(&given)).await?,
        ));
    }
    let shown = sso_required::set(app, actor, &given, locked_out).await?;
    Ok(Done::Set(Box::new(shown)))
}

fn say_preview(preview: &Preview, in_json: bool) -> Outcome {
    let kept = rules::kept(&preview.admins);
    if in_json {
        return super::print_json(&json!({
            "locked_out": preview.locked_out(),
            "counts": preview.counts,
            "kept": kept,
        }));
    }
    for (verdict, people) in &preview.counts {
        let mark = if verdict.locks_out() { "locked out" } else { "" };
        println!("{people:>8}  {:20} {mark}", verdict.as_str());
    }
    println!("{} could not log in any more.", preview.locked_out());
    println!("{kept} system admins could log in without an identity provider; 2 are needed.");
    Ok(())
}

fn say(shown: &Shown, in_json: bool) -> Outcome {
    let requirement = &shown.requirement;
    if in_json {
        return super::print_json(&json!({
            "reach": requirement.reach,
            "domains": requirement.domains,
            "groups": requirement.groups,
            "break_glass": requirement.break_glass,
            "kept": shown.kept,
        }));
    }
    match requirement.reach {
        Reach::Off => println!("Single sign-on is required of nobody."),
        Reach::Everyone => println!("Single sign-on is required of everybody who has an e-mail address."),
        Reach::Domains => println!(
            "Single sign-on is required of the people of {}.",
            requirement.domains.join(", ")
        ),
        Reach::Groups => {
            let names: Vec<&str> = shown.groups.iter().map(|(_, name)| name.as_str()).collect();
            println!(
                "Single sign-on is required of the members of {}.",
                names.join(", ")
            );
        }
    }
    for (admin, way) in &shown.admins {
        let how = match (way.chosen, way.strong) {
            (true, true) => "keeps a way in",
            (true, false) => "chosen, and has neither a passkey nor a second factor",
            (false, true) => "could keep a way in",
            (false, false) => "",
        };
        println!("  {}  {}  {how}", way.id, admin.name());
    }
    Ok(())
}
