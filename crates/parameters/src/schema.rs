//! StackStorm's dialect of JSON schema: draft 4, with `required: true` on properties, answering as python-jsonschema.

mod defaults;
mod keywords;
mod parts;

use serde_json::Value;
use squall_jinja::python::{pretty, repr};

pub use defaults::{allow_null_defaults, with_defaults};
pub use parts::{item_schema, property_schema};

/// What is wrong with a part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Keys and indexes that lead to the part.
    pub path: Vec<String>,
    pub message: String,
    reason: Reason,
}

/// Which part of the schema refused which part of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reason {
    schema_path: Vec<Value>,
    place: Vec<Value>,
    schema: Value,
    value: Value,
}

/// How wide Python's jsonschema prints.
const WIDTH: usize = 72;

impl Violation {
    /// Returns the keys and indexes that lead to the part of the value, with dots between.
    pub fn place(&self) -> String {
        self.reason.place.iter().map(text_of).collect::<Vec<_>>().join(".")
    }

    /// Returns the message with the part of the schema and of the value that it is about, as Python's jsonschema prints an error.
    pub fn explanation(&self) -> String {
        let Reason { schema_path, place, schema, value } = &self.reason;
        let (keyword, before) =
            schema_path.split_last().map_or((&Value::Null, &[][..]), |(last, before)| (last, before));
        format!(
            "{}\n\nFailed validating {} in schema{}:\n{}\n\nOn instance{}:\n{}",
            self.message,
            repr(keyword),
            subscripts(before),
            indented(&pretty(schema, WIDTH)),
            subscripts(place),
            indented(&pretty(value, WIDTH)),
        )
    }
}

fn subscripts(path: &[Value]) -> String {
    path.iter().map(|segment| format!("[{}]", repr(segment))).collect()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// Schemas inside each other that are followed.
const DEPTH: usize = 64;

/// Returns everything that is wrong with a value, the most telling first.
pub fn validate(schema: &Value, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut check = Check::new(schema, value, 0, &mut found);
    check.run(schema, value);
    // As jsonschema's best_match: what is wrong further up says more than what is wrong inside.
    found.sort_by_key(|violation| violation.path.len());
    found
}

/// One walk through a value.
struct Check<'a, 'f> {
    root: &'a Value,
    /// Keys and indexes that lead from the root of the schema to the keyword that is looked at.
    schema_path: Vec<Value>,
    path: Vec<Value>,
    /// The innermost schema and value.
    at: (&'a Value, &'a Value),
    depth: usize,
    found: &'f mut Vec<Violation>,
}

impl<'a, 'f> Check<'a, 'f> {
    fn new(root: &'a Value, value: &'a Value, depth: usize, found: &'f mut Vec<Violation>) -> Self {
        Self { root, schema_path: Vec::new(), path: Vec::new(), at: (root, value), depth, found }
    }

    fn refuse(&mut self, message: String) {
        let place = self.path.clone();
        self.refuse_at(message, place);
    }

    fn refuse_at(&mut self, message: String, place: Vec<Value>) {
        let (schema, value) = self.at;
        let reason =
            Reason { schema_path: self.schema_path.clone(), place, schema: schema.clone(), value: value.clone() };
        self.found.push(Violation { path: self.path.iter().map(text_of).collect(), message, reason });
    }

    fn run(&mut self, schema: &'a Value, value: &'a Value) {
        let Some(keywords) = schema.as_object() else { return };
        let outer = std::mem::replace(&mut self.at, (schema, value));
        if self.depth >= DEPTH {
            self.refuse("the schema is nested too deeply".to_owned());
        } else {
            self.depth += 1;
            self.run_keywords(keywords, schema, value);
            self.depth -= 1;
        }
        self.at = outer;
    }

    fn run_keywords(&mut self, keywords: &'a serde_json::Map<String, Value>, schema: &'a Value, value: &'a Value) {
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            let root = self.root;
            if let Some(target) = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) {
                self.under("$ref", |check| check.run(target, value));
            }
            return;
        }
        for (keyword, expected) in keywords {
            self.under(keyword.as_str(), |check| keywords::check(check, keyword, expected, schema, value));
        }
    }

    /// Does something further inside the schema.
    fn under(&mut self, segment: impl Into<Value>, work: impl FnOnce(&mut Self)) {
        self.schema_path.push(segment.into());
        work(self);
        self.schema_path.pop();
    }

    /// Checks a part of the value.
    fn inside(&mut self, segment: impl Into<Value>, schema: &'a Value, value: &'a Value) {
        self.path.push(segment.into());
        self.run(schema, value);
        self.path.pop();
    }

    fn fits(&self, schema: &'a Value, value: &'a Value) -> bool {
        let mut found = Vec::new();
        let mut check = Check { root: self.root, ..Check::new(schema, value, self.depth, &mut found) };
        check.run(schema, value);
        found.is_empty()
    }
}

fn text_of(segment: &Value) -> String {
    segment.as_str().map_or_else(|| segment.to_string(), str::to_owned)
}
