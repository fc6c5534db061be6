//! The rows of a list, read on a thread of their own while the database works.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use guildhall_wire::sheet::values::DateOrder;
use guildhall_wire::sheet::{Hints, Row, open};
use tokio::sync::mpsc;

use super::entries;
use super::rules::{Reader, Reading, date_columns, date_evidence, unreadable};
use super::types::{Mapping, RowFacts};
use crate::accounts::bulk::Keys;
use crate::accounts::{Account, Source};
use crate::{Error, Result};

/// Rows that are handed over at once.
pub const BATCH: usize = 512;
/// The batches that wait to be taken.
const AHEAD: usize = 8;

/// A row of the list.
pub enum Line {
    Row(Box<Reading>),
    /// It could not be read; `last`: and nothing after it can be.
    Bad {
        facts: Box<RowFacts>,
        last: bool,
    },
    /// No row, but something that must be known of the whole.
    Aside(i64, Aside),
}

/// What a directory says beside its people.
pub enum Aside {
    /// The entry with this key is there still.
    Here(String),
    /// The entry whose name has this digest has this key.
    Name(String, String),
}

impl Line {
    pub fn number(&self) -> i64 {
        match self {
            Self::Row(reading) => reading.line,
            Self::Bad { facts, .. } => facts.line,
            Self::Aside(line, _) => *line,
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
    let (send, receive) = mpsc::channel(AHEAD);
    let hints = hints(mapping);
    tokio::task::spawn_blocking(move || {
        let done = if reader.source == Source::Directory {
            entries::read(file, &reader, after, &send).map_err(|why| why.to_string())
        } else {
            read(file, &hints, &reader, after, &send).map_err(|why| why.to_string())
        };
        if let Err(why) = done {
            // Nobody listens any more: then nobody needs to know.
            let _ = send.blocking_send(Err(Error::invalid("file", why)));
        }
    });
    receive
}

/// Adds to the batch what was read meanwhile, as long as there are fewer than `most` rows.
pub fn more(
    batches: &mut mpsc::Receiver<Result<Vec<Line>>>,
    batch: &mut Vec<Line>,
    most: usize,
) -> Result<()> {
    while batch.len() < most
        && let Ok(more) = batches.try_recv()
    {
        batch.extend(more?);
    }
    Ok(())
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

/// What must be known of the whole list before any row of it is judged. It is kept as sorted numbers, so that a
/// million rows fit into little memory.
#[derive(Default)]
pub struct Scan {
    /// The number of each key and the line that names it first.
    lines: Vec<Place>,
    /// Whom only lines name in which something is wrong: they do nothing, but who is named has not left.
    mentioned: Vec<u64>,
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
    /// The keys, and the names, of a directory's entries, and the line of each.
    entries: Vec<Place>,
    /// The keys of entries that are there still, unchanged; and of those that have left.
    unchanged: Vec<u64>,
    left: HashSet<u64>,
    /// The keys of managers, by the digest of their names.
    pub names: HashMap<String, String>,
}

/// The number of a key and a line, in twelve bytes: there are millions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    high: u32,
    low: u32,
    line: u32,
}

impl Place {
    fn new(number: u64, line: u32) -> Self {
        Self {
            high: (number >> 32) as u32,
            low: number as u32,
            line,
        }
    }

    fn number(self) -> u64 {
        (u64::from(self.high) << 32) | u64::from(self.low)
    }
}

/// A line's number in the list; there are never more than fit.
fn short(line: i64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// Keys and names of entries among the numbers of keys.
const ENTRY: u8 = 4;
const NAME: u8 = 5;

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
        let mut managers = Vec::new();
        let mut batches = rows(file, mapping, reader, 0);
        while let Some(batch) = batches.recv().await {
            for line in batch? {
                scan.rows += i64::from(!matches!(line, Line::Aside(..)));
                scan.last_line = scan.last_line.max(line.number());
                let reading = match line {
                    Line::Row(reading) => reading,
                    Line::Aside(_, Aside::Here(key)) => {
                        scan.unchanged.push(number(ENTRY, &key));
                        continue;
                    }
                    Line::Aside(_, Aside::Name(digest, key)) => {
                        scan.names.insert(digest, key);
                        continue;
                    }
                    Line::Bad { facts, last } => {
                        scan.unclear.get_or_insert(facts.line);
                        scan.broken = scan.broken.or(Some(facts.line).filter(|_| last));
                        continue;
                    }
                };
                scan.add_entry(&reading);
                // Who has left a directory may share an address with somebody who is there.
                if reading.has_left && reading.entry.is_some() {
                    continue;
                }
                if !reading.problems.is_empty() {
                    scan.mention(&reading);
                    continue;
                }
                scan.add(&reading);
                if let Some(manager) = reading.entry.as_ref().and_then(|entry| entry.manager.as_deref()) {
                    managers.push(Place::new(number(NAME, manager), short(reading.line)));
                }
                if let Some(manager) = reading.manager.as_ref().and_then(|keys| numbers(keys).next()) {
                    managers.push(Place::new(manager, short(reading.line)));
                }
            }
        }
        tokio::task::spawn_blocking(move || scan.finished(managers))
            .await
            .map_err(|why| Error::Internal(why.to_string()))
    }

    fn add_entry(&mut self, reading: &Reading) {
        let Some(entry) = &reading.entry else { return };
        let line = short(reading.line);
        self.entries.push(Place::new(number(ENTRY, &entry.key), line));
        if !entry.gone {
            self.entries.push(Place::new(number(NAME, &entry.digest), line));
        }
        if reading.has_left {
            self.left.insert(number(ENTRY, &entry.key));
        }
    }

    fn add(&mut self, reading: &Reading) {
        let line = short(reading.line);
        self.lines
            .extend(numbers(&reading.keys).map(|number| Place::new(number, line)));
    }

    /// All lines are here. `managers`: whom a line names as manager, in the order of lines.
    fn finished(mut self, managers: Vec<Place>) -> Self {
        self.lines.sort_unstable();
        self.mentioned.sort_unstable();
        self.mentioned.dedup();
        self.entries.sort_unstable();
        self.entries.dedup_by_key(|place| place.number());
        self.unchanged.sort_unstable();
        for same in self.lines.chunk_by(|a, b| a.number() == b.number()) {
            let first = i64::from(same[0].line);
            for line in same[1..].iter().map(|place| i64::from(place.line)) {
                if line != first {
                    self.duplicates.insert(line, first);
                    // Of two entries of a directory, nobody can tell which is right.
                    if !self.entries.is_empty() {
                        self.duplicates.insert(first, line);
                    }
                }
            }
        }
        self.lines.dedup_by_key(|place| place.number());
        self.find_circles(managers);
        self
    }

    fn line_of(&self, number: u64) -> Option<u32> {
        let at = |places: &[Place]| {
            let at = places
                .binary_search_by_key(&number, |place| place.number())
                .ok()?;
            Some(places[at].line)
        };
        at(&self.lines).or_else(|| at(&self.entries))
    }

    /// Whether the directory has the entry, as a row or unchanged.
    pub fn has_entry(&self, key: &str) -> bool {
        self.has_row(key) || self.unchanged.binary_search(&number(ENTRY, key)).is_ok()
    }

    /// Whether a row is about the entry.
    pub fn has_row(&self, key: &str) -> bool {
        let number = number(ENTRY, key);
        self.entries
            .binary_search_by_key(&number, |place| place.number())
            .is_ok()
    }

    /// Whether the entry has left.
    pub fn left(&self, key: &str) -> bool {
        self.left.contains(&number(ENTRY, key))
    }

    /// Whether a directory named nobody.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.unchanged.is_empty()
    }

