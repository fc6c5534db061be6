use clap::Subcommand;
use guildhall_core::groups::{self, Group, RuleMode};
use guildhall_core::ids::GroupId;
use guildhall_core::{Actor, App, Error, accounts};
use serde_json::json;

use super::conditions::Asked;
use super::workplace::InWorkplace;
use crate::failure::{Failure, Outcome};

#[derive(Subcommand, Debug)]
pub enum Groups {
    /// List the groups of a workplace, with the rule of each
    List(InWorkplace),
    /// Say whom a rule would put into a group and take out; nothing is changed
    Preview(Ruled),
    /// Set the rule of a group: who belongs into it by their profile. The server looks at everybody within moments
    Rule(Ruled),
    /// End the rule of a group: who is in by it stays in
    EndRule {
        /// Its name or id
        group: String,
        #[command(flatten)]
        within: InWorkplace,
    },
}

#[derive(clap::Args, Debug)]
pub struct Ruled {
    /// Its name or id
    group: String,
    #[command(flatten)]
    asked: Asked,
    /// Take nobody out
    #[arg(long)]
    only_add: bool,
    #[command(flatten)]
    within: InWorkplace,
}

impl Ruled {
    fn mode(&self) -> RuleMode {
        if self.only_add {
            RuleMode::Add
        } else {
            RuleMode::AddRemove
        }
    }
}

pub async fn run(command: Groups) -> Outcome {
    match command {
        Groups::List(within) => {
            let json = within.json;
            let (app, actor) = within.enter().await?;
            let all = list(&app, &actor).await;
            app.db.close().await;
            let all = all?;
            if json {
                let rows: Vec<_> = all
                    .iter()
                    .map(|(group, rule)| {
                        json!({ "id": group.id, "name": group.name, "privacy": group.privacy,
                        "members": group.members, "rule": rule })
                    })
                    .collect();
                return super::print_json(&json!({ "groups": rows }));
            }
            for (group, rule) in all {
                println!(
                    "{}  {:6}  {} ({})",
                    group.id,
                    group.privacy.as_str(),
                    group.name,
                    group.members
                );
                if let Some(rule) = rule {
                    println!("  {rule}");
                }
            }
            Ok(())
        }
        Groups::Preview(ruled) => {
            let (json, mode) = (ruled.within.json, ruled.mode());
            let (app, actor) = ruled.within.enter().await?;
            let seen = preview(&app, &actor, (&ruled.group, &ruled.asked), mode).await;
            app.db.close().await;
            let seen = seen?;
            if json {
                return super::print_json(
                    &json!({ "sentence": seen.sentence, "meet": seen.meet, "add": seen.add,
                    "remove": seen.remove, "kept_out": seen.kept_out }),
                );
            }
            println!("{}: {} people", seen.sentence, seen.meet);
            println!(
                "{} would come in, {} would go out, {} are kept out by hand.",
                seen.add, seen.remove, seen.kept_out
            );
            Ok(())
        }
        Groups::Rule(ruled) => {
            let mode = ruled.mode();
            let (app, actor) = ruled.within.enter().await?;
            let set = set(&app, &actor, (&ruled.group, &ruled.asked), mode).await;
            app.db.close().await;
            set
        }
        Groups::EndRule { group, within } => {
            let (app, actor) = within.enter().await?;
            let ended = end(&app, &actor, &group).await;
            app.db.close().await;
            ended
        }
    }
}

async fn list(app: &App, actor: &Actor) -> Outcome<Vec<(Group, Option<String>)>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = groups::list(&app.db, actor, None, after, 200).await?;
        for (group, _) in page.items {
            let rule = groups::rule(app, actor, group.id).await?;
            all.push((group, rule.map(|told| told.sentence)));
        }
        let Some(next) = page.next else { return Ok(all) };
        let (key, id) = accounts::people::parse_cursor(&next)?;
        after = Some((key, GroupId(id.0)));
    }
}

/// The group of that id, or the only one of that name.
async fn named(app: &App, actor: &Actor, name: &str) -> Outcome<GroupId> {
    if let Ok(id) = name.parse() {
        return Ok(groups::read(&app.db, actor, id).await?.0.id);
    }
    let page = groups::list(&app.db, actor, Some(name), None, 200).await?;
    let fits = |group: &Group| group.name.trim() == name.trim();
    let found: Vec<GroupId> = page
        .items
        .iter()
        .filter(|(group, _)| fits(group))
        .map(|(group, _)| group.id)
        .collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Error::not_found("group").into()),
        _ => Err(Failure::wrong(
            "Several groups have that name: give the id. See: guildhall group list",
        )),
    }
}

async fn preview(
    app: &App,
    actor: &Actor,
    (group, asked): (&str, &Asked),
    mode: RuleMode,
) -> Outcome<groups::Preview> {
    let group = named(app, actor, group).await?;
    let conditions = asked.conditions(app, actor).await?;
    Ok(groups::preview(app, actor, group, mode, conditions).await?)
}

async fn set(app: &App, actor: &Actor, (group, asked): (&str, &Asked), mode: RuleMode) -> Outcome {
    let group = named(app, actor, group).await?;
    let conditions = asked.conditions(app, actor).await?;
    Ok(groups::set_rule(app, actor, group, mode, conditions).await?)
}

async fn end(app: &App, actor: &Actor, group: &str) -> Outcome {
    let group = named(app, actor, group).await?;
    Ok(groups::drop_rule(app, actor, group).await?)
}
