//! Moments in time, shown as StackStorm shows them: UTC, always six digits of microseconds.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in time, in microseconds since 1970 (UTC).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The text is not a date and time.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("Datetime value does not match expected format.")]
pub struct InvalidTimestamp;

impl Timestamp {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn as_micros(self) -> i64 {
        self.0
    }

    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Returns the moment that is `duration` later; saturates at the end of time.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Returns the moment that is `duration` earlier.
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Returns how long after `earlier` this is; zero when it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Returns the value as `jiff` holds it, for calendars and time zones.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }

    pub fn from_jiff(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }

    /// Returns `2026-01-02 03:04:05.000006+00:00`, the text Python makes of it (trigger payloads carry it).
    pub fn to_python_text(self) -> String {
        let text = self.to_string();
        let text = text.trim_end_matches('Z').replace('T', " ");
        format!("{}+00:00", text.strip_suffix(".000000").unwrap_or(&text))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::tz::Offset::UTC.to_datetime(self.to_jiff());
        write!(
            formatter,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            moment.year(),
            moment.month(),
            moment.day(),
            moment.hour(),
            moment.minute(),
            moment.second(),
            self.0.rem_euclid(1_000_000)
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Reads ISO 8601 with `T` or a blank; without an offset the time is UTC.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let text = text.trim();
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::from_jiff(moment));
        }
        let local: jiff::civil::DateTime = text.trim_end_matches('Z').parse().map_err(|_| InvalidTimestamp)?;
        let moment = jiff::tz::Offset::UTC.to_timestamp(local).map_err(|_| InvalidTimestamp)?;
        Ok(Self::from_jiff(moment))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_six_digits_and_a_z() {
        let moment = Timestamp::from_micros(1_700_000_000_000_007);
        assert_eq!(moment.to_string(), "2023-11-14T22:13:20.000007Z");
        assert_eq!(moment.to_python_text(), "2023-11-14 22:13:20.000007+00:00");
        assert_eq!(Timestamp::from_micros(1_700_000_000_000_000).to_python_text(), "2023-11-14 22:13:20+00:00");
    }

    #[test]
    fn reads_what_clients_send() {
        for text in ["2023-11-14T22:13:20.000007Z", "2023-11-14 22:13:20.000007+00:00", "2023-11-14T22:13:20.000007"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().as_micros(), 1_700_000_000_000_007, "{text}");
        }
        assert_eq!("yesterday".parse::<Timestamp>(), Err(InvalidTimestamp));
    }
}
