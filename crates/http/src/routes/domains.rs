use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::accounts::ProfileField;
use guildhall_core::domains::scout::PATH;
use guildhall_core::domains::{self, Domain, DomainState, Look, MAILBOXES, Method, names, rules};
use guildhall_core::ids::DomainId;
use guildhall_core::{Error, Moment, accounts, addresses};
use serde::{Deserialize, Serialize};

use crate::caller::{Asker, Caller};
use crate::{Failure, Problem, Site};

/// What to put where, to prove a domain: one of the three is enough.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Proofs {
    /// The TXT record: it stands at the domain itself.
    txt_name: String,
    txt_value: String,
    /// The file, by HTTPS.
    file_url: String,
    file_content: String,
    /// Where a code may be mailed.
    mailboxes: Vec<String>,
}

/// A domain of the workplace.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DomainView {
    id: DomainId,
    /// In letters that DNS knows, such as `xn--mller-kva.example`.
    name: String,
    /// As people read it, such as `müller.example`.
    shown_name: String,
    state: DomainState,
    /// How it was proven.
    method: Option<Method>,
    /// Addresses at domains below it belong to it, too.
    subdomains: bool,
    /// Another workplace of this server has verified it.
    elsewhere: bool,
    proofs: Proofs,
    /// What the last look saw, in each place.
    looks: Vec<Look>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    verified_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    checked_at: Option<Moment>,
    /// When it is looked for the proof again without being asked; absent: not at all.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Moment>,
    /// A verified domain whose proof is gone is lost after so many more days without it.
    days_left: Option<i64>,
}

impl From<Domain> for DomainView {
    fn from(domain: Domain) -> Self {
        let proof = rules::proof(&domain.token);
        let shown_name = names::shown(&domain.name);
        let proofs = Proofs {
            txt_name: domain.name.clone(),
            txt_value: proof.clone(),
            file_url: format!("https://{}{PATH}", domain.name),
            file_content: format!("<!doctype html><title>Guildhall</title><p>{proof}</p>"),
            mailboxes: MAILBOXES
                .iter()
                .map(|mailbox| format!("{mailbox}@{}", domain.name))
                .collect(),
        };
        Self {
            id: domain.id,
            shown_name,
            state: domain.state,
            method: domain.method,
            subdomains: domain.subdomains,
            elsewhere: domain.elsewhere,
            proofs,
            looks: domain.looks,
            created_at: domain.created_at,
            verified_at: domain.verified_at,
            checked_at: domain.checked_at,
            next_at: domain.next_at,
            days_left: (domain.absent_days > 0).then_some(rules::LOST_AFTER_DAYS - domain.absent_days),
            name: domain.name,
        }
    }
}

/// The domains of the workplace, and what you may do by your own address.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Domains {
    items: Vec<DomainView>,
    /// Your own address; absent for programs.
    address: Option<OwnAddress>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct OwnAddress {
    email: String,
    /// The domain in it, spelled as domains are.
    domain: Option<String>,
    /// It was proven by a letter. Only then you may let its domain in.
    confirmed: bool,
}

