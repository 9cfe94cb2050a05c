//! A workflow and its tasks as an Orquesta definition.

mod transitions;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::WITHIN;
use crate::expressions::{Names, rewrite};

/// A text, and the keys that lead to its place.
type Mistake = (String, Vec<String>);

pub(crate) struct Translator<'a> {
    workflow: &'a Map<String, Value>,
    tasks: &'a Map<String, Value>,
    names: BTreeSet<String>,
    /// The workflows of the workbook.
    book: &'a BTreeSet<String>,
    /// Tasks that are one of them.
    within: BTreeSet<String>,
    variables: BTreeSet<String>,
    asked: BTreeSet<String>,
    translated: Map<String, Value>,
    /// Tasks, as they are called in the definition, before which the workflow pauses.
    pub(crate) pauses: BTreeSet<String>,
    pub(crate) mistakes: Vec<Mistake>,
}

/// Keys of a task that say nothing about how it runs.
const SAYS_NOTHING: [&str; 6] = ["description", "type", "name", "version", "keep-result", "safe-rerun"];
/// Keys of a workflow.
const OF_A_WORKFLOW: [&str; 10] =
    ["description", "input", "name", "output", "tags", "task-defaults", "tasks", "type", "vars", "version"];
const KNOWN: [&str; 17] = [
    "action",
    "input",
    "publish",
    "join",
    "with-items",
    "concurrency",
    "retry",
    "wait-before",
    "wait-after",
    "timeout",
    "policies",
    "on-success",
    "on-error",
    "on-complete",
    "workflow",
    "pause-before",
    "publish-on-error",
];

static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

impl<'a> Translator<'a> {
    pub(crate) fn new(workflow: &'a Map<String, Value>, book: &'a BTreeSet<String>) -> Self {
        let tasks = workflow.get("tasks").and_then(Value::as_object).unwrap_or(&EMPTY);
        let inputs = entries(workflow.get("input")).into_iter().map(|(name, _)| name);
        let published = ["publish", "publish-on-error"].into_iter().flat_map(|key| {
            tasks.values().filter_map(move |task| task.get(key)?.as_object()).flat_map(Map::keys).cloned()
        });
        let set = entries(workflow.get("vars")).into_iter().map(|(name, _)| name);
        let variables = inputs.chain(set).chain(published).collect();
        Self {
            workflow,
            tasks,
            names: tasks.keys().cloned().collect(),
            book,
            within: tasks
                .iter()
                .filter(|(_, task)| task.get("workflow").is_some())
                .map(|(name, _)| name.clone())
                .collect(),
            variables,
            asked: BTreeSet::new(),
            translated: Map::new(),
            pauses: BTreeSet::new(),
            mistakes: Vec::new(),
        }
    }

    pub(crate) fn translate(&mut self) -> Value {
        if let Some(kind) = self.workflow.get("type").filter(|kind| *kind != "direct") {
            self.refuse(format!("a workflow of type {kind} is not understood, only `direct`"), &["type"]);
        }
        for key in self.workflow.keys().filter(|key| !OF_A_WORKFLOW.contains(&key.as_str())) {
            self.refuse(format!("the key `{key}` of a workflow is not understood"), &[key]);
        }
        for (name, task) in self.tasks {
            match task {
                Value::Object(task) => self.task(name, task),
                Value::Null => self.task(name, &EMPTY),
                _ => self.refuse("a task must be a mapping".to_owned(), &["tasks", name]),
            }
        }
        let output = entries(self.workflow.get("output"));
        let output: Vec<Value> = output.iter().map(|(name, value)| self.named(name, value, &["output"])).collect();
        let input: Vec<Value> = entries(self.workflow.get("input"))
            .into_iter()
            .map(|(name, value)| if value.is_null() { json!(name) } else { json!({name: value}) })
            .collect();
        let vars = entries(self.workflow.get("vars"));
        let vars: Vec<Value> =
            vars.iter().map(|(name, value)| json!({name: self.rewrite(value, None, &[], &["vars", name])})).collect();
        self.publish_what_is_asked_for();
        let mut definition = json!({"version": 1.0, "tasks": self.translated});
        for (key, list) in [("input", input), ("vars", vars), ("output", output)] {
            if !list.is_empty() {
                definition[key] = Value::Array(list);
            }
        }
        definition
    }

    fn named(&mut self, name: &str, value: &Value, path: &[&str]) -> Value {
        // In a list of outputs a bare name stands for the variable.
        let value = if value.is_null() { json!(format!("<% $.{name} %>")) } else { value.clone() };
        json!({name: self.rewrite(&value, None, &[], path)})
    }

    fn refuse(&mut self, message: String, path: &[&str]) {
        self.mistakes.push((message, path.iter().map(|&key| key.to_owned()).collect()));
    }

