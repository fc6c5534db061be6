use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::Error;
use guildhall_core::accounts::AccountState;
use guildhall_core::accounts::people::Filter;
use guildhall_core::ids::{AccountId, GroupId, JobId};
use guildhall_core::jobs::{self, Action, Input, Job, JobState, Target};
use serde::{Deserialize, Serialize};

use super::people::list::PeopleFilter;
use super::people::one::message;
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// Something that is done in the background.
#[derive(Serialize, utoipa::ToSchema)]
pub struct JobView {
    id: JobId,
    kind: &'static str,
    state: JobState,
    done: i64,
    total: i64,
    /// What became of it, when it is done.
    message: Option<String>,
    error: Option<String>,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            message: job.message(),
            id: job.id,
            kind: job.input.action.as_str(),
            state: job.state,
            done: job.done,
            total: job.total,
            error: job.error,
        }
    }
}

/// How far a job is.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = JobId, Path)), responses(
    (status = 200, description = "The job", body = JobView),
    (status = 404, description = "There is no such job", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<JobId>,
) -> Result<Json<JobView>, Failure> {
    Ok(Json(jobs::get(&site.app.db, &asker.actor, id).await?.into()))
}

/// What is done to whom: to these, or to all who match.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkAction {
    action: Action,
    ids: Option<Vec<AccountId>>,
    filter: Option<PeopleFilter>,
    /// Of an invitation or reminder.
    message: Option<String>,
    /// Where to, for `add_to_group`.
    group_id: Option<GroupId>,
    /// Needed when the brake holds.
    #[serde(default)]
    confirm: bool,
}

fn target(ids: Option<Vec<AccountId>>, filter: Option<Filter>) -> Result<Target, Error> {
    match (ids, filter) {
        (Some(ids), None) => Ok(Target::These(ids)),
        (None, Some(filter)) => Ok(Target::Matching(filter)),
        _ => Err(Error::invalid("ids", "Say to whom: either ids, or a filter.")),
    }
}

async fn begin(
    site: &Site,
    asker: &Asker,
    input: Input,
    confirm: bool,
) -> Result<(StatusCode, Json<JobView>), Failure> {
    let job = jobs::start(&site.app, &asker.actor, input, confirm).await?;
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}

/// Does something to many people, in the background.
#[utoipa::path(post, path = "/api/v1/people/actions", tag = "people", request_body = BulkAction, responses(
    (status = 202, description = "It has begun", body = JobView),
    (status = 403, description = "It takes the permission of the action", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`brake`: it would deactivate more people than may go without your word", body = Problem, content_type = "application/problem+json")
))]
pub async fn bulk(
    State(site): State<Site>,
    asker: Asker,
    Json(given): Json<BulkAction>,
) -> Result<(StatusCode, Json<JobView>), Failure> {
    let input = Input {
        action: given.action,
        target: target(given.ids, given.filter.map(|filter| filter.filter()))?,
        message: message(given.message)?,
        group: given.group_id,
    };
    begin(&site, &asker, input, given.confirm).await
}

/// Whom to invite or remind: these, all who match, or all who wait for it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitees {
    ids: Option<Vec<AccountId>>,
    filter: Option<PeopleFilter>,
    #[serde(default)]
    all: bool,
    message: Option<String>,
}

impl Invitees {
    fn input(self, action: Action, waiting: AccountState) -> Result<Input, Error> {
        let everybody = self.all.then(|| Filter {
            state: Some(waiting),
            ..Filter::default()
        });
        let filter = self.filter.map(|filter| filter.filter()).or(everybody);
        Ok(Input {
            action,
            target: target(self.ids, filter)?,
            message: message(self.message)?,
            group: None,
        })
    }
}

/// Invites people, in the background.
#[utoipa::path(post, path = "/api/v1/invitations", tag = "invitations", request_body = Invitees, responses(
    (status = 202, description = "It has begun", body = JobView)
))]
pub async fn invite(
    State(site): State<Site>,
    asker: Asker,
    Json(given): Json<Invitees>,
) -> Result<(StatusCode, Json<JobView>), Failure> {
    let input = given.input(Action::Invite, AccountState::Uninvited)?;
    begin(&site, &asker, input, false).await
}

/// Reminds those who were invited and have not come, in the background.
#[utoipa::path(post, path = "/api/v1/invitations/remind", tag = "invitations", request_body = Invitees, responses(
    (status = 202, description = "It has begun", body = JobView)
))]
pub async fn remind(
    State(site): State<Site>,
    asker: Asker,
    Json(given): Json<Invitees>,
) -> Result<(StatusCode, Json<JobView>), Failure> {
    let input = given.input(Action::Remind, AccountState::Invited)?;
    begin(&site, &asker, input, false).await
}
