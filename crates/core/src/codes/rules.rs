//! What an access code looks like, how it is read, and how guessing is slowed. Pure: chance comes as bytes.

use unicode_normalization::UnicodeNormalization as _;

use crate::{Error, Moment, Result};

/// Letters that are not taken for one another or for digits, and make no words: the set of RFC 8628, section 6.1.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const BASE: usize = ALPHABET.len();
/// How many letters a code has: one that all codes of a workplace share, fourteen by chance, and one by which typing
/// errors are found.
pub const LETTERS: usize = 16;
/// How many days a code works.
pub const DAYS: i64 = 90;
/// Letters of a group, as codes are shown.
const GROUP: usize = 4;

/// How fast codes may be tried that nobody was given.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// So many at once.
    pub burst: i64,
    /// After that one in so many milliseconds.
    pub every_ms: i64,
}

/// From one network: 240 an hour and as many in store. Typing errors, and codes that were real once, don't count.
pub const NETWORK: Pace = Pace {
    burst: 240,
    every_ms: 15_000,
};
/// For the codes of one workplace: 3,000 an hour, from wherever.
pub const WORKPLACE: Pace = Pace {
    burst: 3_000,
    every_ms: 1_200,
};
/// For all codes of this installation: 30,000 an hour.
pub const ALL: Pace = Pace {
    burst: 30_000,
    every_ms: 120,
};

impl Pace {
    /// How many seconds one must wait whose try is counted into `forgotten_at`; nothing while there is room.
    pub fn wait(self, forgotten_at: Moment, now: Moment) -> Option<i64> {
        let over = forgotten_at.ms() - now.ms() - self.burst * self.every_ms;
        (over > 0).then(|| (over + 999) / 1000)
    }
}

fn value(letter: u8) -> Option<usize> {
    ALPHABET.iter().position(|known| *known == letter)
}

/// The last letter for those before it: Luhn's sum in base 20, which finds every single wrong letter and nearly all that
/// changed places with their neighbour.
fn check_letter(letters: &[u8]) -> u8 {
    let sum: usize = letters
        .iter()
        .rev()
        .enumerate()
        .map(|(place, letter)| {
            let times = value(*letter).unwrap_or_default() * (2 - place % 2);
            times / BASE + times % BASE
        })
        .sum();
    ALPHABET[(BASE - sum % BASE) % BASE]
}

/// The letter that codes of a workplace begin with, from a digest of its id. Several workplaces may share one.
pub fn first_letter(digest: &str) -> u8 {
    let number = usize::from_str_radix(digest.get(..8).unwrap_or_default(), 16).unwrap_or_default();
    ALPHABET[number % BASE]
}

/// How many bytes of chance a code is made from: enough that a code comes of nearly all.
pub const CHANCE: usize = 64;

/// A new code that begins with that letter, from bytes by chance; nothing, of the rare ones that give too few letters.
pub fn make(first: u8, chance: &[u8]) -> Option<String> {
    // Bytes above the last whole multiple of 20 would favour some letters.
    let fair = chance
        .iter()
        .filter(|byte| usize::from(**byte) < 256 / BASE * BASE);
    let mut letters = vec![first];
    letters.extend(
        fair.map(|byte| ALPHABET[usize::from(*byte) % BASE])
            .take(LETTERS - 2),
    );
    if letters.len() < LETTERS - 1 {
        return None;
    }
    letters.push(check_letter(&letters));
    Some(letters.into_iter().map(char::from).collect())
}

/// As people read it: `BCDF GHJK LMNP QRST`.
pub fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters
        .chunks(GROUP)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}

/// What somebody means who types something that is in no code: what looks like it on paper, or on a keyboard for Greek or
/// Cyrillic.
fn meant(typed: char) -> char {
    match typed {
        'I' | '1' | '|' => 'L',
        'O' | '0' => 'Q',
        'U' => 'V',
        '2' | 'Ζ' => 'Z',
        '5' => 'S',
        '6' => 'G',
        '8' | 'В' | 'Β' => 'B',
        'С' => 'C',
        'Н' | 'Η' => 'H',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'Р' | 'Ρ' => 'P',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        other => other,
    }
}

fn mistyped(message: String) -> Error {
    Error::invalid("code", message)
}

