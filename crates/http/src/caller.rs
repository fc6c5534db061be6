//! Who asks: found once a request, by the session cookie or an API token.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::AppendHeaders;
use axum_extra::extract::cookie::CookieJar;
use guildhall_core::access::{CHOICE_SECONDS, Device, LoggedIn, Origin, STEP_SECONDS};
use guildhall_core::accounts::{self, Account, AccountState};
use guildhall_core::ids::SessionId;
use guildhall_core::kiosks::{self, Kiosk};
use guildhall_core::sessions::{self, Session};
use guildhall_core::{Actor, Error, devices, roles, tokens};

use crate::wrap::RequestId;
use crate::{Failure, Problem, Site};

/// A person who is in.
pub struct Caller {
    pub actor: Actor,
    pub account: Account,
    pub session: Session,
}

/// A person who is in, or a program with a token.
pub struct Asker {
    pub actor: Actor,
    /// Of a person.
    pub session: Option<SessionId>,
}

impl FromRequestParts<Site> for Asker {
    type Rejection = Stranger;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Stranger> {
        let bearer = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let (actor, session) = if let Some(secret) = bearer {
            let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
            let found = tokens::check(&site.app, secret.trim(), request_id).await?;
            (found.ok_or(Stranger::NotSignedIn)?, None)
        } else {
            let caller = Caller::from_request_parts(parts, site).await?;
            (caller.actor, Some(caller.session.id))
        };
        Ok(Self { actor, session })
    }
}

/// Why nobody was let through.
pub enum Stranger {
    NotSignedIn,
    Failed(Failure),
}

impl axum::response::IntoResponse for Stranger {
    fn into_response(self) -> axum::response::Response {
        match self {
            Self::NotSignedIn => {
                let detail =
                    "Log in first, or send an API token that lives as \"Authorization: Bearer ghp_…\".";
                Problem::new(StatusCode::UNAUTHORIZED, "not_signed_in", detail).into_response()
            }
            Self::Failed(failure) => failure.into_response(),
        }
    }
}

impl<E: Into<Error>> From<E> for Stranger {
    fn from(error: E) -> Self {
        Self::Failed(error.into().into())
    }
}

impl FromRequestParts<Site> for Caller {
    type Rejection = Stranger;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Stranger> {
        let jar = CookieJar::from_headers(&parts.headers);
        let token = jar.get(cookie_name(site)).ok_or(Stranger::NotSignedIn)?.value();
        let app = &site.app;
        let session = sessions::check(&app.db, token, app.now())
            .await?
            .ok_or(Stranger::NotSignedIn)?;
        let account = accounts::get(&app.db, session.workplace, session.account)
            .await?
            .filter(|account| account.state == AccountState::Claimed)
            .ok_or(Stranger::NotSignedIn)?;
        if session.worth_noting(app.now()) {
            let mut tx = app.begin().await?;
            sessions::touch(&mut tx, &session, app.now()).await?;
            tx.commit().await.map_err(Error::from)?;
        }
        app.watch.note(account.id, app.now());
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
        let mut actor = Actor::person(&account, request_id);
        actor.proved_at = Some(session.proved_at);
        actor.permissions = roles::permissions_of(&app.db, account.workplace, &account.role).await?;
        Ok(Self {
            actor,
            account,
            session,
        })
    }
}

/// Where a request comes from.
pub struct Place {
    pub address: IpAddr,
    /// It came through a proxy, so the machine at the other end is not the person's.
    pub proxied: bool,
    user_agent: String,
    /// The kiosk that this device is, if it is one.
    pub kiosk: Option<Kiosk>,
    /// Of whoever was in by this browser before.
    session_token: Option<String>,
    /// By what the browser is known, if somebody was in by it before.
    device_token: Option<String>,
}

impl Place {
    pub fn origin(&self) -> Origin<'_> {
        Origin {
            address: self.address,
            user_agent: &self.user_agent,
            device: match (&self.kiosk, &self.device_token) {
                (Some(_), _) => Device::Shared,
                (None, Some(token)) => Device::Known(token),
                (None, None) => Device::New,
            },
        }
    }
}

impl FromRequestParts<Site> for Place {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
                peer.0.ip().to_canonical()
            });
        let proxied =
            parts.headers.contains_key("x-forwarded-for") || parts.headers.contains_key(header::FORWARDED);
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let kiosk = match cookie_of(&parts.headers, kiosk_name(site)) {
            Some(token) => kiosks::of_token(&site.app.db, &token).await?,
            None => None,
        };
        Ok(Self {
            address: behind(peer, &parts.headers),
            proxied,
            user_agent,
            kiosk,
            session_token: cookie_of(&parts.headers, cookie_name(site)),
            device_token: cookie_of(&parts.headers, device_name(site)).filter(|token| token.len() == 43),
        })
    }
}

/// The address that a proxy on this machine saw; anybody else's word for an address is not taken.
fn behind(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    let last = forwarded
        .and_then(|addresses| addresses.to_str().ok())
        .and_then(|addresses| addresses.rsplit(',').next())
        .and_then(|address| address.trim().parse().ok());
    last.filter(|_| peer.is_loopback()).unwrap_or(peer)
}

/// The `__Host-` prefix binds it to this host and to HTTPS (RFC 6265bis).
fn cookie_name(site: &Site) -> &'static str {
    if secure(site) {
        "__Host-guildhall"
    } else {
        "guildhall"
    }
}

fn secure(site: &Site) -> bool {
    site.public_url.starts_with("https://")
}

/// Headers that let a browser keep something; the session comes first.
pub type Cookies = AppendHeaders<Vec<(header::HeaderName, String)>>;

