use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::Moment;
use guildhall_core::ids::SsoProviderId;
use guildhall_core::sso::oidc::{Addresses, ClientAuthentication, Preset};
use guildhall_core::sso::{
    self, Binding, Connection, Draft, Edit, Given, New, Ourselves, Protocol, Provider, Report, SsoSettings,
    oidc,
};
use serde::{Deserialize, Serialize};

use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// A certificate by which an identity provider signs.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CertificateView {
    subject: String,
    /// SHA-256 of it, in hexadecimal.
    fingerprint: String,
    #[schema(value_type = String, format = DateTime)]
    not_before: Moment,
    #[schema(value_type = String, format = DateTime)]
    not_after: Moment,
}

/// Where an identity provider is.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectionView {
    entity_id: String,
    sign_on_url: String,
    sign_on_binding: Binding,
    log_out_url: Option<String>,
    log_out_binding: Binding,
    certificates: Vec<CertificateView>,
}

impl From<Connection> for ConnectionView {
    fn from(connection: Connection) -> Self {
        let at = |time: jiff::Timestamp| Moment::from_ms(time.as_millisecond());
        Self {
            entity_id: connection.entity_id,
            sign_on_url: connection.sign_on_url,
            sign_on_binding: connection.sign_on_binding,
            log_out_url: connection.log_out_url,
            log_out_binding: connection.log_out_binding,
            certificates: connection
                .certificates
                .into_iter()
                .map(|one| CertificateView {
                    not_before: at(one.not_before),
                    not_after: at(one.not_after),
                    subject: one.subject,
                    fingerprint: one.fingerprint,
                })
                .collect(),
        }
    }
}

/// What is being prepared for a provider that is on: it comes into force when a test of it went well.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DraftView {
    connection: Option<ConnectionView>,
    oidc: Option<OpenIdView>,
    metadata_url: Option<String>,
    /// The attribute or claim that holds the address.
    address: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Moment,
    /// What the last test of it came to.
    test: Option<Report>,
}

impl From<Draft> for DraftView {
    fn from(draft: Draft) -> Self {
        Self {
            connection: draft.connection.map(Into::into),
            oidc: draft.oidc.map(Into::into),
            metadata_url: draft.metadata_url,
            address: draft.address,
            at: draft.at,
            test: draft.test,
        }
    }
}

/// Where an OpenID provider is, and who we are there. The secret is never shown.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OpenIdView {
    issuer: String,
    client_id: String,
    authentication: ClientAuthentication,
    /// When the client secret was given; null: there is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    secret_at: Option<Moment>,
    authorization_url: String,
    token_url: String,
    user_info_url: Option<String>,
    keys_url: String,
    /// Where people leave there, if it has such a place.
    end_session_url: Option<String>,
    /// It can tell us when somebody leaves there.
    tells_who_left: bool,
}

impl From<oidc::Connection> for OpenIdView {
    fn from(there: oidc::Connection) -> Self {
        Self {
            issuer: there.issuer,
            client_id: there.client_id,
            authentication: there.authentication,
            secret_at: there.secret_at,
            authorization_url: there.authorization_url,
            token_url: there.token_url,
            user_info_url: there.user_info_url,
            keys_url: there.keys_url,
            end_session_url: there.end_session_url,
            tells_who_left: there.tells_who_left,
        }
    }
}

/// What to enter at the identity provider.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OurAddresses {
    /// Entity id, identifier or audience. Our metadata lie there, too.
    entity_id: String,
    /// Assertion consumer service, reply URL, single sign-on URL.
    acs_url: String,
    /// Single log-out.
    log_out_url: String,
    /// With OpenID Connect: the redirect address.
    redirect_url: String,
    /// With OpenID Connect: where it tells us who left there (back-channel log-out).
    back_channel_url: String,
    /// With OpenID Connect: where a log-in may be begun there.
    begin_url: String,
    /// With OpenID Connect: where people come back to who left there.
    after_log_out_url: String,
}

