use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use guildhall_core::accounts::{ProfileField as Field, Ranks};
use guildhall_core::factors::rules::SecondFactor;
use guildhall_core::ids::WorkplaceId;
use guildhall_core::joining::{Coworkers, Joining};
use guildhall_core::sessions::{self, HowMany};
use guildhall_core::workplaces::{self, Settings, Workplace};
use serde::{Deserialize, Serialize};

use crate::caller::Asker;
use crate::{Failure, Problem, Site};

/// Who may edit a field of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldOwner {
    Admin,
    Owner,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct WorkplaceSettings {
    invite_days: i64,
    brake_percent: i64,
    brake_minimum: i64,
    mail_from_name: Option<String>,
    terms_url: Option<String>,
    field_editing: BTreeMap<String, FieldOwner>,
    /// Who may join without being invited.
    joining: Joining,
    /// What becomes of it when somebody who is no admin invites.
    coworkers: Coworkers,
    /// The domains whose people are invited at once where `coworkers` is `domains`.
    coworker_domains: Vec<String>,
    /// What must be known of somebody who asks to be let in.
    required_fields: Vec<Field>,
    /// On which days after the invitation somebody is reminded who has not come.
    remind_days: Vec<i64>,
    /// From which hour to which nobody is written to unasked, as clocks show where they are; the same twice: never quiet.
    quiet_from: i64,
    quiet_to: i64,
    /// Nor on Saturdays and Sundays.
    quiet_weekends: bool,
    /// Who has the word on which field: the higher rank, among equals the last. What is left out stands as in a new
    /// workplace.
    ranks: Ranks,
    /// People without an e-mail address may come in, by access codes.
    without_email: bool,
    /// So many days after they did people log in again: 1, 3, 7, 14 or 30; 0: as long as they come back, for half a year.
    log_in_again_days: i64,
    /// Who must show more than a password; and roles besides, by their keys.
    second_factor: SecondFactor,
    second_factor_roles: Vec<String>,
    /// So many days they may put it off, from when they are asked or from when they took their account.
    second_factor_days: i64,
    /// People may have a browser remembered, where no second factor is asked for 30 days.
    remember_devices: bool,
}

/// The workplace: how it is called, how it looks, how it decides.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WorkplaceView {
    id: WorkplaceId,
    name: String,
    /// BCP 47.
    locale: String,
    /// IANA.
    time_zone: String,
    /// `#rrggbb`.
    colour: String,
    logo_url: Option<String>,
    settings: WorkplaceSettings,
}

impl From<Workplace> for WorkplaceView {
    fn from(workplace: Workplace) -> Self {
        let policy = workplace.settings.policy();
        let owner = |field: &Field| {
            if policy.owner_may_edit(*field) {
                FieldOwner::Owner
            } else {
                FieldOwner::Admin
            }
        };
        let settings = workplace.settings;
        Self {
            id: workplace.id,
            name: workplace.name,
            locale: workplace.locale,
            time_zone: workplace.time_zone,
            colour: workplace.colour,
            logo_url: workplace
                .logo
                .map(|file| format!("/api/v1/workplace/logo?v={file}")),
            settings: WorkplaceSettings {
                invite_days: settings.invite_days,
                brake_percent: settings.brake_percent,
                brake_minimum: settings.brake_minimum,
                mail_from_name: settings.mail_from_name,
                terms_url: settings.terms_url,
                field_editing: Field::ALL
                    .iter()
                    .map(|field| (field.as_str().to_owned(), owner(field)))
                    .collect(),
                joining: settings.joining,
                coworkers: settings.coworkers,
                coworker_domains: settings.coworker_domains,
                required_fields: settings.required_fields,
                remind_days: settings.remind_days,
                quiet_from: settings.quiet_from,
                quiet_to: settings.quiet_to,
                quiet_weekends: settings.quiet_weekends,
                ranks: settings.ranks,
                without_email: settings.without_email,
                log_in_again_days: settings.log_in_again_days,
                second_factor: settings.second_factor,
                second_factor_roles: settings.second_factor_roles,
                second_factor_days: settings.second_factor_days,
                remember_devices: settings.remember_devices,
            },
        }
    }
}

/// The workplace that you are in.
#[utoipa::path(get, path = "/api/v1/workplace", tag = "workplace", responses(
    (status = 200, description = "The workplace", body = WorkplaceView)
))]
pub async fn read(State(site): State<Site>, asker: Asker) -> Result<Json<WorkplaceView>, Failure> {
    let workplace = workplaces::read(&site.app.db, asker.actor.workplace).await?;
    Ok(Json(workplace.into()))
}

