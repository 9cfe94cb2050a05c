//! `core.st2.DateTimer`: once.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;
use squall_model::{Map, Timestamp};

use super::schedule::ScheduleError;

#[derive(Debug, Clone)]
pub(super) struct Date {
    at: Timestamp,
}

impl Date {
    pub(super) fn read(parameters: &Map, zone: &TimeZone) -> Result<Self, ScheduleError> {
        let text = parameters.get("date").and_then(Value::as_str).ok_or(ScheduleError::Missing("date"))?;
        let at = moment(text.trim(), zone).ok_or_else(|| ScheduleError::InvalidDate(text.to_owned()))?;
        Ok(Self { at })
    }

    pub(super) fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        (self.at > moment).then_some(self.at)
    }
}

/// Reads a date with an offset, or a local one in the zone; a time that the clocks skip is the end of the gap.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_jiff(moment));
    }
    let local: DateTime = text.parse().ok()?;
    local.to_zoned(zone.clone()).ok().map(|zoned| Timestamp::from_jiff(zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(date: &str, zone: &str, expected: Option<&str>) {
        let parameters = json!({"date": date});
        let read = Date::read(parameters.as_object().unwrap(), &TimeZone::get(zone).unwrap());
        assert_eq!(read.ok().map(|date| date.at.to_string()), expected.map(str::to_owned), "{date} in {zone}");
    }

    #[test]
    fn dates_without_an_offset_are_local() {
        check("2026-07-01 12:00:00", "UTC", Some("2026-07-01T12:00:00.000000Z"));
        check("2026-07-01 12:00:00", "Europe/Berlin", Some("2026-07-01T10:00:00.000000Z"));
        check("2026-07-01T12:00:00.5+05:30", "Europe/Berlin", Some("2026-07-01T06:30:00.500000Z"));
        check("2026-07-01", "America/New_York", Some("2026-07-01T04:00:00.000000Z"));
        check("soon", "UTC", None);
    }

    #[test]
    fn it_happens_once() {
        let at = Timestamp::from_micros(5);
        let date = Date { at };
        assert_eq!(date.next_after(Timestamp::from_micros(4)), Some(at));
        assert_eq!(date.next_after(at), None);
    }
}
