//! `core.st2.IntervalTimer`: every so many units, counted from the moment a rule began to use the timer.

use serde_json::Value;
use squall_model::{Map, Timestamp};

use super::schedule::ScheduleError;

const LONGEST_SECONDS: u64 = 1000 * 366 * 86_400;

#[derive(Debug, Clone)]
pub(super) struct Interval {
    since: Timestamp,
    period: i64,
}

impl Interval {
    pub(super) fn read(parameters: &Map, since: Timestamp) -> Result<Self, ScheduleError> {
        let unit = parameters.get("unit").and_then(Value::as_str).ok_or(ScheduleError::Missing("unit"))?;
        let delta = parameters.get("delta").ok_or(ScheduleError::Missing("delta"))?;
        let unit_seconds: u64 = match unit {
            "weeks" => 7 * 86_400,
            "days" => 86_400,
            "hours" => 3600,
            "minutes" => 60,
            "seconds" => 1,
            other => return Err(ScheduleError::UnknownUnit(other.to_owned())),
        };
        let unfit = || ScheduleError::UnfitInterval { unit: unit.to_owned(), delta: delta.to_string() };
        // The original takes an interval of nothing for one second.
        let count = delta.as_u64().ok_or_else(unfit)?;
        let seconds =
            count.checked_mul(unit_seconds).filter(|seconds| *seconds <= LONGEST_SECONDS).ok_or_else(unfit)?;
        let period = i64::try_from(seconds.max(1) * 1_000_000).map_err(|_| unfit())?;
        Ok(Self { since, period })
    }

    pub(super) fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let elapsed = moment.as_micros().saturating_sub(self.since.as_micros()).max(0);
        let slots = elapsed / self.period + 1;
        let offset = slots.checked_mul(self.period)?;
        self.since.as_micros().checked_add(offset).map(Timestamp::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SINCE: Timestamp = Timestamp::from_micros(1_767_225_600_500_000);

    fn read(parameters: &Value) -> Result<Interval, ScheduleError> {
        Interval::read(parameters.as_object().unwrap(), SINCE)
    }

    #[test]
    fn slots_count_from_the_first_use() {
        let interval = read(&json!({"unit": "minutes", "delta": 2})).unwrap();
        let later = |seconds: i64| Timestamp::from_micros(SINCE.as_micros() + seconds * 1_000_000);
        for (moment, slot) in [(0, 120), (119, 120), (120, 240), (1000, 1080), (-50, 120)] {
            assert_eq!(interval.next_after(later(moment)), Some(later(slot)), "after {moment} s");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for parameters in [
            json!({"unit": "seconds"}),
            json!({"delta": 5}),
            json!({"unit": "fortnights", "delta": 5}),
            json!({"unit": "seconds", "delta": -5}),
            json!({"unit": "seconds", "delta": 1.5}),
            json!({"unit": "weeks", "delta": u64::MAX}),
        ] {
            assert!(read(&parameters).is_err(), "{parameters}");
        }
    }
}
