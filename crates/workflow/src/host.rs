//! What expressions may ask: the datastore, other tasks, clock and dice.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_model::{Execution, KeyScope};
use squall_orquesta::engine::ActionKey;
use squall_orquesta::{Host, HostError, Question};
use squall_service::{Context, Datastore};
use squall_store::Query;
use tokio::runtime::Handle;

use crate::children::child_id;

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
            Question::Stored { path } => Handle::current().block_on(self.stored(path)),
            Question::Decrypted { ciphertext } => self.decrypted(ciphertext),
            Question::Execution { task_id, route, attempt } => {
                let key = ActionKey { task_id: task_id.clone(), route: *route, attempt: *attempt, item_id: None };
                let id = child_id(&self.execution.id, &key);
                Ok(json!({"execution_id": id, "liveaction_id": id.child("liveaction")}))
            }
            Question::Task { task_id, route } => Handle::current().block_on(self.task(task_id, *route)),
        }
    }
}

impl StoreHost {
    /// Returns scope, stored name and shown name of a key; one that does not say its scope is the user's.
    fn locate<'k>(&self, key: &'k str) -> (KeyScope, String, &'k str) {
        match key.strip_prefix("system.") {
            Some(name) => (KeyScope::System, name.to_owned(), name),
            None => {
                let shown = key.strip_prefix("user.").unwrap_or(key);
                (KeyScope::User, format!("{}:{shown}", self.execution.user().unwrap_or_default()), shown)
            }
        }
    }

    async fn stored(&self, path: &str) -> Result<Value, HostError> {
        let (scope, name, _) = self.locate(path);
        let found = Datastore::new(&self.context).get(scope, &name).await;
        let found = found.map_err(|error| HostError::new("ValueError", error.to_string()))?;
        Ok(found.map_or(Value::Null, |item| Value::String(item.value)))
    }

    fn decrypted(&self, ciphertext: &str) -> Result<Value, HostError> {
        let failed = |reason: String| HostError::new("ValueError", reason);
        let key = self.context.datastore_key.as_ref();
        let key = key.ok_or_else(|| failed(squall_service::DatastoreError::NoKey.to_string()))?;
        key.decrypt(ciphertext).map(Value::String).map_err(|error| failed(error.to_string()))
    }

    async fn key_value(&self, key: &str, decrypt: bool) -> Result<Value, HostError> {
        let (scope, name, shown) = self.locate(key);
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
