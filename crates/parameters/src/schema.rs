//! StackStorm's dialect of JSON schema: draft 4, with `required: true` on properties, answering as python-jsonschema.

mod defaults;
mod keywords;

use serde_json::Value;

pub use defaults::{allow_null_defaults, with_defaults};

/// What is wrong with a part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Keys and indexes that lead to the part.
    pub path: Vec<String>,
    pub message: String,
}

/// Schemas inside each other that are followed.
const DEPTH: usize = 64;

/// Returns everything that is wrong with a value, the most telling first.
pub fn validate(schema: &Value, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut check = Check { root: schema, path: Vec::new(), depth: 0, found: &mut found };
    check.run(schema, value);
    // As jsonschema's best_match: what is wrong further up says more than what is wrong inside.
    found.sort_by_key(|violation| violation.path.len());
    found
}

/// One walk through a value.
struct Check<'a> {
    root: &'a Value,
    path: Vec<String>,
    depth: usize,
    found: &'a mut Vec<Violation>,
}

impl Check<'_> {
    fn refuse(&mut self, message: String) {
        self.found.push(Violation { path: self.path.clone(), message });
    }

    fn run(&mut self, schema: &Value, value: &Value) {
        let Some(keywords) = schema.as_object() else { return };
        if self.depth >= DEPTH {
            return self.refuse("the schema is nested too deeply".to_owned());
        }
        self.depth += 1;
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            let root = self.root;
            if let Some(target) = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) {
                self.run(target, value);
            }
        } else {
            for (keyword, expected) in keywords {
                keywords::check(self, keyword, expected, schema, value);
            }
        }
        self.depth -= 1;
    }

    fn inside(&mut self, segment: String, schema: &Value, value: &Value) {
        self.path.push(segment);
        self.run(schema, value);
        self.path.pop();
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut found = Vec::new();
        Check { root: self.root, path: Vec::new(), depth: self.depth, found: &mut found }.run(schema, value);
        found.is_empty()
    }
}
