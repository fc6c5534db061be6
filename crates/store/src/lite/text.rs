//! What SQLite is to be told otherwise than PostgreSQL.

use std::borrow::Cow;

/// The text with `?n` for each `$n`: to SQLite `$n` is a name, of which it keeps a list, and `?n` a number.
pub(super) fn numbered(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut plain = String::new();
    let (mut quoted, mut from) = (false, 0);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'$' if !quoted && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {
                plain.push_str(&text[from..at]);
                plain.push('?');
                from = at + 1;
            }
            _ => {}
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    plain.push_str(&text[from..]);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn parameters_become_numbers_and_what_is_quoted_stays() {
        for (text, plain) in [
            ("SELECT 1", "SELECT 1"),
            ("$1", "?1"),
            (
                "SELECT a, $12 FROM b WHERE c = $2 AND d = $12",
                "SELECT a, ?12 FROM b WHERE c = ?2 AND d = ?12",
            ),
            ("SELECT '$1 it''s $2', $1", "SELECT '$1 it''s $2', ?1"),
            ("json_extract(é, '$.a') = $1", "json_extract(é, '$.a') = ?1"),
            ("VALUES (?, ?)", "VALUES (?, ?)"),
        ] {
            assert_eq!(numbered(text), plain, "{text}");
        }
    }
}
