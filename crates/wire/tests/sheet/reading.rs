//! Text files: encodings, delimiters, heading lines, line numbers, bad rows.

use std::fmt::Write as _;
use std::io::Cursor;

use guildhall_wire::sheet::{Format, Hints, RowErrorKind, Sheet, open_source};

fn open(bytes: impl Into<Vec<u8>>) -> Sheet<Cursor<Vec<u8>>> {
    open_source(Cursor::new(bytes.into()), &Hints::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// All rows as `line:cell|cell`, bad ones as `line!kind@column`.
fn rows<S: std::io::Read + std::io::Seek>(sheet: &mut Sheet<S>) -> Vec<String> {
    sheet
        .rows()
        .unwrap()
        .map(|row| match row {
            Ok(row) => format!("{}:{}", row.line(), row.to_vec().join("|")),
            Err(e) => format!("{}!{:?}@{}", e.line, e.kind, e.column_name.unwrap_or_default()),
        })
        .collect()
}

fn check(bytes: impl Into<Vec<u8>>, names: &[&str], expect: &[&str]) {
    let mut sheet = open(bytes);
    assert_eq!(sheet.header().names, names);
    assert_eq!(rows(&mut sheet), expect);
    assert_eq!(rows(&mut sheet), expect, "a second pass gives the same rows");
}

fn format_of(bytes: impl Into<Vec<u8>>) -> (String, char) {
    match open(bytes).format() {
        Format::Csv { encoding, delimiter } => ((*encoding).to_owned(), *delimiter),
        other @ Format::Xlsx { .. } => panic!("{other:?}"),
    }
}

#[test]
fn plain_rows_have_the_line_an_editor_shows() {
    check(
        "Email,First name\na@b.co,Ada\n\n\nb@b.co,Bob\n",
        &["Email", "First name"],
        &["2:a@b.co|Ada", "5:b@b.co|Bob"],
    );
    check(
        "Email,First name\r\na@b.co,Ada\r\n\r\nb@b.co,Bob",
        &["Email", "First name"],
        &["2:a@b.co|Ada", "4:b@b.co|Bob"],
    );
    check(
        "Email,First name\ra@b.co,Ada\r\rb@b.co,Bob\r",
        &["Email", "First name"],
        &["2:a@b.co|Ada", "4:b@b.co|Bob"],
    );
}

#[test]
fn quoted_line_breaks_and_quotes_stay_in_their_cell() {
    check(
        "Email,Job title\na@b.co,\"Head of\r\n\"\"Things\"\"\"\nb@b.co,\"x,y\"\n",
        &["Email", "Job title"],
        &["2:a@b.co|Head of\n\"Things\"", "4:b@b.co|x,y"],
    );
}

#[test]
fn blanks_are_trimmed_and_cleaned() {
    check(
        "Email ;Vorname\n  a@b.co\u{a0};\u{202a}Ada\u{202c}\u{a0}M.\u{200b} \n;;\n \t;\nb@b.co;Bob;;;\n",
        &["Email", "Vorname"],
        &["2:a@b.co|Ada M.", "5:b@b.co|Bob"],
    );
}

#[test]
fn delimiters_are_found() {
    for (text, expect) in [
        ("Email,Name\na@b.co,\"Doe; Jane\"\n", ','),
        ("Email;Name\na@b.co;\"Doe, Jane\"\n", ';'),
        ("Email\tName\na@b.co\tDoe, Jane; x\n", '\t'),
        ("Email|Name\na@b.co|Doe, Jane\n", '|'),
        ("Email\na@b.co\nb@b.co\n", ','),
        ("sep=;\nx;y\n1,5;2,5\n", ';'),
        ("sep=\t\nx\ty\n1,5\t2,5\n", '\t'),
        (
            "\"Nachname, Vorname\";E-Mail;Eintritt\n\"Doe, Jane\";a@b.co;1.2.2020\n",
            ';',
        ),
        ("foo;bar;baz\n1,2;3,4;5,6\n1,2;3,4;5,6\n", ';'),
    ] {
        assert_eq!(format_of(text).1, expect, "{text:?}");
    }
}

#[test]
fn a_separator_line_is_no_row() {
    check(
        "sep=;\r\nEmail;Name\r\na@b.co;Ada\r\n",
        &["Email", "Name"],
        &["3:a@b.co|Ada"],
    );
}

#[test]
fn encodings_are_found() {
    let text = "Vorname;Nachname;Straße\nJürgen;Groß;Löwengasse\nÉmile;Müller;Königsallee\n";
    let utf16 = |le: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|u| if le { u.to_le_bytes() } else { u.to_be_bytes() })
            .collect()
    };
    let with = |mark: &[u8], rest: Vec<u8>| [mark.to_vec(), rest].concat();
    let western = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    for (bytes, expect) in [
        (text.as_bytes().to_vec(), "UTF-8"),
        (with(b"\xef\xbb\xbf", text.as_bytes().to_vec()), "UTF-8"),
        (utf16(true), "UTF-16LE"),
        (utf16(false), "UTF-16BE"),
        (with(b"\xff\xfe", utf16(true)), "UTF-16LE"),
        (with(b"\xfe\xff", utf16(false)), "UTF-16BE"),
        (western, "windows-1252"),
    ] {
        assert_eq!(format_of(bytes.clone()).0, expect);
        check(
            bytes,
            &["Vorname", "Nachname", "Straße"],
            &["2:Jürgen|Groß|Löwengasse", "3:Émile|Müller|Königsallee"],
        );
    }
}

