//! The graph that a workflow runs on: one node per task that can be reached, one edge per transition and target
//! (upstream `orquesta/graphing.py`).

mod compose;
pub(crate) mod cycles;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

pub use compose::TooComplex;

use crate::spec::{Join, Property};

/// Why a task is tried again, how often, and how long after.
#[derive(Clone, Debug)]
pub struct RetryPlan {
    pub when: Option<Property>,
    pub count: Property,
    pub delay: Option<Property>,
    /// It comes from the `retry` command of a transition, which knows no delay.
    pub by_command: bool,
}

/// One way from a task to another.
#[derive(Clone, Debug)]
pub struct Edge {
    pub target: usize,
    /// Tells apart the edges between the same two tasks.
    pub key: usize,
    /// Which entry of the source's `next` it stands for.
    pub reference: usize,
    pub criteria: Option<Property>,
    /// `<target>__t<key>`, the name of the transition in the source's state.
    pub id: Arc<str>,
    /// `<source>__t<key>`, the name of the transition in the target's state.
    pub back_reference: Arc<str>,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub id: Arc<str>,
    pub barrier: Option<Join>,
    pub retry: Option<RetryPlan>,
    /// The tasks on the way here that run once per arrival.
    pub splits: Vec<Arc<str>>,
    /// Sorted by target, then key.
    pub edges: Vec<Edge>,
    /// Where the edges into this node are: source and position in its `edges`.
    pub inbound: Vec<(usize, usize)>,
    /// Arrivals at this node open a route of their own.
    pub opens_route: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    numbers: HashMap<Arc<str>, usize>,
}

impl Graph {
    pub fn number(&self, task_id: &str) -> Option<usize> {
        self.numbers.get(task_id).copied()
    }

    /// The nodes without inbound edges, sorted by name.
    pub fn roots(&self) -> Vec<usize> {
        let mut roots: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].inbound.is_empty()).collect();
        roots.sort_by_key(|node| &self.nodes[*node].id);
        roots
    }

    /// How many distinct inbound tasks a join waits for.
    pub fn requirement(&self, node: usize) -> usize {
        match self.nodes[node].barrier {
            Some(Join::All) => self.inbound_tasks(node).len(),
            Some(Join::Count(count)) => usize::try_from(count).unwrap_or(usize::MAX).max(1),
            None => 1,
        }
    }

    /// The distinct tasks that lead to a node.
    pub fn inbound_tasks(&self, node: usize) -> Vec<usize> {
        let mut sources: Vec<usize> = self.nodes[node].inbound.iter().map(|(source, _)| *source).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// As StackStorm stores it: adjacency data of a directed multigraph.
    pub fn to_value(&self) -> Value {
        let nodes: Vec<Value> = self.nodes.iter().map(Node::to_value).collect();
        let adjacency: Vec<Vec<Value>> = self
            .nodes
            .iter()
            .map(|node| node.edges.iter().map(|edge| edge.to_value(&self.nodes[edge.target].id)).collect())
            .collect();
        json!({"directed": true, "multigraph": true, "graph": [], "nodes": nodes, "adjacency": adjacency})
    }
}

impl Node {
    fn to_value(&self) -> Value {
        let mut node = Map::new();
        match self.barrier {
            Some(Join::All) => drop(node.insert("barrier".to_owned(), Value::from("*"))),
            Some(Join::Count(count)) => drop(node.insert("barrier".to_owned(), Value::from(count))),
            None => {}
        }
        if !self.splits.is_empty() {
            node.insert("splits".to_owned(), self.splits.iter().map(|split| Value::from(&**split)).collect());
        }
        if let Some(retry) = &self.retry {
            node.insert("retry".to_owned(), Value::Object(retry.to_map()));
        }
        node.insert("id".to_owned(), Value::from(&*self.id));
        Value::Object(node)
    }
}

impl RetryPlan {
    pub fn to_map(&self) -> Map<String, Value> {
        let raw = |property: Option<&Property>| property.map_or(Value::Null, |property| property.raw.clone());
        let mut retry = Map::new();
        retry.insert("when".to_owned(), raw(self.when.as_ref()));
        retry.insert("count".to_owned(), self.count.raw.clone());
        if !self.by_command {
            retry.insert("delay".to_owned(), raw(self.delay.as_ref()));
        }
        retry
    }
}

impl Edge {
    fn to_value(&self, target: &str) -> Value {
        let criteria: Vec<&Value> = self.criteria.iter().map(|criteria| &criteria.raw).collect();
        json!({"criteria": criteria, "ref": self.reference, "id": target, "key": self.key})
    }
}
