use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_core::accounts::{ProfileField, label};
use guildhall_core::groups;
use guildhall_core::joining::{self, Asked, Join, JoinLink, Opened, Outcome};
use guildhall_core::{Error, workplaces};
use serde::Deserialize;

use super::{Choice, Door, Field, Trouble, come_in, said};
use crate::caller::Place;
use crate::{Failure, Site};

const BACK: Option<(&str, &str)> = Some(("Back to log-in", "/login"));

#[derive(Deserialize)]
pub struct Address {
    email: String,
}

fn address_page(title: &str, lead: &str, email: &str, problem: Option<Trouble>) -> Result<Response, Failure> {
    let door = Door {
        title,
        lead,
        problem,
        fields: vec![Field::new("email", "Your company's e-mail address", "email", "email").value(email)],
        button: "Send me a link",
        aside: BACK,
        ..Door::default()
    };
    door.show()
}

const LEAD: &str = "Give the address that your company gave you. If a workplace here knows its domain, a letter with a \
                    link is on its way.";

pub async fn show() -> Result<Response, Failure> {
    address_page("Join your workplace", LEAD, "", None)
}

pub async fn ask(
    State(site): State<Site>,
    place: Place,
    Form(asked): Form<Address>,
) -> Result<Response, Failure> {
    match joining::ask(&site.app, &asked.email, place.address).await {
        Ok(()) => sent(&asked.email),
        Err(error) => address_page("Join your workplace", LEAD, &asked.email, Some(said(error)?)),
    }
}

fn sent(email: &str) -> Result<Response, Failure> {
    let lead = format!(
        "If {} can join a workplace here, a letter with a link is on its way. It works for a day. Nothing came? Look in \
         the spam folder, or ask somebody at work for an invitation.",
        email.trim()
    );
    let door = Door {
        title: "Look in your mail",
        lead: &lead,
        aside: BACK,
        ..Door::default()
    };
    door.show()
}

fn dead(error: Error) -> Result<Response, Failure> {
    let door = Door {
        title: "This link does not work",
        lead: &said(error)?.message,
        aside: Some(("Ask for a new letter", "/join")),
        ..Door::default()
    };
    door.show()
}

async fn link_page(
    site: &Site,
    link: &JoinLink,
    email: &str,
    problem: Option<Trouble>,
) -> Result<Response, Failure> {
    let workplace = workplaces::read(&site.app.db, link.workplace).await?;
    let title = format!("Join {}", workplace.name);
    let door = Door {
        brand: &workplace.name,
        title: &title,
        lead: "Somebody there gave you this link. Give your e-mail address: a letter shows that it is yours.",
        problem,
        fields: vec![Field::new("email", "E-mail", "email", "email").value(email)],
        button: "Send me a letter",
        aside: Some(("I have an account: log in", "/login")),
        ..Door::default()
    };
    door.show()
}

/// A link that goes round.
pub async fn show_link(State(site): State<Site>, Path(secret): Path<String>) -> Result<Response, Failure> {
    match joining::read_link(&site.app, &secret).await {
        Ok(link) => link_page(&site, &link, "", None).await,
        Err(error) => dead(error),
    }
}

pub async fn ask_by_link(
    State(site): State<Site>,
    place: Place,
    Path(secret): Path<String>,
    Form(asked): Form<Address>,
) -> Result<Response, Failure> {
    let link = match joining::read_link(&site.app, &secret).await {
        Ok(link) => link,
        Err(error) => return dead(error),
    };
    match joining::ask_by_link(&site.app, &link, &asked.email, place.address).await {
        Ok(()) => sent(&asked.email),
        Err(error) => link_page(&site, &link, &asked.email, Some(said(error)?)).await,
    }
}

/// What the form of the letter's link sends.
#[derive(Default)]
struct Given {
    display_name: Option<String>,
    note: String,
    password: String,
    accept_terms: bool,
    groups: Vec<guildhall_core::ids::GroupId>,
    fields: Vec<(ProfileField, String)>,
}

