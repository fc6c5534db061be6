//! People without an e-mail address, and who looks after them.

use std::collections::BTreeMap;

use guildhall_store::{Db, Growing, Tx, Value, sql};

use super::{COLUMNS, Record, known};
use crate::accounts::{Account, AccountState, people};
use crate::ids::{AccountId, WorkplaceId};
use crate::supervisors::Filter;
use crate::{Page, Result, fold};

/// Those without an e-mail address who have not claimed their account yet, of one department if one is named, in the
/// order of names, after `after`: each with the key of the name.
pub async fn without_email(
    db: &Db,
    workplace: WorkplaceId,
    department: Option<&str>,
    after: Option<&(String, AccountId)>,
    limit: i64,
) -> Result<Vec<(String, AccountId)>> {
    let mut query = Growing::new(
        "SELECT name_key, id FROM accounts WHERE workplace_id = $1 AND email_key IS NULL \
         AND employee_key IS NOT NULL AND state IN ('uninvited', 'invited')",
        [workplace.into()],
    );
    query.narrow("department_key =", department.map(fold::key));
    if let Some((name, id)) = after {
        let (name, id) = (query.put(name), query.put(*id));
        query.and(&format!("(name_key, id) > ({name}, {id})"));
    }
    query.narrow("TRUE ORDER BY name_key, id LIMIT", Some(limit));
    Ok(query.sql().all(db).await?)
}

/// The departments of those without an e-mail address who have not claimed their account yet, with how many each has; the
/// name is empty for those who have none.
pub async fn departments_without_email(db: &Db, workplace: WorkplaceId) -> Result<Vec<(String, i64)>> {
    Ok(sql(
        "SELECT COALESCE(MIN(department), ''), COUNT(*) FROM accounts WHERE workplace_id = $1 AND email_key IS NULL \
         AND employee_key IS NOT NULL AND state IN ('uninvited', 'invited') \
         GROUP BY department_key ORDER BY COALESCE(department_key, '') LIMIT 1000",
    )
    .bind(workplace)
    .all(db)
    .await?)
}

/// The workplaces where somebody who is in has the employee id, oldest first.
pub async fn workplaces_of_employee(db: &Db, employee_id: &str) -> Result<Vec<WorkplaceId>> {
    Ok(sql(
        "SELECT a.workplace_id FROM workplaces w JOIN accounts a ON a.workplace_id = w.id \
         WHERE a.employee_key = $1 AND a.state = 'claimed' ORDER BY a.workplace_id LIMIT 20",
    )
    .bind(fold::key(employee_id))
    .scalars(db)
    .await?)
}

/// Everybody below a person ($2), however far, and themselves left out.
const UNDER: &str = "WITH RECURSIVE under (id) AS ( \
       SELECT id FROM accounts WHERE workplace_id = $1 AND manager_id = $2 \
       UNION \
       SELECT a.id FROM accounts a JOIN under ON a.manager_id = under.id WHERE (a.workplace_id = $1) IS TRUE)";

/// Whom a person ($2) looks after: who is below them, and who is at one of the locations ($3).
const OWN: &str = "FROM accounts WHERE workplace_id = $1 AND id <> $2 AND state <> 'deactivated' \
       AND (id IN (SELECT id FROM under) OR location_key = ANY($3))";

fn own(select: &str, workplace: WorkplaceId, (me, locations): (AccountId, &[String])) -> Growing {
    let values: [Value; 3] = [workplace.into(), me.into(), locations.to_vec().into()];
    Growing::new(format!("{UNDER} SELECT {select} {OWN}"), values)
}

/// The people whom a person looks after, by who is below them and by folded locations, in the order of names.
pub async fn looked_after(
    db: &Db,
    workplace: WorkplaceId,
    by: (AccountId, &[String]),
    filter: &Filter,
) -> Result<Page<Account>> {
    let mut query = own(COLUMNS, workplace, by);
    if filter.waiting {
        query.and("state IN ('uninvited', 'invited')");
    }
    if let Some((name, id)) = &filter.after {
        let (name, id) = (query.put(name), query.put(*id));
        query.and(&format!("(name_key, id) > ({name}, {id})"));
    }
    query.narrow("TRUE ORDER BY name_key, id LIMIT", Some(filter.limit + 1));
    let records: Vec<Record> = query.sql().all(db).await?;
    let accounts: Result<Vec<Account>> = records.into_iter().map(Record::account).collect();
    Ok(Page::cut(accounts?, filter.limit, |account| {
        people::cursor(&fold::sort_key(&account.name()), account.id)
    }))
}

/// How many of them are in each state.
pub async fn count_looked_after(
    db: &Db,
    workplace: WorkplaceId,
    by: (AccountId, &[String]),
) -> Result<BTreeMap<AccountState, i64>> {
    let mut query = own("state, COUNT(*)", workplace, by);
    query.push(" GROUP BY state");
    let rows: Vec<(String, i64)> = query.sql().all(db).await?;
    rows.into_iter()
        .map(|(state, people)| Ok((known("state", &state, AccountState::parse)?, people)))
        .collect()
}

/// Those among `ids` whom the person looks after.
pub async fn looked_after_of(
    tx: &mut Tx,
    workplace: WorkplaceId,
    by: (AccountId, &[String]),
    ids: &[AccountId],
) -> Result<Vec<AccountId>> {
    let mut query = own("id", workplace, by);
    let ids = query.put(AccountId::list(ids));
    query.and(&format!("id = ANY({ids})"));
    Ok(query.sql().scalars(tx).await?)
}

/// The ids of those among them who have no e-mail address and have not claimed their account, in the order of names.
pub async fn looked_after_waiting(
    tx: &mut Tx,
    workplace: WorkplaceId,
    by: (AccountId, &[String]),
    limit: i64,
) -> Result<Vec<AccountId>> {
    let mut query = own("id", workplace, by);
    query.and("email_key IS NULL AND employee_key IS NOT NULL AND state IN ('uninvited', 'invited')");
    query.narrow("TRUE ORDER BY name_key, id LIMIT", Some(limit));
    Ok(query.sql().scalars(tx).await?)
}
