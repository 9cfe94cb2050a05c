//! When a join has what it waits for, and when it never will.

use super::Conductor;

/// How the arrivals at a join stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrivals {
    Satisfied,
    /// More may still come.
    Waiting,
    NotSatisfied,
}

impl Conductor {
    /// Judged on the route that the inbound tasks ran on. A task is an arrival when one of its transitions into the join
    /// was taken.
    pub(super) fn arrivals(&self, node: usize, route: usize) -> Arrivals {
        let graph = &self.workflow.graph;
        let mut verdicts: Vec<(usize, Option<bool>)> = Vec::new();
        let mut inbound = graph.nodes[node].inbound.clone();
        inbound.sort_unstable();
        for (source, edge) in inbound {
            let taken = self.state.latest(source, route).map(|entry| entry.taken[edge] == Some(true));
            match verdicts.last_mut() {
                Some((last, verdict)) if *last == source => {
                    if *verdict != Some(true) && taken.is_some() {
                        *verdict = taken;
                    }
                }
                _ => verdicts.push((source, taken)),
            }
        }
        let arrived = verdicts.iter().filter(|(_, verdict)| *verdict == Some(true)).count();
        if arrived >= graph.requirement(node) {
            return Arrivals::Satisfied;
        }
        let more_may_come = verdicts.iter().any(|(_, verdict)| verdict.is_none());
        if more_may_come && (self.state.has_active_tasks() || self.state.staging.has_ready()) {
            return Arrivals::Waiting;
        }
        Arrivals::NotSatisfied
    }

    /// Whether a completed task leads anywhere. With `judge_joins`, a join that cannot be satisfied is nowhere.
    pub(crate) fn leads_on(&self, index: usize, judge_joins: bool) -> bool {
        let graph = &self.workflow.graph;
        let entry = self.state.entry(index);
        if !entry.status.is_completed() {
            return false;
        }
        let node = &graph.nodes[entry.node];
        node.edges.iter().zip(&entry.taken).any(|(edge, taken)| {
            let target = &graph.nodes[edge.target];
            if *taken != Some(true) || &*target.id == "continue" {
                return false;
            }
            target.barrier.is_none()
                || !judge_joins
                || self.arrivals(edge.target, entry.route) != Arrivals::NotSatisfied
        })
    }

    pub(crate) fn has_barrier_next(&self, index: usize) -> bool {
        self.leads_on(index, false)
    }

    /// Joins that some branch has reached and that can no longer be satisfied: task and route.
    pub(super) fn unreachable_joins(&self) -> Vec<(usize, usize)> {
        let is_barrier = |node: usize| {
            let barrier = self.workflow.graph.nodes[node].barrier;
            barrier.is_some_and(|barrier| barrier != crate::spec::Join::Count(0))
        };
        self.state
            .staging
            .iter()
            .filter(|staged| is_barrier(staged.node) && !staged.ready)
            .filter(|staged| self.arrivals(staged.node, staged.route) == Arrivals::NotSatisfied)
            .map(|staged| (staged.node, staged.route))
            .collect()
    }
}
