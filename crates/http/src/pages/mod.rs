//! The pages before one is in. They need no script.

mod api;
mod choose;
mod claim;
mod code;
mod confirm;
mod join;
mod kiosk;
mod login;
mod logout;
mod not_me;
mod not_me_here;
mod oidc;
mod open;
mod phone;
mod reset;
mod second;
mod setup;
mod sso;
mod whereabouts;

use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use guildhall_core::access::Entered;
use guildhall_core::{Error, FieldProblem};

use crate::caller::{Place, admit};
use crate::{Failure, Site};

const STYLE: &str = concat!(
    include_str!("../../../../web/src/styles/tokens.css"),
    include_str!("door.css")
);

#[derive(Template)]
#[template(path = "door.html")]
struct Door<'a> {
    /// The workplace's name, where it is known.
    brand: &'a str,
    title: &'a str,
    lead: &'a str,
    /// What one should know before anything else.
    notice: &'a str,
    problem: Option<Trouble>,
    fields: Vec<Field<'a>>,
    /// Empty: there is nothing to send.
    button: &'a str,
    /// Where else one may want to go: words and address.
    aside: Option<(&'a str, &'a str)>,
    /// And where besides.
    besides: &'a [(&'a str, &'a str)],
    /// What a phone is to scan.
    scan: Option<Scan>,
    /// After so many seconds the page is fetched again; 0: never.
    refresh: u32,
    /// Where the form goes; empty: to this page.
    action: &'a str,
    /// A second way to send the form, whatever is missing in it: name, value and words.
    second: Option<(&'a str, &'a str, &'a str)>,
    /// A script sends the form by itself.
    onward: bool,
    /// The page leads on to there by itself.
    leads_to: &'a str,
    /// A passkey does, too.
    passkey: Option<Passkey<'a>>,
    /// Something else that can be done here: name, value and words.
    other: Option<(&'a str, &'a str, &'a str)>,
    /// What an authenticator app is to scan.
    picture: Option<Picture<'a>>,
    /// Recovery codes, and the address of a file of them.
    codes: &'a [String],
    file: &'a str,
    /// What one may need to know when nothing else helps.
    footnote: &'a str,
}

/// A QR code, and what it says, to be typed where nothing can be scanned.
struct Picture<'a> {
    svg: String,
    key: &'a str,
}

/// A form that a script sends when a passkey has answered. Without the script it is not shown.
#[derive(Clone, Copy)]
struct Passkey<'a> {
    /// Where the form goes.
    action: &'a str,
    /// Where the question comes from.
    challenge: &'a str,
    /// `get`, or `create` for a new one.
    way: &'a str,
    label: &'a str,
    /// The form can have this browser remembered.
    remembers: bool,
}

/// A QR code, and the number that goes with it.
struct Scan {
    svg: String,
    number: i64,
}

impl Default for Door<'_> {
    fn default() -> Self {
        Self {
            brand: "Guildhall",
            title: "",
            lead: "",
            notice: "",
            problem: None,
            fields: Vec::new(),
            button: "",
            aside: None,
            besides: &[],
            scan: None,
            refresh: 0,
            action: "",
            second: None,
            onward: false,
            leads_to: "",
            passkey: None,
            other: None,
            picture: None,
            codes: &[],
            file: "",
            footnote: "",
        }
    }
}

struct Field<'a> {
    name: &'a str,
    label: &'a str,
    kind: &'a str,
    value: &'a str,
    autocomplete: &'a str,
    hint: &'a str,
    required: bool,
    /// Of a list: what there is to choose.
    options: Vec<Choice>,
}

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// What went wrong: a sentence, and the fields that are to blame.
struct Trouble {
    message: String,
    fields: Vec<FieldProblem>,
}

impl Trouble {
    fn new(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            fields: Vec::new(),
        }
    }
}

impl<'a> Field<'a> {
    fn new(name: &'a str, label: &'a str, kind: &'a str, autocomplete: &'a str) -> Self {
        Self {
            name,
            label,
            kind,
            value: "",
            autocomplete,
            hint: "",
            required: true,
            options: Vec::new(),
        }
    }
    fn value(self, value: &'a str) -> Self {
        Self { value, ..self }
    }
    fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }
    fn options(self, options: Vec<Choice>) -> Self {
        Self { options, ..self }
    }
}

impl Door<'_> {
    /// What is wrong with the field.
    fn wrong(&self, name: &str) -> Option<&str> {
        let fields = &self.problem.as_ref()?.fields;
        let wrong = fields.iter().find(|problem| problem.field == name)?;
        Some(&wrong.message)
    }
    /// Whether the form carries a file.
    fn takes_a_file(&self) -> bool {
        self.fields.iter().any(|field| field.kind == "file")
    }
    /// What is wrong with none of the fields that are shown.
    fn general(&self) -> Option<&str> {
        let beside = self.fields.iter().any(|field| self.wrong(field.name).is_some());
        let problem = self.problem.as_ref().filter(|_| !beside)?;
        Some(&problem.message)
    }
    fn show(&self) -> Result<Response, Failure> {
        let status = if self.problem.is_some() {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        };
        let page = self.render().map_err(|why| Error::Internal(why.to_string()))?;
        Ok((status, Html(page)).into_response())
    }
}

/// The sentence for the person; what failed inside goes to the log instead.
fn said(error: Error) -> Result<Trouble, Failure> {
    match error {
        Error::Internal(_) | Error::Store(_) => Err(Failure(error)),
        other => {
            let message = other.to_string();
            let fields = match other {
                Error::Invalid { fields, .. } => fields,
                _ => Vec::new(),
            };
            Ok(Trouble { message, fields })
        }
    }
}

