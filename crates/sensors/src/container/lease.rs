//! Who runs a sensor: of several processes one, and another when that one has died.

use squall_model::{Id, Sensor, SensorState};
use squall_service::{Context, leases};
use squall_store::{Error as StoreError, Result};

pub(super) fn state_id(sensor: &Sensor) -> Id {
    sensor.id.child("sensor-state")
}

/// Takes the sensor for this process; false while another living process has it.
pub(super) async fn claim(context: &Context, sensor: &Sensor) -> Result<bool> {
    let states = &context.store.sensor_states;
    let fresh = SensorState {
        id: state_id(sensor),
        sensor: sensor.reference.clone(),
        status: "starting".to_owned(),
        pid: None,
        restarts: 0,
        last_error: None,
        since: context.now(),
        owner: Some(context.process),
    };
    let Some(stored) = states.get(&fresh.id).await? else {
        return match states.insert(fresh).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        };
    };
    match stored.value.owner {
        Some(owner) if owner != context.process && leases::living(context).await?.contains(&owner) => Ok(false),
        _ => states.replace(fresh, stored.revision).await,
    }
}

/// Gives the sensor up, so that its state says what became of it.
pub(super) async fn release(context: &Context, mut state: SensorState, status: &str) -> Result<()> {
    state.status = status.to_owned();
    state.pid = None;
    state.owner = None;
    state.since = context.now();
    context.store.sensor_states.put(state).await
}
