//! What a people list looks like to the reader: `cargo run -p guildhall-wire --example sheet -- FILE`.

use std::io::Write;

use guildhall_wire::sheet::{Hints, Row, open};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name a file")?;
    let mut out = std::io::stdout().lock();
    let mut sheet = open(std::fs::File::open(path)?, &Hints::default())?;
    writeln!(
        out,
        "{:?}, heading in line {:?}",
        sheet.format(),
        sheet.header().line
    )?;
    for (name, guess) in sheet.header().names.iter().zip(sheet.guess()) {
        let field = guess.field.map_or("-", |field| field.as_str());
        writeln!(out, "  {name}: {field} ({:?})", guess.confidence)?;
    }
    let (mut good, mut bad) = (0u64, 0u64);
    let mut row = Row::new();
    let mut rows = sheet.rows()?;
    while let Some(result) = rows.read(&mut row) {
        match result {
            Ok(()) => good += 1,
            Err(error) => {
                bad += 1;
                writeln!(out, "{error}")?;
            }
        }
    }
    writeln!(out, "{good} rows, {bad} that cannot be read")?;
    Ok(())
}
