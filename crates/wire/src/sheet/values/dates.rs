//! Dates as people and programs write them. Only one thing cannot be read off a single value: whether 03/04 is March
//! or April. That is decided for a whole column, by the values in it that leave no choice.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{ValueError, quote, refuse};
use crate::sheet::columns::fold;

/// Which comes first in a column of dates written like 03/04/2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
    /// No value tells, or they contradict each other: values that can be read both ways are refused.
    Unknown,
}

/// Collects what the values of a column say about their order; give it all values, or the first thousands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateEvidence {
    pub day_first: u64,
    pub month_first: u64,
    pub either: u64,
}

impl DateEvidence {
    pub fn add(&mut self, text: &str) {
        if let Some(Numbers { first, second, .. }) = slashed(date_part(text.trim())) {
            match (first, second) {
                (13..=31, 1..=12) => self.day_first += 1,
                (1..=12, 13..=31) => self.month_first += 1,
                (1..=12, 1..=12) if first != second => self.either += 1,
                _ => {}
            }
        }
    }

    pub fn order(self) -> DateOrder {
        match (self.day_first, self.month_first) {
            (1.., 0) => DateOrder::DayFirst,
            (0, 1..) => DateOrder::MonthFirst,
            _ => DateOrder::Unknown,
        }
    }
}

/// The order of a column, by its values.
pub fn date_order<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> DateOrder {
    let mut evidence = DateEvidence::default();
    for value in values {
        evidence.add(value.as_ref());
    }
    evidence.order()
}

/// Whether a text is a date; plain numbers are not, though [`parse_date`] takes Excel's serial numbers.
pub fn looks_like_date(text: &str) -> bool {
    let text = text.trim();
    (6..=40).contains(&text.len())
        && text.bytes().any(|b| b.is_ascii_digit())
        && !text
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b'.' && text.matches('.').count() == 1)
        && parse_date(text, DateOrder::DayFirst)
            .or_else(|_| parse_date(text, DateOrder::MonthFirst))
            .is_ok()
}

/// Whether a text can be a day number of Excel: 1927 to 2100.
pub(in crate::sheet) fn is_serial(text: &str) -> bool {
    serial(text).is_some()
}

/// A date: `2026-03-01` (also with a time, which is left out), `2026/03/01`, `20260301`, `1.3.2026`, `01/03/2026` and
/// `01-03-2026` by `order`, `1 March 2026` and `Mar 1, 2026` in eight languages, or a day number of Excel (1900
/// system). Years of two digits are 1970 to 2069.
pub fn parse_date(text: &str, order: DateOrder) -> Result<Date, ValueError> {
    let trimmed = text.trim();
    let part = date_part(trimmed);
    if let Some(date) = serial(trimmed) {
        return Ok(date);
    }
    let parts = if part.len() == 8 && part.bytes().all(|b| b.is_ascii_digit()) {
        Some((number(&part[..4]), number(&part[4..6]), number(&part[6..])))
    } else if let Some(parts) = year_first(part).or_else(|| dotted(part)) {
        Some(parts)
    } else if let Some(numbers) = slashed(part) {
        Some(numbers.by(order, text)?)
    } else {
        with_month_name(part)
    };
    let Some((year, month, day)) = parts else {
        return refuse(format!(
            "{} is not a date. Write it like 2026-03-01.",
            quote(text)
        ));
    };
    match Date::new(year as i16, month as i8, day as i8) {
        Ok(date) if (1900..=2200).contains(&date.year()) => Ok(date),
        Ok(_) => refuse(format!(
            "The date {} is in the year {year}, which cannot be right. Write it like 2026-03-01.",
            quote(text)
        )),
        Err(_) => refuse(format!(
            "There is no such day as {}. Write it like 2026-03-01 (year, month, day).",
            quote(text)
        )),
    }
}

/// [`parse_date`], with the values by which systems say "no end" (such as 31.12.9999) as `None`.
pub fn parse_end_date(text: &str, order: DateOrder) -> Result<Option<Date>, ValueError> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let open = matches!(
        digits.as_str(),
        "99991231" | "31129999" | "12319999" | "00000000" | "2958465"
    );
    if open
        || text.chars().all(|c| "-–—./ ".contains(c))
        || matches!(fold(text).as_str(), "na" | "none" | "null")
    {
        return Ok(None);
    }
    parse_date(text, order).map(Some)
}

type YearMonthDay = (i32, i32, i32);

/// Three numbers of which the last is the year.
struct Numbers {
    first: i32,
    second: i32,
    year: i32,
}

