//! XLSX as Excel and its kin write it: made here with a real writer, typed cells and all.

use std::io::Cursor;

use guildhall_wire::sheet::{Format, Hints, RowErrorKind, Sheet, open_source};
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Workbook, Worksheet};

fn open(book: &mut Workbook, sheet: Option<&str>) -> Sheet<Cursor<Vec<u8>>> {
    let hints = Hints {
        sheet: sheet.map(str::to_owned),
        ..Hints::default()
    };
    open_source(Cursor::new(book.save_to_buffer().unwrap()), &hints).unwrap_or_else(|e| panic!("{e}"))
}

fn write_row(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, cell) in (0u16..).zip(cells) {
        if !cell.is_empty() {
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
}

#[test]
fn typed_cells_become_what_a_person_would_type() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write_row(
        sheet,
        0,
        &[
            "Employee ID",
            "Start Date",
            "Seen",
            "Active",
            "Ratio",
            "Padded",
            "Formula",
            "Name",
        ],
    );
    sheet.write_number(1, 0, 1234.0).unwrap();
    let date = ExcelDateTime::from_ymd(2026, 3, 1).unwrap();
    sheet
        .write_datetime_with_format(1, 1, &date, &Style::new().set_num_format("dd/mm/yyyy"))
        .unwrap();
    let moment = ExcelDateTime::from_ymd(2026, 3, 1)
        .unwrap()
        .and_hms(8, 30, 0)
        .unwrap();
    sheet
        .write_datetime_with_format(1, 2, &moment, &Style::new().set_num_format("yyyy-mm-dd hh:mm"))
        .unwrap();
    sheet.write_boolean(1, 3, true).unwrap();
    sheet.write_number(1, 4, 0.75).unwrap();
    sheet
        .write_number_with_format(1, 5, 42.0, &Style::new().set_num_format("00000"))
        .unwrap();
    sheet
        .write_formula(1, 6, rust_xlsxwriter::Formula::new("=1+1").set_result("2"))
        .unwrap();
    sheet.write_string(1, 7, "\u{a0} Ada\u{a0}L. ").unwrap();
    let mut sheet = open(&mut book, None);
    let row = sheet.rows().unwrap().next().unwrap().unwrap();
    assert_eq!(row.line(), 2);
    assert_eq!(
        row.to_vec(),
        [
            "1234",
            "2026-03-01",
            "2026-03-01 08:30:00",
            "TRUE",
            "0.75",
            "00042",
            "2",
            "Ada L."
        ]
    );
}

#[test]
fn lines_are_those_that_excel_shows() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write_row(sheet, 0, &["Our people"]);
    write_row(sheet, 3, &["Email", "", "First name"]);
    write_row(sheet, 5, &["a@b.co", "", "Ada"]);
    write_row(sheet, 9, &["", "", "Bob"]);
    let mut sheet = open(&mut book, None);
    assert_eq!(sheet.header().line, Some(4));
    assert_eq!(sheet.header().names, ["Email", "Column B", "First name"]);
    for _ in 0..2 {
        let rows: Vec<_> = sheet
            .rows()
            .unwrap()
            .map(|r| r.map(|r| (r.line(), r.to_vec())).unwrap())
            .collect();
        assert_eq!(rows[0], (6, vec!["a@b.co".into(), String::new(), "Ada".into()]));
        assert_eq!(rows[1], (10, vec![String::new(), String::new(), "Bob".into()]));
        assert_eq!(rows.len(), 2);
    }
}

#[test]
fn the_first_visible_sheet_with_cells_is_read_unless_another_is_named() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Cover").unwrap();
    let hidden = book.add_worksheet().set_name("Lists").unwrap();
    hidden.set_hidden(true);
    write_row(hidden, 0, &["x"]);
    let people = book.add_worksheet().set_name("People").unwrap();
    write_row(people, 0, &["Email"]);
    let leavers = book.add_worksheet().set_name("Leavers").unwrap();
    write_row(leavers, 0, &["Employee ID"]);
    let sheets: Vec<String> = ["Cover", "Lists", "People", "Leavers"].map(str::to_owned).into();
    let sheet = open(&mut book, None);
    assert_eq!(
        sheet.format(),
        &Format::Xlsx {
            sheet: "People".into(),
            sheets
        }
    );
    assert_eq!(open(&mut book, Some("leavers")).header().names, ["Employee ID"]);
    let hints = Hints {
        sheet: Some("Nope".into()),
        ..Hints::default()
    };
    let error = open_source(Cursor::new(book.save_to_buffer().unwrap()), &hints)
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("Cover, Lists, People, Leavers"),
        "{error}"
    );
    let mut empty = Workbook::new();
    empty.add_worksheet();
    let error = open_source(Cursor::new(empty.save_to_buffer().unwrap()), &Hints::default())
        .err()
        .unwrap();
    assert_eq!(error.code(), "no_table");
}

#[test]
fn bad_cells_cost_their_row_only() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write_row(sheet, 0, &["Email", "Name"]);
    write_row(sheet, 1, &["a@b.co"]);
    sheet
        .write_formula(1, 1, rust_xlsxwriter::Formula::new("=NA()").set_result("#N/A"))
        .unwrap();
    write_row(sheet, 2, &["b@b.co", "Bob", "too much"]);
    write_row(sheet, 3, &["c@b.co", "Cid"]);
    sheet.write_string(4, 250, "far out").unwrap();
    write_row(sheet, 5, &["d@b.co", "Dot"]);
    let mut sheet = open(&mut book, None);
    let rows: Vec<_> = sheet.rows().unwrap().collect();
    let error = rows[0].as_ref().unwrap_err();
    assert_eq!(
        (error.kind, error.line, error.value.as_str()),
        (RowErrorKind::ExcelError, 2, "#N/A")
    );
    let error = rows[1].as_ref().unwrap_err();
    assert_eq!(
        (error.kind, error.line, error.column),
        (RowErrorKind::TooManyCells, 3, Some(2))
    );
    assert_eq!(rows[2].as_ref().unwrap().get(1), "Cid");
    assert_eq!(rows[3].as_ref().unwrap_err().kind, RowErrorKind::TooManyCells);
    assert_eq!(rows[4].as_ref().unwrap().line(), 6);
}
