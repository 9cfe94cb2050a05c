//! The simulated world: all services, the faults and the journal, behind one lock.

use serde_json::{Value, json};

use crate::call::Call;
use crate::chef::Chef;
use crate::compute::Compute;
use crate::control;
use crate::dns::Dns;
use crate::fault::{FaultTable, Strike, Then};
use crate::identity::Identity;
use crate::ids::Ids;
use crate::journal::{Journal, Line};
use crate::load_balancers::LoadBalancers;
use crate::mask::{mask, mask_query};
use crate::moment::Moment;
use crate::newrelic::NewRelic;
use crate::options::Timings;
use crate::reply::{Refusal, Reply};
use crate::service::{Answer, Env, Quota, Service};
use crate::slack::Slack;
use crate::tagged::Item;

/// Everything there is.
pub(crate) struct World {
    pub(crate) env: Env,
    pub(crate) faults: FaultTable,
    pub(crate) journal: Journal,
    pub(crate) newrelic: NewRelic,
    pub(crate) slack: Slack,
    identity: Identity,
    compute: Compute,
    load_balancers: LoadBalancers,
    dns: Dns,
    chef: Chef,
}

impl World {
    pub(crate) fn new(seed: u64, timings: Timings, base_url: String, journal: Journal) -> Self {
        let env = Env {
            ids: Ids::from_seed(seed),
            timings,
            quota: Quota::default(),
            base_url,
            now: Moment::from_millis(0),
            tenant: String::new(),
            ends_badly: false,
            hosts: Vec::new(),
        };
        Self {
            env,
            faults: FaultTable::default(),
            journal,
            newrelic: NewRelic::default(),
            slack: Slack::default(),
            identity: Identity::default(),
            compute: Compute::default(),
            load_balancers: LoadBalancers::default(),
            dns: Dns::default(),
            chef: Chef::default(),
        }
    }

    /// Forgets everything but the journal. Numbers of balancers, zones and records start again; random ids do not repeat.
    pub(crate) fn reset(&mut self) {
        self.env.quota = Quota::default();
        self.faults = FaultTable::default();
        self.newrelic = NewRelic::default();
        self.slack = Slack::default();
        self.identity = Identity::default();
        self.compute = Compute::default();
        self.load_balancers = LoadBalancers::default();
        self.dns = Dns::default();
        self.chef = Chef::default();
    }

    /// Answers a call, as far as a fault lets it, and writes it down.
    pub(crate) fn handle(&mut self, call: &Call, strike: Option<&Strike>) -> std::io::Result<Reply> {
        self.env.ends_badly = strike.is_some_and(|strike| strike.then == Then::Error);
        let segments = call.segments();
        let mut reply = match strike {
            Some(Strike { then: Then::Skip, .. }) => Reply::empty(503),
            _ => self.answer(call, &segments),
        };
        if let Some(strike) = strike {
            reply = self.spoil(reply, strike, &segments);
        }
        if !control::is_unrecorded(call, &segments) {
            let dropped = strike.is_some_and(|strike| strike.drop);
            self.record(call, service_name(&segments), if dropped { 0 } else { reply.status }, &reply.note)?;
        }
        Ok(reply)
    }

    /// Writes a line about something that the simulator sent or answered.
    pub(crate) fn append(
        &mut self,
        service: &'static str,
        path: &str,
        status: u16,
        note: String,
    ) -> std::io::Result<()> {
        self.journal.append(Line {
            seq: 0,
            time: self.env.now.to_millis_text(),
            service,
            method: "POST".to_owned(),
            path: path.to_owned(),
            query: String::new(),
            status,
            request_body: Value::Null,
            note,
        })
    }

    pub(crate) fn record(
        &mut self,
        call: &Call,
        service: &'static str,
        status: u16,
        note: &str,
    ) -> std::io::Result<()> {
        self.journal.append(Line {
            seq: 0,
            time: self.env.now.to_millis_text(),
            service,
            method: call.method.clone(),
            path: call.path.clone(),
            query: mask_query(&call.raw_query),
            status,
            request_body: mask(call.body_value()),
            note: note.to_owned(),
        })
    }

