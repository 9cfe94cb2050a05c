//! Texts to dates: by a format, or by guessing as dateutil does. Of its guesses the usual written forms are known.

use jiff::civil;
use jiff::fmt::strtime::BrokenDownTime;

use crate::error::EvaluationError;
use crate::evaluate::Outcome;
use crate::value::Datetime;

pub(super) fn with_format(text: &str, format: &str) -> Outcome<Datetime> {
    let parsed = BrokenDownTime::parse(format, text).ok().and_then(|parts| broken_down(&parts));
    parsed.ok_or_else(|| EvaluationError::value_error(format!("time data '{text}' does not match format '{format}'")))
}

fn broken_down(parts: &BrokenDownTime) -> Option<Datetime> {
    let date = civil::Date::new(parts.year().unwrap_or(1900), parts.month().unwrap_or(1), parts.day().unwrap_or(1));
    let date = parts.to_date().or(date).ok()?;
    let time = parts.to_time().unwrap_or(civil::Time::midnight());
    let offset_seconds = parts.offset().map_or(0, |offset| offset.seconds());
    Some(Datetime { civil: date.to_datetime(time), offset_seconds })
}

/// Date forms that are tried on what stands before the time.
const DATES: [&str; 22] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d %Y",
    "%b %d %Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d-%b-%Y",
    "%a, %d %b %Y",
    "%a %b %d %Y",
    "%A, %B %d, %Y",
    "%A %d %B %Y",
    "%Y %b %d",
    "%d/%m/%Y",
    "%Y-%m",
];
const TIMES: [&str; 9] =
    ["", "%H:%M:%S%.f", "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M%p", "%I %p", "%H%M%S"];
const ZONES: [&str; 4] = ["", "%:z", "%z", " %z"];

pub(super) fn guess(text: &str) -> Outcome<Datetime> {
    let trimmed = text.trim().replace(',', ", ").replace(",  ", ", ");
    let zulu =
        trimmed.strip_suffix('Z').or_else(|| trimmed.strip_suffix(" UTC")).or_else(|| trimmed.strip_suffix(" GMT"));
    let bare = zulu.unwrap_or(&trimmed);
    let unified = unify_separator(bare);
    for date in DATES {
        for time in TIMES {
            for zone in ZONES {
                if zulu.is_some() && !zone.is_empty() {
                    continue;
                }
                let separator = if time.is_empty() { "" } else { " " };
                let format = format!("{date}{separator}{time}{zone}");
                let parsed = BrokenDownTime::parse(&format, &unified).ok();
                if let Some(found) = parsed.and_then(|parts| broken_down(&parts)) {
                    return Ok(found);
                }
            }
        }
    }
    Err(EvaluationError::new("ParserError", format!("Unknown string format: {text}")))
}

/// `2020-01-02T03:04` with a blank for the `T`.
fn unify_separator(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    match text.find('T') {
        Some(index) if index > 0 && is_digit(index - 1) && is_digit(index + 1) => {
            format!("{} {}", &text[..index], &text[index + 1..])
        }
        _ => text.to_owned(),
    }
}