/// The code that was typed, in any case, with or without spaces; or scanned, with the address that it is in.
///
/// # Errors
/// What is wrong with it, if it can't be one: nothing is counted then.
pub fn read(typed: &str) -> Result<String> {
    let typed = typed.trim().trim_end_matches('/');
    let typed = if typed.contains("://") {
        typed.rsplit('/').next().unwrap_or_default()
    } else {
        typed
    };
    let is_gap = |c: char| c.is_whitespace() || c.is_control() || "-–—_.·".contains(c);
    let upper = typed.nfkc().flat_map(char::to_uppercase);
    let letters: Vec<char> = upper.filter(|c| !is_gap(*c)).take(64).map(meant).collect();
    if let Some(odd) = letters
        .iter()
        .find(|c| u8::try_from(**c).ok().and_then(value).is_none())
    {
        return Err(mistyped(format!(
            "There is no \"{odd}\" in a code: look again at that letter."
        )));
    }
    if letters.len() != LETTERS {
        return Err(mistyped(format!(
            "A code has {LETTERS} letters, and this one has {}: type all four groups.",
            letters.len()
        )));
    }
    let code: String = letters.into_iter().collect();
    if check_letter(&code.as_bytes()[..LETTERS - 1]) != code.as_bytes()[LETTERS - 1] {
        return Err(mistyped(
            "One of the letters is not right: compare them with your sheet, one group after the other."
                .to_owned(),
        ));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::super::make;
    use super::*;
    use crate::Entropy;

    #[test]
    fn a_code_has_sixteen_letters_that_are_told_apart() {
        let entropy = Entropy::seeded(7);
        for _ in 0..500 {
            let code = make(&entropy, b'K');
            assert_eq!((code.len(), code.as_bytes()[0]), (LETTERS, b'K'));
            assert_eq!(read(&code).unwrap(), code);
        }
        assert_eq!(grouped("BCDFGHJKLMNPQRST"), "BCDF GHJK LMNP QRST");
    }

    #[test]
    fn a_code_is_typed_in_any_way() {
        let code = make(&Entropy::seeded(1), b'Q');
        let lower = code.to_lowercase();
        for typed in [
            grouped(&code),
            grouped(&lower),
            format!("  {}\n", grouped(&code).replace(' ', "-")),
            code.replace('L', "1")
                .replace('Q', "0")
                .replace('V', "u")
                .replace('Z', "2"),
            code.replace('B', "В").replace('H', "Н"),
            format!("https://people.example.com/c/{code}"),
            format!("HTTPS://PEOPLE.EXAMPLE.COM/C/{code}/"),
        ] {
            assert_eq!(read(&typed).unwrap(), code, "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_code_says_why() {
        let code = make(&Entropy::seeded(2), b'B');
        for (typed, why) in [
            (String::new(), "has 0"),
            (code[..15].to_owned(), "has 15"),
            (format!("{code}B"), "has 17"),
            (code.replacen('B', "Y", 1), "no \"Y\""),
            (code.replacen('B', "é", 1), "no \"É\""),
            ("x".repeat(1000), "has 64"),
        ] {
            let said = read(&typed).unwrap_err().to_string();
            assert!(said.contains(why), "{typed}: {said}");
        }
    }

    #[test]
    fn every_single_wrong_letter_is_found() {
        let code = make(&Entropy::seeded(3), b'G').into_bytes();
        for place in 0..LETTERS {
            for letter in ALPHABET.iter().filter(|letter| **letter != code[place]) {
                let mut wrong = code.clone();
                wrong[place] = *letter;
                assert!(
                    read(std::str::from_utf8(&wrong).unwrap()).is_err(),
                    "{place} {letter}"
                );
            }
        }
        let swapped = (0..LETTERS - 1).filter(|place| {
            let mut wrong = code.clone();
            wrong.swap(*place, *place + 1);
            wrong != code && read(std::str::from_utf8(&wrong).unwrap()).is_ok()
        });
        assert!(swapped.count() <= 1);
    }

    #[test]
    fn guessing_is_slowed_and_nobody_is_locked_out() {
        let pace = Pace {
            burst: 3,
            every_ms: 15_000,
        };
        let now = Moment::from_ms(1_000_000);
        for (tried, wait) in [(1, None), (3, None), (4, Some(15)), (5, Some(30))] {
            let until = Moment::from_ms(now.ms() + tried * pace.every_ms);
            assert_eq!(pace.wait(until, now), wait, "{tried}");
        }
        assert_eq!(pace.wait(Moment::from_ms(0), now), None);
    }

    /// The arithmetic of docs/admin/without-email.md.
    #[test]
    fn guessing_for_a_year_is_hopeless() {
        let codes_of_a_workplace = 20_f64.powi(14);
        let a_year = 365.0 * 24.0 * 3600.0 * 1000.0 / WORKPLACE.every_ms as f64;
        let live = 100_000.0;
        assert!(a_year * live / codes_of_a_workplace < 1.0 / 500_000.0);
    }
}
