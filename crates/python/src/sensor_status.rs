//! What the supervisor knows of a sensor.

use serde::Serialize;

/// Shown beside the sensor; changes are announced on a watch channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SensorStatus {
    pub running: bool,
    pub pid: Option<u32>,
    /// How often the process was started again since the supervisor began.
    pub restarts: u64,
    /// Why the last process ended, with the end of what it printed.
    pub last_error: Option<String>,
    /// The sensor returned from `run()` without an error; it is not started again.
    pub completed: bool,
}
