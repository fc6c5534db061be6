//! When a rule invites, when it stops to ask, and when somebody is reminded. Pure.

use jiff::ToSpan as _;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;

use super::InviteRuleKind;
use crate::conditions::{self, Conditions};
use crate::{Error, Moment, Result};

const MAX_NAME: usize = 100;
const MAX_MESSAGE: usize = 2000;
/// The most people of a rule, and days from now to a wave.
const MOST: i64 = 1_000_000;
const FAR: i64 = 400;
/// A reminder that could not be sent within so many days of its time is left out.
const LATE_DAYS: i64 = 2;

/// What a rule is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub name: String,
    pub kind: InviteRuleKind,
    pub conditions: Conditions,
    pub message: Option<String>,
    /// When a wave begins; nothing, for a standing rule.
    pub starts_at: Option<Moment>,
    pub most: i64,
}

/// The rule as it is kept; or what is wrong with it.
pub fn checked(mut input: Input, now: Moment) -> Result<Input> {
    input.name = input.name.trim().to_owned();
    if input.name.is_empty()
        || input.name.chars().count() > MAX_NAME
        || input.name.chars().any(char::is_control)
    {
        return Err(Error::invalid(
            "name",
            "Give the rule a name of at most 100 characters.",
        ));
    }
    input.message = input
        .message
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty());
    if input
        .message
        .as_ref()
        .is_some_and(|text| text.chars().count() > MAX_MESSAGE)
    {
        return Err(Error::invalid("message", "Write at most 2,000 characters."));
    }
    if !(1..=MOST).contains(&input.most) {
        return Err(Error::invalid(
            "most",
            "Say how many people it may invite before it asks: from 1 to 1,000,000.",
        ));
    }
    match (input.kind, input.starts_at) {
        (InviteRuleKind::Standing, Some(_)) => {
            return Err(Error::invalid(
                "starts_at",
                "A standing rule begins at once: leave the time out.",
            ));
        }
        (InviteRuleKind::Wave, None) => {
            return Err(Error::invalid("starts_at", "Say when the wave begins."));
        }
        (InviteRuleKind::Wave, Some(at)) if at < now.plus_seconds(-3600) || at > now.plus_days(FAR) => {
            return Err(Error::invalid(
                "starts_at",
                "Choose a time for the wave that is to come, within a year.",
            ));
        }
        _ => {}
    }
    input.conditions = conditions::rules::checked(input.conditions)?;
    Ok(input)
}

/// When nobody is written to unasked: from one hour to another, as the clocks show where they are; and on weekends, if so
/// set. The same hour twice: never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    pub from: i64,
    pub to: i64,
    pub weekends: bool,
}

impl Quiet {
    fn is_quiet(self, at: DateTime) -> bool {
        let hour = i64::from(at.hour());
        let night = if self.from <= self.to {
            (self.from..self.to).contains(&hour)
        } else {
            hour >= self.from || hour < self.to
        };
        night || (self.weekends && matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday))
    }

    /// The first moment from `now` on that is not quiet in the time zone; `now` itself, if it is not.
    pub fn over(self, now: Moment, zone: &TimeZone) -> Moment {
        let mut at = zone.to_datetime(now.timestamp());
        if !self.is_quiet(at) {
            return now;
        }
        // By the hour: a week of them is more than any quiet time lasts.
        at = at.date().at(at.hour(), 0, 0, 0);
        for _ in 0..24 * 7 {
            let Ok(next) = at.checked_add(1.hour()) else { break };
            at = next;
            if !self.is_quiet(at) {
                return zone
                    .to_timestamp(at)
                    .map_or(now, |at| Moment::from_ms(at.as_millisecond()));
            }
        }
        now
    }
}

/// Whether a rule must stop and ask: it has invited so many of late, so many wait, and it may invite `most`, and `extra`
/// that somebody has said yes to.
pub fn holds(invited: i64, waiting: i64, most: i64, extra: i64) -> bool {
    invited + waiting > most + extra
}

/// Whether somebody is to be reminded who was invited then: on each of the days, once, if they were not since.
pub fn reminder_due(days: &[i64], invited_at: Moment, reminded_at: Option<Moment>, now: Moment) -> bool {
    days.iter().any(|day| {
        let at = invited_at.plus_days(*day);
        let came = at <= now && now < at.plus_days(LATE_DAYS);
        came && reminded_at.is_none_or(|reminded| reminded < at)
    })
}

