//! The only file that touches domains and domain_codes.

use guildhall_store::{Conn, FromRow, Sql, Tx, sql};

use super::rules::{Cover, Next};
use super::{Domain, DomainState, Look, Method};
use crate::ids::{DomainId, WorkplaceId};
use crate::{Error, Moment, Result};

const COLUMNS: &str = "d.id, d.workplace_id, d.name, d.state, d.method, d.subdomains, d.token, d.saw, d.created_at, \
    d.verified_at, d.watched_since, d.next_at, d.checked_at, d.absent_days, d.counted_at, \
    EXISTS (SELECT 1 FROM domains o WHERE o.name = d.name AND o.state = 'verified' \
    AND o.workplace_id <> d.workplace_id) AS elsewhere";

#[derive(FromRow)]
struct Record {
    id: DomainId,
    workplace_id: WorkplaceId,
    name: String,
    state: String,
    method: Option<String>,
    subdomains: bool,
    token: String,
    saw: String,
    created_at: i64,
    verified_at: Option<i64>,
    watched_since: Option<i64>,
    next_at: Option<i64>,
    checked_at: Option<i64>,
    absent_days: i64,
    counted_at: Option<i64>,
    elsewhere: bool,
}

fn damaged(column: &str) -> Error {
    Error::Internal(format!("domains.{column} holds what is not known"))
}

impl Record {
    fn domain(self) -> Result<Domain> {
        let moment = |ms: Option<i64>| ms.map(Moment::from_ms);
        let method = |text: String| Method::parse(&text).ok_or_else(|| damaged("method"));
        Ok(Domain {
            id: self.id,
            workplace: self.workplace_id,
            name: self.name,
            state: DomainState::parse(&self.state).ok_or_else(|| damaged("state"))?,
            method: self.method.map(method).transpose()?,
            subdomains: self.subdomains,
            token: self.token,
            looks: serde_json::from_str(&self.saw).map_err(|_| damaged("saw"))?,
            created_at: Moment::from_ms(self.created_at),
            verified_at: moment(self.verified_at),
            watched_since: moment(self.watched_since),
            next_at: moment(self.next_at),
            checked_at: moment(self.checked_at),
            absent_days: self.absent_days,
            counted_at: moment(self.counted_at),
            elsewhere: self.elsewhere,
        })
    }
}

pub(super) async fn insert(tx: &mut Tx, domain: &Domain) -> Result<()> {
    sql(
        "INSERT INTO domains (id, workplace_id, name, state, subdomains, token, saw, created_at, watched_since, \
         next_at, absent_days) VALUES ($1, $2, $3, $4, $5, $6, '[]', $7, $8, $9, 0)",
    )
    .bind(domain.id)
    .bind(domain.workplace)
    .bind(&domain.name)
    .bind(domain.state.as_str())
    .bind(domain.subdomains)
    .bind(&domain.token)
    .bind(domain.created_at.ms())
    .bind(domain.watched_since.map(Moment::ms))
    .bind(domain.next_at.map(Moment::ms))
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn list<'a>(conn: impl Into<Conn<'a>>, workplace: WorkplaceId) -> Result<Vec<Domain>> {
    let text = format!("SELECT {COLUMNS} FROM domains d WHERE d.workplace_id = $1 ORDER BY d.name");
    let records: Vec<Record> = Sql::built(text).bind(workplace).all(conn).await?;
    records.into_iter().map(Record::domain).collect()
}

pub(super) async fn get<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    id: DomainId,
) -> Result<Option<Domain>> {
    let text = format!("SELECT {COLUMNS} FROM domains d WHERE d.workplace_id = $1 AND d.id = $2");
    let record: Option<Record> = Sql::built(text).bind(workplace).bind(id).optional(conn).await?;
    record.map(Record::domain).transpose()
}

/// What may cover a name, of this workplace and of those that have proven it: the name itself and those above.
pub(super) async fn covers(tx: &mut Tx, workplace: WorkplaceId, names: &[String]) -> Result<Vec<Cover>> {
    let places: Vec<String> = (2..names.len() + 2).map(|place| format!("${place}")).collect();
    let text = format!(
        "SELECT workplace_id, name, state, subdomains FROM domains \
         WHERE name IN ({}) AND (workplace_id = $1 OR state = 'verified')",
        places.join(", ")
    );
    let query = Sql::built(text)
        .bind(workplace)
        .bind_all(names.iter().map(String::as_str));
    read_covers(query.all(tx).await?)
}

/// [`covers`] for whoever knows no workplace yet: of every workplace.
pub(super) async fn covers_anywhere(tx: &mut Tx, names: &[String]) -> Result<Vec<Cover>> {
    let places: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
    let text = format!(
        "SELECT workplace_id, name, state, subdomains FROM domains WHERE name IN ({}) AND state <> 'pending' \
         ORDER BY workplace_id LIMIT 1000",
        places.join(", ")
    );
    let query = Sql::built(text).bind_all(names.iter().map(String::as_str));
    read_covers(query.all(tx).await?)
}

fn read_covers(rows: Vec<(WorkplaceId, String, String, bool)>) -> Result<Vec<Cover>> {
    rows.into_iter()
        .map(|(workplace, name, state, subdomains)| {
            Ok(Cover {
                workplace,
                name,
                state: DomainState::parse(&state).ok_or_else(|| damaged("state"))?,
                subdomains,
            })
        })
        .collect()
}

