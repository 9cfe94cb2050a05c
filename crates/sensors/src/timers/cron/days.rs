//! The fields that name days: year, month, day (also `last`, `2nd fri`, `last sun`), week, day of week. All must agree.

use jiff::civil::{Date, Weekday};

use super::field::{DAY, DAY_OF_WEEK, Field, MONTH, WEEK, WEEKDAYS, YEAR};
use crate::timers::schedule::ScheduleError;

#[derive(Debug, Clone)]
pub(super) struct Days {
    years: Field,
    months: Field,
    days: Vec<DayOfMonth>,
    weeks: Field,
    weekdays: Field,
}

#[derive(Debug, Clone)]
enum DayOfMonth {
    Number(Field),
    Last,
    /// The first (0) to fifth weekday of its kind in a month, or the last.
    Weekday {
        place: Option<i8>,
        weekday: Weekday,
    },
}

const PLACES: [&str; 5] = ["1st", "2nd", "3rd", "4th", "5th"];

impl Days {
    pub(super) fn read(expression: impl Fn(&str) -> String) -> Result<Self, ScheduleError> {
        let days = expression("day").split(',').map(|day| DayOfMonth::read(day.trim())).collect::<Result<_, _>>()?;
        Ok(Self {
            years: Field::read(YEAR, &expression("year"))?,
            months: Field::read(MONTH, &expression("month"))?,
            days,
            weeks: Field::read(WEEK, &expression("week"))?,
            weekdays: Field::read(DAY_OF_WEEK, &expression("day_of_week"))?,
        })
    }

    /// Returns the first day from `date` on that all fields name.
    pub(super) fn on_or_after(&self, date: Date) -> Option<Date> {
        let mut date = date;
        loop {
            let year = self.years.next(date.year())?;
            if year > date.year() {
                date = Date::new(year, 1, 1).ok()?;
            }
            match self.months.next(date.month().into()) {
                None => date = Date::new(date.year().checked_add(1)?, 1, 1).ok()?,
                Some(month) if month > date.month().into() => {
                    date = Date::new(date.year(), i8::try_from(month).ok()?, 1).ok()?;
                }
                Some(_) if self.has(date) => return Some(date),
                Some(_) => date = date.tomorrow().ok()?,
            }
        }
    }

    fn has(&self, date: Date) -> bool {
        self.weekdays.has(date.weekday().to_monday_zero_offset().into())
            && self.weeks.has(date.iso_week_date().week().into())
            && self.days.iter().any(|day| day.is(date))
    }
}

impl DayOfMonth {
    fn read(expression: &str) -> Result<Self, ScheduleError> {
        if expression.eq_ignore_ascii_case("last") {
            return Ok(Self::Last);
        }
        let Some((place, weekday)) = expression.split_once(' ') else {
            return Field::read(DAY, expression).map(Self::Number);
        };
        let unknown = || ScheduleError::UnknownExpression { field: "day", expression: expression.to_owned() };
        let weekday = WEEKDAYS.iter().zip(0..).find(|(name, _)| weekday.trim().eq_ignore_ascii_case(name));
        let weekday =
            weekday.and_then(|(_, number)| Weekday::from_monday_zero_offset(number).ok()).ok_or_else(unknown)?;
        if place.eq_ignore_ascii_case("last") {
            return Ok(Self::Weekday { place: None, weekday });
        }
        let place = PLACES.iter().zip(0..).find(|(name, _)| place.eq_ignore_ascii_case(name)).ok_or_else(unknown)?.1;
        Ok(Self::Weekday { place: Some(place), weekday })
    }

    fn is(&self, date: Date) -> bool {
        match self {
            Self::Number(field) => field.has(date.day().into()),
            Self::Last => date.day() == date.days_in_month(),
            Self::Weekday { place, weekday } => {
                date.weekday() == *weekday
                    && match place {
                        Some(place) => (date.day() - 1) / 7 == *place,
                        None => date.day() + 7 > date.days_in_month(),
                    }
            }
        }
    }
}
