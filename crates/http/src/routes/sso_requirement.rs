use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use guildhall_core::accounts::AccountState;
use guildhall_core::ids::{AccountId, GroupId};
use guildhall_core::sso_required::{self, AdminWay, Given, Listed, Preview, Reach, Shown, SsoVerdict};
use guildhall_core::{Error, Moment, Page, accounts, page};
use serde::{Deserialize, Serialize};

use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// A system admin, and what they could log in by if no identity provider answered.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AdminWayView {
    id: AccountId,
    name: String,
    /// The requirement reaches them.
    governed: bool,
    /// They are chosen to keep a way in.
    chosen: bool,
    /// They have a passkey, or a password and a second factor.
    strong: bool,
    /// They could come in.
    keeps_way: bool,
}

impl AdminWayView {
    fn of(way: AdminWay, name: String) -> Self {
        Self {
            id: way.id,
            name,
            governed: way.governed,
            chosen: way.chosen,
            strong: way.strong,
            keeps_way: way.keeps_way(),
        }
    }
}

/// A group by its name.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NamedGroup {
    id: GroupId,
    name: String,
}

/// Of whom single sign-on is required.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SsoRequirement {
    reach: Reach,
    /// With those below them, where `reach` is `domains`.
    domains: Vec<String>,
    /// Where `reach` is `groups`.
    groups: Vec<NamedGroup>,
    /// The system admins who may log in past it: with a passkey, or a password and a second factor.
    break_glass: Vec<AccountId>,
    /// Every system admin who is in.
    admins: Vec<AdminWayView>,
    /// So many of them could come in without an identity provider; two are needed.
    kept: usize,
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_at: Option<Moment>,
}

impl From<Shown> for SsoRequirement {
    fn from(shown: Shown) -> Self {
        let named = |(id, name)| NamedGroup { id, name };
        Self {
            reach: shown.requirement.reach,
            domains: shown.requirement.domains,
            groups: shown.groups.into_iter().map(named).collect(),
            break_glass: shown.requirement.break_glass,
            admins: shown
                .admins
                .into_iter()
                .map(|(admin, way)| AdminWayView::of(way, admin.name()))
                .collect(),
            kept: shown.kept,
            changed_at: shown.changed_at,
        }
    }
}

/// Of whom single sign-on is to be required.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SsoRequirementInput {
    reach: Reach,
    /// Verified domains, for `domains`.
    #[serde(default)]
    domains: Vec<String>,
    /// For `groups`.
    #[serde(default)]
    groups: Vec<GroupId>,
    /// System admins who keep a way in: two at least, each with a passkey or a second factor.
    #[serde(default)]
    break_glass: Vec<AccountId>,
    /// So many people who could not log in any more were seen in the preview, and are accepted.
    #[serde(default)]
    locked_out: i64,
}

impl SsoRequirementInput {
    fn given(self) -> (Given, i64) {
        let given = Given {
            reach: self.reach,
            domains: self.domains,
            groups: self.groups,
            break_glass: self.break_glass,
        };
        (given, self.locked_out)
    }
}

/// What a requirement would mean.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SsoPreview {
    /// So many could not log in any more.
    locked_out: i64,
    /// How many people of each kind that are active or invited: `domain_not_verified`, `no_provider` and `provider_off`
    /// could not log in; `no_email` go on with what they have; `break_glass` keep a way in; `not_yet` could
    /// come in and never did by an identity provider; `ready` did.
    counts: BTreeMap<String, i64>,
    admins: Vec<AdminWayView>,
    /// So many system admins could come in without an identity provider; two are needed.
    kept: usize,
}

