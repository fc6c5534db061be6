//! A real domain controller (Samba) with so many people, for bench/samba.sh. Says in a line of JSON where it is; then does what
//! is asked of it, a word a line, and answers `done` to each: `change` gives 100 people another title, `leave` disables 25
//! people and deletes 25 others. Stops at the end of its input.
//!
//!     cargo run --release -p guildhall-testkit --example samba -- 10000

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, Write as _};

use guildhall_testkit::samba::{BASE, BIND_DN, PASSWORD, Samba};

/// People who are added at once.
const AT_ONCE: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).ok_or("how many people?")?.parse()?;
    let samba = Samba::start();
    samba.change(&format!(
        "dn: OU=Staff,{BASE}\nchangetype: add\nobjectClass: organizationalUnit\n\n"
    ));
    for from in (0..count).step_by(AT_ONCE) {
        let people = from..count.min(from + AT_ONCE);
        samba.change(&people.fold(String::new(), |text, number| text + &person(number)));
    }
    let place = serde_json::json!({
        "address": samba.address, "ca": samba.authority(), "base": format!("OU=Staff,{BASE}"),
        "bind_dn": BIND_DN, "password": PASSWORD,
    });
    say(&place.to_string())?;
    for line in io::stdin().lock().lines() {
        let mut ldif = String::new();
        match line?.as_str() {
            "change" => {
                for number in 0..100 {
                    write!(
                        ldif,
                        "dn: {}\nchangetype: modify\nreplace: title\ntitle: Foreman\n\n",
                        dn(number)
                    )?;
                }
            }
            "leave" => {
                for number in 100..125 {
                    write!(
                        ldif,
                        "dn: {}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 546\n\n",
                        dn(number)
                    )?;
                }
                for number in 125..150 {
                    write!(ldif, "dn: {}\nchangetype: delete\n\n", dn(number))?;
                }
            }
            other => return Err(format!("\"{other}\" is neither change nor leave").into()),
        }
        samba.change(&ldif);
        say("done")?;
    }
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn dn(number: usize) -> String {
    format!("CN=Person {number},OU=Staff,{BASE}")
}

/// Everybody but the first has a manager, eight people each.
fn person(number: usize) -> String {
    let manager = if number == 0 {
        String::new()
    } else {
        format!("manager: {}\n", dn(number / 8))
    };
    format!(
        "dn: {}\nchangetype: add\nobjectClass: user\nsAMAccountName: p{number}\ngivenName: Person\nsn: N{number}\n\
         displayName: Person {number}\nmail: p{number}@example.com\nemployeeID: {number}\ntitle: Clerk\n\
         userAccountControl: 544\n{manager}\n",
        dn(number)
    )
}
