//! A device that many people share: what makes it one, and where they log in on it.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use guildhall_core::access::{self, Entered, Entrance};
use guildhall_core::kiosks::{self, Kiosk};
use guildhall_core::{sessions, workplaces};
use serde::Deserialize;

use super::{Door, Field, Trouble, come_in, said};
use crate::caller::{FORGET, Place, kiosk_cookie, no_cookie, ticket_cookie, token_of};
use crate::{Failure, Site};

#[derive(Deserialize)]
pub struct Given {
    name: String,
    password: String,
}

async fn page(site: &Site, kiosk: &Kiosk, name: &str, problem: Option<Trouble>) -> Result<Response, Failure> {
    let workplace = workplaces::read(&site.app.db, kiosk.workplace).await?;
    let lead = format!(
        "This device is shared. You are logged out when nobody touches it for {} seconds, and nothing of yours stays.",
        kiosk.idle_seconds
    );
    let door = Door {
        brand: &workplace.name,
        title: &kiosk.name,
        lead: &lead,
        problem,
        fields: vec![
            Field::new("name", "User name, employee ID or e-mail", "text", "off").value(name),
            Field::new("password", "Password", "password", "one-time-code"),
        ],
        button: "Log in",
        aside: Some(("Log in with your phone", "/kiosk/phone")),
        besides: &[("Scan or type an access code", "/code")],
        ..Door::default()
    };
    door.show()
}

/// Where the device is not one, or not any more.
pub(super) fn unknown() -> Result<Response, Failure> {
    let door = Door {
        title: "This device is no kiosk",
        lead: "An admin makes it one: under Kiosks they make a link, which is opened here.",
        aside: Some(("Log in", "/login")),
        ..Door::default()
    };
    door.show()
}

/// The log-in page of the device. Whoever is still in on it is out, and what the browser kept of them is gone.
pub async fn show(State(site): State<Site>, place: Place, headers: HeaderMap) -> Result<Response, Failure> {
    let Some(kiosk) = &place.kiosk else {
        return unknown();
    };
    let page = page(&site, kiosk, "", None).await?;
    let Some(token) = token_of(&site, &headers).filter(|token| !token.is_empty()) else {
        return Ok(page);
    };
    let app = &site.app;
    if let Some(session) = sessions::check(&app.db, &token, app.now()).await? {
        let whose = (session.workplace, session.account);
        sessions::end_now(app, whose, session.id, "log_out").await?;
    }
    Ok((no_cookie(&site), [FORGET], page).into_response())
}

pub async fn enter(
    State(site): State<Site>,
    place: Place,
    Form(given): Form<Given>,
) -> Result<Response, Failure> {
    let Some(kiosk) = &place.kiosk else {
        return unknown();
    };
    let pair = (given.name.as_str(), given.password.as_str());
    match access::log_in_anywhere(&site.app, &site.hasher, pair, place.origin()).await {
        Ok(Entrance::In(entered)) => Ok(come_in(&site, &place, Entered::In(entered), None).await?),
        Ok(Entrance::Step(ticket)) => Ok(come_in(&site, &place, Entered::Step(ticket), None).await?),
        Ok(Entrance::Several(held)) => {
            let ticket = [ticket_cookie(&site, &access::ticket(&site.app, &held, pair.0)?)];
            Ok((ticket, Redirect::to("/choose")).into_response())
        }
        Err(error) => page(&site, kiosk, &given.name, Some(said(error)?)).await,
    }
}

/// The link is dead: says why and what to do.
fn dead(error: guildhall_core::Error) -> Result<Response, Failure> {
    let door = Door {
        title: "This link does not work",
        lead: &said(error)?.message,
        aside: Some(("Log in", "/login")),
        ..Door::default()
    };
    door.show()
}

pub async fn show_offer(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    match kiosks::offered(&site.app, &token).await {
        Ok((workplace, kiosk)) => {
            let lead = format!(
                "From now on many people of {} log in here, one after the other. Whoever is logged in on this device now is out.",
                workplace.name
            );
            let title = format!("Make this device the kiosk \"{}\"", kiosk.name);
            let door = Door {
                brand: &workplace.name,
                title: &title,
                lead: &lead,
                button: "Make it a kiosk",
                ..Door::default()
            };
            door.show()
        }
        Err(error) => dead(error),
    }
}

pub async fn enrol(
    State(site): State<Site>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let secret = match kiosks::enrol(&site.app, &token).await {
        Ok((_, secret)) => secret,
        Err(error) => return dead(error),
    };
    let app = &site.app;
    if let Some(token) = token_of(&site, &headers)
        && let Some(session) = sessions::check(&app.db, &token, app.now()).await?
    {
        let whose = (session.workplace, session.account);
        sessions::end_now(app, whose, session.id, "log_out").await?;
    }
    let [gone] = no_cookie(&site);
    let cookies = AppendHeaders([kiosk_cookie(&site, &secret), gone]);
    Ok((cookies, [FORGET], Redirect::to("/kiosk")).into_response())
}
