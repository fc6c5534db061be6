//! Any bytes as a people list: `cargo +nightly fuzz run sheet`. The first byte picks an encoding.
#![no_main]

use std::io::Cursor;

use guildhall_wire::sheet::{Hints, Row, open_source};
use libfuzzer_sys::fuzz_target;

const ENCODINGS: [Option<&str>; 5] =
    [None, Some("utf-8"), Some("utf-16le"), Some("windows-1252"), Some("iso-2022-jp")];

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let encoding = ENCODINGS.get(usize::from(*first)).copied().flatten();
    let hints = Hints { encoding: encoding.map(str::to_owned), ..Hints::default() };
    let Ok(mut sheet) = open_source(Cursor::new(bytes), &hints) else { return };
    let _ = sheet.guess();
    let mut row = Row::new();
    let mut before = 0;
    let mut rows = sheet.rows().expect("what was opened can be read again");
    while let Some(result) = rows.read(&mut row) {
        let line = match result {
            Ok(()) => row.line(),
            Err(error) => error.line,
        };
        assert!(line >= before || bytes.starts_with(b"PK"), "lines go up");
        before = line;
    }
});
