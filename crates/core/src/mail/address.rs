//! E-mail addresses as people and their files write them.

use std::fmt;

use lettre::Address;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// An address that a letter can be sent to: trimmed, NFC, its domain in lower case. The part before the @ keeps
/// its case, since only the server behind it knows whether case matters; compare by a folded key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    shown: String,
    sent: Address,
}

/// Why a text is not such an address, as a sentence that says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    #[error("Enter an e-mail address, like name@example.com.")]
    Empty,
    #[error(
        "An e-mail address has one @ with a name before it and a domain after it, like name@example.com."
    )]
    NoAt,
    #[error("Enter the address alone, without a name or angle brackets: name@example.com.")]
    NotAlone,
    #[error("There is a space or an invisible character in this e-mail address: remove it.")]
    Space,
    #[error(
        "The part before the @ has characters that an e-mail address cannot have. Check it for typing errors."
    )]
    Local,
    #[error("The part after the @ is not a domain name. Check it for typing errors, like example.com.")]
    Domain,
    #[error("The part after the @ needs a dot, like example.com.")]
    NoDot,
    #[error("This e-mail address is too long: at most 64 characters before the @ and 254 in all.")]
    TooLong,
}

impl EmailAddress {
    /// Reads an address: plausible by RFC 5321 section 4.1.2 without what no one's work address has (quoted
    /// local parts, comments, numeric hosts, domains without a dot). Whether it exists only a letter can tell.
    pub fn parse(text: &str) -> Result<Self, AddressProblem> {
        let text: String = text.trim_matches(invisible).nfc().collect();
        if text.is_empty() {
            return Err(AddressProblem::Empty);
        }
        if text.contains(['<', '>', ',', ';']) || text.starts_with("mailto:") {
            return Err(AddressProblem::NotAlone);
        }
        if text.contains(invisible) {
            return Err(AddressProblem::Space);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressProblem::NoAt)?;
        if local.is_empty() || domain.is_empty() || local.contains('@') {
            return Err(AddressProblem::NoAt);
        }
        if local.len() > 64 {
            return Err(AddressProblem::TooLong);
        }
        let (shown_domain, sent_domain) = domain_forms(domain)?;
        if local.len() + 1 + sent_domain.len() > 254 {
            return Err(AddressProblem::TooLong);
        }
        if local.contains(['"', '(', ')', '\\', '[', ']', ':']) {
            return Err(AddressProblem::Local);
        }
        let sent = Address::new(local, &sent_domain).map_err(|_| AddressProblem::Local)?;
        Ok(Self {
            shown: format!("{local}@{shown_domain}"),
            sent,
        })
    }

    /// As a person reads it: `zoe@müller.example`.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// As it goes over the wire: the domain in its ASCII form (RFC 5891), `zoe@xn--mller-kva.example`.
    pub fn wire(&self) -> &str {
        self.sent.as_ref()
    }

    /// The domain in ASCII and lower case.
    pub fn domain(&self) -> &str {
        self.sent.domain()
    }

    /// Whether the server must know SMTPUTF8 (RFC 6531) because the part before the @ is not ASCII.
    pub fn needs_utf8(&self) -> bool {
        !self.wire().is_ascii()
    }

    pub(super) fn to_lettre(&self) -> Address {
        self.sent.clone()
    }
}

/// The domain to show and the domain to send, by UTS #46 (strict: STD3 rules, length of labels checked).
fn domain_forms(domain: &str) -> Result<(String, String), AddressProblem> {
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| AddressProblem::Domain)?;
    let (unicode, shown) = idna::domain_to_unicode(&ascii);
    shown.map_err(|_| AddressProblem::Domain)?;
    let (_, top) = ascii.rsplit_once('.').ok_or(AddressProblem::NoDot)?;
    if top.is_empty() || top.bytes().all(|b| b.is_ascii_digit()) || ascii.split('.').any(str::is_empty) {
        return Err(AddressProblem::Domain);
    }
    Ok((unicode, ascii))
}

/// White space, control characters and those that spreadsheets leave behind unseen.
fn invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = AddressProblem;

    fn try_from(text: String) -> Result<Self, AddressProblem> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for EmailAddress {
    type Err = AddressProblem;

    fn from_str(text: &str) -> Result<Self, AddressProblem> {
        Self::parse(text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_people_have() {
        for (text, shown, wire) in [
            ("ada@example.com", "ada@example.com", "ada@example.com"),
            (
                " Ada.Lovelace+x@EXAMPLE.Com\t",
                "Ada.Lovelace+x@example.com",
                "Ada.Lovelace+x@example.com",
            ),
            (
                "\u{feff}o'brien@mail.example.org\u{a0}",
                "o'brien@mail.example.org",
                "o'brien@mail.example.org",
            ),
            (
                "zoe@MÜLLER.example",
                "zoe@müller.example",
                "zoe@xn--mller-kva.example",
            ),
            (
                "zoe@xn--mller-kva.example",
                "zoe@müller.example",
                "zoe@xn--mller-kva.example",
            ),
            ("zoe\u{308}@example.com", "zoë@example.com", "zoë@example.com"),
            (
                "a_b-c=d@sub.sub2.example.museum",
                "a_b-c=d@sub.sub2.example.museum",
                "a_b-c=d@sub.sub2.example.museum",
            ),
        ] {
            let address = EmailAddress::parse(text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!((address.as_str(), address.wire()), (shown, wire), "{text:?}");
        }
        assert!(EmailAddress::parse("zoë@example.com").unwrap().needs_utf8());
        assert!(!EmailAddress::parse("zoe@müller.example").unwrap().needs_utf8());
    }

    #[test]
    fn addresses_that_are_none() {
        use AddressProblem::{Domain, Empty, Local, NoAt, NoDot, NotAlone, Space, TooLong};
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}.com", vec!["b".repeat(60); 5].join("."));
        for (text, want) in [
            ("", Empty),
            (" \u{200b}", Empty),
            ("ada", NoAt),
            ("@example.com", NoAt),
            ("ada@", NoAt),
            ("ada@@example.com", NoAt),
            ("ada@home@example.com", NoAt),
            ("Ada <ada@example.com>", NotAlone),
            ("mailto:ada@example.com", NotAlone),
            ("ada@example.com,bob@example.com", NotAlone),
            ("ada lovelace@example.com", Space),
            ("ada\u{200b}x@example.com", Space),
            ("ada@example.com\r\nBcc: all@example.com", Space),
            ("ada@example.com\u{0}x", Space),
            (".ada@example.com", Local),
            ("ada.@example.com", Local),
            ("a..b@example.com", Local),
            ("\"a\"@example.com", Local),
            ("ada@example", NoDot),
            ("ada@.example.com", Domain),
            ("ada@example..com", Domain),
            ("ada@example.com.", Domain),
            ("ada@-example.com", Domain),
            ("ada@exam_ple.com", Domain),
            ("ada@127.0.0.1", Domain),
            ("ada@[127.0.0.1]", Domain),
            (&long, TooLong),
            (&longer, Domain),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(want), "{text:?}");
        }
    }
}
