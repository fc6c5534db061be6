use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_core::notices;

use super::{Door, said};
use crate::{Failure, Site};

fn dead(error: guildhall_core::Error) -> Result<Response, Failure> {
    let door = Door {
        title: "Nothing to do",
        lead: &said(error)?.message,
        ..Door::default()
    };
    door.show()
}

/// Opening the link alone says nothing: mail filters open links, too.
pub async fn show(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    let (workplace, account) = match notices::open(&site.app, &token).await {
        Ok(opened) => opened,
        Err(error) => return dead(error),
    };
    let lead = format!(
        "{} wrote to this address for {}. If that is not you, say so: the people who prepare the accounts are told.",
        workplace.name,
        account.name()
    );
    let door = Door {
        brand: &workplace.name,
        title: "Is this not you?",
        lead: &lead,
        button: "This is not me",
        ..Door::default()
    };
    door.show()
}

pub async fn deny(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    match notices::deny(&site.app, &token).await {
        Ok(workplace) => {
            let door = Door {
                brand: &workplace.name,
                title: "Thank you",
                lead: "The people who prepare the accounts are told. You need not do anything else.",
                ..Door::default()
            };
            door.show()
        }
        Err(error) => dead(error),
    }
}
