//! The second step of a log-in, and the log-in by a passkey, for programs and for the scripts of the log-in pages.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use guildhall_core::access::{self, Entered, LoggedIn, Need, SetsUp, Shows, Waiting};
use guildhall_core::factors::{self, Challenge, Given};
use guildhall_core::{Error, Moment};
use serde::{Deserialize, Serialize};

use super::me::Me;
use crate::caller::{Place, admit, step_cookie, step_of};
use crate::problem::PROBLEM_JSON;
use crate::{Failure, Problem, Site};

/// What somebody is to do whose password was right.
#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum StepNeed {
    /// Show a second factor.
    Show,
    /// Set one up.
    SetUp,
}

/// The second step of a log-in. The ticket for it is in a cookie, for ten minutes.
#[derive(Serialize, utoipa::ToSchema)]
pub struct StepView {
    need: StepNeed,
    workplace: String,
    /// Six digits of an app may be shown.
    totp: bool,
    /// One of so many passkeys may be shown.
    passkeys: i64,
    /// One of so many recovery codes may be shown.
    recovery_codes: i64,
    /// This browser may be remembered, where none is asked for a while.
    may_remember: bool,
    /// Until then setting one up may be put off; null: it may not.
    #[schema(value_type = Option<String>, format = DateTime)]
    later: Option<Moment>,
}

impl From<Waiting> for StepView {
    fn from(waiting: Waiting) -> Self {
        let (need, later) = match waiting.need {
            Need::Second => (StepNeed::Show, None),
            Need::Enrol { later } => (StepNeed::SetUp, later),
        };
        Self {
            need,
            later,
            workplace: waiting.workplace.name,
            totp: waiting.factors.totp,
            passkeys: waiting.factors.passkeys,
            recovery_codes: waiting.factors.recovery_codes,
            may_remember: waiting.workplace.settings.remember_devices,
        }
    }
}

/// The password is right, and there is more to show: go on at `/api/v1/sessions/step` with the cookie.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NextStep {
    #[serde(flatten)]
    problem: Problem,
    step: StepView,
}

/// Answers whoever has shown their password: they are in, or have more to show.
pub async fn entered(site: &Site, place: &Place, entered: Entered) -> Result<Response, Failure> {
    let ticket = match entered {
        Entered::In(entered) => return came(site, place, &entered).await,
        Entered::Step(ticket) => ticket,
    };
    let step = StepView::from(access::waiting(&site.app, &ticket).await?);
    let (code, detail) = match step.need {
        StepNeed::Show => (
            "second_factor",
            "Your password is right: show your second factor at /api/v1/sessions/step.",
        ),
        StepNeed::SetUp => (
            "second_factor_missing",
            "Your password is right: set a second factor up at /api/v1/sessions/step/factor.",
        ),
    };
    let asked = NextStep {
        problem: Problem::new(StatusCode::CONFLICT, code, detail),
        step,
    };
    let headers = AppendHeaders([step_cookie(site, &ticket)]);
    let kind = [(header::CONTENT_TYPE, PROBLEM_JSON)];
    Ok((StatusCode::CONFLICT, kind, headers, Json(asked)).into_response())
}

async fn came(site: &Site, place: &Place, entered: &LoggedIn) -> Result<Response, Failure> {
    let me = Me::entered(site, entered).await?;
    Ok((StatusCode::CREATED, admit(site, place, entered).await?, Json(me)).into_response())
}

fn ticket(site: &Site, headers: &HeaderMap) -> Result<String, Failure> {
    step_of(site, headers).ok_or_else(|| {
        Failure(Error::Refused {
            code: "too_late",
            message: "There is no log-in that waits for a second step: log in first.".into(),
        })
    })
}

/// A question for a passkey.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChallengeView {
    /// To be given back with the answer.
    round: String,
    /// `publicKey` for `navigator.credentials`, as JSON (WebAuthn Level 3).
    #[schema(value_type = Object)]
    options: serde_json::Value,
}

