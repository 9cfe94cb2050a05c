//! Rackspace Cloud Load Balancers v1.0: balancers that cannot be changed while a change is under way.

mod balancer;
mod node;

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::moment::Moment;
use crate::reply::{Refusal, Reply};
use crate::service::{Answer, Env, Service, text, whole_number};
use crate::tagged::{self, Item};
use balancer::Balancer;
use node::Node;

/// All load balancers there ever were; a deleted one keeps its id.
#[derive(Default)]
pub(crate) struct LoadBalancers {
    balancers: Vec<Balancer>,
    last_node: u64,
}

impl LoadBalancers {
    pub(crate) fn snapshot(&self, now: Moment) -> Value {
        self.balancers.iter().map(|balancer| balancer.view(now)).collect()
    }

    pub(crate) fn tagged(&self, group: &str, now: Moment) -> Vec<Item> {
        let alive = self.balancers.iter().filter(|balancer| balancer.status(now) != "DELETED");
        let named = alive.filter(|balancer| tagged::names(&balancer.name, group));
        named.map(|balancer| Item::new("lb", "loadbalancer", balancer.id, &balancer.name)).collect()
    }

    fn find(&mut self, id: &str) -> Result<&mut Balancer, Refusal> {
        let found = self.balancers.iter_mut().find(|balancer| balancer.id.to_string() == id);
        found.ok_or_else(|| Refusal::new(404, "Load balancer not found."))
    }

    /// A balancer that may be changed now.
    fn changeable(&mut self, id: &str, now: Moment) -> Result<&mut Balancer, Refusal> {
        let balancer = self.find(id)?;
        balancer.check_mutable(now)?;
        Ok(balancer)
    }

    fn create(&mut self, call: &Call, env: &Env) -> Answer {
        let spec = call.wrapped("loadBalancer")?;
        let mut wrong = Vec::new();
        if text(&spec, "name").is_none() {
            wrong.push("Must provide a name for the load balancer".to_owned());
        }
        if !whole_number(spec.get("port")).is_some_and(|port| (1..=65535).contains(&port)) {
            wrong.push("Must provide a port in the range of 1-65535".to_owned());
        }
        if !wrong.is_empty() {
            return Err(Refusal::invalid(wrong));
        }
        let nodes = self.new_nodes(spec.get("nodes"), &[], env)?;
        let index = self.balancers.len() + 1;
        let balancer = Balancer::create(&spec, nodes, index, env);
        let reply = Reply::json(202, json!({"loadBalancer": balancer.view(env.now)}));
        let reply = reply.noting(format!("load balancer {} {}", balancer.id, balancer.name));
        self.balancers.push(balancer);
        Ok(reply)
    }

    /// Reads nodes to add, refusing twins and more than fit.
    fn new_nodes(&mut self, sent: Option<&Value>, present: &[(String, u64)], env: &Env) -> Result<Vec<Node>, Refusal> {
        let sent = sent.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut taken = present.to_vec();
        let mut nodes = Vec::new();
        for value in sent {
            let node = Node::read(value, self.last_node + 1)?;
            let place = (node.address.clone(), node.port);
            if taken.contains(&place) {
                let message = "Duplicate nodes detected. One or more nodes already configured on load balancer.";
                return Err(Refusal::new(413, message));
            }
            taken.push(place);
            self.last_node += 1;
            nodes.push(node);
        }
        let limit = env.quota.load_balancer_nodes;
        if taken.len() > limit {
            return Err(Refusal::new(413, format!("Nodes must not exceed {limit} per load balancer.")));
        }
        Ok(nodes)
    }

    fn list(&self, now: Moment) -> Reply {
        let alive = self.balancers.iter().filter(|balancer| balancer.status(now) != "DELETED");
        Reply::ok(json!({"loadBalancers": alive.map(|balancer| balancer.brief(now)).collect::<Vec<_>>()}))
    }

    fn update(&mut self, id: &str, call: &Call, env: &Env) -> Answer {
        let change = call.wrapped("loadBalancer")?;
        let balancer = self.changeable(id, env.now)?;
        balancer.update(&change);
        balancer.start_update(env);
        Ok(Reply::empty(202))
    }

