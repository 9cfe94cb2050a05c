//! The beginning: inputs and variables are rendered, the first tasks are staged.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::staging::Staged;
use super::{Conductor, Journal, Place, State};
use crate::context::{ContextPath, Variables};
use crate::expressions::{ExpressionError, Scope, Template};
use crate::host::Answers;
use crate::spec::Property;
use crate::status::Status;
use crate::workflow::Workflow;

impl Conductor {
    /// A workflow that cannot be given its inputs and variables begins, and ends, as failed.
    pub fn new(
        workflow: Arc<Workflow>,
        parent_context: Map<String, Value>,
        inputs: Map<String, Value>,
        answers: &Answers<'_>,
    ) -> Self {
        let mut conductor = Self {
            workflow,
            parent_context,
            inputs,
            state: State::default(),
            errors: Journal::default(),
            log: Vec::new(),
            output: None,
        };
        conductor.initialize(answers);
        conductor
    }

    fn initialize(&mut self, answers: &Answers<'_>) {
        let mut variables = Variables::from(self.parent_context.clone());
        let mut errors = Vec::new();
        let workflow = Arc::clone(&self.workflow);
        self.render_inputs(&mut variables, &mut errors, answers);
        let mut rolling = variables.clone();
        let rendered = self.render_list(&workflow.spec.vars, &mut rolling, &mut errors, answers);
        variables.merge(&rendered);
        for error in &errors {
            self.log_error(&error.to_string(), Place::default());
        }
        if !errors.is_empty() {
            self.force_failed();
            return;
        }
        self.state.contexts.push(Arc::new(variables));
        self.state.routes.push(Vec::new());
        for node in self.workflow.graph.roots() {
            self.state.staging.add(Staged::new(node, 0, ContextPath::of([0])));
        }
    }

    fn render_inputs(&self, variables: &mut Variables, errors: &mut Vec<ExpressionError>, answers: &Answers<'_>) {
        for (name, default) in &self.workflow.spec.input {
            let given = self.inputs.get(name);
            let value = match given {
                // What came from outside is data, not a template, unless the author wants it StackStorm's way.
                Some(given) if self.workflow.options.evaluate_results_again => {
                    let template = Template::new(given, self.workflow.options);
                    template.evaluate(&self.workflow_scope(variables, answers))
                }
                Some(given) => Ok(given.clone()),
                None => default.template.evaluate(&self.workflow_scope(variables, answers)),
            };
            match value {
                Ok(value) => variables.set(name, value),
                Err(error) => errors.push(error),
            }
        }
    }

    /// Renders a list of named values; each one sees those before it. Answers the new values alone.
    pub(super) fn render_list(
        &self,
        list: &[(String, Property)],
        rolling: &mut Variables,
        errors: &mut Vec<ExpressionError>,
        answers: &Answers<'_>,
    ) -> Variables {
        render_each(list, rolling, errors, |template, variables| {
            template.evaluate(&Scope { variables, task: None, item: None, statuses: Some(self), answers })
        })
    }

    /// A workflow that has ended cannot fail any more, and that is fine.
    pub(super) fn force_failed(&mut self) {
        self.process_workflow_request(Status::Failed);
    }
}

pub(super) fn render_each(
    list: &[(String, Property)],
    rolling: &mut Variables,
    errors: &mut Vec<ExpressionError>,
    evaluate: impl Fn(&Template, &Variables) -> Result<Value, ExpressionError>,
) -> Variables {
    let mut rendered = Variables::default();
    for (name, property) in list {
        match evaluate(&property.template, rolling) {
            Ok(value) => {
                rolling.set(name, value.clone());
                rendered.set(name, value);
            }
            Err(error) => errors.push(error),
        }
    }
    rendered
}
