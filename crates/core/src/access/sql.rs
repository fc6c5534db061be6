//! The only file that touches passwords, password_resets and login_throttles.

use guildhall_store::{Conn, Db, Tx, sql};

use crate::ids::{AccountId, ResetId, WorkplaceId};
use crate::{Moment, Result};

pub(crate) async fn set(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    hash: &str,
    now: Moment,
) -> Result<()> {
    sql(
        "INSERT INTO passwords (account_id, workplace_id, hash, set_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at \
         WHERE passwords.workplace_id = excluded.workplace_id",
    )
    .bind(account)
    .bind(workplace)
    .bind(hash)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn hash<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    account: AccountId,
) -> Result<Option<String>> {
    Ok(
        sql("SELECT hash FROM passwords WHERE workplace_id = $1 AND account_id = $2")
            .bind(workplace)
            .bind(account)
            .scalar_optional(conn)
            .await?,
    )
}

/// Whether the account has a password.
pub async fn has_password<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    account: AccountId,
) -> Result<bool> {
    Ok(hash(conn, workplace, account).await?.is_some())
}

/// Takes the account's password away, if it has one.
pub async fn forget_password(tx: &mut Tx, workplace: WorkplaceId, account: AccountId) -> Result<()> {
    sql("DELETE FROM passwords WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// How many attempts of the subject failed, and how many seconds ago the last one did.
pub(super) async fn failures(tx: &mut Tx, subject: &str, now: Moment) -> Result<(u32, i64)> {
    let row: Option<(i64, i64)> = sql("SELECT failures, last_at FROM login_throttles WHERE subject = $1")
        .bind(subject)
        .optional(tx)
        .await?;
    Ok(row.map_or((0, 0), |(failures, last)| {
        let failures = u32::try_from(failures).unwrap_or(u32::MAX);
        (failures, (now.ms() - last) / 1000)
    }))
}

/// Counts a failure; those before `stale` are forgotten.
pub(super) async fn add_failure(tx: &mut Tx, subject: &str, now: Moment, stale: Moment) -> Result<()> {
    sql(
        "INSERT INTO login_throttles (subject, failures, last_at) VALUES ($1, 1, $2) \
         ON CONFLICT (subject) DO UPDATE SET last_at = excluded.last_at, \
         failures = CASE WHEN login_throttles.last_at <= $3 THEN 1 ELSE login_throttles.failures + 1 END",
    )
    .bind(subject)
    .bind(now.ms())
    .bind(stale.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// After a success: the person's failures are forgotten, and the network has one less.
pub(super) async fn take_back(tx: &mut Tx, [person, network]: &[String; 2]) -> Result<()> {
    sql("DELETE FROM login_throttles WHERE subject = $1")
        .bind(person)
        .execute(tx)
        .await?;
    sql("UPDATE login_throttles SET failures = failures - 1 WHERE subject = $1 AND failures > 0")
        .bind(network)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets what is too old to matter.
pub(super) async fn drop_failures(tx: &mut Tx, stale: Moment) -> Result<()> {
    sql("DELETE FROM login_throttles WHERE last_at <= $1")
        .bind(stale.ms())
        .execute(tx)
        .await?;
    Ok(())
}

/// Keeps a reset link, between its two moments.
pub(super) async fn add_reset(
    tx: &mut Tx,
    id: ResetId,
    (workplace, account): (WorkplaceId, AccountId),
    token_hash: &str,
    (now, expires): (Moment, Moment),
) -> Result<()> {
    sql(
        "INSERT INTO password_resets (id, workplace_id, account_id, token_hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(workplace)
    .bind(account)
    .bind(token_hash)
    .bind(now.ms())
    .bind(expires.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// How many reset links the person got since then.
pub(super) async fn resets_since(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    since: Moment,
) -> Result<i64> {
    Ok(sql("SELECT COUNT(*) FROM password_resets WHERE workplace_id = $1 AND account_id = $2 AND created_at > $3")
        .bind(workplace)
        .bind(account)
        .bind(since.ms())
        .scalar(tx)
        .await?)
}

/// Whose link it is, while it works. The token tells the workplace.
pub(super) async fn reset(
    db: &Db,
    token_hash: &str,
    now: Moment,
) -> Result<Option<(WorkplaceId, AccountId)>> {
    Ok(sql("SELECT workplace_id, account_id FROM password_resets \
         WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2")
    .bind(token_hash)
    .bind(now.ms())
    .optional(db)
    .await?)
}

/// Uses the link up. False: somebody was quicker.
pub(super) async fn use_reset(tx: &mut Tx, token_hash: &str, now: Moment) -> Result<bool> {
    let used = sql("UPDATE password_resets SET used_at = $1 \
         WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1 AND workplace_id IS NOT NULL")
    .bind(now.ms())
    .bind(token_hash)
    .execute(tx)
    .await?;
    Ok(used == 1)
}

/// No reset link of the person works any more.
pub(crate) async fn end_resets(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    now: Moment,
) -> Result<()> {
    sql("UPDATE password_resets SET used_at = $1 WHERE workplace_id = $2 AND account_id = $3 AND used_at IS NULL")
        .bind(now.ms())
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}
