//! Rows that a directory gave: its lines read, its entries matched with people, its leavers.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;

use guildhall_store::Tx;
use guildhall_wire::directory::{self as wire, BadLine, Person};
use guildhall_wire::sheet::Field as Column;
use tokio::sync::mpsc;

use super::feed::{self, Aside, Line, Scan};
use super::rules::{Reader, Reading, about_row, invalid};
use super::types::{RowFacts, RowStatus};
use super::work::Worker;
use crate::accounts::bulk::{Ground, Keys};
use crate::accounts::{Account, AccountState, ProfileField as Field, Source};
use crate::directory::links::{self, Link, Place};
use crate::ids::AccountId;
use crate::{Error, Result};

/// The entry that a row was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub dn: String,
    pub digest: String,
    /// The digest of the name of the manager's entry.
    pub manager: Option<String>,
    pub expires: Option<i64>,
    /// Nothing is known of it but that it is gone.
    pub gone: bool,
    pub photo: Option<String>,
    /// The photo itself, where it is asked for.
    pub picture: Option<Vec<u8>>,
    pub link: Option<Link>,
    /// Another entry that is the person with this e-mail address or employee id.
    pub rival: Option<String>,
}

impl Entry {
    fn of(person: &mut Person, pictures: bool) -> Self {
        let picture = person.photo.take();
        Self {
            digest: links::name_digest(&person.dn),
            manager: person.manager.as_deref().map(links::name_digest),
            expires: person.expires,
            photo: picture.as_deref().map(links::photo_digest),
            picture: picture.filter(|_| pictures),
            key: std::mem::take(&mut person.key),
            dn: std::mem::take(&mut person.dn),
            ..Self::default()
        }
    }

    pub fn has_new_photo(&self) -> bool {
        let known = self.link.as_ref().and_then(|link| link.photo.as_ref());
        self.photo.is_some() && self.photo.as_ref() != known
    }
}

impl Reader {
    /// What a person of a directory says. A value that can't be read is left out, and told; the rest counts.
    pub fn entry(&self, mut person: Person, line: i64) -> Reading {
        let mut reading = Reading {
            line,
            has_left: person.left.is_some(),
            ..Reading::default()
        };
        for (column, header) in self.fields() {
            let Some(cell) = person.values.get(&column) else {
                if let Some(field) = super::rules::profile_field(column) {
                    reading.patch.push((field, None));
                }
                continue;
            };
            if let Err(problem) = self.cell(&mut reading, &mut Keys::default(), column, header, cell) {
                reading.notes.push(problem);
            }
        }
        if self.has(Column::ManagerName) && person.manager.is_none() {
            reading.patch.push((Field::Manager, None));
        }
        reading.name = super::rules::shown_name(&reading.patch);
        if let Some(left) = person.left {
            reading.notes.clear();
            reading.left_because = Some(format!("The directory says: {}", left.sentence()));
        }
        reading.entry = Some(Box::new(Entry::of(&mut person, self.pictures)));
        reading
    }
}

/// Reads the lines behind line `after`.
pub fn read(
    file: File,
    reader: &Reader,
    after: i64,
    send: &mpsc::Sender<Result<Vec<Line>>>,
) -> std::result::Result<(), BadLine> {
    let mut from = BufReader::with_capacity(256 * 1024, file);
    let (mut buffer, mut number, mut ended) = (Vec::new(), 0_u64, false);
    let mut batch = Vec::with_capacity(feed::BATCH);
    while let Some(found) = wire::read_line(&mut from, &mut buffer, number)? {
        let line = number as i64 + 1;
        let read = match found {
            wire::Line::End { lines } => {
                ended = lines == number;
                break;
            }
            _ if line <= after => None,
            wire::Line::Person(person) => Some(Line::Row(Box::new(reader.entry(*person, line)))),
            wire::Line::Gone { key } => Some(Line::Row(Box::new(gone(key, line)))),
            wire::Line::Here { key } => Some(Line::Aside(line, Aside::Here(key))),
            wire::Line::Name { dn, key } => {
                Some(Line::Aside(line, Aside::Name(links::name_digest(&dn), key)))
            }
        };
        number += 1;
        batch.extend(read);
        if batch.len() >= feed::BATCH {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(feed::BATCH));
            if send.blocking_send(Ok(full)).is_err() {
                return Ok(());
            }
        }
    }
    if !ended {
        batch.push(Line::Bad {
            facts: Box::new(RowFacts {
                problems: vec![about_row(NOT_WHOLE)],
                ..invalid(&Reading {
                    line: number as i64 + 1,
                    ..Reading::default()
                })
            }),
            last: true,
        });
    }
    if !batch.is_empty() {
        let _ = send.blocking_send(Ok(batch));
    }
    Ok(())
}

