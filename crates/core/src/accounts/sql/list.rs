//! Finding people: search as you type, filters, keys to page by.

use std::collections::BTreeMap;

use guildhall_store::{Conn, Db, FromRow, Growing, Sql, Tx, sql};

use super::search::{Ask, narrow};
use super::{COLUMNS, Record};
use crate::accounts::people::{Filter, Named, Sort};
use crate::accounts::{Account, AccountState, FORMER_MEMBER};
use crate::ids::{AccountId, FileId, WorkplaceId};
use crate::{Error, Page, Result, fold};

/// The people who match, a page at a time.
pub async fn list(db: &Db, workplace: WorkplaceId, filter: &Filter) -> Result<Page<Account>> {
    // The page is found by ids first, so that not every row that is sorted is carried along whole.
    let mut text = Growing::new(
        format!("SELECT {COLUMNS} {OF} AND a.id IN (SELECT a.id {OF}"),
        [workplace.into()],
    );
    // An index is in the order of the column, not of the expression: few are sorted, many are walked along.
    let name = if narrow(&mut text, db, workplace, filter, Ask::Page).await? {
        SORTED
    } else {
        "a.name_key"
    };
    let (column, down) = match filter.sort {
        Sort::Name => (Some(name), false),
        Sort::NameDown => (Some(name), true),
        Sort::Created => (None, false),
        Sort::CreatedDown => (None, true),
    };
    let (than, order) = if down { ("<", "DESC") } else { (">", "ASC") };
    if let Some((key, id)) = &filter.after {
        let id = text.put(*id);
        let clause = match column {
            Some(column) => {
                let key = text.put(key);
                format!("({column} {than} {key} OR ({column} = {key} AND a.id {than} {id}))")
            }
            None => format!("a.id {than} {id}"),
        };
        text.and(&clause);
        if let Some(column) = column {
            let key = text.put(key);
            text.and(&format!("{column} {than}= {key}"));
        }
    }
    let by = |column: Option<&str>| match column {
        Some(column) => format!("{column} {order}, a.id {order}"),
        None => format!("a.id {order}"),
    };
    let limit = text.put(filter.limit + 1);
    text.push(&format!(
        " ORDER BY {} LIMIT {limit}) ORDER BY {}",
        by(column),
        by(column.map(|_| SORTED))
    ));
    let records: Vec<Record> = text.sql().all(db).await?;
    let accounts: Result<Vec<Account>> = records.into_iter().map(Record::account).collect();
    Ok(Page::cut(accounts?, filter.limit, |account| {
        super::super::people::cursor(&fold::sort_key(&account.name()), account.id)
    }))
}

/// The people of a workplace. Without statistics SQLite takes a workplace for a few rows, and would rather read all of it
/// than look up ids; as an expression it is no way to find rows by, and where it should be, it is asked for once more.
pub const OF: &str = "FROM accounts a WHERE (a.workplace_id = $1) IS TRUE";

/// The names in an order that no index helps with.
const SORTED: &str = "(a.name_key || '')";

