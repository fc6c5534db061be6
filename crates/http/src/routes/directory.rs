use axum::Json;
use axum::extract::{Path, Query, State};
use guildhall_core::accounts::people::{self, Filter, Named};
use guildhall_core::accounts::{self, Account, AccountState, ProfileField as Field};
use guildhall_core::ids::{AccountId, GroupId};
use guildhall_core::{Error, Page, Permission};
use serde::{Deserialize, Serialize};

use super::people::list::Paging;
use super::people::view::{PersonLite, photo_url};
use crate::caller::Caller;
use crate::{Failure, Problem, Site};

/// How many reports of one person the chart shows.
const REPORTS: i64 = 500;

/// A coworker in the list of all.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DirectoryPerson {
    id: AccountId,
    display_name: String,
    photo_url: Option<String>,
    title: Option<String>,
    department: Option<String>,
    location: Option<String>,
}

impl DirectoryPerson {
    fn of(account: &Account) -> Self {
        let get = |field| account.profile.get(field).map(str::to_owned);
        Self {
            id: account.id,
            display_name: account.name(),
            photo_url: photo_url(account.id, account.profile.photo()),
            title: get(Field::Title),
            department: get(Field::Department),
            location: get(Field::Location),
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Each word begins a name or an e-mail address.
    q: Option<String>,
    department: Option<String>,
    location: Option<String>,
}

/// The coworkers whom everybody may find: those who are in or invited.
#[utoipa::path(get, path = "/api/v1/directory", tag = "directory", params(Search, Paging), responses(
    (status = 200, description = "A page of people", body = Page<DirectoryPerson>)
))]
pub async fn list(
    State(site): State<Site>,
    caller: Caller,
    Query(search): Query<Search>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<DirectoryPerson>>, Failure> {
    let text = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
    let filter = Filter {
        q: text(search.q),
        department: text(search.department),
        location: text(search.location),
        ..Filter::default()
    };
    let found = people::directory(&site.app, &caller.actor, &paging.page(filter)?).await?;
    Ok(Json(Page {
        items: found.items.iter().map(DirectoryPerson::of).collect(),
        next: found.next,
    }))
}

/// A coworker's card.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DirectoryProfile {
    #[serde(flatten)]
    person: DirectoryPerson,
    email: Option<String>,
    phone: Option<String>,
    division: Option<String>,
    organization: Option<String>,
    time_zone: Option<String>,
    state: AccountState,
    manager: Option<PersonLite>,
    groups: Vec<GroupName>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct GroupName {
    id: GroupId,
    name: String,
}

async fn visible(site: &Site, caller: &Caller, id: AccountId) -> Result<Account, Failure> {
    let account = accounts::get(&site.app.db, caller.actor.workplace, id).await?;
    let admin = caller.actor.may(Permission::PeopleRead);
    let known =
        |account: &Account| admin || matches!(account.state, AccountState::Claimed | AccountState::Invited);
    account
        .filter(known)
        .ok_or_else(|| Failure(Error::not_found("person")))
}

/// A coworker's card.
#[utoipa::path(get, path = "/api/v1/directory/{id}", tag = "directory", params(("id" = AccountId, Path)), responses(
    (status = 200, description = "The person", body = DirectoryProfile),
    (status = 404, description = "Nobody whom you may see has that id", body = Problem, content_type = "application/problem+json")
))]
pub async fn profile(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<AccountId>,
) -> Result<Json<DirectoryProfile>, Failure> {
    let account = visible(&site, &caller, id).await?;
    let manager = match account.profile.manager() {
        Some(manager) => accounts::named(&site.app.db, account.workplace, &[manager])
            .await?
            .pop(),
        None => None,
    };
    let groups = super::groups::shown_on_card(&site, &caller.actor, id).await?;
    let get = |field| account.profile.get(field).map(str::to_owned);
    Ok(Json(DirectoryProfile {
        person: DirectoryPerson::of(&account),
        email: get(Field::Email),
        phone: get(Field::Phone),
        division: get(Field::Division),
        organization: get(Field::Organization),
        time_zone: get(Field::TimeZone),
        state: account.state,
        manager: manager.map(Into::into),
        groups: groups
            .into_iter()
            .map(|(id, name)| GroupName { id, name })
            .collect(),
    }))
}

/// Somebody in the chart of the organisation.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OrgPerson {
    #[serde(flatten)]
    person: PersonLite,
    title: Option<String>,
    department: Option<String>,
    reports_count: i64,
}

impl From<Named> for OrgPerson {
    fn from(named: Named) -> Self {
        Self {
            title: named.title.clone(),
            department: named.department.clone(),
            reports_count: named.reports,
            person: named.into(),
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct OrgView {
    person: Option<OrgPerson>,
    /// From the top down.
    managers: Vec<OrgPerson>,
    reports: Vec<OrgPerson>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Root {
    /// Whose place in the chart; left out: the top.
    root: Option<AccountId>,
}

/// A person's place in the organisation: managers above, reports below.
#[utoipa::path(get, path = "/api/v1/org", tag = "directory", params(Root), responses(
    (status = 200, description = "A part of the chart", body = OrgView),
    (status = 404, description = "Nobody whom you may see has that id", body = Problem, content_type = "application/problem+json")
))]
pub async fn org(
    State(site): State<Site>,
    caller: Caller,
    Query(root): Query<Root>,
) -> Result<Json<OrgView>, Failure> {
    let (db, workplace) = (&site.app.db, caller.actor.workplace);
    // Whoever prepares the workplace sees the chart before anybody is invited.
    let all = caller.actor.may(Permission::PeopleRead);
    let mut chain = match root.root {
        Some(root) => {
            visible(&site, &caller, root).await?;
            let ids = accounts::managers(db, workplace, root).await?;
            accounts::with_reports(db, workplace, &ids, all).await?
        }
        None => Vec::new(),
    };
    let reports = accounts::reports(db, workplace, root.root, all, REPORTS).await?;
    let person = (!chain.is_empty()).then(|| chain.remove(0));
    chain.reverse();
    Ok(Json(OrgView {
        person: person.map(Into::into),
        managers: chain.into_iter().map(Into::into).collect(),
        reports: reports.into_iter().map(Into::into).collect(),
    }))
}
