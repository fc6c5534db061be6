//! The only file that touches invitations.

use guildhall_store::{Conn, Db, FromRow, Growing, Sql, Tx, sql};

use super::{Invitation, InvitationState as State};
use crate::ids::{AccountId, InvitationId, WorkplaceId};
use crate::{Error, Moment, Page, Result};

const COLUMNS: &str = "id, workplace_id, account_id, state, message, invited_by, created_at, expires_at, sent_at, \
    bounced_at, bounce_reason, visited_at, claimed_at, reminded_at, reminders";

#[derive(FromRow)]
struct Record {
    id: InvitationId,
    workplace_id: WorkplaceId,
    account_id: AccountId,
    state: String,
    message: Option<String>,
    invited_by: Option<AccountId>,
    created_at: i64,
    expires_at: i64,
    sent_at: Option<i64>,
    bounced_at: Option<i64>,
    bounce_reason: Option<String>,
    visited_at: Option<i64>,
    claimed_at: Option<i64>,
    reminded_at: Option<i64>,
    reminders: i64,
}

impl Record {
    fn invitation(self) -> Result<Invitation> {
        let moment = |at: Option<i64>| at.map(Moment::from_ms);
        Ok(Invitation {
            id: self.id,
            workplace: self.workplace_id,
            account: self.account_id,
            state: State::parse(&self.state)
                .ok_or_else(|| Error::Internal("invitations.state holds what is not known".into()))?,
            message: self.message,
            invited_by: self.invited_by,
            created_at: Moment::from_ms(self.created_at),
            expires_at: Moment::from_ms(self.expires_at),
            sent_at: moment(self.sent_at),
            bounced_at: moment(self.bounced_at),
            bounce_reason: self.bounce_reason,
            visited_at: moment(self.visited_at),
            claimed_at: moment(self.claimed_at),
            reminded_at: moment(self.reminded_at),
            reminders: self.reminders,
        })
    }
}

async fn one<'a>(conn: impl Into<Conn<'a>>, query: Sql) -> Result<Option<Invitation>> {
    query
        .optional::<Record>(conn)
        .await?
        .map(Record::invitation)
        .transpose()
}

/// Puts the invitation in place of the account's older one.
pub(super) async fn replace(tx: &mut Tx, invitation: &Invitation, token_hash: &str) -> Result<()> {
    forget(tx, (invitation.workplace, invitation.account)).await?;
    sql("INSERT INTO invitations (id, workplace_id, account_id, token_hash, state, message, invited_by, created_at, \
         expires_at, reminded_at, reminders) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
    .bind(invitation.id)
    .bind(invitation.workplace)
    .bind(invitation.account)
    .bind(token_hash)
    .bind(invitation.state.as_str())
    .bind(invitation.message.clone())
    .bind(invitation.invited_by.map(|id| id.0))
    .bind(invitation.created_at.ms())
    .bind(invitation.expires_at.ms())
    .bind(invitation.reminded_at.map(Moment::ms))
    .bind(invitation.reminders)
    .execute(tx)
    .await?;
    Ok(())
}

/// The invitation whose link has this token: the token tells the workplace.
pub(super) async fn by_token<'a>(conn: impl Into<Conn<'a>>, token_hash: &str) -> Result<Option<Invitation>> {
    let text = format!("SELECT {COLUMNS} FROM invitations WHERE token_hash = $1 AND state <> 'revoked'");
    one(conn, Sql::built(text).bind(token_hash)).await
}

/// The invitation of that id.
pub async fn get(db: &Db, workplace: WorkplaceId, id: InvitationId) -> Result<Option<Invitation>> {
    let text = format!("SELECT {COLUMNS} FROM invitations WHERE workplace_id = $1 AND id = $2");
    one(db, Sql::built(text).bind(workplace).bind(id)).await
}

/// The person's invitation, if there ever was one.
pub async fn of_account<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    account: AccountId,
) -> Result<Option<Invitation>> {
    let text = format!("SELECT {COLUMNS} FROM invitations WHERE workplace_id = $1 AND account_id = $2");
    one(conn, Sql::built(text).bind(workplace).bind(account)).await
}

