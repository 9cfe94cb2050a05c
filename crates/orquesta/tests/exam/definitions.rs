//! Reading, inspecting and composing definitions.

use serde_json::{Value, json};

use crate::compare::verdict;

/// The texts of the YAML parser's errors are its own.
pub(crate) fn instantiate(record: &Value, ours: &Value) -> Result<bool, String> {
    if record["op"] == "instantiate_versioned" && record["type"] != "native" {
        return Ok(false);
    }
    if record.get("err").is_some() && ours.get("err").is_some() { Ok(true) } else { verdict(record, ours) }
}

/// What is wrong is compared where the original says it; elsewhere, that something is.
pub(crate) fn inspect(record: &Value, ours: &Value) -> Result<bool, String> {
    let raised = record["raise"] == json!(true) && record.get("err").is_some();
    if raised { Ok(ours.get("err").is_some()) } else { verdict(record, ours) }
}
