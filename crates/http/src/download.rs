//! Files that are handed out.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use guildhall_core::Error;
use guildhall_wire::sheet::{CsvOptions, CsvWriter, XlsxWriter};

pub const CSV: &str = "text/csv; charset=utf-8";
pub const PDF: &str = "application/pdf";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A file to be kept under that name.
pub fn file(kind: &str, name: &str, body: impl Into<Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, body.into()).into_response()
}

/// Lines of CSV, with what a spreadsheet would take for a formula made harmless. `bom`: at the beginning of a file that
/// Excel is to open.
pub fn csv<C: AsRef<str>>(rows: impl IntoIterator<Item = impl IntoIterator<Item = C>>, bom: bool) -> Vec<u8> {
    let mut text = Vec::new();
    let options = CsvOptions {
        bom,
        ..CsvOptions::default()
    };
    // Writing into memory can't fail.
    if let Ok(mut writer) = CsvWriter::new(&mut text, options) {
        for row in rows {
            let _ = writer.row(row);
        }
        let _ = writer.flush();
    }
    text
}

/// A workbook as bytes.
pub fn workbook(xlsx: XlsxWriter) -> Result<Vec<u8>, Error> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    xlsx.finish(&mut bytes).map_err(inside)?;
    Ok(bytes.into_inner())
}

/// A writer that failed.
pub fn inside(why: std::io::Error) -> Error {
    Error::Internal(why.to_string())
}
