//! The only file that touches passkeys, totps, recovery_codes and passkey_rounds.

use guildhall_store::{FromRow, Tx, sql};

use super::{Factors, Passkey, Totp};
use crate::ids::{AccountId, PasskeyId, WorkplaceId};
use crate::{Moment, Result};

/// Whose it is.
type Whose = (WorkplaceId, AccountId);

/// What the person has besides a password.
pub async fn of(tx: &mut Tx, workplace: WorkplaceId, account: AccountId) -> Result<Factors> {
    let passkeys = sql("SELECT COUNT(*) FROM passkeys WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .scalar(&mut *tx)
        .await?;
    let totp: i64 = sql(
        "SELECT COUNT(*) FROM totps WHERE workplace_id = $1 AND account_id = $2 AND confirmed_at IS NOT NULL",
    )
    .bind(workplace)
    .bind(account)
    .scalar(&mut *tx)
    .await?;
    let recovery_codes = sql(
        "SELECT COUNT(*) FROM recovery_codes WHERE workplace_id = $1 AND account_id = $2 AND used_at IS NULL",
    )
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
pub(crate) async fn forget(tx: &mut Tx, (workplace, account): Whose) -> Result<()> {
    sql("DELETE FROM passkeys WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(&mut *tx)
        .await?;
    remove_totp(tx, (workplace, account)).await?;
    remove_codes(tx, (workplace, account)).await
}

/// Takes those away that were added since then. False: there were none.
pub(super) async fn remove_since(tx: &mut Tx, (workplace, account): Whose, since: Moment) -> Result<bool> {
    let mut gone = 0;
    for text in [
        "DELETE FROM passkeys WHERE workplace_id = $1 AND account_id = $2 AND created_at >= $3",
        "DELETE FROM totps WHERE workplace_id = $1 AND account_id = $2 AND created_at >= $3",
        "DELETE FROM recovery_codes WHERE workplace_id = $1 AND account_id = $2 AND created_at >= $3",
    ] {
        gone += sql(text)
            .bind(workplace)
            .bind(account)
            .bind(since.ms())
            .execute(&mut *tx)
            .await?;
    }
    Ok(gone > 0)
}

#[derive(FromRow)]
struct Record {
    id: PasskeyId,
    name: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl From<Record> for Passkey {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            name: record.name,
            created_at: Moment::from_ms(record.created_at),
            last_used_at: record.last_used_at.map(Moment::from_ms),
        }
    }
}

/// The person's passkeys, oldest first.
pub(super) async fn passkeys(tx: &mut Tx, (workplace, account): Whose) -> Result<Vec<Passkey>> {
    let records: Vec<Record> = sql("SELECT id, name, created_at, last_used_at FROM passkeys \
         WHERE workplace_id = $1 AND account_id = $2 ORDER BY id")
    .bind(workplace)
    .bind(account)
    .all(tx)
    .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// What is kept of the person's passkeys to check them, as JSON.
pub(super) async fn credentials(tx: &mut Tx, (workplace, account): Whose) -> Result<Vec<String>> {
    Ok(
        sql("SELECT credential FROM passkeys WHERE workplace_id = $1 AND account_id = $2 ORDER BY id")
            .bind(workplace)
            .bind(account)
            .scalars(tx)
            .await?,
    )
}

/// Whose passkey it is, and what is kept of it: the id of the credential tells the workplace.
pub(super) async fn owner(
    tx: &mut Tx,
    credential_id: &str,
) -> Result<Option<(WorkplaceId, AccountId, String)>> {
    Ok(
        sql("SELECT workplace_id, account_id, credential FROM passkeys WHERE credential_id = $1")
            .bind(credential_id)
            .optional(tx)
            .await?,
    )
}

pub(super) async fn add_passkey(
    tx: &mut Tx,
    (workplace, account): Whose,
    passkey: &Passkey,
    (credential_id, credential): (&str, &str),
) -> Result<()> {
    sql(
        "INSERT INTO passkeys (id, workplace_id, account_id, credential_id, name, credential, sign_count, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7)",
    )
    .bind(passkey.id)
    .bind(workplace)
    .bind(account)
    .bind(credential_id)
    .bind(&passkey.name)
    .bind(credential)
    .bind(passkey.created_at.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes a use, with what is kept of the passkey from now on.
pub(super) async fn used_passkey(
    tx: &mut Tx,
    workplace: WorkplaceId,
    (credential_id, credential): (&str, &str),
    count: i64,
    now: Moment,
) -> Result<()> {
    sql("UPDATE passkeys SET credential = $1, sign_count = $2, last_used_at = $3 WHERE workplace_id = $4 AND credential_id = $5")
        .bind(credential)
        .bind(count)
        .bind(now.ms())
        .bind(workplace)
        .bind(credential_id)
        .execute(tx)
        .await?;
    Ok(())
}

/// False: the person has no such passkey.
pub(super) async fn rename_passkey(
    tx: &mut Tx,
    (workplace, account): Whose,
    id: PasskeyId,
    name: &str,
) -> Result<bool> {
    let done = sql("UPDATE passkeys SET name = $1 WHERE workplace_id = $2 AND account_id = $3 AND id = $4")
        .bind(name)
        .bind(workplace)
        .bind(account)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(done == 1)
}

pub(super) async fn remove_passkey(tx: &mut Tx, (workplace, account): Whose, id: PasskeyId) -> Result<()> {
    sql("DELETE FROM passkeys WHERE workplace_id = $1 AND account_id = $2 AND id = $3")
        .bind(workplace)
        .bind(account)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The secret of the app, sealed.
pub(super) async fn totp(tx: &mut Tx, (workplace, account): Whose) -> Result<Option<String>> {
    Ok(
        sql("SELECT secret FROM totps WHERE workplace_id = $1 AND account_id = $2")
            .bind(workplace)
            .bind(account)
            .scalar_optional(tx)
            .await?,
    )
}

pub(super) async fn totp_seen(tx: &mut Tx, (workplace, account): Whose) -> Result<Option<Totp>> {
    let found: Option<(i64, Option<i64>)> =
        sql("SELECT created_at, last_used_at FROM totps WHERE workplace_id = $1 AND account_id = $2")
            .bind(workplace)
            .bind(account)
            .optional(tx)
            .await?;
    Ok(found.map(|(created, used)| Totp {
        created_at: Moment::from_ms(created),
        last_used_at: used.map(Moment::from_ms),
    }))
}

/// Keeps an app that was shown to work by the code of that step.
pub(super) async fn add_totp(
    tx: &mut Tx,
    (workplace, account): Whose,
    (secret, step): (&str, i64),
    now: Moment,
) -> Result<()> {
    sql(
        "INSERT INTO totps (account_id, workplace_id, secret, created_at, confirmed_at, last_step) \
         VALUES ($1, $2, $3, $4, $4, $5)",
    )
    .bind(account)
    .bind(workplace)
    .bind(secret)
    .bind(now.ms())
    .bind(step)
    .execute(tx)
    .await?;
    Ok(())
}

/// Uses the code of a step up. False: it, or a newer one, was used before.
pub(super) async fn use_step(
    tx: &mut Tx,
    (workplace, account): Whose,
    step: i64,
    now: Moment,
) -> Result<bool> {
    let done = sql("UPDATE totps SET last_step = $1, last_used_at = $2 \
         WHERE workplace_id = $3 AND account_id = $4 AND last_step < $1")
    .bind(step)
    .bind(now.ms())
    .bind(workplace)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(done == 1)
}

pub(super) async fn remove_totp(tx: &mut Tx, (workplace, account): Whose) -> Result<()> {
    sql("DELETE FROM totps WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn remove_codes(tx: &mut Tx, (workplace, account): Whose) -> Result<()> {
    sql("DELETE FROM recovery_codes WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn add_code(
    tx: &mut Tx,
    (workplace, account): Whose,
    hash: &str,
    now: Moment,
) -> Result<()> {
    sql("INSERT INTO recovery_codes (account_id, code_hash, workplace_id, created_at) VALUES ($1, $2, $3, $4)")
        .bind(account)
        .bind(hash)
        .bind(workplace)
        .bind(now.ms())
        .execute(tx)
        .await?;
    Ok(())
}

/// False: the person has no such code, or it was used before.
pub(super) async fn use_code(
    tx: &mut Tx,
    (workplace, account): Whose,
    hash: &str,
    now: Moment,
) -> Result<bool> {
    let done = sql(
        "UPDATE recovery_codes SET used_at = $1 WHERE workplace_id = $2 AND account_id = $3 AND code_hash = $4 \
         AND used_at IS NULL",
    )
    .bind(now.ms())
    .bind(workplace)
    .bind(account)
    .bind(hash)
    .execute(tx)
    .await?;
    Ok(done == 1)
}

/// What a browser was asked, and of whom.
#[derive(FromRow)]
pub(super) struct Round {
    pub token_hash: String,
    pub workplace_id: WorkplaceId,
    pub account_id: Option<AccountId>,
    pub purpose: String,
    pub state: String,
    pub expires_at: i64,
}

pub(super) async fn put_round(tx: &mut Tx, round: &Round) -> Result<()> {
    sql(
        "INSERT INTO passkey_rounds (round_hash, workplace_id, account_id, purpose, state, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&round.token_hash)
    .bind(round.workplace_id)
    .bind(round.account_id.map(|account| account.0))
    .bind(&round.purpose)
    .bind(&round.state)
    .bind(round.expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes what the browser was asked: nobody else gets it again. The token tells the workplace.
pub(super) async fn take_round(tx: &mut Tx, round_hash: &str) -> Result<Option<Round>> {
    Ok(sql("DELETE FROM passkey_rounds WHERE round_hash = $1 \
         RETURNING round_hash AS token_hash, workplace_id, account_id, purpose, state, expires_at")
    .bind(round_hash)
    .optional(tx)
    .await?)
}

/// Removes the rounds of every workplace that are over. Gives how many.
pub(super) async fn sweep_rounds(tx: &mut Tx, now: Moment) -> Result<u64> {
    Ok(sql("DELETE FROM passkey_rounds WHERE expires_at <= $1")
        .bind(now.ms())
        .execute(tx)
        .await?)
}
