use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::access::LoggedIn;
use guildhall_core::accounts::{Account, AccountState, ProfileField};
use guildhall_core::ids::{AccountId, SessionId, WorkplaceId};
use guildhall_core::sessions::{self, Session};
use guildhall_core::{Actor, Error, Moment, Permission, workplaces};
use serde::Serialize;

use crate::caller::Caller;
use crate::{Failure, Problem, Site};

/// Who you are here.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Me {
    account: MyAccount,
    workplace: MyWorkplace,
    /// What you may do in the admin panel.
    permissions: Vec<Permission>,
    session_id: SessionId,
}

#[derive(Serialize, utoipa::ToSchema)]
struct MyAccount {
    id: AccountId,
    display_name: String,
    email: Option<String>,
    role: String,
    state: AccountState,
}

#[derive(Serialize, utoipa::ToSchema)]
struct MyWorkplace {
    id: WorkplaceId,
    name: String,
    locale: String,
    time_zone: String,
    colour: String,
}

impl Me {
    async fn of(site: &Site, actor: &Actor, account: &Account, session: &Session) -> Result<Self, Failure> {
        let workplace = workplaces::get(&site.app.db, account.workplace)
            .await?
            .ok_or_else(|| Error::not_found("workplace"))?;
        Ok(Self {
            account: MyAccount {
                id: account.id,
                display_name: account.name(),
                email: account.profile.get(ProfileField::Email).map(str::to_owned),
                role: account.role.clone(),
                state: account.state,
            },
            workplace: MyWorkplace {
                id: workplace.id,
                name: workplace.name,
                locale: workplace.locale,
                time_zone: workplace.time_zone,
                colour: workplace.colour,
            },
            permissions: actor.permissions.iter().copied().collect(),
            session_id: session.id,
        })
    }

    /// Of somebody who has just come in.
    pub async fn entered(site: &Site, entered: &LoggedIn) -> Result<Self, Failure> {
        let actor = Actor::person(&entered.account, None);
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
pub struct MySessions {
    items: Vec<MySession>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct MySession {
    id: SessionId,
    /// The one that asks.
    current: bool,
    /// How it was opened: `password`, `setup`, `claim`.
    method: String,
    /// What the browser says of itself.
    user_agent: String,
    address: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Moment,
}

/// Where you are logged in, the session used last first.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "me", responses(
    (status = 200, description = "Your sessions", body = MySessions),
    (status = 401, description = "You are not in", body = Problem, content_type = "application/problem+json")
))]
pub async fn sessions(State(site): State<Site>, caller: Caller) -> Result<Json<MySessions>, Failure> {
    let app = &site.app;
    let found = sessions::list(&app.db, caller.account.workplace, caller.account.id, app.now()).await?;
    let items = found.into_iter().map(|session| MySession {
        current: session.id == caller.session.id,
        id: session.id,
        method: session.method,
        user_agent: session.user_agent,
        address: session.address,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
    });
    Ok(Json(MySessions {
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
