//! Which tasks are to be started now, and with what.

use std::sync::Arc;

use serde_json::Value;

use super::Conductor;
use super::items::ItemsRun;
use super::journal::Place;
use crate::expressions::{ExpressionError, Scope};
use crate::host::Answers;
use crate::spec::{ItemsSpec, Property, TaskSpec};
use crate::status::Status;

/// One action to run.
#[derive(Clone, Debug)]
pub struct ActionRequest {
    /// The action's reference; null for a task without an action.
    pub action: Value,
    pub input: Value,
    pub item_id: Option<usize>,
}

/// A task to start, or to start more items of.
#[derive(Clone, Debug)]
pub struct NextTask {
    pub task_id: Arc<str>,
    pub route: usize,
    pub actions: Vec<ActionRequest>,
    /// Seconds to wait before.
    pub delay: Option<i64>,
    /// For a task with items: how many there are, and how many may run at once.
    pub items_count: Option<usize>,
    pub concurrency: Value,
}

impl Conductor {
    /// What is ready to start, sorted by task and route. A task that cannot be rendered fails the workflow.
    pub fn next_tasks(&mut self, answers: &Answers<'_>) -> Vec<NextTask> {
        let failed = self.state.status == Status::Failed;
        if !failed && !self.state.status.is_running() {
            return Vec::new();
        }
        let ready = self.state.staging.iter().filter(|staged| staged.is_ready() && (!failed || staged.run_on_fail));
        let places: Vec<(usize, usize)> = ready.map(|staged| (staged.node, staged.route)).collect();
        let mut tasks = Vec::new();
        let mut errors = Vec::new();
        for (node, route) in places {
            match self.next_task(node, route, answers) {
                Ok(task) if !task.actions.is_empty() || task.items_count == Some(0) => tasks.push(task),
                Ok(_) => {}
                Err(error) => errors.push((node, route, error)),
            }
        }
        if !errors.is_empty() {
            for (node, route, error) in errors {
                let task_id = Arc::clone(self.task_id(node));
                self.log_error(&error.to_string(), Place::task(&task_id, route));
            }
            self.force_failed();
            return Vec::new();
        }
        tasks.sort_by(|left, right| left.task_id.cmp(&right.task_id).then(left.route.cmp(&right.route)));
        tasks
    }

    fn next_task(&mut self, node: usize, route: usize, answers: &Answers<'_>) -> Result<NextTask, ExpressionError> {
        let workflow = Arc::clone(&self.workflow);
        let task_id = Arc::clone(self.task_id(node));
        let no_spec = TaskSpec::default();
        let spec = workflow.spec.tasks.get(&*task_id).unwrap_or(&no_spec);
        let mut next =
            NextTask { task_id, route, actions: Vec::new(), delay: None, items_count: None, concurrency: Value::Null };
        match &spec.items {
            Some(items) => self.add_items(&mut next, node, spec, items, answers)?,
            None => {
                let variables = self.staged_variables(node, route);
                let scope = self.task_scope(&variables, (node, route), None, answers);
                next.actions.push(action_request(spec, &scope, None)?);
            }
        }
        if !next.actions.is_empty() || next.items_count == Some(0) {
            next.delay = self.delay(spec, node, route, answers)?;
        }
        Ok(next)
    }

    fn staged_variables(&self, node: usize, route: usize) -> Arc<crate::context::Variables> {
        let path = self.state.staging.get(node, route).map(|staged| &staged.path);
        path.map(|path| path.merged(&self.state.contexts)).unwrap_or_default()
    }

