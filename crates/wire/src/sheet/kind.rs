//! What kind of file it is, by its first bytes. Names lie: half of the "xls" files that portals send are HTML.

use super::SheetError;

pub(super) enum Kind {
    Text,
    Zip,
}

const OLD_EXCEL: &str = "This is an old Excel file (.xls). Open it in Excel, choose Save as, pick “Excel workbook (.xlsx)” or “CSV UTF-8”, and upload that.";
const MARKUP: &str = "This is a web page or an XML file, though it may be named like a spreadsheet. Open it in Excel, choose Save as, pick “Excel workbook (.xlsx)” or “CSV UTF-8”, and upload that.";
const PDF: &str =
    "This is a PDF. Export the list from the system it comes from as CSV or XLSX and upload that.";
const PICTURE: &str = "This is a picture. Export the list as CSV or XLSX and upload that.";
const PACKED: &str = "This is a compressed archive. Unpack it and upload the CSV or XLSX file inside.";
const JSON: &str = "This is a JSON file. Export the list as CSV or XLSX, or send it through the API.";
const RTF: &str =
    "This is a text document, not a table. Save the list as CSV UTF-8 or as XLSX and upload that.";
const UTF32: &str =
    "The text is in UTF-32, which few programs read. Save the list as CSV UTF-8 and upload that.";
const PARQUET: &str =
    "This is a database file, not a spreadsheet. Export the list as CSV or XLSX and upload that.";

/// First bytes and what to say; text formats are told apart in [`markup`].
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF", PDF),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"\x1f\x8b", PACKED),
    (b"7z\xbc\xaf\x27\x1c", PACKED),
    (b"Rar!", PACKED),
    (b"BZh", PACKED),
    (b"\xfd7zXZ", PACKED),
    (b"\x28\xb5\x2f\xfd", PACKED),
    (b"{\\rtf", RTF),
    (b"\xff\xfe\0\0", UTF32),
    (b"\0\0\xfe\xff", UTF32),
    (b"SQLite format 3", PARQUET),
    (b"PAR1", PARQUET),
    (b"\x09\x08\x10\0\0\x06\x05\0", OLD_EXCEL),
];

/// Looks at the beginning of a file (some 64 KiB).
pub(super) fn tell(head: &[u8]) -> Result<Kind, SheetError> {
    let trimmed = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii();
    if trimmed.is_empty() {
        return Err(SheetError::Empty);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(Kind::Zip);
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        // A workbook with a password is stored in the container of the old format.
        let name: Vec<u8> = "EncryptedPackage"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let encrypted = memchr::memmem::find(head, &name).is_some();
        return Err(if encrypted {
            SheetError::Encrypted
        } else {
            SheetError::WrongKind(OLD_EXCEL)
        });
    }
    if let Some((_, text)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(SheetError::WrongKind(text));
    }
    if let Some(text) = markup(trimmed) {
        return Err(SheetError::WrongKind(text));
    }
    Ok(Kind::Text)
}

fn markup(text: &[u8]) -> Option<&'static str> {
    let starts = |word: &[u8]| text.len() >= word.len() && text[..word.len()].eq_ignore_ascii_case(word);
    if [
        &b"<?xml"[..],
        b"<html",
        b"<!doctype",
        b"<table",
        b"<head",
        b"<meta",
        b"<!--",
    ]
    .iter()
    .any(|word| starts(word))
    {
        return Some(MARKUP);
    }
    let after = text.get(1..).map(<[u8]>::trim_ascii_start)?;
    let object = text[0] == b'{' && (after.starts_with(b"\"") || after.starts_with(b"}"));
    let array =
        text[0] == b'[' && (after.starts_with(b"{") || after.starts_with(b"[") || after.starts_with(b"]"));
    (object || array).then_some(JSON)
}

/// What a zip file is that has no `xl/workbook.xml`.
pub(super) fn other_zip<'a>(names: impl Iterator<Item = &'a str>) -> SheetError {
    let mut text = "This is a compressed archive, not an Excel workbook. Unpack it and upload the CSV or XLSX file inside.";
    for name in names {
        if name == "content.xml" || name == "mimetype" {
            text = "This is an OpenDocument file (.ods). Open it in LibreOffice, choose Save as, pick “Excel 2007-365 (.xlsx)” or “Text CSV”, and upload that.";
        } else if name.starts_with("word/") || name.starts_with("ppt/") {
            text = "This is a Word or PowerPoint document. Copy the table into Excel, save it as XLSX or CSV UTF-8 and upload that.";
        } else if name == "xl/workbook.bin" {
            text = "This is a binary Excel workbook (.xlsb). Open it in Excel, choose Save as, pick “Excel workbook (.xlsx)” or “CSV UTF-8”, and upload that.";
        } else if name.starts_with("Index/Document.iwa") {
            text = "This is an Apple Numbers file. Choose File, Export to, Excel or CSV, and upload that.";
        } else {
            continue;
        }
        break;
    }
    SheetError::WrongKind(text)
}
