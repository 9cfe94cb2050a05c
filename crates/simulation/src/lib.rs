//! Deterministic simulation: the real services of one to three processes, on models of store, bus and clock, with everything that can
//! go wrong, and one seed that decides what does.
//!
//! [`run`] runs one schedule until nothing is left to do and says what was wrong in the end. The same seed is the same schedule, step
//! for step. Why it is so: docs/adr/0008.

mod bus;
mod checks;
mod client;
mod dice;
mod director;
mod executor;
mod journal;
mod outcome;
mod pack;
mod plan;
mod process;
mod run;
mod runner;
mod sim;
mod store;
mod time;

pub use run::{Report, run};

/// Returns an empty store without troubles: the model must pass the suite of the port.
pub fn store_without_trouble() -> squall_store::Store {
    store::store_of(&sim::Sim::without_trouble(), sim::WORLD)
}

/// How to run a schedule.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Keep what happened, line by line.
    pub keep_journal: bool,
    pub mutation: Option<Mutation>,
}

/// A lie that a model tells, to see whether the checks notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// A stale update of an execution is taken: there is no fence.
    RevisionsDoNotMatter,
    /// Two engines may append the same number.
    NumbersAreTakenTwice,
    /// Creating an execution again overwrites it.
    CreatesAgain,
    /// The store says that a batch is written when it is not.
    AnswersBeforeWriting,
    /// Sweeps find nothing.
    BlindSweeps,
    /// Heartbeats count for ever.
    TheDeadLive,
    /// Every other process counts as dead.
    TheLivingAreDead,
}

impl Mutation {
    pub const ALL: [Self; 7] = [
        Self::RevisionsDoNotMatter,
        Self::NumbersAreTakenTwice,
        Self::CreatesAgain,
        Self::AnswersBeforeWriting,
        Self::BlindSweeps,
        Self::TheDeadLive,
        Self::TheLivingAreDead,
    ];
}
