//! One workflow, a store, the services that drive it, and a stand-in for the action runner.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_bus::{Disturbance, Exchange, Heard, Listener, Message, Queue};
use squall_model::{Execution, Id, Map, Pack, Status};
use squall_notifier::Notifier;
use squall_scheduler::Scheduler;
use squall_service::inquiries::{self, Opening};
use squall_service::{Context, ExecutionRequest, Service, ServiceError, Settings, control, move_to, request_execution};
use squall_store::{Patch, Query, Store};
use squall_testkit::{ManualClock, Sandbox, TimePasses, action, eventually, runner_type};
use squall_workflow::WorkflowEngine;
use tempfile::TempDir;

use crate::ledger::{Ledger, counted};

pub(crate) const SEQUENCE: &str = "
version: 1.0
vars: [{said: nothing}]
tasks:
  one:
    action: test.noop
    next: [{when: '<% succeeded() %>', do: two}]
  two:
    action: test.noop
    next: [{when: '<% succeeded() %>', do: three}]
  three:
    action: test.noop
    next: [{when: '<% succeeded() %>', publish: [{said: three}]}]
output:
  - said: <% ctx().said %>
";

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) settings: Settings,
    store: Store,
    disturbance: Disturbance,
    clock: Arc<ManualClock>,
    pack: Arc<TempDir>,
    /// What was written since the workflow was requested, with the request.
    pub(crate) ledger: Arc<Ledger>,
    listener: Box<dyn Listener>,
}

impl World {
    pub(crate) async fn new(definition: &str, disturbance: Disturbance) -> Self {
        let store = squall_store_sqlite::open_in_memory().expect("open a store");
        Self::on(store, definition, disturbance, Settings::default()).await
    }

    pub(crate) async fn on(store: Store, definition: &str, disturbance: Disturbance, settings: Settings) -> Self {
        let pack = Arc::new(TempDir::new().expect("a directory"));
        std::fs::create_dir(pack.path().join("actions")).expect("create the actions directory");
        std::fs::write(pack.path().join("actions/flow.yaml"), definition).expect("write the workflow");
        register(&store, pack.path(), runner_of(definition)).await;
        let (store, ledger) = counted(store);
        let clock = Arc::new(ManualClock::default());
        let sandbox = Sandbox::with(store.clone(), settings.clone(), disturbance.clone(), Arc::clone(&clock));
        let listener = sandbox.context.bus.listen(&[Exchange::Execution]).await.expect("listen");
        let world = Self { sandbox, settings, store, disturbance, clock, pack, ledger, listener };
        let request = ExecutionRequest {
            id: Some(Id::derived(&["the workflow"])),
            action: "test.flow".to_owned(),
            user: "tester".to_owned(),
            ..ExecutionRequest::default()
        };
        request_execution(&world.sandbox.context, request).await.expect("request the workflow");
        world
    }

    /// The same store with services of new processes, as after a crash.
    pub(crate) fn with_new_processes(self) -> Self {
        let Self { settings, store, disturbance, clock, pack, ledger, listener, .. } = self;
        let sandbox = Sandbox::with(store.clone(), settings.clone(), disturbance.clone(), Arc::clone(&clock));
        Self { sandbox, settings, store, disturbance, clock, pack, ledger, listener }
    }

    fn start(&self) {
        self.start_with(Hands { holds_first: false, held: None });
    }

    fn start_with(&self, hands: Hands) {
        self.sandbox.start(Scheduler);
        self.sandbox.start(WorkflowEngine);
        self.sandbox.start(Notifier);
        self.sandbox.start(hands);
    }

    /// Runs until the first action runs, which goes on until [`World::let_go`].
    pub(crate) async fn run_until_held(&self) -> Arc<Execution> {
        self.start_with(Hands { holds_first: true, held: None });
        eventually("the first action", async || {
            self.children().await.into_iter().find(|child| child.status == Status::Running)
        })
        .await
    }

    /// Ends an action that was held, and everything that follows; time passes.
    pub(crate) async fn let_go(&self, held: Arc<Execution>, mut is_over: impl AsyncFnMut(&Self) -> bool) {
        eventually("the end of the first action and what follows", async || {
            finish(&self.sandbox.context, Arc::clone(&held)).await;
            is_over(self).await.then_some(())
        })
        .await;
    }

