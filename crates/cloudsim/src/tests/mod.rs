//! Drives a simulator over real HTTP on a port that the system chose, with a clock that only tests move.

mod alerts;
mod chef_and_slack;
mod dns;
mod faults;
mod harness;
mod load_balancers;
mod servers;
