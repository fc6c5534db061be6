use axum::Json;
use axum::extract::{Query, State};
use guildhall_core::accounts;
use guildhall_core::ids::{AccountId, SignInId, SsoProviderId};
use guildhall_core::sign_ins::{self, Filter, IN, SignIn, SignInMethod};
use guildhall_core::{Error, Moment, Page, page, sessions};
use serde::{Deserialize, Serialize};

use super::audit::{after, moment};
use crate::caller::{Asker, Caller};
use crate::{Failure, Problem, Site};

/// Attempts of their own that people see.
const OWN: i64 = 20;

/// Which attempts.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SignInFilter {
    /// The id of the person.
    person: Option<AccountId>,
    /// Only those who came in past single sign-on where it is required, or only the others.
    break_glass: Option<bool>,
    /// Only those of which the person said that it was not them, or only the others.
    disowned: Option<bool>,
    /// `in`: those who came in; `refused`: those who did not.
    result: Option<String>,
    /// `password`, `claim`, `join`, `code`, `setup`, `phone`, `saml` or `oidc`.
    method: Option<String>,
    /// Only from this moment on, as a date or a date and time (RFC 3339).
    from: Option<String>,
    /// Only before this moment; a date means its end.
    to: Option<String>,
    /// What the page before had as `next`.
    after: Option<String>,
    /// 50 if left out, 200 at most.
    limit: Option<i64>,
}

impl SignInFilter {
    fn read(&self) -> Result<Filter, Error> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let method = given(&self.method)
            .map(|text| {
                SignInMethod::parse(&text).ok_or_else(|| {
                    let all: Vec<&str> = SignInMethod::ALL.iter().map(|method| method.as_str()).collect();
                    Error::invalid("method", format!("Choose one of {}.", all.join(", ")))
                })
            })
            .transpose()?;
        let entered = match given(&self.result).as_deref() {
            None => None,
            Some("in") => Some(true),
            Some("refused") => Some(false),
            Some(_) => return Err(Error::invalid("result", "Choose in or refused.")),
        };
        Ok(Filter {
            account: self.person,
            method,
            entered,
            break_glass: self.break_glass,
            disowned: self.disowned,
            from: moment("from", self.from.as_deref(), false)?,
            to: moment("to", self.to.as_deref(), true)?,
            after: after(self.after.as_deref())?,
            limit: page::limit(self.limit),
        })
    }
}

/// One attempt to come in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SignInView {
    id: SignInId,
    #[schema(value_type = String, format = DateTime)]
    at: Moment,
    /// Whose account it was; null where no account has that name.
    account_id: Option<AccountId>,
    account_name: Option<String>,
    method: SignInMethod,
    /// The identity provider that it went through.
    provider_id: Option<SsoProviderId>,
    provider: Option<String>,
    /// What was typed as a name, or what the identity provider gave.
    typed: String,
    /// They came in.
    entered: bool,
    /// They came in past single sign-on, where it is required.
    break_glass: bool,
    /// When the person whose account it is said that it was not them.
    #[schema(value_type = Option<String>, format = DateTime)]
    disowned_at: Option<Moment>,
    /// `in`, or the code of the refusal.
    result: String,
    /// What you can do about it.
    reason: String,
    /// What an identity provider said of somebody who was refused, as JSON.
    came: Option<String>,
    browser: String,
    device: String,
    address: String,
}

impl SignInView {
    fn of(attempt: SignIn, name: Option<String>) -> Self {
        let (browser, device) = sessions::rules::in_words(&attempt.user_agent);
        let (provider_id, provider) = attempt.through.map(|through| (through.id, through.name)).unzip();
        Self {
            id: attempt.id,
            at: attempt.at,
            account_id: attempt.account,
            account_name: name,
            method: attempt.method,
            provider_id,
            provider,
            typed: attempt.typed,
            entered: attempt.result == IN,
            break_glass: attempt.break_glass,
            disowned_at: attempt.disowned_at,
            result: attempt.result,
            reason: attempt.reason,
            came: attempt.came,
            browser: browser.to_owned(),
            device: device.to_owned(),
            address: attempt.address,
        }
    }
}

/// Who came in, who did not and why, newest first; kept for 90 days.
#[utoipa::path(get, path = "/api/v1/sign-ins", tag = "sign-ins", params(SignInFilter), responses(
    (status = 200, description = "A page of attempts", body = Page<SignInView>),
    (status = 403, description = "It takes audit.read", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(
    State(site): State<Site>,
    asker: Asker,
    Query(filter): Query<SignInFilter>,
) -> Result<Json<Page<SignInView>>, Failure> {
    let page = sign_ins::list(&site.app, &asker.actor, &filter.read()?).await?;
    let mut ids: Vec<AccountId> = page.items.iter().filter_map(|attempt| attempt.account).collect();
    ids.sort_unstable();
    ids.dedup();
    let named = accounts::named(&site.app.db, asker.actor.workplace, &ids).await?;
    let name = |id: Option<AccountId>| {
        let found = named.iter().find(|person| Some(person.id) == id)?;
        Some(found.display_name.clone())
    };
    Ok(Json(page.map(|attempt| {
        let name = name(attempt.account);
        SignInView::of(attempt, name)
    })))
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct OwnSignIns {
    items: Vec<OwnSignIn>,
}

/// A time that somebody came in as you, or tried.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OwnSignIn {
    id: SignInId,
    #[schema(value_type = String, format = DateTime)]
    at: Moment,
    method: SignInMethod,
    provider: Option<String>,
    entered: bool,
    browser: String,
    device: String,
    address: String,
}

/// Your newest log-ins, and those that failed.
#[utoipa::path(get, path = "/api/v1/me/sign-ins", tag = "me", responses(
    (status = 200, description = "20 at most, newest first", body = OwnSignIns),
    (status = 401, description = "You are not in", body = Problem, content_type = "application/problem+json")
))]
pub async fn own(State(site): State<Site>, caller: Caller) -> Result<Json<OwnSignIns>, Failure> {
    let whose = (caller.account.workplace, caller.account.id);
    let found = sign_ins::own(&site.app, whose, OWN).await?;
    let items = found.into_iter().map(|attempt| {
        let view = SignInView::of(attempt, None);
        OwnSignIn {
            id: view.id,
            at: view.at,
            method: view.method,
            provider: view.provider,
            entered: view.entered,
            browser: view.browser,
            device: view.device,
            address: view.address,
        }
    });
    Ok(Json(OwnSignIns {
        items: items.collect(),
    }))
}
