//! Joins that cannot be reached: what leads to them forks more often than they join.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::entry::Inspection;
use super::semantics::about_task;
use crate::spec::Relations;

/// How many steps the walk may take.
const STEPS: usize = 1_000_000;

/// What the walk knows of a task: the forks that lead to it, and the tasks right before it.
#[derive(Default)]
struct Reached {
    splits: HashSet<usize>,
    previous: BTreeSet<usize>,
}

pub(super) fn unreachable(relations: &Relations<'_>) -> Vec<Inspection> {
    let (order, reached) = walk(relations);
    let is_unreachable = |task: &usize| {
        let own = &reached[task];
        relations.is_join(*task) && own.previous.iter().any(|previous| reached[previous].splits != own.splits)
    };
    order
        .iter()
        .filter(|task| is_unreachable(task))
        .map(|task| about_task(relations.name(*task), message(relations.name(*task))))
        .collect()
}

fn message(name: &str) -> String {
    format!(
        "The join task \"{name}\" is unreachable. A join task is determined to be unreachable if there are nested forks \
         from multi-referenced tasks that join on the said task. This is ambiguous to the workflow engine because it \
         does not know at which level should the join occurs."
    )
}

fn walk(relations: &Relations<'_>) -> (Vec<usize>, BTreeMap<usize, Reached>) {
    let mut order = Vec::new();
    let mut reached: BTreeMap<usize, Reached> = BTreeMap::new();
    let mut followed: HashMap<(usize, usize), HashSet<usize>> = HashMap::new();
    let mut steps = 0;
    let mut queue: VecDeque<(Option<usize>, usize, Vec<usize>)> =
        relations.start_tasks().into_iter().map(|task| (None, task, Vec::new())).collect();
    while let Some((previous, task, mut splits)) = queue.pop_front() {
        if !relations.is_task(task) {
            continue;
        }
        if relations.is_split(task) && !relations.in_cycle(task) {
            splits.push(task);
        }
        let own = reached.entry(task).or_insert_with(|| {
            order.push(task);
            Reached::default()
        });
        own.splits.extend(&splits);
        own.previous.extend(previous);
        for next in relations.next(task).iter().filter_map(|next| relations.number(next.name)) {
            steps += splits.len() + 1;
            if steps > STEPS {
                return (order, reached);
            }
            if reached.contains_key(&next) && relations.in_cycle(next) {
                continue;
            }
            let known = followed.entry((task, next)).or_default();
            let is_new = known.is_empty() || splits.iter().any(|split| !known.contains(split));
            known.extend(&splits);
            if is_new {
                queue.push_back((Some(task), next, splits.clone()));
            }
        }
    }
    (order, reached)
}