/// The domains of the workplace, by name.
#[utoipa::path(get, path = "/api/v1/domains", tag = "domains", responses(
    (status = 200, description = "All of them", body = Domains),
    (status = 403, description = "It takes workplace.manage", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(State(site): State<Site>, asker: Asker) -> Result<Json<Domains>, Failure> {
    let found = domains::list(&site.app, &asker.actor).await?;
    let mut address = None;
    if let Some(id) = asker.actor.account()
        && let Some(account) = accounts::get(&site.app.db, asker.actor.workplace, id).await?
        && let Some(email) = account.profile.get(ProfileField::Email)
    {
        let mut tx = site.app.begin().await?;
        address = Some(OwnAddress {
            email: email.to_owned(),
            domain: names::of_address(email),
            confirmed: addresses::is_confirmed(&mut tx, &account).await?,
        });
    }
    Ok(Json(Domains {
        items: found.into_iter().map(Into::into).collect(),
        address,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDomain {
    /// Such as `example.com`; an address or a page is taken by its domain.
    name: String,
}

/// Names a domain. What proves it is looked for over the next 72 hours.
#[utoipa::path(post, path = "/api/v1/domains", tag = "domains", request_body = NewDomain, responses(
    (status = 201, description = "The domain, and what to put where", body = DomainView),
    (status = 409, description = "`domain_exists`, `domain_taken` by another workplace, `too_many`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "No domain, a public suffix or a public mail provider", body = Problem, content_type = "application/problem+json")
))]
pub async fn add(
    State(site): State<Site>,
    asker: Asker,
    Json(new): Json<NewDomain>,
) -> Result<(StatusCode, Json<DomainView>), Failure> {
    let domain = domains::add(&site.app, &asker.actor, &new.name).await?;
    Ok((StatusCode::CREATED, Json(domain.into())))
}

/// One domain.
#[utoipa::path(get, path = "/api/v1/domains/{id}", tag = "domains", params(("id" = DomainId, Path)), responses(
    (status = 200, description = "The domain", body = DomainView),
    (status = 404, description = "There is no such domain", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<DomainId>,
) -> Result<Json<DomainView>, Failure> {
    Ok(Json(domains::get(&site.app, &asker.actor, id).await?.into()))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DomainInput {
    /// Whether addresses at domains below it belong to it, too.
    subdomains: bool,
}

/// Includes the domains below it, or leaves them out.
#[utoipa::path(patch, path = "/api/v1/domains/{id}", tag = "domains", params(("id" = DomainId, Path)),
    request_body = DomainInput, responses(
    (status = 200, description = "The domain as it is now", body = DomainView),
    (status = 409, description = "`needs_dns`: only with a TXT record; `sso_required`, `prove_yourself`", body = Problem, content_type = "application/problem+json")
))]
pub async fn edit(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<DomainId>,
    Json(input): Json<DomainInput>,
) -> Result<Json<DomainView>, Failure> {
    let domain = domains::include_subdomains(&site.app, &asker.actor, id, input.subdomains).await?;
    Ok(Json(domain.into()))
}

/// Gives a domain up. Its people stay; other workplaces may have it.
#[utoipa::path(delete, path = "/api/v1/domains/{id}", tag = "domains", params(("id" = DomainId, Path)), responses(
    (status = 204, description = "It is given up")
))]
pub async fn remove(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<DomainId>,
) -> Result<StatusCode, Failure> {
    domains::remove(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Looks for the proof at once, in DNS and on the site, and goes on looking for 72 hours.
#[utoipa::path(post, path = "/api/v1/domains/{id}/check", tag = "domains", params(("id" = DomainId, Path)), responses(
    (status = 200, description = "The domain as it is now, with what was seen", body = DomainView),
    (status = 409, description = "`domain_taken` by another workplace", body = Problem, content_type = "application/problem+json")
))]
pub async fn check(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<DomainId>,
) -> Result<Json<DomainView>, Failure> {
    Ok(Json(domains::check(&site.app, &asker.actor, id).await?.into()))
}

/// Lets the domain in without proof: your own confirmed address must be there.
#[utoipa::path(post, path = "/api/v1/domains/{id}/allow-list", tag = "domains", params(("id" = DomainId, Path)), responses(
    (status = 200, description = "The domain as it is now", body = DomainView),
    (status = 409, description = "`no_address`, `domain_state`, `domain_taken`, `prove_yourself`", body = Problem, content_type = "application/problem+json")
))]
pub async fn allow(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<DomainId>,
) -> Result<Json<DomainView>, Failure> {
    Ok(Json(domains::allow(&site.app, &asker.actor, id).await?.into()))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeAsked {
    /// `admin`, `administrator`, `postmaster`, `webmaster` or `hostmaster`.
    mailbox: String,
}

/// Mails a code to one of the domain's own mailboxes.
#[utoipa::path(post, path = "/api/v1/domains/{id}/code", tag = "domains", params(("id" = DomainId, Path)),
    request_body = CodeAsked, responses(
    (status = 202, description = "A letter is on its way; only its reader sees the code"),
    (status = 409, description = "`wait`: five letters a day", body = Problem, content_type = "application/problem+json")
))]
pub async fn send_code(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<DomainId>,
    Json(asked): Json<CodeAsked>,
) -> Result<StatusCode, Failure> {
    domains::send_code(&site.app, &asker.actor, id, asked.mailbox.trim()).await?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeGiven {
    /// In any case, with or without the space.
    code: String,
}

/// Proves the domain by the code that was mailed.
#[utoipa::path(post, path = "/api/v1/domains/{id}/verify", tag = "domains", params(("id" = DomainId, Path)),
    request_body = CodeGiven, responses(
    (status = 200, description = "The domain is verified", body = DomainView),
    (status = 409, description = "`code_used_up`, `domain_taken`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The code is wrong", body = Problem, content_type = "application/problem+json")
))]
pub async fn give_code(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<DomainId>,
    Json(given): Json<CodeGiven>,
) -> Result<Json<DomainView>, Failure> {
    if given.code.len() > 100 {
        return Err(Error::invalid("code", "A code has ten letters and digits.").into());
    }
    let domain = domains::give_code(&site.app, &asker.actor, id, &given.code).await?;
    Ok(Json(domain.into()))
}

/// Sends you a letter with a link by which you show that your address is yours.
#[utoipa::path(post, path = "/api/v1/me/confirmation", tag = "me", responses(
    (status = 202, description = "A letter is on its way"),
    (status = 409, description = "`wait`, `no_email`", body = Problem, content_type = "application/problem+json")
))]
pub async fn confirm_own(State(site): State<Site>, caller: Caller) -> Result<StatusCode, Failure> {
    addresses::ask(&site.app, &caller.account).await?;
    Ok(StatusCode::ACCEPTED)
}
