//! Whether a task that ended is to be tried again.

use serde_json::Value;

use super::state::RetryState;
use super::update::Ended;
use super::{Conductor, ConductorError};
use crate::context::ContextPath;
use crate::expressions::is_truthy;
use crate::host::Answers;
use crate::spec::Property;

impl Conductor {
    /// Works out the retry plan of a task that is about to run.
    pub(super) fn retry_state(
        &self,
        node: usize,
        path: &ContextPath,
        answers: &Answers<'_>,
    ) -> Result<Option<RetryState>, ConductorError> {
        let Some(plan) = &self.workflow.graph.nodes[node].retry else { return Ok(None) };
        let number = |property: &Property, what: &'static str| {
            if !property.raw.is_string() {
                return Ok(property.raw.clone());
            }
            let variables = path.merged(&self.state.contexts);
            let value = property.template.evaluate(&self.workflow_scope(&variables, answers))?;
            if value.is_i64() || value.is_boolean() {
                return Ok(value);
            }
            Err(ConductorError::RetryIsNotAnInteger { what, task_id: self.task_id(node).to_string() })
        };
        let delay = plan.delay.as_ref().map(|delay| number(delay, "delay")).transpose()?;
        Ok(Some(RetryState {
            when: plan.when.clone(),
            delay: if plan.by_command { None } else { Some(delay.unwrap_or(Value::Null)) },
            count: number(&plan.count, "count")?.as_i64().unwrap_or(0),
            tally: 0,
        }))
    }

    pub(super) fn wants_retry(&self, ended: &Ended, answers: &Answers<'_>) -> Result<bool, ConductorError> {
        let entry = self.state.entry(ended.index);
        let Some(retry) = entry.retry.as_ref().filter(|_| self.state.status.is_active()) else { return Ok(false) };
        if retry.tally >= retry.count {
            return Ok(false);
        }
        let Some(when) = &retry.when else { return Ok(entry.status.is_abended()) };
        let place = (entry.node, entry.route);
        let scope = self.task_scope(&ended.variables, place, Some(&ended.result), answers);
        Ok(is_truthy(&when.template.evaluate(&scope)?))
    }
}
