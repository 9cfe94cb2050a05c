//! The API over HTTP on a loopback port, with a store in memory and a clock that tests move.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod authentication;
mod doctor;
mod executions;
mod health;
mod inquiries;
mod keys;
mod refusals;
mod resources;
mod streams;
mod support;
mod traces;
mod webhooks;