/// What is to be changed; what is left out stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkplaceInput {
    name: Option<String>,
    locale: Option<String>,
    time_zone: Option<String>,
    colour: Option<String>,
    settings: Option<SettingsInput>,
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "null clears a setting, left out it stays")]
struct SettingsInput {
    invite_days: Option<i64>,
    brake_percent: Option<i64>,
    brake_minimum: Option<i64>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    mail_from_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    terms_url: Option<Option<String>>,
    field_editing: Option<BTreeMap<Field, FieldOwner>>,
    joining: Option<Joining>,
    coworkers: Option<Coworkers>,
    coworker_domains: Option<Vec<String>>,
    required_fields: Option<Vec<Field>>,
    remind_days: Option<Vec<i64>>,
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
    quiet_weekends: Option<bool>,
    ranks: Option<Ranks>,
    without_email: Option<bool>,
    log_in_again_days: Option<i64>,
    second_factor: Option<SecondFactor>,
    second_factor_roles: Option<Vec<String>>,
    second_factor_days: Option<i64>,
    remember_devices: Option<bool>,
}

impl SettingsInput {
    fn over(self, mut settings: Settings) -> Settings {
        if let Some(days) = self.invite_days {
            settings.invite_days = days;
        }
        if let Some(percent) = self.brake_percent {
            settings.brake_percent = percent;
        }
        if let Some(minimum) = self.brake_minimum {
            settings.brake_minimum = minimum;
        }
        let text = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
        if let Some(name) = self.mail_from_name {
            settings.mail_from_name = text(name);
        }
        if let Some(url) = self.terms_url {
            settings.terms_url = text(url);
        }
        settings.joining = self.joining.unwrap_or(settings.joining);
        settings.coworkers = self.coworkers.unwrap_or(settings.coworkers);
        settings.without_email = self.without_email.unwrap_or(settings.without_email);
        settings.log_in_again_days = self.log_in_again_days.unwrap_or(settings.log_in_again_days);
        settings.second_factor = self.second_factor.unwrap_or(settings.second_factor);
        settings.second_factor_roles = self.second_factor_roles.unwrap_or(settings.second_factor_roles);
        settings.second_factor_days = self.second_factor_days.unwrap_or(settings.second_factor_days);
        settings.remember_devices = self.remember_devices.unwrap_or(settings.remember_devices);
        if let Some(domains) = self.coworker_domains {
            settings.coworker_domains = domains;
        }
        if let Some(fields) = self.required_fields {
            settings.required_fields = fields;
        }
        if let Some(days) = self.remind_days {
            settings.remind_days = days;
        }
        settings.quiet_from = self.quiet_from.unwrap_or(settings.quiet_from);
        settings.quiet_to = self.quiet_to.unwrap_or(settings.quiet_to);
        settings.quiet_weekends = self.quiet_weekends.unwrap_or(settings.quiet_weekends);
        settings.ranks = self.ranks.unwrap_or(settings.ranks);
        for (field, owner) in self.field_editing.into_iter().flatten() {
            settings.owner_fields.retain(|other| *other != field);
            if owner == FieldOwner::Owner {
                settings.owner_fields.push(field);
            }
        }
        settings.owner_fields.sort_unstable();
        settings
    }
}

/// Changes the workplace.
#[utoipa::path(patch, path = "/api/v1/workplace", tag = "workplace", request_body = WorkplaceInput, responses(
    (status = 200, description = "The workplace as it is now", body = WorkplaceView),
    (status = 409, description = "`prove_yourself`, where it is about how people log in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "It takes workplace.manage", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "What is wrong with which field", body = Problem, content_type = "application/problem+json")
))]
pub async fn edit(
    State(site): State<Site>,
    asker: Asker,
    Json(input): Json<WorkplaceInput>,
) -> Result<Json<WorkplaceView>, Failure> {
    let changed = workplaces::change(&site.app, &asker.actor, |workplace| {
        let set = |place: &mut String, value: Option<String>| {
            if let Some(value) = value {
                *place = value;
            }
        };
        set(&mut workplace.name, input.name);
        set(&mut workplace.locale, input.locale);
        set(&mut workplace.time_zone, input.time_zone);
        set(&mut workplace.colour, input.colour);
        if let Some(settings) = input.settings {
            workplace.settings = settings.over(std::mem::take(&mut workplace.settings));
        }
    })
    .await?;
    Ok(Json(changed.into()))
}

/// How many sessions live besides yours: those that would end.
#[utoipa::path(get, path = "/api/v1/workplace/sessions", tag = "workplace", responses(
    (status = 200, description = "How many, and of how many people", body = HowMany),
    (status = 403, description = "It takes workplace.manage", body = Problem, content_type = "application/problem+json")
))]
pub async fn sessions(State(site): State<Site>, asker: Asker) -> Result<Json<HowMany>, Failure> {
    Ok(Json(
        sessions::how_many(&site.app, &asker.actor, asker.session).await?,
    ))
}

/// Everybody has to log in again, now: every session of the workplace ends but yours.
#[utoipa::path(delete, path = "/api/v1/workplace/sessions", tag = "workplace", responses(
    (status = 200, description = "How many ended, and of how many people", body = HowMany),
    (status = 403, description = "It takes workplace.manage", body = Problem, content_type = "application/problem+json")
))]
pub async fn end_sessions(State(site): State<Site>, asker: Asker) -> Result<Json<HowMany>, Failure> {
    Ok(Json(
        sessions::end_everybodys(&site.app, &asker.actor, asker.session).await?,
    ))
}