    /// Asks for a status of the workflow until the store has taken it.
    pub(crate) async fn ask_for(&self, status: Status) {
        eventually("the wish is stored", async || {
            let workflow = self.workflow().await;
            if workflow.status == status {
                return Some(());
            }
            let patch = Patch { owner: workflow.owner, ..Patch::default() };
            control(&self.sandbox.context, workflow, status, patch).await.ok().map(|_| ())
        })
        .await;
    }

    pub(crate) async fn run_to_the_end(&self) -> Arc<Execution> {
        self.start();
        let ended = self.ended().await;
        self.sandbox.stop().await;
        ended
    }

    /// Runs with the clock moving on, so that sweeps look for what got lost.
    pub(crate) async fn run_while_sweeping(&self) -> Arc<Execution> {
        self.start();
        let passing = self.let_time_pass();
        let ended = self.ended().await;
        drop(passing);
        self.sandbox.stop().await;
        ended
    }

    /// Runs with the clock moving on until `is_over`, then lets the processes die.
    pub(crate) async fn run_while_sweeping_until(&self, what: &str, mut is_over: impl AsyncFnMut(&Self) -> bool) {
        self.start();
        let _passing = self.let_time_pass();
        eventually(what, async || is_over(self).await.then_some(())).await;
        self.sandbox.stop().await;
    }

    /// Runs until the workflow has this status, then lets the processes die.
    pub(crate) async fn run_until(&self, status: Status) {
        self.start();
        eventually(status.as_str(), async || (self.workflow().await.status == status).then_some(())).await;
        self.sandbox.stop().await;
    }

    /// Runs until so many children are there, then lets the processes die.
    pub(crate) async fn run_until_children(&self, count: usize) {
        self.start();
        eventually("the children", async || (self.children().await.len() >= count).then_some(())).await;
        self.sandbox.stop().await;
    }

    pub(crate) async fn run_until_delayed(&self) -> Arc<Execution> {
        self.start();
        eventually("the delayed child", async || {
            self.children().await.into_iter().find(|child| child.status == Status::Delayed)
        })
        .await
    }

    pub(crate) async fn cancel_while_the_first_action_runs(&self) -> Arc<Execution> {
        let child = self.run_until_held().await;
        let workflow = self.workflow().await;
        let patch = Patch { owner: workflow.owner, ..Patch::default() };
        control(&self.sandbox.context, workflow, Status::Canceling, patch).await.expect("cancel");
        self.hears_the_first_wish().await;
        finish(&self.sandbox.context, child).await;
        let ended = self.ended().await;
        self.sandbox.stop().await;
        ended
    }

    /// Waits until a wish stands in the log, behind the start.
    pub(crate) async fn hears_the_first_wish(&self) {
        let log = Id::derived(&["the workflow"]).child("workflow");
        eventually("the wish in the log", async || {
            (self.store.workflows.events(&log, 0).await.expect("events").len() == 2).then_some(())
        })
        .await;
    }

    fn let_time_pass(&self) -> TimePasses {
        self.sandbox.let_time_pass(Duration::from_secs(6))
    }

    pub(crate) async fn workflow(&self) -> Arc<Execution> {
        let found = self.store.executions.get(&Id::derived(&["the workflow"])).await.expect("read");
        found.expect("the workflow is stored")
    }

    pub(crate) async fn ended(&self) -> Arc<Execution> {
        eventually("the end of the workflow", async || {
            let workflow = self.workflow().await;
            workflow.status.is_completed().then_some(workflow)
        })
        .await
    }

    pub(crate) async fn children(&self) -> Vec<Arc<Execution>> {
        let query = Query::all().equals("parent", Id::derived(&["the workflow"]).to_string());
        self.store.executions.list(&query, false).await.expect("list").items
    }

    /// Returns the messages about executions since the last call, by execution and status.
    pub(crate) async fn messages(&mut self) -> Vec<(Id, Status)> {
        let mut messages = Vec::new();
        loop {
            tokio::select! {
                biased;
                heard = self.listener.next() => match heard {
                    Some(Heard::Message(Message::Execution { execution, .. })) => {
                        messages.push((execution.id, execution.status));
                    }
                    heard => panic!("an execution was expected: {heard:?}"),
                },
                () = std::future::ready(()) => return messages,
            }
        }
    }

