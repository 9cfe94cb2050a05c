//! `core.st2.sensor.process_spawn` and `process_exit`, while a rule listens.

use serde_json::{Map, Value, json};
use squall_model::Sensor;
use squall_python::SensorStatus;
use squall_service::{Context, DispatchError, TriggerDispatch, dispatch_trigger};
use squall_store::Query;
use tracing::warn;

const SPAWN: &str = "core.st2.sensor.process_spawn";
const EXIT: &str = "core.st2.sensor.process_exit";

/// Tells rules what changed between two looks at a sensor's process.
pub(super) async fn tell(context: &Context, sensor: &Sensor, before: &SensorStatus, now: &SensorStatus) {
    let timestamp = context.now().as_seconds();
    if before.running && (!now.running || now.pid != before.pid) {
        let payload = json!({"id": sensor.class_name, "timestamp": timestamp, "exit_code": exit_code(now)});
        send(context, EXIT, payload).await;
    }
    if let Some(pid) = now.pid.filter(|_| before.pid != now.pid) {
        let cmd = format!("{} {}", sensor.entry_point, sensor.class_name);
        let payload = json!({"id": sensor.class_name, "timestamp": timestamp, "pid": pid, "cmd": cmd});
        send(context, SPAWN, payload).await;
    }
}

async fn send(context: &Context, trigger: &str, payload: Value) {
    if let Err(error) = send_if_wanted(context, trigger, payload).await {
        warn!(trigger, %error, "rules could not be told about a sensor's process");
    }
}

async fn send_if_wanted(context: &Context, trigger: &str, payload: Value) -> Result<(), DispatchError> {
    let listening = Query::all().equals("trigger.ref", trigger).equals("enabled", true).limit(1);
    if context.store.rules.list(&listening).await?.total == 0 {
        return Ok(());
    }
    let dispatch = TriggerDispatch { trigger: trigger.to_owned(), payload, trace_context: Map::new(), id: None };
    dispatch_trigger(context, dispatch).await.map(|_| ())
}

/// Returns the code as Python's `returncode` tells it: negative for a signal.
fn exit_code(status: &SensorStatus) -> Option<i64> {
    if status.completed {
        return Some(0);
    }
    let reason = status.last_error.as_deref()?.lines().next()?;
    let number = |prefix: &str| reason.strip_prefix(prefix)?.trim().parse::<i64>().ok();
    number("exited with code ").or_else(|| number("killed by signal ").map(|signal| -signal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_pythons() {
        for (reason, expected) in
            [("exited with code 3\nTraceback", Some(3)), ("killed by signal 9", Some(-9)), ("no channel", None)]
        {
            let status = SensorStatus { last_error: Some(reason.to_owned()), ..SensorStatus::default() };
            assert_eq!(exit_code(&status), expected, "{reason}");
        }
        assert_eq!(exit_code(&SensorStatus { completed: true, ..SensorStatus::default() }), Some(0));
    }
}
