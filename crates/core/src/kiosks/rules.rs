//! How a shared device lives. Pure.

use super::phone::{Counts, Pass, PassState};
use crate::ids::{AccountId, SessionId, WorkplaceId};
use crate::{Error, Moment, Result};

/// After so many seconds without a touch somebody is out, where nobody says otherwise; and the bounds of that.
pub const IDLE: i64 = 120;
const SHORTEST: i64 = 30;
const LONGEST: i64 = 900;
const NAME: usize = 60;
/// How long the link that makes a device a kiosk works.
pub const ENROL_MINUTES: i64 = 60;

/// The most characters of where it stands.
const PLACE: usize = 120;

/// The place as it is kept, which may be left blank.
pub fn checked_place(place: &str) -> Result<String> {
    let place = place.trim();
    if place.chars().count() > PLACE || place.chars().any(char::is_control) {
        return Err(Error::invalid(
            "place",
            format!("Say in at most {PLACE} characters where the device stands."),
        ));
    }
    Ok(place.to_owned())
}

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

/// How long a code that a kiosk shows for phones works.
pub const PASS_SECONDS: i64 = 120;
/// In an hour a kiosk makes so many codes, and so many may be refused on phones before it makes no more: whoever sends its code
/// around, or plays with it, is slowed, and everybody can still log in there by typing.
const MADE: i64 = 600;
const REFUSED: i64 = 10;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// How many bytes of chance [`numbers`] takes.
pub const CHANCE: usize = 8;

/// What a kiosk's screen does with the code that its browser holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Shows the same code with its number.
    Keep(i64),
    /// Lets in who said yes.
    Enter(AccountId, SessionId),
    /// Shows a new code.
    Renew,
}

/// See [`Screen`].
pub fn screen(pass: Option<&Pass>, now: Moment) -> Screen {
    match pass {
        Some(pass) if pass.expires_at > now => match (pass.state, pass.account.zip(pass.session)) {
            (PassState::Shown, _) => Screen::Keep(pass.number),
            (PassState::Confirmed, Some((account, session))) => Screen::Enter(account, session),
            _ => Screen::Renew,
        },
        _ => Screen::Renew,
    }
}

/// The counts with one more code made.
///
/// # Errors
/// `wait`.
pub fn counted(before: Option<Counts>, now: Moment) -> Result<Counts> {
    let hour = now.ms().div_euclid(HOUR_MS);
    let before = before.filter(|counts| counts.hour == hour).unwrap_or_default();
    if before.made >= MADE || before.refused >= REFUSED {
        let minutes = (HOUR_MS - now.ms().rem_euclid(HOUR_MS) + 59_999) / 60_000;
        return Err(Error::Refused {
            code: "wait",
            message: format!(
                "Too many codes of this device were refused or left: phones can log in here again in {minutes} minutes. Until then, \
                 type your user name and password, or an access code."
            ),
        });
    }
    Ok(Counts {
        hour,
        made: before.made + 1,
        refused: before.refused,
    })
}

/// The number that the kiosk shows, and three different ones from 10 to 99 for the phone, of which it is one: the chance of
/// choosing right without seeing the kiosk is one in three, once.
pub fn numbers(chance: &[u8; CHANCE]) -> (i64, [i64; 3]) {
    let number = |high: u8, low: u8| i64::from(u16::from_be_bytes([high, low]));
    let first = number(chance[0], chance[1]) % 90;
    // Steps from one to the next that can't come round to the same.
    let second = first + 1 + number(chance[2], chance[3]) % 44;
    let third = second + 1 + number(chance[4], chance[5]) % 44;
    let numbers = [first, second, third].map(|number| 10 + number % 90);
    (numbers[usize::from(chance[6]) % 3], numbers)
}

pub(super) fn over() -> Error {
    Error::Refused {
        code: "pass_over",
        message:
            "This code is not shown any more. Scan the one that the device shows now, within two minutes."
                .into(),
    }
}

