//! What the templates of a chain see, and their rendering.

use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value, json};
use squall_jinja::{Context, Environment, Limits, python};
use squall_parameters::render_value;

use crate::answers::{Answers, Stored};

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| Environment::stackstorm(Limits::default()));

/// Collects what one rendering sees; later names hide earlier ones.
pub(crate) struct Names(Context);

impl Names {
    pub(crate) fn new(answers: &Arc<Answers>) -> Self {
        let mut names = Context::new();
        let lookup = |prefix| Arc::new(Stored { answers: Arc::clone(answers), prefix });
        names.insert_lookup("st2kv", lookup(""));
        names.insert_lookup("system", lookup("system."));
        Self(names)
    }

    pub(crate) fn with(mut self, values: &Map<String, Value>) -> Self {
        for (name, value) in values {
            self.0.insert(name.as_str(), value);
        }
        self
    }

    pub(crate) fn and(mut self, name: &str, value: &Value) -> Self {
        self.0.insert(name, value);
        self
    }

    /// Renders each value of a mapping.
    pub(crate) fn render(&self, mapping: &Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        let mut names = self.0.clone();
        names.insert_self("__context");
        let mut rendered = Map::new();
        for (name, value) in mapping {
            let failed = |message| Failure { name: name.clone(), template: template_of(value), message };
            rendered.insert(name.clone(), render_value(&ENVIRONMENT, value, &names).map_err(failed)?);
        }
        Ok(rendered)
    }
}

/// A value that does not render.
pub(crate) struct Failure {
    name: String,
    template: String,
    message: String,
}

impl Failure {
    /// Returns the text of StackStorm, which says what for and where it was rendered.
    pub(crate) fn of(&self, what: &str, task: &str) -> String {
        let Self { name, template, message } = self;
        format!(
            "Failed rendering value for {what} parameter \"{name}\" in task \"{task}\" (template string={template}): {message}"
        )
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

fn template_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => python::text(&json!(other.to_string())),
    }
}