impl From<Challenge> for ChallengeView {
    fn from(challenge: Challenge) -> Self {
        Self {
            round: challenge.round,
            options: challenge.options,
        }
    }
}

/// The answer of a passkey.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyGiven {
    round: String,
    /// As `PublicKeyCredential.toJSON()` gives it.
    #[schema(value_type = Object)]
    credential: serde_json::Value,
}

impl From<PasskeyGiven> for Given {
    fn from(given: PasskeyGiven) -> Self {
        Self {
            round: given.round,
            credential: given.credential,
        }
    }
}

/// How the question is asked.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HowAsked {
    /// A page asks by itself, before anybody has pressed anything (conditional mediation): fewer such questions may be open.
    #[serde(default)]
    quiet: bool,
}

/// The question by which anybody logs in with a passkey.
#[utoipa::path(post, path = "/api/v1/sessions/passkey/challenge", tag = "sessions", security(()), params(HowAsked), responses(
    (status = 200, description = "What to ask the browser", body = ChallengeView),
    (status = 409, description = "`no_passkeys`: browsers make none for this address; `wait`", body = Problem, content_type = "application/problem+json")
))]
pub async fn passkey_challenge(
    State(site): State<Site>,
    place: Place,
    Query(how): Query<HowAsked>,
) -> Result<Json<ChallengeView>, Failure> {
    let asked = factors::challenge_anybody(&site.app, &site.public_url, place.address, how.quiet).await?;
    Ok(Json(asked.into()))
}

/// Logs in with a passkey alone.
#[utoipa::path(post, path = "/api/v1/sessions/passkey", tag = "sessions", security(()), request_body = PasskeyGiven, responses(
    (status = 201, description = "You are in; the session is in the cookie", body = Me),
    (status = 409, description = "`wrong_passkey`, `use_sso`, `no_passkeys`", body = Problem, content_type = "application/problem+json")
))]
pub async fn log_in_by_passkey(
    State(site): State<Site>,
    place: Place,
    Json(given): Json<PasskeyGiven>,
) -> Result<Response, Failure> {
    let given = given.into();
    let entered = access::log_in_by_passkey(&site.app, &site.public_url, &given, place.origin()).await?;
    came(&site, &place, &entered).await
}

/// What is asked of you before you are in.
#[utoipa::path(get, path = "/api/v1/sessions/step", tag = "sessions", security(()), responses(
    (status = 200, description = "What to show or to set up", body = StepView),
    (status = 409, description = "`too_late`: log in first", body = Problem, content_type = "application/problem+json")
))]
pub async fn step(State(site): State<Site>, headers: HeaderMap) -> Result<Json<StepView>, Failure> {
    let waiting = access::waiting(&site.app, &ticket(&site, &headers)?).await?;
    Ok(Json(waiting.into()))
}

/// What is shown: a code, or the answer of a passkey.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepShown {
    /// Six digits or a recovery code.
    code: Option<String>,
    passkey: Option<PasskeyGiven>,
    /// Ask for none in this browser for 30 days, if the workplace lets it.
    #[serde(default)]
    remember: bool,
}

/// Shows a second factor.
#[utoipa::path(post, path = "/api/v1/sessions/step", tag = "sessions", security(()), request_body = StepShown, responses(
    (status = 201, description = "You are in; the session is in the cookie", body = Me),
    (status = 409, description = "`wrong_code`, `wrong_passkey`; `wait` after too many tries; `too_late`; `not_asked`", body = Problem, content_type = "application/problem+json")
))]
pub async fn show(
    State(site): State<Site>,
    place: Place,
    headers: HeaderMap,
    Json(shown): Json<StepShown>,
) -> Result<Response, Failure> {
    let ticket = ticket(&site, &headers)?;
    let given = shown.passkey.map(Given::from);
    let code = shown.code.unwrap_or_default();
    let shows = match &given {
        Some(given) => Shows::Passkey(&site.public_url, given),
        None => Shows::Code(&code),
    };
    let entered = access::show_second(&site.app, &ticket, &shows, shown.remember, place.origin()).await?;
    let mut cookies = admit(&site, &place, &entered).await?;
    cookies.0.push(step_cookie(&site, ""));
    let me = Me::entered(&site, &entered).await?;
    Ok((StatusCode::CREATED, cookies, Json(me)).into_response())
}