impl Given {
    fn read(pairs: Vec<(String, String)>) -> Self {
        let mut given = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "display_name" => given.display_name = Some(value.trim().to_owned()),
                "note" => given.note = value,
                "password" => given.password = value,
                "accept_terms" => given.accept_terms = true,
                "groups" => given
                    .groups
                    .extend(value.parse::<guildhall_core::ids::GroupId>().ok()),
                other => given
                    .fields
                    .extend(ProfileField::parse(other).map(|field| (field, value))),
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
    let brand = opened.workplace.name.as_str();
    match opened.outcome {
        Outcome::Join | Outcome::Invite | Outcome::Waits => join_page(site, opened, given, problem).await,
        Outcome::Ask => plea_page(opened, given, problem),
        Outcome::Member => {
            let lead = format!("{} has an account at {brand}: log in with it.", opened.email);
            let door = Door {
                brand,
                title: "You are in already",
                lead: &lead,
                aside: Some(("Log in", "/login")),
                ..Door::default()
            };
            door.show()
        }
        Outcome::Refused(why) => {
            let door = Door {
                brand,
                title: "You can't join with this address",
                lead: &why.error(brand).to_string(),
                aside: BACK,
                ..Door::default()
            };
            door.show()
        }
    }
}

async fn join_page(
    site: &Site,
    opened: &Opened,
    given: &Given,
    problem: Option<Trouble>,
) -> Result<Response, Failure> {
    let prepared = opened
        .account
        .as_ref()
        .map(guildhall_core::accounts::Account::name);
    let name = given
        .display_name
        .as_deref()
        .or(prepared.as_deref())
        .unwrap_or_default();
    let title = format!("Join {}", opened.workplace.name);
    let lead = format!(
        "Your address {} is confirmed. Say your name, and choose a password.",
        opened.email
    );
    let nobody = guildhall_core::ids::AccountId(uuid::Uuid::nil());
    let whose = opened.account.as_ref().map_or(nobody, |account| account.id);
    let offered = groups::offered(&site.app.db, (opened.workplace.id, whose)).await?;
    let options = offered.iter().map(|group| Choice {
        value: group.id.to_string(),
        label: group.name.clone(),
        chosen: given.groups.contains(&group.id),
    });
    let choice =
        Field::new("groups", "Groups you may like to join", "choices", "off").options(options.collect());
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
        fields: [
            Field::new("display_name", "Your name", "text", "name").value(name),
            Field::new("password", "Password", "password", "new-password")
                .hint("At least 10 characters: a few words that don't belong together are good."),
            choice,
            terms,
        ]
        .into_iter()
        .filter(|field| field.kind != "choices" || !field.options.is_empty())
        .collect(),
        button: "Join",
        ..Door::default()
    };
    door.show()
}

fn plea_page(opened: &Opened, given: &Given, problem: Option<Trouble>) -> Result<Response, Failure> {
    let title = format!("Ask to join {}", opened.workplace.name);
    let lead = format!(
        "{} takes people whom its admins let in. Say who you are: the answer comes to {}.",
        opened.workplace.name, opened.email
    );
    let required = &opened.workplace.settings.required_fields;
    let labels: Vec<String> = required.iter().map(|field| capital(&label(*field))).collect();
    let value = |field: &ProfileField| {
        let found = given.fields.iter().find(|(other, _)| other == field);
        found.map_or("", |(_, value)| value.as_str())
    };
    let mut fields = vec![
        Field::new("display_name", "Your name", "text", "name")
            .value(given.display_name.as_deref().unwrap_or_default()),
    ];
    for (field, label) in required.iter().zip(&labels) {
        fields.push(Field::new(field.as_str(), label, "text", "off").value(value(field)));
    }
    let note = Field::new("note", "Why you would like to join (optional)", "text", "off");
    fields.push(Field {
        required: false,
        ..note.value(&given.note)
    });
    let door = Door {
        brand: &opened.workplace.name,
        title: &title,
        lead: &lead,
        problem,
        fields,
        button: "Ask to join",
        aside: BACK,
        ..Door::default()
    };
    door.show()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What the link of a letter leads to.
pub async fn show_offer(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    match joining::open(&site.app, &token).await {
        Ok(opened) => page(&site, &opened, &Given::default(), None).await,
        Err(error) => dead(error),
    }
}

pub async fn take(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let opened = match joining::open(&site.app, &token).await {
        Ok(opened) => opened,
        Err(error) => return dead(error),
    };
    let given = Given::read(pairs);
    let display_name = given.display_name.clone().unwrap_or_default();
    if opened.outcome == Outcome::Ask {
        let asked = Asked {
            display_name,
            note: Some(given.note.clone()),
            fields: given.fields.clone(),
        };
        return match joining::plead(&site.app, &token, &asked).await {
            Ok(workplace) => {
                let lead = format!(
                    "The admins of {} decide. The answer comes to {}.",
                    workplace.name, opened.email
                );
                let door = Door {
                    brand: &workplace.name,
                    title: "You have asked to join",
                    lead: &lead,
                    aside: BACK,
                    ..Door::default()
                };
                door.show()
            }
            Err(error) => page(&site, &opened, &given, Some(said(error)?)).await,
        };
    }
    let join = Join {
        display_name,
        password: given.password.clone(),
        accept_terms: given.accept_terms,
        groups: given.groups.clone(),
    };
    match joining::come(&site.app, &site.hasher, &token, &join, place.origin()).await {
        Ok(entered) => Ok(come_in(&site, &place, entered, None).await?),
        Err(error) => page(&site, &opened, &given, Some(said(error)?)).await,
    }
}
