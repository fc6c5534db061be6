//! What the writers write, a spreadsheet program shows as text and the reader reads as it was meant.

use std::io::Cursor;

use guildhall_wire::sheet::write::looks_like_formula;
use guildhall_wire::sheet::{CsvOptions, CsvWriter, Hints, Template, XlsxWriter, open_source};
use proptest::prelude::*;

fn csv(rows: &[Vec<String>], options: CsvOptions) -> Vec<u8> {
    let mut writer = CsvWriter::new(Vec::new(), options).unwrap();
    for row in rows {
        writer.row(row).unwrap();
    }
    writer.finish().unwrap()
}

fn xlsx(rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = XlsxWriter::new("People: [all]").unwrap();
    for row in rows {
        writer.row(row).unwrap();
    }
    let mut out = Cursor::new(Vec::new());
    writer.finish(&mut out).unwrap();
    out.into_inner()
}

fn read(bytes: Vec<u8>) -> Vec<Vec<String>> {
    let mut sheet = open_source(Cursor::new(bytes), &Hints::default()).unwrap_or_else(|e| panic!("{e}"));
    let mut all = vec![sheet.header().names.clone()];
    all.extend(sheet.rows().unwrap().map(|row| row.unwrap().to_vec()));
    all
}

fn strings(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter()
        .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
        .collect()
}

#[test]
fn formulas_are_made_text() {
    for (text, guarded) in [
        ("=cmd()", true),
        ("=cmd|' /C calc'!A0", true),
        ("+cmd()", true),
        ("-2+3+cmd|' /C calc'!A0", true),
        ("@SUM(A1)", true),
        ("\t=1", true),
        ("\r=1", true),
        ("  =1", true),
        ("＝1", true),
        ("-", true),
        ("'=1", true),
        ("+44 20 7946 0958", false),
        ("+44 (0)20/7946-0958", false),
        ("-12.50", false),
        ("-12,50", false),
        ("Ada", false),
        ("a@b.co", false),
        ("O'Neill", false),
        ("'t Hooft", false),
        ("", false),
    ] {
        let bytes = csv(
            &strings(&[&["x"], &[text]]),
            CsvOptions {
                bom: false,
                delimiter: b';',
            },
        );
        let line = String::from_utf8(bytes).unwrap();
        let cell = line.strip_prefix("x\r\n").unwrap().trim_start_matches('"');
        assert_eq!(
            cell.starts_with('\'') && !text.starts_with("'t"),
            guarded,
            "{text:?}"
        );
    }
    assert!(looks_like_formula("=1") && !looks_like_formula("'=1"));
}

#[test]
fn csv_opens_right_in_excel() {
    let bytes = csv(
        &strings(&[&["Name", "Note"], &["Ümit", "a,b\n\"c\""]]),
        CsvOptions::default(),
    );
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "\u{feff}Name,Note\r\nÜmit,\"a,b\n\"\"c\"\"\"\r\n"
    );
}

#[test]
fn what_was_written_is_read() {
    let rows = strings(&[
        &["Email", "Employee ID", "First name", "Phone Number", "Job Title"],
        &["a@b.co", "00123", "=cmd()", "+44 20 7946 0958", "'=x"],
        &["b@b.co", "1.5", "O'Neill", "0049", "''@y"],
        &["c@b.co", "", "line\nbreak", "", "-"],
    ]);
    assert_eq!(read(csv(&rows, CsvOptions::default())), rows);
    assert_eq!(
        read(csv(
            &rows,
            CsvOptions {
                bom: false,
                delimiter: b';'
            }
        )),
        rows
    );
    assert_eq!(read(xlsx(&rows)), rows);
}

#[test]
fn a_workbook_holds_text_only_and_names_its_sheet() {
    let bytes = xlsx(&strings(&[&["Email"], &["=1+1"]]));
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut part = |name: &str| std::io::read_to_string(zip.by_name(name).unwrap()).unwrap();
    assert!(!part("xl/worksheets/sheet1.xml").contains("<f>"));
    assert!(part("xl/styles.xml").contains("quotePrefix=\"1\""));
    assert!(part("xl/workbook.xml").contains("name=\"People all\""));
}

#[test]
fn a_cell_longer_than_excel_takes_is_cut() {
    let rows = vec![vec!["Name".to_owned()], vec!["é".repeat(40_000)]];
    let back = read(xlsx(&rows));
    assert_eq!(back[1][0].chars().count(), 32_767);
    assert!(back[1][0].ends_with('…'));
}

#[test]
fn templates_read_as_what_they_are_for() {
    for template in [Template::People, Template::Deactivation, Template::Invitation] {
        let rows = [template.headers(), template.example()];
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|r| r.iter().map(|c| (*c).to_owned()).collect())
            .collect();
        for bytes in [csv(&rows, CsvOptions::default()), xlsx(&rows)] {
            let sheet = open_source(Cursor::new(bytes), &Hints::default()).unwrap();
            let fields: Vec<_> = sheet.guess().into_iter().map(|g| g.field.unwrap()).collect();
            assert_eq!(fields, template.fields());
        }
    }
}

/// A cell as it can be read back: trimmed, and of characters that reading leaves alone.
fn cell() -> impl Strategy<Value = String> {
    "[-=+@'\"a-zäß,;0-9 |\n]{0,12}".prop_map(|text| text.trim().to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_table_comes_back(rows in prop::collection::vec(prop::collection::vec(cell(), 3), 1..8)) {
        let mut table = strings(&[&["Email", "First name", "Last name"]]);
        table.extend(rows.into_iter().map(|mut row| { row.insert(0, "id".into()); row.truncate(3); row }));
        prop_assert_eq!(&read(csv(&table, CsvOptions::default())), &table);
        prop_assert_eq!(&read(csv(&table, CsvOptions { bom: false, delimiter: b'\t' })), &table);
        let width = table[0].len();
        let book: Vec<_> = read(xlsx(&table)).into_iter().map(|mut row| { row.resize(width, String::new()); row }).collect();
        prop_assert_eq!(&book, &table);
    }
}
