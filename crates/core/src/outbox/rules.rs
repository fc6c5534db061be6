//! When a letter is tried again, and when it is given up. Pure.

use super::LetterState;
use crate::mail::Outcome;

/// Waits between the attempts, in seconds; after the last one the letter has failed. Four days in all, as long as
/// mail servers themselves try (RFC 5321 section 4.5.4.1).
const WAITS: [i64; 12] = [
    60,
    5 * 60,
    15 * 60,
    3600,
    2 * 3600,
    4 * 3600,
    8 * 3600,
    12 * 3600,
    12 * 3600,
    12 * 3600,
    24 * 3600,
    24 * 3600,
];

/// What becomes of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Ends(LetterState),
    /// Tried again after so many seconds.
    Again(i64),
}

/// What becomes of a letter after attempt number `attempts` (1 is the first) had this outcome.
pub fn fate(outcome: &Outcome, attempts: i64) -> Fate {
    match outcome {
        Outcome::Accepted { .. } => Fate::Ends(LetterState::Sent),
        Outcome::Uncertain { .. } => Fate::Ends(LetterState::Unknown),
        outcome if outcome.is_bounce() => Fate::Ends(LetterState::Bounced),
        _ => usize::try_from(attempts - 1)
            .ok()
            .and_then(|past| WAITS.get(past))
            .map_or(Fate::Ends(LetterState::Failed), |wait| Fate::Again(*wait)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Stage;

    #[test]
    fn what_becomes_of_a_letter() {
        let refused = |permanent, stage| Outcome::Rejected {
            permanent,
            code: None,
            text: String::new(),
            stage,
        };
        let reason = || String::new();
        for (outcome, attempts, expect) in [
            (
                Outcome::Accepted { text: reason() },
                1,
                Fate::Ends(LetterState::Sent),
            ),
            (
                Outcome::Uncertain { reason: reason() },
                1,
                Fate::Ends(LetterState::Unknown),
            ),
            (Outcome::Unreachable { reason: reason() }, 1, Fate::Again(60)),
            (Outcome::Unreachable { reason: reason() }, 2, Fate::Again(300)),
            (Outcome::Unreachable { reason: reason() }, 12, Fate::Again(86_400)),
            (
                Outcome::Unreachable { reason: reason() },
                13,
                Fate::Ends(LetterState::Failed),
            ),
            (
                refused(true, Stage::Recipient),
                1,
                Fate::Ends(LetterState::Bounced),
            ),
            (refused(false, Stage::Recipient), 1, Fate::Again(60)),
            (refused(true, Stage::Login), 1, Fate::Again(60)),
        ] {
            assert_eq!(fate(&outcome, attempts), expect, "{outcome:?} {attempts}");
        }
    }
}
