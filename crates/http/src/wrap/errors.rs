use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::RequestId;
use crate::Problem;
use crate::problem::Fault;

/// The most of a plain-text refusal that is passed on.
const LONGEST: usize = 4096;

/// Gives every refusal that has no body of its own (of the framework, of a layer, of a failure inside) the one
/// form that all errors have, and logs failures with the number of the request.
pub async fn dress(request: Request, next: Next) -> Response {
    let id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.0.clone())
        .unwrap_or_default();
    let api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    if let Some(Fault(why)) = response.extensions().get() {
        tracing::error!(request_id = %id, %why, "a request failed");
        return failed(&id);
    }
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let plain = kind.is_none_or(|kind| kind.starts_with("text/plain"));
    if !(status.is_client_error() || status.is_server_error()) || !plain {
        return response;
    }
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(request_id = %id, "a request failed without saying why");
        return failed(&id);
    }
    if !api && status == StatusCode::NOT_FOUND {
        return response;
    }
    let (parts, body) = response.into_parts();
    let said = to_bytes(body, LONGEST).await.unwrap_or_default();
    let (code, sentence) = sentence(status);
    let detail = match String::from_utf8_lossy(&said).trim() {
        // What could not be read in a request is told by the framework more exactly than by us.
        said if !said.is_empty() && matches!(status.as_u16(), 400 | 422) => format!("{sentence} {said}"),
        _ => sentence.to_owned(),
    };
    let mut dressed = Problem::new(status, code, detail).into_response();
    if let Some(allow) = parts.headers.get(header::ALLOW) {
        dressed.headers_mut().insert(header::ALLOW, allow.clone());
    }
    dressed
}

fn failed(id: &str) -> Response {
    let detail = format!(
        "The server could not do this just now. Try again in a moment; if it stays, tell your admin the number of \
         this request: {id}"
    );
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into_response()
}

fn sentence(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        400 | 422 => (
            "invalid",
            "The request could not be understood. Correct it and send it again.",
        ),
        401 => ("not_signed_in", "Log in first, then try again."),
        403 => (
            "other_site",
            "This was sent from another site, so nothing was done. Open the page here and repeat it.",
        ),
        404 => (
            "not_found",
            "There is nothing at this address. /api tells what there is.",
        ),
        405 => (
            "method_not_allowed",
            "This address does not take that method. The Allow header lists those it takes.",
        ),
        413 => ("too_large", "That is too large. Send less at once."),
        415 => (
            "unsupported_media_type",
            "Send this as JSON, with the header Content-Type: application/json.",
        ),
        503 => (
            "timeout",
            "This took too long and was stopped. Try again in a moment.",
        ),
        _ => (
            "refused",
            "This could not be done. See /api for what the route takes.",
        ),
    }
}
