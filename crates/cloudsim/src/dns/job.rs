//! An asynchronous job: `RUNNING`, then `COMPLETED` or `ERROR`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::call::Call;
use crate::moment::Moment;
use crate::service::Env;

const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A write that was accepted.
pub(crate) struct Job {
    pub(crate) id: String,
    callback_url: String,
    request_url: String,
    verb: String,
    outcome: Outcome,
    done: Moment,
}

/// What a job comes to. It is known at once and shown when the job's time is over.
pub(crate) enum Outcome {
    Completed(Value),
    Error { code: u16, message: String, details: String },
}

impl Outcome {
    pub(crate) fn conflict(message: &str, what: &str) -> Self {
        Self::Error { code: 409, message: format!("{message}."), details: format!("{message}: {what}") }
    }

    /// What a fault makes of a job.
    pub(crate) fn failed() -> Self {
        let details = "The job could not be completed.".to_owned();
        Self::Error { code: 500, message: "One or more items could not be processed.".to_owned(), details }
    }

    pub(crate) const fn is_error(&self) -> bool {
        matches!(self, Self::Error { .. })
    }
}

impl Job {
    pub(crate) fn start(call: &Call, env: &mut Env, outcome: Outcome) -> Self {
        let id = env.ids.uuid();
        Self {
            callback_url: format!("{}/dns/v1.0/{}/status/{id}", env.base_url, env.tenant),
            request_url: format!("{}{}", env.base_url, call.path),
            verb: call.method.clone(),
            outcome,
            done: env.now.after(env.timings.dns_job),
            id,
        }
    }

    pub(crate) fn is_kept(&self, now: Moment) -> bool {
        now < self.done.after(KEPT)
    }

    pub(crate) fn view(&self, details: bool, now: Moment) -> Value {
        let mut view = json!({"jobId": self.id, "callbackUrl": self.callback_url, "status": "RUNNING",
            "verb": self.verb, "requestUrl": self.request_url});
        if now < self.done {
            return view;
        }
        match &self.outcome {
            Outcome::Completed(response) => {
                view["status"] = json!("COMPLETED");
                if details && !response.is_null() {
                    view["response"] = response.clone();
                }
            }
            Outcome::Error { code, message, details: explanation } => {
                view["status"] = json!("ERROR");
                if details {
                    let fault = json!({"code": code, "message": message, "details": explanation});
                    view["error"] = json!({"code": code, "message": message, "details": explanation,
                        "failedItems": {"faults": [fault]}});
                }
            }
        }
        view
    }
}
