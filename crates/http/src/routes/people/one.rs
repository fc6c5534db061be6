use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use guildhall_core::accounts::people;
use guildhall_core::accounts::{Account, ProfileField, Source, Verb, Voice};
use guildhall_core::audit::{self, AuditEvent};
use guildhall_core::ids::AccountId;
use guildhall_core::{Error, Page, Permission, page, sessions};
use serde::Deserialize;
use uuid::Uuid;

use super::list::Paging;
use super::view::{Looks, Person, PersonInput};
use crate::caller::Asker;
use crate::routes::me::{SessionRow, Sessions};
use crate::{Failure, Problem, Site};

async fn shown(site: &Site, asker: &Asker, account: &Account) -> Result<Json<Person>, Failure> {
    Ok(Json(Person::of(site, account, Looks::Admin(&asker.actor)).await?))
}

/// Adds a person, who is told nothing unless invited at once.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = PersonInput, responses(
    (status = 201, description = "The new person", body = Person),
    (status = 409, description = "`email_taken`, `employee_id_taken`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn add(
    State(site): State<Site>,
    asker: Asker,
    Json(mut input): Json<PersonInput>,
) -> Result<(StatusCode, Json<Person>), Failure> {
    let invite = std::mem::take(&mut input.invite);
    let plan = people::add(&site.app, &asker.actor, input.patch(), invite).await?;
    let account = plan.after.ok_or_else(|| Error::not_found("person"))?;
    Ok((StatusCode::CREATED, shown(&site, &asker, &account).await?))
}

/// One person with everything.
#[utoipa::path(get, path = "/api/v1/people/{id}", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 200, description = "The person", body = Person),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<Json<Person>, Failure> {
    let account = people::read(&site.app, &asker.actor, id).await?;
    shown(&site, &asker, &account).await
}

async fn act(
    site: &Site,
    asker: &Asker,
    id: AccountId,
    verb: Verb,
    version: Option<i64>,
) -> Result<Json<Person>, Failure> {
    let plan = people::act(&site.app, &asker.actor, id, verb, version).await?;
    let account = plan.after.ok_or_else(|| Error::not_found("person"))?;
    shown(site, asker, &account).await
}

/// Changes a person's profile: fields that are left out stay, null clears one.
#[utoipa::path(patch, path = "/api/v1/people/{id}", tag = "people", params(("id" = AccountId, Path)),
    request_body = PersonInput, responses(
    (status = 200, description = "The person as they are now", body = Person),
    (status = 409, description = "`email_taken`, `manager_cycle`, `break_glass`, `changed` when `version` is not the newest", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn edit(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
    Json(input): Json<PersonInput>,
) -> Result<Json<Person>, Failure> {
    let version = input.version;
    let verb = Verb::Update { patch: input.patch() };
    act(&site, &asker, id, verb, version).await
}

/// Deletes a person who is deactivated or was never in.
#[utoipa::path(delete, path = "/api/v1/people/{id}", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 204, description = "Nothing of the person is kept but the audit log"),
    (status = 409, description = "`was_claimed`, `last_admin`, `break_glass`", body = Problem, content_type = "application/problem+json")
))]
pub async fn delete(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<StatusCode, Failure> {
    people::act(&site.app, &asker.actor, id, Verb::Delete, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an admin writes above the invitation.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    message: Option<String>,
}

/// The longest message under an invitation, in characters.
const MESSAGE: usize = 5000;

/// The message as the letter takes it; blank is none.
pub fn message(text: Option<String>) -> Result<Option<String>, Error> {
    let text = text.filter(|text| !text.trim().is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > MESSAGE) {
        return Err(Error::invalid("message", "Write at most 5,000 characters."));
    }
    Ok(text)
}

fn spoken(words: Option<Json<Words>>) -> Result<Option<String>, Error> {
    message(words.and_then(|words| words.0.message))
}

/// Invites the person: a letter with a link is on its way.
#[utoipa::path(post, path = "/api/v1/people/{id}/invite", tag = "people", params(("id" = AccountId, Path)),
    request_body = Option<Words>, responses(
    (status = 200, description = "The person as they are now", body = Person),
    (status = 409, description = "`no_email`, `deactivated`", body = Problem, content_type = "application/problem+json")
))]
pub async fn invite(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
    words: Option<Json<Words>>,
) -> Result<Json<Person>, Failure> {
    let message = spoken(words)?;
    act(&site, &asker, id, Verb::Invite { message }, None).await
}

