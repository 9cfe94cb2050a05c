//! Log lines as JSON: one object a line, with what the line is about at the top.
//!
//! `timestamp`, `level`, `target`, then the ids of the execution, its workflow and its trace (from the spans around the line, or
//! from the line itself), then `fields` with the message. Names are always in the same place, so that programs can filter.

use std::fmt::Debug;
use std::io::Write;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// What is lifted out of the fields of a line: by these people look for lines.
const IDS: [&str; 5] = ["execution_id", "workflow_execution_id", "trigger_instance_id", "trace_id", "action"];

pub(super) struct JsonLines<W> {
    writer: W,
}

impl<W> JsonLines<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer }
    }
}

/// The fields of a span, kept with it.
struct SpanFields(Map<String, Value>);

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Map::new();
        attributes.record(&mut Fields(&mut fields));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(SpanFields(fields)) = span.extensions_mut().get_mut() {
            values.record(&mut Fields(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut line = Map::new();
        let now = jiff::Timestamp::now();
        line.insert("timestamp".to_owned(), json!(format!("{now:.6}")));
        line.insert("level".to_owned(), json!(metadata.level().as_str()));
        line.insert("target".to_owned(), json!(metadata.target()));
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(SpanFields(fields)) = span.extensions().get() {
                line.extend(fields.clone());
            }
        }
        let mut fields = Map::new();
        event.record(&mut Fields(&mut fields));
        for name in IDS {
            line.extend(fields.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        line.insert("fields".to_owned(), Value::Object(fields));
        let text = Value::Object(line).to_string() + "\n";
        // There is nowhere left to say that a line could not be written.
        let _ = self.writer.make_writer_for(metadata).write_all(text.as_bytes());
    }
}

/// Takes fields as they are: numbers as numbers, everything else as its text.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().trim_start_matches("r#").to_owned(), value);
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, json!(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, json!(value));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use squall_model::Secret;
    use tracing::{info, info_span, warn};
    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines(log: impl FnOnce()) -> Vec<Value> {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = Registry::default().with(JsonLines::new(move || writer.clone()));
        tracing::subscriber::with_default(subscriber, log);
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_about_an_execution_names_it_whether_the_span_or_the_line_knows_it() {
        let found = lines(|| {
            let span =
                info_span!("execution", execution_id = "e1", action = "core.noop", trace_id = tracing::field::Empty);
            span.record("trace_id", "t1");
            span.in_scope(|| {
                warn!(attempt = 2, "first\nsecond line");
                info!(execution_id = %"e2", "about its child");
            });
            info!(execution_id = %"e3", "outside of a span");
        });
        assert_eq!(found.len(), 3, "one object a line");
        assert_eq!((&found[0]["execution_id"], &found[0]["trace_id"]), (&json!("e1"), &json!("t1")));
        assert_eq!((&found[0]["action"], &found[0]["level"]), (&json!("core.noop"), &json!("WARN")));
        assert_eq!(found[0]["fields"], json!({"attempt": 2, "message": "first\nsecond line"}));
        assert_eq!((&found[1]["execution_id"], &found[1]["trace_id"]), (&json!("e2"), &json!("t1")));
        assert_eq!(found[2]["execution_id"], "e3");
        assert!(found[2]["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn a_secret_is_asterisks() {
        let token = Secret::new("canary");
        let found = lines(|| info!(?token, "logged in"));
        assert!(!found[0].to_string().contains("canary"), "{}", found[0]);
        assert!(found[0]["fields"]["token"].as_str().unwrap().contains("***"), "{}", found[0]);
    }
}