    /// Checks that there are so many children, and that each ran once.
    pub(crate) async fn every_child_once(&self, count: usize) {
        let children = self.children().await;
        assert_eq!(children.len(), count);
        for child in children {
            let runs = child.log.iter().filter(|entry| entry.status == Status::Succeeded).count();
            assert_eq!(runs, 1, "{:?}", child.context.get("orquesta"));
        }
    }
}

fn runner_of(definition: &str) -> &'static str {
    if definition.contains("chain:") { "action-chain" } else { "orquesta" }
}

async fn register(store: &Store, directory: &std::path::Path, runner: &str) {
    let mut pack: Pack = serde_json::from_value(json!({"ref": "test", "name": "test"})).expect("a pack");
    pack.id = Id::derived(&["pack"]);
    pack.path = Some(directory.display().to_string());
    store.packs.put(pack).await.expect("register the pack");
    store.runner_types.put(runner_type("noop")).await.expect("register a runner");
    store.runner_types.put(runner_type(runner)).await.expect("register a runner");
    store.actions.put(action("test", "noop", "noop")).await.expect("register an action");
    store.runner_types.put(runner_type("inquirer")).await.expect("register a runner");
    store.actions.put(action("test", "ask", "inquirer")).await.expect("register an action");
    let mut flow = action("test", "flow", runner);
    flow.entry_point = "flow.yaml".to_owned();
    store.actions.put(flow).await.expect("register the workflow");
}

/// Stands in for the action runner: every action succeeds at once.
struct Hands {
    /// Leave the first action running.
    holds_first: bool,
    held: Option<Id>,
}

#[async_trait::async_trait]
impl Service for Hands {
    fn name(&self) -> &'static str {
        "hands"
    }

    async fn run(mut self: Box<Self>, context: Context) -> Result<(), ServiceError> {
        let mut consumer = context.bus.consume(Queue::ActionRunner).await?;
        let mut shutdown = context.tasks.shutdown();
        loop {
            let delivery = tokio::select! {
                () = shutdown.wait() => return Ok(()),
                delivery = consumer.next() => delivery,
                // What no message announced is found here, as the runner's sweep would find it.
                () = tokio::task::yield_now() => { self.sweep(&context).await?; continue }
            };
            let Some(delivery) = delivery else { return Ok(()) };
            let Message::Execution { execution, .. } = &delivery.message else { continue };
            // What could not be written is found by the sweep.
            let claimed = claim(&context, Arc::clone(execution)).await.unwrap_or_default();
            delivery.done();
            if let Some(claimed) = claimed {
                if self.holds_first && self.held.is_none() {
                    self.held = Some(claimed.id);
                } else {
                    finish(&context, claimed).await;
                }
            }
        }
    }
}

impl Hands {
    async fn sweep(&self, context: &Context) -> Result<(), ServiceError> {
        if self.holds_first && self.held.is_none() {
            return Ok(());
        }
        for execution in context.store.executions.unfinished(None, 100, None).await? {
            if execution.is_workflow() || self.held == Some(execution.id) {
                continue;
            }
            let running = match execution.status {
                Status::Scheduled => claim(context, execution).await.unwrap_or_default(),
                Status::Running => Some(execution),
                _ => None,
            };
            if let Some(running) = running {
                finish(context, running).await;
            }
        }
        Ok(())
    }
}

async fn claim(context: &Context, execution: Arc<Execution>) -> Result<Option<Arc<Execution>>, squall_store::Error> {
    let patch = Patch { owner: Some(context.process), ..Patch::default() };
    Ok(move_to(context, execution, Status::Running, patch, Vec::new()).await?.moved())
}

async fn finish(context: &Context, execution: Arc<Execution>) {
    if inquiries::is_inquiry(&execution) {
        return ask(context, execution).await;
    }
    let patch = Patch { result: Patch::result(&json!({"ok": true})).result, context: Map::new(), ..Patch::default() };
    // What could not be written is found by the sweep.
    let _later = move_to(context, execution, Status::Succeeded, patch, Vec::new()).await;
}

/// The end of a run that leaves a question open.
async fn ask(context: &Context, execution: Arc<Execution>) {
    let question = json!({"schema": {}, "roles": [], "users": [], "route": "", "ttl": 1440});
    let opening = Opening::of(context, &execution, &question);
    let patch = Patch { only_from: Some(&[Status::Running]), ..Patch::result(&question) };
    let patch = opening.laid_over(patch).expect("an event can be written");
    let _later = move_to(context, execution, Status::Pending, patch, Vec::new()).await;
}
