//! The rows of a list, read on a thread of their own while the database works.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use guildhall_wire::sheet::values::DateOrder;
use guildhall_wire::sheet::{Hints, Row, open};
use tokio::sync::mpsc;

use super::rules::{Reader, Reading, date_columns, date_evidence, unreadable};
use super::types::{Mapping, RowFacts};
use crate::accounts::bulk::Keys;
use crate::{Error, Result};

/// Rows that are decided and written in one transaction: few enough that other work goes on.
pub const BATCH: usize = 500;

/// A row of the list.
pub enum Line {
    Row(Box<Reading>),
    /// It could not be read; `last`: and nothing after it can be.
    Bad {
        facts: Box<RowFacts>,
        last: bool,
    },
}

impl Line {
    pub fn number(&self) -> i64 {
        match self {
            Self::Row(reading) => reading.line,
            Self::Bad { facts, .. } => facts.line,
        }
    }
}

/// How the list is opened again as it was opened first.
pub fn hints(mapping: &Mapping) -> Hints {
    let delimiter = mapping.delimiter.as_deref().and_then(|text| text.bytes().next());
    Hints {
        delimiter,
        encoding: mapping.encoding.clone(),
        sheet: mapping.sheet.clone(),
    }
}

/// The rows behind line `after`, in batches.
pub fn rows(file: File, mapping: &Mapping, reader: Reader, after: i64) -> mpsc::Receiver<Result<Vec<Line>>> {
    let (send, receive) = mpsc::channel(2);
    let hints = hints(mapping);
    tokio::task::spawn_blocking(move || {
        if let Err(why) = read(file, &hints, &reader, after, &send) {
            // Nobody listens any more: then nobody needs to know.
            let _ = send.blocking_send(Err(Error::invalid("file", why.to_string())));
        }
    });
    receive
}

fn read(
    file: File,
    hints: &Hints,
    reader: &Reader,
    after: i64,
    send: &mpsc::Sender<Result<Vec<Line>>>,
) -> std::result::Result<(), guildhall_wire::sheet::SheetError> {
    let mut sheet = open(file, hints)?;
    let mut rows = sheet.rows()?;
    let mut row = Row::new();
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(result) = rows.read(&mut row) {
        let line = match result {
            Ok(()) if row.line() as i64 <= after => continue,
            Ok(()) => Line::Row(Box::new(reader.read(&row))),
            Err(error) if error.line as i64 <= after && !error.fatal => continue,
            Err(error) => Line::Bad {
                facts: Box::new(unreadable(&error)),
                last: error.fatal,
            },
        };
        batch.push(line);
        if batch.len() == BATCH {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            if send.blocking_send(Ok(full)).is_err() {
                return Ok(());
            }
        }
    }
    if !batch.is_empty() {
        let _ = send.blocking_send(Ok(batch));
    }
    Ok(())
}

/// Whether days or months stand first in the list. All of it is read for that only where the first rows can be taken
/// either way.
pub async fn date_order(file: File, mapping: &Mapping) -> Result<DateOrder> {
    let mut evidence = date_evidence(mapping);
    if evidence.either == 0 || evidence.order() != DateOrder::Unknown {
        return Ok(evidence.order());
    }
    let hints = hints(mapping);
    let columns: Vec<usize> = date_columns(mapping).map(|column| column.index).collect();
    let read = tokio::task::spawn_blocking(move || {
        let mut sheet = open(file, &hints)?;
        let mut rows = sheet.rows()?;
        let mut row = Row::new();
        while let Some(result) = rows.read(&mut row) {
            if result.is_ok() {
                for column in &columns {
                    evidence.add(row.get(*column));
                }
            }
        }
        Ok(evidence.order())
    });
    read.await
        .map_err(|why| Error::Internal(why.to_string()))?
        .map_err(|why: guildhall_wire::sheet::SheetError| Error::invalid("file", why.to_string()))
}

/// What must be known of the whole list before any row of it is judged. It is kept as numbers of 64 bits, so that a
/// million rows fit into little memory.
#[derive(Default)]
pub struct Scan {
    lines: HashMap<u64, i64>,
    /// Whom only lines name in which something is wrong: they do nothing, but who is named has not left.
    mentioned: HashSet<u64>,
    /// The first line that does not say whom it means.
    pub unclear: Option<i64>,
    /// From this line on nothing can be read.
    pub broken: Option<i64>,
    /// A line that names a person whom an earlier line names.
    pub duplicates: HashMap<i64, i64>,
    /// Lines whose people would be their own managers.
    pub circles: HashSet<i64>,
    pub rows: i64,
    pub last_line: i64,
}

fn number(kind: u8, key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    kind.hash(&mut hasher);
    key.hash(&mut hasher);
    hasher.finish()
}

