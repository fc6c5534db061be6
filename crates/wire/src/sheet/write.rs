//! Writers for CSV and XLSX that stream, and that no spreadsheet program can be tricked by.
//!
//! **Formula injection.** A cell that a program might take for a formula is made text:
//! - A cell never begins with a tab or a line end: they are left out.
//! - In CSV a cell whose first character (blanks aside) is `=`, `+`, `-`, `@` or one of their full-width forms gets an
//!   apostrophe in front. A plus or minus followed by nothing but digits, blanks and `().,/-`
//!   is left alone: a phone number such as `+44 20 7946 0958` or an amount `-12.50` computes nothing and calls nothing,
//!   and other programs want it as it is. (Excel shows such a number without its plus when it opens a CSV by double
//!   click. Who edits in Excel should take XLSX, where phone numbers stay text.)
//! - In XLSX every cell is written as text, which is never computed; those that look like a formula also carry Excel's
//!   own "quote prefix", so that they stay text when someone edits the cell.
//!
//! The reader takes the apostrophe away again, from CSV and from XLSX (a CSV that went through Excel carries it into the
//! workbook), so what was written is what is read; text that had one before gets another for that.

use std::io::{Seek, Write};

use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// How a CSV file is written.
#[derive(Debug, Clone, Copy)]
pub struct CsvOptions {
    /// A byte order mark, without which Excel takes UTF-8 for the code page of the office.
    pub bom: bool,
    pub delimiter: u8,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            bom: true,
            delimiter: b',',
        }
    }
}

/// Writes rows as CSV (RFC 4180: CRLF, quotes where needed) as they come.
pub struct CsvWriter<W: Write> {
    inner: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    pub fn new(mut out: W, options: CsvOptions) -> std::io::Result<Self> {
        if options.bom {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let inner = csv::WriterBuilder::new()
            .delimiter(options.delimiter)
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(out);
        Ok(Self { inner })
    }

    /// Writes one row; the first is the heading line.
    pub fn row<I, C>(&mut self, cells: I) -> std::io::Result<()>
    where
        I: IntoIterator<Item = C>,
        C: AsRef<str>,
    {
        let mut any = false;
        for cell in cells {
            let cell = without_lead(cell.as_ref());
            any = true;
            if needs_guard(cell) {
                self.inner.write_field(format!("'{cell}"))?;
            } else {
                self.inner.write_field(cell)?;
            }
        }
        if !any {
            self.inner.write_field("")?;
        }
        self.inner
            .write_record(None::<&[u8]>)
            .map_err(std::io::Error::other)
    }

    /// Hands what was written so far to the writer beneath.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }

    /// Ends the file and gives the writer back.
    pub fn finish(mut self) -> std::io::Result<W> {
        self.inner.flush()?;
        self.inner
            .into_inner()
            .map_err(|e| std::io::Error::other(e.to_string()))
    }
}

/// Writes rows as a workbook of one sheet. Rows go to a temporary file as they come; memory stays flat.
pub struct XlsxWriter {
    book: Workbook,
    next_row: u32,
    quoted: Format,
    heading: Format,
}

/// The rows that an XLSX sheet can hold, heading included.
pub const XLSX_MAX_ROWS: u32 = 1_048_576;
/// The characters that Excel takes in a cell; longer text is cut, with an ellipsis at the end.
pub const XLSX_MAX_CELL_CHARS: usize = 32_767;

impl XlsxWriter {
    /// `sheet` is the tab's name: characters that Excel does not take are left out, and so is what is beyond 31.
    pub fn new(sheet: &str) -> std::io::Result<Self> {
        let mut name: String = sheet
            .chars()
            .filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') && !c.is_control())
            .take(31)
            .collect();
        name = name.trim_matches('\'').trim().to_owned();
        if name.is_empty() {
            name.push_str("Sheet1");
        }
        let mut book = Workbook::new();
        let sheet = book.add_worksheet_with_constant_memory().map_err(to_io)?;
        sheet.set_name(&name).map_err(to_io)?;
        sheet.set_freeze_panes(1, 0).map_err(to_io)?;
        Ok(Self {
            book,
            next_row: 0,
            quoted: Format::new().set_quote_prefix(),
            heading: Format::new().set_bold(),
        })
    }

    /// Writes one row; the first is the heading line and is bold. Columns get a width that suits the heading.
    pub fn row<I, C>(&mut self, cells: I) -> std::io::Result<()>
    where
        I: IntoIterator<Item = C>,
        C: AsRef<str>,
    {
        let row = self.next_row;
        let sheet = self.book.worksheet_from_index(0).map_err(to_io)?;
        for (column, cell) in (0u16..).zip(cells) {
            let cell = fitting(without_lead(cell.as_ref()));
            if row == 0 {
                sheet
                    .set_column_width(column, (cell.chars().count() + 4).clamp(12, 40) as f64)
                    .map_err(to_io)?;
                sheet
                    .write_string_with_format(row, column, cell.as_ref(), &self.heading)
                    .map_err(to_io)?;
            } else if is_guarded(&cell) {
                let more = format!("'{cell}");
                sheet
                    .write_string_with_format(row, column, more, &self.quoted)
                    .map_err(to_io)?;
            } else if needs_guard(&cell) {
                sheet
                    .write_string_with_format(row, column, cell.as_ref(), &self.quoted)
                    .map_err(to_io)?;
            } else if !cell.is_empty() {
                sheet.write_string(row, column, cell.as_ref()).map_err(to_io)?;
            }
        }
        self.next_row = row + 1;
        Ok(())
    }

    /// Ends the workbook and writes it.
    pub fn finish<W: Write + Seek + Send>(mut self, out: W) -> std::io::Result<()> {
        self.book.save_to_writer(out).map_err(to_io)
    }
}

fn fitting(cell: &str) -> std::borrow::Cow<'_, str> {
    if cell.len() <= XLSX_MAX_CELL_CHARS || cell.encode_utf16().count() <= XLSX_MAX_CELL_CHARS {
        return cell.into();
    }
    let mut units = 0;
    let mut cut: String = cell
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units < XLSX_MAX_CELL_CHARS
        })
        .collect();
    cut.push('…');
    cut.into()
}

fn to_io(error: XlsxError) -> std::io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => std::io::Error::other(other.to_string()),
    }
}

/// Whether a spreadsheet program might take the text for a formula, blanks in front of it or not.
pub fn looks_like_formula(text: &str) -> bool {
    let text = text.trim();
    let harmless = |rest: &str| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|b| b.is_ascii_digit() || b" ().,/-".contains(&b))
    };
    match text.chars().next() {
        Some('+' | '-') => !harmless(&text[1..]),
        Some('=' | '@' | '＝' | '＋' | '－' | '＠') => true,
        _ => false,
    }
}

/// Whether the writer puts an apostrophe in front. Text that has one there already gets another, so that taking one
/// away always gives back what was meant.
fn needs_guard(cell: &str) -> bool {
    looks_like_formula(cell.trim_start_matches(|c: char| c == '\'' || c.is_whitespace()))
}

/// Whether a (trimmed) cell carries the writer's apostrophe.
pub(super) fn is_guarded(cell: &str) -> bool {
    cell.strip_prefix('\'').is_some_and(needs_guard)
}

/// No cell begins with a tab or a line end, which some programs skip before they look for a formula.
fn without_lead(cell: &str) -> &str {
    cell.trim_start_matches(['\t', '\r', '\n'])
}
