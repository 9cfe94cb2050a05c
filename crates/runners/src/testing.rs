//! What the tests of the runners share.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;
use squall_model::Map;
use squall_python::PythonOptions;
use tokio::sync::watch;

use crate::outcome::Outcome;
use crate::registry::{RunnerRegistry, RunnerSettings};
use crate::request::{Cancellation, OutputSink, OutputType, RunIo, RunRequest};

/// Keeps the lines that a runner showed.
#[derive(Debug, Default)]
pub(crate) struct Lines(pub(crate) Mutex<Vec<(OutputType, String)>>);

impl OutputSink for Lines {
    fn line(&self, output_type: OutputType, text: &str) {
        self.0.lock().unwrap().push((output_type, text.to_owned()));
    }
}

/// Made once: it asks the interpreter where it is.
pub(crate) fn runners() -> &'static RunnerRegistry {
    static RUNNERS: OnceLock<RunnerRegistry> = OnceLock::new();
    RUNNERS.get_or_init(|| {
        let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python");
        RunnerRegistry::new(&RunnerSettings { python: PythonOptions::new(shim), processes: None })
    })
}

pub(crate) fn map(value: Value) -> Map {
    value.as_object().cloned().expect("an object")
}

/// Returns an io with the lines and the switch behind it.
pub(crate) fn io() -> (RunIo, Arc<Lines>, watch::Sender<bool>) {
    let lines = Arc::new(Lines::default());
    let (switch, cancellation) = Cancellation::new();
    (RunIo { output: lines.clone(), cancellation }, lines, switch)
}

pub(crate) async fn run(runner: &str, request: RunRequest) -> Outcome {
    let (io, _lines, _switch) = io();
    runners().get(runner).expect("a runner").run(request, io).await
}