/// The invitations from then to then whose letters have arrived, as far as is known, and that nobody has claimed; in the
/// order of accounts, after one.
pub async fn open_between(
    db: &Db,
    workplace: WorkplaceId,
    (from, to): (Moment, Moment),
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Invitation>> {
    let text = format!(
        "SELECT {COLUMNS} FROM invitations WHERE workplace_id = $1 AND state IN ('sent', 'visited') \
         AND created_at >= $2 AND created_at <= $3 AND account_id > $4 ORDER BY account_id LIMIT $5"
    );
    let query = Sql::built(text)
        .bind(workplace)
        .bind(from.ms())
        .bind(to.ms())
        .bind(after.map_or(uuid::Uuid::nil(), |id| id.0))
        .bind(limit);
    let records: Vec<Record> = query.all(db).await?;
    records.into_iter().map(Record::invitation).collect()
}

/// Its link was opened for the first time.
pub(crate) async fn note_visited(tx: &mut Tx, invitation: &Invitation, now: Moment) -> Result<()> {
    sql("UPDATE invitations SET visited_at = $1, state = 'visited' \
         WHERE workplace_id = $2 AND id = $3 AND visited_at IS NULL AND claimed_at IS NULL")
    .bind(now.ms())
    .bind(invitation.workplace)
    .bind(invitation.id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Its letter has left the house.
pub async fn note_sent(tx: &mut Tx, workplace: WorkplaceId, id: InvitationId, now: Moment) -> Result<()> {
    sql("UPDATE invitations SET sent_at = $1, state = CASE WHEN state IN ('waiting', 'bounced') THEN 'sent' ELSE state END, \
         bounced_at = NULL, bounce_reason = NULL WHERE workplace_id = $2 AND id = $3")
    .bind(now.ms())
    .bind(workplace)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Its letter came back.
pub async fn note_bounced(
    tx: &mut Tx,
    workplace: WorkplaceId,
    id: InvitationId,
    reason: &str,
    now: Moment,
) -> Result<()> {
    sql("UPDATE invitations SET bounced_at = $1, bounce_reason = $2, \
         state = CASE WHEN state IN ('waiting', 'sent') THEN 'bounced' ELSE state END WHERE workplace_id = $3 AND id = $4")
    .bind(now.ms())
    .bind(reason)
    .bind(workplace)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Its link is dead: because the account was claimed, or was not to be claimed any more.
pub async fn end(
    tx: &mut Tx,
    (workplace, account): (WorkplaceId, AccountId),
    claimed: Option<Moment>,
) -> Result<()> {
    let state = if claimed.is_some() {
        State::Claimed
    } else {
        State::Revoked
    };
    sql(
        "UPDATE invitations SET token_hash = NULL, state = $1, claimed_at = $2 \
         WHERE workplace_id = $3 AND account_id = $4 AND claimed_at IS NULL",
    )
    .bind(state.as_str())
    .bind(claimed.map(Moment::ms))
    .bind(workplace)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(())
}

/// Its link is dead until [`revive`]: the account was deactivated.
pub async fn rest(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql("UPDATE invitations SET state = 'revoked' \
         WHERE workplace_id = $1 AND account_id = $2 AND claimed_at IS NULL")
    .bind(workplace)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(())
}

/// A link that somebody has, and that only rested, works again: the account is back.
pub async fn revive(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql(
        "UPDATE invitations SET state = CASE WHEN visited_at IS NOT NULL THEN 'visited' \
         WHEN bounced_at IS NOT NULL THEN 'bounced' ELSE 'sent' END \
         WHERE workplace_id = $1 AND account_id = $2 AND state = 'revoked' AND claimed_at IS NULL \
         AND token_hash IS NOT NULL AND (sent_at IS NOT NULL OR visited_at IS NOT NULL)",
    )
    .bind(workplace)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(())
}

/// Removes the person's invitation, for good.
pub async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql("DELETE FROM invitations WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Which invitations, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: Option<State>,
    /// Only of these people.
    pub accounts: Option<Vec<AccountId>>,
    pub after: Option<InvitationId>,
    pub limit: i64,
}

/// The invitations that match, a page at a time. Those whose link is too old at `now` are told as expired.
pub async fn list(db: &Db, workplace: WorkplaceId, filter: &Filter, now: Moment) -> Result<Page<Invitation>> {
    let text = format!("SELECT {COLUMNS} FROM invitations WHERE workplace_id = $1");
    let mut query = Growing::new(text, [workplace.into()]);
    if let Some(accounts) = &filter.accounts {
        if accounts.is_empty() {
            return Ok(Page::empty());
        }
        let ids = query.put(AccountId::list(accounts));
        query.and(&format!("account_id = ANY({ids})"));
    }
    match filter.state {
        Some(State::Expired) => {
            query.narrow(
                "state NOT IN ('claimed', 'revoked') AND expires_at <=",
                Some(now.ms()),
            );
        }
        Some(state) => {
            query.narrow("state =", Some(state.as_str()));
            let ended = matches!(state, State::Claimed | State::Revoked);
            query.narrow("expires_at >", (!ended).then_some(now.ms()));
        }
        None => {}
    }
    query.narrow("id <", filter.after);
    query.narrow("TRUE ORDER BY id DESC LIMIT", Some(filter.limit + 1));
    let records: Vec<Record> = query.sql().all(db).await?;
    let found: Result<Vec<Invitation>> = records
        .into_iter()
        .map(|record| {
            let mut invitation = record.invitation()?;
            let done = matches!(invitation.state, State::Claimed | State::Revoked);
            if !done && invitation.expires_at <= now {
                invitation.state = State::Expired;
            }
            Ok(invitation)
        })
        .collect();
    Ok(Page::cut(found?, filter.limit, |invitation| {
        invitation.id.to_string()
    }))
}

/// How many people came how far; who came further counts for the steps before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Funnel {
    pub invited: i64,
    pub sent: i64,
    pub bounced: i64,
    pub visited: i64,
    pub claimed: i64,
}

/// The funnel of a workplace.
pub async fn funnel(db: &Db, workplace: WorkplaceId) -> Result<Funnel> {
    Ok(sql(
        "SELECT COUNT(*) AS invited, COUNT(sent_at) AS sent, COUNT(bounced_at) AS bounced, \
         COUNT(visited_at) AS visited, COUNT(claimed_at) AS claimed \
         FROM invitations WHERE workplace_id = $1 AND state <> 'revoked'",
    )
    .bind(workplace)
    .one(db)
    .await?)
}
