//! What admins do with identity providers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_store::Tx;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

use super::draft::{self, Parts};
use super::{Connection, Given, Protocol, Provider, SsoSettings, connect, oidc, rules, sql, watch};
use crate::accounts::{self, Source, Voice};
use crate::audit::FieldChange;
use crate::domains::{self, Standing, names};
use crate::ids::SsoProviderId;
use crate::{Actor, App, Error, Moment, Permission, Result, access, audit, sso_required};

/// Providers that a workplace may have.
const MOST: usize = 50;
/// How many years our own certificate lasts: whoever checks its dates would be locked out by a shorter one.
const YEARS: i32 = 20;

/// A provider to begin with.
#[derive(Clone, Debug)]
pub struct New {
    pub name: String,
    pub protocol: Protocol,
    /// With OpenID Connect: which settings suit it.
    pub preset: Option<oidc::Preset>,
}

/// What is to change of a provider; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    pub name: Option<String>,
    /// Of a provider that speaks SAML.
    pub connection: Option<Given>,
    /// Of one that speaks OpenID Connect.
    pub oidc: Option<oidc::Given>,
    pub domains: Option<Vec<String>>,
    pub settings: Option<SsoSettings>,
    pub on: Option<bool>,
    /// What is being prepared is given up.
    pub discard: bool,
}

fn gone() -> Error {
    Error::not_found("identity provider")
}

/// What our key is sealed for.
pub(super) fn context(id: SsoProviderId) -> String {
    format!("key for the identity provider {id}")
}

/// A key of our own with its certificate: RSA, which every provider can check.
fn key_pair(year: i16) -> Result<(String, String)> {
    let failed = |why: rcgen::Error| Error::Internal(format!("A key for signing can't be made: {why}"));
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(failed)?;
    let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Guildhall");
    params.not_before = rcgen::date_time_ymd(i32::from(year) - 1, 1, 1);
    params.not_after = rcgen::date_time_ymd(i32::from(year) + YEARS, 1, 1);
    let certificate = params.self_signed(&key).map_err(failed)?;
    Ok((key.serialize_pem(), STANDARD.encode(certificate.der())))
}

/// The identity providers of the workplace, oldest first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Provider>> {
    actor.need(Permission::WorkplaceManage)?;
    let mut tx = app.begin().await?;
    sql::list(&mut tx, actor.workplace).await
}

pub async fn get(app: &App, actor: &Actor, id: SsoProviderId) -> Result<Provider> {
    actor.need(Permission::WorkplaceManage)?;
    let mut tx = app.begin().await?;
    sql::get(&mut tx, actor.workplace, id).await?.ok_or_else(gone)
}

/// Whoever says which provider is believed could say that they are anybody, a system admin too: who gives roles decides it.
fn may_change(actor: &Actor) -> Result<()> {
    actor.need(Permission::WorkplaceManage)?;
    actor.need(Permission::RolesManage)
}

/// Begins with a provider: from now on it can be told our addresses. It is off, and not connected.
pub async fn create(app: &App, actor: &Actor, new: &New) -> Result<Provider> {
    may_change(actor)?;
    access::proven(actor, app.now())?;
    let name = rules::name(&new.name)?;
    let now = app.now();
    let (key, certificate) = match new.protocol {
        Protocol::Saml => {
            // Making a key takes a moment in which a thread could not serve.
            let year = now.day_in(&[]).year();
            tokio::task::spawn_blocking(move || key_pair(year))
                .await
                .map_err(|why| Error::Internal(why.to_string()))??
        }
        // There we sign nothing.
        Protocol::Oidc => (String::new(), String::new()),
    };
    let settings = new.preset.filter(|_| new.protocol == Protocol::Oidc);
    let id = SsoProviderId::new(&app.entropy, now);
    let provider = Provider {
        id,
        workplace: actor.workplace,
        name,
        protocol: new.protocol,
        on: false,
        connection: None,
        oidc: None,
        settings: settings.map(oidc::Preset::settings).unwrap_or_default(),
        metadata_url: None,
        metadata_at: None,
        metadata_problem: None,
        problem_since: None,
        problem_told_at: None,
        key: app.sealer.seal(&app.entropy, &context(id), &key),
        certificate,
        created_by: actor.account(),
        created_at: now,
        tested_at: None,
        test: None,
        warned_days: None,
        weak_warned_days: None,
        next_at: watch::next(now),
        draft: None,
        domains: Vec::new(),
    };
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    if sql::list(&mut tx, actor.workplace).await?.len() >= MOST {
        return Err(Error::Refused {
            code: "too_many",
            message: format!("A workplace has at most {MOST} identity providers: remove one first."),
        });
    }
    sql::insert(&mut tx, &provider).await?;
    log(app, &mut tx, actor, &provider, ("create", Vec::new())).await?;
    tx.commit().await?;
    Ok(provider)
}

