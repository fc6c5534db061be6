//! How long a session lives. Pure.

use crate::Moment;

/// Unused for so long, it ends.
pub const IDLE_DAYS: i64 = 30;
/// However much it is used, it ends after so long.
pub const MOST_DAYS: i64 = 180;
/// How often a use is noted at most, in seconds.
pub const TOUCH_SECONDS: i64 = 60;
const MAX_TEXT: usize = 300;

/// However much it is used, a session on a shared device ends after so many minutes.
pub const KIOSK_MINUTES: i64 = 60;

/// After so many days people may be asked to log in again; 0: never.
pub const AGAIN_DAYS: [i64; 6] = [0, 1, 3, 7, 14, 30];

/// What limits a session, besides that nobody uses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// On a shared device: it ends after so many seconds without a use.
    pub idle: Option<i64>,
    /// The workplace asks people to log in again so many days after they did; 0: never.
    pub again_days: i64,
    /// The identity provider said that it ends then.
    pub until: Option<Moment>,
}

/// When a session that was opened at `opened` and used at `used` ends by itself.
pub fn expiry(opened: Moment, used: Moment, limits: Limits) -> Moment {
    let mut ends = match limits.idle {
        None => used.plus_days(IDLE_DAYS).min(opened.plus_days(MOST_DAYS)),
        Some(idle) => used
            .plus_seconds(idle)
            .min(opened.plus_seconds(KIOSK_MINUTES * 60)),
    };
    if limits.again_days > 0 {
        ends = ends.min(opened.plus_days(limits.again_days));
    }
    limits.until.map_or(ends, |until| ends.min(until))
}

/// Why a session that nobody ended is over, where that is for the person to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The workplace asks people to log in again after so many days.
    Again(i64),
    /// The identity provider let them in until then.
    Provider,
}

/// See [`Over`]: of a session that was opened at `opened`.
pub fn over(opened: Moment, limits: Limits, now: Moment) -> Option<Over> {
    if limits.idle.is_some() {
        None
    } else if limits.again_days > 0 && opened.plus_days(limits.again_days) <= now {
        Some(Over::Again(limits.again_days))
    } else {
        limits.until.filter(|until| *until <= now).map(|_| Over::Provider)
    }
}

/// A number of days after which people log in again, in words.
pub fn days_in_words(days: i64) -> String {
    match days {
        1 => "day".to_owned(),
        7 => "week".to_owned(),
        14 => "2 weeks".to_owned(),
        days => format!("{days} days"),
    }
}

/// Whether a use at `now` is worth a write.
pub fn worth_noting(last_seen: Moment, now: Moment, idle: Option<i64>) -> bool {
    let often = idle.map_or(TOUCH_SECONDS, |idle| (idle / 6).clamp(1, TOUCH_SECONDS));
    now >= last_seen.plus_seconds(often)
}

/// What a browser says of itself, at a length that is worth keeping.
pub fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect()
}

/// The browser and the system that a user agent names, in words. Only for people to tell their devices apart.
pub fn in_words(user_agent: &str) -> (&'static str, &'static str) {
    let first = |table: &[(&str, &'static str)], other| {
        let known = table.iter().find(|(sign, _)| user_agent.contains(sign));
        known.map_or(other, |(_, name)| *name)
    };
    // What comes later in the table says that it is what comes earlier, too: every browser is "Safari".
    let browser = first(
        &[
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser", "Samsung Internet"),
            ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"),
            ("CriOS", "Chrome"),
            ("Chrome", "Chrome"),
            ("Safari", "Safari"),
            ("curl/", "curl"),
        ],
        "Another browser",
    );
    let device = first(
        &[
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("CrOS", "ChromeOS"),
            ("Windows", "Windows"),
            ("Mac OS X", "Mac"),
            ("Linux", "Linux"),
        ],
        "Another device",
    );
    (browser, device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lives_while_it_is_used_and_not_for_ever() {
        let opened = Moment::from_ms(0);
        for (used, expect) in [(0, 30), (100, 130), (150, 180), (170, 180)] {
            assert_eq!(
                expiry(opened, opened.plus_days(used), Limits::default()),
                opened.plus_days(expect),
                "{used}"
            );
        }
    }

    #[test]
    fn people_log_in_again_when_their_workplace_or_their_provider_says_so() {
        let opened = Moment::from_ms(0);
        let at = |hours: i64| opened.plus_seconds(hours * 3600);
        // Days of the workplace, hours of the provider, hours of the last use: hours until it ends, and why at hour 80.
        for (days, until, used, ends, why) in [
            (0, None, 0, 720, None),
            (1, None, 20, 24, Some(Over::Again(1))),
            (3, None, 0, 72, Some(Over::Again(3))),
            (3, Some(8), 1, 8, Some(Over::Again(3))),
            (0, Some(8), 1, 8, Some(Over::Provider)),
            (7, Some(8), 1, 8, Some(Over::Provider)),
            (7, Some(100), 79, 100, None),
            (30, None, 700, 720, None),
        ] {
            let limits = Limits {
                idle: None,
                again_days: days,
                until: until.map(at),
            };
            assert_eq!(expiry(opened, at(used), limits), at(ends), "{limits:?} {used}");
            assert_eq!(over(opened, limits, at(80)), why, "{limits:?}");
        }
        let kiosk = Limits {
            idle: Some(120),
            again_days: 1,
            until: None,
        };
        assert_eq!(over(opened, kiosk, at(80)), None);
        let words = AGAIN_DAYS.map(days_in_words);
        assert_eq!(words[1..], ["day", "3 days", "week", "2 weeks", "30 days"]);
    }

    #[test]
    fn a_use_is_noted_once_a_minute() {
        let seen = Moment::from_ms(0);
        for (seconds, expect) in [(0, false), (59, false), (60, true), (600, true)] {
            assert_eq!(
                worth_noting(seen, seen.plus_seconds(seconds), None),
                expect,
                "{seconds}"
            );
        }
    }

    #[test]
    fn on_a_shared_device_it_is_short() {
        let opened = Moment::from_ms(0);
        for (used, expect) in [(0, 120), (600, 720), (3500, 3600), (3600, 3600)] {
            let kiosk = Limits {
                idle: Some(120),
                ..Limits::default()
            };
            let ends = expiry(opened, opened.plus_seconds(used), kiosk);
            assert_eq!(ends, opened.plus_seconds(expect), "{used}");
        }
        assert!(!worth_noting(opened, opened.plus_seconds(19), Some(120)));
        assert!(worth_noting(opened, opened.plus_seconds(20), Some(120)));
    }

    #[test]
    fn browsers_are_told_apart() {
        for (agent, expect) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36 Edg/150.0",
                ("Edge", "Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/19.0 Mobile Safari/604.1",
                ("Safari", "iPhone"),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
                ("Firefox", "Linux"),
            ),
            ("", ("Another browser", "Another device")),
        ] {
            assert_eq!(in_words(agent), expect, "{agent}");
        }
    }

    #[test]
    fn what_a_browser_says_is_bounded() {
        assert_eq!(cut("a\r\nb"), "ab");
        assert_eq!(cut(&"é".repeat(1000)).chars().count(), 300);
    }
}
