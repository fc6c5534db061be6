use std::collections::BTreeMap;

use super::claims::Claims;
use crate::ids::{AccountId, FileId, WorkplaceId};
use crate::words::words;
use crate::{Moment, fold};

words! {
    /// Where an account is in its life.
    AccountState { Uninvited = "uninvited", Invited = "invited", Claimed = "claimed", Deactivated = "deactivated" }
}

impl AccountState {
    /// Everybody may know that the person is here: not of those who are prepared, nor of those who have left.
    pub fn is_known(self) -> bool {
        matches!(self, Self::Claimed | Self::Invited)
    }
}

words! {
    /// Who says so.
    Source { Admin = "admin", File = "file", Scim = "scim", Directory = "directory", Sso = "sso", SelfService = "self",
        Api = "api" }
}

words! {
    /// What a profile holds. Each field remembers its source.
    ProfileField { GivenName = "given_name", MiddleName = "middle_name", FamilyName = "family_name",
        DisplayName = "display_name", Email = "email", EmployeeId = "employee_id", Phone = "phone", Title = "title",
        Department = "department", Division = "division", Organization = "organization", CostCenter = "cost_center",
        Location = "location", Locale = "locale", TimeZone = "time_zone", Manager = "manager",
        StartDate = "start_date", EndDate = "end_date", Frontline = "frontline", LoginMethod = "login_method",
        Photo = "photo" }
}

impl ProfileField {
    pub const COUNT: usize = Self::ALL.len();

    /// Whether it tells who a person is and how to reach them, wherever they work.
    pub fn is_identity(self) -> bool {
        matches!(
            self,
            Self::GivenName
                | Self::MiddleName
                | Self::FamilyName
                | Self::DisplayName
                | Self::Email
                | Self::Phone
                | Self::Photo
        )
    }
}

/// The values of a profile as canonical text: dates ISO 8601, `frontline` "true" or absent, `manager` and `photo`
/// the ids they point to. Absent is absent, never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile([Option<String>; ProfileField::COUNT]);

impl Profile {
    pub fn get(&self, field: ProfileField) -> Option<&str> {
        self.0[field as usize].as_deref()
    }
    pub fn set(&mut self, field: ProfileField, value: Option<String>) {
        self.0[field as usize] = value.filter(|value| !value.is_empty());
    }
    pub fn manager(&self) -> Option<AccountId> {
        self.get(ProfileField::Manager)?.parse().ok()
    }
    pub fn photo(&self) -> Option<FileId> {
        self.get(ProfileField::Photo)?.parse().ok()
    }
    pub fn email_key(&self) -> Option<String> {
        self.get(ProfileField::Email).map(fold::key)
    }
    pub fn employee_key(&self) -> Option<String> {
        self.get(ProfileField::EmployeeId).map(fold::key)
    }

    pub fn phone_key(&self) -> Option<String> {
        self.get(ProfileField::Phone).map(fold::phone_key)
    }

    /// What people see: the display name, or made from the name parts, the e-mail or the employee id.
    pub fn shown_name(&self) -> String {
        use ProfileField as F;
        if let Some(name) = self.get(F::DisplayName) {
            return name.to_owned();
        }
        let parts: Vec<&str> = [F::GivenName, F::MiddleName, F::FamilyName]
            .into_iter()
            .filter_map(|field| self.get(field))
            .collect();
        if !parts.is_empty() {
            return parts.join(" ");
        }
        let email = self.get(F::Email).and_then(|email| email.split('@').next());
        email
            .or(self.get(F::EmployeeId))
            .unwrap_or("Without a name")
            .to_owned()
    }
}

/// Who speaks: a source and, where there may be several of one kind, which connector or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Voice {
    pub source: Source,
    /// Absent: nobody knows which of them, or there is only one.
    pub of: Option<uuid::Uuid>,
}

impl Voice {
    pub fn as_str(self) -> &'static str {
        self.source.as_str()
    }

    /// Whether both may be the same one. What was said before connectors were told apart is the word of any of its kind.
    pub fn same(self, other: Self) -> bool {
        self.source == other.source && (self.of == other.of || self.of.is_none() || other.of.is_none())
    }
}

impl From<Source> for Voice {
    fn from(source: Source) -> Self {
        Self { source, of: None }
    }
}

/// Who gave a field its value, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Origin {
    pub source: Source,
    /// Which connector or directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<uuid::Uuid>,
    pub at: Moment,
}

impl Origin {
    pub fn new(voice: Voice, at: Moment) -> Self {
        Self {
            source: voice.source,
            of: voice.of,
            at,
        }
    }

    pub fn voice(&self) -> Voice {
        Voice {
            source: self.source,
            of: self.of,
        }
    }
}

/// One person in one workplace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub workplace: WorkplaceId,
    pub state: AccountState,
    /// The state it comes back to when it is reactivated.
    pub resting_state: Option<AccountState>,
    /// Which source deactivated it.
    pub ended_by: Option<Source>,
    /// Its personal data was stripped: "Former member".
    pub former: bool,
    /// The key of its role.
    pub role: String,
    pub profile: Profile,
    pub origins: BTreeMap<ProfileField, Origin>,
    /// What other sources say, and to whom fields were handed.
    pub claims: Claims,
    pub created_source: Source,
    pub created_at: Moment,
    pub updated_at: Moment,
    pub invited_at: Option<Moment>,
    pub claimed_at: Option<Moment>,
    pub deactivated_at: Option<Moment>,
    pub version: i64,
}

/// The role of everyone who has no other.
pub const MEMBER: &str = "member";
/// The role that may do all, and of which one must remain.
pub const SYSTEM_ADMIN: &str = "system_admin";
/// How a person is shown whose personal data was stripped.
pub const FORMER_MEMBER: &str = "Former member";

impl Account {
    /// Who deactivated it.
    pub fn ended_by_voice(&self) -> Option<Voice> {
        let of = self.claims.ended_of;
        self.ended_by.map(|source| Voice { source, of })
    }

    /// Everybody who has something to say of the person.
    pub fn voices(&self) -> std::collections::BTreeSet<Voice> {
        let owners = self.origins.values().map(Origin::voice);
        let kept = self.claims.kept.keys().map(|(_, voice)| *voice);
        owners.chain(kept).chain(self.ended_by_voice()).collect()
    }

    /// Who of its kind manages the account: whoever has the word on what makes the person known.
    pub fn managed_by(&self, kind: Source) -> Option<Voice> {
        use ProfileField as F;
        [
            F::Email,
            F::EmployeeId,
            F::DisplayName,
            F::FamilyName,
            F::GivenName,
        ]
        .into_iter()
        .filter_map(|field| Some(self.origins.get(&field)?.voice()))
        .find(|voice| voice.source == kind)
    }

    pub fn name(&self) -> String {
        if self.former {
            FORMER_MEMBER.to_owned()
        } else {
            self.profile.shown_name()
        }
    }
    pub fn is_system_admin(&self) -> bool {
        self.role == SYSTEM_ADMIN
    }
}
