use guildhall_core::directory::ldap::Server;
use guildhall_core::directory::rules::Toll;
use guildhall_core::directory::{self, Directory, Look, Settings, Step, Via};
use guildhall_core::{App, Moment};
use guildhall_wire::directory::{Kind, Mapping, Person, Rule};
use guildhall_wire::sheet::Field;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Object, ObjectBuilder};
use uuid::Uuid;

use crate::Failure;

fn kinds() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["active_directory", "open_ldap"]))
        .build()
}

/// How a directory is read, and what becomes of it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectorySettings {
    /// `open_ldap` is OpenLDAP and what speaks alike.
    #[schema(schema_with = kinds)]
    kind: Kind,
    via: Via,
    server: Server,
    /// Only what is below this entry.
    base: String,
    /// Only entries that match; what is usual for the kind if empty.
    #[serde(default)]
    filter: String,
    /// Only who is in this group, or in a group in it.
    group: Option<String>,
    /// The groups below this entry are kept as people sets, which membership rules can use.
    #[serde(default)]
    groups: Option<String>,
    mapping: DirectoryMapping,
    /// Invite at once who is added.
    invite: bool,
    /// After the first time, apply by itself what the brake lets through.
    automatic: bool,
    every_minutes: i64,
    /// How often everybody is read anew, in hours.
    full_hours: i64,
}

/// Which attributes are taken for what.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectoryMapping {
    rules: Vec<DirectoryRule>,
    /// The attribute that holds the name of the manager's entry.
    manager: Option<String>,
    photo: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectoryRule {
    #[schema(value_type = String)]
    field: Field,
    /// Several, with commas between them: the first that holds something.
    attribute: String,
}

impl From<Settings> for DirectorySettings {
    fn from(settings: Settings) -> Self {
        let rule = |rule: Rule| DirectoryRule {
            field: rule.field,
            attribute: rule.attribute,
        };
        Self {
            kind: settings.kind,
            via: settings.via,
            server: settings.server,
            base: settings.base,
            filter: settings.filter,
            group: settings.group,
            groups: settings.groups,
            mapping: DirectoryMapping {
                rules: settings.mapping.rules.into_iter().map(rule).collect(),
                manager: settings.mapping.manager,
                photo: settings.mapping.photo,
            },
            invite: settings.invite,
            automatic: settings.automatic,
            every_minutes: settings.every_minutes,
            full_hours: settings.full_hours,
        }
    }
}

impl From<DirectorySettings> for Settings {
    fn from(settings: DirectorySettings) -> Self {
        let filled = |text: Option<String>| {
            text.map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let rules = settings.mapping.rules.into_iter().map(|rule| Rule {
            field: rule.field,
            attribute: rule.attribute,
        });
        Self {
            kind: settings.kind,
            via: settings.via,
            server: settings.server,
            base: settings.base,
            filter: settings.filter,
            group: settings.group,
            groups: settings.groups,
            mapping: Mapping {
                rules: rules.collect(),
                manager: filled(settings.mapping.manager),
                photo: filled(settings.mapping.photo),
            },
            invite: settings.invite,
            automatic: settings.automatic,
            every_minutes: settings.every_minutes,
            full_hours: settings.full_hours,
        }
    }
}

/// A directory that decides who is here. Its password is never given.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DirectoryView {
    id: Uuid,
    name: String,
    settings: DirectorySettings,
    has_password: bool,
    /// How many people it brought or found.
    people: i64,
    /// When it is read next; absent: only when somebody says so.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    checked_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    full_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    applied_at: Option<Moment>,
    /// Why the last read came to nothing.
    trouble: Option<String>,
    /// Nothing came from its agent for more than a day.
    silent: bool,
    /// How many of its groups are kept as people sets.
    sets: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    groups_at: Option<Moment>,
    /// Why the groups could not be read.
    groups_trouble: Option<String>,
    /// What the brake holds of the groups, until somebody lets it happen or the directory is corrected.
    groups_held: Option<GroupsHeld>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
}

