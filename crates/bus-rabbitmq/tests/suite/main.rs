//! The suite of the bus port on RabbitMQ, and what only RabbitMQ has.

#[path = "../support/mod.rs"]
mod support;

mod broker;
mod port;