const NOT_WHOLE: &str =
    "What was read of the directory is not whole: nobody was changed. Let it be read again.";

fn gone(key: String, line: i64) -> Reading {
    Reading {
        line,
        has_left: true,
        left_because: Some(
            "The directory says: deleted there, or none of those who are asked for any more.".into(),
        ),
        entry: Some(Box::new(Entry {
            key,
            gone: true,
            ..Entry::default()
        })),
        ..Reading::default()
    }
}

impl Worker<'_> {
    /// Where the entries of the run are known.
    pub fn place(&self) -> Option<Place> {
        Some((self.run.workplace, self.run.directory?))
    }

    /// Whether the read can be relied on: whole, and not empty where people are known.
    pub async fn is_whole(&self, scan: &Scan) -> Result<()> {
        let Some(place) = self.place() else { return Ok(()) };
        if scan.broken.is_some() {
            return Err(Error::Refused {
                code: "directory_partial",
                message: NOT_WHOLE.into(),
            });
        }
        let all = self.run.mode == super::Mode::Full;
        if all && scan.is_empty() && !links::page(&self.app.db, place, "", None, 1).await?.is_empty() {
            return Err(Error::Refused {
                code: "directory_empty",
                message: "The directory gave nobody, though people are known of it: nobody was changed. Check the base, the filter, and what the account that reads may see.".into(),
            });
        }
        Ok(())
    }

    /// Finds out who the entries are. What can't be told moves to `bad`; what needs nothing is left out.
    pub async fn recognise(
        &self,
        tx: &mut Tx,
        scan: &Scan,
        asked: &mut Vec<Reading>,
        bad: &mut Vec<RowFacts>,
    ) -> Result<()> {
        let Some(place) = self.place() else { return Ok(()) };
        let mut keys: Vec<String> = asked
            .iter()
            .filter_map(|row| Some(row.entry.as_ref()?.key.clone()))
            .collect();
        let managers = managers(asked);
        keys.extend(
            managers
                .iter()
                .filter_map(|digest| scan.names.get(digest).cloned()),
        );
        let by_key = links::by_key(tx, place, keys).await?;
        let by_name = links::by_name(tx, place, managers).await?;
        let mut kept = Vec::with_capacity(asked.len());
        for mut reading in asked.drain(..) {
            let Some(entry) = &mut reading.entry else { continue };
            entry.link = by_key.get(&entry.key).cloned();
            let taken_over = reading.has_left && scan.names(&reading.keys);
            if taken_over || (entry.gone && entry.link.is_none()) {
                continue;
            }
            if let Some(digest) = &entry.manager {
                let named = scan.names.get(digest).and_then(|key| by_key.get(key));
                let manager = named.or_else(|| by_name.get(digest)).map(|link| link.account);
                reading.manager = Some(Keys {
                    account: manager,
                    ..Keys::default()
                });
            }
            if let Some(link) = &entry.link {
                reading.keys.account = Some(link.account);
                if entry.photo.is_none() && link.photo.is_some() && !reading.has_left {
                    reading.patch.push((Field::Photo, None));
                }
            } else if reading.keys == Keys::default() && !reading.has_left {
                reading.problems.append(&mut reading.notes);
                reading.problems.push(about_row(format!(
                    "Nothing tells who \"{}\" is: give the entry an e-mail address or an employee id, or leave it out by the filter.",
                    entry.dn
                )));
                bad.push(invalid(&reading));
                continue;
            }
            kept.push(reading);
        }
        *asked = kept;
        Ok(())
    }

    /// Finds entries that would take a person whom another entry is.
    pub async fn find_rivals(
        &self,
        tx: &mut Tx,
        ground: &Ground,
        scan: &Scan,
        asked: &mut [Reading],
    ) -> Result<()> {
        let Some(place) = self.place() else { return Ok(()) };
        let holder = |reading: &Reading| {
            let new = reading.entry.as_ref().is_some_and(|entry| entry.link.is_none());
            ground.holder(&reading.keys).filter(|_| new)
        };
        let holders: Vec<AccountId> = asked.iter().filter_map(holder).collect();
        if holders.is_empty() {
            return Ok(());
        }
        let links = links::by_account(tx, place, &holders).await?;
        for reading in asked {
            let Some(link) = holder(reading).and_then(|id| links.get(&id)) else {
                continue;
            };
            let was_ended = ground.account(link.account).is_some_and(ended_by_directory);
            let still_there = match self.run.mode {
                super::Mode::Full => scan.has_entry(&link.key),
                _ => true,
            };
            if still_there
                && !was_ended
                && !scan.left(&link.key)
                && let Some(entry) = &mut reading.entry
            {
                entry.rival = Some(link.dn.clone());
            }
        }
        Ok(())
    }

    /// Who is whom from now on, of the rows that were decided on.
    pub fn new_links(asked: &[Reading], facts: &[RowFacts]) -> Vec<Link> {
        let accounts: HashMap<i64, AccountId> = facts
            .iter()
            .filter(|row| row.status != RowStatus::Invalid)
            .filter_map(|row| Some((row.line, row.account?)))
            .collect();
        let link = |reading: &Reading| {
            let entry = reading.entry.as_ref()?;
            let known = entry.link.as_ref();
            let link = Link {
                key: entry.key.clone(),
                account: *accounts.get(&reading.line)?,
                dn: entry.dn.clone(),
                digest: entry.digest.clone(),
                photo: known.and_then(|link| link.photo.clone()),
                expires: entry.expires,
            };
            (!entry.gone && known != Some(&link)).then_some(link)
        };
        asked.iter().filter_map(link).collect()
    }

    /// People of the directory whom a whole read does not name, or whose entries have expired by themselves.
    pub async fn missing_entries(&self, scan: &Scan, after: &str) -> Result<Option<(Vec<Account>, String)>> {
        let Some(place) = self.place() else {
            return Ok(None);
        };
        let all = self.run.mode == super::Mode::Full;
        let now = self.app.now();
        let expired = (!all).then_some(now);
        let page = links::page(&self.app.db, place, after, expired, PRESENT).await?;
        let Some(last) = page.last() else { return Ok(None) };
        let last = last.key.clone();
        let is_out = |link: &Link| {
            let gone = all && !scan.has_entry(&link.key);
            gone || (link.expires.is_some_and(|at| at <= now.ms()) && !scan.has_row(&link.key))
        };
        let ids: Vec<AccountId> = page
            .iter()
            .filter(|link| is_out(link))
            .map(|link| link.account)
            .collect();
        let mut reads = self.app.db.snapshot().await?;
        let mut people = crate::accounts::load_ids(&mut reads, self.run.workplace, &ids).await?;
        people.retain(|person| person.state != AccountState::Deactivated);
        Ok(Some((people, last)))
    }
}

/// How many who are known are looked for at once.
const PRESENT: i64 = 2000;

fn ended_by_directory(account: &Account) -> bool {
    account.state == AccountState::Deactivated && account.ended_by == Some(Source::Directory)
}

fn managers(asked: &[Reading]) -> Vec<String> {
    let managers = asked.iter().filter_map(|row| row.entry.as_ref()?.manager.clone());
    let mut managers: Vec<String> = managers.collect();
    managers.sort_unstable();
    managers.dedup();
    managers
}