/// Changes a provider. A new connection has to be tested anew: of a provider that is on it is put aside, and comes into force when
/// a test of it went well.
///
/// # Errors
/// What is wrong with which field; `not_connected`, `no_domains`, `not_tested` for one that can't be switched on yet;
/// `sso_required` where people could log in by nothing else.
pub async fn edit(app: &App, actor: &Actor, id: SsoProviderId, edit: &Edit) -> Result<Provider> {
    change(app, actor, id, edit, false).await
}

/// [`edit`]. `fresh`: the connection is what the provider says of itself by now.
async fn change(app: &App, actor: &Actor, id: SsoProviderId, edit: &Edit, fresh: bool) -> Result<Provider> {
    may_change(actor)?;
    access::proven(actor, app.now())?;
    let now = app.now();
    let settings = edit.settings.clone();
    let settings = settings
        .map(|settings| rules::settings(settings, now))
        .transpose()?;
    let given = match &edit.connection {
        Some(given) => {
            let as_it_is = get(app, actor, id).await?.settings;
            let weak_until = settings.as_ref().unwrap_or(&as_it_is).weak_until;
            Some(connect::connection(app, given, weak_until.is_some_and(|until| until > now)).await?)
        }
        None => None,
    };
    let found = match &edit.oidc {
        Some(given) => Some((given, oidc::discover(app, &given.issuer).await?)),
        None => None,
    };
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let before = sql::get(&mut tx, actor.workplace, id).await?.ok_or_else(gone)?;
    let mut after = before.clone();
    after.draft = after.draft.filter(|_| !edit.discard);
    if let Some(name) = &edit.name {
        after.name = rules::name(name)?;
    }
    if let Some(settings) = settings {
        if settings.weak_until != before.settings.weak_until {
            after.weak_warned_days = None;
        }
        after.settings = settings;
    }
    let mut parts = Parts {
        given: !fresh && (found.is_some() || given.is_some()),
        connection: false,
        address: after.settings.address != before.settings.address,
    };
    let mut keys = None;
    if let Some((given, found)) = found {
        speaks(&before, Protocol::Oidc)?;
        let prepared = before.draft.as_ref().and_then(|draft| draft.oidc.as_ref());
        let known = [prepared, before.oidc.as_ref()];
        let there = found.connection(app, id, given, known.into_iter().flatten())?;
        connected_there(&mut after, there, now);
        parts.connection = !same_there(&before, &after);
        keys = Some(found.keys);
    }
    if let Some((connection, url)) = given {
        speaks(&before, Protocol::Saml)?;
        // The same provider at the address that was tested: its certificates come and go.
        let again = url.is_some() && url == before.metadata_url;
        let same = again
            && before
                .connection
                .as_ref()
                .is_some_and(|old| old.entity_id == connection.entity_id);
        after.metadata_at = url.is_some().then_some(now);
        (after.metadata_url, after.metadata_problem) = (url, None);
        parts.connection = !same && !same_provider(&before, &connection);
        connected(&mut after, connection);
        if same {
            (after.tested_at, after.test) = (before.tested_at, before.test.clone());
        }
    }
    if let Some(domains) = &edit.domains {
        after.domains = checked_domains(&mut tx, &before, domains).await?;
    }
    // One that is given to it may have been answered for by another above it until now.
    let touched: Vec<String> = before.domains.iter().chain(&after.domains).cloned().collect();
    let answered = super::answered(&mut tx, actor.workplace, &touched).await?;
    if after.domains != before.domains {
        sql::put_domains(&mut tx, &after).await?;
    }
    after.on = edit.on.unwrap_or(before.on);
    let stays_on = before.on && after.on;
    if stays_on {
        draft::put_aside(&before, &mut after, parts, now);
    } else if parts.given || parts.address {
        after.draft = None;
    }
    if edit.on == Some(true) {
        may_be_on(&after)?;
    }
    if let Some(keys) = keys.filter(|_| !(stays_on && parts.connection)) {
        sql::put_keys(&mut tx, (actor.workplace, id), &keys, now).await?;
    }
    forget_rounds(&mut tx, (&before, &after)).await?;
    if after != before {
        sql::put(&mut tx, &after).await?;
        still_answered(&mut tx, &before, &answered).await?;
    }
    let changes = changes(&before, &after);
    if !changes.is_empty() {
        log(app, &mut tx, actor, &after, ("update", changes)).await?;
    }
    tx.commit().await?;
    Ok(after)
}

