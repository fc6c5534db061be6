//! Whatever the bytes: an answer, and no panic.

use std::io::Cursor;

use guildhall_wire::sheet::{Hints, open_source, values};
use proptest::prelude::*;

fn read_all(bytes: &[u8], hints: &Hints) {
    if let Ok(mut sheet) = open_source(Cursor::new(bytes), hints) {
        let _ = sheet.guess();
        if let Ok(rows) = sheet.rows() {
            for row in rows {
                match row {
                    Ok(row) => assert!(row.line() > 0 && row.iter().all(|cell| cell.len() <= 3 * 64 * 1024)),
                    Err(error) => assert!(!error.message.is_empty() && error.value.chars().count() <= 80),
                }
            }
        }
    }
}

/// Bytes near the grammar: quotes, delimiters, line ends, marks, halves of characters.
fn nearly_csv() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\"".to_vec()),
        Just(b",".to_vec()),
        Just(b";".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\xef\xbb\xbf".to_vec()),
        Just(b"\xc3".to_vec()),
        Just(b"\xa9".to_vec()),
        Just("é".as_bytes().to_vec()),
        Just(b"Email".to_vec()),
        Just(b"a@b.co".to_vec()),
        Just(b"'=".to_vec()),
        Just(b"sep=;\n".to_vec()),
        Just(b"\x1a".to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn a_workbook() -> Vec<u8> {
    let mut writer = guildhall_wire::sheet::XlsxWriter::new("People").unwrap();
    writer.row(["Email", "First name", "Start Date"]).unwrap();
    writer.row(["a@b.co", "Ada", "2024-01-02"]).unwrap();
    let mut out = Cursor::new(Vec::new());
    writer.finish(&mut out).unwrap();
    out.into_inner()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        read_all(&bytes, &Hints::default());
    }

    #[test]
    fn nearly_any_csv(bytes in nearly_csv(), label in prop::option::of(prop::sample::select(vec!["utf-8", "utf-16le", "utf-16be", "windows-1252", "shift_jis", "iso-2022-jp"]))) {
        read_all(&bytes, &Hints { encoding: label.map(str::to_owned), ..Hints::default() });
    }

    #[test]
    fn any_value(text in "\\PC{0,30}|[-0-9./ :TE+]{1,14}|[a-z0-9@.<>(),;: ]{0,24}") {
        use values::DateOrder::{DayFirst, MonthFirst, Unknown};
        for order in [DayFirst, MonthFirst, Unknown] {
            let _ = values::parse_date(&text, order);
            let _ = values::parse_end_date(&text, order);
        }
        let _ = values::parse_email(&text);
        let _ = values::parse_phone(&text);
        let _ = values::phone_key(&text);
        let _ = values::parse_name(&text);
        let _ = values::parse_employee_id(&text);
        let _ = values::parse_bool(&text);
        let _ = values::parse_state(&text);
        let _ = values::parse_locale(&text);
        let _ = values::parse_time_zone(&text);
        let _ = values::parse_login_method(&text);
        let _ = values::looks_like_phone(&text);
        let _ = values::date_order([&text]);
        let _ = guildhall_wire::sheet::guess(&[&text], &[vec![text.clone()]]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// A workbook whose parts were altered before they were packed, so that the alteration reaches the XML.
    #[test]
    fn a_damaged_workbook(which in 0usize..12, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut zip = zip::ZipArchive::new(Cursor::new(a_workbook())).unwrap();
        let mut parts = Vec::new();
        for index in 0..zip.len() {
            let mut part = zip.by_index(index).unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut part, &mut bytes).unwrap();
            parts.push((part.name().unwrap().into_owned(), bytes));
        }
        let chosen = which % parts.len();
        for (at, byte) in &changes {
            let place = at.index(parts[chosen].1.len());
            parts[chosen].1[place] = *byte;
        }
        let parts: Vec<(&str, &[u8])> = parts.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        read_all(&crate::refusing::zip_of(&parts), &Hints::default());
    }

    #[test]
    fn a_damaged_archive(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = a_workbook();
        for (at, byte) in changes {
            let place = at.index(bytes.len());
            bytes[place] = byte;
        }
        read_all(&bytes, &Hints::default());
    }
}
