//! The checks can fail: each lie of a model is found within so many schedules.

use squall_simulation::{Mutation, Options, run};

const MOST: u64 = 3_000;

fn is_noticed(mutation: Mutation) -> bool {
    let options = Options { mutation: Some(mutation), ..Options::default() };
    (0..MOST).any(|seed| !run(seed, options).violations.is_empty())
}

#[test]
fn every_lie_of_a_model_is_noticed() {
    let unnoticed: Vec<Mutation> = Mutation::ALL.into_iter().filter(|mutation| !is_noticed(*mutation)).collect();
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
}
