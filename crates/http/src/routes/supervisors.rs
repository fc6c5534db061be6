use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use guildhall_core::accounts::{Account, AccountState, ProfileField as Field, people};
use guildhall_core::codes::{self, AccessCode};
use guildhall_core::ids::AccountId;
use guildhall_core::{page, supervisors};
use serde::{Deserialize, Serialize};

use super::codes::CodeFacts;
use super::people::view::photo_url;
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// One of your own people.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OwnPerson {
    id: AccountId,
    display_name: String,
    photo_url: Option<String>,
    employee_id: Option<String>,
    title: Option<String>,
    department: Option<String>,
    location: Option<String>,
    state: AccountState,
    /// They have an e-mail address: letters reach them, and codes are not for them.
    has_email: bool,
    access_code: Option<CodeFacts>,
}

impl OwnPerson {
    fn of(account: &Account, codes: &mut HashMap<AccountId, AccessCode>) -> Self {
        let get = |field| account.profile.get(field).map(str::to_owned);
        Self {
            id: account.id,
            display_name: account.name(),
            photo_url: photo_url(account.id, account.profile.photo()),
            employee_id: get(Field::EmployeeId),
            title: get(Field::Title),
            department: get(Field::Department),
            location: get(Field::Location),
            state: account.state,
            has_email: account.profile.get(Field::Email).is_some(),
            access_code: codes.remove(&account.id).map(Into::into),
        }
    }
}

/// A page of your own people, with how many there are in all.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OwnPeople {
    items: Vec<OwnPerson>,
    next: Option<String>,
    all: i64,
    /// Those who have not claimed their account.
    waiting: i64,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those who have not claimed their account.
    #[serde(default)]
    waiting: bool,
    /// What the page before had as `next`.
    after: Option<String>,
    /// 50 if left out, 200 at most.
    limit: Option<i64>,
}

/// The people whom you look after: whose managers lead to you, and who are at your locations. Codes are given to them as to
/// anybody: by `POST /api/v1/people/{id}/code` and `POST /api/v1/access-codes`.
#[utoipa::path(get, path = "/api/v1/my-people", tag = "supervisors", params(Which), responses(
    (status = 200, description = "A page of them, by name", body = OwnPeople),
    (status = 403, description = "It takes people.supervise", body = Problem, content_type = "application/problem+json")
))]
pub async fn own(
    State(site): State<Site>,
    asker: Asker,
    Query(which): Query<Which>,
) -> Result<Json<OwnPeople>, Failure> {
    let filter = supervisors::Filter {
        waiting: which.waiting,
        after: which.after.as_deref().map(people::parse_cursor).transpose()?,
        limit: page::limit(which.limit),
    };
    let found = supervisors::own_people(&site.app, &asker.actor, &filter).await?;
    let by_state = supervisors::counts(&site.app, &asker.actor).await?;
    let ids: Vec<AccountId> = found.items.iter().map(|account| account.id).collect();
    let mut codes = codes::newest(&site.app, &site.app.db, asker.actor.workplace, &ids).await?;
    let count = |state| by_state.get(&state).copied().unwrap_or(0);
    Ok(Json(OwnPeople {
        items: found
            .items
            .iter()
            .map(|account| OwnPerson::of(account, &mut codes))
            .collect(),
        next: found.next,
        all: by_state.values().sum(),
        waiting: count(AccountState::Uninvited) + count(AccountState::Invited),
    }))
}

/// The locations whose people somebody looks after, as they stand in profiles.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupervisedLocations {
    locations: Vec<String>,
}

/// Says at which locations a person looks after everybody, besides those whose managers lead to them. Their role must have
/// people.supervise.
#[utoipa::path(put, path = "/api/v1/people/{id}/supervises", tag = "supervisors", params(("id" = AccountId, Path)),
    request_body = SupervisedLocations, responses(
    (status = 200, description = "The locations as they are now", body = SupervisedLocations),
    (status = 403, description = "It takes roles.manage", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A location has no name, or there are too many", body = Problem, content_type = "application/problem+json")
))]
pub async fn set_locations(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
    Json(given): Json<SupervisedLocations>,
) -> Result<Json<SupervisedLocations>, Failure> {
    let locations = supervisors::set_locations(&site.app, &asker.actor, id, &given.locations).await?;
    Ok(Json(SupervisedLocations { locations }))
}
