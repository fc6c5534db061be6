//! What can be wrong with a file or with a row, said so that a person knows what to do.

use std::fmt;

use serde::Serialize;

/// Why a file as a whole cannot be read. `Display` is one or two sentences for the person who uploaded it.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    #[error(
        "The file is empty. Export it again and check that it holds a heading line and at least one row."
    )]
    Empty,
    #[error(
        "The file holds no table. It needs a heading line with column names such as Email, First name and Last name, and one row for each person."
    )]
    NoTable,
    /// A known kind of file that is no sheet of ours; the text says what it is and how to get a readable one.
    #[error("{0}")]
    WrongKind(&'static str),
    #[error(
        "This is not a text file or an Excel workbook. Save the list as CSV UTF-8 or as XLSX and upload that."
    )]
    Binary,
    #[error(
        "The Excel workbook is protected with a password. Open it in Excel, remove the password (File, Info, Protect Workbook), save it and upload it again."
    )]
    Encrypted,
    #[error(
        "The Excel workbook is damaged and cannot be read ({0}). Open it in Excel, save it again as XLSX or as CSV UTF-8 and upload that."
    )]
    Damaged(String),
    #[error(
        "The Excel workbook is too large: unpacked it holds more than {limit_mb} MB. Save the sheet as CSV UTF-8, which may have a million rows, and upload that."
    )]
    TooLarge { limit_mb: u64 },
    #[error(
        "The heading line has {found} columns; at most {limit} can be read. Delete the columns that are not needed and upload the file again."
    )]
    TooManyColumns { found: usize, limit: usize },
    /// The line that should name the columns cannot be read.
    #[error("The heading line cannot be read. {0}")]
    BadHeading(Box<RowError>),
    #[error(
        "Line {line} is longer than {limit_mb} MB, so this is not a list with one person on each line. Check that the export has line breaks, and that no quotation mark is left open."
    )]
    LineTooLong { line: u64, limit_mb: u64 },
    #[error("The workbook has no sheet named “{name}”. It has: {}.", .sheets.join(", "))]
    NoSuchSheet { name: String, sheets: Vec<String> },
    #[error("The encoding “{0}” is not known. Use utf-8, utf-16le, utf-16be or windows-1252.")]
    UnknownEncoding(String),
    #[error("The delimiter must be a comma, a semicolon, a tab or a vertical bar.")]
    BadDelimiter,
    #[error("The file could not be read: {0}.")]
    Io(#[from] std::io::Error),
}

impl SheetError {
    /// A word for programs: it does not change when the sentence does.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoTable => "no_table",
            Self::WrongKind(_) => "wrong_kind",
            Self::Binary => "binary",
            Self::Encrypted => "encrypted",
            Self::Damaged(_) => "damaged",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyColumns { .. } => "too_many_columns",
            Self::BadHeading(_) => "bad_heading",
            Self::LineTooLong { .. } => "line_too_long",
            Self::NoSuchSheet { .. } => "no_such_sheet",
            Self::UnknownEncoding(_) => "unknown_encoding",
            Self::BadDelimiter => "bad_delimiter",
            Self::Io(_) => "io",
        }
    }
}

/// What is wrong with one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowErrorKind {
    TooManyCells,
    CellTooLong,
    RowTooLong,
    UnclosedQuote,
    BadText,
    ExcelError,
    Damaged,
    Io,
}

/// A row that could not be read. Unless `fatal`, the rows after it follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    pub kind: RowErrorKind,
    /// The row's first line in the file, from 1, as an editor or Excel shows it.
    pub line: u64,
    /// The column, from 0.
    pub column: Option<usize>,
    /// The column's heading, or "Column C" where it has none.
    pub column_name: Option<String>,
    /// The beginning of what stands there, at most [`super::EXCERPT_CHARS`] characters.
    pub value: String,
    /// What is wrong and what to do.
    pub message: String,
    /// Nothing more can be read after this.
    pub fatal: bool,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {}", self.line)?;
        if let Some(name) = &self.column_name {
            write!(f, ", column “{name}”")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for RowError {}

impl RowError {
    pub(super) fn new(kind: RowErrorKind, line: u64, value: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            line,
            column: None,
            column_name: None,
            value: excerpt(value),
            message: message.into(),
            fatal: false,
        }
    }

    pub(super) fn at(mut self, column: usize, names: &[String]) -> Self {
        self.column_name = Some(
            names
                .get(column)
                .cloned()
                .unwrap_or_else(|| super::column_label(column)),
        );
        self.column = Some(column);
        self
    }

    pub(super) fn fatal(mut self) -> Self {
        self.fatal = true;
        self
    }
}

/// The beginning of a text, on one line, with an ellipsis where it was cut.
pub(super) fn excerpt(text: &str) -> String {
    let mut chars = text.trim().chars();
    let mut out: String = chars
        .by_ref()
        .take(super::EXCERPT_CHARS - 1)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if chars.next().is_some() {
        out.push('…');
    }
    out
}
