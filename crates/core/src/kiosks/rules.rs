//! How a shared device lives. Pure.

use crate::{Error, Result};

/// After so many seconds without a touch somebody is out, where nobody says otherwise; and the bounds of that.
pub const IDLE: i64 = 120;
const SHORTEST: i64 = 30;
const LONGEST: i64 = 900;
const NAME: usize = 60;
/// How long the link that makes a device a kiosk works.
pub const ENROL_MINUTES: i64 = 60;

/// The name and the seconds as they are kept; or what is wrong with one.
pub fn checked(name: &str, idle: i64) -> Result<(String, i64)> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            format!("Give the device a name of at most {NAME} characters, such as where it stands."),
        ));
    }
    if !(SHORTEST..=LONGEST).contains(&idle) {
        return Err(Error::invalid(
            "idle_seconds",
            format!("Choose a number of seconds from {SHORTEST} to {LONGEST}."),
        ));
    }
    Ok((name.to_owned(), idle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kiosk_has_a_name_and_is_not_left_open() {
        for (name, idle, fine) in [
            (" Line 3 ", IDLE, true),
            ("", IDLE, false),
            ("a\nb", IDLE, false),
            ("Line 3", 29, false),
            ("Line 3", 901, false),
        ] {
            assert_eq!(checked(name, idle).is_ok(), fine, "{name:?} {idle}");
        }
    }
}
