//! Bad days, end to end: the server is killed again and again while a group lives its life, the database is locked by somebody else,
//! the disk takes no more.
//!
//! `SQUALL_FAULTS_KILLS` sets how often the server is killed, `SQUALL_FAULTS_SEED` replays the moments of a run that failed.

#[path = "../support/mod.rs"]
mod support;

mod aftermath;
mod first_start;
mod full_disk;
mod journal;
mod killer;
mod life_cycle;
mod locked_database;
mod progress;
mod strays;
