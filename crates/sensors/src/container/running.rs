//! One sensor that this process runs.

use std::sync::Arc;

use serde_json::Value;
use squall_model::{Sensor, Timestamp};
use squall_python::{PythonHost, RestartDelays, SensorEvent, SensorProcess, SensorRequest};
use squall_service::Context;
use squall_store::Result;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::{lease, report, request};

pub(super) struct RunningSensor {
    sensor: Sensor,
    /// What the process was started with; a sensor for which it is another is started anew.
    fingerprint: String,
    process: SensorProcess,
    reporter: JoinHandle<()>,
    triggers: Vec<Value>,
    renew_at: Timestamp,
}

impl RunningSensor {
    pub(super) async fn start(
        context: &Context,
        host: &Arc<PythonHost>,
        sensor: Sensor,
        mut wanted: SensorRequest,
    ) -> Result<Self> {
        let fingerprint = fingerprint(&wanted);
        let triggers = request::triggers_of(context, &sensor).await?;
        let (token, renew_at) = request::token(context);
        wanted.triggers.clone_from(&triggers);
        wanted.environment = request::environment(context, &sensor, &token);
        let process = SensorProcess::run(Arc::clone(host), wanted, RestartDelays::default());
        let following = report::follow(context.clone(), sensor.clone(), process.status());
        info!(sensor = %sensor.reference, "sensor started");
        Ok(Self { sensor, fingerprint, process, reporter: tokio::spawn(following), triggers, renew_at })
    }

    pub(super) fn fits(&self, wanted: &SensorRequest) -> bool {
        self.fingerprint == fingerprint(wanted)
    }

    /// Returns when the sensor needs a new token.
    pub(super) fn renew_at(&self) -> Timestamp {
        self.renew_at
    }

    pub(super) async fn renew_token(&mut self, context: &Context) {
        let (token, renew_at) = request::token(context);
        self.process.notify(SensorEvent::Token(token.expose().to_owned())).await;
        self.renew_at = renew_at;
    }

    /// Tells the sensor which of its triggers came, changed and went.
    pub(super) async fn tell_triggers(&mut self, context: &Context) -> Result<()> {
        let now = request::triggers_of(context, &self.sensor).await?;
        for event in changes(&self.triggers, &now) {
            self.process.notify(event).await;
        }
        self.triggers = now;
        Ok(())
    }

    /// Stops the process and says so.
    pub(super) async fn stop(self, context: &Context) -> Result<()> {
        self.process.stop().await;
        if let Err(error) = self.reporter.await {
            warn!(sensor = %self.sensor.reference, %error, "nobody told how the sensor ended");
        }
        info!(sensor = %self.sensor.reference, "sensor stopped");
        match context.store.sensor_states.get(&lease::state_id(&self.sensor)).await? {
            Some(state) => lease::release(context, state.value, "stopped").await,
            None => Ok(()),
        }
    }
}

/// Returns everything about a request that a process can't be told later. It is not to be shown: it holds the configuration.
fn fingerprint(request: &SensorRequest) -> String {
    format!(
        "{:?} {} {} {:?} {} {:?}",
        request.file_path,
        request.pack,
        request.class_name,
        request.trigger_types,
        request.config,
        request.poll_interval
    )
}

fn changes(before: &[Value], now: &[Value]) -> Vec<SensorEvent> {
    let by_id = |triggers: &[Value], wanted: &Value| triggers.iter().find(|known| known["id"] == wanted["id"]).cloned();
    let gone = before.iter().filter(|trigger| by_id(now, trigger).is_none());
    let mut events: Vec<SensorEvent> = gone.cloned().map(SensorEvent::RemoveTrigger).collect();
    for trigger in now {
        match by_id(before, trigger) {
            None => events.push(SensorEvent::AddTrigger(trigger.clone())),
            Some(known) if known != *trigger => events.push(SensorEvent::UpdateTrigger(trigger.clone())),
            Some(_) => {}
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sensor_hears_of_what_changed_only() {
        let trigger = |id: &str, n: u64| json!({"id": id, "parameters": {"n": n}});
        let before = [trigger("a", 1), trigger("b", 1), trigger("c", 1)];
        let now = [trigger("b", 2), trigger("c", 1), trigger("d", 1)];
        assert_eq!(
            changes(&before, &now),
            [
                SensorEvent::RemoveTrigger(trigger("a", 1)),
                SensorEvent::UpdateTrigger(trigger("b", 2)),
                SensorEvent::AddTrigger(trigger("d", 1)),
            ]
        );
    }
}
