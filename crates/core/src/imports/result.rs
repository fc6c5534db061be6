use guildhall_wire::sheet::{CsvOptions, CsvWriter};

use super::{RowFilter, RowProblem, get, sql};
use crate::ids::RunId;
use crate::{Actor, App, Error, Page, Result, page};

const COLUMNS: [&str; 6] = ["Line", "Name", "Status", "Action", "Outcome", "Problems"];

fn written(error: std::io::Error) -> Error {
    Error::Internal(error.to_string())
}

/// A part of the file that says what became of each row, as CSV: what comes after line `after`, with the heading at the
/// beginning; and the line to go on after, if there is more.
pub async fn result(app: &App, actor: &Actor, id: RunId, after: i64) -> Result<(Vec<u8>, Option<i64>)> {
    let run = get(&app.db, actor, id).await?;
    let filter = RowFilter {
        after,
        limit: page::MAX_PAGE * 5,
        ..RowFilter::default()
    };
    let Page { items, next } = sql::rows(&app.db, &run, &filter).await?;
    let mut text = Vec::new();
    let options = CsvOptions {
        bom: after == 0,
        ..CsvOptions::default()
    };
    let mut csv = CsvWriter::new(&mut text, options).map_err(written)?;
    if after == 0 {
        csv.row(COLUMNS).map_err(written)?;
    }
    for row in &items {
        let problems: Vec<String> = row.problems.iter().map(sentence).collect();
        let cells = [
            row.line.to_string(),
            row.name.clone(),
            row.status.as_str().to_owned(),
            row.action.as_str().to_owned(),
            row.outcome.clone().unwrap_or_default(),
            problems.join(" "),
        ];
        csv.row(cells).map_err(written)?;
    }
    csv.finish().map_err(written)?;
    let last = items.last().map(|row| row.line).filter(|_| next.is_some());
    Ok((text, last))
}

fn sentence(problem: &RowProblem) -> String {
    match &problem.column {
        Some(column) => format!("{column}: {}", problem.message),
        None => problem.message.clone(),
    }
}
