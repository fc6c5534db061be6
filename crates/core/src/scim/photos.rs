//! Photos that identity providers name by their address: fetched beside the requests, and set through the one path.

use super::rules::{Step, after_failure};
use super::{Within, sql::photos as sql};
use crate::accounts::sources::scim as source;
use crate::accounts::{self, Account, Whom};
use crate::connectors::{self, LogEntry, Outcome, Session};
use crate::fetch::Unfetched;
use crate::ids::{AccountId, ConnectorId, FileId, WorkplaceId};
use crate::{App, Error, Result, files, pictures};
use guildhall_store::Tx;
use guildhall_wire::scim::Map;

/// Photos that are fetched at once.
const AT_ONCE: i64 = 8;
/// How long one that is being fetched is nobody else's, in seconds.
const LEASE_SECONDS: i64 = 60;
/// Longer addresses are not fetched from.
const LONGEST: usize = 2_000;

/// A photo that is to be fetched.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub workplace: WorkplaceId,
    pub connector: ConnectorId,
    pub account: AccountId,
    pub url: String,
    /// How often it was tried before.
    pub tries: i64,
}

/// What follows where a resource names another photo than before, in the transaction of the request. Gives what the
/// person who reads the log should know.
pub(super) async fn follow(
    within: Within<'_>,
    tx: &mut Tx,
    account: AccountId,
    (before, after): (&Map, &Map),
) -> Result<Option<String>> {
    let connector = &within.session.connector;
    if source::photo(before) == source::photo(after) {
        return Ok(None);
    }
    let before = sql::named(tx, connector, account).await?;
    match (source::photo(after), before) {
        (Some(url), Some((named, _))) if url == named => Ok(None),
        (Some(url), _) if url.len() > LONGEST => Ok(Some(format!(
            "The address of the photo is longer than {LONGEST} characters: it is kept, and not fetched."
        ))),
        (Some(url), _) => {
            sql::name(tx, connector, (account, url), within.app.now()).await?;
            Ok(Some(
                "The photo is fetched from its address in a moment.".to_owned(),
            ))
        }
        (None, Some((_, fetched))) => {
            sql::unname(tx, connector, account).await?;
            if fetched {
                set(within.app, tx, within.session, account, None).await?;
            }
            Ok(None)
        }
        (None, None) => Ok(None),
    }
}

/// Sets the photo, or takes it away, as this connector says; the file that it replaces is removed. False: another source
/// has the word on it.
async fn set(
    app: &App,
    tx: &mut Tx,
    session: &Session,
    account: AccountId,
    file: Option<FileId>,
) -> Result<bool> {
    let mut change = source::pictured(file);
    change.of = Some(session.connector.id.0);
    let whom = Whom::Is(account);
    let plan = accounts::plan(app, tx, &session.actor, whom, &change, &session.policy).await?;
    accounts::apply(app, tx, &session.actor, &plan).await?;
    let photo = |account: &Option<Account>| account.as_ref().and_then(|account| account.profile.photo());
    let (old, new) = (photo(&plan.before), photo(&plan.after));
    if let Some(old) = old.filter(|_| old != new) {
        files::delete(tx, session.connector.workplace, old).await?;
    }
    Ok(new == file)
}

/// Fetches every photo that is due, of every workplace.
pub async fn work(app: &App) -> Result<()> {
    while sql::any_due(&app.db, app.now()).await? {
        let mut tx = app.begin().await?;
        let now = app.now();
        let taken = sql::take(&mut tx, now, now.plus_seconds(LEASE_SECONDS), AT_ONCE).await?;
        tx.commit().await?;
        if taken.is_empty() {
            return Ok(());
        }
        for done in futures::future::join_all(taken.iter().map(|wanted| fetch(app, wanted))).await {
            done?;
        }
    }
    Ok(())
}

async fn fetch(app: &App, wanted: &Wanted) -> Result<()> {
    let began = app.now();
    let connector = connectors::get(&app.db, wanted.workplace, wanted.connector).await?;
    let Some(connector) = connector else {
        let mut tx = app.begin().await?;
        sql::settle(&mut tx, wanted, Step::GivenUp).await?;
        tx.commit().await?;
        return Ok(());
    };
    let session = connectors::session(app, connector, None).await?;
    let came = app.fetcher.get(&wanted.url, "photos", pictures::MAX_BYTES).await;
    let photo = match came {
        Ok(bytes) => pictures::photo_of(bytes).await.map_err(|why| Unfetched {
            said: why.to_string(),
            may_pass: false,
        }),
        Err(why) => Err(why),
    };
    let mut tx = app.begin().await?;
    tx.lock(wanted.workplace.0).await?;
    // In the meantime it may have been named otherwise, or the person be gone.
    if !sql::still(&mut tx, wanted).await? {
        return Ok(());
    }
    let now = app.now();
    let account = accounts::get(&mut tx, wanted.workplace, wanted.account).await?;
    let name = account.as_ref().map(Account::name).unwrap_or_default();
    let (step, outcome, summary) = match photo {
        Err(why) => {
            let step = after_failure(wanted.tries, why.may_pass, now);
            let next = match step {
                Step::Again(_) => "It is tried again later.",
                _ => "It is not tried again until another address is named.",
            };
            let summary = format!("The photo of {name} did not come. {} {next}", why.said);
            (step, Outcome::Failed, summary)
        }
        Ok(bytes) => keep(app, &mut tx, &session, (wanted.account, &name), bytes).await?,
    };
    sql::settle(&mut tx, wanted, step).await?;
    let entry = LogEntry {
        id: app.entropy.id(now),
        workplace: wanted.workplace,
        connector: wanted.connector,
        at: now,
        method: "GET".to_owned(),
        path: wanted.url.clone(),
        status: if outcome == Outcome::Failed { 502 } else { 200 },
        outcome,
        summary,
        reason: None,
        notes: Vec::new(),
        subject: Some(("account", wanted.account.0)),
        sent: connectors::Sent::Nothing,
        took_ms: now.ms() - began.ms(),
        request_id: None,
    };
    connectors::write_log(&mut tx, &[entry]).await?;
    tx.commit().await?;
    Ok(())
}

async fn keep(
    app: &App,
    tx: &mut Tx,
    session: &Session,
    (account, name): (AccountId, &str),
    bytes: Vec<u8>,
) -> Result<(Step, Outcome, String)> {
    let workplace = session.connector.workplace;
    let file = pictures::keep_photo(app, tx, workplace, bytes).await?;
    match set(app, tx, session, account, Some(file)).await {
        Ok(true) => {
            let summary = format!("Took the photo of {name} from its address.");
            Ok((Step::Kept, Outcome::Changed, summary))
        }
        Ok(false) => {
            files::delete(tx, workplace, file).await?;
            let summary =
                format!("Another source has the word on the photo of {name}: this one is not used.");
            Ok((Step::GivenUp, Outcome::Unchanged, summary))
        }
        Err(Error::Refused { message, .. } | Error::Invalid { message, .. } | Error::NotFound(message)) => {
            files::delete(tx, workplace, file).await?;
            Ok((Step::GivenUp, Outcome::Refused, message))
        }
        Err(error) => Err(error),
    }
}
