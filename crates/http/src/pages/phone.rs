//! In on a kiosk by one's own phone: what the kiosk shows, and what the phone asks. Neither needs a script: the kiosk's page
//! is fetched again every few seconds.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{AppendHeaders, IntoResponse, Response};
use guildhall_core::kiosks::phone::{self, Shown};
use guildhall_core::{sessions, workplaces};
use guildhall_wire::cards;
use serde::Deserialize;

use super::kiosk::unknown;
use super::{Choice, Door, Field, Scan, next, said};
use crate::caller::{Caller, FORGET, Place, Stranger, admit, no_cookie, pass_cookie, pass_of, token_of};
use crate::{Failure, Site};

/// After so many seconds the kiosk looks whether somebody said yes.
const LOOK: u32 = 3;

/// The code on the kiosk; or, once somebody said yes on their phone, their home page. Whoever is still in is out.
pub async fn show(State(site): State<Site>, place: Place, headers: HeaderMap) -> Result<Response, Failure> {
    let Some(kiosk) = &place.kiosk else {
        return unknown();
    };
    let app = &site.app;
    let mut forget = false;
    if let Some(token) = token_of(&site, &headers).filter(|token| !token.is_empty())
        && let Some(session) = sessions::check(&app.db, &token, app.now()).await?
    {
        sessions::end_now(app, (session.workplace, session.account), session.id, "log_out").await?;
        forget = true;
    }
    let held = pass_of(&site, &headers);
    let shown = phone::show(app, kiosk, held.as_deref(), place.origin()).await;
    let workplace = workplaces::read(&app.db, kiosk.workplace).await?;
    let mut door = Door {
        brand: &workplace.name,
        title: &kiosk.name,
        aside: Some(("Type a user name and password", "/kiosk")),
        besides: &[("Scan or type an access code", "/code")],
        ..Door::default()
    };
    let (secret, number) = match shown {
        Ok(Shown::In(entered)) => {
            let mut cookies = admit(&site, &place, &entered).await?;
            cookies.0.push(pass_cookie(&site, ""));
            return Ok((cookies, next(None)).into_response());
        }
        Ok(Shown::Code {
            secret,
            number,
            refused,
        }) => {
            if refused {
                door.notice =
                    "On a phone another number was chosen, so nobody was logged in. This is a new code.";
            }
            (secret, number)
        }
        Err(error) => {
            door.problem = Some(said(error)?);
            return door.show();
        }
    };
    let link = format!("{}/kiosk/in/{secret}", site.public_url);
    door.lead = "Scan this with your phone. It asks which number you see here.";
    door.refresh = LOOK;
    door.scan = cards::svg(&link).map(|svg| Scan { svg, number });
    let page = door.show()?;
    let [gone] = no_cookie(&site);
    let pass = pass_cookie(&site, &secret);
    Ok(if forget {
        (AppendHeaders([gone, pass]), [FORGET], page).into_response()
    } else {
        (AppendHeaders([pass]), page).into_response()
    })
}

/// What was scanned leads to nothing: says why and what to do.
fn dead(error: guildhall_core::Error) -> Result<Response, Failure> {
    let trouble = said(error)?;
    let door = Door {
        title: "Nobody was logged in",
        lead: &trouble.message,
        aside: Some(("Home", "/home")),
        ..Door::default()
    };
    door.show()
}

/// The phone asks whether its owner stands before the kiosk.
pub async fn ask(
    State(site): State<Site>,
    caller: Result<Caller, Stranger>,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let caller = match caller {
        Ok(caller) => caller,
        Err(Stranger::NotSignedIn) => return first(&token),
        Err(Stranger::Failed(failure)) => return Err(failure),
    };
    let (workplace, kiosk, pass) = match phone::scanned(&site.app, &caller.session, &token).await {
        Ok(found) => found,
        Err(error) => return dead(error),
    };
    let title = format!("Log in on \"{}\"?", kiosk.name);
    let whose = caller.account.name();
    let stands = if kiosk.place.is_empty() {
        String::new()
    } else {
        format!(" It stands here: {}.", kiosk.place)
    };
    let lead = format!("You are {whose}.{stands}");
    let label = |number: &i64| Choice {
        value: number.to_string(),
        label: number.to_string(),
        chosen: false,
    };
    let mut options: Vec<Choice> = pass.numbers.iter().map(label).collect();
    options.push(Choice {
        value: "none".into(),
        label: "None of these, or I am not there".into(),
        chosen: false,
    });
    let door = Door {
        brand: &workplace.name,
        title: &title,
        lead: &lead,
        notice: "Only if you stand before it now. If somebody sent you this code, choose none: they would be in as you.",
        fields: vec![Field::new("number", "Which number does it show?", "numbers", "off").options(options)],
        ..Door::default()
    };
    door.show()
}

/// On a phone on which nobody is in. The way leads back here.
fn first(token: &str) -> Result<Response, Failure> {
    let back = serde_urlencoded::to_string([("next", format!("/kiosk/in/{token}"))])
        .map_err(|why| guildhall_core::Error::Internal(why.to_string()))?;
    let (log_in, code) = (format!("/login?{back}"), format!("/code?{back}"));
    let door = Door {
        title: "Log in on your phone first",
        lead: "Then it asks whether you stand before the shared device, and you are in there. If two minutes have passed by then, \
               scan the new code that the device shows.",
        aside: Some(("Log in", &log_in)),
        besides: &[("I have an access code", &code)],
        ..Door::default()
    };
    door.show()
}

#[derive(Deserialize)]
pub struct Chosen {
    number: String,
}

pub async fn answer(
    State(site): State<Site>,
    caller: Result<Caller, Stranger>,
    Path(token): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Failure> {
    let caller = match caller {
        Ok(caller) => caller,
        Err(Stranger::NotSignedIn) => return first(&token),
        Err(Stranger::Failed(failure)) => return Err(failure),
    };
    let number = chosen.number.parse().ok();
    let given = (token.as_str(), number);
    match phone::answer(&site.app, &caller.actor, &caller.session, given).await {
        Ok(kiosk) => {
            let (title, lead) = if number.is_some() {
                (
                    format!("You are in on \"{}\"", kiosk.name),
                    format!(
                        "It shows your home page within seconds. When you are done, log out there; {} seconds after the last touch \
                         you are out anyway.",
                        kiosk.idle_seconds
                    ),
                )
            } else {
                (
                    "Nobody was logged in".to_owned(),
                    "The code is void. If somebody sent it to you, tell an admin.".to_owned(),
                )
            };
            let door = Door {
                title: &title,
                lead: &lead,
                aside: Some(("Home", "/home")),
                ..Door::default()
            };
            door.show()
        }
        Err(error) => dead(error),
    }
}
