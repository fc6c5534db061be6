//! The pages before one is in. They need no script.

mod api;
mod claim;
mod confirm;
mod join;
mod login;
mod not_me;
mod open;
mod reset;
mod setup;
mod whereabouts;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use guildhall_core::{Error, FieldProblem};

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
    problem: Option<Trouble>,
    fields: Vec<Field<'a>>,
    /// Empty: there is nothing to send.
    button: &'a str,
    /// Where else one may want to go: words and address.
    aside: Option<(&'a str, &'a str)>,
    /// And where besides.
    besides: Option<(&'a str, &'a str)>,
}

impl Default for Door<'_> {
    fn default() -> Self {
        Self {
            brand: "Guildhall",
            title: "",
            lead: "",
            problem: None,
            fields: Vec::new(),
            button: "",
            aside: None,
            besides: None,
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

/// Where to go after the log-in: within this site only.
fn next(asked: Option<&str>) -> Redirect {
    let inside = asked.filter(|path| {
        path.starts_with('/')
            && !path[1..].starts_with(['/', '\\'])
            && !path.chars().any(char::is_control)
            && !path.starts_with("/login")
    });
    Redirect::to(inside.unwrap_or("/home"))
}

/// A style sheet of these pages.
fn style(text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}

/// The pages, besides the API.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/login", get(login::show).post(login::enter))
        .route("/setup", get(setup::show).post(setup::open))
        .route("/claim/{token}", get(claim::show).post(claim::take))
        .route("/confirm/{token}", get(confirm::show).post(confirm::confirm))
        .route("/join", get(join::show).post(join::ask))
        .route("/join/{token}", get(join::show_offer).post(join::take))
        .route("/j/{token}", get(join::show_link).post(join::ask_by_link))
        .route("/open", get(open::show).post(open::ask))
        .route("/open/{token}", get(open::show_form).post(open::open))
        .route("/not-me/{token}", get(not_me::show).post(not_me::deny))
        .route("/forgot", get(reset::forgot).post(reset::ask))
        .route("/reset/{token}", get(reset::show).post(reset::choose))
        .route("/door.css", get(async || style(STYLE)))
        .route("/api", get(api::show))
        .route("/api/", get(api::show))
        .route("/api.css", get(async || style(api::STYLE)))
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
