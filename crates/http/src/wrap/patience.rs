use std::time::Duration;

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// How long an answer may take to begin.
const USUALLY: Duration = Duration::from_mins(1);
/// How long an upload may take, on a slow line.
const UPLOAD: Duration = Duration::from_mins(30);

fn takes_a_file(method: &Method, path: &str) -> bool {
    match *method {
        Method::POST => {
            path == "/api/v1/imports" || path.starts_with("/claim/") || path.starts_with("/api/v1/claims/")
        }
        Method::PUT => path.ends_with("/photo") || path.ends_with("/logo"),
        _ => false,
    }
}

/// Gives up on what takes too long.
pub async fn wait(request: Request, next: Next) -> Response {
    let uploads = takes_a_file(request.method(), request.uri().path());
    let patience = if uploads { UPLOAD } else { USUALLY };
    let answered = tokio::time::timeout(patience, next.run(request)).await;
    answered.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}
