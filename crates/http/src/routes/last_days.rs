//! Those whose last day has passed, while the brake holds.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use guildhall_core::{Moment, last_days};
use serde::Serialize;

use super::groups::members::MemberPerson;
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// Who would be deactivated because their last day has passed, and waits for a word.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LastDays {
    /// How many: none, while the brake does not hold.
    people: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    held_at: Option<Moment>,
    /// What the brake says.
    message: Option<String>,
    /// Up to 20 of them.
    first: Vec<MemberPerson>,
}

/// Whose last day has passed, and who waits for a word because they are many. Few are deactivated by themselves.
#[utoipa::path(get, path = "/api/v1/last-days", tag = "people", responses(
    (status = 200, description = "Those who wait", body = LastDays),
    (status = 403, description = "It takes people.deactivate", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(State(site): State<Site>, asker: Asker) -> Result<Json<LastDays>, Failure> {
    let waiting = last_days::waiting(&site.app, &asker.actor).await?;
    Ok(Json(LastDays {
        people: waiting.people,
        held_at: waiting.held_at,
        message: waiting.said,
        first: waiting.first.into_iter().map(Into::into).collect(),
    }))
}

/// Says yes to those who wait now: they are deactivated within minutes.
#[utoipa::path(post, path = "/api/v1/last-days/release", tag = "people", responses(
    (status = 204, description = "They are on their way"),
    (status = 403, description = "It takes people.deactivate", body = Problem, content_type = "application/problem+json")
))]
pub async fn release(State(site): State<Site>, asker: Asker) -> Result<StatusCode, Failure> {
    last_days::release(&site.app, &asker.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
