//! CSV records in flat memory, with the line each began on. The grammar is csv-core's; this file feeds it, keeps the
//! raw bytes of the record at hand, and so can go back when a quotation mark was never closed.

use std::io::{self, Read};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use encoding_rs::Encoding;

use super::error::{RowError, RowErrorKind};
use super::row::Row;
use super::text::Decoded;
use super::{MAX_CELL_BYTES, MAX_LINE_BYTES, MAX_ROW_BYTES};

const FIRST_BUFFER: usize = 128 * 1024;
const MIN_READ: usize = 16 * 1024;
/// More cells than any sheet has; beyond it a line is skipped, not stored.
const MAX_CELLS: usize = 20_000;
/// How often the reader goes back for an open quotation mark before it gives up: each time costs up to a row's limit.
const MAX_RECOVERIES: u32 = 100;

/// How a text file is written.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub encoding: &'static Encoding,
    pub bom: u64,
    pub delimiter: u8,
    /// `\n`, or `\r` in files of old Macs: what counts lines.
    pub line_end: u8,
    /// Lines to pass over before the first record (`sep=;`).
    pub skip_lines: u64,
}

pub(super) struct Records<R> {
    source: Decoded<R>,
    source_ended: bool,
    core: Reader,
    delimiter: u8,
    line_end: u8,
    buf: Vec<u8>,
    /// The unread part of `buf`.
    pos: usize,
    filled: usize,
    /// The number of the line that `pos` is on.
    line: u64,
    out: Vec<u8>,
    ends: Vec<usize>,
    recoveries: u32,
    done: bool,
}

/// How reading one record ended.
enum Step {
    Record {
        cells: usize,
        bytes: usize,
        next: usize,
    },
    /// Neither within the limits nor closed.
    Overlong {
        column: usize,
    },
    Unclosed,
    TooManyCells,
}

impl<R: Read> Records<R> {
    /// `source` stands behind the byte order mark.
    pub fn new(source: R, layout: &Layout) -> Self {
        Self {
            source: Decoded::new(source, layout.encoding),
            source_ended: false,
            core: ReaderBuilder::new().delimiter(layout.delimiter).build(),
            delimiter: layout.delimiter,
            line_end: layout.line_end,
            buf: vec![0; FIRST_BUFFER],
            pos: 0,
            filled: 0,
            line: 1,
            out: vec![0; FIRST_BUFFER],
            ends: vec![0; 64],
            recoveries: 0,
            done: false,
        }
    }

    /// Passes over whole lines.
    pub fn skip_lines(&mut self, lines: u64, names: &[String]) -> Result<(), RowError> {
        for _ in 0..lines {
            let line = self.line;
            self.skip_line(line, 0, names)?;
        }
        Ok(())
    }

    /// Reads the next record that is not an empty line into `row`. `None` at the end.
    pub fn read(&mut self, row: &mut Row, names: &[String]) -> Option<Result<(), RowError>> {
        if self.done {
            return None;
        }
        match self.try_read(row, names) {
            Ok(true) => Some(Ok(())),
            Ok(false) => {
                self.done = true;
                None
            }
            Err(error) => {
                self.done = error.fatal;
                Some(Err(error))
            }
        }
    }

    fn try_read(&mut self, row: &mut Row, names: &[String]) -> Result<bool, RowError> {
        if !self.pass_line_ends().map_err(|e| self.io_error(&e))? {
            return Ok(false);
        }
        let line = self.line;
        match self.step().map_err(|e| self.io_error(&e))? {
            Step::Record { cells, bytes, next } => {
                let raw = &self.buf[self.pos..next];
                let lines = memchr::memchr_iter(self.line_end, raw).count() as u64;
                // A line end before the last byte is one within a quoted cell.
                if lines > u64::from(raw.ends_with(&[self.line_end])) && !well_quoted(raw, self.delimiter) {
                    return Err(self.unclosed(line));
                }
                self.pos = next;
                self.line += lines;
                self.finish(row, line, cells, bytes, names)?;
                Ok(true)
            }
            Step::Unclosed => Err(self.unclosed(line)),
            Step::Overlong { column } => {
                if memchr::memchr(self.line_end, &self.buf[self.pos..self.filled]).is_some() {
                    return Err(self.unclosed(line));
                }
                let start = String::from_utf8_lossy(&self.out[..1000]).into_owned();
                self.skip_line(line, column, names)?;
                let message = format!(
                    "The row is longer than {} KB. Shorten the text in it; perhaps a line break or a quotation mark is missing.",
                    MAX_ROW_BYTES / 1024
                );
                Err(RowError::new(RowErrorKind::RowTooLong, line, &start, message).at(column, names))
            }
            Step::TooManyCells => {
                let start = String::from_utf8_lossy(&self.out[..200]).into_owned();
                self.skip_line(line, 0, names)?;
                let message = format!(
                    "The row has more than {MAX_CELLS} cells. Check the delimiter and the line breaks."
                );
                Err(RowError::new(RowErrorKind::TooManyCells, line, &start, message))
            }
        }
    }

