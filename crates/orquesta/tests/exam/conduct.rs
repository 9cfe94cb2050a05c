//! Whole workflows, conducted step by step as the original's callers do.

use serde_json::Value;

use crate::compare::{difference, verdict};

pub(crate) fn trace(record: &Value, ours: &Value) -> Result<bool, String> {
    let steps = record["steps"].as_array().into_iter().flatten();
    let ours = ours["steps"].as_array().ok_or_else(|| ours.to_string())?;
    for (number, step) in steps.enumerate() {
        let place = format!("step {number} {}{}", step["op"], step["a"]);
        let place: String = place.chars().take(200).collect();
        let ours = ours.get(number).unwrap_or(&Value::Null);
        verdict(step, ours).map_err(|why| format!("{place}: {why}"))?;
        // The original begins only when it is asked for something that needs it to have begun.
        let Some(after) = step.get("after") else { continue };
        for part in ["state", "errors", "log", "output"] {
            if let Some(difference) = difference(part, &after[part], &ours["after"][part]) {
                return Err(format!("{place}: {difference}"));
            }
        }
    }
    Ok(true)
}
