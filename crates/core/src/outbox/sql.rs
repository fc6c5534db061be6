//! The only file that touches outbox.

use guildhall_store::{Conn, Db, FromRow, Growing, Sql, Tx, sql};

use super::{LetterState, Posted};
use crate::ids::{AccountId, InvitationId, LetterId, WorkplaceId};
use crate::mail::LetterKind;
use crate::{Error, Moment, Page, Result, fold};

const COLUMNS: &str = "id, workplace_id, account_id, invitation_id, kind, recipient, payload, sealed, message_id, \
    state, attempts, next_at, last_error, created_at, sent_at";

#[derive(FromRow)]
struct Record {
    id: LetterId,
    workplace_id: WorkplaceId,
    account_id: Option<AccountId>,
    invitation_id: Option<InvitationId>,
    kind: String,
    recipient: String,
    payload: String,
    sealed: Option<String>,
    message_id: String,
    state: String,
    attempts: i64,
    next_at: i64,
    last_error: Option<String>,
    created_at: i64,
    sent_at: Option<i64>,
}

impl Record {
    fn posted(self) -> Result<Posted> {
        let damaged = |column: &str| Error::Internal(format!("outbox.{column} holds what is not known"));
        Ok(Posted {
            id: self.id,
            workplace: self.workplace_id,
            account: self.account_id,
            invitation: self.invitation_id,
            kind: LetterKind::parse(&self.kind).ok_or_else(|| damaged("kind"))?,
            recipient: self.recipient,
            state: LetterState::parse(&self.state).ok_or_else(|| damaged("state"))?,
            attempts: self.attempts,
            next_at: Moment::from_ms(self.next_at),
            last_error: self.last_error,
            created_at: Moment::from_ms(self.created_at),
            sent_at: self.sent_at.map(Moment::from_ms),
            data: serde_json::from_str(&self.payload).map_err(|_| damaged("payload"))?,
            sealed: self.sealed,
            message_id: self.message_id,
        })
    }
}

pub(super) async fn insert(tx: &mut Tx, letter: &Posted) -> Result<()> {
    let payload = serde_json::to_string(&letter.data).map_err(|why| Error::Internal(why.to_string()))?;
    sql(
        "INSERT INTO outbox (id, workplace_id, account_id, invitation_id, kind, recipient, payload, sealed, \
         message_id, state, attempts, next_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $11)",
    )
    .bind(letter.id)
    .bind(letter.workplace)
    .bind(letter.account.map(|id| id.0))
    .bind(letter.invitation.map(|id| id.0))
    .bind(letter.kind.as_str())
    .bind(&letter.recipient)
    .bind(payload)
    .bind(letter.sealed.clone())
    .bind(&letter.message_id)
    .bind(letter.state.as_str())
    .bind(letter.next_at.ms())
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn get<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    id: LetterId,
) -> Result<Option<Posted>> {
    Sql::built(format!(
        "SELECT {COLUMNS} FROM outbox WHERE workplace_id = $1 AND id = $2"
    ))
    .bind(workplace)
    .bind(id)
    .optional::<Record>(conn)
    .await?
    .map(Record::posted)
    .transpose()
}

/// Which letters, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: Option<LetterState>,
    /// The beginning of an address.
    pub recipient: Option<String>,
    pub after: Option<LetterId>,
    pub limit: i64,
}

pub(super) async fn list(db: &Db, workplace: WorkplaceId, filter: &Filter) -> Result<Page<Posted>> {
    let text = format!("SELECT {COLUMNS} FROM outbox WHERE workplace_id = $1");
    let mut query = Growing::new(text, [workplace.into()]);
    query.narrow("state =", filter.state.map(LetterState::as_str));
    let recipient = filter.recipient.as_deref().map(fold::key);
    let begins = recipient.filter(|q| !q.is_empty()).map(|q| fold::beginning(&q));
    query.narrow("LOWER(recipient) LIKE", begins);
    query.narrow("id <", filter.after);
    query.narrow("TRUE ORDER BY id DESC LIMIT", Some(filter.limit + 1));
    let records: Vec<Record> = query.sql().all(db).await?;
    let letters: Result<Vec<Posted>> = records.into_iter().map(Record::posted).collect();
    Ok(Page::cut(letters?, filter.limit, |letter| letter.id.to_string()))
}

