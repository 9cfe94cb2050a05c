//! Spans on their way out: a bounded buffer that nobody ever waits for.

use std::sync::OnceLock;

use squall_model::Timestamp;
use tokio::sync::mpsc;

use crate::{Place, metrics};

/// How many spans may wait for the collector.
const BACKLOG: usize = 8192;

/// What a span is to its neighbours, as OTLP counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Internal = 1,
    Server = 2,
    Producer = 4,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SpanEvent {
    pub name: String,
    pub at: Timestamp,
}

/// Something that happened, from when to when.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub place: Place,
    pub name: String,
    pub kind: Kind,
    pub start: Timestamp,
    pub end: Timestamp,
    pub attributes: Vec<(&'static str, String)>,
    pub events: Vec<SpanEvent>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

static BUFFER: OnceLock<mpsc::Sender<Span>> = OnceLock::new();

/// The spans that wait to be exported.
pub struct Spans {
    waiting: mpsc::Receiver<Span>,
}

/// Starts to collect; none when that was done before.
pub fn collect_spans() -> Option<Spans> {
    let (sender, waiting) = mpsc::channel(BACKLOG);
    BUFFER.set(sender).ok().map(|()| Spans { waiting })
}

pub fn is_collecting() -> bool {
    BUFFER.get().is_some()
}

/// Records a span, if anybody collects and its trace is recorded. A full buffer drops it and counts that.
pub fn record(place: Place, describe: impl FnOnce(Place) -> Span) {
    let Some(buffer) = BUFFER.get().filter(|_| place.sampled) else { return };
    match buffer.try_reserve() {
        Ok(free) => free.send(describe(place)),
        Err(_) => metrics().spans("dropped", 1),
    }
}

impl Spans {
    /// Waits for spans and returns up to `most`; empty at the end.
    pub async fn batch(&mut self, most: usize) -> Vec<Span> {
        let mut batch = Vec::new();
        self.waiting.recv_many(&mut batch, most).await;
        batch
    }

    /// Returns up to `most` of those that are there now.
    pub fn ready(&mut self, most: usize) -> Vec<Span> {
        std::iter::from_fn(|| self.waiting.try_recv().ok()).take(most).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SpanId, TraceId};

    fn place(sampled: bool) -> Place {
        Place { trace: TraceId::derived(&["t"]), span: SpanId::derived(&["s"]), parent: None, sampled }
    }

    fn span(place: Place) -> Span {
        let at = Timestamp::from_micros(0);
        let (attributes, events) = (Vec::new(), Vec::new());
        Span { place, name: "a".into(), kind: Kind::Internal, start: at, end: at, attributes, events, failure: None }
    }

    #[tokio::test]
    async fn a_full_buffer_drops_and_counts_and_an_unsampled_trace_is_not_recorded() {
        record(place(true), |_| panic!("nobody collects"));
        let mut spans = collect_spans().unwrap();
        assert!(collect_spans().is_none());
        record(place(false), |_| panic!("the caller does not record this trace"));
        for _ in 0..BACKLOG + 3 {
            record(place(true), span);
        }
        assert_eq!(spans.batch(100).await.len(), 100);
        assert!(crate::text(metrics(), &[]).contains("squall_trace_spans_total{outcome=\"dropped\"} 3"));
    }
}