    /// Whether the manager whom the row names is in this list.
    pub fn brings_manager(&self, reading: &Reading) -> bool {
        match reading.entry.as_ref().and_then(|entry| entry.manager.as_deref()) {
            Some(manager) => self.line_of(number(NAME, manager)).is_some(),
            None => reading
                .manager
                .as_ref()
                .is_some_and(|manager| self.names(manager)),
        }
    }

    fn mention(&mut self, reading: &Reading) {
        if reading.keys == Keys::default() {
            self.unclear.get_or_insert(reading.line);
        }
        self.mentioned.extend(numbers(&reading.keys));
    }

    fn find_circles(&mut self, managers: Vec<Place>) {
        // Each line and that of its manager; then, for each, where the manager's own stands.
        let above: Vec<(u32, u32)> = managers
            .into_iter()
            .filter_map(|place| Some((place.line, self.line_of(place.number())?)))
            .collect();
        let place = |line: u32| above.binary_search_by_key(&line, |(line, _)| *line).ok();
        let next: Vec<Option<u32>> = above
            .iter()
            .map(|(_, up)| place(*up).map(|at| at as u32))
            .collect();
        // On which walk upwards somebody was met first.
        let mut met = vec![0_u32; next.len()];
        for start in 0..next.len() {
            let walk = start as u32 + 1;
            let mut at = Some(start);
            while let Some(here) = at.filter(|here| met[*here] == 0) {
                met[here] = walk;
                at = next[here].map(|next| next as usize);
            }
            // Somebody is met twice on one walk: from there on it goes round.
            let Some(first) = at.filter(|here| met[*here] == walk) else {
                continue;
            };
            let mut here = first;
            loop {
                self.circles.insert(i64::from(above[here].0));
                match next[here].map(|next| next as usize) {
                    Some(next) if next != first => here = next,
                    _ => break,
                }
            }
        }
    }

