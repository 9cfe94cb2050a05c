//! Inquiries: executions that wait for a person. Opened by a runner, answered by the API, timed out by the scheduler.
//! Counterparts: inquirer_runner/inquirer_runner.py, st2common/services/inquiry.py, st2common/garbage_collection/inquiries.py.
//!
//! Each of the three is one move that only a `pending` execution can make, so exactly one answer counts, and none that comes too late.
//! What the workflow above makes of it is the workflow engine's: whoever answers writes nothing else.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use squall_bus::Message;
use squall_model::{Execution, Map, Status, Timestamp, TriggerInstance};
use squall_store::{Document, Patch, Result, Transition, Write};

use crate::{Context, finished, move_to, publish_quietly};

/// The runner of everything that asks.
pub const RUNNER: &str = "inquirer";
const TRIGGER: &str = "core.st2.generic.inquiry";
/// Under this name the context of an inquiry says who answered.
const RESPONDED_BY: &str = "responded_by";
const WAITING: &[Status] = &[Status::Pending];

/// Tells whether the execution asks a person.
pub fn is_inquiry(execution: &Execution) -> bool {
    execution.snapshot.runner.name == RUNNER
}

/// The beginning of the wait: what is written with the move to `pending`.
pub struct Opening {
    event: TriggerInstance,
    due: Option<Timestamp>,
}

impl Opening {
    /// `question` is the result of the runner. The event has an id of its own, so opening twice tells of it once.
    pub fn of(context: &Context, execution: &Execution, question: &Value) -> Self {
        let payload = json!({"id": execution.id, "route": question.get("route")});
        Self {
            event: finished::event(context, execution, "inquiry", TRIGGER, payload),
            due: due(question, context.now()),
        }
    }

    /// Lays what belongs to the opening over the patch. The event comes before the move: a crash between them opens the inquiry again,
    /// and nobody waits for a person who was never told.
    pub fn laid_over(&self, patch: Patch) -> Result<Patch> {
        Ok(Patch { ahead: vec![Write::Insert(Document::of(&self.event)?)], wake_at: self.due, ..patch })
    }

    /// Tells the rules engine.
    pub async fn announce(self, context: &Context) {
        publish_quietly(context, Message::TriggerInstance(Arc::new(self.event))).await;
    }
}

/// Returns when the time to answer is over; a `ttl` of zero minutes or less leaves all the time there is.
fn due(question: &Value, now: Timestamp) -> Option<Timestamp> {
    let minutes = question.get("ttl").and_then(Value::as_u64).filter(|minutes| *minutes > 0)?;
    Some(now.after(Duration::from_secs(minutes.saturating_mul(60))))
}

/// Ends an inquiry with the answer to it. Refused where it does not wait any more.
pub async fn respond(context: &Context, inquiry: Arc<Execution>, response: &Value, user: &str) -> Result<Transition> {
    let mut result = inquiry.result_value();
    result["response"] = response.clone();
    let by = Map::from_iter([(RESPONDED_BY.to_owned(), json!(user))]);
    let patch = Patch { only_from: Some(WAITING), context: by, ..Patch::result(&result) };
    move_to(context, inquiry, Status::Succeeded, patch, Vec::new()).await
}

/// Ends an inquiry that nobody answered in time; its result stays the question.
pub async fn time_out(context: &Context, inquiry: Arc<Execution>) -> Result<Transition> {
    let patch = Patch { only_from: Some(WAITING), ..Patch::result(&inquiry.result_value()) };
    move_to(context, inquiry, Status::Timeout, patch, Vec::new()).await
}

/// Returns who ended an inquiry's wait: who answered, or the platform.
pub fn ended_by(context: &Context, inquiry: &Execution) -> Value {
    inquiry.context.get(RESPONDED_BY).cloned().unwrap_or_else(|| json!(context.settings.system_user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_to_answer_is_in_minutes_and_may_be_unlimited() {
        let now = Timestamp::from_micros(1_767_225_600_000_000);
        let minutes = |minutes: u64| Some(now.after(Duration::from_secs(60 * minutes)));
        for (ttl, expected) in [
            (json!(1), minutes(1)),
            (json!(1440), minutes(1440)),
            (json!(0), None),
            (json!(-5), None),
            (Value::Null, None),
            (json!(u64::MAX), Some(Timestamp::from_micros(i64::MAX))),
        ] {
            assert_eq!(due(&json!({"ttl": ttl}), now), expected, "{ttl}");
        }
    }
}
