//! People lists as they come out of HR systems: CSV in any of the usual encodings and XLSX.
//!
//! [`open`] tells what the file is, finds the heading line and gives a [`Sheet`]; [`Sheet::rows`] goes through the rows
//! in flat memory, as often as wanted. A row that cannot be read is a [`RowError`] and the next one follows.
//!
//! Cells come cleaned: blanks around them are gone, every kind of blank is a space, line ends are `\n`, control,
//! direction and zero-width characters are left out, and the apostrophe that [`write`] puts before what looks like a
//! formula is taken away. Rows without any text are passed over.

pub mod columns;
mod delimited;
mod error;
mod header;
mod kind;
mod row;
mod templates;
mod text;
pub mod values;
pub mod write;
mod xlsx;
mod zip_guard;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use serde::Serialize;

pub use columns::{Confidence, Field, Guess, guess};
pub use error::{RowError, RowErrorKind, SheetError};
pub use row::Row;
pub use templates::Template;
pub use write::{CsvOptions, CsvWriter, XlsxWriter};

/// The most text that a cell may hold.
pub const MAX_CELL_BYTES: usize = 64 * 1024;
/// The most that a row may hold.
pub const MAX_ROW_BYTES: usize = 1024 * 1024;
/// A line longer than this ends the reading: the file is no list.
pub const MAX_LINE_BYTES: u64 = 16 * 1024 * 1024;
/// The most columns that a sheet may have.
pub const MAX_COLUMNS: usize = 200;
/// What an XLSX file may hold in all once unpacked: some 400,000 people with 15 columns. CSV has no such cap.
pub const XLSX_MAX_UNZIPPED: u64 = 256 * 1024 * 1024;
/// What of that may be other than rows (shared strings, styles): it is held in memory.
pub const XLSX_MAX_LOADED: u64 = 64 * 1024 * 1024;
/// The most files within an XLSX file.
pub const XLSX_MAX_PARTS: usize = 10_000;
/// The most between two tags in an XLSX part.
const MAX_CELL_MARKUP: usize = 2 * 1024 * 1024;
/// How much of a bad value is quoted, in characters.
pub const EXCERPT_CHARS: usize = 80;
/// How many rows [`Header::samples`] looks at.
pub const SAMPLE_ROWS: usize = 100;
const HEAD_BYTES: usize = 64 * 1024;

/// What the caller knows or a person has chosen; everything may be left out.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// `b','`, `b';'`, `b'\t'` or `b'|'`.
    pub delimiter: Option<u8>,
    /// A label such as `utf-8`, `utf-16le`, `windows-1252`.
    pub encoding: Option<String>,
    /// The name of the sheet to read in a workbook.
    pub sheet: Option<String>,
}

/// What the file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Format {
    Csv { encoding: &'static str, delimiter: char },
    Xlsx { sheet: String, sheets: Vec<String> },
}

/// The heading line and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Header {
    /// Its line in the file, from 1; `None` when the file begins with data.
    pub line: Option<u64>,
    /// One for each column; "Column C" where the heading is empty or missing.
    pub names: Vec<String>,
    /// For each column, the values of the first rows that have one (at most [`SAMPLE_ROWS`], cut to 200 characters).
    pub samples: Vec<Vec<String>>,
}

/// An opened list.
pub struct Sheet<S: Read + Seek = File> {
    header: Header,
    format: Format,
    body: Body<S>,
    /// Rows up to this line are not data.
    data_after: u64,
}

enum Body<S: Read + Seek> {
    Text { source: S, layout: delimited::Layout },
    Book { book: Box<xlsx::Book<S>>, sheet: String },
}

/// Opens a list in a file. Reads the file once when it has to find out its encoding or check its unpacked size.
pub fn open(file: File, hints: &Hints) -> Result<Sheet, SheetError> {
    open_source(file, hints)
}

/// [`open`] for anything that can be read and sought in, such as bytes in memory.
pub fn open_source<S: Read + Seek>(mut source: S, hints: &Hints) -> Result<Sheet<S>, SheetError> {
    source.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    source.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let (body, format) = match kind::tell(&head)? {
        kind::Kind::Zip => {
            let (book, sheet, sheets) = xlsx::open(source, hints.sheet.as_deref())?;
            let book = Box::new(book);
            let format = Format::Xlsx {
                sheet: sheet.clone(),
                sheets,
            };
            (Body::Book { book, sheet }, format)
        }
        kind::Kind::Text => {
            let layout = text_layout(&mut source, &head, hints)?;
            let format = Format::Csv {
                encoding: layout.encoding.name(),
                delimiter: char::from(layout.delimiter),
            };
            (Body::Text { source, layout }, format)
        }
    };
    let mut sheet = Sheet {
        header: Header {
            line: None,
            names: Vec::new(),
            samples: Vec::new(),
        },
        format,
        body,
        data_after: 0,
    };
    sheet.read_header()?;
    Ok(sheet)
}

