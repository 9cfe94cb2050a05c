//! Sensor processes: every enabled sensor runs, supervised, and is told what it must know.
//! Counterpart: st2reactor/container/manager.py.

mod events;
mod lease;
mod report;
mod request;
mod running;
mod service;

pub use service::SensorContainer;
