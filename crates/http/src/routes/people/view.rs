//! People as the API shows them.

use std::collections::BTreeMap;

use guildhall_core::accounts::people::{self, Doing, Named};
use guildhall_core::accounts::{
    self, Account, AccountState, Patch, ProfileField as Field, Scales, Source, Voice,
};
use guildhall_core::ids::{AccountId, FileId};
use guildhall_core::invitations::{self, Invitation, InvitationState};
use guildhall_core::workplaces::Settings;
use guildhall_core::{Actor, Moment, Permission, access, codes, roles, supervisors};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::routes::codes::CodeFacts;
use crate::{Failure, Site};

/// A person in passing.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PersonLite {
    pub id: AccountId,
    pub display_name: String,
    pub photo_url: Option<String>,
}

/// Where the person's photo is read. The address changes with the photo.
pub fn photo_url(id: AccountId, photo: Option<FileId>) -> Option<String> {
    photo.map(|file| format!("/api/v1/people/{id}/photo?v={file}"))
}

impl From<Named> for PersonLite {
    fn from(named: Named) -> Self {
        Self {
            photo_url: photo_url(named.id, named.photo),
            id: named.id,
            display_name: named.display_name,
        }
    }
}

/// A person in a list of the admin panel.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PersonRow {
    id: AccountId,
    display_name: String,
    photo_url: Option<String>,
    email: Option<String>,
    employee_id: Option<String>,
    title: Option<String>,
    department: Option<String>,
    location: Option<String>,
    state: AccountState,
    /// The key of their role.
    role: String,
    created_source: Source,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    invited_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    claimed_at: Option<Moment>,
}

impl PersonRow {
    pub fn of(account: &Account) -> Self {
        let get = |field| account.profile.get(field).map(str::to_owned);
        Self {
            id: account.id,
            display_name: account.name(),
            photo_url: photo_url(account.id, account.profile.photo()),
            email: get(Field::Email),
            employee_id: get(Field::EmployeeId),
            title: get(Field::Title),
            department: get(Field::Department),
            location: get(Field::Location),
            state: account.state,
            role: account.role.clone(),
            created_source: account.created_source,
            created_at: account.created_at,
            invited_at: account.invited_at,
            claimed_at: account.claimed_at,
        }
    }
}

/// Who gave a field its value, and whether you may change it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FieldFacts {
    source: Source,
    /// Which connector or directory, where it is known.
    of: Option<Uuid>,
    /// What that is called; absent where it is not connected any more.
    name: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Moment>,
    editable: bool,
    note: Option<String>,
    /// It was handed to this source, whatever its rank.
    handed: bool,
    /// What other sources say, which is kept and not used.
    kept: Vec<KeptFacts>,
}

/// What a source says of a field on which another has the word.
#[derive(Serialize, utoipa::ToSchema)]
pub struct KeptFacts {
    source: Source,
    /// Which connector or directory, where it is known.
    of: Option<Uuid>,
    name: Option<String>,
    /// As it is shown: a manager by name.
    value: String,
    #[schema(value_type = String, format = DateTime)]
    at: Moment,
}

/// How far the person's invitation has come.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InvitationFacts {
    state: InvitationState,
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    visited_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    bounced_at: Option<Moment>,
    bounce_reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Moment,
    reminders: i64,
}

impl From<Invitation> for InvitationFacts {
    fn from(invitation: Invitation) -> Self {
        Self {
            state: invitation.state,
            sent_at: invitation.sent_at,
            visited_at: invitation.visited_at,
            bounced_at: invitation.bounced_at,
            bounce_reason: invitation.bounce_reason,
            expires_at: invitation.expires_at,
            reminders: invitation.reminders,
        }
    }
}

/// How a person gets in.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum LoginMethod {
    Password,
    Sso,
    Both,
}

