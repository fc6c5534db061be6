use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::response::Response;
use guildhall_core::accounts::people::{self, Filter};
use guildhall_core::accounts::{self, Account, ProfileField as Field};
use guildhall_core::{Actor, App, Error, Page, Permission, page};
use guildhall_wire::sheet::{Template, XlsxWriter};
use serde::Deserialize;

use super::list::PeopleFilter;
use crate::caller::Asker;
use crate::{Failure, Problem, Site, download};

/// More than these fit into no sheet of Excel.
const XLSX_MOST: i64 = 1_000_000;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Format {
    /// `csv` or `xlsx`.
    format: Option<String>,
}

/// The columns of a template, names that are given as a whole, and the state: what is exported can be edited and uploaded again.
fn headings() -> Vec<&'static str> {
    let mut headings = Template::People.headers();
    headings.extend(["Middle name", "Full name", "Status"]);
    headings
}

fn cells(account: &Account, manager: Option<&(Option<String>, Option<String>)>) -> Vec<String> {
    let get = |field| account.profile.get(field).unwrap_or_default().to_owned();
    let (manager_email, manager_employee) = manager.cloned().unwrap_or_default();
    let yes_no = if account.profile.get(Field::Frontline).is_some() {
        "yes"
    } else {
        "no"
    };
    vec![
        get(Field::Email),
        get(Field::EmployeeId),
        get(Field::GivenName),
        get(Field::FamilyName),
        get(Field::Title),
        get(Field::Department),
        get(Field::Division),
        get(Field::Organization),
        get(Field::CostCenter),
        get(Field::Phone),
        get(Field::Location),
        get(Field::Locale),
        get(Field::TimeZone),
        manager_email.unwrap_or_default(),
        manager_employee.unwrap_or_default(),
        get(Field::LoginMethod),
        get(Field::StartDate),
        get(Field::EndDate),
        yes_no.to_owned(),
        get(Field::MiddleName),
        get(Field::DisplayName),
        account
            .state
            .as_str()
            .replace("uninvited", "not invited")
            .replace("claimed", "active"),
    ]
}

/// The next people, each as a row.
async fn rows(app: &App, actor: &Actor, filter: &mut Filter) -> Result<(Vec<Vec<String>>, bool), Error> {
    let Page { items, next } = people::list(app, actor, filter).await?;
    let managers: Vec<_> = items
        .iter()
        .filter_map(|account| account.profile.manager())
        .collect();
    let known = accounts::keys_of(&app.db, actor.workplace, &managers).await?;
    let manager_of = |account: &Account| account.profile.manager().and_then(|id| known.get(&id));
    let rows = items
        .iter()
        .map(|account| cells(account, manager_of(account)))
        .collect();
    filter.after = next.as_deref().map(people::parse_cursor).transpose()?;
    Ok((rows, filter.after.is_some()))
}

/// All people who match, as CSV or XLSX: edit the file and upload it again to change them.
#[utoipa::path(get, path = "/api/v1/people/export", tag = "people", params(PeopleFilter, Format), responses(
    (status = 200, description = "The file", body = String, content_type = "text/csv"),
    (status = 403, description = "It takes people.read", body = Problem, content_type = "application/problem+json")
))]
pub async fn export(
    State(site): State<Site>,
    asker: Asker,
    Query(which): Query<PeopleFilter>,
    Query(format): Query<Format>,
) -> Result<Response, Failure> {
    asker.actor.need(Permission::PeopleRead)?;
    let mut filter = Filter {
        limit: page::MAX_PAGE,
        ..which.filter()
    };
    match format.format.as_deref() {
        None | Some("csv") => {
            let parts = async_stream::try_stream! {
                yield Bytes::from(download::csv([headings()], true));
                let mut more = true;
                while more {
                    let (found, goes_on) =
                        rows(&site.app, &asker.actor, &mut filter).await.map_err(std::io::Error::other)?;
                    more = goes_on;
                    yield Bytes::from(download::csv(&found, false));
                }
            };
            let parts: futures::stream::BoxStream<'static, Result<Bytes, std::io::Error>> = Box::pin(parts);
            Ok(download::file(
                download::CSV,
                "people.csv",
                Body::from_stream(parts),
            ))
        }
        Some("xlsx") => {
            if accounts::count_matching(&site.app.db, asker.actor.workplace, &filter).await? > XLSX_MOST {
                let told = "That is more than an Excel sheet can hold: export as CSV, or filter.";
                return Err(Failure(Error::invalid("format", told)));
            }
            let bytes = workbook(&site.app, &asker.actor, &mut filter).await?;
            Ok(download::file(download::XLSX, "people.xlsx", bytes))
        }
        Some(_) => Err(Failure(Error::invalid("format", "Export as csv or xlsx."))),
    }
}

async fn workbook(app: &App, actor: &Actor, filter: &mut Filter) -> Result<Vec<u8>, Error> {
    let mut xlsx = XlsxWriter::new("People").map_err(download::inside)?;
    xlsx.row(headings()).map_err(download::inside)?;
    let mut more = true;
    while more {
        let (found, goes_on) = rows(app, actor, filter).await?;
        more = goes_on;
        for row in found {
            xlsx.row(row).map_err(download::inside)?;
        }
    }
    download::workbook(xlsx)
}
