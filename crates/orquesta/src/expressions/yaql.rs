//! YAQL in a definition: the bridge to `squall-yaql`.

use serde_json::{Map, Value};
use squall_jinja::filters::{Filter, TABLE, WORKFLOW_TABLE};
use squall_yaql::{Dict, Expression, HostError as YaqlHostError, Text as YaqlText, Value as YaqlValue};

use super::error::{Cause, ExpressionError};
use super::functions::{self, Facts};
use super::scope::Scope;
use crate::context::Variables;
use crate::host::{HostError, Question};
use crate::status::Status;

/// One `<% … %>`, parsed.
#[derive(Clone, Debug)]
pub(super) struct YaqlExpression {
    /// With its delimiters.
    written: String,
    parsed: Result<Expression, squall_yaql::ParseError>,
}

/// What an expression answered: typed, or as the text it stands for inside other text.
pub(super) enum Answer {
    Text(String),
    Other(String),
}

impl YaqlExpression {
    pub(super) fn new(written: &str) -> Self {
        let parsed = Expression::parse(super::Language::Yaql.strip(written));
        Self { written: written.to_owned(), parsed }
    }

    pub(super) fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, ExpressionError> {
        self.run(scope, Expression::evaluate)
    }

    pub(super) fn evaluate_text(&self, scope: &Scope<'_>) -> Result<Answer, ExpressionError> {
        self.run(scope, |parsed, scope| {
            parsed.evaluate_with(scope, |value| match value {
                YaqlValue::String(text) => Answer::Text(text.to_string()),
                other => Answer::Other(squall_yaql::python_str(other)),
            })
        })
    }

    fn run<T>(
        &self,
        scope: &Scope<'_>,
        evaluate: impl FnOnce(&Expression, &squall_yaql::Scope<'_>) -> Result<T, squall_yaql::EvaluationError>,
    ) -> Result<T, ExpressionError> {
        let failed = |class: &str, message: &str, position: Option<usize>| {
            ExpressionError::yaql(&self.written, class, message, position)
        };
        let parsed =
            self.parsed.as_ref().map_err(|error| failed(error.class, &error.message, place(error, &self.written)))?;
        let functions = Functions(*scope);
        let answer = evaluate(parsed, &squall_yaql::Scope::new(&functions));
        answer.map_err(|error| failed(&error.class, &error.message, error.position))
    }
}

/// A text that ends too early is wrong at its end.
fn place(error: &squall_yaql::ParseError, written: &str) -> Option<usize> {
    error.position.or_else(|| Some(super::Language::Yaql.strip(written).chars().count()))
}

/// Evaluates a text without delimiters as YAQL alone does: `$` is the data.
pub(super) fn evaluate_alone(inside: &str, scope: &Scope<'_>, data: &Value) -> Result<Value, Cause> {
    let failed = |class: &str, message: &str, position| Cause {
        expression: inside.to_owned(),
        class: class.to_owned(),
        message: message.to_owned(),
        position,
    };
    let parsed =
        Expression::parse(inside).map_err(|error| failed(error.class, &error.message, place(&error, inside)))?;
    let functions = Functions(*scope);
    let mut scope = squall_yaql::Scope::new(&functions);
    scope.data = Some(data);
    parsed.evaluate(&scope).map_err(|error| failed(&error.class, &error.message, error.position))
}

/// The names that can be called.
pub(super) fn known_names() -> Vec<&'static str> {
    let library = squall_yaql::standard_functions().map(|entry| entry.name);
    let filters = TABLE.iter().chain(WORKFLOW_TABLE).map(|filter| filter.name);
    library.filter(|name| !name.starts_with('#')).chain(functions::NAMES).chain(filters).collect()
}

/// Evaluates a text that is one expression, with sets, dates and keys that JSON does not have in the form that `use_value`
/// gives them. None for anything else, for what fails and for texts: they may be expressions again.
pub(crate) fn evaluate_typed(
    text: &str,
    scope: &Scope<'_>,
    use_value: impl FnOnce(&YaqlValue<'_>) -> Value,
) -> Option<Value> {
    let spans = super::Language::Yaql.spans(text);
    if spans.len() != 1 || spans.iter().any(|span| span.len() != text.len()) {
        return None;
    }
    let value = YaqlExpression::new(text).run(scope, |parsed, scope| parsed.evaluate_with(scope, use_value)).ok()?;
    Some(value).filter(|value| !value.is_string())
}

/// The first thing wrong with the inside of an expression.
pub(super) fn syntax_error(inside: &str) -> Option<String> {
    Expression::parse(inside).err().map(|error| error.message)
}

struct Functions<'a>(Scope<'a>);

