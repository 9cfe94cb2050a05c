//! A node behind a load balancer.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::reply::Refusal;
use crate::service::{text, whole_number};

/// An address and port that a balancer sends requests to.
pub(crate) struct Node {
    pub(crate) id: u64,
    pub(crate) address: String,
    pub(crate) port: u64,
    pub(crate) condition: String,
    kind: String,
    weight: u64,
}

impl Node {
    /// Reads a node as pyrax sends it: the port may be text, what is not set is null.
    pub(crate) fn read(value: &Value, id: u64) -> Result<Self, Refusal> {
        let empty = Map::new();
        let sent = value.as_object().unwrap_or(&empty);
        let address = text(sent, "address");
        let port = whole_number(sent.get("port")).filter(|port| (1..=65535).contains(port));
        let (Some(address), Some(port)) = (address, port) else {
            return Err(Refusal::invalid(vec![
                "Every node needs an address and a port in the range of 1-65535".to_owned(),
            ]));
        };
        Ok(Self {
            id,
            address: address.to_owned(),
            port,
            condition: checked_condition(sent)?.unwrap_or_else(|| "ENABLED".to_owned()),
            kind: text(sent, "type").unwrap_or("PRIMARY").to_owned(),
            weight: whole_number(sent.get("weight")).unwrap_or(1),
        })
    }

    pub(crate) fn update(&mut self, change: &Map<String, Value>) -> Result<(), Refusal> {
        if let Some(condition) = checked_condition(change)? {
            self.condition = condition;
        }
        self.weight = whole_number(change.get("weight")).unwrap_or(self.weight);
        Ok(())
    }

    pub(crate) fn view(&self) -> Value {
        json!({"id": self.id, "address": self.address, "port": self.port, "condition": self.condition,
            "status": "ONLINE", "type": self.kind, "weight": self.weight})
    }
}

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "node {} {}:{}", self.id, self.address, self.port)
    }
}

fn checked_condition(sent: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    match text(sent, "condition") {
        None => Ok(None),
        Some(condition @ ("ENABLED" | "DISABLED" | "DRAINING")) => Ok(Some(condition.to_owned())),
        Some(_) => Err(Refusal::invalid(vec!["Node condition is invalid: ENABLED, DISABLED or DRAINING".to_owned()])),
    }
}
