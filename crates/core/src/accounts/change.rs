use std::collections::BTreeMap;

use super::claims::{Ranks, Scales};
use super::put;
use super::types::{Account, AccountState, Origin, ProfileField, Source, Voice};
use crate::audit::FieldChange;
use crate::domains::Standing;
use crate::ids::{AccountId, RunId};

/// New values of some fields; `None` clears one.
pub type Patch = Vec<(ProfileField, Option<String>)>;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Make the account, or bring the existing one to these values. `invite` at once if it was not invited.
    Provision {
        patch: Patch,
        invite: bool,
        role: Option<String>,
    },
    Update {
        patch: Patch,
    },
    Invite {
        message: Option<String>,
    },
    Remind {
        message: Option<String>,
    },
    /// Take the invitation back: the link is dead, the person is uninvited again.
    Revoke,
    /// The person takes the account. The proof (a link, a code, single sign-on) was checked by the caller.
    Claim {
        patch: Patch,
    },
    /// The person comes by themselves: makes the account, or takes the one that is prepared. That they may, and that
    /// the address is theirs, was checked by the caller.
    Join {
        patch: Patch,
    },
    /// Back from claimed to invited: must claim again.
    Unclaim,
    Deactivate,
    Reactivate,
    /// The source no longer knows the person: never claimed, the account is removed; else it is deactivated.
    Withdraw,
    /// Strip the personal data of one that is deactivated.
    Strip,
    Delete,
    SetRole {
        role: String,
    },
    /// A field is kept by this source from now on, whatever its rank; by whoever stands highest, if none is named.
    HandOver {
        field: ProfileField,
        to: Option<Voice>,
    },
    /// Whether the person is here, which an admin had decided by hand, is the sources' to say again.
    HandBack,
    /// Nobody speaks through this source any more: what others say comes into force.
    Release {
        gone: Voice,
    },
    /// Give a person without an e-mail address an access code, in place of any older: to claim the account, or to get
    /// back in. The code itself is made by [`crate::codes`] when the plan is applied.
    GiveCode,
}

impl Verb {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Provision { .. } => "provision",
            Self::Update { .. } => "update",
            Self::Invite { .. } => "invite",
            Self::Remind { .. } => "remind",
            Self::Revoke => "revoke",
            Self::Claim { .. } => "claim",
            Self::Join { .. } => "join",
            Self::Unclaim => "unclaim",
            Self::Deactivate => "deactivate",
            Self::Reactivate => "reactivate",
            Self::Withdraw => "withdraw",
            Self::Strip => "strip",
            Self::Delete => "delete",
            Self::SetRole { .. } => "set_role",
            Self::HandOver { .. } => "hand_over",
            Self::HandBack => "hand_back",
            Self::Release { .. } => "source_gone",
            Self::GiveCode => "give_code",
        }
    }

    pub fn patch(&self) -> Option<&Patch> {
        match self {
            Self::Provision { patch, .. }
            | Self::Update { patch }
            | Self::Claim { patch }
            | Self::Join { patch } => Some(patch),
            _ => None,
        }
    }
}

/// A source asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub source: Source,
    /// Which connector or directory, where there may be several.
    pub of: Option<uuid::Uuid>,
    pub verb: Verb,
    /// The run it belongs to, so that a run can be undone.
    pub run: Option<RunId>,
    /// Its values come from [`super::normalise`] and are not looked at again.
    pub canonical: bool,
    /// Who is said to have given these fields their values, instead of the source: an undo gives them back. `None`: nobody
    /// had.
    pub origins: BTreeMap<ProfileField, Option<Origin>>,
}

impl Change {
    pub fn new(source: Source, verb: Verb) -> Self {
        Self {
            source,
            of: None,
            verb,
            run: None,
            canonical: false,
            origins: BTreeMap::new(),
        }
    }

    /// Who says so.
    pub fn voice(&self) -> Voice {
        Voice {
            source: self.source,
            of: self.of,
        }
    }

    /// The values that the change may bring into force: those it gives, and those that are kept and take the place of what
    /// it gives back.
    pub fn values<'a>(
        &'a self,
        existing: Option<&'a Account>,
        scales: Scales<'_>,
    ) -> Vec<(ProfileField, &'a str)> {
        let mut values = Vec::new();
        for (field, value) in self.verb.patch().into_iter().flatten() {
            match (value, existing) {
                (Some(value), _) => values.push((*field, value.trim())),
                (None, Some(account)) if scales.gives_back(account, *field, self.voice()) => {
                    let heir = scales.heir(account, *field, self.voice());
                    values.extend(heir.map(|(_, kept)| (*field, kept.value.as_str())));
                }
                (None, _) => {}
            }
        }
        if let Some(account) = existing {
            match &self.verb {
                Verb::HandOver { field, .. } => {
                    let kept = put::handed_value(account, *field, &self.verb, scales);
                    values.extend(kept.map(|value| (*field, value)));
                }
                Verb::Release { gone } => {
                    for field in ProfileField::ALL {
                        let owner = account.origins.get(field).map(Origin::voice);
                        if let Some(owner) = owner.filter(|owner| owner.same(*gone)) {
                            let heir = scales.heir(account, *field, owner);
                            values.extend(heir.map(|(_, kept)| (*field, kept.value.as_str())));
                        }
                    }
                }
                _ => {}
            }
        }
        values
    }
}

