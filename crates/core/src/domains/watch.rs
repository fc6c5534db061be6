use futures::future::join_all;

use super::{sql, verbs};
use crate::{Actor, ActorKind, App, Result};

/// Looks under way at once.
const AT_ONCE: usize = 8;
/// How long a look may take before another server takes its place.
const LEASE_SECONDS: i64 = 120;

/// Looks at every domain whose time has come, of every workplace.
pub async fn work(app: &App) -> Result<()> {
    while sql::any_due(&app.db, app.now()).await? {
        let now = app.now();
        let mut due = Vec::new();
        let mut tx = app.begin().await?;
        while due.len() < AT_ONCE {
            match sql::take_due(&mut tx, now, now.plus_seconds(LEASE_SECONDS)).await? {
                Some(domain) => due.push(domain),
                None => break,
            }
        }
        tx.commit().await?;
        if due.is_empty() {
            break;
        }
        let looks = join_all(
            due.iter()
                .map(|domain| app.scout.look(&domain.name, &domain.token, now)),
        )
        .await;
        for (domain, looks) in due.iter().zip(looks) {
            let actor = Actor {
                kind: ActorKind::System,
                name: "Domain check".into(),
                ..Actor::command_line(domain.workplace)
            };
            match verbs::note_looks(app, &actor, domain, &looks).await {
                Ok(_) => {}
                Err(why @ (crate::Error::Internal(_) | crate::Error::Store(_))) => return Err(why),
                // Another workplace was quicker, or it was removed meanwhile.
                Err(why) => tracing::info!(domain = domain.name, %why, "a domain was not settled"),
            }
        }
    }
    Ok(())
}
