//! Searching as somebody types: whom each piece finds, and the way to those whom all of them find.

use std::fmt::Write as _;

use guildhall_store::{Db, Growing};

use crate::accounts::people::Filter;
use crate::accounts::{AccountState, MEMBER, Source};
use crate::ids::WorkplaceId;
use crate::{Result, fold};

/// A piece of a search that finds at most so many of so many people is looked up, and whom it finds is sorted in memory; what
/// more have is walked along the sorted index, where a page is soon together.
fn few(people: i64) -> i64 {
    (people / 50).clamp(50, 20_000)
}

/// Pieces that together find at most so many are looked up and sorted, too.
const TOGETHER: i64 = 50_000;
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

/// Narrows `column` to what begins so.
fn begins(text: &mut Growing, column: &str, prefix: &str) -> String {
    let (from, to) = (text.put(prefix), text.put(format!("{prefix}\u{10FFFF}")));
    format!("({column} >= {from} AND {column} < {to})")
}

/// Narrows to the terms in which a word begins so.
fn has(text: &mut Growing, beginning: &str) -> String {
    let pattern = text.put(format!("% {}%", fold::literal(beginning)));
    // A term begins with a word, and before each stands a space.
    format!("(' ' || w.term) LIKE {pattern} ESCAPE '\\'")
}

impl Prefix {
    /// How the word at this place is looked for: what begins so, or all of the word.
    fn beginning(&self, at: usize) -> String {
        let word = &self.words[at];
        let whole = at + 1 < self.words.len();
        format!("{word}{}", if whole { " " } else { "" })
    }

    /// Where those of the workplace ($1) are who are found by it: the column of their ids, and the rest of a query that
    /// gives it. First by address and by id, then by each word; or by one of them only.
    fn sources(&self, text: &mut Growing, only: Option<usize>) -> Vec<(&'static str, String)> {
        let keys = ["email_key", "employee_key"].map(|column| {
            let range = begins(text, column, &self.key);
            ("id", format!("FROM accounts WHERE workplace_id = $1 AND {range}"))
        });
        let words = (0..self.words.len()).filter(|at| only.is_none_or(|only| only == *at));
        let words: Vec<_> = words
            .map(|at| {
                let range = begins(text, "term", &self.beginning(at));
                let rest = format!("FROM account_terms WHERE workplace_id = $1 AND {range}");
                ("account_id", rest)
            })
            .collect();
        keys.into_iter().chain(words).collect()
    }

    /// Whether the terms `w` have it: each of its words, or all of it as the beginning of an address or id.
    fn is_in_term(&self, text: &mut Growing) -> String {
        let words: Vec<String> = (0..self.words.len())
            .map(|at| has(text, &self.beginning(at)))
            .collect();
        let key = has(text, &self.key);
        if words.is_empty() {
            return key;
        }
        format!("(({}) OR {key})", words.join(" AND "))
    }

    /// Whether the account `a` is found by it.
    fn is_found(&self, text: &mut Growing) -> String {
        let keys = ["a.email_key", "a.employee_key"].map(|column| begins(text, column, &self.key));
        let has = self.is_in_term(text);
        // The few terms of the person are looked through, and not all of the workplace: as an expression it is no way to find rows.
        format!(
            "({} OR EXISTS (SELECT 1 FROM account_terms w WHERE w.account_id = a.id \
             AND (w.workplace_id = $1) IS TRUE AND {has}))",
            keys.join(" OR ")
        )
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

/// A query for the ids of those who are found by each of several pieces. The terms that begin with a word of one are read, in
/// an index and nothing else, and looked through for the others. Whom one piece finds by address or id alone, another must find by name.
fn together(text: &mut Growing, pieces: &[Prefix]) -> String {
    let mut parts = Vec::with_capacity(pieces.len());
    for (at, piece) in pieces
        .iter()
        .enumerate()
        .filter(|(_, piece)| !piece.words.is_empty())
    {
        // Its other words are found in the same terms.
        let last = piece.words.len() - 1;
        let mut part = format!(
            "SELECT w.account_id FROM account_terms w WHERE w.workplace_id = $1 AND {}",
            begins(text, "w.term", &piece.beginning(last))
        );
        for (_, other) in pieces
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at || last > 0)
        {
            let _ = write!(part, " AND {}", other.is_in_term(text));
        }
        parts.push(part);
    }
    if parts.is_empty() {
        return "SELECT id FROM accounts WHERE workplace_id = $1 AND FALSE".to_owned();
    }
    parts.join(" UNION ALL ")
}

/// What is asked for of those who match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The first of them, in some order.
    Page,
    /// How many there are.
    Count,
}

