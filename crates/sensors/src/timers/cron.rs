//! `core.st2.CronTimer`: the cron of APScheduler, from seconds to years. Counterpart: apscheduler/triggers/cron.
//!
//! Where the clocks jump, each slot fires once: what falls into a skipped hour fires when it is over, and an hour that comes twice
//! counts the first time. A timer that runs in every hour goes by the hours that there are.

mod days;
mod field;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Moment, ToSpan, Zoned};
use serde_json::Value;
use squall_model::{Map, Timestamp};

use super::schedule::ScheduleError;
use days::Days;
use field::{Field, HOUR, MINUTE, SECOND};

#[derive(Debug, Clone)]
pub(super) struct Cron {
    zone: TimeZone,
    days: Days,
    hours: Field,
    minutes: Field,
    seconds: Field,
}

/// The fields from the most to the least significant, with what a field is that stands behind the last given one.
const FIELDS: [(&str, &str); 8] = [
    ("year", "*"),
    ("month", "1"),
    ("day", "1"),
    ("week", "*"),
    ("day_of_week", "*"),
    ("hour", "0"),
    ("minute", "0"),
    ("second", "0"),
];

impl Cron {
    pub(super) fn read(parameters: &Map, zone: TimeZone) -> Result<Self, ScheduleError> {
        let given = |name: &str| parameters.get(name).filter(|value| !value.is_null()).map(text);
        let last_given = FIELDS.iter().rposition(|(name, _)| given(name).is_some());
        let expression = |name: &str| {
            let place = FIELDS.iter().position(|(field, _)| *field == name).unwrap_or_default();
            given(name).unwrap_or_else(|| {
                let is_behind = last_given.is_some_and(|last| place > last);
                if is_behind { FIELDS[place].1.to_owned() } else { "*".to_owned() }
            })
        };
        Ok(Self {
            zone,
            days: Days::read(expression)?,
            hours: Field::read(HOUR, &expression("hour"))?,
            minutes: Field::read(MINUTE, &expression("minute"))?,
            seconds: Field::read(SECOND, &expression("second"))?,
        })
    }

    pub(super) fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let moment = moment.to_jiff();
        let found =
            if self.hours.is_any() { self.next_by_the_clock(moment) } else { self.next_by_the_calendar(moment) };
        found.map(Timestamp::from_jiff)
    }

    /// Goes through the hours as they pass, so that one which comes twice counts twice.
    fn next_by_the_clock(&self, moment: Moment) -> Option<Moment> {
        let mut candidate = next_second(moment)?.to_zoned(self.zone.clone());
        loop {
            let date = self.days.on_or_after(candidate.date())?;
            if date != candidate.date() {
                candidate = date.to_zoned(self.zone.clone()).ok()?;
                continue;
            }
            match (self.minutes.next(candidate.minute().into()), self.seconds.next(candidate.second().into())) {
                (Some(minute), _) if minute > candidate.minute().into() => {
                    let wait = i64::from(minute) - i64::from(candidate.minute());
                    candidate = later(&candidate, wait * 60 - i64::from(candidate.second()))?;
                }
                (Some(_), Some(second)) => {
                    let wait = i64::from(second) - i64::from(candidate.second());
                    return later(&candidate, wait).map(|zoned| zoned.timestamp());
                }
                (Some(_), None) => candidate = later(&candidate, 60 - i64::from(candidate.second()))?,
                (None, _) => {
                    let rest = 3600 - i64::from(candidate.minute()) * 60 - i64::from(candidate.second());
                    candidate = later(&candidate, rest)?;
                }
            }
        }
    }

    /// Goes through the times that the calendar names.
    fn next_by_the_calendar(&self, moment: Moment) -> Option<Moment> {
        // One second on by the local clock, which may lie in a gap that the next moment is behind.
        let whole = Moment::from_second(moment.as_microsecond().div_euclid(1_000_000)).ok()?;
        let mut local = whole.to_zoned(self.zone.clone()).datetime().checked_add(1.second()).ok()?;
        loop {
            let named = self.next_local(local)?;
            let slot = self.moment_of(named)?;
            if slot > moment {
                return Some(slot);
            }
            local = named.checked_add(1.second()).ok()?;
        }
    }

    /// Returns the first local time from `from` on that the fields name.
    fn next_local(&self, from: DateTime) -> Option<DateTime> {
        let mut from = from;
        loop {
            let date = self.days.on_or_after(from.date())?;
            if date != from.date() {
                from = date.to_datetime(jiff::civil::Time::midnight());
            }
            if let Some((hour, minute, second)) = self.time_from(from.hour(), from.minute(), from.second()) {
                return Some(date.at(hour, minute, second, 0));
            }
            from = date.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight());
        }
    }

    fn time_from(&self, hour: i8, minute: i8, second: i8) -> Option<(i8, i8, i8)> {
        let first = |field: &Field| field.next(0);
        let next_hour = self.hours.next(hour.into())?;
        if next_hour > hour.into() {
            return time(next_hour, first(&self.minutes)?, first(&self.seconds)?);
        }
        if let Some(next_minute) = self.minutes.next(minute.into()) {
            if next_minute > minute.into() {
                return time(next_hour, next_minute, first(&self.seconds)?);
            }
            if let Some(next_second) = self.seconds.next(second.into()) {
                return time(next_hour, next_minute, next_second);
            }
            if let Some(next_minute) = self.minutes.next(i16::from(minute) + 1) {
                return time(next_hour, next_minute, first(&self.seconds)?);
            }
        }
        let next_hour = self.hours.next(i16::from(hour) + 1)?;
        time(next_hour, first(&self.minutes)?, first(&self.seconds)?)
    }

    /// Returns the moment of a local time: the first of two, and the end of a gap for a time in it.
    fn moment_of(&self, local: DateTime) -> Option<Moment> {
        use jiff::tz::AmbiguousOffset as Offset;
        let ambiguous = self.zone.to_ambiguous_zoned(local);
        match ambiguous.offset() {
            Offset::Gap { before, after } => {
                // With the offset of before, the local time lies behind the jump by as much as it lies in the gap.
                let instant = before.to_timestamp(local).ok()?;
                let jump =
                    self.zone.preceding(instant.checked_add(1.second()).ok()?).next().map(|found| found.timestamp());
                Some(jump.unwrap_or(after.to_timestamp(local).ok()?))
            }
            Offset::Unambiguous { .. } | Offset::Fold { .. } => ambiguous.earlier().ok().map(|zoned| zoned.timestamp()),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

fn time(hour: i16, minute: i16, second: i16) -> Option<(i8, i8, i8)> {
    Some((i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?))
}

fn next_second(moment: Moment) -> Option<Moment> {
    Moment::from_second(moment.as_microsecond().div_euclid(1_000_000).checked_add(1)?).ok()
}

fn later(zoned: &Zoned, seconds: i64) -> Option<Zoned> {
    zoned.checked_add(seconds.seconds()).ok()
}

#[cfg(test)]
mod tests;
