//! The only file that touches access_codes and code_paces.

use std::collections::HashMap;

use guildhall_store::{Conn, Db, FromRow, Insert, Sql, Tx, sql};

use super::rules::Pace;
use super::{AccessCode, CodeState};
use crate::ids::{AccountId, CodeId, WorkplaceId};
use crate::{Error, Moment, Result};

const COLUMNS: &str = "id, workplace_id, account_id, state, created_at, created_by, expires_at, ended_at";

#[derive(FromRow)]
struct Record {
    id: CodeId,
    workplace_id: WorkplaceId,
    account_id: AccountId,
    state: String,
    created_at: i64,
    created_by: Option<AccountId>,
    expires_at: i64,
    ended_at: Option<i64>,
}

impl Record {
    fn code(self) -> Result<AccessCode> {
        Ok(AccessCode {
            id: self.id,
            workplace: self.workplace_id,
            account: self.account_id,
            state: CodeState::parse(&self.state)
                .ok_or_else(|| Error::Internal("access_codes.state holds what is not known".into()))?,
            created_at: Moment::from_ms(self.created_at),
            created_by: self.created_by,
            expires_at: Moment::from_ms(self.expires_at),
            ended_at: self.ended_at.map(Moment::from_ms),
        })
    }
}

/// Puts new codes, each with its hash, in place of those that live of the same accounts.
pub(super) async fn put(
    tx: &mut Tx,
    workplace: WorkplaceId,
    codes: &[(AccessCode, String)],
    now: Moment,
) -> Result<()> {
    let accounts: Vec<AccountId> = codes.iter().map(|(code, _)| code.account).collect();
    sql("UPDATE access_codes SET state = 'replaced', ended_at = $1 \
         WHERE workplace_id = $2 AND account_id = ANY($3) AND state = 'live'")
    .bind(now.ms())
    .bind(workplace)
    .bind(AccountId::list(&accounts))
    .execute(tx)
    .await?;
    let mut insert = Insert::new(
        "INSERT INTO access_codes (id, workplace_id, account_id, code_hash, state, created_at, created_by, expires_at)",
        8,
    );
    for (code, hash) in codes {
        insert.push([
            code.id.into(),
            code.workplace.into(),
            code.account.into(),
            hash.into(),
            code.state.as_str().into(),
            code.created_at.ms().into(),
            code.created_by.map(|id| id.0).into(),
            code.expires_at.ms().into(),
        ]);
    }
    insert.execute(tx).await?;
    Ok(())
}

/// The code of that hash, live or not: it tells the workplace.
pub(super) async fn by_hash(db: &Db, hash: &str) -> Result<Option<AccessCode>> {
    let text = format!("SELECT {COLUMNS} FROM access_codes WHERE code_hash = $1");
    let record: Option<Record> = Sql::built(text).bind(hash).optional(db).await?;
    record.map(Record::code).transpose()
}

/// The newest code of each of these people.
pub(super) async fn newest<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, AccessCode>> {
    let text = format!(
        "SELECT {COLUMNS} FROM access_codes WHERE workplace_id = $1 AND account_id = ANY($2) ORDER BY id"
    );
    let query = Sql::built(text).bind(workplace).bind(AccountId::list(accounts));
    let records: Vec<Record> = query.all(conn).await?;
    let mut found = HashMap::new();
    for record in records {
        found.insert(record.account_id, record.code()?);
    }
    Ok(found)
}

/// Uses the code up. False: somebody was quicker, or it does not live any more.
pub(super) async fn use_up(tx: &mut Tx, code: &AccessCode, now: Moment) -> Result<bool> {
    let used = sql("UPDATE access_codes SET state = 'used', ended_at = $1 \
         WHERE workplace_id = $2 AND id = $3 AND state = 'live' AND expires_at > $1")
    .bind(now.ms())
    .bind(code.workplace)
    .bind(code.id)
    .execute(tx)
    .await?;
    Ok(used == 1)
}

/// Ends the person's live code. False: there was none.
pub(super) async fn close(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    state: CodeState,
    now: Moment,
) -> Result<bool> {
    let closed = sql("UPDATE access_codes SET state = $1, ended_at = $2 \
         WHERE workplace_id = $3 AND account_id = $4 AND state = 'live'")
    .bind(state.as_str())
    .bind(now.ms())
    .bind(workplace)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(closed > 0)
}

/// Removes every code of the person, for good.
pub(crate) async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql("DELETE FROM access_codes WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes the codes of every workplace that were too old before then. Gives how many.
pub(super) async fn sweep(tx: &mut Tx, before: Moment) -> Result<u64> {
    Ok(sql("DELETE FROM access_codes WHERE expires_at <= $1")
        .bind(before.ms())
        .execute(tx)
        .await?)
}

/// Counts a try of the subject at its pace; gives when all that was tried will be forgotten.
pub(super) async fn count(tx: &mut Tx, subject: &str, pace: Pace, now: Moment) -> Result<Moment> {
    let until: i64 = sql(
        "INSERT INTO code_paces (subject, forgotten_at) VALUES ($1, $2 + $3) \
         ON CONFLICT (subject) DO UPDATE SET forgotten_at = \
         CASE WHEN code_paces.forgotten_at > $2 THEN code_paces.forgotten_at ELSE $2 END + $3 \
         RETURNING forgotten_at",
    )
    .bind(subject)
    .bind(now.ms())
    .bind(pace.every_ms)
    .scalar(tx)
    .await?;
    Ok(Moment::from_ms(until))
}

/// A try of the subject was no guess.
pub(super) async fn take_back(tx: &mut Tx, subject: &str, pace: Pace) -> Result<()> {
    sql("UPDATE code_paces SET forgotten_at = forgotten_at - $1 WHERE subject = $2")
        .bind(pace.every_ms)
        .bind(subject)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets the subjects that have nothing counted any more.
pub(super) async fn drop_paces(tx: &mut Tx, now: Moment) -> Result<()> {
    sql("DELETE FROM code_paces WHERE forgotten_at <= $1")
        .bind(now.ms())
        .execute(tx)
        .await?;
    Ok(())
}
