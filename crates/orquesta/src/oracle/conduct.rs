//! Whole workflows, conducted step by step as the original's callers do.

use serde_json::{Map, Value, json};

use super::{UPSTREAM, refusal};
use crate::conductor::{Accumulated, Conductor, ConductorError, NextTask, Report, RerunRequest};
use crate::context::ContextPath;
use crate::host::{Answers, NoHost};
use crate::status::Status;
use crate::workflow::Workflow;

type Refusal = (String, String);

/// Plays the steps of a question. Each is answered with `ok` or `err`, and with `after` where it changed something.
pub(super) fn trace(question: &Value) -> Result<Vec<Value>, Refusal> {
    let answers = Answers::new(&NoHost, Vec::new());
    let mut conductor = start(&question["start"], &answers)?;
    let mut before = Value::Null;
    let mut answered = Vec::new();
    for step in question["steps"].as_array().into_iter().flatten() {
        let mut answer = match perform(&mut conductor, step, &answers) {
            Ok(value) => json!({ "ok": value }),
            Err((class, message)) => json!({ "err": { "class": class, "message": message } }),
        };
        let after = visible_state(&conductor);
        if after != before {
            answer["after"] = after.clone();
            before = after;
        }
        answered.push(answer);
    }
    Ok(answered)
}

/// A new conductor, or one that was stored.
fn start(start: &Value, answers: &Answers<'_>) -> Result<Conductor, Refusal> {
    let definition = if start["spec"].get("catalog").is_some() { &start["spec"]["spec"] } else { &start["spec"] };
    let workflow = match definition {
        Value::String(text) => Workflow::compile_with(text, UPSTREAM),
        other => Workflow::from_value(other.clone(), UPSTREAM),
    };
    let workflow = workflow.map_err(|error| refusal("ValueError", error.to_string()))?;
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    if start["kind"] != "restore" {
        return Ok(Conductor::new(workflow, object(&start["context"]), object(&start["inputs"]), answers));
    }
    let mut stored = start.clone();
    for key in ["context", "input"] {
        stored[key] = Value::Object(object(&stored[key]));
    }
    Conductor::restore(workflow, stored).map_err(|error| refusal("ValueError", error.to_string()))
}

fn visible_state(conductor: &Conductor) -> Value {
    let value = conductor.to_value_without_definition();
    let parts = ["state", "errors", "log", "output"];
    parts.into_iter().map(|part| (part.to_owned(), value[part].clone())).collect::<Map<_, _>>().into()
}

/// The arguments of a step, by position or by name.
struct Arguments<'a>(&'a Value);

impl<'a> Arguments<'a> {
    fn get(&self, position: usize, name: &str) -> &'a Value {
        let by_position = self.0["a"].get(position);
        by_position.or_else(|| self.0["k"].get(name)).unwrap_or(&Value::Null)
    }

    fn task_id(&self) -> &'a str {
        self.get(0, "task_id").as_str().unwrap_or_default()
    }

    fn route(&self) -> usize {
        number(self.get(1, "route")).unwrap_or(0)
    }
}

fn number(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok())
}

fn perform(conductor: &mut Conductor, step: &Value, answers: &Answers<'_>) -> Result<Value, Refusal> {
    let arguments = Arguments(step);
    let (task_id, route) = (arguments.task_id(), arguments.route());
    match step["op"].as_str().unwrap_or_default() {
        "request_workflow_status" => done(conductor.request_status(status(arguments.get(0, "status"))?)),
        "update_task_state" => {
            let report = report(arguments.get(2, "event"))?;
            done(conductor.update_task(task_id, route, &report, answers).map(|_| ()))
        }
        "get_next_tasks" => Ok(next_tasks(conductor, answers)),
        "get_workflow_status" => Ok(json!(conductor.status())),
        "render_workflow_output" => {
            conductor.render_output(answers);
            Ok(Value::Null)
        }
        "get_workflow_output" => Ok(json!(conductor.output())),
        "get_workflow_input" => Ok(conductor.to_value_without_definition()["input"].clone()),
        "get_workflow_parent_context" => Ok(conductor.to_value_without_definition()["context"].clone()),
        "request_workflow_rerun" => {
            done(conductor.request_rerun(&rerun_requests(arguments.get(0, "task_requests")), answers))
        }
        "get_task_state_entry" => Ok(json!(conductor.task_entry(task_id, route))),
        "get_workflow_terminal_context" => Ok(Value::Object(conductor.terminal_variables().to_map())),
        "get_task_initial_context" => Ok(initial_context(conductor, task_id, route)),
        "get_task_transition_contexts" => transition_contexts(conductor, task_id, route),
        "make_task_context" => Ok(task_context(conductor, arguments.get(0, "task_state_entry"), &step["k"])),
        "has_next_tasks" if task_id.is_empty() => Ok(json!(conductor.state.staging.has_ready())),
        "has_next_tasks" => {
            Ok(json!(run_of(conductor, task_id, route).is_some_and(|run| conductor.leads_on(run, true))))
        }
        "has_barrier_next" => {
            Ok(json!(run_of(conductor, task_id, route).is_some_and(|run| conductor.has_barrier_next(run))))
        }
        other => Err(refusal("AttributeError", format!("'WorkflowConductor' object has no attribute '{other}'"))),
    }
}