    fn rewrite(&mut self, value: &Value, own_task: Option<&str>, items: &[String], path: &[&str]) -> Value {
        let mut mistakes = Vec::new();
        let mut names = Names {
            own_task,
            within: &self.within,
            items,
            variables: &self.variables,
            tasks: &self.names,
            asked: &mut self.asked,
            mistakes: &mut mistakes,
        };
        let rewritten = rewrite(value, &mut names);
        for message in mistakes {
            self.refuse(message, path);
        }
        rewritten
    }

    fn task(&mut self, name: &str, task: &Map<String, Value>) {
        for key in task.keys().filter(|key| !KNOWN.contains(&key.as_str()) && !SAYS_NOTHING.contains(&key.as_str())) {
            self.refuse(format!("the key `{key}` of a task is not understood"), &["tasks", name, key]);
        }
        let mut out = Map::new();
        let items = self.items(name, task, &mut out);
        self.action(name, task, &items, &mut out);
        if let Some(join) = task.get("join") {
            out.insert("join".to_owned(), if *join == "one" { json!(1) } else { join.clone() });
        }
        self.policies(name, task, &items, &mut out);
        let next = self.transitions(name, task);
        if !next.is_empty() {
            out.insert("next".to_owned(), Value::Array(next));
        }
        if self.translated.insert(plain(name), Value::Object(out)).is_some() {
            self.refuse(format!("another task is called `{}`, too", plain(name)), &["tasks", name]);
        }
    }

    fn action(&mut self, name: &str, task: &Map<String, Value>, items: &[String], out: &mut Map<String, Value>) {
        if let Some(workflow) = task.get("workflow") {
            self.workflow_within(name, workflow, items, out);
        }
        let path = ["tasks", name, "action"];
        match task.get("action").and_then(Value::as_str) {
            None => {}
            Some(action) if matches!(action.split(' ').next(), Some("std.noop" | "std.fail")) => {}
            Some(action) if action.starts_with("std.") => {
                self.refuse(format!("Mistral's own action `{action}` is not there"), &path);
            }
            Some(action) => {
                let action = self.rewrite(&json!(action), None, items, &path);
                out.insert("action".to_owned(), action);
            }
        }
        if let Some(input) = task.get("input").filter(|input| !input.is_null()) {
            let input = self.rewrite(input, None, items, &["tasks", name, "input"]);
            out.insert("input".to_owned(), input);
        }
    }

    /// `workflow`, which names one of the workbook, with or without inputs behind it.
    fn workflow_within(&mut self, name: &str, workflow: &Value, items: &[String], out: &mut Map<String, Value>) {
        let path = ["tasks", name, "workflow"];
        let text = workflow.as_str().unwrap_or_default().trim();
        let called = text.split_whitespace().next().unwrap_or_default();
        if task_has_action(self.tasks, name) {
            self.refuse("a task has an `action` or a `workflow`, not both".to_owned(), &path);
        } else if !self.book.contains(called) {
            self.refuse(format!("there is no workflow `{called}` in the workbook"), &path);
        }
        let text = self.rewrite(&json!(text), None, items, &path);
        out.insert("action".to_owned(), json!(format!("{WITHIN}{}", text.as_str().unwrap_or_default())));
    }

