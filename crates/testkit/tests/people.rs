//! The people file of the made-up company.

use guildhall_testkit::people::{Company, HEADER, csv_text};

#[test]
fn the_file_has_a_line_for_each_person() {
    let text = csv_text(Company::new(1, 300), 0..300);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(
        reader.headers().expect("a header"),
        &csv::StringRecord::from(HEADER.to_vec())
    );
    let rows: Vec<csv::StringRecord> = reader
        .records()
        .collect::<Result<_, _>>()
        .expect("well-formed CSV");
    assert_eq!(rows.len(), 300);
    let addresses: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
    for row in &rows[1..] {
        assert!(
            addresses.contains(&&row[11]),
            "the manager {} is in the file",
            &row[11]
        );
    }
}

#[test]
fn a_file_without_leavers_is_the_beginning_of_the_whole() {
    let company = Company::new(1, 300);
    let (all, stayed) = (csv_text(company, 0..300), csv_text(company, 0..290));
    assert!(all.starts_with(&stayed));
    assert_eq!(all.lines().count() - stayed.lines().count(), 10);
}