fn text_layout<S: Read + Seek>(
    source: &mut S,
    head: &[u8],
    hints: &Hints,
) -> Result<delimited::Layout, SheetError> {
    if hints.delimiter.is_some_and(|d| !header::DELIMITERS.contains(&d)) {
        return Err(SheetError::BadDelimiter);
    }
    let (encoding, bom) = text::detect(source, head, hints.encoding.as_deref())?;
    let mut decoded = vec![0; HEAD_BYTES * 3];
    let mut reader = text::Decoded::new(head.get(bom as usize..).unwrap_or_default(), encoding);
    let mut filled = 0;
    while decoded.len() - filled >= 16 {
        match reader.fill(&mut decoded[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    decoded.truncate(filled);
    if memchr::memchr(0, &decoded).is_some() {
        return Err(SheetError::Binary);
    }
    let whole_file = head.len() < HEAD_BYTES;
    let line_end = if decoded.contains(&b'\n') || !decoded.contains(&b'\r') {
        b'\n'
    } else {
        b'\r'
    };
    // The last line may be cut off.
    let cut = match memchr::memrchr(line_end, &decoded) {
        Some(at) if !whole_file => at + 1,
        _ => decoded.len(),
    };
    let declared = header::separator_line(&String::from_utf8_lossy(&decoded[..decoded.len().min(64)]));
    let mut layout = delimited::Layout {
        encoding,
        bom,
        delimiter: b',',
        line_end,
        skip_lines: u64::from(declared.is_some()),
    };
    layout.delimiter = hints
        .delimiter
        .or(declared.filter(|d| header::DELIMITERS.contains(d)))
        .unwrap_or_else(|| header::delimiter(&decoded[..cut], &layout));
    Ok(layout)
}

impl<S: Read + Seek> Sheet<S> {
    pub fn header(&self) -> &Header {
        &self.header
    }

    pub fn format(&self) -> &Format {
        &self.format
    }

    /// What the columns probably are, by their headings and samples.
    pub fn guess(&self) -> Vec<Guess> {
        columns::guess(&self.header.names, &self.header.samples)
    }

    /// Goes through the rows below the heading line, from the first on at every call.
    pub fn rows(&mut self) -> Result<Rows<'_, S>, SheetError> {
        let mut rows = self.raw_rows()?;
        rows.width = rows.names.len();
        Ok(rows)
    }

    fn raw_rows(&mut self) -> Result<Rows<'_, S>, SheetError> {
        let inner = match &mut self.body {
            Body::Text { source, layout } => {
                source.seek(SeekFrom::Start(layout.bom))?;
                let mut records = delimited::Records::new(source, layout);
                records
                    .skip_lines(layout.skip_lines, &[])
                    .map_err(|e| line_too_long(&e))?;
                Inner::Text(Box::new(records))
            }
            Body::Book { book, sheet } => Inner::Book(Box::new(xlsx::Rows::new(book, sheet)?)),
        };
        Ok(Rows {
            inner,
            names: &self.header.names,
            width: usize::MAX,
            data_after: self.data_after,
        })
    }

    fn read_header(&mut self) -> Result<(), SheetError> {
        let mut rows = Vec::new();
        // The first row that cannot be read: it matters when it may be the heading line.
        let mut failure: Option<RowError> = None;
        let mut reader = self.raw_rows()?;
        let mut row = Row::new();
        while rows.len() < SAMPLE_ROWS + header::SEARCH_ROWS {
            match reader.read(&mut row) {
                Some(Ok(())) => rows.push(row.clone()),
                Some(Err(error)) => {
                    let fatal = error.fatal;
                    failure.get_or_insert(error);
                    if fatal {
                        break;
                    }
                }
                None => break,
            }
        }
        drop(reader);
        let found = header::find(&rows);
        let first = found.map_or_else(|| header::first_data(&rows), |at| at + 1);
        let Some(top) = rows.get(found.unwrap_or(first)) else {
            return Err(failure.map_or(SheetError::NoTable, unreadable_heading));
        };
        if let Some(error) = failure
            && error.line < top.line()
            && !top.iter().any(columns::is_known_header)
        {
            return Err(unreadable_heading(error));
        }
        let body = &rows[first.min(rows.len())..];
        let widest = if found.is_some() {
            top.len()
        } else {
            body.iter().map(Row::len).max().unwrap_or(0)
        };
        let used = (0..widest)
            .rev()
            .find(|&c| !top.get(c).is_empty() || body.iter().any(|row| !row.get(c).is_empty()))
            .map_or(0, |c| c + 1);
        if used > MAX_COLUMNS {
            return Err(SheetError::TooManyColumns {
                found: used,
                limit: MAX_COLUMNS,
            });
        }
        let line = found.map(|at| rows[at].line());
        self.data_after = line.unwrap_or_else(|| top.line() - 1);
        self.header = Header {
            line,
            names: (0..used)
                .map(|c| column_name(found.map_or("", |_| top.get(c)), c))
                .collect(),
            samples: (0..used).map(|c| samples(body, c)).collect(),
        };
        Ok(())
    }
}

fn samples(rows: &[Row], column: usize) -> Vec<String> {
    let filled = rows
        .iter()
        .map(|row| row.get(column))
        .filter(|cell| !cell.is_empty());
    filled
        .take(SAMPLE_ROWS)
        .map(|cell| cell.chars().take(200).collect())
        .collect()
}

/// A heading on one line, or the column's letter.
fn column_name(heading: &str, column: usize) -> String {
    let words: Vec<&str> = heading.split_whitespace().collect();
    if words.is_empty() {
        return column_label(column);
    }
    words.join(" ").chars().take(200).collect()
}

/// "Column A" … "Column Z", "Column AA", as Excel counts.
pub fn column_label(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.push(' ');
    letters.extend("nmuloC".chars());
    letters.iter().rev().collect()
}

fn unreadable_heading(error: RowError) -> SheetError {
    match error.kind {
        RowErrorKind::RowTooLong => line_too_long(&error),
        _ => SheetError::BadHeading(Box::new(error)),
    }
}

fn line_too_long(error: &RowError) -> SheetError {
    SheetError::LineTooLong {
        line: error.line,
        limit_mb: if error.fatal {
            MAX_LINE_BYTES
        } else {
            MAX_ROW_BYTES as u64
        } / 1024
            / 1024,
    }
}

fn too_many_cells(line: u64, column: usize, value: &str, names: &[String]) -> RowError {
    let message = format!(
        "The row has more cells than the heading line has columns ({}). A text with the delimiter in it must stand in quotation marks.",
        names.len()
    );
    RowError::new(RowErrorKind::TooManyCells, line, value, message).at(column, names)
}

/// The rows of a sheet. Use [`Rows::read`] with one [`Row`] for speed, or iterate.
pub struct Rows<'a, S: Read + Seek = File> {
    inner: Inner<'a, S>,
    names: &'a [String],
    width: usize,
    data_after: u64,
}