    /// `with-items`; answers what the items are called.
    fn items(&mut self, name: &str, task: &Map<String, Value>, out: &mut Map<String, Value>) -> Vec<String> {
        let written: Vec<&str> = match task.get("with-items") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => return Vec::new(),
        };
        let path = ["tasks", name, "with-items"];
        let (mut names, mut lists) = (Vec::new(), Vec::new());
        let mut languages = BTreeSet::new();
        for entry in written {
            let Some((item, list)) = entry.split_once(" in ") else {
                self.refuse("`with-items` must say NAME in LIST".to_owned(), &path);
                continue;
            };
            names.push(item.trim().to_owned());
            let (language, list) = inside_of(list.trim());
            languages.insert(language);
            lists.push(list);
        }
        let list = match (lists.as_slice(), Vec::from_iter(languages).as_slice()) {
            ([list], ["{{"]) => format!("{{{{ {list} }}}}"),
            ([list], ["<%"]) => format!("<% {list} %>"),
            ([list], _) => list.clone(),
            (lists, ["{{"]) => format!("{{{{ zip({}) }}}}", lists.join(", ")),
            (lists, languages) => {
                if languages.contains(&"{{") {
                    self.refuse("`with-items` can't mix Jinja with anything else".to_owned(), &path);
                }
                format!("<% zip({}) %>", lists.join(", "))
            }
        };
        let list = self.rewrite(&json!(list), None, &[], &path);
        let list = list.as_str().unwrap_or_default();
        let mut with = Map::from_iter([("items".to_owned(), json!(format!("{} in {list}", names.join(", "))))]);
        if let Some(concurrency) = task.get("concurrency") {
            let concurrency = self.rewrite(concurrency, None, &[], &["tasks", name, "concurrency"]);
            with.insert("concurrency".to_owned(), concurrency);
        }
        out.insert("with".to_owned(), Value::Object(with));
        names
    }

    fn policies(&mut self, name: &str, task: &Map<String, Value>, items: &[String], out: &mut Map<String, Value>) {
        let defaults = self.workflow.get("task-defaults").and_then(Value::as_object);
        let policy = |key: &str| {
            let own = task.get(key).or_else(|| task.get("policies")?.get(key));
            own.or_else(|| defaults?.get(key).or_else(|| defaults?.get("policies")?.get(key))).cloned()
        };
        if let Some(delay) = policy("wait-before") {
            let delay = self.rewrite(&delay, None, items, &["tasks", name, "wait-before"]);
            out.insert("delay".to_owned(), delay);
        }
        match policy("pause-before") {
            None | Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => {
                self.pauses.insert(plain(name));
            }
            Some(_) => {
                self.refuse("`pause-before` must be true or false".to_owned(), &["tasks", name, "pause-before"]);
            }
        }
        if let Some(timeout) = policy("timeout") {
            // An action ends itself after its own `timeout`; one that has none refuses the parameter by name.
            let timeout = self.rewrite(&timeout, None, items, &["tasks", name, "timeout"]);
            let input = out.entry("input").or_insert_with(|| json!({}));
            if let Some(input) = input.as_object_mut() {
                input.entry("timeout").or_insert(timeout);
            }
        }
        if let Some(retry) = policy("retry") {
            self.retry(name, &retry, out);
        }
    }

    fn retry(&mut self, name: &str, retry: &Value, out: &mut Map<String, Value>) {
        let path = ["tasks", name, "retry"];
        let inline = |text: &str| {
            let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
            pairs.map(|(key, value)| (key.to_owned(), squall_yaml::parse(value).unwrap_or_default())).collect()
        };
        let retry: Map<String, Value> = match retry {
            Value::Object(retry) => retry.clone(),
            Value::String(text) => inline(text),
            _ => return self.refuse("`retry` must be a mapping".to_owned(), &path),
        };
        let mut translated = Map::new();
        for (key, value) in &retry {
            let value = self.rewrite(value, Some(name), &[], &path);
            let inside =
                value.as_str().map(|text| text.trim_start_matches("<%").trim_end_matches("%>").trim().to_owned());
            match (key.as_str(), inside) {
                ("count" | "delay", _) => drop(translated.insert(key.clone(), value)),
                ("break-on", Some(inside)) => {
                    translated.insert("when".to_owned(), json!(format!("<% failed() and not ({inside}) %>")));
                }
                ("continue-on", Some(inside)) => {
                    translated.insert("when".to_owned(), json!(format!("<% {inside} %>")));
                }
                _ => self.refuse(format!("`{key}` of `retry` is not understood"), &path),
            }
        }
        out.insert("retry".to_owned(), Value::Object(translated));
    }

    /// Lets tasks publish their results under their names where others ask for them.
    fn publish_what_is_asked_for(&mut self) {
        for name in &self.asked {
            let Some(Value::Object(task)) = self.translated.get_mut(&plain(name)) else { continue };
            let result = if self.within.contains(name) { "<% result().output %>" } else { "<% result() %>" };
            let next = task.entry("next").or_insert_with(|| json!([]));
            let Value::Array(next) = next else { continue };
            if !next.iter().any(|entry| entry["when"] == "<% succeeded() %>") {
                next.insert(0, json!({"when": "<% succeeded() %>"}));
            }
            for entry in next {
                let mut publish = vec![json!({plain(name): result})];
                publish.extend(entry["publish"].as_array().cloned().unwrap_or_default());
                entry["publish"] = Value::Array(publish);
            }
        }
    }
}

/// What a task is called in Orquesta, whose names have no other characters.
pub(crate) fn plain(name: &str) -> String {
    name.chars().map(|character| if character.is_alphanumeric() { character } else { '_' }).collect()
}

/// Returns what a list is written in, by what it begins with, and the list without that. A list of constants may stand as it is.
fn inside_of(list: &str) -> (&'static str, String) {
    for (open, close) in [("<%", "%>"), ("{{", "}}")] {
        if let Some(inside) = list.strip_prefix(open).and_then(|list| list.strip_suffix(close)) {
            return (open, inside.trim().to_owned());
        }
    }
    match squall_yaml::parse(list) {
        Ok(constants @ Value::Array(_)) if !list.contains("<%") && !list.contains("{{") => ("<%", literal(&constants)),
        _ => ("", list.to_owned()),
    }
}

/// Writes a value as YAQL.
fn literal(value: &Value) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(pairs) => {
            let pair = |(key, value): (&String, &Value)| format!("{} => {}", quoted(key), literal(value));
            format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn task_has_action(tasks: &Map<String, Value>, name: &str) -> bool {
    tasks.get(name).and_then(|task| task.get("action")).is_some()
}

fn listed(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one],
    }
}

/// Names with values, from a mapping or a list of names and mappings.
fn entries(value: Option<&Value>) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for entry in listed(value) {
        match entry {
            Value::String(name) => found.push((name.clone(), Value::Null)),
            Value::Object(fields) => found.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone()))),
            _ => {}
        }
    }
    found
}