/// Reminds the person with a new link, which takes the place of the older.
#[utoipa::path(post, path = "/api/v1/people/{id}/remind", tag = "people", params(("id" = AccountId, Path)),
    request_body = Option<Words>, responses(
    (status = 200, description = "The person as they are now", body = Person),
    (status = 409, description = "`not_invited`, `no_email`", body = Problem, content_type = "application/problem+json")
))]
pub async fn remind(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
    words: Option<Json<Words>>,
) -> Result<Json<Person>, Failure> {
    let message = spoken(words)?;
    act(&site, &asker, id, Verb::Remind { message }, None).await
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident $path:literal $verb:expr;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "people", params(("id" = AccountId, Path)), responses(
            (status = 200, description = "The person as they are now", body = Person),
            (status = 409, description = "Why it can't be done, with its code", body = Problem, content_type = "application/problem+json")
        ))]
        pub async fn $name(
            State(site): State<Site>,
            asker: Asker,
            Path(id): Path<AccountId>,
        ) -> Result<Json<Person>, Failure> {
            act(&site, &asker, id, $verb, None).await
        }
    )*};
}

verbs! {
    /// Takes the invitation back: the link is dead, the person is uninvited again.
    revoke "/api/v1/people/{id}/revoke" Verb::Revoke;
    /// Sets a person who is in back to invited: out everywhere, to claim the account again by a new link.
    unclaim "/api/v1/people/{id}/unclaim" Verb::Unclaim;
    /// Deactivates the person: out everywhere within a second. Groups and manager are kept for a return.
    deactivate "/api/v1/people/{id}/deactivate" Verb::Deactivate;
    /// Brings a deactivated person back to where they were.
    reactivate "/api/v1/people/{id}/reactivate" Verb::Reactivate;
    /// Lets the sources say again whether the person is here, which an admin had decided by hand. Whoever a directory or an
    /// identity provider would have here comes back at once.
    hand_back "/api/v1/people/{id}/hand-back" Verb::HandBack;
    /// Removes the personal data of a deactivated person for good: what they wrote is by a "Former member".
    strip "/api/v1/people/{id}/strip" Verb::Strip;
}

/// Who is to have the word on a field.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The source; null: whoever stands highest. `admin` takes the field over with the value that it has.
    to: Option<Source>,
    /// Which connector or directory, where there are several; absent: the one of them that says something.
    #[serde(default)]
    of: Option<Uuid>,
}

/// Hands a field of a person's profile to a source, whatever its rank, or back to the highest in rank. What the others say
/// is kept.
#[utoipa::path(put, path = "/api/v1/people/{id}/fields/{field}/keeper", tag = "people",
    params(("id" = AccountId, Path), ("field" = ProfileField, Path)), request_body = HandOver, responses(
    (status = 200, description = "The person as they are now", body = Person),
    (status = 409, description = "`no_value`: the source says nothing of the field; `email_taken`, `manager_cycle`", body = Problem, content_type = "application/problem+json")
))]
pub async fn hand_over(
    State(site): State<Site>,
    asker: Asker,
    Path((id, field)): Path<(AccountId, String)>,
    Json(input): Json<HandOver>,
) -> Result<Json<Person>, Failure> {
    let field = ProfileField::parse(&field).ok_or_else(|| Error::not_found("field"))?;
    let to = input.to.map(|source| Voice { source, of: input.of });
    act(&site, &asker, id, Verb::HandOver { field, to }, None).await
}

/// What happened to the person, newest first.
#[utoipa::path(get, path = "/api/v1/people/{id}/history", tag = "people", params(("id" = AccountId, Path), Paging), responses(
    (status = 200, description = "A page of events", body = Page<AuditEvent>)
))]
pub async fn history(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<AuditEvent>>, Failure> {
    let account = people::read(&site.app, &asker.actor, id).await?;
    let filter = audit::Filter {
        subject: Some(account.id.0),
        after: crate::routes::audit::after(paging.after.as_deref())?,
        limit: page::limit(paging.limit),
        ..audit::Filter::default()
    };
    Ok(Json(
        audit::list(&site.app.db, asker.actor.workplace, &filter).await?,
    ))
}

/// Where the person is logged in.
#[utoipa::path(get, path = "/api/v1/people/{id}/sessions", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 200, description = "Their sessions, the one used last first", body = Sessions)
))]
pub async fn sessions_of(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<Json<Sessions>, Failure> {
    let account = people::read(&site.app, &asker.actor, id).await?;
    let app = &site.app;
    let found = sessions::list(&app.db, account.workplace, account.id, app.now()).await?;
    let items = found.into_iter().map(|session| SessionRow::of(session, None));
    Ok(Json(Sessions {
        items: items.collect(),
    }))
}

/// Logs the person out everywhere.
#[utoipa::path(delete, path = "/api/v1/people/{id}/sessions", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 204, description = "All their sessions have ended")
))]
pub async fn end_sessions(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<StatusCode, Failure> {
    asker.actor.need(Permission::PeopleDeactivate)?;
    let account = people::read(&site.app, &asker.actor, id).await?;
    people::over(&site.app.db, &asker.actor, &account).await?;
    let whose = (account.workplace, account.id);
    sessions::end_all_now(&site.app, whose, None, "ended_by_admin").await?;
    Ok(StatusCode::NO_CONTENT)
}
