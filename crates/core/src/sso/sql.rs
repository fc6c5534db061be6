//! The only file that touches sso_providers, sso_domains, sso_rounds, sso_assertions, sso_sessions and sso_keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_store::{Conn, Db, FromRow, Sql, Tx, sql};
use guildhall_wire::saml::Certificate;
use serde::{Deserialize, Serialize};

use super::{Binding, Connection, Draft, Protocol, Provider, Report, oidc};
use crate::ids::{AccountId, SessionId, SsoProviderId, SsoRoundId, WorkplaceId};
use crate::{Error, Moment, Result};

const COLUMNS: &str = "id, workplace_id, name, enabled, connection, settings, metadata_url, metadata_at, metadata_problem, \
    key, certificate, created_by, created_at, tested_at, test, warned_days, weak_warned_days, next_at, protocol, oidc, draft, problem_since, \
    problem_told_at";

#[derive(FromRow)]
struct Record {
    id: SsoProviderId,
    workplace_id: WorkplaceId,
    name: String,
    enabled: bool,
    connection: Option<String>,
    settings: String,
    metadata_url: Option<String>,
    metadata_at: Option<i64>,
    metadata_problem: Option<String>,
    key: String,
    certificate: String,
    created_by: Option<AccountId>,
    created_at: i64,
    tested_at: Option<i64>,
    test: Option<String>,
    warned_days: Option<i64>,
    weak_warned_days: Option<i64>,
    next_at: i64,
    protocol: String,
    oidc: Option<String>,
    draft: Option<String>,
    problem_since: Option<i64>,
    problem_told_at: Option<i64>,
}

/// What is being prepared, as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredDraft {
    connection: Option<Stored>,
    oidc: Option<oidc::Connection>,
    metadata_url: Option<String>,
    address: Option<String>,
    at: Moment,
    test: Option<Report>,
}

/// A connection as it is stored: certificates as base64 of their DER.
#[derive(Serialize, Deserialize)]
struct Stored {
    entity_id: String,
    sign_on_url: String,
    sign_on_binding: Binding,
    log_out_url: Option<String>,
    #[serde(default = "by_redirect")]
    log_out_binding: Binding,
    #[serde(default)]
    log_out_answer_url: Option<String>,
    certificates: Vec<String>,
}

fn by_redirect() -> Binding {
    Binding::Redirect
}

fn damaged(column: &str) -> Error {
    Error::Internal(format!("sso_providers.{column} holds what is not known"))
}

fn connection(text: &str) -> Result<Connection> {
    opened(serde_json::from_str(text).map_err(|_| damaged("connection"))?)
}

fn opened(stored: Stored) -> Result<Connection> {
    let read = |text: &String| Certificate::read(text.as_bytes()).map_err(|_| damaged("connection"));
    Ok(Connection {
        certificates: stored.certificates.iter().map(read).collect::<Result<_>>()?,
        entity_id: stored.entity_id,
        sign_on_url: stored.sign_on_url,
        sign_on_binding: stored.sign_on_binding,
        log_out_url: stored.log_out_url,
        log_out_binding: stored.log_out_binding,
        log_out_answer_url: stored.log_out_answer_url,
    })
}

fn draft(text: &str) -> Result<Box<Draft>> {
    let stored: StoredDraft = serde_json::from_str(text).map_err(|_| damaged("draft"))?;
    Ok(Box::new(Draft {
        connection: stored.connection.map(opened).transpose()?,
        oidc: stored.oidc,
        metadata_url: stored.metadata_url,
        address: stored.address,
        at: stored.at,
        test: stored.test,
    }))
}

fn stored_draft(draft: &Draft) -> String {
    let stored = StoredDraft {
        connection: draft.connection.as_ref().map(stored),
        oidc: draft.oidc.clone(),
        metadata_url: draft.metadata_url.clone(),
        address: draft.address.clone(),
        at: draft.at,
        test: draft.test.clone(),
    };
    serde_json::to_string(&stored).unwrap_or_default()
}

