//! A conductor as StackStorm stores it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Conductor;
use super::staging::Staged;
use super::state::{Entry, RetryState};
use crate::context::ContextPath;
use crate::status::Status;

impl Conductor {
    /// Everything: definition, graph, inputs, state, log, errors, output.
    pub fn to_value(&self) -> Value {
        let mut value = self.to_value_without_definition();
        if let Value::Object(map) = &mut value {
            let spec = json!({"catalog": "native", "version": "1.0", "spec": self.workflow.spec.raw});
            map.insert("spec".to_owned(), spec);
            map.insert("graph".to_owned(), self.workflow.graph.to_value());
        }
        value
    }

    pub fn to_value_without_definition(&self) -> Value {
        json!({
            "input": self.inputs,
            "context": self.parent_context,
            "state": self.state_to_value(),
            "log": self.log,
            "errors": self.errors.entries(),
            "output": self.output,
        })
    }

    pub fn state_to_value(&self) -> Value {
        let state = &self.state;
        let contexts: Vec<Value> = state.contexts.iter().map(|layer| Value::Object(layer.to_map())).collect();
        let sequence: Vec<Value> = state.sequence().iter().map(|entry| self.entry_to_value(entry)).collect();
        let staged: Vec<Value> = state.staging.iter().map(|staged| self.staged_to_value(staged)).collect();
        let mut value = json!({
            "contexts": contexts,
            "routes": state.routes.iter().map(|route| names(route)).collect::<Vec<_>>(),
            "sequence": sequence,
            "staged": staged,
            "status": state.status.as_str(),
            "tasks": state.latest_by_name(|node| Arc::clone(self.task_id(node))),
        });
        if let (Value::Object(map), false) = (&mut value, state.reruns.is_empty()) {
            map.insert("reruns".to_owned(), json!(state.reruns));
        }
        value
    }

    /// The latest run of a task on a route.
    pub fn task_entry(&self, task_id: &str, route: usize) -> Option<Value> {
        let node = self.workflow.graph.number(task_id)?;
        self.state.latest(node, route).map(|entry| self.entry_to_value(entry))
    }

    pub(super) fn entry_to_value(&self, entry: &Entry) -> Value {
        let node = &self.workflow.graph.nodes[entry.node];
        let mut contexts = Map::new();
        contexts.insert("in".to_owned(), layers(&entry.path));
        if let Some((transition, layer)) = &entry.out {
            contexts.insert("out".to_owned(), json!({ &**transition: layer }));
        }
        let next: Map<String, Value> = node
            .edges
            .iter()
            .zip(&entry.taken)
            .filter_map(|(edge, taken)| Some((edge.id.to_string(), Value::from((*taken)?))))
            .collect();
        let prev: Map<String, Value> =
            entry.prev.iter().map(|(transition, index)| (transition.to_string(), Value::from(*index))).collect();
        let mut value = json!({
            "id": &*node.id, "route": entry.route, "ctxs": contexts, "prev": prev, "next": next,
        });
        if let Value::Object(map) = &mut value {
            if entry.status != Status::Unset {
                map.insert("status".to_owned(), Value::from(entry.status.as_str()));
            }
            if let Some(retry) = &entry.retry {
                map.insert("retry".to_owned(), retry_to_value(retry));
            }
            if entry.term {
                map.insert("term".to_owned(), Value::from(true));
            }
        }
        value
    }

    fn staged_to_value(&self, staged: &Staged) -> Value {
        let prev: Map<String, Value> =
            staged.prev.iter().map(|(transition, index)| (transition.to_string(), Value::from(*index))).collect();
        let mut value = json!({
            "id": &**self.task_id(staged.node),
            "ctxs": {"in": layers(&staged.path)},
            "route": staged.route,
            "prev": prev,
            "ready": staged.ready,
        });
        if let Value::Object(map) = &mut value {
            if let Some(retry) = &staged.retry {
                map.insert("retry".to_owned(), retry_to_value(retry));
            }
            if let Some(items) = &staged.items {
                let items = items.statuses().iter().map(|status| json!({"status": status.as_str()}));
                map.insert("items".to_owned(), items.collect());
            }
            if staged.completed {
                map.insert("completed".to_owned(), Value::from(true));
            }
            if staged.run_on_fail {
                map.insert("run_on_fail".to_owned(), Value::from(true));
            }
        }
        value
    }
}

fn names(route: &[Arc<str>]) -> Vec<&str> {
    route.iter().map(|step| &**step).collect()
}

fn layers(path: &ContextPath) -> Value {
    Value::from(path.layers())
}

fn retry_to_value(retry: &RetryState) -> Value {
    let mut map = Map::new();
    map.insert("when".to_owned(), retry.when.as_ref().map_or(Value::Null, |when| when.raw.clone()));
    map.insert("count".to_owned(), Value::from(retry.count));
    if let Some(delay) = &retry.delay {
        map.insert("delay".to_owned(), delay.clone());
    }
    map.insert("tally".to_owned(), Value::from(retry.tally));
    Value::Object(map)
}
