use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;

use crate::{Problem, Site};

/// How long the database may take to answer before another server should get the requests.
const PATIENCE: Duration = Duration::from_secs(3);

/// Answers while the program lives.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()), responses(
    (status = 200, description = "It lives", body = String)
))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Answers while the program can work: its database is reachable.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()), responses(
    (status = 200, description = "It can work", body = String),
    (status = 503, description = "The database does not answer", body = Problem, content_type = "application/problem+json")
))]
pub async fn readyz(State(site): State<Site>) -> Result<&'static str, Problem> {
    let why = match tokio::time::timeout(PATIENCE, site.app.db.ping()).await {
        Ok(Ok(())) => return Ok("ready\n"),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    tracing::error!(%why, "the database can't be reached");
    Err(Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not_ready",
        "The database does not answer. See the server's log, or run: guildhall doctor",
    ))
}
