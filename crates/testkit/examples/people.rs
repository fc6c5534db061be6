//! Writes the people file of a made-up company, as an HR system would export it: CSV, UTF-8, comma.
//!
//!     cargo run --release -p guildhall-testkit --example people -- 100000 > people.csv
//!     … -- 100000 --seed 7 --leavers 500      the same company without the last 500 people

use std::error::Error;
use std::io::{self, BufWriter};

use guildhall_testkit::people::{Company, write_csv};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size: u64 = arguments.first().ok_or("how many people?")?.parse()?;
    let company = Company::new(option(&arguments, "--seed")?.unwrap_or(1), size);
    let stay = size.saturating_sub(option(&arguments, "--leavers")?.unwrap_or(0));
    write_csv(company, 0..stay, BufWriter::new(io::stdout().lock()))?;
    Ok(())
}

fn option(arguments: &[String], name: &str) -> Result<Option<u64>, Box<dyn Error>> {
    let Some(at) = arguments.iter().position(|argument| argument == name) else {
        return Ok(None);
    };
    let value = arguments
        .get(at + 1)
        .ok_or_else(|| format!("{name} wants a number"))?;
    Ok(Some(value.parse()?))
}
