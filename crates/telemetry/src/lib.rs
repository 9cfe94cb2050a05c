//! What operators see of a process from outside: metrics, statsd, traces.
//!
//! Everything here belongs to the process, not to a service: counters and buffers are global, cost a few nanoseconds where nobody
//! collects them, and never make anybody wait. What leaves the process is sent by the binary.

mod exposition;
mod ids;
mod metrics;
mod otlp;
mod place;
mod process;
mod spans;
pub mod statsd;

pub use exposition::{Gauge, text};
pub use ids::{InvalidTraceparent, SpanId, TraceId, Traceparent};
pub use metrics::{Metrics, http_status, metrics};
pub use otlp::{Resource, export_request};
pub use place::{Place, carried, of_event, of_execution, of_rule};
pub use spans::{Kind, Span, SpanEvent, Spans, collect_spans, is_collecting, record};
