//! Ids: UUIDv7 newtypes, so that one kind can't be taken for another.

use uuid::Uuid;

use crate::{Entropy, Moment};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize,
            serde::Deserialize, sqlx::Type, utoipa::ToSchema)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            pub fn new(entropy: &Entropy, now: Moment) -> Self {
                Self(entropy.id(now))
            }

            /// For `id = ANY($n)`.
            pub fn list(ids: &[Self]) -> guildhall_store::Value {
                ids.iter().map(|id| id.0).collect::<Vec<Uuid>>().into()
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
        impl From<$name> for guildhall_store::Value {
            fn from(id: $name) -> Self {
                Self::from(id.0)
            }
        }
    )*};
}

ids! {
    /// One organisation's community, the tenant.
    WorkplaceId;
    /// One person in one workplace.
    AccountId;
    SessionId;
    AuditEventId;
    SignalId;
    FileId;
    /// One run of a source, such as an import.
    RunId;
    GroupId;
    /// Somebody who would like to be in a group.
    GroupRequestId;
    TokenId;
    JobId;
    InvitationId;
    /// A rule that invites.
    InviteRuleId;
    /// One letter in the outbox.
    LetterId;
    ResetId;
    /// A directory that decides who is here.
    DirectoryId;
    /// One identity provider that a workplace is connected to.
    ConnectorId;
    /// One set of people that a directory keeps.
    SetId;
    /// Somebody who would come.
    RequestId;
    JoinLinkId;
    /// An access code.
    CodeId;
    /// A device that many people share.
    KioskId;
    OpeningId;
    /// A link that shows whose an address is.
    ProofId;
    /// An e-mail domain of a workplace.
    DomainId;
    /// One time that somebody left.
    LeavingId;
    LeavingEndId;
    /// One attempt to come in.
    SignInId;
    /// An identity provider by which people log in.
    SsoProviderId;
    /// One log-in that an identity provider was asked for.
    SsoRoundId;
    PasskeyId;
    /// A browser by which somebody came in before.
    DeviceId;
}
