//! The platform as a whole: the real binary, asked by the real `st2` client, by its own and by plain HTTP.

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod bad_input;
mod commands;
mod doctor;
mod events;
mod inquiries;
mod observing;
mod process;
mod refusals;
mod scenario;
mod secrets;
mod workflows;
