//! Inquiries from the request to the end of the wait, with the scheduler that ends it.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use squall_actionrunner::{ActionRunner, Runners};
use squall_bus::{Change, Disturbance, Message};
use squall_model::{Execution, Map, Status};
use squall_scheduler::Scheduler;
use squall_service::inquiries::{self, Opening};
use squall_service::{ExecutionRequest, Settings, move_to, publish_quietly, request_execution};
use squall_store::{Patch, Query, Store};
use squall_testkit::{ManualClock, Sandbox, Tear, TornStore, action, eventually, runner_type, tears};

struct World {
    store: Store,
    settings: Settings,
    clock: Arc<ManualClock>,
    asked: Arc<Execution>,
    sandbox: Sandbox,
    _directory: tempfile::TempDir,
}

impl World {
    /// Requests an inquiry; nobody works on it yet.
    async fn new(store: Store, parameters: Value) -> Self {
        store.actions.put(action("core", "ask", "inquirer")).await.unwrap();
        let mut inquirer = runner_type("inquirer");
        for (name, kind) in [("ttl", "integer"), ("route", "string"), ("users", "array"), ("schema", "object")] {
            inquirer.runner_parameters.insert(name.to_owned(), json!({"type": kind}));
        }
        store.runner_types.put(inquirer).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let settings = Settings { data_dir: directory.path().to_owned(), ..Settings::default() };
        let clock = Arc::new(ManualClock::default());
        let sandbox = Sandbox::with(store.clone(), settings.clone(), Disturbance::default(), Arc::clone(&clock));
        let parameters: Map = parameters.as_object().cloned().unwrap();
        let request = ExecutionRequest {
            action: "core.ask".to_owned(),
            user: "ada".to_owned(),
            parameters,
            ..Default::default()
        };
        let asked = request_execution(&sandbox.context, request).await.unwrap().execution;
        Self { store, settings, clock, asked, sandbox, _directory: directory }
    }

    /// New processes on the same store.
    fn again(mut self) -> Self {
        let clock = Arc::clone(&self.clock);
        self.sandbox = Sandbox::with(self.store.clone(), self.settings.clone(), Disturbance::default(), clock);
        self
    }

    async fn start(&self) {
        self.sandbox.start(Scheduler);
        self.sandbox.start(ActionRunner::new(Arc::new(Runners::start(&self.settings).unwrap())));
        let execution = Arc::clone(&self.asked);
        publish_quietly(&self.sandbox.context, Message::Execution { change: Change::Create, execution }).await;
    }

    async fn now(&self) -> Arc<Execution> {
        self.store.executions.get(&self.asked.id).await.unwrap().unwrap()
    }

    async fn becomes(&self, status: Status) -> Arc<Execution> {
        eventually(status.as_str(), async || Some(self.now().await).filter(|found| found.status == status)).await
    }

    async fn told(&self) -> Vec<Value> {
        let told = self.store.trigger_instances.list(&Query::all()).await.unwrap().items;
        assert!(told.iter().all(|instance| instance.trigger == "core.st2.generic.inquiry"), "{told:?}");
        told.iter().map(|instance| instance.payload.clone()).collect()
    }
}

