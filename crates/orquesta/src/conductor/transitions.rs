//! Where a task that ended leads: conditions, published variables, routes, the staging of what comes next.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Conductor;
use super::initialize::render_each;
use super::joins::Arrivals;
use super::journal::Place;
use super::staging::Staged;
use super::update::Ended;
use crate::context::Variables;
use crate::expressions::{ExpressionError, is_truthy};
use crate::graph::Edge;
use crate::host::Answers;
use crate::spec::is_engine_command;

impl Conductor {
    /// Follows every transition of the task; answers the engine commands that are to be carried out.
    pub(super) fn take_transitions(&mut self, ended: &Ended, answers: &Answers<'_>) -> VecDeque<(usize, usize)> {
        let workflow = Arc::clone(&self.workflow);
        let node = self.state.entry(ended.index).node;
        let edges = &workflow.graph.nodes[node].edges;
        if edges.is_empty() {
            self.state.entry_mut(ended.index).term = true;
        }
        let mut commands = VecDeque::new();
        let mut ready = Vec::new();
        let mut fails = false;
        for (position, edge) in edges.iter().enumerate() {
            let Some((target, route)) = self.take_transition(ended, position, edge, answers) else { continue };
            let task_id = &workflow.graph.nodes[target].id;
            if is_engine_command(task_id) {
                commands.push_back((target, route));
                fails |= &**task_id == "fail";
            } else if self.state.staging.get(target, route).is_some_and(|staged| staged.ready) {
                ready.push((target, route));
            }
        }
        if fails {
            // What is staged beside a `fail` is there to clean up.
            for (target, route) in ready {
                if let Some(staged) = self.state.staging.get_mut(target, route) {
                    staged.run_on_fail = true;
                }
            }
        }
        commands
    }

    /// Takes one transition if its condition holds; answers the task and the route it leads to.
    fn take_transition(
        &mut self,
        ended: &Ended,
        position: usize,
        edge: &Edge,
        answers: &Answers<'_>,
    ) -> Option<(usize, usize)> {
        let holds = self.criteria_hold(ended, edge, answers);
        let published = match holds {
            Ok(holds) => {
                self.state.entry_mut(ended.index).taken[position] = Some(holds);
                if !holds {
                    return None;
                }
                self.publish(ended, edge, answers)
            }
            Err(error) => Err(vec![error]),
        };
        match published {
            Ok(published) => Some(self.stage(ended.index, edge, published)),
            Err(errors) => {
                self.fail_transition(ended.index, edge, &errors);
                None
            }
        }
    }

    fn criteria_hold(&self, ended: &Ended, edge: &Edge, answers: &Answers<'_>) -> Result<bool, ExpressionError> {
        let Some(criteria) = &edge.criteria else { return Ok(true) };
        let entry = self.state.entry(ended.index);
        let scope = self.task_scope(&ended.variables, (entry.node, entry.route), Some(&ended.result), answers);
        criteria.template.evaluate(&scope).map(|value| is_truthy(&value))
    }

    fn publish(&self, ended: &Ended, edge: &Edge, answers: &Answers<'_>) -> Result<Variables, Vec<ExpressionError>> {
        let entry = self.state.entry(ended.index);
        let place = (entry.node, entry.route);
        let spec = self.workflow.spec.tasks.get(&**self.task_id(entry.node));
        let Some(transition) = spec.and_then(|spec| spec.transitions.get(edge.reference)) else {
            return Ok(Variables::default());
        };
        if transition.publish.is_empty() {
            return Ok(Variables::default());
        }
        let mut rolling = (*ended.variables).clone();
        let mut errors = Vec::new();
        let published = render_each(&transition.publish, &mut rolling, &mut errors, |template, variables| {
            template.evaluate(&self.task_scope(variables, place, Some(&ended.result), answers))
        });
        if errors.is_empty() { Ok(published) } else { Err(errors) }
    }

    fn fail_transition(&mut self, index: usize, edge: &Edge, errors: &[ExpressionError]) {
        let entry = self.state.entry(index);
        let (task_id, route) = (Arc::clone(self.task_id(entry.node)), entry.route);
        let place = Place { transition: Some(&edge.id), ..Place::task(&task_id, route) };
        for error in errors {
            self.errors.error(&error.to_string(), place, None);
        }
        self.force_failed();
    }

    fn stage(&mut self, index: usize, edge: &Edge, published: Variables) -> (usize, usize) {
        let entry = self.state.entry(index);
        let (route, mut path) = (entry.route, entry.path.clone());
        if !published.is_empty() {
            let layer = self.state.contexts.len();
            self.state.contexts.push(Arc::new(published));
            path = path.with(layer);
            self.state.entry_mut(index).out = Some((Arc::clone(&edge.id), layer));
        }
        let next_route = self.route_after(edge, route);
        if let Some(staged) = self.state.staging.get_mut(edge.target, next_route) {
            staged.path = staged.path.joined_by(&path);
            staged.prev.insert(Arc::clone(&edge.back_reference), index);
            staged.items = None;
            staged.completed = false;
        } else {
            let mut staged = Staged::new(edge.target, next_route, path);
            staged.prev.insert(Arc::clone(&edge.back_reference), index);
            staged.ready = false;
            self.state.staging.add(staged);
        }
        let ready = self.arrivals(edge.target, route) == Arrivals::Satisfied;
        if let Some(staged) = self.state.staging.get_mut(edge.target, next_route) {
            staged.ready = ready;
        }
        (edge.target, next_route)
    }

    /// Arrivals at a task that several transitions lead to go on separately, each on a route of its own.
    fn route_after(&mut self, edge: &Edge, route: usize) -> usize {
        if !self.workflow.graph.nodes[edge.target].opens_route {
            return route;
        }
        let steps = &self.state.routes[route];
        if steps.contains(&edge.back_reference) {
            return route;
        }
        let mut longer = steps.clone();
        longer.push(Arc::clone(&edge.back_reference));
        self.state.routes.push(longer);
        self.state.routes.len() - 1
    }
}
