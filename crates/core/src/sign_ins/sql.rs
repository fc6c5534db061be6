//! The only file that touches sign_ins.

use guildhall_store::{Conn, FromRow, Growing, Tx, sql};

use super::{Filter, IN, SignIn, SignInMethod, Through};
use crate::ids::{AccountId, SignInId, SsoProviderId, WorkplaceId};
use crate::{Error, Moment, Page, Result};

const COLUMNS: &str = "id, account_id, at, method, provider_id, provider_name, typed, result, reason, came, address, \
     user_agent, break_glass, disowned_at";

#[derive(FromRow)]
struct Record {
    id: SignInId,
    account_id: Option<AccountId>,
    at: i64,
    method: String,
    provider_id: Option<SsoProviderId>,
    provider_name: Option<String>,
    typed: String,
    result: String,
    reason: String,
    came: Option<String>,
    break_glass: bool,
    disowned_at: Option<i64>,
    address: String,
    user_agent: String,
}

impl Record {
    fn sign_in(self) -> Result<SignIn> {
        let method = SignInMethod::parse(&self.method)
            .ok_or_else(|| Error::Internal("sign_ins.method holds what is not known".into()))?;
        Ok(SignIn {
            id: self.id,
            account: self.account_id,
            at: Moment::from_ms(self.at),
            method,
            through: self
                .provider_id
                .zip(self.provider_name)
                .map(|(id, name)| Through { id, name }),
            typed: self.typed,
            result: self.result,
            reason: self.reason,
            came: self.came,
            break_glass: self.break_glass,
            disowned_at: self.disowned_at.map(Moment::from_ms),
            address: self.address,
            user_agent: self.user_agent,
        })
    }
}

pub(super) async fn insert(tx: &mut Tx, workplace: WorkplaceId, kept: &SignIn) -> Result<()> {
    sql("INSERT INTO sign_ins (id, workplace_id, account_id, at, method, provider_id, provider_name, typed, result, \
         reason, came, address, user_agent, break_glass) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
    .bind(kept.id)
    .bind(workplace)
    .bind(kept.account.map(|id| id.0))
    .bind(kept.at.ms())
    .bind(kept.method.as_str())
    .bind(kept.through.as_ref().map(|through| through.id.0))
    .bind(kept.through.as_ref().map(|through| through.name.clone()))
    .bind(&kept.typed)
    .bind(&kept.result)
    .bind(&kept.reason)
    .bind(kept.came.clone())
    .bind(&kept.address)
    .bind(&kept.user_agent)
    .bind(kept.break_glass)
    .execute(tx)
    .await?;
    Ok(())
}

/// A page of attempts, newest first.
pub(super) async fn list<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    filter: &Filter,
) -> Result<Page<SignIn>> {
    let mut query = Growing::new(
        format!("SELECT {COLUMNS} FROM sign_ins WHERE workplace_id = $1"),
        [workplace.into()],
    );
    query.narrow("account_id =", filter.account);
    query.narrow("method =", filter.method.map(SignInMethod::as_str));
    query.narrow("result =", filter.entered.filter(|yes| *yes).map(|_| IN));
    query.narrow("result <>", filter.entered.filter(|yes| !*yes).map(|_| IN));
    query.narrow("break_glass =", filter.break_glass);
    query.narrow("(disowned_at IS NOT NULL) =", filter.disowned);
    query.narrow("at >=", filter.from.map(Moment::ms));
    query.narrow("at <", filter.to.map(Moment::ms));
    query.narrow("id <", filter.after);
    query.narrow("TRUE ORDER BY id DESC LIMIT", Some(filter.limit + 1));
    let records: Vec<Record> = query.sql().all(conn).await?;
    let page = Page::cut(records, filter.limit, |record| record.id.to_string());
    Ok(Page {
        items: page
            .items
            .into_iter()
            .map(Record::sign_in)
            .collect::<Result<_>>()?,
        next: page.next,
    })
}

/// One attempt.
pub(crate) async fn get<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    id: SignInId,
) -> Result<Option<SignIn>> {
    let mut query = Growing::new(
        format!("SELECT {COLUMNS} FROM sign_ins WHERE workplace_id = $1"),
        [workplace.into()],
    );
    query.narrow("id =", Some(id));
    let record: Option<Record> = query.sql().optional(conn).await?;
    record.map(Record::sign_in).transpose()
}

/// Notes that it was not the person whose account it is.
pub(crate) async fn disown(tx: &mut Tx, workplace: WorkplaceId, id: SignInId, now: Moment) -> Result<()> {
    sql("UPDATE sign_ins SET disowned_at = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(now.ms())
        .bind(workplace)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Those of the people who came in by an identity provider, as far as that is kept.
pub(crate) async fn came_by_provider(
    tx: &mut Tx,
    workplace: WorkplaceId,
    people: &[AccountId],
) -> Result<Vec<AccountId>> {
    let text = "SELECT DISTINCT account_id FROM sign_ins WHERE (workplace_id = $1) IS TRUE AND account_id = ANY($2) \
         AND provider_id IS NOT NULL AND result = 'in'";
    Ok(sql(text)
        .bind(workplace)
        .bind(AccountId::list(people))
        .scalars(tx)
        .await?)
}

/// Forgets the attempts of a person whose data are removed.
pub(crate) async fn forget(tx: &mut Tx, (workplace, account): (WorkplaceId, AccountId)) -> Result<()> {
    sql("DELETE FROM sign_ins WHERE workplace_id = $1 AND account_id = $2")
        .bind(workplace)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes the attempts of every workplace before then. Gives how many.
pub(super) async fn sweep(tx: &mut Tx, before: Moment) -> Result<u64> {
    Ok(sql("DELETE FROM sign_ins WHERE at < $1")
        .bind(before.ms())
        .execute(tx)
        .await?)
}