/// What came by a connection that gave way is not to let anybody in, nor to be a test of what is there now.
async fn forget_rounds(tx: &mut Tx, (before, after): (&Provider, &Provider)) -> Result<()> {
    let whose = (after.workplace, after.id);
    if after.connection != before.connection || !same_there(before, after) {
        return sql::forget_rounds(tx, whose).await;
    }
    if after.draft != before.draft {
        sql::forget_tests(tx, whose).await?;
    }
    Ok(())
}

/// Refuses a change of a provider by which none that is on answers any more for one of these domains.
async fn still_answered(tx: &mut Tx, provider: &Provider, before: &[String]) -> Result<()> {
    let still = super::answered(tx, provider.workplace, before).await?;
    let given_up: Vec<String> = before
        .iter()
        .filter(|name| !still.contains(name))
        .cloned()
        .collect();
    sso_required::spare(tx, provider.workplace, &given_up).await
}

/// Only what the provider speaks can be given.
fn speaks(provider: &Provider, protocol: Protocol) -> Result<()> {
    if provider.protocol == protocol {
        return Ok(());
    }
    Err(match provider.protocol {
        Protocol::Saml => Error::invalid(
            "oidc",
            "This identity provider was begun for SAML: give its metadata, or add another one for OpenID Connect.",
        ),
        Protocol::Oidc => Error::invalid(
            "metadata",
            "This identity provider was begun for OpenID Connect: give its issuer, or add another one for SAML.",
        ),
    })
}

/// Whether what comes by one connection to an OpenID provider may count for the other.
fn same_there(before: &Provider, after: &Provider) -> bool {
    let who = |provider: &Provider| {
        let there = provider.oidc.as_ref()?;
        let (issuer, client) = (there.issuer.clone(), there.client_id.clone());
        Some((issuer, client, there.authentication, there.secret.clone()))
    };
    who(before) == who(after)
}

/// A connection to an OpenID provider takes the place of the one before.
pub(super) fn connected_there(provider: &mut Provider, there: oidc::Connection, now: Moment) {
    let before = provider.clone();
    provider.metadata_url = Some(guildhall_wire::oidc::well_known(&there.issuer));
    (provider.metadata_at, provider.metadata_problem) = (Some(now), None);
    provider.oidc = Some(there);
    if !same_there(&before, provider) {
        (provider.tested_at, provider.test) = (None, None);
    }
}

/// Whether a connection leads where the one before does, and only adds certificates.
fn same_provider(provider: &Provider, connection: &Connection) -> bool {
    provider.connection.as_ref().is_some_and(|before| {
        before.entity_id == connection.entity_id
            && before.sign_on_url == connection.sign_on_url
            && before
                .certificates
                .iter()
                .all(|one| connection.certificates.contains(one))
    })
}

/// A connection takes the place of the one before. What was tested was the other, unless only certificates were added.
pub(super) fn connected(provider: &mut Provider, connection: Connection) {
    let same = same_provider(provider, &connection);
    if provider.connection.as_ref() != Some(&connection) {
        provider.warned_days = None;
    }
    if !same {
        (provider.tested_at, provider.test) = (None, None);
    }
    provider.connection = Some(connection);
}

/// The domains by name: each must be proven to be the workplace's own, and answered for by no other provider.
async fn checked_domains(tx: &mut Tx, provider: &Provider, given: &[String]) -> Result<Vec<String>> {
    let mut checked = Vec::new();
    for name in given {
        let name = names::normalise(name)?;
        let shown = names::shown(&name);
        if domains::of_domain(tx, provider.workplace, &name).await? != Standing::Ours {
            return Err(Error::invalid(
                "domains",
                format!("{shown} is not verified for this workplace: verify it under Domains first."),
            ));
        }
        let other = sql::answers_for(tx, provider.workplace, &name).await?;
        if other.is_some_and(|other| other != provider.id) {
            return Err(Error::invalid(
                "domains",
                format!("Another identity provider answers for {shown}: take the domain from it first."),
            ));
        }
        if !checked.contains(&name) {
            checked.push(name);
        }
    }
    checked.sort();
    Ok(checked)
}

fn may_be_on(provider: &Provider) -> Result<()> {
    let (code, message) = if !provider.is_connected() {
        ("not_connected", "Say where the identity provider is first.")
    } else if provider.domains.is_empty() {
        ("no_domains", "Choose the domains that it answers for first.")
    } else if provider.tested_at.is_none() {
        (
            "not_tested",
            "Test it first: a log-in that does not work would keep people out.",
        )
    } else {
        return Ok(());
    };
    Err(Error::Refused {
        code,
        message: message.into(),
    })
}

