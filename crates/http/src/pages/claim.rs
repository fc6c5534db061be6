use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use guildhall_core::accounts::ProfileField;
use guildhall_core::invitations::{self, Claim, Opened};
use serde::Deserialize;

use super::{Door, Field, next, said};
use crate::caller::{Place, session_cookie};
use crate::{Failure, Site};

#[derive(Deserialize)]
pub struct Given {
    display_name: String,
    password: String,
    accept_terms: Option<String>,
}

fn page(opened: &Opened, name: &str, problem: Option<String>) -> Result<Response, Failure> {
    let email = opened
        .account
        .profile
        .get(ProfileField::Email)
        .unwrap_or_default();
    let title = format!("Welcome to {}", opened.workplace.name);
    let lead =
        format!("Your account {email} is ready. Look whether your name is right, and choose a password.");
    let terms = Field::new(
        "accept_terms",
        "I agree to the terms of my organisation.",
        "checkbox",
        "off",
    )
    .hint(opened.workplace.settings.terms_url.as_deref().unwrap_or_default());
    let door = Door {
        brand: &opened.workplace.name,
        title: &title,
        lead: &lead,
        problem,
        fields: vec![
            Field::new("display_name", "Your name", "text", "name").value(name),
            Field::new("password", "Password", "password", "new-password")
                .hint("At least 10 characters: a few words that don't belong together are good."),
            terms,
        ],
        button: "Claim your account",
        ..Door::default()
    };
    door.show()
}

/// The link is dead: says why and what to do.
fn dead(error: guildhall_core::Error) -> Result<Response, Failure> {
    let door = Door {
        title: "This link does not work",
        lead: &said(error)?,
        aside: Some(("Log in", "/login")),
        ..Door::default()
    };
    door.show()
}

pub async fn show(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    match invitations::open(&site.app, &token).await {
        Ok(opened) => page(&opened, &opened.account.name(), None),
        Err(error) => dead(error),
    }
}

pub async fn take(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
    Form(given): Form<Given>,
) -> Result<Response, Failure> {
    let opened = match invitations::open(&site.app, &token).await {
        Ok(opened) => opened,
        Err(error) => return dead(error),
    };
    let name = given.display_name.trim();
    let claim = Claim {
        display_name: Some(name.to_owned()).filter(|name| *name != opened.account.name()),
        password: given.password,
        accept_terms: given.accept_terms.is_some(),
        ..Claim::default()
    };
    match invitations::claim(&site.app, &site.hasher, &token, &claim, place.origin()).await {
        Ok(entered) => Ok((session_cookie(&site, &entered.token), next(None)).into_response()),
        Err(error) => page(&opened, name, Some(said(error)?)),
    }
}
