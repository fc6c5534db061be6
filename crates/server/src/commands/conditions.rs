//! Whom a rule is for, as it is typed.

use guildhall_core::conditions::{Combine, Condition, ConditionField, Conditions, rules};
use guildhall_core::{Actor, App, Error, accounts};

use crate::failure::{Failure, Outcome};

/// What parts the conditions of a group.
const BETWEEN: &str = " | ";

/// Whom it is for.
#[derive(clap::Args, Debug)]
#[command(group = clap::ArgGroup::new("whom").required(true).multiple(true))]
pub struct Asked {
    /// What must hold, such as "department is Sales; Legal" or "start_date reached 0"; may be given several times
    #[arg(long = "if", group = "whom", value_name = "CONDITION")]
    conditions: Vec<String>,
    /// A group of conditions of which one must hold, such as "location is Leeds | title begins_with Head"; may be given several
    /// times
    #[arg(long, group = "whom", value_name = "CONDITIONS")]
    if_any: Vec<String>,
    /// A group of conditions that must all hold, for use with --any; may be given several times
    #[arg(long, group = "whom", value_name = "CONDITIONS")]
    if_all: Vec<String>,
    /// The conditions as the API has them, as JSON, for groups within groups; - for standard input
    #[arg(long, group = "whom", value_name = "FILE", conflicts_with_all = ["conditions", "if_any", "if_all", "any"])]
    if_file: Option<std::path::PathBuf>,
    /// One of the conditions (and groups) is enough
    #[arg(long)]
    any: bool,
}

impl Asked {
    /// A manager may be named by e-mail address.
    pub async fn conditions(&self, app: &App, actor: &Actor) -> Outcome<Conditions> {
        let mut conditions = match &self.if_file {
            Some(file) => from_file(file)?,
            None => self.typed()?,
        };
        for test in every_mut(&mut conditions) {
            if test.field == ConditionField::Manager {
                for value in &mut test.values {
                    if let Some(account) = accounts::by_email(&app.db, actor.workplace, value).await? {
                        *value = account.id.to_string();
                    }
                }
            }
        }
        Ok(conditions)
    }

    fn typed(&self) -> Outcome<Conditions> {
        let group = |combine, text: &String| level(combine, text.split(BETWEEN), Vec::new());
        let any = self.if_any.iter().map(|text| group(Combine::Any, text));
        let all = self.if_all.iter().map(|text| group(Combine::All, text));
        let groups = any.chain(all).collect::<Result<_, _>>()?;
        let combine = if self.any { Combine::Any } else { Combine::All };
        let tests = self.conditions.iter().map(String::as_str);
        Ok(level(combine, tests, groups)?)
    }
}

fn level<'a>(
    combine: Combine,
    texts: impl Iterator<Item = &'a str>,
    groups: Vec<Conditions>,
) -> Result<Conditions, Error> {
    let tests = texts.map(rules::parse);
    Ok(Conditions {
        combine,
        tests: tests.collect::<Result<_, _>>()?,
        groups,
    })
}

fn every_mut(conditions: &mut Conditions) -> Vec<&mut Condition> {
    let mut every: Vec<&mut Condition> = conditions.tests.iter_mut().collect();
    every.extend(conditions.groups.iter_mut().flat_map(every_mut));
    every
}

fn from_file(file: &std::path::Path) -> Outcome<Conditions> {
    let name = file.display();
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.map_err(|why| Failure::wrong(format!("{name} can't be read: {why}")))?;
    serde_json::from_str(&text).map_err(|why| {
        Failure::wrong(format!(
            "{name} has no conditions: {why}. Write them as {{\"match\": \"all\", \"tests\": [{{\"field\": \"department\", \"op\": \"is\", \"values\": [\"Sales\"]}}]}}."
        ))
    })
}
