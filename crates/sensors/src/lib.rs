//! Sources of events: timers and sensor processes. Counterparts: st2reactor/timer/, st2reactor/container/.
//!
//! Invariant of timers: a slot is one event, whoever fires it and however often, because the event's id follows from trigger and slot.

mod timers;

pub use timers::{MisfirePolicy, Schedule, ScheduleError, Timers};