fn done(outcome: Result<(), ConductorError>) -> Result<Value, Refusal> {
    outcome.map(|()| Value::Null).map_err(|error| (error.class().to_owned(), error.to_string()))
}

fn status(value: &Value) -> Result<Status, Refusal> {
    let name = value.as_str().unwrap_or("null");
    name.parse().map_err(|_| refusal("InvalidStatus", format!("Status \"{name}\" is not valid.")))
}

fn report(event: &Value) -> Result<Report, Refusal> {
    let (status, result) = (status(&event["status"])?, event["result"].clone());
    Ok(match event.get("item_id").and_then(number) {
        Some(item_id) => {
            let accumulated = Accumulated::Given(event["accumulated_result"].clone());
            Report::Item { item_id, status, result, accumulated }
        }
        None => Report::Action { status, result },
    })
}

fn rerun_requests(requests: &Value) -> Vec<RerunRequest> {
    let request = |request: &Value| RerunRequest {
        task_id: request["task_id"].as_str().unwrap_or_default().to_owned(),
        route: number(&request["route"]).unwrap_or(0),
        reset_items: request["reset_items"] == json!(true),
    };
    requests.as_array().into_iter().flatten().map(request).collect()
}

fn run_of(conductor: &Conductor, task_id: &str, route: usize) -> Option<usize> {
    conductor.state.latest_index(conductor.workflow.graph().number(task_id)?, route)
}

fn initial_context(conductor: &Conductor, task_id: &str, route: usize) -> Value {
    json!(conductor.task_variables(task_id, route).map(|variables| variables.to_map()))
}

/// What the targets of the transitions that were taken see.
fn transition_contexts(conductor: &Conductor, task_id: &str, route: usize) -> Result<Value, Refusal> {
    let Some(entry) = conductor.task_entry(task_id, route) else {
        return done(Err(ConductorError::InvalidTaskStateEntry(task_id.to_owned())));
    };
    let taken = entry["next"].as_object().into_iter().flatten().filter(|(_, taken)| **taken == json!(true));
    let contexts = taken.map(|(transition, _)| {
        let target = transition.rsplit_once("__t").map_or(transition.as_str(), |(target, _)| target);
        (transition.clone(), initial_context(conductor, target, route))
    });
    Ok(Value::Object(contexts.collect()))
}

fn task_context(conductor: &Conductor, entry: &Value, keywords: &Value) -> Value {
    let layers = entry["ctxs"]["in"].as_array().into_iter().flatten().filter_map(number);
    let known = layers.filter(|layer| *layer < conductor.state.contexts.len());
    let mut context = ContextPath::of(known).merged(&conductor.state.contexts).to_map();
    let task = json!({"id": entry["id"], "route": entry["route"], "result": keywords["task_result"]});
    context.insert("__current_task".to_owned(), task);
    Value::Object(context)
}

fn next_tasks(conductor: &mut Conductor, answers: &Answers<'_>) -> Value {
    let tasks = conductor.next_tasks(answers);
    tasks.iter().map(|task| next_task(conductor, task)).collect()
}

fn next_task(conductor: &Conductor, task: &NextTask) -> Value {
    let variables = conductor.task_variables(&task.task_id, task.route).unwrap_or_default();
    let mut context: Map<String, Value> = variables.to_map();
    context.insert("__current_task".to_owned(), json!({"id": &*task.task_id, "route": task.route}));
    let actions: Vec<Value> = task
        .actions
        .iter()
        .map(|request| {
            let mut action = json!({"action": request.action, "input": request.input});
            if let Some(item_id) = request.item_id {
                action["item_id"] = json!(item_id);
            }
            action
        })
        .collect();
    let mut value = json!({"id": &*task.task_id, "route": task.route, "ctx": context, "actions": actions});
    if let Some(delay) = task.delay {
        value["delay"] = json!(delay);
    }
    if let Some(count) = task.items_count {
        value["items_count"] = json!(count);
        value["concurrency"] = task.concurrency.clone();
    }
    value
}
