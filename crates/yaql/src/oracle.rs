//! Answers questions in the form in which the original's answers are recorded: one JSON object a question, `{"ok"}` or
//! `{"err"}` an answer. What is asked by hand, by a test and by a program that compares us with the original is
//! answered by the same code.

mod tagged;
mod tree;

use serde_json::{Value as Json, json};

use crate::{Dialect, EvaluationError, Expression, Functions, Limits, ParseError, Scope};

pub use tagged::tag;

/// Whether a question is one of this language's.
pub fn knows(operation: &str) -> bool {
    matches!(operation, "parse" | "yaql_parse" | "yaql" | "yaql_evaluate")
}

/// Parses (`op` is `parse`) or evaluates (`yaql`) the `expr` of a question.
pub fn answer(question: &Json) -> Json {
    let Some(expression) = question["expr"].as_str() else {
        return refusal("TypeError", "an expression is a text");
    };
    match question["op"].as_str() {
        Some("parse" | "yaql_parse") => match Expression::parse_dialect(expression, dialect(question)) {
            Ok(parsed) => json!({ "ok": tree::of(&parsed.ast().root) }),
            Err(error) => unreadable(&error),
        },
        _ => evaluate(question, expression),
    }
}

/// An answer that is an error.
pub fn refusal(class: &str, message: &str) -> Json {
    json!({ "err": { "class": class, "message": message } })
}

fn unreadable(error: &ParseError) -> Json {
    json!({ "err": { "class": error.class, "message": error.message, "position": error.position } })
}

fn dialect(question: &Json) -> Dialect {
    let flag = |part: &str, name: &str| question[part][name].as_bool().unwrap_or(false);
    Dialect {
        delegates: flag("dialect", "delegates"),
        legacy: question["dialect"]["operators"] == "legacy",
        legacy_functions: flag("context", "legacy"),
    }
}

fn evaluate(question: &Json, expression: &str) -> Json {
    let data = tagged::untag(&question["data"]);
    let variables = tagged::untag(&question["vars"]);
    let mut scope = Scope::new(&StandardLibrary);
    scope.data = question.get("data").is_some().then_some(&data);
    if let Some(limit) = question["options"]["yaql.limitIterators"].as_u64() {
        scope.limits = Limits { items: limit, ..Limits::default() };
    }
    if let Some(variables) = variables.as_object() {
        scope.variables = variables.iter().map(|(name, value)| (name.trim_start_matches('$'), value)).collect();
    }
    let text = tagged::with_dates(expression, question);
    let parsed = match Expression::parse_dialect(&text, dialect(question)) {
        Ok(parsed) => parsed,
        Err(error) => return unreadable(&error),
    };
    let sets_as_lists = question["options"]["yaql.convertSetsToLists"] == true;
    let form = if sets_as_lists { tagged::with_sets_as_lists } else { tag };
    match parsed.evaluate_with(&scope, form) {
        Ok(value) => json!({ "ok": value }),
        Err(EvaluationError { class, message, .. }) => refusal(&class, &message),
    }
}

/// No functions but the language's own; time and dice stand still.
struct StandardLibrary;

impl Functions for StandardLibrary {
    fn random(&self) -> Option<f64> {
        Some(0.5)
    }

    fn now_microseconds(&self) -> Option<i64> {
        Some(1_600_000_000_000_000)
    }
}
