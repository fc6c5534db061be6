//! Who came in, who did not and why: one row an attempt, in a transaction that is committed also when somebody is refused.

pub mod rules;
mod sql;

use guildhall_store::Tx;

use crate::access::Origin;
use crate::ids::{AccountId, SignInId, SsoProviderId, WorkplaceId};
use crate::sessions::rules::cut;
use crate::words::words;
use crate::{Actor, App, Moment, Page, Permission, Result};

pub(crate) use sql::{came_by_provider, disown, forget, get};

/// How many days an attempt is kept.
pub const DAYS: i64 = 90;
/// The result of an attempt that went well; any other is the code of a refusal.
pub const IN: &str = "in";

words! {
    /// By what somebody would come in.
    SignInMethod {
        Password = "password",
        /// By the link of an invitation.
        Claim = "claim",
        /// By themselves, with an address of the workplace.
        Join = "join",
        /// By an access code.
        Code = "code",
        /// As the first of a workplace.
        Setup = "setup",
        /// On a shared device, by saying yes on their phone.
        Phone = "phone",
        /// By a passkey alone.
        Passkey = "passkey",
        /// By single sign-on (SAML 2.0).
        Saml = "saml",
        /// By single sign-on (OpenID Connect).
        Oidc = "oidc",
    }
}

/// The identity provider by which somebody would come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through {
    pub id: SsoProviderId,
    pub name: String,
}

/// An attempt to be kept.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    pub workplace: WorkplaceId,
    pub account: Option<AccountId>,
    pub method: SignInMethod,
    pub through: Option<&'a Through>,
    /// The name as it was typed, or as an identity provider gave it.
    pub typed: &'a str,
    /// The code and the sentence, where they are refused.
    pub refused: Option<(&'a str, &'a str)>,
    /// What an identity provider said of somebody who was refused, as JSON without secrets.
    pub came: Option<String>,
    /// They came in past single sign-on, where that is required.
    pub break_glass: bool,
    pub origin: Origin<'a>,
}

/// An attempt as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    pub id: SignInId,
    pub account: Option<AccountId>,
    pub at: Moment,
    pub method: SignInMethod,
    pub through: Option<Through>,
    pub typed: String,
    /// [`IN`], or the code of the refusal.
    pub result: String,
    /// What whoever reads it can do; empty where all went well.
    pub reason: String,
    pub came: Option<String>,
    /// They came in past single sign-on, where that is required.
    pub break_glass: bool,
    /// When the person whose account it is said that it was not them.
    pub disowned_at: Option<Moment>,
    pub address: String,
    pub user_agent: String,
}

/// Which attempts, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub account: Option<AccountId>,
    pub method: Option<SignInMethod>,
    /// Only those who came in, or only those who did not.
    pub entered: Option<bool>,
    /// Only those who came in past single sign-on, or only the others.
    pub break_glass: Option<bool>,
    /// Only those of which the person said that it was not them, or only the others.
    pub disowned: Option<bool>,
    pub from: Option<Moment>,
    pub to: Option<Moment>,
    pub after: Option<uuid::Uuid>,
    pub limit: i64,
}

/// Keeps an attempt.
pub(crate) async fn note(app: &App, tx: &mut Tx, attempt: Attempt<'_>) -> Result<SignInId> {
    let now = app.now();
    let (result, reason) = attempt.refused.unwrap_or((IN, ""));
    let kept = SignIn {
        id: SignInId::new(&app.entropy, now),
        account: attempt.account,
        at: now,
        method: attempt.method,
        through: attempt.through.cloned(),
        typed: rules::typed(attempt.typed),
        result: result.to_owned(),
        // An identity provider may have written it, or whoever says they are one.
        reason: reason.chars().take(rules::LONGEST_REASON).collect(),
        came: attempt.came,
        break_glass: attempt.break_glass,
        disowned_at: None,
        address: attempt.origin.address.to_canonical().to_string(),
        user_agent: cut(attempt.origin.user_agent),
    };
    sql::insert(tx, attempt.workplace, &kept).await?;
    Ok(kept.id)
}

/// The attempts in the workplace that match, newest first.
pub async fn list(app: &App, actor: &Actor, filter: &Filter) -> Result<Page<SignIn>> {
    actor.need(Permission::AuditRead)?;
    sql::list(&app.db, actor.workplace, filter).await
}

/// The newest attempts of one person, for that person.
pub async fn own(
    app: &App,
    (workplace, account): (WorkplaceId, AccountId),
    most: i64,
) -> Result<Vec<SignIn>> {
    let filter = Filter {
        account: Some(account),
        limit: most,
        ..Filter::default()
    };
    Ok(sql::list(&app.db, workplace, &filter).await?.items)
}

/// Forgets what is older than [`DAYS`] days, of all workplaces.
pub async fn tidy(app: &App) -> Result<u64> {
    let mut tx = app.begin().await?;
    let gone = sql::sweep(&mut tx, app.now().plus_days(-DAYS)).await?;
    tx.commit().await?;
    Ok(gone)
}
