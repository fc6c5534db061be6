use super::sql;
use crate::{App, Moment, Result, files};

/// Lines that are forgotten in one transaction, so that nobody waits for it.
const LINES: i64 = 5000;

/// Forgets the files and rows of lists that came in before then and are done with, of every workplace. That they came in,
/// what they did in numbers, and what became of each person (in the audit log) stays. Gives how many lists there were.
pub async fn tidy(app: &App, before: Moment) -> Result<u64> {
    let mut done = 0;
    while let Some(run) = sql::old(&app.db, before).await? {
        let last = sql::last_line(&app.db, &run).await?.unwrap_or(0);
        let mut line = 0;
        while line < last {
            line += LINES;
            let mut tx = app.begin().await?;
            sql::drop_rows_to(&mut tx, &run, line).await?;
            tx.commit().await?;
        }
        let mut tx = app.begin().await?;
        files::delete(&mut tx, run.workplace, run.file).await?;
        sql::note_tidied(&mut tx, &run, app.now()).await?;
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}
