use clap::Subcommand;
use guildhall_core::invite_rules::{self, Input, InviteRuleKind, Told};
use guildhall_core::{Actor, App, Moment};
use serde_json::json;

use super::conditions::Asked;
use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome};

#[derive(Subcommand, Debug)]
pub enum InviteRules {
    /// Say whom a rule would invite now; nobody is invited
    Preview {
        #[command(flatten)]
        asked: Asked,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// Make a rule that invites whoever meets it, now and later; with --at, a wave that invites once
    Add {
        /// What it is called
        name: String,
        #[command(flatten)]
        asked: Asked,
        /// When a wave begins, such as 2026-09-01T09:00:00+02:00
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// More people (of a standing rule: within 24 hours) need a person's word
        #[arg(long, value_name = "PEOPLE", default_value_t = 100)]
        most: i64,
        /// A few words in the invitation
        #[arg(long)]
        message: Option<String>,
        #[command(flatten)]
        within: InWorkplace,
    },
    /// List the rules of a workplace
    List(InWorkplace),
    /// Stop a rule
    Pause(One),
    /// Let a rule go on that was stopped, or that its brake holds
    Resume(One),
    /// Remove a rule; whom it has invited stays invited
    Remove(One),
}

#[derive(clap::Args, Debug)]
pub struct One {
    /// The id of the rule
    id: String,
    #[command(flatten)]
    within: InWorkplace,
}

pub async fn run(command: InviteRules) -> Outcome {
    match command {
        InviteRules::Preview { asked, within } => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let seen = preview(&app, &actor, &asked).await;
            app.db.close().await;
            let seen = seen?;
            if json {
                let first: Vec<&str> = seen
                    .first
                    .iter()
                    .map(|named| named.display_name.as_str())
                    .collect();
                return super::print_json(
                    &json!({ "people": seen.people, "without_email": seen.without_email,
                    "sentence": seen.sentence, "first": first }),
                );
            }
            println!("{}: {} people", seen.sentence, seen.people);
            for person in seen.first {
                println!("  {}", person.display_name);
            }
            if seen.without_email > 0 {
                println!("{} more have no e-mail address to write to.", seen.without_email);
            }
            Ok(())
        }
        InviteRules::Add {
            name,
            asked,
            at,
            most,
            message,
            within,
        } => {
            let starts_at = at.as_deref().map(moment).transpose()?;
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let made = add(&app, &actor, (name, message, starts_at, most), &asked).await;
            app.db.close().await;
            let made = made?;
            if json {
                return super::print_json(&in_json(&made));
            }
            told(&made);
            Ok(())
        }
        InviteRules::List(within) => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let all = invite_rules::list(&app, &actor).await;
            app.db.close().await;
            let all = all?;
            if json {
                let rows: Vec<_> = all.iter().map(in_json).collect();
                return super::print_json(&json!({ "rules": rows }));
            }
            all.iter().for_each(told);
            Ok(())
        }
        InviteRules::Pause(one) => one.act(Act::Pause).await,
        InviteRules::Resume(one) => one.act(Act::Resume).await,
        InviteRules::Remove(one) => one.act(Act::Remove).await,
    }
}

#[derive(Clone, Copy)]
enum Act {
    Pause,
    Resume,
    Remove,
}

impl One {
    async fn act(self, act: Act) -> Outcome {
        let id = self
            .id
            .parse()
            .map_err(|_| Failure::wrong("That is no id of a rule. See: guildhall invite-rule list"))?;
        let (app, actor) = self.within.enter().await?;
        let done = match act {
            Act::Pause => invite_rules::pause(&app, &actor, id).await,
            Act::Resume => invite_rules::resume(&app, &actor, id).await,
            Act::Remove => invite_rules::delete(&app, &actor, id).await,
        };
        app.db.close().await;
        Ok(done?)
    }
}

async fn preview(app: &App, actor: &Actor, asked: &Asked) -> Outcome<invite_rules::Preview> {
    let conditions = asked.conditions(app, actor).await?;
    Ok(invite_rules::preview(app, actor, conditions).await?)
}

async fn add(
    app: &App,
    actor: &Actor,
    (name, message, starts_at, most): (String, Option<String>, Option<Moment>, i64),
    asked: &Asked,
) -> Outcome<Told> {
    let input = Input {
        name,
        kind: if starts_at.is_some() {
            InviteRuleKind::Wave
        } else {
            InviteRuleKind::Standing
        },
        conditions: asked.conditions(app, actor).await?,
        message,
        starts_at,
        most,
    };
    let id = invite_rules::create(app, actor, input).await?;
    Ok(invite_rules::get(app, actor, id).await?)
}

fn moment(text: &str) -> Outcome<Moment> {
    let at: jiff::Timestamp = text
        .parse()
        .map_err(|_| Failure::wrong("Write the time with its offset, such as 2026-09-01T09:00:00+02:00."))?;
    Ok(Moment::from_ms(at.as_millisecond()))
}

fn told(told: &Told) {
    let rule = &told.rule;
    println!(
        "{}  {:9}  {}: {}",
        rule.id,
        rule.state.as_str(),
        rule.name,
        told.sentence
    );
    println!(
        "  {} invited, {} wait, {} at most",
        rule.invited, told.waiting, rule.most
    );
}

fn in_json(told: &Told) -> serde_json::Value {
    let rule = &told.rule;
    json!({
        "id": rule.id,
        "name": rule.name,
        "kind": rule.kind,
        "state": rule.state,
        "conditions": rule.conditions,
        "sentence": told.sentence,
        "starts_at": rule.starts_at,
        "most": rule.most,
        "invited": rule.invited,
        "waiting": told.waiting,
        "next_at": told.next_at,
    })
}