/// Whether a phone may answer for the code: whose workplace the person is in, and whether their session is itself on a
/// shared device.
///
/// # Errors
/// `pass_over`, `shared_device`, `other_workplace`.
pub fn judge(pass: Option<Pass>, (workplace, on_kiosk): (WorkplaceId, bool), now: Moment) -> Result<Pass> {
    let pass = pass
        .filter(|pass| pass.state == PassState::Shown && pass.expires_at > now)
        .ok_or_else(over)?;
    let refused = |code, message: &str| {
        Err(Error::Refused {
            code,
            message: message.to_owned(),
        })
    };
    if on_kiosk {
        return refused(
            "shared_device",
            "This device is shared itself. Scan the code with your own phone.",
        );
    }
    if pass.workplace != workplace {
        return refused(
            "other_workplace",
            "That device belongs to another workplace than the one you are logged in to on this phone.",
        );
    }
    Ok(pass)
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

    fn at(seconds: i64) -> Moment {
        Moment::from_ms(1_780_000_000_000).plus_seconds(seconds)
    }

    fn pass(state: PassState) -> Pass {
        let account = matches!(state, PassState::Confirmed).then_some(AccountId(uuid::Uuid::from_u128(3)));
        Pass {
            kiosk: crate::ids::KioskId(uuid::Uuid::from_u128(1)),
            workplace: WorkplaceId(uuid::Uuid::from_u128(2)),
            number: 47,
            numbers: [12, 47, 83],
            state,
            account,
            session: account.map(|_| SessionId(uuid::Uuid::from_u128(4))),
            expires_at: at(PASS_SECONDS),
            counts: Counts::default(),
        }
    }

    #[test]
    fn what_becomes_of_a_code_on_the_kiosk_and_on_the_phone() {
        use PassState::{Confirmed, Refused, Shown, Used};
        let yes = Screen::Enter(
            AccountId(uuid::Uuid::from_u128(3)),
            SessionId(uuid::Uuid::from_u128(4)),
        );
        let home = WorkplaceId(uuid::Uuid::from_u128(2));
        let away = WorkplaceId(uuid::Uuid::from_u128(9));
        // State, seconds since it was made, what the screen does, the phone's workplace, whether it is a kiosk, the answer.
        for (state, age, on_screen, workplace, on_kiosk, answer) in [
            (Shown, 0, Screen::Keep(47), home, false, None),
            (Shown, 119, Screen::Keep(47), home, false, None),
            (Shown, 120, Screen::Renew, home, false, Some("pass_over")),
            (Shown, 1, Screen::Keep(47), away, false, Some("other_workplace")),
            (Shown, 1, Screen::Keep(47), home, true, Some("shared_device")),
            (Confirmed, 1, yes, home, false, Some("pass_over")),
            (Confirmed, 120, Screen::Renew, home, false, Some("pass_over")),
            (Used, 1, Screen::Renew, home, false, Some("pass_over")),
            (Refused, 1, Screen::Renew, home, false, Some("pass_over")),
        ] {
            let pass = pass(state);
            assert_eq!(screen(Some(&pass), at(age)), on_screen, "{state:?} {age}");
            let judged = judge(Some(pass), (workplace, on_kiosk), at(age));
            assert_eq!(
                judged.as_ref().err().map(Error::code),
                answer,
                "{state:?} {age} {on_kiosk}"
            );
        }
        assert_eq!(screen(None, at(0)), Screen::Renew);
        assert_eq!(judge(None, (home, false), at(0)).unwrap_err().code(), "pass_over");
    }

    #[test]
    fn codes_of_a_kiosk_are_limited_in_an_hour() {
        let now = at(0);
        let hour = now.ms() / HOUR_MS;
        let counts = |hour, made, refused| Some(Counts { hour, made, refused });
        for (before, expect) in [
            (None, Some((1, 0))),
            (counts(hour, 5, 2), Some((6, 2))),
            (counts(hour, MADE - 1, 0), Some((MADE, 0))),
            (counts(hour, MADE, 0), None),
            (counts(hour, 20, REFUSED), None),
            (counts(hour - 1, MADE, REFUSED), Some((1, 0))),
        ] {
            let after = counted(before, now);
            let seen = after.as_ref().ok().map(|after| (after.made, after.refused));
            assert_eq!(seen, expect, "{before:?}");
        }
    }

    #[test]
    fn three_different_numbers_of_two_digits() {
        for seed in 0..=255u8 {
            let chance = [0u8, 1, 2, 3, 4, 5, 6, 7]
                .map(|place| seed.wrapping_mul(31).wrapping_add(place.wrapping_mul(37)));
            let (number, numbers) = numbers(&chance);
            assert!(numbers.contains(&number), "{numbers:?}");
            assert!(
                numbers.iter().all(|number| (10..=99).contains(number)),
                "{numbers:?}"
            );
            assert!(
                numbers[0] != numbers[1] && numbers[1] != numbers[2] && numbers[0] != numbers[2],
                "{numbers:?}"
            );
        }
    }
}
