//! The output of one execution: what is stored, then what comes, until the execution ends.

use std::collections::HashSet;

use async_trait::async_trait;
use squall_bus::{Exchange, Heard, Message};
use squall_model::{Id, OutputChunk, OutputType, Status};
use squall_service::Context;
use tracing::warn;

use crate::call::{Call, Outcome};
use crate::resources::executions::{find_or_last, output_type};
use crate::sse::{self, Frames, Next, Source};

const EVENT: &str = "st2.execution.output__create";
const END: &str = "event: EOF\ndata: ''\n\n";

pub(super) async fn follow(call: Call) -> Outcome {
    let listener = sse::listen(call.context(), &[Exchange::Execution, Exchange::ExecutionOutput]).await?;
    let execution = find_or_last(&call).await?;
    let mut frames = Frames::default();
    // Some type of output that does not exist never comes.
    let Ok(wanted) = output_type(&call) else {
        frames.text(END);
        let source =
            Output { context: call.context().clone(), execution: execution.id, wanted: None, sent: HashSet::new() };
        return Ok(sse::answer(call.context(), source, frames, listener, true));
    };
    let mut source = Output { context: call.context().clone(), execution: execution.id, wanted, sent: HashSet::new() };
    let is_ending = source.catch_up(&mut frames).await == Next::End;
    Ok(sse::answer(call.context(), source, frames, listener, is_ending))
}

struct Output {
    context: Context,
    execution: Id,
    wanted: Option<OutputType>,
    /// Chunks come from the store and from the bus; each is sent once.
    sent: HashSet<Id>,
}

impl Output {
    fn send(&mut self, chunk: &OutputChunk, frames: &mut Frames) {
        let is_wanted = self.wanted.is_none_or(|wanted| wanted == chunk.output_type);
        if is_wanted && self.sent.insert(chunk.id) {
            frames.event(EVENT, chunk);
        }
    }

    /// Sends what is stored and was not sent yet, and the end if the execution has ended.
    async fn catch_up(&mut self, frames: &mut Frames) -> Next {
        // The status first: what is stored after the end was read would be missed the other way round.
        let ended = match self.context.store.executions.get(&self.execution).await {
            Ok(found) => found.is_none_or(|execution| is_end(execution.status)),
            Err(error) => {
                warn!(%error, "could not read the execution of a stream");
                false
            }
        };
        match self.context.store.outputs.read(&self.execution, self.wanted).await {
            Ok(chunks) => chunks.iter().for_each(|chunk| self.send(chunk, frames)),
            Err(error) => warn!(%error, "could not read the output for a stream"),
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
                if execution.id == self.execution && is_end(execution.status) =>
            {
                self.catch_up(frames).await
            }
            Heard::Missed(_) => self.catch_up(frames).await,
            Heard::Message(_) => Next::GoOn,
        }
    }

    async fn idle(&mut self, frames: &mut Frames) -> Next {
        self.catch_up(frames).await
    }
}
