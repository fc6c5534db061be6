//! By what somebody shows who they are besides a password: passkeys, an app that makes six digits, recovery codes.

mod desk;
mod passkeys;
mod recovery;
pub mod rules;
mod sql;
mod tell;
mod totp;
mod watch;

use guildhall_store::Tx;

use crate::ids::{AccountId, PasskeyId, WorkplaceId};
use crate::{Moment, Result, access, accounts};

pub(crate) use desk::remove_since;
pub use desk::{remove_all, seen};
pub use passkeys::{Challenge, Given, Passkeys};
pub use passkeys::{add_passkey, begin_passkey, challenge_anybody, remove_passkey, rename_passkey};
pub(crate) use passkeys::{challenge_of, identify, keep, question_to_add, right};
pub use recovery::new_codes;
pub(crate) use recovery::{first_codes, use_up as use_recovery_code};
pub(crate) use sql::forget;
pub use sql::of;
pub(crate) use tell::Told;
pub use totp::{Fresh, begin_totp, confirm_totp, remove_totp};
pub(crate) use totp::{again, confirm, fresh, use_up as use_totp};
pub use watch::enforce;

/// What somebody has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    pub passkeys: i64,
    /// An app makes six digits for them, and was shown to work.
    pub totp: bool,
    /// Recovery codes that are not used yet.
    pub recovery_codes: i64,
}

impl Factors {
    /// They can show more than a password.
    pub fn strong(&self) -> bool {
        self.passkeys > 0 || self.totp
    }
}

/// A passkey, as its owner knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    pub id: PasskeyId,
    pub name: String,
    pub created_at: Moment,
    pub last_used_at: Option<Moment>,
}

/// The app that makes six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totp {
    pub created_at: Moment,
    pub last_used_at: Option<Moment>,
}

/// All that somebody has; no secret is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct All {
    pub passkeys: Vec<Passkey>,
    pub totp: Option<Totp>,
    pub recovery_codes: i64,
}

/// All that the person has.
pub async fn all(tx: &mut Tx, workplace: WorkplaceId, account: AccountId) -> Result<All> {
    Ok(All {
        passkeys: sql::passkeys(tx, (workplace, account)).await?,
        totp: sql::totp_seen(tx, (workplace, account)).await?,
        recovery_codes: of(tx, workplace, account).await?.recovery_codes,
    })
}

/// The system admins who could always get back in, whatever becomes of an identity provider: by a passkey, or by a password
/// and six digits.
pub async fn strong_admins(tx: &mut Tx, workplace: WorkplaceId) -> Result<Vec<AccountId>> {
    let mut strong = Vec::new();
    for admin in accounts::with_roles(tx, workplace, &[accounts::SYSTEM_ADMIN.to_owned()]).await? {
        let factors = of(tx, workplace, admin.id).await?;
        let by_password = factors.totp && access::has_password(&mut *tx, workplace, admin.id).await?;
        if factors.passkeys > 0 || by_password {
            strong.push(admin.id);
        }
    }
    Ok(strong)
}

/// Forgets what browsers of all workplaces were asked and did not answer.
pub async fn tidy(app: &crate::App) -> Result<u64> {
    let mut tx = app.begin().await?;
    let gone = sql::sweep_rounds(&mut tx, app.now()).await?;
    tx.commit().await?;
    Ok(gone)
}
