//! Finding people: search as you type, filters, keys to page by.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use guildhall_store::{Conn, Db, FromRow, Growing, Sql, sql};

use super::{COLUMNS, Record};
use crate::accounts::people::{Filter, Named, Sort};
use crate::accounts::{Account, AccountState, FORMER_MEMBER, MEMBER, Source};
use crate::ids::{AccountId, FileId, WorkplaceId};
use crate::{Error, Page, Result, fold};

/// A search that finds at most so many is sorted in memory; one that finds more walks along the sorted index, where
/// it soon has a page together.
const FEW: i64 = 7000;
/// A piece of a search that finds at most so many is looked up; others are checked person by person.
const SOME: i64 = 20_000;
/// The most words of a search that are looked at.
const WORDS: usize = 6;

/// What one typed piece of a search may begin: a name, an e-mail address, an employee id. Of "Anne-Ma" the first word is
/// whole: only the last one goes on.
struct Prefix {
    words: Vec<String>,
    key: String,
}

fn prefixes(q: &str) -> Vec<Prefix> {
    q.split_whitespace()
        .take(WORDS)
        .map(|typed| Prefix {
            words: fold::words_in_order(typed),
            key: fold::key(typed),
        })
        .filter(|prefix| !prefix.key.is_empty())
        .collect()
}

/// The end of the range of keys that begin so.
fn end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

impl Prefix {
    /// Narrows `column` to the word at this place, or to what begins so.
    fn word(&self, text: &mut Growing, column: &str, at: usize) -> String {
        let word = &self.words[at];
        let from = text.put(word);
        if at + 1 < self.words.len() {
            return format!("{column} = {from}");
        }
        format!("{column} >= {from} AND {column} < {}", text.put(end(word)))
    }

    /// Where those of the workplace ($1) are who are found by it: the column of their ids, and the rest of a query that
    /// gives it. First by address and by id, then by each word; or by one of them only.
    fn sources(&self, text: &mut Growing, only: Option<usize>) -> Vec<(&'static str, String)> {
        let (from, to) = (text.put(&self.key), text.put(end(&self.key)));
        let keys = ["email_key", "employee_key"].map(|column| {
            let range = format!("{column} >= {from} AND {column} < {to}");
            ("id", format!("FROM accounts WHERE workplace_id = $1 AND {range}"))
        });
        let words = (0..self.words.len()).filter(|at| only.is_none_or(|only| only == *at));
        let words = words.map(|at| {
            let range = self.word(text, "word", at);
            let rest = format!("FROM account_words WHERE workplace_id = $1 AND {range}");
            ("account_id", rest)
        });
        keys.into_iter().chain(words).collect()
    }

    /// Whether the account `a` is found by it: each of its words is in the name, or all of it begins an address or id.
    fn is_found(&self, text: &mut Growing) -> String {
        let key = (text.put(&self.key), text.put(end(&self.key)));
        let mut found = format!(
            "((a.email_key >= {0} AND a.email_key < {1}) OR (a.employee_key >= {0} AND a.employee_key < {1})",
            key.0, key.1
        );
        for at in 0..self.words.len() {
            // As an expression the word is no use to find a row by: the few words of the person are looked through, and
            // not all people who have the word.
            let range = self.word(text, "(w.word || '')", at);
            let _ = write!(
                found,
                " {} EXISTS (SELECT 1 FROM account_words w WHERE w.account_id = a.id AND w.workplace_id = $1 AND {range})",
                if at == 0 { "OR" } else { "AND" },
            );
        }
        found.push(')');
        found
    }

