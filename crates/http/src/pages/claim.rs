use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use guildhall_core::accounts::ProfileField;
use guildhall_core::groups::{self, Group};
use guildhall_core::ids::GroupId;
use guildhall_core::invitations::{self, Claim, Opened};

use super::{Choice, Door, Field, Trouble, next, said};
use crate::caller::{Place, session_cookie};
use crate::{Failure, Site};

/// What the form sends; a group for each that is ticked.
#[derive(Default)]
struct Given {
    display_name: String,
    password: String,
    accept_terms: bool,
    groups: Vec<GroupId>,
}

impl Given {
    fn read(pairs: Vec<(String, String)>) -> Self {
        let mut given = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "display_name" => value.trim().clone_into(&mut given.display_name),
                "password" => given.password = value,
                "accept_terms" => given.accept_terms = true,
                "groups" => given.groups.extend(value.parse::<GroupId>().ok()),
                _ => {}
            }
        }
        given
    }
}

async fn page(
    site: &Site,
    opened: &Opened,
    given: &Given,
    problem: Option<Trouble>,
) -> Result<Response, Failure> {
    let whose = (opened.workplace.id, opened.account.id);
    let offered = groups::offered(&site.app.db, whose).await?;
    shown(opened, given, &offered, problem)
}

fn shown(
    opened: &Opened,
    given: &Given,
    offered: &[Group],
    problem: Option<Trouble>,
) -> Result<Response, Failure> {
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
    let options = offered.iter().map(|group| Choice {
        value: group.id.to_string(),
        label: group.name.clone(),
        chosen: given.groups.contains(&group.id),
    });
    let choice = Field::new("groups", "Groups you may like to join", "choices", "off");
    let choice = choice.options(options.collect());
    let door = Door {
        brand: &opened.workplace.name,
        title: &title,
        lead: &lead,
        problem,
        fields: [
            Field::new("display_name", "Your name", "text", "name").value(&given.display_name),
            Field::new("password", "Password", "password", "new-password")
                .hint("At least 10 characters: a few words that don't belong together are good."),
            choice,
            terms,
        ]
        .into_iter()
        .filter(|field| field.kind != "choices" || !field.options.is_empty())
        .collect(),
        button: "Claim your account",
        ..Door::default()
    };
    door.show()
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

pub async fn show(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    match invitations::open(&site.app, &token).await {
        Ok(opened) => {
            let given = Given {
                display_name: opened.account.name(),
                ..Given::default()
            };
            page(&site, &opened, &given, None).await
        }
        Err(error) => dead(error),
    }
}

pub async fn take(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let opened = match invitations::open(&site.app, &token).await {
        Ok(opened) => opened,
        Err(error) => return dead(error),
    };
    let given = Given::read(pairs);
    let name = given.display_name.as_str();
    let claim = Claim {
        display_name: Some(name.to_owned()).filter(|name| *name != opened.account.name()),
        password: given.password.clone(),
        accept_terms: given.accept_terms,
        groups: given.groups.clone(),
        ..Claim::default()
    };
    match invitations::claim(&site.app, &site.hasher, &token, &claim, place.origin()).await {
        Ok(entered) => Ok((session_cookie(&site, &entered.token), next(None)).into_response()),
        Err(error) => page(&site, &opened, &given, Some(said(error)?)).await,
    }
}
