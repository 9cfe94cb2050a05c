//! Clients: they ask one process for something, wait a while, and ask another if they hear nothing.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;
use squall_model::{Execution, Id, Map, Status};
use squall_service::{
    Context, ExecutionRequest, TaskKind, TriggerDispatch, control, dispatch_trigger, request_execution,
};
use squall_store::{Patch, Transition};

use crate::pack;
use crate::sim::{Life, Sim};

/// What a client wants.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Run { action: String, mode: &'static str, delay: Option<u64> },
    Dispatch { kind: &'static str },
    Move { execution: Id, verb: Verb },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Cancel,
    Pause,
    Resume,
}

/// How long a client waits for its answer, and how often it asks again.
const PATIENCE: Duration = Duration::from_secs(4);
const ATTEMPTS: usize = 6;

/// Asks until it is answered or has asked often enough.
pub(crate) async fn call(sim: Arc<Sim>, call: Call) {
    for _ in 0..ATTEMPTS {
        let Some(context) = living(&sim) else {
            sim.sleep(PATIENCE).await;
            continue;
        };
        let answered = Arc::new(Mutex::new(None));
        let (own, asked, wanted, answer) = (context.clone(), Arc::clone(&sim), call.clone(), Arc::clone(&answered));
        context.tasks.spawn(TaskKind::Work, "request", async move {
            let done = perform(&own, &asked, wanted).await;
            *answer.lock() = Some(done);
        });
        for _ in 0..8 {
            sim.sleep(PATIENCE / 8).await;
            if answered.lock().is_some() {
                break;
            }
        }
        if *answered.lock() == Some(true) {
            break;
        }
    }
    sim.outcomes.lock().open_calls -= 1;
}

/// Returns some process that takes requests.
fn living(sim: &Sim) -> Option<Context> {
    let processes = sim.processes.lock();
    let contexts = processes.iter().filter(|process| process.life == Life::Runs);
    let contexts: Vec<_> = contexts.filter_map(|process| process.context.clone()).collect();
    drop(processes);
    if contexts.is_empty() {
        return None;
    }
    let chosen = sim.below(contexts.len() as u64) as usize;
    contexts.into_iter().nth(chosen).filter(|context| !context.tasks.is_stopping())
}

/// What the API does; true when there is an answer that asking again would not change.
async fn perform(context: &Context, sim: &Sim, call: Call) -> bool {
    match call {
        Call::Run { action, mode, delay } => {
            let is_plain = pack::ACTIONS.iter().any(|name| action == format!("sim.{name}"));
            let parameters = if is_plain { Map::from_iter([("mode".to_owned(), json!(mode))]) } else { Map::new() };
            let request = ExecutionRequest {
                action,
                parameters,
                user: "tester".to_owned(),
                delay,
                ..ExecutionRequest::default()
            };
            let Ok(requested) = request_execution(context, request).await else { return false };
            sim.tell(format_args!("acknowledged: {}", requested.execution.id));
            sim.outcomes.lock().requested.push(requested.execution.id);
        }
        Call::Dispatch { kind } => {
            let dispatch = TriggerDispatch {
                trigger: pack::EVENT.to_owned(),
                payload: json!({"kind": kind}),
                trace_context: Map::new(),
                id: None,
            };
            let Ok(event) = dispatch_trigger(context, dispatch).await else { return false };
            sim.tell(format_args!("acknowledged event: {}", event.id));
            sim.outcomes.lock().dispatched.push(event.id);
        }
        Call::Move { execution, verb } => {
            let Ok(Some(found)) = context.store.executions.get(&execution).await else { return false };
            return ask(context, sim, found, verb).await;
        }
    }
    true
}

/// Counterpart of the API's `executions/control.rs`.
async fn ask(context: &Context, sim: &Sim, execution: Arc<Execution>, verb: Verb) -> bool {
    let Some(to) = wanted(&execution, verb) else { return true };
    let id = execution.id;
    sim.outcomes.lock().disturbed.push(id);
    let patch = match verb {
        Verb::Cancel => Patch {
            context: Map::from_iter([("cancelled_by".to_owned(), json!("tester"))]),
            ..Patch::result(&json!({"message": "Action canceled by user.", "user": "tester"}))
        },
        Verb::Pause | Verb::Resume => Patch::default(),
    };
    let Ok(mut outcome) = control(context, execution, to, patch.clone()).await else { return false };
    let mut to = to;
    if let Transition::Refused(current) = &outcome
        && to == Status::Canceled
        && current.status.is_cancelable()
    {
        to = Status::Canceling;
        let Ok(second) = control(context, Arc::clone(current), to, patch).await else { return false };
        outcome = second;
    }
    let moved = outcome.moved();
    sim.tell(format_args!("{verb:?} of {id} to {to}: {}", moved.is_some()));
    if moved.is_some() && verb == Verb::Cancel {
        sim.outcomes.lock().canceled.push((id, to));
    }
    true
}

fn wanted(execution: &Execution, verb: Verb) -> Option<Status> {
    let status = execution.status;
    match verb {
        Verb::Cancel if status == Status::Canceling || !status.is_cancelable() => None,
        Verb::Cancel => {
            let begun = matches!(status, Status::Pausing | Status::Paused | Status::Resuming);
            let is_begun =
                execution.parent.is_some() || status == Status::Running || (execution.is_workflow() && begun);
            Some(if is_begun { Status::Canceling } else { Status::Canceled })
        }
        Verb::Pause if execution.is_workflow() && status == Status::Running => Some(Status::Pausing),
        Verb::Resume if execution.is_workflow() && status == Status::Paused => Some(Status::Resuming),
        Verb::Pause | Verb::Resume => None,
    }
}
