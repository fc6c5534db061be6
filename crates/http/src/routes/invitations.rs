use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use guildhall_core::accounts::people::{self, Named};
use guildhall_core::accounts::{self, Verb};
use guildhall_core::ids::{AccountId, InvitationId};
use guildhall_core::invitations::{self, Filter, Funnel, Invitation, InvitationState};
use guildhall_core::{Error, Moment, Permission, page};
use serde::{Deserialize, Serialize};

use super::people::view::photo_url;
use super::tokens::CreatedBy;
use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// How many people a search among the invited looks at.
const FOUND: i64 = 500;

/// Who was invited and how far they came.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InvitationRow {
    id: InvitationId,
    person: Invited,
    state: InvitationState,
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    bounced_at: Option<Moment>,
    bounce_reason: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    visited_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    claimed_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    reminded_at: Option<Moment>,
    reminders: i64,
    invited_by: Option<CreatedBy>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Moment,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Invited {
    id: AccountId,
    display_name: String,
    photo_url: Option<String>,
    email: Option<String>,
    department: Option<String>,
}

impl InvitationRow {
    fn of(invitation: Invitation, people: &[Named]) -> Option<Self> {
        let person = people.iter().find(|named| named.id == invitation.account)?;
        let by = invitation.invited_by;
        let inviter = by.and_then(|id| people.iter().find(|named| named.id == id));
        Some(Self {
            id: invitation.id,
            person: Invited {
                id: person.id,
                display_name: person.display_name.clone(),
                photo_url: photo_url(person.id, person.photo),
                email: person.email.clone(),
                department: person.department.clone(),
            },
            state: invitation.state,
            sent_at: invitation.sent_at,
            bounced_at: invitation.bounced_at,
            bounce_reason: invitation.bounce_reason,
            visited_at: invitation.visited_at,
            claimed_at: invitation.claimed_at,
            reminded_at: invitation.reminded_at,
            reminders: invitation.reminders,
            invited_by: inviter.map(|named| CreatedBy {
                id: named.id,
                display_name: named.display_name.clone(),
            }),
            expires_at: invitation.expires_at,
        })
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct InvitationPage {
    items: Vec<InvitationRow>,
    next: Option<String>,
    funnel: Funnel,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    state: Option<InvitationState>,
    /// Each word begins a name or an e-mail address.
    q: Option<String>,
    /// What the page before had as `next`.
    after: Option<InvitationId>,
    /// 50 if left out, 200 at most.
    limit: Option<i64>,
}

/// Who was invited, newest first, with how many came how far.
#[utoipa::path(get, path = "/api/v1/invitations", tag = "invitations", params(Search), responses(
    (status = 200, description = "A page of invitations", body = InvitationPage),
    (status = 403, description = "It takes people.invite", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(
    State(site): State<Site>,
    asker: Asker,
    Query(search): Query<Search>,
) -> Result<Json<InvitationPage>, Failure> {
    asker.actor.need(Permission::PeopleInvite)?;
    let (app, workplace) = (&site.app, asker.actor.workplace);
    let accounts = match search.q.filter(|q| !q.trim().is_empty()) {
        Some(q) => {
            let wanted = people::Filter {
                q: Some(q),
                ..people::Filter::default()
            };
            Some(accounts::matching_ids(&app.db, workplace, &wanted, None, FOUND).await?)
        }
        None => None,
    };
    let filter = Filter {
        state: search.state,
        accounts,
        after: search.after,
        limit: page::limit(search.limit),
    };
    let found = invitations::list(&app.db, workplace, &filter, app.now()).await?;
    let ids = found.items.iter().map(|invitation| invitation.account);
    let inviters = found.items.iter().filter_map(|invitation| invitation.invited_by);
    let mut ids: Vec<AccountId> = ids.chain(inviters).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = accounts::named(&app.db, workplace, &ids).await?;
    Ok(Json(InvitationPage {
        items: found
            .items
            .into_iter()
            .filter_map(|invitation| InvitationRow::of(invitation, &people))
            .collect(),
        next: found.next,
        funnel: invitations::funnel(&app.db, workplace).await?,
    }))
}

/// Takes an invitation back: its link is dead, the person is uninvited again.
#[utoipa::path(delete, path = "/api/v1/invitations/{id}", tag = "invitations", params(("id" = InvitationId, Path)), responses(
    (status = 204, description = "It is taken back"),
    (status = 404, description = "There is no such invitation", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`already_claimed`", body = Problem, content_type = "application/problem+json")
))]
pub async fn revoke(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<InvitationId>,
) -> Result<StatusCode, Failure> {
    asker.actor.need(Permission::PeopleInvite)?;
    let found = invitations::get(&site.app.db, asker.actor.workplace, id).await?;
    let invitation = found.ok_or_else(|| Error::not_found("invitation"))?;
    people::act(&site.app, &asker.actor, invitation.account, Verb::Revoke, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