/// Invited before the first and after the second of these, nobody is to be reminded now.
pub fn reminder_window(days: &[i64], now: Moment) -> Option<(Moment, Moment)> {
    let (first, last) = (days.iter().min()?, days.iter().max()?);
    Some((now.plus_days(-(last + LATE_DAYS)), now.plus_days(-first)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::{Combine, Condition, ConditionField, ConditionOp};

    fn at(text: &str) -> Moment {
        Moment::from_ms(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn quiet_hours_are_those_of_the_person() {
        let night = Quiet {
            from: 19,
            to: 8,
            weekends: false,
        };
        let never = Quiet {
            from: 0,
            to: 0,
            weekends: false,
        };
        let weekdays = Quiet {
            weekends: true,
            ..night
        };
        for (quiet, zone, now, expect) in [
            // A Thursday, 18:30 in Warsaw.
            (
                night,
                "Europe/Warsaw",
                "2026-05-28T16:30:00Z",
                "2026-05-28T16:30:00Z",
            ),
            (
                night,
                "Europe/Warsaw",
                "2026-05-28T17:00:00Z",
                "2026-05-29T06:00:00Z",
            ),
            (
                night,
                "Asia/Tokyo",
                "2026-05-28T16:30:00Z",
                "2026-05-28T23:00:00Z",
            ),
            (
                never,
                "Asia/Tokyo",
                "2026-05-28T16:30:00Z",
                "2026-05-28T16:30:00Z",
            ),
            // Friday evening: Monday morning.
            (
                weekdays,
                "Europe/Warsaw",
                "2026-05-29T18:15:00Z",
                "2026-06-01T06:00:00Z",
            ),
            // The night in which clocks go forward.
            (
                night,
                "Europe/Warsaw",
                "2026-03-28T22:00:00Z",
                "2026-03-29T06:00:00Z",
            ),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!(quiet.over(at(now), &zone), at(expect), "{quiet:?} {zone:?} {now}");
        }
    }

    #[test]
    fn the_brake_counts_who_was_invited_and_who_waits() {
        for (invited, waiting, most, extra, expect) in [
            (0, 100, 100, 0, false),
            (0, 101, 100, 0, true),
            (60, 41, 100, 0, true),
            (0, 101, 100, 101, false),
            (101, 101, 100, 101, true),
        ] {
            assert_eq!(holds(invited, waiting, most, extra), expect);
        }
    }

    #[test]
    fn reminders_come_on_their_days_once() {
        let invited = Moment::from_ms(0);
        let day = |days: i64| invited.plus_days(days).plus_seconds(60);
        for (now, reminded, expect) in [
            (2, None, false),
            (3, None, true),
            (3, Some(2), true),
            (4, Some(3), false),
            (5, Some(3), true),
            (6, Some(5), false),
            (6, None, true),
            (7, None, false),
            (300, None, false),
        ] {
            let due = reminder_due(&[3, 5], invited, reminded.map(day), day(now));
            assert_eq!(due, expect, "day {now}, reminded {reminded:?}");
            let (from, to) = reminder_window(&[3, 5], day(now)).unwrap();
            assert!(!due || (from <= invited && invited <= to));
        }
        assert!(reminder_window(&[], day(3)).is_none());
    }

    #[test]
    fn what_a_rule_may_be() {
        let now = at("2026-05-28T16:30:00Z");
        let input = |kind, starts_at, most| Input {
            name: " Sales ".into(),
            kind,
            conditions: Conditions {
                combine: Combine::All,
                tests: vec![Condition {
                    field: ConditionField::Department,
                    op: ConditionOp::Is,
                    values: vec!["Sales".into()],
                }],
                groups: Vec::new(),
            },
            message: Some("  ".into()),
            starts_at,
            most,
        };
        use InviteRuleKind::{Standing, Wave};
        for (given, fine) in [
            (input(Standing, None, 10), true),
            (input(Standing, Some(now), 10), false),
            (input(Wave, None, 10), false),
            (input(Wave, Some(now.plus_days(1)), 10), true),
            (input(Wave, Some(now.plus_days(-1)), 10), false),
            (input(Wave, Some(now.plus_days(4000)), 10), false),
            (input(Standing, None, 0), false),
        ] {
            let done = checked(given.clone(), now);
            assert_eq!(done.is_ok(), fine, "{given:?}");
            if let Ok(kept) = done {
                assert_eq!((kept.name.as_str(), kept.message), ("Sales", None));
            }
        }
    }
}
