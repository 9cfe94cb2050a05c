//! One record of a zone.

use std::fmt;

use serde_json::{Map, Value, json};

use super::lifetime::Lifetime;
use super::required;
use crate::moment::Moment;
use crate::reply::Refusal;
use crate::service::{text, whole_number};

const LEAST_TTL: u64 = 300;

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordSpec {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) data: String,
    ttl: u64,
    comment: Option<String>,
}

impl RecordSpec {
    /// Reads a record that has to lie in `zone`.
    pub(crate) fn read(sent: &Map<String, Value>, zone: &str, default_ttl: u64) -> Result<Self, Refusal> {
        let name = required(sent, "name")?.to_ascii_lowercase();
        if name != zone && !name.ends_with(&format!(".{zone}")) {
            return Err(Refusal::invalid(vec![format!("{name} is not in the zone {zone}")]));
        }
        check_ttl(sent)?;
        Ok(Self {
            name,
            kind: required(sent, "type")?.to_ascii_uppercase(),
            data: required(sent, "data")?.to_owned(),
            ttl: whole_number(sent.get("ttl")).unwrap_or(default_ttl),
            comment: text(sent, "comment").map(str::to_owned),
        })
    }

    /// Whether both answer the same question with the same data.
    pub(crate) fn is_twin_of(&self, other: &Self) -> bool {
        self.name == other.name && self.kind == other.kind && self.data == other.data
    }
}

impl fmt::Display for RecordSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.kind, self.name, self.data)
    }
}

/// A record and, while a job runs, what it will say after.
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) lifetime: Lifetime,
    current: RecordSpec,
    next: Option<(Moment, RecordSpec)>,
    created: Moment,
}

impl Record {
    pub(crate) fn new(spec: RecordSpec, number: u64, from: Moment) -> Self {
        let id = format!("{}-{number}", spec.kind);
        Self { id, lifetime: Lifetime::starting(from), current: spec, next: None, created: from }
    }

    /// What it says at a moment.
    pub(crate) fn spec(&self, now: Moment) -> &RecordSpec {
        match &self.next {
            Some((from, next)) if *from <= now => next,
            _ => &self.current,
        }
    }

    /// What it says once every accepted job is done.
    pub(crate) fn final_spec(&self) -> &RecordSpec {
        self.next.as_ref().map_or(&self.current, |(_, next)| next)
    }

    pub(crate) fn change(&mut self, change: &Map<String, Value>, now: Moment, from: Moment) {
        let mut next = self.final_spec().clone();
        if let Some(data) = text(change, "data") {
            data.clone_into(&mut next.data);
        }
        next.ttl = whole_number(change.get("ttl")).unwrap_or(next.ttl);
        next.comment = text(change, "comment").map(str::to_owned).or(next.comment);
        self.current = self.spec(now).clone();
        self.next = Some((from, next));
    }

    pub(crate) fn view(&self, now: Moment) -> Value {
        let spec = self.spec(now);
        let mut view = json!({"id": self.id, "name": spec.name, "type": spec.kind, "data": spec.data, "ttl": spec.ttl,
            "created": self.created.to_millis_text(), "updated": self.created.to_millis_text()});
        if let Some(comment) = &spec.comment {
            view["comment"] = json!(comment);
        }
        view
    }
}

/// Refuses a time to live that Cloud DNS does not accept.
pub(crate) fn check_ttl(sent: &Map<String, Value>) -> Result<(), Refusal> {
    match sent.get("ttl") {
        None | Some(Value::Null) => Ok(()),
        ttl if whole_number(ttl).is_some_and(|ttl| ttl >= LEAST_TTL) => Ok(()),
        _ => Err(Refusal::invalid(vec![format!("TTL must be an integer of at least {LEAST_TTL}")])),
    }
}