    fn delete(&mut self, id: &str, env: &Env) -> Answer {
        let balancer = self.find(id)?;
        balancer.delete(env)?;
        Ok(Reply::empty(202).noting(format!("load balancer {} {} deleted", balancer.id, balancer.name)))
    }

    fn add_nodes(&mut self, id: &str, call: &Call, env: &Env) -> Answer {
        let sent = call.object()?;
        let taken = self.changeable(id, env.now)?.places();
        let nodes = self.new_nodes(sent.get("nodes"), &taken, env)?;
        if nodes.is_empty() {
            return Err(Refusal::invalid(vec!["Must provide at least one node".to_owned()]));
        }
        let views: Vec<Value> = nodes.iter().map(Node::view).collect();
        let note: Vec<String> = nodes.iter().map(Node::to_string).collect();
        let balancer = self.find(id)?;
        balancer.nodes.extend(nodes);
        balancer.start_update(env);
        Ok(Reply::json(202, json!({"nodes": views})).noting(format!("added {}", note.join(", "))))
    }

    fn update_node(&mut self, id: &str, node: &str, call: &Call, env: &Env) -> Answer {
        let change = call.wrapped("node")?;
        let balancer = self.changeable(id, env.now)?;
        let node = balancer.node(node)?;
        node.update(&change)?;
        let note = format!("{node} {}", node.condition);
        balancer.start_update(env);
        Ok(Reply::empty(202).noting(note))
    }

    fn delete_nodes(&mut self, id: &str, ids: &[&str], env: &Env) -> Answer {
        let balancer = self.changeable(id, env.now)?;
        let mut gone = Vec::new();
        for id in ids {
            gone.push(balancer.node(id)?.to_string());
        }
        if gone.is_empty() {
            return Err(Refusal::invalid(vec!["Must provide at least one node id".to_owned()]));
        }
        balancer.nodes.retain(|node| !ids.contains(&node.id.to_string().as_str()));
        balancer.start_update(env);
        Ok(Reply::empty(202).noting(format!("removed {}", gone.join(", "))))
    }

    fn set_health_monitor(&mut self, id: &str, monitor: Map<String, Value>, env: &Env) -> Answer {
        let balancer = self.changeable(id, env.now)?;
        balancer.health_monitor = monitor;
        balancer.start_update(env);
        Ok(Reply::empty(202))
    }
}

impl Service for LoadBalancers {
    fn answer(&mut self, call: &Call, path: &[&str], env: &mut Env) -> Answer {
        let ["loadbalancers", path @ ..] = path else { return Err(Refusal::no_such_route()) };
        match (call.method.as_str(), path) {
            ("POST", []) => self.create(call, env),
            ("GET", []) => Ok(self.list(env.now)),
            ("GET", [id]) => Ok(Reply::ok(json!({"loadBalancer": self.find(id)?.view(env.now)}))),
            ("PUT", [id]) => self.update(id, call, env),
            ("DELETE", [id]) => self.delete(id, env),
            ("POST", [id, "nodes"]) => self.add_nodes(id, call, env),
            ("GET", [id, "nodes"]) => Ok(Reply::ok(json!({"nodes": self.find(id)?.node_views()}))),
            ("DELETE", [id, "nodes"]) => self.delete_nodes(id, &call.queries("id").collect::<Vec<_>>(), env),
            ("GET", [id, "nodes", node]) => Ok(Reply::ok(json!({"node": self.find(id)?.node(node)?.view()}))),
            ("PUT", [id, "nodes", node]) => self.update_node(id, node, call, env),
            ("DELETE", [id, "nodes", node]) => self.delete_nodes(id, &[node], env),
            ("GET", [id, "healthmonitor"]) => Ok(Reply::ok(json!({"healthMonitor": self.find(id)?.health_monitor}))),
            ("PUT", [id, "healthmonitor"]) => self.set_health_monitor(id, call.wrapped("healthMonitor")?, env),
            ("DELETE", [id, "healthmonitor"]) => self.set_health_monitor(id, Map::new(), env),
            _ => Err(Refusal::no_such_route()),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        let mut body = json!({"message": refusal.message, "code": refusal.status});
        if !refusal.invalid.is_empty() {
            body["validationErrors"] = json!({"messages": refusal.invalid});
            body["details"] = json!("The object is not valid");
        }
        Reply::json(refusal.status, body)
    }
}