fn numbers(keys: &Keys) -> impl Iterator<Item = u64> {
    let email = keys.email.as_deref().map(|key| number(1, key));
    let employee = keys.employee.as_deref().map(|key| number(2, key));
    // Several people may share a mobile number: it names somebody only when nothing else does.
    let only_phone = email.is_none() && employee.is_none();
    let phone = keys
        .phone
        .as_deref()
        .filter(|_| only_phone)
        .map(|key| number(3, key));
    email.into_iter().chain(employee).chain(phone)
}

impl Scan {
    /// Reads the list once.
    pub async fn of(file: File, mapping: &Mapping, reader: Reader) -> Result<Self> {
        let mut scan = Self::default();
        let mut managers: Vec<(i64, u64)> = Vec::new();
        let mut batches = rows(file, mapping, reader, 0);
        while let Some(batch) = batches.recv().await {
            for line in batch? {
                scan.rows += 1;
                scan.last_line = scan.last_line.max(line.number());
                let reading = match line {
                    Line::Row(reading) => reading,
                    Line::Bad { facts, last } => {
                        scan.unclear.get_or_insert(facts.line);
                        scan.broken = scan.broken.or(Some(facts.line).filter(|_| last));
                        continue;
                    }
                };
                if !reading.problems.is_empty() {
                    scan.mention(&reading);
                    continue;
                }
                scan.add(&reading);
                if let Some(manager) = reading.manager.as_ref().and_then(|keys| numbers(keys).next()) {
                    managers.push((reading.line, manager));
                }
            }
        }
        scan.find_circles(&managers);
        Ok(scan)
    }

    fn add(&mut self, reading: &Reading) {
        for number in numbers(&reading.keys) {
            let first = *self.lines.entry(number).or_insert(reading.line);
            if first != reading.line {
                self.duplicates.insert(reading.line, first);
            }
        }
    }

    fn mention(&mut self, reading: &Reading) {
        if reading.keys == Keys::default() {
            self.unclear.get_or_insert(reading.line);
        }
        self.mentioned.extend(numbers(&reading.keys));
    }

    fn find_circles(&mut self, managers: &[(i64, u64)]) {
        let above: HashMap<i64, i64> = managers
            .iter()
            .filter_map(|(line, manager)| self.lines.get(manager).map(|above| (*line, *above)))
            .collect();
        let mut done: HashSet<i64> = HashSet::new();
        for line in above.keys() {
            let mut path = Vec::new();
            let mut at = *line;
            while !done.contains(&at) {
                done.insert(at);
                path.push(at);
                match above.get(&at) {
                    Some(next) => at = *next,
                    None => break,
                }
            }
            if let Some(from) = path.iter().position(|passed| *passed == at)
                && above.contains_key(&at)
                && above.get(path.last().unwrap_or(&at)) == Some(&at)
            {
                self.circles.extend(&path[from..]);
            }
        }
    }

    /// Whether the list names the person.
    pub fn names(&self, keys: &Keys) -> bool {
        numbers(keys).any(|number| self.lines.contains_key(&number))
    }

    /// Whether the list names somebody who is here, by any of their keys.
    pub fn has(&self, email: Option<&str>, employee: Option<&str>, phone: Option<&str>) -> bool {
        let named = |number| self.lines.contains_key(&number) || self.mentioned.contains(&number);
        [(1, email), (2, employee), (3, phone)]
            .into_iter()
            .any(|(kind, key)| key.is_some_and(|key| named(number(kind, key))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(line: i64, email: &str) -> Reading {
        Reading {
            line,
            keys: Keys {
                email: Some(email.to_owned()),
                ..Keys::default()
            },
            ..Reading::default()
        }
    }

    #[test]
    fn circles_are_found_and_those_below_them_are_not_in_them() {
        let mut scan = Scan::default();
        for (line, email) in [(2, "a"), (3, "b"), (4, "c"), (5, "d"), (6, "e"), (7, "f")] {
            scan.add(&reading(line, email));
        }
        // a -> b -> c -> a; d -> a; e -> f; f has none; b's own twin is a duplicate.
        let above = |line, email| (line, number(1, email));
        scan.find_circles(&[
            above(2, "b"),
            above(3, "c"),
            above(4, "a"),
            above(5, "a"),
            above(6, "f"),
        ]);
        let mut circles: Vec<i64> = scan.circles.iter().copied().collect();
        circles.sort_unstable();
        assert_eq!(circles, [2, 3, 4]);
        scan.circles.clear();
        scan.find_circles(&[above(7, "f")]);
        assert!(scan.circles.contains(&7), "nobody is their own manager");
        scan.add(&reading(9, "b"));
        assert_eq!(scan.duplicates.get(&9), Some(&3));
        assert!(scan.has(Some("a"), None, None) && !scan.has(Some("z"), Some("a"), None));
        scan.mention(&reading(10, "z"));
        assert!(scan.has(Some("z"), None, None), "who is named has not left");
        assert_eq!((scan.unclear, scan.duplicates.get(&10)), (None, None));
        scan.mention(&Reading {
            line: 11,
            ..Reading::default()
        });
        assert_eq!(scan.unclear, Some(11));
    }
}
