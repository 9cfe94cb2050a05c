//! The whole of both tables, so that a change of one cell is seen.

use std::fmt::Write;

use super::{TaskEvent, WorkflowEvent, task, workflow};
use crate::status::Status;

fn grid() -> String {
    let mut grid = String::new();
    for from in Status::ALL {
        for event in WorkflowEvent::all() {
            if let Some(to) = workflow::next(from, event) {
                let _ = writeln!(grid, "workflow {from} {event} {to}");
            }
        }
    }
    for from in Status::ALL {
        for event in TaskEvent::all() {
            if let Some(to) = task::next(from, event) {
                let _ = writeln!(grid, "task {from} {event} {to}");
            }
        }
    }
    grid
}

#[test]
fn both_tables_are_as_recorded() {
    let (grid, recorded) = (grid(), include_str!("grid.txt"));
    let differences: Vec<&str> = grid
        .lines()
        .filter(|line| !recorded.lines().any(|known| known == *line))
        .chain(recorded.lines().filter(|line| !grid.lines().any(|known| known == *line)))
        .collect();
    assert!(differences.is_empty(), "cells that changed:\n{}", differences.join("\n"));
}

#[test]
fn what_has_ended_for_good_stays_so() {
    for event in WorkflowEvent::all() {
        assert_eq!(workflow::next(Status::Failed, event), None, "{event}");
        assert_eq!(workflow::next(Status::Canceled, event), None, "{event}");
    }
    for event in TaskEvent::all() {
        assert_eq!(task::next(Status::Canceled, event), None, "{event}");
    }
}
