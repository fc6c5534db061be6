use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use guildhall_core::access::{self, Entered, Entrance};
use guildhall_core::{Error, factors, sessions, workplaces};
use serde::Deserialize;

use super::second::Answered;
use super::{Door, Field, Passkey, Trouble, come_in, said, sso};
use crate::caller::{Place, no_cookie, ticket_cookie, token_of};
use crate::{Failure, Site};

#[derive(Deserialize)]
pub struct Way {
    pub next: Option<String>,
}

#[derive(Deserialize)]
pub struct Given {
    email: String,
    #[serde(default)]
    password: String,
    /// `sso`: by the identity provider that answers for the address.
    #[serde(default)]
    way: String,
}

/// Where somebody wanted to go, for the address of the next page.
pub(super) fn query(to: Option<&str>) -> Result<String, Error> {
    serde_urlencoded::to_string([("next", to.unwrap_or_default())])
        .map_err(|why| Error::Internal(why.to_string()))
}

async fn page(
    site: &Site,
    (email, to): (&str, Option<&str>),
    notice: &str,
    problem: Option<Trouble>,
) -> Result<Response, Failure> {
    let by_passkey = format!("/login/passkey?{}", query(to)?);
    let by_sso = guildhall_core::sso::any(&site.app).await?;
    let door = Door {
        title: "Log in",
        notice,
        lead: "With your e-mail address; or, if your workplace gave you none, your user name or employee ID.",
        problem,
        fields: vec![
            Field::new(
                "email",
                "E-mail, user name or employee ID",
                "text",
                "username webauthn",
            )
            .value(email),
            Field::new("password", "Password", "password", "current-password"),
        ],
        button: "Log in",
        second: by_sso.then_some(("way", "sso", "Log in with single sign-on")),
        passkey: factors::Passkeys::of(&site.public_url)
            .is_ok()
            .then_some(Passkey {
                action: &by_passkey,
                challenge: "/api/v1/sessions/passkey/challenge",
                way: "get",
                label: "Use a passkey",
                remembers: false,
            }),
        aside: Some(("Forgotten password?", "/forgot")),
        besides: &[
            ("New here? Join with your company address", "/join"),
            ("I have an access code", "/code"),
        ],
        ..Door::default()
    };
    door.show()
}

/// The page; whoever was cut off is told why, once, by the cookie that they still hold.
pub async fn show(
    State(site): State<Site>,
    place: Place,
    Query(way): Query<Way>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let known = ("", way.next.as_deref());
    if place.kiosk.is_some() {
        return Ok(Redirect::to("/kiosk").into_response());
    }
    if workplaces::none(&site.app.db).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let why = match token_of(&site, &headers) {
        Some(token) => sessions::why_out(&site.app.db, &token, site.app.now()).await?,
        None => None,
    };
    match why {
        Some(why) => Ok((no_cookie(&site), page(&site, known, &why, None).await?).into_response()),
        None => page(&site, known, "", None).await,
    }
}

pub async fn enter(
    State(site): State<Site>,
    Query(way): Query<Way>,
    place: Place,
    Form(given): Form<Given>,
) -> Result<Response, Failure> {
    if given.way == "sso" || given.password.is_empty() {
        if let Some(leads_on) = sso::discover(&site, &given.email, way.next.as_deref()).await? {
            return Ok(leads_on);
        }
        let problem = Trouble::new(if given.way != "sso" {
            "Type your password."
        } else if given.email.trim().is_empty() {
            "Type your e-mail address first: it says where your organisation logs you in."
        } else {
            "No single sign-on is set up for this address. Log in with your password, or ask an admin of your workplace."
        });
        return page(&site, (&given.email, way.next.as_deref()), "", Some(problem)).await;
    }
    let pair = (given.email.as_str(), given.password.as_str());
    match access::log_in_anywhere(&site.app, &site.hasher, pair, place.origin()).await {
        Ok(Entrance::In(entered)) => {
            Ok(come_in(&site, &place, Entered::In(entered), way.next.as_deref()).await?)
        }
        Ok(Entrance::Step(ticket)) => {
            Ok(come_in(&site, &place, Entered::Step(ticket), way.next.as_deref()).await?)
        }
        Ok(Entrance::Several(held)) => {
            let ticket = [ticket_cookie(&site, &access::ticket(&site.app, &held, pair.0)?)];
            let query = query(way.next.as_deref())?;
            Ok((ticket, Redirect::to(&format!("/choose?{query}"))).into_response())
        }
        Err(error) => page(&site, (&given.email, way.next.as_deref()), "", Some(said(error)?)).await,
    }
}

/// Whoever comes by a passkey alone.
pub async fn by_passkey(
    State(site): State<Site>,
    Query(way): Query<Way>,
    place: Place,
    Form(answered): Form<Answered>,
) -> Result<Response, Failure> {
    let to = way.next.as_deref();
    let done = match answered.given() {
        Ok(given) => access::log_in_by_passkey(&site.app, &site.public_url, &given, place.origin()).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(entered) => Ok(come_in(&site, &place, Entered::In(Box::new(entered)), to).await?),
        Err(error) => page(&site, ("", to), "", Some(said(error)?)).await,
    }
}
