//! Times for people: `Mon, 01 Jan 2024 10:00:00 UTC`, in the time zone of the configuration.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Reads a time as the API writes it; a time without a zone is UTC.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

/// The time for people; text that is no time stays as it is.
pub(crate) fn format(text: &str, timezone: &str) -> String {
    let Some(timestamp) = parse(text) else { return text.to_owned() };
    let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
    timestamp.to_zoned(zone).strftime("%a, %d %b %Y %H:%M:%S %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_in_the_zone_of_the_user() {
        let cases = [
            ("2024-01-01T10:00:00.123456Z", "UTC", "Mon, 01 Jan 2024 10:00:00 UTC"),
            ("2024-01-01 10:00:00+00:00", "Europe/Berlin", "Mon, 01 Jan 2024 11:00:00 CET"),
            ("2024-01-01T10:00:00", "UTC", "Mon, 01 Jan 2024 10:00:00 UTC"),
            ("soon", "UTC", "soon"),
        ];
        for (text, timezone, expected) in cases {
            assert_eq!(format(text, timezone), expected);
        }
    }
}
