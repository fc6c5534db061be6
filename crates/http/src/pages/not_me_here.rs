//! Where the letter about a browser leads that somebody had not used before.

use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_core::accounts::{Account, ProfileField as Field};
use guildhall_core::devices::{self, Denied, Letter};
use guildhall_core::sessions::rules::in_words;

use super::{Door, said};
use crate::{Failure, Site};

fn dead(error: guildhall_core::Error) -> Result<Response, Failure> {
    let door = Door {
        title: "Nothing to do here",
        lead: &said(error)?.message,
        aside: Some(("Choose a new password", "/forgot")),
        besides: &[("Log in", "/login")],
        ..Door::default()
    };
    door.show()
}

/// The log-in as a person would tell of it: when, as whom, by what and from where.
fn told(letter: &Letter) -> String {
    let (browser, system) = in_words(&letter.log_in.user_agent);
    let zones = [
        letter.account.profile.get(Field::TimeZone),
        Some(letter.workplace.time_zone.as_str()),
    ];
    let at = letter.log_in.at.clock_in(&zones);
    format!(
        "At {} somebody logged in as {}: {browser} on {system}, from {}.",
        at.strftime("%H:%M on %A, %-d %B %Y (%Q)")
            .to_string()
            .replace('_', " "),
        letter.account.name(),
        letter.log_in.address
    )
}

/// Opening the link alone says nothing: mail filters open links, too.
pub async fn show(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    let letter = match devices::open(&site.app, &token).await {
        Ok(letter) => letter,
        Err(error) => return dead(error),
    };
    let now = if letter.over {
        "This log-in is over already. It was you? Then you need not do anything."
    } else {
        "It was you? Then close this page: nothing happens."
    };
    let lead = format!("{} {now}", told(&letter));
    let door = Door {
        brand: &letter.workplace.name,
        title: "Was this you?",
        lead: &lead,
        button: "This was not me",
        footnote: "You are then logged out everywhere, your password lets nobody in any more, and what was set up since to come in by \
                   (passkeys, apps, API tokens) is removed.",
        ..Door::default()
    };
    door.show()
}

pub async fn deny(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    let done = match devices::deny(&site.app, &token).await {
        Ok(done) => done,
        Err(error) => return dead(error),
    };
    let Letter { workplace, .. } = &done.letter;
    let footnote = format!(
        "The admins of {} are told. Once you are in, look under \"Password and devices\" whether all that you log in by is yours.",
        workplace.name
    );
    let door = Door {
        brand: &workplace.name,
        title: "Nobody is in any more",
        lead: &next(&done),
        aside: Some(("Log in", "/login")),
        footnote: &footnote,
        ..Door::default()
    };
    door.show()
}

/// What to do next.
fn next(done: &Denied) -> String {
    let Letter {
        account,
        log_in,
        workplace,
        ..
    } = &done.letter;
    let mut said = vec!["All your sessions were ended, and the browser is forgotten.".to_owned()];
    if done.link_sent {
        said.push(format!(
            "Your old password lets nobody in. A link to choose a new one is on its way to {}; it works for an hour.",
            address(account)
        ));
    }
    if let Some(provider) = &log_in.through {
        said.push(format!(
            "They came in by {}: change your password there at once, and log out everywhere there.",
            provider.name
        ));
    } else if !done.link_sent {
        said.push(format!(
            "Ask an admin of {} what else to change before you log in.",
            workplace.name
        ));
    }
    said.join(" ")
}

fn address(account: &Account) -> &str {
    account.profile.get(Field::Email).unwrap_or("your address")
}
