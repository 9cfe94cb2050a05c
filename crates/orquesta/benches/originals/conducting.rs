//! Conducting workflows whose actions all succeed at once: the time of the engine alone, without a store and without actions.

use serde_json::{Map, Value, json};
use squall_orquesta::{Effect, Engine, Event, EventKind, NoHost, Options, Status, Workflow};

use crate::Outcome;
use crate::python::{Originals, seconds};
use crate::table::{Row, best};

const TASKS: usize = 200;

/// Every task publishes what the next one uses.
fn sequence() -> Value {
    let task = |number: usize| {
        let next = json!({"when": "<% succeeded() %>", "publish": [{"n": "<% ctx().n + 1 %>"}], "do": format!("t{}", number + 1)});
        let last = json!({"when": "<% succeeded() %>", "publish": [{"n": "<% ctx().n + 1 %>"}]});
        let next = if number + 1 < TASKS { next } else { last };
        (
            format!("t{number}"),
            json!({"action": "core.echo", "input": {"message": "task <% ctx().n %>"}, "next": [next]}),
        )
    };
    let tasks: Map<String, Value> = (0..TASKS).map(task).collect();
    json!({"version": 1.0, "input": [{"n": 0}], "tasks": tasks, "output": [{"n": "<% ctx().n %>"}]})
}

fn items(concurrency: Option<usize>) -> Value {
    let mut with = json!({"items": "<% ctx().items %>"});
    if let Some(concurrency) = concurrency {
        with["concurrency"] = json!(concurrency);
    }
    let each = json!({
        "with": with,
        "action": "core.echo",
        "input": {"message": "<% item() %>"},
        "next": [{"publish": [{"n": "<% result().len() %>"}]}],
    });
    json!({"version": 1.0, "input": ["items"], "tasks": {"each": each}, "output": [{"n": "<% ctx().n %>"}]})
}

/// Reads, inspects, composes and conducts; returns the output.
fn conduct(definition: &Value, inputs: &Value) -> Outcome<Value> {
    let mut engine = Engine::new(Workflow::from_value(definition.clone(), Options::default())?);
    let inputs = inputs.as_object().cloned().unwrap_or_default();
    let mut event = Event::from(EventKind::Started { inputs, context: Map::new() });
    let mut effects = engine.apply(&mut event, &NoHost)?;
    let mut position = 0;
    while let Some(effect) = effects.get(position).cloned() {
        position += 1;
        match effect {
            Effect::RequestAction { task_id, route, attempt, item_id, .. } => {
                for (status, result) in [(Status::Running, Value::Null), (Status::Succeeded, json!({"stdout": "done"}))]
                {
                    let task_id = task_id.clone();
                    let kind = EventKind::ActionChanged { task_id, route, attempt, item_id, status, result };
                    effects.extend(engine.apply(&mut Event::from(kind), &NoHost)?);
                }
            }
            Effect::Finished { status: Status::Succeeded, output, .. } => return Ok(output),
            Effect::Finished { errors, .. } => return Err(format!("the workflow failed: {errors:?}").into()),
            _ => {}
        }
    }
    Err("the workflow did not end".into())
}

/// Conducts on both sides, compares the outputs and returns the seconds that each takes.
fn compare(originals: &Originals, definition: &Value, inputs: &Value) -> Outcome<(f64, f64)> {
    let job = json!({"job": "conduct", "definition": definition, "inputs": inputs});
    let theirs = originals.ask(&job)?;
    let output = conduct(definition, inputs)?;
    if output != theirs["output"] {
        return Err(format!("the outputs differ: {output} here, {} there", theirs["output"]).into());
    }
    Ok((time(definition, inputs), seconds(&theirs)?))
}

fn time(definition: &Value, inputs: &Value) -> f64 {
    best(|| {
        let _known_to_succeed = conduct(definition, inputs);
    })
}

pub(crate) fn workflow_rows(originals: Originals) -> Outcome<Vec<Row>> {
    let (ours, original) = compare(&originals, &sequence(), &json!({}))?;
    let what = format!("conducting a workflow of {TASKS} tasks in a row, the engine alone");
    Ok(vec![Row { what, aim: "", ours, original: Some(original) }])
}

pub(crate) fn items_rows(originals: Originals) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for concurrency in [None, Some(10)] {
        let (definition, at_once) =
            (items(concurrency), concurrency.map_or_else(|| "all".to_owned(), |most| most.to_string()));
        for count in [100_usize, 1_000, 10_000] {
            let items: Vec<String> = (0..count).map(|item| format!("item {item}")).collect();
            let inputs = json!({"items": items});
            // The original renders every item again whenever one ends.
            let (ours, original) = if count == 100 {
                let (ours, original) = compare(&originals, &definition, &inputs)?;
                (ours, Some(original / count as f64))
            } else {
                (time(&definition, &inputs), None)
            };
            let what = format!("an item of a task with {count} items, {at_once} at once, the engine alone");
            rows.push(Row { what, aim: "≤ 1 ms, flat", ours: ours / count as f64, original });
        }
    }
    Ok(rows)
}
