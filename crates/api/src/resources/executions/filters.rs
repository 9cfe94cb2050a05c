//! `GET /executions/views/filters`: the values that the history page offers to filter by.
//! Counterpart: st2api/controllers/v1/execution_views.py.

use serde_json::{Map, Value};

use crate::call::{self, Call, Outcome};

/// The filters with the paths they look at, and whether "none" is a value of theirs.
const FILTERS: [(&str, &str, bool); 7] = [
    ("action", "action.ref", false),
    ("status", "status", false),
    ("rule", "rule.name", true),
    ("runner", "runner.name", false),
    ("trigger", "trigger.name", true),
    ("trigger_type", "trigger_type.name", true),
    ("user", "context.user", false),
];

pub(super) async fn values(call: Call) -> Outcome {
    let wanted = call.query.list("types");
    let mut shown = Map::new();
    for (name, path, has_none) in FILTERS {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&name)) {
            continue;
        }
        let mut values = call.store().executions.distinct(path).await?;
        values.retain(|value| has_none || !value.is_null());
        shown.insert(name.to_owned(), Value::Array(values));
    }
    call::ok(&shown)
}
