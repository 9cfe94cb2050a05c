//! Checks a definition against the schema, in the words of Python's `jsonschema`.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::entry::{Inspection, InspectionType, MISTAKES};
use super::schema::{ITEMS_PATTERN, WORKFLOW};
use crate::expressions::repr;
use crate::spec::WorkflowSpec;

/// The only other pattern is the one for names.
static ITEMS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = ITEMS_PATTERN.replace("{{", r"\{\{").replace("}}", r"\}\}");
    Regex::new(&pattern).expect("a literal pattern")
});

pub(super) fn inspect(spec: &WorkflowSpec) -> Vec<Inspection> {
    let mut check = Check { errors: Vec::new(), spec_path: Vec::new(), schema_path: Vec::new() };
    check.object(&spec.raw, &WORKFLOW);
    check.errors
}

fn is_name(text: &str) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    !text.is_empty() && text.chars().all(|character| character.is_alphanumeric() || character == '_')
}

#[derive(Clone)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

struct Check<'a> {
    errors: Vec<Inspection>,
    spec_path: Vec<Step<'a>>,
    schema_path: Vec<Step<'a>>,
}

impl<'a> Check<'a> {
    fn report(&mut self, keyword: &'a str, message: String) {
        if self.errors.len() >= MISTAKES {
            return;
        }
        self.schema_path.push(Step::Key(keyword));
        let entry =
            Inspection::new(InspectionType::Syntax, message, joined(&self.spec_path), joined(&self.schema_path));
        self.errors.push(entry);
        self.schema_path.pop();
    }

    fn value(&mut self, value: &'a Value, schema: &'a Value) {
        if let Some(expected) = schema.get("type").and_then(Value::as_str)
            && !is_of_type(value, expected)
        {
            self.report("type", format!("{} is not of type '{expected}'", repr(value)));
        }
        self.alternatives(value, schema);
        match value {
            Value::Object(map) => self.object(map, schema),
            Value::Array(items) => self.array(value, items, schema),
            Value::String(text) => self.text(value, text, schema),
            Value::Number(number) => {
                let minimum = schema.get("minimum").filter(|minimum| number.as_f64() < minimum.as_f64());
                if let Some(minimum) = minimum {
                    let message = format!("{} is less than the minimum of {}", repr(value), repr(minimum));
                    self.report("minimum", message);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn alternatives(&mut self, value: &'a Value, schema: &'a Value) {
        let alternatives = |keyword: &str| schema.get(keyword).and_then(Value::as_array);
        if let Some(any_of) = alternatives("anyOf")
            && !any_of.iter().any(|schema| is_valid(value, schema))
        {
            self.report("anyOf", format!("{} is not valid under any of the given schemas", repr(value)));
        }
        if let Some(one_of) = alternatives("oneOf")
            && !one_of.iter().any(|schema| is_valid(value, schema))
        {
            self.report("oneOf", format!("{} is not valid under any of the given schemas", repr(value)));
        }
        if let Some(choices) = alternatives("enum")
            && !choices.iter().any(|choice| is_equal(choice, value))
        {
            let choices = repr(&Value::Array(choices.clone()));
            self.report("enum", format!("{} is not one of {choices}", repr(value)));
        }
    }

    fn object(&mut self, map: &'a Map<String, Value>, schema: &'a Value) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let of_names = schema.get("patternProperties").and_then(Value::as_object).and_then(|map| map.iter().next());
        for (key, value) in map {
            if let Some(schema) = properties.and_then(|properties| properties.get(key)) {
                self.inside(Step::Key(key), &["properties", key.as_str()], value, schema);
            } else if let Some((pattern, schema)) = of_names.filter(|_| is_name(key)) {
                self.inside(Step::Key(key), &["patternProperties", pattern.as_str()], value, schema);
            }
        }
        let shown = || repr(&Value::Object(map.clone()));
        let limit = |keyword: &str| schema.get(keyword).and_then(Value::as_u64).map(|limit| limit as usize);
        if limit("minProperties").is_some_and(|limit| map.len() < limit) {
            self.report("minProperties", format!("{} should be non-empty", shown()));
        }
        if limit("maxProperties").is_some_and(|limit| map.len() > limit) {
            self.report("maxProperties", format!("{} has too many properties", shown()));
        }
        let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for name in required.iter().filter_map(Value::as_str).filter(|name| !map.contains_key(*name)) {
            self.report("required", format!("'{name}' is a required property"));
        }
        if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
            let is_property = |key: &str| properties.is_some_and(|properties| properties.contains_key(key));
            let is_known = |key: &str| is_property(key) || of_names.is_some() && is_name(key);
            let unknown = map.keys().filter(|key| !is_known(key));
            self.additional(unknown.map(String::as_str).collect(), of_names.map(|(pattern, _)| pattern.as_str()));
        }
    }

    fn additional(&mut self, mut unknown: Vec<&str>, pattern: Option<&str>) {
        if unknown.is_empty() {
            return;
        }
        let quoted = |names: &[&str]| names.iter().map(|name| repr(&Value::from(*name))).collect::<Vec<_>>().join(", ");
        let message = match pattern {
            Some(pattern) => {
                unknown.sort_unstable();
                let verb = if unknown.len() == 1 { "does" } else { "do" };
                format!("{} {verb} not match any of the regexes: '{pattern}'", quoted(&unknown))
            }
            None => {
                let verb = if unknown.len() == 1 { "was" } else { "were" };
                format!("Additional properties are not allowed ({} {verb} unexpected)", quoted(&unknown))
            }
        };
        self.report("additionalProperties", message);
    }

    fn array(&mut self, value: &'a Value, items: &'a [Value], schema: &'a Value) {
        if let Some(schema) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.inside(Step::Index(index), &["items"], item, schema);
            }
        }
        if schema.get("minItems").is_some() && items.is_empty() {
            self.report("minItems", format!("{} should be non-empty", repr(value)));
        }
        if schema.get("uniqueItems").is_some() && has_repetitions(items) {
            self.report("uniqueItems", format!("{} has non-unique elements", repr(value)));
        }
    }

    fn text(&mut self, value: &'a Value, text: &str, schema: &'a Value) {
        if schema.get("minLength").is_some() && text.is_empty() {
            self.report("minLength", format!("{} should be non-empty", repr(value)));
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !ITEMS.is_match(text)
        {
            self.report("pattern", format!("{} does not match '{pattern}'", repr(value)));
        }
    }

    fn inside(&mut self, step: Step<'a>, keywords: &[&'a str], value: &'a Value, schema: &'a Value) {
        self.spec_path.push(step);
        let depth = self.schema_path.len();
        self.schema_path.extend(keywords.iter().map(|keyword| Step::Key(keyword)));
        self.value(value, schema);
        self.schema_path.truncate(depth);
        self.spec_path.pop();
    }
}

fn is_valid(value: &Value, schema: &Value) -> bool {
    let mut check = Check { errors: Vec::new(), spec_path: Vec::new(), schema_path: Vec::new() };
    check.value(value, schema);
    check.errors.is_empty()
}

fn is_of_type(value: &Value, expected: &str) -> bool {
    match expected {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => true,
    }
}

fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}

fn has_repetitions(items: &[Value]) -> bool {
    let mut seen = std::collections::HashSet::new();
    !items.iter().all(|item| seen.insert(item))
}

fn joined(path: &[Step<'_>]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(key);
            }
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}
