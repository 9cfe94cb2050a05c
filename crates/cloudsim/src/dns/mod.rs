//! Rackspace Cloud DNS v1.0: zones and records, where every write is a job.

mod job;
mod lifetime;
mod record;
mod zone;

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::moment::Moment;
use crate::reply::{Refusal, Reply};
use crate::service::{Answer, Env, Service, text};
use crate::tagged::{self, Item};
use job::{Job, Outcome};
use record::RecordSpec;
use zone::Zone;

/// The zones of the world and the jobs that made them.
#[derive(Default)]
pub(crate) struct Dns {
    zones: Vec<Zone>,
    jobs: Vec<Job>,
    last_record: u64,
}

impl Dns {
    pub(crate) fn snapshot(&self, now: Moment) -> Value {
        let zones: Vec<Value> = self.visible(now).map(|zone| zone.snapshot(now)).collect();
        json!({"domains": zones, "jobs": self.jobs.iter().map(|job| job.view(true, now)).collect::<Vec<_>>()})
    }

    pub(crate) fn tagged(&self, group: &str, now: Moment) -> Vec<Item> {
        let mut items = Vec::new();
        for zone in self.zones.iter().filter(|zone| !zone.lifetime.has_ended(now)) {
            if tagged::names(&zone.name, group) {
                items.push(Item::new("dns", "domain", zone.id, &zone.name));
            }
            items.extend(zone.tagged(group, now));
        }
        items
    }

    fn visible(&self, now: Moment) -> impl Iterator<Item = &Zone> {
        self.zones.iter().filter(move |zone| zone.lifetime.is_visible(now))
    }

    fn zone(&mut self, id: &str, now: Moment) -> Result<&mut Zone, Refusal> {
        let found = self.zones.iter_mut().find(|zone| zone.lifetime.is_visible(now) && zone.id.to_string() == id);
        found.ok_or_else(|| Refusal::new(404, "Object not Found."))
    }

    /// Records a job with its outcome, which shows when the job's time is over.
    fn submit(&mut self, call: &Call, env: &mut Env, note: String, outcome: Outcome) -> Reply {
        let outcome = if env.ends_badly { Outcome::failed() } else { outcome };
        let note = if outcome.is_error() { format!("job will fail: {note}") } else { note };
        let job = Job::start(call, env, outcome);
        let view = job.view(false, env.now);
        self.jobs.push(job);
        Reply::json(202, view).noting(note)
    }

    fn status(&self, id: &str, call: &Call, now: Moment) -> Answer {
        let job = self.jobs.iter().find(|job| job.id == id && job.is_kept(now));
        let job = job.ok_or_else(|| Refusal::new(404, "Object not Found."))?;
        let details = call.query("showDetails").is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
        Ok(Reply::ok(job.view(details, now)))
    }

    fn list_zones(&self, call: &Call, now: Moment) -> Reply {
        let named = |zone: &&Zone| call.query("name").is_none_or(|name| zone.name.eq_ignore_ascii_case(name));
        let zones: Vec<Value> = self.visible(now).filter(named).map(Zone::view).collect();
        Reply::ok(json!({"totalEntries": zones.len(), "domains": zones}))
    }

    fn create_zones(&mut self, call: &Call, env: &mut Env) -> Answer {
        let sent = objects(call, "domains")?;
        let done = env.now.after(env.timings.dns_job);
        let mut zones = Vec::new();
        for spec in &sent {
            let id = FIRST_ZONE + self.zones.len() + zones.len();
            zones.push(Zone::read(spec, id, &env.tenant, done, &mut self.last_record)?);
        }
        let taken = zones.iter().find(|zone| self.zones.iter().any(|other| other.claims(&zone.name)));
        let names: Vec<&str> = zones.iter().map(|zone| zone.name.as_str()).collect();
        let note = format!("zone {}", names.join(", "));
        if let Some(zone) = taken {
            let outcome = Outcome::conflict("Domain already exists", &zone.name);
            return Ok(self.submit(call, env, note, outcome));
        }
        let views: Vec<Value> = zones.iter().map(Zone::view).collect();
        if !env.ends_badly {
            self.zones.extend(zones);
        }
        Ok(self.submit(call, env, note, Outcome::Completed(json!({"domains": views}))))
    }

    fn delete_zones(&mut self, call: &Call, ids: &[&str], env: &mut Env) -> Answer {
        let mut names = Vec::new();
        for id in ids {
            names.push(self.zone(id, env.now)?.name.clone());
        }
        let with_subdomains = call.query("deleteSubdomains").is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
        let done = env.now.after(env.timings.dns_job);
        if !env.ends_badly {
            for zone in self.zones.iter_mut().filter(|zone| !zone.lifetime.is_ending()) {
                let is_below = |name: &String| with_subdomains && zone.name.ends_with(&format!(".{name}"));
                if names.iter().any(|name| zone.name == *name || is_below(name)) {
                    zone.lifetime.end(done);
                }
            }
        }
        Ok(self.submit(call, env, format!("zone {} deleted", names.join(", ")), Outcome::Completed(Value::Null)))
    }

