//! A matched rule becomes an execution and the record of it. Counterpart: st2reactor/rules/enforcer.py.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_model::{
    EnforcementStatus, Execution, Id, Map, RuleEnforcement, RuleReference, TriggerInstance, TriggerInstanceStatus,
};
use squall_service::{Context, ExecutionRequest, RequestError, prepare};
use squall_store::Error as StoreError;

use crate::catalogue::{Listeners, LoadedRule};
use crate::criteria::CriterionError;

/// What a rule made of an event: an enforcement, and an execution unless it failed.
pub(crate) struct Enforced {
    pub(crate) rule: Arc<LoadedRule>,
    pub(crate) enforcement: RuleEnforcement,
    pub(crate) execution: Option<Arc<Execution>>,
    /// The execution whose parameters did not render: kept as failed, and not what the enforcement led to.
    pub(crate) unrendered: Option<Arc<Execution>>,
}

/// Prepares the execution that the rule asks for. Whatever is wrong with the request is the enforcement's failure.
pub(crate) async fn enforce(
    context: &Context,
    rule: &Arc<LoadedRule>,
    instance: &TriggerInstance,
    listeners: &Listeners,
    trace_context: &Map,
) -> Result<Enforced, StoreError> {
    let mut unrendered = None;
    let outcome = match prepare(context, request(context, rule, instance, listeners, trace_context)).await {
        Ok(execution) => Ok(Arc::new(execution)),
        Err(RequestError::Store(error)) => return Err(error),
        Err(RequestError::UnknownAction(action)) => Err(format!("Action \"{action}\" doesn't exist")),
        Err(RequestError::Unfit { explanation, .. }) => Err(explanation),
        Err(RequestError::Unrendered { reason, execution }) => {
            unrendered = Some(execution);
            Err(reason)
        }
        Err(error) => Err(error.to_string()),
    };
    let (execution, failure) = match outcome {
        Ok(execution) => (Some(execution), None),
        Err(reason) => (None, Some(reason)),
    };
    let mut enforcement = record(context, rule, instance, "rule-enforcement");
    enforcement.status = if failure.is_none() { EnforcementStatus::Succeeded } else { EnforcementStatus::Failed };
    enforcement.execution_id = execution.as_ref().map(|execution| execution.id);
    enforcement.failure_reason = failure;
    Ok(Enforced { rule: Arc::clone(rule), enforcement, execution, unrendered })
}

/// Returns the record of a rule whose criteria could not be checked.
pub(crate) fn failed_match(
    context: &Context,
    rule: &LoadedRule,
    instance: &TriggerInstance,
    failure: &CriterionError,
) -> RuleEnforcement {
    let mut enforcement = record(context, rule, instance, "rule-match-failure");
    enforcement.failure_reason = Some(failure.explain(&rule.rule.reference, &instance.id.to_string()));
    enforcement
}

/// Returns the id that rule and event always have together for one purpose: doing it twice does it once.
fn derived(purpose: &str, rule: &LoadedRule, instance: &TriggerInstance) -> Id {
    Id::derived(&[purpose, &rule.rule.id.to_string(), &instance.id.to_string()])
}

fn record(context: &Context, rule: &LoadedRule, instance: &TriggerInstance, purpose: &str) -> RuleEnforcement {
    RuleEnforcement {
        id: derived(purpose, rule, instance),
        trigger_instance_id: instance.id,
        execution_id: None,
        failure_reason: None,
        rule: RuleReference { reference: rule.rule.reference.clone(), uid: rule.rule.uid.clone(), id: rule.rule.id },
        enforced_at: context.now(),
        status: EnforcementStatus::Failed,
    }
}

fn request(
    context: &Context,
    rule: &LoadedRule,
    instance: &TriggerInstance,
    listeners: &Listeners,
    trace_context: &Map,
) -> ExecutionRequest {
    let mut own_context = Map::new();
    own_context.insert("trigger_instance".to_owned(), json!({"id": instance.id, "name": null}));
    own_context.insert("rule".to_owned(), json!({"id": rule.rule.id, "name": rule.rule.name}));
    own_context.insert("trace_context".to_owned(), Value::Object(trace_context.clone()));
    ExecutionRequest {
        id: Some(derived("rule-execution", rule, instance)),
        action: rule.rule.action.reference.clone(),
        parameters: rule.rule.action.parameters.clone(),
        user: context.settings.system_user.clone(),
        context: own_context,
        rule: Some(rule.document.clone()),
        trigger: listeners.trigger.clone(),
        trigger_type: listeners.trigger_type.clone(),
        trigger_instance: Some(shown(instance)),
        extra_scope: Map::from_iter([("trigger".to_owned(), instance.payload.clone())]),
        ..ExecutionRequest::default()
    }
}

/// Returns the event as the execution shows it: at the time it was made, the event was being processed.
fn shown(instance: &TriggerInstance) -> Value {
    json!({
        "trigger": instance.trigger,
        "occurrence_time": instance.occurrence_time,
        "status": TriggerInstanceStatus::Processing,
        "id": instance.id,
        "payload": instance.payload,
    })
}