/// Whoever has shown their password: they are in and go there, or have more to show first.
async fn come_in(site: &Site, place: &Place, entered: Entered, to: Option<&str>) -> Result<Response, Error> {
    match entered {
        Entered::In(entered) => Ok((admit(site, place, &entered).await?, next(to)).into_response()),
        Entered::Step(ticket) => second::lead(site, &ticket, to),
    }
}

/// Where to go after the log-in: within this site only.
fn next(asked: Option<&str>) -> Redirect {
    Redirect::to(inside(asked))
}

fn inside(asked: Option<&str>) -> &str {
    let inside = asked.filter(|path| !path.starts_with("/login"));
    guildhall_core::sso::rules::within(inside.unwrap_or_default())
}

/// A style sheet of these pages.
fn style(text: &'static str) -> impl IntoResponse {
    asset("text/css; charset=utf-8", text)
}

/// A script of these pages.
fn script(text: &'static str) -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", text)
}

fn asset(media: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "no-cache")];
    (headers, text)
}

/// The pages, besides the API: address and what answers there.
fn all() -> Vec<(&'static str, MethodRouter<Site>)> {
    vec![
        ("/login", get(login::show).post(login::enter)),
        ("/logout", get(logout::show).post(logout::leave)),
        (
            "/login/passkey",
            get(async || Redirect::to("/login")).post(login::by_passkey),
        ),
        ("/second", get(second::show).post(second::act)),
        ("/passkey.js", get(async || script(include_str!("passkey.js")))),
        ("/onward.js", get(async || script(include_str!("onward.js")))),
        ("/choose", get(choose::show).post(choose::enter)),
        ("/setup", get(setup::show).post(setup::open)),
        (
            "/claim/{token}",
            get(claim::show)
                .post(claim::take)
                .layer(DefaultBodyLimit::max(claim::MOST)),
        ),
        ("/code", get(code::show).post(code::read)),
        ("/c/{token}", get(code::show_offer).post(code::take)),
        ("/confirm/{token}", get(confirm::show).post(confirm::confirm)),
        ("/join", get(join::show).post(join::ask)),
        ("/join/{token}", get(join::show_offer).post(join::take)),
        ("/j/{token}", get(join::show_link).post(join::ask_by_link)),
        ("/kiosk", get(kiosk::show).post(kiosk::enter)),
        ("/kiosk/phone", get(phone::show)),
        ("/kiosk/in/{token}", get(phone::ask).post(phone::answer)),
        ("/kiosk/enrol/{token}", get(kiosk::show_offer).post(kiosk::enrol)),
        ("/open", get(open::show).post(open::ask)),
        ("/open/{token}", get(open::show_form).post(open::open)),
        ("/sso/saml/{id}/metadata", get(sso::metadata)),
        ("/sso/saml/{id}/start", get(sso::start)),
        ("/sso/saml/{id}/test", get(sso::test)),
        ("/sso/saml/{id}/acs", post(sso::answer)),
        ("/sso/saml/{id}/slo", get(sso::left).post(sso::left_by_form)),
        ("/sso/oidc/{id}/start", get(sso::start)),
        ("/sso/oidc/{id}/test", get(sso::test)),
        ("/sso/oidc/{id}/callback", get(oidc::returned)),
        (
            "/sso/oidc/{id}/back-channel",
            post(oidc::left).layer(DefaultBodyLimit::max(oidc::MOST)),
        ),
        ("/sso/again", get(sso::again)),
        ("/sso/leave/{ticket}", get(sso::leave)),
        ("/sso/enter/{token}", get(sso::arrive).post(sso::take)),
        ("/not-me/{token}", get(not_me::show).post(not_me::deny)),
        (
            "/not-me-here/{token}",
            get(not_me_here::show).post(not_me_here::deny),
        ),
        ("/forgot", get(reset::forgot).post(reset::ask)),
        ("/reset/{token}", get(reset::show).post(reset::choose)),
        ("/door.css", get(async || style(STYLE))),
        ("/api", get(api::show)),
        ("/api/", get(api::show)),
        ("/api.css", get(async || style(api::STYLE))),
    ]
}

pub fn routes() -> Router<Site> {
    all().into_iter().fold(Router::new(), |router, (path, answers)| {
        router.route(path, answers)
    })
}

/// Whether a form comes there from the page of an identity provider. Nothing happens by it that is not signed.
pub fn comes_from_elsewhere(path: &str) -> bool {
    let provider = path
        .strip_prefix("/sso/saml/")
        .and_then(|rest| rest.split_once('/'));
    matches!(provider, Some((_, "acs" | "slo")))
}

/// The addresses of the pages.
pub fn addresses() -> Vec<&'static str> {
    all().into_iter().map(|(path, _)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_leads_nowhere_else() {
        for (asked, expect) in [
            (Some("/admin/people?q=a"), "/admin/people?q=a"),
            (None, "/home"),
            (Some("//evil.example"), "/home"),
            (Some("/\\evil.example"), "/home"),
            (Some("https://evil.example"), "/home"),
            (Some("/login?next=/"), "/home"),
            (Some(""), "/home"),
        ] {
            let response = next(asked).into_response();
            assert_eq!(response.headers()[header::LOCATION], expect, "{asked:?}");
        }
    }
}
