//! Writes the people file of a made-up company, as an HR system would export it: CSV, UTF-8, comma.
//!
//!     cargo run --release -p guildhall-testkit --example people -- 100000 > people.csv
//!     … -- 100000 --seed 7 --leavers 500      the same company without the last 500 people

use std::error::Error;
use std::io::{self, BufWriter, Write};

use guildhall_core::demo::people::{Company, Person, employee_id};

const HEADER: [&str; 15] = [
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

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size: u64 = arguments.first().ok_or("how many people?")?.parse()?;
    let company = Company::new(option(&arguments, "--seed")?.unwrap_or(1), size);
    let stay = size.saturating_sub(option(&arguments, "--leavers")?.unwrap_or(0));
    let mut out = csv::Writer::from_writer(BufWriter::new(io::stdout().lock()));
    out.write_record(HEADER)?;
    for number in 0..stay {
        let person = company.person(number);
        out.write_record(record(&company, &person))?;
    }
    out.into_inner()?.flush()?;
    Ok(())
}

fn option(arguments: &[String], name: &str) -> Result<Option<u64>, Box<dyn Error>> {
    let Some(at) = arguments.iter().position(|argument| argument == name) else { return Ok(None) };
    let value = arguments.get(at + 1).ok_or_else(|| format!("{name} wants a number"))?;
    Ok(Some(value.parse()?))
}

fn record(company: &Company, person: &Person) -> [String; 15] {
    let manager = |of: &dyn Fn(u64) -> String| person.manager.map(of).unwrap_or_default();
    [
        person.email.clone(),
        person.employee_id.clone(),
        person.given_name.clone(),
        person.family_name.clone(),
        person.title.clone(),
        person.department.clone(),
        person.division.clone(),
        person.organization.clone(),
        person.phone.clone().unwrap_or_default(),
        person.location.clone(),
        person.locale.clone(),
        manager(&|number| company.email(number)),
        manager(&employee_id),
        "password".to_owned(),
        person.start_date.to_string(),
    ]
}
