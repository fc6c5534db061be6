//! Codes that leave as a file: a list, or sheets to print and cut.

use std::path::PathBuf;

use guildhall_wire::cards::{self, Card, Language, Sheet};
use guildhall_wire::sheet::{CsvOptions, CsvWriter, XlsxWriter};
use jiff::tz::TimeZone;

use super::Given;
use super::rules::grouped;
pub use super::unprinted::Unprinted;
use crate::accounts::ProfileField as Field;
use crate::words::words;
use crate::workplaces::Workplace;
use crate::{Error, Result};

words! {
    /// What kind of file codes leave as.
    Kind { Csv = "csv", Xlsx = "xlsx", Pdf = "pdf" }
}

/// Where and how: what stands on each sheet besides the code.
#[derive(Clone, Debug)]
pub struct Place {
    pub workplace: Workplace,
    /// Where people reach the server, such as `https://people.example.com`.
    pub site: String,
    /// Absent: each in the person's own language, or else in the workplace's.
    pub language: Option<Language>,
    /// Where fonts lie for letters that the cards' own font lacks; absent: those that are installed on the server.
    pub fonts: Option<PathBuf>,
}

/// A file of codes.
#[derive(Clone, Debug)]
pub struct Made {
    pub bytes: Vec<u8>,
    /// What stands on no card.
    pub unprinted: Option<Unprinted>,
}

impl From<Vec<u8>> for Made {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            unprinted: None,
        }
    }
}

const HEADINGS: [&str; 7] = [
    "Name",
    "Employee ID",
    "Department",
    "Location",
    "Access code",
    "Link",
    "Valid until",
];

impl Place {
    /// The link that a code's QR code holds.
    pub fn link(&self, given: &Given) -> String {
        format!("{}/c/{}", self.site, given.code)
    }

    /// The last whole day on which the code works, where the workplace is.
    pub fn last_day(&self, given: &Given) -> jiff::civil::Date {
        let zone = TimeZone::get(&self.workplace.time_zone).unwrap_or(TimeZone::UTC);
        let ends = given.expires_at.timestamp().to_zoned_datetime(zone).date();
        ends.yesterday().unwrap_or(ends)
    }

    fn card(&self, given: &Given) -> Card {
        let get = |field| given.account.profile.get(field).unwrap_or_default().to_owned();
        let own = given
            .account
            .profile
            .get(Field::Locale)
            .and_then(Language::of_tag);
        Card {
            name: given.account.name(),
            employee_id: get(Field::EmployeeId),
            department: get(Field::Department),
            code: grouped(&given.code),
            link: self.link(given),
            last_day: self.last_day(given),
            language: self
                .language
                .or(own)
                .or_else(|| Language::of_tag(&self.workplace.locale))
                .unwrap_or_default(),
        }
    }

    fn row(&self, given: &Given) -> [String; 7] {
        let get = |field| given.account.profile.get(field).unwrap_or_default().to_owned();
        [
            given.account.name(),
            get(Field::EmployeeId),
            get(Field::Department),
            get(Field::Location),
            grouped(&given.code),
            self.link(given),
            self.last_day(given).to_string(),
        ]
    }
}

/// A language by its tag, or a sentence that names those there are.
pub fn language(tag: &str) -> Result<Language> {
    Language::of_tag(tag).ok_or_else(|| {
        let tags = Language::ALL.map(Language::tag);
        Error::invalid(
            "language",
            format!("Sheets are written in {}: choose one of these.", tags.join(", ")),
        )
    })
}

fn inside(why: impl std::fmt::Display) -> Error {
    Error::Internal(format!("A file of access codes can't be written: {why}"))
}

/// The codes as a file of that kind, in the order given.
pub async fn file(place: Place, kind: Kind, given: Vec<Given>) -> Result<Made> {
    tokio::task::spawn_blocking(move || write(&place, kind, &given))
        .await
        .map_err(inside)?
}

fn write(place: &Place, kind: Kind, given: &[Given]) -> Result<Made> {
    match kind {
        Kind::Csv => {
            let options = CsvOptions {
                bom: true,
                ..CsvOptions::default()
            };
            let mut csv = CsvWriter::new(Vec::new(), options).map_err(inside)?;
            csv.row(HEADINGS).map_err(inside)?;
            for one in given {
                csv.row(place.row(one)).map_err(inside)?;
            }
            Ok(csv.finish().map_err(inside)?.into())
        }
        Kind::Xlsx => {
            let mut xlsx = XlsxWriter::new("Access codes").map_err(inside)?;
            xlsx.row(HEADINGS).map_err(inside)?;
            for one in given {
                xlsx.row(place.row(one)).map_err(inside)?;
            }
            let mut bytes = std::io::Cursor::new(Vec::new());
            xlsx.finish(&mut bytes).map_err(inside)?;
            Ok(bytes.into_inner().into())
        }
        Kind::Pdf => print(place, given),
    }
}

fn print(place: &Place, given: &[Given]) -> Result<Made> {
    let address = format!("{}/code", place.site);
    let sheet = Sheet {
        workplace: &place.workplace.name,
        address: address
            .split_once("://")
            .map_or(address.as_str(), |(_, rest)| rest),
        fonts: place.fonts.as_deref(),
    };
    let cards: Vec<Card> = given.iter().map(|one| place.card(one)).collect();
    let printed = cards::pdf(&sheet, &cards).map_err(inside)?;
    let unprinted = Unprinted::of(&sheet, &cards, &printed.unwritten);
    if let Some(unprinted) = &unprinted {
        tracing::warn!(
            names = unprinted.names.len(),
            departments = unprinted.departments.len(),
            "sheets of access codes lack names: no font on this server has their letters"
        );
    }
    Ok(Made {
        bytes: printed.pdf,
        unprinted,
    })
}