fn stored(connection: &Connection) -> Stored {
    let certificates = connection
        .certificates
        .iter()
        .map(|one| STANDARD.encode(&one.der));
    Stored {
        entity_id: connection.entity_id.clone(),
        sign_on_url: connection.sign_on_url.clone(),
        sign_on_binding: connection.sign_on_binding,
        log_out_url: connection.log_out_url.clone(),
        log_out_binding: connection.log_out_binding,
        log_out_answer_url: connection.log_out_answer_url.clone(),
        certificates: certificates.collect(),
    }
}

/// What a provider speaks, as it is stored.
pub(super) fn protocol(text: &str) -> Result<Protocol> {
    Protocol::parse(text).ok_or_else(|| damaged("protocol"))
}

impl Record {
    fn provider(self, domains: Vec<String>) -> Result<Provider> {
        let json = |text: &String| serde_json::from_str(text).map_err(|_| damaged("test"));
        let oidc = self.oidc.as_deref().map(serde_json::from_str);
        Ok(Provider {
            protocol: protocol(&self.protocol)?,
            oidc: oidc.transpose().map_err(|_| damaged("oidc"))?,
            id: self.id,
            workplace: self.workplace_id,
            name: self.name,
            on: self.enabled,
            connection: self.connection.as_deref().map(connection).transpose()?,
            settings: serde_json::from_str(&self.settings).map_err(|_| damaged("settings"))?,
            metadata_url: self.metadata_url,
            metadata_at: self.metadata_at.map(Moment::from_ms),
            metadata_problem: self.metadata_problem,
            problem_since: self.problem_since.map(Moment::from_ms),
            problem_told_at: self.problem_told_at.map(Moment::from_ms),
            key: self.key,
            certificate: self.certificate,
            created_by: self.created_by,
            created_at: Moment::from_ms(self.created_at),
            tested_at: self.tested_at.map(Moment::from_ms),
            test: self.test.as_ref().map(json).transpose()?,
            warned_days: self.warned_days,
            weak_warned_days: self.weak_warned_days,
            next_at: Moment::from_ms(self.next_at),
            draft: self.draft.as_deref().map(draft).transpose()?,
            domains,
        })
    }
}

