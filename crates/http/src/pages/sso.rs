//! Log-in by single sign-on: the browser goes to the identity provider and comes back. No page here needs a script.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use guildhall_core::access::Origin;
use guildhall_core::accounts::{Account, ProfileField};
use guildhall_core::ids::SsoProviderId;
use guildhall_core::sso::{self, Answered, Arrival, Consent, Farewell, Go, Protocol, Purpose, Report};
use guildhall_core::{Error, Permission};
use serde::Deserialize;

use super::{Door, Field, Trouble, next, said};
use crate::caller::{Caller, Place, admit, sso_cookie, sso_of};
use crate::wrap::form_action;
use crate::{Failure, Site};

/// The most characters of an address that is passed on.
const LONGEST_HINT: usize = 320;

#[derive(Template)]
#[template(path = "sso_test.html")]
struct Tested<'a> {
    name: &'a str,
    id: SsoProviderId,
    report: &'a Report,
}

pub(super) fn id_of(text: &str) -> Result<SsoProviderId, Failure> {
    text.parse()
        .map_err(|_| Failure(Error::not_found("identity provider")))
}

/// A page that says why somebody is not in.
pub(super) fn out(brand: &str, why: &str) -> Result<Response, Failure> {
    let door = Door {
        brand,
        title: "You are not logged in",
        lead: why,
        aside: Some(("To the log-in page", "/login")),
        ..Door::default()
    };
    let mut page = door.show()?;
    *page.status_mut() = StatusCode::FORBIDDEN;
    Ok(page)
}

/// What is wrong, as a page; what failed inside goes to the log instead.
pub(super) fn explained(error: Error) -> Result<Response, Failure> {
    match error {
        Error::NotFound(_) => Err(Failure(error)),
        other => out("Guildhall", &said(other)?.message),
    }
}

/// Too many come from one network.
fn slowed(error: Error) -> Result<Response, Failure> {
    let mut page = explained(error)?;
    *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    Ok(page)
}

pub async fn metadata(State(site): State<Site>, Path(id): Path<String>) -> Result<Response, Failure> {
    let xml = sso::metadata(&site.app, &site.public_url, id_of(&id)?).await?;
    let kind = [(header::CONTENT_TYPE, "application/samlmetadata+xml")];
    Ok((kind, xml).into_response())
}

/// What a log-in begins with.
#[derive(Deserialize)]
pub struct Begun {
    next: Option<String>,
    /// The address that was typed. OpenID providers that begin by themselves call it so, too (Core 4).
    login_hint: Option<String>,
}

/// Sends the browser to the provider.
pub async fn start(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(begun): Query<Begun>,
    place: Place,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let hint = begun.login_hint.filter(|hint| hint.len() <= LONGEST_HINT);
    let purpose = Purpose::LogIn {
        next: begun.next.unwrap_or_default(),
        hint,
        again: false,
    };
    go(&site, id_of(&id)?, &purpose, (&place, &headers)).await
}

/// [`start`] for an admin who looks whether it works.
pub async fn test(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    place: Place,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    caller.actor.need(Permission::WorkplaceManage)?;
    let id = id_of(&id)?;
    // Of another workplace there is none.
    sso::get(&site.app, &caller.actor, id).await?;
    let Account { id: tester, .. } = caller.account;
    go(&site, id, &Purpose::Test(tester), (&place, &headers)).await
}

/// [`start`] for whoever is in by single sign-on and proves once more who they are, before something dangerous.
pub async fn again(
    State(site): State<Site>,
    caller: Caller,
    Query(begun): Query<Begun>,
    place: Place,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mut tx = site.app.db.snapshot().await.map_err(Error::from)?;
    let way = sso::way_of(&mut tx, &caller.account).await?;
    drop(tx);
    let Some(way) = way else {
        return out(
            "Guildhall",
            "No identity provider answers for your address any more: log in another way, or ask an admin of your workplace.",
        );
    };
    let purpose = Purpose::LogIn {
        next: begun.next.unwrap_or_default(),
        hint: caller.account.profile.get(ProfileField::Email).map(str::to_owned),
        again: true,
    };
    go(&site, way.provider, &purpose, (&place, &headers)).await
}

async fn go(
    site: &Site,
    id: SsoProviderId,
    purpose: &Purpose,
    (place, headers): (&Place, &HeaderMap),
) -> Result<Response, Failure> {
    // On a shared device the next person would be in by the provider's session of the one before.
    if place.kiosk.is_some() {
        return out(
            "Guildhall",
            "Nobody logs in by single sign-on on a shared device: use your phone, your password or an access code.",
        );
    }
    if let Err(error) = sso::pace(&site.app, place.address).await {
        return slowed(error);
    }
    let known = sso_of(site, headers);
    let asked = match sso::begin(&site.app, &site.public_url, id, purpose, known).await {
        Ok(asked) => asked,
        Err(error) => return explained(error),
    };
    let cookie = [sso_cookie(site, &asked.browser)];
    match asked.go {
        Go::To(address) => Ok((cookie, Redirect::to(&address)).into_response()),
        Go::Form { action, fields } => {
            let lead = format!("{} says who you are.", asked.provider.name);
            let told = ("Log in with single sign-on", lead.as_str());
            let page = onward(told, &asked.provider.name, (&action, &fields))?;
            Ok((cookie, page).into_response())
        }
    }
}