/// Of whom single sign-on is required, and which system admins keep a way in.
#[utoipa::path(get, path = "/api/v1/sso/requirement", tag = "single sign-on", responses(
    (status = 200, description = "The requirement", body = SsoRequirement),
    (status = 403, description = "It takes workplace.manage", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(State(site): State<Site>, asker: Asker) -> Result<Json<SsoRequirement>, Failure> {
    Ok(Json(sso_required::show(&site.app, &asker.actor).await?.into()))
}

/// Requires single sign-on, or no more. Look at the preview first.
#[utoipa::path(put, path = "/api/v1/sso/requirement", tag = "single sign-on", request_body = SsoRequirementInput, responses(
    (status = 200, description = "The requirement as it is now", body = SsoRequirement),
    (status = 403, description = "It takes workplace.manage and roles.manage", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`break_glass` while fewer than two system admins would keep a way in; `locked_out` when more people could not log in than `locked_out` says", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn set(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<SsoRequirementInput>,
) -> Result<Json<SsoRequirement>, Failure> {
    let (given, accepted) = input.given();
    let shown = sso_required::set(&site.app, &asker.actor, &given, accepted).await?;
    Ok(Json(shown.into()))
}

/// What a requirement would mean, for how many people; nothing is changed.
#[utoipa::path(post, path = "/api/v1/sso/requirement/preview", tag = "single sign-on", request_body = SsoRequirementInput, responses(
    (status = 200, description = "How many of each kind", body = SsoPreview),
    (status = 403, description = "It takes workplace.manage", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn preview(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<SsoRequirementInput>,
) -> Result<Json<SsoPreview>, Failure> {
    let (given, _) = input.given();
    let found: Preview = sso_required::preview(&site.app, &asker.actor, Some(&given)).await?;
    let ids: Vec<AccountId> = found.admins.iter().map(|way| way.id).collect();
    let named = accounts::named(&site.app.db, asker.actor.workplace, &ids).await?;
    let name = |id: AccountId| {
        let found = named.iter().find(|person| person.id == id);
        found
            .map(|person| person.display_name.clone())
            .unwrap_or_default()
    };
    Ok(Json(SsoPreview {
        locked_out: found.locked_out(),
        kept: sso_required::rules::kept(&found.admins),
        counts: found
            .counts
            .into_iter()
            .map(|(verdict, people)| (verdict.as_str().to_owned(), people))
            .collect(),
        admins: found
            .admins
            .into_iter()
            .map(|way| AdminWayView::of(way, name(way.id)))
            .collect(),
    }))
}

/// Which people of a preview.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SsoPreviewPeople {
    /// The requirement that is looked at.
    requirement: SsoRequirementInput,
    kind: SsoVerdict,
    /// What the page before had as `next`.
    after: Option<String>,
    /// 50 if left out, 200 at most.
    limit: Option<i64>,
}

/// Somebody of a preview.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SsoPreviewPerson {
    id: AccountId,
    name: String,
    email: Option<String>,
    state: AccountState,
    kind: SsoVerdict,
}

impl From<Listed> for SsoPreviewPerson {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.id,
            name: listed.name,
            email: listed.email,
            state: listed.state,
            kind: listed.verdict,
        }
    }
}

/// Who is of one kind in a preview. A page may hold few or none: there are more as long as `next` is given.
#[utoipa::path(post, path = "/api/v1/sso/requirement/people", tag = "single sign-on", request_body = SsoPreviewPeople, responses(
    (status = 200, description = "A page of people", body = Page<SsoPreviewPerson>),
    (status = 403, description = "It takes workplace.manage and people.read", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn people(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<SsoPreviewPeople>,
) -> Result<Json<Page<SsoPreviewPerson>>, Failure> {
    let after = input
        .after
        .as_deref()
        .map(str::parse::<AccountId>)
        .transpose()
        .map_err(|_| Error::invalid("after", "Give what the page before had as next."))?;
    let (given, _) = input.requirement.given();
    let which = (input.kind, after, page::limit(input.limit));
    let found = sso_required::people(&site.app, &asker.actor, Some(&given), which).await?;
    Ok(Json(found.map(Into::into)))
}
