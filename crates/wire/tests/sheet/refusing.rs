//! Files that are no lists, and files made to hurt: each gets a sentence that says what to do, in flat memory.

use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use guildhall_wire::sheet::{Hints, RowErrorKind, SheetError, open, open_source};
use zip::write::SimpleFileOptions;

fn refusal(bytes: impl Into<Vec<u8>>) -> SheetError {
    match open_source(Cursor::new(bytes.into()), &Hints::default()) {
        Err(error) => error,
        Ok(sheet) => panic!("opened: {:?} {:?}", sheet.format(), sheet.header()),
    }
}

fn check(bytes: impl Into<Vec<u8>>, code: &str, says: &str) {
    let error = refusal(bytes);
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(says), "{error}");
}

pub fn zip_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn what_is_no_list_is_named() {
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    let secret: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    check("", "empty", "Export it again");
    check("\u{feff}", "empty", "heading line");
    check("  \n\r\n ", "empty", "heading line");
    check(ole.clone(), "wrong_kind", "old Excel file (.xls)");
    check([ole, vec![0; 2000], secret].concat(), "encrypted", "password");
    check("%PDF-1.7\n", "wrong_kind", "PDF");
    check(b"\x89PNG\r\n\x1a\n".to_vec(), "wrong_kind", "picture");
    check(b"\x1f\x8b\x08\0".to_vec(), "wrong_kind", "Unpack");
    check(
        "<html><table><tr><td>Email</td></tr></table></html>",
        "wrong_kind",
        "web page",
    );
    check("<?xml version=\"1.0\"?><Workbook/>", "wrong_kind", "XML");
    check("[{\"email\":\"a@b.co\"}]", "wrong_kind", "JSON");
    check("{\"email\":\"a@b.co\"}", "wrong_kind", "JSON");
    check("{\\rtf1 hello}", "wrong_kind", "text document");
    check(
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0".to_vec(),
        "binary",
        "CSV UTF-8",
    );
    check(
        (0..5000u32).map(|i| (i * 7919 % 251) as u8).collect::<Vec<_>>(),
        "binary",
        "CSV UTF-8",
    );
    check(zip_of(&[("people.csv", b"Email\n")]), "wrong_kind", "Unpack");
    check(
        zip_of(&[("mimetype", b"application/vnd"), ("content.xml", b"<a/>")]),
        "wrong_kind",
        "OpenDocument",
    );
    check(zip_of(&[("word/document.xml", b"<a/>")]), "wrong_kind", "Word");
    check(zip_of(&[("xl/workbook.bin", b"x")]), "wrong_kind", ".xlsb");
    check(
        zip_of(&[("xl/workbook.xml", b"<workbook")]),
        "damaged",
        "save it again",
    );
    check(b"PK\x03\x04 nothing more".to_vec(), "damaged", "save it again");
}

#[test]
fn hints_that_cannot_be_are_refused() {
    let with = |hints: Hints| open_source(Cursor::new(b"a,b\n1,2\n"), &hints).err().unwrap();
    let error = with(Hints {
        encoding: Some("klingon".into()),
        ..Hints::default()
    });
    assert_eq!(error.code(), "unknown_encoding");
    let error = with(Hints {
        delimiter: Some(b'x'),
        ..Hints::default()
    });
    assert_eq!(error.code(), "bad_delimiter");
}

#[test]
fn a_heading_line_that_cannot_be_read_is_said() {
    let bad = b"Stra\xdfe,K\xc3\xbche,B\xc3\xa4r\nx,\xc3\xbc,\xc3\xa4\n";
    check(bad.to_vec(), "bad_heading", "Line 1");
    check("Foo,\"Bar\nx,y\n", "bad_heading", "quotation mark");
    let long = format!("Foo,{}\nx,y\n", "x".repeat(70_000));
    check(long, "bad_heading", "Shorten it");
    // A title line above a good heading line may be bad.
    let text = b"\"Our people\nEmail,Name\na@b.co,J\xc3\xbcrgen\n".to_vec();
    let mut sheet = open_source(Cursor::new(text), &Hints::default()).unwrap();
    assert_eq!(sheet.header().line, Some(2));
    assert_eq!(sheet.rows().unwrap().count(), 1);
}

