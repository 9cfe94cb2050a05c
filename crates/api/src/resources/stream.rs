//! `/stream` and `/executions/{id}/output` of the stream face. Counterparts: st2stream/controllers/v1/stream.py, executions.py.

mod output;
mod steps;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use squall_bus::{Exchange, Heard, Message};
use squall_model::{Execution, Id, OutputChunk};
use squall_service::Context;
use tracing::warn;

use crate::call::{Call, Outcome};
use crate::errors::ApiError;
use crate::masking;
use crate::resources::executions::ExecutionView;
use crate::routes::{Face, Route, get};
use crate::sse::{self, Frames, Next, Source};

use steps::Steps;

pub(super) fn routes() -> Vec<Route> {
    vec![get("/stream", all).on(Face::Stream), get("/executions/{id}/output", output::follow).on(Face::Stream)]
}

const EXCHANGES: [Exchange; 3] = [Exchange::Execution, Exchange::ExecutionOutput, Exchange::Announcement];
const OUTPUT: &str = "st2.execution.output__create";
const DEFAULT_EVENTS: [&str; 3] = ["st2.announcement__*", "st2.execution__*", "st2.liveaction__*"];

async fn all(call: Call) -> Outcome {
    let texts = |name: &str| call.query.list(name).map(|list| list.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let defaults = || DEFAULT_EVENTS.map(str::to_owned).to_vec();
    let end_execution = call.query.text("end_execution_id").map(str::parse::<Id>).transpose();
    let source = Events {
        context: call.context().clone(),
        events: texts("events").unwrap_or_else(defaults),
        action_refs: texts("action_refs"),
        execution_ids: texts("execution_ids"),
        end_execution: end_execution.map_err(|error| ApiError::Invalid(error.to_string()))?,
        end_event: call.query.text("end_event").map(str::to_owned),
        steps: Steps::default(),
    };
    let mut frames = Frames::default();
    frames.text("\n");
    let listener = sse::listen(call.context(), &EXCHANGES).await?;
    Ok(sse::answer(call.context(), source, frames, listener, false))
}

/// Everything that happens, filtered.
struct Events {
    context: Context,
    /// Globs over event names.
    events: Vec<String>,
    action_refs: Option<Vec<String>>,
    execution_ids: Option<Vec<String>>,
    end_execution: Option<Id>,
    end_event: Option<String>,
    steps: Steps,
}

#[async_trait]
impl Source for Events {
    async fn hear(&mut self, heard: Heard, frames: &mut Frames) -> Next {
        match heard {
            Heard::Message(message) => self.message(&message, frames).await,
            Heard::Missed(_) => self.idle(frames).await,
        }
    }

    /// A message that was lost must not keep a client waiting for the end of an execution for ever.
    async fn idle(&mut self, frames: &mut Frames) -> Next {
        let Some(id) = self.end_execution else { return Next::GoOn };
        match self.context.store.executions.get(&id).await {
            Ok(Some(execution)) if execution.status.is_completed() => {
                self.execution("update", &execution, frames).await
            }
            _ => Next::GoOn,
        }
    }
}

impl Events {
    async fn message(&mut self, message: &Message, frames: &mut Frames) -> Next {
        match message {
            Message::Execution { change, execution } => self.execution(change.as_str(), execution, frames).await,
            Message::Output(chunk) => {
                self.output(chunk, frames);
                Next::GoOn
            }
            Message::Announcement(announcement) => {
                let name = format!("st2.announcement__{}", announcement.route);
                if self.matches(&name) {
                    let trace = Some(&announcement.trace_context).filter(|trace| !trace.is_empty());
                    frames.event(&name, &json!({"payload": announcement.payload, "trace_context": trace}));
                }
                Next::GoOn
            }
            _ => Next::GoOn,
        }
    }

    fn output(&self, chunk: &OutputChunk, frames: &mut Frames) {
        if self.wants(OUTPUT, &chunk.action_ref, &[&chunk.execution_id.to_string()]) {
            frames.event(OUTPUT, chunk);
        }
    }

    /// Clients print the steps of a workflow until they hear of its end, and those that an action leads to after the news of the action.
    async fn execution(&mut self, change: &str, execution: &Arc<Execution>, frames: &mut Frames) -> Next {
        let wants_output = self.matches(OUTPUT);
        if wants_output {
            Steps::of_workflow(execution).iter().for_each(|chunk| self.output(chunk, frames));
            self.steps.forget(execution);
        }
        let children = self.children_of(change, execution).await;
        let next = self.move_told(change, execution, children, frames);
        if wants_output {
            let steps = self.steps.of_action(&self.context, execution).await;
            steps.iter().for_each(|chunk| self.output(chunk, frames));
        }
        next
    }

    async fn children_of(&self, change: &str, execution: &Execution) -> Vec<Id> {
        if !execution.is_workflow() || !self.matches(&format!("st2.execution__{change}")) {
            return Vec::new();
        }
        match self.context.store.executions.child_ids(&execution.id).await {
            Ok(children) => children,
            Err(error) => {
                warn!(%error, "could not read the children of a workflow for a stream");
                Vec::new()
            }
        }
    }

    fn move_told(&self, change: &str, execution: &Execution, children: Vec<Id>, frames: &mut Frames) -> Next {
        let masked = self.context.settings.mask_secrets;
        let (id, liveaction_id) = (execution.id.to_string(), execution.liveaction_id.to_string());
        let liveaction_event = format!("st2.liveaction__{change}");
        if self.wants(&liveaction_event, execution.action_ref(), &[&liveaction_id]) {
            frames.event(&liveaction_event, &liveaction(execution, masked));
        }
        let event = format!("st2.execution__{change}");
        if self.wants(&event, execution.action_ref(), &[&id]) {
            let mut view = ExecutionView::whole(execution, masked, &self.context.settings.webui_base_url);
            view.children = children;
            frames.event(&event, &view);
        }
        let is_end = self.end_execution == Some(execution.id)
            && execution.status.is_completed()
            && self.end_event.as_ref().is_none_or(|name| *name == event || name == "EOF");
        if is_end { Next::End } else { Next::GoOn }
    }

    fn wants(&self, event: &str, action: &str, ids: &[&str]) -> bool {
        let is_listed = |list: &Option<Vec<String>>, values: &[&str]| {
            list.as_ref().is_none_or(|list| list.iter().any(|item| values.contains(&item.as_str())))
        };
        self.matches(event) && is_listed(&self.action_refs, &[action]) && is_listed(&self.execution_ids, ids)
    }

    fn matches(&self, event: &str) -> bool {
        self.events.iter().any(|pattern| sse::matches_glob(pattern, event))
    }
}

/// Returns the request in an execution as an event of its own. Its result is JSON in a text, as clients of StackStorm know it.
fn liveaction(execution: &Execution, masked: bool) -> Value {
    let parameters = if masked { masking::parameters(execution) } else { execution.parameters.clone() };
    let mut shown = json!({
        "id": execution.liveaction_id,
        "status": execution.status,
        "start_timestamp": execution.start_timestamp,
        "action": execution.action_ref(),
        "action_is_workflow": execution.is_workflow(),
        "parameters": parameters,
        "context": execution.context,
        "callback": execution.callback,
        "runner_info": execution.runner_info.as_ref().map_or_else(|| json!({}), |info| json!(info)),
        "result": result_text(execution, masked),
    });
    for (name, value) in [
        ("end_timestamp", execution.end_timestamp.map(|moment| json!(moment))),
        ("workflow_execution", execution.workflow_execution.map(|id| json!(id))),
        ("task_execution", execution.task_execution.map(|id| json!(id))),
    ] {
        if let Some(value) = value {
            shown[name] = value;
        }
    }
    shown
}

fn result_text(execution: &Execution, masked: bool) -> String {
    match &execution.result {
        None => "{}".to_owned(),
        Some(_) if masked && masking::has_secret_output(&execution.snapshot) => {
            masking::result(&execution.snapshot, execution.result_value()).to_string()
        }
        Some(raw) => raw.get().to_owned(),
    }
}
