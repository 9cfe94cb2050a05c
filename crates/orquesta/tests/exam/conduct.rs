//! Whole workflows, conducted step by step as the original's callers do.

use serde_json::{Map, Value, json};
use squall_orquesta::conductor::{Accumulated, Conductor, ConductorError, NextTask, Report, RerunRequest};
use squall_orquesta::{Answers, NoHost, Options, Status, Workflow};

use crate::compare::difference;

pub(crate) fn trace(record: &Value) -> Result<bool, String> {
    let start = &record["start"];
    let workflow = Workflow::from_value(start["spec"].clone(), Options { evaluate_results_again: true })
        .map_err(|error| error.to_string())?;
    let answers = Answers::new(&NoHost, Vec::new());
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut conductor = if start["kind"] == "new" {
        Conductor::new(workflow, object(&start["context"]), object(&start["inputs"]), &answers)
    } else {
        let mut stored = start.clone();
        for key in ["context", "input"] {
            stored[key] = Value::Object(object(&stored[key]));
        }
        Conductor::restore(workflow, stored).map_err(|error| error.to_string())?
    };
    for (number, step) in record["steps"].as_array().into_iter().flatten().enumerate() {
        let place = format!("step {number} {}{}", step["op"], step["a"]);
        let place: String = place.chars().take(200).collect();
        perform(&mut conductor, step, &answers).map_err(|why| format!("{place}: {why}"))?;
        if let Some(after) = step.get("after") {
            let ours = conductor.to_value();
            for part in ["state", "errors", "log", "output"] {
                if let Some(difference) = difference(part, &after[part], &ours[part]) {
                    return Err(format!("{place}: {difference}"));
                }
            }
        }
    }
    Ok(true)
}

fn perform(conductor: &mut Conductor, step: &Value, answers: &Answers<'_>) -> Result<(), String> {
    let arguments = &step["a"];
    let task_id = arguments[0].as_str().unwrap_or_default();
    let route = arguments[1].as_u64().and_then(|route| usize::try_from(route).ok()).unwrap_or(0);
    let done = |outcome: Result<(), ConductorError>| outcome.map(|()| Value::Null);
    let answer = match step["op"].as_str().unwrap_or_default() {
        "request_workflow_status" => done(conductor.request_status(status(&arguments[0]))),
        "update_task_state" => done(conductor.update_task(task_id, route, &report(&arguments[2]), answers).map(|_| ())),
        "get_next_tasks" => Ok(next_tasks(conductor, answers)),
        "get_workflow_status" => Ok(json!(conductor.status())),
        "render_workflow_output" => {
            conductor.render_output(answers);
            Ok(Value::Null)
        }
        "get_workflow_output" => Ok(json!(conductor.output())),
        "get_workflow_input" => Ok(conductor.to_value()["input"].clone()),
        "get_workflow_parent_context" => Ok(conductor.to_value()["context"].clone()),
        "request_workflow_rerun" => {
            let requests = arguments.get(0).or_else(|| step["k"].get("task_requests"));
            done(conductor.request_rerun(&requests.map(rerun_requests).unwrap_or_default(), answers))
        }
        "get_task_state_entry" => Ok(json!(conductor.task_entry(task_id, route))),
        "get_workflow_terminal_context" => Ok(Value::Object(conductor.terminal_variables().to_map())),
        "get_task_initial_context" => {
            Ok(json!(conductor.task_variables(task_id, route).map(|variables| variables.to_map())))
        }
        // Helpers of the original that nothing outside of it asks for.
        _ => return Ok(()),
    };
    match (step.get("err"), answer) {
        (None, Ok(ours)) => difference("ok", &step["ok"], &ours).map_or(Ok(()), Err),
        (None, Err(error)) => Err(format!("fails: {}: {error}", error.class())),
        (Some(recorded), Ok(_)) => Err(format!("recorded {}", recorded["message"])),
        (Some(recorded), Err(error)) => {
            let same = recorded["class"] == error.class() && recorded["message"] == error.to_string();
            if same { Ok(()) } else { Err(format!("recorded {}, ours {error}", recorded["message"])) }
        }
    }
}

fn status(value: &Value) -> Status {
    value.as_str().unwrap_or("null").parse().expect("a status")
}

fn report(event: &Value) -> Report {
    let (status, result) = (status(&event["status"]), event["result"].clone());
    match event.get("item_id").and_then(Value::as_u64) {
        Some(item_id) => {
            let item_id = usize::try_from(item_id).unwrap_or(usize::MAX);
            Report::Item {
                item_id,
                status,
                result,
                accumulated: Accumulated::Given(event["accumulated_result"].clone()),
            }
        }
        None => Report::Action { status, result },
    }
}

fn rerun_requests(requests: &Value) -> Vec<RerunRequest> {
    let request = |request: &Value| RerunRequest {
        task_id: request["task_id"].as_str().unwrap_or_default().to_owned(),
        route: request["route"].as_u64().and_then(|route| usize::try_from(route).ok()).unwrap_or(0),
        reset_items: request["reset_items"] == json!(true),
    };
    requests.as_array().into_iter().flatten().map(request).collect()
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
