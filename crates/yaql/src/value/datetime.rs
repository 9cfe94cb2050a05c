//! Python's aware `datetime` and its `timedelta`, to the microsecond.

use jiff::civil;

pub(crate) const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A moment with the offset that it is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datetime {
    pub(crate) civil: civil::DateTime,
    pub(crate) offset_seconds: i32,
}

/// A duration of either sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timespan {
    pub microseconds: i64,
}

impl Datetime {
    /// Builds from local microseconds since 1970; `None` outside the years 1 to 9999.
    pub(crate) fn from_local(microseconds: i64, offset_seconds: i32) -> Option<Self> {
        let epoch = civil::date(1970, 1, 1).at(0, 0, 0, 0);
        let civil = epoch.checked_add(jiff::SignedDuration::from_micros(microseconds)).ok()?;
        (1..=9999).contains(&civil.year()).then_some(Self { civil, offset_seconds })
    }

    /// From microseconds since 1970 UTC.
    pub fn from_instant(microseconds: i64, offset_seconds: i32) -> Option<Self> {
        Self::from_local(microseconds.checked_add(i64::from(offset_seconds) * SECOND)?, offset_seconds)
    }

    /// Local microseconds since 1970.
    pub(crate) fn local(&self) -> i64 {
        let epoch = civil::date(1970, 1, 1).at(0, 0, 0, 0);
        i64::try_from(self.civil.duration_since(epoch).as_micros()).unwrap_or(i64::MAX)
    }

    /// Microseconds since 1970 UTC.
    pub fn instant(&self) -> i64 {
        self.local() - i64::from(self.offset_seconds) * SECOND
    }

    fn microsecond(&self) -> i32 {
        self.civil.subsec_nanosecond() / 1000
    }

    fn written(&self, separator: char) -> String {
        let civil = self.civil;
        let mut text = format!(
            "{:04}-{:02}-{:02}{separator}{:02}:{:02}:{:02}",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        );
        if self.microsecond() > 0 {
            text.push_str(&format!(".{:06}", self.microsecond()));
        }
        let offset = self.offset_seconds.unsigned_abs();
        let sign = if self.offset_seconds < 0 { '-' } else { '+' };
        text.push_str(&format!("{sign}{:02}:{:02}", offset / 3600, offset / 60 % 60));
        if !offset.is_multiple_of(60) {
            text.push_str(&format!(":{:02}", offset % 60));
        }
        text
    }

    /// `isoformat()`
    pub fn iso(&self) -> String {
        self.written('T')
    }

    /// `str()`
    pub(crate) fn text(&self) -> String {
        self.written(' ')
    }

    pub(crate) fn repr(&self) -> String {
        let civil = self.civil;
        let mut parts =
            format!("{}, {}, {}, {}, {}", civil.year(), civil.month(), civil.day(), civil.hour(), civil.minute());
        if civil.second() > 0 || self.microsecond() > 0 {
            parts.push_str(&format!(", {}", civil.second()));
        }
        if self.microsecond() > 0 {
            parts.push_str(&format!(", {}", self.microsecond()));
        }
        let zone = match self.offset_seconds {
            0 => "tzutc()".to_owned(),
            offset => format!("tzoffset(None, {offset})"),
        };
        format!("datetime.datetime({parts}, tzinfo={zone})")
    }
}

impl Timespan {
    pub fn new(microseconds: i64) -> Self {
        Self { microseconds }
    }

    /// `str()`
    pub(crate) fn text(&self) -> String {
        let days = self.microseconds.div_euclid(DAY);
        let rest = self.microseconds.rem_euclid(DAY);
        let seconds = rest / SECOND;
        let mut text = match days {
            0 => String::new(),
            1 | -1 => format!("{days} day, "),
            _ => format!("{days} days, "),
        };
        text.push_str(&format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
        if rest % SECOND > 0 {
            text.push_str(&format!(".{:06}", rest % SECOND));
        }
        text
    }

    pub(crate) fn repr(&self) -> String {
        let rest = self.microseconds.rem_euclid(DAY);
        let named =
            [("days", self.microseconds.div_euclid(DAY)), ("seconds", rest / SECOND), ("microseconds", rest % SECOND)];
        let parts: Vec<String> =
            named.iter().filter(|(_, part)| *part != 0).map(|(name, part)| format!("{name}={part}")).collect();
        let parts = if parts.is_empty() { "0".to_owned() } else { parts.join(", ") };
        format!("datetime.timedelta({parts})")
    }
}
