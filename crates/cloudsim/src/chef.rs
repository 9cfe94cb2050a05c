//! Chef server: nodes, clients, roles, environments of organizations, and nodes that converge by themselves.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::glob;
use crate::moment::Moment;
use crate::reply::{Refusal, Reply};
use crate::service::{Answer, Env, Service, text};
use crate::tagged::{self, Item};

const REQUIRED_HEADERS: &[&str] =
    &["x-ops-sign", "x-ops-userid", "x-ops-timestamp", "x-ops-content-hash", "x-ops-authorization-1"];
const KINDS: &[&str] = &["nodes", "clients", "roles", "environments"];

/// All organizations; one exists as soon as it is talked to.
#[derive(Default)]
pub(crate) struct Chef {
    organizations: BTreeMap<String, Organization>,
}

type Organization = BTreeMap<&'static str, BTreeMap<String, Object>>;

/// A node, client, role or environment.
struct Object {
    body: Map<String, Value>,
    run: Option<Run>,
}

/// The Chef run that a node's run list sets off.
#[derive(Clone, Copy)]
struct Run {
    done: Moment,
    fails: bool,
}

impl Chef {
    pub(crate) fn snapshot(&self, now: Moment) -> Value {
        let mut organizations = Map::new();
        for (name, organization) in &self.organizations {
            let kinds = KINDS.iter().map(|kind| {
                let objects = organization.get(kind).into_iter().flatten();
                let views: Map<String, Value> =
                    objects.map(|(name, object)| (name.clone(), object.view(now))).collect();
                ((*kind).to_owned(), Value::Object(views))
            });
            organizations.insert(name.clone(), Value::Object(kinds.collect()));
        }
        json!({"organizations": organizations})
    }

    pub(crate) fn tagged(&self, group: &str) -> Vec<Item> {
        let objects = self
            .organizations
            .values()
            .flatten()
            .flat_map(|(kind, objects)| objects.iter().map(move |(name, object)| (*kind, name, object)));
        let carried = objects.filter(|(_, name, object)| tagged::names(name, group) || object.belongs_to(group));
        carried.map(|(kind, name, _)| Item::new("chef", singular(kind), name, name)).collect()
    }
}

impl Service for Chef {
    fn answer(&mut self, call: &Call, path: &[&str], env: &mut Env) -> Answer {
        if let Some(missing) = REQUIRED_HEADERS.iter().find(|name| call.header(name).is_none()) {
            return Err(Refusal::new(401, format!("missing required authentication header(s) '{missing}'")));
        }
        let organization = self.organizations.entry(env.tenant.clone()).or_insert_with(new_organization);
        if let ("GET", ["search", "node"]) = (call.method.as_str(), path) {
            return Ok(search(organization, call, env.now));
        }
        let kind = path.first().and_then(|first| KINDS.iter().copied().find(|kind| kind == first));
        let kind = kind.ok_or_else(Refusal::no_such_route)?;
        let objects = organization.entry(kind).or_default();
        match (call.method.as_str(), &path[1..]) {
            ("GET", []) => Ok(Reply::ok(objects.keys().map(|name| (name.clone(), uri(env, kind, name))).collect())),
            ("POST", []) => create(objects, kind, call, env),
            ("GET", [name]) => Ok(Reply::ok(find(objects, kind, name)?.view(env.now))),
            ("PUT", [name]) => {
                let object = find(objects, kind, name)?;
                let mut body = call.object()?;
                body.insert("name".to_owned(), json!(name));
                fill_in(&mut body, kind, &env.tenant);
                object.replace(body, kind, env);
                Ok(Reply::ok(object.view(env.now)).noting(format!("{} {name} updated", singular(kind))))
            }
            ("DELETE", [name]) => {
                let view = find(objects, kind, name)?.view(env.now);
                objects.remove(*name);
                Ok(Reply::ok(view).noting(format!("{} {name} deleted", singular(kind))))
            }
            _ => Err(Refusal::no_such_route()),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        Reply::json(refusal.status, json!({"error": [refusal.message]}))
    }
}

impl Object {
    fn new(body: Map<String, Value>, kind: &str, env: &Env) -> Self {
        let mut object = Self { body: Map::new(), run: None };
        object.replace(body, kind, env);
        object
    }

    /// Takes a new body; another run list sets off a new run.
    fn replace(&mut self, body: Map<String, Value>, kind: &str, env: &Env) {
        let run_list = body.get("run_list").and_then(Value::as_array).filter(|list| !list.is_empty());
        let is_same = self.body.get("run_list") == body.get("run_list");
        self.run = match run_list {
            Some(_) if kind == "nodes" && is_same && self.run.is_some() && !env.ends_badly => self.run,
            Some(_) if kind == "nodes" => {
                Some(Run { done: env.now.after(env.timings.chef_converge), fails: env.ends_badly })
            }
            _ => None,
        };
        self.body = body;
    }

    fn belongs_to(&self, group: &str) -> bool {
        let attributes = ["normal", "default", "override"].iter().filter_map(|level| self.body.get(*level));
        attributes.filter_map(|level| level.get("asg")).any(|asg| asg == group)
    }