impl DirectoryView {
    pub async fn of(app: &App, directory: Directory) -> Result<Self, Failure> {
        let groups = directory::groups::seen(app, &directory).await?;
        Ok(Self {
            sets: groups.sets,
            groups_at: groups.at,
            groups_trouble: groups.trouble,
            groups_held: groups.held.map(Into::into),
            people: directory::people(&app.db, &directory).await?,
            silent: directory::rules::agent_is_silent(&directory, app.now()),
            id: directory.id.0,
            name: directory.name,
            settings: directory.settings.into(),
            has_password: directory.has_password,
            next_at: directory.next_at,
            checked_at: directory.checked_at,
            full_at: directory.full_at,
            applied_at: directory.applied_at,
            trouble: directory.trouble,
            created_at: directory.created_at,
        })
    }
}

/// What following the groups of a directory would take away.
#[derive(Serialize, utoipa::ToSchema)]
struct GroupsHeld {
    /// Memberships that would end, of people who have not left.
    lost: i64,
    memberships: i64,
    /// Groups that the directory does not have any more.
    gone: i64,
    groups: i64,
    /// The groups that would lose most people.
    worst: Vec<GroupLoss>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct GroupLoss {
    name: String,
    lost: i64,
}

impl From<Toll> for GroupsHeld {
    fn from(toll: Toll) -> Self {
        let worst = toll
            .worst
            .into_iter()
            .map(|(name, lost)| GroupLoss { name, lost });
        Self {
            lost: toll.lost,
            memberships: toll.memberships,
            gone: toll.gone,
            groups: toll.groups,
            worst: worst.collect(),
        }
    }
}

/// What a look at a directory showed.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DirectoryLook {
    /// On the way there, in order. The first that is not done says what to do.
    steps: Vec<Step>,
    /// Some people as the mapping makes them.
    people: Vec<DirectorySample>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct DirectorySample {
    dn: String,
    key: String,
    values: Vec<SampleValue>,
    manager: Option<String>,
    has_photo: bool,
    /// `disabled`, `expired`, `deleted`: they would be deactivated.
    left: Option<String>,
    /// The attributes that the entry has.
    attributes: Vec<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct SampleValue {
    #[schema(value_type = String)]
    field: Field,
    value: String,
}

impl From<Look> for DirectoryLook {
    fn from(look: Look) -> Self {
        Self {
            steps: look.steps,
            people: look.people.into_iter().map(DirectorySample::from).collect(),
        }
    }
}

impl From<(Person, Vec<String>)> for DirectorySample {
    fn from((person, attributes): (Person, Vec<String>)) -> Self {
        let left = person.left.and_then(|left| serde_json::to_value(left).ok());
        Self {
            dn: person.dn,
            key: person.key,
            values: person
                .values
                .into_iter()
                .map(|(field, value)| SampleValue { field, value })
                .collect(),
            manager: person.manager,
            has_photo: person.photo.is_some(),
            left: left.and_then(|left| left.as_str().map(str::to_owned)),
            attributes,
        }
    }
}

/// What fits most directories of a kind.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DirectoryPreset {
    #[schema(schema_with = kinds)]
    kind: Kind,
    filter: &'static str,
    mapping: DirectoryMapping,
    key_attribute: &'static str,
}

impl DirectoryPreset {
    pub fn of(kind: Kind) -> Self {
        let mapping = Mapping::preset(kind);
        Self {
            kind,
            filter: kind.filter(),
            mapping: DirectoryMapping {
                rules: mapping
                    .rules
                    .into_iter()
                    .map(|rule| DirectoryRule {
                        field: rule.field,
                        attribute: rule.attribute,
                    })
                    .collect(),
                manager: mapping.manager,
                photo: mapping.photo,
            },
            key_attribute: kind.key_attribute(),
        }
    }
}