impl Facts for Functions<'_> {
    fn variables(&self) -> &Variables {
        self.0.variables
    }

    fn current_task(&self) -> Option<(&str, usize)> {
        self.0.task.as_ref().map(|task| (task.id, task.route))
    }

    fn result(&self) -> Option<&Value> {
        self.0.task.as_ref().and_then(|task| task.result)
    }

    fn item(&self) -> Option<&Value> {
        self.0.item
    }

    fn status(&self, task_id: &str, route: usize) -> Result<Status, HostError> {
        Ok(self.0.task_status(task_id, route))
    }

    fn ask(&self, question: Question) -> Result<Value, HostError> {
        self.0.answers.ask(&question)
    }
}

impl Functions<'_> {
    /// What is only looked at is handed out without copying it.
    fn borrowed<'v>(&'v self, name: &str, arguments: &[YaqlValue<'v>]) -> Option<Result<YaqlValue<'v>, HostError>> {
        let key = match arguments {
            [] => None,
            [YaqlValue::String(key)] if !key.is_empty() => Some(key),
            [YaqlValue::Null] => None,
            _ => return None,
        };
        match (name, key) {
            ("ctx", None) => {
                let public = self.0.variables.iter().filter(|(name, _)| !name.starts_with("__"));
                let entries = public.map(|(name, value)| (YaqlText::Borrowed(name), YaqlValue::from_json(value)));
                Some(Ok(YaqlValue::Dict(Dict::from_entries(entries))))
            }
            ("ctx", Some(key)) => Some(functions::variable(self.0.variables, key).map(YaqlValue::from_json)),
            ("item", None) => Some(Ok(self.0.item.map_or(YaqlValue::Null, YaqlValue::from_json))),
            ("item", Some(key)) => {
                let item = self.0.item.unwrap_or(&Value::Null);
                Some(functions::item_part(item, key).map(YaqlValue::from_json))
            }
            ("result", None) => {
                Some(functions::result(self).map(|result| result.map_or(YaqlValue::Null, YaqlValue::from_json)))
            }
            _ => None,
        }
    }
}

impl squall_yaql::Functions for Functions<'_> {
    fn knows(&self, name: &str) -> bool {
        functions::NAMES.contains(&name) || filter(name).is_some()
    }

    fn call<'v>(
        &'v self,
        name: &str,
        arguments: &[YaqlValue<'v>],
        keywords: &[(String, YaqlValue<'v>)],
    ) -> Result<YaqlValue<'v>, YaqlHostError> {
        let failed = |error: HostError| YaqlHostError::Failed { class: error.class, message: error.message };
        if keywords.is_empty()
            && let Some(answer) = self.borrowed(name, arguments)
        {
            return answer.map_err(failed);
        }
        let arguments: Vec<Value> = arguments.iter().map(YaqlValue::to_json).collect();
        let keywords: Map<String, Value> =
            keywords.iter().map(|(name, value)| (name.clone(), value.to_json())).collect();
        let answer = match functions::call(self, name, &arguments, &keywords) {
            Some(answer) => answer,
            None => call_filter(name, &arguments, &keywords),
        };
        answer.map(YaqlValue::from_owned_json).map_err(failed)
    }

    fn now_microseconds(&self) -> Option<i64> {
        self.0.answers.ask(&Question::Now).ok()?.as_i64()
    }

    fn random(&self) -> Option<f64> {
        self.0.answers.ask(&Question::Random).ok()?.as_f64()
    }
}

/// StackStorm's own functions, which need nothing of the workflow.
fn filter(name: &str) -> Option<&'static Filter> {
    TABLE.iter().chain(WORKFLOW_TABLE).find(|filter| filter.name == name)
}

fn call_filter(name: &str, arguments: &[Value], keywords: &Map<String, Value>) -> Result<Value, HostError> {
    let Some(filter) = filter(name) else {
        return Err(HostError::new("NoFunctionRegisteredException", format!("Unknown function \"{name}\"")));
    };
    (filter.call)(arguments, keywords).map_err(|error| HostError::new(&error.class, error.message))
}
