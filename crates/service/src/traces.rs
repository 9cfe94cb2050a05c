//! The trace of an execution that nobody but a caller caused. Counterpart: st2common/services/trace.py.
//!
//! Every root execution has one. It is written in the batch that creates the execution and its id follows from the execution's, so it
//! costs no write of its own. What a workflow starts is not noted again: its executions know their parent, and whoever shows a trace
//! follows them.

use serde_json::Value;
use squall_model::{Execution, Id, Map, Trace, TraceLink};
use squall_store::{Document, Result, Write};

use crate::Context;

/// Returns what writes the trace that the execution begins, or its place in the one that its caller names; none for what has a parent.
pub(crate) async fn of_request(context: &Context, execution: &Execution) -> Result<Option<Write>> {
    if execution.parent.is_some() {
        return Ok(None);
    }
    let Some(named) = named(execution) else {
        return Ok(Some(Write::Insert(Document::of(&begun(execution))?)));
    };
    let Some(found) = context.store.traces.get(&named).await? else { return Ok(None) };
    let mut trace = found.value;
    trace.action_executions.push(link(execution));
    Ok(Some(Write::Put(Document::of(&trace)?)))
}

/// Returns the id of the trace that the root execution is in.
pub fn trace_id(root: &Execution) -> Id {
    named(root).unwrap_or_else(|| root.id.child("trace"))
}

fn given<'a>(execution: &'a Execution, name: &str) -> Option<&'a str> {
    execution.context.get("trace_context")?.get(name)?.as_str()
}

fn named(execution: &Execution) -> Option<Id> {
    given(execution, "id_")?.parse().ok()
}

fn begun(execution: &Execution) -> Trace {
    let tag = given(execution, "trace_tag").filter(|tag| !tag.is_empty());
    Trace {
        id: trace_id(execution),
        trace_tag: tag.map_or_else(|| format!("execution-{}", execution.liveaction_id), str::to_owned),
        start_timestamp: execution.start_timestamp,
        action_executions: vec![link(execution)],
        rules: Vec::new(),
        trigger_instances: Vec::new(),
    }
}

fn link(execution: &Execution) -> TraceLink {
    TraceLink {
        object_id: execution.id.to_string(),
        reference: execution.action_ref().to_owned(),
        updated_at: execution.start_timestamp,
        caused_by: Map::new(),
    }
}

/// Returns the link of an execution that another one started.
pub fn child_link(execution: &Execution, parent: &Id) -> TraceLink {
    let caused_by = [("type", Value::from("action_execution")), ("id", Value::from(parent.to_string()))];
    TraceLink {
        caused_by: caused_by.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        ..link(execution)
    }
}