/// An identity provider by which people log in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SsoProvider {
    id: SsoProviderId,
    name: String,
    protocol: Protocol,
    /// People may log in by it.
    on: bool,
    ours: OurAddresses,
    /// With SAML: null until you said where it is.
    connection: Option<ConnectionView>,
    /// With OpenID Connect: null until you said where it is.
    oidc: Option<OpenIdView>,
    /// What is being prepared while it is on; null: nothing.
    draft: Option<DraftView>,
    settings: SsoSettings,
    /// The domains that it answers for.
    domains: Vec<String>,
    /// Where its metadata lie, or the document of its issuer; they are taken over again every six hours.
    metadata_url: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    metadata_at: Option<Moment>,
    /// Why they could not be taken over the last time.
    metadata_problem: Option<String>,
    /// When the last of its certificates ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Moment>,
    /// Weak algorithms are accepted of it now: it is to sign by something safe.
    weak: bool,
    /// When a test went well with the connection as it is; it can't be switched on before.
    #[schema(value_type = Option<String>, format = DateTime)]
    tested_at: Option<Moment>,
    /// What the last test came to.
    test: Option<Report>,
    /// Opens a test in a browser in which you are logged in.
    test_url: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
}

impl SsoProvider {
    fn of(site: &Site, provider: Provider) -> Self {
        let ours = Ourselves::to(provider.id, &site.public_url);
        let there = Addresses::to(provider.id, &site.public_url);
        let ends_at = provider.ends_at();
        let weak = provider.is_weak(site.app.now());
        Self {
            test_url: format!(
                "{}/sso/{}/{}/test",
                site.public_url,
                provider.protocol.as_str(),
                provider.id
            ),
            id: provider.id,
            name: provider.name,
            protocol: provider.protocol,
            on: provider.on,
            ours: OurAddresses {
                entity_id: ours.entity_id,
                acs_url: ours.acs,
                log_out_url: ours.log_out,
                redirect_url: there.redirect,
                back_channel_url: there.back_channel,
                begin_url: there.begin,
                after_log_out_url: there.after_log_out,
            },
            connection: provider.connection.map(Into::into),
            oidc: provider.oidc.map(Into::into),
            draft: provider.draft.map(|draft| (*draft).into()),
            settings: provider.settings,
            domains: provider.domains,
            metadata_url: provider.metadata_url,
            metadata_at: provider.metadata_at,
            metadata_problem: provider.metadata_problem,
            ends_at,
            weak,
            tested_at: provider.tested_at,
            test: provider.test,
            created_at: provider.created_at,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct SsoProviders {
    items: Vec<SsoProvider>,
}

/// The identity providers by which people log in, oldest first.
#[utoipa::path(get, path = "/api/v1/sso/providers", tag = "single sign-on", responses(
    (status = 200, description = "50 at most", body = SsoProviders),
    (status = 403, description = "It takes workplace.manage", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(State(site): State<Site>, asker: Asker) -> Result<Json<SsoProviders>, Failure> {
    let found = sso::list(&site.app, &asker.actor).await?;
    let items = found.into_iter().map(|provider| SsoProvider::of(&site, provider));
    Ok(Json(SsoProviders {
        items: items.collect(),
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SsoProviderInput {
    /// As admins and people call it: `Entra ID`.
    name: String,
    /// `saml`, if nothing is said.
    protocol: Option<Protocol>,
    /// With OpenID Connect: settings that suit this one to begin with.
    preset: Option<Preset>,
}

/// Begins with an identity provider: gives the addresses to enter there. It is off until it is connected and tested.
#[utoipa::path(post, path = "/api/v1/sso/providers", tag = "single sign-on", request_body = SsoProviderInput, responses(
    (status = 201, description = "The provider", body = SsoProvider),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn create(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<SsoProviderInput>,
) -> Result<(StatusCode, Json<SsoProvider>), Failure> {
    let new = New {
        name: input.name,
        protocol: input.protocol.unwrap_or(Protocol::Saml),
        preset: input.preset,
    };
    let made = sso::create(&site.app, &asker.actor, &new).await?;
    Ok((StatusCode::CREATED, Json(SsoProvider::of(&site, made))))
}

/// One identity provider.
#[utoipa::path(get, path = "/api/v1/sso/providers/{id}", tag = "single sign-on", params(("id" = SsoProviderId, Path)), responses(
    (status = 200, description = "The provider", body = SsoProvider),
    (status = 404, description = "There is no such provider", body = Problem, content_type = "application/problem+json")
))]
pub async fn read(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<SsoProviderId>,
) -> Result<Json<SsoProvider>, Failure> {
    let found = sso::get(&site.app, &asker.actor, id).await?;
    Ok(Json(SsoProvider::of(&site, found)))
}

/// Where an identity provider is, said by hand.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ByHand {
    entity_id: String,
    sign_on_url: String,
    /// `redirect`, unless it takes requests by `post` only.
    sign_on_binding: Option<Binding>,
    log_out_url: Option<String>,
    /// X.509 in PEM; several one after the other.
    certificates: String,
}

/// An OpenID provider and our client there.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenIdInput {
    /// The address of its issuer, by HTTPS. All else is taken from there.
    issuer: String,
    client_id: String,
    /// Absent: the one that was given before for the same issuer and client. It is kept sealed and never shown.
    client_secret: Option<String>,
    /// Absent: as the provider takes it. `none` for a public client.
    authentication: Option<ClientAuthentication>,
}

impl From<OpenIdInput> for oidc::Given {
    fn from(input: OpenIdInput) -> Self {
        Self {
            issuer: input.issuer,
            client_id: input.client_id,
            client_secret: input.client_secret,
            authentication: input.authentication,
        }
    }
}

/// What is to change; what is left out stays. Of `metadata`, `metadata_url` and `by_hand` give one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SsoProviderEdit {
    name: Option<String>,
    on: Option<bool>,
    domains: Option<Vec<String>>,
    settings: Option<SsoSettings>,
    /// The metadata themselves, as XML.
    metadata: Option<String>,
    /// Where the metadata lie, by HTTPS: they are kept fresh.
    metadata_url: Option<String>,
    /// Which of several providers in the metadata.
    entity_id: Option<String>,
    by_hand: Option<ByHand>,
    /// With OpenID Connect, in place of all those.
    oidc: Option<OpenIdInput>,
    /// True: what is being prepared is given up.
    discard_draft: Option<bool>,
}

impl SsoProviderEdit {
    fn read(self) -> Edit {
        let entity_id = self.entity_id;
        let connection = match (self.metadata, self.metadata_url, self.by_hand) {
            (Some(xml), ..) => Some(Given::Metadata { xml, entity_id }),
            (None, Some(url), _) => Some(Given::Address { url, entity_id }),
            (None, None, Some(said)) => Some(Given::ByHand {
                entity_id: said.entity_id,
                sign_on_url: said.sign_on_url,
                sign_on_binding: said.sign_on_binding.unwrap_or(Binding::Redirect),
                log_out_url: said.log_out_url,
                certificates: said.certificates,
            }),
            (None, None, None) => None,
        };
        Edit {
            name: self.name,
            connection,
            oidc: self.oidc.map(Into::into),
            domains: self.domains,
            settings: self.settings,
            on: self.on,
            discard: self.discard_draft.unwrap_or(false),
        }
    }
}

/// Changes an identity provider, or switches it on or off.
#[utoipa::path(patch, path = "/api/v1/sso/providers/{id}", tag = "single sign-on", params(("id" = SsoProviderId, Path)), request_body = SsoProviderEdit, responses(
    (status = 200, description = "The provider as it is now", body = SsoProvider),
    (status = 409, description = "`not_connected`, `no_domains`, `not_tested`: it can't be switched on yet; `sso_required`: people could not log in any more of whom single sign-on is required; `prove_yourself`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn edit(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<SsoProviderId>,
    Json(input): Json<SsoProviderEdit>,
) -> Result<Json<SsoProvider>, Failure> {
    let changed = sso::edit(&site.app, &asker.actor, id, &input.read()).await?;
    Ok(Json(SsoProvider::of(&site, changed)))
}

/// Removes an identity provider: nobody logs in by it any more. Whoever is in stays in.
#[utoipa::path(delete, path = "/api/v1/sso/providers/{id}", tag = "single sign-on", params(("id" = SsoProviderId, Path)), responses(
    (status = 204, description = "It is removed"),
    (status = 404, description = "There is no such provider", body = Problem, content_type = "application/problem+json")
))]
pub async fn remove(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<SsoProviderId>,
) -> Result<StatusCode, Failure> {
    sso::remove(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the metadata, or the document and keys of an issuer, over again from their address, now.
#[utoipa::path(post, path = "/api/v1/sso/providers/{id}/refresh", tag = "single sign-on", params(("id" = SsoProviderId, Path)), responses(
    (status = 200, description = "The provider as it is now", body = SsoProvider),
    (status = 409, description = "`no_metadata_url`", body = Problem, content_type = "application/problem+json")
))]
pub async fn refresh(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<SsoProviderId>,
) -> Result<Json<SsoProvider>, Failure> {
    let changed = sso::refresh(&site.app, &asker.actor, id).await?;
    Ok(Json(SsoProvider::of(&site, changed)))
}
