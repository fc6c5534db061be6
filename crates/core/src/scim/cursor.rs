//! Where a list goes on, as a text that a client gives back (RFC 9865). Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_wire::scim::{ErrorKind, ScimError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::CURSOR_SECONDS;
use crate::Moment;
use crate::entropy::secret_hash;

/// The last row that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What it was sorted by, if that was a text, and if it was a number.
    pub text: Option<String>,
    pub number: Option<i64>,
    pub id: Uuid,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    /// When it was given, in milliseconds.
    at: i64,
    /// Of which question.
    of: String,
    place: Place,
}

/// What tells one question from another: the filter and the order.
pub fn question(parts: &[&str]) -> String {
    secret_hash(&parts.join("\u{1f}"))[..16].to_owned()
}

pub fn write(place: Place, of: &str, now: Moment) -> String {
    let cursor = Cursor {
        at: now.ms(),
        of: of.to_owned(),
        place,
    };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
}

pub fn read(text: &str, of: &str, now: Moment) -> Result<Place, ScimError> {
    let wrong = || {
        ScimError::new(
            ErrorKind::InvalidCursor,
            "That cursor is not of this question: give back what the page before had as \"nextCursor\", with the same filter \
             and order.",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
    let cursor: Cursor = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    if cursor.of != of {
        return Err(wrong());
    }
    if now.ms() - cursor.at > CURSOR_SECONDS * 1000 {
        return Err(ScimError::new(
            ErrorKind::ExpiredCursor,
            "That cursor is too old: begin again without one.",
        ));
    }
    Ok(cursor.place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_question_and_for_an_hour() {
        let place = Place {
            text: Some("łódź".into()),
            number: None,
            id: Uuid::from_u128(7),
        };
        let now = Moment::from_ms(1_780_000_000_000);
        let of = question(&["userName sw \"a\"", "userName"]);
        let text = write(place.clone(), &of, now);
        assert_eq!(read(&text, &of, now), Ok(place));
        let kind = |text: &str, of: &str, now| read(text, of, now).unwrap_err().kind;
        assert_eq!(kind(&text, &question(&["x"]), now), ErrorKind::InvalidCursor);
        assert_eq!(kind("é", &of, now), ErrorKind::InvalidCursor);
        assert_eq!(kind("AAAA", &of, now), ErrorKind::InvalidCursor);
        assert_eq!(kind(&text, &of, now.plus_seconds(3601)), ErrorKind::ExpiredCursor);
    }
}