    /// Checks the record in `out` and hands it over.
    fn finish(
        &self,
        row: &mut Row,
        line: u64,
        cells: usize,
        bytes: usize,
        names: &[String],
    ) -> Result<(), RowError> {
        let ends = &self.ends[..cells];
        let mut from = 0;
        for (column, &end) in ends.iter().enumerate() {
            if end - from > MAX_CELL_BYTES {
                let start = String::from_utf8_lossy(&self.out[from..from + 1000]);
                let message = format!(
                    "The cell holds {} KB of text; at most {} KB can be taken. Shorten it.",
                    (end - from).div_ceil(1024),
                    MAX_CELL_BYTES / 1024
                );
                return Err(RowError::new(RowErrorKind::CellTooLong, line, &start, message).at(column, names));
            }
            from = end;
        }
        match std::str::from_utf8(&self.out[..bytes]) {
            Ok(text) if text.is_ascii() || ends.iter().all(|end| text.is_char_boundary(*end)) => {
                row.set(line, text, ends);
                Ok(())
            }
            _ => Err(self.bad_text(line, ends, names)),
        }
    }

    fn bad_text(&self, line: u64, ends: &[usize], names: &[String]) -> RowError {
        let mut from = 0;
        let mut found = (0, 0, 0, 0);
        for (column, &end) in ends.iter().enumerate() {
            if let Err(error) = std::str::from_utf8(&self.out[from..end]) {
                found = (column, from, end, from + error.valid_up_to());
                break;
            }
            from = end;
        }
        let (column, from, end, at) = found;
        let inner = memchr::memchr_iter(self.line_end, &self.out[..at]).count() as u64;
        let character = String::from_utf8_lossy(&self.out[from..at]).chars().count() + 1;
        let place = if inner > 0 {
            format!(" (line {})", line + inner)
        } else {
            String::new()
        };
        let message = format!(
            "Character {character} of the cell{place} is not valid UTF-8 (byte 0x{:02X}), while the rest of the file is. Correct it, save the file as CSV UTF-8 and upload it again.",
            self.out.get(at).copied().unwrap_or_default()
        );
        let value = String::from_utf8_lossy(&self.out[from..end]);
        RowError::new(RowErrorKind::BadText, line, &value, message).at(column, names)
    }