impl Numbers {
    fn by(&self, order: DateOrder, text: &str) -> Result<YearMonthDay, ValueError> {
        let day_first = match order {
            DateOrder::DayFirst => true,
            DateOrder::MonthFirst => false,
            DateOrder::Unknown if self.first > 12 || self.first == self.second => true,
            DateOrder::Unknown if self.second > 12 => false,
            DateOrder::Unknown => {
                return refuse(format!(
                    "{} can be read as {year}-{a:02}-{b:02} or as {year}-{b:02}-{a:02}. Write dates like 2026-03-01 (year, month, day).",
                    quote(text),
                    year = self.year,
                    a = self.second,
                    b = self.first,
                ));
            }
        };
        Ok(if day_first {
            (self.year, self.second, self.first)
        } else {
            (self.year, self.first, self.second)
        })
    }
}

/// Without the time of day.
fn date_part(text: &str) -> &str {
    let is_time = |rest: &str| rest.len() >= 4 && rest.as_bytes()[0].is_ascii_digit() && rest.contains(':');
    for (at, _) in text.match_indices(['T', 't', ' ']) {
        if is_time(text[at + 1..].trim_start()) {
            return text[..at].trim_end_matches([',', ' ']);
        }
    }
    text
}

fn number(text: &str) -> i32 {
    text.parse().unwrap_or(-1)
}

/// Three groups of digits parted by one of the characters, each of one to four digits.
fn three(text: &str, parted: &[char]) -> Option<[String; 3]> {
    let mut groups = text.split(parted).map(str::trim);
    let found = [groups.next()?, groups.next()?, groups.next()?];
    let rest_empty = groups.all(str::is_empty);
    let digits = |group: &&str| (1..=4).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_digit());
    (rest_empty && found.iter().all(digits)).then(|| found.map(str::to_owned))
}

fn year_first(text: &str) -> Option<YearMonthDay> {
    let [year, month, day] = three(text, &['-', '/', '.'])?;
    (year.len() == 4 && month.len() <= 2 && day.len() <= 2)
        .then(|| (number(&year), number(&month), number(&day)))
}

/// With dots the day comes first wherever dots are used.
fn dotted(text: &str) -> Option<YearMonthDay> {
    let [day, month, year] = three(text, &['.'])?;
    (day.len() <= 2 && month.len() <= 2).then_some(())?;
    Some((full_year(&year)?, number(&month), number(&day)))
}

fn slashed(text: &str) -> Option<Numbers> {
    if text.contains('.') {
        return None;
    }
    let [first, second, year] = three(text, &['/', '-'])?;
    (first.len() <= 2 && second.len() <= 2).then_some(())?;
    Some(Numbers {
        first: number(&first),
        second: number(&second),
        year: full_year(&year)?,
    })
}

fn full_year(text: &str) -> Option<i32> {
    let year = number(text);
    match text.len() {
        4 => Some(year),
        2 if year < 70 => Some(2000 + year),
        2 => Some(1900 + year),
        _ => None,
    }
}

fn serial(text: &str) -> Option<Date> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 5 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let days = number(whole);
    if !(10_000..=73_415).contains(&days) {
        return None;
    }
    Date::constant(1899, 12, 30).checked_add(days.days()).ok()
}

/// Beginnings of month names, folded, that no other month shares; English, German, French, Spanish, Portuguese,
/// Italian, Dutch, Polish.
const MONTHS: [&[&str]; 12] = [
    &["jan", "jaen", "janv", "ene", "gen", "sty"],
    &["feb", "fev", "lut"],
    &["mar", "maer", "mrz", "mrt", "maa"],
    &["apr", "avr", "abr", "kwi"],
    &["may", "mai", "mayo", "mag", "mei", "maj"],
    &["jun", "juin", "giu", "cze"],
    &["jul", "juil", "lug", "lip"],
    &["aug", "aou", "ago", "sie"],
    &["sep", "set", "wrz"],
    &["oct", "okt", "out", "ott", "paz"],
    &["nov", "lis"],
    &["dec", "dez", "dic", "gru"],
];

fn month_by_name(word: &str) -> Option<i32> {
    let word = fold(word);
    if word.chars().count() < 3 {
        return None;
    }
    let at = MONTHS
        .iter()
        .position(|names| names.iter().any(|name| word.starts_with(name)))?;
    Some(at as i32 + 1)
}

fn with_month_name(text: &str) -> Option<YearMonthDay> {
    let tokens: Vec<&str> = text
        .split([' ', '-', '/', '.', ','])
        .filter(|token| !token.is_empty() && !matches!(*token, "de" | "of" | "di"))
        .collect();
    let [a, b, c] = tokens[..] else { return None };
    let day_of = |token: &str| {
        let digits = token.trim_end_matches(|c: char| c.is_alphabetic() || c == 'º' || c == 'ª');
        (digits.len() <= 2 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| number(digits))
    };
    if let (Some(day), Some(month)) = (day_of(a), month_by_name(b)) {
        return Some((full_year(c)?, month, day));
    }
    if let (Some(month), Some(day)) = (month_by_name(a), day_of(b)) {
        return Some((full_year(c)?, month, day));
    }
    let (month, day) = (month_by_name(b)?, day_of(c)?);
    (a.len() == 4)
        .then(|| full_year(a))?
        .map(|year| (year, month, day))
}
