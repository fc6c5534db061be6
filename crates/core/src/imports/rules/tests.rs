use std::io::Cursor;

use guildhall_wire::sheet::{Hints, open_source};

use super::super::mapping_of;
use super::*;

fn read(csv: &str, mode: Mode) -> Vec<Reading> {
    let mut sheet = open_source(Cursor::new(csv.as_bytes().to_vec()), &Hints::default()).unwrap();
    let mapping = mapping_of(&sheet);
    let reader = Reader::new(
        &mapping,
        mode,
        date_evidence(&mapping).order(),
        (Source::File, None),
    );
    let mut rows = sheet.rows().unwrap();
    let mut row = Row::new();
    let mut readings = Vec::new();
    while let Some(result) = rows.read(&mut row) {
        result.unwrap();
        readings.push(reader.read(&row));
    }
    readings
}

#[test]
fn a_row_is_read_into_canonical_values() {
    let csv = "E-Mail;Vorname;Nachname;Eintrittsdatum;Manager E-Mail;Frontline\n\
               Ada@Example.COM;Ada;Łoś;13.02.2020;BOSS@example.com;ja\n";
    let reading = &read(csv, Mode::Add)[0];
    assert_eq!(reading.problems, []);
    assert_eq!((reading.line, reading.name.as_str()), (2, "Ada Łoś"));
    assert_eq!(reading.keys.email.as_deref(), Some("ada@example.com"));
    assert_eq!(
        reading.manager.as_ref().and_then(|keys| keys.email.as_deref()),
        Some("boss@example.com")
    );
    let date = reading.patch.iter().find(|(field, _)| *field == Field::StartDate);
    assert_eq!(date.unwrap().1.as_deref(), Some("2020-02-13"));
    assert!(reading.patch.contains(&(Field::Frontline, Some("true".into()))));
}

#[test]
fn every_bad_cell_is_told_with_its_column_and_what_to_do() {
    let csv = "Email,First name,Phone Number,Locale\nnot an address,Bo,12,klingon\n,Nobody,,\n";
    let readings = read(csv, Mode::Add);
    let columns: Vec<&str> = readings[0]
        .problems
        .iter()
        .map(|p| p.column.as_deref().unwrap())
        .collect();
    assert_eq!(columns, ["Email", "Phone Number", "Locale"]);
    assert_eq!(readings[0].problems[0].value.as_deref(), Some("not an address"));
    assert!(
        readings[1].problems[0]
            .message
            .contains("Nothing tells who this is")
    );
}

#[test]
fn what_a_row_asks_for_depends_on_the_mode() {
    let run = RunId(uuid::Uuid::nil());
    let csv = "Email,Last name,Status\na@example.com,A,active\nb@example.com,B,terminated\n";
    for (mode, expect) in [
        (Mode::Add, ["provision", "deactivate"]),
        (Mode::Full, ["provision", "deactivate"]),
        (Mode::Leavers, ["deactivate", "deactivate"]),
        (Mode::Invite, ["invite", "invite"]),
    ] {
        let mut sheet = open_source(Cursor::new(csv.as_bytes().to_vec()), &Hints::default()).unwrap();
        let mapping = mapping_of(&sheet);
        let reader = Reader::new(
            &mapping,
            mode,
            date_evidence(&mapping).order(),
            (Source::File, None),
        );
        let rows: Vec<Row> = sheet.rows().unwrap().map(Result::unwrap).collect();
        let verbs: Vec<&str> = rows
            .iter()
            .map(|row| reader.item(&reader.read(row), false, run).change.verb.as_str())
            .collect();
        assert_eq!(verbs, expect, "{mode:?}");
    }
}

#[test]
fn a_mapping_must_name_people_once() {
    let column = |index, field| super::super::types::Column {
        index,
        header: String::new(),
        sample: Vec::new(),
        field,
        confidence: guildhall_wire::sheet::Confidence::Sure,
    };
    let mapping = |fields: &[Option<Column>]| Mapping {
        columns: fields
            .iter()
            .enumerate()
            .map(|(at, field)| column(at, *field))
            .collect(),
        ..Mapping::default()
    };
    for (fields, told) in [
        (&[Some(Column::Email), Some(Column::FamilyName)][..], None),
        (
            &[Some(Column::Ignore), Some(Column::Ignore), Some(Column::Phone)],
            None,
        ),
        (&[Some(Column::FamilyName), None], Some("No column names people")),
        (&[Some(Column::Email), Some(Column::Email)], Some("Two columns")),
    ] {
        let got = usable(&mapping(fields)).err();
        assert_eq!(got.is_some(), told.is_some(), "{fields:?}");
        assert!(got.is_none_or(|got| got.contains(told.unwrap())));
    }
}

#[test]
fn transactions_are_as_long_as_others_can_wait() {
    for (ms, others_wait, goes_on) in [
        (0, Some(false), true),
        (2499, Some(false), true),
        (2500, Some(false), false),
        (0, Some(true), false),
        (499, None, true),
        (500, None, false),
    ] {
        assert_eq!(Pace::goes_on(ms, others_wait), goes_on, "{ms} {others_wait:?}");
    }
    assert!(!Pace::pauses(4999) && Pace::pauses(5000));
}