fn memory() -> Store {
    squall_store_sqlite::open_in_memory().unwrap()
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

#[tokio::test]
async fn an_inquiry_waits_for_its_answer_with_the_question_as_its_result_and_tells_of_itself() {
    let world = World::new(memory(), json!({"route": "dev", "users": ["ada"]})).await;
    world.start().await;
    let pending = world.becomes(Status::Pending).await;
    assert_eq!((pending.owner, pending.end_timestamp), (None, None));
    let result = pending.result_value();
    assert_eq!((&result["route"], &result["users"], &result["ttl"]), (&json!("dev"), &json!(["ada"]), &json!(1440)));
    assert_eq!(world.told().await, [json!({"id": pending.id, "route": "dev"})]);
    world.sandbox.stop().await;
}

#[tokio::test]
async fn an_unanswered_inquiry_times_out_by_itself_also_when_every_process_is_another_by_then() {
    let world = World::new(memory(), json!({"ttl": 3})).await;
    world.start().await;
    world.becomes(Status::Pending).await;
    world.sandbox.stop().await;
    let world = world.again();
    // Two processes look after the same inquiry.
    world.sandbox.start(Scheduler);
    world.sandbox.start(Scheduler);
    let _passing = world.sandbox.let_time_pass(Duration::from_secs(6));
    let ended = world.becomes(Status::Timeout).await;
    let waited = ended.end_timestamp.unwrap().since(ended.log[3].timestamp);
    assert!(waited >= minutes(3), "{waited:?}");
    assert_eq!(ended.result_value()["ttl"], 3);
    assert_eq!(ended.log.iter().filter(|entry| entry.status == Status::Timeout).count(), 1);
    world.sandbox.stop().await;
}

#[tokio::test]
async fn an_inquiry_without_a_limit_and_one_that_was_answered_do_not_time_out() {
    for ttl in [0, 1] {
        let world = World::new(memory(), json!({"ttl": ttl})).await;
        world.start().await;
        let pending = world.becomes(Status::Pending).await;
        assert_eq!(pending.wake_at.is_some(), ttl > 0);
        let expected = if ttl == 0 { Status::Pending } else { Status::Succeeded };
        if ttl > 0 {
            let answer = json!({"continue": true});
            inquiries::respond(&world.sandbox.context, pending, &answer, "ada").await.unwrap().moved().unwrap();
        }
        world.clock.advance(minutes(1_000_000));
        world.sandbox.stop().await;
        let world = world.again();
        world.sandbox.start(Scheduler);
        // A request that the same sweep finds shows that it has been through.
        let other = ExecutionRequest { action: "core.ask".to_owned(), user: "ada".to_owned(), ..Default::default() };
        let other = request_execution(&world.sandbox.context, other).await.unwrap().execution;
        let _passing = world.sandbox.let_time_pass(Duration::from_secs(6));
        eventually("a sweep", async || {
            let found = world.store.executions.get(&other.id).await.unwrap().unwrap();
            (found.status == Status::Scheduled).then_some(())
        })
        .await;
        assert_eq!(world.now().await.status, expected, "ttl {ttl}");
        world.sandbox.stop().await;
    }
}

/// Opens an inquiry on a store that tears there once; false when it never came to that.
async fn opens_once(tear: Tear) -> bool {
    let torn = TornStore::new(memory());
    let world = World::new(torn.store.clone(), json!({"route": "dev"})).await;
    torn.tear(tear);
    world.start().await;
    let _passing = world.sandbox.let_time_pass(Duration::from_secs(6));
    let pending = world.becomes(Status::Pending).await;
    world.sandbox.stop().await;
    assert_eq!(world.told().await, [json!({"id": pending.id, "route": "dev"})], "{tear:?}");
    torn.has_torn()
}

#[tokio::test]
async fn nobody_waits_for_a_person_who_was_never_told_whichever_write_failed() {
    for after in 0.. {
        let mut has_torn = false;
        for tear in tears(after).into_iter().filter(|tear| !tear.for_good) {
            has_torn |= opens_once(tear).await;
        }
        if !has_torn {
            assert_eq!(after, 5, "scheduled, running, the event and the wait are four writes");
            return;
        }
    }
}

#[tokio::test]
async fn an_inquiry_whose_process_died_while_it_opened_opens_again_and_tells_of_itself_once() {
    let world = World::new(memory(), json!({"route": "dev"})).await;
    let context = &world.sandbox.context;
    let scheduled = move_to(context, world.now().await, Status::Scheduled, Patch::default(), Vec::new()).await.unwrap();
    let dead = Patch { owner: Some(context.new_id()), ..Patch::default() };
    let running = move_to(context, scheduled.moved().unwrap(), Status::Running, dead, Vec::new()).await.unwrap();
    let opening = Opening::of(context, &running.moved().unwrap(), &json!({"route": "dev", "ttl": 1440}));
    // The event was written, and the move was not.
    context.store.batch.commit(opening.laid_over(Patch::default()).unwrap().ahead).await.unwrap();
    world.start().await;
    let pending = world.becomes(Status::Pending).await;
    world.sandbox.stop().await;
    assert_eq!(pending.attempt, 2);
    assert_eq!(world.told().await, [json!({"id": pending.id, "route": "dev"})]);
}