/// The headers that give a browser its session, and what it is known by later. The session is kept as long as one can live at most;
/// whether it still lives is the server's to say. On a kiosk the session is made a short one first, and is gone with the browser.
/// The session that the browser had before ends, for nobody holds it any more.
pub async fn admit(site: &Site, place: &Place, entered: &LoggedIn) -> Result<Cookies, Error> {
    let name = cookie_name(site);
    if let Some(token) = &place.session_token {
        sessions::end_former(&site.app, token).await?;
    }
    if let Some(kiosk) = &place.kiosk {
        kiosks::bind(&site.app, kiosk, entered).await?;
        return Ok(AppendHeaders(vec![set_cookie(site, name, &entered.token, None)]));
    }
    let seconds = sessions::rules::MOST_DAYS * 24 * 60 * 60;
    let mut cookies = vec![set_cookie(site, name, &entered.token, Some(seconds))];
    if let Some(token) = entered.device.as_ref().and_then(|device| device.token.as_ref()) {
        let seconds = devices::DAYS * 24 * 60 * 60;
        cookies.push(set_cookie(site, device_name(site), token, Some(seconds)));
    }
    Ok(AppendHeaders(cookies))
}

fn device_name(site: &Site) -> &'static str {
    if secure(site) {
        "__Host-guildhall-device"
    } else {
        "guildhall-device"
    }
}

/// The ticket of whoever has more to show before they are in.
pub fn step_of(site: &Site, headers: &HeaderMap) -> Option<String> {
    cookie_of(headers, step_name(site))
}

/// The header that gives a browser such a ticket; an empty one takes it away.
pub fn step_cookie(site: &Site, ticket: &str) -> (header::HeaderName, String) {
    let seconds = if ticket.is_empty() { 0 } else { STEP_SECONDS };
    set_cookie(site, step_name(site), ticket, Some(seconds))
}

fn step_name(site: &Site) -> &'static str {
    if secure(site) {
        "__Host-guildhall-step"
    } else {
        "guildhall-step"
    }
}

/// The header that makes a browser a kiosk, as long as browsers keep anything (RFC 6265bis: 400 days).
pub fn kiosk_cookie(site: &Site, token: &str) -> (header::HeaderName, String) {
    set_cookie(site, kiosk_name(site), token, Some(400 * 24 * 60 * 60))
}

/// The header that lets a kiosk's browser show the same code again; an empty one takes it away.
pub fn pass_cookie(site: &Site, secret: &str) -> (header::HeaderName, String) {
    let seconds = if secret.is_empty() {
        0
    } else {
        kiosks::rules::PASS_SECONDS
    };
    set_cookie(site, pass_name(site), secret, Some(seconds))
}

/// The secret of the code that a kiosk's browser shows.
pub fn pass_of(site: &Site, headers: &HeaderMap) -> Option<String> {
    cookie_of(headers, pass_name(site))
}

fn pass_name(site: &Site) -> &'static str {
    if secure(site) {
        "__Host-guildhall-pass"
    } else {
        "guildhall-pass"
    }
}

fn kiosk_name(site: &Site) -> &'static str {
    if secure(site) {
        "__Host-guildhall-kiosk"
    } else {
        "guildhall-kiosk"
    }
}

fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let value = jar.get(name)?.value().to_owned();
    Some(value).filter(|value| !value.is_empty())
}

/// What makes a browser forget all that it kept of this site but its cookies: after somebody was in on a shared device
/// (Clear Site Data, W3C).
pub const FORGET: (header::HeaderName, &str) = (
    header::HeaderName::from_static("clear-site-data"),
    "\"cache\", \"storage\"",
);

/// The token that the browser holds, whether it is worth something or not.
pub fn token_of(site: &Site, headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    jar.get(cookie_name(site)).map(|cookie| cookie.value().to_owned())
}

/// The ticket of a person who is to choose a workplace.
pub fn ticket_of(site: &Site, headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let ticket = jar.get(ticket_name(site))?.value();
    Some(ticket.to_owned()).filter(|ticket| !ticket.is_empty())
}

/// The header that gives a browser such a ticket; an empty one takes it away.
pub fn ticket_cookie(site: &Site, ticket: &str) -> (header::HeaderName, String) {
    let seconds = if ticket.is_empty() { 0 } else { CHOICE_SECONDS };
    set_cookie(site, ticket_name(site), ticket, Some(seconds))
}

/// What the browser keeps of a question to an identity provider.
pub fn sso_of(site: &Site, headers: &HeaderMap) -> Option<String> {
    cookie_of(headers, sso_name(site))
}

/// The header that lets a browser keep that, as long as an answer may take.
pub fn sso_cookie(site: &Site, browser: &str) -> (header::HeaderName, String) {
    let seconds = 2 * guildhall_core::sso::MINUTES * 60;
    set_cookie(site, sso_name(site), browser, Some(seconds))
}

fn sso_name(site: &Site) -> &'static str {
    if secure(site) {
        "__Host-guildhall-sso"
    } else {
        "guildhall-sso"
    }
}

fn ticket_name(site: &Site) -> &'static str {
    if secure(site) {
        "__Host-guildhall-choice"
    } else {
        "guildhall-choice"
    }
}

/// The header that takes the session away.
pub fn no_cookie(site: &Site) -> [(header::HeaderName, String); 1] {
    [set_cookie(site, cookie_name(site), "", Some(0))]
}

/// Without `seconds` it is gone when the browser is closed.
fn set_cookie(site: &Site, name: &str, value: &str, seconds: Option<i64>) -> (header::HeaderName, String) {
    let secure = if secure(site) { "; Secure" } else { "" };
    let age = seconds.map_or(String::new(), |seconds| format!("; Max-Age={seconds}"));
    let cookie = format!("{name}={value}; Path=/{age}; HttpOnly; SameSite=Lax{secure}");
    (header::SET_COOKIE, cookie)
}
