//! Packs, their configuration and its schema. Counterpart: st2common/models/api/pack.py.

use serde::{Deserialize, Serialize};

use super::Resource;
use crate::{Id, Map};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    #[serde(rename = "ref")]
    pub reference: String,
    #[serde(default)]
    pub uid: String,
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub keywords: Vec<String>,
    #[serde(default)]
    pub version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stackstorm_version: Option<String>,
    #[serde(default)]
    pub python_versions: Vec<String>,
    #[serde(default)]
    pub author: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default)]
    pub contributors: Vec<String>,
    #[serde(default)]
    pub files: Vec<String>,
    #[serde(default)]
    pub dependencies: Vec<String>,
    #[serde(default)]
    pub system: Map,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(default)]
    pub id: Id,
    /// Attributes of pack.yaml that the schema does not name; kept and shown.
    #[serde(flatten)]
    pub extra: Map,
}

impl Resource for Pack {
    const KIND: &'static str = "pack";
    const INDEXES: &'static [&'static str] = &[];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.reference.clone())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    #[serde(default)]
    pub id: Id,
    pub pack: String,
    #[serde(default)]
    pub values: Map,
}

impl Resource for Config {
    const KIND: &'static str = "config";
    const INDEXES: &'static [&'static str] = &[];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.pack.clone())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfigSchema {
    #[serde(default)]
    pub id: Id,
    pub pack: String,
    #[serde(default)]
    pub attributes: Map,
}

impl Resource for ConfigSchema {
    const KIND: &'static str = "config_schema";
    const INDEXES: &'static [&'static str] = &[];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.pack.clone())
    }
}

/// The state in which a pack was registered last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    pub id: Id,
    pub pack: String,
    pub digest: String,
}

impl Resource for Registration {
    const KIND: &'static str = "registration";
    const INDEXES: &'static [&'static str] = &[];

    fn id(&self) -> Id {
        self.id
    }

    fn unique_key(&self) -> Option<String> {
        Some(self.pack.clone())
    }
}
