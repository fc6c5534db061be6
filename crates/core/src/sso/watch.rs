//! What is looked at without being asked: metadata that lie at an address are kept fresh, and admins are told before
//! certificates end.

use guildhall_store::Tx;

use super::{Connection, Provider, admin, connect, oidc, rules, sql};
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::{Actor, App, Moment, Permission, Result, roles, workplaces};

/// Between two looks at a provider.
const HOURS: i64 = 6;
/// How long a look may take before another server takes its place.
const LEASE_SECONDS: i64 = 300;

pub(super) fn next(now: Moment) -> Moment {
    now.plus_seconds(HOURS * 60 * 60)
}

/// Looks at every provider whose time has come, of every workplace.
pub async fn work(app: &App) -> Result<()> {
    loop {
        let now = app.now();
        let mut tx = app.begin().await?;
        let due = sql::take_due(&mut tx, now, now.plus_seconds(LEASE_SECONDS)).await?;
        tx.commit().await?;
        let Some(provider) = due else {
            return Ok(());
        };
        look(app, provider).await?;
    }
}

/// What a provider says of itself now.
enum Fresh {
    Metadata(Connection),
    Issuer(oidc::Found),
}

async fn fresh(app: &App, seen: &Provider) -> Option<Result<Fresh>> {
    if let Some(there) = &seen.oidc {
        return Some(oidc::find_again(app, &there.issuer).await.map(Fresh::Issuer));
    }
    let (url, connection) = (seen.metadata_url.as_ref()?, seen.connection.as_ref()?);
    let xml = connect::fetch(app, url).await;
    let read = xml
        .and_then(|xml| connect::of_metadata("metadata_url", &xml, Some(&connection.entity_id), app.now()));
    Some(read.map(Fresh::Metadata))
}

async fn look(app: &App, seen: Provider) -> Result<()> {
    let fresh = fresh(app, &seen).await;
    let now = app.now();
    let mut tx = app.begin().await?;
    tx.lock(seen.workplace.0).await?;
    let Some(before) = sql::get(&mut tx, seen.workplace, seen.id).await? else {
        return Ok(());
    };
    let mut after = before.clone();
    after.next_at = next(now);
    // An admin may have given another address meanwhile.
    match fresh.filter(|_| before.metadata_url == seen.metadata_url) {
        Some(Ok(Fresh::Issuer(found))) => {
            if let Some(there) = &before.oidc {
                admin::connected_there(&mut after, found.again(there), now);
                sql::put_keys(&mut tx, (seen.workplace, seen.id), &found.keys, now).await?;
            }
        }
        Some(Ok(Fresh::Metadata(connection))) => {
            (after.metadata_at, after.metadata_problem) = (Some(now), None);
            let was_tested = (after.tested_at, after.test.clone());
            admin::connected(&mut after, connection);
            // The address is the one that was tested, and speaks for the same provider.
            (after.tested_at, after.test) = was_tested;
        }
        Some(Err(why)) => after.metadata_problem = Some(why.to_string()),
        None => {}
    }
    if (&after.connection, &after.oidc) != (&before.connection, &before.oidc) {
        let actor = Actor::system(after.workplace, "Metadata of the identity provider");
        admin::log(
            app,
            &mut tx,
            &actor,
            &after,
            ("update", admin::changes(&before, &after)),
        )
        .await?;
    }
    let warning = after
        .ends_at()
        .and_then(|ends| rules::warning(ends, now, after.warned_days));
    if let Some(days) = warning.filter(|_| after.on) {
        after.warned_days = Some(days);
        let ends = after.ends_at();
        tell(app, &mut tx, &after, (LetterKind::SsoEnding, days, ends)).await?;
    }
    let weak_until = after.settings.weak_until.filter(|until| *until > now);
    let warning = weak_until.and_then(|until| rules::warning(until, now, after.weak_warned_days));
    if let Some(days) = warning.filter(|_| after.on) {
        after.weak_warned_days = Some(days);
        tell(app, &mut tx, &after, (LetterKind::WeakEnding, days, weak_until)).await?;
    }
    sql::put(&mut tx, &after).await?;
    tx.commit().await?;
    Ok(())
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    provider: &Provider,
    (topic, days, ends): (LetterKind, i64, Option<Moment>),
) -> Result<()> {
    let workplace = workplaces::read(&mut *tx, provider.workplace).await?;
    for admin in roles::holders(tx, provider.workplace, Permission::WorkplaceManage).await? {
        let note = Note {
            content: Content::Brief {
                topic,
                about: provider.name.clone(),
                by: None,
                message: None,
                count: days,
                expires_at: ends.map(Moment::timestamp),
            },
            invitation: None,
            secret: None,
        };
        outbox::post(app, tx, &workplace, &admin, note).await?;
    }
    Ok(())
}

/// Forgets what is over, of all workplaces.
pub async fn tidy(app: &App) -> Result<u64> {
    let now = app.now();
    let mut tx = app.begin().await?;
    let gone = sql::sweep_rounds(&mut tx, now).await?
        + sql::sweep_assertions(&mut tx, now).await?
        + sql::sweep_sessions(&mut tx, now).await?;
    tx.commit().await?;
    Ok(gone)
}
