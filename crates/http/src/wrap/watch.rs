use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::RequestId;
use crate::Site;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Whether a number that a proxy gave is fit to be written into logs.
fn fit(id: &str) -> bool {
    (8..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Numbers the request, times it, counts it and notes it in the log. The path is logged as the route's
/// pattern, never as it came: links carry secrets.
pub async fn watch(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let began = tokio::time::Instant::now();
    let given = request
        .headers()
        .get(&HEADER)
        .and_then(|value| value.to_str().ok())
        .filter(|id| fit(id));
    let id = given.map_or_else(|| site.app.entropy.id(site.app.now()).to_string(), str::to_owned);
    let method = request.method().to_string();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "page".to_owned(), |path| path.as_str().to_owned());
    request.extensions_mut().insert(RequestId(id.clone()));

    let mut response = next.run(request).await;

    let took = began.elapsed();
    let status = response.status().as_u16();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    tracing::debug!(request_id = %id, %method, %route, status, ms = took.as_millis(), "answered");
    let labels = [
        ("method", method),
        ("route", route),
        ("status", status.to_string()),
    ];
    metrics::counter!("guildhall_http_requests_total", &labels).increment(1);
    metrics::histogram!("guildhall_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    response
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_proxys_number_is_taken_when_it_is_harmless() {
        for (id, taken) in [
            ("0199c8f2-0b61-7d0a", true),
            ("short", false),
            ("with space in it", false),
            ("line\nbreak-in-log", false),
            (&"x".repeat(65), false),
        ] {
            assert_eq!(fit(id), taken, "{id:?}");
        }
    }
}
