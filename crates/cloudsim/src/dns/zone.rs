//! A zone and its records.

use serde_json::{Map, Value, json};

use super::lifetime::Lifetime;
use super::record::{self, Record, RecordSpec};
use super::required;
use crate::call::Call;
use crate::moment::Moment;
use crate::reply::{Refusal, Reply};
use crate::service::{Env, text, whole_number};
use crate::tagged::{self, Item};

const DEFAULT_TTL: u64 = 3600;

/// A zone, in Rackspace's words a domain.
pub(crate) struct Zone {
    pub(crate) id: usize,
    pub(crate) name: String,
    pub(crate) ttl: u64,
    pub(crate) lifetime: Lifetime,
    email: String,
    comment: Option<String>,
    account: String,
    created: Moment,
    records: Vec<Record>,
}

impl Zone {
    /// Reads a zone to be made, with the records that come along.
    pub(crate) fn read(
        sent: &Map<String, Value>,
        id: usize,
        account: &str,
        from: Moment,
        last_record: &mut u64,
    ) -> Result<Self, Refusal> {
        record::check_ttl(sent)?;
        let mut zone = Self {
            id,
            name: required(sent, "name")?.trim_end_matches('.').to_ascii_lowercase(),
            ttl: whole_number(sent.get("ttl")).unwrap_or(DEFAULT_TTL),
            lifetime: Lifetime::starting(from),
            email: required(sent, "emailAddress")?.to_owned(),
            comment: text(sent, "comment").map(str::to_owned),
            account: account.to_owned(),
            created: from,
            records: Vec::new(),
        };
        let records = sent.get("recordsList").and_then(|list| list.get("records")).and_then(Value::as_array);
        let empty = Map::new();
        for value in records.into_iter().flatten() {
            let spec = RecordSpec::read(value.as_object().unwrap_or(&empty), &zone.name, zone.ttl)?;
            *last_record += 1;
            zone.records.push(Record::new(spec, *last_record, from));
        }
        Ok(zone)
    }

    /// Whether it has, or is about to have, this name.
    pub(crate) fn claims(&self, name: &str) -> bool {
        !self.lifetime.is_ending() && self.name == name
    }

    /// Whether it has, or is about to have, a record that says the same.
    pub(crate) fn claims_record(&self, spec: &RecordSpec) -> bool {
        let mut staying = self.records.iter().filter(|record| !record.lifetime.is_ending());
        staying.any(|record| record.final_spec().is_twin_of(spec))
    }

    /// Adds records that show from `from` on, and shows them.
    pub(crate) fn add_records(&mut self, specs: Vec<RecordSpec>, first: u64, from: Moment) -> Vec<Value> {
        let made: Vec<Record> = (first..).zip(specs).map(|(number, spec)| Record::new(spec, number, from)).collect();
        let views = made.iter().map(|record| record.view(from)).collect();
        self.records.extend(made);
        views
    }

    pub(crate) fn record(&mut self, id: &str, now: Moment) -> Result<&mut Record, Refusal> {
        let found = self.records.iter_mut().find(|record| record.id == id && record.lifetime.is_visible(now));
        found.ok_or_else(|| Refusal::new(404, "Object not Found."))
    }

    pub(crate) fn tagged(&self, group: &str, now: Moment) -> Vec<Item> {
        let alive = self.records.iter().filter(|record| !record.lifetime.has_ended(now));
        let named = alive.filter(|record| tagged::names(&record.final_spec().name, group));
        named.map(|record| Item::new("dns", "record", &record.id, &record.final_spec().name)).collect()
    }

    pub(crate) fn view(&self) -> Value {
        let mut view = json!({"id": self.id, "name": self.name, "emailAddress": self.email, "ttl": self.ttl,
            "accountId": self.account, "created": self.created.to_millis_text(), "updated": self.created.to_millis_text()});
        if let Some(comment) = &self.comment {
            view["comment"] = json!(comment);
        }
        view
    }

    /// The zone with all its records.
    pub(crate) fn snapshot(&self, now: Moment) -> Value {
        let mut view = self.view();
        view["records"] = self.visible(now).map(|record| record.view(now)).collect();
        view
    }

    /// Answers `GET /domains/{id}`.
    pub(crate) fn show(&self, call: &Call, now: Moment) -> Reply {
        let mut view = self.view();
        if call.query("showRecords").is_none_or(|flag| !flag.eq_ignore_ascii_case("false")) {
            let records: Vec<Value> = self.visible(now).map(|record| record.view(now)).collect();
            view["recordsList"] = json!({"totalEntries": records.len(), "records": records});
        }
        Reply::ok(view)
    }

    /// Answers `GET /domains/{id}/records`.
    pub(crate) fn list_records(&self, call: &Call, env: &Env) -> Reply {
        let same = |key: &str, value: &str| call.query(key).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value));
        let matches = |record: &&Record| {
            let spec = record.spec(env.now);
            same("type", &spec.kind) && same("name", &spec.name) && same("data", &spec.data)
        };
        let all: Vec<Value> = self.visible(env.now).filter(matches).map(|record| record.view(env.now)).collect();
        let limit = call.number("limit").unwrap_or(100).clamp(1, 100);
        let offset = call.number("offset").unwrap_or(0);
        let page: Vec<&Value> = all.iter().skip(offset).take(limit).collect();
        let mut body = json!({"records": page, "totalEntries": all.len()});
        let next = offset.saturating_add(limit);
        if next < all.len() {
            let href = format!("{}{}?limit={limit}&offset={next}", env.base_url, call.path);
            body["links"] = json!([{"rel": "next", "href": href}]);
        }
        Reply::ok(body)
    }

    fn visible(&self, now: Moment) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(move |record| record.lifetime.is_visible(now))
    }
}