/// What the rules need to know of the rest of the workplace.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Another account that holds the e-mail, or the employee id, that is asked for.
    pub email_holder: Option<AccountId>,
    pub employee_holder: Option<AccountId>,
    /// The manager asked for, then that person's manager, and so on up. Empty: there is no such person.
    pub manager_chain: Vec<AccountId>,
    /// Other system admins who are claimed, and others who are claimed or invited.
    pub other_admins_claimed: i64,
    pub other_admins: i64,
    /// Whether the role that is asked for exists.
    pub role_exists: bool,
    /// What the address that the account would have is to this workplace.
    pub standing: Standing,
    /// Somebody works on another person, who is in with an address at this domain, and it is not proven to be this
    /// workplace's: then what makes a person known is that person's own to change.
    pub identity_locked: Option<String>,
    /// Those through whom nobody speaks any more.
    pub absent: Vec<Voice>,
    /// What the connectors and directories are called.
    pub names: BTreeMap<uuid::Uuid, String>,
}

/// How the workplace decides.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The fields that a person may edit on their own profile.
    pub owner_fields: Vec<ProfileField>,
    /// Where the workplace is, for those who have no time zone of their own; UTC, if absent.
    pub time_zone: Option<String>,
    /// Who has the word on which field.
    pub ranks: Ranks,
    /// People without an e-mail address may come in, by access codes.
    pub without_email: bool,
}

impl Policy {
    pub fn scales<'a>(&'a self, absent: &'a [Voice]) -> Scales<'a> {
        Scales {
            ranks: &self.ranks,
            own: &self.owner_fields,
            absent,
        }
    }

    /// E-mail and employee id are never the owner's to edit, whatever the workplace has set.
    pub fn owner_may_edit(&self, field: ProfileField) -> bool {
        use ProfileField as F;
        !matches!(field, F::Email | F::EmployeeId | F::LoginMethod | F::Frontline)
            && self.owner_fields.contains(&field)
    }
}

/// What became of it, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Created,
    Updated,
    Invited,
    Reminded,
    Revoked,
    Claimed,
    CodeGiven,
    Unclaimed,
    Deactivated,
    Reactivated,
    Stripped,
    Deleted,
    Unchanged,
}

/// A letter that the change causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    Invitation { message: Option<String> },
    Reminder { message: Option<String> },
}

/// What ends with the change, besides the row itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    pub sessions: bool,
    /// Claim links, reset links and mail that waits.
    pub links: bool,
    pub password: bool,
    /// Memberships and all else: the account is deleted.
    pub everything: bool,
}

/// What a change would do. Applied, or only shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub action: Action,
    pub source: Source,
    pub verb: &'static str,
    pub run: Option<RunId>,
    pub before: Option<Account>,
    /// `None`: deleted.
    pub after: Option<Account>,
    pub changes: Vec<FieldChange>,
    pub ends: Ends,
    pub letter: Option<Letter>,
    /// Sentences on what was not done, such as a value that was kept.
    pub notes: Vec<String>,
}

impl Plan {
    pub fn is_unchanged(&self) -> bool {
        self.action == Action::Unchanged
    }
    /// The account it is about.
    pub fn account(&self) -> Option<&Account> {
        self.after.as_ref().or(self.before.as_ref())
    }
    /// What the audit log says of it.
    pub fn audit_entry(&self) -> Option<crate::audit::Entry> {
        self.entry_with(self.changes.clone())
    }

    /// [`Plan::audit_entry`] for a plan whose changes nobody asks for any more.
    pub(super) fn take_audit_entry(&mut self) -> Option<crate::audit::Entry> {
        let changes = std::mem::take(&mut self.changes);
        self.entry_with(changes)
    }

    fn entry_with(&self, changes: Vec<FieldChange>) -> Option<crate::audit::Entry> {
        let account = self.account()?;
        Some(crate::audit::Entry {
            source: self.source.as_str(),
            verb: self.verb,
            subject: crate::audit::Subject {
                kind: "account",
                id: Some(account.id.0),
                name: account.name(),
            },
            run: self.run,
            changes,
        })
    }
    pub fn state_before(&self) -> Option<AccountState> {
        self.before.as_ref().map(|account| account.state)
    }
}

/// Why the rules say no: a stable code and a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub code: &'static str,
    /// The field at fault, if it is one.
    pub field: Option<ProfileField>,
    pub message: String,
}

impl From<Refusal> for crate::Error {
    fn from(refusal: Refusal) -> Self {
        match refusal.field {
            Some(field) if refusal.code == "invalid" => Self::invalid(field.as_str(), refusal.message),
            _ => Self::Refused {
                code: refusal.code,
                message: refusal.message,
            },
        }
    }
}
