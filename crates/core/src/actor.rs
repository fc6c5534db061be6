use std::collections::BTreeSet;

use crate::ids::{AccountId, WorkplaceId};

/// What a role or an API token may do in the admin panel. One vocabulary for both.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
pub enum Permission {
    #[serde(rename = "people.read")]
    PeopleRead,
    #[serde(rename = "people.write")]
    PeopleWrite,
    #[serde(rename = "people.invite")]
    PeopleInvite,
    #[serde(rename = "people.deactivate")]
    PeopleDeactivate,
    #[serde(rename = "people.delete")]
    PeopleDelete,
    #[serde(rename = "people.import")]
    PeopleImport,
    #[serde(rename = "people.supervise")]
    PeopleSupervise,
    #[serde(rename = "groups.manage")]
    GroupsManage,
    #[serde(rename = "roles.manage")]
    RolesManage,
    #[serde(rename = "audit.read")]
    AuditRead,
    #[serde(rename = "workplace.manage")]
    WorkplaceManage,
    #[serde(rename = "outbox.read")]
    OutboxRead,
    #[serde(rename = "tokens.manage")]
    TokensManage,
    #[serde(rename = "insights.read")]
    InsightsRead,
    #[serde(rename = "content.moderate")]
    ContentModerate,
    #[serde(rename = "connectors.manage")]
    ConnectorsManage,
    #[serde(rename = "scim")]
    Scim,
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    Account(AccountId),
    Token(uuid::Uuid),
    /// An identity provider, through its connector.
    Connector(crate::ids::ConnectorId),
    CommandLine,
    System,
}

impl ActorKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Token(_) => "token",
            Self::Connector(_) => "connector",
            Self::CommandLine => "command_line",
            Self::System => "system",
        }
    }
    pub fn id(self) -> Option<uuid::Uuid> {
        match self {
            Self::Account(id) => Some(id.0),
            Self::Token(id) => Some(id),
            Self::Connector(id) => Some(id.0),
            Self::CommandLine | Self::System => None,
        }
    }
}

/// Who acts, in which workplace, and what they may do. Made once a request; passed on, never ambient.
#[derive(Clone, Debug)]
pub struct Actor {
    pub workplace: WorkplaceId,
    pub kind: ActorKind,
    pub name: String,
    pub permissions: BTreeSet<Permission>,
    pub request_id: Option<String>,
    /// When the person behind a session last showed who they are; none where no session acts.
    pub proved_at: Option<crate::Moment>,
}

impl Actor {
    /// The command line: whoever may read the data folder may do all.
    pub fn command_line(workplace: WorkplaceId) -> Self {
        Self {
            workplace,
            kind: ActorKind::CommandLine,
            name: "Command line".into(),
            permissions: Permission::ALL.into_iter().collect(),
            request_id: None,
            proved_at: None,
        }
    }

    /// The program itself, for what it was told to keep doing: it may do all, and the log says in whose name.
    pub fn system(workplace: WorkplaceId, name: &str) -> Self {
        Self {
            kind: ActorKind::System,
            name: name.to_owned(),
            ..Self::command_line(workplace)
        }
    }

    /// A person who is in, with what a built-in role may do; a role of the workplace's own is looked up by
    /// [`crate::roles::permissions_of`].
    pub fn person(account: &crate::accounts::Account, request_id: Option<String>) -> Self {
        let permissions = crate::roles::rules::built_in(&account.role).unwrap_or_default();
        Self {
            workplace: account.workplace,
            kind: ActorKind::Account(account.id),
            name: account.name(),
            permissions,
            request_id,
            proved_at: None,
        }
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Refuses with a sentence unless the actor has the permission.
    pub fn need(&self, permission: Permission) -> crate::Result<()> {
        if self.may(permission) {
            return Ok(());
        }
        Err(crate::Error::Forbidden(format!(
            "This needs the permission \"{}\". Ask a system admin for a role that has it.",
            permission.as_str()
        )))
    }

    pub fn account(&self) -> Option<AccountId> {
        match self.kind {
            ActorKind::Account(id) => Some(id),
            _ => None,
        }
    }
}

impl Permission {
    pub const ALL: [Self; 17] = [
        Self::PeopleRead,
        Self::PeopleWrite,
        Self::PeopleInvite,
        Self::PeopleDeactivate,
        Self::PeopleDelete,
        Self::PeopleImport,
        Self::PeopleSupervise,
        Self::GroupsManage,
        Self::RolesManage,
        Self::AuditRead,
        Self::WorkplaceManage,
        Self::OutboxRead,
        Self::TokensManage,
        Self::InsightsRead,
        Self::ContentModerate,
        Self::ConnectorsManage,
        Self::Scim,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::PeopleRead => "people.read",
            Self::PeopleWrite => "people.write",
            Self::PeopleInvite => "people.invite",
            Self::PeopleDeactivate => "people.deactivate",
            Self::PeopleDelete => "people.delete",
            Self::PeopleImport => "people.import",
            Self::PeopleSupervise => "people.supervise",
            Self::GroupsManage => "groups.manage",
            Self::RolesManage => "roles.manage",
            Self::AuditRead => "audit.read",
            Self::WorkplaceManage => "workplace.manage",
            Self::OutboxRead => "outbox.read",
            Self::TokensManage => "tokens.manage",
            Self::InsightsRead => "insights.read",
            Self::ContentModerate => "content.moderate",
            Self::ConnectorsManage => "connectors.manage",
            Self::Scim => "scim",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text)
    }
}
