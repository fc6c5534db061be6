//! Identity providers that a workplace is connected to: their settings, their tokens, and the log of what they did.

mod brake;
mod desk;
pub mod rules;
mod sent;
mod sql;

use std::collections::BTreeSet;

use guildhall_store::Tx;

use crate::accounts::{self, Policy, Source, Voice};
use crate::ids::{AccountId, ConnectorId, TokenId, WorkplaceId};
use crate::tokens::{self, Token};
use crate::words::words;
use crate::{
    Actor, ActorKind, App, Error, Moment, Page, Permission, Result, access, audit, scim, workplaces,
};

pub(crate) use brake::let_go;
pub use brake::{Held, held, note_held, release};
pub use desk::Desk;
pub use rules::{Advice, Tone, advise};
pub use sent::Sent;
pub(crate) use sql::{connected, get, write_log};
pub use sql::{list, sweep_log};

/// How many days the log is kept.
pub const LOG_DAYS: i64 = 30;
/// Tokens that a connector may have at once.
const MOST_TOKENS: usize = 20;

/// How a connector works.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(default)]
pub struct Settings {
    /// Whoever is added is invited at once.
    pub invite: bool,
    /// Groups that are pushed are made into groups that people see.
    pub visible_groups: bool,
}

/// One identity provider that a workplace is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    pub id: ConnectorId,
    pub workplace: WorkplaceId,
    pub name: String,
    pub settings: Settings,
    pub created_by: Option<AccountId>,
    pub created_at: Moment,
    /// When its self-test began last.
    pub test_began_at: Option<Moment>,
}

words! {
    /// What became of a request.
    Outcome { Read = "read", Changed = "changed", Unchanged = "unchanged", Refused = "refused", Failed = "failed" }
}

/// One request in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub id: uuid::Uuid,
    pub workplace: WorkplaceId,
    pub connector: ConnectorId,
    pub at: Moment,
    pub method: String,
    /// With what follows the `?`.
    pub path: String,
    pub status: u16,
    pub outcome: Outcome,
    /// What it did, in a sentence.
    pub summary: String,
    /// Why it was refused: `scimType`, or a word of ours.
    pub reason: Option<String>,
    /// What was read leniently, kept but not used, or not kept.
    pub notes: Vec<String>,
    pub subject: Option<(&'static str, uuid::Uuid)>,
    pub sent: Sent,
    pub took_ms: i64,
    pub request_id: Option<String>,
}

/// Which entries, newest first.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    pub outcome: Option<Outcome>,
    pub subject: Option<uuid::Uuid>,
    pub after: Option<uuid::Uuid>,
    pub limit: i64,
}

/// Somebody who speaks for a connector.
#[derive(Clone, Debug)]
pub struct Session {
    pub connector: Connector,
    pub actor: Actor,
    pub policy: Policy,
}

/// Why a token opens nothing.
#[derive(Clone, Debug)]
pub enum Rejected {
    /// No token that we know, or one that does not speak SCIM.
    Unknown,
    /// It ended, or its time is over: so that it can be told in the log of its connector.
    Over(Box<Connector>),
}

/// What a connector may do: nothing that it asks for takes more.
fn rights() -> BTreeSet<Permission> {
    use Permission as P;
    [
        P::Scim,
        P::PeopleRead,
        P::PeopleWrite,
        P::PeopleInvite,
        P::PeopleDeactivate,
        P::PeopleDelete,
        P::GroupsManage,
    ]
    .into()
}

/// The one who acts when a connector does.
pub async fn session(app: &App, connector: Connector, request_id: Option<String>) -> Result<Session> {
    let workplace = workplaces::read(&app.db, connector.workplace).await?;
    let actor = Actor {
        workplace: connector.workplace,
        kind: ActorKind::Connector(connector.id),
        name: connector.name.clone(),
        permissions: rights(),
        request_id,
        proved_at: None,
    };
    Ok(Session {
        connector,
        actor,
        policy: workplace.policy(),
    })
}