/// A page whose form goes to the provider: by itself, or without a script by its button.
fn onward(
    (title, lead): (&str, &str),
    provider: &str,
    (action, fields): (&str, &[(&'static str, String)]),
) -> Result<Response, Failure> {
    let button = format!("Continue to {provider}");
    let policy = HeaderValue::from_str(&form_action(action))
        .map_err(|why| Failure(Error::Internal(why.to_string())))?;
    let door = Door {
        title,
        lead,
        action,
        fields: fields
            .iter()
            .map(|(name, value)| Field::new(name, "", "hidden", "off").value(value))
            .collect(),
        button: &button,
        onward: true,
        ..Door::default()
    };
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], door.show()?).into_response())
}

/// Whoever has logged out here, and is to be out at a provider that takes forms.
pub async fn leave(State(site): State<Site>, Path(ticket): Path<String>) -> Result<Response, Failure> {
    match sso::taken_there(&site.app, &site.public_url, &ticket).await {
        Ok(Some((provider, go))) => gone_there(&provider, go),
        Ok(None) => Ok(Redirect::to("/login").into_response()),
        Err(error) => explained(error),
    }
}

/// Takes somebody who is out here to the provider.
fn gone_there(provider: &str, go: Go) -> Result<Response, Failure> {
    match go {
        Go::To(address) => Ok(Redirect::to(&address).into_response()),
        Go::Form { action, fields } => {
            let told = (
                "You are logged out here",
                "Your organisation logs you out there, too.",
            );
            onward(told, provider, (&action, &fields))
        }
    }
}

/// The form by which a provider answers.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(rename = "SAMLResponse")]
    response: Option<String>,
    #[serde(rename = "RelayState")]
    relay: Option<String>,
}

/// Takes the answer. The browser goes on by a redirect, with which it sends its cookies.
pub async fn answer(
    State(site): State<Site>,
    place: Place,
    Path(id): Path<String>,
    Form(given): Form<Answer>,
) -> Result<Response, Failure> {
    let id = id_of(&id)?;
    if let Err(error) = sso::pace(&site.app, place.address).await {
        return slowed(error);
    }
    let pair = (
        given.response.as_deref().unwrap_or_default(),
        given.relay.as_deref(),
    );
    answered(
        id,
        sso::answer(&site.app, &site.public_url, id, pair, place.origin()).await,
    )
}

/// What becomes of an answer, as a page or a redirect.
pub(super) fn answered(
    id: SsoProviderId,
    answered: guildhall_core::Result<Answered>,
) -> Result<Response, Failure> {
    match answered {
        Ok(Answered::Ticket(ticket)) => Ok(Redirect::to(&format!("/sso/enter/{ticket}")).into_response()),
        Ok(Answered::Refused { refusal, test: false }) => out("Guildhall", &refusal.message),
        Ok(Answered::Refused { refusal, test: true }) => {
            let report = Report {
                code: Some(refusal.code.to_owned()),
                said: refusal.message,
                ..Report::default()
            };
            tested("the identity provider", id, &report)
        }
        Err(error) => explained(error),
    }
}

fn tested(name: &str, id: SsoProviderId, report: &Report) -> Result<Response, Failure> {
    let page = Tested { name, id, report };
    let page = page
        .render()
        .map_err(|why| Failure(Error::Internal(why.to_string())))?;
    Ok(Html(page).into_response())
}

/// Whoever comes back with a ticket.
pub async fn arrive(
    State(site): State<Site>,
    place: Place,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    come(&site, &place, &headers, (&ticket, Consent::Unasked)).await
}

#[derive(Deserialize)]
pub struct Agreed {
    accept_terms: Option<String>,
}

/// Whoever takes their account.
pub async fn take(
    State(site): State<Site>,
    place: Place,
    Path(ticket): Path<String>,
    headers: HeaderMap,
    Form(agreed): Form<Agreed>,
) -> Result<Response, Failure> {
    let consent = Consent::Terms(agreed.accept_terms.is_some());
    come(&site, &place, &headers, (&ticket, consent)).await
}

