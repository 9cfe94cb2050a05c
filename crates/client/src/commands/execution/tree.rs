//! The tasks of a workflow as an indented list.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::execution::task_name;
use crate::resource::Resource;

const WORKFLOW_PREFIX: &str = "+ ";
const TASK_PREFIX: &str = "  ";

/// Marks workflows in a list in which there are any.
pub(super) fn mark_workflows(executions: &mut [Resource]) {
    if !executions.iter().any(|execution| execution.has("children")) {
        return;
    }
    for execution in executions {
        let prefix = if execution.has("children") { WORKFLOW_PREFIX } else { TASK_PREFIX };
        let id = format!("{prefix}{}", execution.id());
        execution.set("id", id);
    }
}

/// The children as rows with their tasks, indented below their parents.
pub(super) fn task_rows(children: Vec<Resource>, root: &str) -> Vec<Resource> {
    let depths = depths(&children, root);
    let mut marked = children;
    mark_workflows(&mut marked);
    marked.iter().zip(depths).map(|(child, depth)| row(child, depth)).collect()
}

/// How many levels each child is below the children of the root.
pub(super) fn depths(children: &[Resource], root: &str) -> Vec<usize> {
    let parents: HashMap<&str, &str> = children.iter().map(|child| (child.id(), child.text("parent"))).collect();
    children
        .iter()
        .map(|child| {
            let mut depth = 0;
            let mut parent = child.text("parent");
            while parent != root && depth < children.len() {
                let Some(next) = parents.get(parent) else { break };
                parent = next;
                depth += 1;
            }
            depth
        })
        .collect()
}

fn row(child: &Resource, depth: usize) -> Resource {
    let mut row = Resource::from_value(json!({
        "id": format!("{}{}", " ".repeat(depth), child.id()),
        "status": child.text("status"),
        "task": task_name(child),
        "action": child.text("action.ref"),
        "start_timestamp": child.text("start_timestamp"),
    }));
    row.set("end_timestamp", child.get("end_timestamp").cloned().unwrap_or(Value::Null));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(id: &str, parent: &str, children: &[&str]) -> Resource {
        Resource::from_value(json!({
            "id": id, "parent": parent, "children": children, "status": "succeeded",
            "context": {"orquesta": {"task_name": format!("task_{id}")}}, "action": {"ref": "core.noop"},
            "start_timestamp": "2024-01-01T00:00:00Z",
        }))
    }

    #[test]
    fn indents_children_below_their_workflow() {
        let rows = task_rows(vec![child("a", "root", &["b"]), child("b", "a", &[]), child("c", "root", &[])], "root");
        let ids: Vec<&str> = rows.iter().map(Resource::id).collect();
        assert_eq!(ids, ["+ a", "   b", "  c"]);
        assert_eq!(rows[1].text("task"), "task_b");
    }

    #[test]
    fn survives_a_circle_of_parents() {
        let rows = task_rows(vec![child("a", "b", &[]), child("b", "a", &[])], "root");
        assert_eq!(rows.len(), 2);
    }
}
