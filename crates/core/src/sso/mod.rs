//! Log-in by single sign-on: the identity providers of a workplace, and how somebody comes in by one. The messages
//! themselves are `wire/saml` and `wire/oidc`.

mod admin;
mod arrive;
mod connect;
mod draft;
mod leave;
pub mod oidc;
mod pace;
mod rounds;
pub mod rules;
mod sql;
mod watch;

use std::collections::BTreeMap;

use guildhall_store::Tx;
use guildhall_wire::saml::{Certificate, Refusal, Trust, metadata};

use crate::accounts::{Account, ProfileField as Field};
use crate::domains::{self, Standing, names};
use crate::ids::{AccountId, SsoProviderId, WorkplaceId};
use crate::sign_ins::SignInMethod;
use crate::words::words;
use crate::{App, Moment, Result};

pub use admin::{Edit, New, create, edit, get, list, refresh, remove};
pub use arrive::{Arrival, Consent, Report, arrive};
pub use connect::Given;
pub use draft::Draft;
pub use leave::{Farewell, leave, left_there, taken_there};
pub use pace::pace;
pub use rounds::{Answered, Asked, Go, MINUTES, Purpose, answer, begin, metadata};
pub(crate) use sql::{connected, forget};
pub use watch::{tidy, work};

words! {
    /// What an identity provider speaks.
    Protocol {
        /// SAML 2.0.
        Saml = "saml",
        /// OpenID Connect.
        Oidc = "oidc",
    }
}

impl Protocol {
    pub(crate) fn method(self) -> SignInMethod {
        match self {
            Self::Saml => SignInMethod::Saml,
            Self::Oidc => SignInMethod::Oidc,
        }
    }
}

words! {
    /// How an identity provider is spoken to.
    Binding { Redirect = "redirect", Post = "post" }
}

impl Binding {
    pub fn uri(self) -> &'static str {
        match self {
            Self::Redirect => metadata::REDIRECT,
            Self::Post => metadata::POST,
        }
    }
}

words! {
    /// What a name id is like (saml-core-2.0-os, section 8.3).
    NameIdFormat {
        Email = "email",
        /// The same at each log-in, and nobody's address.
        Persistent = "persistent",
        /// Another one at each log-in.
        Transient = "transient",
        Unspecified = "unspecified",
    }
}

impl NameIdFormat {
    pub fn uri(self) -> &'static str {
        match self {
            Self::Email => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
            Self::Unspecified => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        }
    }
}

/// Where a provider is, and how it is known that it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub entity_id: String,
    pub sign_on_url: String,
    pub sign_on_binding: Binding,
    pub log_out_url: Option<String>,
    pub log_out_binding: Binding,
    /// Where it wants our answers when somebody left there, if elsewhere.
    pub log_out_answer_url: Option<String>,
    /// Any of them may have signed.
    pub certificates: Vec<Certificate>,
}

/// The name of the attribute that fills a field of the profile.
pub type Mapping = BTreeMap<Field, String>;

/// How a provider is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SsoSettings {
    /// People may begin at the identity provider, from its list of applications.
    pub unasked: bool,
    /// Whoever is unknown gets an account, and need not be invited.
    pub makes_accounts: bool,
    /// People prove who they are each time, however long they have been in there.
    pub force: bool,
    /// With SAML: which kind of name id we ask for; absent: none, the provider chooses.
    pub name_id_format: Option<NameIdFormat>,
    /// An address counts also where an OpenID provider does not say that it is verified. If it says that it is not, it never does.
    pub unverified: bool,
    /// The attribute or claim that holds the address; absent: with SAML the name id, or a well-known one, and with OpenID Connect
    /// `email`.
    pub address: Option<String>,
    /// Whoever logs out here is logged out at the identity provider, too.
    pub ends_there: bool,
    /// Until then SHA-1 and RSA keys under 2048 bits are accepted, which are not safe any more; at most 180 days ahead.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub weak_until: Option<Moment>,
    /// Which attribute fills which field of the profile.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub mapping: Mapping,
}

