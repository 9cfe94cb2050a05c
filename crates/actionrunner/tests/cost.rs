//! What one execution costs: writes to the store and messages on the bus, counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use squall_actionrunner::{ActionRunner, Runners};
use squall_bus::{Bus, Exchange, Heard};
use squall_model::{Execution, Id};
use squall_scheduler::Scheduler;
use squall_service::{ExecutionRequest, Settings, request_execution};
use squall_store::{Batch, Result, Store, Write, Written};
use squall_testkit::{ManualClock, Sandbox, action, eventually, runner_type};

/// Counts the commits that it hands on.
struct Counted {
    batch: Arc<dyn Batch>,
    commits: Arc<AtomicUsize>,
}

#[async_trait]
impl Batch for Counted {
    async fn commit(&self, writes: Vec<Write>) -> Result<Vec<Written>> {
        let written = self.batch.commit(writes).await?;
        // What was refused (the first sweep and the message may both ask for the same move) wrote nothing.
        self.commits.fetch_add(1, Ordering::SeqCst);
        Ok(written)
    }

    fn is_atomic(&self) -> bool {
        self.batch.is_atomic()
    }
}

async fn store() -> (Store, Arc<AtomicUsize>) {
    let store = squall_store_sqlite::open_in_memory().expect("open a store");
    store.actions.put(action("test", "noop", "noop")).await.expect("store the action");
    store.runner_types.put(runner_type("noop")).await.expect("store the runner");
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Counted { batch: Arc::clone(&store.batch), commits: Arc::clone(&commits) };
    (Store { batch: Arc::new(counted), ..store }, commits)
}

async fn ended(store: &Store, id: Id) -> Arc<Execution> {
    eventually("the end of the execution", async || {
        let found = store.executions.get(&id).await.expect("read the execution")?;
        found.status.is_completed().then_some(found)
    })
    .await
}

#[tokio::test]
async fn an_execution_costs_four_writes_and_four_messages() {
    let (store, commits) = store().await;
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { data_dir: directory.path().to_owned(), ..Settings::default() };
    let runners = Arc::new(Runners::start(&settings).unwrap());
    let clock = Arc::new(ManualClock::default());
    let sandbox = Sandbox::with(store.clone(), settings, squall_bus::Disturbance::default(), clock);
    let mut heard = sandbox.bus.listen(&Exchange::ALL).await.unwrap();
    sandbox.start(Scheduler);
    sandbox.start(ActionRunner::new(runners));
    let request = ExecutionRequest { action: "test.noop".to_owned(), user: "tester".to_owned(), ..Default::default() };
    let requested = request_execution(&sandbox.context, request).await.unwrap();
    let execution = ended(&store, requested.execution.id).await;
    sandbox.stop().await;
    sandbox.bus.close().await;
    drop(sandbox);
    let mut messages = 0;
    while let Some(Some(Heard::Message(_))) = futures::FutureExt::now_or_never(heard.next()) {
        messages += 1;
    }
    let moves: Vec<&str> = execution.log.iter().map(|entry| entry.status.as_str()).collect();
    assert_eq!(moves, ["requested", "scheduled", "running", "succeeded"]);
    assert_eq!(commits.load(Ordering::SeqCst), 4, "writes: one for each status");
    // The first sweep may repeat one of them.
    assert!((4..=5).contains(&messages), "messages: one for each status, not {messages}");
}
