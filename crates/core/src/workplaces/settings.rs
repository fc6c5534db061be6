use crate::Moment;
use crate::accounts::{Policy, ProfileField as Field, Ranks};
use crate::factors::rules::SecondFactor;
use crate::invite_rules::Quiet;
use crate::joining::{Coworkers, Joining};

/// How a workplace decides.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Settings {
    /// How many days a claim link works.
    pub invite_days: i64,
    /// A run that would deactivate more than this share of the people stops and asks.
    pub brake_percent: i64,
    /// So many may always be deactivated by a run.
    pub brake_minimum: i64,
    /// The name that letters come from; the workplace's own if absent.
    pub mail_from_name: Option<String>,
    /// What people agree to when they claim their account.
    pub terms_url: Option<String>,
    /// The fields that people may edit on their own profile.
    pub owner_fields: Vec<Field>,
    /// Who may join without being invited.
    pub joining: Joining,
    /// What becomes of it when somebody who is no admin invites.
    pub coworkers: Coworkers,
    /// The domains whose people are invited at once where [`Coworkers::Domains`] is set.
    pub coworker_domains: Vec<String>,
    /// What must be known of somebody who asks to be let in.
    pub required_fields: Vec<Field>,
    /// On which days after the invitation somebody is reminded who has not come; none, if empty.
    pub remind_days: Vec<i64>,
    /// From which hour to which nobody is written to unasked, as clocks show where they are.
    pub quiet_from: i64,
    pub quiet_to: i64,
    /// Nor on Saturdays and Sundays.
    pub quiet_weekends: bool,
    /// Who has the word on which field.
    pub ranks: Ranks,
    /// People without an e-mail address may come in, by access codes.
    pub without_email: bool,
    /// So many days after they did people log in again; 0: as long as they come back, for half a year.
    pub log_in_again_days: i64,
    /// Who must show more than a password; and roles besides.
    pub second_factor: SecondFactor,
    pub second_factor_roles: Vec<String>,
    /// So many days they may put it off, from when they are asked or from when they took their account.
    pub second_factor_days: i64,
    /// Since when the workplace asks for it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub second_factor_since: Option<Moment>,
    /// People may have a browser remembered, where no second factor is asked for a while.
    pub remember_devices: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            invite_days: 30,
            brake_percent: 5,
            brake_minimum: 5,
            mail_from_name: None,
            terms_url: None,
            owner_fields: vec![Field::Phone, Field::Photo, Field::Locale, Field::TimeZone],
            joining: Joining::Invited,
            coworkers: Coworkers::Admins,
            coworker_domains: Vec::new(),
            required_fields: Vec::new(),
            remind_days: vec![3, 5],
            quiet_from: 19,
            quiet_to: 8,
            quiet_weekends: false,
            ranks: Ranks::default(),
            without_email: false,
            log_in_again_days: 0,
            second_factor: SecondFactor::Optional,
            second_factor_roles: Vec::new(),
            second_factor_days: 7,
            second_factor_since: None,
            remember_devices: true,
        }
    }
}

impl Settings {
    /// The brake's share in percent, and how many may always go.
    pub fn brake(&self) -> (i64, i64) {
        (self.brake_percent, self.brake_minimum)
    }

    /// When nobody is written to unasked.
    pub fn quiet(&self) -> Quiet {
        Quiet {
            from: self.quiet_from,
            to: self.quiet_to,
            weekends: self.quiet_weekends,
        }
    }

    /// What the rules of accounts need to know of them; where the workplace is, [`super::Workplace::policy`] adds.
    pub fn policy(&self) -> Policy {
        Policy {
            owner_fields: self.owner_fields.clone(),
            time_zone: None,
            ranks: self.ranks.clone(),
            without_email: self.without_email,
        }
    }
}
