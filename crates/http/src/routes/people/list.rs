use axum::Json;
use axum::extract::{Query, State};
use guildhall_core::accounts::people::{self, Filter, Sort};
use guildhall_core::accounts::{self, AccountState, Source};
use guildhall_core::ids::AccountId;
use guildhall_core::{Error, Permission, page};
use serde::{Deserialize, Serialize};

use super::view::PersonRow;
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// Which people; everything that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize, utoipa::IntoParams, utoipa::ToSchema)]
#[into_params(parameter_in = Query)]
pub struct PeopleFilter {
    /// Each word begins a name, an e-mail address or an employee id.
    pub q: Option<String>,
    pub state: Option<AccountState>,
    pub department: Option<String>,
    pub location: Option<String>,
    /// Who added them.
    pub source: Option<Source>,
    pub role: Option<String>,
    /// The id of their manager.
    pub manager: Option<AccountId>,
}

impl PeopleFilter {
    pub fn filter(&self) -> Filter {
        let text = |value: &Option<String>| value.clone().filter(|value| !value.trim().is_empty());
        Filter {
            q: text(&self.q),
            state: self.state,
            department: text(&self.department),
            location: text(&self.location),
            source: self.source,
            role: text(&self.role),
            manager: self.manager,
            ..Filter::default()
        }
    }
}

/// How a list is sorted and where it goes on.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// `name`, `-name`, `created` or `-created`.
    pub sort: Option<String>,
    /// What the page before had as `next`.
    pub after: Option<String>,
    /// 50 if left out, 200 at most.
    pub limit: Option<i64>,
}

impl Paging {
    pub fn page(&self, mut filter: Filter) -> Result<Filter, Error> {
        filter.sort = self.sort.as_deref().map_or(Ok(Sort::Name), Sort::parse)?;
        filter.after = self.after.as_deref().map(people::parse_cursor).transpose()?;
        filter.limit = page::limit(self.limit);
        Ok(filter)
    }
}

/// How many people are in each state, in the whole workplace.
#[derive(Default, Serialize, utoipa::ToSchema)]
pub struct StateCounts {
    uninvited: i64,
    invited: i64,
    claimed: i64,
    deactivated: i64,
    all: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct PeoplePage {
    items: Vec<PersonRow>,
    next: Option<String>,
    counts: StateCounts,
}

/// The people who match, a page at a time.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", params(PeopleFilter, Paging), responses(
    (status = 200, description = "A page of people", body = PeoplePage),
    (status = 403, description = "It takes people.read", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(
    State(site): State<Site>,
    asker: Asker,
    Query(filter): Query<PeopleFilter>,
    Query(paging): Query<Paging>,
) -> Result<Json<PeoplePage>, Failure> {
    let found = people::list(&site.app, &asker.actor, &paging.page(filter.filter())?).await?;
    let by_state = accounts::counts(&site.app.db, asker.actor.workplace).await?;
    let count = |state| by_state.get(&state).copied().unwrap_or(0);
    Ok(Json(PeoplePage {
        items: found.items.iter().map(PersonRow::of).collect(),
        next: found.next,
        counts: StateCounts {
            uninvited: count(AccountState::Uninvited),
            invited: count(AccountState::Invited),
            claimed: count(AccountState::Claimed),
            deactivated: count(AccountState::Deactivated),
            all: by_state.values().sum(),
        },
    }))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Matching {
    matching: i64,
}

/// How many people match, all pages together. Of very many this takes longer than a page of them.
#[utoipa::path(get, path = "/api/v1/people/count", tag = "people", params(PeopleFilter), responses(
    (status = 200, description = "How many match", body = Matching),
    (status = 403, description = "It takes people.read", body = Problem, content_type = "application/problem+json")
))]
pub async fn count(
    State(site): State<Site>,
    asker: Asker,
    Query(filter): Query<PeopleFilter>,
) -> Result<Json<Matching>, Failure> {
    let matching = people::matching(&site.app, &asker.actor, &filter.filter()).await?;
    Ok(Json(Matching { matching }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FacetOf {
    /// `department`, `location`, `division`, `organization` or `title`.
    field: String,
}

/// A value to filter by.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Facet {
    value: String,
    label: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Facets {
    items: Vec<Facet>,
}

/// The values that a field has here, for filters.
#[utoipa::path(get, path = "/api/v1/people/facets", tag = "people", params(FacetOf), responses(
    (status = 200, description = "Each value once, 1,000 at most", body = Facets)
))]
pub async fn facets(
    State(site): State<Site>,
    asker: Asker,
    Query(of): Query<FacetOf>,
) -> Result<Json<Facets>, Failure> {
    asker.actor.need(Permission::PeopleRead)?;
    let values = accounts::facets(&site.app.db, asker.actor.workplace, &of.field).await?;
    let items = values.into_iter().map(|value| Facet {
        label: value.clone(),
        value,
    });
    Ok(Json(Facets {
        items: items.collect(),
    }))
}
