//! Sources of events: timers and sensor processes. Counterparts: st2reactor/timer/, st2reactor/container/.
//!
//! Invariant of timers: a slot is one event, whoever fires it and however often, because the event's id follows from trigger and slot.
//! Invariant of sensors: an enabled sensor is run by one living process, and its stored state says how it is.

mod container;
mod timers;

pub use container::SensorContainer;
pub use timers::{MisfirePolicy, Schedule, ScheduleError, Timers, refused_cron};
