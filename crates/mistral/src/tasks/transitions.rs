//! Where a task leads to.
//!
//! Mistral asks the conditions of a task's transitions after the task has published; Orquesta before. So conditions are
//! asked by a task without an action that follows, `TASK__then` or, after a failure, `TASK__else`.

use serde_json::{Map, Value, json};

use super::{Translator, listed, plain};

/// One entry of `on-success` and its like.
struct Target {
    name: String,
    condition: Option<Value>,
}

impl Target {
    fn fail() -> Self {
        Self { name: "fail".to_owned(), condition: None }
    }
}

impl Translator<'_> {
    pub(super) fn transitions(&mut self, name: &str, task: &Map<String, Value>) -> Vec<Value> {
        let publish = self.published(name, task, "publish");
        let after_failure = self.published(name, task, "publish-on-error");
        let complete = self.targets(name, task, "on-complete");
        let both = |own: Vec<Target>| -> Vec<Target> {
            let complete =
                complete.iter().map(|target| Target { name: target.name.clone(), condition: target.condition.clone() });
            own.into_iter().chain(complete).collect()
        };
        let success = both(self.targets(name, task, "on-success"));
        let failure = both(self.targets(name, task, "on-error"));
        let fails = task.get("action").and_then(Value::as_str).is_some_and(|action| action.trim() == "std.fail");
        if fails {
            // It runs nothing that could fail; it goes the way of a failure.
            let failure = if failure.is_empty() { vec![Target::fail()] } else { failure };
            let mut entry = json!({});
            self.lead(name, "else", failure, None, &mut entry);
            return vec![entry];
        }
        let wait = task.get("wait-after").or_else(|| task.get("policies")?.get("wait-after")).cloned();
        let mut next = Vec::new();
        if !publish.is_empty() || !success.is_empty() {
            let mut entry = json!({"when": "<% succeeded() %>"});
            if !publish.is_empty() {
                entry["publish"] = Value::Array(publish);
            }
            self.lead(name, "then", success, wait.as_ref(), &mut entry);
            next.push(entry);
        }
        if !failure.is_empty() || !after_failure.is_empty() {
            let mut entry = json!({"when": "<% failed() %>"});
            // Nobody answers the failure by publishing after it.
            let failure = if failure.is_empty() { vec![Target::fail()] } else { failure };
            if !after_failure.is_empty() {
                entry["publish"] = Value::Array(after_failure);
            }
            self.lead(name, "else", failure, wait.as_ref(), &mut entry);
            next.push(entry);
        }
        next
    }

    fn published(&mut self, name: &str, task: &Map<String, Value>, key: &str) -> Vec<Value> {
        let published = task.get(key).and_then(Value::as_object).into_iter().flatten();
        published
            .map(|(variable, value)| {
                json!({variable: self.rewrite(value, Some(name), &[], &["tasks", name, key, variable])})
            })
            .collect()
    }

    /// Lets a transition lead to its targets: at once, or by way of a task that waits or asks their conditions.
    fn lead(&mut self, name: &str, word: &str, targets: Vec<Target>, wait: Option<&Value>, entry: &mut Value) {
        let (asked, direct): (Vec<Target>, Vec<Target>) =
            targets.into_iter().partition(|target| wait.is_some() || target.condition.is_some());
        let mut names: Vec<String> = direct.into_iter().map(|target| target.name).collect();
        if !asked.is_empty() {
            let between = format!("{}__{word}", plain(name));
            names.push(between.clone());
            let mut next = Vec::new();
            for target in asked {
                let mut transition = json!({"do": [target.name]});
                if let Some(condition) = target.condition {
                    transition["when"] = self.rewrite(&condition, None, &[], &["tasks", name]);
                }
                next.push(transition);
            }
            let mut task = json!({"next": next});
            if let Some(wait) = wait {
                task["action"] = json!("core.noop");
                task["delay"] = self.rewrite(wait, None, &[], &["tasks", name, "wait-after"]);
            }
            self.translated.insert(between, task);
        }
        if !names.is_empty() {
            entry["do"] = json!(names);
        }
    }

    /// What a task leads to, or what all tasks lead to that do not say; a task never leads to itself by that.
    fn targets(&mut self, name: &str, task: &Map<String, Value>, key: &str) -> Vec<Target> {
        let own = task.get(key).filter(|list| !list.is_null());
        let defaults = || self.workflow.get("task-defaults")?.get(key);
        let mut targets = Vec::new();
        for entry in listed(own.or_else(defaults)) {
            match entry {
                Value::String(target) => targets.push((target.clone(), None)),
                Value::Object(entry) => {
                    targets.extend(entry.iter().map(|(target, condition)| (target.clone(), Some(condition.clone()))));
                }
                _ => {}
            }
        }
        targets.retain(|(target, _)| own.is_some() || target != name);
        let mut found = Vec::new();
        for (target, condition) in targets {
            match target.as_str() {
                "pause" => found.push(Target { name: self.pause_after(name), condition }),
                "succeed" => found.push(Target { name: "noop".to_owned(), condition }),
                _ => found.push(Target { name: plain(&target), condition }),
            }
        }
        found
    }

    /// The command `pause` is a task that does nothing, before which the workflow pauses.
    fn pause_after(&mut self, name: &str) -> String {
        let pause = format!("{}__pause", plain(name));
        self.translated.insert(pause.clone(), json!({}));
        self.pauses.insert(pause.clone());
        pause
    }
}
