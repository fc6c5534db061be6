use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use guildhall_core::ids::LetterId;
use guildhall_core::outbox::{self, Filter, LetterState, Posted};
use guildhall_core::{Error, Moment, page};
use serde::{Deserialize, Serialize};

use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// A letter on its way.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Mail {
    id: LetterId,
    kind: &'static str,
    recipient: String,
    subject: String,
    state: LetterState,
    attempts: i64,
    /// When it is tried next, while it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Moment>,
    last_error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Moment>,
}

impl Mail {
    fn of(letter: &Posted) -> Self {
        Self {
            id: letter.id,
            kind: letter.kind.as_str(),
            recipient: letter.recipient.clone(),
            subject: letter.subject(),
            state: letter.state,
            attempts: letter.attempts,
            next_at: (letter.state == LetterState::Waiting).then_some(letter.next_at),
            last_error: letter.last_error.clone(),
            created_at: letter.created_at,
            sent_at: letter.sent_at,
        }
    }
}

/// Whether letters leave the house at all.
#[derive(Serialize, utoipa::ToSchema)]
struct MailServer {
    configured: bool,
    from: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct OutboxPage {
    items: Vec<Mail>,
    next: Option<String>,
    mail: MailServer,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    state: Option<LetterState>,
    /// The beginning of an address.
    q: Option<String>,
    /// What the page before had as `next`.
    after: Option<LetterId>,
    /// 50 if left out, 200 at most.
    limit: Option<i64>,
}

/// The letters that were written, newest first.
#[utoipa::path(get, path = "/api/v1/outbox", tag = "outbox", params(Search), responses(
    (status = 200, description = "A page of letters", body = OutboxPage),
    (status = 403, description = "It takes outbox.read", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(
    State(site): State<Site>,
    asker: Asker,
    Query(search): Query<Search>,
) -> Result<Json<OutboxPage>, Failure> {
    let filter = Filter {
        state: search.state,
        recipient: search.q,
        after: search.after,
        limit: page::limit(search.limit),
    };
    let found = outbox::list(&site.app.db, &asker.actor, &filter).await?;
    Ok(Json(OutboxPage {
        items: found.items.iter().map(Mail::of).collect(),
        next: found.next,
        mail: MailServer {
            configured: site.mail_from.is_some(),
            from: site.mail_from.as_deref().map(str::to_owned),
        },
    }))
}

/// A letter as its reader sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailDetail {
    #[serde(flatten)]
    mail: Mail,
    text: String,
    html: String,
    /// The secret link of an invitation, only while the letter waits, and only for those who may manage the workplace and all
    /// that the person may. No link that sets a password or proves an address.
    links: Vec<String>,
}

/// One letter. That somebody read a link which opens an account is noted in the audit log.
#[utoipa::path(get, path = "/api/v1/outbox/{id}", tag = "outbox", params(("id" = LetterId, Path)), responses(
    (status = 200, description = "The letter", body = MailDetail),
    (status = 409, description = "`prove_yourself`, where its link would be shown", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such letter", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<LetterId>,
) -> Result<Json<MailDetail>, Failure> {
    let read = outbox::read(&site.app, &asker.actor, &site.public_url, id).await?;
    Ok(Json(MailDetail {
        mail: Mail::of(&read.letter),
        text: read.rendered.text,
        html: read.rendered.html,
        links: read.link.into_iter().collect(),
    }))
}

/// Tries a letter again that failed, bounced, or whose fate is unknown.
#[utoipa::path(post, path = "/api/v1/outbox/{id}/retry", tag = "outbox", params(("id" = LetterId, Path)), responses(
    (status = 204, description = "It is tried again"),
    (status = 409, description = "`letter_state`: it has moved on", body = Problem, content_type = "application/problem+json")
))]
pub async fn retry(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<LetterId>,
) -> Result<StatusCode, Failure> {
    outbox::retry(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a letter back that has not gone out.
#[utoipa::path(post, path = "/api/v1/outbox/{id}/cancel", tag = "outbox", params(("id" = LetterId, Path)), responses(
    (status = 204, description = "It is not sent"),
    (status = 409, description = "`letter_state`: it has moved on", body = Problem, content_type = "application/problem+json")
))]
pub async fn cancel(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<LetterId>,
) -> Result<StatusCode, Failure> {
    outbox::withdraw(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestWords {
    message: Option<String>,
}

/// Sends a test letter to you, with the message as an invitation would carry it.
#[utoipa::path(post, path = "/api/v1/invitations/test", tag = "invitations", request_body = TestWords, responses(
    (status = 202, description = "It is on its way, or waits in the outbox while no mail server is set")
))]
pub async fn test(
    State(site): State<Site>,
    caller: crate::caller::Caller,
    Json(words): Json<TestWords>,
) -> Result<StatusCode, Failure> {
    caller.actor.need(guildhall_core::Permission::PeopleInvite)?;
    let message = super::people::one::message(words.message)?;
    let sent = outbox::post_test(&site.app, &caller.actor, &caller.account, message).await?;
    match sent {
        Some(_) => Ok(StatusCode::ACCEPTED),
        None => Err(Failure(Error::invalid(
            "email",
            "You have no e-mail address to write to: add one first.",
        ))),
    }
}
