//! By what you show who you are besides your password; what an admin sees and takes away of others' factors.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::access::{self, Proof, Shows};
use guildhall_core::devices::{self, Remembered};
use guildhall_core::factors::{self, All, Given, Passkey, Passkeys, rules};
use guildhall_core::ids::{AccountId, DeviceId, PasskeyId};
use guildhall_core::{Moment, roles, sso, workplaces};
use serde::{Deserialize, Serialize};

use super::second::{ChallengeView, FreshApp, PasskeyGiven};
use crate::caller::{Asker, Caller, Place};
use crate::{Failure, Problem, Site};

/// A passkey.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PasskeyView {
    id: PasskeyId,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Moment>,
}

impl From<Passkey> for PasskeyView {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
        }
    }
}

/// An authenticator app.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TotpView {
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Moment>,
}

/// The factors of a person, without any secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FactorsView {
    passkeys: Vec<PasskeyView>,
    /// The authenticator app; null: none is set up.
    totp: Option<TotpView>,
    /// How many recovery codes are not used yet.
    recovery_codes: i64,
}

impl From<All> for FactorsView {
    fn from(all: All) -> Self {
        Self {
            passkeys: all.passkeys.into_iter().map(Into::into).collect(),
            totp: all.totp.map(|totp| TotpView {
                created_at: totp.created_at,
                last_used_at: totp.last_used_at,
            }),
            recovery_codes: all.recovery_codes,
        }
    }
}

/// A browser where no second factor is asked of you for a while.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DeviceView {
    id: DeviceId,
    browser: String,
    device: String,
    network: String,
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Moment,
    #[schema(value_type = String, format = DateTime)]
    until: Moment,
}

impl From<Remembered> for DeviceView {
    fn from(device: Remembered) -> Self {
        Self {
            id: device.id,
            browser: device.browser,
            device: device.system,
            network: device.network,
            last_seen_at: device.last_seen_at,
            until: device.until,
        }
    }
}

/// How you log in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MyFactors {
    #[serde(flatten)]
    factors: FactorsView,
    has_password: bool,
    /// You can log in by single sign-on.
    single_sign_on: bool,
    devices: Vec<DeviceView>,
    /// Your workplace asks you for a second factor.
    asked: bool,
    /// Until then you may put it off, if you have none.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Moment>,
    /// Why there can be no passkeys here; null: there can.
    no_passkeys: Option<String>,
}

/// How you log in: passkeys, authenticator app, recovery codes, and where no second factor is asked.
#[utoipa::path(get, path = "/api/v1/me/factors", tag = "me", responses(
    (status = 200, description = "Your factors", body = MyFactors),
    (status = 401, description = "You are not in", body = Problem, content_type = "application/problem+json")
))]
pub async fn mine(State(site): State<Site>, caller: Caller) -> Result<Json<MyFactors>, Failure> {
    let (app, account) = (&site.app, &caller.account);
    let mut tx = app.db.snapshot().await.map_err(guildhall_core::Error::from)?;
    let all = factors::all(&mut tx, account.workplace, account.id).await?;
    let settings = workplaces::read(&mut tx, account.workplace).await?.settings;
    let may = roles::permissions_of(&mut tx, account.workplace, &account.role).await?;
    let has_password = access::has_password(&mut tx, account.workplace, account.id).await?;
    let single_sign_on = sso::way_of(&mut tx, account).await?.is_some();
    drop(tx);
    let asked = rules::asked(&settings, &account.role, &may);
    let devices = devices::list(app, account).await?;
    Ok(Json(MyFactors {
        factors: all.into(),
        has_password,
        single_sign_on,
        devices: devices.into_iter().map(Into::into).collect(),
        asked,
        until: asked.then(|| rules::until(&settings, account.claimed_at)),
        no_passkeys: Passkeys::of(&site.public_url).err().map(|why| why.to_string()),
    }))
}

/// Recovery codes, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Codes {
    /// Empty, if you have some already.
    recovery_codes: Vec<String>,
}

/// Begins to set an authenticator app up.
#[utoipa::path(post, path = "/api/v1/me/factors/app", tag = "me", responses(
    (status = 200, description = "The secret; nothing is kept until you show that the app works", body = FreshApp),
    (status = 409, description = "`prove_yourself`, `totp_there`", body = Problem, content_type = "application/problem+json")
))]
pub async fn begin_app(State(site): State<Site>, caller: Caller) -> Result<Json<FreshApp>, Failure> {
    let fresh = factors::begin_totp(&site.app, &caller.actor, &caller.account).await?;
    Ok(Json(fresh.into()))
}

