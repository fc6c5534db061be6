//! Cells read as what they stand for. Every parser takes a trimmed, non-empty text and gives the value or a sentence
//! that says what is wrong and what to write instead.

mod dates;
mod words;

use std::fmt;

pub(in crate::sheet) use dates::is_serial;
pub use dates::{DateEvidence, DateOrder, date_order, looks_like_date, parse_date, parse_end_date};
pub use words::{
    LoginMethod, State, parse_bool, parse_locale, parse_login_method, parse_state, parse_time_zone,
};

/// The longest name part or display name, in characters.
pub const MAX_NAME_CHARS: usize = 200;
/// The longest title, department and the like, in characters.
pub const MAX_TEXT_CHARS: usize = 400;
/// The longest employee id, in characters.
pub const MAX_ID_CHARS: usize = 100;

/// Why a value cannot be taken, as a sentence for the person who made the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError(pub String);

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ValueError {}

fn refuse<T>(message: impl Into<String>) -> Result<T, ValueError> {
    Err(ValueError(message.into()))
}

fn quote(text: &str) -> String {
    format!("“{}”", super::error::excerpt(text))
}

/// Whether a text is probably an e-mail address: a quick look, for guessing columns.
pub fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    !local.is_empty()
        && text.len() <= 254
        && !text.contains(char::is_whitespace)
        && !domain.contains('@')
        && domain
            .split_once('.')
            .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
}

/// An e-mail address (RFC 5321: local part up to 64, whole up to 254 bytes; no quoted local parts, no address
/// literals). Takes `mailto:a@b.c` and `Ada <a@b.c>`; gives the address alone, as it was written.
pub fn parse_email(text: &str) -> Result<String, ValueError> {
    let mut address = text.trim();
    if let Some((_, rest)) = address.rsplit_once('<') {
        address = rest.strip_suffix('>').unwrap_or(rest).trim();
    }
    if let Some(start) = address.get(..7)
        && start.eq_ignore_ascii_case("mailto:")
    {
        address = &address[7..];
    }
    let shown = quote(text);
    if address.matches('@').count() > 1 && address.contains([' ', ',', ';']) {
        return refuse(format!(
            "{shown} holds more than one e-mail address. Write one address in the cell."
        ));
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return refuse(format!(
            "{shown} is not an e-mail address: it has no “@”. Write it like name@company.com."
        ));
    };
    if address.contains(char::is_whitespace) {
        return refuse(format!(
            "The e-mail address {shown} has a blank in it. Remove it."
        ));
    }
    if local.is_empty() || local.len() > 64 || address.len() > 254 {
        return refuse(format!(
            "{shown} is not an e-mail address: the part before the “@” is missing, or it is too long."
        ));
    }
    if let Some(bad) = local
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !"!#$%&'*+-/=?^_`{|}~.".contains(*c))
    {
        return refuse(format!(
            "The e-mail address {shown} has “{bad}” before the “@”, which cannot be there. Correct it."
        ));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return refuse(format!(
            "The e-mail address {shown} has a dot too many before the “@”. Correct it."
        ));
    }
    if !is_domain(domain) {
        return refuse(format!(
            "The e-mail address {shown} has no valid domain behind the “@”. Write it like name@company.com."
        ));
    }
    if super::write::looks_like_formula(address) {
        return refuse(format!(
            "{shown} looks like a formula, not an e-mail address. Write the address alone."
        ));
    }
    Ok(address.to_owned())
}

/// A host name of at least two labels; letters beyond ASCII are fine (IDNA).
fn is_domain(domain: &str) -> bool {
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c == '-' || c.is_alphanumeric())
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.len() <= 253
        && domain.contains('.')
        && domain.split('.').all(label_ok)
        && last.chars().count() >= 2
        && !last.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text is probably a phone number: a quick look, for guessing columns.
pub fn looks_like_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (6..=17).contains(&digits) && !looks_like_date(text) && parse_phone(text).is_ok()
}

