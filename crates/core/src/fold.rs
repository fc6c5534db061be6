//! Folding in Rust, so that both databases agree on É and é.

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The key by which two spellings are one: trimmed, NFKC, full case folding. É = é, but é ≠ e.
pub fn key(text: &str) -> String {
    let text = text.trim();
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc().default_case_fold().nfkc().collect()
}

/// The key by which two ways to write a phone number are one: its digits, without the zeros that lead abroad or that are
/// left out from there; an extension after an `x`.
pub fn phone_key(text: &str) -> String {
    let lower = text.trim().to_lowercase().replace("(0)", "");
    let lower = lower.strip_prefix("tel:").unwrap_or(&lower);
    let mut key = String::new();
    for letter in lower.chars() {
        if letter.is_ascii_digit() {
            key.push(letter);
        } else if letter.is_alphabetic() && !key.ends_with('x') {
            key.push('x');
        }
    }
    key.strip_prefix("00").map(str::to_owned).unwrap_or(key)
}

/// The key by which people sort and are searched: as [`key`], without accents, so that "jose" finds José.
pub fn sort_key(text: &str) -> String {
    let text = text.trim();
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd()
        .default_case_fold()
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .map(plain)
        .collect()
}

/// The pattern of `LIKE` for texts that begin so; what would be a wildcard in it is left out.
pub fn beginning(key: &str) -> String {
    format!("{}%", key.replace(['%', '_', '\\'], ""))
}

/// This as it stands in a pattern of `LIKE … ESCAPE '\\'`.
pub fn literal(key: &str) -> String {
    let mut pattern = String::with_capacity(key.len());
    for letter in key.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

/// The pattern of `LIKE` for texts that have this in them.
pub fn part(key: &str) -> String {
    format!("%{}", beginning(key))
}

/// The words of a text as [`sort_key`] has them, each once.
pub fn words(text: &str) -> Vec<String> {
    let mut words = words_in_order(text);
    words.sort_unstable();
    words.dedup();
    words
}

/// The words of a text as [`sort_key`] has them, as they stand.
pub fn words_in_order(text: &str) -> Vec<String> {
    sort_key(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(64).collect())
        .collect()
}

/// Letters that Unicode does not take apart, as people type them without their own keyboard.
fn plain(letter: char) -> char {
    match letter {
        'ø' => 'o',
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        'ı' => 'i',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_one_however_they_are_written() {
        for (one, other) in [
            ("+49 (0)30 1234-567", "0049 30 1234567"),
            ("tel:+44 20 7946 0958", "+44.20.7946.0958"),
            ("030/1234 ext. 12", "030 1234 x12"),
        ] {
            assert_eq!(phone_key(one), phone_key(other), "{one}");
        }
        assert_ne!(phone_key("030 1234"), phone_key("+49 30 1234"));
        assert_ne!(phone_key("030 1234 x1"), phone_key("030 12341"));
    }

    #[test]
    fn keys_agree_on_case_but_not_on_accents() {
        for (a, b, same) in [
            ("É", "é", true),
            ("é", "e", false),
            ("ANNA@Example.COM ", "anna@example.com", true),
            ("Straße", "STRASSE", true),
            ("ＡＢ", "ab", true),
            ("e\u{301}", "é", true),
        ] {
            assert_eq!(key(a) == key(b), same, "{a} {b}");
        }
    }

    #[test]
    fn sort_keys_drop_accents() {
        for (text, expect) in [
            ("José", "jose"),
            ("Łukasz", "lukasz"),
            ("Ørsted", "orsted"),
            ("Groß", "gross"),
        ] {
            assert_eq!(sort_key(text), expect);
        }
    }

    #[test]
    fn words_split_at_what_is_no_letter() {
        assert_eq!(words("Anne-Marie O'Neill Anne"), ["anne", "marie", "neill", "o"]);
        assert_eq!(words(" .. "), Vec::<String>::new());
    }
}
