//! Calls of functions and filters that do not exist. StackStorm's inspection lets them pass; they fail when they are
//! evaluated.

use std::collections::HashSet;

use serde_json::Value;
use squall_yaql::{Expression, NodeKind};

use crate::expressions::{Language, known_names, unknown_filters};
use crate::workflow::Workflow;

/// A call of what is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    pub name: String,
    pub language: Language,
    /// The expression, with its delimiters, and how many characters of it come before the name.
    pub expression: String,
    pub position: usize,
    /// The property: `tasks.t1.action`.
    pub spec_path: String,
}

/// Every such call of a definition.
pub fn unknown_names(workflow: &Workflow) -> Vec<UnknownName> {
    let known = known_names(Language::Yaql).into_iter().collect();
    let mut search = Search { known, found: Vec::new() };
    for (key, value) in &workflow.spec().raw {
        search.value(value, key);
    }
    search.found
}

struct Search {
    known: HashSet<&'static str>,
    found: Vec<UnknownName>,
}

impl Search {
    fn value(&mut self, value: &Value, path: &str) {
        match value {
            Value::String(text) => self.text(text, path),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| self.value(item, &format!("{path}[{index}]")));
            }
            Value::Object(map) => map.iter().for_each(|(key, value)| self.value(value, &format!("{path}.{key}"))),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str, path: &str) {
        match Language::of(text) {
            Some(Language::Yaql) => {
                for span in Language::Yaql.spans(text) {
                    self.yaql(&text[span], path);
                }
            }
            Some(Language::Jinja) => self.jinja(text, path),
            None => {}
        }
    }

    fn yaql(&mut self, expression: &str, path: &str) {
        let inside = Language::Yaql.strip(expression);
        let Ok(parsed) = Expression::parse(inside) else { return };
        let opening = expression.len() - expression.trim_start_matches(['<', '%', '>']).trim_start().len();
        let mut nodes = vec![&parsed.ast().root];
        while let Some(node) = nodes.pop() {
            if let NodeKind::Call { name, .. } = &node.kind
                && !self.known.contains(name.as_str())
            {
                self.found.push(UnknownName {
                    name: name.clone(),
                    language: Language::Yaql,
                    expression: expression.to_owned(),
                    position: opening + node.position,
                    spec_path: path.to_owned(),
                });
            }
            nodes.extend(node.children());
        }
    }

    fn jinja(&mut self, text: &str, path: &str) {
        for (name, start) in unknown_filters(text) {
            self.found.push(UnknownName {
                name: name.to_owned(),
                language: Language::Jinja,
                expression: text.to_owned(),
                position: text[..start].chars().count(),
                spec_path: path.to_owned(),
            });
        }
    }
}
