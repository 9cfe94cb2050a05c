//! A tiny server with canned answers, and a world without clock, terminal or home for the commands to run in.

#![allow(dead_code, reason = "every test binary uses its own part of the harness")]

pub(crate) mod server;
pub(crate) mod world;