    /// Runs the grammar over one record, from `pos`, without moving `pos`.
    fn step(&mut self) -> io::Result<Step> {
        self.core.reset();
        let (mut at, mut bytes, mut cells) = (0, 0, 0);
        loop {
            if self.pos + at == self.filled && !self.source_ended {
                if self.filled - self.pos >= MAX_ROW_BYTES {
                    return Ok(Step::Overlong { column: cells });
                }
                self.refill()?;
                continue;
            }
            if self.out.len() < self.buf.len() {
                self.out.resize(self.buf.len(), 0);
            }
            // At the end of the file a line end is put in: if that does not end the record, a quotation mark is open.
            let ended = self.pos + at == self.filled;
            let input: &[u8] = if ended {
                b"\n"
            } else {
                &self.buf[self.pos + at..self.filled]
            };
            let (result, read, written, ended_cells) =
                self.core
                    .read_record(input, &mut self.out[bytes..], &mut self.ends[cells..]);
            bytes += written;
            cells += ended_cells;
            if !ended {
                at += read;
            }
            match result {
                ReadRecordResult::Record => {
                    return Ok(Step::Record {
                        cells,
                        bytes,
                        next: self.pos + at,
                    });
                }
                ReadRecordResult::OutputEndsFull => {
                    if self.ends.len() >= MAX_CELLS {
                        return Ok(Step::TooManyCells);
                    }
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                ReadRecordResult::OutputFull => self.out.resize(self.out.len() + 1024, 0),
                ReadRecordResult::InputEmpty if ended => return Ok(Step::Unclosed),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::End => return Ok(Step::Unclosed),
            }
        }
    }

    /// Moves past empty lines; false at the end of the file.
    fn pass_line_ends(&mut self) -> io::Result<bool> {
        loop {
            while self.pos < self.filled {
                match self.buf[self.pos] {
                    b @ (b'\n' | b'\r') => self.line += u64::from(b == self.line_end),
                    // The end-of-file mark of DOS, which some exports still append.
                    0x1a if self.source_ended && self.pos + 1 == self.filled => {}
                    _ => return Ok(true),
                }
                self.pos += 1;
            }
            if self.source_ended {
                return Ok(false);
            }
            self.refill()?;
        }
    }

    /// Gets more bytes behind those kept, moving or growing the buffer when it is full.
    fn refill(&mut self) -> io::Result<()> {
        if self.buf.len() - self.filled < MIN_READ {
            if self.pos > 0 {
                self.buf.copy_within(self.pos..self.filled, 0);
                self.filled -= self.pos;
                self.pos = 0;
            }
            if self.buf.len() - self.filled < MIN_READ {
                let larger = self.buf.len() * 2;
                self.buf.resize(larger.min(MAX_ROW_BYTES + FIRST_BUFFER), 0);
            }
        }
        let n = self.source.fill(&mut self.buf[self.filled..])?;
        self.filled += n;
        self.source_ended = n == 0;
        Ok(())
    }

    /// Moves to the next line, without keeping what is passed over.
    fn skip_line(&mut self, line: u64, column: usize, names: &[String]) -> Result<(), RowError> {
        let mut passed = 0u64;
        loop {
            let rest = &self.buf[self.pos..self.filled];
            if let Some(at) = memchr::memchr(self.line_end, rest) {
                self.pos += at + 1;
                self.line += 1;
                return Ok(());
            }
            passed += rest.len() as u64;
            if passed > MAX_LINE_BYTES {
                let start = String::from_utf8_lossy(&self.buf[..200]).into_owned();
                let message = format!(
                    "The line is longer than {} MB, so reading stopped here. Check that the export has line breaks, and that no quotation mark is left open.",
                    MAX_LINE_BYTES / 1024 / 1024
                );
                return Err(RowError::new(RowErrorKind::RowTooLong, line, &start, message)
                    .at(column, names)
                    .fatal());
            }
            self.pos = 0;
            self.filled = 0;
            if self.source_ended {
                return Ok(());
            }
            self.refill().map_err(|e| self.io_error(&e))?;
        }
    }

    /// The row's own line is given up, the lines after it are read again.
    fn unclosed(&mut self, line: u64) -> RowError {
        let rest = &self.buf[self.pos..self.filled];
        let length = memchr::memchr(self.line_end, rest).map_or(rest.len(), |at| at + 1);
        let text = String::from_utf8_lossy(&rest[..length.min(1000)]).into_owned();
        self.pos += length;
        self.line += 1;
        self.recoveries += 1;
        let error = RowError::new(
            RowErrorKind::UnclosedQuote,
            line,
            &text,
            "A quotation mark opens in this line and is not closed, or is closed in the middle of a cell. Write it twice (\"\") within a quoted cell, or remove it.",
        );
        if self.recoveries < MAX_RECOVERIES {
            return error;
        }
        let message = format!(
            "{} This is the {MAX_RECOVERIES}th such line, so reading stopped here.",
            error.message
        );
        RowError { message, ..error }.fatal()
    }

    fn io_error(&self, error: &io::Error) -> RowError {
        let message = format!("The file could not be read further: {error}. Upload it again.");
        RowError::new(RowErrorKind::Io, self.line, "", message).fatal()
    }
}

/// Whether every quoted cell of a record ends right before a delimiter or the end: the sign that its line breaks are
/// meant. The grammar takes anything behind a closing quotation mark, and so would swallow the rows in between.
fn well_quoted(record: &[u8], delimiter: u8) -> bool {
    let mut at = 0;
    while at < record.len() {
        if record[at] != b'"' {
            match memchr::memchr2(delimiter, b'\n', &record[at..]) {
                Some(step) => at += step + 1,
                None => return true,
            }
            continue;
        }
        at += 1;
        loop {
            let Some(step) = memchr::memchr(b'"', &record[at..]) else {
                return false;
            };
            at += step + 1;
            if record.get(at) != Some(&b'"') {
                break;
            }
            at += 1;
        }
        match record.get(at) {
            None | Some(b'\r' | b'\n') => return true,
            Some(b) if *b == delimiter => at += 1,
            Some(_) => return false,
        }
    }
    true
}
