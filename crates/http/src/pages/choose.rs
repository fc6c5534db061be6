use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use guildhall_core::Error;
use guildhall_core::access;
use guildhall_core::ids::WorkplaceId;
use guildhall_core::workplaces::Workplace;
use serde::Deserialize;

use super::login::Way;
use super::{Choice, Door, Field, come_in, said};
use crate::caller::{Place, ticket_cookie, ticket_of};
use crate::{Failure, Site};

#[derive(Deserialize)]
pub struct Chosen {
    workplace: WorkplaceId,
}

fn page(workplaces: &[Workplace]) -> Result<Response, Failure> {
    let options = workplaces.iter().map(|workplace| Choice {
        value: workplace.id.to_string(),
        label: workplace.name.clone(),
        chosen: false,
    });
    let door = Door {
        title: "Where to?",
        lead: "You have an account with this e-mail and password in several workplaces.",
        fields: vec![Field::new("workplace", "Workplaces", "doors", "off").options(options.collect())],
        aside: Some(("Log in as somebody else", "/login")),
        ..Door::default()
    };
    door.show()
}

/// The way back, for whoever has no ticket or one that is too old.
fn again(site: &Site) -> Response {
    ([ticket_cookie(site, "")], Redirect::to("/login")).into_response()
}

pub async fn show(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Failure> {
    let Some(ticket) = ticket_of(&site, &headers) else {
        return Ok(again(&site));
    };
    match access::choices(&site.app, &ticket).await {
        Ok(workplaces) => page(&workplaces),
        Err(Error::Refused { .. }) => Ok(again(&site)),
        Err(error) => Err(error.into()),
    }
}

pub async fn enter(
    State(site): State<Site>,
    Query(way): Query<Way>,
    place: Place,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Failure> {
    let Some(ticket) = ticket_of(&site, &headers) else {
        return Ok(again(&site));
    };
    match access::choose_workplace(&site.app, &ticket, chosen.workplace, place.origin()).await {
        Ok(entered) => {
            let in_now = come_in(&site, &place, entered, way.next.as_deref()).await?;
            Ok((AppendHeaders([ticket_cookie(&site, "")]), in_now).into_response())
        }
        Err(error) => {
            said(error)?;
            Ok(again(&site))
        }
    }
}
