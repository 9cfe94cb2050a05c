//! A definition as a picture: Mermaid, DOT or SVG. It shows what is written, also what never runs: the graph that a
//! workflow runs on knows only the tasks that can be reached.

mod dot;
mod layout;
mod mermaid;
mod svg;

use indexmap::IndexMap;
use serde_json::Value;

use crate::expressions::Language;
use crate::spec::{Join, TaskSpec, WorkflowSpec, is_engine_command};
use crate::workflow::Workflow;

/// Characters of an expression that a picture has room for.
const ROOM: usize = 48;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Task,
    /// Nothing leads to it: it begins.
    Start,
    /// What the engine itself does: `fail`, `noop`.
    Command,
    /// A transition names it, and it is not there.
    Undefined,
}

/// A box of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    /// What is worth knowing of a task: its action, items, join, retry, delay.
    pub notes: Vec<String>,
    pub kind: Kind,
}

/// An arrow of the picture, between boxes by their number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    pub from: usize,
    pub to: usize,
    /// When this way is gone; empty for always.
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    pub nodes: Vec<Node>,
    pub arrows: Vec<Arrow>,
}

impl Drawing {
    pub fn of(workflow: &Workflow) -> Self {
        let spec = workflow.spec();
        let mut nodes: IndexMap<String, Node> = IndexMap::new();
        for (name, task) in &spec.tasks {
            nodes.insert(name.clone(), Node { name: name.clone(), notes: notes(task), kind: Kind::Start });
        }
        let mut arrows = Vec::new();
        for (from, task) in spec.tasks.values().enumerate() {
            for transition in &task.transitions {
                let label = transition.when.as_ref().map_or_else(String::new, |when| condition(&when.raw));
                for target in transition.targets.iter().filter(|target| *target != "continue") {
                    // `retry` goes back to its own task.
                    let to = if target == "retry" { from } else { number_of(&mut nodes, target, spec) };
                    let label = if target == "retry" { retry_label(&label) } else { label.clone() };
                    arrows.push(Arrow { from, to, label });
                }
            }
        }
        for arrow in arrows.iter().filter(|arrow| arrow.from != arrow.to) {
            let target = &mut nodes[arrow.to];
            if target.kind == Kind::Start {
                target.kind = Kind::Task;
            }
        }
        Self { nodes: nodes.into_values().collect(), arrows }
    }

    pub fn to_mermaid(&self) -> String {
        mermaid::write(self)
    }

    pub fn to_dot(&self) -> String {
        dot::write(self)
    }

    pub fn to_svg(&self) -> String {
        svg::write(self)
    }
}

fn number_of(nodes: &mut IndexMap<String, Node>, name: &str, spec: &WorkflowSpec) -> usize {
    if let Some(number) = nodes.get_index_of(name) {
        return number;
    }
    let is_command = is_engine_command(name) && !spec.tasks.contains_key(name);
    let kind = if is_command { Kind::Command } else { Kind::Undefined };
    nodes.insert(name.to_owned(), Node { name: name.to_owned(), notes: Vec::new(), kind });
    nodes.len() - 1
}

fn notes(task: &TaskSpec) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(task.action.as_ref().map(|action| brief(&plain(&action.raw))));
    if let Some(items) = &task.items {
        let limit = items.concurrency.as_ref().map(|limit| format!(", {} at once", plain(&limit.raw)));
        notes.push(brief(&format!("for each {}{}", plain(&items.written), limit.unwrap_or_default())));
    }
    match task.join {
        Some(Join::All) => notes.push("join all".to_owned()),
        Some(Join::Count(count)) => notes.push(format!("join {count}")),
        None => {}
    }
    if let Some(count) = task.retry.as_ref().and_then(|retry| retry.count.as_ref()) {
        notes.push(brief(&format!("retry up to {} times", plain(&count.raw))));
    }
    notes.extend(task.delay.as_ref().map(|delay| brief(&format!("after {} s", plain(&delay.raw)))));
    notes
}

fn retry_label(label: &str) -> String {
    if label.is_empty() { "retry".to_owned() } else { format!("retry: {label}") }
}

/// The usual conditions in one word, others as written.
fn condition(when: &Value) -> String {
    match plain(when).as_str() {
        "succeeded()" => "succeeded".to_owned(),
        "failed()" => "failed".to_owned(),
        "completed()" => "completed".to_owned(),
        other => brief(other),
    }
}

/// A text without the delimiters of an expression that it is as a whole.
fn plain(value: &Value) -> String {
    let Some(text) = value.as_str() else { return value.to_string() };
    let whole = Language::ALL
        .into_iter()
        .find(|language| matches!(language.spans(text).as_slice(), [span] if span.len() == text.len()));
    whole.map_or(text, |language| language.strip(text)).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn brief(text: &str) -> String {
    match text.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
