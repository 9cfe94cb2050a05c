//! What is printed.

use std::fmt;

use crate::processor;

pub(crate) const HEAD: &str = "| what | aim | Squall | original | ratio |\n|---|---|---|---|---|";

/// One line; times are seconds for the unit that `what` names.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) aim: &'static str,
    pub(crate) ours: f64,
    /// None where there is nothing to compare with.
    pub(crate) original: Option<f64>,
}

impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, aim, ours, original } = self;
        let (theirs, ratio) = match original {
            Some(original) => (duration(*original), format!("{:.1}", original / ours)),
            None => Default::default(),
        };
        write!(formatter, "| {what} | {aim} | {} | {theirs} | {ratio} |", duration(*ours))
    }
}

pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1e-3 => format!("{:.2} µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{:.2} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}

/// Samples of which the best counts, and how long one takes at least: the kernel's account moves in steps of milliseconds.
const SAMPLES: usize = 5;
const SAMPLE_MILLISECONDS: f64 = 200.0;

/// Returns the seconds on a processor that a round takes.
pub(crate) fn best(mut round: impl FnMut()) -> f64 {
    round();
    let mut sample = |rounds: u32| {
        let start = processor::milliseconds();
        (0..rounds).for_each(|_| round());
        processor::milliseconds() - start
    };
    let mut rounds = 1;
    while sample(rounds) < SAMPLE_MILLISECONDS {
        rounds *= 2;
    }
    let best = (0..SAMPLES).map(|_| sample(rounds)).fold(f64::INFINITY, f64::min);
    best / 1e3 / f64::from(rounds)
}
