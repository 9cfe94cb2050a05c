//! The host for Python actions and sensors.
//!
//! Pack code runs in processes of its own with the shim package (`python/` at the root) in front of its import path.
//! The host speaks with a process over one socket, its standard input: a request goes in, an answer comes out, and the
//! end of the socket tells either side that the other died. Parameters, configuration and tokens are never arguments.
//!
//! [`PythonHost::start_action`] is the seam for warm interpreters: what it hands out does not say how the process came
//! to be.

mod action;
mod host;
mod sensor;
mod sensor_status;

pub use action::{ActionRequest, Answer, RunningAction};
pub use host::{PythonError, PythonHost, PythonOptions};
pub use sensor::{RestartDelays, SensorEvent, SensorProcess, SensorRequest};
pub use sensor_status::SensorStatus;

/// The shortest time between two polls of a sensor, in seconds. Counterpart: st2common/constants/sensors.py.
pub const MINIMUM_POLL_INTERVAL: u64 = 4;
