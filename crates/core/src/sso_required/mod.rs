//! "Require single sign-on": whom it governs, who keeps a way round it, and what it would mean before it is switched on.

mod admin;
mod preview;
pub mod rules;
mod sql;
mod tell;

use guildhall_store::Tx;

use crate::accounts::{Account, ProfileField as Field};
use crate::domains::names;
use crate::ids::{AccountId, GroupId, WorkplaceId};
use crate::words::words;
use crate::{Error, Moment, Result, access, accounts, factors, groups};

pub use admin::{Given, Shown, set, show, spare};
pub use preview::{Listed, Preview, people, preview};
pub(crate) use tell::announce;
pub use tell::work;

words! {
    /// Whom a workplace requires single sign-on of.
    Reach { Off = "off", Domains = "domains", Groups = "groups", Everyone = "everyone" }
}

words! {
    /// What the requirement means for somebody.
    SsoVerdict {
        /// The domain of their address is not verified.
        DomainNotVerified = "domain_not_verified",
        /// No identity provider answers for it.
        NoProvider = "no_provider",
        /// The one that does is switched off.
        ProviderOff = "provider_off",
        /// They have no address: they go on with what they have, and are not governed.
        NoEmail = "no_email",
        /// A system admin who keeps a way in.
        BreakGlass = "break_glass",
        /// They could come in, and never did by an identity provider.
        NotYet = "not_yet",
        /// They came in by an identity provider before.
        Ready = "ready",
    }
}

impl SsoVerdict {
    /// They could not come in any more.
    pub fn locks_out(self) -> bool {
        matches!(
            self,
            Self::DomainNotVerified | Self::NoProvider | Self::ProviderOff
        )
    }
}

/// Whom single sign-on is required of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub reach: Reach,
    /// With those below them.
    pub domains: Vec<String>,
    pub groups: Vec<GroupId>,
    /// System admins who may log in past single sign-on: with a passkey, or a password and a second factor.
    pub break_glass: Vec<AccountId>,
}

impl Requirement {
    fn off() -> Self {
        Self {
            reach: Reach::Off,
            domains: Vec::new(),
            groups: Vec::new(),
            break_glass: Vec::new(),
        }
    }
}

/// What a system admin could log in by, if no identity provider answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdminWay {
    pub id: AccountId,
    /// The requirement reaches them.
    pub governed: bool,
    /// They are chosen to keep a way in.
    pub chosen: bool,
    /// They have a passkey, or a password and a second factor.
    pub strong: bool,
    pub password: bool,
}

impl AdminWay {
    pub fn keeps_way(&self) -> bool {
        if self.governed {
            self.chosen && self.strong
        } else {
            self.strong || self.password
        }
    }
}

/// What the requirement says of somebody who is in or about to take their account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub required: bool,
    /// They may come in past it all the same: chosen for that, and with more than a password.
    pub break_glass: bool,
}

/// See [`Standing`].
pub(crate) async fn standing(tx: &mut Tx, account: &Account) -> Result<Standing> {
    let Some(kept) = sql::get(&mut *tx, account.workplace).await? else {
        return Ok(Standing::default());
    };
    let requirement = kept.requirement;
    let domain = account.profile.get(Field::Email).and_then(names::of_address);
    let in_group = requirement.reach == Reach::Groups
        && !groups::among(tx, account.workplace, (&requirement.groups, &[account.id]))
            .await?
            .is_empty();
    let required = rules::governs(&requirement, domain.as_deref(), in_group);
    let chosen = required && account.is_system_admin() && requirement.break_glass.contains(&account.id);
    Ok(Standing {
        required,
        break_glass: chosen && factors::of(tx, account.workplace, account.id).await?.strong(),
    })
}

/// What would become of a system admin's way in past single sign-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss<'a> {
    /// They would be no system admin any more, or not be in.
    All,
    /// They would have no second factor.
    Factors,
    /// They would have this address; none, if it is empty.
    Address(&'a str),
}

/// Refuses what somebody does of their own will, where too few system admins could come in afterwards without an identity
/// provider, and single sign-on is required.
///
/// # Errors
/// `break_glass`.
pub(crate) async fn keep_ways(tx: &mut Tx, account: &Account, loss: Loss<'_>) -> Result<()> {
    if !account.is_system_admin() {
        return Ok(());
    }
    let Some(Kept { requirement, .. }) = sql::get(&mut *tx, account.workplace).await? else {
        return Ok(());
    };
    let ways = admins(tx, account.workplace, &requirement).await?;
    let mut ways: Vec<AdminWay> = ways.into_iter().map(|(_, way)| way).collect();
    let Some(place) = ways.iter().position(|way| way.id == account.id) else {
        return Ok(());
    };
    let mut own = ways.swap_remove(place);
    let after = match loss {
        Loss::All => None,
        Loss::Factors => {
            // Asked before as well as after they are gone.
            own.strong = true;
            Some(AdminWay { strong: false, ..own })
        }
        Loss::Address(email) => {
            let in_group = requirement.reach == Reach::Groups && own.governed;
            let domain = names::of_address(email);
            let governed = rules::governs(&requirement, domain.as_deref(), in_group);
            Some(AdminWay { governed, ..own })
        }
    };
    rules::may_lose(&requirement, (own, after), &ways, &account.name())
}

/// Whether somebody who has shown who they are without an identity provider may come in; true, if that is past the
/// requirement.
///
/// # Errors
/// `use_sso`, `sso_required`.
pub(crate) async fn gate(tx: &mut Tx, account: &Account) -> Result<bool> {
    let standing = standing(tx, account).await?;
    if standing.required && !standing.break_glass {
        access::may_have_password(tx, account).await?;
        return Err(Error::Internal("single sign-on is required, and was not".into()));
    }
    Ok(standing.required)
}

/// What each system admin who is in could log in by.
async fn admins(
    tx: &mut Tx,
    workplace: WorkplaceId,
    requirement: &Requirement,
) -> Result<Vec<(Account, AdminWay)>> {
    let admins = accounts::with_roles(tx, workplace, &[accounts::SYSTEM_ADMIN.to_owned()]).await?;
    let ids: Vec<AccountId> = admins.iter().map(|admin| admin.id).collect();
    let inside = match requirement.reach {
        Reach::Groups => groups::among(tx, workplace, (&requirement.groups, &ids)).await?,
        _ => Vec::new(),
    };
    let strong = factors::strong_admins(tx, workplace).await?;
    let mut found = Vec::with_capacity(admins.len());
    for admin in admins {
        let domain = admin.profile.get(Field::Email).and_then(names::of_address);
        let way = AdminWay {
            id: admin.id,
            governed: rules::governs(requirement, domain.as_deref(), inside.contains(&admin.id)),
            chosen: requirement.break_glass.contains(&admin.id),
            strong: strong.contains(&admin.id),
            password: access::has_password(&mut *tx, workplace, admin.id).await?,
        };
        found.push((admin, way));
    }
    Ok(found)
}

/// A requirement as it is kept.
struct Kept {
    requirement: Requirement,
    changed_at: Moment,
    /// Admins were told that too few of them could still come in.
    warned: bool,
}
