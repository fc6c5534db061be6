use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use guildhall_core::connectors::{self, Advice, Connector, LogEntry, LogFilter, Outcome, Sent, Settings};
use guildhall_core::ids::{ConnectorId, TokenId};
use guildhall_core::tokens::Token;
use guildhall_core::{Moment, Page, Permission, page};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::caller::Asker;
use crate::scim::{self, Call, Version};
use crate::{Failure, Problem, Site};

/// An identity provider that the workplace is connected to.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectorView {
    id: ConnectorId,
    name: String,
    settings: Settings,
    /// What the identity provider calls the base address, or the tenant URL.
    scim_url: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    test_began_at: Option<Moment>,
    /// When one of its tokens was used last, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Moment>,
    /// How many of its tokens work.
    tokens: usize,
    /// People whom the brake keeps it from deactivating.
    held: Option<ConnectorHeld>,
}

/// What the brake holds of a connector.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectorHeld {
    /// People who had come and were deactivated within a day.
    gone: i64,
    /// Requests that were refused since.
    refused: i64,
    #[schema(value_type = String, format = DateTime)]
    since: Moment,
}

impl ConnectorView {
    async fn of(site: &Site, connector: Connector) -> Result<Self, Failure> {
        let tokens =
            guildhall_core::tokens::of_connector(&site.app.db, connector.workplace, connector.id).await?;
        let now = site.app.now();
        let held = connectors::held(&site.app, &connector).await?;
        Ok(Self {
            held: held.map(|held| ConnectorHeld {
                gone: held.gone,
                refused: held.refused,
                since: held.since,
            }),
            id: connector.id,
            name: connector.name,
            settings: connector.settings,
            scim_url: format!("{}/scim/v2", site.public_url),
            created_at: connector.created_at,
            test_began_at: connector.test_began_at,
            last_used_at: tokens.iter().filter_map(|token| token.last_used_at).max(),
            tokens: tokens
                .iter()
                .filter(|token| token.expires_at.is_none_or(|end| end > now))
                .count(),
        })
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Connectors {
    items: Vec<ConnectorView>,
}

/// The connectors of the workplace, oldest first.
#[utoipa::path(get, path = "/api/v1/connectors", tag = "connectors", responses(
    (status = 200, description = "The connectors", body = Connectors),
    (status = 403, description = "It takes connectors.manage", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(State(site): State<Site>, asker: Asker) -> Result<Json<Connectors>, Failure> {
    asker.actor.need(Permission::ConnectorsManage)?;
    let mut items = Vec::new();
    for connector in connectors::list(&site.app.db, asker.actor.workplace).await? {
        items.push(ConnectorView::of(&site, connector).await?);
    }
    Ok(Json(Connectors { items }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorInput {
    /// Such as that of the identity provider.
    name: String,
    #[serde(default)]
    settings: Settings,
}

/// Connects an identity provider. It needs a token before it can do anything.
#[utoipa::path(post, path = "/api/v1/connectors", tag = "connectors", request_body = ConnectorInput, responses(
    (status = 201, description = "The connector", body = ConnectorView),
    (status = 403, description = "It takes connectors.manage and roles.manage", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`prove_yourself`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn create(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<ConnectorInput>,
) -> Result<(StatusCode, Json<ConnectorView>), Failure> {
    let made = connectors::create(&site.app, &asker.actor, &input.name, input.settings).await?;
    Ok((StatusCode::CREATED, Json(ConnectorView::of(&site, made).await?)))
}

/// One connector.
#[utoipa::path(get, path = "/api/v1/connectors/{id}", tag = "connectors", params(("id" = ConnectorId, Path)), responses(
    (status = 200, description = "The connector", body = ConnectorView),
    (status = 404, description = "There is no such connector", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<ConnectorId>,
) -> Result<Json<ConnectorView>, Failure> {
    let found = connectors::read(&site.app, &asker.actor, id).await?;
    Ok(Json(ConnectorView::of(&site, found).await?))
}

/// Lets a connector deactivate more people than the brake does, for a day. What was refused is not done by this: the identity
/// provider sends it again.
#[utoipa::path(post, path = "/api/v1/connectors/{id}/release", tag = "connectors", params(("id" = ConnectorId, Path)), responses(
    (status = 204, description = "It may"),
    (status = 404, description = "There is no such connector", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`not_held`", body = Problem, content_type = "application/problem+json")
))]
pub async fn release(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<ConnectorId>,
) -> Result<StatusCode, Failure> {
    connectors::release(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the name and the settings of a connector.
#[utoipa::path(patch, path = "/api/v1/connectors/{id}", tag = "connectors", params(("id" = ConnectorId, Path)), request_body = ConnectorInput, responses(
    (status = 200, description = "The connector as it is now", body = ConnectorView),
    (status = 404, description = "There is no such connector", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`prove_yourself`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn edit(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<ConnectorId>,
    Json(input): Json<ConnectorInput>,
) -> Result<Json<ConnectorView>, Failure> {
    let changed = connectors::update(&site.app, &asker.actor, id, &input.name, input.settings).await?;
    Ok(Json(ConnectorView::of(&site, changed).await?))
}

/// Takes a connector away: its tokens end at once, the people stay as they are.
#[utoipa::path(delete, path = "/api/v1/connectors/{id}", tag = "connectors", params(("id" = ConnectorId, Path)), responses(
    (status = 204, description = "It is gone"),
    (status = 404, description = "There is no such connector", body = Problem, content_type = "application/problem+json")
))]
pub async fn end(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<ConnectorId>,
) -> Result<StatusCode, Failure> {
    connectors::end(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A token of a connector, without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectorToken {
    id: TokenId,
    /// Its last characters.
    hint: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Moment>,
}

impl From<Token> for ConnectorToken {
    fn from(token: Token) -> Self {
        Self {
            id: token.id,
            hint: token.hint,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectorTokens {
    items: Vec<ConnectorToken>,
}

/// The tokens of a connector, newest first; those that expired among them.
#[utoipa::path(get, path = "/api/v1/connectors/{id}/tokens", tag = "connectors", params(("id" = ConnectorId, Path)), responses(
    (status = 200, description = "The tokens", body = ConnectorTokens),
    (status = 404, description = "There is no such connector", body = Problem, content_type = "application/problem+json")
))]
pub async fn tokens(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<ConnectorId>,
) -> Result<Json<ConnectorTokens>, Failure> {
    let found = connectors::tokens_of(&site.app, &asker.actor, id).await?;
    Ok(Json(ConnectorTokens {
        items: found.into_iter().map(Into::into).collect(),
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnectorToken {
    /// Absent: it lives until it is ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Moment>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct MadeConnectorToken {
    /// The secret, told this once.
    token: String,
    #[serde(flatten)]
    about: ConnectorToken,
}

impl MadeConnectorToken {
    fn of((token, secret): (Token, String)) -> (StatusCode, Json<Self>) {
        let made = Self {
            token: secret,
            about: token.into(),
        };
        (StatusCode::CREATED, Json(made))
    }
}

/// Makes a token for the identity provider. Its secret is told once and not kept.
#[utoipa::path(post, path = "/api/v1/connectors/{id}/tokens", tag = "connectors", params(("id" = ConnectorId, Path)), request_body = NewConnectorToken, responses(
    (status = 201, description = "The token with its secret", body = MadeConnectorToken),
    (status = 404, description = "There is no such connector", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`prove_yourself`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn make_token(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<ConnectorId>,
    Json(new): Json<NewConnectorToken>,
) -> Result<(StatusCode, Json<MadeConnectorToken>), Failure> {
    let made = connectors::token(&site.app, &asker.actor, id, new.expires_at).await?;
    Ok(MadeConnectorToken::of(made))
}

/// Ends a token of a connector: it opens nothing from the next request on.
#[utoipa::path(delete, path = "/api/v1/connectors/{id}/tokens/{token_id}", tag = "connectors",
    params(("id" = ConnectorId, Path), ("token_id" = TokenId, Path)), responses(
    (status = 204, description = "It has ended"),
    (status = 404, description = "There is no such token", body = Problem, content_type = "application/problem+json")
))]
pub async fn end_token(
    State(site): State<Site>,
    asker: Asker,
    Path((id, token)): Path<(ConnectorId, TokenId)>,
) -> Result<StatusCode, Failure> {
    connectors::end_token(&site.app, &asker.actor, id, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// How many hours the tokens before go on working.
    overlap_hours: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Moment>,
}

/// Makes a new token, and lets those before work for some hours more.
#[utoipa::path(post, path = "/api/v1/connectors/{id}/rotate", tag = "connectors", params(("id" = ConnectorId, Path)), request_body = Rotation, responses(
    (status = 201, description = "The new token with its secret", body = MadeConnectorToken),
    (status = 404, description = "There is no such connector", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`prove_yourself`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn rotate(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<ConnectorId>,
    Json(wanted): Json<Rotation>,
) -> Result<(StatusCode, Json<MadeConnectorToken>), Failure> {
    let made = connectors::rotate(
        &site.app,
        &asker.actor,
        id,
        wanted.overlap_hours,
        wanted.expires_at,
    )
    .await?;
    Ok(MadeConnectorToken::of(made))
}

/// One request of a connector.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectorLogEntry {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    at: Moment,
    method: String,
    path: String,
    status: u16,
    outcome: Outcome,
    /// What it did, or why not, in a sentence.
    summary: String,
    /// Why it was refused, in a word: `scimType`, or one of ours.
    reason: Option<String>,
    /// What was read leniently, is kept but not used, or is not kept.
    notes: Vec<String>,
    /// The person it was about.
    account_id: Option<Uuid>,
    /// What was sent. In lists only if it is short: ask for the entry to have what is long.
    body: Option<Value>,
    /// How many bytes it has, if it is long.
    body_bytes: Option<i64>,
    /// It is not kept any longer: newer long requests needed the room.
    body_gone: bool,
    took_ms: i64,
    request_id: Option<String>,
}

impl From<LogEntry> for ConnectorLogEntry {
    fn from(entry: LogEntry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            method: entry.method,
            path: entry.path,
            status: entry.status,
            outcome: entry.outcome,
            summary: entry.summary,
            reason: entry.reason,
            notes: entry.notes,
            account_id: entry
                .subject
                .filter(|(kind, _)| *kind == "account")
                .map(|(_, id)| id),
            body: entry.sent.value(),
            body_bytes: entry.sent.bytes_apart(),
            body_gone: matches!(entry.sent, Sent::Gone { .. }),
            took_ms: entry.took_ms,
            request_id: entry.request_id,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    outcome: Option<Outcome>,
    /// Only what was about this person.
    account_id: Option<Uuid>,
    /// What the page before had as `next`.
    after: Option<Uuid>,
    limit: Option<i64>,
}

/// What a connector asked and what became of it, newest first. Kept for 30 days.
#[utoipa::path(get, path = "/api/v1/connectors/{id}/log", tag = "connectors", params(("id" = ConnectorId, Path), LogQuery), responses(
    (status = 200, description = "A page of the log", body = Page<ConnectorLogEntry>),
    (status = 404, description = "There is no such connector", body = Problem, content_type = "application/problem+json")
))]
pub async fn log(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<ConnectorId>,
    Query(query): Query<LogQuery>,
) -> Result<Json<Page<ConnectorLogEntry>>, Failure> {
    site.connectors.written().await;
    let filter = LogFilter {
        outcome: query.outcome,
        subject: query.account_id,
        after: query.after,
        limit: page::limit(query.limit),
    };
    let found = connectors::log(&site.app, &asker.actor, id, &filter).await?;
    Ok(Json(found.map(Into::into)))
}

/// One request of the log, with all that was sent.
#[utoipa::path(get, path = "/api/v1/connectors/{id}/log/{entry_id}", tag = "connectors",
    params(("id" = ConnectorId, Path), ("entry_id" = Uuid, Path)), responses(
    (status = 200, description = "The entry", body = ConnectorLogEntry),
    (status = 404, description = "There is no such entry", body = Problem, content_type = "application/problem+json")
))]
pub async fn log_entry(
    State(site): State<Site>,
    asker: Asker,
    Path((id, entry)): Path<(ConnectorId, Uuid)>,
) -> Result<Json<ConnectorLogEntry>, Failure> {
    site.connectors.written().await;
    let found = connectors::log_entry(&site.app, &asker.actor, id, entry).await?;
    Ok(Json(found.into()))
}

/// What a request of the log would do now. Nothing is done.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectorPlan {
    status: u16,
    outcome: Outcome,
    summary: String,
    reason: Option<String>,
    notes: Vec<String>,
    /// What the identity provider would be told.
    response: Option<Value>,
}

/// Tries a request of the log again, and tells what it would do now. Nothing is done.
#[utoipa::path(post, path = "/api/v1/connectors/{id}/log/{entry_id}/plan", tag = "connectors",
    params(("id" = ConnectorId, Path), ("entry_id" = Uuid, Path)), responses(
    (status = 200, description = "What it would do", body = ConnectorPlan),
    (status = 404, description = "There is no such entry", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "What was sent is not kept: it could not be read, or newer ones needed the room", body = Problem, content_type = "application/problem+json")
))]
pub async fn plan(
    State(site): State<Site>,
    asker: Asker,
    Path((id, entry)): Path<(ConnectorId, Uuid)>,
) -> Result<Json<ConnectorPlan>, Failure> {
    site.connectors.written().await;
    let connector = connectors::read(&site.app, &asker.actor, id).await?;
    let found = connectors::log_entry(&site.app, &asker.actor, id, entry).await?;
    let body = match found.method.as_str() {
        "POST" | "PUT" | "PATCH" => found.sent.again()?,
        _ => Value::Null,
    };
    let session = connectors::session(&site.app, connector, asker.actor.request_id.clone()).await?;
    let path = found.path.trim_start_matches('/');
    let (version, path) = path.split_once('/').unwrap_or((path, ""));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let version = Version::parse(version).unwrap_or(Version::V2);
    let call = Call {
        version,
        method: found.method,
        path: path.to_owned(),
        query: query.to_owned(),
        body,
        if_match: None,
        if_none_match: None,
        base: format!("{}/scim/{}", site.public_url, version.as_str()),
    };
    let reply = scim::answer(&site, &session, &call, true).await;
    Ok(Json(ConnectorPlan {
        status: reply.status,
        outcome: reply.outcome,
        summary: reply.summary,
        reason: reply.reason,
        notes: reply.notes,
        response: reply.body,
    }))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectorTest {
    items: Vec<Advice>,
}

/// What the self-test says: what was seen since it began, and what the identity provider does wrong, in words.
#[utoipa::path(get, path = "/api/v1/connectors/{id}/test", tag = "connectors", params(("id" = ConnectorId, Path)), responses(
    (status = 200, description = "The findings", body = ConnectorTest),
    (status = 404, description = "There is no such connector", body = Problem, content_type = "application/problem+json")
))]
pub async fn test(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<ConnectorId>,
) -> Result<Json<ConnectorTest>, Failure> {
    site.connectors.written().await;
    let items = connectors::test(&site.app, &asker.actor, id).await?;
    Ok(Json(ConnectorTest { items }))
}

/// Begins the self-test anew: what was before does not count.
#[utoipa::path(post, path = "/api/v1/connectors/{id}/test", tag = "connectors", params(("id" = ConnectorId, Path)), responses(
    (status = 200, description = "The connector", body = ConnectorView),
    (status = 404, description = "There is no such connector", body = Problem, content_type = "application/problem+json")
))]
pub async fn begin_test(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<ConnectorId>,
) -> Result<Json<ConnectorView>, Failure> {
    let begun = connectors::begin_test(&site.app, &asker.actor, id).await?;
    Ok(Json(ConnectorView::of(&site, begun).await?))
}