pub(super) async fn insert(tx: &mut Tx, provider: &Provider) -> Result<()> {
    sql("INSERT INTO sso_providers (id, workplace_id, name, enabled, settings, key, certificate, created_by, created_at, \
         next_at, protocol) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
    .bind(provider.id)
    .bind(provider.workplace)
    .bind(&provider.name)
    .bind(provider.on)
    .bind(serde_json::to_string(&provider.settings).unwrap_or_default())
    .bind(&provider.key)
    .bind(&provider.certificate)
    .bind(provider.created_by.map(|id| id.0))
    .bind(provider.created_at.ms())
    .bind(provider.next_at.ms())
    .bind(provider.protocol.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes all of a provider that can change, but its domains.
pub(super) async fn put(tx: &mut Tx, provider: &Provider) -> Result<()> {
    let test = provider
        .test
        .as_ref()
        .map(|test| serde_json::to_string(test).unwrap_or_default());
    let connection = provider.connection.as_ref().map(stored);
    let connection = connection.map(|there| serde_json::to_string(&there).unwrap_or_default());
    let oidc = provider.oidc.as_ref();
    let oidc = oidc.map(|there| serde_json::to_string(there).unwrap_or_default());
    sql("UPDATE sso_providers SET name = $1, enabled = $2, connection = $3, settings = $4, metadata_url = $5, \
         metadata_at = $6, metadata_problem = $7, tested_at = $8, test = $9, warned_days = $10, next_at = $11, \
         weak_warned_days = $12, oidc = $15, draft = $16, problem_since = $17, problem_told_at = $18 WHERE workplace_id = $13 AND id = $14")
    .bind(&provider.name)
    .bind(provider.on)
    .bind(connection)
    .bind(serde_json::to_string(&provider.settings).unwrap_or_default())
    .bind(provider.metadata_url.clone())
    .bind(provider.metadata_at.map(Moment::ms))
    .bind(provider.metadata_problem.clone())
    .bind(provider.tested_at.map(Moment::ms))
    .bind(test)
    .bind(provider.warned_days)
    .bind(provider.next_at.ms())
    .bind(provider.weak_warned_days)
    .bind(provider.workplace)
    .bind(provider.id)
    .bind(oidc)
    .bind(provider.draft.as_deref().map(stored_draft))
    .bind(provider.problem_since.map(Moment::ms))
    .bind(provider.problem_told_at.map(Moment::ms))
    .execute(tx)
    .await?;
    Ok(())
}

/// The domains of a provider in place of those it had. A domain that another one answers for is a conflict.
pub(super) async fn put_domains(tx: &mut Tx, provider: &Provider) -> Result<()> {
    sql("DELETE FROM sso_domains WHERE workplace_id = $1 AND provider_id = $2")
        .bind(provider.workplace)
        .bind(provider.id)
        .execute(&mut *tx)
        .await?;
    for domain in &provider.domains {
        sql("INSERT INTO sso_domains (workplace_id, domain, provider_id) VALUES ($1, $2, $3)")
            .bind(provider.workplace)
            .bind(domain)
            .bind(provider.id)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// The other provider that answers for a domain.
pub(super) async fn answers_for(
    tx: &mut Tx,
    workplace: WorkplaceId,
    domain: &str,
) -> Result<Option<SsoProviderId>> {
    Ok(
        sql("SELECT provider_id FROM sso_domains WHERE workplace_id = $1 AND domain = $2")
            .bind(workplace)
            .bind(domain)
            .scalar_optional(tx)
            .await?,
    )
}

pub(super) async fn remove(tx: &mut Tx, (workplace, id): (WorkplaceId, SsoProviderId)) -> Result<()> {
    for text in [
        "DELETE FROM sso_domains WHERE workplace_id = $1 AND provider_id = $2",
        "DELETE FROM sso_rounds WHERE workplace_id = $1 AND provider_id = $2",
        "DELETE FROM sso_assertions WHERE workplace_id = $1 AND provider_id = $2",
        "DELETE FROM sso_sessions WHERE workplace_id = $1 AND provider_id = $2",
        "DELETE FROM sso_keys WHERE workplace_id = $1 AND provider_id = $2",
        "DELETE FROM sso_providers WHERE workplace_id = $1 AND id = $2",
    ] {
        sql(text).bind(workplace).bind(id).execute(&mut *tx).await?;
    }
    Ok(())
}

/// What the identity providers of a workplace are called, each of which may have said something of people.
pub(crate) async fn connected<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
) -> Result<std::collections::BTreeMap<uuid::Uuid, String>> {
    let found: Vec<(uuid::Uuid, String)> = sql("SELECT id, name FROM sso_providers WHERE workplace_id = $1")
        .bind(workplace)
        .all(conn)
        .await?;
    Ok(found.into_iter().collect())
}

async fn domains_of<'a>(
    conn: impl Into<Conn<'a>>,
    (workplace, id): (WorkplaceId, SsoProviderId),
) -> Result<Vec<String>> {
    Ok(
        sql("SELECT domain FROM sso_domains WHERE workplace_id = $1 AND provider_id = $2 ORDER BY domain")
            .bind(workplace)
            .bind(id)
            .scalars(conn)
            .await?,
    )
}

pub(super) async fn list(tx: &mut Tx, workplace: WorkplaceId) -> Result<Vec<Provider>> {
    let text = format!("SELECT {COLUMNS} FROM sso_providers WHERE workplace_id = $1 ORDER BY id LIMIT 200");
    let records: Vec<Record> = Sql::built(text).bind(workplace).all(&mut *tx).await?;
    let mut found = Vec::new();
    for record in records {
        let domains = domains_of(&mut *tx, (workplace, record.id)).await?;
        found.push(record.provider(domains)?);
    }
    Ok(found)
}

pub(super) async fn get(tx: &mut Tx, workplace: WorkplaceId, id: SsoProviderId) -> Result<Option<Provider>> {
    let text = format!("SELECT {COLUMNS} FROM sso_providers WHERE workplace_id = $1 AND id = $2");
    let record: Option<Record> = Sql::built(text)
        .bind(workplace)
        .bind(id)
        .optional(&mut *tx)
        .await?;
    match record {
        Some(record) => {
            let domains = domains_of(&mut *tx, (workplace, id)).await?;
            record.provider(domains).map(Some)
        }
        None => Ok(None),
    }
}

/// By the id alone, as it stands in the address that a provider was given: it tells the workplace.
pub(super) async fn anywhere(tx: &mut Tx, id: SsoProviderId) -> Result<Option<Provider>> {
    let workplace: Option<WorkplaceId> = sql("SELECT workplace_id FROM sso_providers WHERE id = $1")
        .bind(id)
        .scalar_optional(&mut *tx)
        .await?;
    match workplace {
        Some(workplace) => get(tx, workplace, id).await,
        None => Ok(None),
    }
}

pub(super) async fn any(db: &Db) -> Result<bool> {
    let first: Option<i32> = sql("SELECT 1 FROM sso_providers WHERE enabled = TRUE LIMIT 1")
        .scalar_optional(db)
        .await?;
    Ok(first.is_some())
}

fn places(from: usize, names: &[String]) -> String {
    let places: Vec<String> = (from..from + names.len())
        .map(|place| format!("${place}"))
        .collect();
    places.join(", ")
}

/// The provider that answers for a domain: of the domain and those above it the nearest that is given to any, with its name;
/// whether it is on; and what it speaks.
pub(super) async fn nearest(
    tx: &mut Tx,
    workplace: WorkplaceId,
    names: &[String],
) -> Result<Option<(SsoProviderId, String, bool, String)>> {
    let text = format!(
        "SELECT p.id, p.name, p.enabled, p.protocol FROM sso_domains d JOIN sso_providers p ON p.id = d.provider_id \
         AND p.workplace_id = d.workplace_id WHERE d.workplace_id = $1 AND d.domain IN ({}) \
         ORDER BY LENGTH(d.domain) DESC LIMIT 1",
        places(2, names)
    );
    let query = Sql::built(text).bind(workplace);
    Ok(query
        .bind_all(names.iter().map(String::as_str))
        .optional(tx)
        .await?)
}

/// Every domain that is given to a provider of the workplace.
pub(super) async fn all_domains(tx: &mut Tx, workplace: WorkplaceId) -> Result<Vec<String>> {
    Ok(
        sql("SELECT domain FROM sso_domains WHERE workplace_id = $1 ORDER BY domain")
            .bind(workplace)
            .scalars(tx)
            .await?,
    )
}

/// The workplaces in which somebody answers for one of these domains.
pub(super) async fn serving_anywhere(tx: &mut Tx, names: &[String]) -> Result<Vec<WorkplaceId>> {
    let text = format!(
        "SELECT DISTINCT p.workplace_id FROM sso_domains d JOIN sso_providers p ON p.id = d.provider_id \
         AND p.workplace_id = d.workplace_id WHERE p.enabled = TRUE AND d.domain IN ({}) \
         ORDER BY p.workplace_id LIMIT 50",
        places(1, names)
    );
    let query = Sql::built(text).bind_all(names.iter().map(String::as_str));
    Ok(query.scalars(tx).await?)
}

/// A provider whose time to be looked at has come; nobody else takes it before `until`.
pub(super) async fn take_due(tx: &mut Tx, now: Moment, until: Moment) -> Result<Option<Provider>> {
    let due: Option<(SsoProviderId, WorkplaceId, i64)> = sql(
        "SELECT id, workplace_id, next_at FROM sso_providers WHERE next_at <= $1 ORDER BY next_at LIMIT 1",
    )
    .bind(now.ms())
    .optional(&mut *tx)
    .await?;
    let Some((id, workplace, next)) = due else {
        return Ok(None);
    };
    let taken =
        sql("UPDATE sso_providers SET next_at = $1 WHERE workplace_id = $2 AND id = $3 AND next_at = $4")
            .bind(until.ms())
            .bind(workplace)
            .bind(id)
            .bind(next)
            .execute(&mut *tx)
            .await?;
    if taken == 0 {
        return Ok(None);
    }
    get(tx, workplace, id).await
}

/// Whatever is under way by a provider comes to nothing.
pub(super) async fn forget_rounds(tx: &mut Tx, (workplace, id): (WorkplaceId, SsoProviderId)) -> Result<()> {
    sql("DELETE FROM sso_rounds WHERE provider_id = $1 AND workplace_id = $2")
        .bind(id)
        .bind(workplace)
        .execute(tx)
        .await?;
    Ok(())
}

/// Tests that are under way by a provider come to nothing.
pub(super) async fn forget_tests(tx: &mut Tx, (workplace, id): (WorkplaceId, SsoProviderId)) -> Result<()> {
    sql("DELETE FROM sso_rounds WHERE provider_id = $1 AND workplace_id = $2 AND tester_id IS NOT NULL")
        .bind(id)
        .bind(workplace)
        .execute(tx)
        .await?;
    Ok(())
}

/// The keys of a provider are taken anew when they are needed.
pub(super) async fn forget_keys(tx: &mut Tx, (workplace, id): (WorkplaceId, SsoProviderId)) -> Result<()> {
    sql("DELETE FROM sso_keys WHERE provider_id = $1 AND workplace_id = $2")
        .bind(id)
        .bind(workplace)
        .execute(tx)
        .await?;
    Ok(())
}

/// A round that is under way.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Round {
    pub id: SsoRoundId,
    pub workplace_id: WorkplaceId,
    pub provider_id: SsoProviderId,
    pub request_id: Option<String>,
    pub browser_hash: Option<String>,
    pub tester_id: Option<AccountId>,
    pub next: String,
    pub came: Option<String>,
    pub verifier: Option<String>,
    /// Whoever is in already proves once more who they are.
    pub fresh: bool,
}

const ROUND: &str =
    "id, workplace_id, provider_id, request_id, browser_hash, tester_id, next, came, verifier, fresh";

pub(super) async fn insert_round(
    tx: &mut Tx,
    round: &Round,
    relay_hash: Option<String>,
    ticket_hash: Option<String>,
    expires: Moment,
) -> Result<()> {
    sql("INSERT INTO sso_rounds (id, workplace_id, provider_id, request_id, relay_hash, browser_hash, tester_id, next, \
         expires_at, ticket_hash, came, verifier, fresh) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")
    .bind(round.id)
    .bind(round.workplace_id)
    .bind(round.provider_id)
    .bind(round.request_id.clone())
    .bind(relay_hash)
    .bind(round.browser_hash.clone())
    .bind(round.tester_id.map(|id| id.0))
    .bind(&round.next)
    .bind(expires.ms())
    .bind(ticket_hash)
    .bind(round.came.clone())
    .bind(round.verifier.clone())
    .bind(round.fresh)
    .execute(tx)
    .await?;
    Ok(())
}

/// The round that is not answered yet, of the token that came back.
pub(super) async fn asked(tx: &mut Tx, relay_hash: &str, now: Moment) -> Result<Option<Round>> {
    let text = format!(
        "SELECT {ROUND} FROM sso_rounds WHERE relay_hash = $1 AND ticket_hash IS NULL AND expires_at > $2"
    );
    Ok(Sql::built(text)
        .bind(relay_hash)
        .bind(now.ms())
        .optional(tx)
        .await?)
}

/// Keeps what came. False: somebody was quicker.
pub(super) async fn answered(
    tx: &mut Tx,
    round: &Round,
    (ticket_hash, came): (&str, &str),
    expires: Moment,
) -> Result<bool> {
    let done = sql(
        "UPDATE sso_rounds SET ticket_hash = $1, came = $2, expires_at = $3 \
         WHERE workplace_id = $4 AND id = $5 AND ticket_hash IS NULL",
    )
    .bind(ticket_hash)
    .bind(came)
    .bind(expires.ms())
    .bind(round.workplace_id)
    .bind(round.id)
    .execute(tx)
    .await?;
    Ok(done == 1)
}

/// The round that was answered, of the ticket that the browser was given.
pub(super) async fn of_ticket(tx: &mut Tx, ticket_hash: &str, now: Moment) -> Result<Option<Round>> {
    let text = format!("SELECT {ROUND} FROM sso_rounds WHERE ticket_hash = $1 AND expires_at > $2");
    Ok(Sql::built(text)
        .bind(ticket_hash)
        .bind(now.ms())
        .optional(tx)
        .await?)
}

/// Ends a round. False: somebody was quicker.
pub(super) async fn end_round(tx: &mut Tx, round: &Round) -> Result<bool> {
    let done = sql("DELETE FROM sso_rounds WHERE workplace_id = $1 AND id = $2")
        .bind(round.workplace_id)
        .bind(round.id)
        .execute(tx)
        .await?;
    Ok(done == 1)
}

/// Uses an assertion up, on all servers alike. False: it was used before.
pub(super) async fn use_up(
    tx: &mut Tx,
    (workplace, provider): (WorkplaceId, SsoProviderId),
    assertion_hash: &str,
    until: Moment,
) -> Result<bool> {
    let done = sql("INSERT INTO sso_assertions (provider_id, assertion_hash, workplace_id, until) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (provider_id, assertion_hash) DO NOTHING")
    .bind(provider)
    .bind(assertion_hash)
    .bind(workplace)
    .bind(until.ms())
    .execute(tx)
    .await?;
    Ok(done == 1)
}

/// Which session there belongs to one here.
#[derive(Clone, Debug)]
pub(super) struct Tie {
    pub provider: SsoProviderId,
    pub name_hash: String,
    /// The name id, sealed.
    pub name_sealed: String,
    pub index: Option<String>,
    pub until: Moment,
}

/// Notes which session there belongs to one here.
pub(super) async fn tie(tx: &mut Tx, session: (SessionId, WorkplaceId, AccountId), tie: Tie) -> Result<()> {
    sql("INSERT INTO sso_sessions (session_id, workplace_id, account_id, provider_id, name_hash, session_index, until, \
         name_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(session.0)
    .bind(session.1)
    .bind(session.2)
    .bind(tie.provider)
    .bind(&tie.name_hash)
    .bind(tie.index)
    .bind(tie.until.ms())
    .bind(&tie.name_sealed)
    .execute(tx)
    .await?;
    Ok(())
}

/// The provider by which a session here began, with the sealed name id and the index of the session there.
pub(super) async fn tie_of(
    tx: &mut Tx,
    workplace: WorkplaceId,
    session: SessionId,
) -> Result<Option<(SsoProviderId, Option<String>, Option<String>)>> {
    Ok(sql(
        "SELECT provider_id, name_sealed, session_index FROM sso_sessions \
             WHERE workplace_id = $1 AND session_id = $2",
    )
    .bind(workplace)
    .bind(session)
    .optional(tx)
    .await?)
}

/// The sessions here that belong to a name there, each with the index of the session there.
pub(super) async fn tied(
    tx: &mut Tx,
    (workplace, provider): (WorkplaceId, SsoProviderId),
    name_hash: &str,
) -> Result<Vec<(SessionId, AccountId, Option<String>)>> {
    Ok(
        sql("SELECT session_id, account_id, session_index FROM sso_sessions \
         WHERE workplace_id = $1 AND provider_id = $2 AND name_hash = $3")
        .bind(workplace)
        .bind(provider)
        .bind(name_hash)
        .all(tx)
        .await?,
    )
}

/// The sessions here that belong to one session there.
pub(super) async fn tied_by_index(
    tx: &mut Tx,
    (workplace, provider): (WorkplaceId, SsoProviderId),
    index: &str,
) -> Result<Vec<(SessionId, AccountId, Option<String>)>> {
    Ok(
        sql("SELECT session_id, account_id, session_index FROM sso_sessions \
         WHERE workplace_id = $1 AND provider_id = $2 AND session_index = $3")
        .bind(workplace)
        .bind(provider)
        .bind(index)
        .all(tx)
        .await?,
    )
}

/// The ID token with which somebody came into a session here, sealed.
pub(super) async fn id_token_of(
    tx: &mut Tx,
    (workplace, session): (WorkplaceId, SessionId),
) -> Result<Option<String>> {
    let found: Option<Option<String>> =
        sql("SELECT id_token FROM sso_sessions WHERE workplace_id = $1 AND session_id = $2")
            .bind(workplace)
            .bind(session)
            .scalar_optional(tx)
            .await?;
    Ok(found.flatten())
}

/// Keeps the ID token of a session, sealed.
pub(super) async fn put_id_token(
    tx: &mut Tx,
    (workplace, session): (WorkplaceId, SessionId),
    sealed: &str,
) -> Result<()> {
    sql("UPDATE sso_sessions SET id_token = $1 WHERE workplace_id = $2 AND session_id = $3")
        .bind(sealed)
        .bind(workplace)
        .bind(session)
        .execute(tx)
        .await?;
    Ok(())
}

/// The keys of a provider as they were published, and when they were taken.
pub(super) async fn keys(
    tx: &mut Tx,
    (workplace, provider): (WorkplaceId, SsoProviderId),
) -> Result<Option<(String, Moment)>> {
    let found: Option<(String, i64)> =
        sql("SELECT keys, taken_at FROM sso_keys WHERE workplace_id = $1 AND provider_id = $2")
            .bind(workplace)
            .bind(provider)
            .optional(tx)
            .await?;
    Ok(found.map(|(keys, at)| (keys, Moment::from_ms(at))))
}

/// Keeps the keys of a provider.
pub(super) async fn put_keys(
    tx: &mut Tx,
    (workplace, provider): (WorkplaceId, SsoProviderId),
    keys: &str,
    now: Moment,
) -> Result<()> {
    sql("INSERT INTO sso_keys (provider_id, workplace_id, keys, taken_at, asked, asked_since) VALUES ($1, $2, $3, $4, 0, $4) \
         ON CONFLICT (provider_id) DO UPDATE SET keys = excluded.keys, taken_at = excluded.taken_at")
    .bind(provider)
    .bind(workplace)
    .bind(keys)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts that newer keys are asked for, at most so often since then. False: that is used up.
pub(super) async fn may_ask_keys(
    tx: &mut Tx,
    (workplace, provider): (WorkplaceId, SsoProviderId),
    (now, since): (Moment, Moment),
    most: i64,
) -> Result<bool> {
    let done = sql(
        "UPDATE sso_keys SET asked = CASE WHEN asked_since <= $1 THEN 1 ELSE asked + 1 END, \
         asked_since = CASE WHEN asked_since <= $1 THEN $2 ELSE asked_since END \
         WHERE workplace_id = $3 AND provider_id = $4 AND (asked_since <= $1 OR asked < $5)",
    )
    .bind(since.ms())
    .bind(now.ms())
    .bind(workplace)
    .bind(provider)
    .bind(most)
    .execute(tx)
    .await?;
    Ok(done == 1)
}

/// Forgets the sessions there of a person whose data are removed.
pub(crate) async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql("DELETE FROM sso_sessions WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes the rounds of every workplace that are over. Gives how many.
pub(super) async fn sweep_rounds(tx: &mut Tx, now: Moment) -> Result<u64> {
    Ok(sql("DELETE FROM sso_rounds WHERE expires_at <= $1")
        .bind(now.ms())
        .execute(tx)
        .await?)
}

/// Forgets assertions of every workplace that no longer work anyway. Gives how many.
pub(super) async fn sweep_assertions(tx: &mut Tx, now: Moment) -> Result<u64> {
    Ok(sql("DELETE FROM sso_assertions WHERE until <= $1")
        .bind(now.ms())
        .execute(tx)
        .await?)
}

/// Forgets, of every workplace, which session there belonged to one here that can't live any more. Gives how many.
pub(super) async fn sweep_sessions(tx: &mut Tx, now: Moment) -> Result<u64> {
    Ok(sql("DELETE FROM sso_sessions WHERE until <= $1")
        .bind(now.ms())
        .execute(tx)
        .await?)
}