    /// How many it finds at most, and by which of its words: the rarest. Each source is cut off by itself, so that a
    /// word which half the workplace has costs no more than a rare one.
    async fn count(&self, db: &Db, workplace: WorkplaceId, most: i64) -> Result<(i64, usize)> {
        let mut text = Growing::new("", [workplace.into()]);
        let sources = self.sources(&mut text, None);
        let most = text.put(most);
        let parts: Vec<String> = sources
            .iter()
            .map(|(_, rest)| format!("(SELECT COUNT(*) FROM (SELECT 1 AS one {rest} LIMIT {most}) x)"))
            .collect();
        text.push(&format!("VALUES ({})", parts.join("), (")));
        let counts: Vec<i64> = text.sql().scalars(db).await?;
        let words = counts.iter().skip(2).enumerate();
        let rarest = words.min_by_key(|(_, count)| **count);
        let keys: i64 = counts.iter().take(2).sum();
        Ok((
            keys + rarest.map_or(0, |(_, count)| *count),
            rarest.map_or(0, |(at, _)| at),
        ))
    }
}

/// Narrows to those who match, a query that begins with [`OF`]. Pieces of the search that find at most `SOME` are looked
/// up, the rarest first; the others are checked on those. Gives whether at most `few` are found, who then are the way to the rows.
async fn narrow(
    text: &mut Growing,
    db: &Db,
    workplace: WorkplaceId,
    filter: &Filter,
    few: i64,
) -> Result<bool> {
    let most = few.max(SOME);
    let words = prefixes(filter.q.as_deref().unwrap_or_default());
    let mut counted = Vec::with_capacity(words.len());
    for prefix in &words {
        let (found, word) = prefix.count(db, workplace, most.saturating_add(1)).await?;
        counted.push((found, word, prefix));
    }
    counted.sort_by_key(|(found, ..)| *found);
    let is_few = counted.first().is_some_and(|(found, ..)| *found <= few);
    if !is_few {
        text.and("a.workplace_id = $1");
    }
    text.narrow("a.state =", filter.state.map(AccountState::as_str));
    text.narrow("a.created_source =", filter.source.map(Source::as_str));
    text.narrow("a.department_key =", filter.department.as_deref().map(fold::key));
    text.narrow("a.location_key =", filter.location.as_deref().map(fold::key));
    if let Some(role) = &filter.role {
        text.narrow("a.role =", Some(role));
        if role != MEMBER {
            text.and("a.role <> 'member'");
        }
    }
    text.narrow("a.manager_id =", filter.manager);
    if filter.members_only {
        text.and("a.state IN ('claimed', 'invited')");
    }
    for (found, word, prefix) in &counted {
        let looked_up = *found <= most;
        if looked_up {
            let sources = prefix.sources(text, Some(*word)).into_iter();
            let ids: Vec<String> = sources.map(|(id, rest)| format!("SELECT {id} {rest}")).collect();
            text.and(&format!("a.id IN ({})", ids.join(" UNION ALL ")));
        }
        if !looked_up || prefix.words.len() > 1 {
            let found = prefix.is_found(text);
            text.and(&found);
        }
    }
    Ok(is_few)
}

/// The people who match, a page at a time.
pub async fn list(db: &Db, workplace: WorkplaceId, filter: &Filter) -> Result<Page<Account>> {
    // The page is found by ids first, so that not every row that is sorted is carried along whole.
    let mut text = Growing::new(
        format!("SELECT {COLUMNS} {OF} AND a.id IN (SELECT a.id {OF}"),
        [workplace.into()],
    );
    // An index is in the order of the column, not of the expression: few are sorted, many are walked along.
    let name = if narrow(&mut text, db, workplace, filter, FEW).await? {
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
const OF: &str = "FROM accounts a WHERE (a.workplace_id = $1) IS TRUE";

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
    narrow(&mut text, db, workplace, filter, SOME).await?;
    text.narrow("a.id >", after);
    text.narrow("TRUE ORDER BY a.id LIMIT", Some(limit));
    Ok(text.sql().scalars(db).await?)
}

/// How many match.
pub async fn count_matching(db: &Db, workplace: WorkplaceId, filter: &Filter) -> Result<i64> {
    let mut text = Growing::new(format!("SELECT COUNT(*) {OF}"), [workplace.into()]);
    narrow(&mut text, db, workplace, filter, i64::MAX).await?;
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
