//! The only file that touches api_tokens.

use guildhall_store::{Conn, Db, FromRow, Tx, sql};

use super::Token;
use crate::ids::{AccountId, ConnectorId, TokenId, WorkplaceId};
use crate::{Moment, Permission, Result};

#[derive(FromRow)]
struct Record {
    id: TokenId,
    workplace_id: WorkplaceId,
    name: String,
    hint: String,
    scopes: String,
    created_by: Option<AccountId>,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    connector_id: Option<ConnectorId>,
}

impl From<Record> for Token {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            workplace: record.workplace_id,
            name: record.name,
            hint: record.hint,
            scopes: record.scopes.split(' ').filter_map(Permission::parse).collect(),
            created_by: record.created_by,
            created_at: Moment::from_ms(record.created_at),
            expires_at: record.expires_at.map(Moment::from_ms),
            last_used_at: record.last_used_at.map(Moment::from_ms),
            connector: record.connector_id,
        }
    }
}

pub(super) async fn insert(tx: &mut Tx, token: &Token, hash: &str) -> Result<()> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    sql("INSERT INTO api_tokens (id, workplace_id, name, token_hash, hint, scopes, created_by, created_at, expires_at, \
         connector_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
    .bind(token.id)
    .bind(token.workplace)
    .bind(&token.name)
    .bind(hash)
    .bind(&token.hint)
    .bind(scopes.join(" "))
    .bind(token.created_by.map(|id| id.0))
    .bind(token.created_at.ms())
    .bind(token.expires_at.map(Moment::ms))
    .bind(token.connector.map(|id| id.0))
    .execute(tx)
    .await?;
    Ok(())
}

/// By the secret alone: it is what tells the workplace.
pub(super) async fn alive(db: &Db, hash: &str, now: Moment) -> Result<Option<Token>> {
    let record: Option<Record> = sql("SELECT id, workplace_id, name, hint, scopes, created_by, created_at, expires_at, \
         last_used_at, connector_id FROM api_tokens WHERE token_hash = $1 AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > $2)")
    .bind(hash)
    .bind(now.ms())
    .optional(db)
    .await?;
    Ok(record.map(Into::into))
}

#[derive(FromRow)]
struct AnyRecord {
    #[sqlx(flatten)]
    token: Record,
    ended_at: Option<i64>,
}

/// By the secret alone, and whether it was ended.
pub(super) async fn any(db: &Db, hash: &str) -> Result<Option<(Token, bool)>> {
    let found: Option<AnyRecord> = sql(
        "SELECT id, workplace_id, name, hint, scopes, created_by, created_at, expires_at, \
         last_used_at, connector_id, ended_at FROM api_tokens WHERE token_hash = $1",
    )
    .bind(hash)
    .optional(db)
    .await?;
    Ok(found.map(|found| (found.token.into(), found.ended_at.is_some())))
}

/// The tokens of a connector that have not been ended, newest first.
pub async fn of_connector<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    connector: ConnectorId,
) -> Result<Vec<Token>> {
    let records: Vec<Record> = sql("SELECT id, workplace_id, name, hint, scopes, created_by, created_at, expires_at, \
         last_used_at, connector_id FROM api_tokens WHERE workplace_id = $1 AND connector_id = $2 AND ended_at IS NULL \
         ORDER BY id DESC LIMIT 1000")
    .bind(workplace)
    .bind(connector)
    .all(conn)
    .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

pub(super) async fn expire(tx: &mut Tx, token: &Token, end: Moment) -> Result<()> {
    sql("UPDATE api_tokens SET expires_at = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(end.ms())
        .bind(token.workplace)
        .bind(token.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The tokens of a workplace that have not been ended, newest first; those that expired among them.
pub async fn list(db: &Db, workplace: WorkplaceId) -> Result<Vec<Token>> {
    let records: Vec<Record> = sql("SELECT id, workplace_id, name, hint, scopes, created_by, created_at, expires_at, \
         last_used_at, connector_id FROM api_tokens WHERE workplace_id = $1 AND ended_at IS NULL ORDER BY id DESC LIMIT 1000")
    .bind(workplace)
    .all(db)
    .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// The tokens that a person made and that live, newest first; those of connectors among them.
pub async fn made_by<'a>(
    conn: impl Into<Conn<'a>>,
    (workplace, account): (WorkplaceId, AccountId),
    now: Moment,
) -> Result<Vec<Token>> {
    let records: Vec<Record> = sql("SELECT id, workplace_id, name, hint, scopes, created_by, created_at, expires_at, \
         last_used_at, connector_id FROM api_tokens WHERE workplace_id = $1 AND created_by = $2 AND ended_at IS NULL \
         AND (expires_at IS NULL OR expires_at > $3) ORDER BY id DESC")
    .bind(workplace)
    .bind(account)
    .bind(now.ms())
    .all(conn)
    .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

pub(super) async fn touch(tx: &mut Tx, token: &Token, now: Moment) -> Result<()> {
    sql("UPDATE api_tokens SET last_used_at = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(now.ms())
        .bind(token.workplace)
        .bind(token.id)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn end(tx: &mut Tx, workplace: WorkplaceId, id: TokenId, now: Moment) -> Result<bool> {
    let ended =
        sql("UPDATE api_tokens SET ended_at = $1 WHERE workplace_id = $2 AND id = $3 AND ended_at IS NULL")
            .bind(now.ms())
            .bind(workplace)
            .bind(id)
            .execute(tx)
            .await?;
    Ok(ended == 1)
}
