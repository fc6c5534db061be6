use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use guildhall_core::workplaces;

use super::{Door, Field, Trouble, next, said, whereabouts};
use crate::caller::{Place, admit};
use crate::routes::setup::{NewSite, code_required, open_first};
use crate::{Failure, Site};

fn page(
    place: &Place,
    headers: &HeaderMap,
    asked: Option<&NewSite>,
    problem: Option<Trouble>,
) -> Result<Response, Failure> {
    let value = |pick: fn(&NewSite) -> &str| asked.map_or("", pick);
    let (locale, zone) = whereabouts::chosen(asked, headers);
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
        Field::new("locale", "Language and region", "select", "off").options(whereabouts::locales(locale)),
        Field::new("time_zone", "Time zone", "select", "off").options(whereabouts::time_zones(zone)),
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

pub async fn show(State(site): State<Site>, place: Place, headers: HeaderMap) -> Result<Response, Failure> {
    if workplaces::none(&site.app.db).await? {
        return page(&place, &headers, None, None);
    }
    Ok(Redirect::to("/login").into_response())
}

pub async fn open(
    State(site): State<Site>,
    place: Place,
    headers: HeaderMap,
    Form(asked): Form<NewSite>,
) -> Result<Response, Failure> {
    match open_first(&site, &place, &asked).await {
        Ok(entered) => Ok((admit(&site, &place, &entered).await?, next(None)).into_response()),
        Err(error) => page(&place, &headers, Some(&asked), Some(said(error)?)),
    }
}
