//! The second step of a log-in: a code or a passkey, or setting one up. Only passkeys need a script.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use guildhall_core::access::{self, Device, LoggedIn, Need, SetsUp, Shows, Waiting};
use guildhall_core::devices::REMEMBERED_DAYS;
use guildhall_core::factors::{Fresh, Given, Passkeys};
use guildhall_core::{Error, Moment};
use guildhall_wire::cards;
use serde::Deserialize;

use super::login::{Way, query};
use super::{Door, Field, Passkey, Picture, Trouble, inside, next, said};
use crate::caller::{Place, admit, step_cookie, step_of};
use crate::{Failure, Site};

/// What the script sends when a passkey has answered.
#[derive(Deserialize)]
pub struct Answered {
    #[serde(default)]
    round: String,
    #[serde(default)]
    credential: String,
}

impl Answered {
    pub fn given(&self) -> Result<Given, Error> {
        let credential = serde_json::from_str(&self.credential).map_err(|_| {
            Error::invalid(
                "credential",
                "The browser sent no passkey: try once more, or log in another way.",
            )
        })?;
        Ok(Given {
            round: self.round.clone(),
            credential,
        })
    }
}

#[derive(Deserialize)]
pub struct Sent {
    /// `later`, `passkey`, or nothing: a code.
    #[serde(default)]
    way: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    setup: String,
    remember: Option<String>,
    #[serde(flatten)]
    answered: Answered,
}

/// Leads whoever has more to show to the page for it.
pub fn lead(site: &Site, ticket: &str, to: Option<&str>) -> Result<Response, Error> {
    let there = Redirect::to(&format!("/second?{}", query(to)?));
    Ok((AppendHeaders([step_cookie(site, ticket)]), there).into_response())
}

/// The way back, for whoever has no ticket or one that is too old.
fn again(site: &Site, to: Option<&str>) -> Result<Response, Failure> {
    let there = Redirect::to(&format!("/login?{}", query(to)?));
    Ok((AppendHeaders([step_cookie(site, "")]), there).into_response())
}

/// The day of a moment, in words.
fn day(at: Moment, zone: &str) -> String {
    let day = at.day_in(&[Some(zone)]);
    day.strftime("%-d %B").to_string()
}

fn ask(site: &Site, place: &Place, waiting: &Waiting, problem: Option<Trouble>) -> Result<Response, Failure> {
    let Waiting {
        workplace, factors, ..
    } = waiting;
    let by_code = factors.totp || factors.recovery_codes > 0;
    let by_passkey = factors.passkeys > 0 && Passkeys::of(&site.public_url).is_ok();
    let shared = matches!(place.origin().device, Device::Shared);
    let remembers = workplace.settings.remember_devices && !shared;
    let label = format!("Don't ask on this device for {REMEMBERED_DAYS} days");
    let mut fields = Vec::new();
    if by_code {
        fields.push(
            Field::new("code", "Code", "text", "one-time-code").hint(if factors.totp {
                "The six digits that your app shows now. Without the app: one of your recovery codes."
            } else {
                "One of your recovery codes."
            }),
        );
        if remembers {
            fields.push(Field::new("remember", &label, "option", "off"));
        }
    }
    let lost = format!(
        "You have lost it? An admin of {} can remove your second factor, so that you set up another.",
        workplace.name
    );
    let door = Door {
        brand: &workplace.name,
        title: "One more step",
        lead: "Your password is right. Show that it is you by your second factor, too.",
        problem,
        fields,
        button: if by_code { "Go on" } else { "" },
        passkey: by_passkey.then_some(Passkey {
            action: "",
            challenge: "/api/v1/sessions/step/challenge",
            way: "get",
            label: "Use a passkey",
            remembers: remembers && !by_code,
        }),
        footnote: &lost,
        aside: Some(("Log in as somebody else", "/login")),
        ..Door::default()
    };
    door.show()
}

fn enrol(
    site: &Site,
    waiting: &Waiting,
    fresh: &Fresh,
    problem: Option<Trouble>,
) -> Result<Response, Failure> {
    let Waiting { workplace, need, .. } = waiting;
    let later = match need {
        Need::Enrol { later: Some(until) } => {
            format!("Later: I have until {}", day(*until, &workplace.time_zone))
        }
        _ => String::new(),
    };
    let lead = format!(
        "{} asks you for a second factor besides your password. Scan this with an authenticator app on your phone, and type \
         the six digits that it shows.",
        workplace.name
    );
    let door = Door {
        brand: &workplace.name,
        title: "Set up a second factor",
        lead: &lead,
        problem,
        picture: cards::svg(&fresh.uri).map(|svg| Picture {
            svg,
            key: &fresh.secret,
        }),
        fields: vec![
            Field::new("setup", "", "hidden", "off").value(&fresh.setup),
            Field::new("code", "Six digits", "text", "one-time-code"),
        ],
        button: "Set up the app",
        passkey: Passkeys::of(&site.public_url).is_ok().then_some(Passkey {
            action: "",
            challenge: "/api/v1/sessions/step/challenge",
            way: "create",
            label: "Make a passkey instead",
            remembers: false,
        }),
        other: (!later.is_empty()).then_some(("way", "later", &later)),
        aside: Some(("Log in as somebody else", "/login")),
        ..Door::default()
    };
    door.show()
}

