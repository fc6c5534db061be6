//! Whom a rule is for, as it is typed.

use guildhall_core::conditions::{Combine, ConditionField, Conditions, rules};
use guildhall_core::{Actor, App, accounts};

use crate::failure::Outcome;

/// Whom it is for.
#[derive(clap::Args, Debug)]
pub struct Asked {
    /// What must hold, such as "department is Sales; Legal" or "start_date reached 0"; may be given several times
    #[arg(long = "if", required = true, value_name = "CONDITION")]
    conditions: Vec<String>,
    /// One of the conditions is enough
    #[arg(long)]
    any: bool,
}

impl Asked {
    /// A manager may be named by e-mail address.
    pub async fn conditions(&self, app: &App, actor: &Actor) -> Outcome<Conditions> {
        let mut tests = Vec::new();
        for text in &self.conditions {
            let mut test = rules::parse(text)?;
            if test.field == ConditionField::Manager {
                for value in &mut test.values {
                    if let Some(account) = accounts::by_email(&app.db, actor.workplace, value).await? {
                        *value = account.id.to_string();
                    }
                }
            }
            tests.push(test);
        }
        Ok(Conditions {
            combine: if self.any { Combine::Any } else { Combine::All },
            tests,
        })
    }
}
