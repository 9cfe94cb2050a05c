//! For tests only: the manual clock, port suites, builders.

mod build;
pub mod bus_suite;
mod clock;
mod sandbox;
pub mod store_suite;
mod torn;

pub use build::{action, execution, runner_type, snapshot};
pub use clock::ManualClock;
pub use sandbox::{Sandbox, TimePasses, eventually};
pub use torn::{Tear, TornStore, tears};
