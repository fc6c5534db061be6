use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use guildhall_core::Moment;
use guildhall_core::ids::KioskId;
use guildhall_core::kiosks::{self, Kiosk, phone, rules};
use serde::{Deserialize, Serialize};

use crate::caller::{Asker, Caller};
use crate::{Failure, Problem, Site};

/// A device that many people share.
#[derive(Serialize, utoipa::ToSchema)]
pub struct KioskView {
    id: KioskId,
    name: String,
    /// Where it stands; empty if nobody said so.
    place: String,
    /// After so many seconds without a touch whoever is in is out.
    idle_seconds: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    /// When a device became this kiosk; null while none has.
    #[schema(value_type = Option<String>, format = DateTime)]
    enrolled_at: Option<Moment>,
    /// Until when its link works, if nobody opened it.
    #[schema(value_type = Option<String>, format = DateTime)]
    enrol_until: Option<Moment>,
}

impl From<Kiosk> for KioskView {
    fn from(kiosk: Kiosk) -> Self {
        Self {
            id: kiosk.id,
            name: kiosk.name,
            place: kiosk.place,
            idle_seconds: kiosk.idle_seconds,
            created_at: kiosk.created_at,
            enrolled_at: kiosk.enrolled_at,
            enrol_until: kiosk.enrol_until,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Kiosks {
    items: Vec<KioskView>,
}

/// The shared devices, newest first.
#[utoipa::path(get, path = "/api/v1/kiosks", tag = "kiosks", responses(
    (status = 200, description = "500 at most", body = Kiosks),
    (status = 403, description = "It takes workplace.manage", body = Problem, content_type = "application/problem+json")
))]
pub async fn list(State(site): State<Site>, asker: Asker) -> Result<Json<Kiosks>, Failure> {
    let found = kiosks::list(&site.app, &asker.actor).await?;
    Ok(Json(Kiosks {
        items: found.into_iter().map(Into::into).collect(),
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KioskInput {
    /// What people call it, 60 characters at most.
    name: String,
    /// Where it stands, 120 characters at most: told on the phone of whoever logs in there.
    #[serde(default)]
    place: String,
    /// 30 to 900; 120 if left out.
    idle_seconds: Option<i64>,
}

/// A new kiosk, with the link that makes a device one: shown once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NewKiosk {
    kiosk: KioskView,
    /// To be opened on the device, within an hour.
    link: String,
}

/// Makes a kiosk of a device: open the link on it.
#[utoipa::path(post, path = "/api/v1/kiosks", tag = "kiosks", request_body = KioskInput, responses(
    (status = 201, description = "The kiosk and its link", body = NewKiosk),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn create(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<KioskInput>,
) -> Result<(StatusCode, Json<NewKiosk>), Failure> {
    let idle = input.idle_seconds.unwrap_or(rules::IDLE);
    let (kiosk, secret) = kiosks::create(&site.app, &asker.actor, (&input.name, &input.place), idle).await?;
    let link = format!("{}/kiosk/enrol/{secret}", site.public_url);
    let made = NewKiosk {
        kiosk: kiosk.into(),
        link,
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Ends a kiosk: the device is one no more, and whoever is in on it is out.
#[utoipa::path(delete, path = "/api/v1/kiosks/{id}", tag = "kiosks", params(("id" = KioskId, Path)), responses(
    (status = 204, description = "It is ended"),
    (status = 404, description = "There is no such kiosk", body = Problem, content_type = "application/problem+json")
))]
pub async fn end(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<KioskId>,
) -> Result<StatusCode, Failure> {
    kiosks::end(&site.app, &asker.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The kiosk whose code you scanned, and what it asks.
#[derive(Serialize, utoipa::ToSchema)]
pub struct KioskPass {
    kiosk_name: String,
    /// Where it stands; empty if nobody said so.
    place: String,
    /// One of these stands on its screen.
    numbers: Vec<i64>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Moment,
}

/// What a kiosk asks whose code you scanned: for people who are logged in, not for tokens.
#[utoipa::path(get, path = "/api/v1/kiosk-passes/{token}", tag = "kiosks",
    params(("token" = String, Path, description = "The last part of the link in the QR code")), responses(
    (status = 200, description = "The kiosk and the numbers to choose from", body = KioskPass),
    (status = 409, description = "pass_over, shared_device or other_workplace", body = Problem, content_type = "application/problem+json")
))]
pub async fn scanned(
    State(site): State<Site>,
    caller: Caller,
    Path(token): Path<String>,
) -> Result<Json<KioskPass>, Failure> {
    let (_, kiosk, pass) = phone::scanned(&site.app, &caller.session, &token).await?;
    Ok(Json(KioskPass {
        kiosk_name: kiosk.name,
        place: kiosk.place,
        numbers: pass.numbers.to_vec(),
        expires_at: pass.expires_at,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KioskNumber {
    /// The number on the kiosk's screen; null if you don't stand before it.
    number: Option<i64>,
}

/// Logs you in on the kiosk whose code you scanned, if the number is the one that it shows. Any other voids the code.
#[utoipa::path(post, path = "/api/v1/kiosk-passes/{token}", tag = "kiosks", request_body = KioskNumber,
    params(("token" = String, Path, description = "The last part of the link in the QR code")), responses(
    (status = 204, description = "You are in there within seconds; or, without a number, the code is void"),
    (status = 409, description = "wrong_number, pass_over, shared_device or other_workplace", body = Problem,
        content_type = "application/problem+json")
))]
pub async fn confirm(
    State(site): State<Site>,
    caller: Caller,
    Path(token): Path<String>,
    Json(given): Json<KioskNumber>,
) -> Result<StatusCode, Failure> {
    let answer = (token.as_str(), given.number);
    phone::answer(&site.app, &caller.actor, &caller.session, answer).await?;
    Ok(StatusCode::NO_CONTENT)
}
