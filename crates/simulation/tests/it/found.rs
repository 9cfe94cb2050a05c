//! Bugs that schedules found, each with the seed that showed it. A seed says the same as long as the models draw the same numbers;
//! when they change, this list still says what to look for.

use squall_simulation::{Options, run};

const FOUND: &[(&str, u64)] = &[
    ("a workflow that paused just before its engine died stays `pausing`", 2072),
    ("the news that an inner workflow paused gets lost, and the outer one waits for ever", 2375),
    ("an engine whose memory is older than the log takes news for repetitions", 2772),
    ("a late start message ends the pause of a workflow", 2060),
    ("an engine announces its own version of an execution that another had stored before", 2674),
    ("a canceled workflow hears of its last action and tries for ever to end otherwise", 617),
    ("a cancellation that comes while the action's dead runner is noticed is passed over", 61264),
];

#[test]
fn what_was_found_stays_fixed() {
    for (symptom, seed) in FOUND {
        let report = run(*seed, Options::default());
        assert!(report.violations.is_empty(), "again: {symptom} (seed {seed}): {:#?}", report.violations);
    }
}
