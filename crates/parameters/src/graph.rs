//! Which parameters must be rendered before which. Counterpart: st2common/util/param.py (networkx graph).

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use squall_jinja::{Context, Environment, python};

use crate::ParameterError;

/// A parameter before it is rendered.
#[derive(Debug)]
pub(crate) enum Node {
    Value(Value),
    Template { value: Value, needs: BTreeSet<String> },
}

impl Node {
    /// Judges a value: text with `{{` or `{%` is a template unless it does not parse.
    pub(crate) fn of(value: &Value, environment: &Environment) -> Self {
        let source = match value {
            Value::String(text) => text.clone(),
            Value::Array(_) | Value::Object(_) => template_source(value),
            _ => return Self::Value(value.clone()),
        };
        if !source.contains("{{") && !source.contains("{%") {
            return Self::Value(value.clone());
        }
        match environment.undeclared(&source) {
            Ok(needs) => Self::Template { value: value.clone(), needs },
            Err(_) => Self::Value(value.clone()),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Value(Value::Null))
    }
}

/// Returns the JSON text of a list or mapping in which `"{{name}}"` alone keeps the type of what it names.
pub(crate) fn template_source(value: &Value) -> String {
    let json = python::dumps(value, &python::JsonFormat::default());
    let mut out = String::with_capacity(json.len());
    let mut rest = json.as_str();
    while let Some((before, after)) = rest.split_once("\"{{") {
        out.push_str(before);
        let is_part = |character: char| character.is_ascii_alphanumeric() || "_-^`[]\\".contains(character);
        let length = after.find(|character| !is_part(character)).unwrap_or(after.len());
        match after[length..].strip_prefix("}}\"") {
            Some(tail) if length > 0 => {
                out.push_str(&format!("{{{{{} | to_complex}}}}", &after[..length]));
                rest = tail;
            }
            _ => {
                out.push_str("\"{{");
                rest = after;
            }
        }
    }
    out + rest
}

/// Returns the names of the nodes so that each comes after what it needs.
pub(crate) fn order(
    nodes: &Map<String, Value>,
    graph: &Graph,
    context: &Context,
) -> Result<Vec<String>, ParameterError> {
    for node in graph.values() {
        let Node::Template { needs, .. } = node else { continue };
        if let Some(missing) = needs.iter().find(|need| !graph.contains_key(*need) && !context.contains(need)) {
            return Err(ParameterError::Unsatisfied(missing.clone()));
        }
    }
    debug_assert!(nodes.keys().all(|name| graph.contains_key(name)), "every given parameter is a node");
    let mut done: Vec<String> = Vec::with_capacity(graph.len());
    let mut waiting: Vec<&String> = graph.keys().collect();
    while !waiting.is_empty() {
        let ready = |name: &String| match &graph[name] {
            Node::Value(_) => true,
            Node::Template { needs, .. } => needs.iter().all(|need| !waiting.contains(&need)),
        };
        let (now, later): (Vec<&String>, Vec<&String>) = waiting.iter().partition(|name| ready(name));
        if now.is_empty() {
            return Err(ParameterError::Cyclic(cycles(graph, &later).join(", ")));
        }
        done.extend(now.into_iter().cloned());
        waiting = later;
    }
    Ok(done)
}

pub(crate) type Graph = std::collections::BTreeMap<String, Node>;

/// Returns the first name of every cycle among the nodes that never became ready.
fn cycles(graph: &Graph, stuck: &[&String]) -> Vec<String> {
    let mut first = Vec::new();
    let mut covered: BTreeSet<&String> = BTreeSet::new();
    for name in stuck {
        let reached = reachable(graph, name);
        if reached.contains(name) && !covered.contains(name) {
            first.push((*name).clone());
            covered.extend(reached);
        }
    }
    first
}

fn reachable<'g>(graph: &'g Graph, from: &'g String) -> BTreeSet<&'g String> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(name) = open.pop() {
        if let Some(Node::Template { needs, .. }) = graph.get(name) {
            open.extend(needs.iter().filter(|need| graph.contains_key(*need) && seen.insert(*need)));
        }
    }
    seen
}
