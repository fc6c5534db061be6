use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use guildhall_core::Error;
use guildhall_core::openings::{self, Door as Leads, Opened, Openness};
use serde::Deserialize;

use super::{Door, Field, Trouble, next, said, whereabouts};
use crate::caller::{Place, admit};
use crate::routes::joins::first;
use crate::routes::setup::NewSite;
use crate::{Failure, Site};

const BACK: Option<(&str, &str)> = Some(("Back to log-in", "/login"));

#[derive(Deserialize)]
pub struct Address {
    email: String,
}

fn address_page(site: &Site, email: &str, problem: Option<Trouble>) -> Result<Response, Failure> {
    let (lead, fields, button) = match site.openness {
        Openness::Closed => (
            "Workplaces on this server are opened by whoever runs it: ask them.",
            Vec::new(),
            "",
        ),
        Openness::Approval => (
            "Give your e-mail address: a letter with a link is on its way. Whoever runs this server looks at each new \
             workplace.",
            vec![Field::new("email", "Your work e-mail", "email", "email").value(email)],
            "Send me a link",
        ),
        Openness::Open => (
            "Give your e-mail address: a letter with a link is on its way.",
            vec![Field::new("email", "Your work e-mail", "email", "email").value(email)],
            "Send me a link",
        ),
    };
    let door = Door {
        title: "Open a workplace",
        lead,
        problem,
        fields,
        button,
        aside: BACK,
        ..Door::default()
    };
    door.show()
}

pub async fn show(State(site): State<Site>) -> Result<Response, Failure> {
    address_page(&site, "", None)
}

pub async fn ask(
    State(site): State<Site>,
    place: Place,
    Form(asked): Form<Address>,
) -> Result<Response, Failure> {
    match openings::ask(&site.app, site.openness, &asked.email, place.address).await {
        Ok(()) => {
            let lead = format!(
                "A letter to {} is on its way. Its link works for a day.",
                asked.email.trim()
            );
            let door = Door {
                title: "Look in your mail",
                lead: &lead,
                aside: BACK,
                ..Door::default()
            };
            door.show()
        }
        Err(error) => address_page(&site, &asked.email, Some(said(error)?)),
    }
}

fn dead(error: Error) -> Result<Response, Failure> {
    let door = Door {
        title: "This link does not work",
        lead: &said(error)?.message,
        aside: Some(("Ask for a new letter", "/open")),
        ..Door::default()
    };
    door.show()
}

fn form(
    email: &str,
    headers: &HeaderMap,
    asked: Option<&NewSite>,
    problem: Option<Trouble>,
) -> Result<Response, Failure> {
    let value = |pick: fn(&NewSite) -> &str| asked.map_or("", pick);
    let (locale, zone) = whereabouts::chosen(asked, headers);
    let lead = format!("Your address {email} is confirmed. You will be the workplace's first system admin.");
    let door = Door {
        title: "Open your workplace",
        lead: &lead,
        problem,
        fields: vec![
            Field::new(
                "workplace_name",
                "Name of your organisation",
                "text",
                "organization",
            )
            .value(value(|asked| &asked.workplace_name))
            .hint("People see it on every page and letter. It can be changed later."),
            Field::new("display_name", "Your name", "text", "name").value(value(|asked| &asked.display_name)),
            Field::new("password", "Password", "password", "new-password")
                .hint("At least 10 characters: a few words that don't belong together are good."),
            Field::new("locale", "Language and region", "select", "off")
                .options(whereabouts::locales(locale)),
            Field::new("time_zone", "Time zone", "select", "off").options(whereabouts::time_zones(zone)),
        ],
        button: "Open the workplace",
        ..Door::default()
    };
    door.show()
}

pub async fn show_form(
    State(site): State<Site>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    match openings::door(&site.app, site.openness, &token).await {
        Ok(Leads::New { email }) => form(&email, &headers, None, None),
        Ok(Leads::Here { email, workplace }) => {
            let lead = format!(
                "Your organisation has a workplace here already: {workplace}. Join it with {email} instead of opening \
                 another."
            );
            let door = Door {
                brand: &workplace,
                title: "Your workplace is here already",
                lead: &lead,
                aside: Some(("Join it", "/join")),
                ..Door::default()
            };
            door.show()
        }
        Err(error) => dead(error),
    }
}

pub async fn open(
    State(site): State<Site>,
    place: Place,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(mut asked): Form<NewSite>,
) -> Result<Response, Failure> {
    let email = match openings::door(&site.app, site.openness, &token).await {
        Ok(Leads::New { email } | Leads::Here { email, .. }) => email,
        Err(error) => return dead(error),
    };
    asked.email.clone_from(&email);
    let first = first(&asked);
    let pair = (token.as_str(), &first);
    match openings::open(&site.app, &site.hasher, site.openness, pair, place.origin()).await {
        Ok(Opened::Open(entered)) => Ok((admit(&site, &place, &entered).await?, next(None)).into_response()),
        Ok(Opened::Waits) => {
            let lead = format!("Whoever runs this server looks at it. The answer comes to {email}.");
            let door = Door {
                title: "Your workplace waits for a yes",
                lead: &lead,
                aside: BACK,
                ..Door::default()
            };
            door.show()
        }
        Err(error) => form(&email, &headers, Some(&asked), Some(said(error)?)),
    }
}