    pub(crate) fn snapshot(&self) -> Value {
        let now = self.env.now;
        json!({
            "now": now.to_millis_text(),
            "identity": self.identity.snapshot(),
            "compute": self.compute.snapshot(now, self.env.quota),
            "load_balancers": self.load_balancers.snapshot(now),
            "dns": self.dns.snapshot(now),
            "newrelic": self.newrelic.snapshot(),
            "chef": self.chef.snapshot(now),
            "slack": self.slack.snapshot(),
            "faults": self.faults.view(),
            "journal": {"last_seq": self.journal.last_seq()},
        })
    }

    /// What exists and carries a group's name.
    pub(crate) fn tagged(&self, group: &str) -> Vec<Item> {
        let now = self.env.now;
        let mut items = self.compute.tagged(group);
        items.extend(self.load_balancers.tagged(group, now));
        items.extend(self.dns.tagged(group, now));
        items.extend(self.chef.tagged(group));
        items
    }

    fn answer(&mut self, call: &Call, segments: &[&str]) -> Reply {
        self.dispatch(call, segments).unwrap_or_else(|refusal| self.refuse(segments, &refusal))
    }

    /// Hands a call to the service in its path, after looking at its token where the service wants one.
    fn dispatch(&mut self, call: &Call, segments: &[&str]) -> Answer {
        if let ["compute", "v2", tenant, ..] | ["lb" | "dns", "v1.0", tenant, ..] = segments {
            (*tenant).clone_into(&mut self.env.tenant);
            self.identity.authorize(call.header("x-auth-token"), tenant, self.env.now)?;
        }
        match segments {
            ["identity", "v2.0", path @ ..] => self.identity.answer(call, path, &mut self.env),
            ["compute", "v2", _, path @ ..] => self.compute.answer(call, path, &mut self.env),
            ["lb", "v1.0", _, path @ ..] => self.load_balancers.answer(call, path, &mut self.env),
            ["dns", "v1.0", _, path @ ..] => self.dns.answer(call, path, &mut self.env),
            ["newrelic", "v2", path @ ..] => {
                self.env.hosts = self.compute.names();
                self.newrelic.answer(call, path, &mut self.env)
            }
            ["chef", "organizations", organization, path @ ..] => {
                (*organization).clone_into(&mut self.env.tenant);
                self.chef.answer(call, path, &mut self.env)
            }
            ["slack", path @ ..] => self.slack.answer(call, path, &mut self.env),
            ["_sim", path @ ..] => control::answer(self, call, path),
            _ => Err(Refusal::no_such_route()),
        }
    }

    /// Words a refusal as the service in the path does, with the header that tells when to come back.
    fn refuse(&self, segments: &[&str], refusal: &Refusal) -> Reply {
        let service: Option<&dyn Service> = match service_name(segments) {
            "identity" => Some(&self.identity),
            "compute" => Some(&self.compute),
            "lb" => Some(&self.load_balancers),
            "dns" => Some(&self.dns),
            "newrelic" => Some(&self.newrelic),
            "chef" => Some(&self.chef),
            "slack" => Some(&self.slack),
            _ => None,
        };
        let own_words = || Reply::json(refusal.status, json!({"error": refusal.message}));
        let reply = service.map_or_else(own_words, |service| service.refuse(refusal));
        Reply { retry_after: refusal.retry_after, ..reply }.noting(format!("refused: {}", refusal.message))
    }

    /// Replaces an answer by what the fault says, and keeps the note of what really happened.
    fn spoil(&self, reply: Reply, strike: &Strike, segments: &[&str]) -> Reply {
        let happened = if strike.then == Then::Skip { "no effect" } else { reply.note.as_str() };
        let note = format!("fault {}: {happened}", strike.fault);
        match strike.status {
            Some(status) => self.refuse(segments, &Refusal::of_status(status, strike.retry_after)).noting(note),
            None => reply.noting(note),
        }
    }
}

/// The service that a path belongs to.
pub(crate) fn service_name(segments: &[&str]) -> &'static str {
    match segments.first() {
        Some(&"identity") => "identity",
        Some(&"compute") => "compute",
        Some(&"lb") => "lb",
        Some(&"dns") => "dns",
        Some(&"newrelic") => "newrelic",
        Some(&"chef") => "chef",
        Some(&"slack") => "slack",
        _ => "sim",
    }
}
