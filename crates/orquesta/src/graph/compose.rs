//! From a definition to its graph, breadth first from the start tasks (upstream `composers/native.py`).

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::{Edge, Graph, Node, RetryPlan};
use crate::options::Options;
use crate::spec::{NextTask, Property, Relations, RetrySpec, WorkflowSpec};

/// How many steps composing may take; a definition made to explode ends here.
const STEPS: usize = 2_000_000;

/// The definition forks into itself more often than is worth following.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The tasks fork and join in more ways than can be followed.")]
pub struct TooComplex;

impl Graph {
    /// Composes what can be composed; targets that are not defined are left out.
    pub fn compose(spec: &WorkflowSpec, options: Options) -> Result<Self, TooComplex> {
        let relations = Relations::of(spec);
        let mut composer = Composer::new(spec, &relations, options);
        composer.run()?;
        Ok(composer.finish())
    }
}

struct Composer<'a> {
    spec: &'a WorkflowSpec,
    relations: &'a Relations<'a>,
    options: Options,
    graph: Graph,
    /// Node of each name that has one.
    nodes: HashMap<usize, usize>,
    queue: VecDeque<(usize, Vec<usize>)>,
    followed_splits: HashMap<usize, HashSet<usize>>,
    /// The splits on the way to each node, as last seen.
    splits: HashMap<usize, Vec<usize>>,
    steps: usize,
}

impl<'a> Composer<'a> {
    fn new(spec: &'a WorkflowSpec, relations: &'a Relations<'a>, options: Options) -> Self {
        Self {
            spec,
            relations,
            options,
            graph: Graph::default(),
            nodes: HashMap::new(),
            queue: relations.start_tasks().into_iter().map(|task| (task, Vec::new())).collect(),
            followed_splits: HashMap::new(),
            splits: HashMap::new(),
            steps: 0,
        }
    }

    fn run(&mut self) -> Result<(), TooComplex> {
        while let Some((task, mut splits)) = self.queue.pop_front() {
            self.charge(splits.len())?;
            let node = self.node(task);
            if self.relations.is_split(task) && !self.relations.in_cycle(task) {
                splits.push(task);
            }
            if !splits.is_empty() {
                self.splits.insert(node, splits.clone());
            }
            for next in self.relations.next(task) {
                self.follow(node, next, &splits)?;
            }
        }
        Ok(())
    }

    fn charge(&mut self, size: usize) -> Result<(), TooComplex> {
        self.steps += size + 1;
        if self.steps > STEPS { Err(TooComplex) } else { Ok(()) }
    }

    fn follow(&mut self, source: usize, next: &NextTask<'_>, splits: &[usize]) -> Result<(), TooComplex> {
        self.charge(splits.len())?;
        if next.name == "retry" {
            self.graph.nodes[source].retry = Some(retry_by_command(next.condition, self.options));
            return Ok(());
        }
        let Some(target) = self.relations.number(next.name).filter(|target| self.relations.is_known(*target)) else {
            return Ok(());
        };
        if (!self.nodes.contains_key(&target) || !self.relations.in_cycle(target)) && self.is_new_way(target, splits) {
            self.queue.push_back((target, splits.to_vec()));
        }
        let target = self.node(target);
        self.connect(source, target, next);
        Ok(())
    }

    /// Whether the target has not yet been followed with all of these splits.
    fn is_new_way(&mut self, target: usize, splits: &[usize]) -> bool {
        let followed = self.followed_splits.entry(target).or_default();
        if followed.is_empty() {
            followed.extend(splits);
            return true;
        }
        let is_new = splits.iter().any(|split| !followed.contains(split));
        followed.extend(splits);
        is_new
    }

    fn node(&mut self, task: usize) -> usize {
        if let Some(node) = self.nodes.get(&task) {
            return *node;
        }
        let id: Arc<str> = Arc::from(self.relations.name(task));
        let spec = self.spec.tasks.get(&*id).filter(|_| self.relations.is_task(task));
        self.graph.nodes.push(Node {
            barrier: spec.and_then(|spec| spec.join),
            retry: spec.and_then(|spec| spec.retry.as_ref()).and_then(retry_by_definition),
            splits: Vec::new(),
            edges: Vec::new(),
            inbound: Vec::new(),
            opens_route: self.relations.is_split(task) && !self.relations.in_cycle(task),
            id: Arc::clone(&id),
        });
        let node = self.graph.nodes.len() - 1;
        self.graph.numbers.insert(id, node);
        self.nodes.insert(task, node);
        node
    }

    fn connect(&mut self, source: usize, target: usize, next: &NextTask<'_>) {
        let [from, to] = [source, target].map(|node| Arc::clone(&self.graph.nodes[node].id));
        let edges = &mut self.graph.nodes[source].edges;
        let parallel = edges.iter().filter(|edge| edge.target == target);
        if parallel.clone().any(|edge| edge.reference == next.transition) {
            return;
        }
        let key = parallel.count();
        edges.push(Edge {
            target,
            key,
            reference: next.transition,
            criteria: next.condition.cloned(),
            id: format!("{to}__t{key}").into(),
            back_reference: format!("{from}__t{key}").into(),
        });
    }

    fn finish(self) -> Graph {
        let mut graph = self.graph;
        let names: Vec<Arc<str>> = graph.nodes.iter().map(|node| Arc::clone(&node.id)).collect();
        let mut inbound: Vec<Vec<(usize, usize)>> = vec![Vec::new(); names.len()];
        for (source, node) in graph.nodes.iter_mut().enumerate() {
            node.edges
                .sort_by(|left, right| names[left.target].cmp(&names[right.target]).then(left.key.cmp(&right.key)));
            for (position, edge) in node.edges.iter().enumerate() {
                inbound[edge.target].push((source, position));
            }
        }
        for (node, inbound) in graph.nodes.iter_mut().zip(inbound) {
            node.inbound = inbound;
        }
        for (node, splits) in self.splits {
            let split_node = |split: &usize| self.nodes.get(split).map(|node| Arc::clone(&names[*node]));
            graph.nodes[node].splits = splits.iter().filter_map(split_node).collect();
        }
        graph
    }
}

fn retry_by_definition(retry: &RetrySpec) -> Option<RetryPlan> {
    Some(RetryPlan {
        when: retry.when.clone(),
        count: retry.count.clone()?,
        delay: retry.delay.clone(),
        by_command: false,
    })
}

fn retry_by_command(condition: Option<&Property>, options: Options) -> RetryPlan {
    let always = || Property::new(Value::from("<% completed() %>"), options);
    RetryPlan {
        when: Some(condition.cloned().unwrap_or_else(always)),
        count: Property::new(Value::from(3), options),
        delay: None,
        by_command: true,
    }
}
