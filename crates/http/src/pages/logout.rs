//! Log-out without a script.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::Door;
use crate::caller::{Caller, FORGET, Stranger, no_cookie};
use crate::routes::sessions;
use crate::{Failure, Site};

/// Asks; whoever is not in is led to the log-in page.
pub async fn show(caller: Result<Caller, Stranger>) -> Result<Response, Failure> {
    if caller.is_err() {
        return Ok(Redirect::to("/login").into_response());
    }
    let door = Door {
        title: "Log out?",
        lead: "You are logged out on this device.",
        button: "Log out",
        aside: Some(("Stay", "/home")),
        ..Door::default()
    };
    door.show()
}

/// Ends the session; where the identity provider is to end its own, a page leads on to it: a redirect from a form to another
/// site is stopped by the browser.
pub async fn leave(State(site): State<Site>, caller: Result<Caller, Stranger>) -> Result<Response, Failure> {
    let Ok(caller) = caller else {
        return Ok(Redirect::to("/login").into_response());
    };
    let leads_to = sessions::end(&site, &caller).await?;
    let gone = no_cookie(&site);
    let page = match &leads_to {
        None => Redirect::to("/login").into_response(),
        Some(to) => {
            let door = Door {
                title: "One moment",
                lead: "You are logged out here, and are taken to your organisation to be logged out there.",
                leads_to: to,
                aside: Some(("Continue", to)),
                ..Door::default()
            };
            door.show()?
        }
    };
    if caller.session.kiosk.is_some() {
        return Ok(([FORGET], gone, page).into_response());
    }
    Ok((gone, page).into_response())
}
