//! Which task leads to which: what inspection and composition ask about a definition, worked out once.

use std::collections::HashMap;

use super::{Property, WorkflowSpec, is_engine_command};
use crate::graph::cycles::cyclic_nodes;

/// One step from a task: the target, on what condition, and which entry of `next` says so.
#[derive(Clone, Copy, Debug)]
pub struct NextTask<'a> {
    pub name: &'a str,
    pub condition: Option<&'a Property>,
    pub transition: usize,
}

/// Every name that is a task or is led to, with its neighbours. Names are numbered: tasks first, in the order written.
#[derive(Debug)]
pub struct Relations<'a> {
    names: Vec<&'a str>,
    numbers: HashMap<&'a str, usize>,
    next: Vec<Vec<NextTask<'a>>>,
    inbound_transitions: Vec<usize>,
    cyclic: Vec<bool>,
    joins: Vec<bool>,
    tasks: usize,
}

impl<'a> Relations<'a> {
    pub fn of(spec: &'a WorkflowSpec) -> Self {
        let mut names: Vec<&str> = spec.tasks.keys().map(String::as_str).collect();
        let mut numbers: HashMap<&str, usize> =
            names.iter().enumerate().map(|(number, name)| (*name, number)).collect();
        let tasks = names.len();
        let mut next: Vec<Vec<NextTask<'_>>> = spec.tasks.values().map(next_tasks).collect();
        for name in next.iter().flatten().map(|next| next.name) {
            numbers.entry(name).or_insert_with(|| {
                names.push(name);
                names.len() - 1
            });
        }
        next.resize_with(names.len(), Vec::new);
        let edges: Vec<Vec<usize>> =
            next.iter().map(|targets| targets.iter().map(|target| numbers[target.name]).collect()).collect();
        let mut inbound_transitions = vec![0; names.len()];
        edges.iter().flatten().for_each(|target| inbound_transitions[*target] += 1);
        let joins = names.iter().map(|name| is_join(spec, name)).collect();
        Self { cyclic: cyclic_nodes(&edges), names, numbers, next, inbound_transitions, joins, tasks }
    }

    pub fn name(&self, number: usize) -> &'a str {
        self.names[number]
    }

    pub fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    pub const fn len(&self) -> usize {
        self.names.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The tasks that nothing leads to, sorted by name.
    pub fn start_tasks(&self) -> Vec<usize> {
        let mut starts: Vec<usize> = (0..self.tasks).filter(|task| self.inbound_transitions[*task] == 0).collect();
        starts.sort_by_key(|task| self.names[*task]);
        starts
    }

    /// The steps from a task, sorted by the target's name.
    pub fn next(&self, number: usize) -> &[NextTask<'a>] {
        &self.next[number]
    }

    /// A task that is no join and has more than one transition into it: it runs once per arrival.
    pub fn is_split(&self, number: usize) -> bool {
        !self.joins[number] && self.inbound_transitions[number] > 1
    }

    pub fn is_join(&self, number: usize) -> bool {
        self.joins[number]
    }

    pub fn in_cycle(&self, number: usize) -> bool {
        self.cyclic[number]
    }

    /// Whether the name is defined as a task, not just led to.
    pub const fn is_task(&self, number: usize) -> bool {
        number < self.tasks
    }

    /// Whether the name may be led to at all.
    pub fn is_known(&self, number: usize) -> bool {
        self.is_task(number) || is_engine_command(self.names[number])
    }
}

fn is_join(spec: &WorkflowSpec, name: &str) -> bool {
    !is_engine_command(name) && spec.tasks.get(name).is_some_and(|task| task.join.is_some())
}

fn next_tasks(task: &super::TaskSpec) -> Vec<NextTask<'_>> {
    let mut next: Vec<NextTask<'_>> = task
        .transitions
        .iter()
        .enumerate()
        .flat_map(|(transition, spec)| {
            let condition = spec.when.as_ref();
            spec.targets.iter().map(move |name| NextTask { name, condition, transition })
        })
        .collect();
    next.sort_by_key(|next| next.name);
    next
}
