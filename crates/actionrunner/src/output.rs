//! Live output: lines go to the store and to listeners in batches; the action never waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use squall_bus::Message;
use squall_model::{Execution, OutputChunk};
use squall_runners::{OutputSink, OutputType};
use squall_service::{Context, TaskKind, publish_quietly};
use tokio::sync::mpsc;
use tracing::warn;

/// How many chunks may wait to be stored; beyond that they are counted as dropped.
const BACKLOG: usize = 10_000;
const MOST_PER_WRITE: usize = 500;

/// Takes the lines of one execution.
pub(crate) struct StoredOutput {
    context: Context,
    execution: Arc<Execution>,
    chunks: mpsc::Sender<OutputChunk>,
    dropped: AtomicU64,
}

/// Resolves when everything that was said is stored.
pub(crate) struct OutputEnd {
    ended: tokio::sync::oneshot::Receiver<()>,
}

impl OutputEnd {
    pub(crate) async fn wait(self) {
        // An error means that the task is gone, which is the end as well.
        let _ended = self.ended.await;
    }
}

impl StoredOutput {
    pub(crate) fn start(context: &Context, execution: Arc<Execution>) -> (Arc<Self>, OutputEnd) {
        let (chunks, waiting) = mpsc::channel(BACKLOG);
        let (end, ended) = tokio::sync::oneshot::channel();
        let storing = context.clone();
        context.tasks.spawn(TaskKind::Work, "output", async move {
            store(storing, waiting).await;
            let _unheard = end.send(());
        });
        let sink = Self { context: context.clone(), execution, chunks, dropped: AtomicU64::new(0) };
        (Arc::new(sink), OutputEnd { ended })
    }
}

impl OutputSink for StoredOutput {
    fn line(&self, output_type: OutputType, text: &str) {
        let chunk = OutputChunk {
            id: self.context.new_id(),
            execution_id: self.execution.id,
            action_ref: self.execution.action_ref().to_owned(),
            runner_ref: self.execution.snapshot.runner.name.clone(),
            timestamp: self.context.now(),
            output_type: match output_type {
                OutputType::Stdout => squall_model::OutputType::Stdout,
                OutputType::Stderr => squall_model::OutputType::Stderr,
            },
            data: text.to_owned(),
        };
        if self.chunks.try_send(chunk).is_err() && self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            warn!(execution_id = %self.execution.id, "output comes faster than it can be stored; some is dropped");
        }
    }
}

async fn store(context: Context, mut waiting: mpsc::Receiver<OutputChunk>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, MOST_PER_WRITE).await > 0 {
        if let Err(error) = context.store.outputs.append(batch.clone()).await {
            warn!(%error, "could not store output");
        }
        for chunk in batch.drain(..) {
            publish_quietly(&context, Message::Output(Arc::new(chunk))).await;
        }
    }
}