async fn come(
    site: &Site,
    place: &Place,
    headers: &HeaderMap,
    (ticket, consent): (&str, Consent),
) -> Result<Response, Failure> {
    let (known, origin) = (sso_of(site, headers), place.origin());
    let arrive = async |consent, origin: Origin<'_>| {
        sso::arrive(&site.app, ticket, known.as_deref(), consent, origin).await
    };
    let mut problem = None;
    let arrival = match arrive(consent, origin).await {
        // The page once more, with what is wrong.
        Err(error @ Error::Invalid { .. }) => {
            problem = Some(said(error)?);
            arrive(Consent::Unasked, origin).await
        }
        arrival => arrival,
    };
    match arrival {
        Ok(Arrival::In(entered, to)) => {
            Ok((admit(site, place, &entered).await?, next(Some(&to))).into_response())
        }
        Ok(Arrival::Welcome { workplace, name }) => {
            let terms = workplace.settings.terms_url.as_deref().unwrap_or_default();
            welcome(&workplace.name, &name, terms, problem)
        }
        Ok(Arrival::Refused {
            workplace, message, ..
        }) => out(&workplace.name, &message),
        Ok(Arrival::Tested { provider, report }) => tested(&provider.name, provider.id, &report),
        Err(error) => explained(error),
    }
}

fn welcome(workplace: &str, name: &str, terms: &str, problem: Option<Trouble>) -> Result<Response, Failure> {
    let title = format!("Welcome to {workplace}");
    let lead = format!(
        "Hello {name}. Your organisation has prepared an account for you: it is yours with one click."
    );
    let agree = Field::new(
        "accept_terms",
        "I agree to the terms of my organisation.",
        "checkbox",
        "off",
    );
    let door = Door {
        brand: workplace,
        title: &title,
        lead: &lead,
        problem,
        fields: vec![agree.hint(terms)],
        button: "Take your account",
        ..Door::default()
    };
    door.show()
}

/// A message of log-out that came in the address.
pub async fn left(
    State(site): State<Site>,
    place: Place,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    Query(named): Query<Named>,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    farewell(&site, &place, id_of(&id)?, (&query, None), named.relay.as_deref()).await
}

#[derive(Deserialize)]
pub struct Named {
    #[serde(rename = "RelayState")]
    relay: Option<String>,
    #[serde(rename = "SAMLRequest")]
    request: Option<String>,
    #[serde(rename = "SAMLResponse")]
    response: Option<String>,
}

/// A message of log-out that came in a form.
pub async fn left_by_form(
    State(site): State<Site>,
    place: Place,
    Path(id): Path<String>,
    Form(named): Form<Named>,
) -> Result<Response, Failure> {
    let value = named.request.or(named.response).unwrap_or_default();
    farewell(
        &site,
        &place,
        id_of(&id)?,
        ("", Some(&value)),
        named.relay.as_deref(),
    )
    .await
}

async fn farewell(
    site: &Site,
    place: &Place,
    id: SsoProviderId,
    message: (&str, Option<&str>),
    relay: Option<&str>,
) -> Result<Response, Failure> {
    // To look at a signature is work that a stranger could order.
    if let Err(error) = sso::pace(&site.app, place.address).await {
        return slowed(error);
    }
    match sso::left_there(&site.app, &site.public_url, id, message, relay).await {
        Ok(Farewell::Back(go)) => gone_there("your organisation", go),
        Ok(Farewell::Out) => Ok(Redirect::to("/login").into_response()),
        Err(error) => explained(error),
    }
}

/// Sends whoever typed an address to their provider; none: nobody answers for it.
pub(super) async fn discover(
    site: &Site,
    email: &str,
    to: Option<&str>,
) -> Result<Option<Response>, Failure> {
    let ways = sso::ways(&site.app, email).await?;
    let address = |way: &sso::Way| {
        let mut query = vec![("next", to.unwrap_or_default())];
        if way.protocol == Protocol::Oidc {
            query.push(("login_hint", email.trim()));
        }
        let query = serde_urlencoded::to_string(query).unwrap_or_default();
        format!("/sso/{}/{}/start?{query}", way.protocol.as_str(), way.provider)
    };
    match ways.as_slice() {
        [] => Ok(None),
        [one] => {
            let address = address(one);
            let label = format!("Continue to {}", one.name);
            let door = Door {
                title: "One moment",
                lead: "You are taken to the log-in of your organisation.",
                // A redirect from a form to another site is stopped by the browser; a page that leads on is not.
                leads_to: &address,
                aside: Some((&label, &address)),
                ..Door::default()
            };
            door.show().map(Some)
        }
        several => {
            let links: Vec<(&str, String)> = several
                .iter()
                .map(|way| (way.name.as_str(), address(way)))
                .collect();
            let besides: Vec<(&str, &str)> = links.iter().map(|(name, to)| (*name, to.as_str())).collect();
            let door = Door {
                title: "By which log-in?",
                lead: "Several answer for your address.",
                besides: &besides,
                ..Door::default()
            };
            door.show().map(Some)
        }
    }
}