#[test]
fn an_umlaut_far_down_still_tells_the_encoding() {
    let mut bytes = b"Email;Vorname\n".to_vec();
    for i in 0..20_000 {
        bytes.extend(format!("person{i}@example.com;Anna\n").bytes());
    }
    bytes.extend(b"last@example.com;J\xfcrgen\n");
    let mut sheet = open(bytes);
    let last = sheet.rows().unwrap().last().unwrap().unwrap();
    assert_eq!(last.get(1), "Jürgen");
    assert_eq!(last.line(), 20_002);
}

#[test]
fn polish_code_page() {
    let text =
        "Imię;Nazwisko;Dział\nŁukasz;Żółć;Księgowość\nZbigniew;Gęś;Sprzedaż\nŚwiętosława;Źdźbło;Logistyka\n";
    let bytes = encoding_rs::WINDOWS_1250.encode(text).0.into_owned();
    check(
        bytes,
        &["Imię", "Nazwisko", "Dział"],
        &[
            "2:Łukasz|Żółć|Księgowość",
            "3:Zbigniew|Gęś|Sprzedaż",
            "4:Świętosława|Źdźbło|Logistyka",
        ],
    );
}

#[test]
fn a_damaged_character_costs_its_row_only() {
    let bytes = b"Email,Name\na@b.co,J\xc3\xbcrgen\nb@b.co,M\xfcller\nc@b.co,\xc3\x89mile\n".to_vec();
    let mut sheet = open(bytes);
    assert_eq!(
        rows(&mut sheet),
        ["2:a@b.co|Jürgen", "3!BadText@Name", "4:c@b.co|Émile"]
    );
    let error = sheet.rows().unwrap().find_map(Result::err).unwrap();
    assert!(error.message.contains("Character 2"), "{error}");
    assert!(error.message.contains("0xFC"), "{error}");
    assert_eq!(error.value, "M\u{fffd}ller");
}

#[test]
fn a_character_split_by_a_delimiter_is_no_panic() {
    let bytes = b"Email,Name,Title\nx\xc3\xbc@b.co,\xc3,\xa9\nb@b.co,Bob,\xc3\xa9\n".to_vec();
    assert_eq!(rows(&mut open(bytes)), ["2!BadText@Name", "3:b@b.co|Bob|é"]);
}

#[test]
fn too_many_cells_and_too_few() {
    check(
        "Email,Name\na@b.co,Doe,Jane\nb@b.co\nc@b.co,Cid,,\n",
        &["Email", "Name"],
        &["2!TooManyCells@Column C", "3:b@b.co", "4:c@b.co|Cid"],
    );
}

