//! Which passwords are good enough, and how long guessing has to wait.

use crate::Moment;

/// The fewest characters of a password.
pub const SHORTEST: usize = 10;
/// The most: hashing longer ones is work that an attacker could order.
pub const LONGEST: usize = 256;
/// Failures that cost no waiting: people mistype.
const FREE_FAILURES: u32 = 4;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 15 * 60;
/// After so many seconds without a failure all is forgotten.
pub const FORGET_AFTER: i64 = 24 * 60 * 60;
/// Parts of names shorter than this are in too many good passwords.
const SHORTEST_HINT: usize = 4;

/// Whether a password may be chosen; if not, the sentence that says why. `hints`: the person's names,
/// e-mail address and workplace.
pub fn judge_password(password: &str, hints: &[&str]) -> Result<(), String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(format!("Choose a password of at least {SHORTEST} characters."));
    }
    if length > LONGEST {
        return Err(format!("Choose a password of at most {LONGEST} characters."));
    }
    let folded = password.to_lowercase();
    let parts = parts(hints);
    if parts.iter().any(|part| folded.contains(part.as_str())) {
        return Err(
            "Choose a password without your name, your e-mail address or your workplace in it.".into(),
        );
    }
    let inputs: Vec<&str> = parts.iter().map(String::as_str).collect();
    let judged = zxcvbn::zxcvbn(password, &inputs);
    if judged.score() >= zxcvbn::Score::Three {
        return Ok(());
    }
    let warning = judged.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    let why = warning.map_or_else(|| "This password is easy to guess.".to_owned(), |w| w.to_string());
    Err(format!(
        "{why} Choose a longer one, such as a few words that don't belong together."
    ))
}

/// So many minutes after somebody has shown who they are they may do dangerous things.
pub const PROOF_MINUTES: i64 = 15;

/// Whether somebody who showed who they are at `proved` need not do so again at `at`.
pub fn is_fresh(proved: Moment, at: Moment) -> bool {
    at < proved.plus_seconds(PROOF_MINUTES * 60)
}

/// The fewest and the most characters of a user name.
const USERNAME: std::ops::RangeInclusive<usize> = 3..=32;

/// The user name as it is kept, or the sentence that says what is wrong with it.
pub fn judge_username(username: &str) -> Result<String, String> {
    let username = username.trim();
    if !USERNAME.contains(&username.chars().count()) {
        return Err(format!(
            "Choose a user name of {} to {} characters.",
            USERNAME.start(),
            USERNAME.end()
        ));
    }
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let ends = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    if !username.chars().all(fine) || !ends(username.chars().next()) || !ends(username.chars().next_back()) {
        return Err("Use letters, digits, and dots or hyphens between them.".into());
    }
    if !username.chars().any(char::is_alphabetic) {
        return Err("Put a letter into it, so that it is not taken for an employee id.".into());
    }
    Ok(username.to_owned())
}

fn parts(hints: &[&str]) -> Vec<String> {
    hints
        .iter()
        .flat_map(|hint| hint.split(|c: char| !c.is_alphanumeric()))
        .filter(|part| part.chars().count() >= SHORTEST_HINT)
        .map(str::to_lowercase)
        .collect()
}

/// How many seconds are still to be waited after so many failures, the last of them `since_last` seconds
/// ago; nothing when one may try now.
pub fn delay(failures: u32, since_last: i64) -> Option<i64> {
    if failures <= FREE_FAILURES || since_last >= FORGET_AFTER {
        return None;
    }
    let doublings = (failures - FREE_FAILURES).min(10);
    let wait = (1_i64 << doublings).min(LONGEST_WAIT);
    Some(wait - since_last.max(0)).filter(|left| *left > 0)
}

/// Failures from one address, whoever was tried, that count as one: offices share an address.
const SHARED: u32 = 10;
/// The same of a wider network, which may be that of a provider of phones.
const SHARED_WIDELY: u32 = 100;

/// Passwords that are tried at each log-in where there are several workplaces, however many of them know the address.
pub const ROUNDS: usize = 4;

/// In how many workplaces a log-in is tried that names none: so many as there are, up to [`ROUNDS`], so that nobody sees
/// by the time it takes where an address is known. `known`: in so many it is.
pub fn rounds(known: usize, workplaces: usize) -> usize {
    known.max(workplaces.clamp(1, ROUNDS))
}

/// How many seconds a log-in has to wait: by the failures of this person from this address, and by those of
/// this address whoever it tried, and of the network that it belongs to.
pub fn wait(pair: (u32, i64), address: (u32, i64), wider: (u32, i64)) -> Option<i64> {
    let shared = |(failures, since_last), by| delay(failures / by, since_last);
    delay(pair.0, pair.1)
        .max(shared(address, SHARED))
        .max(shared(wider, SHARED_WIDELY))
}

/// Failures of one person from wherever that cost no waiting.
const FREE_ANYWHERE: u32 = 100;
/// After that one try in so many seconds.
const SLOW: i64 = 20;

