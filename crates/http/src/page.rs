//! The app, built into `web/dist` and taken into the program.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::Problem;

#[derive(rust_embed::RustEmbed)]
#[folder = "../../web/dist"]
struct Files;

/// The first part of every address that is the app's own: the same page is served there, and it finds its way.
const APP: [&str; 8] = ["", "home", "org", "groups", "me", "people", "my-people", "admin"];

fn is_app(path: &str) -> bool {
    APP.contains(&path.split('/').next().unwrap_or_default())
}

/// Files with a hash in their name never change; fonts are named by hand, so a browser asks again after a day.
fn cache(path: &str) -> &'static str {
    match path.split('/').next() {
        Some("assets") => "public, max-age=31536000, immutable",
        Some("fonts") => "public, max-age=86400",
        _ => "no-cache",
    }
}

/// Whatever no route takes: a file of the app, the app itself, or nothing.
pub async fn answer(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        let detail = "There is nothing at this address. /api tells what there is.";
        return Problem::new(StatusCode::NOT_FOUND, "not_found", detail).into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    if !path.is_empty() && Files::get(path).is_some() {
        return file(path, StatusCode::OK, &headers);
    }
    let status = if is_app(path) {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    file("index.html", status, &headers)
}

fn file(path: &str, status: StatusCode, headers: &HeaderMap) -> Response {
    let Some(found) = Files::get(path) else {
        let detail = "This server was built without its page. Build it with 'make run', then start it again.";
        return Problem::new(StatusCode::NOT_FOUND, "no_page", detail).into_response();
    };
    let tag = found.metadata.sha256_hash()[..16]
        .iter()
        .fold("\"".to_owned(), |tag, byte| format!("{tag}{byte:02x}"));
    let tag = format!("{tag}\"");
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok());
    let unchanged = status == StatusCode::OK && known.is_some_and(|tags| tags.contains(&tag));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = found.metadata.mimetype().to_owned();
        (
            status,
            [(header::CONTENT_TYPE, kind)],
            Body::from(found.data.into_owned()),
        )
            .into_response()
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(cache(path)));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_is_served_where_it_has_pages_and_nowhere_else() {
        for (path, ours) in [
            ("", true),
            ("admin/people", true),
            ("groups/1/members", true),
            ("me", true),
            ("peoples", false),
            ("wp-login.php", false),
        ] {
            assert_eq!(is_app(path), ours, "{path}");
        }
    }

    #[test]
    fn only_files_named_by_their_content_are_kept_for_ever() {
        assert!(cache("assets/index-abc.js").contains("immutable"));
        assert!(!cache("fonts/a.woff2").contains("immutable"));
        assert_eq!(cache("index.html"), "no-cache");
    }
}
