//! Which paths of which kind of document are fields of their own, for the server to filter, sort and index by.

use std::collections::HashMap;
use std::sync::LazyLock;

use mongodb::bson::Bson;
use mongodb::bson::oid::ObjectId;
use serde_json::Value;
use squall_model::{
    Action, ActionAlias, ApiKey, Config, ConfigSchema, Id, KeyValue, Pack, Policy, PolicyType, Process, Registration,
    Resource, Rule, RuleEnforcement, RunnerType, Sensor, SensorState, TimerState, Token, Trace, Trigger,
    TriggerInstance, TriggerType, User,
};

/// The shape of one kind of document.
pub(crate) struct Shape {
    pub(crate) kind: &'static str,
    /// Paths with the fields that hold their values.
    pub(crate) paths: Vec<(&'static str, String)>,
    pub(crate) indexed: &'static [&'static str],
    /// Lists of objects, a field of these, and the field that holds its values.
    pub(crate) elements: Vec<(&'static str, &'static str, String)>,
}

static SHAPES: LazyLock<HashMap<&'static str, Shape>> = LazyLock::new(|| {
    let shapes = [
        Shape::of::<Action>(),
        Shape::of::<ActionAlias>(),
        Shape::of::<ApiKey>(),
        Shape::of::<Config>(),
        Shape::of::<ConfigSchema>(),
        Shape::of::<KeyValue>(),
        Shape::of::<Pack>(),
        Shape::of::<Policy>(),
        Shape::of::<PolicyType>(),
        Shape::of::<Process>(),
        Shape::of::<Registration>(),
        Shape::of::<Rule>(),
        Shape::of::<RuleEnforcement>(),
        Shape::of::<RunnerType>(),
        Shape::of::<Sensor>(),
        Shape::of::<SensorState>(),
        Shape::of::<TimerState>(),
        Shape::of::<Token>(),
        Shape::of::<Trace>(),
        Shape::of::<Trigger>(),
        Shape::of::<TriggerInstance>(),
        Shape::of::<TriggerType>(),
        Shape::of::<User>(),
    ];
    shapes.into_iter().map(|shape| (shape.kind, shape)).collect()
});

/// Returns the shape of a kind; none when the kind is not stored.
pub(crate) fn shape(kind: &str) -> Option<&'static Shape> {
    SHAPES.get(kind)
}

pub(crate) fn shapes() -> impl Iterator<Item = &'static Shape> {
    SHAPES.values()
}

/// Paths that lists filter or sort by besides those that are indexed: too few documents, or too few values, for an index.
const fn also(kind: &str) -> &'static [&'static str] {
    match kind.as_bytes() {
        b"action" | b"action_alias" | b"trigger" | b"trigger_type" => &["ref"],
        b"config" => &["pack"],
        b"pack" => &["name", "ref"],
        b"policy" => &["ref", "policy_type"],
        b"rule" => &["ref", "enabled", "trigger.type"],
        b"rule_enforcement" => &["rule.id"],
        b"runner_type" => &["name"],
        b"sensor" => &["ref", "enabled"],
        _ => &[],
    }
}

/// Lists of objects that lists look into.
const fn elements(kind: &str) -> &'static [(&'static str, &'static str)] {
    match kind.as_bytes() {
        b"action" | b"rule" => &[("tags", "name")],
        b"trace" => &[("action_executions", "object_id"), ("rules", "object_id"), ("trigger_instances", "object_id")],
        _ => &[],
    }
}

/// Returns the field of a path.
pub(crate) fn field(path: &str) -> String {
    format!("ix_{}", path.replace('.', "_"))
}

impl Shape {
    fn of<T: Resource>() -> Self {
        let paths = T::INDEXES.iter().chain(also(T::KIND)).map(|path| (*path, field(path))).collect();
        let elements = elements(T::KIND).iter().map(|(list, name)| (*list, *name, field(&format!("{list}.{name}"))));
        Self { kind: T::KIND, paths, indexed: T::INDEXES, elements: elements.collect() }
    }

    /// Returns the narrow fields of a document, each with its value, or none where the document has none.
    pub(crate) fn values(&self, body: &Value) -> Vec<(&str, Option<Bson>)> {
        let plain = self.paths.iter().map(|(path, field)| (field.as_str(), scalar(look(body, path))));
        let lists = self.elements.iter().map(|(list, name, field)| {
            let elements = look(body, list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let values: Vec<Bson> = elements.iter().filter_map(|element| scalar(element.get(name))).collect();
            (field.as_str(), (!values.is_empty()).then_some(Bson::Array(values)))
        });
        plain.chain(lists).collect()
    }
}

/// Follows a dotted path.
pub(crate) fn look<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, part| value.get(part)).filter(|found| !found.is_null())
}

/// Returns a value as a narrow field holds it; an object or a list as its text.
pub(crate) fn scalar(value: Option<&Value>) -> Option<Bson> {
    match value? {
        Value::Null => None,
        Value::Bool(flag) => Some(Bson::Boolean(*flag)),
        Value::Number(number) => {
            Some(number.as_i64().map_or_else(|| Bson::Double(number.as_f64().unwrap_or_default()), Bson::Int64))
        }
        Value::String(text) => Some(Bson::String(text.clone())),
        other => Some(Bson::String(other.to_string())),
    }
}

pub(crate) fn object_id(id: &Id) -> ObjectId {
    ObjectId::from_bytes(*id.as_bytes())
}

pub(crate) fn id_of(object_id: ObjectId) -> Id {
    Id::from_bytes(object_id.bytes())
}
