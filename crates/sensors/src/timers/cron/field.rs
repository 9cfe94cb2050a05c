//! One field: `*`, `*/5`, `3`, `1-5`, `10-20/2`, `mon-fri`, and lists of them.

use crate::timers::schedule::ScheduleError;

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldKind {
    pub(super) name: &'static str,
    pub(super) lowest: i16,
    pub(super) highest: i16,
    /// Names for the values from `lowest` on.
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
pub(super) const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub(super) const YEAR: FieldKind = FieldKind { name: "year", lowest: 1970, highest: 9999, names: &[] };
pub(super) const MONTH: FieldKind = FieldKind { name: "month", lowest: 1, highest: 12, names: &MONTHS };
pub(super) const DAY: FieldKind = FieldKind { name: "day", lowest: 1, highest: 31, names: &[] };
pub(super) const WEEK: FieldKind = FieldKind { name: "week", lowest: 1, highest: 53, names: &[] };
pub(super) const DAY_OF_WEEK: FieldKind = FieldKind { name: "day_of_week", lowest: 0, highest: 6, names: &WEEKDAYS };
pub(super) const HOUR: FieldKind = FieldKind { name: "hour", lowest: 0, highest: 23, names: &[] };
pub(super) const MINUTE: FieldKind = FieldKind { name: "minute", lowest: 0, highest: 59, names: &[] };
pub(super) const SECOND: FieldKind = FieldKind { name: "second", lowest: 0, highest: 59, names: &[] };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: i16,
    last: i16,
    step: i16,
}

/// A set of values.
#[derive(Debug, Clone)]
pub(super) struct Field {
    kind: FieldKind,
    ranges: Vec<Range>,
}

impl Field {
    pub(super) fn read(kind: FieldKind, expressions: &str) -> Result<Self, ScheduleError> {
        let ranges = expressions.split(',').map(|expression| kind.range(expression.trim()));
        Ok(Self { kind, ranges: ranges.collect::<Result<_, _>>()? })
    }

    pub(super) fn has(&self, value: i16) -> bool {
        self.ranges
            .iter()
            .any(|range| (range.first..=range.last).contains(&value) && (value - range.first) % range.step == 0)
    }

    /// Returns the smallest value of the field from `value` on.
    pub(super) fn next(&self, value: i16) -> Option<i16> {
        (value.max(self.kind.lowest)..=self.kind.highest).find(|value| self.has(*value))
    }

    /// True if the field has every value.
    pub(super) fn is_any(&self) -> bool {
        (self.kind.lowest..=self.kind.highest).all(|value| self.has(value))
    }
}

impl FieldKind {
    fn range(self, expression: &str) -> Result<Range, ScheduleError> {
        let unknown = || self.unknown(expression);
        let (values, step) = match expression.split_once('/') {
            Some((values, step)) => (values, Some(digits(step).filter(|step| *step > 0).ok_or_else(unknown)?)),
            None => (expression, None),
        };
        let (first, last) = match values.split_once('-') {
            _ if values == "*" => (self.lowest, self.highest),
            Some((first, last)) => (self.value(first).ok_or_else(unknown)?, self.value(last).ok_or_else(unknown)?),
            None => {
                let first = self.value(values).ok_or_else(unknown)?;
                (first, if step.is_some() { self.highest } else { first })
            }
        };
        let step = step.unwrap_or(1);
        let (lowest, highest) = (self.lowest, self.highest);
        let reason = if first > last {
            Some("the minimum value in a range must not be higher than the maximum".to_owned())
        } else if first < lowest {
            Some(format!("the first value ({first}) is lower than the minimum value ({lowest})"))
        } else if last > highest {
            Some(format!("the last value ({last}) is higher than the maximum value ({highest})"))
        } else if step > 1 && step > last - first {
            Some(format!("the step value ({step}) is higher than the total range of the expression ({})", last - first))
        } else {
            None
        };
        match reason {
            None => Ok(Range { first, last, step }),
            Some(reason) => Err(ScheduleError::UnfitExpression { expression: expression.to_owned(), reason }),
        }
    }

    fn unknown(self, expression: &str) -> ScheduleError {
        let kind = match self.name {
            "month" => "month",
            "day_of_week" => "weekday",
            field => return ScheduleError::UnknownExpression { field, expression: expression.to_owned() },
        };
        ScheduleError::UnknownName { kind, name: expression.to_owned() }
    }

    fn value(self, text: &str) -> Option<i16> {
        let named = self.names.iter().zip(self.lowest..).find(|(name, _)| text.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value).or_else(|| digits(text))
    }
}

fn digits(text: &str) -> Option<i16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: FieldKind, expressions: &str, expected: &[i16]) {
        let field = Field::read(kind, expressions).unwrap();
        let values: Vec<i16> = (kind.lowest..=kind.highest).filter(|value| field.has(*value)).collect();
        assert_eq!(values, expected, "{} {expressions}", kind.name);
    }

    #[test]
    fn expressions_are_sets() {
        check(HOUR, "3", &[3]);
        check(MINUTE, "*/20", &[0, 20, 40]);
        check(MINUTE, "50/3", &[50, 53, 56, 59]);
        check(MINUTE, "10-20/4, 58", &[10, 14, 18, 58]);
        check(DAY, "*/10", &[1, 11, 21, 31]);
        check(MONTH, "jan-mar,DEC", &[1, 2, 3, 12]);
        check(DAY_OF_WEEK, "mon-fri", &[0, 1, 2, 3, 4]);
        check(DAY_OF_WEEK, "6,Sun", &[6]);
    }

    #[test]
    fn mistakes_are_told_as_stackstorm_tells_them() {
        for (kind, expression, text) in [
            (
                MINUTE,
                "99",
                "Error validating expression '99': the last value (99) is higher than the maximum value (59)",
            ),
            (DAY, "0", "Error validating expression '0': the first value (0) is lower than the minimum value (1)"),
            (MONTH, "foo", "Invalid month name \"foo\""),
            (HOUR, "noon", "Unrecognized expression \"noon\" for field \"hour\""),
        ] {
            assert_eq!(Field::read(kind, expression).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for (kind, expression) in [
            (HOUR, "24"),
            (HOUR, ""),
            (HOUR, "5-3"),
            (HOUR, "*/0"),
            (HOUR, "*/24"),
            (HOUR, "-1"),
            (MINUTE, "5-"),
            (MONTH, "0"),
            (MONTH, "janfeb"),
            (DAY_OF_WEEK, "7"),
            (YEAR, "99999"),
        ] {
            assert!(Field::read(kind, expression).is_err(), "{} {expression}", kind.name);
        }
    }
}
