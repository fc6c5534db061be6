//! The only file that touches passwords, password_resets, reset_requests, login_throttles and usernames; and, in `steps`, log_in_steps.

pub(super) mod steps;

use guildhall_store::{Conn, Db, Tx, sql};

use crate::ids::{AccountId, ResetId, WorkplaceId};
use crate::{Moment, Result, fold};

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

/// The failures of the subject are forgotten.
pub(super) async fn forget_failures(tx: &mut Tx, subject: &str) -> Result<()> {
    sql("DELETE FROM login_throttles WHERE subject = $1")
        .bind(subject)
        .execute(tx)
        .await?;
    Ok(())
}

/// An attempt of the subject was none that failed.
pub(super) async fn take_back(tx: &mut Tx, subject: &str) -> Result<()> {
    sql("UPDATE login_throttles SET failures = failures - 1 WHERE subject = $1 AND failures > 0")
        .bind(subject)
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes that somebody has forgotten the password of this e-mail address.
pub(super) async fn ask_reset(tx: &mut Tx, id: ResetId, email: &str, now: Moment) -> Result<()> {
    sql("INSERT INTO reset_requests (id, email, asked_at) VALUES ($1, $2, $3)")
        .bind(id)
        .bind(email)
        .bind(now.ms())
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether that address waits for an answer.
pub(super) async fn asked_already(tx: &mut Tx, email: &str) -> Result<bool> {
    let found: Option<i32> = sql("SELECT 1 FROM reset_requests WHERE email = $1 LIMIT 1")
        .bind(email)
        .scalar_optional(tx)
        .await?;
    Ok(found.is_some())
}

/// The e-mail address that was asked for first and is not answered yet.
pub(super) async fn next_request(db: &Db) -> Result<Option<(ResetId, String)>> {
    Ok(
        sql("SELECT id, email FROM reset_requests ORDER BY asked_at, id LIMIT 1")
            .optional(db)
            .await?,
    )
}

/// False: somebody else has answered it.
pub(super) async fn end_request(tx: &mut Tx, id: ResetId) -> Result<bool> {
    let ended = sql("DELETE FROM reset_requests WHERE id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    Ok(ended == 1)
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

/// The reset links of the person that work, each with when it was asked for.
pub(crate) async fn live_resets<'a>(
    conn: impl Into<Conn<'a>>,
    (workplace, account): (WorkplaceId, AccountId),
    now: Moment,
) -> Result<Vec<(ResetId, Moment)>> {
    let found: Vec<(ResetId, i64)> = sql(
        "SELECT id, created_at FROM password_resets WHERE workplace_id = $1 AND account_id = $2 AND used_at IS NULL \
         AND expires_at > $3 ORDER BY id",
    )
    .bind(workplace)
    .bind(account)
    .bind(now.ms())
    .all(conn)
    .await?;
    Ok(found
        .into_iter()
        .map(|(id, at)| (id, Moment::from_ms(at)))
        .collect())
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

/// Keeps the user name that the person chose, in place of any other.
pub(crate) async fn keep_username(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    username: &str,
) -> Result<()> {
    sql(
        "INSERT INTO usernames (account_id, workplace_id, username, username_key) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id) DO UPDATE SET username = excluded.username, username_key = excluded.username_key \
         WHERE usernames.workplace_id = excluded.workplace_id",
    )
    .bind(account)
    .bind(workplace)
    .bind(username)
    .bind(fold::key(username))
    .execute(tx)
    .await?;
    Ok(())
}

/// The person's user name, if they chose one.
pub async fn username<'a>(
    conn: impl Into<Conn<'a>>,
    (workplace, account): (WorkplaceId, AccountId),
) -> Result<Option<String>> {
    Ok(
        sql("SELECT username FROM usernames WHERE workplace_id = $1 AND account_id = $2")
            .bind(workplace)
            .bind(account)
            .scalar_optional(conn)
            .await?,
    )
}

/// Who has the user name, whatever its spelling.
pub(super) async fn named<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    username: &str,
) -> Result<Option<AccountId>> {
    Ok(
        sql("SELECT account_id FROM usernames WHERE workplace_id = $1 AND username_key = $2")
            .bind(workplace)
            .bind(fold::key(username))
            .scalar_optional(conn)
            .await?,
    )
}

/// The workplaces where somebody has the user name, oldest first.
pub(super) async fn workplaces_named(db: &Db, username: &str) -> Result<Vec<WorkplaceId>> {
    Ok(
        sql("SELECT workplace_id FROM usernames WHERE username_key = $1 ORDER BY workplace_id LIMIT 20")
            .bind(fold::key(username))
            .scalars(db)
            .await?,
    )
}

/// Takes the person's user name away, if they have one.
pub(crate) async fn forget_username(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
) -> Result<()> {
    sql("DELETE FROM usernames WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}