/// Takes the metadata over again, now.
pub async fn refresh(app: &App, actor: &Actor, id: SsoProviderId) -> Result<Provider> {
    let provider = get(app, actor, id).await?;
    if let Some(there) = &provider.oidc {
        let given = oidc::Given {
            issuer: there.issuer.clone(),
            client_id: there.client_id.clone(),
            client_secret: None,
            authentication: Some(there.authentication),
        };
        let change = Edit {
            oidc: Some(given),
            ..Edit::default()
        };
        return self::change(app, actor, id, &change, true).await;
    }
    let (Some(url), Some(connection)) = (&provider.metadata_url, &provider.connection) else {
        return Err(Error::Refused {
            code: "no_metadata_url",
            message: "Its metadata were not given by an address: paste them again instead.".into(),
        });
    };
    let given = Given::Address {
        url: url.clone(),
        entity_id: Some(connection.entity_id.clone()),
    };
    let change = Edit {
        connection: Some(given),
        ..Edit::default()
    };
    self::change(app, actor, id, &change, true).await
}

/// Removes a provider. Whoever is in by it stays in; what others say of the fields that it filled comes into force.
pub async fn remove(app: &App, actor: &Actor, id: SsoProviderId) -> Result<()> {
    may_change(actor)?;
    access::proven(actor, app.now())?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let provider = sql::get(&mut tx, actor.workplace, id).await?.ok_or_else(gone)?;
    let answered = super::answered(&mut tx, actor.workplace, &provider.domains).await?;
    sql::remove(&mut tx, (actor.workplace, id)).await?;
    still_answered(&mut tx, &provider, &answered).await?;
    log(app, &mut tx, actor, &provider, ("delete", Vec::new())).await?;
    tx.commit().await?;
    let gone = Voice {
        source: Source::Sso,
        of: Some(id.0),
    };
    accounts::release(app, actor, gone).await
}

pub(super) fn changes(before: &Provider, after: &Provider) -> Vec<FieldChange> {
    let of = |provider: &Provider| {
        let connection = provider.connection.as_ref();
        let there = provider.oidc.as_ref();
        let certificates = connection.map(|connection| {
            let all = connection.certificates.iter().map(|one| one.fingerprint.clone());
            all.collect::<Vec<_>>().join(", ")
        });
        let settings = serde_json::to_string(&provider.settings).ok();
        [
            ("name", Some(provider.name.clone())),
            ("on", Some(provider.on.to_string())),
            (
                "entity_id",
                connection.map(|connection| connection.entity_id.clone()),
            ),
            (
                "sign_on_url",
                connection.map(|connection| connection.sign_on_url.clone()),
            ),
            (
                "log_out_url",
                connection.and_then(|connection| connection.log_out_url.clone()),
            ),
            (
                "log_out_binding",
                connection.map(|connection| connection.log_out_binding.as_str().to_owned()),
            ),
            (
                "log_out_answer_url",
                connection.and_then(|connection| connection.log_out_answer_url.clone()),
            ),
            ("certificates", certificates),
            ("issuer", there.map(|there| there.issuer.clone())),
            ("client_id", there.map(|there| there.client_id.clone())),
            (
                "authentication",
                there.map(|there| there.authentication.as_str().to_owned()),
            ),
            // Not itself: that another one was given, and when.
            (
                "client_secret",
                there
                    .and_then(|there| there.secret_at)
                    .map(|at| at.timestamp().to_string()),
            ),
            ("token_url", there.map(|there| there.token_url.clone())),
            ("metadata_url", provider.metadata_url.clone()),
            ("domains", Some(provider.domains.join(", "))),
            ("settings", settings),
            ("prepared", provider.draft.as_ref().map(|draft| draft.told())),
        ]
    };
    let pairs = of(before).into_iter().zip(of(after));
    let changed = pairs.filter(|((_, before), (_, after))| before != after);
    changed
        .map(|((field, before), (_, after))| FieldChange {
            field: field.into(),
            before,
            after,
            was_from: None,
        })
        .collect()
}

pub(super) async fn log(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    provider: &Provider,
    (verb, changes): (&'static str, Vec<FieldChange>),
) -> Result<()> {
    let entry = audit::Entry {
        source: "admin",
        verb,
        subject: audit::Subject {
            kind: "sso_provider",
            id: Some(provider.id.0),
            name: provider.name.clone(),
        },
        run: None,
        changes,
    };
    let now: Moment = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await
}
