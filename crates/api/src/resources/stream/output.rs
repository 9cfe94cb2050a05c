//! The output of one execution: what is stored, then what comes, until the execution ends.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use squall_bus::{Exchange, Heard, Message};
use squall_model::{Execution, Id, OutputChunk, OutputType, Status};
use squall_service::Context;
use tracing::warn;

use crate::call::{Call, Outcome};
use crate::resources::executions::{actions_told, find_or_last, output_type, told};
use crate::sse::{self, Frames, Next, Source};

use super::steps::{self, Steps};

const END: &str = "event: EOF\ndata: ''\n\n";

pub(super) async fn follow(call: Call) -> Outcome {
    let listener = sse::listen(call.context(), &[Exchange::Execution, Exchange::ExecutionOutput]).await?;
    let execution = find_or_last(&call).await?;
    let mut frames = Frames::default();
    // Some type of output that does not exist never comes.
    let Ok(wanted) = output_type(&call) else {
        frames.text(END);
        let source = Output::new(call.context(), execution.id, None);
        return Ok(sse::answer(call.context(), source, frames, listener, true));
    };
    let mut source = Output::new(call.context(), execution.id, wanted);
    let is_ending = source.catch_up(&mut frames).await == Next::End;
    Ok(sse::answer(call.context(), source, frames, listener, is_ending))
}

struct Output {
    context: Context,
    execution: Id,
    wanted: Option<OutputType>,
    /// Chunks come from the store and from the bus; each is sent once.
    sent: HashSet<Id>,
    /// The execution, if it is a workflow whose steps were told.
    workflow: Option<Arc<Execution>>,
    /// The newest revision that was told of the workflow and of each of its actions.
    told: HashMap<Id, u64>,
}

impl Output {
    fn new(context: &Context, execution: Id, wanted: Option<OutputType>) -> Self {
        let (sent, told) = (HashSet::new(), HashMap::new());
        Self { context: context.clone(), execution, wanted, sent, workflow: None, told }
    }

    /// Tells what the engine of the workflow has done so far.
    async fn begin(&mut self, workflow: Arc<Execution>, frames: &mut Frames) {
        let actions = match actions_told(&self.context.store, &workflow.id).await {
            Ok(actions) => actions,
            Err(error) => return warn!(%error, "could not read the actions of a workflow for a stream"),
        };
        self.told = actions.iter().chain([&workflow]).map(|known| (known.id, known.revision)).collect();
        for chunk in steps::chunks(&workflow, &workflow, &told(&workflow, &actions)) {
            self.send(&chunk, frames);
        }
        self.workflow = Some(workflow);
    }

    /// Tells what a move of the workflow or of one of its actions adds.
    async fn go_on(&mut self, moved: &Execution, frames: &mut Frames) {
        let Some(workflow) = self.workflow.clone() else { return };
        let told = self.told.entry(moved.id).or_default();
        if *told >= moved.revision {
            return;
        }
        *told = moved.revision;
        let chunks = if moved.id == workflow.id {
            Steps::of_workflow(moved)
        } else if steps::is_request(moved) {
            let told = &self.told;
            let is_told = |other: &Id| *other != moved.id && told.contains_key(other);
            let begun = steps::begun_with(&self.context, moved, is_told).await;
            for action in begun.iter().filter(|action| action.id != moved.id) {
                self.told.insert(action.id, moved.revision);
            }
            Steps::of_request(&workflow, moved, &begun)
        } else {
            Steps::of_action_in(&workflow, moved)
        };
        chunks.iter().for_each(|chunk| self.send(chunk, frames));
    }

    fn send(&mut self, chunk: &OutputChunk, frames: &mut Frames) {
        let is_wanted = self.wanted.is_none_or(|wanted| wanted == chunk.output_type);
        if is_wanted && self.sent.insert(chunk.id) {
            frames.event(super::OUTPUT, chunk);
        }
    }

    /// Sends what is stored and was not sent yet, and the end if the execution has ended.
    async fn catch_up(&mut self, frames: &mut Frames) -> Next {
        // The status first: what is stored after the end was read would be missed the other way round.
        let (ended, execution) = match self.context.store.executions.get(&self.execution).await {
            Ok(found) => (found.as_ref().is_none_or(|execution| is_end(execution.status)), found),
            Err(error) => {
                warn!(%error, "could not read the execution of a stream");
                (false, None)
            }
        };
        match self.context.store.outputs.read(&self.execution, self.wanted).await {
            Ok(chunks) => chunks.iter().for_each(|chunk| self.send(chunk, frames)),
            Err(error) => warn!(%error, "could not read the output for a stream"),
        }
        match execution.filter(|execution| execution.is_workflow()) {
            Some(workflow) if self.workflow.is_none() => self.begin(workflow, frames).await,
            Some(workflow) => self.go_on(&workflow, frames).await,
            None => {}
        }
        if !ended {
            return Next::GoOn;
        }
        frames.text(END);
        Next::End
    }
}

/// A paused workflow has no output to wait for, and clients do not wait for it.
const fn is_end(status: Status) -> bool {
    status.is_completed() || matches!(status, Status::Pausing | Status::Resuming)
}

#[async_trait]
impl Source for Output {
    async fn hear(&mut self, heard: Heard, frames: &mut Frames) -> Next {
        match heard {
            Heard::Message(Message::Output(chunk)) if chunk.execution_id == self.execution => {
                self.send(&chunk, frames);
                Next::GoOn
            }
            Heard::Message(Message::Execution { execution, .. })
                if execution.id == self.execution || execution.parent == Some(self.execution) =>
            {
                self.go_on(&execution, frames).await;
                let is_over = execution.id == self.execution && is_end(execution.status);
                if is_over { self.catch_up(frames).await } else { Next::GoOn }
            }
            Heard::Missed(_) => self.catch_up(frames).await,
            Heard::Message(_) => Next::GoOn,
        }
    }

    async fn idle(&mut self, frames: &mut Frames) -> Next {
        self.catch_up(frames).await
    }
}