/// Whether anything is to be done for any workplace.
pub(super) async fn any_due(db: &Db, now: Moment) -> Result<bool> {
    let found: Option<i32> = sql(
        "SELECT 1 FROM outbox WHERE state IN ('waiting', 'sending') AND next_at <= $1 \
         AND workplace_id IS NOT NULL LIMIT 1",
    )
    .bind(now.ms())
    .scalar_optional(db)
    .await?;
    Ok(found.is_some())
}

/// Takes the letter that is due longest, of any workplace, so that nobody else takes it before `until`.
pub(super) async fn take(tx: &mut Tx, now: Moment, until: Moment) -> Result<Option<Posted>> {
    let text = format!(
        "SELECT {COLUMNS} FROM outbox WHERE state = 'waiting' AND next_at <= $1 AND workplace_id IS NOT NULL \
         ORDER BY next_at, id LIMIT 1{}",
        tx.skip_locked()
    );
    let record: Option<Record> = Sql::built(text).bind(now.ms()).optional(&mut *tx).await?;
    let Some(letter) = record.map(Record::posted).transpose()? else {
        return Ok(None);
    };
    sql("UPDATE outbox SET next_at = $1, attempts = attempts + 1 WHERE workplace_id = $2 AND id = $3")
        .bind(until.ms())
        .bind(letter.workplace)
        .bind(letter.id)
        .execute(tx)
        .await?;
    Ok(Some(letter))
}

/// Notes that the letter goes out now. False: it was cancelled meanwhile.
pub(super) async fn begin(tx: &mut Tx, letter: &Posted, message_id: &str) -> Result<bool> {
    let begun = sql("UPDATE outbox SET state = 'sending', message_id = $1 \
                     WHERE workplace_id = $2 AND id = $3 AND state = 'waiting'")
    .bind(message_id)
    .bind(letter.workplace)
    .bind(letter.id)
    .execute(tx)
    .await?;
    Ok(begun == 1)
}

/// Letters that were going out when their sender died: nobody knows what became of them.
pub(super) async fn give_up_lost(tx: &mut Tx, before: Moment) -> Result<u64> {
    Ok(sql(
        "UPDATE outbox SET state = 'unknown', last_error = $1, sealed = NULL \
            WHERE state = 'sending' AND next_at <= $2 AND workplace_id IS NOT NULL",
    )
    .bind("The server stopped while this letter went out: it may have arrived or not.")
    .bind(before.ms())
    .execute(tx)
    .await?)
}

/// From one state to another; what ended keeps no link.
pub(super) async fn set_state(
    tx: &mut Tx,
    letter: &Posted,
    from: LetterState,
    to: LetterState,
    now: Moment,
) -> Result<bool> {
    let keeps_link = matches!(to, LetterState::Waiting | LetterState::Failed);
    let changed = sql("UPDATE outbox SET state = $1, sent_at = $2, next_at = $3, \
         sealed = CASE WHEN $4 THEN sealed ELSE NULL END WHERE workplace_id = $5 AND id = $6 AND state = $7")
    .bind(to.as_str())
    .bind((to == LetterState::Sent).then_some(now.ms()))
    .bind(now.ms())
    .bind(keeps_link)
    .bind(letter.workplace)
    .bind(letter.id)
    .bind(from.as_str())
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// What the mail server said, and when the letter is tried again.
pub(super) async fn note_answer(
    tx: &mut Tx,
    letter: &Posted,
    said: &str,
    next: Option<Moment>,
) -> Result<()> {
    sql("UPDATE outbox SET last_error = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(said)
        .bind(letter.workplace)
        .bind(letter.id)
        .execute(&mut *tx)
        .await?;
    if let Some(next) = next {
        sql("UPDATE outbox SET next_at = $1, state = 'waiting' \
             WHERE workplace_id = $2 AND id = $3 AND state IN ('waiting', 'sending')")
        .bind(next.ms())
        .bind(letter.workplace)
        .bind(letter.id)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Takes back the person's letters that have not gone out, and their links.
pub async fn cancel(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<u64> {
    Ok(sql("UPDATE outbox SET state = 'cancelled', sealed = NULL \
            WHERE workplace_id = $1 AND account_id = $2 AND state IN ('waiting', 'failed')")
    .bind(workplace)
    .bind(account)
    .execute(tx)
    .await?)
}

/// Removes all that was written to the person, for good.
pub async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql("DELETE FROM outbox WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}
