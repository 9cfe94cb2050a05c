//! Rackspace Cloud Servers v2: servers, key pairs, images and flavors.

mod catalog;
mod keypairs;
mod metadata;
mod server;

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::moment::Moment;
use crate::reply::{Refusal, Reply};
use crate::service::{Answer, Env, Quota, Service, text, whole_number};
use crate::tagged::{self, Item};
use keypairs::Keypairs;
use server::Server;

/// The servers of the world, in order of creation.
#[derive(Default)]
pub(crate) struct Compute {
    servers: Vec<Server>,
    keypairs: Keypairs,
}

impl Compute {
    /// Names of the servers that exist.
    pub(crate) fn names(&self) -> Vec<String> {
        self.living().map(|server| server.name.clone()).collect()
    }

    pub(crate) fn snapshot(&self, now: Moment, quota: Quota) -> Value {
        let view = |server: &Server| server.view(now);
        json!({
            "servers": self.living().map(view).collect::<Vec<_>>(),
            "deleted_servers": self.servers.iter().filter(|server| server.is_deleted()).map(view).collect::<Vec<_>>(),
            "keypairs": self.keypairs.view(),
            "quota": {"servers": quota.servers, "load_balancer_nodes": quota.load_balancer_nodes},
        })
    }

    pub(crate) fn tagged(&self, group: &str) -> Vec<Item> {
        let servers = self.living().filter(|server| server.belongs_to(group));
        let servers = servers.map(|server| Item::new("compute", "server", &server.id, &server.name));
        let keys = self.keypairs.names().filter(|name| tagged::names(name, group));
        servers.chain(keys.map(|name| Item::new("compute", "keypair", name, name))).collect()
    }

