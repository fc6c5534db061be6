use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_core::access;
use serde::Deserialize;

use super::sso::explained;
use super::{Door, Field, Trouble, said};
use crate::caller::Place;
use crate::{Failure, Site};

const BACK: Option<(&str, &str)> = Some(("Back to log-in", "/login"));

#[derive(Deserialize)]
pub struct Asked {
    email: String,
}

#[derive(Deserialize)]
pub struct Chosen {
    password: String,
}

pub async fn forgot() -> Result<Response, Failure> {
    let door = Door {
        title: "Forgotten password",
        lead: "Give your e-mail address. If somebody has claimed an account with it, a link to choose a new password is \
               on its way. No e-mail address? Then your supervisor or an admin gives you a new access code.",
        fields: vec![Field::new("email", "E-mail", "email", "username")],
        button: "Send me a link",
        aside: BACK,
        ..Door::default()
    };
    door.show()
}

pub async fn ask(
    State(site): State<Site>,
    place: Place,
    Form(asked): Form<Asked>,
) -> Result<Response, Failure> {
    if let Err(error) = access::ask_reset(&site.app, &asked.email, place.address).await {
        return explained(error);
    }
    let lead = format!(
        "If somebody has claimed an account with {}, a link is on its way, from each workplace where you have one. It works for an hour. Nothing came? Look in \
         the spam folder, or ask an admin.",
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

fn page(workplace: &str, lead: &str, problem: Option<Trouble>) -> Result<Response, Failure> {
    let door = Door {
        brand: workplace,
        title: "Choose a new password",
        lead,
        problem,
        fields: vec![
            Field::new("password", "New password", "password", "new-password")
                .hint("At least 10 characters: a few words that don't belong together are good."),
        ],
        button: "Keep this password",
        ..Door::default()
    };
    door.show()
}

pub async fn show(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    answer(&site, &token, None).await
}

async fn answer(site: &Site, token: &str, problem: Option<Trouble>) -> Result<Response, Failure> {
    match access::open_reset(&site.app, token).await {
        Ok((workplace, account)) => {
            let lead = format!("For {}. You are logged out everywhere else.", account.name());
            page(&workplace.name, &lead, problem)
        }
        Err(error) => {
            let door = Door {
                title: "This link does not work",
                lead: &said(error)?.message,
                aside: Some(("Ask for a new link", "/forgot")),
                ..Door::default()
            };
            door.show()
        }
    }
}

pub async fn choose(
    State(site): State<Site>,
    Path(token): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Failure> {
    match access::reset_password(&site.app, &site.hasher, &token, &chosen.password).await {
        Ok(()) => {
            let door = Door {
                title: "Your password is changed",
                lead: "Log in with it now.",
                aside: Some(("Log in", "/login")),
                ..Door::default()
            };
            door.show()
        }
        Err(error) => answer(&site, &token, Some(said(error)?)).await,
    }
}