#[test]
fn an_open_quotation_mark_costs_one_line() {
    check(
        "Email,Name\na@b.co,\"Ada\nb@b.co,Bob\nc@b.co,Cid\n",
        &["Email", "Name"],
        &["2!UnclosedQuote@", "3:b@b.co|Bob", "4:c@b.co|Cid"],
    );
    // The next quoted cell must not close it and swallow Bob.
    check(
        "Email,Name,Title\na@b.co,\"Ada,x\nb@b.co,Bob,y\nc@b.co,\"Cid\",z\n",
        &["Email", "Name", "Title"],
        &["2!UnclosedQuote@", "3:b@b.co|Bob|y", "4:c@b.co|Cid|z"],
    );
}

#[test]
fn an_open_quotation_mark_in_a_large_file() {
    let mut text = "Email,Name\nx@b.co,\"Ada\n".to_owned();
    for i in 0..60_000 {
        writeln!(text, "person{i}@example.com,Person {i}").unwrap();
    }
    let mut sheet = open(text);
    let (good, bad): (Vec<_>, Vec<_>) = sheet.rows().unwrap().partition(Result::is_ok);
    assert_eq!(good.len(), 60_000);
    assert_eq!(bad.len(), 1);
    let error = bad[0].as_ref().unwrap_err();
    assert_eq!((error.kind, error.line), (RowErrorKind::UnclosedQuote, 2));
    assert_eq!(good[0].as_ref().unwrap().line(), 3);
}

#[test]
fn long_cells_and_rows_are_refused_and_the_next_row_follows() {
    for (length, kind) in [
        (70_000, RowErrorKind::CellTooLong),
        (1_000_000, RowErrorKind::CellTooLong),
        (3_000_000, RowErrorKind::RowTooLong),
    ] {
        let text = format!("Email,Name\na@b.co,{}\nb@b.co,Bob\n", "x".repeat(length));
        let mut sheet = open(text);
        let all: Vec<_> = sheet.rows().unwrap().collect();
        let error = all[0].as_ref().unwrap_err();
        assert_eq!((error.kind, error.line, error.column), (kind, 2, Some(1)));
        assert_eq!(error.column_name.as_deref(), Some("Name"));
        assert!(error.value.chars().count() <= 80);
        let next = all[1].as_ref().unwrap();
        assert_eq!((next.line(), next.get(1)), (3, "Bob"));
    }
}

#[test]
fn heading_lines_are_found() {
    check(
        "People list,,\nprinted 2026-01-02,,\n\nEmail,First name,Last name\na@b.co,Ada,L\n",
        &["Email", "First name", "Last name"],
        &["5:a@b.co|Ada|L"],
    );
    // Names nobody knows.
    check("Foo,Bar\n12,x\n13,y\n", &["Foo", "Bar"], &["2:12|x", "3:13|y"]);
    // No heading line at all.
    check(
        "a@b.co,Ada\nb@b.co,Bob\n",
        &["Column A", "Column B"],
        &["1:a@b.co|Ada", "2:b@b.co|Bob"],
    );
    // Empty headings within and trailing ones.
    check(
        "Email,,Name,,\na@b.co,1,Ada,,\n",
        &["Email", "Column B", "Name"],
        &["2:a@b.co|1|Ada"],
    );
    check(
        "\n\nEmail\n=cmd()\n'=cmd()\n",
        &["Email"],
        &["4:=cmd()", "5:=cmd()"],
    );
}

#[test]
fn a_heading_line_alone_is_a_list_without_rows() {
    check("Email,Name\n", &["Email", "Name"], &[]);
}

#[test]
fn hints_win() {
    let hints = Hints {
        delimiter: Some(b';'),
        encoding: Some("windows-1252".into()),
        sheet: None,
    };
    let mut sheet = open_source(Cursor::new(b"Email,x;Name\na@b.co;\xc3\xbc\n"), &hints).unwrap();
    assert_eq!(sheet.header().names, ["Email,x", "Name"]);
    assert_eq!(rows(&mut sheet), ["2:a@b.co|Ã¼"]);
}
