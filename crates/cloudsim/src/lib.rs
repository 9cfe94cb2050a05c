//! Simulator of the outside world: compute, DNS, load balancers, alerts, Chef, Slack.
//!
//! One listener on a loopback address answers in the shapes of Rackspace, New Relic, Chef and Slack, keeps state in
//! memory, journals every request before it answers and fails when told to. Routes and bodies: `docs/cloudsim.md`.
//!
//! Every service is a synchronous state machine behind one lock (`answer(call) -> reply`); only `server` and
//! `newrelic::delivery` know about sockets. Nothing runs in the background: an object's status is a function of the clock.

mod call;
mod chef;
mod clock;
mod compute;
mod control;
mod dns;
mod fault;
mod glob;
mod hangup;
mod identity;
mod ids;
mod journal;
mod load_balancers;
mod mask;
mod moment;
mod newrelic;
mod options;
mod reply;
mod server;
mod service;
mod slack;
mod tagged;
mod world;

#[cfg(test)]
mod tests;

pub use clock::{Clock, ManualClock, RealClock};
pub use moment::Moment;
pub use options::{Error, Options, Timings};
pub use server::{Cloudsim, Handle};
