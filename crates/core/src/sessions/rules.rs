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

/// When a session that was opened at `opened` and used at `used` ends by itself. `idle`: on a shared device, after so many
/// seconds without a use.
pub fn expiry(opened: Moment, used: Moment, idle: Option<i64>) -> Moment {
    match idle {
        None => used.plus_days(IDLE_DAYS).min(opened.plus_days(MOST_DAYS)),
        Some(idle) => used
            .plus_seconds(idle)
            .min(opened.plus_seconds(KIOSK_MINUTES * 60)),
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
                expiry(opened, opened.plus_days(used), None),
                opened.plus_days(expect),
                "{used}"
            );
        }
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
            let ends = expiry(opened, opened.plus_seconds(used), Some(120));
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
