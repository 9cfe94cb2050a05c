//! `/timers`: the triggers of timer types. Counterpart: st2api/controllers/v1/timers.py.

use serde_json::json;
use squall_model::Trigger;
use squall_store::{Condition, Query};

use crate::call::{self, Call, Outcome};
use crate::errors::ApiError;
use crate::list;
use crate::routes::{Route, get};
use crate::validation::python;

const TYPES: [&str; 3] = ["core.st2.IntervalTimer", "core.st2.DateTimer", "core.st2.CronTimer"];

pub(super) fn routes() -> Vec<Route> {
    vec![get("/timers", list_all), get("/timers/{ref_or_id}", get_one)]
}

async fn list_all(call: Call) -> Outcome {
    let types: Vec<&str> = match call.query.text("timer_type") {
        None => TYPES.to_vec(),
        Some(kind) if TYPES.contains(&kind) => vec![kind],
        Some(kind) => {
            let supported = python(&json!(TYPES));
            return Err(ApiError::Invalid(format!("Timer type {kind} not in supported types - {supported}.")));
        }
    };
    let types = types.into_iter().map(|kind| json!(kind)).collect();
    let query = Query::all().filter("type", Condition::In(types)).ascending("type");
    call::ok(&call.store().triggers.list(&query).await?.items)
}

async fn get_one(call: Call) -> Outcome {
    let text = call.param("ref_or_id");
    let trigger: Trigger = list::by_ref_or_id(call.store().triggers.as_ref(), text).await?.value;
    if !TYPES.contains(&trigger.kind.as_str()) {
        return Err(ApiError::no_resource(text));
    }
    call::ok(&trigger)
}
