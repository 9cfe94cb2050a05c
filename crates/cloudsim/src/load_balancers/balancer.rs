//! One load balancer and the states it goes through.

use serde_json::{Map, Value, json};

use super::node::Node;
use crate::moment::Moment;
use crate::reply::Refusal;
use crate::service::{Env, text, whole_number};

const FIRST_ID: usize = 1000;

/// What a balancer is busy with until `busy_until`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Build,
    Update,
    Delete,
}

/// A load balancer.
pub(crate) struct Balancer {
    pub(crate) id: usize,
    pub(crate) name: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) health_monitor: Map<String, Value>,
    port: u64,
    protocol: String,
    algorithm: String,
    timeout: u64,
    address: String,
    address_type: String,
    created: Moment,
    updated: Moment,
    change: Change,
    busy_until: Moment,
    ends_badly: bool,
}

impl Balancer {
    pub(crate) fn create(spec: &Map<String, Value>, nodes: Vec<Node>, index: usize, env: &Env) -> Self {
        let or = |key: &str, default: &str| text(spec, key).unwrap_or(default).to_owned();
        let address_type = spec.get("virtualIps").and_then(|ips| ips.get(0)).and_then(|ip| ip.get("type"));
        Self {
            id: FIRST_ID + index,
            name: or("name", ""),
            nodes,
            health_monitor: spec.get("healthMonitor").and_then(Value::as_object).cloned().unwrap_or_default(),
            port: whole_number(spec.get("port")).unwrap_or(80),
            protocol: or("protocol", "HTTP"),
            algorithm: or("algorithm", "RANDOM"),
            timeout: whole_number(spec.get("timeout")).unwrap_or(30),
            address: format!("127.30.{}.{}", index / 250, index % 250),
            address_type: address_type.and_then(Value::as_str).unwrap_or("PUBLIC").to_owned(),
            created: env.now,
            updated: env.now,
            change: Change::Build,
            busy_until: env.now.after(env.timings.load_balancer_update),
            ends_badly: env.ends_badly,
        }
    }

    pub(crate) fn status(&self, now: Moment) -> &'static str {
        match (self.change, now < self.busy_until) {
            (Change::Build, true) => "BUILD",
            (Change::Update, true) => "PENDING_UPDATE",
            (Change::Delete, true) => "PENDING_DELETE",
            (Change::Delete, false) => "DELETED",
            (_, false) if self.ends_badly => "ERROR",
            (_, false) => "ACTIVE",
        }
    }

    /// Refuses unless the balancer may be changed now.
    pub(crate) fn check_mutable(&self, now: Moment) -> Result<(), Refusal> {
        match self.status(now) {
            "ACTIVE" => Ok(()),
            "DELETED" => Err(Refusal::new(410, "The load balancer is deleted and considered immutable.")),
            status => Err(self.immutable(status)),
        }
    }

    /// Begins the time in which the balancer cannot be changed.
    pub(crate) fn start_update(&mut self, env: &Env) {
        self.begin(Change::Update, env);
        self.ends_badly = env.ends_badly;
    }

    pub(crate) fn delete(&mut self, env: &Env) -> Result<(), Refusal> {
        match self.status(env.now) {
            "ACTIVE" | "ERROR" => self.begin(Change::Delete, env),
            "DELETED" | "PENDING_DELETE" => {
                let message = format!("Must provide valid load balancers: {} could not be found.", self.id);
                return Err(Refusal { invalid: vec![message], ..Refusal::bad_request("Bad Request") });
            }
            status => return Err(self.immutable(status)),
        }
        Ok(())
    }

    pub(crate) fn update(&mut self, change: &Map<String, Value>) {
        let fields = [("name", &mut self.name), ("protocol", &mut self.protocol), ("algorithm", &mut self.algorithm)];
        for (key, field) in fields {
            if let Some(new) = text(change, key) {
                new.clone_into(field);
            }
        }
        self.port = whole_number(change.get("port")).unwrap_or(self.port);
        self.timeout = whole_number(change.get("timeout")).unwrap_or(self.timeout);
    }

    pub(crate) fn node(&mut self, id: &str) -> Result<&mut Node, Refusal> {
        let found = self.nodes.iter_mut().find(|node| node.id.to_string() == id);
        found.ok_or_else(|| Refusal::new(404, "Node not found"))
    }

    /// Address and port of every node.
    pub(crate) fn places(&self) -> Vec<(String, u64)> {
        self.nodes.iter().map(|node| (node.address.clone(), node.port)).collect()
    }

    pub(crate) fn node_views(&self) -> Vec<Value> {
        self.nodes.iter().map(Node::view).collect()
    }

    /// What the list shows.
    pub(crate) fn brief(&self, now: Moment) -> Value {
        json!({
            "id": self.id, "name": self.name, "port": self.port, "protocol": self.protocol, "algorithm": self.algorithm,
            "status": self.status(now), "timeout": self.timeout, "nodeCount": self.nodes.len(),
            "virtualIps": self.virtual_ips(), "created": {"time": self.created.to_seconds_text()},
            "updated": {"time": self.updated.to_seconds_text()},
        })
    }

    /// The whole balancer.
    pub(crate) fn view(&self, now: Moment) -> Value {
        json!({
            "id": self.id, "name": self.name, "port": self.port, "protocol": self.protocol, "algorithm": self.algorithm,
            "status": self.status(now), "cluster": {"name": "ztm-sim-1"}, "timeout": self.timeout,
            "nodes": self.node_views(),
            "virtualIps": self.virtual_ips(),
            "sourceAddresses": {"ipv4Public": "127.31.0.1", "ipv4Servicenet": "127.11.0.1", "ipv6Public": "fd31::1/128"},
            "connectionLogging": {"enabled": false}, "contentCaching": {"enabled": false}, "httpsRedirect": false,
            "created": {"time": self.created.to_seconds_text()}, "updated": {"time": self.updated.to_seconds_text()},
        })
    }

    fn virtual_ips(&self) -> Value {
        json!([{"id": self.id * 10, "address": self.address, "type": self.address_type, "ipVersion": "IPV4"}])
    }

    fn begin(&mut self, change: Change, env: &Env) {
        self.change = change;
        self.updated = env.now;
        self.busy_until = env.now.after(env.timings.load_balancer_update);
    }

    fn immutable(&self, status: &str) -> Refusal {
        let message = format!("Load Balancer '{}' has a status of '{status}' and is considered immutable.", self.id);
        Refusal::new(422, message)
    }
}
