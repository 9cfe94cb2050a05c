//! A definition of a workflow in any of the three languages: read, inspected, drawn, and conducted for a while.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use squall_chain::{Chain, SharedHost};
use squall_mistral::{Translation, is_mistral};
use squall_orquesta::drawing::Drawing;
use squall_orquesta::{ConductError, Effect, Engine, Event, EventKind, NoHost, Status, Workflow};

use crate::host::World;

/// How many actions end before a workflow is left alone.
const PATIENCE: usize = 12;

pub(crate) fn take(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if is_mistral(text) {
        take_mistral(text);
    } else if text.contains("chain") {
        take_chain(text);
    } else {
        take_orquesta(text);
    }
}

fn take_orquesta(text: &str) {
    let Ok(workflow) = Workflow::compile(text) else { return };
    for entry in workflow.inspect(&given()) {
        assert!(entry.line.is_none_or(|line| line <= text.lines().count() + 1), "a place beyond the end: {entry:?}");
    }
    let drawing = Drawing::of(&workflow);
    assert!(drawing.to_mermaid().starts_with("flowchart") && drawing.to_svg().ends_with("</svg>\n"));
    conduct_workflow(workflow);
}

fn take_mistral(text: &str) {
    let Ok(translation) = Translation::of(text) else { return };
    for mistake in translation.inspect(&given()) {
        let line = mistake.place.map_or(0, |(line, _)| line);
        assert!(line <= text.lines().count() + 1, "a place beyond the end: {mistake:?}");
    }
    if let Ok(workflow) = translation.compile() {
        conduct_workflow(workflow);
    }
}

fn take_chain(text: &str) {
    Chain::unknown_fields(text);
    let Ok(chain) = Chain::compile(text) else { return };
    let host: SharedHost = Arc::new(World);
    let mut engine = squall_chain::Engine::new(chain);
    conduct(Map::new(), |event| engine.apply(event, &host));
    engine.result();
}

fn conduct_workflow(workflow: Arc<Workflow>) {
    let mut engine = Engine::new(workflow);
    conduct(given(), |event| engine.apply(event, &NoHost));
    engine.result();
}

/// What every workflow is given besides its inputs.
fn given() -> Map<String, Value> {
    Map::from_iter([("st2".to_owned(), json!({"user": "stanley"})), ("parent".to_owned(), json!({}))])
}

/// Tells an engine that it begins, and then of every action that it ended: every third one badly.
fn conduct(context: Map<String, Value>, mut apply: impl FnMut(&mut Event) -> Result<Vec<Effect>, ConductError>) {
    let mut tell = |kind| apply(&mut Event::from(kind)).unwrap_or_default();
    let mut effects = tell(EventKind::Started { inputs: Map::new(), context });
    let mut ended = 0;
    while !effects.is_empty() && ended < PATIENCE {
        let Effect::RequestAction { task_id, route, attempt, item_id, .. } = effects.remove(0) else { continue };
        ended += 1;
        let status = if ended % 3 == 0 { Status::Failed } else { Status::Succeeded };
        let result = json!({"stdout": "said", "result": [1, {"a": null}]});
        effects.extend(tell(EventKind::ActionChanged { task_id, route, attempt, item_id, status, result }));
    }
}
