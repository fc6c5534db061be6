use super::sql;
use super::types::Run;
use crate::accounts::{self, ProfileField};
use crate::audit::{self, AuditEvent};
use crate::ids::{AccountId, FileId};
use crate::{App, Moment, Result, files, page};

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
            let mut tx = app.begin_long().await?;
            sql::drop_rows_to(&mut tx, &run, line).await?;
            tx.commit().await?;
        }
        drop_photos(app, &run).await?;
        let mut tx = app.begin_long().await?;
        files::delete(&mut tx, run.workplace, run.file).await?;
        sql::note_tidied(&mut tx, &run, app.now()).await?;
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}

/// The photos that a run replaced, or that undoing it took away again: nobody can bring them back any more.
async fn drop_photos(app: &App, run: &Run) -> Result<()> {
    if run.directory.is_none() {
        return Ok(());
    }
    let mut filter = audit::Filter {
        run: Some(run.id),
        limit: page::MAX_PAGE,
        ..audit::Filter::default()
    };
    loop {
        let events = audit::list(&app.db, run.workplace, &filter).await?;
        let mut tx = app.begin_long().await?;
        for event in &events.items {
            let photos = photos(event);
            if photos.is_empty() {
                continue;
            }
            let account = match event.subject.id {
                Some(id) => accounts::get(&mut tx, run.workplace, AccountId(id)).await?,
                None => None,
            };
            let used = account.and_then(|account| account.profile.photo());
            for photo in photos.into_iter().filter(|photo| Some(*photo) != used) {
                files::delete(&mut tx, run.workplace, photo).await?;
            }
        }
        tx.commit().await?;
        match events.next.and_then(|next| next.parse().ok()) {
            Some(next) => filter.after = Some(next),
            None => return Ok(()),
        }
    }
}

/// The files of the photos that the event is about.
fn photos(event: &AuditEvent) -> Vec<FileId> {
    let photo = |change: &&audit::FieldChange| change.field == ProfileField::Photo.as_str();
    let changes = event.changes.iter().filter(photo);
    let files = changes.flat_map(|change| [&change.before, &change.after]);
    files.flatten().filter_map(|id| id.parse().ok()).collect()
}
