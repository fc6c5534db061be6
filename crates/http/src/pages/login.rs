use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use guildhall_core::{access, workplaces};
use serde::Deserialize;

use super::{Door, Field, Trouble, next, said};
use crate::caller::{Place, session_cookie};
use crate::{Failure, Site};

#[derive(Deserialize)]
pub struct Way {
    next: Option<String>,
}

#[derive(Deserialize)]
pub struct Given {
    email: String,
    password: String,
}

fn page(email: &str, problem: Option<Trouble>) -> Result<Response, Failure> {
    let door = Door {
        title: "Log in",
        lead: "With the e-mail address and password of your workplace.",
        problem,
        fields: vec![
            Field::new("email", "E-mail", "email", "username").value(email),
            Field::new("password", "Password", "password", "current-password"),
        ],
        button: "Log in",
        aside: Some(("Forgotten password?", "/forgot")),
        besides: Some(("New here? Join with your company address", "/join")),
        ..Door::default()
    };
    door.show()
}

pub async fn show(State(site): State<Site>) -> Result<Response, Failure> {
    if workplaces::none(&site.app.db).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    page("", None)
}

pub async fn enter(
    State(site): State<Site>,
    Query(way): Query<Way>,
    place: Place,
    Form(given): Form<Given>,
) -> Result<Response, Failure> {
    let pair = (given.email.as_str(), given.password.as_str());
    match access::log_in_anywhere(&site.app, &site.hasher, pair, place.origin()).await {
        Ok(entered) => {
            let cookie = session_cookie(&site, &entered.token);
            Ok((cookie, next(way.next.as_deref())).into_response())
        }
        Err(error) => page(&given.email, Some(said(error)?)),
    }
}
