//! What a domain may be called, and which nobody may have. The lists are kept by others: public suffixes by
//! publicsuffix.org (the crate `psl`), mail providers by those whom `scripts/providers.sh` names.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::{Error, Result};

/// The longest name that DNS knows (RFC 1035 section 2.3.4), without the dot at its end.
const LONGEST: usize = 253;

static PROVIDERS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("../../data/mail_providers.txt").lines();
    lines.filter(|line| !line.starts_with('#')).collect()
});

/// The one spelling of a domain: A-labels, lower case, no dot at its end. An address or a page is taken by its domain.
///
/// # Errors
/// A sentence on the field `name`: no domain, a public suffix, a public mail provider.
pub fn normalise(text: &str) -> Result<String> {
    let name = plain(text)?;
    if psl::domain_str(&name).is_none() {
        return Err(wrong(format!(
            "{name} is no domain of one organisation: everybody may have a name under it. Give your own, such as \
             example.com."
        )));
    }
    if is_provider(&name) {
        return Err(wrong(format!(
            "{name} is a public mail provider: anybody can have an address there, so no workplace can own it. Invite \
             its people one by one."
        )));
    }
    Ok(name)
}

fn plain(text: &str) -> Result<String> {
    let text = text.trim();
    let text = text.rsplit_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split(['/', '?', '#']).next().unwrap_or_default();
    let text = text.rsplit_once('@').map_or(text, |(_, domain)| domain);
    let text = text.strip_suffix('.').unwrap_or(text);
    let no = || {
        wrong(
            "That is not the name of a domain: write what stands behind the @ of your addresses, such as \
             example.com.",
        )
    };
    let name = idna::domain_to_ascii_strict(text).map_err(|_| no())?;
    let labels = name.split('.').count();
    let number = name
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if labels < 2 || name.len() > LONGEST || number || name.split('.').any(str::is_empty) {
        return Err(no());
    }
    Ok(name)
}

fn wrong(message: impl Into<String>) -> Error {
    Error::invalid("name", message)
}

/// Whether anybody can have an address there: a provider's domain, or one under it.
pub fn is_provider(name: &str) -> bool {
    with_parents(name)
        .iter()
        .any(|name| PROVIDERS.contains(name.as_str()))
}

/// The domain of an e-mail address as [`normalise`] spells it; nothing if it is none.
pub fn of_address(email: &str) -> Option<String> {
    let (_, domain) = email.rsplit_once('@')?;
    plain(domain).ok()
}

/// The name and those above it, down to the one that an organisation can have.
pub fn with_parents(name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    let mut rest = name;
    while let Some((_, above)) = rest.split_once('.') {
        if psl::domain_str(above).is_none() {
            break;
        }
        names.push(above.to_owned());
        rest = above;
    }
    names
}

/// As people read it: `müller.example` for `xn--mller-kva.example`.
pub fn shown(name: &str) -> String {
    idna::domain_to_unicode(name).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_one_spelling() {
        for (text, expect) in [
            ("Example.COM.", "example.com"),
            (" müller.example ", "xn--mller-kva.example"),
            ("XN--MLLER-KVA.example", "xn--mller-kva.example"),
            ("ada@Example.com", "example.com"),
            ("https://www.example.com/about?x#y", "www.example.com"),
            ("sales.example.co.uk", "sales.example.co.uk"),
            ("例え.jp", "xn--r8jz45g.jp"),
        ] {
            assert_eq!(normalise(text).unwrap(), expect, "{text}");
        }
    }

    #[test]
    fn what_nobody_may_have_is_refused_with_the_reason() {
        let long = format!("{}.example.com", "a.".repeat(130));
        for (text, why) in [
            ("", "not the name of a domain"),
            ("localhost", "not the name of a domain"),
            ("exa mple.com", "not the name of a domain"),
            ("exa_mple.com", "not the name of a domain"),
            ("-a.com", "not the name of a domain"),
            ("a..com", "not the name of a domain"),
            ("192.0.2.7", "not the name of a domain"),
            ("[::1]", "not the name of a domain"),
            (&long, "not the name of a domain"),
            ("co.uk", "no domain of one organisation"),
            ("github.io", "no domain of one organisation"),
            ("gmail.com", "public mail provider"),
            ("GMX.de", "public mail provider"),
            ("tutanota.com", "public mail provider"),
            ("mailinator.com", "public mail provider"),
            ("mail.gmail.com", "public mail provider"),
        ] {
            let told = normalise(text).unwrap_err();
            assert!(told.to_string().contains(why), "{text}: {told}");
            assert_eq!(told.code(), "invalid");
        }
    }

    #[test]
    fn names_above_end_where_an_organisation_does() {
        assert_eq!(
            with_parents("a.b.example.co.uk"),
            ["a.b.example.co.uk", "b.example.co.uk", "example.co.uk"]
        );
        assert_eq!(with_parents("example.com"), ["example.com"]);
        assert_eq!(
            of_address("Ada@MÜLLER.example").as_deref(),
            Some("xn--mller-kva.example")
        );
        assert_eq!(of_address("nobody"), None);
        assert_eq!(shown("xn--mller-kva.example"), "müller.example");
    }
}
