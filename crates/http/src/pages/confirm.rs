use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_core::accounts::ProfileField;
use guildhall_core::addresses;

use super::{Door, said};
use crate::{Failure, Site};

fn dead(error: guildhall_core::Error) -> Result<Response, Failure> {
    let door = Door {
        title: "This link does not work",
        lead: &said(error)?.message,
        aside: Some(("Log in", "/login")),
        ..Door::default()
    };
    door.show()
}

/// Opening the link alone confirms nothing: mail filters open links, too.
pub async fn show(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    let (_, account) = match addresses::open(&site.app, &token).await {
        Ok(opened) => opened,
        Err(error) => return dead(error),
    };
    let email = account.profile.get(ProfileField::Email).unwrap_or_default();
    let lead = format!(
        "{email} is the address of {}. Confirm that it is yours.",
        account.name()
    );
    let door = Door {
        title: "Is this your address?",
        lead: &lead,
        button: "Yes, this is mine",
        ..Door::default()
    };
    door.show()
}

pub async fn confirm(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    match addresses::confirm(&site.app, &token).await {
        Ok(_) => {
            let door = Door {
                title: "Your address is confirmed",
                lead: "That was all. Go on where you were.",
                aside: Some(("Open your workplace", "/home")),
                ..Door::default()
            };
            door.show()
        }
        Err(error) => dead(error),
    }
}