    fn living(&self) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(|server| !server.is_deleted())
    }

    fn find(&mut self, id: &str) -> Result<&mut Server, Refusal> {
        let found = self.servers.iter_mut().find(|server| server.id == id && !server.is_deleted());
        found.ok_or_else(|| Refusal::new(404, "Instance could not be found"))
    }

    fn create(&mut self, call: &Call, env: &mut Env) -> Answer {
        let spec = call.wrapped("server")?;
        let count = self.check_new_server(&spec, env)?;
        let first = self.servers.len();
        for number in 1..=count {
            let name = text(&spec, "name").unwrap_or_default();
            let name = if count == 1 { name.to_owned() } else { format!("{name}-{number}") };
            let index = self.servers.len() + 1;
            self.servers.push(Server::create(name, &spec, index, env));
        }
        let made = &self.servers[first..];
        let note = made.iter().map(|server| format!("server {} {}", server.id, server.name)).collect::<Vec<_>>();
        Ok(Reply::json(202, json!({"server": made[0].receipt(env)})).noting(note.join(", ")))
    }

    /// How many servers this makes, if it is a valid request.
    fn check_new_server(&self, spec: &Map<String, Value>, env: &Env) -> Result<usize, Refusal> {
        if text(spec, "name").is_none() {
            return Err(Refusal::bad_request("Invalid input for field/attribute name. Server name is not defined"));
        }
        catalog::check_image(text(spec, "imageRef"))?;
        let flavor =
            spec.get("flavorRef").map(|flavor| flavor.as_str().map_or_else(|| flavor.to_string(), str::to_owned));
        catalog::check_flavor(flavor.as_deref())?;
        if let Some(key) = text(spec, "key_name")
            && !self.keypairs.contains(key)
        {
            return Err(Refusal::bad_request("Invalid key_name provided."));
        }
        metadata::checked(spec.get("metadata"))?;
        let count = ["min_count", "max_count"].iter().filter_map(|key| whole_number(spec.get(*key))).max().unwrap_or(1);
        let count = usize::try_from(count).unwrap_or(usize::MAX).max(1);
        if self.living().count().saturating_add(count) > env.quota.servers {
            let quota = env.quota.servers;
            return Err(Refusal::new(403, format!("Quota exceeded for instances: Requested {count}, quota {quota}")));
        }
        Ok(count)
    }

    fn list(&self, call: &Call, detailed: bool, env: &Env) -> Answer {
        let since = match call.query("changes-since") {
            Some(text) => Some(Moment::parse(text).ok_or_else(|| Refusal::bad_request("Invalid changes-since value"))?),
            None => None,
        };
        let mut matching: Vec<&Server> =
            self.servers.iter().filter(|server| server.is_listed(call, since, env.now)).collect();
        if let Some(marker) = call.query("marker") {
            let at = matching.iter().position(|server| server.id == marker);
            let at = at.ok_or_else(|| Refusal::bad_request(format!("marker [{marker}] not found")))?;
            matching.drain(..=at);
        }
        let limit = call.number("limit").unwrap_or(1000).clamp(1, 1000);
        let more = matching.len() > limit;
        matching.truncate(limit);
        let view = |server: &&Server| if detailed { server.view(env.now) } else { server.brief(env) };
        let mut body = json!({"servers": matching.iter().map(view).collect::<Vec<_>>()});
        if let (true, Some(last)) = (more, matching.last()) {
            let href = format!("{}{}?limit={limit}&marker={}", env.base_url, call.path, last.id);
            body["servers_links"] = json!([{"rel": "next", "href": href}]);
        }
        Ok(Reply::ok(body))
    }

    fn limits(&self, env: &Env) -> Reply {
        Reply::ok(json!({"limits": {"rate": [], "absolute": {
            "maxTotalInstances": env.quota.servers, "totalInstancesUsed": self.living().count(),
            "maxServerMeta": metadata::MAXIMUM, "maxTotalKeypairs": 100,
        }}}))
    }

    fn rename(&mut self, id: &str, call: &Call, env: &Env) -> Answer {
        let change = call.wrapped("server")?;
        let server = self.find(id)?;
        let name = text(&change, "name").ok_or_else(|| Refusal::bad_request("Server name is not defined"))?;
        name.clone_into(&mut server.name);
        server.touch(env.now);
        Ok(Reply::ok(json!({"server": server.view(env.now)})))
    }

    fn delete(&mut self, id: &str, env: &Env) -> Answer {
        let server = self.find(id)?;
        server.delete(env.now);
        Ok(Reply::empty(204).noting(format!("server {} {} deleted", server.id, server.name)))
    }
}

impl Service for Compute {
    fn answer(&mut self, call: &Call, path: &[&str], env: &mut Env) -> Answer {
        match (call.method.as_str(), path) {
            ("GET", ["images" | "flavors", ..]) => catalog::answer(path),
            ("GET", ["limits"]) => Ok(self.limits(env)),
            (_, ["os-keypairs", rest @ ..]) => self.keypairs.answer(call, rest, env),
            ("POST", ["servers"]) => self.create(call, env),
            ("GET", ["servers"]) => self.list(call, false, env),
            ("GET", ["servers", "detail"]) => self.list(call, true, env),
            ("GET", ["servers", id]) => Ok(Reply::ok(json!({"server": self.find(id)?.view(env.now)}))),
            ("PUT", ["servers", id]) => self.rename(id, call, env),
            ("DELETE", ["servers", id]) => self.delete(id, env),
            ("GET", ["servers", id, "ips"]) => Ok(Reply::ok(json!({"addresses": self.find(id)?.addresses()}))),
            (_, ["servers", id, "metadata", rest @ ..]) => metadata::answer(self.find(id)?, call, rest, env.now),
            ("POST", ["servers", id, "action"]) => self.find(id)?.act(call, env),
            _ => Err(Refusal::no_such_route()),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        let kind = match refusal.status {
            400 => "badRequest",
            401 => "unauthorized",
            403 => "forbidden",
            404 => "itemNotFound",
            409 => "conflictingRequest",
            413 | 429 => "overLimit",
            503 => "serviceUnavailable",
            _ => "computeFault",
        };
        Reply::json(refusal.status, json!({kind: {"code": refusal.status, "message": refusal.message}}))
    }
}