/// An identity provider of a workplace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    pub id: SsoProviderId,
    pub workplace: WorkplaceId,
    pub name: String,
    pub protocol: Protocol,
    /// People may log in by it. It is tested first.
    pub on: bool,
    /// With SAML: absent until an admin has said where it is.
    pub connection: Option<Connection>,
    /// With OpenID Connect: the same.
    pub oidc: Option<oidc::Connection>,
    pub settings: SsoSettings,
    pub metadata_url: Option<String>,
    /// When its metadata were last taken from there.
    pub metadata_at: Option<Moment>,
    /// Why they could not be, the last time.
    pub metadata_problem: Option<String>,
    /// Since when that is so.
    problem_since: Option<Moment>,
    /// When admins were told by letter.
    problem_told_at: Option<Moment>,
    /// Sealed.
    key: String,
    /// X.509 in DER, in base64.
    pub certificate: String,
    pub created_by: Option<AccountId>,
    pub created_at: Moment,
    /// When a test went well with the connection as it is.
    pub tested_at: Option<Moment>,
    /// What the last test came to.
    pub test: Option<Report>,
    /// Admins were told that its certificates end in so many days.
    warned_days: Option<i64>,
    /// The same of its exception for weak algorithms.
    weak_warned_days: Option<i64>,
    next_at: Moment,
    /// What is being prepared for it while it is on.
    pub draft: Option<Box<Draft>>,
    /// The domains that it answers for, as [`names::normalise`] spells them.
    pub domains: Vec<String>,
}

impl Provider {
    /// An admin has said where it is.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some() || self.oidc.is_some()
    }

    /// When the last of its certificates ends.
    pub fn ends_at(&self) -> Option<Moment> {
        let certificates = &self.connection.as_ref()?.certificates;
        let last = certificates.iter().map(|one| one.not_after).max()?;
        Some(Moment::from_ms(last.as_millisecond()))
    }

    /// Whether weak algorithms are accepted of it for now.
    pub fn is_weak(&self, now: Moment) -> bool {
        self.settings.weak_until.is_some_and(|until| until > now)
    }

    /// By what it is known that it speaks.
    fn trust(&self, now: Moment) -> std::result::Result<Trust, Refusal> {
        let weak = self.is_weak(now);
        let certificates = self
            .connection
            .as_ref()
            .map(|connection| &connection.certificates);
        let keys: Vec<Vec<u8>> = certificates
            .into_iter()
            .flatten()
            .map(|one| one.der.clone())
            .collect();
        match Trust::new(keys.clone(), weak) {
            // An old certificate that is too short does not take the new one along.
            Err(why) if why.code == "weak_key" => {
                let strong = keys
                    .into_iter()
                    .filter(|key| Trust::new(vec![key.clone()], weak).is_ok());
                let strong: Vec<Vec<u8>> = strong.collect();
                if strong.is_empty() {
                    Err(why)
                } else {
                    Trust::new(strong, weak)
                }
            }
            trust => trust,
        }
    }
}

/// The addresses at which an identity provider finds us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ourselves {
    /// Our metadata lie there, too.
    pub entity_id: String,
    pub acs: String,
    pub log_out: String,
}

impl Ourselves {
    pub fn to(provider: SsoProviderId, public_url: &str) -> Self {
        let at = |part: &str| format!("{public_url}/sso/saml/{provider}/{part}");
        Self {
            entity_id: at("metadata"),
            acs: at("acs"),
            log_out: at("slo"),
        }
    }
}

/// A provider that is on, and answers for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub provider: SsoProviderId,
    pub name: String,
    pub protocol: Protocol,
    pub workplace: WorkplaceId,
}