/// How many seconds a log-in has to wait by the failures of this person from wherever: those who guess from many addresses get
/// some 4,000 tries a day. It is not asked of the browsers that the person has used before, so a stranger locks nobody out of those.
pub fn wait_anywhere(failures: u32, since_last: i64) -> Option<i64> {
    let many = failures > FREE_ANYWHERE && since_last < FORGET_AFTER;
    Some(SLOW - since_last.max(0)).filter(|left| many && *left > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_waits_later_than_a_guesser() {
        let table = [
            ((0, 0), (0, 0), (0, 0), None),
            ((5, 0), (5, 0), (5, 0), Some(2)),
            ((0, 0), (49, 0), (49, 0), None),
            ((0, 0), (50, 0), (50, 0), Some(2)),
            ((0, 0), (0, 0), (499, 0), None),
            ((0, 0), (0, 0), (500, 0), Some(2)),
            ((5, 0), (200, 0), (200, 0), Some(900)),
            ((5, 10), (50, 10), (50, 10), None),
        ];
        for (pair, address, wider, expect) in table {
            assert_eq!(
                wait(pair, address, wider),
                expect,
                "{pair:?} {address:?} {wider:?}"
            );
        }
    }

    #[test]
    fn guessing_from_many_addresses_is_slow() {
        for (failures, since_last, expect) in [
            (100, 0, None),
            (101, 0, Some(20)),
            (101, 19, Some(1)),
            (101, 20, None),
            (9_999, 5, Some(15)),
            (9_999, FORGET_AFTER, None),
        ] {
            assert_eq!(
                wait_anywhere(failures, since_last),
                expect,
                "{failures} {since_last}"
            );
        }
    }

    #[test]
    fn a_log_in_takes_as_long_wherever_the_address_is_known() {
        for (known, workplaces, expect) in [
            (0, 1, 1),
            (1, 1, 1),
            (0, 2, 2),
            (2, 2, 2),
            (0, 90, 4),
            (3, 90, 4),
            (7, 90, 7),
        ] {
            assert_eq!(rounds(known, workplaces), expect, "{known} of {workplaces}");
        }
    }

    #[test]
    fn a_proof_grows_old() {
        let at = |minutes: i64| Moment::from_ms(0).plus_seconds(minutes * 60);
        for (proved, now, expect) in [
            (0, 0, true),
            (0, 14, true),
            (0, 15, false),
            (5, 15, true),
            (0, 9000, false),
        ] {
            assert_eq!(is_fresh(at(proved), at(now)), expect, "{proved} {now}");
        }
    }

    #[test]
    fn passwords_are_judged_with_a_reason() {
        let hints = ["Ada Lovelace", "ada.lovelace@example.com", "Łódź & Søn"];
        let table = [
            ("short", Some("at least 10")),
            ("aaaaaaaaaaaa", Some("easy to guess")),
            ("password123", Some("longer one")),
            ("1234567890", Some("longer one")),
            ("xkq9-LOVELACE-vjw2", Some("without your name")),
            ("correct lantern mussel quarry", None),
            ("v8#Lq2!xZr0p", None),
            ("żółw pędzi przez bagno", None),
        ];
        for (password, refused) in table {
            let got = judge_password(password, &hints);
            match refused {
                Some(why) => assert!(
                    got.as_ref().is_err_and(|e| e.contains(why)),
                    "{password}: {got:?}"
                ),
                None => assert_eq!(got, Ok(()), "{password}"),
            }
        }
        assert!(judge_password(&"kx7 ".repeat(65), &hints).is_err_and(|e| e.contains("at most 256")));
    }

    #[test]
    fn user_names_are_judged_with_a_reason() {
        for (name, expect) in [
            (" anna.lapinska ", Ok("anna.lapinska")),
            ("Żółw-7", Ok("Żółw-7")),
            ("ab", Err("3 to 32")),
            ("a.", Err("3 to 32")),
            ("anna@example.com", Err("letters, digits")),
            ("anna lapinska", Err("letters, digits")),
            (".anna", Err("letters, digits")),
            ("anna_", Err("letters, digits")),
            ("12345", Err("Put a letter")),
        ] {
            match (judge_username(name), expect) {
                (Ok(kept), Ok(expect)) => assert_eq!(kept, expect),
                (Err(why), Err(expect)) => assert!(why.contains(expect), "{name}: {why}"),
                (got, _) => panic!("{name}: {got:?}"),
            }
        }
    }

    #[test]
    fn guessing_waits_longer_each_time() {
        let table = [
            (0, 0, None),
            (4, 0, None),
            (5, 0, Some(2)),
            (5, 1, Some(1)),
            (5, 2, None),
            (8, 0, Some(16)),
            (14, 0, Some(900)),
            (u32::MAX, 0, Some(900)),
            (100, 900, None),
            (100, 86_400, None),
            (5, -50, Some(2)),
        ];
        for (failures, since, wait) in table {
            assert_eq!(delay(failures, since), wait, "{failures} failures, {since} s ago");
        }
    }
}
