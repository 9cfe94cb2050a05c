//! Jinja in a definition: the bridge to `squall-jinja`.
//!
//! Jinja's functions own what they know. What has to be asked of the workflow or the host is asked in rounds: a
//! function that misses a fact notes the question and gives up, the question is answered, the expression runs again.

use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::{Map, Value};
use squall_jinja::filters::{TABLE, WORKFLOW_TABLE};
use squall_jinja::{Context, Environment, Error, ErrorKind, Evaluated, HostError as JinjaHostError, Limits};

use super::detect::{Language, has_blocks};
use super::error::Cause;
use super::functions::{self, Facts};
use super::scope::Scope;
use crate::context::Variables;
use crate::host::{HostError, Question};
use crate::status::Status;

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| Environment::orquesta(Limits::default()));

/// How many facts one expression may ask for.
const ROUNDS: usize = 64;

pub(super) fn evaluate(inside: &str, scope: &Scope<'_>) -> Result<Evaluated, Error> {
    in_rounds(inside, scope, |context| ENVIRONMENT.evaluate(inside, context))
}

pub(super) fn render(template: &str, scope: &Scope<'_>) -> Result<String, Error> {
    in_rounds(template, scope, |context| ENVIRONMENT.render(template, context))
}

/// Evaluates a text without delimiters as Jinja alone does: the data's parts are variables.
pub(super) fn evaluate_alone(inside: &str, scope: &Scope<'_>, data: &Map<String, Value>) -> Result<Value, Cause> {
    let failed = |class: &str, message: String| Cause {
        expression: inside.to_owned(),
        class: class.to_owned(),
        message,
        position: None,
    };
    let outcome = in_rounds(inside, scope, |context| {
        let mut context = context.clone();
        for (name, value) in data {
            context.insert(name, value);
        }
        ENVIRONMENT.evaluate(inside, &context)
    });
    match outcome.map_err(|error| failed(&error.class, error.message))? {
        Evaluated::Value(value) => Ok(value),
        Evaluated::Undefined => Err(failed("UndefinedError", format!("'{inside}' is undefined"))),
    }
}

/// The filters of Jinja2 that one may think of; those that are here are known.
const OF_JINJA: [&str; 46] = [
    "abs",
    "attr",
    "batch",
    "capitalize",
    "center",
    "default",
    "dictsort",
    "escape",
    "filesizeformat",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
    "urlize",
    "xmlattr",
];

/// The names that can be called.
pub(super) fn known_names() -> Vec<&'static str> {
    let filters = TABLE.iter().chain(WORKFLOW_TABLE).map(|filter| filter.name);
    let of_jinja = OF_JINJA.into_iter().filter(|name| is_filter(name));
    functions::NAMES.into_iter().chain(filters).chain(of_jinja).collect()
}

fn is_filter(name: &str) -> bool {
    let error = ENVIRONMENT.evaluate(&format!("0|{name}"), &Context::new()).err();
    !error.is_some_and(|error| is_found_only_when_run(&error))
}

/// The first thing wrong with a template.
pub(super) fn template_error(text: &str) -> Option<String> {
    let error = ENVIRONMENT.undeclared(text).err()?;
    (!is_found_only_when_run(&error)).then_some(error.message)
}

/// The first thing wrong with the inside of an expression. It is not evaluated far: it knows no names. What stands after the
/// expression is found in the whole text.
pub(super) fn expression_error(inside: &str) -> Option<String> {
    let error = ENVIRONMENT.evaluate(inside, &Context::new()).err()?;
    let is_here = error.kind == ErrorKind::Syntax && error.message != "chunk after expression";
    // The line is told to those who evaluate.
    let words = || error.message.split("\n  line ").next().map(str::to_owned);
    if is_here && !is_found_only_when_run(&error) { words() } else { None }
}

/// The filters in a text that do not exist, each with where it stands.
pub(crate) fn unknown_filters(text: &str) -> Vec<(&str, usize)> {
    let whole = has_blocks(text).then_some(0..text.len());
    let parts = whole.map_or_else(|| Language::Jinja.spans(text), |whole| std::iter::once(whole).collect());
    let mut unknown = Vec::new();
    for part in parts {
        for name in filter_names(&text[part.clone()]) {
            let start = part.start + name.start;
            let name = &text[start..part.start + name.end];
            if !is_filter(name) {
                unknown.push((name, start));
            }
        }
    }
    unknown
}

