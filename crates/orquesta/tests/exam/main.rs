//! The second exam: answers recorded from the Python original. They are not part of this repository; where they are
//! absent the exam says so and passes. `known_differences.txt` lists what differs, and may only shrink.

mod compare;
mod conduct;
mod definitions;
mod expressions;
mod paper;

use compare::verdict;
use paper::Paper;

#[test]
fn state_machines() {
    Paper::new("orq_state_machine").check(verdict);
    Paper::new("orq_transition_valid").check(verdict);
}

#[test]
fn definitions() {
    Paper::new("orq_inline_params").check(verdict);
    Paper::new("orq_instantiate").check(definitions::instantiate);
    Paper::new("orq_instantiate_versioned").check(definitions::instantiate);
    Paper::new("orq_inspect").check(definitions::inspect);
    Paper::new("orq_compose").check(verdict);
}

#[test]
fn expressions() {
    Paper::new("orq_evaluate").check(verdict);
    Paper::new("orq_validate").check(expressions::validate);
    Paper::new("orq_extract_vars").check(expressions::extract_variables);
}

#[test]
fn conducting() {
    Paper::new("orq_conduct").check(conduct::trace);
    Paper::new("auto_conduct").check(conduct::trace);
}
