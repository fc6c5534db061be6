use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_core::accounts::ProfileField as Field;
use guildhall_core::codes::sheets::{self, Kind};
use guildhall_core::codes::{
    self, AccessCode, CodeState, Given, Onto, Overview, Refused, Taking, Whom, rules,
};
use guildhall_core::ids::{AccountId, GroupId};
use guildhall_core::{Error, Moment, groups, workplaces};
use guildhall_wire::cards;
use serde::{Deserialize, Serialize};

use super::claims::OfferedGroup;
use super::me::Me;
use super::people::list::PeopleFilter;
use super::second;
use crate::caller::{Asker, Place};
use crate::{Failure, Problem, Site, download};

/// A new access code: its letters are told here and never again.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GivenCode {
    person_id: AccountId,
    display_name: String,
    employee_id: Option<String>,
    department: Option<String>,
    /// Four groups of four letters.
    code: String,
    /// Where the code is typed.
    address: String,
    /// Opens the same with the code typed already.
    link: String,
    /// A picture of the link as a QR code, as a `data:` address.
    qr: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Moment,
}

/// The link that a code's QR code holds.
pub fn link(site: &str, code: &str) -> String {
    format!("{site}/c/{code}")
}

impl GivenCode {
    pub fn of(site: &Site, given: &Given) -> Self {
        let get = |field| given.account.profile.get(field).map(str::to_owned);
        let link = link(&site.public_url, &given.code);
        let picture = cards::svg(&link).unwrap_or_default();
        Self {
            person_id: given.account.id,
            display_name: given.account.name(),
            employee_id: get(Field::EmployeeId),
            department: get(Field::Department),
            code: rules::grouped(&given.code),
            address: format!("{}/code", site.public_url),
            qr: format!("data:image/svg+xml;base64,{}", STANDARD.encode(picture)),
            link,
            expires_at: given.expires_at,
        }
    }
}

/// How far a person's access code has come.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CodeFacts {
    state: CodeState,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Moment>,
}

impl From<AccessCode> for CodeFacts {
    fn from(code: AccessCode) -> Self {
        Self {
            state: code.state,
            created_at: code.created_at,
            expires_at: code.expires_at,
            ended_at: code.ended_at,
        }
    }
}

/// Gives a person without an e-mail address a new access code, in place of any older: to claim the account, or to come back
/// into it.
#[utoipa::path(post, path = "/api/v1/people/{id}/code", tag = "access codes", params(("id" = AccountId, Path)), responses(
    (status = 201, description = "The code, told this once", body = GivenCode),
    (status = 409, description = "`without_email_off`, `has_email`, `no_employee_id`, `deactivated`, `role_beyond`", body = Problem, content_type = "application/problem+json")
))]
pub async fn give(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<(StatusCode, Json<GivenCode>), Failure> {
    let given = codes::give(&site.app, &asker.actor, id).await?;
    Ok((StatusCode::CREATED, Json(GivenCode::of(&site, &given))))
}

/// Takes a person's access code back before it was used.
#[utoipa::path(delete, path = "/api/v1/people/{id}/code", tag = "access codes", params(("id" = AccountId, Path)), responses(
    (status = 204, description = "It opens nothing any more"),
    (status = 404, description = "The person has no code that works", body = Problem, content_type = "application/problem+json")
))]
pub async fn revoke(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<StatusCode, Failure> {
    codes::revoke(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many people without an e-mail address wait for a code.
#[utoipa::path(get, path = "/api/v1/access-codes", tag = "access codes", responses(
    (status = 200, description = "In numbers", body = Overview),
    (status = 403, description = "It takes people.invite", body = Problem, content_type = "application/problem+json")
))]
pub async fn overview(State(site): State<Site>, asker: Asker) -> Result<Json<Overview>, Failure> {
    Ok(Json(codes::overview(&site.app, &asker.actor).await?))
}

/// To whom codes are given, and how they come: to these, to all who match, or to all who wait for one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodesAsked {
    ids: Option<Vec<AccountId>>,
    filter: Option<PeopleFilter>,
    /// Everybody without an e-mail address who has not claimed their account and has no code that works.
    #[serde(default)]
    waiting: bool,
    /// Of those who wait: only this department.
    department: Option<String>,
    /// A file; absent: the codes as JSON, of 200 people at most.
    format: Option<Kind>,
    /// What printed sheets are written in: de, en, es, fr, it, nl, pl, pt, uk. Absent: each in the person's own language.
    language: Option<String>,
}

impl CodesAsked {
    fn whom(&mut self) -> Result<Whom, Error> {
        match (self.ids.take(), self.filter.take(), self.waiting) {
            (Some(ids), None, false) => Ok(Whom::These(ids)),
            (None, Some(filter), false) => Ok(Whom::Matching(filter.filter())),
            (None, None, true) => Ok(Whom::Waiting(
                self.department.take().filter(|name| !name.is_empty()),
            )),
            _ => Err(Error::invalid("ids", "Say to whom: ids, a filter, or waiting.")),
        }
    }
}

/// The codes that were given, told here and never again, and who was given none.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GivenCodes {
    items: Vec<GivenCode>,
    refused: Vec<RefusedCode>,
}

/// Somebody who was given no code, and why.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RefusedCode {
    name: String,
    why: String,
}

