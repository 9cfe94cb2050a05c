//! New Relic: applications and servers whose health follows the open incidents, and the alerts about them.

pub(crate) mod alert;
pub(crate) mod delivery;
mod incident;
pub(crate) mod sender;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::moment::Moment;
use crate::reply::{Refusal, Reply};
use crate::service::{Answer, Env, Service};
use incident::Incident;
pub(crate) use incident::{OpenRequest, Phase};

const FIRST_APPLICATION: usize = 6000;
const FIRST_SERVER: usize = 7000;

/// Applications and incidents.
pub(crate) struct NewRelic {
    applications: Vec<Application>,
    incidents: Vec<Incident>,
}

struct Application {
    name: String,
    metrics: Map<String, Value>,
}

/// A value that an application reports.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metric {
    application: String,
    name: String,
    values: Map<String, Value>,
}

impl Default for NewRelic {
    fn default() -> Self {
        let application = Application { name: "Default Application".to_owned(), metrics: Map::new() };
        Self { applications: vec![application], incidents: Vec::new() }
    }
}

impl NewRelic {
    pub(crate) fn snapshot(&self) -> Value {
        let applications: Vec<Value> = (0..self.applications.len()).map(|index| self.application(index)).collect();
        let incidents: Vec<Value> = self.incidents.iter().map(Incident::view).collect();
        json!({"applications": applications, "incidents": incidents})
    }

    pub(crate) fn set_metric(&mut self, metric: Metric) {
        let index = self.application_index(&metric.application);
        self.applications[index].metrics.insert(metric.name, Value::Object(metric.values));
    }

    /// Opens an incident, or finds the one that has this id; says which.
    pub(crate) fn open(&mut self, request: OpenRequest, env: &mut Env) -> String {
        let id = request.incident.clone().unwrap_or_else(|| env.ids.uuid());
        if self.incidents.iter().all(|incident| incident.id != id) {
            self.application_index(&request.application);
            self.incidents.push(Incident::open(id.clone(), request, env.now));
        }
        id
    }

    /// Closes an incident by id, or all open ones of an application; says which.
    pub(crate) fn close(&mut self, id: Option<&str>, application: Option<&str>, now: Moment) -> Vec<String> {
        let wanted = self.incidents.iter_mut().filter(|incident| match id {
            Some(id) => incident.id == id,
            None => incident.is_open() && application == Some(incident.request.application.as_str()),
        });
        wanted
            .map(|incident| {
                incident.close(now);
                incident.id.clone()
            })
            .collect()
    }

    pub(crate) fn incident(&mut self, id: &str) -> Option<&mut Incident> {
        self.incidents.iter_mut().find(|incident| incident.id == id)
    }

    fn application_index(&mut self, name: &str) -> usize {
        if let Some(index) = self.applications.iter().position(|application| application.name == name) {
            return index;
        }
        self.applications.push(Application { name: name.to_owned(), metrics: Map::new() });
        self.applications.len() - 1
    }

    fn application(&self, index: usize) -> Value {
        let name = &self.applications[index].name;
        let health =
            self.health(|incident| incident.request.servers.is_empty() && incident.request.application == *name);
        json!({"id": FIRST_APPLICATION + index + 1, "name": name, "language": "python", "health_status": health,
            "reporting": true})
    }

    /// Every server there is, and every host that an incident names.
    fn servers(&self, hosts: &[String]) -> Vec<Value> {
        let mut names = hosts.to_vec();
        for server in self.incidents.iter().flat_map(|incident| &incident.request.servers) {
            if !names.contains(server) {
                names.push(server.clone());
            }
        }
        let view = |(index, name): (usize, String)| {
            let health = self.health(|incident| incident.request.servers.contains(&name));
            json!({"id": FIRST_SERVER + index + 1, "name": name, "host": name, "health_status": health, "reporting": true})
        };
        names.into_iter().enumerate().map(view).collect()
    }

    fn health(&self, concerns: impl Fn(&Incident) -> bool) -> &'static str {
        let open: Vec<&Incident> =
            self.incidents.iter().filter(|incident| incident.is_open() && concerns(incident)).collect();
        match open.iter().any(|incident| incident.is_critical()) {
            true => "red",
            false if open.is_empty() => "green",
            false => "orange",
        }
    }

    fn metric_data(&self, id: &str, call: &Call, now: Moment) -> Answer {
        let application = &self.applications[self.find(id)?];
        let wanted: Vec<&str> = call.queries("names[]").collect();
        let now = now.to_seconds_text();
        let chosen =
            application.metrics.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(&name.as_str()));
        let metrics: Vec<Value> = chosen
            .map(|(name, values)| json!({"name": name, "timeslices": [{"from": now, "to": now, "values": values}]}))
            .collect();
        Ok(Reply::ok(json!({"metric_data": {"from": now, "to": now, "metrics": metrics}})))
    }

    fn find(&self, id: &str) -> Result<usize, Refusal> {
        let index =
            id.trim_end_matches(".json").parse::<usize>().ok().and_then(|id| id.checked_sub(FIRST_APPLICATION + 1));
        let index = index.filter(|index| *index < self.applications.len());
        index.ok_or_else(|| Refusal::new(404, "No Application found with that ID"))
    }
}

impl Service for NewRelic {
    fn answer(&mut self, call: &Call, path: &[&str], env: &mut Env) -> Answer {
        if call.header("x-api-key").is_none_or(str::is_empty) {
            return Err(Refusal::new(401, "The API key provided is invalid"));
        }
        let named = |view: &Value| call.query("filter[name]").is_none_or(|name| view["name"].as_str() == Some(name));
        match (call.method.as_str(), path) {
            ("GET", ["applications.json"]) => {
                let all = (0..self.applications.len()).map(|index| self.application(index));
                Ok(Reply::ok(json!({"applications": all.filter(named).collect::<Vec<_>>()})))
            }
            ("GET", ["servers.json"]) => {
                let all = self.servers(&env.hosts).into_iter();
                Ok(Reply::ok(json!({"servers": all.filter(named).collect::<Vec<_>>()})))
            }
            ("GET", ["applications", id]) if id.ends_with(".json") => {
                Ok(Reply::ok(json!({"application": self.application(self.find(id)?)})))
            }
            ("GET", ["applications", id, "metrics", "data.json"]) => self.metric_data(id, call, env.now),
            _ => Err(Refusal::no_such_route()),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        Reply::json(refusal.status, json!({"error": {"title": refusal.message}}))
    }
}