/// Where the names after `|` are, outside of texts in quotes.
fn filter_names(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut position, mut quote) = (0, None);
    while let Some(byte) = bytes.get(position).copied() {
        match (quote, byte) {
            (Some(_), b'\\') => position += 1,
            (Some(open), _) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'|') => {
                let rest = text[position + 1..].trim_start();
                let start = text.len() - rest.len();
                let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
                let end = start + rest.find(|character| !is_part(character)).unwrap_or(rest.len());
                if end > start {
                    found.push(start..end);
                }
            }
            _ => {}
        }
        position += 1;
    }
    found
}

/// Jinja2 reads a template without asking whether its filters and tests are there.
fn is_found_only_when_run(error: &Error) -> bool {
    ["No filter named ", "No test named "].iter().any(|start| error.message.starts_with(start))
}

fn in_rounds<T>(text: &str, scope: &Scope<'_>, run: impl Fn(&Context) -> Result<T, Error>) -> Result<T, Error> {
    let mut answered = Vec::new();
    let mut facts = OwnedFacts::of(text, scope);
    for _ in 0..ROUNDS {
        facts.answered.clone_from(&answered);
        let functions = Arc::new(Functions { facts: facts.clone(), missing: Mutex::new(None) });
        let mut context = Context::new();
        context.set_functions(Arc::clone(&functions) as Arc<dyn squall_jinja::Functions>);
        let outcome = run(&context);
        let missing = functions.missing.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(wanted) = missing else { return outcome };
        let answer = wanted.answer(scope);
        answered.push((wanted, answer));
    }
    run(&Context::new())
}

/// A fact that is not known before the expression runs.
#[derive(Clone, Debug, PartialEq)]
enum Wanted {
    Status { task_id: String, route: usize },
    Answer(Question),
}

impl Wanted {
    fn answer(&self, scope: &Scope<'_>) -> Result<Value, HostError> {
        match self {
            Self::Status { task_id, route } => Ok(Value::from(scope.task_status(task_id, *route).as_str())),
            Self::Answer(question) => scope.answers.ask(question),
        }
    }
}

#[derive(Clone)]
struct OwnedFacts {
    variables: Variables,
    task: Option<(String, usize)>,
    result: Option<Arc<Value>>,
    item: Option<Arc<Value>>,
    answered: Vec<(Wanted, Result<Value, HostError>)>,
}

impl OwnedFacts {
    /// Copies only what the text mentions.
    fn of(text: &str, scope: &Scope<'_>) -> Self {
        let copied = |name: &str, value: Option<&Value>| value.filter(|_| text.contains(name)).cloned().map(Arc::new);
        Self {
            variables: scope.variables.clone(),
            task: scope.task.map(|task| (task.id.to_owned(), task.route)),
            result: copied("result", scope.task.and_then(|task| task.result)),
            item: copied("item", scope.item),
            answered: Vec::new(),
        }
    }
}

struct Functions {
    facts: OwnedFacts,
    missing: Mutex<Option<Wanted>>,
}

impl Functions {
    fn look_up(&self, wanted: Wanted) -> Result<Value, HostError> {
        let known = self.facts.answered.iter().find(|(answered, _)| *answered == wanted);
        if let Some((_, answer)) = known {
            return answer.clone();
        }
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(wanted);
        Err(HostError::new("ExpressionEvaluationException", "A fact is missing."))
    }
}

impl Facts for Functions {
    fn variables(&self) -> &Variables {
        &self.facts.variables
    }

    fn current_task(&self) -> Option<(&str, usize)> {
        self.facts.task.as_ref().map(|(id, route)| (id.as_str(), *route))
    }

    fn result(&self) -> Option<&Value> {
        self.facts.result.as_deref()
    }

    fn item(&self) -> Option<&Value> {
        self.facts.item.as_deref()
    }

    fn status(&self, task_id: &str, route: usize) -> Result<Status, HostError> {
        let status = self.look_up(Wanted::Status { task_id: task_id.to_owned(), route })?;
        Ok(status.as_str().and_then(|status| status.parse().ok()).unwrap_or_default())
    }

    fn ask(&self, question: Question) -> Result<Value, HostError> {
        self.look_up(Wanted::Answer(question))
    }
}

impl squall_jinja::Functions for Functions {
    fn knows(&self, name: &str) -> bool {
        functions::NAMES.contains(&name)
    }

    fn call(
        &self,
        name: &str,
        arguments: &[Value],
        keywords: &Map<String, Value>,
    ) -> Option<Result<Value, JinjaHostError>> {
        let answer = functions::call(self, name, arguments, keywords)?;
        Some(answer.map_err(|error| JinjaHostError::new(error.class, error.message)))
    }
}