    fn add_items(
        &mut self,
        next: &mut NextTask,
        node: usize,
        spec: &TaskSpec,
        items_spec: &ItemsSpec,
        answers: &Answers<'_>,
    ) -> Result<(), ExpressionError> {
        let route = next.route;
        self.evaluate_items(node, route, items_spec, answers)?;
        let staged = self.state.staging.get_mut(node, route);
        let Some(items) = staged.and_then(|staged| staged.items.as_mut()) else { return Ok(()) };
        next.items_count = Some(items.len());
        next.concurrency = items.concurrency.clone();
        let startable = items.startable();
        let values = items.values.clone().unwrap_or_default();
        if startable.is_empty() {
            return Ok(());
        }
        let variables = self.staged_variables(node, route);
        for item_id in startable {
            let item = values.get(item_id).map(|value| items_spec.item(value)).unwrap_or_default();
            let mut scope = self.task_scope(&variables, (node, route), None, answers);
            scope.item = Some(&item);
            match action_request(spec, &scope, Some(item_id)) {
                Ok(request) => next.actions.push(request),
                Err(error) => {
                    self.forget_unstarted_items(node, route);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Items that cannot be rendered leave no trace, as long as none has been started.
    fn forget_unstarted_items(&mut self, node: usize, route: usize) {
        if let Some(staged) = self.state.staging.get_mut(node, route) {
            staged.items.take_if(|items| items.statuses().iter().all(|status| *status == Status::Unset));
        }
    }

    /// Evaluates the list of items and the concurrency, unless that has been done.
    fn evaluate_items(
        &mut self,
        node: usize,
        route: usize,
        spec: &ItemsSpec,
        answers: &Answers<'_>,
    ) -> Result<(), ExpressionError> {
        let Some(staged) = self.state.staging.get(node, route) else { return Ok(()) };
        if staged.items.as_ref().is_some_and(|items| items.values.is_some()) {
            return Ok(());
        }
        let variables = self.staged_variables(node, route);
        let scope = self.task_scope(&variables, (node, route), None, answers);
        let Value::Array(values) = spec.list.template.evaluate(&scope)? else {
            let list = spec.list.raw.as_str().unwrap_or_default();
            return Err(ExpressionError::new("TypeError", format!("The value of \"{list}\" is not type of list.")));
        };
        let concurrency = concurrency(spec.concurrency.as_ref(), &scope)?;
        let values = Arc::new(values);
        let Some(staged) = self.state.staging.get_mut(node, route) else { return Ok(()) };
        match &mut staged.items {
            Some(items) if !items.is_empty() => {
                items.values = Some(values);
                items.concurrency = concurrency;
            }
            items => *items = Some(ItemsRun::new(values, concurrency)),
        }
        Ok(())
    }

    /// The delay of a retry takes the place of the task's own.
    fn delay(
        &self,
        spec: &TaskSpec,
        node: usize,
        route: usize,
        answers: &Answers<'_>,
    ) -> Result<Option<i64>, ExpressionError> {
        let retry = self.state.staging.get(node, route).and_then(|staged| staged.retry.as_ref());
        if let Some(retry) = retry {
            return Ok(Some(retry.delay.as_ref().and_then(Value::as_i64).unwrap_or(0)));
        }
        let Some(delay) = spec.delay.as_ref().filter(|delay| crate::expressions::is_truthy(&delay.raw)) else {
            return Ok(None);
        };
        let variables = self.staged_variables(node, route);
        let value = delay.template.evaluate(&self.task_scope(&variables, (node, route), None, answers))?;
        let seconds = value.as_i64().or_else(|| value.as_bool().map(i64::from));
        seconds
            .map(Some)
            .ok_or_else(|| ExpressionError::new("TypeError", "The value of task delay is not type of integer."))
    }
}

fn concurrency(spec: Option<&Property>, scope: &Scope<'_>) -> Result<Value, ExpressionError> {
    let Some(spec) = spec else { return Ok(Value::Null) };
    match spec.template.evaluate(scope)? {
        Value::Null => Ok(Value::Null),
        Value::Number(number) => match number.as_i64() {
            Some(limit) if limit <= 0 => Ok(Value::from(1)),
            Some(limit) => Ok(Value::from(limit)),
            None => Err(ExpressionError::new("TypeError", "The value of concurrency is not type of integer.")),
        },
        other => {
            let name = crate::expressions::type_name(&other);
            let message = format!("'<=' not supported between instances of '{name}' and 'int'");
            Err(ExpressionError::new("TypeError", message))
        }
    }
}

fn action_request(
    spec: &TaskSpec,
    scope: &Scope<'_>,
    item_id: Option<usize>,
) -> Result<ActionRequest, ExpressionError> {
    let evaluate =
        |property: Option<&Property>| property.map_or(Ok(Value::Null), |property| property.template.evaluate(scope));
    Ok(ActionRequest { action: evaluate(spec.action.as_ref())?, input: evaluate(spec.input.as_ref())?, item_id })
}
