//! Stays with the process of an action: streams its output, keeps its time limit, obeys a cancellation.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use squall_spawn::{Child, ChildEvent, Exit, OutputChunk, OutputStream, Record, Registry};

use crate::request::{OutputSink, OutputType, RunIo};

/// How long a process may take to end after it was asked to.
const KILL_GRACE: Duration = Duration::from_secs(2);

/// How long output is awaited after the group was killed; only a process that left the group still holds it open.
const DRAIN_LIMIT: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Exited(Exit),
    TimedOut,
    Canceled,
}

/// A process that is over.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) ending: Ending,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// Notes that a process is about to be started, so that the next server ends it should this one be killed.
pub(crate) fn announce(registry: Option<&Arc<Registry>>, execution_id: &str) -> Option<Record> {
    let record = registry?.announce(execution_id);
    record.inspect_err(|error| tracing::warn!(%error, "a process could not be recorded")).ok()
}

/// Accompanies a child to its end, whatever ends it.
pub(crate) async fn accompany(
    child: &mut Child,
    execution_id: &str,
    record: Option<Record>,
    time_limit: Option<Duration>,
    mut io: RunIo,
) -> io::Result<Finished> {
    let _record = record.inspect(|record| {
        if let Err(error) = record.identify(child.identity()) {
            tracing::warn!(%error, "a process could not be recorded");
        }
    });
    let mut collected = Collected::new(io.output.clone());
    let deadline = async {
        match time_limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(deadline);
    let ending = loop {
        tokio::select! {
            event = child.next_event() => match event? {
                ChildEvent::Output(chunk) => collected.take(&chunk),
                ChildEvent::Finished(exit) => break Ending::Exited(exit),
            },
            () = &mut deadline => break Ending::TimedOut,
            () = io.cancellation.canceled() => break Ending::Canceled,
        }
    };
    if !matches!(ending, Ending::Exited(_)) {
        child.kill_tree(KILL_GRACE).await?;
        let rest = async {
            while let Some(chunk) = child.next_output().await {
                collected.take(&chunk);
            }
        };
        if tokio::time::timeout(DRAIN_LIMIT, rest).await.is_err() {
            tracing::warn!(execution_id, "a process outside the group of its action still holds the output open");
        }
    }
    Ok(collected.finish(ending))
}

/// Both streams in full, with a cursor for the lines that were already shown.
struct Collected {
    sink: Arc<dyn OutputSink>,
    stdout: Stream,
    stderr: Stream,
}

#[derive(Default)]
struct Stream {
    bytes: Vec<u8>,
    shown: usize,
}

impl Collected {
    fn new(sink: Arc<dyn OutputSink>) -> Self {
        Self { sink, stdout: Stream::default(), stderr: Stream::default() }
    }

    fn take(&mut self, chunk: &OutputChunk) {
        let (stream, output_type) = match chunk.stream {
            OutputStream::Stdout => (&mut self.stdout, OutputType::Stdout),
            OutputStream::Stderr => (&mut self.stderr, OutputType::Stderr),
        };
        let searched = stream.bytes.len();
        stream.bytes.extend_from_slice(&chunk.bytes);
        let Some(last) = stream.bytes[searched..].iter().rposition(|byte| *byte == b'\n') else { return };
        stream.show_up_to(searched + last + 1, output_type, self.sink.as_ref());
    }

    fn finish(mut self, ending: Ending) -> Finished {
        let (stdout_end, stderr_end) = (self.stdout.bytes.len(), self.stderr.bytes.len());
        self.stdout.show_up_to(stdout_end, OutputType::Stdout, self.sink.as_ref());
        self.stderr.show_up_to(stderr_end, OutputType::Stderr, self.sink.as_ref());
        Finished { ending, stdout: self.stdout.bytes, stderr: self.stderr.bytes }
    }
}

impl Stream {
    fn show_up_to(&mut self, end: usize, output_type: OutputType, sink: &dyn OutputSink) {
        for line in String::from_utf8_lossy(&self.bytes[self.shown..end]).split_inclusive('\n') {
            sink.line(output_type, line);
        }
        self.shown = end;
    }
}
