//! What directories write in ways of their own: ids, times.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Active Directory's objectGUID (MS-DTYP 2.3.4.2), as people and tools write it: three numbers are little-endian.
pub fn guid(bytes: &[u8]) -> Option<String> {
    let b: &[u8; 16] = bytes.try_into().ok()?;
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    Some(written(order.map(|at| b[at])))
}

/// A UUID (RFC 9562) of 16 bytes, as syncrepl gives entryUUID, as text.
pub fn uuid(bytes: &[u8]) -> Option<String> {
    bytes.try_into().ok().map(written)
}

fn written(bytes: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What a search filter (RFC 4515) says for an id that [`guid`] made: its bytes in the order of the server.
pub fn filter_bytes(guid: &str) -> Option<String> {
    let hex: Vec<u8> = guid.as_bytes().iter().copied().filter(|c| *c != b'-').collect();
    if hex.len() != 32 || !hex.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut text = String::with_capacity(48);
    for at in order {
        let pair = std::str::from_utf8(&hex[at * 2..at * 2 + 2]).ok()?;
        let _ = write!(text, "\\{pair}");
    }
    Some(text)
}

/// Between 1601, where Windows begins to count, and 1970, in milliseconds.
const FILE_TIME_EPOCH_MS: i64 = 11_644_473_600_000;

/// A Windows FILETIME (100 ns since 1601) in milliseconds since 1970; nothing for what means "never".
pub fn file_time(value: i64) -> Option<i64> {
    (value > 0 && value != i64::MAX).then(|| value / 10_000 - FILE_TIME_EPOCH_MS)
}

/// A GeneralizedTime (RFC 4517, 3.3.13), such as `20260301120000Z` or `202603011200+0100`, in milliseconds since 1970.
pub fn generalised_time(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    let at = |from: usize, to: usize| {
        number
            .get(from..to)
            .map(str::parse::<i16>)
            .transpose()
            .ok()
            .flatten()
    };
    let two = |from: usize| at(from, from + 2).and_then(|value| i8::try_from(value).ok());
    let minute = if digits >= 12 { two(10)? } else { 0 };
    // A leap second is the last of its minute.
    let second = if digits >= 14 { two(12)?.min(59) } else { 0 };
    if !matches!(digits, 10 | 12 | 14) {
        return None;
    }
    let time = DateTime::new(at(0, 4)?, two(4)?, two(6)?, two(8)?, minute, second, 0).ok()?;
    let zone = rest
        .trim_start_matches(['.', ','])
        .trim_start_matches(|c: char| c.is_ascii_digit());
    let offset = match zone.as_bytes() {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), hours @ ..] if matches!(hours.len(), 2 | 4) => {
            let text = std::str::from_utf8(hours).ok()?;
            let minutes: i64 = text
                .get(2..)
                .filter(|text| !text.is_empty())
                .map_or(Ok(0), str::parse)
                .ok()?;
            let hours: i64 = text[..2].parse().ok()?;
            (hours * 60 + minutes) * if *sign == b'+' { 60 } else { -60 }
        }
        _ => return None,
    };
    let utc = time.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp();
    Some(utc.as_millisecond() - offset * 1000)
}

/// So many seconds before a GeneralizedTime, as one in UTC.
pub fn earlier(text: &str, seconds: i64) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(generalised_time(text)? - seconds * 1000).ok()?;
    Some(at.strftime("%Y%m%d%H%M%SZ").to_string())
}

/// The day that a value means, whichever of the ways it is written in; the value itself when it is none of them.
pub fn date_of(text: &str) -> String {
    let day = |ms: i64| -> Option<Date> {
        let at = jiff::Timestamp::from_millisecond(ms).ok()?;
        Some(at.to_zoned_datetime(TimeZone::UTC).date())
    };
    let ms = match text.trim().parse::<i64>() {
        // A FILETIME has 17 or 18 digits; shorter numbers are days written without marks.
        Ok(number) if text.trim().len() >= 17 => file_time(number),
        Ok(_) => None,
        Err(_) => generalised_time(text),
    };
    ms.and_then(day)
        .map_or_else(|| text.to_owned(), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_people_know_them() {
        let bytes: Vec<u8> = (0..16).collect();
        assert_eq!(guid(&bytes).unwrap(), "03020100-0504-0706-0809-0a0b0c0d0e0f");
        assert_eq!(uuid(&bytes).unwrap(), "00010203-0405-0607-0809-0a0b0c0d0e0f");
        let filter = filter_bytes("03020100-0504-0706-0809-0a0b0c0d0e0f").unwrap();
        assert!(
            filter.starts_with(r"\00\01\02\03") && filter.ends_with(r"\0e\0f"),
            "{filter}"
        );
        assert_eq!((guid(&bytes[1..]), filter_bytes("x")), (None, None));
    }

    #[test]
    fn times_are_read_and_never_is_none() {
        for (value, expect) in [
            (0, None),
            (i64::MAX, None),
            (133_485_408_000_000_000, Some(1_704_067_200_000)),
        ] {
            assert_eq!(file_time(value), expect, "{value}");
        }
        for (text, expect) in [
            ("20240101000000Z", Some(1_704_067_200_000)),
            ("20240101000000.0Z", Some(1_704_067_200_000)),
            ("202401010100+0100", Some(1_704_067_200_000)),
            ("2023123119-05", Some(1_704_067_200_000)),
            ("20240101000060Z", Some(1_704_067_259_000)),
            ("20240101000000", None),
            ("2024", None),
            ("20241301000000Z", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(generalised_time(text), expect, "{text}");
        }
        for (text, seconds, expect) in [
            ("20240301000010Z", 11, Some("20240229235959Z")),
            ("20240101000000.5+0100", 0, Some("20231231230000Z")),
            ("soon", 1, None),
        ] {
            assert_eq!(earlier(text, seconds).as_deref(), expect, "{text}");
        }
        for (text, expect) in [
            ("20240229120000Z", "2024-02-29"),
            ("133485408000000000", "2024-01-01"),
            ("2026-03-01", "2026-03-01"),
            ("01.03.2026", "01.03.2026"),
        ] {
            assert_eq!(date_of(text), expect, "{text}");
        }
    }
}