    /// The earlier line that means the person, too, by another of their keys.
    pub fn twin(&self, line: i64, account: &Account) -> Option<i64> {
        let keys = [
            (1, account.profile.email_key()),
            (2, account.profile.employee_key()),
            (3, account.profile.phone_key()),
        ];
        let lines = keys
            .iter()
            .filter_map(|(kind, key)| self.line_of(number(*kind, key.as_deref()?)));
        lines.map(i64::from).filter(|first| *first < line).min()
    }

    /// Whether the list names the person.
    pub fn names(&self, keys: &Keys) -> bool {
        numbers(keys).any(|number| self.line_of(number).is_some())
    }

    /// Whether the list names somebody who is here, by any of their keys.
    pub fn has(&self, email: Option<&str>, employee: Option<&str>, phone: Option<&str>) -> bool {
        let named = |number| self.line_of(number).is_some() || self.mentioned.binary_search(&number).is_ok();
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

    fn scanned(people: &[(i64, &str)], above: &[(u32, &str)]) -> Scan {
        let mut scan = Scan::default();
        for (line, email) in people {
            scan.add(&reading(*line, email));
        }
        let managers = above
            .iter()
            .map(|(line, email)| Place::new(number(1, email), *line));
        scan.finished(managers.collect())
    }

    #[test]
    fn circles_are_found_and_those_below_them_are_not_in_them() {
        let people = [(2, "a"), (3, "b"), (4, "c"), (5, "d"), (6, "e"), (7, "f")];
        for (above, expect) in [
            // d reports into a circle, e to f, who has no manager.
            (
                &[(2, "b"), (3, "c"), (4, "a"), (5, "a"), (6, "f")][..],
                &[2, 3, 4][..],
            ),
            (&[(7, "f")], &[7]),
            (&[(2, "b"), (3, "c"), (4, "z"), (5, "d")], &[5]),
            (&[(2, "b"), (3, "a"), (4, "d"), (5, "c")], &[2, 3, 4, 5]),
            (&[(5, "c"), (6, "d"), (7, "e")], &[]),
        ] {
            let mut circles: Vec<i64> = scanned(&people, above).circles.into_iter().collect();
            circles.sort_unstable();
            assert_eq!(circles, expect, "{above:?}");
        }
    }

    #[test]
    fn who_is_named_twice_or_in_a_wrong_line_is_known() {
        let mut scan = Scan::default();
        for (line, email) in [(2, "a"), (3, "b"), (9, "b"), (12, "b")] {
            scan.add(&reading(line, email));
        }
        scan.mention(&reading(10, "z"));
        assert_eq!(scan.unclear, None);
        scan.mention(&Reading {
            line: 11,
            ..Reading::default()
        });
        let scan = scan.finished(Vec::new());
        assert_eq!(scan.duplicates, HashMap::from([(9, 3), (12, 3)]));
        assert_eq!(scan.unclear, Some(11));
        for (email, employee, has) in [
            (Some("a"), None, true),
            (Some("z"), None, true),
            (Some("y"), None, false),
            (None, Some("a"), false),
            (Some("y"), Some("b"), false),
        ] {
            assert_eq!(scan.has(email, employee, None), has, "{email:?} {employee:?}");
        }
    }
}