/// Six digits of the app that is being set up.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppShown {
    setup: String,
    code: String,
}

/// Ends setting it up.
#[utoipa::path(put, path = "/api/v1/me/factors/app", tag = "me", request_body = AppShown, responses(
    (status = 200, description = "It is a second factor now", body = Codes),
    (status = 409, description = "`prove_yourself`, `totp_there`, `too_late`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The six digits are wrong", body = Problem, content_type = "application/problem+json")
))]
pub async fn confirm_app(
    State(site): State<Site>,
    caller: Caller,
    Json(shown): Json<AppShown>,
) -> Result<Json<Codes>, Failure> {
    let pair = (shown.setup.as_str(), shown.code.as_str());
    let recovery_codes = factors::confirm_totp(&site.app, &caller.actor, &caller.account, pair).await?;
    Ok(Json(Codes { recovery_codes }))
}

/// Removes your authenticator app.
#[utoipa::path(delete, path = "/api/v1/me/factors/app", tag = "me", responses(
    (status = 204, description = "It is removed"),
    (status = 409, description = "`prove_yourself`, `second_factor_needed`", body = Problem, content_type = "application/problem+json")
))]
pub async fn remove_app(State(site): State<Site>, caller: Caller) -> Result<StatusCode, Failure> {
    factors::remove_totp(&site.app, &caller.actor, &caller.account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new recovery codes, in place of those that you have.
#[utoipa::path(post, path = "/api/v1/me/recovery-codes", tag = "me", responses(
    (status = 200, description = "The codes, shown this once", body = Codes),
    (status = 409, description = "`prove_yourself`, `no_second_factor`", body = Problem, content_type = "application/problem+json")
))]
pub async fn new_codes(State(site): State<Site>, caller: Caller) -> Result<Json<Codes>, Failure> {
    let recovery_codes = factors::new_codes(&site.app, &caller.actor, &caller.account).await?;
    Ok(Json(Codes { recovery_codes }))
}

/// Begins to add a passkey.
#[utoipa::path(post, path = "/api/v1/me/passkeys/challenge", tag = "me", responses(
    (status = 200, description = "What to ask the browser", body = ChallengeView),
    (status = 409, description = "`prove_yourself`, `no_passkeys`, `too_many`", body = Problem, content_type = "application/problem+json")
))]
pub async fn begin_passkey(State(site): State<Site>, caller: Caller) -> Result<Json<ChallengeView>, Failure> {
    let (app, url) = (&site.app, site.public_url.as_str());
    let asked = factors::begin_passkey(app, url, &caller.actor, &caller.account).await?;
    Ok(Json(asked.into()))
}

/// The passkey that the browser made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    passkey: PasskeyGiven,
    /// Left out: the browser and the system.
    #[serde(default)]
    name: String,
}

/// The passkey is kept.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PasskeyAdded {
    passkey: PasskeyView,
    /// Shown this once; empty, if you have some already.
    recovery_codes: Vec<String>,
}

/// Adds a passkey.
#[utoipa::path(post, path = "/api/v1/me/passkeys", tag = "me", request_body = NewPasskey, responses(
    (status = 201, description = "You can log in by it now", body = PasskeyAdded),
    (status = 409, description = "`prove_yourself`, `wrong_passkey`, `no_passkeys`", body = Problem, content_type = "application/problem+json")
))]
pub async fn add_passkey(
    State(site): State<Site>,
    caller: Caller,
    place: Place,
    Json(new): Json<NewPasskey>,
) -> Result<(StatusCode, Json<PasskeyAdded>), Failure> {
    let given = Given::from(new.passkey);
    let who = (&caller.actor, &caller.account);
    let made = (&given, new.name.as_str(), place.origin().user_agent);
    let (passkey, recovery_codes) = factors::add_passkey(&site.app, &site.public_url, who, made).await?;
    let added = PasskeyAdded {
        passkey: passkey.into(),
        recovery_codes,
    };
    Ok((StatusCode::CREATED, Json(added)))
}

/// Another name for it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyName {
    name: String,
}