/// A person with everything.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Person {
    #[serde(flatten)]
    row: PersonRow,
    given_name: Option<String>,
    middle_name: Option<String>,
    family_name: Option<String>,
    phone: Option<String>,
    division: Option<String>,
    organization: Option<String>,
    cost_center: Option<String>,
    /// BCP 47.
    locale: Option<String>,
    /// IANA.
    time_zone: Option<String>,
    manager: Option<PersonLite>,
    start_date: Option<String>,
    end_date: Option<String>,
    frontline: bool,
    login_method: LoginMethod,
    #[schema(value_type = Option<String>, format = DateTime)]
    deactivated_at: Option<Moment>,
    /// Which source deactivated them.
    ended_by: Option<Source>,
    /// Sources that would have them here, while an admin keeps them deactivated.
    wanted_by: Vec<Source>,
    /// Their personal data was removed for good.
    former: bool,
    reports_count: i64,
    /// Give it back with a change: it is refused if somebody else was quicker.
    version: i64,
    fields: BTreeMap<String, FieldFacts>,
    invitation: Option<InvitationFacts>,
    /// Their newest access code, where they have no e-mail address.
    access_code: Option<CodeFacts>,
    /// What they may log in with besides.
    username: Option<String>,
    /// The locations whose people they look after, if their role lets them.
    supervises: Vec<String>,
    /// What you can do to the person now.
    actions: Vec<Doing>,
    /// Why you can't change them at all, and who can.
    locked: Option<String>,
}

