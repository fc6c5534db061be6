//! The made-up company as the people file that its HR system would export.

use std::io::Write;
use std::ops::Range;

use guildhall_core::demo::people::cell;
pub use guildhall_core::demo::people::{Company, Person, employee_id};

/// The columns of the file, as Workplace's people sheet named them.
pub const HEADER: [&str; 15] = [
    "Email",
    "Employee ID",
    "First name",
    "Last name",
    "Job Title",
    "Department",
    "Division",
    "Organization",
    "Phone Number",
    "Location",
    "Locale",
    "Manager Email",
    "Manager Employee ID",
    "Login Method",
    "Start Date",
];

/// Writes the people with these numbers as CSV: UTF-8, comma, one header line. Leave out the last numbers for a
/// file without some leavers; managers have smaller numbers than their reports. Fails when `out` fails.
pub fn write_csv(company: Company, numbers: Range<u64>, out: impl Write) -> csv::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    out.write_record(HEADER)?;
    for number in numbers {
        let person = company.person(number);
        out.write_record(HEADER.map(|heading| cell(&company, &person, heading)))?;
    }
    out.flush()?;
    Ok(())
}

/// The same as a text.
///
/// # Panics
/// Never: writing to memory does not fail.
pub fn csv_text(company: Company, numbers: Range<u64>) -> String {
    let mut bytes = Vec::new();
    write_csv(company, numbers, &mut bytes).expect("memory takes what is written");
    String::from_utf8(bytes).expect("names are Unicode")
}