/// Gives a passkey of yours another name.
#[utoipa::path(patch, path = "/api/v1/me/passkeys/{id}", tag = "me", params(("id" = PasskeyId, Path)), request_body = PasskeyName, responses(
    (status = 204, description = "It is called that now"),
    (status = 404, description = "You have no such passkey", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It needs a name", body = Problem, content_type = "application/problem+json")
))]
pub async fn rename_passkey(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<PasskeyId>,
    Json(named): Json<PasskeyName>,
) -> Result<StatusCode, Failure> {
    factors::rename_passkey(&site.app, &caller.account, id, &named.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a passkey of yours.
#[utoipa::path(delete, path = "/api/v1/me/passkeys/{id}", tag = "me", params(("id" = PasskeyId, Path)), responses(
    (status = 204, description = "Nobody logs in by it any more"),
    (status = 404, description = "You have no such passkey", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`prove_yourself`, `second_factor_needed`", body = Problem, content_type = "application/problem+json")
))]
pub async fn remove_passkey(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<PasskeyId>,
) -> Result<StatusCode, Failure> {
    factors::remove_passkey(&site.app, &caller.actor, &caller.account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for your second factor there again.
#[utoipa::path(delete, path = "/api/v1/me/devices/{id}", tag = "me", params(("id" = DeviceId, Path)), responses(
    (status = 204, description = "It is not remembered any more"),
    (status = 404, description = "You have no such device", body = Problem, content_type = "application/problem+json")
))]
pub async fn forget_device(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, Failure> {
    devices::forget_one(&site.app, &caller.account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The question to one of your passkeys, to show that it is you.
#[utoipa::path(post, path = "/api/v1/me/proof/challenge", tag = "me", responses(
    (status = 200, description = "What to ask the browser", body = ChallengeView),
    (status = 409, description = "`no_passkeys`, `no_passkey`", body = Problem, content_type = "application/problem+json")
))]
pub async fn proof_challenge(
    State(site): State<Site>,
    caller: Caller,
) -> Result<Json<ChallengeView>, Failure> {
    let asked = access::challenge_own(&site.app, &site.public_url, &caller.account).await?;
    Ok(Json(asked.into()))
}

/// By what you show that it is you: one of these.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofGiven {
    password: Option<String>,
    /// Six digits or a recovery code.
    code: Option<String>,
    passkey: Option<PasskeyGiven>,
}

/// Shows that it is you: for 15 minutes you may do what is dangerous. A log-in does the same.
#[utoipa::path(post, path = "/api/v1/me/proof", tag = "me", request_body = ProofGiven, responses(
    (status = 204, description = "It is you"),
    (status = 409, description = "`wait` after too many tries; `wrong_passkey`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn prove(
    State(site): State<Site>,
    caller: Caller,
    place: Place,
    Json(given): Json<ProofGiven>,
) -> Result<StatusCode, Failure> {
    let passkey = given.passkey.map(Given::from);
    let code = given.code.unwrap_or_default();
    let proof = match (&given.password, &passkey) {
        (_, Some(passkey)) => Proof::Factor(Shows::Passkey(&site.public_url, passkey)),
        (Some(password), None) => Proof::Password(password),
        (None, None) => Proof::Factor(Shows::Code(&code)),
    };
    let who = (&caller.account, &caller.session);
    access::prove(&site.app, &site.hasher, who, &proof, place.origin()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which second factors the person has.
#[utoipa::path(get, path = "/api/v1/people/{id}/factors", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 200, description = "Their factors, without any secret", body = FactorsView)
))]
pub async fn seen(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<Json<FactorsView>, Failure> {
    Ok(Json(factors::seen(&site.app, &asker.actor, id).await?.into()))
}

/// Takes all second factors of the person away, who has lost them. They are told by mail.
#[utoipa::path(delete, path = "/api/v1/people/{id}/factors", tag = "people", params(("id" = AccountId, Path)), responses(
    (status = 204, description = "They log in with their password alone, or set new ones up"),
    (status = 403, description = "It takes people.deactivate, and all that the person may", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`prove_yourself`, `no_second_factor`, `break_glass`", body = Problem, content_type = "application/problem+json")
))]
pub async fn remove_all(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<AccountId>,
) -> Result<StatusCode, Failure> {
    factors::remove_all(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
