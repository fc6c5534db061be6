//! What is looked at without being asked: metadata that lie at an address are kept fresh, and admins are told before
//! certificates end.

use guildhall_store::Tx;

use super::{Connection, Provider, admin, connect, oidc, rules, sql};
use crate::mail::{Content, LetterKind};
use crate::outbox::{self, Note};
use crate::{Actor, App, Error, Moment, Permission, Result, roles, workplaces};

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

/// Why that is not known.
struct Silence {
    why: Error,
    /// Something came, and it can't be used: that does not pass by itself.
    unusable: bool,
}

async fn fresh(app: &App, seen: &Provider) -> Option<std::result::Result<Fresh, Silence>> {
    let silent = |unusable| move |why| Silence { why, unusable };
    if let Some(there) = &seen.oidc {
        let found = oidc::find_again(app, &there.issuer).await;
        return Some(found.map(Fresh::Issuer).map_err(silent(false)));
    }
    let (url, connection) = (seen.metadata_url.as_ref()?, seen.connection.as_ref()?);
    let xml = match connect::fetch(app, url).await {
        Ok(xml) => xml,
        Err(why) => return Some(Err(silent(false)(why))),
    };
    let read = connect::of_metadata("metadata_url", &xml, Some(&connection.entity_id), app.now());
    Some(read.map(Fresh::Metadata).map_err(silent(true)))
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
        Some(Err(silence)) => note_silence(app, &mut tx, &mut after, &silence).await?,
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
        tell(app, &mut tx, &after, about(LetterKind::SsoEnding, days, ends)).await?;
    }
    let weak_until = after.settings.weak_until.filter(|until| *until > now);
    let warning = weak_until.and_then(|until| rules::warning(until, now, after.weak_warned_days));
    if let Some(days) = warning.filter(|_| after.on) {
        after.weak_warned_days = Some(days);
        tell(
            app,
            &mut tx,
            &after,
            about(LetterKind::WeakEnding, days, weak_until),
        )
        .await?;
    }
    sql::put(&mut tx, &after).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps why nothing new is known of the provider; admins are told once, when that will not pass by itself.
async fn note_silence(app: &App, tx: &mut Tx, after: &mut Provider, silence: &Silence) -> Result<()> {
    let now = app.now();
    if after.metadata_problem.is_none() || after.problem_since.is_none() {
        (after.problem_since, after.problem_told_at) = (Some(now), None);
    }
    let why = silence.why.to_string();
    let since = after.problem_since.unwrap_or(now);
    if after.on && after.problem_told_at.is_none() && rules::is_worth_a_letter(since, now, silence.unusable) {
        after.problem_told_at = Some(now);
        let content = Told {
            by: Some(why.clone()),
            ..about(LetterKind::SsoStale, 0, Some(since))
        };
        tell(app, tx, after, content).await?;
    }
    after.metadata_problem = Some(why);
    Ok(())
}

/// What admins are told of a provider.
struct Told {
    topic: LetterKind,
    days: i64,
    at: Option<Moment>,
    by: Option<String>,
}

fn about(topic: LetterKind, days: i64, at: Option<Moment>) -> Told {
    Told {
        topic,
        days,
        at,
        by: None,
    }
}

async fn tell(app: &App, tx: &mut Tx, provider: &Provider, told: Told) -> Result<()> {
    let workplace = workplaces::read(&mut *tx, provider.workplace).await?;
    for admin in roles::holders(tx, provider.workplace, Permission::WorkplaceManage).await? {
        let note = Note {
            content: Content::Brief {
                topic: told.topic,
                about: provider.name.clone(),
                by: told.by.clone(),
                message: None,
                count: told.days,
                expires_at: told.at.map(Moment::timestamp),
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
