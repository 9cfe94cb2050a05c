//! One server: `BUILD`, then `ACTIVE` or `ERROR`, until it is deleted.

use serde_json::{Map, Value, json};

use super::metadata;
use crate::call::Call;
use crate::moment::Moment;
use crate::reply::{Refusal, Reply};
use crate::service::{Answer, Env, text};
use crate::tagged;

/// A server, dead or alive.
pub(crate) struct Server {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) metadata: Map<String, Value>,
    image: String,
    flavor: String,
    key_name: Option<String>,
    tenant: String,
    admin_pass: String,
    host: String,
    /// Counts from 1; the addresses are made from it.
    index: usize,
    created: Moment,
    updated: Moment,
    built: Moment,
    ends_badly: bool,
    reboot: Option<(Moment, &'static str)>,
    deleted: bool,
}

impl Server {
    /// Starts to build a server from a request that was found valid.
    pub(crate) fn create(name: String, spec: &Map<String, Value>, index: usize, env: &mut Env) -> Self {
        let reference = |key: &str| match spec.get(key) {
            Some(Value::String(text)) => text.rsplit('/').next().unwrap_or_default().to_owned(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        Self {
            id: env.ids.uuid(),
            name,
            metadata: metadata::checked(spec.get("metadata")).unwrap_or_default(),
            image: reference("imageRef"),
            flavor: reference("flavorRef"),
            key_name: text(spec, "key_name").map(str::to_owned),
            tenant: env.tenant.clone(),
            admin_pass: text(spec, "adminPass").map_or_else(|| env.ids.password(12), str::to_owned),
            host: env.ids.hex(56),
            index,
            created: env.now,
            updated: env.now,
            built: env.now.after(env.timings.server_build),
            ends_badly: env.ends_badly,
            reboot: None,
            deleted: false,
        }
    }

    pub(crate) const fn is_deleted(&self) -> bool {
        self.deleted
    }

    pub(crate) fn belongs_to(&self, group: &str) -> bool {
        self.metadata.get("asg").and_then(Value::as_str) == Some(group) || tagged::names(&self.name, group)
    }

    pub(crate) const fn delete(&mut self, now: Moment) {
        self.deleted = true;
        self.updated = now;
    }

    pub(crate) const fn touch(&mut self, now: Moment) {
        self.updated = now;
    }

    /// Whether a list request with these filters shows this server.
    pub(crate) fn is_listed(&self, call: &Call, since: Option<Moment>, now: Moment) -> bool {
        let fresh = since.is_none_or(|since| self.last_change(now) >= since);
        let alive = !self.deleted || since.is_some();
        let named = call.query("name").is_none_or(|name| self.name.contains(name.trim_matches(['^', '$'])));
        let in_status = call.query("status").is_none_or(|status| status.eq_ignore_ascii_case(self.status(now)));
        fresh && alive && named && in_status
    }

    /// Answers `POST /servers/{id}/action`.
    pub(crate) fn act(&mut self, call: &Call, env: &Env) -> Answer {
        let reboot = call.wrapped("reboot")?;
        let status = match text(&reboot, "type") {
            Some("HARD") => "HARD_REBOOT",
            Some("SOFT") => "REBOOT",
            _ => return Err(Refusal::bad_request("Argument 'type' for reboot is not HARD or SOFT")),
        };
        if self.status(env.now) != "ACTIVE" {
            let message = format!("Cannot 'reboot' while instance is in vm_state {}", self.status(env.now));
            return Err(Refusal::new(409, message));
        }
        self.reboot = Some((env.now.after(env.timings.server_reboot), status));
        self.updated = env.now;
        Ok(Reply::empty(202).noting(format!("server {} {status}", self.id)))
    }

    pub(crate) fn status(&self, now: Moment) -> &'static str {
        match self.reboot {
            _ if self.deleted => "DELETED",
            _ if now < self.built => "BUILD",
            _ if self.ends_badly => "ERROR",
            Some((until, status)) if now < until => status,
            _ => "ACTIVE",
        }
    }

    pub(crate) fn addresses(&self) -> Value {
        let (high, low) = (self.index / 250, self.index % 250 + 1);
        json!({
            "public": [{"addr": format!("127.20.{high}.{low}"), "version": 4},
                {"addr": format!("fd20::{:x}", self.index), "version": 6}],
            "private": [{"addr": format!("127.10.{high}.{low}"), "version": 4}],
        })
    }

    /// What `POST /servers` answers.
    pub(crate) fn receipt(&self, env: &Env) -> Value {
        json!({"id": self.id, "adminPass": self.admin_pass, "OS-DCF:diskConfig": "AUTO", "links": self.links(&env.base_url)})
    }

    /// What the short list shows.
    pub(crate) fn brief(&self, env: &Env) -> Value {
        json!({"id": self.id, "name": self.name, "links": self.links(&env.base_url)})
    }

    /// The whole server.
    pub(crate) fn view(&self, now: Moment) -> Value {
        let status = self.status(now);
        let addresses = self.addresses();
        let mut view = json!({
            "id": self.id, "name": self.name, "status": status, "progress": self.progress(now),
            "accessIPv4": addresses["public"][0]["addr"], "accessIPv6": addresses["public"][1]["addr"],
            "addresses": addresses,
            "image": {"id": self.image}, "flavor": {"id": self.flavor}, "key_name": self.key_name,
            "metadata": self.metadata,
            "created": self.created.to_seconds_text(), "updated": self.last_change(now).to_seconds_text(),
            "tenant_id": self.tenant, "user_id": "10001", "hostId": self.host,
            "OS-DCF:diskConfig": "AUTO", "OS-EXT-STS:vm_state": vm_state(status), "links": self.links(""),
        });
        if status == "ERROR" {
            let created = self.built.to_seconds_text();
            view["fault"] = json!({"code": 500, "message": "No valid host was found.", "created": created});
        }
        view
    }

    fn links(&self, base_url: &str) -> Value {
        let href = format!("{base_url}/compute/v2/{}/servers/{}", self.tenant, self.id);
        json!([{"rel": "self", "href": href}])
    }

    /// 0 to 100, by time.
    fn progress(&self, now: Moment) -> u64 {
        let whole = self.built.as_millis().saturating_sub(self.created.as_millis());
        let done = now.as_millis().saturating_sub(self.created.as_millis());
        (done * 100).checked_div(whole).map_or(100, |percent| percent.min(100))
    }

    /// The end of a build or reboot changes a server too.
    fn last_change(&self, now: Moment) -> Moment {
        let rebooted = self.reboot.map(|(until, _)| until);
        let passed =
            [Some(self.built), rebooted].into_iter().flatten().filter(|moment| !self.deleted && *moment <= now);
        passed.fold(self.updated, Moment::max)
    }
}

const fn vm_state(status: &str) -> &'static str {
    match status.as_bytes() {
        b"BUILD" => "building",
        b"ERROR" => "error",
        b"DELETED" => "deleted",
        _ => "active",
    }
}
