//! How long an execution has been running, or took.

use jiff::Timestamp;

use crate::execution::is_completed;
use crate::output::date;
use crate::resource::Resource;

/// Adds the time to the status: `running (3s elapsed)`.
pub(super) fn add_elapsed(execution: &mut Resource, now: Timestamp) {
    if let Some(seconds) = elapsed_seconds(execution, now) {
        let status = format!("{} ({seconds}s elapsed)", execution.text("status"));
        execution.set("status", status);
    }
}

/// Seconds since the start of a running execution, or from start to end of a finished one.
pub(super) fn elapsed_seconds(execution: &Resource, now: Timestamp) -> Option<i64> {
    let start = date::parse(execution.text("start_timestamp"))?.as_second();
    let status = execution.text("status");
    if status == "running" {
        return Some(now.as_second() - start);
    }
    if is_completed(status) { Some(date::parse(execution.text("end_timestamp"))?.as_second() - start) } else { None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_from_start_to_end_or_to_now() {
        let now = "2024-01-01T00:01:00Z".parse().expect("a valid time");
        let check = |status: &str, end: Option<&str>, expected: &str| {
            let mut execution = Resource::from_value(
                json!({"status": status, "start_timestamp": "2024-01-01T00:00:10.900000Z", "end_timestamp": end}),
            );
            add_elapsed(&mut execution, now);
            assert_eq!(execution.text("status"), expected);
        };
        check("running", None, "running (50s elapsed)");
        check("succeeded", Some("2024-01-01T00:00:12.1Z"), "succeeded (2s elapsed)");
        check("succeeded", None, "succeeded");
        check("requested", None, "requested");
    }
}
