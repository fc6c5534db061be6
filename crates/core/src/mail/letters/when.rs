//! Instants as a person reads them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::RenderError;
use super::catalogue::Voice;

/// "14:05 on Friday, 25 December 2026 (Europe/Berlin)" in the first of `zones` that is a time zone of the IANA
/// database, else in UTC.
pub fn in_words(voice: &Voice<'_>, at: Timestamp, zones: &[Option<&str>]) -> Result<String, RenderError> {
    let zone = zones
        .iter()
        .flatten()
        .find_map(|name| TimeZone::get(name).ok())
        .unwrap_or(TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("UTC").replace('_', " ");
    let at = at.to_zoned_datetime(zone);
    let weekday = voice.say(&format!("weekday-{}", at.weekday().to_monday_one_offset()), &[])?;
    let month = voice.say(&format!("month-{}", at.month()), &[])?;
    voice.say(
        "date-and-time",
        &[
            ("hour", &format!("{:02}", at.hour())),
            ("minute", &format!("{:02}", at.minute())),
            ("weekday", &weekday),
            ("day", &at.day().to_string()),
            ("month", &month),
            ("year", &at.year().to_string()),
            ("zone", &name),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::super::Catalogue;
    use super::*;

    #[test]
    fn times_are_told_in_the_persons_zone() {
        let voice = Catalogue::built_in().voice(&[]);
        let at: Timestamp = "2026-12-31T23:05:59Z".parse().unwrap();
        for (person, workplace, want) in [
            (
                Some("Europe/Berlin"),
                Some("UTC"),
                "00:05 on Friday, 1 January 2027 (Europe/Berlin)",
            ),
            (
                Some("America/New_York"),
                None,
                "18:05 on Thursday, 31 December 2026 (America/New York)",
            ),
            (
                Some("Asia/Kolkata"),
                None,
                "04:35 on Friday, 1 January 2027 (Asia/Kolkata)",
            ),
            (
                None,
                Some("Asia/Tokyo"),
                "08:05 on Friday, 1 January 2027 (Asia/Tokyo)",
            ),
            (
                Some("Mars/Base"),
                Some("Asia/Tokyo"),
                "08:05 on Friday, 1 January 2027 (Asia/Tokyo)",
            ),
            (None, None, "23:05 on Thursday, 31 December 2026 (UTC)"),
        ] {
            assert_eq!(in_words(&voice, at, &[person, workplace]).unwrap(), want);
        }
    }
}
