//! The way in for people without an e-mail address: type the code, or open the link of its QR code.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use guildhall_core::codes::{self, Opened, Taking, rules};
use guildhall_core::groups;
use guildhall_core::ids::GroupId;
use serde::Deserialize;

use super::login::Way;
use super::{Choice, Door, Field, Trouble, come_in, said};
use crate::caller::Place;
use crate::{Failure, Site};

const BACK: Option<(&str, &str)> = Some(("Log in instead", "/login"));

#[derive(Deserialize)]
pub struct Typed {
    code: String,
}

fn form(code: &str, problem: Option<Trouble>) -> Result<Response, Failure> {
    let door = Door {
        title: "Type your access code",
        lead: "It stands on the sheet that your supervisor or an admin gave you: four groups of four letters.",
        problem,
        fields: vec![
            Field::new("code", "Access code", "code", "off")
                .value(code)
                .hint("With or without spaces, in capital or small letters."),
        ],
        button: "Continue",
        aside: BACK,
        ..Door::default()
    };
    door.show()
}

pub async fn show() -> Result<Response, Failure> {
    form("", None)
}

/// Goes on to the code's own page, and from there to where one came from; what can't be a code is said at once.
pub async fn read(Query(way): Query<Way>, Form(typed): Form<Typed>) -> Result<Response, Failure> {
    match rules::read(&typed.code) {
        Ok(code) => {
            let mut to = format!("/c/{code}");
            if let Some(back) = way.next {
                let back = serde_urlencoded::to_string([("next", back)])
                    .map_err(|why| guildhall_core::Error::Internal(why.to_string()))?;
                to.push('?');
                to.push_str(&back);
            }
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => form(&typed.code, Some(said(error)?)),
    }
}

/// The code opens nothing: says why and what to do.
fn dead(error: guildhall_core::Error) -> Result<Response, Failure> {
    let door = Door {
        title: "This code does not work",
        lead: &said(error)?.message,
        aside: Some(("Type a code", "/code")),
        besides: &[("Log in", "/login")],
        ..Door::default()
    };
    door.show()
}

#[derive(Default)]
struct Filled {
    username: String,
    accept_terms: bool,
    groups: Vec<GroupId>,
}

async fn page(
    site: &Site,
    opened: &Opened,
    filled: &Filled,
    problem: Option<Trouble>,
) -> Result<Response, Failure> {
    let password = Field::new("password", "Password", "password", "new-password")
        .hint("At least 10 characters: a few words that don't belong together are good.");
    let username = Field {
        required: false,
        ..Field::new("username", "User name", "text", "username")
            .value(&filled.username)
            .hint("What you log in with later. Your employee ID works, too.")
    };
    if opened.recovers() {
        let lead = format!(
            "Hello {}. With your code you choose a new password; wherever you are logged in now, you are out.",
            opened.account.name()
        );
        let door = Door {
            brand: &opened.workplace.name,
            title: "Choose a new password",
            lead: &lead,
            problem,
            fields: vec![username, password],
            button: "Save and log in",
            ..Door::default()
        };
        return door.show();
    }
    let offered = groups::offered(&site.app.db, (opened.workplace.id, opened.account.id)).await?;
    let title = format!("Welcome to {}", opened.workplace.name);
    let lead = format!(
        "Hello {}. Choose how you will log in: then your account is yours, and the code is used up.",
        opened.account.name()
    );
    let mut fields = vec![username, password];
    if !offered.is_empty() {
        let options = offered.iter().map(|group| Choice {
            value: group.id.to_string(),
            label: group.name.clone(),
            chosen: filled.groups.contains(&group.id),
        });
        let choice = Field::new("groups", "Groups you may like to join", "choices", "off");
        fields.push(choice.options(options.collect()));
    }
    let terms_url = opened.workplace.settings.terms_url.as_deref();
    fields.push(
        Field::new(
            "accept_terms",
            "I agree to the terms of my organisation.",
            "checkbox",
            "off",
        )
        .hint(terms_url.unwrap_or_default())
        .value(if filled.accept_terms { "true" } else { "" }),
    );
    let door = Door {
        brand: &opened.workplace.name,
        title: &title,
        lead: &lead,
        problem,
        fields,
        button: "Claim your account",
        ..Door::default()
    };
    door.show()
}

pub async fn show_offer(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let opened = match codes::open(&site.app, &token, place.address).await {
        Ok(opened) => opened,
        Err(error) => return dead(error),
    };
    let filled = Filled {
        username: codes::suggestion(&site.app, &opened).await?.unwrap_or_default(),
        ..Filled::default()
    };
    page(&site, &opened, &filled, None).await
}

/// Claims the account or sets the new password; what was typed besides the password is not lost when something is wrong.
pub async fn take(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
    Query(way): Query<Way>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let mut taking = Taking::default();
    for (name, value) in pairs {
        match name.as_str() {
            "username" => taking.username = Some(value),
            "password" => taking.password = value,
            "accept_terms" => taking.accept_terms = true,
            "groups" => taking.groups.extend(value.parse::<GroupId>().ok()),
            _ => {}
        }
    }
    let error = match codes::take(&site.app, &site.hasher, &token, &taking, place.origin()).await {
        Ok(entered) => {
            // There they are asked whether this phone is to know them from now on.
            let home = way.next.as_deref().or(Some("/home?came=code"));
            return Ok(come_in(&site, &place, entered, home).await?);
        }
        Err(error) => error,
    };
    let opened = match codes::open(&site.app, &token, place.address).await {
        Ok(opened) => opened,
        Err(error) => return dead(error),
    };
    let filled = Filled {
        username: taking.username.unwrap_or_default(),
        accept_terms: taking.accept_terms,
        groups: taking.groups,
    };
    page(&site, &opened, &filled, Some(said(error)?)).await
}
