use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use guildhall_core::workplaces;

use super::{Door, Field, next, said};
use crate::caller::{Place, session_cookie};
use crate::routes::setup::{NewSite, code_required, open_first};
use crate::{Failure, Site};

fn page(place: &Place, asked: Option<&NewSite>, problem: Option<String>) -> Result<Response, Failure> {
    let value = |pick: fn(&NewSite) -> &str| asked.map_or("", pick);
    let mut fields = vec![
        Field::new(
            "workplace_name",
            "Name of your organisation",
            "text",
            "organization",
        )
        .value(value(|asked| &asked.workplace_name))
        .hint("People see it on every page and letter. It can be changed later."),
        Field::new("display_name", "Your name", "text", "name").value(value(|asked| &asked.display_name)),
        Field::new("email", "Your e-mail", "email", "username").value(value(|asked| &asked.email)),
        Field::new("password", "Password", "password", "new-password")
            .hint("At least 10 characters: a few words that don't belong together are good."),
    ];
    if code_required(place) {
        let code = Field::new("code", "Code of this server", "text", "off");
        fields.push(code.hint("The server printed it when it started."));
    }
    let door = Door {
        title: "Open your workplace",
        lead: "Nobody has opened it yet. You will be its first system admin.",
        problem,
        fields,
        button: "Open the workplace",
        ..Door::default()
    };
    door.show()
}

pub async fn show(State(site): State<Site>, place: Place) -> Result<Response, Failure> {
    if workplaces::none(&site.app.db).await? {
        return page(&place, None, None);
    }
    Ok(Redirect::to("/login").into_response())
}

pub async fn open(
    State(site): State<Site>,
    place: Place,
    Form(asked): Form<NewSite>,
) -> Result<Response, Failure> {
    match open_first(&site, &place, &asked).await {
        Ok(entered) => Ok((session_cookie(&site, &entered.token), next(None)).into_response()),
        Err(error) => page(&place, Some(&asked), Some(said(error)?)),
    }
}
