//! Spans as OTLP/HTTP in JSON (opentelemetry-proto, `ExportTraceServiceRequest`). Why not the SDK: docs/adr/0012.

use serde_json::{Value, json};
use squall_model::Timestamp;

use crate::Span;

/// Who exports.
#[derive(Debug, Clone)]
pub struct Resource {
    pub version: &'static str,
    pub instance: String,
    pub hostname: String,
    pub pid: u32,
}

/// Returns the body of one export.
pub fn export_request(resource: &Resource, spans: &[Span]) -> Value {
    let spans: Vec<Value> = spans.iter().map(span).collect();
    let attributes = [
        text("service.name", "squall"),
        text("service.version", resource.version),
        text("service.instance.id", &resource.instance),
        text("host.name", &resource.hostname),
        json!({"key": "process.pid", "value": {"intValue": resource.pid.to_string()}}),
    ];
    json!({
        "resourceSpans": [{
            "resource": {"attributes": attributes},
            "scopeSpans": [{"scope": {"name": "squall", "version": resource.version}, "spans": spans}],
        }],
    })
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

/// Nanoseconds do not fit into a number of JSON, so they are texts.
fn nanoseconds(at: Timestamp) -> String {
    (i128::from(at.as_micros()) * 1000).to_string()
}

fn span(span: &Span) -> Value {
    let attributes: Vec<Value> = span.attributes.iter().map(|(key, value)| text(key, value)).collect();
    let event = |event: &crate::SpanEvent| json!({"name": event.name, "timeUnixNano": nanoseconds(event.at)});
    let mut shown = json!({
        "traceId": span.place.trace.to_string(),
        "spanId": span.place.span.to_string(),
        "name": span.name,
        "kind": span.kind as u8,
        "startTimeUnixNano": nanoseconds(span.start),
        "endTimeUnixNano": nanoseconds(span.end),
        "attributes": attributes,
        "events": span.events.iter().map(event).collect::<Vec<_>>(),
    });
    if let Some(parent) = span.place.parent {
        shown["parentSpanId"] = json!(parent.to_string());
    }
    if let Some(reason) = &span.failure {
        shown["status"] = json!({"code": 2, "message": reason});
    }
    shown
}
