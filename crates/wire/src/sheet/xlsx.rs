//! XLSX through calamine's cell stream: only the shared strings are in memory, and those are capped.

use std::fmt::Write as _;
use std::io::{BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Style, Xlsx, XlsxCellReader};

use super::error::{RowError, RowErrorKind, SheetError};
use super::row::Row;
use super::{MAX_CELL_BYTES, MAX_COLUMNS, zip_guard};

pub(super) type Book<S> = Xlsx<BufReader<S>>;

/// Opens a workbook that [`zip_guard::check`] has let through, and picks its sheet: the one asked for, or the first
/// that is visible and holds a cell.
pub(super) fn open<S: Read + Seek>(
    mut source: S,
    wanted: Option<&str>,
) -> Result<(Book<S>, String, Vec<String>), SheetError> {
    zip_guard::check(&mut source)?;
    source.rewind()?;
    let mut book: Book<S> = guarded(|| Xlsx::new(BufReader::new(source)))
        .map_err(|()| damaged("its parts do not fit together"))?
        .map_err(|e| damaged(&e.to_string()))?;
    let sheets: Vec<(String, bool)> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
        .collect();
    let names: Vec<String> = sheets.iter().map(|(name, _)| name.clone()).collect();
    if let Some(wanted) = wanted {
        return match names
            .iter()
            .find(|name| name.trim().eq_ignore_ascii_case(wanted.trim()))
        {
            Some(name) => Ok((book, name.clone(), names)),
            None => Err(SheetError::NoSuchSheet {
                name: super::error::excerpt(wanted),
                sheets: names,
            }),
        };
    }
    let mut failure = SheetError::NoTable;
    for (name, _) in sheets
        .iter()
        .filter(|(_, visible)| *visible)
        .chain(sheets.iter().filter(|(_, v)| !*v))
    {
        match has_cells(&mut book, name) {
            Ok(true) => return Ok((book, name.clone(), names)),
            Ok(false) => {}
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn has_cells<S: Read + Seek>(book: &mut Book<S>, name: &str) -> Result<bool, SheetError> {
    guarded(|| {
        let mut cells = book.worksheet_cells_reader(name)?;
        while let Some(cell) = cells.next_cell()? {
            if *cell.get_value() != DataRef::Empty {
                return Ok(true);
            }
        }
        Ok(false)
    })
    .map_err(|()| damaged("a sheet cannot be read"))?
    .map_err(|e: calamine::XlsxError| damaged(&e.to_string()))
}

/// calamine trusts numbers in a workbook; a forged one may overflow, which a debug build answers with a panic.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, ()> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| ())
}

fn damaged(what: &str) -> SheetError {
    SheetError::Damaged(super::error::excerpt(what))
}

/// A cell waiting for its row: calamine tells only afterwards that a row has ended.
struct Waiting {
    row: u32,
    column: usize,
    text: String,
    error: bool,
}

pub(super) struct Rows<'a, S: Read + Seek> {
    cells: XlsxCellReader<'a, BufReader<S>>,
    waiting: Option<Waiting>,
    /// Text buffers, used in turn.
    spare: String,
    done: bool,
}

impl<'a, S: Read + Seek> Rows<'a, S> {
    pub fn new(book: &'a mut Book<S>, sheet: &str) -> Result<Self, SheetError> {
        let cells = guarded(|| book.worksheet_cells_reader(sheet))
            .map_err(|()| damaged("the sheet cannot be read"))?
            .map_err(|e| damaged(&e.to_string()))?;
        Ok(Self {
            cells,
            waiting: None,
            spare: String::new(),
            done: false,
        })
    }

    /// Reads the next row that has a cell. `None` at the end.
    pub fn read(&mut self, row: &mut Row, names: &[String]) -> Option<Result<(), RowError>> {
        if self.done {
            return None;
        }
        let mut cell = match self.waiting.take() {
            Some(cell) => cell,
            None => match self.next(0) {
                Ok(Some(cell)) => cell,
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            },
        };
        let number = cell.row;
        let line = u64::from(number) + 1;
        row.clear(line);
        let mut problem = None;
        loop {
            problem = problem.or_else(|| check(&cell, line, names));
            // Cells out of order or beyond the last column come from forged files only.
            if cell.column < MAX_COLUMNS && cell.column >= row.len() {
                while row.len() < cell.column {
                    row.push("");
                }
                row.push(if problem.is_none() { &cell.text } else { "" });
            }
            self.spare = cell.text;
            match self.next(number) {
                Ok(Some(next)) if next.row == number => cell = next,
                Ok(next) => {
                    self.waiting = next;
                    break;
                }
                Err(error) => return Some(Err(error)),
            }
        }
        Some(problem.map_or(Ok(()), Err))
    }

    /// The next cell with something in it.
    fn next(&mut self, near: u32) -> Result<Option<Waiting>, RowError> {
        loop {
            let read = guarded(|| self.cells.next_cell_with_style_id());
            let (cell, style) = match read {
                Ok(Ok(Some(found))) => found,
                Ok(Ok(None)) => {
                    self.done = self.waiting.is_none();
                    return Ok(None);
                }
                Ok(Err(error)) => return Err(self.broken(near, &error.to_string())),
                Err(()) => return Err(self.broken(near, "a number in it is impossible")),
            };
            let (row, column) = cell.get_position();
            let mut text = std::mem::take(&mut self.spare);
            text.clear();
            let error = matches!(cell.get_value(), DataRef::Error(_));
            write_value(&mut text, cell.get_value(), self.cells.styles().get(style));
            if text.is_empty() {
                self.spare = text;
                continue;
            }
            return Ok(Some(Waiting {
                row,
                column: column as usize,
                text,
                error,
            }));
        }
    }

    fn broken(&mut self, near: u32, what: &str) -> RowError {
        self.done = true;
        let message = format!(
            "The workbook is damaged from here on ({}). Open it in Excel, save it again as XLSX or CSV UTF-8 and upload that.",
            super::error::excerpt(what)
        );
        RowError::new(RowErrorKind::Damaged, u64::from(near) + 1, "", message).fatal()
    }
}

fn check(cell: &Waiting, line: u64, names: &[String]) -> Option<RowError> {
    if cell.text.len() > MAX_CELL_BYTES {
        let message = format!(
            "The cell holds {} KB of text; at most {} KB can be taken. Shorten it.",
            cell.text.len().div_ceil(1024),
            MAX_CELL_BYTES / 1024
        );
        return Some(
            RowError::new(RowErrorKind::CellTooLong, line, &cell.text, message).at(cell.column, names),
        );
    }
    if cell.error {
        let message = "The cell shows an Excel error instead of a value. Correct its formula, or paste the values only, and save the file again.";
        return Some(
            RowError::new(RowErrorKind::ExcelError, line, &cell.text, message).at(cell.column, names),
        );
    }
    if cell.column >= MAX_COLUMNS && !cell.text.trim().is_empty() {
        return Some(super::too_many_cells(line, cell.column, &cell.text, names));
    }
    None
}

/// A value as a person would type it: whole numbers without a point, dates as YYYY-MM-DD, zeros that a number format
/// such as `00000` shows (personnel numbers) kept.
fn write_value(out: &mut String, value: &DataRef<'_>, style: Option<&Style>) {
    match value {
        DataRef::Empty => {}
        DataRef::Int(number) => write_number(out, *number as f64, style),
        DataRef::Float(number) => write_number(out, *number, style),
        DataRef::String(text) | DataRef::DurationIso(text) => out.push_str(text),
        DataRef::SharedString(text) => out.push_str(text),
        DataRef::Bool(yes) => out.push_str(if *yes { "TRUE" } else { "FALSE" }),
        DataRef::DateTime(moment) => write_moment(out, *moment),
        DataRef::DateTimeIso(text) => {
            let date_only = text
                .split_once('T')
                .filter(|(_, time)| time.trim_matches(['0', ':', '.', 'Z']).is_empty());
            out.push_str(date_only.map_or(text.as_str(), |(date, _)| date));
        }
        DataRef::Error(error) => {
            let _ = write!(out, "{error}");
        }
    }
}

fn write_number(out: &mut String, number: f64, style: Option<&Style>) {
    if number.fract() != 0.0 || number.abs() >= 1e15 {
        let _ = write!(out, "{number}");
        return;
    }
    let format = style
        .and_then(|style| style.number_format.as_ref())
        .map_or("", |format| format.format_code.as_str());
    let width = if !format.is_empty() && format.len() <= 20 && format.bytes().all(|b| b == b'0') {
        format.len()
    } else {
        0
    };
    let _ = write!(out, "{:0width$}", number as i64);
}

fn write_moment(out: &mut String, moment: ExcelDateTime) {
    let serial = moment.as_f64();
    if moment.is_duration() || !serial.is_finite() {
        let _ = write!(out, "{serial}");
        return;
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let has_time = serial.fract() != 0.0;
    if serial.abs() >= 1.0 {
        let _ = write!(out, "{year:04}-{month:02}-{day:02}");
        if has_time {
            out.push(' ');
        }
    }
    if has_time {
        let _ = write!(out, "{hour:02}:{minute:02}:{second:02}");
    }
}
