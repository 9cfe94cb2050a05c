//! What waits for the disk by itself, and what shares the sync of what comes next. That the difference harms nothing is shown by row K4
//! of the fault matrix.

use std::sync::Arc;

use squall_model::{Id, Status, Timestamp};
use squall_store::{Document, Write};
use squall_testkit::{action, execution, snapshot};

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

/// Returns the statuses that may be lost with the power.
fn not_urgent(runner: &str) -> Vec<Status> {
    let may_wait = |status: &Status| {
        let mut moved = execution("moved", NOW);
        moved.snapshot = snapshot("core", "moved", runner);
        moved.status = *status;
        Write::UpdateExecution(Arc::new(moved)).may_be_decided_again()
    };
    Status::ALL.into_iter().filter(may_wait).collect()
}

#[test]
fn an_action_is_on_disk_before_it_runs_and_a_workflow_before_its_first_action_does() {
    assert_eq!(not_urgent("local-shell-cmd"), [Status::Scheduled]);
    assert_eq!(not_urgent("orquesta"), [Status::Scheduled, Status::Running]);
}

#[test]
fn what_a_client_asked_for_waits_for_the_disk_and_what_a_workflow_asks_for_waits_for_its_start() {
    let asked = execution("asked", NOW);
    let mut task = execution("task", NOW);
    task.workflow_execution = Some(Id::derived(&["workflow"]));
    assert!(!Write::CreateExecution(Arc::new(asked)).may_be_decided_again());
    assert!(Write::CreateExecution(Arc::new(task)).may_be_decided_again());
    let document = Document::of(&action("core", "changed", "noop")).expect("a document");
    assert!(!Write::Insert(document.clone()).may_be_decided_again());
    assert!(!Write::Put(document).may_be_decided_again());
}
