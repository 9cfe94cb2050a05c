//! What a supervised process does becomes the sensor's stored state, on change only.

use squall_model::{Sensor, SensorState};
use squall_python::SensorStatus;
use squall_service::Context;
use tokio::sync::watch;
use tracing::warn;

use super::{events, lease};

/// Follows a sensor until its supervisor ends.
pub(super) async fn follow(context: Context, sensor: Sensor, mut status: watch::Receiver<SensorStatus>) {
    let mut before = SensorStatus::default();
    loop {
        let now = status.borrow_and_update().clone();
        for _ in before.restarts..now.restarts {
            squall_telemetry::metrics().sensor_restarted();
        }
        if now != before {
            write(&context, &sensor, &now).await;
            events::tell(&context, &sensor, &before, &now).await;
            before = now;
        }
        if status.changed().await.is_err() {
            return;
        }
    }
}

pub(super) async fn write(context: &Context, sensor: &Sensor, status: &SensorStatus) {
    let state = SensorState {
        id: lease::state_id(sensor),
        sensor: sensor.reference.clone(),
        status: word(status).to_owned(),
        pid: status.pid,
        restarts: status.restarts,
        last_error: status.last_error.clone(),
        since: context.now(),
        owner: Some(context.process),
    };
    if let Err(error) = context.store.sensor_states.put(state).await {
        warn!(sensor = %sensor.reference, %error, "the state of a sensor could not be stored");
    }
}

fn word(status: &SensorStatus) -> &'static str {
    match status {
        SensorStatus { running: true, .. } => "running",
        SensorStatus { completed: true, .. } => "completed",
        SensorStatus { last_error: Some(_), .. } => "failed",
        _ => "starting",
    }
}
