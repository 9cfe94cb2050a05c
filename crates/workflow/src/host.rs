//! What expressions may ask: the datastore, other tasks, clock and dice.

use serde_json::{Value, json};
use squall_model::{Execution, KeyScope};
use squall_orquesta::{Host, HostError, Question};
use squall_service::{Context, Datastore};
use squall_store::Query;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Answers from the store. To be asked from a thread that may wait when the question goes to the store.
pub(crate) struct StoreHost {
    pub(crate) context: Context,
    pub(crate) execution: Arc<Execution>,
}

impl Host for StoreHost {
    fn answer(&self, question: &Question) -> Result<Value, HostError> {
        match question {
            Question::Now => Ok(json!(self.context.now().as_micros())),
            Question::Random => Ok(json!((self.context.entropy.next_u64() >> 11) as f64 / (1_u64 << 53) as f64)),
            Question::KeyValue { key, decrypt } => Handle::current().block_on(self.key_value(key, *decrypt)),
            Question::Task { task_id, route } => Handle::current().block_on(self.task(task_id, *route)),
        }
    }
}

impl StoreHost {
    async fn key_value(&self, key: &str, decrypt: bool) -> Result<Value, HostError> {
        let user = self.execution.user().unwrap_or_default();
        let (scope, shown) = match key.strip_prefix("system.") {
            Some(name) => (KeyScope::System, name),
            None => (KeyScope::User, key.strip_prefix("user.").unwrap_or(key)),
        };
        let name = if scope == KeyScope::User { format!("{user}:{shown}") } else { shown.to_owned() };
        let datastore = Datastore::new(&self.context);
        let failed =
            |error: squall_service::DatastoreError| HostError::new("ExpressionEvaluationException", error.to_string());
        let missing = || {
            let text = format!("The key \"{shown}\" does not exist in the StackStorm datastore.");
            HostError::new("ExpressionEvaluationException", text)
        };
        let item = datastore.get(scope, &name).await.map_err(failed)?.ok_or_else(missing)?;
        let value = if decrypt { datastore.clear(&item).map_err(failed)? } else { item.value };
        Ok(Value::String(value))
    }

    /// Returns what is known of the latest execution of a task.
    async fn task(&self, task_id: &str, route: usize) -> Result<Value, HostError> {
        let failed = |error: squall_store::Error| HostError::new("ExpressionEvaluationException", error.to_string());
        let query = Query::all()
            .equals("parent", self.execution.id.to_string())
            .equals("context.orquesta.task_id", task_id)
            .descending("start_timestamp");
        let found = self.context.store.executions.list(&query, true).await.map_err(failed)?.items;
        let on_route = |child: &&Arc<Execution>| {
            child.context.get("orquesta").and_then(|own| own.get("task_route")) == Some(&json!(route))
        };
        let Some(latest) = found.iter().find(on_route).or_else(|| found.first()) else {
            let text = format!("Unable to find task execution for \"{task_id}\".");
            return Err(HostError::new("ExpressionEvaluationException", text));
        };
        let with_items = latest.context.get("orquesta").is_some_and(|own| own.get("item_id").is_some());
        let result = if with_items { items_result(&found, latest) } else { latest.result_value() };
        Ok(json!({
            "task_execution_id": latest.task_execution,
            "workflow_execution_id": latest.workflow_execution,
            "task_name": task_id,
            "task_id": task_id,
            "route": route,
            "result": result,
            "status": latest.status,
            "start_timestamp": latest.start_timestamp,
            "end_timestamp": latest.end_timestamp,
        }))
    }
}

fn items_result(found: &[Arc<Execution>], latest: &Execution) -> Value {
    let of_task = found.iter().filter(|child| child.task_execution == latest.task_execution);
    let item = |child: &Arc<Execution>| {
        let number = child.context.get("orquesta").and_then(|own| own.get("item_id")).and_then(Value::as_u64);
        (number, json!({"status": child.status, "result": child.result_value()}))
    };
    let mut items: Vec<_> = of_task.map(item).collect();
    items.sort_by_key(|(number, _)| *number);
    json!({"items": items.into_iter().map(|(_, item)| item).collect::<Vec<_>>()})
}
