//! The only file that touches passkeys, totps and recovery_codes.

use guildhall_store::{Tx, sql};

use super::Factors;
use crate::Result;
use crate::ids::{AccountId, WorkplaceId};

/// What the person has besides a password.
pub async fn of(tx: &mut Tx, workplace: WorkplaceId, account: AccountId) -> Result<Factors> {
    let passkeys = sql("SELECT COUNT(*) FROM passkeys WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .scalar(&mut *tx)
        .await?;
    let totp: i64 = sql("SELECT COUNT(*) FROM totps WHERE workplace_id = $1 AND account_id = $2 AND confirmed_at IS NOT NULL")
        .bind(workplace)
        .bind(account)
        .scalar(&mut *tx)
        .await?;
    let recovery_codes =
        sql("SELECT COUNT(*) FROM recovery_codes WHERE workplace_id = $1 AND account_id = $2 AND used_at IS NULL")
            .bind(workplace)
            .bind(account)
            .scalar(tx)
            .await?;
    Ok(Factors {
        passkeys,
        totp: totp > 0,
        recovery_codes,
    })
}

/// Takes all of them away.
pub(crate) async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    for text in [
        "DELETE FROM passkeys WHERE workplace_id = $1 AND account_id = $2",
        "DELETE FROM totps WHERE workplace_id = $1 AND account_id = $2",
        "DELETE FROM recovery_codes WHERE workplace_id = $1 AND account_id = $2",
    ] {
        sql(text).bind(workplace).bind(account).execute(&mut *tx).await?;
    }
    Ok(())
}
