use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use guildhall_core::access::{self, Entrance};
use guildhall_core::{Error, sessions, workplaces};
use serde::Deserialize;

use super::{Door, Field, Trouble, next, said, sso};
use crate::caller::{Place, admit, no_cookie, ticket_cookie, token_of};
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

async fn page(site: &Site, email: &str, notice: &str, problem: Option<Trouble>) -> Result<Response, Failure> {
    let by_sso = guildhall_core::sso::any(&site.app).await?;
    let door = Door {
        title: "Log in",
        notice,
        lead: "With your e-mail address; or, if your workplace gave you none, your user name or employee ID.",
        problem,
        fields: vec![
            Field::new("email", "E-mail, user name or employee ID", "text", "username").value(email),
            Field::new("password", "Password", "password", "current-password"),
        ],
        button: "Log in",
        second: by_sso.then_some(("way", "sso", "Log in with single sign-on")),
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
pub async fn show(State(site): State<Site>, place: Place, headers: HeaderMap) -> Result<Response, Failure> {
    if place.kiosk(&site).await?.is_some() {
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
        Some(why) => Ok((no_cookie(&site), page(&site, "", &why, None).await?).into_response()),
        None => page(&site, "", "", None).await,
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
        return page(&site, &given.email, "", Some(problem)).await;
    }
    let pair = (given.email.as_str(), given.password.as_str());
    match access::log_in_anywhere(&site.app, &site.hasher, pair, place.origin()).await {
        Ok(Entrance::In(entered)) => {
            let cookie = admit(&site, &place, &entered).await?;
            Ok((cookie, next(way.next.as_deref())).into_response())
        }
        Ok(Entrance::Several(held)) => {
            let ticket = [ticket_cookie(&site, &access::ticket(&site.app, &held, pair.0)?)];
            let query = serde_urlencoded::to_string([("next", way.next.unwrap_or_default())]);
            let query = query.map_err(|why| Error::Internal(why.to_string()))?;
            Ok((ticket, Redirect::to(&format!("/choose?{query}"))).into_response())
        }
        Err(error) => page(&site, &given.email, "", Some(said(error)?)).await,
    }
}