/// A phone number, kept as it was written when it is plausible: digits (3 to 15, as E.164 allows, and an extension),
/// blanks, `+ ( ) - . /`.
pub fn parse_phone(text: &str) -> Result<String, ValueError> {
    let shown = quote(text);
    if is_scientific(text) {
        return refuse(format!(
            "The phone number {shown} was shortened by a spreadsheet program and its digits are lost. Format the column as text and export it again."
        ));
    }
    let lower = text.to_lowercase();
    let (number, extension) = ["ext.", "ext", "x", "dw", "app.", "wew.", "poste", "int."]
        .iter()
        .find_map(|word| lower.split_once(word))
        .map_or((lower.as_str(), ""), |(number, rest)| (number, rest.trim()));
    let number = number.strip_prefix("tel:").unwrap_or(number).trim();
    if let Some(bad) = number
        .chars()
        .find(|c| !c.is_ascii_digit() && !" +()-./–".contains(*c))
    {
        return refuse(format!(
            "The phone number {shown} has “{bad}” in it. Write it like +44 20 7946 0958."
        ));
    }
    if number
        .rfind('+')
        .is_some_and(|at| at > 0 && !number.starts_with("(+"))
    {
        return refuse(format!(
            "The phone number {shown} has a “+” in the middle. Write one number, like +44 20 7946 0958."
        ));
    }
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let trunk = usize::from(number.starts_with("00")) * 2 + usize::from(number.contains("(0)"));
    if digits < 3 || digits - trunk.min(digits) > 15 {
        return refuse(format!(
            "The phone number {shown} has {digits} digits; it should have 3 to 15. Write it like +44 20 7946 0958."
        ));
    }
    if !extension.bytes().all(|b| b.is_ascii_digit()) || extension.len() > 8 {
        return refuse(format!(
            "The extension of the phone number {shown} should be digits only."
        ));
    }
    Ok(text.trim().to_owned())
}

/// What two writings of the same number have in common: digits behind the `+` (`00` counts as one, a `(0)` is left
/// out). `None` for numbers without a country, which cannot be compared.
pub fn phone_key(text: &str) -> Option<String> {
    let text = parse_phone(text).ok()?.to_lowercase();
    let end = text
        .find(|c: char| c.is_alphabetic())
        .filter(|at| *at > 0)
        .unwrap_or(text.len());
    let plain = text[..end].replace("(0)", "");
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    if plain.contains('+') {
        Some(format!("+{digits}"))
    } else {
        digits.strip_prefix("00").map(|rest| format!("+{rest}"))
    }
}

/// A part of a name or a display name.
pub fn parse_name(text: &str) -> Result<String, ValueError> {
    if super::write::looks_like_formula(text) {
        return refuse(format!(
            "{} looks like a formula, not a name. Write the name as plain text.",
            quote(text)
        ));
    }
    let name = one_line(text);
    let length = name.chars().count();
    if length > MAX_NAME_CHARS {
        return refuse(format!(
            "The name has {length} characters; at most {MAX_NAME_CHARS} can be taken. Shorten it."
        ));
    }
    if looks_like_email(&name) {
        return refuse(format!("{} is an e-mail address, not a name.", quote(text)));
    }
    if !name.chars().any(char::is_alphabetic) {
        return refuse(format!("{} is not a name: it has no letter.", quote(text)));
    }
    Ok(name)
}

/// A title, department or another short text. Line breaks become blanks.
pub fn parse_text(text: &str) -> Result<String, ValueError> {
    let line = one_line(text);
    let length = line.chars().count();
    if length > MAX_TEXT_CHARS {
        return refuse(format!(
            "The text has {length} characters; at most {MAX_TEXT_CHARS} can be taken. Shorten it."
        ));
    }
    Ok(line)
}

/// An employee id: any text without blanks at the ends, kept as it is ("00123" stays "00123").
pub fn parse_employee_id(text: &str) -> Result<String, ValueError> {
    if is_scientific(text) {
        return refuse(format!(
            "The employee id {} was shortened by a spreadsheet program and its digits are lost. Format the column as text and export it again.",
            quote(text)
        ));
    }
    let id = one_line(text);
    let length = id.chars().count();
    if length > MAX_ID_CHARS {
        return refuse(format!(
            "The employee id has {length} characters; at most {MAX_ID_CHARS} can be taken."
        ));
    }
    Ok(id)
}

/// `1.23E+11`, or `1,23E+11` in offices with a decimal comma: what is left of a long number that Excel took for one.
fn is_scientific(text: &str) -> bool {
    let text = text.trim();
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let digits = exponent.strip_prefix('+').unwrap_or_default();
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !mantissa.is_empty()
        && mantissa
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
