//! How many people come in by a response in a second: `bench/saml.sh` runs it. Prints `name<TAB>a second`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_store::Db;
use serde_json::json;
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::common::Server;
use crate::sso::hall::{Hall, sent};

const PEOPLE: usize = 50;
const SESSIONS: usize = 4_000;
const AT_ONCE: usize = 64;

/// Asks as somebody with an address of their own, so that no network is asked to wait.
async fn from_everywhere(server: &Server, number: usize, request: Request<Body>) -> Response<Body> {
    let [_, .., high, middle, low] = number.to_be_bytes();
    let mut request = request;
    request
        .extensions_mut()
        .insert(ConnectInfo(SocketAddr::from(([10, high, middle, low], 9))));
    server.router.clone().oneshot(request).await.unwrap()
}

/// One form of a provider's, and the way in from there.
async fn comes_in(server: &Server, number: usize, (path, cookie, form): (&str, &str, &str)) {
    let post = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    let to = from_everywhere(server, number, post).await;
    let ticket = to.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let get = Request::get(ticket).header(header::COOKIE, cookie);
    let get = get.header("sec-fetch-site", "same-origin").body(Body::empty());
    let page = from_everywhere(server, number, get.unwrap()).await;
    let cookies = page.headers().get_all(header::SET_COOKIE).iter();
    let session = |cookie: &axum::http::HeaderValue| cookie.as_bytes().starts_with(b"guildhall=");
    assert!(cookies.into_iter().any(session), "{}", page.status());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: bench/saml.sh runs it"]
async fn sessions_a_second() {
    let folder = tempfile::tempdir_in(std::env::var("GUILDHALL_SAML").unwrap()).unwrap();
    let db = Db::open_lite(&folder.path().join("g.db")).await.unwrap();
    let server = Arc::new(Server::on(db).await);
    let hall = Hall::ready(&server).await;
    hall.edit(json!({"settings": {"unasked": true}})).await;
    let mut cookies = Vec::new();
    for number in 0..PEOPLE {
        hall.add(&format!("p{number}"), true).await;
        cookies.push(hall.come(&format!("p{number}@hall.example")).await);
    }
    let forms: Vec<(String, String)> = (0..SESSIONS)
        .map(|number| {
            let xml = sent(&hall.says(&format!("p{}@hall.example", number % PEOPLE)));
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("SAMLResponse", &STANDARD.encode(xml));
            (cookies[number % PEOPLE].clone(), form.finish())
        })
        .collect();
    let (forms, path) = (Arc::new(forms), Arc::new(format!("/sso/saml/{}/acs", hall.id())));
    let next = Arc::new(AtomicUsize::new(0));
    let from = Instant::now();
    let mut comers = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let (server, forms, path, next) = (server.clone(), forms.clone(), path.clone(), next.clone());
        comers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some((cookie, form)) = forms.get(number) else {
                    return;
                };
                comes_in(&server, number, (&path, cookie, form)).await;
            }
        });
    }
    while let Some(comer) = comers.join_next().await {
        comer.unwrap();
    }
    let count = u32::try_from(SESSIONS).unwrap();
    let rate = f64::from(count) / from.elapsed().as_secs_f64();
    println!("response to session\t{rate:.0}");
}
