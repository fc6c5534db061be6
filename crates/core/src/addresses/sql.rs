//! The only file that touches confirmed_addresses and address_proofs.

use guildhall_store::{Conn, FromRow, Tx, sql};

use super::{Proof, Purpose};
use crate::ids::{AccountId, ProofId, WorkplaceId};
use crate::{Error, Moment, Result};

#[derive(FromRow)]
struct Record {
    id: ProofId,
    purpose: String,
    workplace_id: Option<WorkplaceId>,
    account_id: Option<AccountId>,
    about_id: Option<uuid::Uuid>,
    email: String,
    expires_at: i64,
}

/// Keeps the link of a proof.
pub(super) async fn insert(
    tx: &mut Tx,
    proof: &Proof,
    (token_hash, network): (&str, &str),
    now: Moment,
) -> Result<()> {
    sql(
        "INSERT INTO address_proofs (id, purpose, workplace_id, account_id, about_id, email, email_key, network, \
         token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(proof.id)
    .bind(proof.purpose.as_str())
    .bind(proof.workplace.map(|id| id.0))
    .bind(proof.account.map(|id| id.0))
    .bind(proof.about)
    .bind(&proof.email)
    .bind(crate::fold::key(&proof.email))
    .bind(network)
    .bind(token_hash)
    .bind(now.ms())
    .bind(proof.expires_at.ms())
    .execute(tx)
    .await?;
    Ok(())
}

/// What the link is for, while it works. The token tells the workplace.
pub(super) async fn by_token<'a>(
    conn: impl Into<Conn<'a>>,
    token_hash: &str,
    now: Moment,
) -> Result<Option<Proof>> {
    let record: Option<Record> = sql(
        "SELECT id, purpose, workplace_id, account_id, about_id, email, expires_at FROM address_proofs \
         WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
    )
    .bind(token_hash)
    .bind(now.ms())
    .optional(conn)
    .await?;
    let proof = |record: Record| {
        Ok(Proof {
            id: record.id,
            purpose: Purpose::parse(&record.purpose)
                .ok_or_else(|| Error::Internal("address_proofs.purpose holds what is not known".into()))?,
            workplace: record.workplace_id,
            account: record.account_id,
            about: record.about_id,
            email: record.email,
            expires_at: Moment::from_ms(record.expires_at),
        })
    };
    record.map(proof).transpose()
}

/// The links of the person that work: the address, and when it was asked for.
pub(super) async fn live<'a>(
    conn: impl Into<Conn<'a>>,
    (workplace, account): (WorkplaceId, AccountId),
    now: Moment,
) -> Result<Vec<(ProofId, String, Moment)>> {
    let found: Vec<(ProofId, String, i64)> = sql(
        "SELECT id, email, created_at FROM address_proofs WHERE workplace_id = $1 AND account_id = $2 \
         AND used_at IS NULL AND expires_at > $3 ORDER BY id",
    )
    .bind(workplace)
    .bind(account)
    .bind(now.ms())
    .all(conn)
    .await?;
    let at = |(id, email, at)| (id, email, Moment::from_ms(at));
    Ok(found.into_iter().map(at).collect())
}

/// Uses the link up. False: somebody was quicker.
pub(super) async fn use_up(tx: &mut Tx, proof: ProofId, now: Moment) -> Result<bool> {
    let used = sql("UPDATE address_proofs SET used_at = $1 WHERE id = $2 AND used_at IS NULL")
        .bind(now.ms())
        .bind(proof)
        .execute(tx)
        .await?;
    Ok(used == 1)
}

/// How many links went to the address since then, and how many were asked for by the network, whichever workplace
/// they are for.
pub(super) async fn asked_since(
    tx: &mut Tx,
    (email_key, network): (&str, &str),
    since: Moment,
) -> Result<(i64, i64)> {
    let to_address = sql("SELECT COUNT(*) FROM address_proofs WHERE email_key = $1 AND created_at > $2")
        .bind(email_key)
        .bind(since.ms())
        .scalar(&mut *tx)
        .await?;
    let by_network = sql("SELECT COUNT(*) FROM address_proofs WHERE network = $1 AND created_at > $2")
        .bind(network)
        .bind(since.ms())
        .scalar(tx)
        .await?;
    Ok((to_address, by_network))
}

/// Forgets links that are too old to matter, of every workplace.
pub(super) async fn sweep(tx: &mut Tx, before: Moment) -> Result<()> {
    sql("DELETE FROM address_proofs WHERE expires_at < $1")
        .bind(before.ms())
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn confirm(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    email_key: &str,
    now: Moment,
) -> Result<()> {
    sql(
        "INSERT INTO confirmed_addresses (account_id, workplace_id, email_key, confirmed_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id) DO UPDATE SET email_key = excluded.email_key, confirmed_at = excluded.confirmed_at \
         WHERE confirmed_addresses.workplace_id = excluded.workplace_id",
    )
    .bind(account)
    .bind(workplace)
    .bind(email_key)
    .bind(now.ms())
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn confirmed(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
) -> Result<Option<String>> {
    Ok(
        sql("SELECT email_key FROM confirmed_addresses WHERE workplace_id = $1 AND account_id = $2")
            .bind(workplace)
            .bind(account)
            .scalar_optional(tx)
            .await?,
    )
}

pub(super) async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql("DELETE FROM confirmed_addresses WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}