    fn create_records(&mut self, id: &str, call: &Call, env: &mut Env) -> Answer {
        let sent = objects(call, "records")?;
        let done = env.now.after(env.timings.dns_job);
        let zone = self.zone(id, env.now)?;
        let mut specs = Vec::new();
        for spec in &sent {
            specs.push(RecordSpec::read(spec, &zone.name, zone.ttl)?);
        }
        let note = specs.iter().map(RecordSpec::to_string).collect::<Vec<_>>().join(", ");
        if let Some(twin) = specs
            .iter()
            .enumerate()
            .find_map(|(at, spec)| (zone.claims_record(spec) || specs[..at].contains(spec)).then(|| spec.to_string()))
        {
            let outcome = Outcome::conflict("Record is a duplicate of another record", &twin);
            return Ok(self.submit(call, env, note, outcome));
        }
        if env.ends_badly {
            return Ok(self.submit(call, env, note, Outcome::failed()));
        }
        let first = self.last_record + 1;
        self.last_record += specs.len() as u64;
        let views: Vec<Value> = self.zone(id, env.now)?.add_records(specs, first, done);
        Ok(self.submit(call, env, note, Outcome::Completed(json!({"records": views}))))
    }

    fn update_record(&mut self, zone: &str, record: &str, call: &Call, env: &mut Env) -> Answer {
        let change = call.object()?;
        let done = env.now.after(env.timings.dns_job);
        let (now, ends_badly) = (env.now, env.ends_badly);
        let record = self.zone(zone, now)?.record(record, now)?;
        record::check_ttl(&change)?;
        if !ends_badly {
            record.change(&change, now, done);
        }
        let note = format!("record {} changed", record.id);
        Ok(self.submit(call, env, note, Outcome::Completed(Value::Null)))
    }

    fn delete_records(&mut self, zone: &str, ids: &[&str], call: &Call, env: &mut Env) -> Answer {
        let done = env.now.after(env.timings.dns_job);
        let (now, ends_badly) = (env.now, env.ends_badly);
        let zone = self.zone(zone, now)?;
        for id in ids {
            zone.record(id, now)?;
        }
        for id in ids.iter().filter(|_| !ends_badly) {
            zone.record(id, now)?.lifetime.end(done);
        }
        let note = format!("records {} deleted", ids.join(", "));
        Ok(self.submit(call, env, note, Outcome::Completed(Value::Null)))
    }
}

const FIRST_ZONE: usize = 3_000_001;

impl Service for Dns {
    fn answer(&mut self, call: &Call, path: &[&str], env: &mut Env) -> Answer {
        let ids: Vec<&str> = call.queries("id").collect();
        match (call.method.as_str(), path) {
            ("GET", ["status", id]) => self.status(id, call, env.now),
            ("GET", ["domains"]) => Ok(self.list_zones(call, env.now)),
            ("POST", ["domains"]) => self.create_zones(call, env),
            ("DELETE", ["domains"]) if !ids.is_empty() => self.delete_zones(call, &ids, env),
            ("GET", ["domains", id]) => Ok(self.zone(id, env.now)?.show(call, env.now)),
            ("DELETE", ["domains", id]) => self.delete_zones(call, &[id], env),
            ("POST", ["domains", id, "records"]) => self.create_records(id, call, env),
            ("GET", ["domains", id, "records"]) => Ok(self.zone(id, env.now)?.list_records(call, env)),
            ("DELETE", ["domains", id, "records"]) if !ids.is_empty() => self.delete_records(id, &ids, call, env),
            ("GET", ["domains", id, "records", record]) => {
                Ok(Reply::ok(self.zone(id, env.now)?.record(record, env.now)?.view(env.now)))
            }
            ("PUT", ["domains", id, "records", record]) => self.update_record(id, record, call, env),
            ("DELETE", ["domains", id, "records", record]) => self.delete_records(id, &[record], call, env),
            _ => Err(Refusal::no_such_route()),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        let mut body =
            json!({"code": refusal.status, "message": refusal.message, "details": refusal.invalid.join("; ")});
        if !refusal.invalid.is_empty() {
            body["validationErrors"] = json!({"messages": refusal.invalid});
        }
        Reply::json(refusal.status, body)
    }
}

/// The objects in the list `key` of the body, at least one.
fn objects(call: &Call, key: &str) -> Result<Vec<Map<String, Value>>, Refusal> {
    let body = call.object()?;
    let list = body.get(key).and_then(Value::as_array).filter(|list| !list.is_empty());
    let list =
        list.ok_or_else(|| Refusal::invalid(vec![format!("'{key}' has to be a list with at least one item")]))?;
    let object = |value: &Value| value.as_object().cloned();
    let objects: Option<Vec<_>> = list.iter().map(object).collect();
    objects.ok_or_else(|| Refusal::invalid(vec![format!("every item of '{key}' has to be an object")]))
}

/// A text that has to be there.
fn required<'a>(spec: &'a Map<String, Value>, key: &str) -> Result<&'a str, Refusal> {
    text(spec, key).ok_or_else(|| Refusal::invalid(vec![format!("{key} is required")]))
}