/// Who let the domain in or wants it, besides the workplace that has proven it.
pub(super) async fn others(tx: &mut Tx, workplace: WorkplaceId, name: &str) -> Result<Vec<Domain>> {
    let text = format!("SELECT {COLUMNS} FROM domains d WHERE d.name = $1 AND d.workplace_id <> $2");
    let records: Vec<Record> = Sql::built(text).bind(name).bind(workplace).all(tx).await?;
    records.into_iter().map(Record::domain).collect()
}

/// Writes what a look saw and what it makes of the domain.
pub(super) async fn put_look(
    tx: &mut Tx,
    domain: &Domain,
    looks: &[Look],
    next: &Next,
    now: Moment,
) -> Result<()> {
    let saw = serde_json::to_string(looks).map_err(|why| Error::Internal(why.to_string()))?;
    sql(
        "UPDATE domains SET state = $1, method = $2, saw = $3, checked_at = $4, next_at = $5, absent_days = $6, \
         counted_at = $7, verified_at = $8, subdomains = $9 WHERE workplace_id = $10 AND id = $11",
    )
    .bind(next.state.as_str())
    .bind(next.method.map(Method::as_str))
    .bind(saw)
    .bind(now.ms())
    .bind(next.next_at.map(Moment::ms))
    .bind(next.absent_days)
    .bind(next.counted_at.map(Moment::ms))
    .bind(next.verified_at.map(Moment::ms))
    .bind(domain.subdomains && next.method == Some(Method::Dns))
    .bind(domain.workplace)
    .bind(domain.id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes what a person decides: let in, subdomains, looked for again.
pub(super) async fn put(tx: &mut Tx, domain: &Domain) -> Result<()> {
    sql(
        "UPDATE domains SET state = $1, subdomains = $2, watched_since = $3, next_at = $4 \
         WHERE workplace_id = $5 AND id = $6",
    )
    .bind(domain.state.as_str())
    .bind(domain.subdomains)
    .bind(domain.watched_since.map(Moment::ms))
    .bind(domain.next_at.map(Moment::ms))
    .bind(domain.workplace)
    .bind(domain.id)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn remove(tx: &mut Tx, domain: &Domain) -> Result<()> {
    drop_code(tx, domain).await?;
    sql("DELETE FROM domains WHERE workplace_id = $1 AND id = $2")
        .bind(domain.workplace)
        .bind(domain.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes the domain of any workplace that has waited longest for a look, and keeps others from it until then.
pub(super) async fn take_due(tx: &mut Tx, now: Moment, until: Moment) -> Result<Option<Domain>> {
    let text = format!(
        "SELECT d.id, d.workplace_id FROM domains d WHERE d.next_at <= $1 AND d.workplace_id IS NOT NULL \
         ORDER BY d.next_at LIMIT 1{}",
        tx.skip_locked()
    );
    let found: Option<(DomainId, WorkplaceId)> = Sql::built(text).bind(now.ms()).optional(&mut *tx).await?;
    let Some((id, workplace)) = found else {
        return Ok(None);
    };
    sql("UPDATE domains SET next_at = $1 WHERE workplace_id = $2 AND id = $3")
        .bind(until.ms())
        .bind(workplace)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    get(tx, workplace, id).await
}

/// Whether any domain of any workplace waits for a look.
pub(super) async fn any_due<'a>(conn: impl Into<Conn<'a>>, now: Moment) -> Result<bool> {
    let found: Option<i32> =
        sql("SELECT 1 FROM domains WHERE next_at <= $1 AND workplace_id IS NOT NULL LIMIT 1")
            .bind(now.ms())
            .scalar_optional(conn)
            .await?;
    Ok(found.is_some())
}

/// A code that was mailed.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Code {
    pub recipient: String,
    pub hash: String,
    /// Wrong codes that were given since.
    pub tries: i64,
    /// Letters on that day.
    pub letters: i64,
    pub day: String,
    pub expires_at: i64,
}

pub(super) async fn code(tx: &mut Tx, domain: &Domain) -> Result<Option<Code>> {
    Ok(sql(
        "SELECT recipient, code_hash AS hash, tries, letters, day, expires_at FROM domain_codes \
         WHERE workplace_id = $1 AND domain_id = $2",
    )
    .bind(domain.workplace)
    .bind(domain.id)
    .optional(tx)
    .await?)
}

pub(super) async fn put_code(tx: &mut Tx, domain: &Domain, code: &Code) -> Result<()> {
    sql(
        "INSERT INTO domain_codes (domain_id, workplace_id, recipient, code_hash, tries, letters, day, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (domain_id) DO UPDATE SET recipient = excluded.recipient, code_hash = excluded.code_hash, \
         tries = excluded.tries, letters = excluded.letters, day = excluded.day, expires_at = excluded.expires_at \
         WHERE domain_codes.workplace_id = excluded.workplace_id",
    )
    .bind(domain.id)
    .bind(domain.workplace)
    .bind(&code.recipient)
    .bind(&code.hash)
    .bind(code.tries)
    .bind(code.letters)
    .bind(&code.day)
    .bind(code.expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn drop_code(tx: &mut Tx, domain: &Domain) -> Result<()> {
    sql("DELETE FROM domain_codes WHERE workplace_id = $1 AND domain_id = $2")
        .bind(domain.workplace)
        .bind(domain.id)
        .execute(tx)
        .await?;
    Ok(())
}
