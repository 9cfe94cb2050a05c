//! One expression by itself, for its author: evaluated without a workflow, its mistakes with their place.

use serde_json::{Map, Value};

use super::detect::Language;
use super::error::{Cause, ExpressionError};
use super::scope::{CurrentTask, Scope, TaskStatuses};
use super::{Template, jinja, yaql};
use crate::context::Variables;
use crate::host::{Answers, Host};
use crate::options::Options;
use crate::status::Status;

/// An expression that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// As a workflow would log it: for a text with delimiters in StackStorm's words, else in those of the language.
    pub class: String,
    pub message: String,
    /// Characters from the beginning of the text, where that is known.
    pub at: Option<usize>,
    /// What went wrong inside.
    pub cause: Option<Box<Cause>>,
}

/// Evaluates a value as a workflow does where it has delimiters. A text without them is evaluated as the language alone does, if
/// one is named: then the context is `$` in YAQL and its parts are variables in Jinja.
pub fn evaluate_for_author(
    expression: &Value,
    language: Option<Language>,
    context: &Map<String, Value>,
    host: &dyn Host,
) -> Result<Value, Unmet> {
    in_context(context, host, |scope| evaluate(expression, language, context, scope))
}

fn evaluate(
    expression: &Value,
    language: Option<Language>,
    context: &Map<String, Value>,
    scope: &Scope<'_>,
) -> Result<Value, Unmet> {
    match (expression, language) {
        (Value::String(text), Some(language)) if !language.is_in(text) => {
            let answer = match language {
                Language::Yaql => yaql::evaluate_alone(text, scope, &Value::Object(context.clone())),
                Language::Jinja => jinja::evaluate_alone(text, scope, context),
            };
            answer.map_err(|cause| Unmet::alone(text, cause))
        }
        (Value::String(text), Some(language)) => {
            let template = Template::in_language(text, language, Options::default());
            template.evaluate(scope).map_err(|error| Unmet::within(text, error))
        }
        _ => {
            let template = Template::new(expression, Options::default());
            let text = expression.as_str().unwrap_or_default();
            template.evaluate(scope).map_err(|error| Unmet::within(text, error))
        }
    }
}

/// Lets expressions see what stands in a context: variables, and in `__current_task`, `__current_item` and `__state` what the
/// functions about the workflow answer.
pub(crate) fn in_context<T>(context: &Map<String, Value>, host: &dyn Host, run: impl FnOnce(&Scope<'_>) -> T) -> T {
    let variables = Variables::from(context.clone());
    let task = context.get("__current_task").filter(|task| task.is_object()).map(|task| CurrentTask {
        id: task["id"].as_str().unwrap_or_default(),
        route: task["route"].as_u64().and_then(|route| usize::try_from(route).ok()).unwrap_or(0),
        result: task.get("result"),
    });
    let state = context.get("__state").cloned().unwrap_or_default();
    let statuses = RecordedStatuses(&state);
    let answers = Answers::new(host, Vec::new());
    let item = context.get("__current_item");
    run(&Scope { variables: &variables, task, item, statuses: Some(&statuses), answers: &answers })
}

/// The state of a workflow as it stands in a context.
struct RecordedStatuses<'a>(&'a Value);

impl TaskStatuses for RecordedStatuses<'_> {
    fn routes(&self) -> usize {
        self.0["routes"].as_array().map_or(0, Vec::len)
    }

    fn route_contains(&self, route: usize, earlier: usize) -> bool {
        let steps = |route: usize| self.0["routes"][route].as_array().cloned().unwrap_or_default();
        let own = steps(route);
        steps(earlier).iter().all(|step| own.contains(step))
    }

    fn status_on(&self, task_id: &str, route: usize) -> Option<Status> {
        let index = self.0["tasks"][format!("{task_id}__r{route}")].as_u64()?;
        let entry = &self.0["sequence"][usize::try_from(index).ok()?];
        entry["status"].as_str()?.parse().ok()
    }
}

/// The functions and filters that an expression can name.
pub fn known_names(language: Language) -> Vec<&'static str> {
    match language {
        Language::Yaql => yaql::known_names(),
        Language::Jinja => jinja::known_names(),
    }
}

impl Unmet {
    fn alone(text: &str, cause: Cause) -> Self {
        let at = cause.place_inside(text).or(Some(0));
        let (class, message) = (cause.class.clone(), cause.message.clone());
        Self { class, message, at, cause: Some(Box::new(cause)) }
    }

    fn within(text: &str, error: ExpressionError) -> Self {
        let ExpressionError { class, message, cause } = error;
        let at = cause.as_ref().and_then(|cause| cause.place_in(text));
        Self { class, message, at, cause }
    }
}

impl Cause {
    /// Characters from the beginning of a text that the expression stands in.
    pub fn place_in(&self, text: &str) -> Option<usize> {
        let start = text.find(&self.expression)?;
        let inside = self.expression.trim_start_matches(['<', '%', '{', ' ']);
        let opening = self.expression.len() - inside.len();
        let characters_before = |end: usize| text[..end].chars().count();
        match self.place_inside(inside) {
            Some(position) => Some(characters_before(start + opening) + position),
            None => Some(characters_before(start)),
        }
    }

    /// The language points at the call of `ctx`, or at the dot before a method; meant is the name.
    fn place_inside(&self, inside: &str) -> Option<usize> {
        let Some(position) = self.position else { return place_of_name(inside, self.name()?) };
        let rest: String = inside.chars().skip(position).collect();
        let is_a_variable = self.class == "VariableUndefinedError";
        let to_name = self.name().and_then(|name| place_of_name(&rest, name)).filter(|before| {
            is_a_variable || rest.chars().take(*before).all(|character| character == '.' || character == ' ')
        });
        Some(position + to_name.unwrap_or(0))
    }

    /// The name that the message is about, if it is about one.
    pub fn name(&self) -> Option<&str> {
        // Names stand in double quotes, and what they were looked for in may stand in single ones.
        let unresolved = self.message.strip_prefix("There are unresolved variables: ");
        let quoted = self.message.split('"').nth(1).or(unresolved).or_else(|| last_quoted(&self.message))?;
        let name = quoted.rsplit('#').next().unwrap_or(quoted);
        let name = name.rsplit(['.', '(', ')']).find(|part| !part.is_empty()).unwrap_or(name);
        Some(name.trim_matches(['\'', '"'])).filter(|name| !name.is_empty())
    }
}

/// Where a name stands in an expression.
fn place_of_name(expression: &str, name: &str) -> Option<usize> {
    expression.find(name).map(|start| expression[..start].chars().count())
}

fn last_quoted(message: &str) -> Option<&str> {
    let end = message.rfind('\'')?;
    let start = message[..end].rfind('\'')?;
    Some(&message[start + 1..end]).filter(|name| !name.is_empty())
}