/// Who looks at a person: an admin, or the person at themselves.
pub enum Looks<'a> {
    Admin(&'a Actor),
    Owner(&'a Settings),
}

impl Person {
    pub async fn of(site: &Site, account: &Account, looks: Looks<'_>) -> Result<Self, Failure> {
        let db = &site.app.db;
        let (workplace, id) = (account.workplace, account.id);
        let manager = match account.profile.manager() {
            Some(manager) => accounts::named(db, workplace, &[manager]).await?.pop(),
            None => None,
        };
        let reports = accounts::with_reports(db, workplace, &[id], true).await?;
        let invitation = invitations::of_account(db, workplace, id).await?;
        let code = codes::newest(&site.app, db, workplace, &[id]).await?.remove(&id);
        let username = access::username(db, (workplace, id)).await?;
        let get = |field| account.profile.get(field).map(str::to_owned);
        let weighing = people::weighing(db, account).await?;
        let scales = weighing.policy.scales(&weighing.absent);
        let kept_managers: Vec<AccountId> = account
            .claims
            .of(Field::Manager)
            .filter_map(|(_, kept)| kept.value.parse().ok())
            .collect();
        let names = accounts::named(db, workplace, &kept_managers).await?;
        let beyond = match looks {
            Looks::Admin(actor) => {
                let theirs = roles::permissions_of(db, workplace, &account.role).await?;
                people::beyond(&actor.permissions, &theirs, account)
            }
            Looks::Owner(..) => None,
        };
        let locked = beyond.map(|refusal| refusal.message);
        let actions = match looks {
            Looks::Admin(actor) if locked.is_none() => people::possible(actor, account),
            _ => Vec::new(),
        };
        Ok(Self {
            row: PersonRow::of(account),
            given_name: get(Field::GivenName),
            middle_name: get(Field::MiddleName),
            family_name: get(Field::FamilyName),
            phone: get(Field::Phone),
            division: get(Field::Division),
            organization: get(Field::Organization),
            cost_center: get(Field::CostCenter),
            locale: get(Field::Locale),
            time_zone: get(Field::TimeZone),
            manager: manager.map(Into::into),
            start_date: get(Field::StartDate),
            end_date: get(Field::EndDate),
            frontline: account.profile.get(Field::Frontline).is_some(),
            login_method: match account.profile.get(Field::LoginMethod) {
                Some("sso") => LoginMethod::Sso,
                Some("password") => LoginMethod::Password,
                // Where nobody has said so, either way is open.
                _ => LoginMethod::Both,
            },
            deactivated_at: account.deactivated_at,
            ended_by: account.ended_by,
            wanted_by: account.claims.present.keys().map(|voice| voice.source).collect(),
            former: account.former,
            reports_count: reports.first().map_or(0, |named| named.reports),
            version: account.version,
            fields: facts(
                account,
                (&looks, locked.is_some()),
                (scales, &weighing.names),
                &names,
            ),
            invitation: invitation.map(Into::into),
            access_code: code.map(Into::into),
            username,
            supervises: supervisors::locations(db, workplace, id).await?,
            actions,
            locked,
        })
    }
}

fn facts(
    account: &Account,
    (looks, locked): (&Looks<'_>, bool),
    (scales, called): (Scales<'_>, &BTreeMap<Uuid, String>),
    names: &[Named],
) -> BTreeMap<String, FieldFacts> {
    let outranked = |field: &Field| {
        let source = match looks {
            Looks::Admin(actor) => people::source(actor),
            Looks::Owner(..) => Source::SelfService,
        };
        scales.outranked(account, *field, source)
    };
    let editable = |field: &Field| match looks {
        _ if locked || outranked(field).is_some() => false,
        Looks::Admin(actor) => !account.former && actor.may(Permission::PeopleWrite),
        Looks::Owner(settings) => settings.policy().owner_may_edit(*field),
    };
    let name = |voice: Voice| called.get(&voice.of?).cloned();
    let kept = |field: &Field| {
        let shown = |value: &str| {
            let person = names.iter().find(|named| named.id.to_string() == value);
            person.map_or_else(|| value.to_owned(), |named| named.display_name.clone())
        };
        let kept = account.claims.of(*field);
        kept.map(|(voice, kept)| KeptFacts {
            source: voice.source,
            of: voice.of,
            name: name(voice),
            value: shown(&kept.value),
            at: kept.at,
        })
        .collect()
    };
    let note = |field: &Field| match looks {
        Looks::Admin(..) => outranked(field).map(|owner| {
            let who = accounts::voice_in_words(owner, called);
            format!("Here {who} has the word: take the field over to change it.")
        }),
        Looks::Owner(..) if !editable(field) => {
            Some("Your organisation keeps this: ask an admin to change it.".to_owned())
        }
        Looks::Owner(..) => None,
    };
    Field::ALL
        .iter()
        .map(|field| {
            let origin = account.origins.get(field);
            let facts = FieldFacts {
                source: origin.map_or(account.created_source, |origin| origin.source),
                of: origin.and_then(|origin| origin.of),
                name: origin.and_then(|origin| name(origin.voice())),
                at: origin.map(|origin| origin.at),
                editable: editable(field),
                note: note(field),
                handed: account.claims.handed.contains_key(field),
                kept: kept(field),
            };
            (field.as_str().to_owned(), facts)
        })
        .collect()
}

/// What a form sends: a field that is left out stays, null clears it.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "null clears a field, left out it stays")]
pub struct PersonInput {
    #[serde(default, deserialize_with = "crate::given::or_null")]
    given_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    middle_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    family_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    display_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    employee_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    title: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    department: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    division: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    organization: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    cost_center: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    location: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    locale: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    manager_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    start_date: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    end_date: Option<Option<String>>,
    #[serde(default, deserialize_with = "crate::given::or_null")]
    login_method: Option<Option<String>>,
    frontline: Option<bool>,
    /// Only when a person is added: invite them at once.
    #[serde(default)]
    pub invite: bool,
    /// Only when a person is changed: what you saw.
    #[serde(default)]
    pub version: Option<i64>,
}

impl PersonInput {
    pub fn patch(self) -> Patch {
        let frontline = self
            .frontline
            .map(|yes| Some(if yes { "true".to_owned() } else { String::new() }));
        [
            (Field::GivenName, self.given_name),
            (Field::MiddleName, self.middle_name),
            (Field::FamilyName, self.family_name),
            (Field::DisplayName, self.display_name),
            (Field::Email, self.email),
            (Field::EmployeeId, self.employee_id),
            (Field::Phone, self.phone),
            (Field::Title, self.title),
            (Field::Department, self.department),
            (Field::Division, self.division),
            (Field::Organization, self.organization),
            (Field::CostCenter, self.cost_center),
            (Field::Location, self.location),
            (Field::Locale, self.locale),
            (Field::TimeZone, self.time_zone),
            (Field::Manager, self.manager_id),
            (Field::StartDate, self.start_date),
            (Field::EndDate, self.end_date),
            (Field::LoginMethod, self.login_method),
            (Field::Frontline, frontline),
        ]
        .into_iter()
        .filter_map(|(field, value)| {
            value.map(|value| (field, value.filter(|value| !value.trim().is_empty())))
        })
        .collect()
    }
}
