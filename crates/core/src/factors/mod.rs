//! By what somebody shows who they are besides a password: passkeys, an app that makes six digits, recovery codes.

mod sql;

use guildhall_store::Tx;

use crate::ids::{AccountId, WorkplaceId};
use crate::{Result, access, accounts};

pub(crate) use sql::forget;
pub use sql::of;

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