/// Gives many people new codes, in place of any older: as JSON, or as a file to hand out. A file's headers `guildhall-given`
/// and `guildhall-refused` say how many, and `guildhall-warning` of printed sheets, in percent-encoded UTF-8, whose names no font
/// on the server has letters for.
#[utoipa::path(post, path = "/api/v1/access-codes", tag = "access codes", request_body = CodesAsked, responses(
    (status = 200, description = "The codes, told this once; with `format` a CSV, XLSX or PDF file", body = GivenCodes),
    (status = 403, description = "It takes people.invite, or people.supervise for one's own people", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`nobody`: nobody who was chosen is given a code, and why", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn give_many(
    State(site): State<Site>,
    asker: Asker,
    Json(mut asked): Json<CodesAsked>,
) -> Result<Response, Failure> {
    codes::need(&asker.actor)?;
    let whom = asked.whom()?;
    let language = asked.language.as_deref().filter(|tag| !tag.is_empty());
    let language = language.map(sheets::language).transpose()?;
    let onto = asked.format.map_or(Onto::Screen, |_| Onto::File);
    let (given, refused) = codes::give_many(&site.app, &asker.actor, &whom, onto).await?;
    let many = given.len();
    let Some(kind) = asked.format else {
        let left = ("a list on the screen", many);
        codes::note_download(&site.app, &asker.actor, left, None).await?;
        return Ok(Json(GivenCodes {
            items: given.iter().map(|one| GivenCode::of(&site, one)).collect(),
            refused: refused
                .into_iter()
                .map(|Refused { name, why }| RefusedCode { name, why })
                .collect(),
        })
        .into_response());
    };
    let place = sheets::Place {
        workplace: workplaces::read(&site.app.db, asker.actor.workplace).await?,
        site: site.public_url.clone(),
        language,
        fonts: None,
    };
    let made = sheets::file(place, kind, given).await?;
    let left = (kind.as_str(), many);
    codes::note_download(&site.app, &asker.actor, left, made.unprinted.as_ref()).await?;
    let (media, name) = match kind {
        Kind::Csv => (download::CSV, "access-codes.csv"),
        Kind::Xlsx => (download::XLSX, "access-codes.xlsx"),
        Kind::Pdf => (download::PDF, "access-codes.pdf"),
    };
    let mut response = download::file(media, name, made.bytes);
    let mut tell = |name, value| {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value)
    };
    tell("guildhall-given", HeaderValue::from(many));
    tell("guildhall-refused", HeaderValue::from(refused.len()));
    if let Some(unprinted) = made.unprinted {
        tell("guildhall-warning", in_a_header(&unprinted.sentence())?);
    }
    Ok(response)
}

/// A sentence with letters of any script: percent-encoded, as headers hold none but ASCII.
fn in_a_header(text: &str) -> Result<HeaderValue, Error> {
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    HeaderValue::try_from(encoded.replace('+', "%20")).map_err(|why| Error::Internal(why.to_string()))
}

/// Whose account a code is for.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CodeOffer {
    workplace: String,
    display_name: String,
    /// The account was claimed before: the code lets you choose a new password.
    recovers: bool,
    /// A user name that you could have, or have.
    username: Option<String>,
    terms_url: Option<String>,
    /// Open groups that you may join at once.
    groups: Vec<OfferedGroup>,
}

/// What you say to come in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeTaken {
    /// Absent: you log in with your employee id, or with the user name that you have.
    username: Option<String>,
    password: String,
    /// Needed to claim the account.
    #[serde(default)]
    accept_terms: bool,
    /// Open groups to join at once, of those that are offered.
    #[serde(default)]
    groups: Vec<GroupId>,
}

/// Whose account the code is for. Codes that nobody was given are counted, and too many of them are slowed.
#[utoipa::path(get, path = "/api/v1/access-codes/{token}", tag = "access codes", security(()),
    params(("token" = String, Path, description = "The sixteen letters, with or without gaps, in any case")), responses(
    (status = 200, description = "The account that waits", body = CodeOffer),
    (status = 404, description = "Nobody was given this code", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`code_used`, `code_replaced`, `code_expired`, `code_revoked`, `without_email_off`; `wait` after too many guesses", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "That can't be a code, and what is wrong with it", body = Problem, content_type = "application/problem+json")
))]
pub async fn offer(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
) -> Result<Json<CodeOffer>, Failure> {
    let opened = codes::open(&site.app, &token, place.address).await?;
    let username = codes::suggestion(&site.app, &opened).await?;
    let recovers = opened.recovers();
    let offered = if recovers {
        Vec::new()
    } else {
        groups::offered(&site.app.db, (opened.workplace.id, opened.account.id)).await?
    };
    Ok(Json(CodeOffer {
        display_name: opened.account.name(),
        recovers,
        username,
        groups: offered.into_iter().map(Into::into).collect(),
        terms_url: opened.workplace.settings.terms_url,
        workplace: opened.workplace.name,
    }))
}

/// Claims the account, or comes back into it with a new password: the code is used up, and you are in.
#[utoipa::path(post, path = "/api/v1/access-codes/{token}", tag = "access codes", security(()),
    params(("token" = String, Path)), request_body = CodeTaken, responses(
    (status = 201, description = "You are in; the session is in the cookie", body = Me),
    (status = 404, description = "Nobody was given this code", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`code_used` and what else ends a code; `wait`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn take(
    State(site): State<Site>,
    place: Place,
    Path(token): Path<String>,
    Json(given): Json<CodeTaken>,
) -> Result<Response, Failure> {
    let taking = Taking {
        username: given.username,
        password: given.password,
        accept_terms: given.accept_terms,
        groups: given.groups,
    };
    let entered = codes::take(&site.app, &site.hasher, &token, &taking, place.origin()).await?;
    second::entered(&site, &place, entered).await
}
