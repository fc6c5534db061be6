//! What becomes of the photos that connectors name.

use crate::Moment;

/// When a photo that did not come is tried again, in seconds after the first time, the second…
const AGAIN: [i64; 5] = [60, 600, 3_600, 6 * 3_600, 24 * 3_600];

/// What becomes of a photo after a try to fetch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Kept,
    GivenUp,
    Again(Moment),
}

/// After a try that failed; `tries`: how many there were before. `may_pass`: the same may go well later.
pub fn after_failure(tries: i64, may_pass: bool, now: Moment) -> Step {
    let wait = usize::try_from(tries).ok().and_then(|tries| AGAIN.get(tries));
    match wait.filter(|_| may_pass) {
        Some(seconds) => Step::Again(now.plus_seconds(*seconds)),
        None => Step::GivenUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_that_may_come_is_tried_again_a_few_times() {
        let now = Moment::from_ms(0);
        for (tries, may_pass, step) in [
            (0, true, Step::Again(now.plus_seconds(60))),
            (1, true, Step::Again(now.plus_seconds(600))),
            (4, true, Step::Again(now.plus_seconds(24 * 3600))),
            (5, true, Step::GivenUp),
            (0, false, Step::GivenUp),
        ] {
            assert_eq!(after_failure(tries, may_pass, now), step, "{tries}, {may_pass}");
        }
    }
}
