//! A store without transactions that fails once, after every single write: each action still runs once.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::sync::Arc;
use std::time::Duration;

use squall_actionrunner::{ActionRunner, Runners};
use squall_bus::{Change, Disturbance, Message};
use squall_model::Status;
use squall_scheduler::Scheduler;
use squall_service::{ExecutionRequest, Settings, publish_quietly, request_execution};
use squall_testkit::{ManualClock, Sandbox, Tear, TornStore, action, eventually, runner_type, tears};

/// Runs one action on a store that tears there; false when it never came to that.
async fn runs_once(tear: Tear) -> bool {
    let torn = TornStore::new(squall_store_sqlite::open_in_memory().unwrap());
    torn.store.actions.put(action("test", "noop", "noop")).await.unwrap();
    torn.store.runner_types.put(runner_type("noop")).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { data_dir: directory.path().to_owned(), ..Settings::default() };
    let runners = Arc::new(Runners::start(&settings).unwrap());
    let clock = Arc::new(ManualClock::default());
    let sandbox = Sandbox::with(torn.store.clone(), settings, Disturbance::default(), clock);
    let request = ExecutionRequest { action: "test.noop".to_owned(), user: "tester".to_owned(), ..Default::default() };
    let requested = request_execution(&sandbox.context, request).await.unwrap().execution;
    torn.tear(tear);
    sandbox.start(Scheduler);
    sandbox.start(ActionRunner::new(runners));
    let _passing = sandbox.let_time_pass(Duration::from_secs(1));
    publish_quietly(&sandbox.context, Message::Execution { change: Change::Create, execution: Arc::clone(&requested) })
        .await;
    let ended = eventually(&format!("the end of the action, {tear:?}"), async || {
        let found = torn.store.executions.get(&requested.id).await.unwrap()?;
        found.status.is_completed().then_some(found)
    })
    .await;
    sandbox.stop().await;
    let moves: Vec<Status> = ended.log.iter().map(|entry| entry.status).collect();
    assert_eq!(moves, [Status::Requested, Status::Scheduled, Status::Running, Status::Succeeded], "{tear:?}");
    torn.has_torn()
}

#[tokio::test]
async fn an_action_runs_once_whichever_write_failed_or_lost_its_answer() {
    for after in 0.. {
        let mut has_torn = false;
        for tear in tears(after).into_iter().filter(|tear| !tear.for_good) {
            has_torn |= runs_once(tear).await;
        }
        if !has_torn {
            assert_eq!(after, 4, "scheduled, running and the end are three writes");
            return;
        }
    }
}
