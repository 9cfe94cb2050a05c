//! The parameters of a timer trigger, read: when is the next slot? Counterpart: st2reactor/timer/base.py.

use jiff::tz::TimeZone;
use serde_json::Value;
use squall_model::{Map, Timestamp};

use super::cron::Cron;
use super::date::Date;
use super::interval::Interval;

pub(crate) const INTERVAL: &str = "core.st2.IntervalTimer";
pub(crate) const DATE: &str = "core.st2.DateTimer";
pub(crate) const CRON: &str = "core.st2.CronTimer";

/// Why a timer can't be scheduled; the rule that asks for it must be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("\"{0}\" is not the type of a timer")]
    NotATimer(String),
    #[error("the parameter \"{0}\" is missing")]
    Missing(&'static str),
    #[error("the unit \"{0}\" is none of weeks, days, hours, minutes, seconds")]
    UnknownUnit(String),
    #[error("an interval must be a whole number of {unit} above zero and below a thousand years, not {delta}")]
    UnfitInterval { unit: String, delta: String },
    #[error("\"{0}\" is not a date")]
    InvalidDate(String),
    #[error("the time zone \"{0}\" is not known")]
    UnknownTimeZone(String),
    // The texts for fields of cron are those that StackStorm's API answers with.
    #[error("Unrecognized expression \"{expression}\" for field \"{field}\"")]
    UnknownExpression { field: &'static str, expression: String },
    #[error("Invalid {kind} name \"{name}\"")]
    UnknownName { kind: &'static str, name: String },
    #[error("Error validating expression '{expression}': {reason}")]
    UnfitExpression { expression: String, reason: String },
}

/// When a timer fires.
#[derive(Debug, Clone)]
pub struct Schedule(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Interval(Interval),
    Date(Date),
    Cron(Box<Cron>),
}

impl Schedule {
    /// Reads the parameters of a trigger of this type. Intervals count from `since`.
    pub fn read(
        trigger_type: &str,
        parameters: &Map,
        since: Timestamp,
        local_timezone: &str,
    ) -> Result<Self, ScheduleError> {
        let zone = || time_zone(parameters, local_timezone);
        let kind = match trigger_type {
            INTERVAL => Kind::Interval(Interval::read(parameters, since)?),
            DATE => Kind::Date(Date::read(parameters, &zone()?)?),
            CRON => Kind::Cron(Box::new(Cron::read(parameters, zone()?)?)),
            other => return Err(ScheduleError::NotATimer(other.to_owned())),
        };
        Ok(Self(kind))
    }

    /// Returns the first slot after the moment.
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        match &self.0 {
            Kind::Interval(interval) => interval.next_after(moment),
            Kind::Date(date) => date.next_after(moment),
            Kind::Cron(cron) => cron.next_after(moment),
        }
    }
}

/// Returns why a cron timer can't have these parameters. The other timers are judged when they are started, as in StackStorm.
pub fn refused_cron(trigger_type: &str, parameters: &Map) -> Option<String> {
    if trigger_type != CRON {
        return None;
    }
    Cron::read(parameters, TimeZone::UTC).err().map(|error| error.to_string())
}

fn time_zone(parameters: &Map, local: &str) -> Result<TimeZone, ScheduleError> {
    let name = parameters.get("timezone").and_then(Value::as_str).filter(|name| !name.is_empty()).unwrap_or(local);
    if name == "local" {
        return Ok(TimeZone::system());
    }
    TimeZone::get(name).map_err(|_| ScheduleError::UnknownTimeZone(name.to_owned()))
}