/// The page for whatever is asked of whoever holds the ticket.
async fn page(
    (site, place): (&Site, &Place),
    ticket: &str,
    setup: &str,
    problem: Option<Trouble>,
) -> Result<Response, Error> {
    let waiting = access::waiting(&site.app, ticket).await?;
    let shown = match waiting.need {
        Need::Second => ask(site, place, &waiting, problem),
        Need::Enrol { .. } => {
            let setup = Some(setup).filter(|setup| !setup.is_empty());
            let fresh = match access::fresh_second(&site.app, ticket, setup).await {
                // It took too long: a new one.
                Err(Error::Refused { .. }) => access::fresh_second(&site.app, ticket, None).await?,
                fresh => fresh?,
            };
            enrol(site, &waiting, &fresh, problem)
        }
    };
    shown.map_err(|failure| failure.0)
}

pub async fn show(
    State(site): State<Site>,
    Query(way): Query<Way>,
    place: Place,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let to = way.next.as_deref();
    let Some(ticket) = step_of(&site, &headers) else {
        return again(&site, to);
    };
    match page((&site, &place), &ticket, "", None).await {
        Ok(page) => Ok(page),
        Err(Error::Refused { .. }) => again(&site, to),
        Err(error) => Err(error.into()),
    }
}

/// Recovery codes, shown this once; the person is in already.
fn codes(workplace: &str, codes: &[String], to: Option<&str>) -> Result<Response, Failure> {
    let text = codes.join("\r\n");
    let file: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let file = format!("data:text/plain;charset=utf-8,{}", file.replace('+', "%20"));
    let door = Door {
        brand: workplace,
        title: "Keep your recovery codes",
        lead: "When you have lost your phone, each of these lets you in once. Print them or keep them in your password manager: \
               they are not shown again.",
        codes,
        file: &file,
        aside: Some(("I have kept them: go on", inside(to))),
        ..Door::default()
    };
    door.show()
}

/// Takes what somebody shows, or sets up.
pub async fn act(
    State(site): State<Site>,
    Query(way): Query<Way>,
    place: Place,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Result<Response, Failure> {
    let to = way.next.as_deref();
    let Some(ticket) = step_of(&site, &headers) else {
        return again(&site, to);
    };
    match take(&site, &place, &ticket, &sent).await {
        Ok((entered, fresh_codes)) => {
            let mut cookies = admit(&site, &place, &entered).await?;
            cookies.0.push(step_cookie(&site, ""));
            if fresh_codes.is_empty() {
                return Ok((cookies, next(to)).into_response());
            }
            let workplace = guildhall_core::workplaces::read(&site.app.db, entered.account.workplace).await?;
            Ok((cookies, codes(&workplace.name, &fresh_codes, to)?).into_response())
        }
        Err(Error::Refused { code: "too_late", .. }) => again(&site, to),
        Err(error) => match page((&site, &place), &ticket, &sent.setup, Some(said(error)?)).await {
            Ok(page) => Ok(page),
            Err(Error::Refused { .. }) => again(&site, to),
            Err(error) => Err(error.into()),
        },
    }
}

async fn take(
    site: &Site,
    place: &Place,
    ticket: &str,
    sent: &Sent,
) -> Result<(LoggedIn, Vec<String>), Error> {
    let (app, url, origin) = (&site.app, site.public_url.as_str(), place.origin());
    let need = access::waiting(app, ticket).await?.need;
    let given = match sent.way.as_str() {
        "passkey" => Some(sent.answered.given()?),
        _ => None,
    };
    match (need, &given) {
        (Need::Second, given) => {
            let shows = given
                .as_ref()
                .map_or(Shows::Code(&sent.code), |given| Shows::Passkey(url, given));
            let entered = access::show_second(app, ticket, &shows, sent.remember.is_some(), origin).await?;
            Ok((entered, Vec::new()))
        }
        (Need::Enrol { .. }, Some(given)) => {
            access::set_second_up(app, ticket, &SetsUp::Passkey(url, given), origin).await
        }
        (Need::Enrol { .. }, None) if sent.way == "later" => {
            access::set_second_up(app, ticket, &SetsUp::Later, origin).await
        }
        (Need::Enrol { .. }, None) => {
            let app_shown = SetsUp::App {
                setup: &sent.setup,
                code: &sent.code,
            };
            access::set_second_up(app, ticket, &app_shown, origin).await
        }
    }
}
