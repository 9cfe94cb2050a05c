//! A store without transactions that fails once, after every single write: each action still runs once.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_actionrunner::{ActionRunner, Runners};
use squall_bus::{Change, Disturbance, Message};
use squall_model::{Map, Status};
use squall_scheduler::Scheduler;
use squall_service::{ActionTriggers, ExecutionRequest, Settings, announce_ends, publish_quietly, request_execution};
use squall_store::Query;
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

/// Asks for what can't be rendered on a store that tears there, and lets the sweep find what is missing; false when it never came to that.
async fn is_announced(tear: Tear) -> bool {
    let torn = TornStore::new(squall_store_sqlite::open_in_memory().unwrap());
    torn.store.actions.put(action("test", "noop", "noop")).await.unwrap();
    torn.store.runner_types.put(runner_type("noop")).await.unwrap();
    let settings = Settings { action_triggers: ActionTriggers::Always, ..Settings::default() };
    let clock = Arc::new(ManualClock::default());
    let sandbox = Sandbox::with(torn.store.clone(), settings, Disturbance::default(), Arc::clone(&clock));
    let parameters = Map::from_iter([("message".to_owned(), json!("{{ nosuch.deep }}"))]);
    let request = ExecutionRequest { action: "test.noop".to_owned(), parameters, ..Default::default() };
    torn.tear(tear);
    assert!(request_execution(&sandbox.context, request).await.is_err());
    torn.mend();
    clock.advance(Duration::from_secs(60));
    announce_ends(&sandbox.context, sandbox.context.now()).await.unwrap();
    assert_eq!(announce_ends(&sandbox.context, sandbox.context.now()).await.unwrap(), 0, "{tear:?}");
    let kept = torn.store.executions.list(&Query::all(), false).await.unwrap().items;
    let events = torn.store.trigger_instances.list(&Query::all()).await.unwrap().items;
    assert_eq!(events.len(), kept.len(), "{tear:?}");
    if let ([execution], [event]) = (kept.as_slice(), events.as_slice()) {
        assert_eq!((execution.status, &event.payload["status"]), (Status::Failed, &json!("failed")));
    }
    torn.has_torn()
}

/// Nobody was told of the end of an execution whose parameters did not render.
#[tokio::test]
async fn the_end_of_a_request_that_does_not_render_is_announced_whichever_write_failed() {
    for after in 0.. {
        let mut has_torn = false;
        for tear in tears(after) {
            has_torn |= is_announced(tear).await;
        }
        if !has_torn {
            assert_eq!(after, 5, "the execution, its trace, its event and the end of its mark are four writes");
            return;
        }
    }
}
