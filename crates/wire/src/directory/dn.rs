//! Distinguished names (RFC 4514), made comparable. Two servers, and two attributes of one, write the same name with
//! other capitals, spaces and escapes.

/// One text for all ways to write a name: lower case, no needless spaces, no escapes but of what must be.
pub fn key(dn: &str) -> String {
    let mut out = String::with_capacity(dn.len());
    for (number, part) in parts(dn).into_iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        let (name, value) = part.split_once('=').unwrap_or((&part, ""));
        out.push_str(&name.trim().to_lowercase());
        out.push('=');
        out.push_str(&folded(value));
    }
    out
}

/// Whether `dn` is `base` or lies below it.
pub fn is_below(dn: &str, base: &str) -> bool {
    let (dn, base) = (key(dn), key(base));
    base.is_empty() || dn == base || dn.strip_suffix(&base).is_some_and(|rest| rest.ends_with(','))
}

/// The parts of a name, cut at the commas (and semicolons, as RFC 2253 let them) that are not escaped or quoted.
fn parts(dn: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let (mut escaped, mut quoted) = (false, false);
    for c in dn.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    if !parts.is_empty() || !part.trim().is_empty() {
        parts.push(part);
    }
    parts
}

fn folded(value: &str) -> String {
    let text = unescaped(value.trim());
    let mut out = String::with_capacity(text.len());
    let words = text.split_whitespace().map(str::to_lowercase);
    for (number, word) in words.enumerate() {
        if number > 0 {
            out.push(' ');
        }
        for c in word.chars() {
            if matches!(c, ',' | '=' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

/// The value that the escapes stand for: `\,`, `\2C`, `\C3\A9`, or all in quotes.
fn unescaped(value: &str) -> String {
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(value);
    let mut bytes = Vec::with_capacity(inner.len());
    let mut left = inner.as_bytes();
    while let Some((first, rest)) = left.split_first() {
        let hex = rest
            .get(..2)
            .filter(|_| *first == b'\\')
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        left = match (first, hex) {
            (b'\\', Some(byte)) => {
                bytes.push(byte);
                &rest[2..]
            }
            (b'\\', None) => match rest.split_first() {
                Some((next, rest)) => {
                    bytes.push(*next);
                    rest
                }
                None => rest,
            },
            _ => {
                bytes.push(*first);
                rest
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_has_one_key() {
        for (dn, expect) in [
            (
                "CN=Ada Lovelace,OU=People,DC=Example,DC=com",
                "cn=ada lovelace,ou=people,dc=example,dc=com",
            ),
            (
                "cn = Ada   Lovelace , ou=people;dc=example,dc=com",
                "cn=ada lovelace,ou=people,dc=example,dc=com",
            ),
            (r"CN=Lovelace\, Ada,DC=x", r"cn=lovelace\, ada,dc=x"),
            (r"CN=Lovelace\2C Ada,DC=x", r"cn=lovelace\, ada,dc=x"),
            (r#"CN="Lovelace, Ada",DC=x"#, r"cn=lovelace\, ada,dc=x"),
            (r"CN=Ren\C3\A9,DC=x", "cn=rené,dc=x"),
            (r"CN=a\\,DC=x", r"cn=a\\,dc=x"),
            (r"CN=\", "cn="),
            ("", ""),
            ("  ", ""),
        ] {
            assert_eq!(key(dn), expect, "{dn}");
        }
        assert_ne!(key(r"CN=a\,b,DC=x"), key("CN=a,CN=b,DC=x"));
    }

    #[test]
    fn below_is_by_whole_parts() {
        for (dn, base, expect) in [
            ("CN=a,OU=People,DC=x", "ou=people, dc=x", true),
            ("OU=People,DC=x", "ou=people,dc=x", true),
            ("CN=a,OU=Old People,DC=x", "ou=people,dc=x", false),
            ("CN=a,DC=xx", "dc=x", false),
            ("CN=a,DC=x", "", true),
        ] {
            assert_eq!(is_below(dn, base), expect, "{dn} {base}");
        }
    }
}
