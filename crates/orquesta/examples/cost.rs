//! What the engine costs: per item of a `with items` task, and per definition read, inspected and composed.
//! `cargo run -p squall-orquesta --example cost [definition.yaml…]`

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use squall_orquesta::{Effect, Engine, Event, EventKind, NoHost, Status, Workflow};

const ITEMS: &str = "
input: [items, limit]
tasks:
  each:
    with: {items: <% ctx().items %>, concurrency: <% ctx().limit %>}
    action: core.echo message=<% item() %>
    next:
      - publish: [{answers: <% result().len() %>}]
output:
  - answers: <% ctx().answers %>
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout();
    for limit in [Value::Null, json!(10)] {
        for count in [100_usize, 1_000, 10_000] {
            let spent = run_items(count, &limit)?;
            let per_item = spent / u32::try_from(count)?;
            writeln!(out, "{count:>6} items, concurrency {limit}: {spent:.2?}, {per_item:.2?} per item")?;
        }
    }
    for path in std::env::args().skip(1) {
        let definition = std::fs::read_to_string(&path)?;
        let start = Instant::now();
        let mut rounds = 0;
        let mut found = 0;
        while rounds < 200 && start.elapsed() < Duration::from_secs(1) {
            found = Workflow::compile(&definition).map_or(1, |workflow| workflow.inspect(&Map::new()).len());
            rounds += 1;
        }
        writeln!(out, "{path}: {:.2?} per definition, {found} mistakes", start.elapsed() / rounds)?;
    }
    Ok(())
}

fn run_items(count: usize, limit: &Value) -> Result<Duration, Box<dyn std::error::Error>> {
    let workflow = Workflow::compile(ITEMS)?;
    let items: Vec<String> = (0..count).map(|item| format!("item {item}")).collect();
    let Value::Object(inputs) = json!({"items": items, "limit": limit}) else { return Ok(Duration::ZERO) };
    let start = Instant::now();
    let mut engine = Engine::new(Arc::clone(&workflow));
    let mut event = Event::from(EventKind::Started { inputs, context: Map::new() });
    let mut effects = engine.apply(&mut event, &NoHost)?;
    let mut position = 0;
    while let Some(effect) = effects.get(position).cloned() {
        position += 1;
        if let Effect::RequestAction { task_id, route, attempt, item_id, .. } = effect {
            let result = json!({"stdout": "done", "return_code": 0});
            let status = Status::Succeeded;
            let kind = EventKind::ActionChanged { task_id, route, attempt, item_id, status, result };
            effects.extend(engine.apply(&mut Event::from(kind), &NoHost)?);
        }
    }
    assert_eq!(engine.status(), Status::Succeeded);
    Ok(start.elapsed())
}
