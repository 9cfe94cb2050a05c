//! An action that is canceled while it runs.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use squall_actionrunner::{ActionRunner, Runners};
use squall_bus::Disturbance;
use squall_model::{Execution, Id, Map, Status};
use squall_runners::{Outcome, RunIo, RunRequest, Runner, RunnerMeta};
use squall_scheduler::Scheduler;
use squall_service::{ExecutionRequest, Settings, control, request_execution};
use squall_store::{Patch, Store};
use squall_testkit::{ManualClock, Sandbox, action, eventually, runner_type};

/// Works until it is canceled.
struct Patient(RunnerMeta);

#[async_trait]
impl Runner for Patient {
    fn meta(&self) -> &RunnerMeta {
        &self.0
    }

    async fn run(&self, _request: RunRequest, mut io: RunIo) -> Outcome {
        io.cancellation.canceled().await;
        Outcome::new(Status::Canceled, Value::Null)
    }
}

async fn with_status(store: &Store, id: Id, status: Status) -> Arc<Execution> {
    eventually(&format!("the status {status}"), async || {
        store.executions.get(&id).await.unwrap().filter(|found| found.status == status)
    })
    .await
}

/// Its result said `"user": null`: the runner looked at the execution as it was when it began.
#[tokio::test]
async fn the_result_of_a_canceled_action_says_who_canceled_it() {
    let store = squall_store_sqlite::open_in_memory().unwrap();
    store.actions.put(action("test", "patient", "patient")).await.unwrap();
    store.runner_types.put(runner_type("patient")).await.unwrap();
    let clock = Arc::new(ManualClock::default());
    let sandbox = Sandbox::with(store.clone(), Settings::default(), Disturbance::default(), clock);
    let meta = json!({
        "name": "patient", "aliases": [], "old_names": [], "description": "", "kind": "action",
        "runner_package": "patient", "runner_module": "patient", "runner_parameters": {},
    });
    let meta = serde_json::from_value(meta).unwrap();
    sandbox.start(Scheduler);
    sandbox.start(ActionRunner::new(Arc::new(Runners::only(vec![Arc::new(Patient(meta))]))));
    let _passing = sandbox.let_time_pass(Duration::from_secs(1));
    let request =
        ExecutionRequest { action: "test.patient".to_owned(), user: "tester".to_owned(), ..Default::default() };
    let id = request_execution(&sandbox.context, request).await.unwrap().execution.id;

    let running = with_status(&store, id, Status::Running).await;
    let context = Map::from_iter([("cancelled_by".to_owned(), json!("somebody"))]);
    let patch = Patch { context, ..Patch::default() };
    control(&sandbox.context, running, Status::Canceling, patch).await.unwrap().moved().unwrap();

    let canceled = with_status(&store, id, Status::Canceled).await;
    assert_eq!(canceled.result_value(), json!({"message": "Action canceled by user.", "user": "somebody"}));
    sandbox.stop().await;
}
