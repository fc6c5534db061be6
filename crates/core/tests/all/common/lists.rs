//! What stories of people files share.

use std::fs::File;
use std::io::Write as _;

use guildhall_core::accounts;
use guildhall_core::imports::{self, Mode, RowFilter, Run, RunState};

use crate::common::World;
pub use crate::common::runs::{again, applied};

pub fn file(text: &str) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

pub async fn planned(world: &World, mode: Mode, text: &str) -> Run {
    let run = imports::create(&world.app, &world.admin(), "people.csv", mode, file(text))
        .await
        .unwrap();
    assert_eq!(run.state, RunState::Planning, "{:?}", run.mapping);
    imports::work(&world.app).await.unwrap();
    again(world, &run).await
}

/// Each row as `line status action: outcome (first words of the first problem)`.
pub async fn rows(world: &World, run: &Run) -> Vec<String> {
    let filter = RowFilter {
        limit: 200,
        ..RowFilter::default()
    };
    let page = imports::rows(&world.app.db, &world.admin(), run.id, &filter)
        .await
        .unwrap();
    let told = |row: &imports::RowFacts| {
        let problem = row
            .problems
            .first()
            .map(|problem| problem.message.clone())
            .unwrap_or_default();
        let problem: Vec<&str> = problem.split_whitespace().take(3).collect();
        format!(
            "{} {} {} {}",
            row.line,
            row.status.as_str(),
            row.action.as_str(),
            problem.join(" ")
        )
        .trim()
        .to_owned()
    };
    page.items.iter().map(told).collect()
}

pub async fn find(world: &World, email: &str) -> Option<accounts::Account> {
    accounts::by_email(&world.app.db, world.workplace.id, email)
        .await
        .unwrap()
}