/// How those who match a search are found.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Nobody is searched for, or everybody is looked at.
    Walk,
    /// Whom the rarest piece finds are looked up, and looked at for the others.
    Rarest,
    /// Whom all pieces find are looked up.
    Together,
}

/// The way to those whom these pieces find, the rarest of which finds at most so many.
async fn way(db: &Db, workplace: WorkplaceId, pieces: &[Prefix], is_rare: bool, ask: Ask) -> Result<Way> {
    match pieces {
        [] => return Ok(Way::Walk),
        _ if is_rare => return Ok(Way::Rarest),
        [_] if ask == Ask::Page => return Ok(Way::Walk),
        [_] => return Ok(Way::Rarest),
        _ if ask == Ask::Count => return Ok(Way::Together),
        _ => {}
    }
    let mut text = Growing::new("SELECT COUNT(*) FROM (", [workplace.into()]);
    let query = together(&mut text, pieces);
    let most = text.put(TOGETHER + 1);
    text.push(&format!("{query} LIMIT {most}) x"));
    let found: i64 = text.sql().scalar(db).await?;
    Ok(if found > TOGETHER {
        Way::Walk
    } else {
        Way::Together
    })
}

/// Narrows to those who match, a query that begins with [`super::list::OF`]. Gives whether those who are searched for are the
/// way to the rows, so that an order which an index has is no help.
pub async fn narrow(
    text: &mut Growing,
    db: &Db,
    workplace: WorkplaceId,
    filter: &Filter,
    ask: Ask,
) -> Result<bool> {
    let mut counted = Vec::new();
    let typed = prefixes(filter.q.as_deref().unwrap_or_default());
    let few = if typed.is_empty() {
        0
    } else {
        few(super::counts(db, workplace).await?.into_values().sum())
    };
    for piece in typed {
        let (found, word) = piece.count(db, workplace, few + 1).await?;
        counted.push((found, word, piece));
    }
    counted.sort_by_key(|(found, ..)| *found);
    let (rarest, word) = counted.first().map_or((0, 0), |(found, word, _)| (*found, *word));
    let pieces: Vec<Prefix> = counted.into_iter().map(|(.., piece)| piece).collect();
    let way = way(db, workplace, &pieces, rarest <= few, ask).await?;
    if way == Way::Walk {
        text.and("a.workplace_id = $1");
    }
    narrow_by_fields(text, filter);
    match way {
        Way::Walk => check(text, &pieces),
        Way::Rarest => {
            let sources = pieces[0].sources(text, Some(word)).into_iter();
            let ids: Vec<String> = sources.map(|(id, rest)| format!("SELECT {id} {rest}")).collect();
            text.and(&format!("a.id IN ({})", ids.join(" UNION ALL ")));
            // Of several words of one piece only one was looked up.
            check(text, &pieces[usize::from(pieces[0].words.len() <= 1)..]);
        }
        Way::Together => {
            let ids = together(text, &pieces);
            text.and(&format!("a.id IN ({ids})"));
        }
    }
    Ok(way != Way::Walk)
}

fn check(text: &mut Growing, pieces: &[Prefix]) {
    for piece in pieces {
        let found = piece.is_found(text);
        text.and(&found);
    }
}

fn narrow_by_fields(text: &mut Growing, filter: &Filter) {
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
}
