//! Many accounts in few statements: for imports and directories.

use std::collections::{BTreeMap, HashMap};

use guildhall_store::{Db, Insert, Sql, Tx, sql};

use super::{COLUMNS, COUNT, INSERT, REPLACE, Record, count_by, known, values};
use crate::accounts::{Account, AccountState, SYSTEM_ADMIN, terms};
use crate::ids::{AccountId, WorkplaceId};
use crate::{Error, Result};

/// Many accounts came at once: the database looks how many there are before it plans the next queries.
pub async fn recount(db: &Db) -> Result<()> {
    db.recount("accounts").await?;
    Ok(db.recount("account_terms").await?)
}

/// How many keys are asked for at once.
const KEYS: usize = 5000;

/// The accounts that hold any of these keys, each once.
pub async fn load(
    tx: &mut Tx,
    workplace: WorkplaceId,
    emails: &[&str],
    employees: &[&str],
    phones: &[&str],
) -> Result<Vec<Account>> {
    let mut found: BTreeMap<AccountId, Account> = BTreeMap::new();
    for (column, keys) in [
        ("email_key", emails),
        ("employee_key", employees),
        ("phone_key", phones),
    ] {
        for keys in keys.chunks(KEYS) {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            let text =
                format!("SELECT {COLUMNS} FROM accounts WHERE workplace_id = $1 AND {column} = ANY($2)");
            let query = Sql::built(text).bind(workplace).bind(keys);
            let records: Vec<Record> = query.all(&mut *tx).await?;
            for record in records {
                found.insert(record.id, record.account()?);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The accounts with these ids. As an expression the workplace is asked of those that are found by their ids: as a column
/// SQLite would take its index for the better one, and walk along everybody.
pub async fn load_ids(tx: &mut Tx, workplace: WorkplaceId, ids: &[AccountId]) -> Result<Vec<Account>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(KEYS) {
        let text =
            format!("SELECT {COLUMNS} FROM accounts WHERE (workplace_id = $1) IS TRUE AND id = ANY($2)");
        let query = Sql::built(text).bind(workplace).bind(AccountId::list(ids));
        for record in query.all::<Record>(&mut *tx).await? {
            found.push(record.account()?);
        }
    }
    Ok(found)
}

/// Everybody above these, themselves too, each with their manager.
pub async fn above(
    tx: &mut Tx,
    workplace: WorkplaceId,
    people: impl IntoIterator<Item = AccountId>,
) -> Result<HashMap<AccountId, Option<AccountId>>> {
    let people: Vec<AccountId> = people.into_iter().collect();
    let mut found = HashMap::new();
    for people in people.chunks(KEYS) {
        let query = sql("WITH RECURSIVE up (id, manager_id) AS ( \
               SELECT id, manager_id FROM accounts WHERE (workplace_id = $1) IS TRUE AND id = ANY($2) \
               UNION \
               SELECT a.id, a.manager_id FROM accounts a JOIN up ON a.id = up.manager_id WHERE a.workplace_id = $1) \
             SELECT id, manager_id FROM up");
        let query = query.bind(workplace).bind(AccountId::list(people));
        found.extend(query.all::<(AccountId, Option<AccountId>)>(&mut *tx).await?);
    }
    Ok(found)
}

/// Everybody who reports to these, themselves or through others; not these.
pub async fn below(tx: &mut Tx, workplace: WorkplaceId, people: &[AccountId]) -> Result<Vec<AccountId>> {
    let mut found = Vec::new();
    for some in people.chunks(KEYS) {
        let query = sql("WITH RECURSIVE down (id) AS ( \
               SELECT id FROM accounts WHERE workplace_id = $1 AND manager_id = ANY($2) \
               UNION \
               SELECT a.id FROM accounts a JOIN down ON a.manager_id = down.id WHERE (a.workplace_id = $1) IS TRUE) \
             SELECT id FROM down");
        let query = query.bind(workplace).bind(AccountId::list(some));
        found.extend(query.scalars::<AccountId>(&mut *tx).await?);
    }
    found.sort_unstable();
    found.dedup();
    found.retain(|id| !people.contains(id));
    Ok(found)
}

/// Those who have not left, in the order of ids, after one.
pub async fn page_after(
    tx: &mut Tx,
    workplace: WorkplaceId,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Account>> {
    let text = format!(
        "SELECT {COLUMNS} FROM accounts WHERE (workplace_id = $1) IS TRUE AND id > $2 AND state <> 'deactivated' \
         ORDER BY id LIMIT $3"
    );
    let query = Sql::built(text)
        .bind(workplace)
        .bind(after.map_or(uuid::Uuid::nil(), |id| id.0))
        .bind(limit);
    let records: Vec<Record> = query.all(tx).await?;
    records.into_iter().map(Record::account).collect()
}

/// Those who start between two days, both included, in that order, after one of them.
pub async fn starting(
    tx: &mut Tx,
    workplace: WorkplaceId,
    (from, to): (&str, &str),
    after: Option<(String, AccountId)>,
    limit: i64,
) -> Result<Vec<Account>> {
    let (day, id) = after.map_or((String::new(), uuid::Uuid::nil()), |(day, id)| (day, id.0));
    let text = format!(
        "SELECT {COLUMNS} FROM accounts WHERE workplace_id = $1 AND start_date >= $2 AND start_date <= $3 \
         AND (start_date, id) > ($4, $5) ORDER BY start_date, id LIMIT $6"
    );
    let query = Sql::built(text)
        .bind(workplace)
        .bind(from)
        .bind(to)
        .bind(day)
        .bind(id)
        .bind(limit);
    let records: Vec<Record> = query.all(tx).await?;
    records.into_iter().map(Record::account).collect()
}

/// Those who have not left and whose last day is before that day, in the order of days, after one of them.
pub async fn ending(
    tx: &mut Tx,
    workplace: WorkplaceId,
    before: &str,
    after: Option<(String, AccountId)>,
    limit: i64,
) -> Result<Vec<Account>> {
    let (day, id) = after.map_or((String::new(), uuid::Uuid::nil()), |(day, id)| (day, id.0));
    let text = format!(
        "SELECT {COLUMNS} FROM accounts WHERE workplace_id = $1 AND end_date < $2 AND state <> 'deactivated' \
         AND (end_date, id) > ($3, $4) ORDER BY end_date, id LIMIT $5"
    );
    let query = Sql::built(text)
        .bind(workplace)
        .bind(before)
        .bind(day)
        .bind(id)
        .bind(limit);
    let records: Vec<Record> = query.all(tx).await?;
    records.into_iter().map(Record::account).collect()
}

/// The system admins who are in or may come in.
pub async fn admins(tx: &mut Tx, workplace: WorkplaceId) -> Result<Vec<(AccountId, AccountState)>> {
    let rows: Vec<(AccountId, String)> = sql(
        "SELECT id, state FROM accounts WHERE workplace_id = $1 AND role = $2 AND role <> 'member' \
         AND state IN ('claimed', 'invited')",
    )
    .bind(workplace)
    .bind(SYSTEM_ADMIN)
    .all(tx)
    .await?;
    rows.into_iter()
        .map(|(id, state)| Ok((id, known("state", &state, AccountState::parse)?)))
        .collect()
}

/// Writes accounts that are new or were read in this transaction, each with whether its names changed.
pub async fn put_all(tx: &mut Tx, accounts: &[(&Account, bool)]) -> Result<()> {
    // Of the new ones nobody else knows: nothing to replace, which is quicker.
    let (mut insert, mut replace) = (
        Insert::new(INSERT, COUNT),
        Insert::new(INSERT, COUNT).tail(REPLACE),
    );
    for (account, _) in accounts {
        let one = if account.version == 1 {
            &mut insert
        } else {
            &mut replace
        };
        one.push(values(account));
    }
    let written = insert.execute(tx).await? + replace.execute(tx).await?;
    if written as usize != accounts.len() {
        return Err(Error::Conflict {
            code: "changed",
            message: "Somebody else changed these people in the same moment.".into(),
        });
    }
    let renamed: Vec<&Account> = accounts
        .iter()
        .filter(|(_, renamed)| *renamed)
        .map(|(account, _)| *account)
        .collect();
    put_terms(tx, &renamed).await
}

async fn put_terms(tx: &mut Tx, accounts: &[&Account]) -> Result<()> {
    for accounts in accounts.chunks(KEYS) {
        let old: Vec<AccountId> = accounts
            .iter()
            .filter(|account| account.version > 1)
            .map(|account| account.id)
            .collect();
        if let (Some(first), false) = (accounts.first(), old.is_empty()) {
            sql("DELETE FROM account_terms WHERE workplace_id = $1 AND account_id = ANY($2)")
                .bind(first.workplace)
                .bind(AccountId::list(&old))
                .execute(tx)
                .await?;
        }
        let mut insert = Insert::new("INSERT INTO account_terms (workplace_id, term, account_id)", 3);
        for account in accounts {
            for term in terms::of(account) {
                insert.push([account.workplace.into(), term.into(), account.id.into()]);
            }
        }
        insert.execute(tx).await?;
    }
    Ok(())
}

/// Moves many from the counts of their states to those of others.
pub async fn count_all(
    tx: &mut Tx,
    workplace: WorkplaceId,
    moves: impl IntoIterator<Item = (Option<AccountState>, Option<AccountState>)>,
) -> Result<()> {
    let mut by: BTreeMap<AccountState, i64> = BTreeMap::new();
    for (from, to) in moves {
        if from != to {
            for (state, one) in [(from, -1), (to, 1)] {
                if let Some(state) = state {
                    *by.entry(state).or_default() += one;
                }
            }
        }
    }
    for (state, by) in by {
        count_by(tx, workplace, state, by).await?;
    }
    Ok(())
}

/// Somebody who is here, by what a list could name them.
#[derive(guildhall_store::FromRow)]
pub struct Present {
    pub id: AccountId,
    pub display_name: String,
    pub email_key: Option<String>,
    pub employee_key: Option<String>,
    pub phone_key: Option<String>,
    name_key: String,
}

impl Present {
    /// Where in the order of [`present`] they stand.
    pub fn place(&self) -> (String, AccountId) {
        (self.name_key.clone(), self.id)
    }
}

/// Those who are not deactivated, in the order of names, after `after`, to be looked for in a list. (Another order would
/// sort all of them for each page.)
pub async fn present(
    db: &Db,
    workplace: WorkplaceId,
    after: Option<(String, AccountId)>,
    limit: i64,
) -> Result<Vec<Present>> {
    let (name, id) = after.map_or((String::new(), uuid::Uuid::nil()), |(name, id)| (name, id.0));
    Ok(sql(
        "SELECT id, display_name, email_key, employee_key, phone_key, name_key FROM accounts WHERE workplace_id = $1 \
         AND (name_key, id) > ($2, $3) AND state <> 'deactivated' ORDER BY name_key, id LIMIT $4",
    )
    .bind(workplace)
    .bind(name)
    .bind(id)
    .bind(limit)
    .all(db)
    .await?)
}
