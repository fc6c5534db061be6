use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::access::LoggedIn;
use guildhall_core::accounts::{Account, people};
use guildhall_core::ids::SessionId;
use guildhall_core::sessions::{self, Session};
use guildhall_core::{Actor, Error, Moment, Permission, roles, workplaces};
use serde::Serialize;

use super::people::view::{Looks, Person, PersonInput};
use super::workplace::WorkplaceView;
use crate::caller::Caller;
use crate::{Failure, Problem, Site};

/// Who you are here.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Me {
    account: Person,
    workplace: WorkplaceView,
    /// What you may do in the admin panel.
    permissions: Vec<Permission>,
    session_id: SessionId,
    /// You are on a shared device, and out soon after the last touch.
    kiosk: Option<OnKiosk>,
}

/// The shared device that somebody is in on.
#[derive(Serialize, utoipa::ToSchema)]
struct OnKiosk {
    /// After so many seconds without a touch you are out.
    idle_seconds: i64,
}

impl Me {
    async fn of(site: &Site, actor: &Actor, account: &Account, session: &Session) -> Result<Self, Failure> {
        let workplace = workplaces::read(&site.app.db, account.workplace).await?;
        let looks = Looks::Owner(&workplace.settings);
        let kiosk = session.kiosk.map(|on| OnKiosk {
            idle_seconds: on.idle_seconds,
        });
        Ok(Self {
            account: Person::of(site, account, looks).await?,
            workplace: workplace.into(),
            permissions: actor.permissions.iter().copied().collect(),
            session_id: session.id,
            kiosk,
        })
    }

    /// Of somebody who has just come in.
    pub async fn entered(site: &Site, entered: &LoggedIn) -> Result<Self, Failure> {
        let account = &entered.account;
        let mut actor = Actor::person(account, None);
        actor.permissions = roles::permissions_of(&site.app.db, account.workplace, &account.role).await?;
        Self::of(site, &actor, &entered.account, &entered.session).await
    }
}

/// Who you are, where, and what you may do.
#[utoipa::path(get, path = "/api/v1/me", tag = "me", responses(
    (status = 200, description = "You", body = Me),
    (status = 401, description = "You are not in", body = Problem, content_type = "application/problem+json")
))]
pub async fn me(State(site): State<Site>, caller: Caller) -> Result<Json<Me>, Failure> {
    Ok(Json(
        Me::of(&site, &caller.actor, &caller.account, &caller.session).await?,
    ))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Sessions {
    pub items: Vec<SessionRow>,
}

/// One browser or device.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionRow {
    id: SessionId,
    /// The one that asks.
    current: bool,
    /// How it was opened: `password`, `setup`, `claim`.
    method: String,
    /// As the browser says of itself, in words: `Firefox`.
    browser: String,
    /// The system it runs on: `Windows`, `Android`.
    device: String,
    address: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Moment,
}

impl SessionRow {
    pub fn of(session: Session, current: Option<SessionId>) -> Self {
        let (browser, device) = sessions::rules::in_words(&session.user_agent);
        Self {
            current: current == Some(session.id),
            id: session.id,
            method: session.method,
            browser: browser.to_owned(),
            device: device.to_owned(),
            address: session.address,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
        }
    }
}

/// Changes your profile, where your organisation lets you: fields that are left out stay, null clears one.
#[utoipa::path(patch, path = "/api/v1/me", tag = "me", request_body = PersonInput, responses(
    (status = 200, description = "You, as you are now", body = Me),
    (status = 409, description = "`field_locked`: your organisation keeps that field", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn edit(
    State(site): State<Site>,
    caller: Caller,
    Json(input): Json<PersonInput>,
) -> Result<Json<Me>, Failure> {
    let plan = people::edit_own(&site.app, &caller.account, input.patch()).await?;
    let account = plan.after.ok_or_else(|| Error::not_found("person"))?;
    Ok(Json(
        Me::of(&site, &caller.actor, &account, &caller.session).await?,
    ))
}

/// Where you are logged in, the session used last first.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "me", responses(
    (status = 200, description = "Your sessions", body = Sessions),
    (status = 401, description = "You are not in", body = Problem, content_type = "application/problem+json")
))]
pub async fn sessions(State(site): State<Site>, caller: Caller) -> Result<Json<Sessions>, Failure> {
    let app = &site.app;
    let found = sessions::list(&app.db, caller.account.workplace, caller.account.id, app.now()).await?;
    let items = found
        .into_iter()
        .map(|session| SessionRow::of(session, Some(caller.session.id)));
    Ok(Json(Sessions {
        items: items.collect(),
    }))
}

/// Ends one of your sessions.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "me", params(("id" = SessionId, Path)), responses(
    (status = 204, description = "It has ended"),
    (status = 404, description = "You have no such session", body = Problem, content_type = "application/problem+json")
))]
pub async fn end_session(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Failure> {
    let whose = (caller.account.workplace, caller.account.id);
    if !sessions::end_now(&site.app, whose, id, "ended_by_owner").await? {
        return Err(Failure(Error::not_found("session")));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all your sessions but this one.
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "me", responses(
    (status = 204, description = "They have ended"),
    (status = 401, description = "You are not in", body = Problem, content_type = "application/problem+json")
))]
pub async fn end_others(State(site): State<Site>, caller: Caller) -> Result<StatusCode, Failure> {
    let whose = (caller.account.workplace, caller.account.id);
    sessions::end_all_now(&site.app, whose, Some(caller.session.id), "ended_by_owner").await?;
    Ok(StatusCode::NO_CONTENT)
}