/// The ids of those who match, in the order of ids, after `after`: for what is done to all of them.
pub async fn ids(
    db: &Db,
    workplace: WorkplaceId,
    filter: &Filter,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<AccountId>> {
    let mut text = Growing::new(format!("SELECT a.id {OF}"), [workplace.into()]);
    narrow(&mut text, db, workplace, filter, Ask::Page).await?;
    text.narrow("a.id >", after);
    text.narrow("TRUE ORDER BY a.id LIMIT", Some(limit));
    Ok(text.sql().scalars(db).await?)
}

/// How many match.
pub async fn count_matching(db: &Db, workplace: WorkplaceId, filter: &Filter) -> Result<i64> {
    let mut text = Growing::new(format!("SELECT COUNT(*) {OF}"), [workplace.into()]);
    narrow(&mut text, db, workplace, filter, Ask::Count).await?;
    Ok(text.sql().scalar(db).await?)
}

#[derive(FromRow)]
struct NamedRecord {
    id: AccountId,
    former: bool,
    display_name: String,
    title: Option<String>,
    department: Option<String>,
    location: Option<String>,
    email: Option<String>,
    state: String,
    photo_file: Option<FileId>,
    reports: i64,
}

impl From<NamedRecord> for Named {
    fn from(record: NamedRecord) -> Self {
        Self {
            id: record.id,
            display_name: if record.former {
                FORMER_MEMBER.to_owned()
            } else {
                record.display_name
            },
            title: record.title,
            department: record.department,
            location: record.location,
            email: record.email,
            state: record.state,
            photo: record.photo_file,
            reports: record.reports,
        }
    }
}

const NAMED: &str =
    "a.id, a.former, a.display_name, a.title, a.department, a.location, a.email, a.state, a.photo_file";
/// How many report to the person, of those who are known to everybody or of all who have not left.
fn reports_of(all: bool) -> String {
    format!(
        "(SELECT COUNT(*) FROM accounts r WHERE r.manager_id = a.id AND r.workplace_id = a.workplace_id \
         AND {}) AS reports",
        known("r", all)
    )
}

/// Who is known to everybody; `all`: who has not left.
fn known(alias: &str, all: bool) -> String {
    if all {
        format!("{alias}.state <> 'deactivated'")
    } else {
        format!("{alias}.state IN ('claimed', 'invited')")
    }
}

/// The people with these ids, as they are shown in passing; those who are not here are left out.
pub async fn named<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    ids: &[AccountId],
) -> Result<Vec<Named>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT {NAMED}, CAST(0 AS BIGINT) AS reports FROM accounts a WHERE (a.workplace_id = $1) IS TRUE AND a.id = ANY($2)"
    );
    let records: Vec<NamedRecord> = Sql::built(text)
        .bind(workplace)
        .bind(AccountId::list(ids))
        .all(conn)
        .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// Those of the ids that are of people here.
pub async fn present_ids<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    ids: &[AccountId],
) -> Result<Vec<AccountId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = "SELECT id FROM accounts WHERE (workplace_id = $1) IS TRUE AND id = ANY($2)";
    Ok(sql(text)
        .bind(workplace)
        .bind(AccountId::list(ids))
        .scalars(conn)
        .await?)
}

/// Somebody who is in or may come in, with what tells how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrant {
    pub id: AccountId,
    pub name: String,
    pub email: Option<String>,
    pub state: AccountState,
}

#[derive(FromRow)]
struct EntrantRecord {
    id: AccountId,
    display_name: String,
    email: Option<String>,
    state: String,
}

/// Those who are in or invited, in the order of ids, after one.
pub async fn entrants(
    tx: &mut Tx,
    workplace: WorkplaceId,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Entrant>> {
    let text = "SELECT id, display_name, email, state FROM accounts \
         WHERE (workplace_id = $1) IS TRUE AND id > $2 AND state IN ('claimed', 'invited') ORDER BY id LIMIT $3";
    let records: Vec<EntrantRecord> = sql(text)
        .bind(workplace)
        .bind(after.map_or(uuid::Uuid::nil(), |id| id.0))
        .bind(limit)
        .all(tx)
        .await?;
    records
        .into_iter()
        .map(|record| {
            Ok(Entrant {
                id: record.id,
                state: super::known("state", &record.state, AccountState::parse)?,
                name: record.display_name,
                email: record.email,
            })
        })
        .collect()
}

/// The e-mail address and employee id of the people with these ids.
pub async fn keys_of(
    db: &Db,
    workplace: WorkplaceId,
    ids: &[AccountId],
) -> Result<BTreeMap<AccountId, (Option<String>, Option<String>)>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let text =
        "SELECT id, email, employee_id FROM accounts WHERE (workplace_id = $1) IS TRUE AND id = ANY($2)";
    let rows: Vec<(AccountId, Option<String>, Option<String>)> = sql(text)
        .bind(workplace)
        .bind(AccountId::list(ids))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, email, employee)| (id, (email, employee)))
        .collect())
}

