//! The world that expressions meet: always the same, so that an input always leads to the same end.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use squall_orquesta::{Host, HostError, Question};

/// A context with something of every kind.
pub(crate) static CONTEXT: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let context = json!({
        "s": "Hello World", "n": 7, "f": 2.5, "t": true, "nothing": null, "empty": "", "time": "2020-01-02T03:04:05Z",
        "l": [3, 1, 2], "m": [[1, "a"], [2, "b"]], "version": "1.2.3",
        "d": {"a": 1, "b": {"c": [1, 2, {"x": "y"}]}, "items": "shadow"},
        "vms": [{"name": "web1", "role": "web", "size": 4}, {"name": "db1", "role": "db", "size": 16}],
        "st2": {"action_execution_id": "5f0000000000000000000001", "user": "stanley"},
    });
    if let Value::Object(context) = context { context } else { Map::new() }
});

pub(crate) struct World;

impl Host for World {
    fn answer(&self, question: &Question) -> Result<Value, HostError> {
        match question {
            Question::KeyValue { key, .. } => Ok(json!(key)),
            Question::Stored { path } => Ok(json!(path)),
            Question::Decrypted { ciphertext } => Ok(json!(ciphertext)),
            Question::Execution { .. } => Ok(json!({"execution_id": "e", "liveaction_id": "l"})),
            Question::Task { task_id, .. } => Ok(json!({"task_id": task_id, "result": {"stdout": "said"}})),
            Question::Now => Ok(json!(1_577_934_245_000_000_i64)),
            Question::Random => Ok(json!(0.5)),
        }
    }
}