/// The question to one of your passkeys; or that for a new one, where you are to set one up.
#[utoipa::path(post, path = "/api/v1/sessions/step/challenge", tag = "sessions", security(()), responses(
    (status = 200, description = "What to ask the browser", body = ChallengeView),
    (status = 409, description = "`no_passkeys`, `no_passkey`, `too_late`", body = Problem, content_type = "application/problem+json")
))]
pub async fn challenge(State(site): State<Site>, headers: HeaderMap) -> Result<Json<ChallengeView>, Failure> {
    let ticket = ticket(&site, &headers)?;
    let asked = access::challenge_second(&site.app, &site.public_url, &ticket).await?;
    Ok(Json(asked.into()))
}

/// A secret for an authenticator app.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FreshApp {
    /// Base32, to be typed in.
    secret: String,
    /// `otpauth://`, to be scanned.
    uri: String,
    /// The same as a QR code, in SVG.
    qr: Option<String>,
    /// To be given back with the six digits.
    setup: String,
}

impl From<factors::Fresh> for FreshApp {
    fn from(fresh: factors::Fresh) -> Self {
        Self {
            qr: guildhall_wire::cards::svg(&fresh.uri),
            secret: fresh.secret,
            uri: fresh.uri,
            setup: fresh.setup,
        }
    }
}

/// A secret for your authenticator app, where you are to set a second factor up.
#[utoipa::path(post, path = "/api/v1/sessions/step/app", tag = "sessions", security(()), responses(
    (status = 200, description = "The secret", body = FreshApp),
    (status = 409, description = "`not_asked`, `too_late`", body = Problem, content_type = "application/problem+json")
))]
pub async fn app(State(site): State<Site>, headers: HeaderMap) -> Result<Json<FreshApp>, Failure> {
    let ticket = ticket(&site, &headers)?;
    Ok(Json(access::fresh_second(&site.app, &ticket, None).await?.into()))
}

/// What is set up: an app by its `setup` and six digits, or a passkey; or nothing yet.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSetUp {
    #[serde(default)]
    setup: String,
    #[serde(default)]
    code: String,
    passkey: Option<PasskeyGiven>,
    /// Put it off, while that is allowed.
    #[serde(default)]
    later: bool,
}

/// You are in, and have recovery codes.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SetUpDone {
    me: Me,
    /// Shown this once; empty, if you had some.
    recovery_codes: Vec<String>,
}

/// Sets a second factor up, or puts it off.
#[utoipa::path(post, path = "/api/v1/sessions/step/factor", tag = "sessions", security(()), request_body = StepSetUp, responses(
    (status = 201, description = "You are in; the session is in the cookie", body = SetUpDone),
    (status = 409, description = "`not_asked`, `too_late`, `wrong_passkey`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn set_up(
    State(site): State<Site>,
    place: Place,
    headers: HeaderMap,
    Json(given): Json<StepSetUp>,
) -> Result<Response, Failure> {
    let ticket = ticket(&site, &headers)?;
    let made = given.passkey.map(Given::from);
    let sets_up = match &made {
        Some(made) => SetsUp::Passkey(&site.public_url, made),
        None if given.later => SetsUp::Later,
        None => SetsUp::App {
            setup: &given.setup,
            code: &given.code,
        },
    };
    let (entered, recovery_codes) =
        access::set_second_up(&site.app, &ticket, &sets_up, place.origin()).await?;
    let mut cookies = admit(&site, &place, &entered).await?;
    cookies.0.push(step_cookie(&site, ""));
    let done = SetUpDone {
        me: Me::entered(&site, &entered).await?,
        recovery_codes,
    };
    Ok((StatusCode::CREATED, cookies, Json(done)).into_response())
}
