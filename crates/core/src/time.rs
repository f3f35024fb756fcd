//! Event time: microseconds since the Unix epoch, in UTC.
//!
//! Everywhere outside this type (JSON, tables, command line) a time is the
//! RFC 3339 text with six decimals and `Z`, so that two tables can be compared
//! byte for byte.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z. Ordered, copyable, no zone.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct UtcMicros(i64);

/// A text that is not an RFC 3339 time.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not an RFC 3339 time")]
pub struct TimeError {
    /// What stood there.
    pub text: String,
}

/// 0001-01-01 and 9999-12-30 in microseconds: what RFC 3339 and jiff can both print.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_207_200_000_000;

impl UtcMicros {
    /// Microseconds in a second, minute, hour and day.
    pub const SECOND: i64 = 1_000_000;
    /// Microseconds in an hour.
    pub const HOUR: i64 = 3_600 * Self::SECOND;
    /// Microseconds in a day of 24 hours.
    pub const DAY: i64 = 24 * Self::HOUR;

    /// From microseconds since the epoch; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        RANGE.contains(&micros).then_some(Self(micros))
    }

    /// From whole seconds since the epoch; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        seconds.checked_mul(Self::SECOND).and_then(Self::from_micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(Self::SECOND)
    }

    /// This time moved by `micros`, held inside the representable range.
    #[must_use]
    pub fn saturating_add(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros).clamp(*RANGE.start(), *RANGE.end()))
    }

    /// Days since the epoch, rounded down: the UTC calendar day.
    #[must_use]
    pub fn day(self) -> i64 {
        self.0.div_euclid(Self::DAY)
    }

    /// Parses RFC 3339 or ISO 8601; a time without an offset is taken as UTC,
    /// as Microsoft's `CreationTime` is (learn.microsoft.com, audit log schema).
    ///
    /// # Errors
    /// [`TimeError`] with the text when it is no such time.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let text = text.trim();
        let micros = text.parse::<Timestamp>().map(|t| t.as_microsecond()).or_else(|_| {
            text.parse::<jiff::civil::DateTime>()
                .and_then(|t| TimeZone::UTC.to_timestamp(t))
                .map(|t| t.as_microsecond())
        });
        micros
            .ok()
            .and_then(Self::from_micros)
            .ok_or_else(|| TimeError { text: text.chars().take(64).collect() })
    }

    /// Hour of the day (0-23) and weekday (Monday = 0) in UTC moved by `offset_minutes`.
    #[must_use]
    pub fn hour_and_weekday(self, offset_minutes: i32) -> (u8, u8) {
        let local = self.0.saturating_add(i64::from(offset_minutes) * 60 * Self::SECOND);
        let hour = local.rem_euclid(Self::DAY) / Self::HOUR;
        // 1970-01-01 was a Thursday (3 when Monday is 0).
        let weekday = (local.div_euclid(Self::DAY) + 3).rem_euclid(7);
        (u8::try_from(hour).unwrap_or(0), u8::try_from(weekday).unwrap_or(0))
    }

    /// `2024-03-26`, the UTC date.
    #[must_use]
    pub fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl fmt::Display for UtcMicros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_microsecond(self.0) {
            Ok(time) => write!(f, "{time:.6}"),
            Err(_) => write!(f, "invalid"),
        }
    }
}

impl FromStr for UtcMicros {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for UtcMicros {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        Self::parse(&text)
    }
}

impl From<UtcMicros> for String {
    fn from(time: UtcMicros) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_six_decimals_and_reads_back() {
        let time = UtcMicros::parse("2024-03-26T10:11:12+02:00").unwrap();
        assert_eq!(time.to_string(), "2024-03-26T08:11:12.000000Z");
        assert_eq!(UtcMicros::parse(&time.to_string()).unwrap(), time);
    }

    #[test]
    fn a_time_without_offset_is_utc() {
        let time = UtcMicros::parse("2021-05-18T21:13:33").unwrap();
        assert_eq!(time.to_string(), "2021-05-18T21:13:33.000000Z");
        assert_eq!(time.hour_and_weekday(0), (21, 1));
    }

    #[test]
    fn rejects_what_is_not_a_time() {
        assert!(UtcMicros::parse("yesterday").is_err());
        assert!(UtcMicros::from_seconds(i64::MAX).is_none());
    }
}