/// Who comes with this secret. The token alone tells the workplace and the connector.
pub async fn enter(
    app: &App,
    secret: &str,
    request_id: Option<String>,
) -> Result<std::result::Result<Session, Rejected>> {
    let Some((token, lives)) = tokens::identify(app, secret).await? else {
        return Ok(Err(Rejected::Unknown));
    };
    let connector = match token.connector {
        Some(id) if token.scopes.contains(&Permission::Scim) => {
            sql::get(&app.db, token.workplace, id).await?
        }
        _ => None,
    };
    let Some(connector) = connector else {
        return Ok(Err(Rejected::Unknown));
    };
    if !lives {
        return Ok(Err(Rejected::Over(Box::new(connector))));
    }
    Ok(Ok(session(app, connector, request_id).await?))
}

async fn note(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    connector: &Connector,
    verb: &'static str,
    changes: Vec<audit::FieldChange>,
) -> Result<()> {
    let entry = audit::Entry {
        source: "admin",
        verb,
        subject: audit::Subject {
            kind: "connector",
            id: Some(connector.id.0),
            name: connector.name.clone(),
        },
        run: None,
        changes,
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await
}

/// Whoever speaks for an identity provider could say that they are anybody, a system admin too: who gives roles decides who
/// does.
fn may_change(app: &App, actor: &Actor) -> Result<()> {
    actor.need(Permission::ConnectorsManage)?;
    actor.need(Permission::RolesManage)?;
    access::proven(actor, app.now())
}

/// Connects an identity provider.
pub async fn create(app: &App, actor: &Actor, name: &str, settings: Settings) -> Result<Connector> {
    may_change(app, actor)?;
    make(app, actor, name, settings).await
}

async fn make(app: &App, actor: &Actor, name: &str, settings: Settings) -> Result<Connector> {
    let now = app.now();
    let connector = Connector {
        id: ConnectorId::new(&app.entropy, now),
        workplace: actor.workplace,
        name: rules::name(name)?,
        settings,
        created_by: actor.account(),
        created_at: now,
        test_began_at: None,
    };
    let mut tx = app.begin().await?;
    sql::put(&mut tx, &connector, now).await?;
    let changes = rules::differences(None, &connector);
    note(app, &mut tx, actor, &connector, "create", changes).await?;
    tx.commit().await?;
    Ok(connector)
}

/// The oldest connector of the actor's workplace, made if there is none: for a token that is to speak for it.
pub async fn first(app: &App, actor: &Actor) -> Result<Connector> {
    actor.need(Permission::RolesManage)?;
    if let Some(found) = sql::list(&app.db, actor.workplace).await?.into_iter().next() {
        return Ok(found);
    }
    make(app, actor, "SCIM", Settings::default()).await
}

/// One connector.
pub async fn read(app: &App, actor: &Actor, id: ConnectorId) -> Result<Connector> {
    actor.need(Permission::ConnectorsManage)?;
    sql::get(&app.db, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("connector"))
}

/// Changes its name or settings. Groups that are to be seen from now on, or no longer, are so when this returns.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: ConnectorId,
    name: &str,
    settings: Settings,
) -> Result<Connector> {
    may_change(app, actor)?;
    let before = read(app, actor, id).await?;
    let after = Connector {
        name: rules::name(name)?,
        settings,
        ..before.clone()
    };
    let changes = rules::differences(Some(&before), &after);
    if changes.is_empty() {
        return Ok(after);
    }
    let mut tx = app.begin().await?;
    sql::put(&mut tx, &after, app.now()).await?;
    note(app, &mut tx, actor, &after, "update", changes).await?;
    tx.commit().await?;
    if before.settings.visible_groups != after.settings.visible_groups {
        scim::show_groups(app, &session(app, after.clone(), actor.request_id.clone()).await?).await?;
    }
    Ok(after)
}

/// Takes a connector away: its tokens open nothing from now on. The people stay as they are; what others say
/// of them comes into force.
pub async fn end(app: &App, actor: &Actor, id: ConnectorId) -> Result<()> {
    let connector = read(app, actor, id).await?;
    for token in tokens::of_connector(&app.db, actor.workplace, id).await? {
        tokens::end_one(app, actor, &token).await?;
    }
    let mut tx = app.begin().await?;
    sql::end(&mut tx, &connector, app.now()).await?;
    note(app, &mut tx, actor, &connector, "end", Vec::new()).await?;
    tx.commit().await?;
    let gone = Voice {
        source: Source::Scim,
        of: Some(id.0),
    };
    accounts::release(app, actor, gone).await
}