enum Inner<'a, S: Read + Seek> {
    Text(Box<delimited::Records<&'a mut S>>),
    Book(Box<xlsx::Rows<'a, S>>),
}

impl<S: Read + Seek> Rows<'_, S> {
    /// Reads the next row into `row`, whose buffers are used again. `None` at the end and after a fatal error; what
    /// `row` holds is of use only after `Some(Ok(()))`.
    pub fn read(&mut self, row: &mut Row) -> Option<Result<(), RowError>> {
        loop {
            let result = match &mut self.inner {
                Inner::Text(records) => records.read(row, self.names)?,
                Inner::Book(cells) => cells.read(row, self.names)?,
            };
            if let Err(error) = result {
                // What stands above the heading line is nobody's row.
                if error.line <= self.data_after && !error.fatal {
                    continue;
                }
                return Some(Err(error));
            }
            if row.line() <= self.data_after || row.is_blank() {
                continue;
            }
            if row.len() > self.width {
                if let Some(extra) = (self.width..row.len()).find(|&c| !row.get(c).is_empty()) {
                    return Some(Err(too_many_cells(row.line(), extra, row.get(extra), self.names)));
                }
                row.truncate(self.width);
            }
            return Some(Ok(()));
        }
    }
}

impl<S: Read + Seek> Iterator for Rows<'_, S> {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = Row::new();
        self.read(&mut row).map(|result| result.map(|()| row))
    }
}