/// The people with these ids, with how many report to each, in the order of the ids.
pub async fn with_reports(
    db: &Db,
    workplace: WorkplaceId,
    ids: &[AccountId],
    all: bool,
) -> Result<Vec<Named>> {
    let reports = reports_of(all);
    let mut found = Vec::new();
    for id in ids {
        let text =
            format!("SELECT {NAMED}, {reports} FROM accounts a WHERE a.workplace_id = $1 AND a.id = $2");
        let record: Option<NamedRecord> = Sql::built(text).bind(workplace).bind(*id).optional(db).await?;
        found.extend(record.map(Named::from));
    }
    Ok(found)
}

/// Who reports to the manager, by name; without a manager: those at the top, to whom somebody reports.
pub async fn reports(
    db: &Db,
    workplace: WorkplaceId,
    manager: Option<AccountId>,
    all: bool,
    limit: i64,
) -> Result<Vec<Named>> {
    let clause = match manager {
        Some(_) => "a.manager_id = $2",
        None => {
            "a.manager_id IS NULL AND $2 IS NULL AND EXISTS (SELECT 1 FROM accounts r WHERE r.manager_id = a.id \
                 AND r.workplace_id = a.workplace_id)"
        }
    };
    let (reports, known) = (reports_of(all), known("a", all));
    let text = format!(
        "SELECT {NAMED}, {reports} FROM accounts a WHERE a.workplace_id = $1 AND {clause} \
         AND {known} ORDER BY a.name_key, a.id LIMIT $3"
    );
    let records: Vec<NamedRecord> = Sql::built(text)
        .bind(workplace)
        .bind(manager.map(|id| id.0))
        .bind(limit)
        .all(db)
        .await?;
    Ok(records.into_iter().map(Into::into).collect())
}

/// The person, their manager, and so on up to the top.
pub async fn managers(db: &Db, workplace: WorkplaceId, person: AccountId) -> Result<Vec<AccountId>> {
    let mut tx = db.snapshot().await?;
    super::manager_chain(&mut tx, workplace, person).await
}

/// How many people have each role that not everybody has.
pub async fn count_roles(db: &Db, workplace: WorkplaceId) -> Result<Vec<(String, i64)>> {
    Ok(Sql::built(
        "SELECT role, COUNT(*) FROM accounts WHERE workplace_id = $1 AND role <> 'member' GROUP BY role"
            .into(),
    )
    .bind(workplace)
    .all(db)
    .await?)
}

/// The values that a column has, each once, as they are written by somebody: for filters.
pub async fn facets(db: &Db, workplace: WorkplaceId, field: &str) -> Result<Vec<String>> {
    let text = match field {
        // The next key, then the next: an index of a million rows with fifty values is not read through.
        "department" | "location" => format!(
            "WITH RECURSIVE keys (k) AS ( \
               SELECT MIN({field}_key) FROM accounts WHERE workplace_id = $1 \
               UNION ALL \
               SELECT (SELECT MIN({field}_key) FROM accounts WHERE workplace_id = $1 AND {field}_key > keys.k) \
               FROM keys WHERE keys.k IS NOT NULL) \
             SELECT (SELECT MIN({field}) FROM accounts WHERE workplace_id = $1 AND {field}_key = keys.k) AS label \
             FROM keys WHERE keys.k IS NOT NULL ORDER BY keys.k LIMIT 1000"
        ),
        "division" | "organization" | "title" => format!(
            "SELECT DISTINCT {field} FROM accounts WHERE workplace_id = $1 AND {field} IS NOT NULL \
             ORDER BY {field} LIMIT 1000"
        ),
        _ => {
            return Err(Error::invalid(
                "field",
                "Give one of department, location, division, organization, title.",
            ));
        }
    };
    Ok(Sql::built(text).bind(workplace).scalars(db).await?)
}