    fn view(&self, now: Moment) -> Value {
        let mut view = self.body.clone();
        if view.get("json_class").and_then(Value::as_str) == Some("Chef::Node") {
            let automatic = view.entry("automatic").or_insert_with(|| json!({}));
            if let Value::Object(automatic) = automatic {
                automatic.extend(self.converge(now));
            }
        }
        Value::Object(view)
    }

    /// What a Chef run leaves in a node's automatic attributes.
    fn converge(&self, now: Moment) -> Map<String, Value> {
        let mut automatic = Map::new();
        let (status, converged) = match self.run {
            None => ("pending", false),
            Some(run) if now < run.done => ("running", false),
            Some(run) if run.fails => ("failed", false),
            Some(run) => {
                automatic.insert("ohai_time".to_owned(), json!(run.done.as_seconds()));
                ("success", true)
            }
        };
        automatic.insert("converged".to_owned(), json!(converged));
        automatic.insert("converge_status".to_owned(), json!(status));
        automatic
    }
}

fn new_organization() -> Organization {
    let body = json!({"name": "_default", "description": "The default Chef environment", "cookbook_versions": {},
        "json_class": "Chef::Environment", "chef_type": "environment"});
    let body = body.as_object().cloned().unwrap_or_default();
    BTreeMap::from([("environments", BTreeMap::from([("_default".to_owned(), Object { body, run: None })]))])
}

fn create(objects: &mut BTreeMap<String, Object>, kind: &'static str, call: &Call, env: &mut Env) -> Answer {
    let mut body = call.object()?;
    let name = text(&body, "name").ok_or_else(|| Refusal::bad_request("Field 'name' missing"))?.to_owned();
    if objects.contains_key(&name) {
        let title = singular(kind);
        let title = format!("{}{}", title[..1].to_uppercase(), &title[1..]);
        return Err(Refusal::new(409, format!("{title} already exists")));
    }
    let mut answer = json!({"uri": uri(env, kind, &name)});
    if kind == "clients" && body.shift_remove("create_key") == Some(Value::Bool(true)) {
        let private_key = env.ids.private_key();
        answer["chef_key"] = json!({"name": "default", "expiration_date": "infinity", "private_key": private_key,
            "public_key": "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"});
        answer["private_key"] = json!(private_key);
    }
    fill_in(&mut body, kind, &env.tenant);
    objects.insert(name.clone(), Object::new(body, kind, env));
    Ok(Reply::json(201, answer).noting(format!("{} {name}", singular(kind))))
}

/// Adds what the server adds to a new object.
fn fill_in(body: &mut Map<String, Value>, kind: &str, organization: &str) {
    let defaults = match kind {
        "nodes" => json!({"chef_environment": "_default", "run_list": [], "normal": {}, "default": {}, "override": {},
            "automatic": {}, "json_class": "Chef::Node", "chef_type": "node"}),
        "clients" => json!({"clientname": body.get("name"), "orgname": organization, "validator": false,
            "json_class": "Chef::ApiClient", "chef_type": "client"}),
        "roles" => json!({"description": "", "run_list": [], "default_attributes": {}, "override_attributes": {},
            "env_run_lists": {}, "json_class": "Chef::Role", "chef_type": "role"}),
        _ => json!({"description": "", "cookbook_versions": {}, "default_attributes": {}, "override_attributes": {},
            "json_class": "Chef::Environment", "chef_type": "environment"}),
    };
    for (key, value) in defaults.as_object().into_iter().flatten() {
        body.entry(key.clone()).or_insert_with(|| value.clone());
    }
}

fn find<'a>(objects: &'a mut BTreeMap<String, Object>, kind: &str, name: &str) -> Result<&'a mut Object, Refusal> {
    let found = objects.get_mut(name);
    found.ok_or_else(|| Refusal::new(404, format!("{} '{name}' not found", singular(kind))))
}

/// Nodes whose field matches a glob.
fn search(organization: &Organization, call: &Call, now: Moment) -> Reply {
    let (field, pattern) = call.query("q").unwrap_or("*:*").split_once(':').unwrap_or(("name", "*"));
    let is_match = |value: &Value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).any(|item| glob::text_matches(pattern, item)),
        Value::String(text) => glob::text_matches(pattern, text),
        _ => false,
    };
    let nodes = organization.get("nodes").into_iter().flat_map(BTreeMap::values);
    let found = nodes.filter(|node| field == "*" || node.body.get(field).is_some_and(is_match));
    let rows: Vec<Value> = found.map(|node| node.view(now)).collect();
    Reply::ok(json!({"total": rows.len(), "start": 0, "rows": rows}))
}

fn uri(env: &Env, kind: &str, name: &str) -> Value {
    json!(format!("{}/chef/organizations/{}/{kind}/{name}", env.base_url, env.tenant))
}

fn singular(kind: &str) -> &str {
    kind.strip_suffix('s').unwrap_or(kind)
}
