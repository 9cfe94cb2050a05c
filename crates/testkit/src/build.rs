//! Builders with defaults: a test states only what matters to it.

use std::sync::Arc;

use squall_model::{Action, ActionSnapshot, Execution, Id, LogEntry, Map, RunnerType, Status, Timestamp};

pub fn runner_type(name: &str) -> RunnerType {
    RunnerType {
        name: name.to_owned(),
        description: None,
        uid: format!("runner_type:{name}"),
        enabled: true,
        runner_package: None,
        runner_module: name.to_owned(),
        runner_parameters: Map::new(),
        output_key: None,
        output_schema: Map::new(),
        id: Id::derived(&["runner_type", name]),
    }
}

pub fn action(pack: &str, name: &str, runner: &str) -> Action {
    Action {
        tags: Vec::new(),
        uid: String::new(),
        metadata_file: String::new(),
        name: name.to_owned(),
        reference: String::new(),
        description: None,
        enabled: true,
        entry_point: String::new(),
        pack: pack.to_owned(),
        runner_type: runner.to_owned(),
        parameters: Map::new(),
        output_schema: Map::new(),
        notify: Map::new(),
        id: Id::derived(&["action", pack, name]),
    }
    .with_references()
}

pub fn snapshot(pack: &str, name: &str, runner: &str) -> Arc<ActionSnapshot> {
    ActionSnapshot::new(action(pack, name, runner), runner_type(runner))
}

/// Returns a requested execution of `core.noop` whose id follows from `word`.
pub fn execution(word: &str, now: Timestamp) -> Execution {
    let id = Id::derived(&["execution", word]);
    Execution {
        id,
        liveaction_id: id.child("liveaction"),
        snapshot: snapshot("core", "noop", "noop"),
        start_timestamp: now,
        parameters: Map::new(),
        parent: None,
        delay: None,
        notify: None,
        callback: Map::new(),
        workflow_execution: None,
        task_execution: None,
        rule: None,
        trigger: None,
        trigger_type: None,
        trigger_instance: None,
        status: Status::Requested,
        end_timestamp: None,
        result: None,
        context: Map::from_iter([("user".to_owned(), "tester".into())]),
        log: vec![LogEntry { timestamp: now, status: Status::Requested }],
        runner_info: None,
        owner: None,
        attempt: 0,
        wake_at: None,
        revision: 1,
    }
}