#[test]
fn too_many_columns() {
    let names: Vec<String> = (0..201).map(|i| format!("c{i}")).collect();
    check(names.join(","), "too_many_columns", "201 columns");
    assert!(open_source(Cursor::new(names[..200].join(",")), &Hints::default()).is_ok());
}

/// A file as it would come from a broken export, made on the fly, which counts how much of it was read.
struct Endless {
    start: &'static [u8],
    length: u64,
    at: u64,
    read: std::rc::Rc<std::cell::Cell<u64>>,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let left = self.length - self.at;
        let n = out.len().min(left as usize);
        for (i, byte) in out[..n].iter_mut().enumerate() {
            *byte = self.start.get(self.at as usize + i).copied().unwrap_or(b'x');
        }
        self.at += n as u64;
        self.read.set(self.read.get() + n as u64);
        Ok(n)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
            SeekFrom::End(by) => self.length.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}

#[test]
fn a_line_of_300_mb_is_refused_early() {
    let read = std::rc::Rc::default();
    let source = Endless {
        start: b"",
        length: 300 << 20,
        at: 0,
        read: std::rc::Rc::clone(&read),
    };
    let error = open_source(source, &Hints::default()).err().unwrap();
    assert_eq!(error.code(), "line_too_long", "{error}");
    assert!(
        error.to_string().starts_with("Line 1 is longer than 16 MB"),
        "{error}"
    );
    assert!(read.get() < 64 << 20, "{} bytes read", read.get());
}

#[test]
fn a_line_of_300_mb_below_a_good_heading_stops_the_reading() {
    let read = std::rc::Rc::default();
    let start = b"Email,Name\na@b.co,Ada\nb@b.co,";
    let source = Endless {
        start,
        length: 300 << 20,
        at: 0,
        read: std::rc::Rc::clone(&read),
    };
    let mut sheet = open_source(source, &Hints::default()).unwrap();
    let rows: Vec<_> = sheet.rows().unwrap().collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].as_ref().unwrap().get(1), "Ada");
    let error = rows[1].as_ref().unwrap_err();
    assert_eq!(
        (error.kind, error.line, error.fatal),
        (RowErrorKind::RowTooLong, 3, true)
    );
    assert!(read.get() < 128 << 20, "{} bytes read", read.get());
}

#[test]
fn a_sparse_file_of_zeros_is_binary() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(300 << 20).unwrap();
    assert_eq!(open(file, &Hints::default()).err().unwrap().code(), "binary");
}

fn bomb(part: &str, megabytes: usize) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["[Content_Types].xml", "xl/workbook.xml", part] {
        zip.start_file(name, SimpleFileOptions::default().compression_level(Some(1)))
            .unwrap();
        if name == part {
            let chunk = "<c/>".repeat(256 * 1024);
            for _ in 0..megabytes {
                zip.write_all(chunk.as_bytes()).unwrap();
            }
        }
    }
    zip.finish().unwrap().into_inner()
}

/// 300 MB of cells in a file of a few.
fn large_bomb() -> Vec<u8> {
    static BYTES: std::sync::LazyLock<Vec<u8>> =
        std::sync::LazyLock::new(|| bomb("xl/worksheets/sheet1.xml", 300));
    BYTES.clone()
}

#[test]
fn a_zip_bomb_is_refused_by_what_it_declares() {
    let bytes = large_bomb();
    assert!(bytes.len() < 4 << 20);
    check(bytes, "too_large", "256 MB");
    check(bomb("xl/sharedStrings.xml", 65), "too_large", "64 MB");
}

#[test]
fn a_zip_bomb_that_lies_about_its_size_is_refused_too() {
    let mut bytes = large_bomb();
    let truth = (300u32 << 20).to_le_bytes();
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, &truth).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + 4].copy_from_slice(&1000u32.to_le_bytes());
    }
    let error = refusal(bytes);
    assert!(matches!(error.code(), "too_large" | "damaged"), "{error}");
}

#[test]
fn a_cell_of_megabytes_in_a_workbook_is_refused_before_it_is_loaded() {
    let huge = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(5 << 20));
    let bytes = zip_of(&[
        ("xl/workbook.xml", b"<workbook/>"),
        ("xl/sharedStrings.xml", huge.as_bytes()),
    ]);
    check(bytes, "damaged", "single cell");
}