/// The providers that somebody with this address may be sent to, of whatever workplace has verified its domain.
pub async fn ways(app: &App, email: &str) -> Result<Vec<Way>> {
    let Some(domain) = names::of_address(email.trim()) else {
        return Ok(Vec::new());
    };
    let mut tx = app.db.snapshot().await?;
    let mut found = Vec::new();
    for workplace in sql::serving_anywhere(&mut tx, &names::with_parents(&domain)).await? {
        found.extend(way(&mut tx, workplace, &domain).await?);
    }
    Ok(found)
}

/// The provider that is on and answers for the domain, which the workplace has verified.
async fn way(tx: &mut Tx, workplace: WorkplaceId, domain: &str) -> Result<Option<Way>> {
    let nearest = sql::nearest(tx, workplace, &names::with_parents(domain)).await?;
    let Some((provider, name, true, protocol)) = nearest else {
        return Ok(None);
    };
    let ours = domains::of_domain(tx, workplace, domain).await? == Standing::Ours;
    Ok(ours.then_some(Way {
        provider,
        name,
        protocol: sql::protocol(&protocol)?,
        workplace,
    }))
}

/// Whether a provider answers for the domain, and is on; none, if none does.
pub(crate) async fn answers(tx: &mut Tx, workplace: WorkplaceId, domain: &str) -> Result<Option<bool>> {
    let nearest = sql::nearest(tx, workplace, &names::with_parents(domain)).await?;
    Ok(nearest.map(|(_, _, on, _)| on))
}

/// Those of the names for whose people a provider answers that is on.
pub(crate) async fn answered(tx: &mut Tx, workplace: WorkplaceId, names: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in names {
        if answers(tx, workplace, name).await? == Some(true) && !found.contains(name) {
            found.push(name.clone());
        }
    }
    Ok(found)
}

/// The name, and those below it that are given to a provider.
pub(crate) async fn at_and_below(tx: &mut Tx, workplace: WorkplaceId, name: &str) -> Result<Vec<String>> {
    let mut found = sql::all_domains(tx, workplace).await?;
    let at = name.to_owned();
    found.retain(|one| names::with_parents(one).contains(&at));
    if !found.contains(&at) {
        found.push(at);
    }
    Ok(found)
}

/// Whether any provider is on, of any workplace.
pub async fn any(app: &App) -> Result<bool> {
    sql::any(&app.db).await
}

/// The provider that is on by which the person can log in, as far as their address tells.
pub async fn way_of(tx: &mut Tx, account: &Account) -> Result<Option<Way>> {
    match account.profile.get(Field::Email).and_then(names::of_address) {
        Some(domain) => way(tx, account.workplace, &domain).await,
        None => Ok(None),
    }
}

/// Whether there is such a provider.
pub(crate) async fn serves(tx: &mut Tx, account: &Account) -> Result<bool> {
    Ok(way_of(tx, account).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn connection(sign_on_url: &str) -> Connection {
        Connection {
            entity_id: "https://idp.example".into(),
            sign_on_url: sign_on_url.into(),
            sign_on_binding: Binding::Redirect,
            log_out_url: None,
            log_out_binding: Binding::Redirect,
            log_out_answer_url: None,
            certificates: Vec::new(),
        }
    }

    pub(super) fn provider(connection: Option<Connection>) -> Provider {
        let then = Moment::from_ms(0);
        Provider {
            id: SsoProviderId(uuid::Uuid::nil()),
            workplace: WorkplaceId(uuid::Uuid::nil()),
            name: "Our IdP".into(),
            protocol: Protocol::Saml,
            on: true,
            connection,
            oidc: None,
            settings: SsoSettings::default(),
            metadata_url: None,
            metadata_at: None,
            metadata_problem: None,
            problem_since: None,
            problem_told_at: None,
            key: String::new(),
            certificate: String::new(),
            created_by: None,
            created_at: then,
            tested_at: Some(then),
            test: None,
            warned_days: None,
            weak_warned_days: None,
            next_at: then,
            draft: None,
            domains: Vec::new(),
        }
    }
}
