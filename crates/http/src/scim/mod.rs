//! SCIM 2.0 at /scim/v2, and 1.1 at /scim/v1. The token tells the workplace and the connector.

mod bulk;
mod discovery;
mod reply;
mod serve;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::any;
use axum::{Extension, extract::Path};
use guildhall_core::connectors::{self, LogEntry, Outcome, Rejected, Sent, Session};
use guildhall_wire::scim::Limits;
use serde_json::Value;
use tokio::time::Instant;

use crate::Site;
use crate::wrap::RequestId;

pub use reply::Reply;
pub use serve::{Call, Version, answer};

/// The most bytes of one request.
pub const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// The most operations of one bulk request.
const BULK_OPERATIONS: usize = 1000;
/// Up to how many bytes a request is made ready for the log at once, and not on another thread.
const QUICK: usize = 8 * 1024;

/// How much is taken and given at once.
pub const LIMITS: Limits = Limits {
    page: guildhall_core::scim::LARGEST_PAGE,
    default_page: guildhall_core::scim::DEFAULT_PAGE,
    bulk_operations: BULK_OPERATIONS,
    bulk_bytes: BODY_LIMIT,
    cursor_seconds: guildhall_core::scim::CURSOR_SECONDS,
};

/// Every address of SCIM; what there is behind them is in `serve.rs`.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/scim/{version}", any(root))
        .route("/scim/{version}/", any(root))
        .route("/scim/{version}/{*path}", any(below))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

type Given = Result<Bytes, BytesRejection>;

async fn root(
    State(site): State<Site>,
    Extension(id): Extension<RequestId>,
    Path(version): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Given,
) -> Response {
    receive(
        &site,
        id.0,
        (version, String::new()),
        (method, uri, headers),
        body,
    )
    .await
}

async fn below(
    State(site): State<Site>,
    Extension(id): Extension<RequestId>,
    Path((version, path)): Path<(String, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Given,
) -> Response {
    receive(&site, id.0, (version, path), (method, uri, headers), body).await
}

/// The secret of `Authorization: Bearer …`, in whatever case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

async fn receive(
    site: &Site,
    request_id: String,
    (version, path): (String, String),
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Given,
) -> Response {
    let began = Instant::now();
    let Some(version) = Version::parse(&version) else {
        return reply::nowhere(Version::V2).into_response(Version::V2);
    };
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let call = Call {
        version,
        method: method.as_str().to_owned(),
        path,
        query: uri.query().unwrap_or_default().to_owned(),
        body: Value::Null,
        if_match: text(header::IF_MATCH),
        if_none_match: text(header::IF_NONE_MATCH),
        base: format!("{}/scim/{}", site.public_url, version.as_str()),
    };
    let secret = bearer(&headers).unwrap_or_default();
    let session = match connectors::enter(&site.app, secret, Some(request_id.clone())).await {
        Ok(Ok(session)) => session,
        Ok(Err(rejected)) => {
            let reply = reply::stranger();
            if let Rejected::Over(connector) = rejected
                && let Ok(session) = connectors::session(&site.app, *connector, Some(request_id)).await
            {
                note(site, &session, &call, &reply, Sent::Nothing, began);
            }
            return reply.into_response(version);
        }
        Err(error) => return reply::trouble(error.into()).into_response(version),
    };
    if let Err(seconds) = site.connectors.may_ask(session.connector.id, site.app.now()) {
        let reply = reply::too_fast(seconds);
        note(site, &session, &call, &reply, Sent::Nothing, began);
        return reply.into_response(version);
    }
    let (value, length) = match read(body) {
        Ok(read) => read,
        Err(reply) => {
            note(site, &session, &call, &reply, Sent::Nothing, began);
            return reply.into_response(version);
        }
    };
    let mut call = Call { body: value, ..call };
    if bulk::is_bulk(&call) {
        let reply = bulk::answer(site, &session, &call, |call, reply, sent| {
            note(site, &session, call, reply, sent, began);
        })
        .await;
        // What became of each operation is told by itself.
        if reply.status >= 400 {
            let sent = sent(call.body.take(), length).await;
            note(site, &session, &call, &reply, sent, began);
        }
        return reply.into_response(version);
    }
    let reply = answer(site, &session, &call, false).await;
    let sent = sent(call.body.take(), length).await;
    note(site, &session, &call, &reply, sent, began);
    reply.into_response(version)
}

/// The body as JSON, and how long it is.
fn read(body: Given) -> Result<(Value, usize), Box<Reply>> {
    let bytes = body.map_err(|rejection| {
        Box::new(match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => reply::refused(
                413,
                None,
                "too_large",
                "That is too large: send at most 10 MB at once.",
            ),
            _ => reply::syntax("The request could not be read to its end."),
        })
    })?;
    if bytes.is_empty() {
        return Ok((Value::Null, 0));
    }
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Box::new(reply::syntax(&format!("The request is no JSON: {error}."))))?;
    Ok((value, bytes.len()))
}

/// What was sent, as the log keeps it. Nobody else waits while what is long is packed.
async fn sent(value: Value, length: usize) -> Sent {
    if length <= QUICK {
        return Sent::of(value);
    }
    let packing = tokio::task::spawn_blocking(move || Sent::of(value));
    packing.await.unwrap_or_default()
}

/// Notes a request and its answer in the log of the connector.
fn note(site: &Site, session: &Session, call: &Call, reply: &Reply, sent: Sent, began: Instant) {
    let query = if call.query.is_empty() {
        String::new()
    } else {
        format!("?{}", call.query)
    };
    let path = format!("/{}/{}{query}", call.version.as_str(), call.path);
    let now = site.app.now();
    site.connectors.note(LogEntry {
        id: site.app.entropy.id(now),
        workplace: session.connector.workplace,
        connector: session.connector.id,
        at: now,
        method: call.method.clone(),
        path: path.chars().take(2000).collect(),
        status: reply.status,
        outcome: reply.outcome,
        summary: reply.summary.clone(),
        reason: reply
            .reason
            .clone()
            .filter(|_| matches!(reply.outcome, Outcome::Refused | Outcome::Failed)),
        notes: reply.notes.iter().take(50).cloned().collect(),
        subject: reply.subject,
        sent,
        took_ms: began.elapsed().as_millis() as i64,
        request_id: session.actor.request_id.clone(),
    });
}