/// Makes a token for a connector; gives it with its secret, which is not kept.
pub async fn token(
    app: &App,
    actor: &Actor,
    id: ConnectorId,
    expires_at: Option<Moment>,
) -> Result<(Token, String)> {
    may_change(app, actor)?;
    let connector = read(app, actor, id).await?;
    if tokens::of_connector(&app.db, actor.workplace, id).await?.len() >= MOST_TOKENS {
        return Err(Error::Refused {
            code: "too_many_tokens",
            message: format!("This connector has {MOST_TOKENS} tokens: end those that are no longer used."),
        });
    }
    tokens::create_for(
        app,
        actor,
        &connector.name,
        &[Permission::Scim],
        expires_at,
        Some(id),
    )
    .await
}

/// Makes a new token, and lets the others live for so many hours more, so that nothing stops while the new one is put
/// in its place.
pub async fn rotate(
    app: &App,
    actor: &Actor,
    id: ConnectorId,
    overlap_hours: i64,
    expires_at: Option<Moment>,
) -> Result<(Token, String)> {
    if !(0..=24 * 30).contains(&overlap_hours) {
        return Err(Error::invalid("overlap_hours", "Choose from 0 to 720 hours."));
    }
    let made = token(app, actor, id, expires_at).await?;
    let end = app.now().plus_seconds(overlap_hours * 3600);
    tokens::expire_of_connector(app, actor, id, Some(made.0.id), end).await?;
    Ok(made)
}

/// The tokens of a connector, newest first.
pub async fn tokens_of(app: &App, actor: &Actor, id: ConnectorId) -> Result<Vec<Token>> {
    read(app, actor, id).await?;
    tokens::of_connector(&app.db, actor.workplace, id).await
}

/// Ends one token of a connector.
pub async fn end_token(app: &App, actor: &Actor, id: ConnectorId, token: TokenId) -> Result<()> {
    let found = tokens_of(app, actor, id)
        .await?
        .into_iter()
        .find(|one| one.id == token);
    let found = found.ok_or_else(|| Error::not_found("token"))?;
    tokens::end_one(app, actor, &found).await
}

/// What was asked through a connector, newest first.
pub async fn log(app: &App, actor: &Actor, id: ConnectorId, filter: &LogFilter) -> Result<Page<LogEntry>> {
    read(app, actor, id).await?;
    sql::log(&app.db, actor.workplace, id, filter).await
}

/// One entry of the log, with what was sent.
pub async fn log_entry(app: &App, actor: &Actor, id: ConnectorId, entry: uuid::Uuid) -> Result<LogEntry> {
    read(app, actor, id).await?;
    sql::entry(&app.db, actor.workplace, id, entry)
        .await?
        .ok_or_else(|| Error::not_found("entry of the log"))
}

/// Begins the self-test anew: what was before does not count.
pub async fn begin_test(app: &App, actor: &Actor, id: ConnectorId) -> Result<Connector> {
    let mut connector = read(app, actor, id).await?;
    connector.test_began_at = Some(app.now());
    let mut tx = app.begin().await?;
    sql::put(&mut tx, &connector, app.now()).await?;
    tx.commit().await?;
    Ok(connector)
}

/// How many of the newest entries the self-test looks at.
const LOOKED_AT: i64 = 2_000;

/// What the self-test says of a connector.
pub async fn test(app: &App, actor: &Actor, id: ConnectorId) -> Result<Vec<Advice>> {
    let connector = read(app, actor, id).await?;
    let filter = LogFilter {
        limit: LOOKED_AT,
        ..LogFilter::default()
    };
    let mut entries = sql::log(&app.db, actor.workplace, id, &filter).await?.items;
    entries.retain(|entry| connector.test_began_at.is_none_or(|began| entry.at >= began));
    let tokens = tokens::of_connector(&app.db, actor.workplace, id).await?;
    let waiting = scim::managers_awaited(&app.db, &connector).await?;
    Ok(advise(&entries, &tokens, waiting, app.now()))
}
