//! Sensors and what their processes do. Counterpart: st2common/models/api/sensor.py.

use serde::{Deserialize, Serialize};

use super::{Resource, default_pack, yes};
use crate::{Id, ResourceRef, Timestamp};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensor {
    #[serde(default)]
    pub uid: String,
    #[serde(default)]
    pub metadata_file: String,
    pub name: String,
    #[serde(rename = "ref", default)]
    pub reference: String,
    pub class_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default = "default_pack")]
    pub pack: String,
    #[serde(default)]
    pub artifact_uri: String,
    pub entry_point: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub trigger_types: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_interval: Option<u64>,
    #[serde(default)]
    pub id: Id,
}

impl Sensor {
    /// Fills `ref` and `uid` from pack and name.
    pub fn with_references(mut self) -> Self {
        self.reference = ResourceRef::new(&self.pack, &self.name).to_string();
        self.uid = format!("sensor_type:{}:{}", self.pack, self.name);
        self
    }
}

impl Resource for Sensor {
    const KIND: &'static str = "sensor";
    const INDEXES: &'static [&'static str] = &["pack", "name"];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.reference.clone())
    }
}

/// What the supervisor knows of one sensor's process; shown beside the sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SensorState {
    pub id: Id,
    pub sensor: String,
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    pub restarts: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    pub since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Id>,
}

impl Resource for SensorState {
    const KIND: &'static str = "sensor_state";
    const INDEXES: &'static [&'static str] = &[];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.sensor.clone())
    }
}
