//! Finding the heading line, and the delimiter by what it makes of the first lines.

use super::columns;
use super::delimited::{Layout, Records};
use super::row::Row;
use super::values;

/// How many rows are looked at for the heading line.
pub(super) const SEARCH_ROWS: usize = 15;
/// In order of preference when nothing tells them apart.
pub(super) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The heading line among the first rows: the one whose cells are names that are known; if none is, the first that is
/// as wide as the table and does not look like data. `None` when the file begins with data.
pub(super) fn find(rows: &[Row]) -> Option<usize> {
    let width = usual(rows, used);
    let wide_enough = |row: &Row| filled(row) * 2 >= width.max(1);
    let mut best = (0, None);
    for (index, row) in rows.iter().enumerate().take(SEARCH_ROWS) {
        let known = known_names(row);
        if known > best.0 && wide_enough(row) && !looks_like_data(row) {
            best = (known, Some(index));
        }
    }
    best.1.or_else(|| {
        let first = rows
            .iter()
            .take(SEARCH_ROWS)
            .position(|row| filled(row) * 5 >= width * 3)?;
        (!looks_like_data(&rows[first])).then_some(first)
    })
}

/// The first row of data when there is no heading line: title lines above the table are passed over.
pub(super) fn first_data(rows: &[Row]) -> usize {
    let width = usual(rows, used);
    rows.iter()
        .position(|row| filled(row) * 5 >= width * 3)
        .unwrap_or(0)
}

/// `sep=;` in the first line, as Excel reads and writes it.
pub(super) fn separator_line(head: &str) -> Option<u8> {
    let line = head.lines().next()?.trim().trim_matches('"');
    let rest = line
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("sep="))
        .map(|_| &line[4..])?;
    match rest.as_bytes() {
        [one] => Some(*one),
        [] if head.starts_with("sep=\t") => Some(b'\t'),
        _ => None,
    }
}

/// The delimiter under which the first lines have the most known names, else the most even columns.
pub(super) fn delimiter(head: &[u8], layout: &Layout) -> u8 {
    let mut best = (0, b',');
    for candidate in DELIMITERS {
        let trial = Layout {
            delimiter: candidate,
            encoding: encoding_rs::UTF_8,
            bom: 0,
            ..layout.clone()
        };
        let mut records = Records::new(head, &trial);
        let mut rows = Vec::new();
        let mut row = Row::new();
        if records.skip_lines(trial.skip_lines, &[]).is_err() {
            continue;
        }
        while rows.len() < 40 {
            match records.read(&mut row, &[]) {
                Some(Ok(())) => rows.push(row.clone()),
                Some(Err(error)) if error.fatal => break,
                Some(Err(_)) => {}
                None => break,
            }
        }
        let score = score(&rows);
        if score > best.0 {
            best = (score, candidate);
        }
    }
    best.1
}

fn score(rows: &[Row]) -> usize {
    let known = rows.iter().take(SEARCH_ROWS).map(known_names).max().unwrap_or(0);
    let width = usual(rows, Row::len);
    if width < 2 {
        return known * 1000;
    }
    let even = rows.iter().filter(|row| row.len() == width).count();
    known * 1000 + even * 100 / rows.len() * 5 + width.min(50)
}

/// The width that most rows have; of equals the larger.
fn usual(rows: &[Row], width: fn(&Row) -> usize) -> usize {
    let mut counts = std::collections::BTreeMap::new();
    for row in rows {
        *counts.entry(width(row)).or_insert(0usize) += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map_or(0, |(width, _)| width)
}

/// The cells up to the last one with something in it.
fn used(row: &Row) -> usize {
    (0..row.len())
        .rev()
        .find(|c| !row.get(*c).is_empty())
        .map_or(0, |c| c + 1)
}

fn filled(row: &Row) -> usize {
    row.iter().filter(|cell| !cell.is_empty()).count()
}

fn known_names(row: &Row) -> usize {
    row.iter().filter(|cell| columns::is_known_header(cell)).count()
}

/// A cell with an address, a date or a long number is no column name.
fn looks_like_data(row: &Row) -> bool {
    row.iter().any(|cell| {
        values::looks_like_email(cell)
            || values::looks_like_date(cell)
            || (cell.len() >= 4 && cell.bytes().all(|b| b.is_ascii_digit()))
    })
}
