//! Timers: what fires when, and the service that fires it.

mod clockwork;
mod cron;
mod date;
mod interval;
mod misfire;
mod schedule;
mod service;

pub use misfire::MisfirePolicy;
pub use schedule::{Schedule, ScheduleError, refused_cron};
pub use service::Timers;
