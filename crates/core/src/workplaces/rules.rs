//! What a workplace may be called and how it may be set. Pure.

use guildhall_wire::sheet::values;

use crate::{Error, Result};

/// The colour of a new workplace.
pub const COLOUR: &str = "#2f5d50";
const MAX_NAME: usize = 100;

/// The name, trimmed; or a sentence on what is wrong with it.
pub fn name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid(
            "name",
            "Give the workplace a name: people see it on every page and letter.",
        ));
    }
    if name.chars().count() > MAX_NAME {
        return Err(Error::invalid(
            "name",
            format!("That name is too long: {MAX_NAME} characters at most."),
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            "The name holds a line break or another control character: remove it.",
        ));
    }
    Ok(name.to_owned())
}

/// A language as BCP 47.
pub fn locale(text: &str) -> Result<String> {
    values::parse_locale(text.trim()).map_err(|error| Error::invalid("locale", error.to_string()))
}

/// A time zone by its IANA name.
pub fn time_zone(text: &str) -> Result<String> {
    values::parse_time_zone(text.trim()).map_err(|error| Error::invalid("time_zone", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = "x".repeat(101);
        for (text, expect) in [
            (" Łódź & Søn ", Some("Łódź & Søn")),
            ("", None),
            ("  ", None),
            ("a\nb", None),
            (long.as_str(), None),
        ] {
            assert_eq!(name(text).ok().as_deref(), expect, "{text:?}");
        }
    }

    #[test]
    fn settings() {
        assert_eq!(locale("en_GB").ok().as_deref(), Some("en-GB"));
        assert!(locale("xx-nowhere-at-all").is_err());
        assert_eq!(time_zone("Europe/Warsaw").ok().as_deref(), Some("Europe/Warsaw"));
        assert!(time_zone("Mars/Olympus").is_err());
    }
}
