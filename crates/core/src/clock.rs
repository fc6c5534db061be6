use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A point in time, to the millisecond, as the database keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// From milliseconds since 1970-01-01T00:00Z.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }
    /// Milliseconds since 1970-01-01T00:00Z.
    pub const fn ms(self) -> i64 {
        self.0
    }
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1000)
    }
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days * 24 * 60 * 60)
    }
    /// What day it is in the first of these time zones (IANA) that is known; in UTC, if none is.
    pub fn day_in(self, zones: &[Option<&str>]) -> jiff::civil::Date {
        self.clock_in(zones).date()
    }
    /// Day, time and zone, in the first of the zones that is one, else in UTC.
    pub fn clock_in(self, zones: &[Option<&str>]) -> jiff::ZonedDateTime {
        let mut known = zones.iter().flatten().filter_map(|zone| TimeZone::get(zone).ok());
        let zone = known.next().unwrap_or(TimeZone::UTC);
        self.timestamp().to_zoned_datetime(zone)
    }
    /// As jiff's timestamp; times outside its range become 1970.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or_default()
    }
}

impl serde::Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.timestamp()))
    }
}

impl<'de> serde::Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Timestamp::deserialize(deserializer).map(|at| Self(at.as_millisecond()))
    }
}

/// Where the time comes from. Rules never ask: they are told.
pub trait Clock: Send + Sync {
    fn now(&self) -> Moment;
}

/// The machine's own clock, the only place that reads it.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn now(&self) -> Moment {
        Moment(Timestamp::now().as_millisecond())
    }
}

/// A clock that shows what it is set to: for tests, and for the demo, whose history is written as if it had happened.
#[derive(Debug)]
pub struct SetClock(AtomicI64);

impl SetClock {
    pub fn new(at: Moment) -> Self {
        Self(AtomicI64::new(at.0))
    }

    pub fn set(&self, at: Moment) {
        self.0.store(at.0, Ordering::SeqCst);
    }

    /// Lets seconds go by.
    pub fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}
