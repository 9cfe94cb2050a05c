//! One schedule, from its seed to its verdict.

use std::time::Duration;

use crate::executor::Executor;
use crate::sim::{Life, Sim};
use crate::{Options, checks, director, pack};

/// How long after the troubled time everything must have come to an end.
const LIMIT: Duration = Duration::from_secs(420);
/// How long nothing may happen before the world counts as done.
const CALM: Duration = Duration::from_secs(12);
/// More steps than any schedule needs: something goes round in circles.
const MOST_STEPS: u64 = 40_000;

/// What became of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub seed: u64,
    /// What must never be, and was.
    pub violations: Vec<String>,
    /// Two runs of a seed have the same.
    pub journal_hash: u64,
    pub steps: u64,
    pub executions: usize,
    /// Line by line, if it was asked for.
    pub journal: Vec<String>,
}

/// Runs the schedule of a seed.
pub fn run(seed: u64, options: Options) -> Report {
    let sim = Sim::new(seed, &options);
    director::begin(&sim);
    let mut executor = Executor::new(sim.clone());
    let mut steps = 0;
    let mut done_since: Option<Duration> = None;
    let mut violations = Vec::new();
    loop {
        if executor.step() {
            steps += 1;
            if steps >= MOST_STEPS {
                violations.push(format!("nothing comes to an end: {steps} steps in {:?}", sim.elapsed()));
                break;
            }
            continue;
        }
        let elapsed = sim.elapsed();
        if !is_done(&sim) {
            done_since = None;
        } else if elapsed >= *done_since.get_or_insert(elapsed) + CALM {
            break;
        }
        if elapsed > sim.plan.trouble + LIMIT {
            break;
        }
        let waking = sim.time.lock().advance();
        if waking.is_empty() {
            violations.push("nobody waits for anything".to_owned());
            break;
        }
        waking.into_iter().for_each(std::task::Waker::wake);
    }
    drop(executor);
    violations.extend(checks::violations(&sim));
    let executions = sim.store.lock().executions.len();
    sim.take_spawned();
    sim.processes.lock().clear();
    let (journal_hash, journal) = sim.journal();
    Report { seed, violations, journal_hash, steps, executions, journal }
}

/// True when nobody waits for anything any more. While no process runs nothing happens, which is not the same.
fn is_done(sim: &Sim) -> bool {
    let last = pack::DATES.last().filter(|_| sim.plan.timers);
    sim.elapsed() >= Duration::from_secs(last.copied().unwrap_or_default())
        && sim.outcomes.lock().open_calls == 0
        && no_process_is_missing(sim)
        && sim.bus.lock().is_empty()
        && !checks::has_open_work(&sim.store.lock())
}

fn no_process_is_missing(sim: &Sim) -> bool {
    // The first stands for the world.
    let processes = sim.processes.lock();
    let is_any = |life| processes.iter().skip(1).any(|process| process.life == life);
    is_any(Life::Runs) && !is_any(Life::Stands)
}
